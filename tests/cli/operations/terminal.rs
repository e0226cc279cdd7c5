//! On a terminal: a bar, errors above it, and questions.

use super::{Desk, rebuild};
use serde_json::json;

const REBUILD: [&str; 4] = ["views", "rebuild", "records", "--watch"];

fn going() -> Desk {
    let far = |progress: f64, parked: u64| {
        rebuild(
            "building",
            &json!({"phase": "read", "progress": progress, "expected": 50, "seconds_left": 40,
            "totals": {"commits": 20, "records": 4, "parked": parked}}),
        )
    };
    let parked = json!({"view": "records", "generation": 2, "tenant": "t.demo", "version": 3, "tries": 1,
        "record": {"type": "customer", "id": "lily"}, "error": "no such event", "first_at": "2026-11-24T10:00:01.000Z"});
    let desk = Desk::new()
        .answers("POST /operations/views/records/rebuild", far(0.0, 0))
        .answers("GET /operations/parked", json!({"items": [parked], "groups": []}));
    [far(0.1, 0), far(0.4, 1), far(0.4, 1), rebuild("verified", &json!({"totals": {"parked": 1}}))]
        .into_iter()
        .fold(desk, |desk, state| desk.answers("GET /operations/rebuilds/R-1", state))
}

#[test]
fn there_is_a_bar_and_what_goes_wrong_stands_above_it() {
    let desk = going();
    let told = desk.shell().on_a_terminal(&[&REBUILD[..], &["--reason", "because"]].concat(), "");
    let told = told.ends(5).out;
    let bar = "40 % reading, 20 of 50 commits, 4 records, 40 s left";
    assert!(told.contains(bar), "{told}");
    let lines: Vec<&str> = told.split(['\r', '\n']).collect();
    let parked = lines.iter().position(|line| line.contains("parked: customer/lily")).unwrap();
    // The bar is taken away before the line is written, and drawn again below it.
    assert!(!lines[parked].contains(" % reading"), "{told}");
    assert!(lines[parked..].iter().any(|line| line.contains(bar)), "{told}");
    let end = told.rfind("has ended: verified").unwrap();
    assert!(told[end..].find(" % ").is_none(), "no bar stays behind: {told}");
}

/// What is seen, without what moves the cursor and colours.
fn without_codes(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c == '\u{1b}' {
            rest.by_ref().skip(1).find(char::is_ascii_alphabetic);
        } else {
            plain.push(c);
        }
    }
    plain
}

#[test]
fn the_bar_never_takes_more_than_a_line() {
    let desk = going();
    let told = desk.shell().on_a_terminal(&[&REBUILD[..], &["--reason", "because"]].concat(), "");
    for line in without_codes(&told.out).split(['\r', '\n']).filter(|line| line.contains(" % ")) {
        assert!(line.chars().count() <= 100, "{line}");
    }
}

#[test]
fn a_reason_is_asked_for_and_a_dangerous_thing_too() {
    let desk = going();
    let told = desk.shell().on_a_terminal(&REBUILD, "A new column\n").ends(5);
    assert!(told.out.contains("Why do you rebuild?"), "{}", told.out);
    assert_eq!(desk.written()[0].1["reason"], "A new column");
    let desk = Desk::new()
        .answers("POST /operations/rebuilds/R-1/cancel", rebuild("cancelled", &json!({})));
    let cancel = ["views", "cancel", "R-1"];
    let told = desk.shell().on_a_terminal(&cancel, "no\n").ends(130);
    assert!(told.out.contains("Cancel rebuild R-1"), "{}", told.out);
    assert_eq!(desk.written(), []);
    desk.shell().on_a_terminal(&cancel, "yes\nNot needed\n").ends(0);
    assert_eq!(desk.written()[0].1["reason"], "Not needed");
}
