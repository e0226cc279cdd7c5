//! `GET /{plural}/{id}/history?…`: only the changes that somebody asks for.

use super::story::Story;
use super::{at_noon, items};
use crate::support::{Caller, NOON_MS, World, demo_key, event};
use serde_json::{Value, json};
use vocabulary::Instant;

/// What a filter is held against: the whole history, as it is told without any.
async fn whole(viewer: &Caller<'_>, story: &Story) -> Vec<Value> {
    viewer.all(&format!("{}/history?order=asc", story.path())).await
}

/// Whether an item is asked for.
type Wanted<'a> = Box<dyn Fn(&Value) -> bool + 'a>;

fn pointers(item: &Value) -> Vec<&str> {
    item["changes"].as_array().unwrap().iter().map(|one| one["path"].as_str().unwrap()).collect()
}

/// Whether a field was another one before: told from the states, not from the changes.
fn touched(story: &Story, item: &Value, pointer: &str) -> bool {
    let version = usize::try_from(item["version"].as_u64().unwrap()).unwrap();
    let (before, after) = (story.fields(version - 1), story.fields(version));
    before.pointer(pointer) != after.pointer(pointer)
}

#[tokio::test]
async fn each_filter_finds_what_it_asks_for_and_nothing_else_in_both_orders() {
    let (world, clock) = at_noon().await;
    let story = Story::told(&world, &clock, 7, 60).await;
    let viewer = world.caller("viewer");
    let all = whole(&viewer, &story).await;
    assert_eq!(all.len(), 60);
    let instant = |version: usize| story.commits[version - 1].commit().at.to_string();
    let (since, until) = (instant(15), instant(45));
    let recorded = |item: &Value| item["recorded_at"].as_str().unwrap().to_owned();
    let has_event = |item: &Value, name: &str| {
        item["events"].as_array().unwrap().iter().any(|e| e["type"] == name)
    };
    let filters: Vec<(String, Wanted<'_>)> = vec![
        ("from_version=17".into(), Box::new(|item| item["version"].as_u64() >= Some(17))),
        ("to_version=17".into(), Box::new(|item| item["version"].as_u64() <= Some(17))),
        (format!("since={since}"), Box::new(|item| recorded(item) >= since)),
        (format!("until={until}"), Box::new(|item| recorded(item) < until)),
        (
            format!("since={since}&until={until}&to_version=40"),
            Box::new(|item| {
                recorded(item) >= since
                    && recorded(item) < until
                    && item["version"].as_u64() <= Some(40)
            }),
        ),
        ("actor=bob".into(), Box::new(|item| item["actor"]["id"] == "bob")),
        ("event=renamed".into(), Box::new(|item| has_event(item, "renamed"))),
        ("field=/email".into(), Box::new(|item| pointers(item).contains(&"/email"))),
        ("field=/address".into(), Box::new(|item| touched(&story, item, "/address"))),
        ("field=/address/city".into(), Box::new(|item| touched(&story, item, "/address/city"))),
        ("field=/status".into(), Box::new(|item| touched(&story, item, "/status"))),
        (
            format!("actor=ann&event=moved&field=/address&until={until}"),
            Box::new(|item| {
                item["actor"]["id"] == "ann"
                    && has_event(item, "moved")
                    && touched(&story, item, "/address")
                    && recorded(item) < until
            }),
        ),
        ("field=/nowhere".into(), Box::new(|_| false)),
        ("event=dreamt".into(), Box::new(|_| false)),
    ];
    for (query, wanted) in &filters {
        let mut expected: Vec<Value> = all.iter().filter(|item| wanted(item)).cloned().collect();
        assert!(!expected.is_empty() || query.contains("nowhere") || query.contains("dreamt"));
        for order in ["asc", "desc"] {
            for limit in [5, 100] {
                let path = format!("{}/history?{query}&order={order}", story.path());
                let found = paged(&viewer, &path, limit).await;
                assert_eq!(found, expected, "{query} {order} {limit}");
            }
            expected.reverse();
        }
    }
}

/// All items, by pages of so many.
async fn paged(viewer: &Caller<'_>, path: &str, limit: usize) -> Vec<Value> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = viewer.get(&format!("{path}&limit={limit}{cursor}")).await.expect(200).json();
        assert!(items(&page).len() <= limit);
        found.extend(items(&page).iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

#[tokio::test]
async fn a_filter_that_fits_nothing_is_an_empty_page_and_no_record_is_not_found() {
    let (world, clock) = at_noon().await;
    let story = Story::told(&world, &clock, 8, 3).await;
    let viewer = world.caller("viewer");
    let before = Instant::from_millis(NOON_MS - 60_000);
    let after = Instant::from_millis(NOON_MS + 1_000_000_000);
    for query in [
        "from_version=4".to_owned(),
        "from_version=3&to_version=2".to_owned(),
        format!("until={before}"),
        format!("since={after}"),
        format!("since={after}&until={before}"),
        "actor=nobody".to_owned(),
    ] {
        for order in ["asc", "desc"] {
            let page = format!("/history?{query}&order={order}");
            let found = viewer.get(&format!("{}{page}", story.path())).await.expect(200).json();
            assert_eq!(found, json!({"items": []}), "{query}");
            viewer.get(&format!("/customers/nobody{page}")).await.expect(404);
        }
    }
}

#[tokio::test]
async fn a_change_that_cannot_be_read_is_shown_whatever_is_asked_for() {
    let world = World::start().await;
    let key = demo_key("customer", "C-1");
    let personal = |name: &str| json!({"personal": {"name": name}, "tags": [], "owner": "ann"});
    world.append(&key, vec![event("registered", personal("Lily"))]).await;
    let renamed = vec![event("renamed", json!({"personal": {"name": "Rose"}}))];
    let damaged = world.next_commit(&key, renamed).await;
    world.put_raw(&damaged, "{}").await;
    let viewer = world.caller("viewer");
    for query in ["actor=nobody", "event=dreamt", "field=/nowhere", "since=2026-01-01T00:00:00Z"] {
        let path = format!("/customers/C-1/history?{query}");
        let page = viewer.get(&path).await.expect(200).json();
        assert_eq!(items(&page)[0], json!({"version": 2, "unreadable": true}), "{query}");
    }
}

#[tokio::test]
async fn the_stored_text_is_shown_to_those_who_may_audit_and_redacted_for_others() {
    let world = World::start().await;
    let created = json!({"id": "C-1", "name": "Ann", "reason": "met"});
    world.caller("editor").post("/customers", created).await.expect(201);
    let newest = world.stack.store.newest(&demo_key("customer", "C-1")).await.unwrap();
    let newest = newest.unwrap().unwrap();
    for (name, shown) in [
        ("auditor", json!(newest.text())),
        ("admin", json!(newest.text())),
        ("viewer", json!({"redacted": "no-permission"})),
        ("editor", json!({"redacted": "no-permission"})),
    ] {
        let caller = world.caller(name);
        let page = caller.get("/customers/C-1/history?include=stored").await.expect(200).json();
        assert_eq!(items(&page)[0]["stored"], shown, "{name}");
        let one = caller.get("/customers/C-1/history/1?include=stored").await.expect(200).json();
        assert_eq!(one["stored"], shown, "{name}");
        let bare = caller.get("/customers/C-1/history/1").await.expect(200).json();
        assert_eq!(bare.get("stored"), None);
    }
}
