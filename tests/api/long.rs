//! Records with very many commits: read to their ends, a bounded number of commits at a time.

use super::items;
use crate::support::{Caller, HandClock, World, demo_key, draft, event};
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use engine::mapping::Chaos;
use engine::{Call, Fault, Faults};
use local::Settings;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use store::{Draft, Head, Recorded};
use vocabulary::{Actor, ActorId, RecordKey, StoredEvent};

/// How many commits may be asked of the log, counted by the limits of its queries.
#[derive(Debug, Clone, Default)]
struct Asked(Arc<AtomicU64>);

impl Asked {
    fn faults(&self) -> Faults {
        let asked = self.0.clone();
        Faults::new(move |call: &Call<'_>| {
            // The feed is read by the schedules, which begin when they like.
            let commits = call.operation == "Query"
                && call.table == Some("annals-events")
                && call.request["IndexName"].is_null();
            let limit = call.request["Limit"].as_u64().unwrap_or_default();
            asked.fetch_add(if commits { limit } else { 0 }, Ordering::SeqCst);
            Fault::None
        })
    }

    async fn world(&self) -> World {
        let faults = self.faults();
        let world = World::start_with(|settings| Settings { faults, ..settings }).await;
        // The pass that a new view takes over the log reads it too: it is over once the audit can say
        // how far it is complete.
        let auditor = world.caller("auditor");
        while auditor.get("/audit/commits").await.expect(200).json()["complete_through"].is_null() {
            tokio::task::yield_now().await;
        }
        world
    }

    fn take(&self) -> u64 {
        self.0.swap(0, Ordering::SeqCst)
    }
}

fn change(version: u64) -> Vec<StoredEvent> {
    let data = json!({"personal": {"name": "name 1"}, "tags": [], "owner": "ann"});
    match version {
        1 => vec![event("registered", data)],
        _ if version.is_multiple_of(1_500) => {
            vec![event(
                "contact_changed",
                json!({"personal": {"email": format!("{version}@x.at")}}),
            )]
        }
        _ => vec![event("renamed", json!({"personal": {"name": format!("name {version}")}}))],
    }
}

/// A true chain of so many commits, written in batches as no function writes them.
async fn grown(world: &World, key: &RecordKey, commits: u64) {
    let clock = world.stack.projector.clock.clone();
    let mut head: Option<Head> = None;
    let mut batch = Vec::new();
    for version in 1..=commits {
        let actor = ActorId::parse(if version % 1_000 == 7 { "rare" } else { "often" }).unwrap();
        let like = draft(clock.now(), change(version));
        let like = Draft { actor: Actor { id: actor, ..like.actor.clone() }, ..like };
        let commit = Recorded::after(head.as_ref(), key, like).unwrap();
        head = Some(commit.head());
        let put = PutRequest::builder().set_item(Some(commit.into_item())).build().unwrap();
        batch.push(WriteRequest::builder().put_request(put).build());
        if batch.len() == 25 || version == commits {
            let client = world.stack.engine.dynamodb();
            let write = client.batch_write_item();
            let write = write.request_items("annals-events", std::mem::take(&mut batch));
            write.send().await.unwrap();
        }
    }
}

/// A page's items and its cursor.
async fn page(
    viewer: &Caller<'_>,
    path: &str,
    cursor: Option<&str>,
) -> (Vec<Value>, Option<String>) {
    let cursor = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
    let page = viewer.get(&format!("{path}{cursor}")).await.expect(200).json();
    (items(&page).clone(), page["next_cursor"].as_str().map(str::to_owned))
}

/// All that is found, by pages of which none may ask the log for more commits than `most`.
async fn walked(viewer: &Caller<'_>, asked: &Asked, path: &str, most: u64) -> Vec<u64> {
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        asked.take();
        let (items, next) = page(viewer, path, cursor.as_deref()).await;
        let taken = asked.take();
        assert!(taken <= most, "{path}: one page asked for {taken} commits");
        assert!(items.len() <= 100);
        for item in &items {
            let version = item["version"].as_u64().unwrap();
            found.push(version);
            if version > 1 && version % 1_500 > 1 {
                let change = &item["changes"][0];
                assert_eq!(change["from"], format!("name {}", version - 1), "{path}");
                assert_eq!(change["to"], format!("name {version}"), "{path}");
            }
        }
        cursor = next;
        if cursor.is_none() {
            return found;
        }
    }
}

