//! Records that a view cannot follow: parked, shown as stale, and taken up again.

use super::{contribution, parked, projector_with, row, view, views_agree_with_the_log};
use crate::support::probe::{self, Build, Fold, PANIC, POISON};
use crate::support::{HandClock, World, demo_key, event};
use aws_lambda_events::dynamodb::Event;
use engine::mapping::Chaos;
use events::Registry;
use local::Settings;
use projections::{COUNTS, RECORDS};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use store::ParkedCause;
use vocabulary::{Instant, StoredEvent, Version};

fn noted(value: &str) -> Vec<StoredEvent> {
    vec![event("noted", json!({ "value": value }))]
}

async fn world_with(registry: Registry, clock: &HandClock) -> World {
    let (registry, clock) = (Arc::new(registry), clock.clock());
    let world = World::start_with(|settings| Settings { registry, clock, ..settings }).await;
    world.first_run_over().await;
    world
}

/// After so long every parked record is tried again, however often that was in vain.
const WAIT_MAX_MS: i64 = 4 * 3_600_000;

#[tokio::test]
async fn poison_parks_its_record_marks_the_row_stale_and_stops_nobody_else() {
    for poison in [POISON, PANIC] {
        let clock = HandClock::at_noon();
        let world = world_with(probe::registry(Fold::First, Build::Broken), &clock).await;
        let (editor, key) = (world.caller("editor"), demo_key("probe", "p"));
        world.append(&key, noted("1")).await;
        world.append(&key, noted("2")).await;
        world.append(&key, noted(poison)).await;
        world.append(&key, vec![event("finished", json!({}))]).await;
        let made = editor.post("/probes", json!({"value": "9"})).await.expect(201).id();
        world.stack.settled().await;

        let third = Version::new(3).ok();
        let store = &world.stack.store;
        let row = row(store, view(&world, RECORDS).await.active, &key).await.unwrap();
        assert_eq!((row.version.get(), row.stale_at), (2, third), "good up to the one before");
        let counted = contribution(store, view(&world, COUNTS).await.active, &key).await.unwrap();
        assert_eq!((counted.version.get(), counted.stale_at), (2, third));
        assert_eq!(counted.status.as_deref(), Some("open"));
        let read = editor.get("/probes/p").await.expect(200).json();
        assert_eq!(
            (&read["version"], &read["sum"], &read["stale"]),
            (&json!(2), &json!(3), &json!(true))
        );
        let other = editor.get(&format!("/probes/{made}")).await.expect(200).json();
        assert_eq!((&other["sum"], &other["stale"]), (&json!(9), &Value::Null));
        assert_eq!(editor.all("/probes").await.len(), 2, "it is still listed, as it was");
        let parked = parked(&world).await;
        assert_eq!(parked.len(), 2, "once for each view");
        for parked in &parked {
            assert_eq!((parked.record.as_str(), parked.version.get()), ("t.demo#probe#p", 3));
            assert_eq!(parked.cause, ParkedCause::Poison);
            assert!(!parked.error.contains(poison) || poison == PANIC, "no contents in an error");
        }
        assert!(world.stack.projector.report.parked.load(Ordering::Relaxed) >= 2);
    }
}

#[tokio::test]
async fn a_parked_record_is_tried_again_and_taken_up_when_the_fold_is_mended() {
    let clock = HandClock::at_noon();
    let world = world_with(probe::registry(Fold::First, Build::Broken), &clock).await;
    let key = demo_key("probe", "p");
    for value in ["1", POISON, "3"] {
        world.append(&key, noted(value)).await;
    }
    world.stack.settled().await;
    let first = parked(&world).await;
    clock.advance_ms(WAIT_MAX_MS);
    world.stack.projector.reconcile().await.unwrap();
    let again = parked(&world).await;
    assert_eq!(again.len(), 2);
    for (first, again) in first.iter().zip(&again) {
        assert!(again.tries > first.tries);
        assert_eq!(again.first_at, first.first_at);
        assert_eq!(again.last_at, Instant::from_millis(first.first_at.as_millis() + WAIT_MAX_MS));
    }
    let mended = projector_with(&world, probe::registry(Fold::First, Build::Mended));
    clock.advance_ms(WAIT_MAX_MS);
    mended.reconcile().await.unwrap();
    assert_eq!(parked(&world).await, []);
    views_agree_with_the_log(&world, &mended.registry).await;
    let read = world.caller("editor").get("/probes/p").await.expect(200).json();
    assert_eq!(
        (&read["version"], &read["n"], &read["stale"]),
        (&json!(3), &json!(3), &Value::Null)
    );
}

