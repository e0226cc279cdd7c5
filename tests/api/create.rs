//! `POST /{plural}`: a new record.

use super::{at_noon, pretty, sub};
use crate::support::World;
use expect_test::expect;
use serde_json::json;

#[tokio::test]
async fn a_record_is_created_read_and_listed() {
    let world = World::start().await;
    let editor = world.caller("editor");
    let created = editor.post("/customers", json!({"name": "Lily Ari"})).await.expect(201);
    let path = format!("/customers/{}", created.id());
    assert_eq!(created.header("location"), format!("/api/v1{path}"));
    assert_eq!(created.header("etag"), "\"1\"");
    let read = editor.get(&path).await.expect(200);
    assert_eq!(read.json(), created.json());
    assert_eq!(read.header("etag"), "\"1\"");
    world.stack.settled().await;
    let list = editor.get("/customers").await.expect(200).json();
    assert_eq!(list["items"][0]["name"], "Lily Ari");
}

#[tokio::test]
async fn a_record_is_flat_and_says_who_made_it_and_when() {
    let (world, _clock) = at_noon().await;
    let body = json!({
        "id": "C-1", "name": "Lily Ari", "email": "lily@example.org", "phone": "+43 1 2345",
        "company": "Ari & Co", "address": {"line1": "Ring 1", "city": "Wien"}, "notes": "a\nb",
        "tags": ["vip", "vip", "new"], "reason": "met at the fair",
    });
    let customer = world.caller("editor").post("/customers", body).await.expect(201);
    expect![[r#"
        {
          "address": {
            "city": "Wien",
            "line1": "Ring 1"
          },
          "changed_at": "2026-11-22T12:00:00.000Z",
          "changed_by": "5ab1e000-0000-4000-8000-000000000002",
          "company": "Ari & Co",
          "created_at": "2026-11-22T12:00:00.000Z",
          "created_by": "5ab1e000-0000-4000-8000-000000000002",
          "email": "lily@example.org",
          "id": "C-1",
          "name": "Lily Ari",
          "notes": "a\nb",
          "owner": "5ab1e000-0000-4000-8000-000000000002",
          "phone": "+43 1 2345",
          "status": "active",
          "tags": [
            "vip",
            "new"
          ],
          "type": "customer",
          "version": 1
        }"#]]
    .assert_eq(&pretty(&customer.json()));
    let body = json!({"id": "T-1", "title": "Call Lily", "due_on": "2026-12-24",
        "customer_id": "C-1", "assignee": sub("viewer")});
    let todo = world.caller("editor").post("/todos", body).await.expect(201);
    expect![[r#"
        {
          "assignee": "5ab1e000-0000-4000-8000-000000000001",
          "changed_at": "2026-11-22T12:00:00.000Z",
          "changed_by": "5ab1e000-0000-4000-8000-000000000002",
          "created_at": "2026-11-22T12:00:00.000Z",
          "created_by": "5ab1e000-0000-4000-8000-000000000002",
          "customer_id": "C-1",
          "due_on": "2026-12-24",
          "id": "T-1",
          "owner": "5ab1e000-0000-4000-8000-000000000001",
          "status": "open",
          "title": "Call Lily",
          "type": "todo",
          "version": 1
        }"#]]
    .assert_eq(&pretty(&todo.json()));
}

#[tokio::test]
async fn null_is_as_good_as_absent_in_a_new_record() {
    let world = World::start().await;
    let body = json!({"id": null, "name": "Ann", "email": null, "address": null, "reason": null});
    let created = world.caller("editor").post("/customers", body).await.expect(201).json();
    for field in ["email", "address", "reason", "tags", "notes"] {
        assert_eq!(created.get(field), None, "{field}");
    }
}

#[tokio::test]
async fn an_id_that_the_caller_chooses_is_the_records_own_and_can_be_taken_once() {
    let world = World::start().await;
    let editor = world.caller("editor");
    let created = editor.post("/customers", json!({"id": "Ann_1-a", "name": "Ann"})).await;
    assert_eq!(created.expect(201).header("location"), "/api/v1/customers/Ann_1-a");
    let again = editor.post("/customers", json!({"id": "Ann_1-a", "name": "Ann"})).await;
    assert_eq!(again.expect(409).problem(), "id-taken");
    // Ids are a type's own.
    editor.post("/todos", json!({"id": "Ann_1-a", "title": "Call Ann"})).await.expect(201);
    assert_eq!(world.commits().await, 2);
}

#[tokio::test]
async fn an_id_that_nobody_chose_has_the_form_of_a_ulid_and_tells_no_time() {
    let (world, _clock) = at_noon().await;
    let editor = world.caller("editor");
    let mut beginnings = Vec::new();
    for _ in 0..8 {
        let id = editor.post("/customers", json!({"name": "Ann"})).await.expect(201).id();
        assert_eq!(id.len(), 26);
        assert!(id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()), "{id}");
        beginnings.push(id[..10].to_owned());
    }
    // In a ULID the first ten characters would be the time, which stands still here.
    beginnings.sort();
    beginnings.dedup();
    assert_eq!(beginnings.len(), 8);
}

#[tokio::test]
async fn a_todo_belongs_to_whoever_adds_it_unless_somebody_else_is_named() {
    let world = World::start().await;
    let editor = world.caller("editor");
    let mine = editor.post("/todos", json!({"title": "Mine"})).await.expect(201).json();
    assert_eq!(mine["owner"], sub("editor"));
    let body = json!({"title": "Theirs", "assignee": sub("viewer")});
    let theirs = editor.post("/todos", body).await.expect(201).json();
    assert_eq!(theirs["owner"], sub("viewer"));
    assert_eq!(theirs["created_by"], mine["created_by"]);
}
