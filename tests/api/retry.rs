//! `Idempotency-Key`: a request that is sent again is done once and answered alike.

use super::{items, sub};
use crate::support::{Answer, Caller, World};
use futures::future::join_all;
use serde_json::{Value, json};

#[track_caller]
fn replayed(answer: &Answer, first: &Answer) {
    assert_eq!(answer.header("idempotency-replayed"), "true");
    assert_eq!(first.header("idempotency-replayed"), "");
    assert_eq!(answer.status, first.status);
    assert_eq!(answer.json(), first.json());
    for name in ["etag", "location"] {
        assert_eq!(answer.header(name), first.header(name));
    }
}

fn keyed<'a>(world: &'a World, key: &str) -> Caller<'a> {
    world.caller("editor").with("idempotency-key", key)
}

async fn renamed(world: &World, tag: &str, name: &str) {
    let edit = json!({ "name": name });
    world.caller("editor").with("if-match", tag).patch("/customers/C-1", edit).await.expect(200);
}

#[tokio::test]
async fn every_change_that_is_sent_again_is_answered_as_it_was_though_others_followed() {
    let world = World::start().await;
    let create = json!({"id": "C-1", "name": "Ann"});
    let created = keyed(&world, "k1").post("/customers", create.clone()).await.expect(201);
    renamed(&world, "\"1\"", "Anna").await;
    let editing = keyed(&world, "k2").with("if-match", "\"2\"");
    let edit = json!({"notes": "from k2", "reason": "noted"});
    let edited = editing.patch("/customers/C-1", edit.clone()).await.expect(200);
    renamed(&world, "\"3\"", "Annabel").await;
    let acting = keyed(&world, "k3");
    let act = json!({"to": sub("viewer")});
    let acted = acting.post("/customers/C-1/hand_over", act.clone()).await.expect(200);
    let ending = keyed(&world, "k4").with("x-change-reason", "gone").with("if-match", "\"5\"");
    let ended = ending.delete("/customers/C-1").await.expect(200);
    world.caller("editor").post("/customers/C-1/reinstate", json!({})).await.expect(200);

    replayed(&keyed(&world, "k1").post("/customers", create).await, &created);
    // The retry says the version that it said at first, and is not told that it is too late.
    replayed(&editing.patch("/customers/C-1", edit).await, &edited);
    replayed(&acting.post("/customers/C-1/hand_over", act).await, &acted);
    replayed(&ending.delete("/customers/C-1").await, &ended);
    assert_eq!((&edited.json()["version"], &edited.json()["name"]), (&json!(3), &json!("Anna")));
    assert_eq!(world.commits().await, 7);
}

#[tokio::test]
async fn a_create_that_chose_no_id_meets_its_own_record_when_it_is_sent_again() {
    let world = World::start().await;
    let body = json!({"name": "Ann"});
    let first = keyed(&world, "k1").post("/customers", body.clone()).await.expect(201);
    replayed(&keyed(&world, "k1").post("/customers", body.clone()).await, &first);
    let other = keyed(&world, "k2").post("/customers", body.clone()).await.expect(201);
    assert_ne!(other.id(), first.id());
    let todo = keyed(&world, "k1").post("/todos", json!({"title": "Call Ann"})).await.expect(201);
    assert_ne!(todo.id(), first.id());
    let unkeyed = world.caller("editor");
    let one = unkeyed.post("/customers", body.clone()).await.expect(201);
    assert_ne!(unkeyed.post("/customers", body).await.expect(201).id(), one.id());
}

#[tokio::test]
async fn ones_own_person_that_is_sent_again_is_answered_as_it_was() {
    let world = World::start().await;
    let (edith, edie) = (json!({"display_name": "Edith"}), json!({"display_name": "Edie"}));
    let introduced = keyed(&world, "k1").put("/me", edith.clone()).await.expect(201);
    let renamed = keyed(&world, "k2").put("/me", edie.clone()).await.expect(200);
    replayed(&keyed(&world, "k1").put("/me", edith).await, &introduced);
    replayed(&keyed(&world, "k2").put("/me", edie.clone()).await, &renamed);
    keyed(&world, "k1").put("/me", edie).await.expect(422);
    assert_eq!(world.commits().await, 2);
}

