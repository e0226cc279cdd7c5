//! Views against their log: what verification finds, what it never takes for a difference, and how what it
//! finds is mended.

mod commits;
mod compare;
mod numbers;
mod repair;
mod states;
mod traffic;
mod watch;
mod whole;

use crate::support::{HandClock, World, demo_key};
use crate::views::item_of;
use aws_sdk_dynamodb::types::AttributeValue;
use local::Settings;
use projections::{
    AUDIT, COUNTS, Heads, Hint, Projector, RECORDS, Targets, Verified, heads, row_key,
};
use serde_json::json;
use std::collections::HashMap;
use store::{ALL_VIEWS as VIEWS, Difference, Generation, LogPart};
use vocabulary::RecordKey;

const MINUTE_MS: i64 = 60_000;

type Item = HashMap<String, AttributeValue>;

/// A stack whose clock is set by hand, after the schedules' first run.
async fn world_at(clock: &HandClock) -> World {
    let world = World::start_with(|settings| Settings { clock: clock.clock(), ..settings }).await;
    world.first_run_over().await;
    world
}

/// Customers and todos of which some have several commits and some have ended.
async fn some_records(world: &World) {
    let editor = world.caller("editor");
    for number in 0..6 {
        let made = editor.post("/customers", json!({"name": format!("C {number}")})).await;
        let id = made.expect(201).id();
        let path = format!("/customers/{id}");
        editor
            .with("if-match", "\"1\"")
            .patch(&path, json!({"email": format!("c{number}@example.com")}))
            .await
            .expect(200);
        if number % 3 == 0 {
            let reason = json!({"reason": "gone"});
            editor.post(&format!("{path}/archive"), reason).await.expect(200);
        }
        editor.post("/todos", json!({"title": format!("T {number}")})).await.expect(201);
    }
    world.stack.settled().await;
}

/// A customer with that id, of three commits.
async fn customer(world: &World, id: &str) -> RecordKey {
    let key = demo_key("customer", id);
    world.append_up_to(&key, 3, crate::views::change).await;
    world.stack.settled().await;
    key
}

/// What the whole log says, by record.
async fn all(world: &World) -> Heads {
    let (mut found, mut from) = (Heads::new(), None);
    loop {
        let page = world.stack.store.log_page(LogPart::WHOLE, from.as_ref(), 1_000).await.unwrap();
        for (pk, hint) in heads(page.commits, Hint::logged) {
            let known = found.entry(pk).or_insert(hint.clone());
            if hint.version > known.version {
                *known = hint;
            }
        }
        from = page.next;
        if from.is_none() {
            return found;
        }
    }
}

fn only(key: &RecordKey) -> Heads {
    Heads::from([(key.pk(), Hint::logged(vocabulary::Version::FIRST))])
}

async fn active(world: &World, view: &str) -> Generation {
    world.stack.store.view(view).await.unwrap().unwrap().active
}

/// What a projector finds of all records of a view.
async fn verified(world: &World, projector: &Projector, view: &str) -> Verified {
    let generation = active(world, view).await;
    let mut verified = projector.verify_page(view, generation, &all(world).await).await.unwrap();
    verified.differences.extend(walked(projector, view, generation).await);
    verified
}

/// What is found in the rows of a generation, in three parts, step by step.
async fn walked(projector: &Projector, view: &str, generation: Generation) -> Vec<Difference> {
    let mut found = Vec::new();
    for number in 0..3 {
        let (part, mut from) = (LogPart { number, of: 3 }, None);
        loop {
            let step = projector.verify_counts(view, generation, part, from.as_ref()).await;
            let (more, next) = step.unwrap();
            found.extend(more);
            from = next;
            if from.is_none() {
                break;
            }
        }
    }
    found
}

