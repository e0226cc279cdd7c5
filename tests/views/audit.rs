//! The audit view: it may come later than its log, and it follows one that was restored.

use super::item_of;
use crate::support::{HandClock, World, demo_key, event};
use aws_sdk_dynamodb::types::AttributeValue;
use local::Settings;
use projections::{AUDIT, Projector};
use serde_json::{Value, json};
use std::collections::HashMap;
use store::{Recorded, Store, Tables};
use vocabulary::{RecordKey, StoredEvent};

const MINUTE_MS: i64 = 60_000;

async fn world_at(clock: &HandClock) -> World {
    let world = World::start_with(|settings| Settings { clock: clock.clock(), ..settings }).await;
    world.first_run_over().await;
    world
}

fn change(version: u64) -> Vec<StoredEvent> {
    if version == 1 {
        let data = json!({"personal": {"name": "Lily"}, "tags": [], "owner": "first"});
        return vec![event("registered", data)];
    }
    vec![event("handed_over", json!({"to": format!("person-{version}")}))]
}

async fn items(world: &World, table: &str) -> Vec<HashMap<String, AttributeValue>> {
    let (client, mut items, mut start) = (world.stack.engine.dynamodb(), Vec::new(), None);
    loop {
        let scan = client.scan().table_name(table).consistent_read(true);
        let page = scan.set_exclusive_start_key(start).send().await.unwrap();
        items.extend(page.items().to_vec());
        start = page.last_evaluated_key;
        if start.is_none() {
            return items;
        }
    }
}

async fn delete(world: &World, table: &str, (pk, sk): (AttributeValue, AttributeValue)) {
    let sort = if table == "annals-events" { "rev" } else { "sk" };
    let delete = world.stack.engine.dynamodb().delete_item().table_name(table);
    delete.key("pk", pk).key(sort, sk).send().await.unwrap();
}

/// As a deployment stands when a build first knows of the view: its log is long, the view is not there.
async fn before_the_view(world: &World) -> Projector {
    world.stack.settled().await;
    for item in items(world, "annals-audit").await {
        delete(world, "annals-audit", (item["pk"].clone(), item["sk"].clone())).await;
    }
    for (pk, sk) in [("views", AUDIT.to_owned()), ("passes", format!("{AUDIT}#1"))] {
        let key = (AttributeValue::S(pk.to_owned()), AttributeValue::S(sk));
        delete(world, "annals-control", key).await;
    }
    fresh(world)
}

/// A projector in a process of its own, that remembers nothing.
fn fresh(world: &World) -> Projector {
    let store = Store::new(world.stack.engine.dynamodb(), Tables::of_stack("annals"));
    Projector { store, ..(*world.stack.projector).clone() }
}

async fn found(world: &World) -> (usize, bool) {
    let auditor = world.caller("auditor");
    let page = auditor.get("/audit/commits").await.expect(200).json();
    let all = auditor.all("/audit/commits").await;
    (all.len(), page.get("complete_through").is_some())
}

#[tokio::test]
async fn a_view_that_comes_later_than_its_log_is_complete_only_when_it_has_been_held_against_it() {
    let clock = HandClock::at_noon();
    let world = world_at(&clock).await;
    for number in 0..30 {
        let key = demo_key("customer", &format!("c{number}"));
        world.append_up_to(&key, 2 + number % 3, change).await;
    }
    // One whose commits take more than one page of the view's own reading.
    world.append_up_to(&demo_key("customer", "long"), 250, change).await;
    let all = usize::try_from((0..30).map(|n| 2 + n % 3).sum::<u64>()).unwrap() + 250;
    world.stack.settled().await;
    assert_eq!(found(&world).await.0, all);
    let projector = before_the_view(&world).await;
    // Long ago: the reconciler's own margin does not reach back to it.
    clock.advance_ms(3 * 24 * 60 * MINUTE_MS);
    for _ in 0..20 {
        // The watermark is brought near without anything being projected.
        world.stack.store.move_watermark("projector", clock.clock().now()).await.unwrap();
    }
    let done = projector.reconcile().await.unwrap();
    assert!(!done.passed, "functions of an older build may still be at work");
    assert_eq!(found(&world).await, (0, false));
    clock.advance_ms(14 * MINUTE_MS);
    assert!(!projector.reconcile().await.unwrap().passed);
    clock.advance_ms(2 * MINUTE_MS);
    assert!(projector.reconcile().await.unwrap().passed);
    assert_eq!(found(&world).await, (all, true));
}

