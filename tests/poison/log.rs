//! A log that was restored from a backup, and is shorter than what was verified.

use super::{change, ordered, seen};
use crate::support::{HandClock, World, demo_key, until};
use crate::views::{text, views_agree_with_the_log};
use aws_sdk_dynamodb::types::AttributeValue;
use local::{RebuildingSettings, Settings};
use projections::RebuildSettings;
use serde_json::json;
use std::collections::HashMap;
use std::time::Duration;
use store::{Store, StoreError, Tables};

type Item = HashMap<String, AttributeValue>;

async fn items(world: &World, table: &str) -> Vec<Item> {
    let (client, mut start, mut items) = (world.stack.engine.dynamodb(), None, Vec::new());
    loop {
        let scan = client.scan().table_name(table).set_exclusive_start_key(start);
        let page = scan.send().await.unwrap();
        items.extend(page.items.unwrap_or_default());
        start = page.last_evaluated_key;
        if start.is_none() {
            return items;
        }
    }
}

/// Puts the copy in the place of the log.
async fn restore(world: &World, copy: &[Item]) {
    for item in items(world, "annals-events").await {
        if !copy.contains(&item) {
            let delete = world.stack.engine.dynamodb().delete_item().table_name("annals-events");
            let delete = delete.key("pk", item["pk"].clone()).key("rev", item["rev"].clone());
            delete.send().await.unwrap();
        }
    }
}

async fn world_at(clock: &HandClock) -> World {
    let set = clock.clock();
    let rebuilds = RebuildingSettings {
        settings: RebuildSettings { grace: Duration::ZERO, ..RebuildSettings::default() },
        ..RebuildingSettings::default()
    };
    let world = World::start_with(|settings| Settings { clock: set, rebuilds, ..settings }).await;
    world.first_run_over().await;
    world
}

async fn reconciled(world: &World, clock: &HandClock) {
    world.stack.settled().await;
    clock.advance_ms(61_000);
    world.stack.projector.reconcile().await.unwrap();
}

/// Some records, of which a backup was made before they went on.
async fn shortened(clock: &HandClock) -> World {
    let world = world_at(clock).await;
    world.append_up_to(&demo_key("customer", "long"), 90, change).await;
    world.append_up_to(&demo_key("customer", "kept"), 2, change).await;
    reconciled(&world, clock).await;
    let copy = items(&world, "annals-events").await;
    world.append_up_to(&demo_key("customer", "long"), 105, change).await;
    world.append_up_to(&demo_key("customer", "lost"), 2, change).await;
    reconciled(&world, clock).await;
    assert!(!items(&world, "annals-snapshots").await.is_empty());
    restore(&world, &copy).await;
    world.stack.settled().await;
    world
}

#[tokio::test]
async fn a_shorter_log_is_closed_and_opened_again_when_everything_is_rebuilt_from_it() {
    let clock = HandClock::at_noon();
    let world = shortened(&clock).await;
    assert_eq!(seen(&world, "/operations/log").await["state"], "open", "nobody has looked yet");
    clock.advance_ms(300_000);
    let run = world.stack.projector.reconcile().await.unwrap();
    assert_eq!(run.records, 0, "what is not the log verifies nothing");
    let log = seen(&world, "/operations/log").await;
    assert_eq!(log["state"], "closed", "{log}");
    let alarms = seen(&world, "/operations/alarms").await;
    let alarms = alarms["items"].as_array().unwrap().iter();
    assert_eq!(alarms.filter(|alarm| alarm["kind"] == "log_shortened").count(), 1);

    let (editor, auditor) = (world.caller("editor"), world.caller("auditor"));
    let refused = editor.post("/customers", json!({"name": "Lily"})).await.expect(503);
    assert_eq!((refused.problem().as_str(), refused.header("retry-after")), ("log-closed", "60"));
    let me = editor.put("/me", json!({"display_name": "E"})).await.expect(503);
    assert_eq!(me.problem(), "log-closed");
    // Whoever finds out what happened is not kept from it.
    auditor.post("/audit/exports", json!({"format": "csv"})).await.expect(202);
    editor.get("/customers/kept").await.expect(200);

    let path = "/operations/log/recover";
    let told = ordered(&world, "r-1", path, json!({})).await.expect(202).json();
    assert_eq!(told["recovery"].as_array().unwrap().len(), 3, "{told}");
    let again = ordered(&world, "r-1", path, json!({})).await.expect(202);
    assert_eq!(again.header("idempotency-replayed"), "true");
    until(async || seen(&world, "/operations/log").await["state"] == "open").await;
    world.stack.settled().await;
    assert_eq!(items(&world, "annals-snapshots").await.len(), 0, "snapshots are of another log");
    for view in ["records", "counts", "audit"] {
        let view = seen(&world, &format!("/operations/views/{view}")).await;
        assert_eq!(view["active"]["number"], 2, "{view}");
    }
    views_agree_with_the_log(&world, &world.stack.projector.registry).await;
    editor.get("/customers/lost").await.expect(404);
    let read = editor.get("/customers/long").await.expect(200).json();
    assert_eq!((&read["version"], read.get("stale")), (&json!(90), None));
    // Other functions hear of it within five seconds.
    let made = async || editor.post("/customers", json!({"name": "Lily"})).await.status == 201;
    until(made).await;
    reconciled(&world, &clock).await;
    assert_eq!(seen(&world, "/operations/log").await["state"], "open");
    let open = ordered(&world, "r-2", path, json!({})).await.expect(409);
    assert_eq!(open.problem(), "log-open");
}

#[tokio::test]
async fn a_function_that_starts_on_a_shorter_log_appends_nothing_though_nobody_has_looked_yet() {
    let clock = HandClock::at_noon();
    let world = shortened(&clock).await;
    let client = world.stack.engine.dynamodb();
    let fresh = Store::new(client, Tables::of_stack("annals"));
    assert!(fresh.is_log_closed().await.unwrap());
    let key = demo_key("customer", "kept");
    let commit = world.next_commit(&key, change(3)).await;
    assert!(matches!(fresh.append(&commit).await, Err(StoreError::LogClosed)));
    // Nor need anybody wait for the reconciler to recover it.
    ordered(&world, "r-1", "/operations/log/recover", json!({})).await.expect(202);
    until(async || !fresh.is_log_closed().await.unwrap()).await;
}

#[tokio::test]
async fn a_log_that_still_has_its_witnesses_stays_open_and_so_does_an_empty_one() {
    let clock = HandClock::at_noon();
    let world = world_at(&clock).await;
    reconciled(&world, &clock).await;
    for version in 1..=20 {
        world.append_up_to(&demo_key("customer", "c"), version, change).await;
        clock.advance_ms(1);
    }
    reconciled(&world, &clock).await;
    reconciled(&world, &clock).await;
    let gate = world.stack.store.log_gate().await.unwrap();
    assert_eq!((gate.witnesses.len(), gate.state.closed), (store::WITNESSES, None));
    let newest = gate.witnesses.iter().max_by_key(|witness| witness.commit).unwrap();
    assert_eq!(newest.version.get(), 20);
    // Another commit in its place is another log.
    let mut item = items(&world, "annals-events").await;
    item.retain(|item| item["rev"] == AttributeValue::N("20".to_owned()));
    let mut forged = item.pop().unwrap();
    let changed = forged["e"].as_s().unwrap().replace("person-20", "person-21");
    forged.insert("e".to_owned(), text(&changed));
    crate::views::meddle(&world, "annals-events", forged).await;
    world.stack.projector.reconcile().await.unwrap();
    assert!(world.stack.store.log_gate().await.unwrap().state.closed.is_some());
}
