//! A log is exported, imported into a stack that is empty, and every view is rebuilt from it.

use super::answers::answers;
use super::{Office, history, rebuilt};
use crate::support::{HandClock, World};
use crate::verify::theirs;
use serde_json::{Value, json};
use std::path::Path;

fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn items(world: &World, table: &str) -> Vec<Value> {
    let (client, mut start, mut items) = (world.stack.engine.dynamodb(), None, Vec::new());
    loop {
        let scan = client.scan().table_name(table).limit(100).set_exclusive_start_key(start);
        let page = scan.send().await.unwrap();
        items.extend(page.items().iter().map(|item| json!(format!("{:?}", sorted(item)))));
        start = page.last_evaluated_key;
        if start.is_none() {
            items.sort_by_key(Value::to_string);
            return items;
        }
    }
}

fn sorted<V: Clone>(
    item: &std::collections::HashMap<String, V>,
) -> std::collections::BTreeMap<String, V> {
    item.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_carried_to_an_empty_stack_gives_every_answer_as_before_and_goes_on() {
    let (clock, folder) = (HandClock::at_noon(), tempfile::tempdir().unwrap());
    let from = Office::open(&clock).await;
    history(&from.world, &clock).await;
    let before = answers(&from.world).await;
    let exported = from.log(folder.path(), &["export", "log.ndjson"]).await.ends(0).json();
    let commits = exported["commits"].as_u64().unwrap();
    assert!(commits >= 50, "{exported}");

    let to = Office::open(&clock).await;
    assert_eq!(to.world.commits().await, 0);
    let sum = exported["sha256"].as_str().unwrap();
    let imported = to.log(folder.path(), &["import", "log.ndjson", "--yes", "--sha256", sum]).await;
    let imported = imported.ends(0).tells("annals views rebuild VIEW --promote");
    assert_eq!(imported.json()["written"], commits);
    assert_eq!(
        items(&to.world, "annals-events").await,
        items(&from.world, "annals-events").await,
        "every attribute of every item is the same"
    );
    to.world.stack.settled().await;
    to.world.stack.projector.reconcile().await.unwrap();
    rebuilt(&to.world).await;
    let after = answers(&to.world).await;
    for (path, answer) in &before {
        assert_eq!(Some(answer), after.get(path), "{path}");
    }
    assert_eq!(before.len(), after.len());
    goes_on(&to.world, commits).await;
}

/// A retry meets its first try, versions go on, and the chain with them.
async fn goes_on(world: &World, commits: u64) {
    let editor = world.caller("editor");
    let body = json!({"id": "C-1", "name": "Lily 1", "notes": "\u{1f33f} \"x\"\n"});
    let again = editor.with("idempotency-key", "C-1").post("/customers", body).await.expect(201);
    assert_eq!(again.header("idempotency-replayed"), "true");
    let stale = editor.with("if-match", "\"1\"");
    stale.patch("/customers/C-1", json!({"phone": "+43 1 5550100"})).await.expect(412);
    let known = editor.with("if-match", "\"2\"");
    let edited =
        known.patch("/customers/C-1", json!({"phone": "+43 1 5550100"})).await.expect(200).json();
    assert_eq!(edited["version"], 3);
    let taken = editor.post("/customers", json!({"id": "C-1", "name": "Another"})).await;
    assert_eq!(taken.status, 409);
    let history = editor.all("/customers/C-1/history").await;
    assert_eq!(history.len(), 3);
    assert_eq!(history[0]["prev_hash"], history[1]["hash"]);
    assert!(world.commits().await > usize::try_from(commits).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_is_as_the_documents_say_and_a_second_verifier_finds_it_clean() {
    let (clock, folder) = (HandClock::at_noon(), tempfile::tempdir().unwrap());
    let office = Office::open(&clock).await;
    history(&office.world, &clock).await;
    office.log(folder.path(), &["export", "log.ndjson"]).await.ends(0);
    let lines = lines(&folder.path().join("log.ndjson"));
    let (header, rest) = lines.split_first().unwrap();
    let (ending, items) = rest.split_last().unwrap();
    assert_eq!((&header["annals_log"], &header["table"]), (&json!(1), &json!("annals-events")));
    assert_eq!(ending["end"]["commits"], items.len());
    for item in items {
        let names: Vec<&String> = item.as_object().unwrap().keys().collect();
        assert_eq!(names, ["c", "d", "e", "p", "pk", "rev"]);
    }
    let checked = office.log(folder.path(), &["check", "log.ndjson"]).await.ends(0).json();
    assert_eq!(checked["commits"], items.len());
    let there = office.log(folder.path(), &["export", "log.ndjson"]).await.ends(2);
    there.tells("is there already");
    // The same items, as the verifier in Python reads a table's.
    let plain: Vec<Value> = items.iter().map(plain).collect();
    let path = folder.path().join("items.json");
    std::fs::write(&path, serde_json::to_string(&plain).unwrap()).unwrap();
    let (said, code) = theirs(&path);
    assert_eq!((code, &said["commits"]), (0, &json!(items.len())), "{said}");
}

fn plain(item: &Value) -> Value {
    use base64::Engine;
    let bytes = base64::engine::general_purpose::STANDARD.decode(item["p"]["B"].as_str().unwrap());
    let p = vocabulary::Digest::from_slice(&bytes.unwrap()).unwrap().to_string();
    json!({"pk": item["pk"]["S"], "rev": item["rev"]["N"].as_str().unwrap().parse::<u64>().unwrap(), "p": p,
        "e": item["e"]["S"], "c": item["c"]["S"], "d": item["d"]["S"]})
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_or_export_that_broke_off_is_gone_on_with_and_nothing_is_doubled() {
    let (clock, folder) = (HandClock::at_noon(), tempfile::tempdir().unwrap());
    let from = Office::open(&clock).await;
    history(&from.world, &clock).await;
    from.log(folder.path(), &["export", "whole.ndjson"]).await.ends(0);
    let whole = std::fs::read(folder.path().join("whole.ndjson")).unwrap();
    // Killed in the middle of a line.
    std::fs::write(folder.path().join("again.ndjson.part"), &whole[..whole.len() / 2]).unwrap();
    from.log(folder.path(), &["export", "again.ndjson"]).await.ends(0).tells("Going on after");
    assert_eq!(std::fs::read(folder.path().join("again.ndjson")).unwrap(), whole);
    assert!(!folder.path().join("again.ndjson.part").exists());

    // A table of its own, half of which was written when somebody pulled the plug.
    let all = ["import", "whole.ndjson", "--table", "annals-moved", "--yes"];
    from.log(folder.path(), &all).await.ends(2).tells("there is none of this name");
    let create = [&all[..], &["--create"]].concat();
    let first = from.log(folder.path(), &create).await.ends(0).tells("no stream, no policy").json();
    let commits = first["written"].as_u64().unwrap();
    let client = from.world.stack.engine.dynamodb();
    let scan = client.scan().table_name("annals-moved").limit(20).send().await.unwrap();
    for item in scan.items() {
        let delete = client.delete_item().table_name("annals-moved");
        let delete = delete.key("pk", item["pk"].clone()).key("rev", item["rev"].clone());
        delete.send().await.unwrap();
    }
    let dry = from.log(folder.path(), &[&all[..], &["--dry-run"]].concat()).await.ends(0).json();
    assert_eq!(
        (&dry["would_be_written"], &dry["already_there"]),
        (&json!(20), &json!(commits - 20))
    );
    let second = from.log(folder.path(), &create).await.ends(0).json();
    assert_eq!((&second["written"], &second["already_there"]), (&json!(20), &json!(commits - 20)));
    let third = from.log(folder.path(), &all).await.ends(0).json();
    assert_eq!((&third["written"], &third["already_there"]), (&json!(0), &json!(commits)));
    assert_eq!(items(&from.world, "annals-moved").await, items(&from.world, "annals-events").await);
}
