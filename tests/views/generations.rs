//! Generations of a view, side by side.

use super::{
    generations_agree_with_the_log, of, projector_with, row, view, views_agree_with_the_log,
};
use crate::support::probe::{self, Build, Fold};
use crate::support::{Caller, HandClock, World, demo_key};
use local::Settings;
use projections::{COUNTS, RECORDS, RecordRow};
use serde_json::{Value, json};
use std::sync::Arc;
use store::{BuildState, Generation, ViewGenerations, Written};
use vocabulary::RecordId;

const SECOND: Generation = Generation { number: 2, buckets: 8, list_shards: 2 };

async fn changed(
    world: &World,
    name: &str,
    change: impl FnOnce(ViewGenerations) -> ViewGenerations,
) {
    let view = change(view(world, name).await);
    assert_eq!(world.stack.store.change_view(&view).await.unwrap(), Written::Done);
    // The same change once more was made against an epoch that is gone.
    assert_eq!(world.stack.store.change_view(&view).await.unwrap(), Written::Overtaken);
}

/// The view with another generation that is being built.
fn with_second(view: ViewGenerations) -> ViewGenerations {
    let rebuild = RecordId::parse("R-1").unwrap();
    let state = BuildState::Building;
    let build = store::Build { generation: SECOND, rebuild, state, trial: false };
    ViewGenerations { building: Some(build), ..view }
}

async fn make(editor: &Caller<'_>, n: usize) {
    for number in 0..n {
        let made = editor.post("/customers", json!({"name": format!("C {number}")})).await;
        let id = made.expect(201).id();
        if number % 3 == 0 {
            let reason = json!({"reason": "gone"});
            editor.post(&format!("/customers/{id}/archive"), reason).await.expect(200);
        }
    }
}

