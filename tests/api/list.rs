//! `GET /{plural}`: lists, page by page.

use super::{at_noon, items, pretty, sub};
use crate::support::{Caller, World};
use expect_test::expect;
use futures::future::join_all;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Every item of a list, page by page.
pub(super) async fn all(caller: &Caller<'_>, path: &str) -> Vec<Value> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = caller.get(&format!("{path}{cursor}")).await.expect(200).json();
        assert!(items(&page).len() <= 100);
        found.extend(items(&page).iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

pub(super) fn ids(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["id"].as_str().unwrap()).collect()
}

pub(super) async fn customers(world: &World, ids: impl IntoIterator<Item = String>) {
    let editor = world.caller("editor");
    let make = |id: String| {
        let editor = editor.clone();
        async move {
            editor.post("/customers", json!({"id": id, "name": "Ann"})).await.expect(201);
        }
    };
    join_all(ids.into_iter().map(make)).await;
}

#[tokio::test]
async fn an_item_is_metadata_and_the_fields_that_lists_show() {
    let (world, _clock) = at_noon().await;
    let body = json!({
        "id": "C-1", "name": "Lily Ari", "email": "lily@example.org", "notes": "not listed",
        "tags": ["vip"], "address": {"city": "Wien"},
    });
    world.caller("editor").post("/customers", body).await.expect(201);
    world.stack.settled().await;
    let list = world.caller("viewer").get("/customers").await.expect(200).json();
    expect![[r#"
        {
          "items": [
            {
              "changed_at": "2026-11-22T12:00:00.000Z",
              "changed_by": "5ab1e000-0000-4000-8000-000000000002",
              "created_at": "2026-11-22T12:00:00.000Z",
              "created_by": "5ab1e000-0000-4000-8000-000000000002",
              "email": "lily@example.org",
              "id": "C-1",
              "name": "Lily Ari",
              "owner": "5ab1e000-0000-4000-8000-000000000002",
              "status": "active",
              "tags": [
                "vip"
              ],
              "type": "customer",
              "version": 1
            }
          ]
        }"#]]
    .assert_eq(&pretty(&list));
}

#[tokio::test]
async fn a_page_has_25_items_unless_another_limit_is_asked_for() {
    let world = World::start().await;
    customers(&world, (0..30).map(|n| format!("C-{n}"))).await;
    world.stack.settled().await;
    let viewer = world.caller("viewer");
    for (path, length, more) in [
        ("/customers", 25, true),
        ("/customers?limit=1", 1, true),
        ("/customers?limit=29", 29, true),
        ("/customers?limit=30", 30, false),
        ("/customers?limit=100", 30, false),
    ] {
        let page = viewer.get(path).await.expect(200).json();
        assert_eq!(
            (items(&page).len(), page.get("next_cursor").is_some()),
            (length, more),
            "{path}"
        );
    }
}

/// Records that are written while a list is read: new ones, changed ones, ended ones.
async fn others_written(world: &World, round: usize) {
    let editor = world.caller("editor");
    for n in 0..60 {
        let path = format!("/customers/other-{round}-{n}");
        let body = json!({"id": format!("other-{round}-{n}"), "name": "Other"});
        editor.post("/customers", body).await.expect(201);
        let edit = json!({"name": "Changed"});
        editor.with("if-match", "\"1\"").patch(&path, edit).await.expect(200);
        editor.with("x-change-reason", "gone").delete(&path).await.expect(200);
        editor.post("/todos", json!({"title": "Other"})).await.expect(201);
    }
}

#[tokio::test]
async fn a_list_is_read_to_its_end_without_gaps_or_doubles_while_others_write() {
    let world = World::start().await;
    let wanted: BTreeSet<String> = (0..250).map(|n| format!("kept-{n:03}")).collect();
    customers(&world, wanted.iter().cloned()).await;
    world.stack.settled().await;
    let viewer = world.caller("viewer");
    let mut orders = Vec::new();
    for (round, path) in
        ["/customers?limit=7&sort=changed_at", "/customers?limit=100&sort=-changed_at"]
            .into_iter()
            .enumerate()
    {
        let (found, ()) = tokio::join!(all(&viewer, path), others_written(&world, round));
        let kept: Vec<String> = ids(&found)
            .into_iter()
            .filter(|id| id.starts_with("kept-"))
            .map(str::to_owned)
            .collect();
        assert_eq!(kept.len(), 250, "{path}: gaps or doubles");
        assert_eq!(kept.iter().cloned().collect::<BTreeSet<String>>(), wanted, "{path}");
        orders.push(kept);
    }
    orders[1].reverse();
    assert_eq!(orders[0], orders[1]);
}

#[tokio::test]
async fn a_list_stands_in_order_of_change_and_then_of_ids_both_ways() {
    let (world, clock) = at_noon().await;
    // Three batches of records that were changed in the same millisecond.
    for batch in ["b", "c", "a"] {
        customers(&world, (0..12).map(|n| format!("{batch}-{n:02}"))).await;
        clock.advance_ms(1);
    }
    let edit = json!({"name": "Changed"});
    let editor = world.caller("editor").with("if-match", "\"1\"");
    editor.patch("/customers/b-05", edit).await.expect(200);
    world.stack.settled().await;
    let mut wanted: Vec<String> = ["b", "c", "a"]
        .into_iter()
        .flat_map(|batch| (0..12).map(move |n| format!("{batch}-{n:02}")))
        .filter(|id| id != "b-05")
        .collect();
    wanted.push("b-05".to_owned());
    let viewer = world.caller("viewer");
    assert_eq!(ids(&all(&viewer, "/customers?limit=5&sort=changed_at").await), wanted);
    wanted.reverse();
    assert_eq!(ids(&all(&viewer, "/customers?limit=5&sort=-changed_at").await), wanted);
    assert_eq!(ids(&all(&viewer, "/customers?limit=5").await), wanted);
}

#[tokio::test]
async fn ended_records_are_listed_only_when_their_status_is_asked_for() {
    let world = World::start().await;
    customers(&world, ["C-1", "C-2", "C-3"].map(str::to_owned)).await;
    let editor = world.caller("editor").with("x-change-reason", "gone");
    editor.delete("/customers/C-2").await.expect(200);
    for id in ["T-1", "T-2", "T-3"] {
        editor.post("/todos", json!({"id": id, "title": "Call"})).await.expect(201);
    }
    editor.post("/todos/T-1/complete", json!({})).await.expect(200);
    editor.delete("/todos/T-2").await.expect(200);
    world.stack.settled().await;
    let viewer = world.caller("viewer");
    for (path, wanted) in [
        ("/customers?limit=1", ["C-1", "C-3"].as_slice()),
        ("/customers?limit=1&status=active", &["C-1", "C-3"]),
        ("/customers?limit=1&status=archived", &["C-2"]),
        ("/todos?limit=1", &["T-1", "T-3"]),
        ("/todos?limit=1&status=open", &["T-3"]),
        ("/todos?limit=1&status=completed", &["T-1"]),
        ("/todos?limit=1&status=dropped", &["T-2"]),
    ] {
        let mut found = all(&viewer, path).await;
        found.sort_by_key(|item| item["id"].to_string());
        assert_eq!(ids(&found), wanted, "{path}");
    }
    editor.post("/customers/C-2/reinstate", json!({})).await.expect(200);
    world.stack.settled().await;
    assert_eq!(ids(&all(&viewer, "/customers?limit=1").await)[0], "C-2");
    assert!(all(&viewer, "/customers?limit=1&status=archived").await.is_empty());
}

#[tokio::test]
async fn a_list_can_be_of_one_owner() {
    let world = World::start().await;
    customers(&world, (0..6).map(|n| format!("C-{n}"))).await;
    let editor = world.caller("editor").with("x-change-reason", "gone");
    for id in ["C-1", "C-2", "C-3"] {
        let to = json!({"to": sub("viewer")});
        editor.post(&format!("/customers/{id}/hand_over"), to).await.expect(200);
    }
    editor.delete("/customers/C-3").await.expect(200);
    editor.post("/todos", json!({"id": "T-1", "title": "Nobody's"})).await.expect(201);
    let nobody = json!({"assignee": null});
    editor.with("if-match", "\"1\"").patch("/todos/T-1", nobody).await.expect(200);
    world.stack.settled().await;
    let viewer = world.caller("viewer");
    let (old, new) = (sub("editor"), sub("viewer"));
    for (path, wanted) in [
        (format!("/customers?limit=1&owner={new}"), ["C-1", "C-2"].as_slice()),
        (format!("/customers?limit=1&owner={old}"), &["C-0", "C-4", "C-5"]),
        (format!("/customers?limit=1&owner={new}&status=archived"), &["C-3"]),
        (format!("/customers?limit=1&owner={old}&status=archived"), &[]),
        (format!("/customers?limit=1&owner={}", sub("admin")), &[]),
        (format!("/todos?limit=1&owner={old}"), &[]),
        ("/todos?limit=1".to_owned(), &["T-1"]),
    ] {
        let mut found = all(&viewer, &path).await;
        found.sort_by_key(|item| item["id"].to_string());
        assert_eq!(ids(&found), wanted, "{path}");
    }
}
