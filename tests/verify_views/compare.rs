//! A trial generation beside the live one.

use super::{Item, MINUTE_MS, active, all, delete, item, items, only, put, told};
use crate::support::probe::{self, Build, Fold};
use crate::support::{HandClock, World, demo_key, event};
use local::Settings;
use projections::{AUDIT, COUNTS, Projector, RECORDS};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use store::{ALL_VIEWS as VIEWS, Generation, RetryParked};

const TRIAL: Generation = Generation { number: 7, buckets: 8, list_shards: 2 };

/// A world of probes by the first fold, and a projector of the second on the same tables.
async fn two_folds(clock: &HandClock) -> (World, Projector) {
    let registry = Arc::new(probe::registry(Fold::First, Build::Broken));
    let world =
        World::start_with(|settings| Settings { clock: clock.clock(), registry, ..settings }).await;
    world.first_run_over().await;
    for (id, values) in [("a", vec!["1", "2"]), ("b", vec!["3"])] {
        for value in values {
            world
                .append(&demo_key("probe", id), vec![event("noted", json!({"value": value}))])
                .await;
        }
    }
    world.append(&demo_key("probe", "a"), vec![event("finished", json!({}))]).await;
    world.stack.settled().await;
    let second = Arc::new(probe::registry(Fold::Second, Build::Broken));
    let projector = Projector { registry: second, ..(*world.stack.projector).clone() };
    (world, projector)
}

#[tokio::test]
async fn another_fold_changes_what_it_changes_and_nothing_else_and_values_are_not_told() {
    let clock = HandClock::at_noon();
    let (world, second) = two_folds(&clock).await;
    let before = [items(&world, RECORDS).await, items(&world, COUNTS).await];
    let heads = all(&world).await;
    let compare = async |projector: &Projector, view: &str, trial: Generation| {
        let live = active(&world, view).await;
        projector.compare_page(view, trial, live, &heads).await.unwrap()
    };
    let found = compare(&second, RECORDS, TRIAL).await;
    let sum = ("drift", "state/record/probe/sum, summary/sum");
    assert_eq!(told(&found), [sum, sum]);
    assert_eq!(told(&compare(&second, COUNTS, TRIAL).await), []);
    // The same fields change with each commit, whatever they become.
    assert_eq!(told(&compare(&second, AUDIT, TRIAL).await), []);
    // By the same fold nothing would change.
    let same = Generation { number: 8, ..TRIAL };
    for view in VIEWS {
        assert_eq!(told(&compare(&world.stack.projector, view, same).await), [], "of {view}");
    }
    // The live generation is as it was.
    let of_first = |items: Vec<Item>| -> Vec<Item> {
        items.into_iter().filter(|item| item["pk"].as_s().unwrap().starts_with("1#")).collect()
    };
    assert_eq!(of_first(items(&world, RECORDS).await), before[0]);
    assert_eq!(of_first(items(&world, COUNTS).await), before[1]);
}

#[tokio::test]
async fn a_live_row_that_is_behind_or_ahead_of_the_trial_is_compared_at_its_own_version() {
    let clock = HandClock::at_noon();
    let (world, second) = two_folds(&clock).await;
    let (key, live) = (demo_key("probe", "b"), active(&world, RECORDS).await);
    let old = item(&world, RECORDS, &key).await;
    world.append(&key, vec![event("noted", json!({"value": "4"}))]).await;
    world.stack.settled().await;
    put(&world, RECORDS, old.clone()).await;
    let found = second.compare_page(RECORDS, TRIAL, live, &only(&key)).await.unwrap();
    assert_eq!(told(&found), [("drift", "state/record/probe/sum, summary/sum")]);
    assert_eq!(found[0].version, 1);
    assert_eq!(item(&world, RECORDS, &key).await, old, "the live row is let be");
}

#[tokio::test]
async fn what_only_one_of_the_two_has_is_told_and_a_young_record_is_not() {
    let clock = HandClock::at_noon();
    let (world, second) = two_folds(&clock).await;
    let (key, live) = (demo_key("probe", "b"), active(&world, RECORDS).await);
    let row = item(&world, RECORDS, &key).await;
    delete(&world, RECORDS, &row).await;
    let compare = async || second.compare_page(RECORDS, TRIAL, live, &only(&key)).await.unwrap();
    assert_eq!(compare().await, [], "the projector may not have been there yet");
    put(&world, RECORDS, row.clone()).await;
    clock.advance_ms(20 * MINUTE_MS);
    world.stack.projector.reconcile().await.unwrap();
    delete(&world, RECORDS, &row).await;
    assert_eq!(told(&compare().await), [("surplus", "only the trial has a row")]);
    put(&world, RECORDS, row).await;
    // What the trial cannot fold it would not show.
    let poisoned = demo_key("probe", "poisoned");
    world.append(&poisoned, vec![event("noted", json!({"value": probe::POISON}))]).await;
    world.stack.settled().await;
    let mended = Projector {
        registry: Arc::new(probe::registry(Fold::First, Build::Mended)),
        ..(*world.stack.projector).clone()
    };
    let order = RetryParked {
        view: RECORDS.to_owned(),
        generation: live.number,
        record: Some(poisoned.pk()),
        error: None,
        asked_at: clock.clock().now(),
        after: None,
    };
    let until = tokio::time::Instant::now() + Duration::from_mins(1);
    assert_eq!(mended.retry_ordered(&order, until).await.unwrap(), None);
    let found = second.compare_page(RECORDS, TRIAL, live, &only(&poisoned)).await.unwrap();
    assert_eq!(told(&found), [("missing", "the trial has no row")]);
}

#[tokio::test]
async fn numbers_are_told_before_and_after() {
    let clock = HandClock::at_noon();
    let (world, second) = two_folds(&clock).await;
    let live = active(&world, COUNTS).await;
    let found = second.compare_numbers(TRIAL, live).await.unwrap();
    assert_eq!(told(&found), [("count", "probe done: 1 -> 0"), ("count", "probe open: 1 -> 0")]);
    second.compare_page(COUNTS, TRIAL, live, &all(&world).await).await.unwrap();
    assert_eq!(second.compare_numbers(TRIAL, live).await.unwrap(), []);
}