#[tokio::test]
async fn a_record_whose_first_commit_is_poison_has_no_row_until_it_is_mended() {
    let clock = HandClock::at_noon();
    let world = world_with(probe::registry(Fold::First, Build::Broken), &clock).await;
    let (editor, key) = (world.caller("editor"), demo_key("probe", "p"));
    world.append(&key, noted(POISON)).await;
    world.append(&key, noted("2")).await;
    world.stack.settled().await;
    editor.get("/probes/p").await.expect(500);
    assert_eq!(editor.all("/probes").await.len(), 0);
    assert_eq!(parked(&world).await.len(), 2);
    let mended = projector_with(&world, probe::registry(Fold::First, Build::Mended));
    clock.advance_ms(WAIT_MAX_MS);
    mended.reconcile().await.unwrap();
    assert_eq!(parked(&world).await, []);
    views_agree_with_the_log(&world, &mended.registry).await;
    // Four hours later: the first token has expired.
    let editor = world.caller("editor");
    assert_eq!(editor.all("/probes").await.len(), 1);
}

#[tokio::test]
async fn a_commit_that_cannot_be_read_is_not_overlooked_beside_one_that_can() {
    let chaos = Chaos { drop_per_mille: 1_000, ..Chaos::default() };
    let world = World::with_chaos(chaos).await;
    let key = demo_key("customer", "c");
    let data = json!({"personal": {"name": "Lily"}, "tags": [], "owner": "first"});
    world.append(&key, vec![event("registered", data)]).await;
    let next = world.next_commit(&key, vec![event("archived", json!({}))]).await;
    world.put_raw(&next, "no commit").await;
    // Both come in one batch: what can be folded of it does not reach what the batch tells of.
    let mut batch = Event::default();
    batch.records = world.stack.engine.stream_batch("annals-events", None, 10).await.unwrap();
    assert_eq!(batch.records.len(), 2);
    world.stack.projector.handle(batch).await.unwrap();
    let parked = parked(&world).await;
    assert_eq!(parked.len(), 2, "once for each view");
    assert!(parked.iter().all(|parked| parked.version.get() == 2));
    let active = view(&world, RECORDS).await.active;
    let row = row(&world.stack.store, active, &key).await.unwrap();
    assert_eq!((row.version.get(), row.stale_at), (1, Version::new(2).ok()));
}

#[tokio::test]
async fn what_a_newer_build_wrote_is_taken_up_by_that_build() {
    let clock = HandClock::at_noon();
    let world = world_with(Registry::shipped(), &clock).await;
    let key = demo_key("probe", "p");
    world.append(&key, noted("1")).await;
    world.append(&key, noted("2")).await;
    world.stack.settled().await;
    let waiting = parked(&world).await;
    assert_eq!(waiting.len(), 2);
    assert!(waiting.iter().all(|parked| parked.cause == ParkedCause::NewerBuild));
    let newer = projector_with(&world, probe::registry(Fold::First, Build::Mended));
    clock.advance_ms(WAIT_MAX_MS);
    newer.reconcile().await.unwrap();
    assert_eq!(parked(&world).await, []);
    views_agree_with_the_log(&world, &newer.registry).await;
}

#[tokio::test]
async fn a_row_that_the_table_refuses_is_parked() {
    // A state of more than 400 KB does not fit into an item. No command makes one; a fold that
    // grew could.
    let world = World::with_registry(probe::registry(Fold::First, Build::Broken)).await;
    let (editor, key) = (world.caller("editor"), demo_key("probe", "p"));
    world.append(&key, noted("1")).await;
    world.stack.settled().await;
    world.append(&key, noted(&"x".repeat(250_000))).await;
    let made = editor.post("/probes", json!({"value": "9"})).await.expect(201).id();
    world.stack.settled().await;
    let parked = parked(&world).await;
    assert_eq!(parked.len(), 1, "{parked:?}");
    assert_eq!((parked[0].version.get(), parked[0].cause), (2, ParkedCause::Poison));
    let row = row(&world.stack.store, view(&world, RECORDS).await.active, &key).await.unwrap();
    assert_eq!(row.version.get(), 1);
    assert_eq!(editor.get(&format!("/probes/{made}")).await.expect(200).json()["sum"], 9);
}