/// The same, mended.
async fn mended(projector: &Projector, view: &str, generation: Generation) -> Vec<Difference> {
    let (mut found, mut from) = (Vec::new(), None);
    loop {
        let step = projector.mend_counts(view, generation, LogPart::WHOLE, from.as_ref()).await;
        let (more, next) = step.unwrap();
        found.extend(more);
        from = next;
        if from.is_none() {
            return found;
        }
    }
}

/// Kind and detail of each.
fn told(differences: &[Difference]) -> Vec<(&str, &str)> {
    let mut told: Vec<(&str, &str)> =
        differences.iter().map(|found| (found.kind.as_str(), found.detail.as_str())).collect();
    told.sort_unstable();
    told
}

/// What verification tells of a view, and nothing else.
async fn finds(world: &World, view: &str, expected: &[(&str, &str)]) {
    let verified = verified(world, &world.stack.projector, view).await;
    assert_eq!(told(&verified.differences), expected, "of the view {view}");
}

async fn finds_nothing(world: &World) {
    for view in VIEWS {
        finds(world, view, &[]).await;
    }
}

async fn repair(world: &World, view: &str, heads: &Heads) -> Vec<Difference> {
    let registered = world.stack.store.view(view).await.unwrap().unwrap();
    let targets = Targets::live(&[registered]);
    // Others may keep changing a row: the queue would hand the page over again.
    for _ in 0..5 {
        match world.stack.projector.repair_page(view, &targets, heads).await {
            Err(error) if error.is_passing() => {}
            outcome => return outcome.unwrap(),
        }
    }
    panic!("a page of `{view}` was never repaired");
}

fn table(view: &str) -> &'static str {
    match view {
        RECORDS => "annals-records",
        COUNTS => "annals-counts",
        AUDIT => "annals-audit",
        other => panic!("no view {other}"),
    }
}

/// The one row that a view has for a record; of `audit` the cursor.
async fn item(world: &World, view: &str, key: &RecordKey) -> Item {
    let at = row_key(active(world, view).await, key);
    item_of(
        world,
        table(view),
        [("pk", AttributeValue::S(at.pk)), ("sk", AttributeValue::S(at.sk))],
    )
    .await
}

async fn put(world: &World, view: &str, item: Item) {
    crate::views::meddle(world, table(view), item).await;
}

async fn delete(world: &World, view: &str, item: &Item) {
    let delete = world.stack.engine.dynamodb().delete_item().table_name(table(view));
    delete.key("pk", item["pk"].clone()).key("sk", item["sk"].clone()).send().await.unwrap();
}

/// All items of a view's table.
async fn items(world: &World, view: &str) -> Vec<Item> {
    let (client, mut items, mut start) = (world.stack.engine.dynamodb(), Vec::new(), None);
    loop {
        let scan = client.scan().table_name(table(view)).consistent_read(true);
        let page = scan.set_exclusive_start_key(start).send().await.unwrap();
        items.extend(page.items().to_vec());
        start = page.last_evaluated_key;
        if start.is_none() {
            return items;
        }
    }
}

/// Rows of a record's commits in one list of the view `audit`, oldest first.
async fn commit_items(world: &World, list: &str, key: &RecordKey) -> Vec<Item> {
    let record = text(&key.pk());
    let mark = format!("#{list}");
    let mut found = items(world, AUDIT).await;
    found.retain(|item| {
        item.get("record") == Some(&record) && item["pk"].as_s().unwrap().contains(&mark)
    });
    found.sort_by_key(|item| item["version"].as_n().unwrap().parse::<u64>().unwrap());
    found
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn number(number: i64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// An item with a text in it replaced by another, which is there.
fn replaced(mut item: Item, name: &str, from: &str, to: &str) -> Item {
    let old = item[name].as_s().unwrap();
    assert!(old.contains(from), "{old}");
    let new = old.replace(from, to);
    item.insert(name.to_owned(), text(&new));
    item
}

fn with(mut item: Item, name: &str, value: AttributeValue) -> Item {
    item.insert(name.to_owned(), value);
    item
}
