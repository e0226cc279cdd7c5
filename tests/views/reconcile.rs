//! The reconciler finds what the stream lost.

use super::views_agree_with_the_log;
use crate::support::{HandClock, NOON_MS, World, demo_key, event, until};
use engine::mapping::Chaos;
use engine::{Fault, Faults};
use local::Settings;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use vocabulary::{Instant, StoredEvent};

const DAY_MS: i64 = 86_400_000;

/// A stack whose stream delivers nothing at all.
async fn deaf(clock: &HandClock, faults: Faults) -> World {
    let chaos = Chaos { drop_per_mille: 1_000, ..Chaos::default() };
    let clock = clock.clock();
    let world = World::start_with(|settings| Settings { clock, chaos, faults, ..settings }).await;
    world.first_run_over().await;
    world
}

fn change(version: u64) -> Vec<StoredEvent> {
    let data = json!({"personal": {"name": "Lily"}, "tags": [], "owner": "first"});
    match version {
        1 => vec![event("registered", data)],
        _ => vec![event("handed_over", json!({"to": format!("person-{version}")}))],
    }
}

fn at(ms: i64) -> Instant {
    Instant::from_millis(NOON_MS + ms)
}

#[tokio::test]
async fn what_the_stream_lost_is_found_over_days_and_over_more_than_a_page() {
    let clock = HandClock::at_noon();
    let world = deaf(&clock, Faults::none()).await;
    for day in 0..3 {
        let id = |n: u64| format!("day-{day}-{n}");
        for n in 0..7 {
            world.append_up_to(&demo_key("customer", &id(n)), n + 1, change).await;
        }
        clock.advance_ms(DAY_MS);
    }
    // More commits on one shard of one day than a page of the feed holds.
    world.append_up_to(&demo_key("customer", "long"), 1_050, change).await;
    world.stack.settled().await;
    let editor = world.caller("editor");
    assert_eq!(editor.all("/customers").await.len(), 0, "nothing came through the stream");
    clock.advance_ms(60_001);
    let done = world.stack.projector.reconcile().await.unwrap();
    assert!(done.records >= 22, "{done:?}");
    assert_eq!(done.verified_through, at(3 * DAY_MS + 1));
    assert_eq!(editor.all("/customers").await.len(), 22);
    views_agree_with_the_log(&world, &world.stack.projector.registry).await;
}

#[tokio::test]
async fn an_outage_of_the_reconciler_itself_is_made_up_for() {
    let clock = HandClock::at_noon();
    let world = deaf(&clock, Faults::none()).await;
    clock.advance_ms(3 * DAY_MS);
    world.append_up_to(&demo_key("customer", "c"), 3, change).await;
    clock.advance_ms(30 * DAY_MS);
    world.stack.projector.reconcile().await.unwrap();
    views_agree_with_the_log(&world, &world.stack.projector.registry).await;
}

#[tokio::test]
async fn a_commit_too_young_is_left_to_the_stream_and_found_by_the_next_run() {
    let clock = HandClock::at_noon();
    let world = deaf(&clock, Faults::none()).await;
    world.append(&demo_key("customer", "c"), change(1)).await;
    clock.advance_ms(60_000);
    assert_eq!(world.stack.projector.reconcile().await.unwrap().records, 0);
    clock.advance_ms(1);
    assert_eq!(world.stack.projector.reconcile().await.unwrap().records, 1);
    // The margin: read once more a quarter of an hour later, in case the index was late.
    clock.advance_ms(900_000);
    assert_eq!(world.stack.projector.reconcile().await.unwrap().records, 1);
    assert_eq!(world.stack.projector.reconcile().await.unwrap().records, 0);
    views_agree_with_the_log(&world, &world.stack.projector.registry).await;
}

#[tokio::test]
async fn the_watermark_moves_with_each_run_and_never_back() {
    let clock = HandClock::at_noon();
    let world = deaf(&clock, Faults::none()).await;
    let projector = &world.stack.projector;
    assert_eq!(projector.verified_through().await.unwrap(), Some(at(-60_000)));
    clock.advance_ms(300_000);
    projector.reconcile().await.unwrap();
    assert_eq!(projector.verified_through().await.unwrap(), Some(at(240_000)));
    clock.advance_ms(-200_000);
    let back = projector.reconcile().await.unwrap();
    assert_eq!(back.verified_through, at(240_000));
    assert_eq!(projector.verified_through().await.unwrap(), Some(at(240_000)));
}

#[tokio::test]
async fn a_run_that_fails_verifies_nothing() {
    let clock = HandClock::at_noon();
    let failing = Arc::new(AtomicBool::new(false));
    let switch = failing.clone();
    let faults = Faults::new(move |call| {
        let put = call.operation == "PutItem" && call.table == Some("annals-records");
        if put && switch.load(Ordering::SeqCst) { Fault::Throttle } else { Fault::None }
    });
    let world = deaf(&clock, faults).await;
    world.append(&demo_key("customer", "c"), change(1)).await;
    clock.advance_ms(120_000);
    failing.store(true, Ordering::SeqCst);
    let projector = &world.stack.projector;
    assert!(projector.reconcile().await.unwrap_err().is_passing());
    assert_eq!(projector.verified_through().await.unwrap(), Some(at(-60_000)));
    failing.store(false, Ordering::SeqCst);
    projector.reconcile().await.unwrap();
    assert_eq!(projector.verified_through().await.unwrap(), Some(at(60_000)));
    views_agree_with_the_log(&world, &projector.registry).await;
}

#[tokio::test]
async fn a_table_that_is_busy_for_a_while_delays_the_views_and_nothing_else() {
    let busy = Arc::new(AtomicBool::new(true));
    let switch = busy.clone();
    let world = World::with_faults(move |call| {
        let row = call.operation == "PutItem" && call.table == Some("annals-records");
        if row && switch.load(Ordering::SeqCst) { Fault::Throttle } else { Fault::None }
    })
    .await;
    let editor = world.caller("editor");
    let made = editor.post("/customers", json!({"name": "Lily"})).await.expect(201);
    // Read your writes does not wait for the view.
    let path = format!("/customers/{}?min_version=1", made.id());
    assert_eq!(editor.get(&path).await.expect(200).json(), made.json());
    until(async || world.stack.readers().0.retried > 0).await;
    busy.store(false, Ordering::SeqCst);
    world.stack.settled().await;
    assert_eq!(world.stack.readers().0.failed, 0);
    views_agree_with_the_log(&world, &world.stack.projector.registry).await;
}
