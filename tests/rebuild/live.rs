//! A rebuild while others write and read.

use super::{agrees, order, read, segments, small, verified, view, world_with};
use crate::support::{Caller, World};
use crate::views::views_agree_with_the_log;
use local::RebuildingSettings;
use projections::{COUNTS, RECORDS, RebuildSettings};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use store::RebuildKind;
use tokio::time::{Interval, interval};

const WRITERS: usize = 16;
/// On how many records each of them works.
const RECORDS_OF_ONE: usize = 4;

/// How often each client calls, so that sixteen of them leave the machine time for the rebuild.
fn pace() -> Interval {
    interval(Duration::from_millis(200))
}

/// Writes until it is told to stop; every acknowledged version is readable at once.
async fn write(editor: Caller<'_>, number: usize, stop: &AtomicBool) -> usize {
    let mut versions: BTreeMap<String, u64> = BTreeMap::new();
    let (mut written, mut pace) = (0, pace());
    while !stop.load(Ordering::Relaxed) {
        pace.tick().await;
        let old = versions.iter().nth(fastrand::usize(..RECORDS_OF_ONE));
        let old = old.map(|(id, version)| (id.clone(), *version));
        let body = json!({"name": format!("W {number}"), "notes": format!("{written}")});
        let answer = match &old {
            None => editor.post("/customers", body).await.expect(201),
            Some((id, version)) => {
                let editor = editor.with("if-match", &format!("\"{version}\""));
                editor.patch(&format!("/customers/{id}"), body).await.expect(200)
            }
        };
        let record = answer.json();
        let id = record["id"].as_str().unwrap().to_owned();
        let version = record["version"].as_u64().unwrap();
        let path = format!("/customers/{id}?min_version={version}");
        let seen = editor.get(&path).await.expect(200).json();
        assert_eq!((&seen["version"], &seen["notes"]), (&record["version"], &record["notes"]));
        versions.insert(id, version);
        written += 1;
    }
    written
}

/// Reads one record after the other until it is told to stop: none goes back, and none is gone.
async fn watch(reader: Caller<'_>, stop: &AtomicBool) -> usize {
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    let (mut reads, mut beat) = (0, pace());
    while !stop.load(Ordering::Relaxed) {
        beat.tick().await;
        let page = reader.get("/customers?limit=100").await.expect(200).json();
        for item in page["items"].as_array().unwrap() {
            seen.entry(item["id"].as_str().unwrap().to_owned()).or_default();
        }
        for (id, version) in &mut seen {
            let record: Value = reader.get(&format!("/customers/{id}")).await.expect(200).json();
            let now = record["version"].as_u64().unwrap();
            assert!(now >= *version, "{id} went back from {version} to {now}");
            *version = now;
            reads += 1;
        }
    }
    reads
}

/// Lists everything page by page until it is told to stop: whatever was listed stays listed.
async fn list(reader: Caller<'_>, stop: &AtomicBool) {
    let (mut known, mut pace): (Vec<String>, _) = (Vec::new(), pace());
    while !stop.load(Ordering::Relaxed) {
        pace.tick().await;
        let all = reader.all("/customers?sort=changed_at").await;
        let ids: Vec<String> =
            all.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect();
        let hole = known.iter().find(|id| !ids.contains(id));
        // A record that is changed while the list is read moves to its end, where it is met again.
        assert_eq!(hole, None, "a list has a hole");
        known = ids;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn views_are_rebuilt_and_promoted_while_sixteen_clients_write_and_nobody_sees_it() {
    // Pages of such a size that the log is read while it grows, and handed on from call to call.
    let settings = RebuildSettings { page: 100, ..small().settings };
    let time = Duration::from_millis(100);
    let (world, clock) = world_with(RebuildingSettings { settings, time, ..small() }).await;
    super::history(&world, 20).await;
    let stop = AtomicBool::new(false);
    let editors: Vec<Caller<'_>> = (0..WRITERS).map(|_| world.caller("editor")).collect();
    let writers =
        editors.into_iter().enumerate().map(|(number, editor)| write(editor, number, &stop));
    let writers = futures::future::join_all(writers);
    let readers = futures::future::join(
        watch(world.caller("viewer"), &stop),
        list(world.caller("viewer"), &stop),
    );
    let rebuilding = async {
        rebuild_all(&world, &clock).await;
        stop.store(true, Ordering::Relaxed);
    };
    let (written, (reads, ()), ()) = futures::join!(writers, readers, rebuilding);
    let written: usize = written.iter().sum();
    assert!(written > WRITERS && reads > WRITERS, "{written} writes, {reads} reads");
    world.stack.settled().await;
    let registry = &world.stack.projector.registry;
    views_agree_with_the_log(&world, registry).await;
    for name in [RECORDS, COUNTS] {
        let previous = view(&world, name).await.previous.unwrap();
        agrees(&world, registry, name, previous).await;
    }
    assert_eq!(world.stack.rebuilding.dead_letters().await, []);
}

/// Both views are rebuilt, promoted, rolled back, and promoted again.
async fn rebuild_all(world: &World, clock: &crate::support::HandClock) {
    let (store, keep_ms) = (&world.stack.store, 3_600_000);
    for name in [RECORDS, COUNTS] {
        let job = order(world, name, (RebuildKind::Full, &format!("R-{name}")), |job| job).await;
        let (mut pace, began) = (pace(), std::time::Instant::now());
        while read(world, &job).await.is_open() {
            pace.tick().await;
            let segments = segments(world, &job).await;
            let late = began.elapsed() > Duration::from_mins(3);
            assert!(!late, "{:?} {segments:#?}", world.stack.rebuilding.waiting().await);
        }
        let job = read(world, &job).await;
        verified(world, name, &job).await;
        let now = clock.clock().now();
        store.promote(name, false, (now, keep_ms)).await.unwrap();
        store.roll_back(name, (now, keep_ms)).await.unwrap();
        let active = store.roll_back(name, (now, keep_ms)).await.unwrap().active;
        assert_eq!(active, job.generation);
    }
}
