//! `GET /{plural}/{id}`: a record, at least as new as the caller knows it.

use super::items;
use crate::support::{HandClock, World};
use engine::mapping::Chaos;
use local::Settings;
use serde_json::json;

#[tokio::test]
async fn a_record_that_the_caller_has_already_is_not_sent_again() {
    let world = World::start().await;
    let editor = world.caller("editor");
    editor.post("/customers", json!({"id": "C-1", "name": "Ann"})).await.expect(201);
    for tags in ["\"1\"", "W/\"1\"", "\"7\", \"1\"", "\"x\",W/\"1\""] {
        let same = editor.with("if-none-match", tags).get("/customers/C-1").await.expect(304);
        assert_eq!(same.header("etag"), "\"1\"");
        assert!(same.bytes.is_empty());
    }
    editor.with("if-none-match", "\"2\"").get("/customers/C-1").await.expect(200);
    let anna = json!({"name": "Anna"});
    editor.with("if-match", "\"1\"").patch("/customers/C-1", anna).await.expect(200);
    let newer = editor.with("if-none-match", "\"1\"").get("/customers/C-1?min_version=2").await;
    assert_eq!(newer.expect(200).json()["name"], "Anna");
}

#[tokio::test]
async fn a_version_that_the_record_has_not_reached_is_not_found() {
    let world = World::start().await;
    let editor = world.caller("editor");
    editor.post("/customers", json!({"id": "C-1", "name": "Ann"})).await.expect(201);
    editor.get("/customers/C-1?min_version=1").await.expect(200);
    let early = editor.get("/customers/C-1?min_version=2").await.expect(404);
    assert_eq!(early.json()["current_version"], 1);
}

/// A world whose views hear of nothing but by the reconciler.
async fn deaf() -> (World, HandClock) {
    let clock = HandClock::at_noon();
    let chaos = Chaos { drop_per_mille: 1_000, ..Chaos::default() };
    let set = clock.clock();
    let world = World::start_with(|settings| Settings { clock: set, chaos, ..settings }).await;
    (world, clock)
}

#[tokio::test]
async fn a_record_that_no_view_has_heard_of_can_be_read_at_once() {
    let (world, _clock) = deaf().await;
    let editor = world.caller("editor");
    editor.post("/customers", json!({"id": "C-1", "name": "Ann"})).await.expect(201);
    world.stack.settled().await;
    for path in ["/customers/C-1", "/customers/C-1?min_version=1"] {
        assert_eq!(editor.get(path).await.expect(200).json()["name"], "Ann");
    }
    // The list does not know it, and does not pretend to.
    let list = editor.get("/customers").await.expect(200).json();
    assert_eq!(list, json!({"items": []}));
}

#[tokio::test]
async fn ones_own_change_is_read_at_once_though_the_view_is_behind() {
    let (world, clock) = deaf().await;
    let editor = world.caller("editor");
    editor.post("/customers", json!({"id": "C-1", "name": "Ann"})).await.expect(201);
    clock.advance_ms(600_000);
    assert_eq!(world.stack.projector.reconcile().await.unwrap().records, 1);
    for (tag, name) in [("\"1\"", "Anna"), ("\"2\"", "Annabel")] {
        let edit = json!({ "name": name });
        editor.with("if-match", tag).patch("/customers/C-1", edit).await.expect(200);
    }
    world.stack.settled().await;
    let behind = editor.get("/customers/C-1").await.expect(200);
    assert_eq!((behind.header("etag"), &behind.json()["name"]), ("\"1\"", &json!("Ann")));
    for wanted in [2, 3] {
        let path = format!("/customers/C-1?min_version={wanted}");
        let read = editor.get(&path).await.expect(200);
        assert_eq!((read.header("etag"), &read.json()["name"]), ("\"3\"", &json!("Annabel")));
    }
    let list = editor.get("/customers").await.expect(200).json();
    assert_eq!((&items(&list)[0]["name"], &items(&list)[0]["version"]), (&json!("Ann"), &json!(1)));
    // History is read from the log: it lags behind nothing.
    let history = editor.get("/customers/C-1/history").await.expect(200).json();
    assert_eq!(items(&history).len(), 3);
    // What the view missed, the reconciler brings.
    clock.advance_ms(600_000);
    world.stack.projector.reconcile().await.unwrap();
    let list = editor.get("/customers").await.expect(200).json();
    assert_eq!(items(&list)[0]["name"], "Annabel");
    assert_eq!(editor.get("/customers/C-1").await.expect(200).header("etag"), "\"3\"");
}