fn ids(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_generation_that_is_being_built_is_kept_up_beside_the_active_one() {
    let world = World::start().await;
    // It would find what did not change since as well.
    world.first_run_over().await;
    let editor = world.caller("editor");
    let old = editor.post("/customers", json!({"name": "Old"})).await.expect(201).id();
    world.stack.settled().await;
    for name in [RECORDS, COUNTS] {
        changed(&world, name, with_second).await;
    }
    make(&editor, 20).await;
    world.stack.settled().await;
    // What did not change since is the backfill's to write.
    let store = &world.stack.store;
    assert_eq!(row(store, SECOND, &demo_key("customer", &old)).await, None);
    editor.post(&format!("/customers/{old}/hand_over"), json!({"to": "x"})).await.expect(200);
    world.stack.settled().await;
    let registry = &world.stack.projector.registry;
    views_agree_with_the_log(&world, registry).await;
    generations_agree_with_the_log(&world, registry, SECOND, SECOND).await;
}

#[tokio::test]
async fn a_cursor_is_answered_from_its_generation_while_that_exists() {
    let world = World::start().await;
    let editor = world.caller("editor");
    for name in [RECORDS, COUNTS] {
        let first = Generation { number: 1, buckets: 4, list_shards: 3 };
        if world.stack.store.views().await.unwrap().iter().all(|view| view.view != name) {
            let view = ViewGenerations::first(name, first);
            world.stack.store.register_view(&view).await.unwrap();
        }
        changed(&world, name, with_second).await;
    }
    make(&editor, 12).await;
    world.stack.settled().await;
    let all = editor.all("/customers").await;
    let page = editor.get("/customers?limit=3").await.expect(200).json();
    let cursor = page["next_cursor"].as_str().unwrap().to_owned();
    let rest = format!("/customers?limit=100&cursor={cursor}");
    let promoted = |view: ViewGenerations| ViewGenerations {
        active: SECOND,
        previous: Some(view.active),
        building: None,
        ..view
    };
    changed(&world, RECORDS, promoted).await;
    changed(&world, COUNTS, promoted).await;
    let read = editor.get(&rest).await.expect(200).json();
    assert_eq!(ids(read["items"].as_array().unwrap()), ids(&all)[3..]);
    assert_eq!(editor.all("/customers").await, all, "the same list, from the new generation");
    // The one before stays warm: an undo loses nothing.
    make(&editor, 4).await;
    world.stack.settled().await;
    let registry = &world.stack.projector.registry;
    let previous = view(&world, RECORDS).await.previous.unwrap();
    let counts = view(&world, COUNTS).await.previous.unwrap();
    generations_agree_with_the_log(&world, registry, previous, counts).await;
    views_agree_with_the_log(&world, registry).await;
    changed(&world, RECORDS, |view| ViewGenerations { previous: None, ..view }).await;
    let gone = editor.get(&rest).await.expect(410);
    assert_eq!(gone.problem(), "cursor-gone");
}

#[tokio::test]
async fn a_row_of_another_fold_is_folded_anew_and_never_continued() {
    let clock = HandClock::at_noon();
    let first = Arc::new(probe::registry(Fold::First, Build::Broken));
    let world = World::start_with(|settings| Settings {
        clock: clock.clock(),
        registry: first.clone(),
        ..settings
    })
    .await;
    world.first_run_over().await;
    let editor = world.caller("editor");
    let made = editor.post("/probes", json!({"value": "5"})).await.expect(201);
    let path = format!("/probes/{}", made.id());
    editor.with("if-match", "\"1\"").patch(&path, json!({"value": "7"})).await.expect(200);
    world.stack.settled().await;
    let (key, store) = (demo_key("probe", &made.id()), &world.stack.store);
    let active = view(&world, RECORDS).await.active;
    let before = row(store, active, &key).await.unwrap();
    assert_eq!(before.fold, of(&first, &key).fingerprint.to_string());

    clock.advance_ms(61_000);
    let second = projector_with(&world, probe::registry(Fold::Second, Build::Broken));
    second.reconcile().await.unwrap();
    let after = row(store, active, &key).await.unwrap();
    assert_eq!(after.fold, of(&second.registry, &key).fingerprint.to_string());
    assert_eq!((after.version, after.hash), (before.version, before.hash));
    let sum = |row: &RecordRow, registry| {
        row.folded(of(registry, &key), &key).map(|folded| folded.to_json()["sum"].clone())
    };
    assert_eq!(sum(&before, &first), Some(json!(12)));
    assert_eq!(sum(&after, &second.registry), Some(json!(51 + 71)));
    assert_eq!(sum(&after, &first), None, "the old build does not go on from it either");
    views_agree_with_the_log(&world, &second.registry).await;
    // The old build still answers rightly: it folds from the log what it cannot go on from.
    assert_eq!(editor.get(&path).await.expect(200).json()["sum"], 12);
}

#[tokio::test]
async fn counts_equal_the_lists() {
    let world = World::start().await;
    let editor = world.caller("editor");
    make(&editor, 30).await;
    for number in 0..9 {
        let made = editor.post("/todos", json!({"title": format!("T {number}")})).await.expect(201);
        let action = ["complete", "drop"].get(number % 3);
        if let Some(action) = action {
            let path = format!("/todos/{}/{action}", made.id());
            editor.post(&path, json!({})).await.expect(200);
        }
    }
    world.stack.settled().await;
    let counts = editor.get("/meta/counts").await.expect(200).json();
    for (plural, name, statuses) in [
        ("customers", "customer", vec!["active", "archived"]),
        ("todos", "todo", vec!["open", "completed", "dropped"]),
    ] {
        for status in statuses {
            let listed = editor.all(&format!("/{plural}?status={status}")).await.len();
            assert_eq!(counts[name][status], listed, "{name} {status}");
            assert!(listed > 0);
        }
    }
    assert_eq!(counts["person"], json!({}));
    views_agree_with_the_log(&world, &world.stack.projector.registry).await;
    let other = world.caller("outsider").get("/meta/counts").await.expect(200).json();
    assert_eq!(other["customer"], json!({}));
}
