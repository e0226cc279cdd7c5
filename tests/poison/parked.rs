//! Parked records: seen, tried again, accepted, and right again after a fix.

use super::{Trap, noted, ordered, seen};
use crate::support::probe::{self, Build, Fold, PANIC, POISON};
use crate::support::{HandClock, World, demo_key};
use crate::views::views_agree_with_the_log;
use aws_lambda_events::dynamodb::Event;
use engine::mapping::Chaos;
use engine::{Durability, Fault};
use local::{Data, RebuildingSettings, Settings, Stack};
use projections::{Projector, RECORDS};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use store::FeedRange;

const WAIT_MAX_MS: i64 = 4 * 3_600_000;

async fn kept(folder: &Path, clock: &HandClock, build: Build) -> World {
    let settings = Settings::new(Data::Folder(folder.to_owned()), "http://localhost:8080".into());
    let registry = Arc::new(probe::registry(Fold::First, build));
    let (clock, durability) = (clock.clock(), Durability::Normal);
    let world = World {
        stack: Stack::start(Settings { registry, clock, durability, ..settings }).await.unwrap(),
    };
    world.first_run_over().await;
    world
}

/// Three records that stop at their second commit, two of them for the same reason, and one that does not.
async fn poisoned(world: &World) {
    for (id, value) in [("a", POISON), ("b", POISON), ("c", PANIC), ("d", "7")] {
        world.append(&demo_key("probe", id), noted("1")).await;
        world.append(&demo_key("probe", id), noted(value)).await;
    }
    world.stack.settled().await;
}

/// How often each record of a view was tried.
async fn tries(world: &World, view: &str) -> Vec<(String, u64)> {
    let page = seen(world, &format!("/operations/parked?view={view}")).await;
    let tries = |item: &Value| {
        let id = item["record"]["id"].as_str().unwrap().to_owned();
        (id, item["tries"].as_u64().unwrap())
    };
    page["items"].as_array().unwrap().iter().map(tries).collect()
}

#[tokio::test]
async fn poison_is_listed_by_error_tried_again_when_told_and_right_after_a_fix_without_a_rebuild() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), HandClock::at_noon());
    let world = kept(folder.path(), &clock, Build::Broken).await;
    poisoned(&world).await;
    let operator = world.caller("operator");
    let page = seen(&world, "/operations/parked?view=records").await;
    let (items, groups) = (page["items"].as_array().unwrap(), page["groups"].as_array().unwrap());
    assert_eq!((items.len(), groups.len()), (3, 2), "{page}");
    assert_eq!((&groups[0]["records"], &groups[1]["records"]), (&json!(2), &json!(1)), "{page}");
    assert_eq!((&items[0]["version"], &items[0]["cause"]), (&json!(2), &json!("poison")));
    assert!(!page.to_string().contains("poison\\\""), "no contents: {page}");
    let all = operator.all("/operations/parked").await;
    let mut one_by_one = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = seen(&world, &format!("/operations/parked?limit=1{cursor}")).await;
        one_by_one.extend(page["items"].as_array().unwrap().iter().cloned());
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(one_by_one, all, "whatever the pages");
    assert_eq!(all.len(), 9, "in each view");

    // In vain, and counted: those of the error, once each.
    let before = tries(&world, RECORDS).await;
    clock.advance_ms(1_000);
    let body = json!({"view": "records", "error": groups[0]["error"]});
    let told = ordered(&world, "k-1", "/operations/parked/retry", body).await.expect(202);
    assert_eq!(told.json()["records"], 2);
    world.stack.settled().await;
    let after = tries(&world, RECORDS).await;
    let more: Vec<u64> = before.iter().zip(&after).map(|(old, new)| new.1 - old.1).collect();
    assert_eq!(more, [1, 1, 0], "{before:?} {after:?}");
    world.stack.stop().await.unwrap();

    clock.advance_ms(1_000);
    let world = kept(folder.path(), &clock, Build::Mended).await;
    let told = ordered(&world, "k-2", "/operations/parked/retry", json!({})).await.expect(202);
    assert_eq!(told.json()["records"], 3);
    world.stack.settled().await;
    assert_eq!(seen(&world, "/operations/parked").await["items"], json!([]));
    views_agree_with_the_log(&world, &world.stack.projector.registry).await;
    let editor = world.caller("editor");
    for id in ["a", "b", "c", "d"] {
        let read = editor.get(&format!("/probes/{id}")).await.expect(200).json();
        assert_eq!((&read["version"], &read["stale"]), (&json!(2), &Value::Null), "{id}");
    }
    let view = store_view(&world).await;
    assert_eq!(view.0, 1, "nothing was rebuilt");
}

