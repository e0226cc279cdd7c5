//! `--watch`: to the end, with all that goes wrong, and without holding on to it.

use super::super::shell::ran;
use super::{Desk, problem, rebuild, view};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::Command;

const REBUILD: [&str; 6] = ["views", "rebuild", "records", "--watch", "--reason", "because"];

fn reading(progress: &Value) -> Value {
    rebuild(
        "building",
        &json!({"phase": "read", "progress": progress, "expected": 50, "seconds_left": 3,
        "commits_per_second": 10.5, "records_per_second": 2}),
    )
}

/// A desk on which a rebuild goes through these states.
fn going(states: Vec<Value>) -> Desk {
    let desk = Desk::new().answers("POST /operations/views/records/rebuild", reading(&json!(0)));
    let desk = desk.answers("GET /operations/parked", json!({"items": [], "groups": []}));
    states.into_iter().fold(desk, |desk, state| desk.answers("GET /operations/rebuilds/R-1", state))
}

#[test]
fn it_is_followed_to_its_end_and_what_comes_next_is_said() {
    let desk =
        going(vec![reading(&json!(0.25)), reading(&json!(0.75)), rebuild("verified", &json!({}))]);
    let shell = desk.shell();
    let told = shell.annals(&REBUILD).ends(0).tells("annals views promote records");
    assert!(told.err.contains("has ended: verified. 10 records of 50 commits"), "{}", told.err);
    assert!(told.out.starts_with("Rebuild    R-1\n"), "{}", told.out);
    assert_eq!(desk.written().len(), 1);
}

#[test]
fn programs_are_told_how_far_it_is_line_by_line_and_get_the_end_as_data() {
    let segment =
        json!({"phase": "read", "number": 0, "state": "running", "commits": 5, "records": 1});
    let mut first = reading(&json!(0.25));
    first["segments"] = json!([segment]);
    let desk = going(vec![first, rebuild("verified", &json!({"progress": 1}))]);
    let told = desk.shell().annals(&[&REBUILD[..], &["--progress", "json", "-o", "json"]].concat());
    let told = told.ends(0);
    assert_eq!(told.json()["state"], "verified");
    let lines: Vec<Value> =
        told.err.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let last = lines.last().unwrap();
    assert_eq!(
        (&last["state"], &last["progress"], &last["totals"]["commits"]),
        (&json!("verified"), &json!(1), &json!(50))
    );
}

#[test]
fn what_goes_wrong_is_told_once_as_it_happens_and_decides_the_exit_code() {
    let bad = |parked: u64, differences: &[&str]| {
        let all: Vec<Value> = differences
            .iter()
            .map(|id| json!({"record": {"type": "customer", "id": id}, "version": 2, "kind": "drift", "detail": "email"}))
            .collect();
        json!({"phase": "read", "differences": all,
            "totals": {"commits": 5, "records": 1, "parked": parked, "drift": differences.len()}})
    };
    let desk = Desk::new()
        .answers("POST /operations/views/records/rebuild", reading(&json!(0)))
        .answers("GET /operations/parked", json!({"groups": [], "items": [
            {"view": "records", "generation": 1, "tenant": "t.demo", "record": {"type": "customer", "id": "old"}, "version": 1, "error": "x", "tries": 1},
            {"view": "records", "generation": 2, "tenant": "t.demo", "record": {"type": "customer", "id": "lily"}, "version": 3,
                "error": "no such event", "tries": 1, "first_at": "2026-11-24T10:00:01.000Z"},
        ]}))
        .answers("GET /operations/rebuilds/R-1", rebuild("building", &bad(1, &[])))
        .answers("GET /operations/rebuilds/R-1", rebuild("building", &bad(1, &["ann"])))
        .answers("GET /operations/rebuilds/R-1", rebuild("verified", &bad(1, &["ann", "bob"])));
    // Even where nobody wants to see progress, what goes wrong is told.
    for mode in ["plain", "none"] {
        let desk = desk.clone();
        let told = desk.shell().annals(&[&REBUILD[..], &["--progress", mode]].concat()).ends(5);
        for line in [
            "parked: customer/lily of t.demo at version 3: no such event (try 1, since 2026-11-24 10:00:01Z)",
            "drift: customer/bob at version 2: email",
        ] {
            assert_eq!(told.err.matches(line).count(), 1, "{line}: {}", told.err);
        }
        assert!(!told.err.contains("customer/old"), "{}", told.err);
    }
}

