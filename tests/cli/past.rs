//! `annals records`: what a record was, who made it so, and how it becomes that again.

use super::shell::{Shell, signed_in};
use crate::support::process::Process;
use serde_json::{Value, json};

/// A customer of four versions.
fn with_lily() -> (Process, Shell) {
    let (process, shell) = signed_in("editor");
    let create = ["records", "create", "customers", "id=lily", "name=Lily", "address.city=Wien"];
    shell.annals(&[&create[..], &["email=lily@example.org"]].concat()).ends(0);
    let edit = ["records", "edit", "customers", "lily"];
    shell.annals(&[&edit[..], &["phone=+43 1", "--reason", "She called"]].concat()).ends(0);
    shell.annals(&[&edit[..], &["address.city=Graz", "tags=vip"]].concat()).ends(0);
    shell.annals(&[&edit[..], &["name=Rose"]].concat()).ends(0);
    (process, shell)
}

fn asked(shell: &Shell, verb: &str, more: &[&str]) -> super::shell::Ran {
    shell.annals(&[&["records", verb, "customers", "lily"], more].concat())
}

fn versions(json: &Value) -> Vec<u64> {
    let items = json["items"].as_array().unwrap().iter();
    items.map(|item| item["version"].as_u64().unwrap()).collect()
}

#[test]
fn a_history_is_filtered_and_read_to_its_end() {
    let (_process, shell) = with_lily();
    let history =
        |more: &[&str]| asked(&shell, "history", &[more, &["-o", "json"]].concat()).ends(0).json();
    assert_eq!(versions(&history(&[])), [4, 3, 2, 1]);
    for (filter, found) in [
        (&["--field", "phone"][..], &[2][..]),
        (&["--field", "address"], &[3, 1]),
        (&["--field", "address.city", "--oldest-first"], &[1, 3]),
        (&["--field", "/name"], &[4, 1]),
        (&["--event", "tagged"], &[3]),
        (&["--actor", "me", "--from-version", "2", "--to-version", "3"], &[3, 2]),
        (&["--actor", "nobody"], &[]),
        (&["--since", "2026-01-01"], &[4, 3, 2, 1]),
        (&["--until", "2026-01-01T09:30:00+01:00"], &[]),
    ] {
        assert_eq!(versions(&history(filter)), found, "{filter:?}");
    }
    let page = asked(&shell, "history", &["--limit", "3", "-o", "json"]).ends(0).tells("--all");
    let cursor = page.json()["next_cursor"].as_str().unwrap().to_owned();
    assert_eq!(versions(&history(&["--limit", "3", "--cursor", &cursor])), [1]);
    let all = asked(&shell, "history", &["--all", "-o", "ndjson"]).ends(0);
    assert_eq!(all.out.lines().count(), 4);
    let told = asked(&shell, "history", &["--field", "phone"]).ends(0);
    assert!(told.out.contains("She called") && !told.out.contains("Rose"), "{}", told.out);
    asked(&shell, "history", &["--actor", "nobody"]).ends(0).tells("There are no such changes.");
    asked(&shell, "history", &["--since", "yesterday"]).ends(1).tells("`since` must be an instant");
    shell.annals(&["records", "history", "customers", "nobody"]).ends(3).tells("customer `nobody`");
}

#[test]
fn the_stored_text_is_for_those_who_may_audit() {
    let (process, shell) = with_lily();
    let stored = |shell: &Shell| {
        let told = asked(shell, "history", &["--stored", "-o", "json"]).ends(0).json();
        told["items"][0]["stored"].clone()
    };
    assert_eq!(stored(&shell), json!({"redacted": "no-permission"}));
    let auditor = Shell::new(&process.address, &process.token("auditor"));
    assert!(stored(&auditor).as_str().unwrap().starts_with("{\"format\":1,"));
}

#[test]
fn a_record_is_shown_as_it_was() {
    let (_process, shell) = with_lily();
    let then = asked(&shell, "show", &["--version", "1", "-o", "json"]).ends(0).json();
    assert_eq!((&then["name"], &then["address"]), (&json!("Lily"), &json!({"city": "Wien"})));
    let at = then["valid_from"].as_str().unwrap();
    let by_instant = asked(&shell, "show", &["--at", at, "-o", "json"]).ends(0).json();
    assert!(by_instant["version"].as_u64() >= Some(1));
    let told = asked(&shell, "show", &["--version", "1"]).ends(0).tells("less than a minute ago");
    assert!(told.out.contains("Name     Lily\n"), "{}", told.out);
    assert!(told.out.lines().any(|line| line.starts_with("Valid ") && line.contains(" until ")));
    asked(&shell, "show", &["--version", "5"]).ends(3).tells("has not reached this version");
    asked(&shell, "show", &["--at", "2020-01-01"]).ends(3).tells("had not begun");
    asked(&shell, "show", &["--at", "9999-01-01"]).ends(1).tells("must not lie in the future");
    asked(&shell, "show", &["--at", at, "--version", "1"]).ends(2).tells("cannot be used with");
}