async fn store_view(world: &World) -> (u32, bool) {
    let view = world.stack.store.view(RECORDS).await.unwrap().unwrap();
    (view.active.number, view.building.is_some())
}

async fn broken_world(clock: &HandClock) -> World {
    let registry = Arc::new(probe::registry(Fold::First, Build::Broken));
    let clock = clock.clock();
    let world = World::start_with(|settings| Settings { registry, clock, ..settings }).await;
    world.first_run_over().await;
    world
}

#[tokio::test]
async fn a_skipped_record_is_left_alone_until_it_moves_on_by_itself() {
    let clock = HandClock::at_noon();
    let world = broken_world(&clock).await;
    poisoned(&world).await;
    let record = |id: &str| json!({"tenant": "t.demo", "type": "probe", "id": id});
    let skip = |id: &str| json!({"view": "records", "record": record(id)});
    let path = "/operations/parked/skip";
    let done = ordered(&world, "s-1", path, skip("a")).await.expect(200).json();
    assert_eq!(done["skipped"]["reason"], "a test", "{done}");
    let again = ordered(&world, "s-1", path, skip("a")).await.expect(200);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(ordered(&world, "s-2", path, skip("d")).await.expect(404).problem(), "not-found");
    let view = seen(&world, "/operations/views/records").await;
    assert_eq!((&view["parked"], &view["skipped"]), (&json!(2), &json!(1)), "{view}");

    // The reconciler comes across its commits once more; after that they are none of its affair.
    clock.advance_ms(20 * 60_000);
    world.stack.projector.reconcile().await.unwrap();
    let before = tries(&world, RECORDS).await;
    clock.advance_ms(WAIT_MAX_MS);
    world.stack.projector.reconcile().await.unwrap();
    let after = tries(&world, RECORDS).await;
    assert_eq!(after[0], before[0], "not by itself");
    assert!(after[1].1 > before[1].1, "{before:?} {after:?}");
    let read = world.caller("editor").get("/probes/a").await.expect(200).json();
    assert_eq!(read["stale"], true, "readers still see it");

    // Another commit does not get it past the one at which it stands.
    world.append(&demo_key("probe", "a"), noted("3")).await;
    world.stack.settled().await;
    let page = seen(&world, "/operations/parked?view=records").await;
    assert_eq!(page["items"][0]["skipped"]["reason"], "a test", "{page}");

    let registry = Arc::new(probe::registry(Fold::First, Build::Mended));
    let mended = Projector { registry, ..(*world.stack.projector).clone() };
    clock.advance_ms(61_000);
    mended.reconcile().await.unwrap();
    let page = seen(&world, "/operations/parked?view=records").await;
    let stuck = page["items"].as_array().unwrap().iter().any(|item| item["record"]["id"] == "a");
    assert!(!stuck, "it moved on, and the skip is gone with it: {page}");
}

