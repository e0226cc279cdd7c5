//! `annals import`: real files, awkward ones, and files that are not what they should be.

use super::shell::{Shell, ran, signed_in};
use crate::support::process::Process;
use expect_test::expect;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// A file as awkward as real ones.
pub(super) fn awkward(shell: &Shell, rows: u32) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let script = root.join("scripts/make_customers.py");
    let made = Command::new("python3").arg(script).arg(rows.to_string()).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    shell.file("customers.csv", made.stdout);
}

/// What an import says of itself.
pub(super) fn imported(shell: &Shell, arguments: &[&str], code: i32) -> Value {
    shell.annals(&[&["import", "-o", "json"], arguments].concat()).ends(code).json()
}

/// The customers of the workspace, once there are so many.
pub(super) fn until_found(process: &Process, count: usize) -> Vec<Value> {
    let client = process.client("editor");
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let found = client.all("/customers?sort=changed_at");
        if found.len() >= count {
            let ids: BTreeSet<&str> =
                found.iter().map(|item| item["id"].as_str().unwrap()).collect();
            assert_eq!((ids.len(), found.len()), (count, count), "each is there once");
            return found;
        }
        assert!(Instant::now() < deadline, "{} of {count} are found", found.len());
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_thousand_awkward_customers_are_each_found_once() {
    let (process, shell) = signed_in("editor");
    awkward(&shell, 1_000);
    let first = imported(&shell, &["customers.csv"], 0);
    assert_eq!((&first["created"], &first["already_there"]), (&json!(1_000), &json!(0)));
    // Repeated whole, by the same person and by another, nobody is registered twice.
    let again = imported(&shell, &["customers.csv"], 0);
    assert_eq!((&again["created"], &again["already_there"]), (&json!(0), &json!(1_000)));
    let admin = Shell::new(&process.address, &process.token("admin"));
    awkward(&admin, 1_000);
    assert_eq!(imported(&admin, &["customers.csv"], 0)["already_there"], json!(1_000));

    let found = until_found(&process, 1_000);
    let client = process.client("editor");
    let id =
        found.iter().find(|item| item["name"] == json!("Robert'); DROP TABLE customers;-- 14"));
    let id = id.unwrap()["id"].as_str().unwrap();
    let history = client.get(&format!("/customers/{id}/history"));
    let history = history["items"].as_array().unwrap();
    assert_eq!(history.len(), 1);
    assert_eq!(
        history[0]["correlation_id"], first["correlation_id"],
        "one import, one correlation"
    );
    let record = client.get(&format!("/customers/{id}"));
    assert_eq!(record["address"]["line1"], Value::Null, "an empty cell is no field");
}

#[test]
fn two_imports_of_one_file_at_once_make_one() {
    let (process, shell) = signed_in("editor");
    awkward(&shell, 500);
    let arguments = ["import", "customers.csv", "-o", "json"];
    let both = [(); 2].map(|()| shell.command(&arguments).spawn().unwrap());
    let both = both.map(|child| ran(child).ends(0).json());
    let sum = |name: &str| both.iter().map(|told| told[name].as_u64().unwrap()).sum::<u64>();
    assert_eq!((sum("created"), sum("already_there")), (500, 500), "{both:?}");
    until_found(&process, 500);
}

#[test]
fn refused_rows_are_reported_with_line_and_reason_and_can_be_mended() {
    let (process, shell) = signed_in("editor");
    let rows = "name,email,notes\nAnn,a@example.org,\"two\nlines\"\n,b@example.org,\nBob,nobody,\"x, y\"\nCarl\n,,\nDora,,\n";
    shell.file("customers.csv", rows);
    let told = shell.annals(&["import", "customers.csv"]).ends(5);
    assert!(
        told.out.starts_with("5 of 5 rows: 2 created, 0 already there, 3 refused"),
        "{}",
        told.out
    );
    let told = told.tells("line 4: name: is required").tells("customers.refused.csv");
    assert!(told.err.contains("line 5: email: must be an e-mail address"), "{}", told.err);
    let report = std::fs::read_to_string(shell.path("customers.refused.csv")).unwrap();
    expect![[r#"
        refused_line,refused_reason,name,email,notes
        4,name: is required,,b@example.org,
        5,email: must be an e-mail address,Bob,nobody,"x, y"
        6,1 cells where 3 are expected,Carl
    "#]]
    .assert_eq(&report);
    // Mended, the report is a file like others; its report has the lines of its own.
    let mended = report.replace("nobody", "bob@example.org").replace(",Carl", ",Carl,,");
    shell.file("mended.csv", mended);
    let told = imported(&shell, &["mended.csv", "--report", "still.csv"], 5);
    assert_eq!((&told["created"], &told["refused"]), (&json!(2), &json!(1)));
    let still = std::fs::read_to_string(shell.path("still.csv")).unwrap();
    assert!(still.ends_with("2,name: is required,,b@example.org,\n"), "{still}");
    until_found(&process, 4);
}

#[test]
fn without_refused_rows_there_is_no_report() {
    let (_process, shell) = signed_in("editor");
    shell.file("customers.csv", "name\nAnn\n");
    imported(&shell, &["customers.csv"], 0);
    let home = std::fs::read_dir(shell.path("")).unwrap();
    let names: Vec<String> =
        home.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(names, ["customers.csv"]);
    // A report that cannot be written is found before anything is sent.
    shell
        .annals(&["import", "customers.csv", "--report", "no/where.csv"])
        .ends(2)
        .tells("--report");
}

#[test]
fn files_of_every_kind_of_spreadsheet_are_read() {
    let (process, shell) = signed_in("editor");
    shell.file("bom.csv", "\u{feff}name,tags\r\n\"Ann\",a;b\r\n\r\n\"B\r\nob\",\r\n");
    shell
        .annals(&["import", "bom.csv"])
        .ends(5)
        .tells("line 4: name: must not hold control characters");
    shell.file("semicolons.csv", "name;address.city\nCarl;\"Wien; Graz\"\n");
    shell.annals(&["import", "semicolons.csv"]).ends(2).tells("--delimiter ';'");
    imported(&shell, &["semicolons.csv", "--delimiter", ";"], 0);
    shell.file("tabs.csv", "Full name\tTown\tFax\nDora\tWien\t1\n");
    let maps = ["--map", "Full name=name", "--map", "Town=address.city", "--map", "Fax="];
    let tabs = [&["tabs.csv", "--delimiter", "tab"], &maps[..]].concat();
    imported(&shell, &tabs, 0);
    shell.file("ids.csv", "id,name\nmine,Emma\n");
    imported(&shell, &["ids.csv"], 0);
    let found = until_found(&process, 4);
    let named = |name: &str| found.iter().find(|item| item["name"] == json!(name)).unwrap();
    assert_eq!(named("Ann")["tags"], json!(["a", "b"]));
    assert_eq!(named("Emma")["id"], json!("mine"));
    // The id is taken by another row than this one.
    shell.file("ids.csv", "id,name\nmine,Another\n");
    shell.annals(&["import", "ids.csv"]).ends(5);
}

#[test]
fn what_is_no_csv_in_utf8_is_refused_with_what_to_do() {
    let (process, shell) = signed_in("editor");
    let utf16: Vec<u8> = "\u{feff}name\nAnn\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let cases: [(&str, Vec<u8>, &str); 9] = [
        ("latin1", b"name\nAnn\nM\xfcller\n".to_vec(), "line 3: byte 0xfc is not UTF-8"),
        ("latin1", b"name\nM\xfcller\n".to_vec(), "iconv -f WINDOWS-1252 -t UTF-8"),
        ("utf16", utf16.clone(), "iconv -f UTF-16 -t UTF-8"),
        ("utf16", utf16[2..].to_vec(), "this is UTF-16"),
        ("xlsx", b"PK\x03\x04rest".to_vec(), "this is a spreadsheet"),
        ("empty", Vec::new(), "the file is empty"),
        ("blank", b"\n\n".to_vec(), "the file is empty"),
        ("open", b"name\nAnn\n\"Bob\nCarl\n".to_vec(), "line 3: a quotation mark is not closed"),
        ("twice", b"name,email,name\n".to_vec(), "two columns are called `name`"),
    ];
    for (name, content, told) in cases {
        shell.file("file.csv", content);
        let ran = shell.annals(&["import", "file.csv"]).ends(2).tells(told);
        assert_eq!(ran.out, "", "{name}");
    }
    shell.file("head.csv", "name,email\n");
    shell.annals(&["import", "head.csv"]).ends(0).tells("There is nothing to import");
    shell.annals(&["import", "nowhere.csv"]).ends(2).tells("nowhere.csv");
    let all = process.client("editor").all("/customers");
    assert_eq!(all, Vec::<Value>::new(), "nothing was sent");
}

#[test]
fn columns_are_checked_before_anything_is_sent() {
    let (process, shell) = signed_in("editor");
    for (head, told) in [
        ("name,E-Mail", "--map \"E-Mail=email\""),
        ("name,city", "did you mean `address.city`?"),
        ("name,turnover", "leave the column out with --map \"turnover=\""),
        ("email", "no column is the field `name`"),
    ] {
        shell.file("file.csv", format!("{head}\nAnn,x\n"));
        shell.annals(&["import", "file.csv"]).ends(2).tells(told);
    }
    shell.annals(&["import", "file.csv", "--type", "custmers"]).ends(2).tells("`customers`");
    shell.annals(&["import", "file.csv", "--type", "people"]).ends(2).tells("themselves");
    assert_eq!(process.client("editor").all("/customers"), Vec::<Value>::new());
}

#[test]
fn a_dry_run_checks_and_sends_nothing() {
    let (process, shell) = signed_in("editor");
    shell.file("file.csv", format!("name,address.city\nAnn,Wien\n,Graz\n{},\n", "x".repeat(201)));
    let told = shell.annals(&["import", "file.csv", "--dry-run"]).ends(5);
    assert!(
        told.out.starts_with("1 of 3 rows would be sent as customers, 2 are wrong"),
        "{}",
        told.out
    );
    told.tells("line 3: name: is required").tells("line 4: name: has more than 200 characters");
    assert_eq!(process.client("editor").all("/customers"), Vec::<Value>::new());
}

#[test]
fn a_log_has_plain_lines_and_programs_have_json() {
    let (_process, shell) = signed_in("editor");
    shell.file("file.csv", "name\nAnn\n");
    let plain = shell.annals(&["import", "file.csv"]).ends(0);
    assert_eq!(plain.err, "", "short imports need no progress");
    let json = shell.annals(&["import", "file.csv", "--progress", "json"]).ends(0);
    let last: Value = serde_json::from_str(json.err.lines().last().unwrap()).unwrap();
    assert_eq!((&last["settled"], &last["already_there"]), (&json!(1), &json!(1)));
    let bar = shell.annals(&["import", "file.csv", "--progress", "none"]).ends(0);
    assert_eq!(bar.err, "");
}
