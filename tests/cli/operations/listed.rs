//! What is there: views, rebuilds, parked records, failures, the log.

use super::{Desk, problem, rebuild, view};
use expect_test::expect;
use serde_json::{Value, json};

fn parked(id: &str, members: &Value) -> Value {
    let mut json = json!({
        "view": "records", "generation": 1, "tenant": "t.demo",
        "record": {"type": "customer", "id": id}, "version": 3, "cause": "poison",
        "error": "the chain is broken", "tries": 4, "first_at": "2026-11-24T09:00:00.000Z",
        "last_at": "2026-11-24T09:05:00.000Z", "build": "0.1.0",
    });
    for (name, value) in members.as_object().unwrap() {
        json[name] = value.clone();
    }
    json
}

fn views() -> Value {
    let second = view(&json!({
        "view": "counts", "outdated": true, "outdated_types": ["customer", "todo"],
        "active": {"number": 3, "state": "outdated", "since": "2026-11-20T08:00:00.000Z"},
        "building": {"number": 4, "state": "verified"},
        "previous": {"number": 2, "state": "previous", "until": "2026-11-27T08:00:00.000Z"},
        "lag": {"behind": 2, "lag_ms": 340, "looked_at": 100}, "parked": 1, "skipped": 2,
        "verified_through": "2026-11-24T09:59:00.000Z",
        "drift_watch": {"at": "2026-11-24T09:00:00.000Z", "records": 500, "drift": 3, "lag": 1},
    }));
    json!({"items": [view(&json!({})), second]})
}

