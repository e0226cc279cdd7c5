//! `PATCH`, actions and `DELETE`: changes of a record that is there.

use super::{items, sub};
use crate::support::{Answer, World};
use serde_json::{Value, json};

/// A world with one customer of the tenant `demo`.
async fn with_ann() -> World {
    let world = World::start().await;
    let body = json!({
        "id": "C-1", "name": "Ann", "email": "ann@example.org", "phone": "+43 1 2345",
        "address": {"line1": "Ring 1", "city": "Wien"}, "tags": ["a", "b"], "notes": "first",
    });
    world.caller("editor").post("/customers", body).await.expect(201);
    world
}

async fn patched(world: &World, tag: &str, patch: Value) -> Answer {
    world.caller("editor").with("if-match", tag).patch("/customers/C-1", patch).await
}

/// The newest commit of the customer.
async fn newest(world: &World) -> Value {
    let history = world.caller("viewer").get("/customers/C-1/history?limit=1").await.expect(200);
    items(&history.json())[0].clone()
}

#[tokio::test]
async fn a_patch_changes_what_it_mentions_and_nothing_else() {
    let world = with_ann().await;
    let before = world.caller("viewer").get("/customers/C-1").await.expect(200).json();
    let answer = patched(&world, "\"1\"", json!({"name": "Anna"})).await.expect(200);
    assert_eq!(answer.header("etag"), "\"2\"");
    let mut after = answer.json();
    assert_eq!((&after["name"], &after["version"]), (&json!("Anna"), &json!(2)));
    for told in ["name", "version", "changed_at"] {
        after[told] = before[told].clone();
    }
    assert_eq!(after, before);
}

#[tokio::test]
async fn null_clears_a_field_and_a_list_is_replaced_whole() {
    let world = with_ann().await;
    let patch = json!({"notes": null, "email": null, "tags": ["c", "a"]});
    let after = patched(&world, "\"1\"", patch).await.expect(200).json();
    assert_eq!((after.get("notes"), after.get("email")), (None, None));
    assert_eq!((&after["phone"], &after["tags"]), (&json!("+43 1 2345"), &json!(["a", "c"])));
    let after = patched(&world, "\"2\"", json!({"tags": []})).await.expect(200).json();
    assert_eq!(after.get("tags"), None);
    let refused = patched(&world, "\"3\"", json!({"name": null})).await.expect(400).json();
    assert_eq!(refused["errors"], json!([{"pointer": "/name", "detail": "cannot be cleared"}]));
}

#[tokio::test]
async fn an_address_is_merged_field_by_field() {
    let world = with_ann().await;
    for (tag, patch, address) in [
        ("\"1\"", json!({"city": "Graz"}), json!({"line1": "Ring 1", "city": "Graz"})),
        (
            "\"2\"",
            json!({"line1": null, "postal_code": "8010"}),
            json!({"city": "Graz", "postal_code": "8010"}),
        ),
        ("\"3\"", json!({"city": null, "postal_code": null}), Value::Null),
        ("\"4\"", json!({"city": "Linz"}), json!({"city": "Linz"})),
        ("\"5\"", Value::Null, Value::Null),
    ] {
        let after = patched(&world, tag, json!({ "address": patch })).await.expect(200).json();
        assert_eq!(after.get("address").unwrap_or(&Value::Null), &address, "{tag}");
    }
}

#[tokio::test]
async fn one_patch_is_one_commit_of_all_its_facts() {
    let world = with_ann().await;
    let patch = json!({
        "name": "Anna", "email": "anna@example.org", "address": {"city": "Graz"},
        "notes": "second", "tags": ["b"], "reason": "moved",
    });
    patched(&world, "\"1\"", patch).await.expect(200);
    let commit = newest(&world).await;
    let facts: Vec<&str> =
        commit["events"].as_array().unwrap().iter().map(|e| e["type"].as_str().unwrap()).collect();
    assert_eq!(facts, ["renamed", "contact_changed", "moved", "annotated", "tagged"]);
    assert_eq!((&commit["version"], &commit["reason"]), (&json!(2), &json!("moved")));
}

#[tokio::test]
async fn a_patch_that_one_rule_forbids_changes_nothing_at_all() {
    let world = with_ann().await;
    let patch = json!({"name": "Anna", "email": null, "phone": null});
    patched(&world, "\"1\"", patch).await.expect(422);
    assert_eq!(world.commits().await, 1);
    assert_eq!(world.caller("viewer").get("/customers/C-1").await.json()["name"], "Ann");
}

