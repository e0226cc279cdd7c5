//! The rules of each type, as a request meets them: 422 with the rule's name, and no commit.

use crate::support::{Caller, World};
use expect_test::expect;
use serde_json::{Value, json};

/// What is refused, and by which rule.
async fn refused(caller: &Caller<'_>, method: &str, path: &str, body: Value) -> String {
    let answer = caller.send(method, path, Some(body)).await.expect(422);
    assert_eq!(answer.problem(), "rule");
    let told = answer.json();
    format!("{method} {path}: {}: {}", told["rule"], told["detail"])
}

async fn world_with(plural: &str, body: Value) -> World {
    let world = World::start().await;
    world.caller("editor").post(&format!("/{plural}"), body).await.expect(201);
    world
}

#[tokio::test]
async fn a_rule_is_named_in_the_problem_document() {
    let world = world_with("customers", json!({"id": "C-1", "name": "Ann"})).await;
    let told = world.caller("editor").post("/customers/C-1/archive", json!({})).await.expect(422);
    expect![[r#"
        {
          "detail": "archiving a customer needs a reason",
          "rule": "reason_needed",
          "status": 422,
          "title": "A rule forbids this",
          "trace_id": "[trace]",
          "type": "urn:annals:problem:rule"
        }"#]]
    .assert_eq(&told.redacted());
}

#[tokio::test]
async fn the_rules_of_customers_are_kept() {
    let ann = json!({"id": "C-1", "name": "Ann", "phone": "+43 1 2345"});
    let world = world_with("customers", ann).await;
    let editor = world.caller("editor");
    let edit = editor.with("if-match", "\"1\"");
    let somewhere = json!({"name": "Bob", "address": {"line1": "Ring 1"}});
    let mut told = vec![
        refused(&editor, "POST", "/customers", somewhere).await,
        refused(&edit, "PATCH", "/customers/C-1", json!({"address": {"line1": "Ring 1"}})).await,
        refused(&edit, "PATCH", "/customers/C-1", json!({"phone": null})).await,
        refused(&editor, "POST", "/customers/C-1/archive", json!({"reason": " "})).await,
        refused(&editor, "DELETE", "/customers/C-1", json!({})).await,
    ];
    assert_eq!(world.commits().await, 1);
    editor.post("/customers/C-1/archive", json!({"reason": "gone"})).await.expect(200);
    let edit = editor.with("if-match", "\"2\"");
    told.push(refused(&edit, "PATCH", "/customers/C-1", json!({"name": "Anna"})).await);
    let to = json!({"to": "bob"});
    told.push(refused(&editor, "POST", "/customers/C-1/hand_over", to).await);
    assert_eq!(world.commits().await, 2);
    expect![[r#"
        POST /customers: "address_without_place": "an address needs a city or a postal code"
        PATCH /customers/C-1: "address_without_place": "an address needs a city or a postal code"
        PATCH /customers/C-1: "unreachable": "a customer who can be reached must stay reachable: keep an e-mail address or a telephone number"
        POST /customers/C-1/archive: "reason_needed": "archiving a customer needs a reason"
        DELETE /customers/C-1: "reason_needed": "archiving a customer needs a reason"
        PATCH /customers/C-1: "customer_archived": "an archived customer cannot be changed; reinstate it first"
        POST /customers/C-1/hand_over: "customer_archived": "an archived customer cannot be changed; reinstate it first""#]].assert_eq(&told.join("\n"));
}

#[tokio::test]
async fn the_rules_of_todos_are_kept() {
    let world = world_with("todos", json!({"id": "T-1", "title": "Call Ann"})).await;
    let editor = world.caller("editor");
    editor.post("/todos/T-1/complete", json!({})).await.expect(200);
    let edit = editor.with("if-match", "\"2\"");
    let mut told = vec![
        refused(&edit, "PATCH", "/todos/T-1", json!({"title": "Call Bob"})).await,
        refused(&editor, "POST", "/todos/T-1/drop", json!({})).await,
        refused(&editor, "DELETE", "/todos/T-1", json!({})).await,
        refused(&editor, "POST", "/todos/T-1/reopen", json!({})).await,
    ];
    editor.post("/todos/T-1/reopen", json!({"reason": "not yet"})).await.expect(200);
    editor.post("/todos/T-1/drop", json!({})).await.expect(200);
    let edit = editor.with("if-match", "\"4\"");
    told.push(refused(&edit, "PATCH", "/todos/T-1", json!({"due_on": "2026-12-24"})).await);
    told.push(refused(&editor, "POST", "/todos/T-1/complete", json!({})).await);
    told.push(refused(&editor, "POST", "/todos/T-1/reopen", json!({})).await);
    assert_eq!(world.commits().await, 4);
    expect![[r#"
        PATCH /todos/T-1: "todo_completed": "a completed to-do cannot be changed; reopen it first"
        POST /todos/T-1/drop: "completed_cannot_be_dropped": "a completed to-do cannot be dropped: it is done"
        DELETE /todos/T-1: "completed_cannot_be_dropped": "a completed to-do cannot be dropped: it is done"
        POST /todos/T-1/reopen: "reason_needed": "reopening a to-do needs a reason"
        PATCH /todos/T-1: "todo_dropped": "a dropped to-do cannot be changed or completed; reopen it first"
        POST /todos/T-1/complete: "todo_dropped": "a dropped to-do cannot be changed or completed; reopen it first"
        POST /todos/T-1/reopen: "reason_needed": "reopening a to-do needs a reason""#]].assert_eq(&told.join("\n"));
}

/// The form of the request keeps the only rule of people: it never comes so far.
#[tokio::test]
async fn a_person_always_has_a_name() {
    let world = World::start().await;
    let editor = world.caller("editor");
    for body in [json!({}), json!({"display_name": null}), json!({"display_name": " "})] {
        editor.put("/me", body).await.expect(400);
    }
    editor.put("/me", json!({"display_name": "Edith"})).await.expect(201);
    for body in [json!({}), json!({"display_name": null}), json!({"email": "e@example.org"})] {
        editor.put("/me", body).await.expect(400);
    }
    assert_eq!(world.commits().await, 1);
}
