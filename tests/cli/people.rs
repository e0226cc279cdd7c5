//! `annals people`: who is in the workspace, invited, granted, revoked, removed.

use super::shell::Shell;
use super::stand_in::{Asked, Told, stand_in};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

type Seen = Arc<Mutex<Vec<Asked>>>;

/// A workspace of two, which says yes to everything and remembers what it was asked.
fn workspace() -> (Shell, Seen) {
    let seen = Seen::default();
    let keep = seen.clone();
    let person = |id: &str, name: &str, groups: &[&str]| {
        json!({"id": id, "username": id, "email": format!("{id}@example.org"), "display_name": name,
            "status": "active", "groups": groups})
    };
    let emil = person("emil", "Emil Editor", &["editors", "viewers"]);
    let page = json!({"items": [person("anna", "Anna Admin", &["admins"]), emil]});
    let address = stand_in(move |asked| -> Told {
        if asked.method == "GET" {
            return (200, Vec::new(), page.to_string());
        }
        keep.lock().unwrap().push(asked.clone());
        (
            if asked.path.ends_with("/people/rights") { 201 } else { 200 },
            Vec::new(),
            emil.to_string(),
        )
    });
    (Shell::new(&address, "token"), seen)
}

fn sent(seen: &Seen) -> (String, String, Value) {
    let asked = seen.lock().unwrap().pop().unwrap();
    assert!(asked.headers.contains_key("idempotency-key"), "{asked:?}");
    (asked.method, asked.path, serde_json::from_str(&asked.body).unwrap_or_default())
}

#[test]
fn everybody_is_listed_with_name_and_groups() {
    let (shell, _seen) = workspace();
    let list = shell.annals(&["people", "list"]).ends(0);
    let lines: Vec<&str> = list.out.lines().collect();
    assert!(lines[0].starts_with("NAME         E-MAIL"), "{}", list.out);
    assert!(
        lines[2].starts_with("Emil Editor  emil@example.org  editors; viewers  active"),
        "{}",
        list.out
    );
    let ndjson = shell.annals(&["people", "list", "-o", "ndjson"]).ends(0);
    assert_eq!(ndjson.out.lines().count(), 2);
}

#[test]
fn somebody_is_invited_by_address_and_granted_by_name() {
    let (shell, seen) = workspace();
    let invite = ["people", "invite", "zoe@example.org", "--name", "Zoë", "--group", "editors"];
    shell.annals(&[&invite[..], &["--reason", "New here"]].concat()).ends(0).tells("was invited");
    let body = json!({"email": "zoe@example.org", "display_name": "Zoë", "groups": ["editors"], "reason": "New here"});
    assert_eq!(sent(&seen), ("POST".to_owned(), "/api/v1/people/rights".to_owned(), body));
    shell.annals(&["people", "grant", "emil editor", "auditors"]).ends(0);
    let (method, path, body) = sent(&seen);
    assert_eq!((method.as_str(), path.as_str()), ("POST", "/api/v1/people/emil/rights"));
    assert_eq!(body, json!({"grant": ["auditors"]}));
    shell.annals(&["people", "grant", "nobody", "auditors"]).ends(2).tells("0 people");
    shell.annals(&["people", "invite", "zoe@example.org"]).ends(2).tells("--group");
}

#[test]
fn taking_rights_away_needs_a_yes() {
    let (shell, seen) = workspace();
    let revoke = ["people", "revoke", "EMIL@example.org", "editors"];
    shell.annals(&revoke).ends(2).tells("--yes");
    shell.annals(&["people", "remove", "emil"]).ends(2).tells("--yes");
    assert!(seen.lock().unwrap().is_empty(), "nothing was sent");
    shell.annals(&[&revoke[..], &["--yes"]].concat()).ends(0).tells("Emil Editor");
    assert_eq!(sent(&seen).2, json!({"revoke": ["editors"]}));
    shell.annals(&["people", "remove", "emil", "--yes", "--reason", "Has left"]).ends(0);
    let (method, path, _) = sent(&seen);
    assert_eq!((method.as_str(), path.as_str()), ("DELETE", "/api/v1/people/emil/rights"));
}
