//! `GET /audit/commits` and `GET /audit/correlations/{id}`: who changed what across records.

use super::{at_noon, auditor_of_others, items, sub};
use crate::support::{Caller, HandClock, World, demo_key, event};
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const HOUR_MS: i64 = 3_600_000;

/// A workspace in which three people did things to eight records over four days, partly at the same
/// instant, and an outsider did the like.
async fn busy() -> (World, HandClock) {
    let (world, clock) = at_noon().await;
    // A token is good for an hour, and hours go by.
    let editor = || world.caller("editor");
    let admin = || world.caller("admin").with("x-correlation-id", "flow-7");
    for number in 0..5 {
        let body = json!({"id": format!("C-{number}"), "name": "Ann", "email": "ann@example.org"});
        let caller = if number % 2 == 0 { editor() } else { admin() };
        caller.post("/customers", body).await.expect(201);
    }
    world
        .caller("outsider")
        .post("/customers", json!({"id": "C-1", "name": "X"}))
        .await
        .expect(201);
    for number in 0..3 {
        clock.advance_ms(15 * HOUR_MS);
        let body = json!({"id": format!("T-{number}"), "title": "Call"});
        editor().post("/todos", body).await.expect(201);
        changed(&world, &admin(), "C-1", json!({"phone": format!("+43 {number}"), "tags": ["a"]}))
            .await;
        changed(&world, &editor(), "C-2", json!({"address": {"city": format!("Graz {number}")}}))
            .await;
        clock.advance_ms(15 * HOUR_MS);
        changed(&world, &editor(), "C-1", json!({"email": format!("ann{number}@example.org")}))
            .await;
    }
    for _ in 0..60 {
        let name = json!({"name": format!("Ann {}", clock.clock().mint())});
        changed(&world, &editor(), "C-3", name).await;
    }
    let gone = admin().with("x-change-reason", "gone").with("x-causation-id", "call-1");
    gone.delete("/customers/C-4").await.expect(200);
    editor().put("/me", json!({"display_name": "Edith"})).await.expect(201);
    world.stack.settled().await;
    (world, clock)
}

/// Changes a customer, whatever its version is.
async fn changed(world: &World, caller: &Caller<'_>, id: &str, edit: Value) {
    world.stack.settled().await;
    let path = format!("/customers/{id}");
    let tag = caller.get(&path).await.expect(200).header("etag").to_owned();
    caller.with("if-match", &tag).patch(&path, edit).await.expect(200);
}

/// Every page of a search, each at most so long.
async fn pages(caller: &Caller<'_>, path: &str, limit: usize) -> Vec<Vec<Value>> {
    let (mut pages, mut cursor) = (Vec::new(), String::new());
    loop {
        let joint = if path.contains('?') { '&' } else { '?' };
        let page = caller.get(&format!("{path}{joint}limit={limit}{cursor}")).await;
        let page = page.expect(200).json();
        assert!(items(&page).len() <= limit);
        pages.push(items(&page).clone());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return pages,
        }
    }
}

async fn whole(caller: &Caller<'_>, path: &str, limit: usize) -> Vec<Value> {
    pages(caller, path, limit).await.concat()
}

/// All that happened, by instant, record and version, as the records' histories tell it: as an item of the
/// audit, but for its hash, with all changes.
async fn histories(world: &World) -> Vec<Value> {
    let auditor = world.caller("auditor");
    let mut all: BTreeMap<(String, String, String, u64), Value> = BTreeMap::new();
    for plural in ["customers", "todos", "people"] {
        let ended = if plural == "customers" { vec!["", "?status=archived"] } else { vec![""] };
        for query in ended {
            for record in auditor.all(&format!("/{plural}{query}")).await {
                let (of, id) = (record["type"].as_str().unwrap(), record["id"].as_str().unwrap());
                for commit in auditor.all(&format!("/{plural}/{id}/history")).await {
                    let at = commit["recorded_at"].as_str().unwrap().to_owned();
                    let version = commit["version"].as_u64().unwrap();
                    let mut commit = commit.clone();
                    commit["record"] = json!({"type": of, "id": id});
                    all.insert((at, of.to_owned(), id.to_owned(), version), commit);
                }
            }
        }
    }
    all.into_values().collect()
}

