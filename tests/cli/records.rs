//! `annals records`: each verb, and how each may end.

use super::shell::{Shell, signed_in};
use crate::support::process::Process;
use serde_json::json;

const LILY: [&str; 7] = [
    "records",
    "create",
    "customers",
    "id=lily",
    "name=Lily Ari",
    "address.city=Wien",
    "tags=vip; new",
];

fn with_lily() -> (Process, Shell) {
    let (process, shell) = signed_in("editor");
    shell.annals(&LILY).ends(0);
    (process, shell)
}

#[test]
fn a_record_is_created_shown_edited_and_listed() {
    let (_process, shell) = with_lily();
    let shown =
        shell.annals(&["records", "show", "customers", "lily", "-o", "json"]).ends(0).json();
    assert_eq!(shown["address"], json!({"city": "Wien"}));
    assert_eq!(shown["tags"], json!(["vip", "new"]));

    let edit = ["records", "edit", "customer", "lily", "phone=+43 1 5550100", "tags=", "--reason"];
    let edited =
        shell.annals(&[&edit[..], &["Umzug, 100 % sicher", "-o", "json"]].concat()).ends(0);
    let edited = edited.json();
    assert_eq!((&edited["phone"], &edited["version"]), (&json!("+43 1 5550100"), &json!(2)));
    assert_eq!(edited.get("tags"), None, "an empty value clears the field");

    let list = shell.annals(&["records", "list", "customers", "--owner", "me", "-o", "ndjson"]);
    // The list may lag for a moment; its form is what counts here.
    let list = list.ends(0);
    assert!(list.out.lines().all(|line| line.starts_with('{')), "{}", list.out);

    let history = shell.annals(&["records", "history", "customers", "lily"]).ends(0);
    for told in ["Umzug, 100 % sicher", "phone: — → +43 1 5550100", "tags: vip; new → —"] {
        assert!(history.out.contains(told), "{}", history.out);
    }
}

#[test]
fn tables_are_for_people_and_everything_that_is_no_data_goes_to_stderr() {
    let (_process, shell) = with_lily();
    let shown = shell.annals(&["records", "show", "customers", "lily"]).ends(0);
    assert_eq!(shown.err, "");
    assert!(shown.out.contains("Name     Lily Ari\n"), "{}", shown.out);
    assert!(shown.out.contains("Status   Active\n"), "{}", shown.out);
    assert!(!shown.out.contains('\u{1b}'), "no colours where there is no terminal");
    let edited =
        shell.annals(&["records", "edit", "customers", "lily", "company=A", "-o", "ndjson"]);
    let edited = edited.ends(0).tells("Customer lily was changed.");
    assert_eq!(edited.json()["company"], json!("A"));
}

#[test]
fn a_conflict_tells_what_others_changed_and_saves_nothing() {
    let (_process, shell) = with_lily();
    let edit = ["records", "edit", "customers", "lily"];
    shell.annals(&[&edit[..], &["phone=+43 1", "--reason", "She called"]].concat()).ends(0);
    shell
        .annals(&[&edit[..], &["phone=+43 2", "--if-match", "1"]].concat())
        .ends(4)
        .tells("you have seen version 1, it is at version 2")
        .tells("phone: — → +43 1")
        .tells("(She called)")
        .tells("--if-match 2");
    let shown = shell.annals(&["records", "show", "customers", "lily", "-o", "json"]).ends(0);
    assert_eq!(shown.json()["phone"], json!("+43 1"));
    shell.annals(&[&edit[..], &["phone=+43 2", "--if-match", "2"]].concat()).ends(0);
    // An id that is taken is a conflict as well.
    shell.annals(&LILY).ends(4);
}

#[test]
fn what_ends_a_record_needs_a_yes() {
    let (_process, shell) = with_lily();
    let archive = ["records", "act", "customers", "lily", "archive"];
    shell.annals(&archive).ends(2).tells("--reason");
    let archive = [&archive[..], &["--reason", "Moved abroad"]].concat();
    shell.annals(&archive).ends(2).tells("--yes");
    let delete = ["records", "delete", "customers", "lily", "--reason", "Moved abroad"];
    shell.annals(&delete).ends(2).tells("--yes");
    let archived = shell.annals(&[&archive[..], &["--yes", "-o", "json"]].concat()).ends(0).json();
    assert_eq!(archived["status"], json!("archived"));
    let back = ["records", "act", "customers", "lily", "reinstate"];
    shell.annals(&back).ends(0);
    let yes = shell.command(&delete).env("ANNALS_YES", "true").spawn().unwrap();
    super::shell::ran(yes).ends(0).tells("Customer lily is now archived.");
}