#[tokio::test]
async fn a_patch_that_changes_nothing_is_no_commit() {
    let world = with_ann().await;
    let whole = json!({
        "name": "Ann", "email": "ann@example.org", "tags": ["b", "a"], "notes": "first",
        "address": {"city": "Wien"}, "company": null,
    });
    for patch in [json!({}), json!({"name": "Ann"}), whole, json!({"reason": "no reason"})] {
        let answer = patched(&world, "\"1\"", patch).await.expect(200);
        assert_eq!((answer.header("etag"), &answer.json()["version"]), ("\"1\"", &json!(1)));
    }
    assert_eq!(world.commits().await, 1);
}

#[tokio::test]
async fn a_tag_that_a_gateway_has_weakened_is_as_good() {
    let world = with_ann().await;
    patched(&world, "W/\"1\"", json!({"name": "Anna"})).await.expect(200);
    patched(&world, " \"2\" ", json!({"name": "Annabel"})).await.expect(200);
}

#[tokio::test]
async fn an_edit_of_a_version_that_is_past_is_told_the_present_one() {
    let world = with_ann().await;
    patched(&world, "\"1\"", json!({"name": "Anna"})).await.expect(200);
    for tag in ["\"1\"", "\"3\""] {
        let late = patched(&world, tag, json!({"name": "Annabel"})).await.expect(412);
        assert_eq!(late.problem(), "version-mismatch");
        assert_eq!(late.json()["current_version"], 2);
    }
    let editor = world.caller("editor").with("if-match", "\"1\"");
    editor.post("/customers/C-1/archive", json!({"reason": "gone"})).await.expect(412);
    editor.with("x-change-reason", "gone").delete("/customers/C-1").await.expect(412);
    assert_eq!(world.commits().await, 2);
}

#[tokio::test]
async fn an_action_takes_its_reason_from_the_body_or_the_header() {
    let world = with_ann().await;
    let editor = world.caller("editor");
    let gone = json!({"reason": "  left for good\n"});
    let archived = editor.post("/customers/C-1/archive", gone).await.expect(200);
    assert_eq!(
        (archived.header("etag"), &archived.json()["status"]),
        ("\"2\"", &json!("archived"))
    );
    assert_eq!(newest(&world).await["reason"], "left for good");
    let back = editor.with("x-change-reason", "zur%C3%BCck%20%F0%9F%99%82");
    // An action may come without any body.
    let reinstated = back.send("POST", "/customers/C-1/reinstate", None).await.expect(200);
    assert_eq!(reinstated.json()["status"], "active");
    assert_eq!(newest(&world).await["reason"], "zurück 🙂");
    let both = json!({"reason": "in the body"});
    back.post("/customers/C-1/archive", both).await.expect(200);
    assert_eq!(newest(&world).await["reason"], "in the body");
}

#[tokio::test]
async fn an_action_takes_fields_of_its_own() {
    let world = with_ann().await;
    let to = json!({"to": sub("viewer")});
    let after = world.caller("editor").post("/customers/C-1/hand_over", to).await.expect(200);
    assert_eq!(after.json()["owner"], sub("viewer"));
    assert_eq!(newest(&world).await["action"], "customer.handed_over");
    let nobody = world.caller("editor").post("/customers/C-1/hand_over", json!({})).await;
    let told = nobody.expect(400).json();
    assert_eq!(told["errors"], json!([{"pointer": "/to", "detail": "is required"}]));
}

#[tokio::test]
async fn an_action_that_has_been_done_already_is_no_commit() {
    let world = with_ann().await;
    let editor = world.caller("editor");
    let again = editor.post("/customers/C-1/reinstate", json!({})).await.expect(200);
    assert_eq!(again.header("etag"), "\"1\"");
    assert_eq!(world.commits().await, 1);
}

#[tokio::test]
async fn delete_is_the_types_own_ending_and_the_record_stays_readable() {
    let world = with_ann().await;
    let editor = world.caller("editor");
    editor.delete("/customers/C-1").await.expect(422);
    let because = editor.with("x-change-reason", "left%20us");
    let ended = because.with("if-match", "\"1\"").delete("/customers/C-1").await.expect(200);
    assert_eq!((ended.header("etag"), &ended.json()["status"]), ("\"2\"", &json!("archived")));
    assert_eq!(newest(&world).await["reason"], "left us");
    let again = because.delete("/customers/C-1").await.expect(200);
    assert_eq!(again.header("etag"), "\"2\"");
    let read = editor.get("/customers/C-1?min_version=2").await.expect(200).json();
    assert_eq!((&read["status"], &read["name"]), (&json!("archived"), &json!("Ann")));
    editor.post("/todos", json!({"id": "T-1", "title": "Call Ann"})).await.expect(201);
    let because = Some(json!({"reason": "they called us"}));
    let dropped = editor.send("DELETE", "/todos/T-1", because).await.expect(200);
    assert_eq!(dropped.json()["status"], "dropped");
    let history = editor.get("/todos/T-1/history").await.expect(200).json();
    assert_eq!(items(&history)[0]["reason"], "they called us");
}
