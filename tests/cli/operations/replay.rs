//! `annals replay`: counted first, asked where there are many, sent once.

use super::Desk;
use serde_json::{Value, json};

const PUBLISH: [&str; 6] = ["replay", "publish", "--since", "2026-11-23", "--reason", "because"];

fn replay(id: &str, state: &str, commits: u64, published: u64) -> Value {
    json!({"id": id, "state": state, "dry_run": id == "D-1", "commits": commits, "events": commits * 2,
        "published": published, "reason": "because", "requested_at": "2026-11-24T10:00:00.000Z"})
}

fn counting(commits: u64) -> Desk {
    Desk::new()
        .answers("POST /operations/replays", replay("D-1", "counting", 0, 0))
        .answers("POST /operations/replays", replay("P-1", "running", 0, 0))
        .answers("GET /operations/replays/D-1", replay("D-1", "counting", 1, 0))
        .answers("GET /operations/replays/D-1", replay("D-1", "done", commits, 0))
        .answers("GET /operations/replays/P-1", replay("P-1", "running", commits, 1))
        .answers("GET /operations/replays/P-1", replay("P-1", "done", commits, commits * 2))
}

#[test]
fn few_are_counted_and_sent() {
    let desk = counting(1_000);
    let told = desk
        .shell()
        .annals(&[&PUBLISH[..], &["--until", "2026-11-24", "--rate", "50", "--watch"]].concat());
    told.ends(0).tells("2,000 events of 1,000 commits.").tells("The replay has ended: done");
    let body = json!({"since": "2026-11-23T00:00:00.000Z", "until": "2026-11-24T00:00:00.000Z", "rate": 50, "reason": "because"});
    let mut counted = body.clone();
    counted["dry_run"] = true.into();
    let path = || "/replays".to_owned();
    assert_eq!(desk.written(), [(path(), counted), (path(), body)]);
}

#[test]
fn more_than_a_thousand_commits_need_a_yes() {
    let desk = counting(1_001);
    let shell = desk.shell();
    shell.annals(&PUBLISH).ends(2).tells("2,002 events of 1,001 commits.").tells("add --yes");
    assert_eq!(desk.written().len(), 1, "only counted");
    let desk = counting(1_001);
    desk.shell()
        .annals(&[&PUBLISH[..], &["--yes"]].concat())
        .ends(0)
        .tells("replay status P-1 --watch");
    assert_eq!(desk.written().len(), 2);
}

#[test]
fn a_dry_run_counts_and_sends_nothing() {
    let desk = counting(5_000);
    let told = desk.shell().annals(&[&PUBLISH[..], &["--dry-run", "-o", "json"]].concat()).ends(0);
    assert_eq!(told.json()["commits"], 5_000);
    told.tells("Nothing was sent.");
    assert_eq!(desk.written().len(), 1);
    let nothing = counting(0);
    nothing.shell().annals(&PUBLISH).ends(0).tells("Nothing was sent.");
    assert_eq!(nothing.written().len(), 1);
}

#[test]
fn replays_are_listed_and_shown() {
    let desk = Desk::new()
        .answers(
            "GET /operations/replays",
            json!({"items": [replay("D-1", "done", 2, 0), replay("P-1", "failed", 2, 3)]}),
        )
        .answers("GET /operations/replays/P-1", replay("P-1", "failed", 2, 3));
    let shell = desk.shell();
    let list = shell.annals(&["replay", "status"]).ends(0);
    assert!(list.out.contains("D-1     done, counted only  2        4       0"), "{}", list.out);
    let one = shell.annals(&["replay", "status", "P-1"]).ends(0);
    assert!(one.out.contains("Sent       3\n"), "{}", one.out);
    shell.annals(&["replay", "status", "P-1", "--watch"]).ends(1).tells("has ended: failed");
    shell.annals(&["replay", "status", "P-9"]).ends(3).tells("replay `P-9`");
}
