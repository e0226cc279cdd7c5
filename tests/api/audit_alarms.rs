//! Alarms, as auditors hear of them.

use super::{at_noon, auditor_of_others, items};
use crate::support::World;
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};

/// Changes the second commit of a record behind everybody's back, and removes the first.
async fn tamper(world: &World, pk: &str) {
    let client = world.stack.engine.dynamodb();
    let key = |rev: &str| {
        [("pk", AttributeValue::S(pk.to_owned())), ("rev", AttributeValue::N(rev.to_owned()))]
    };
    let [(_, pk), (_, rev)] = key("2");
    let get = client.get_item().table_name("annals-events").key("pk", pk).key("rev", rev);
    let mut item = get.send().await.unwrap().item.unwrap();
    let forged = item["e"].as_s().unwrap().replace("Anna", "Mallory");
    item.insert("e".to_owned(), AttributeValue::S(forged));
    client.put_item().table_name("annals-events").set_item(Some(item)).send().await.unwrap();
    let [(_, first), (_, rev)] = key("1");
    let delete = client.delete_item().table_name("annals-events").key("pk", first).key("rev", rev);
    delete.send().await.unwrap();
}

/// A world in which one of two customers was tampered with, some time after their last change.
async fn tampered() -> World {
    let (world, clock) = at_noon().await;
    let editor = world.caller("editor");
    for id in ["C-1", "C-2"] {
        editor.post("/customers", json!({"id": id, "name": "Ann"})).await.expect(201);
        let path = format!("/customers/{id}");
        let edit = json!({"name": "Anna"});
        editor.with("if-match", "\"1\"").patch(&path, edit).await.expect(200);
    }
    world.stack.settled().await;
    clock.advance_ms(60_000);
    tamper(&world, "t.demo#customer#C-1").await;
    world.stack.settled().await;
    clock.advance_ms(60_000);
    editor.post("/todos", json!({"id": "T-1", "title": "Call"})).await.expect(201);
    world.stack.settled().await;
    world
}

/// What was found: kind, record and version of each.
fn told(page: &Value) -> Vec<String> {
    let one = |item: &Value| {
        let kind = item["alarm"].as_str().unwrap_or("commit");
        format!("{kind} {} {}", item["record"]["id"].as_str().unwrap(), item["version"])
    };
    items(page).iter().map(one).collect()
}

#[tokio::test]
async fn tampering_is_told_among_the_commits_and_among_the_alarms() {
    let world = tampered().await;
    let auditor = world.caller("auditor");
    let page = auditor.get("/audit/commits?order=asc").await.expect(200).json();
    let all = [
        "commit C-1 1",
        "commit C-1 2",
        "commit C-2 1",
        "commit C-2 2",
        "tamper C-1 1",
        "tamper C-1 2",
        "commit T-1 1",
    ];
    assert_eq!(told(&page), all);
    let mut newest = told(&auditor.get("/audit/commits").await.expect(200).json());
    newest.reverse();
    assert_eq!(newest, all);
    let alarms = auditor.get("/audit/alarms").await.expect(200).json();
    assert_eq!(told(&alarms), ["tamper C-1 2", "tamper C-1 1"]);
    let alarm = &items(&alarms)[0];
    assert_eq!(
        *alarm,
        json!({"kind": "alarm", "alarm": "tamper", "record": {"type": "customer", "id": "C-1"},
            "version": 2, "recorded_at": "2026-11-22T12:01:00.000Z",
            "detail": "a stored commit was overwritten"})
    );
}

#[tokio::test]
async fn alarms_are_shown_where_the_filter_has_room_for_them_on_pages_of_any_length() {
    let world = tampered().await;
    let auditor = world.caller("auditor");
    let alarms = ["tamper C-1 2", "tamper C-1 1"].map(str::to_owned);
    for (query, shown) in [
        ("type=customer", true),
        ("type=todo", false),
        ("record=customer/C-1", true),
        ("record=customer/C-2", false),
        ("since=2026-11-22T12:01:00Z&until=2026-11-22T12:01:01Z", true),
        ("until=2026-11-22T12:01:00Z", false),
        ("since=2026-11-22T12:01:01Z", false),
        ("actor=another", false),
        ("action=customer.renamed", false),
        ("field=/name", false),
        ("correlation_id=x", false),
    ] {
        for (order, limit) in [("desc", 100), ("desc", 1), ("asc", 2)] {
            let path = format!("/audit/commits?{query}&order={order}");
            let (mut found, mut cursor) = (Vec::new(), String::new());
            loop {
                let page = auditor.get(&format!("{path}&limit={limit}{cursor}")).await.expect(200);
                found.extend(told(&page.json()));
                match page.json()["next_cursor"].as_str() {
                    Some(next) => cursor = format!("&cursor={next}"),
                    None => break,
                }
            }
            if order == "asc" {
                found.reverse();
            }
            let mut once = found.clone();
            once.sort();
            once.dedup();
            assert_eq!(once.len(), found.len(), "{path} {limit}: {found:?}");
            found.retain(|one| one.starts_with("tamper"));
            let expected: &[String] = if shown { &alarms } else { &[] };
            assert_eq!(found, expected, "{path} {limit}");
        }
    }
}

#[tokio::test]
async fn an_alarm_raised_again_stays_one_at_its_first_instant_and_in_its_workspace() {
    let world = tampered().await;
    let stack = &world.stack;
    let before = stack.store.alarms().await.unwrap();
    let mut again = aws_lambda_events::dynamodb::Event::default();
    again.records = stack.engine.stream_batch("annals-events", None, 100).await.unwrap();
    stack.projector.handle(again).await.unwrap();
    assert_eq!(stack.store.alarms().await.unwrap(), before);
    let page = world.caller("auditor").get("/audit/alarms").await.expect(200).json();
    assert_eq!(items(&page).len(), 2);
    let page = auditor_of_others(&world).get("/audit/alarms").await.expect(200).json();
    assert_eq!(page, json!({"items": []}));
}