#[tokio::test]
async fn a_history_of_ten_thousand_commits_is_read_to_its_end_a_bounded_number_at_a_time() {
    let asked = Asked::default();
    let world = asked.world().await;
    let viewer = world.caller("viewer");
    let key = demo_key("customer", "C-1");
    grown(&world, &key, 10_000).await;
    world.stack.settled().await;
    // A page and the one more that tells of the next; the state before it: the hundred and one newest
    // of its past, among them the commit of the snapshot.
    let most = 101 + 101;
    let all: Vec<u64> = (1..=10_000).collect();
    let path = |query: &str| format!("/customers/C-1/history?limit=100&{query}");
    assert_eq!(walked(&viewer, &asked, &path("order=asc"), most).await, all);
    let mut down = walked(&viewer, &asked, &path("order=desc"), most).await;
    down.reverse();
    assert_eq!(down, all);
    // What is rare is looked for among a thousand at a time.
    let most = 1_001 + 101;
    let rare: Vec<u64> = (0..10).map(|thousand| thousand * 1_000 + 7).collect();
    assert_eq!(walked(&viewer, &asked, &path("actor=rare&order=asc"), most).await, rare);
    let mails: Vec<u64> = (1..=6).rev().map(|number| number * 1_500).collect();
    assert_eq!(walked(&viewer, &asked, &path("field=/email"), most).await, mails);
    let event = path("event=contact_changed&from_version=2000&to_version=5000&order=asc");
    assert_eq!(walked(&viewer, &asked, &event, most).await, [3_000, 4_500]);
}

/// The most commits that one read of a kind asks for, over versions near and far from snapshots; all
/// it answers is right.
async fn most_asked(world: &World, asked: &Asked, key: &RecordKey) -> [u64; 3] {
    let (viewer, newest) = (world.caller("viewer"), 1_050);
    let name = |version: u64| format!("name {version}");
    let mut most = [0; 3];
    asked.take();
    for version in [1, 2, 99, 100, 101, 102, 199, 200, 201, 555, 999, 1_000, newest] {
        let then = viewer.get(&format!("/customers/C-1?version={version}")).await.expect(200);
        assert_eq!(then.json()["name"], name(version));
        most[0] = most[0].max(asked.take());
        let next = version + 1;
        let path = format!("/customers/C-1/history?to_version={next}&limit=1");
        let (items, _) = page(&viewer, &path, None).await;
        let told = items[0]["version"].as_u64().unwrap();
        assert_eq!(items[0]["changes"][0]["to"], name(told));
        assert_eq!(items[0]["changes"][0]["from"], name(told - 1));
        most[1] = most[1].max(asked.take());
    }
    let of = world.stack.projector.registry.by_name("customer").unwrap();
    let now = world.stack.store.load(of, key).await.unwrap().unwrap();
    assert_eq!(now.folded.to_json()["name"], name(newest));
    most[2] = asked.take();
    most
}

/// With as-of reads: the hundred and one newest commits up to then, and the one that came after. With
/// a page of one: the page, the one that tells of the next, and the state before. With a load: the
/// hundred and one newest. The snapshot's own commit is among each hundred and one: at most a hundred
/// are folded.
const MOST: [u64; 3] = [101 + 1, 2 + 101, 101];

#[tokio::test]
async fn at_most_a_hundred_commits_are_folded_once_the_projector_has_caught_up() {
    let asked = Asked::default();
    let world = asked.world().await;
    let key = demo_key("customer", "C-1");
    grown(&world, &key, 1_050).await;
    world.stack.settled().await;
    assert_eq!(most_asked(&world, &asked, &key).await, MOST);
    // Without any snapshot it takes longer, and no more.
    let client = world.stack.engine.dynamodb();
    for rev in (1..=10).map(|hundred| (hundred * 100).to_string()) {
        let delete = client.delete_item().table_name("annals-snapshots");
        let delete =
            delete.key("pk", AttributeValue::S(key.pk())).key("rev", AttributeValue::N(rev));
        delete.send().await.unwrap();
    }
    let without = most_asked(&world, &asked, &key).await;
    assert!(without.iter().zip(MOST).all(|(without, with)| *without > with), "{without:?}");
}

#[tokio::test]
async fn a_projector_that_lags_costs_time_until_it_has_caught_up_and_nothing_else() {
    let (asked, clock) = (Asked::default(), HandClock::at_noon());
    let (faults, set) = (asked.faults(), clock.clock());
    let chaos = Chaos { drop_per_mille: 1_000, ..Chaos::default() };
    let settings = |settings| Settings { faults, chaos, clock: set, ..settings };
    let world = World::start_with(settings).await;
    let key = demo_key("customer", "C-1");
    world.first_run_over().await;
    grown(&world, &key, 1_050).await;
    world.stack.settled().await;
    let behind = most_asked(&world, &asked, &key).await;
    assert!(behind.iter().zip(MOST).all(|(behind, with)| *behind > with), "{behind:?}");
    clock.advance_ms(600_000);
    world.stack.projector.reconcile().await.unwrap();
    assert_eq!(most_asked(&world, &asked, &key).await, MOST);
}
