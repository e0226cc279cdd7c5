//! Large records: many pages load whole, and what would not fit is refused.

use crate::support::probe::{self, Build, Fold};
use crate::support::{World, demo_key, event};
use engine::Fault;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use vocabulary::Version;

#[tokio::test]
async fn a_record_of_more_than_a_megabyte_of_commits_loads_whole() {
    let pages = Arc::new(AtomicU32::new(0));
    let counter = pages.clone();
    let world = World::with_faults(move |call| {
        let further = call.operation == "Query"
            && call.table == Some("annals-events")
            && call.request.get("ExclusiveStartKey").is_some();
        counter.fetch_add(u32::from(further), Ordering::SeqCst);
        Fault::None
    })
    .await;
    let key = demo_key("customer", "large");
    let notes = |version: u64| format!("{version}: {}", "ü".repeat(9_900));
    world
        .append_up_to(&key, 180, |version| match version {
            1 => {
                let data = json!({"personal": {"name": "Large"}, "tags": [], "owner": "first"});
                vec![event("registered", data)]
            }
            _ => vec![event("annotated", json!({"personal": {"notes": notes(version)}}))],
        })
        .await;
    world.stack.settled().await;
    let editor = world.caller("editor");
    let of = world.stack.projector.registry.by_name("customer").unwrap();
    // All from the first commit on: 180 × 20 KB are at least four pages.
    pages.store(0, Ordering::SeqCst);
    let pulled = world.stack.store.pull(of, &key, None).await.unwrap();
    assert_eq!(pulled.folded.unwrap().to_json()["notes"], notes(180));
    assert!(pages.load(Ordering::SeqCst) >= 1);
    // A load: the tail of 101 commits is more than one page.
    pages.store(0, Ordering::SeqCst);
    for version in [1, 60, 120, 180] {
        let at = Version::new(version).unwrap();
        let record = world.stack.store.load_at(of, &key, at).await.unwrap().unwrap();
        assert_eq!(record.folded.version(), at);
        if version > 1 {
            assert_eq!(record.folded.to_json()["notes"], notes(version));
        }
    }
    assert!(pages.load(Ordering::SeqCst) >= 2);
    let conditional = editor.with("if-match", "\"180\"");
    let edited = conditional.patch("/customers/large", json!({"notes": "short"})).await;
    assert_eq!(edited.expect(200).json()["version"], 181);
    let history = editor.all("/customers/large/history?order=asc").await;
    assert_eq!(history.len(), 181);
    assert_eq!(history[179]["events"][0]["data"]["personal"]["notes"], notes(180));
}

/// No field of the shipped types is large enough: the limits are reached with the probe.
#[tokio::test]
async fn a_change_over_256_kb_and_a_state_over_200_kb_are_refused_and_nothing_is_written() {
    let world = World::with_registry(probe::registry(Fold::First, Build::Broken)).await;
    let editor = world.caller("editor");
    let kb = |n: usize| "x".repeat(n * 1024);
    let made = editor.post("/probes", json!({"value": kb(199)})).await.expect(201);
    let path = format!("/probes/{}", made.id());
    let conditional = editor.with("if-match", "\"1\"");
    let state = conditional.patch(&path, json!({"value": kb(201)})).await.expect(422);
    assert_eq!(state.problem(), "state-too-large");
    let commit = conditional.patch(&path, json!({"value": kb(257)})).await.expect(413);
    assert_eq!(commit.problem(), "commit-too-large");
    let commit = editor.post("/probes", json!({"value": kb(257), "id": "never"})).await.expect(413);
    assert_eq!(commit.problem(), "commit-too-large");
    editor.get("/probes/never?min_version=1").await.expect(404);
    assert_eq!(editor.all(&format!("{path}/history")).await.len(), 1);
    assert_eq!(conditional.patch(&path, json!({"value": "1"})).await.expect(200).json()["n"], 2);
}