#[test]
fn views_are_listed_with_what_is_to_be_done_about_them() {
    let desk = Desk::new().answers("GET /operations/views", views());
    let shell = desk.shell();
    let list = shell.annals(&["views", "list"]).ends(0);
    expect![[r"
        VIEW     READ         BEHIND                     PARKED        BESIDE       BEFORE       VERIFIED THROUGH
        records  1            nothing                    0
        counts   3, outdated  2 of the last 100, 340 ms  1, 2 skipped  4, verified  2, previous  2026-11-24 09:59:00Z
    "]]
    .assert_eq(&list.out);
    expect![[r"
        counts is outdated: rows of customer, todo are those of an earlier build
          hint: `annals views rebuild counts`
        counts cannot follow 1 record
          hint: `annals parked list --view counts`
        counts has a verified generation beside the one that is read
          hint: `annals views promote counts`
        3 records of counts are not what the log says
          hint: `annals views verify counts --watch`
    "]]
    .assert_eq(&list.err);
    let lines = shell.annals(&["views", "list", "-o", "ndjson"]).ends(0);
    assert_eq!((lines.out.lines().count(), lines.err.as_str()), (2, ""));
}

#[test]
fn a_view_is_shown_with_its_generations_and_what_can_be_done() {
    let counts = views()["items"][1].clone();
    let desk = Desk::new().answers("GET /operations/views/counts", counts.clone());
    let shell = desk.shell();
    expect![[r"
        View              counts
        Read              3, outdated, since 2026-11-20 08:00:00Z
        Beside            4, verified
        Before            2, previous, kept until 2026-11-27 08:00:00Z
        Behind            2 of the last 100, 340 ms
        Parked            1, 2 skipped
        Verified through  2026-11-24 09:59:00Z
        Drift watch       2026-11-24 09:00:00Z: 500 records looked at, 3 drift, 1 lag
        Can               rebuild, verify
    "]]
    .assert_eq(&shell.annals(&["views", "show", "counts"]).ends(0).out);
    assert_eq!(shell.annals(&["views", "show", "counts", "-o", "json"]).ends(0).json(), counts);
    shell.annals(&["views", "show", "nothing"]).ends(3).tells("view `nothing`");
}

#[test]
fn a_rebuild_is_shown_with_its_segments_and_what_it_found() {
    let segment = |number: u32, state: &str| {
        json!({"phase": "read", "number": number, "state": state, "commits": 1_250, "records": 250,
            "updated_at": "2026-11-24T10:00:05.000Z"})
    };
    let difference = json!({"record": {"tenant": "t.other", "type": "customer", "id": "lily"},
        "version": 4, "kind": "drift", "detail": "email, phone"});
    let one = rebuild(
        "building",
        &json!({"phase": "read", "progress": 0.5, "seconds_left": 40, "rate": 2_000, "promote": true,
            "segments": [segment(0, "done"), segment(1, "running")],
            "differences": [difference], "differences_more": 1_200}),
    );
    let running = view(&json!({"rebuild": "R-1"}));
    let desk = Desk::new()
        .answers("GET /operations/views/records", running)
        .answers("GET /operations/rebuilds/R-1", one)
        .answers("GET /operations/rebuilds", json!({"items": [rebuild("verified", &json!({}))]}));
    let shell = desk.shell();
    for which in ["R-1", "records"] {
        let told = shell.annals(&["views", "status", which]).ends(0);
        expect![[r"
            Rebuild    R-1
            View       records, generation 2
            Kind       full, 4 parts at once, at most 2000 read units/s, promotes by itself
            State      reading
            Done       50 %
            Left       40 s
            Asked for  2026-11-24 10:00:00Z by Olga Operator
            Why        A new column
            Commits    50
            Records    10
            Written    10
            Repaired   0
            Parked     0
            Drift      0
            Lag        0

            SEGMENT  STATE    COMMITS  RECORDS  HEARD OF
            read 1   done     1,250    250      2026-11-24 10:00:05Z
            read 2   running  1,250    250      2026-11-24 10:00:05Z

            RECORD                    VERSION  DIFFERS  WHAT
            customer/lily of t.other  4        drift    email, phone
        "]]
        .assert_eq(&told.out);
        told.tells("1,200 more are not listed");
    }
    let list = shell.annals(&["views", "status"]).ends(0);
    expect![[r"
        REBUILD  VIEW     KIND  STATE     DONE  PARKED  DRIFT  ASKED FOR             WHO            WHY
        R-1      records  full  verified        0       0      2026-11-24 10:00:00Z  Olga Operator  A new column
    "]]
    .assert_eq(&list.out);
}

#[test]
fn parked_records_are_listed_over_pages_and_counted_by_error_once() {
    let groups = json!([{"error": "the chain is broken", "records": 2}]);
    let skipped =
        json!({"at": "2026-11-24T09:06:00.000Z", "by": "olga", "reason": "a test record"});
    let first =
        json!({"items": [parked("lily", &json!({}))], "groups": groups, "next_cursor": "c"});
    let second = json!({"items": [parked("ann", &json!({ "skipped": skipped }))], "groups": []});
    let desk = Desk::new()
        .answers("GET /operations/parked", first.clone())
        .answers("GET /operations/parked", second.clone())
        .answers("GET /operations/parked", first)
        .answers("GET /operations/parked", second);
    let shell = desk.shell();
    let list = shell.annals(&["parked", "list", "--all"]).ends(0);
    expect![[r"
        VIEW       RECORD         WORKSPACE  VERSION  ERROR                TRIES  FIRST                 LAST                  SKIPPED
        records 1  customer/lily  t.demo     3        the chain is broken  4      2026-11-24 09:00:00Z  2026-11-24 09:05:00Z
        records 1  customer/ann   t.demo     3        the chain is broken  4      2026-11-24 09:00:00Z  2026-11-24 09:05:00Z  2026-11-24 09:06:00Z: a test record
    "]]
    .assert_eq(&list.out);
    assert_eq!(list.err, "2 with: the chain is broken\n");
    let json = shell.annals(&["parked", "list", "--all", "-o", "json"]).ends(0).json();
    assert_eq!((json["items"].as_array().unwrap().len(), &json["groups"]), (2, &groups));
    let none = Desk::new().answers("GET /operations/parked", json!({"items": [], "groups": []}));
    none.shell().annals(&["parked", "list"]).ends(0).tells("No record is parked");
}

#[test]
fn what_was_put_aside_is_listed_with_the_key_to_drive_it() {
    let batch = json!({"key": "cHJvamVjdG9y", "mapping": "projector", "records": 12,
        "at": "2026-11-24T09:00:00.000Z", "first_at": "2026-11-24T08:00:00.000Z",
        "last_at": "2026-11-24T08:01:00.000Z", "reason": "RetryAttemptsExhausted"});
    let desk = Desk::new().answers("GET /operations/failures", json!({ "items": [batch] }));
    let list = desk.shell().annals(&["failures", "list"]).ends(0);
    expect![[r"
        KEY           OF         PUT ASIDE             CHANGES  FROM                  TO                    REASON                  DRIVEN
        cHJvamVjdG9y  projector  2026-11-24 09:00:00Z  12       2026-11-24 08:00:00Z  2026-11-24 08:01:00Z  RetryAttemptsExhausted
    "]]
    .assert_eq(&list.out);
}

#[test]
fn a_closed_log_says_why_and_what_opens_it() {
    let closed = json!({"state": "closed", "since": "2026-11-24T09:00:00.000Z",
        "why": "three verified commits are missing"});
    let desk = Desk::new().answers("GET /operations/log", closed);
    let told = desk.shell().annals(&["log", "status"]).ends(0).tells("annals log recover");
    assert!(told.out.contains("Why    three verified commits are missing"), "{}", told.out);
    // Whoever writes then is told at once, and not made to wait for what does not pass.
    let refused = problem(503, "log-closed", &json!({"detail": "it is shorter than it was"}));
    let desk = Desk::new().tells("POST /customers", 503, refused);
    let shell = desk.shell();
    shell.annals(&["records", "create", "customers", "--json", "no"]).ends(2);
    shell.file("ann.json", r#"{"name": "Ann"}"#);
    let create = ["records", "create", "customers", "--json", "ann.json"];
    shell.annals(&create).ends(1).tells("annals log status");
    assert_eq!(desk.inner.lock().unwrap().written.len(), 1);
}

#[test]
fn the_doctor_says_what_operators_should_know() {
    let waiting =
        json!({"items": [{"key": "a"}, {"key": "b", "driven_at": "2026-11-24T09:00:00.000Z"}]});
    let well = Desk::new()
        .answers("GET /operations/views", json!({"items": [view(&json!({}))]}))
        .answers("GET /operations/failures", json!({"items": []}))
        .answers("GET /operations/log", json!({"state": "open"}));
    let told = well.shell().annals(&["doctor"]).out;
    for line in [
        "ok    log       takes writes",
        "ok    views     records: as the log has it",
        "ok    failures",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
    let ill = Desk::new()
        .answers("GET /operations/views", views())
        .answers("GET /operations/failures", waiting)
        .answers("GET /operations/log", json!({"state": "closed", "why": "it is shorter"}));
    let told = ill.shell().annals(&["doctor"]).ends(1).out;
    for line in [
        "fail  log       closed, nothing is written: it is shorter",
        "warn  views     counts is outdated: rows of customer, todo are those of an earlier build",
        "→ annals views rebuild counts",
        "warn  views     counts cannot follow 1 record",
        "warn  failures  1 put aside and not driven again",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
    // Who may not operate is not told that they may not look.
    let viewer = Desk::default().answers("GET /me", json!({"id": "vera", "rights": ["read"]}));
    let told = viewer.shell().annals(&["doctor"]).out;
    assert!(!told.contains("views") && !told.contains("failures"), "{told}");
}
