//! A restore makes another table: the stack is pointed at it by its name.

use super::{Office, history};
use crate::poison::seen;
use crate::support::{HandClock, World, until};
use crate::views::views_agree_with_the_log;
use local::{Data, Settings};
use serde_json::json;
use std::path::Path;
use store::{Store, Tables};

const RESTORED: &str = "annals-restored-events";

async fn open(folder: &Path, clock: &HandClock, table: &str) -> Office {
    let (clock, data) = (clock.clock(), Data::Folder(folder.to_owned()));
    let events_table = table.to_owned();
    Office::open_with(|settings| Settings { clock, data, events_table, ..settings }).await
}

/// A copy of the event table, as a restore makes one, without what `keeps` refuses.
async fn restore(world: &World, keeps: impl Fn(&str, &str) -> bool) {
    let client = world.stack.engine.dynamodb();
    let tables = Tables { events: RESTORED.to_owned(), ..Tables::of_stack("annals") };
    Store::new(client.clone(), tables).create_tables().await.unwrap();
    let mut start = None;
    loop {
        let scan = client.scan().table_name("annals-events").limit(100);
        let page = scan.set_exclusive_start_key(start).send().await.unwrap();
        for item in page.items() {
            if keeps(item["pk"].as_s().unwrap(), item["rev"].as_n().unwrap()) {
                let put = client.put_item().table_name(RESTORED).set_item(Some(item.clone()));
                put.send().await.unwrap();
            }
        }
        start = page.last_evaluated_key;
        if start.is_none() {
            return;
        }
    }
}

/// A folder whose stack has a history, of which a copy was restored.
async fn folder(clock: &HandClock, keeps: impl Fn(&str, &str) -> bool) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let office = open(folder.path(), clock, "annals-events").await;
    history(&office.world, clock).await;
    clock.advance_ms(61_000);
    let editor = office.world.caller("editor");
    editor.post("/customers", json!({"id": "lost", "name": "Lost"})).await.expect(201);
    office.world.stack.settled().await;
    clock.advance_ms(120_000);
    office.world.stack.projector.reconcile().await.unwrap();
    restore(&office.world, keeps).await;
    office.serving.stop().await.unwrap();
    office.world.stack.stop().await.unwrap();
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_that_is_pointed_at_a_whole_copy_goes_on_with_it() {
    let clock = HandClock::at_noon();
    let folder = folder(&clock, |_, _| true).await;
    let office = open(folder.path(), &clock, RESTORED).await;
    assert_eq!(seen(&office.world, "/operations/log").await["state"], "open");
    let editor = office.world.caller("editor").with("if-match", "\"2\"");
    let edited =
        editor.patch("/customers/C-1", json!({"phone": "+43 1 5550100"})).await.expect(200).json();
    assert_eq!(edited["version"], 3);
    let (client, tables) = (office.world.stack.engine.dynamodb(), ["annals-events", RESTORED]);
    let mut commits = Vec::new();
    for table in tables {
        let scan = client.scan().table_name(table).limit(1_000);
        let of = scan.filter_expression("pk = :pk").expression_attribute_values(
            ":pk",
            aws_sdk_dynamodb::types::AttributeValue::S("t.demo#customer#C-1".to_owned()),
        );
        commits.push(of.send().await.unwrap().count());
    }
    assert_eq!(commits, [2, 3], "only the restored one is written");
    office.world.stack.settled().await;
    views_agree_with_the_log(&office.world, &office.world.stack.projector.registry).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_that_is_pointed_at_a_shorter_copy_is_closed_and_recovered_by_its_operator() {
    let clock = HandClock::at_noon();
    let folder = folder(&clock, |pk, _| !pk.ends_with("#lost")).await;
    let office = open(folder.path(), &clock, RESTORED).await;
    let editor = office.world.caller("editor");
    let refused = editor.post("/customers", json!({"name": "New"})).await.expect(503);
    assert_eq!(refused.problem(), "log-closed");
    editor.get("/customers/lost").await;
    let operator = office.world.caller("operator").with("idempotency-key", "recovered");
    let because = json!({"reason": "Restored to noon"});
    operator.post("/operations/log/recover", because).await.expect(202);
    until(async || seen(&office.world, "/operations/log").await["state"] == "open").await;
    office.world.stack.settled().await;
    let listed = editor.all("/customers").await;
    assert!(listed.len() == 8 && listed.iter().all(|row| row["id"] != "lost"), "{listed:?}");
    editor.get("/customers/lost").await.expect(404);
    let made = async || {
        let again = json!({"id": "lost", "name": "Found"});
        editor.with("idempotency-key", "found").post("/customers", again).await.status == 201
    };
    until(made).await;
}
