//! `GET /{plural}/{id}/history`: who changed what, when and why.

use super::{at_noon, items, pretty};
use crate::support::{Caller, World, demo_key};
use expect_test::expect_file;
use serde_json::{Value, json};
use vocabulary::Digest;

/// Takes what differs from run to run out of a history's items, where it is there.
fn redact(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if ["commit_id", "hash", "prev_hash"].contains(&name.as_str()) {
                    *member = format!("[{name}]").into();
                } else {
                    redact(member);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(redact),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[tokio::test]
async fn history_tells_who_changed_what_when_and_why() {
    let (world, clock) = at_noon().await;
    let editor = world.caller("editor").with("x-correlation-id", "fair-2026");
    let body = json!({"id": "C-1", "name": "Lily", "email": "lily@example.org",
        "address": {"city": "Wien"}, "reason": "met at the fair"});
    editor.with("x-causation-id", "card-7").post("/customers", body).await.expect(201);
    clock.advance_ms(60_000);
    let edit = json!({"name": "Lily Ari", "email": null, "phone": "+43 1 2345",
        "address": {"city": "Graz", "postal_code": "8010"}, "tags": ["vip"]});
    let admin = world.caller("admin").with("if-match", "\"1\"").with("x-correlation-id", "call-8");
    admin.with("x-change-reason", "she%20called").patch("/customers/C-1", edit).await.expect(200);
    clock.advance_ms(60_000);
    let gone = editor.with("x-change-reason", "gone");
    gone.delete("/customers/C-1").await.expect(200);
    let mut history = world.caller("viewer").get("/customers/C-1/history").await.expect(200).json();
    redact(&mut history);
    expect_file!["snapshots/history.json"].assert_eq(&format!("{}\n", pretty(&history)));
}

#[tokio::test]
async fn a_commit_that_nobody_put_into_a_flow_begins_one_of_its_own() {
    let world = World::start().await;
    world
        .caller("editor")
        .post("/customers", json!({"id": "C-1", "name": "Ann"}))
        .await
        .expect(201);
    let history = world.caller("viewer").get("/customers/C-1/history").await.expect(200).json();
    let commit = &items(&history)[0];
    assert_eq!(commit["correlation_id"], commit["commit_id"]);
    for absent in ["causation_id", "reason", "effective_at"] {
        assert_eq!(commit.get(absent), None, "{absent}");
    }
    assert_eq!(commit["actor"]["name"], "editor");
}

/// A customer with that many commits.
async fn grown(world: &World, versions: u64) {
    let editor = world.caller("editor");
    editor.post("/customers", json!({"id": "C-1", "name": "name 1"})).await.expect(201);
    for version in 1..versions {
        renamed(&editor, version).await;
    }
}

/// Renames the customer to `name {version + 1}`.
async fn renamed(editor: &Caller<'_>, version: u64) {
    let edit = json!({"name": format!("name {}", version + 1)});
    let tag = format!("\"{version}\"");
    editor.with("if-match", &tag).patch("/customers/C-1", edit).await.expect(200);
}

/// Every commit of the history, page by page.
async fn whole(caller: &Caller<'_>, path: &str) -> Vec<Value> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = caller.get(&format!("{path}{cursor}")).await.expect(200).json();
        found.extend(items(&page).iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

fn versions(commits: &[Value]) -> Vec<u64> {
    commits.iter().map(|commit| commit["version"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn a_long_history_is_read_to_its_end_in_both_orders_with_every_change() {
    let world = World::start().await;
    grown(&world, 250).await;
    let viewer = world.caller("viewer");
    let up: Vec<u64> = (1..=250).collect();
    let down: Vec<u64> = (1..=250).rev().collect();
    for (query, wanted) in
        [("limit=100&order=asc", &up), ("limit=50&order=desc", &down), ("limit=99", &down)]
    {
        let commits = whole(&viewer, &format!("/customers/C-1/history?{query}")).await;
        assert_eq!(versions(&commits), *wanted, "{query}");
        for commit in commits.iter().filter(|commit| commit["version"] != 1) {
            let version = commit["version"].as_u64().unwrap();
            let (from, to) = (format!("name {}", version - 1), format!("name {version}"));
            let change = json!({"path": "/name", "op": "replace", "from": from, "to": to});
            assert_eq!(commit["changes"], json!([change]), "{query}");
        }
    }
}

#[tokio::test]
async fn history_is_read_without_gaps_or_doubles_while_the_record_changes() {
    let world = World::start().await;
    grown(&world, 40).await;
    let (viewer, editor) = (world.caller("viewer"), world.caller("editor"));
    let writing = async {
        for version in 40..80 {
            renamed(&editor, version).await;
        }
    };
    let path = |order| format!("/customers/C-1/history?limit=3&order={order}");
    let (up, down) = (path("asc"), path("desc"));
    let (up, down, ()) = tokio::join!(whole(&viewer, &up), whole(&viewer, &down), writing);
    let (up, mut down) = (versions(&up), versions(&down));
    down.reverse();
    for found in [up, down] {
        assert!(found.len() >= 40);
        let last = u64::try_from(found.len()).unwrap();
        assert_eq!(found, (1..=last).collect::<Vec<u64>>());
    }
}

#[tokio::test]
async fn one_commit_is_told_as_history_tells_it() {
    let world = World::start().await;
    grown(&world, 5).await;
    let viewer = world.caller("viewer");
    for told in whole(&viewer, "/customers/C-1/history?limit=2").await {
        let path = format!("/customers/C-1/history/{}", told["version"]);
        assert_eq!(viewer.get(&path).await.expect(200).json(), told);
    }
    viewer.get("/customers/C-1/history/6").await.expect(404);
}

#[tokio::test]
async fn each_commit_names_the_hash_of_the_one_before_it() {
    let world = World::start().await;
    grown(&world, 5).await;
    let viewer = world.caller("viewer");
    let commits = whole(&viewer, "/customers/C-1/history?limit=2&order=asc").await;
    let genesis =
        ["annals:genesis:v1\0".as_bytes(), demo_key("customer", "C-1").pk().as_bytes()].concat();
    let mut before = json!(Digest::of(&[&genesis]));
    for commit in &commits {
        assert_eq!(commit["prev_hash"], before);
        before = commit["hash"].clone();
    }
}
