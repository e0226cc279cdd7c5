//! Replays: exactly the chosen commits, in the order of their records, and only when somebody asks.

use super::{Trap, change, ordered, seen};
use crate::support::{HandClock, World, demo_key, until};
use engine::bus::BusEntry;
use engine::{Fault, Faults};
use local::{RebuildingSettings, ReplaySettings, Settings};
use projections::RebuildSettings;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use vocabulary::Instant;

async fn ended(world: &World, id: &str) -> Value {
    let path = format!("/operations/replays/{id}");
    let over = async || {
        let state = seen(world, &path).await["state"].clone();
        ["done", "failed", "cancelled"].iter().any(|end| state == *end)
    };
    until(over).await;
    world.stack.settled().await;
    seen(world, &path).await
}

async fn replayed(world: &World, key: &str, body: Value) -> Value {
    let started = ordered(world, key, "/operations/replays", body).await.expect(202);
    let id = started.id();
    assert_eq!(started.header("location"), format!("/api/v1/operations/replays/{id}"));
    ended(world, &id).await
}

/// What the bus was told by a replay.
fn told(world: &World, id: &str) -> Vec<BusEntry> {
    let entries = world.stack.bus.entries().into_iter();
    entries.filter(|entry| entry.detail["replay"]["job"] == id).collect()
}

fn ids(entries: &[BusEntry]) -> BTreeSet<String> {
    entries.iter().map(|entry| entry.detail["id"].as_str().unwrap().to_owned()).collect()
}

/// The last time that each event is told, a record's events come in their order.
fn in_order(entries: &[BusEntry]) {
    let mut last: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (place, entry) in entries.iter().enumerate() {
        let name = |name: &str| entry.detail[name].as_str().unwrap().to_owned();
        last.insert((name("subject"), name("sequence")), place);
    }
    let places: Vec<(&(String, String), &usize)> = last.iter().collect();
    for pair in places.windows(2) {
        let ((one, first), (other, second)) = (pair[0], pair[1]);
        assert!(one.0 != other.0 || first < second, "{one:?} comes after {other:?}");
    }
}

async fn world_with(replays: ReplaySettings, faults: Faults) -> (World, HandClock) {
    let clock = HandClock::at_noon();
    let set = clock.clock();
    let rebuilds = RebuildingSettings {
        settings: RebuildSettings { grace: Duration::ZERO, ..RebuildSettings::default() },
        ..RebuildingSettings::default()
    };
    let world = World::start_with(|settings| Settings {
        clock: set,
        replays,
        rebuilds,
        faults,
        ..settings
    })
    .await;
    world.first_run_over().await;
    (world, clock)
}

#[tokio::test]
async fn no_rebuild_ever_publishes() {
    let (world, _) = world_with(ReplaySettings::default(), Faults::none()).await;
    for id in ["a", "b", "c"] {
        world.append_up_to(&demo_key("customer", id), 3, change).await;
    }
    world.stack.settled().await;
    for view in ["records", "counts", "audit"] {
        let path = format!("/operations/views/{view}/rebuild");
        let body = json!({"promote": true});
        ordered(&world, &format!("r-{view}"), &path, body).await.expect(202);
    }
    let active = async |view: &str| {
        seen(&world, &format!("/operations/views/{view}")).await["active"]["number"] == 2
    };
    until(async || active("records").await && active("counts").await && active("audit").await)
        .await;
    world.stack.settled().await;
    let entries = world.stack.bus.entries();
    let of_customers = entries.iter().filter(|entry| entry.detail_type.starts_with("customer."));
    assert_eq!(of_customers.count(), 9, "each event once, when it was recorded");
    assert!(entries.iter().all(|entry| entry.detail.get("replay").is_none()));
}

#[tokio::test]
async fn exactly_what_is_chosen_is_sent_again_marked_and_in_order() {
    let (world, clock) = world_with(ReplaySettings::default(), Faults::none()).await;
    let at =
        |minutes: i64| Instant::from_millis(crate::support::NOON_MS + minutes * 60_000).to_string();
    // One commit of each record every minute.
    let mut commits: BTreeMap<(String, u64), String> = BTreeMap::new();
    for version in 1..=5 {
        for (of, id) in [("customer", "a"), ("customer", "b"), ("todo", "t")] {
            let events = match (of, version) {
                ("customer", _) => change(version),
                (_, 1) => vec![crate::support::event("added", json!({"title": "T"}))],
                _ => {
                    vec![crate::support::event("retitled", json!({"title": format!("{version}")}))]
                }
            };
            let commit = world.append(&demo_key(of, id), events).await;
            commits.insert((id.to_owned(), version), commit.commit().commit.to_string());
        }
        clock.advance_ms(60_000);
    }
    world.stack.settled().await;
    let first_time = world.stack.bus.entries();
    let of = |ids: &[&str], versions: std::ops::RangeInclusive<u64>| -> BTreeSet<String> {
        let all = commits
            .iter()
            .filter(|((id, version), _)| ids.contains(&id.as_str()) && versions.contains(version));
        all.map(|(_, commit)| format!("{commit}.0")).collect()
    };
    let cases = [
        (json!({"records": ["customer/a"]}), of(&["a"], 1..=5)),
        (json!({"records": ["customer/a", "todo/t"], "since": at(2)}), of(&["a", "t"], 3..=5)),
        (json!({"type": "customer", "since": at(1), "until": at(3)}), of(&["a", "b"], 2..=3)),
        (json!({"type": "customer"}), of(&["a", "b"], 1..=5)),
        (json!({"type": "todo", "until": at(2)}), of(&["t"], 1..=2)),
        (json!({"type": "customer", "since": at(30)}), BTreeSet::new()),
    ];
    for (number, (body, expected)) in cases.into_iter().enumerate() {
        let mut dry = body.clone();
        dry["dry_run"] = true.into();
        let counted = replayed(&world, &format!("dry-{number}"), dry).await;
        assert_eq!((&counted["state"], &counted["published"]), (&json!("done"), &json!(0)));
        assert_eq!(counted["events"], expected.len(), "{body}: {counted}");
        let done = replayed(&world, &format!("real-{number}"), body.clone()).await;
        assert_eq!((&done["state"], &done["published"]), (&json!("done"), &json!(expected.len())));
        let told = told(&world, done["id"].as_str().unwrap());
        assert_eq!((ids(&told), told.len()), (expected.clone(), expected.len()), "{body}");
        in_order(&told);
        for entry in &told {
            assert_eq!(entry.detail["replay"]["reason"], "a test");
            let mut detail = entry.detail.clone();
            detail.as_object_mut().unwrap().remove("replay");
            assert!(first_time.iter().any(|first| first.detail == detail), "as it was: {detail}");
        }
    }
    let listed = world.caller("operator").all("/operations/replays").await;
    assert_eq!(listed.len(), 12);
}

