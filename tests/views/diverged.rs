//! Rows that are not of this log, and a log that was tampered with.

use super::{item_of, meddle, text, view, views_agree_with_the_log};
use crate::support::{HandClock, World, demo_key, event};
use aws_lambda_events::dynamodb::Event;
use aws_sdk_dynamodb::types::AttributeValue;
use local::Settings;
use projections::{COUNTS, RECORDS, row_key};
use serde_json::json;
use store::{Alarm, StoredState};
use vocabulary::{Digest, RecordKey, StoredEvent};

fn registered() -> Vec<StoredEvent> {
    let data = json!({"personal": {"name": "Lily"}, "tags": [], "owner": "first"});
    vec![event("registered", data)]
}

fn handed_over(to: &str) -> Vec<StoredEvent> {
    vec![event("handed_over", json!({ "to": to }))]
}

async fn world_at(clock: &HandClock) -> (World, RecordKey) {
    let world = World::start_with(|settings| Settings { clock: clock.clock(), ..settings }).await;
    world.first_run_over().await;
    let key = demo_key("customer", "c");
    world.append(&key, registered()).await;
    world.append(&key, handed_over("second")).await;
    world.stack.settled().await;
    (world, key)
}

/// Changes the record's rows in both views.
async fn forge(world: &World, key: &RecordKey, changes: &[(&str, AttributeValue)]) {
    for (name, table) in [(RECORDS, "annals-records"), (COUNTS, "annals-counts")] {
        let at = row_key(view(world, name).await.active, key);
        let mut item = item_of(world, table, [("pk", text(&at.pk)), ("sk", text(&at.sk))]).await;
        for (name, value) in changes {
            item.insert((*name).to_owned(), value.clone());
        }
        meddle(world, table, item).await;
    }
}

/// The alarms of one kind; both views raise each.
async fn alarms(world: &World, kind: &str) -> Vec<Alarm> {
    let all = world.stack.store.alarms().await.unwrap();
    all.into_iter().filter(|alarm| alarm.kind == kind).collect()
}

async fn is_mended(world: &World, key: &RecordKey, version: u64) {
    let alarms = alarms(world, "diverged").await;
    assert!(!alarms.is_empty());
    for alarm in &alarms {
        assert_eq!((alarm.record.as_str(), alarm.version), (key.pk().as_str(), version));
    }
    assert!(alarms.iter().any(|alarm| alarm.detail.contains("`records`")));
    views_agree_with_the_log(world, &world.stack.projector.registry).await;
}

fn another_hash() -> AttributeValue {
    text(&Digest::of(&[b"another log"]).to_string())
}

#[tokio::test]
async fn a_row_with_another_hash_is_folded_anew_when_the_next_commit_comes() {
    let (world, key) = world_at(&HandClock::at_noon()).await;
    forge(&world, &key, &[("hash", another_hash())]).await;
    world.append(&key, handed_over("third")).await;
    world.stack.settled().await;
    is_mended(&world, &key, 2).await;
}

#[tokio::test]
async fn a_row_with_another_hash_is_folded_anew_when_its_commit_comes_again() {
    let (world, key) = world_at(&HandClock::at_noon()).await;
    forge(&world, &key, &[("hash", another_hash())]).await;
    let mut again = Event::default();
    again.records = world.stack.engine.stream_batch("annals-events", None, 100).await.unwrap();
    assert_eq!(again.records.len(), 2);
    let answer = world.stack.projector.handle(again).await.unwrap();
    assert!(answer.batch_item_failures.is_empty());
    is_mended(&world, &key, 2).await;
}

#[tokio::test]
async fn a_row_ahead_of_its_log_is_found_by_the_reconciler() {
    let clock = HandClock::at_noon();
    let (world, key) = world_at(&clock).await;
    // As after the log was restored to an earlier instant: the rows tell of commits that are gone.
    let ahead = AttributeValue::N("5".to_owned());
    forge(&world, &key, &[("version", ahead), ("hash", another_hash())]).await;
    clock.advance_ms(61_000);
    world.stack.projector.reconcile().await.unwrap();
    is_mended(&world, &key, 5).await;
    assert_eq!(alarms(&world, "diverged").await.len(), 2, "one for each view");
    // Nothing is left to be found, and nobody cries wolf.
    let seen = alarms(&world, "diverged").await;
    world.append(&key, handed_over("third")).await;
    world.stack.settled().await;
    world.stack.projector.reconcile().await.unwrap();
    assert_eq!(alarms(&world, "diverged").await, seen);
    views_agree_with_the_log(&world, &world.stack.projector.registry).await;
}

#[tokio::test]
async fn a_row_ahead_of_what_the_reconciler_reads_is_no_divergence() {
    let clock = HandClock::at_noon();
    let (world, key) = world_at(&clock).await;
    clock.advance_ms(61_000);
    // The newest commit is too young to be read, the row has it already.
    world.append(&key, handed_over("third")).await;
    world.stack.settled().await;
    world.stack.projector.reconcile().await.unwrap();
    assert_eq!(alarms(&world, "diverged").await, []);
    views_agree_with_the_log(&world, &world.stack.projector.registry).await;
}

#[tokio::test]
async fn a_stored_commit_that_is_changed_or_removed_raises_an_alarm() {
    let (world, key) = world_at(&HandClock::at_noon()).await;
    let client = world.stack.engine.dynamodb();
    let at = |rev: &str| [("pk", text(&key.pk())), ("rev", AttributeValue::N(rev.to_owned()))];
    let mut second = item_of(&world, "annals-events", at("2")).await;
    let changed = second["e"].as_s().unwrap().replace("second", "somebody-else");
    second.insert("e".to_owned(), AttributeValue::S(changed));
    meddle(&world, "annals-events", second).await;
    let [(_, pk), (_, rev)] = at("1");
    let delete = client.delete_item().table_name("annals-events");
    delete.key("pk", pk).key("rev", rev).send().await.unwrap();
    world.stack.settled().await;
    let told: Vec<(u64, String)> = alarms(&world, "tamper")
        .await
        .into_iter()
        .map(|alarm| {
            assert_eq!(alarm.record, key.pk());
            (alarm.version, alarm.detail)
        })
        .collect();
    let removed = (1, "a stored commit was taken away".to_owned());
    assert_eq!(told, [removed, (2, "a stored commit was overwritten".to_owned())]);
    // Nothing of it was published.
    assert_eq!(world.stack.bus.entries().len(), 2);
}

#[tokio::test]
async fn a_state_survives_being_stored() {
    let (world, key) = world_at(&HandClock::at_noon()).await;
    let of = super::of(&world.stack.projector.registry, &key);
    let folded = world.stack.store.pull(of, &key, None).await.unwrap().folded.unwrap();
    let stored: StoredState = folded.stored().unwrap();
    let resumed = store::Folded::resume(of, &key, &stored).unwrap();
    assert_eq!(resumed.to_json(), folded.to_json());
    assert_eq!(resumed.head(), folded.head());
}