#[tokio::test]
async fn a_skip_holds_for_the_commit_at_which_the_record_stood() {
    let clock = HandClock::at_noon();
    let world = broken_world(&clock).await;
    poisoned(&world).await;
    let (store, key) = (&world.stack.store, demo_key("probe", "a"));
    let active = store.view(RECORDS).await.unwrap().unwrap().active;
    let body =
        json!({"view": "records", "record": {"tenant": "t.demo", "type": "probe", "id": "a"}});
    ordered(&world, "s-1", "/operations/parked/skip", body).await.expect(200);
    let parked = store.parked_record(RECORDS, active, &key.pk()).await.unwrap().unwrap();
    assert!(parked.is_skipped());
    let same = store.park(RECORDS, active, &parked).await.unwrap();
    assert!(same.is_skipped(), "stuck at the same commit");
    let later = store::Parked { version: parked.version.next(), ..parked };
    let elsewhere = store.park(RECORDS, active, &later).await.unwrap();
    assert_eq!((elsewhere.is_skipped(), elsewhere.skipped), (false, None));
    let kept = store.parked_record(RECORDS, active, &key.pk()).await.unwrap().unwrap();
    assert_eq!((kept.skipped, kept.tries), (None, elsewhere.tries));
}

/// Whatever step of a retry breaks off, the record is whole in the end and off the list.
#[tokio::test]
async fn an_interrupted_retry_loses_nothing() {
    let (trap, clock) = (Trap::default(), HandClock::at_noon());
    let faults = trap.faults(|call| call.table != Some("annals-events"));
    let registry = Arc::new(probe::registry(Fold::First, Build::Mended));
    let (set, chaos) = (clock.clock(), Chaos { drop_per_mille: 1_000, ..Chaos::default() });
    let rebuilds = RebuildingSettings { faults, ..RebuildingSettings::default() };
    let world = World::start_with(|settings| Settings {
        registry,
        clock: set,
        chaos,
        rebuilds,
        ..settings
    })
    .await;
    world.first_run_over().await;
    let registry = Arc::new(probe::registry(Fold::First, Build::Broken));
    let broken = Projector { registry, ..(*world.stack.projector).clone() };
    let mut steps = 0;
    for fault in [Fault::Cut, Fault::ReplyLost] {
        for step in 1.. {
            let id = format!("{fault:?}-{step}");
            let key = demo_key("probe", &id);
            world.append(&key, noted("1")).await;
            world.append(&key, noted(POISON)).await;
            let records = world.stack.engine.stream_batch("annals-events", None, 10_000).await;
            let mut batch = Event::default();
            let is_new = |record: &aws_lambda_events::dynamodb::EventRecord| {
                serde_json::to_string(&record.change.keys).unwrap().contains(&id)
            };
            batch.records = records.unwrap().into_iter().filter(is_new).collect();
            broken.handle(batch).await.unwrap();
            assert_eq!(tries(&world, RECORDS).await, [(id.clone(), 1)]);
            clock.advance_ms(1_000);
            trap.set(step, fault);
            let record = json!({"tenant": "t.demo", "type": "probe", "id": id});
            let body = json!({ "record": record });
            ordered(&world, &id, "/operations/parked/retry", body).await.expect(202);
            world.stack.settled().await;
            let left = seen(&world, "/operations/parked").await;
            assert_eq!(left["items"], json!([]), "{fault:?} at step {step}");
            let read = world.caller("editor").get(&format!("/probes/{id}")).await.expect(200);
            assert_eq!(read.json()["version"], 2, "{fault:?} at step {step}");
            steps += 1;
            if !trap.sprung() {
                break;
            }
        }
    }
    assert!(steps > 12, "{steps} steps were tried");
    clock.advance_ms(61_000);
    world.stack.projector.reconcile().await.unwrap();
    views_agree_with_the_log(&world, &world.stack.projector.registry).await;
    assert_eq!(world.stack.rebuilding.dead_letters().await, []);
    // The feed has them all.
    let mut range = FeedRange::between(
        vocabulary::Instant::from_millis(crate::support::NOON_MS - 1),
        clock.clock().now().plus_millis(1),
    );
    let mut entries = 0;
    while let Some(page) = world.stack.store.feed_page(&mut range).await.unwrap() {
        entries += page.iter().filter(|entry| entry.pk.contains("#probe#")).count();
    }
    assert_eq!(entries, steps * 2);
}