#[tokio::test]
async fn a_key_that_comes_with_another_request_is_refused() {
    let world = World::start().await;
    let editor = keyed(&world, "k1").with("if-match", "\"1\"");
    let create = json!({"id": "C-1", "name": "Ann"});
    editor.post("/customers", create).await.expect(201);
    let edit = json!({"name": "Anna"});
    let reused = [
        editor.post("/customers", json!({"id": "C-1", "name": "Anna"})).await,
        editor.post("/customers", json!({"id": "C-1", "name": "Ann", "tags": []})).await,
        editor
            .with("x-change-reason", "why")
            .post("/customers", json!({"id": "C-1", "name": "Ann"}))
            .await,
        editor.patch("/customers/C-1", edit).await,
        editor.post("/customers/C-1/archive", json!({"reason": "gone"})).await,
        editor.with("x-change-reason", "gone").delete("/customers/C-1").await,
    ];
    for answer in reused {
        assert_eq!(answer.expect(422).problem(), "key-reused");
    }
    editor.post("/customers", json!({"name": "Bob"})).await.expect(201);
    let other = editor.post("/customers", json!({"name": "Bobby"})).await.expect(422);
    assert_eq!(other.problem(), "key-reused");
    assert_eq!(world.commits().await, 2);
}

#[tokio::test]
async fn a_key_is_its_actors_own() {
    let world = World::start().await;
    let (editor, admin) =
        (keyed(&world, "k1"), world.caller("admin").with("idempotency-key", "k1"));
    let body = json!({"name": "Ann"});
    let first = editor.post("/customers", body.clone()).await.expect(201);
    let second = admin.post("/customers", body).await.expect(201);
    assert_ne!(first.id(), second.id());
    let path = format!("/customers/{}", first.id());
    let anna = admin.with("if-match", "\"1\"").patch(&path, json!({"name": "Anna"})).await;
    assert_eq!(anna.expect(200).header("idempotency-replayed"), "");
    let taken = json!({"id": first.id(), "name": "Ann"});
    assert_eq!(admin.post("/customers", taken).await.expect(422).problem(), "key-reused");
    let taken = json!({"id": second.id(), "name": "Ann"});
    assert_eq!(editor.post("/customers", taken).await.expect(409).problem(), "id-taken");
    assert_eq!(world.commits().await, 3);
}

#[tokio::test]
async fn what_was_refused_or_changed_nothing_is_decided_anew() {
    let world = World::start().await;
    let editor = keyed(&world, "k1");
    world
        .caller("editor")
        .post("/customers", json!({"id": "C-1", "name": "Ann"}))
        .await
        .expect(201);
    editor.post("/customers/C-1/archive", json!({})).await.expect(422);
    editor.post("/customers/C-1/reinstate", json!({})).await.expect(200);
    let gone = json!({"reason": "gone"});
    let archived = editor.post("/customers/C-1/archive", gone.clone()).await.expect(200);
    assert_eq!(archived.header("idempotency-replayed"), "");
    replayed(&editor.post("/customers/C-1/archive", gone).await, &archived);
    assert_eq!(world.commits().await, 2);
}

#[tokio::test]
async fn one_request_sent_many_times_at_once_is_one_commit() {
    let world = World::start().await;
    let editor = keyed(&world, "k1");
    let created = join_all((0..8).map(|_| editor.post("/customers", json!({"name": "Ann"})))).await;
    let first = created[0].clone().expect(201);
    for answer in &created {
        assert_eq!((answer.status, answer.json()), (201, first.json()));
    }
    let path = format!("/customers/{}", first.id());
    let editor = keyed(&world, "k2").with("if-match", "\"1\"");
    let edited = join_all((0..8).map(|_| editor.patch(&path, json!({"name": "Anna"})))).await;
    for answer in &edited {
        assert_eq!((answer.status, answer.json()), (200, edited[0].json()));
    }
    let firsts = |answers: &[Answer]| {
        answers.iter().filter(|answer| answer.header("idempotency-replayed").is_empty()).count()
    };
    assert_eq!((firsts(&created), firsts(&edited)), (1, 1));
    let history = world.caller("viewer").get(&format!("{path}/history")).await.json();
    let versions: Vec<&Value> = items(&history).iter().map(|item| &item["version"]).collect();
    assert_eq!(versions, [2, 1]);
}
