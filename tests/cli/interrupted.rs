//! Imports that do not come to their end at once: stopped by hand, or by a lost connection.

use super::import::{awkward, imported, until_found};
use super::shell::{Shell, ran, signed_in};
use super::stand_in::Wire;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command};

/// Waits until a running import says that so many rows are settled.
fn until_settled(child: &mut Child, rows: u64) {
    let said = BufReader::new(child.stderr.take().unwrap());
    let mut lines = said.lines().map_while(Result::ok);
    let settled = lines.find(|line| {
        let told: Value = serde_json::from_str(line).unwrap();
        told["settled"].as_u64().unwrap() >= rows
    });
    assert!(settled.is_some(), "it ended before {rows} rows were settled");
    // What else it says is not for us, but it must be able to say it.
    std::thread::spawn(move || lines.for_each(drop));
}

#[test]
fn an_import_stopped_by_hand_goes_on_where_it_was() {
    let (process, shell) = signed_in("editor");
    awkward(&shell, 1_500);
    let arguments = ["import", "customers.csv", "--progress", "json", "-o", "json"];
    let mut child = shell.command(&arguments).spawn().unwrap();
    until_settled(&mut child, 50);
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let stopped = ran(child).ends(130).json();
    let created = stopped["created"].as_u64().unwrap();
    assert!((50..1_500).contains(&created), "{stopped}");
    assert_eq!(stopped["complete"], json!(false));

    let rest = imported(&shell, &["customers.csv"], 0);
    assert_eq!(rest["already_there"], json!(created), "what was acknowledged is there");
    assert_eq!(rest["created"], json!(1_500 - created));
    assert_eq!(rest["correlation_id"], stopped["correlation_id"]);
    until_found(&process, 1_500);
}

#[test]
fn it_says_how_to_go_on_when_it_is_stopped() {
    let (_process, shell) = signed_in("editor");
    awkward(&shell, 1_500);
    let child = shell.command(&["import", "customers.csv"]).spawn().unwrap();
    let id = child.id().to_string();
    until_sending(&shell);
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    ran(child).ends(130).tells("run the same command again");
}

/// Waits until the report is begun: then signals are listened to.
fn until_sending(shell: &Shell) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    let begun = || {
        let home = std::fs::read_dir(shell.path("")).unwrap();
        home.map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .any(|name| name.contains(".part"))
    };
    while !begun() {
        assert!(std::time::Instant::now() < deadline, "it does not begin");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

#[test]
fn answers_that_are_lost_double_nothing() {
    let (process, _shell) = signed_in("editor");
    let wire = Wire::to(&process.address);
    let shell = Shell::new(&wire.address, &process.token("editor"));
    awkward(&shell, 600);
    wire.loses_every(23);
    let told = imported(&shell, &["customers.csv"], 0);
    // A replay of a lost answer counts as what it is: created by this import.
    assert_eq!((&told["created"], &told["refused"]), (&json!(600), &json!(0)), "{told}");
    until_found(&process, 600);
}

#[test]
fn a_lost_connection_stops_the_import_and_refuses_no_row() {
    let (process, _shell) = signed_in("editor");
    let wire = Wire::to(&process.address);
    let shell = Shell::new(&wire.address, &process.token("editor"));
    awkward(&shell, 600);
    wire.dies_after(200);
    let stopped = shell.annals(&["import", "customers.csv", "--tries", "3", "-o", "json"]).ends(1);
    let stopped = stopped.tells("cannot be reached").tells("run the same command again").json();
    assert_eq!((&stopped["refused"], &stopped["complete"]), (&json!(0), &json!(false)));
    assert!(!shell.path("customers.refused.csv").exists());
    wire.mend();
    let rest = imported(&shell, &["customers.csv"], 0);
    let count = |told: &Value, name: &str| told[name].as_u64().unwrap();
    assert_eq!(count(&rest, "created") + count(&rest, "already_there"), 600);
    // Rows whose answers were lost are there as well as those that were acknowledged.
    assert!(count(&rest, "already_there") >= count(&stopped, "created"), "{stopped} {rest}");
    until_found(&process, 600);
}