#[test]
fn a_failure_or_a_cancellation_by_others_is_an_end_too() {
    let failed = rebuild("failed", &json!({"error": "segment 3 stopped again and again"}));
    let told = going(vec![reading(&json!(0.5)), failed]).shell().annals(&REBUILD).ends(1);
    told.tells("failed (segment 3 stopped again and again)").tells("annals views status R-1");
    let cancelled = going(vec![rebuild("cancelled", &json!({}))]);
    cancelled.shell().annals(&REBUILD).ends(130).tells("has ended: cancelled");
}

#[test]
fn the_same_rebuild_again_follows_the_one_that_runs() {
    let under_way = problem(409, "rebuild-under-way", &json!({"rebuild": "R-1"}));
    let desk = Desk::new()
        .tells("POST /operations/views/records/rebuild", 409, under_way)
        .answers("GET /operations/rebuilds/R-1", reading(&json!(0.5)))
        .answers("GET /operations/rebuilds/R-1", rebuild("verified", &json!({})));
    desk.shell()
        .annals(&REBUILD)
        .ends(0)
        .tells("under way already: R-1")
        .tells("has ended: verified");
}

#[test]
fn a_trial_ends_with_what_would_change() {
    let difference = json!({"record": {"type": "customer", "id": "lily"}, "version": 4, "kind": "drift", "detail": "summary.city"});
    let trial = |differences: Value, drift: u64| {
        rebuild(
            "verified",
            &json!({"kind": "dry_run", "differences": differences, "totals": {"records": 10, "commits": 50, "drift": drift}}),
        )
    };
    let arguments = [&REBUILD[..], &["--dry-run"]].concat();
    let desk = going(vec![trial(json!([difference]), 1)]);
    let told = desk.shell().annals(&arguments).ends(5).tells("Nothing was changed");
    assert!(told.out.ends_with(
        "\nRECORD         VERSION  WOULD CHANGE  WHAT\ncustomer/lily  4        drift         summary.city\n"
    ), "{}", told.out);
    assert_eq!(desk.written()[0].1, json!({"dry_run": true, "reason": "because"}));
    going(vec![trial(json!([]), 0)])
        .shell()
        .annals(&arguments)
        .ends(0)
        .tells("Nothing would change");
}

#[test]
fn ctrl_c_leaves_it_running_and_says_how_to_go_on() {
    let desk = going(vec![reading(&json!(0.5))]);
    let shell = desk.shell();
    let mut child =
        shell.command(&[&REBUILD[..], &["--progress", "json"]].concat()).spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    assert!(said.any(|line| line.contains(r#""phase":"read""#)), "it is followed");
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let rest: Vec<String> = said.collect();
    assert!(rest.iter().any(|line| line.contains("annals views status R-1 --watch")), "{rest:?}");
    ran(child).ends(130);
    let written = desk.written();
    assert_eq!(written.len(), 1, "nothing was cancelled: {written:?}");
}

#[test]
fn a_pause_is_told_while_somebody_looks_on() {
    let paused = rebuild("building", &json!({"phase": "read", "paused": true}));
    let desk = going(vec![paused.clone(), paused, rebuild("verified", &json!({}))]);
    let told = desk.shell().annals(&REBUILD).ends(0);
    assert_eq!(told.err.matches("annals views resume R-1").count(), 1, "{}", told.err);
}

#[test]
fn the_whole_log_is_read_for_every_view_and_the_worst_end_counts() {
    let pass = |id: &str, state: &str| {
        let mut one = rebuild(state, &json!({"kind": "pass"}));
        one["id"] = id.into();
        one
    };
    let desk = Desk::new()
        .answers(
            "POST /operations/reconcile",
            json!({"items": [pass("R-1", "building"), pass("R-2", "building")]}),
        )
        .answers("GET /operations/rebuilds/R-1", pass("R-1", "failed"))
        .answers("GET /operations/rebuilds/R-2", pass("R-2", "verified"));
    let arguments = ["views", "reconcile", "--full", "--watch", "--reason", "because"];
    let told = desk.shell().annals(&arguments).ends(1);
    assert!(told.out.contains("R-1") && told.out.contains("R-2"), "{}", told.out);
}

#[test]
fn a_closed_log_is_recovered_by_rebuilding_every_view() {
    let desk = Desk::new()
        .answers("POST /operations/log/recover", json!({"state": "closed", "recovery": ["R-1"]}))
        .answers("GET /operations/rebuilds/R-1", rebuild("verified", &json!({"promote": true})))
        .answers("GET /operations/log", json!({"state": "open"}));
    let arguments = ["log", "recover", "--watch", "--yes", "--reason", "because"];
    desk.shell().annals(&arguments).ends(0).tells("The log is open.");
    let none = Desk::new().answers("GET /operations/views/records", view(&json!({})));
    none.shell().annals(&["views", "status", "records", "--watch"]).ends(2);
}
