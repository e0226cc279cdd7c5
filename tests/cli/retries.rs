//! What is sent again, how long is waited before, and what is never sent again.

use super::shell::Shell;
use super::stand_in::{Asked, Told, stand_in};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A type that no build of the command line has heard of.
fn types() -> String {
    let field = |name: &str, kind: &str| json!({"name": name, "label": name, "kind": kind, "required": name == "number", "listed": true});
    json!({"items": [{
        "name": "invoice", "plural": "invoices", "label": "Invoice", "plural_label": "Invoices",
        "title": "number", "statuses": [{"name": "open", "label": "Open", "ended": false}],
        "fields": [field("number", "line"), field("total", "a_kind_of_tomorrow")],
        "actions": [{"name": "pay", "label": "Pay", "from": ["open"], "reason": "optional", "fields": []}],
        "keeping": "editors"
    }]})
    .to_string()
}

type Seen = Arc<Mutex<Vec<Asked>>>;

/// A server whose answers to writes are these, in turn; then it creates what is asked for.
fn server(answers: Vec<Told>) -> (Shell, Seen) {
    let seen = Seen::default();
    let (keep, left) = (seen.clone(), Mutex::new(answers.into_iter()));
    let address = stand_in(move |asked| {
        if asked.method == "GET" {
            let body =
                if asked.path.ends_with("/meta/types") { types() } else { invoice(&json!({})) };
            return (200, vec![("ETag", "\"3\"".to_owned())], body);
        }
        keep.lock().unwrap().push(asked.clone());
        let body: Value = serde_json::from_str(&asked.body).unwrap_or_default();
        left.lock().unwrap().next().unwrap_or_else(|| (201, Vec::new(), invoice(&body)))
    });
    (Shell::new(&address, "token"), seen)
}

fn invoice(fields: &Value) -> String {
    let mut record =
        json!({"id": "1", "type": "invoice", "version": 3, "status": "open", "number": "7"});
    record.as_object_mut().unwrap().extend(fields.as_object().cloned().unwrap_or_default());
    record.to_string()
}

fn problem(status: u16, name: &str) -> Told {
    let body =
        json!({"type": format!("urn:annals:problem:{name}"), "title": name, "status": status});
    (status, Vec::new(), body.to_string())
}

const CREATE: [&str; 5] = ["records", "create", "invoices", "number=7", "-o"];

fn create(shell: &Shell) -> super::shell::Ran {
    shell.annals(&[&CREATE[..], &["json"]].concat())
}

#[test]
fn a_type_that_is_not_known_works() {
    let (shell, seen) = server(Vec::new());
    shell.annals(&["records", "create", "invoice", "number=7", "total=9.90"]).ends(0);
    shell.annals(&["records", "act", "invoices", "1", "pay"]).ends(0);
    shell.file("invoices.csv", "number,total\n8,1.50\n");
    shell.annals(&["import", "invoices.csv", "--type", "invoices"]).ends(0);
    let shown = shell.annals(&["records", "show", "invoices", "1"]).ends(0);
    assert!(shown.out.contains("Status   Open\nnumber   7\n"), "{}", shown.out);
    let seen = seen.lock().unwrap();
    let sent: Vec<&str> = seen.iter().map(|asked| asked.path.as_str()).collect();
    assert_eq!(sent, ["/api/v1/invoices", "/api/v1/invoices/1/pay", "/api/v1/invoices"]);
    assert_eq!(seen[0].body, r#"{"number":"7","total":"9.90"}"#);
    for asked in seen.iter() {
        assert!(asked.headers.contains_key("idempotency-key"), "{asked:?}");
    }
}

#[test]
fn what_may_pass_is_sent_again_under_the_same_key() {
    let (shell, seen) =
        server(vec![problem(503, "unavailable"), problem(409, "record-busy"), problem(502, "")]);
    create(&shell).ends(0);
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 4);
    for again in &seen[1..] {
        assert_eq!(again.headers["idempotency-key"], seen[0].headers["idempotency-key"]);
        assert_eq!(again.body, seen[0].body);
    }
}