/// What a commit of a history looks like in the audit.
fn as_item(commit: &Value) -> Value {
    let mut item = commit.clone();
    let members = item.as_object_mut().unwrap();
    for name in ["changes", "prev_hash"] {
        members.remove(name);
    }
    let events = commit["events"].as_array().unwrap().iter();
    members.insert("events".to_owned(), events.map(|event| event["type"].clone()).collect());
    members.insert("kind".to_owned(), "commit".into());
    item
}

fn without_fields(items: &[Value]) -> Vec<Value> {
    let bare = |item: &Value| {
        let mut item = item.clone();
        item.as_object_mut().unwrap().remove("fields");
        item
    };
    items.iter().map(bare).collect()
}

/// Whether a change of a history concerns a field.
fn concerns(commit: &Value, pointer: &str) -> bool {
    commit["changes"].as_array().unwrap().iter().any(|change| {
        let path = change["path"].as_str().unwrap();
        let inside = path.strip_prefix(pointer);
        let value = if change.get("to").is_some() { &change["to"] } else { &change["from"] };
        let outside = pointer.strip_prefix(path).and_then(|rest| value.pointer(rest));
        inside.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) || outside.is_some()
    })
}

type Wanted = Box<dyn Fn(&Value) -> bool>;

fn filters() -> Vec<(String, Wanted)> {
    let (editor, admin) = (sub("editor"), sub("admin"));
    let is = |pointer: &'static str, value: &str| -> Wanted {
        let value = value.to_owned();
        Box::new(move |commit| commit.pointer(pointer).unwrap() == value.as_str())
    };
    let happened = |event: &'static str| -> Wanted {
        Box::new(move |commit| {
            commit["record"]["type"] == "customer"
                && commit["events"].as_array().unwrap().iter().any(|e| e["type"] == event)
        })
    };
    let field =
        |pointer: &'static str| -> Wanted { Box::new(move |commit| concerns(commit, pointer)) };
    let between = |since: &'static str, until: &'static str| -> Wanted {
        Box::new(move |commit| {
            let at = commit["recorded_at"].as_str().unwrap();
            at >= since && at < until
        })
    };
    let (since, until) = ("2026-11-23T03:00:00.000Z", "2026-11-24T09:00:00.000Z");
    vec![
        (String::new(), Box::new(|_| true)),
        (format!("actor={editor}"), is("/actor/id", editor)),
        ("actor=nobody".to_owned(), Box::new(|_| false)),
        ("type=todo".to_owned(), is("/record/type", "todo")),
        ("action=customer.moved".to_owned(), happened("moved")),
        ("action=customer.tagged".to_owned(), happened("tagged")),
        ("field=/address/city".to_owned(), field("/address/city")),
        ("field=/address".to_owned(), field("/address")),
        ("field=/email".to_owned(), field("/email")),
        ("field=/mail".to_owned(), Box::new(|_| false)),
        ("correlation_id=flow-7".to_owned(), is("/correlation_id", "flow-7")),
        (format!("since={since}&until={until}"), between(since, until)),
        (format!("until={since}"), between("", since)),
        (format!("since={until}"), between(until, "~")),
        ("record=customer/C-1".to_owned(), is("/record/id", "C-1")),
        ("record=customer/C-3&field=/name".to_owned(), is("/record/id", "C-3")),
        (
            format!("record=customer/C-1&actor={admin}&since={since}"),
            Box::new(move |commit| {
                commit["record"]["id"] == "C-1"
                    && commit["actor"]["id"] == admin
                    && commit["recorded_at"].as_str().unwrap() >= since
            }),
        ),
        ("record=customer/C-9".to_owned(), Box::new(|_| false)),
        ("record=widget/C-1".to_owned(), Box::new(|_| false)),
    ]
}

