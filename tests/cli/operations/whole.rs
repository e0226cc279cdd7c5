//! An operator at the real program.

use super::super::shell::{Shell, signed_in};
use crate::support::process::Process;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const WHY: [&str; 2] = ["--reason", "because"];

/// Runs a verb with a reason, for programs.
fn done(shell: &Shell, arguments: &[&str], code: i32) -> Value {
    shell.annals(&[arguments, &WHY[..], &["-o", "json"]].concat()).ends(code).json()
}

/// Customers of the workspace, each with an edit.
fn customers(process: &Process, count: usize) {
    let editor = process.client("editor");
    for number in 0..count {
        let (id, name) = (format!("C-{number}"), format!("Customer {number}"));
        let sent = editor.send("POST", "/customers", &[], Some(&json!({"id": id, "name": name})));
        assert_eq!(sent.unwrap().status, 201);
        let edit = json!({"name": format!("{name}, edited")});
        let path = format!("/customers/{id}");
        let sent = editor.send("PATCH", &path, &[("if-match", "\"1\"")], Some(&edit));
        assert_eq!(sent.unwrap().status, 200);
    }
}

fn names(process: &Process) -> Vec<Value> {
    let mut names: Vec<Value> =
        process.client("viewer").all("/customers").iter().map(|one| one["name"].clone()).collect();
    names.sort_by_key(ToString::to_string);
    names
}

/// Asks until something is so.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_mins(1);
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_view_is_tried_rebuilt_promoted_and_rolled_back() {
    let (process, shell) = signed_in("operator");
    customers(&process, 12);
    until("all are listed", || names(&process).len() == 12);
    let before = names(&process);

    let trial = shell
        .annals(&[&["views", "rebuild", "records", "--dry-run", "--watch"], &WHY[..]].concat());
    trial.ends(0).tells("Nothing would change.").tells("Nothing was changed");
    let built = done(
        &shell,
        &["views", "rebuild", "records", "--parallel", "2", "--watch", "--progress", "json"],
        0,
    );
    assert_eq!(
        (&built["state"], &built["totals"]["drift"]),
        (&json!("verified"), &json!(0)),
        "{built}"
    );
    assert!(built["totals"]["records"].as_u64().unwrap() >= 12, "{built}");
    shell.annals(&["views", "list"]).ends(0).tells("annals views promote records");

    let promoted = done(&shell, &["views", "promote", "records"], 0);
    let read = promoted["active"]["number"].as_u64().unwrap();
    until("the new generation is read", || names(&process) == before);
    let verified =
        done(&shell, &["views", "verify", "records", "--watch", "--progress", "none"], 0);
    assert_eq!((&verified["kind"], &verified["state"]), (&json!("verify"), &json!("verified")));
    let back = done(&shell, &["views", "rollback", "records"], 0);
    assert!(back["active"]["number"].as_u64().unwrap() < read, "{back}");
    until("the generation before is read", || names(&process) == before);

    let repaired = done(
        &shell,
        &[
            "views",
            "repair",
            "records",
            "--record",
            "customers/C-1",
            "--watch",
            "--progress",
            "none",
        ],
        0,
    );
    assert_eq!(
        (&repaired["kind"], &repaired["totals"]["records"]),
        (&json!("repair"), &json!(1)),
        "{repaired}"
    );
    let list = shell.annals(&["views", "status", "-o", "ndjson"]).ends(0);
    assert_eq!(list.out.lines().count(), 4, "each is remembered: {}", list.out);
    let doctor = shell.annals(&["doctor"]).out;
    assert!(doctor.contains("ok    views"), "{doctor}");
}

#[test]
fn a_rebuild_is_paused_resumed_and_cancelled_by_its_view() {
    let (process, shell) = signed_in("operator");
    customers(&process, 30);
    // So slow that it is under way for as long as this takes.
    let slowly = ["views", "rebuild", "counts", "--parallel", "1", "--rate", "1"];
    let id = done(&shell, &slowly, 0)["id"].as_str().unwrap().to_owned();
    let again = shell.annals(&[&slowly[..], &WHY[..]].concat()).ends(0);
    again.tells(&format!("The same is under way already: {id}."));
    done(&shell, &["views", "pause", "counts"], 0);
    let paused = shell.annals(&["views", "status", "counts", "-o", "json"]).ends(0).json();
    assert_eq!((&paused["id"], &paused["paused"]), (&json!(id), &json!(true)));
    let resumed = done(&shell, &["views", "resume", "counts"], 0);
    assert_eq!(resumed["paused"], json!(false));
    shell.annals(&[&["views", "cancel", "counts"], &WHY[..]].concat()).ends(2).tells("--yes");
    let cancelled = done(&shell, &["views", "cancel", "counts", "--yes"], 0);
    assert_eq!(cancelled["state"], json!("cancelled"));
    shell.annals(&["views", "status", &id, "--watch"]).ends(130).tells("has ended: cancelled");
    shell.annals(&[&["views", "cancel", &id, "--yes"], &WHY[..]].concat()).ends(4);
    shell.annals(&[&["views", "promote", "counts"], &WHY[..]].concat()).ends(4);
    shell.annals(&[&["views", "rebuild", "nothing"], &WHY[..]].concat()).ends(3);

    let viewer = Shell::new(&process.address, &process.token("viewer"));
    viewer.annals(&[&["views", "rebuild", "counts"], &WHY[..]].concat()).ends(1).tells("rights");
    let doctor = viewer.annals(&["doctor"]).ends(0).out;
    assert!(!doctor.contains("views"), "{doctor}");
}

#[test]
fn what_is_in_order_is_said_to_be_and_events_are_sent_again() {
    let (process, shell) = signed_in("operator");
    customers(&process, 3);
    shell.annals(&["log", "status"]).ends(0).out.lines().next().map_or_else(
        || panic!("nothing is said of the log"),
        |line| assert_eq!(line.split_whitespace().collect::<Vec<_>>(), ["Log", "open"]),
    );
    shell.annals(&["parked", "list"]).ends(0).tells("No record is parked");
    shell.annals(&["failures", "list"]).ends(0).tells("Nothing was put aside");
    let retried = done(&shell, &["parked", "retry"], 0);
    assert_eq!(retried, json!({"records": 0}));
    let recover = [&["log", "recover", "--yes"], &WHY[..]].concat();
    shell.annals(&recover).ends(4).tells("nothing to recover");

    let publish = ["replay", "publish", "--type", "customers", "--progress", "none"];
    let counted = done(&shell, &[&publish[..], &["--dry-run"]].concat(), 0);
    assert_eq!((&counted["commits"], &counted["published"]), (&json!(6), &json!(0)), "{counted}");
    let sent = done(&shell, &[&publish[..], &["--watch"]].concat(), 0);
    assert_eq!((&sent["state"], &sent["published"]), (&json!("done"), &sent["events"]), "{sent}");
    // Two countings, of which one was all that was wanted, and what was sent.
    let list = shell.annals(&["replay", "status", "-o", "ndjson"]).ends(0);
    assert_eq!(list.out.lines().count(), 3, "{}", list.out);
}