#[tokio::test]
async fn a_pass_that_breaks_off_goes_on_where_it_was() {
    let clock = HandClock::at_noon();
    let world = world_at(&clock).await;
    // A run reads 20 pages of 1,000 commits at most, and a page ends at 1 MB: these are 1.2 MB each.
    let large = |version: u64| {
        let mut events = change(version);
        let notes = "x".repeat(200_000);
        events
            .push(event("annotated", json!({"personal": {"notes": format!("{version}{notes}")}})));
        events
    };
    for record in 0..4 {
        let key = demo_key("customer", &format!("c{record}"));
        world.append_up_to(&key, 30, large).await;
    }
    let projector = before_the_view(&world).await;
    world
        .stack
        .store
        .begin_pass(AUDIT, projections::FIRST_GENERATION, clock.clock().now())
        .await
        .unwrap();
    clock.advance_ms(3 * 24 * 60 * MINUTE_MS);
    world.stack.store.move_watermark("projector", clock.clock().now()).await.unwrap();
    let mut runs = 0;
    loop {
        runs += 1;
        // Each run is another process.
        let done = Projector { ..fresh(&world) }.reconcile().await.unwrap();
        assert!(done.passed || found(&world).await == (found(&world).await.0, false));
        if done.passed {
            break;
        }
    }
    assert!(runs > 1, "one run read it all");
    drop(projector);
    assert_eq!(found(&world).await, (120, true));
}

/// Cuts the log of a record off after a version, as a restored table would have it.
async fn cut(world: &World, key: &RecordKey, after: u64) {
    for item in items(world, "annals-events").await {
        let rev: u64 = item["rev"].as_n().unwrap().parse().unwrap();
        if *item["pk"].as_s().unwrap() == key.pk() && rev > after {
            delete(world, "annals-events", (item["pk"].clone(), item["rev"].clone())).await;
        }
    }
}

#[tokio::test]
async fn commits_that_a_restored_log_does_not_have_are_not_found_any_more() {
    let clock = HandClock::at_noon();
    let world = world_at(&clock).await;
    let key = demo_key("customer", "c");
    let other = demo_key("customer", "other");
    for version in 1..=130 {
        world.append_up_to(&key, version, change).await;
        world.append_up_to(&other, version, change).await;
        clock.advance_ms(47 * MINUTE_MS);
    }
    world.stack.settled().await;
    cut(&world, &key, 110).await;
    let new = world.append(&key, vec![event("handed_over", json!({"to": "another"}))]).await;
    world.stack.settled().await;
    clock.advance_ms(2 * MINUTE_MS);
    world.stack.projector.reconcile().await.unwrap();
    let auditor = world.caller("auditor");
    let all = auditor.all("/audit/commits?order=asc&type=customer").await;
    let commits: Vec<&Value> = all.iter().filter(|item| item["kind"] == "commit").collect();
    let of = |id: &str| commits.iter().filter(|item| item["record"]["id"] == id).count();
    assert_eq!((of("c"), of("other")), (111, 130));
    let newest = commits.iter().rfind(|item| item["record"]["id"] == "c").unwrap();
    assert_eq!(newest["hash"], json!(Recorded::hash(&new)));
    assert!(all.iter().any(|item| item["alarm"] == "diverged" && item["record"]["id"] == "c"));
    // Nor in the other lists.
    let rows = items(&world, "annals-audit").await;
    let rows = rows.iter().filter(|row| row.get("record") == Some(&AttributeValue::S(key.pk())));
    assert_eq!(rows.count(), 3 * 111);
    // The cursor says that nothing is left to be taken away.
    let at = projections::row_key(projections::FIRST_GENERATION, &key);
    let cursor = [("pk", AttributeValue::S(at.pk)), ("sk", AttributeValue::S(at.sk))];
    assert!(!item_of(&world, "annals-audit", cursor).await.contains_key("ghosts"));
}
