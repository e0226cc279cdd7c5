//! Rebuilds that meet what cannot be folded, and those that cannot go on.

use super::{history, order, ordered, read, read_tally, rebuilt, small, tally, view, world_with};
use crate::support::probe::{self, Build, Fold, POISON};
use crate::support::{HandClock, World, demo_key, event};
use crate::views::meddle;
use aws_sdk_dynamodb::types::AttributeValue;
use engine::Fault;
use engine::Faults;
use local::{RebuildingSettings, Settings};
use projections::{AUDIT, COUNTS, RECORDS};
use serde_json::json;
use std::sync::Arc;
use store::{BuildState, NotNow, RebuildKind, RebuildState, Unchanged, Written};

#[tokio::test]
async fn a_poisoned_record_is_parked_in_the_new_generation_and_keeps_it_from_being_promoted() {
    let clock = HandClock::at_noon();
    let set = clock.clock();
    let registry = Arc::new(probe::registry(Fold::First, Build::Broken));
    let world = World::start_with(|settings| Settings {
        clock: set,
        registry,
        rebuilds: small(),
        ..settings
    })
    .await;
    world.first_run_over().await;
    let key = demo_key("probe", "p");
    for value in ["1", "2", POISON] {
        world.append(&key, vec![event("noted", json!({ "value": value }))]).await;
    }
    let editor = world.caller("editor");
    for _ in 0..5 {
        editor.post("/probes", json!({"value": "9"})).await.expect(201);
    }
    world.stack.settled().await;
    for name in [RECORDS, COUNTS, AUDIT] {
        let promote = |job| store::Rebuild { promote: true, ..job };
        let id = format!("R-{name}");
        let job = order(&world, name, (RebuildKind::Full, &id), promote).await;
        world.stack.settled().await;
        let job = read(&world, &job).await;
        assert_eq!((job.state, &job.error), (RebuildState::Verified, &None));
        assert!(read_tally(&world, &job).await.parked > 0, "the rebuild says so");
        let store = &world.stack.store;
        let parked = store.parked(name, job.generation).await.unwrap();
        let told: Vec<_> = parked.iter().map(|p| (p.record.as_str(), p.version.get())).collect();
        assert_eq!(told, [("t.demo#probe#p", 3)]);
        let view = view(&world, name).await;
        assert_eq!(view.active.number, 1, "nor is it promoted by itself");
        assert_eq!(view.building.unwrap().state, BuildState::Verified);
        let at = (clock.clock().now(), 1_000);
        let refused = store.promote(name, false, at).await;
        assert!(matches!(refused, Err(Unchanged::NotNow(NotNow::Parked))), "{refused:?}");
        let forced = store.promote(name, true, at).await.unwrap();
        assert_eq!(forced.active, job.generation);
    }
}

/// A commit that was overwritten behind everybody's back breaks the chain of its record.
#[tokio::test]
async fn a_broken_chain_is_found_by_reading_and_the_record_is_named() {
    let (world, _) = world_with(small()).await;
    history(&world, 6).await;
    let client = world.stack.engine.dynamodb();
    let found = client.scan().table_name("annals-events").send().await.unwrap();
    let second = AttributeValue::N("2".to_owned());
    let mut item = found.items().iter().find(|item| item["rev"] == second).unwrap().clone();
    let pk = item["pk"].as_s().unwrap().clone();
    item.insert("p".to_owned(), AttributeValue::B(vec![0; 32].into()));
    meddle(&world, "annals-events", item).await;
    let job = rebuilt(&world, RECORDS, "R-1").await;
    let parked = world.stack.store.parked(RECORDS, job.generation).await.unwrap();
    let told: Vec<_> = parked.iter().map(|p| (p.record.as_str(), p.version.get())).collect();
    assert_eq!(told, [(pk.as_str(), 2)]);
    assert!(parked[0].error.contains("follow"), "{}", parked[0].error);
    assert!(tally(&world, &job).await.parked > 0);
    let refused = world.stack.store.promote(RECORDS, false, (job.requested_at, 1)).await;
    assert!(matches!(refused, Err(Unchanged::NotNow(NotNow::Parked))), "{refused:?}");
}

#[tokio::test]
async fn a_rebuild_that_cannot_go_on_fails_and_takes_its_generation_along() {
    let faults = Faults::new(|call| {
        let scan = call.operation == "Scan";
        if scan { Fault::Throttle } else { Fault::None }
    });
    let (world, _) = world_with(RebuildingSettings { faults, ..small() }).await;
    history(&world, 3).await;
    let job = rebuilt(&world, RECORDS, "R-1").await;
    assert_eq!(job.state, RebuildState::Failed);
    assert!(job.error.as_deref().is_some_and(|error| error.contains("tables")), "{job:?}");
    let view = view(&world, RECORDS).await;
    assert_eq!((view.building, view.retiring.len(), view.next), (None, 0, 3));
    assert_eq!(world.stack.rebuilding.dead_letters().await, []);
}

#[tokio::test]
async fn one_view_has_one_rebuild_of_a_generation_at_a_time() {
    let (world, _) = world_with(RebuildingSettings { worker: false, ..small() }).await;
    history(&world, 3).await;
    let before = view(&world, RECORDS).await;
    let (late, begun) = ordered(&before, RebuildKind::Full, "R-2", &world);
    order(&world, RECORDS, (RebuildKind::Full, "R-1"), |job| job).await;
    let kept = world.stack.store.begin_rebuild(&late, begun.as_ref()).await.unwrap();
    assert_eq!(kept, Written::Overtaken, "the view was changed meanwhile");
    assert_eq!(world.stack.store.rebuild(&late.id).await.unwrap(), None, "and nothing is left");
}
