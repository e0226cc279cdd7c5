//! `/health`, `/meta/types`, `/meta/counts`, `/me` and `/people`.

use super::{at_noon, items, pretty, sub};
use crate::support::World;
use events::TYPES;
use expect_test::{expect, expect_file};
use serde_json::{Value, json};

#[tokio::test]
async fn health_says_which_build_answers_to_anybody() {
    let world = World::start().await;
    let health = world.stranger().get("/health").await.expect(200);
    assert_eq!(health.header("cache-control"), "no-store");
    let health = health.json();
    assert_eq!((&health["status"], &health["format"]), (&json!("ok"), &json!(1)));
    assert_eq!(health["build"], env!("CARGO_PKG_VERSION"));
    let folds = health["folds"].as_object().unwrap();
    assert_eq!(folds.len(), TYPES.len());
    assert!(folds.values().all(|fold| fold.as_str().unwrap().len() == 16));
}

#[tokio::test]
async fn the_types_are_described_as_screens_need_them() {
    let world = World::start().await;
    let types = world.caller("operator").get("/meta/types").await.expect(200).json();
    let names: Vec<&Value> = items(&types).iter().map(|of| &of["name"]).collect();
    assert_eq!(names, ["customer", "todo", "person"]);
    expect_file!["snapshots/todo_type.json"].assert_eq(&format!("{}\n", pretty(&items(&types)[1])));
}

#[tokio::test]
async fn records_are_counted_by_type_and_status() {
    let world = World::start().await;
    let (editor, viewer) = (world.caller("editor"), world.caller("viewer"));
    let none = viewer.get("/meta/counts").await.expect(200).json();
    assert_eq!(none, json!({"customer": {}, "todo": {}, "person": {}}));
    for n in 0..5 {
        let body = json!({"id": format!("C-{n}"), "name": "Ann"});
        editor.post("/customers", body).await.expect(201);
        let body = json!({"id": format!("T-{n}"), "title": "Call"});
        editor.post("/todos", body).await.expect(201);
    }
    editor.with("x-change-reason", "gone").delete("/customers/C-1").await.expect(200);
    editor.post("/todos/T-1/complete", json!({})).await.expect(200);
    editor.delete("/todos/T-2").await.expect(200);
    editor.put("/me", json!({"display_name": "Edith"})).await.expect(201);
    world.caller("outsider").post("/customers", json!({"name": "Bob"})).await.expect(201);
    world.stack.settled().await;
    let counts = viewer.get("/meta/counts").await.expect(200).json();
    assert_eq!(
        counts,
        json!({
            "customer": {"active": 4, "archived": 1},
            "todo": {"open": 3, "completed": 1, "dropped": 1},
            "person": {"active": 1},
        })
    );
}

#[tokio::test]
async fn a_person_is_kept_by_themselves_and_seen_by_their_colleagues() {
    let (world, _clock) = at_noon().await;
    let editor = world.caller("editor");
    let me = json!({"display_name": "Edith", "email": "edith@example.org", "locale": "de-AT",
        "time_zone": "Europe/Vienna"});
    let introduced = editor.put("/me", me.clone()).await.expect(201);
    let path = format!("/people/{}", sub("editor"));
    assert_eq!(introduced.header("location"), format!("/api/v1{path}"));
    let seen = world.caller("viewer").get(&path).await.expect(200);
    assert_eq!(seen.json(), introduced.json());
    expect![[r#"
        {
          "changed_at": "2026-11-22T12:00:00.000Z",
          "changed_by": "5ab1e000-0000-4000-8000-000000000002",
          "created_at": "2026-11-22T12:00:00.000Z",
          "created_by": "5ab1e000-0000-4000-8000-000000000002",
          "display_name": "Edith",
          "email": "edith@example.org",
          "id": "5ab1e000-0000-4000-8000-000000000002",
          "locale": "de-AT",
          "owner": "5ab1e000-0000-4000-8000-000000000002",
          "status": "active",
          "time_zone": "Europe/Vienna",
          "type": "person",
          "version": 1
        }"#]]
    .assert_eq(&pretty(&seen.json()));
    let same = editor.put("/me", me).await.expect(200);
    assert_eq!((same.header("etag"), world.commits().await), ("\"1\"", 1));
    // What is left out is gone: the whole person is sent.
    let moved = editor.with("x-change-reason", "moved").with("if-match", "\"1\"");
    let shorter = json!({"display_name": "Edith", "time_zone": "Europe/Zurich"});
    let changed = moved.put("/me", shorter).await.expect(200).json();
    assert_eq!((changed.get("email"), changed.get("locale")), (None, None));
    assert_eq!(changed["time_zone"], "Europe/Zurich");
    let history = world.caller("viewer").get(&format!("{path}/history")).await.expect(200).json();
    assert_eq!(items(&history)[0]["reason"], "moved");
    world.stack.settled().await;
    let people = world.caller("viewer").get("/people").await.expect(200).json();
    assert_eq!(items(&people).len(), 1);
    assert_eq!(items(&people)[0]["display_name"], "Edith");
}

#[tokio::test]
async fn nobody_else_keeps_a_person() {
    let world = World::start().await;
    let admin = world.caller("admin").with("if-match", "\"1\"").with("x-change-reason", "because");
    world.caller("editor").put("/me", json!({"display_name": "Edith"})).await.expect(201);
    let path = format!("/people/{}", sub("editor"));
    let mallory = json!({"display_name": "Mallory"});
    admin.post("/people", mallory.clone()).await.expect(405);
    admin.patch(&path, mallory).await.expect(405);
    admin.delete(&path).await.expect(405);
    assert_eq!(world.commits().await, 1);
}