#[tokio::test]
async fn every_filter_finds_just_what_the_histories_tell_in_both_orders_and_on_pages_of_any_length()
{
    let (world, _clock) = busy().await;
    let all = histories(&world).await;
    assert!(all.len() > 75);
    let auditor = world.caller("auditor");
    for (query, wanted) in filters() {
        let mut expected: Vec<Value> =
            all.iter().filter(|commit| wanted(commit)).map(as_item).collect();
        for (order, limits) in [("asc", [100, 7]), ("desc", [100, 3])] {
            for limit in limits {
                let path = format!("/audit/commits?order={order}&{query}");
                let path = path.trim_end_matches('&');
                let found = whole(&auditor, path, limit).await;
                assert_eq!(without_fields(&found), expected, "{path} {limit}");
            }
            expected.reverse();
        }
    }
    // The newest first, unless it is said otherwise.
    let page = auditor.get("/audit/commits?limit=1").await.expect(200).json();
    assert_eq!(items(&page)[0]["hash"], all.last().unwrap()["hash"]);
}

#[tokio::test]
async fn the_fields_of_a_commit_are_those_that_its_history_says_it_changed() {
    let (world, _clock) = busy().await;
    let auditor = world.caller("auditor");
    let found = whole(&auditor, "/audit/commits?order=asc", 100).await;
    let all = histories(&world).await;
    for (item, commit) in found.iter().zip(&all) {
        let fields: Vec<&str> =
            item["fields"].as_array().unwrap().iter().map(|f| f.as_str().unwrap()).collect();
        assert!(fields.iter().all(|field| concerns(commit, field)), "{item} {commit}");
        for change in commit["changes"].as_array().unwrap() {
            let path = change["path"].as_str().unwrap();
            assert!(fields.iter().any(|field| field.starts_with(path)), "{path} in {item}");
        }
    }
}

#[tokio::test]
async fn what_belongs_to_one_flow_is_told_from_its_beginning() {
    let (world, _clock) = at_noon().await;
    let editor = world.caller("editor");
    let first = editor.post("/customers", json!({"id": "C-1", "name": "Ann"})).await.expect(201);
    world.stack.settled().await;
    let auditor = world.caller("auditor");
    let history = auditor.get("/customers/C-1/history").await.expect(200).json();
    let id = items(&history)[0]["commit_id"].as_str().unwrap().to_owned();
    let then = editor.with("x-correlation-id", &id).with("x-causation-id", &id);
    then.post("/todos", json!({"id": "T-1", "title": "Call Ann"})).await.expect(201);
    let tag = first.header("etag").to_owned();
    let then = then.with("if-match", &tag);
    then.patch("/customers/C-1", json!({"name": "Anna"})).await.expect(200);
    editor.post("/todos", json!({"title": "Something else"})).await.expect(201);
    world.stack.settled().await;
    let path = format!("/audit/correlations/{id}");
    let page = auditor.get(&path).await.expect(200).json();
    assert_eq!(page["correlation_id"], id.as_str());
    let told: Vec<(&str, u64, Option<&str>)> = items(&page)
        .iter()
        .map(|item| {
            let record = item["record"]["id"].as_str().unwrap();
            (record, item["version"].as_u64().unwrap(), item["causation_id"].as_str())
        })
        .collect();
    let cause = Some(id.as_str());
    assert_eq!(told, [("C-1", 1, None), ("C-1", 2, cause), ("T-1", 1, cause)]);
    assert_eq!(whole(&auditor, &path, 1).await, *items(&page));
    let found = whole(&auditor, &format!("/audit/commits?order=asc&correlation_id={id}"), 2).await;
    assert_eq!(found, *items(&page));
    let nothing = auditor.get("/audit/correlations/nothing").await.expect(200).json();
    assert_eq!(nothing["items"], json!([]));
}

#[tokio::test]
async fn a_flow_is_found_by_any_name_that_it_may_have() {
    let (world, _clock) = at_noon().await;
    let name = "a/b#c%d?e&f";
    let editor = world.caller("editor").with("x-correlation-id", name);
    editor.post("/customers", json!({"id": "C-1", "name": "Ann"})).await.expect(201);
    world.stack.settled().await;
    let auditor = world.caller("auditor");
    let encoded = "a%2Fb%23c%25d%3Fe%26f";
    for path in [
        format!("/audit/correlations/{encoded}"),
        format!("/audit/commits?correlation_id={encoded}"),
    ] {
        let page = auditor.get(&path).await.expect(200).json();
        assert_eq!(items(&page).len(), 1, "{path}");
        assert_eq!(items(&page)[0]["correlation_id"], name);
    }
}

