//! What auditors take away: who may, what the files hold, and that nothing on the way changes them.

mod ask;
mod files;
mod links;
mod steps;
mod verifications;

use crate::support::{HandClock, World, demo_key, event};
use engine::queue::Waiting;
use local::{ExportSettings, Settings};
use serde_json::{Value, json};
use store::Recorded;
use vocabulary::Digest;

/// A world whose clock is set by hand, with other settings of exports.
async fn world_with(exports: ExportSettings) -> (World, HandClock) {
    let clock = HandClock::at_noon();
    let set = clock.clock();
    let world = World::start_with(|settings| Settings { clock: set, exports, ..settings }).await;
    world.first_run_over().await;
    (world, clock)
}

async fn world() -> (World, HandClock) {
    world_with(ExportSettings::default()).await
}

/// Lets everything that was recorded so far be complete: a search finds it, an export holds it.
async fn complete(world: &World, clock: &HandClock) {
    world.stack.settled().await;
    clock.advance_ms(30 * 60_000);
    Box::pin(world.stack.projector.reconcile()).await.unwrap();
}

/// An export as its auditor sees it when it has ended.
async fn exported(world: &World, body: Value) -> Value {
    let asked = world.caller("auditor").post("/audit/exports", body).await.expect(202);
    ended(world, &asked.id()).await
}

async fn ended(world: &World, id: &str) -> Value {
    world.stack.settled().await;
    world.caller("auditor").get(&format!("/audit/exports/{id}")).await.expect(200).json()
}

/// What a link brings.
async fn fetched(world: &World, file: &Value) -> Vec<u8> {
    let url = file["url"].as_str().unwrap_or_else(|| panic!("{file} has no link"));
    let path = url.strip_prefix("http://localhost:8080").unwrap();
    let answer = world.stack.exporting.objects.link(path).await;
    assert_eq!(answer.status(), 200, "{}", String::from_utf8_lossy(answer.body()));
    answer.into_body()
}

/// The text of an export's parts, each held against what is said of it.
async fn parts(world: &World, export: &Value) -> Vec<String> {
    assert_eq!(export["state"], "done", "{export}");
    let mut texts = Vec::new();
    for part in export["parts"].as_array().unwrap() {
        let bytes = fetched(world, part).await;
        assert_eq!(part["bytes"], json!(bytes.len()), "{part}");
        assert_eq!(part["sha256"], json!(Digest::of(&[&bytes])), "{part}");
        texts.push(String::from_utf8(bytes).unwrap());
    }
    texts
}

/// The lines of an NDJSON export.
async fn lines(world: &World, export: &Value) -> Vec<Value> {
    let parts = parts(world, export).await;
    let lines = parts.iter().flat_map(|part| part.lines());
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn manifest(world: &World, export: &Value) -> Value {
    let bytes = fetched(world, &export["manifest"]).await;
    assert_eq!(export["manifest"]["sha256"], json!(Digest::of(&[&bytes])));
    serde_json::from_slice(&bytes).unwrap()
}

/// The commits of an access record.
async fn access(world: &World, id: &str) -> Vec<Recorded> {
    let all = (vocabulary::Version::FIRST, vocabulary::Version::LAST);
    let key = demo_key("access", id);
    let commits = world.stack.store.commits(&key, all, store::Order::Ascending, 100).await.unwrap();
    commits.into_iter().map(Result::unwrap).collect()
}

/// The events of an access record, by their types.
async fn acts(world: &World, id: &str) -> Vec<String> {
    let commits = access(world, id).await;
    let events = commits.iter().flat_map(|commit| &commit.commit().events);
    events.map(|event| event.event_type.clone()).collect()
}

/// A customer's history of so many commits, by another writer.
async fn history(world: &World, id: &str, commits: u64) {
    let events = |version| {
        if version == 1 {
            let data = json!({"personal": {"name": "Lily"}, "tags": [], "owner": "me"});
            return vec![event("registered", data)];
        }
        vec![event("renamed", json!({"personal": {"name": format!("Lily {version}")}}))]
    };
    world.append_up_to(&demo_key("customer", id), commits, events).await;
}

fn no_dead(letters: &[Waiting]) {
    assert!(letters.is_empty(), "{letters:?}");
}