/// 120 commits in batches, whose worker stops after each, and breaks off at every step.
#[tokio::test]
async fn a_replay_sends_all_that_is_chosen_whichever_step_breaks_off() {
    let trap = Trap::default();
    let is_step = |call: &engine::Call<'_>| match call.operation {
        "PutEvents" | "SendMessage" => true,
        "PutItem" => {
            call.request["Item"]["pk"]["S"].as_str().is_some_and(|pk| pk.starts_with("replay#"))
        }
        _ => false,
    };
    let replays = ReplaySettings {
        time: Duration::ZERO,
        bus_faults: trap.faults(is_step),
        queue_faults: trap.faults(is_step),
        ..ReplaySettings::default()
    };
    let (world, clock) = world_with(replays, trap.faults(is_step)).await;
    for id in ["a", "b"] {
        world.append_up_to(&demo_key("customer", id), 60, change).await;
    }
    clock.advance_ms(1);
    world.stack.settled().await;
    let expected = ids(&world.stack.bus.entries());
    assert_eq!(expected.len(), 120);
    let mut steps = 0;
    for fault in [Fault::Cut, Fault::ReplyLost] {
        for step in 1.. {
            let key = format!("{fault:?}-{step}");
            let body = json!({"records": ["customer/a", "customer/b"]});
            trap.set(step, fault);
            let mut asked = ordered(&world, &key, "/operations/replays", body.clone()).await;
            while asked.status == 503 {
                asked = ordered(&world, &key, "/operations/replays", body.clone()).await;
            }
            let done = ended(&world, &asked.expect(202).id()).await;
            assert_eq!((&done["state"], &done["commits"]), (&json!("done"), &json!(120)), "{key}");
            let told = told(&world, done["id"].as_str().unwrap());
            assert_eq!(ids(&told), expected, "{key}");
            in_order(&told);
            steps += 1;
            if !trap.sprung() {
                break;
            }
        }
    }
    assert!(steps > 20, "{steps} steps were tried");
    assert_eq!(world.stack.republishing.dead_letters().await, []);
}

#[tokio::test]
async fn a_replay_that_the_bus_does_not_take_fails_and_says_how_far_it_came() {
    let bus_faults = Faults::new(|call| {
        let text = call.request.to_string();
        if text.contains("person-60") { Fault::Cut } else { Fault::None }
    });
    let replays = ReplaySettings { bus_faults, ..ReplaySettings::default() };
    let (world, clock) = world_with(replays, Faults::none()).await;
    world.append_up_to(&demo_key("customer", "a"), 80, change).await;
    clock.advance_ms(1);
    world.stack.settled().await;
    let failed = replayed(&world, "f", json!({"records": ["customer/a"]})).await;
    assert_eq!((&failed["state"], &failed["commits"]), (&json!("failed"), &json!(50)));
    let error = failed["error"].as_str().unwrap();
    assert!(error.contains("50 commits were sent before"), "{error}");
    let id = failed["id"].as_str().unwrap();
    let path = format!("/operations/replays/{id}/cancel");
    let cancel = ordered(&world, "c", &path, json!({})).await.expect(409);
    assert_eq!(cancel.problem(), "replay-ended");
}

#[tokio::test]
async fn a_cancelled_replay_ends_where_it_is() {
    let replays = ReplaySettings { time: Duration::ZERO, ..ReplaySettings::default() };
    let (world, clock) = world_with(replays, Faults::none()).await;
    world.append_up_to(&demo_key("customer", "a"), 120, change).await;
    clock.advance_ms(1);
    world.stack.settled().await;
    let body = json!({"records": ["customer/a"], "rate": 50});
    let id = ordered(&world, "s", "/operations/replays", body).await.expect(202).id();
    let path = format!("/operations/replays/{id}");
    until(async || seen(&world, &path).await["commits"] == 50).await;
    let cancel = format!("{path}/cancel");
    let cancelled = ordered(&world, "c", &cancel, json!({})).await.expect(200).json();
    assert_eq!(cancelled["state"], "cancelled");
    let end = ended(&world, &id).await;
    assert_eq!((&end["state"], end.get("error")), (&json!("cancelled"), None));
    assert!(end["commits"].as_u64().unwrap() < 120, "{end}");
}