#[test]
fn actions_take_fields_and_people_are_named_by_their_addresses() {
    let (process, shell) = with_lily();
    let admin = process.client("admin");
    let me = json!({"display_name": "Anna Admin", "email": "admin@example.org"});
    let kept = admin.send("PUT", "/me", &[], Some(&me)).unwrap();
    let admin_id = kept.json["id"].as_str().unwrap().to_owned();
    let hand_over = ["records", "act", "customers", "lily", "hand_over"];
    let by_id =
        shell.annals(&[&hand_over[..], &[&format!("to={admin_id}"), "-o", "json"]].concat());
    assert_eq!(by_id.ends(0).json()["owner"], json!(admin_id));
    // The list of people follows the log within a moment.
    until_listed(&shell, "Anna Admin");
    let create = ["records", "create", "todos", "title=Call", "assignee=ADMIN@example.org"];
    let todo = shell.annals(&[&create[..], &["-o", "json"]].concat()).ends(0).json();
    assert_eq!(todo["assignee"], json!(admin_id));
    let shown = shell.annals(&["records", "show", "todos", todo["id"].as_str().unwrap()]).ends(0);
    assert!(shown.out.contains("Assignee  Anna Admin\n"), "{}", shown.out);
    let nobody = ["records", "create", "todos", "title=Call", "assignee=nobody@example.org"];
    shell.annals(&nobody).ends(2).tells("0 people of this workspace are called");
}

fn until_listed(shell: &Shell, name: &str) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while !shell.annals(&["records", "list", "people"]).ends(0).out.contains(name) {
        assert!(std::time::Instant::now() < deadline, "{name} is not listed");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

#[test]
fn what_is_not_there_and_what_is_refused_have_their_exit_codes() {
    let (_process, shell) = with_lily();
    shell.annals(&["records", "show", "customers", "nobody"]).ends(3).tells("customer `nobody`");
    shell
        .annals(&["records", "create", "customers", "name=A", "email=nobody", "phone=x"])
        .ends(1)
        .tells("email: must be an e-mail address")
        .tells("phone: must be a telephone number");
    shell.annals(&["records", "list", "customers", "--status", "lost"]).ends(1).tells("archived");
    let (_other, viewer) = signed_in("viewer");
    viewer.annals(&LILY).ends(1).tells("annals whoami");
}

#[test]
fn names_that_are_nearly_right_are_told() {
    let (_process, shell) = with_lily();
    for (arguments, guess) in [
        (&["records", "list", "custmers"][..], "did you mean `customers`?"),
        (&["records", "create", "customers", "emial=a@b.c"], "did you mean `email`?"),
        (&["records", "create", "customers", "city=Wien"], "did you mean `address.city`?"),
        (&["records", "act", "customers", "lily", "archiv"], "did you mean `archive`?"),
        (&["records", "lst"], "'list'"),
        (&["records", "list", "customers", "--statsu", "x"], "'--status'"),
    ] {
        shell.annals(arguments).ends(2).tells(guess);
    }
    shell.annals(&["records", "create", "customers", "Lily"]).ends(2).tells("name=value");
    shell.annals(&["records", "create", "people", "display_name=A"]).ends(2).tells("themselves");
}

#[test]
fn json_comes_from_a_file_or_from_stdin() {
    let (_process, shell) = with_lily();
    let file = shell.file("ann.json", r#"{"id": "ann", "name": "Ann", "tags": ["a;b"]}"#);
    let file = file.to_str().unwrap();
    let made = shell.annals(&["records", "create", "customers", "--json", file, "-o", "json"]);
    assert_eq!(made.ends(0).json()["tags"], json!(["a;b"]));
    let edit = ["records", "edit", "customers", "ann", "--json", "-"];
    shell.fed(&edit, r#"{"name": "Anna"}"#).ends(0);
    shell.fed(&edit, "[]").ends(2).tells("a JSON object is expected");
    shell.fed(&edit, "{").ends(2).tells("EOF");
    shell.annals(&["records", "create", "customers", "--json", "nowhere"]).ends(2);
}

#[test]
fn all_of_a_list_are_more_than_one_page() {
    let (_process, shell) = signed_in("editor");
    let rows: Vec<String> = (0..130).map(|n| format!("Customer {n}")).collect();
    shell.file("many.csv", format!("name\n{}\n", rows.join("\n")));
    shell.annals(&["import", "many.csv"]).ends(0);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    until_all(&shell, deadline);
    let page = shell.annals(&["records", "list", "customers", "--limit", "10", "-o", "json"]);
    let page = page.ends(0).tells("--all").json();
    assert_eq!(page["items"].as_array().unwrap().len(), 10);
    let cursor = page["next_cursor"].as_str().unwrap();
    let next = ["records", "list", "customers", "--limit", "10", "-o", "json", "--cursor", cursor];
    let next = shell.annals(&next).ends(0).json();
    assert_ne!(next["items"][0]["id"], page["items"][0]["id"]);
    let most = shell.annals(&["records", "list", "customers", "--limit", "120", "-o", "ndjson"]);
    assert_eq!(most.ends(0).out.lines().count(), 120, "a page and a part of the next");
    let table = shell.annals(&["records", "list", "customers", "--all"]).ends(0);
    assert_eq!(table.out.lines().count(), 131, "a line for each and the heads");
}

fn until_all(shell: &Shell, deadline: std::time::Instant) {
    let all = ["records", "list", "customers", "--all", "-o", "ndjson"];
    while shell.annals(&all).ends(0).out.lines().count() < 130 {
        assert!(std::time::Instant::now() < deadline, "they are not all listed");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let (_process, shell) = with_lily();
    let mut child = shell.command(&["records", "show", "customers", "lily"]).spawn().unwrap();
    drop(child.stdout.take());
    super::shell::ran(child).ends(0);
}
