//! `GET /audit/heads` and `GET /audit/stored/{type}/{id}`: what a log is checked with.

use super::items;
use crate::support::{World, demo_key, event};
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use vocabulary::Digest;

/// The record's items, page by page.
async fn stored(world: &World, path: &str) -> Vec<Value> {
    let auditor = world.caller("auditor");
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = auditor.get(&format!("{path}{cursor}")).await.expect(200).json();
        found.extend(items(&page).iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("?cursor={next}"),
            None => return found,
        }
    }
}

/// Large commits, so that a page does not hold them all.
fn noted(version: u64) -> Vec<vocabulary::StoredEvent> {
    let notes = "x".repeat(200_000);
    if version == 1 {
        let personal = json!({"name": "Lily", "notes": notes});
        return vec![event("registered", json!({"personal": personal, "tags": [], "owner": "me"}))];
    }
    vec![event("annotated", json!({"personal": {"notes": format!("{version} {notes}")}}))]
}

#[tokio::test]
async fn stored_commits_can_be_hashed_again_to_the_head_that_the_view_saw() {
    let world = World::start().await;
    let key = demo_key("customer", "C-1");
    world.append_up_to(&key, 30, noted).await;
    world.stack.settled().await;
    let found = stored(&world, "/audit/stored/customer/C-1").await;
    assert_eq!(found.len(), 30);
    let mut hash = Digest::of(&["annals:genesis:v1\0".as_bytes(), key.pk().as_bytes()]);
    for (item, version) in found.iter().zip(1..) {
        assert_eq!((&item["version"], &item["pk"]), (&json!(version), &json!(key.pk())));
        assert_eq!(item["prev_hash"], json!(hash));
        let text = item["text"].as_str().unwrap();
        hash = Digest::of(&["annals:commit:v1\0".as_bytes(), hash.as_bytes(), text.as_bytes()]);
        let commit: Value = serde_json::from_str(text).unwrap();
        assert_eq!(item["commit_id"], commit["commit"]);
        assert!(item["feed"].as_str().unwrap().contains('#'));
    }
    let heads = world.caller("auditor").get("/audit/heads?record=customer/C-1").await.expect(200);
    let head = json!({"type": "customer", "id": "C-1", "version": 30, "hash": hash});
    assert_eq!(heads.json(), json!({"items": [head]}));
}

#[tokio::test]
async fn stored_commits_begin_where_it_is_asked_for() {
    let world = World::start().await;
    let key = demo_key("customer", "C-1");
    world.append_up_to(&key, 5, noted).await;
    let auditor = world.caller("auditor");
    let page = auditor.get("/audit/stored/customer/C-1?from_version=4").await.expect(200).json();
    let versions: Vec<&Value> = items(&page).iter().map(|item| &item["version"]).collect();
    assert_eq!(versions, [4, 5]);
    let page = auditor.get("/audit/stored/customer/C-1?from_version=6").await.expect(200).json();
    assert_eq!(page, json!({"items": []}));
    auditor.get("/audit/stored/customer/C-2").await.expect(404);
    auditor.get("/audit/stored/nothing/C-1").await.expect(404);
}

#[tokio::test]
async fn items_that_no_writer_wrote_are_told_as_they_stand() {
    let world = World::start().await;
    let key = demo_key("customer", "C-1");
    world.append_up_to(&key, 2, noted).await;
    let number = |text: &str| AttributeValue::N(text.to_owned());
    let put = |rev: &str| {
        let put = world.stack.engine.dynamodb().put_item().table_name("annals-events");
        put.item("pk", AttributeValue::S(key.pk())).item("rev", number(rev))
    };
    put("0").item("e", number("7")).send().await.unwrap();
    put("1.5").item("e", AttributeValue::S("no commit".to_owned())).send().await.unwrap();
    let found = stored(&world, "/audit/stored/customer/C-1").await;
    let versions: Vec<&Value> = found.iter().map(|item| &item["version"]).collect();
    assert_eq!(versions, [&json!(0), &json!(1), &json!(1.5), &json!(2)]);
    assert_eq!(found[0], json!({"pk": key.pk(), "version": 0}));
    assert_eq!(found[2], json!({"pk": key.pk(), "version": 1.5, "text": "no commit"}));
}

#[tokio::test]
async fn a_record_that_was_cut_out_of_the_log_still_has_its_head() {
    let world = World::start().await;
    let key = demo_key("customer", "C-1");
    let commit = world.append(&key, noted(1)).await;
    world.stack.settled().await;
    let delete = world.stack.engine.dynamodb().delete_item().table_name("annals-events");
    let pk = AttributeValue::S(key.pk());
    delete.key("pk", pk).key("rev", AttributeValue::N("1".into())).send().await.unwrap();
    let auditor = world.caller("auditor");
    let page = auditor.get("/audit/stored/customer/C-1").await.expect(200).json();
    assert_eq!(page, json!({"items": []}));
    let page = auditor.get("/audit/heads").await.expect(200).json();
    assert_eq!(items(&page)[0]["hash"], json!(commit.hash()));
}

#[tokio::test]
async fn the_heads_are_those_of_the_tenant_each_once_on_pages_of_any_length() {
    let world = World::start().await;
    let (editor, outsider) = (world.caller("editor"), world.caller("outsider"));
    let mut wanted = BTreeSet::new();
    for number in 0..90 {
        let (plural, body) = match number % 3 {
            0 => ("todos", json!({"id": format!("T-{number}"), "title": "Call"})),
            _ => ("customers", json!({"id": format!("C-{number}"), "name": "Ann"})),
        };
        wanted.insert(editor.post(&format!("/{plural}"), body).await.expect(201).id());
        if number % 10 == 0 {
            outsider.post("/customers", json!({"name": "Theirs"})).await.expect(201);
        }
    }
    world.stack.settled().await;
    let auditor = world.caller("auditor");
    for limit in [1, 7, 89, 90, 91, 1_000] {
        let (mut found, mut cursor, mut count) = (BTreeSet::new(), String::new(), 0);
        loop {
            let path = format!("/audit/heads?limit={limit}{cursor}");
            let page = auditor.get(&path).await.expect(200).json();
            assert!(items(&page).len() <= limit);
            count += items(&page).len();
            found.extend(items(&page).iter().map(|head| head["id"].as_str().unwrap().to_owned()));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!((&found, count), (&wanted, 90), "{limit}");
    }
}