#[test]
fn differences_are_told_to_people_to_programs_and_as_a_patch() {
    let (_process, shell) = with_lily();
    let told = asked(&shell, "diff", &["--from", "1", "--to", "3"]).ends(0);
    let told = told.tells("From version 1 (").tells("to version 3 (");
    assert_eq!(
        told.out.lines().map(str::split_whitespace).map(Iterator::collect).collect::<Vec<Vec<_>>>(),
        [
            vec!["FIELD", "BEFORE", "AFTER"],
            vec!["address.city", "Wien", "Graz"],
            vec!["phone", "—", "+43", "1"],
            vec!["tags", "—", "vip"],
        ]
    );
    let diff = asked(&shell, "diff", &["--from", "2020-01-01", "-o", "json"]).ends(0).json();
    assert_eq!((&diff["from"]["version"], &diff["to"]["version"]), (&json!(0), &json!(4)));
    let patch = asked(&shell, "diff", &["--from", "3", "--patch"]).ends(0).json();
    assert_eq!(patch, json!([{"op": "replace", "path": "/name", "value": "Rose"}]));
    asked(&shell, "diff", &["--from", "4"]).ends(0).tells("There is no difference between");
    asked(&shell, "diff", &[]).ends(2).tells("--from");
}

#[test]
fn each_field_is_told_with_who_made_it_what_it_is() {
    let (_process, shell) = with_lily();
    let told = asked(&shell, "blame", &[]).ends(0);
    let line = |field: &str| told.out.lines().find(|line| line.starts_with(field)).unwrap();
    assert!(line("phone").contains("+43 1") && line("phone").contains("editor"), "{}", told.out);
    assert!(line("phone").ends_with("She called"), "{}", told.out);
    let versions = |more: &[&str]| {
        let blame = asked(&shell, "blame", &[more, &["-o", "json"]].concat()).ends(0).json();
        let items = blame["items"].as_array().unwrap().clone().into_iter();
        let of = |item: Value| (item["path"].as_str().unwrap().to_owned(), item["version"].clone());
        items
            .map(of)
            .filter(|(path, _)| ["/name", "/address/city"].contains(&path.as_str()))
            .map(|(_, version)| version.as_u64().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(versions(&[]), [3, 4]);
    assert_eq!(versions(&["--version", "2"]), [1, 1]);
    assert!(asked(&shell, "blame", &["-o", "ndjson"]).ends(0).out.lines().count() >= 6);
}

#[test]
fn a_restore_shows_what_would_change_and_asks() {
    let (_process, shell) = with_lily();
    let preview = asked(&shell, "restore", &["--to", "2", "--dry-run"]).ends(0);
    let preview = preview.tells("Nothing was changed");
    assert!(preview.out.contains("address.city  Graz    Wien\n"), "{}", preview.out);
    let dry = asked(&shell, "restore", &["--to", "2", "--dry-run", "-o", "json"]).ends(0).json();
    assert_eq!((&dry["record"]["name"], &dry["record"]["version"]), (&json!("Lily"), &json!(5)));
    let asks = asked(&shell, "restore", &["--to", "2"]).ends(2).tells("--yes");
    asks.tells("address.city: Graz → Wien").tells("name: Rose → Lily");
    let now = asked(&shell, "show", &["-o", "json"]).ends(0).json();
    assert_eq!(now["version"], 4, "nothing was changed yet");

    let some = ["--to", "1", "--fields", "name,tags", "--reason", "Wrong person", "--yes"];
    let restored = asked(&shell, "restore", &[&some[..], &["-o", "json"]].concat()).ends(0);
    let restored = restored.tells("Customer lily was restored to version 1.").json();
    assert_eq!((&restored["name"], restored.get("tags")), (&json!("Lily"), None));
    assert_eq!(restored["address"], json!({"city": "Graz"}));
    let newest = asked(&shell, "history", &["--limit", "1", "-o", "json"]).ends(0).json();
    let newest = &newest["items"][0];
    assert_eq!((&newest["version"], &newest["reason"]), (&json!(5), &json!("Wrong person")));
    let first = asked(&shell, "history", &["--to-version", "1", "-o", "json"]).ends(0).json();
    assert_eq!(newest["causation_id"], first["items"][0]["commit_id"]);

    asked(&shell, "restore", &["--to", "5", "--yes"]).ends(0).tells("is so already");
    let late = ["--to", "1", "--if-match", "4", "--yes"];
    let late = asked(&shell, "restore", &late).ends(4);
    late.tells("you have seen version 4, it is at version 5");
    asked(&shell, "restore", &["--to", "9", "--yes"]).ends(3).tells("has not reached");
    let typo = asked(&shell, "restore", &["--to", "1", "--fields", "emial"]).ends(2);
    typo.tells("did you mean `email`?");
}

#[test]
fn what_has_ended_comes_back_with_a_restore() {
    let (_process, shell) = with_lily();
    let archive = ["--reason", "Moved abroad", "--yes"];
    asked(&shell, "delete", &archive).ends(0);
    let restored = asked(&shell, "restore", &["--to", "1", "--yes", "-o", "json"]);
    // Keeping the e-mail address, she stays reachable without the telephone.
    let restored = restored.ends(0).tells("status: archived → active").json();
    assert_eq!((&restored["status"], &restored["name"]), (&json!("active"), &json!("Lily")));
    let people = ["records", "restore", "people", "x", "--to", "1"];
    shell.annals(&people).ends(2).tells("themselves");
}