#[test]
fn as_long_as_the_server_asks_is_waited() {
    let (status, _, body) = problem(429, "too-many-requests");
    let (shell, seen) = server(vec![(status, vec![("Retry-After", "1".to_owned())], body.clone())]);
    let begun = Instant::now();
    create(&shell).ends(0);
    assert!(begun.elapsed() >= Duration::from_secs(1));
    assert_eq!(seen.lock().unwrap().len(), 2);
    // But not for ever.
    let (shell, seen) = server(vec![(status, vec![("Retry-After", "3600".to_owned())], body)]);
    create(&shell).ends(1);
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[test]
fn tries_are_bounded_and_refusals_are_final() {
    let (shell, seen) = server((0..9).map(|_| problem(503, "unavailable")).collect());
    shell.annals(&[&CREATE[..], &["json", "--tries", "3"]].concat()).ends(1).tells("unavailable");
    assert_eq!(seen.lock().unwrap().len(), 3);
    for (status, name, code) in [
        (400, "invalid-fields", 1),
        (403, "forbidden", 1),
        (404, "not-found", 3),
        (409, "id-taken", 4),
        (422, "rule", 1),
    ] {
        let (shell, seen) = server(vec![problem(status, name)]);
        create(&shell).ends(code);
        assert_eq!(seen.lock().unwrap().len(), 1, "{name}");
    }
}

#[test]
fn a_failing_server_stops_an_import_instead_of_refusing_its_rows() {
    for told in [
        problem(401, "unauthorized"),
        problem(403, "forbidden"),
        problem(400, "invalid-header"),
        problem(409, "record-busy"),
        problem(500, "failure"),
    ] {
        let (status, ..) = told;
        let answers: Vec<Told> = (0..40).map(|_| told.clone()).collect();
        let (shell, _seen) = server(answers);
        shell.file("invoices.csv", "number\n1\n2\n3\n");
        let import = ["import", "invoices.csv", "--type", "invoice", "--tries", "2", "--jobs", "1"];
        let stopped = shell.annals(&[&import[..], &["-o", "json"]].concat()).ends(1);
        let stopped = stopped.tells("stopped at line 2").json();
        assert_eq!(
            (&stopped["refused"], &stopped["complete"]),
            (&json!(0), &json!(false)),
            "{status}"
        );
    }
}

#[test]
fn somebody_elses_change_of_other_fields_is_no_conflict() {
    // Between our look at version 3 and our edit, somebody changed another field.
    let stale = json!({"type": "urn:annals:problem:version-mismatch", "title": "stale", "status": 412, "current_version": 4});
    let edit = |theirs: &'static str| {
        let seen = Seen::default();
        let keep = seen.clone();
        let stale = stale.to_string();
        let address = stand_in(move |asked| {
            if asked.path.ends_with("/meta/types") {
                return (200, Vec::new(), types());
            }
            if asked.path.contains("/history") {
                let item = json!({"version": 4, "recorded_at": "2026-11-24T05:03:07.000Z", "actor": {"id": "x", "name": "Xaver"},
                    "changes": [{"path": theirs, "op": "replace", "from": "a", "to": "b"}]});
                return (200, Vec::new(), json!({"items": [item]}).to_string());
            }
            if asked.method == "GET" {
                return (200, Vec::new(), invoice(&json!({})));
            }
            let mut seen = keep.lock().unwrap();
            seen.push(asked.clone());
            if seen.len() == 1 {
                (412, Vec::new(), stale.clone())
            } else {
                (200, Vec::new(), invoice(&json!({})))
            }
        });
        let shell = Shell::new(&address, "token");
        let ran = shell.annals(&["records", "edit", "invoices", "1", "total=5", "-o", "json"]);
        (ran, seen)
    };
    let (ran, seen) = edit("/number");
    ran.ends(0).tells("on top of theirs");
    let seen = seen.lock().unwrap();
    let tags: Vec<&str> = seen.iter().map(|asked| asked.headers["if-match"].as_str()).collect();
    assert_eq!(tags, ["\"3\"", "\"4\""]);
    let (ran, seen) = edit("/total");
    ran.ends(4).tells("version 4 by Xaver").tells("total: a → b");
    assert_eq!(seen.lock().unwrap().len(), 1);
}
