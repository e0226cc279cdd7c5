//! Snapshots make loading faster, and nothing else depends on them.

use super::{item_of, meddle, of, text, views_agree_with_the_log};
use crate::support::{World, demo_key, event};
use aws_sdk_dynamodb::types::AttributeValue;
use engine::Fault;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use store::SNAPSHOT_EVERY;
use vocabulary::{Digest, RecordKey, StoredEvent, Version};

const TABLE: &str = "annals-snapshots";

fn change(version: u64) -> Vec<StoredEvent> {
    let data = json!({"personal": {"name": "Lily"}, "tags": [], "owner": "first"});
    match version {
        1 => vec![event("registered", data)],
        _ => vec![event("handed_over", json!({"to": format!("person-{version}")}))],
    }
}

fn at<'a>(key: &RecordKey, rev: u64) -> [(&'a str, AttributeValue); 2] {
    [("pk", text(&key.pk())), ("rev", AttributeValue::N(rev.to_string()))]
}

async fn kept(world: &World) -> Vec<u64> {
    let page = world.stack.engine.dynamodb().scan().table_name(TABLE).send().await.unwrap();
    let mut revs: Vec<u64> =
        page.items().iter().map(|item| item["rev"].as_n().unwrap().parse().unwrap()).collect();
    revs.sort_unstable();
    revs
}

/// The record at a version is what that commit made of it.
async fn loads_right(world: &World, key: &RecordKey, versions: &[u64]) {
    for version in versions {
        let number = Version::new(*version).unwrap();
        let of = of(&world.stack.projector.registry, key);
        let record = world.stack.store.load_at(of, key, number).await.unwrap().unwrap();
        assert_eq!(record.folded.version(), number);
        assert_eq!(record.folded.to_json()["owner"], format!("person-{version}"));
    }
}

#[tokio::test]
async fn a_snapshot_is_kept_of_every_hundredth_version() {
    let world = World::start().await;
    let key = demo_key("customer", "c");
    for (version, expected) in [
        (99, vec![]),
        (100, vec![100]),
        (199, vec![100]),
        (200, vec![100, 200]),
        (205, vec![100, 200]),
    ] {
        world.append_up_to(&key, version, change).await;
        world.stack.settled().await;
        assert_eq!(kept(&world).await, expected, "at {version}");
    }
    let of = of(&world.stack.projector.registry, &key);
    for rev in kept(&world).await {
        let item = item_of(&world, TABLE, at(&key, rev)).await;
        let commits = (Version::new(rev).unwrap(), Version::new(rev).unwrap());
        let commits = world.stack.store.commits(&key, commits, store::Order::Ascending, 1).await;
        let hash = commits.unwrap()[0].as_ref().unwrap().hash().to_string();
        assert_eq!(*item["hash"].as_s().unwrap(), hash);
        assert_eq!(*item["fold"].as_s().unwrap(), of.fingerprint.to_string());
        let owner = format!("\"owner\":\"person-{rev}\"");
        assert!(item["state"].as_s().unwrap().contains(&owner));
    }
    assert_eq!(u64::from(kept(&world).await == [SNAPSHOT_EVERY, 2 * SNAPSHOT_EVERY]), 1);
}

#[tokio::test]
async fn a_snapshot_of_another_log_or_another_fold_is_ignored() {
    let world = World::start().await;
    let key = demo_key("customer", "c");
    world.append_up_to(&key, 290, change).await;
    world.stack.settled().await;
    let hash = Digest::of(&[b"another log"]).to_string();
    for (name, value) in [("hash", hash.as_str()), ("fold", "0000000000000000"), ("state", "{}")] {
        for rev in [100, 200] {
            let sound = item_of(&world, TABLE, at(&key, rev)).await;
            let mut forged = sound.clone();
            let state = sound["state"].as_s().unwrap().replace("person-", "forged-");
            forged.insert("state".to_owned(), text(&state));
            forged.insert(name.to_owned(), text(value));
            meddle(&world, TABLE, forged).await;
            loads_right(&world, &key, &[100, 101, 150, 199, 200, 201, 290]).await;
            let of = of(&world.stack.projector.registry, &key);
            let pulled = world.stack.store.pull(of, &key, None).await.unwrap();
            assert_eq!(pulled.folded.unwrap().to_json()["owner"], "person-290", "{name} {rev}");
            assert!(!pulled.diverged && pulled.stuck.is_none());
            meddle(&world, TABLE, sound).await;
        }
    }
}

#[tokio::test]
async fn deleting_all_snapshots_costs_time_and_nothing_else() {
    let read = Arc::new(AtomicU64::new(0));
    let counter = read.clone();
    let world = World::with_faults(move |call| {
        // The feed is read by the schedules, which begin when they like.
        let commits = call.operation == "Query"
            && call.table == Some("annals-events")
            && call.request["IndexName"].is_null();
        let limit = call.request["Limit"].as_u64().unwrap_or_default();
        counter.fetch_add(if commits { limit } else { 0 }, Ordering::SeqCst);
        Fault::None
    })
    .await;
    let key = demo_key("customer", "c");
    world.append_up_to(&key, 450, change).await;
    world.stack.settled().await;
    let versions = [2, 100, 101, 250, 399, 400, 401, 450];
    read.store(0, Ordering::SeqCst);
    loads_right(&world, &key, &versions).await;
    let with = read.swap(0, Ordering::SeqCst);
    for rev in kept(&world).await {
        let delete = world.stack.engine.dynamodb().delete_item().table_name(TABLE);
        let [(pk, pk_value), (sk, sk_value)] = at(&key, rev);
        delete.key(pk, pk_value).key(sk, sk_value).send().await.unwrap();
    }
    assert_eq!(kept(&world).await, [0; 0]);
    read.store(0, Ordering::SeqCst);
    loads_right(&world, &key, &versions).await;
    assert!(read.load(Ordering::SeqCst) > with, "time is what it costs");
    let editor = world.caller("editor").with("if-match", "\"450\"");
    let edited = editor.patch("/customers/c", json!({"notes": "still here"})).await.expect(200);
    assert_eq!(edited.json()["version"], 451);
    world.stack.settled().await;
    views_agree_with_the_log(&world, &world.stack.projector.registry).await;
}
