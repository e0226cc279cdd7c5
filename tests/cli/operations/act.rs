//! What is done: with a reason, with a yes where it is dangerous, and once.

use super::{Desk, problem, rebuild, view};
use serde_json::json;

const WHY: [&str; 2] = ["--reason", "because"];

fn with(arguments: &[&'static str]) -> Vec<&'static str> {
    [arguments, &WHY[..]].concat()
}

#[test]
fn each_verb_sends_what_was_said_with_its_reason() {
    let one = rebuild("building", &json!({"phase": "read"}));
    let desk = Desk::new()
        .answers("POST /operations/views/records/rebuild", one.clone())
        .answers("POST /operations/views/records/verify", one.clone())
        .answers("POST /operations/views/records/repair", one.clone())
        .answers("POST /operations/reconcile", json!({"items": []}))
        .answers("POST /operations/rebuilds/R-1/pause", one.clone())
        .answers("POST /operations/rebuilds/R-1/resume", one)
        .answers("POST /operations/parked/retry", json!({"records": 3}))
        .answers("POST /operations/failures/k-1/drive", json!({"key": "k-1"}));
    let shell = desk.shell();
    let cases: [(&[&str], &str, serde_json::Value); 10] = [
        (&["views", "rebuild", "records"], "/views/records/rebuild", json!({})),
        (
            &["views", "rebuild", "records", "--parallel", "8", "--rate", "500", "--promote"],
            "/views/records/rebuild",
            json!({"parallel": 8, "rate": 500, "promote": true}),
        ),
        (
            &["views", "verify", "records", "--sample", "10"],
            "/views/records/verify",
            json!({"sample": 10}),
        ),
        (
            &[
                "views",
                "repair",
                "records",
                "--record",
                "customers/lily",
                "--record",
                "customer/ann",
            ],
            "/views/records/repair",
            json!({"records": ["customer/lily", "customer/ann"]}),
        ),
        (
            &["views", "repair", "records", "--type", "customers"],
            "/views/records/repair",
            json!({"type": "customer"}),
        ),
        (
            &["views", "repair", "records", "--since", "2026-11-23"],
            "/views/records/repair",
            json!({"since": "2026-11-23T00:00:00.000Z"}),
        ),
        (&["views", "reconcile", "--full"], "/reconcile", json!({"full": true})),
        (&["views", "pause", "R-1"], "/rebuilds/R-1/pause", json!({})),
        (
            &["parked", "retry", "--view", "records", "--error", "broken"],
            "/parked/retry",
            json!({"view": "records", "error": "broken"}),
        ),
        (&["failures", "drive", "k-1"], "/failures/k-1/drive", json!({})),
    ];
    for (arguments, path, mut body) in cases {
        shell.annals(&[arguments, &WHY[..]].concat()).ends(0);
        body["reason"] = "because".into();
        assert_eq!(desk.written(), [(path.to_owned(), body)], "{arguments:?}");
    }
    shell.annals(&with(&["views", "resume", "R-1"])).ends(0).tells("views status R-1 --watch");
    desk.written();
    let key = json!({"tenant": "t.other", "type": "customer", "id": "lily"});
    let retry = with(&["parked", "retry", "--record", "customer/lily", "--tenant", "t.other"]);
    shell.annals(&retry).ends(0).tells("3 records are tried again");
    assert_eq!(desk.written()[0].1, json!({"record": key, "reason": "because"}));
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_sent() {
    let desk = Desk::new();
    let shell = desk.shell();
    for arguments in [
        &["views", "rebuild", "records", "--dry-run", "--promote"][..],
        &["views", "rebuild", "records", "--parallel", "65"],
        &["views", "verify", "records", "--sample", "0"],
        &["views", "repair", "records"],
        &["views", "repair", "records", "--type", "customer", "--since", "2026-11-23"],
        &["views", "repair", "records", "--record", "lily"],
        &["parked", "retry", "--record", "customer/lily", "--error", "broken"],
        &["replay", "publish"],
        &["replay", "publish", "--since", "yesterday"],
    ] {
        shell.annals(&[arguments, &WHY[..]].concat()).ends(2);
    }
    assert_eq!(desk.written(), []);
}

#[test]
fn what_has_no_reason_and_nobody_to_ask_is_not_done() {
    let desk = Desk::new();
    let shell = desk.shell();
    for reason in [&[][..], &["--reason", " "]] {
        let arguments = [&["views", "rebuild", "records"], reason].concat();
        shell.annals(&arguments).ends(2).tells("add --reason");
    }
    assert_eq!(desk.written(), []);
}

#[test]
fn what_is_dangerous_needs_a_yes() {
    let running = view(&json!({"rebuild": "R-1"}));
    let item = json!({"view": "records", "tenant": "t.demo", "record": {"type": "customer", "id": "lily"}});
    let desk = Desk::new()
        .answers("GET /operations/views/records", running.clone())
        .answers("POST /operations/views/records/promote", running)
        .answers("POST /operations/rebuilds/R-1/cancel", rebuild("cancelled", &json!({})))
        .answers("POST /operations/parked/skip", item)
        .answers("POST /operations/log/recover", json!({"state": "closed", "recovery": ["R-1"]}))
        .answers("POST /operations/replays/P-1/cancel", json!({"id": "P-1", "state": "cancelled"}));
    let shell = desk.shell();
    for arguments in [
        &["views", "promote", "records", "--force"][..],
        &["views", "cancel", "R-1"],
        &["views", "cancel", "records"],
        &["parked", "skip", "records", "customer/lily"],
        &["log", "recover"],
        &["replay", "cancel", "P-1"],
    ] {
        let arguments = [arguments, &WHY[..]].concat();
        shell.annals(&arguments).ends(2).tells("add --yes");
        assert_eq!(desk.written(), [], "{arguments:?}");
        shell.annals(&[&arguments[..], &["--yes"]].concat()).ends(0);
        assert_eq!(desk.written().len(), 1, "{arguments:?}");
    }
    // What is verified is promoted without being asked twice.
    shell.annals(&with(&["views", "promote", "records"])).ends(0).tells("Generation 1 of records");
    assert_eq!(desk.written()[0].1, json!({"reason": "because"}));
}

#[test]
fn a_conflict_ends_with_four_and_says_what_to_do() {
    let desk = Desk::new()
        .tells(
            "POST /operations/views/records/promote",
            409,
            problem(409, "not-verified", &json!({})),
        )
        .tells(
            "POST /operations/views/records/rollback",
            409,
            problem(409, "no-previous-generation", &json!({})),
        )
        .tells(
            "POST /operations/views/records/rebuild",
            409,
            problem(409, "rebuild-under-way", &json!({"rebuild": "R-1"})),
        )
        .answers(
            "GET /operations/rebuilds/R-1",
            rebuild("building", &json!({"kind": "dry_run", "phase": "read"})),
        )
        .answers("GET /operations/views/records", view(&json!({})));
    let shell = desk.shell();
    shell.annals(&with(&["views", "promote", "records"])).ends(4).tells("annals views verify");
    shell.annals(&with(&["views", "rollback", "records"])).ends(4);
    // A trial is under way: that is not what was wanted.
    shell.annals(&with(&["views", "rebuild", "records"])).ends(4).tells("annals views status");
    let idle = with(&["views", "pause", "records"]);
    shell.annals(&idle).ends(2).tells("records is not being rebuilt");
}