#[tokio::test]
async fn pages_have_neither_gaps_nor_doubles_while_commits_arrive() {
    let (world, clock) = busy().await;
    let (auditor, editor) = (world.caller("auditor"), world.caller("editor"));
    let before = whole(&auditor, "/audit/commits?order=asc", 100).await;
    for order in ["asc", "desc"] {
        let (mut found, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/audit/commits?order={order}&limit=9{cursor}");
            let page = auditor.get(&path).await.expect(200).json();
            found.extend(items(&page).iter().map(|item| item["hash"].clone()));
            clock.advance_ms(1_000);
            if found.len() < 60 {
                let name = json!({"name": format!("Bob {}", found.len())});
                changed(&world, &editor, "C-3", name).await;
                world.stack.settled().await;
            }
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        let mut once = found.clone();
        once.sort_by_key(Value::to_string);
        once.dedup();
        assert_eq!(once.len(), found.len(), "{order}");
        assert!(before.iter().all(|item| found.contains(&item["hash"])), "{order}");
    }
}

#[tokio::test]
async fn an_auditor_finds_what_was_done_in_their_own_workspace_only() {
    let (world, _clock) = busy().await;
    let outsider = auditor_of_others(&world);
    let found = whole(&outsider, "/audit/commits", 100).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["actor"]["id"], sub("outsider"));
    for query in [format!("actor={}", sub("editor")), "record=customer/C-3".to_owned()] {
        let found = whole(&outsider, &format!("/audit/commits?{query}"), 100).await;
        assert_eq!(found, Vec::<Value>::new(), "{query}");
    }
}

#[tokio::test]
async fn a_page_that_looks_through_too_much_ends_early_and_goes_on() {
    let (world, clock) = at_noon().await;
    let key = demo_key("customer", "C-1");
    for version in 1..=130 {
        let data = json!({"personal": {"name": "Lily"}, "tags": [], "owner": "me"});
        let renamed = event("handed_over", json!({"to": format!("p{version}")}));
        let events = if version == 1 { event("registered", data) } else { renamed };
        world.append(&key, vec![events]).await;
        clock.advance_ms(24 * HOUR_MS);
    }
    world.stack.settled().await;
    let auditor = world.caller("auditor");
    let pages = pages(&auditor, "/audit/commits?action=customer.registered", 10).await;
    assert!(pages.len() > 1, "all of it was looked through at once");
    assert_eq!(pages.concat().len(), 1);
}

#[tokio::test]
async fn a_commit_of_which_two_folds_tell_is_found_once_as_the_present_one_tells_it() {
    let (world, _clock) = at_noon().await;
    let editor = world.caller("editor");
    for number in 0..12 {
        let body = json!({"id": format!("C-{number}"), "name": "Ann"});
        editor.post("/customers", body).await.expect(201);
    }
    world.stack.settled().await;
    let auditor = world.caller("auditor");
    let before = whole(&auditor, "/audit/commits", 100).await;
    let client = world.stack.engine.dynamodb();
    let table = client.scan().table_name("annals-audit").send().await.unwrap();
    for fold in ["0000000000000000", "ffffffffffffffff"] {
        for item in table.items().iter().filter(|item| item.contains_key("record")) {
            let mut other = item.clone();
            let (place, _) = item["sk"].as_s().unwrap().rsplit_once('#').unwrap();
            other.insert("sk".to_owned(), AttributeValue::S(format!("{place}#{fold}")));
            let wrong = AttributeValue::L(vec![AttributeValue::S("/wrong".to_owned())]);
            other.insert("fields".to_owned(), wrong);
            let put = client.put_item().table_name("annals-audit").set_item(Some(other));
            put.send().await.unwrap();
        }
    }
    for limit in [1, 5, 100] {
        assert_eq!(whole(&auditor, "/audit/commits", limit).await, before, "{limit}");
    }
}
