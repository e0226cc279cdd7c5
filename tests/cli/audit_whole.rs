//! `annals audit` against the real program, over a log from two days ago that somebody then changes.

use super::shell::Shell;
use crate::support::process::{Process, program};
use crate::support::{HandClock, World};
use crate::verify::theirs;
use aws_sdk_dynamodb::types::AttributeValue;
use engine::{Durability, Engine};
use local::{Data, Settings};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::Path;
use tempfile::TempDir;

/// A folder in which three records were kept two days ago: five commits.
async fn office() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let clock = HandClock::at_noon();
    let set = clock.clock();
    let data = Data::Folder(folder.path().to_owned());
    let world = World::start_with(|settings| Settings { clock: set, data, ..settings }).await;
    let editor = world.caller("editor");
    editor.post("/customers", json!({"id": "lily", "name": "Lily Ari"})).await.expect(201);
    for (version, email) in [(1, "one@example.org"), (2, "two@example.org")] {
        clock.advance_ms(1_000);
        let known = editor.with("if-match", &format!("\"{version}\""));
        known.patch("/customers/lily", json!({ "email": email })).await.expect(200);
    }
    editor.post("/customers", json!({"id": "emil", "name": "Emil"})).await.expect(201);
    editor.post("/todos", json!({"id": "call", "title": "Call Lily"})).await.expect(201);
    world.stack.settled().await;
    // All of it is old enough for a search to be complete.
    clock.advance_ms(30 * 60_000);
    world.stack.projector.reconcile().await.unwrap();
    world.stack.stop().await.unwrap();
    folder
}

fn auditor(process: &Process) -> Shell {
    Shell::new(&process.address, &process.token("auditor"))
}

/// Does something to the event table while nobody looks.
async fn meddled(folder: &Path, with: impl AsyncFnOnce(&aws_sdk_dynamodb::Client)) {
    let engine = Engine::open(&folder.join("annals.db"), Durability::Full).unwrap();
    with(&engine.dynamodb()).await;
}

async fn item(
    client: &aws_sdk_dynamodb::Client,
    id: &str,
    rev: u64,
) -> HashMap<String, AttributeValue> {
    let get = client.get_item().table_name("annals-events").consistent_read(true);
    let get = get.key("pk", AttributeValue::S(format!("t.demo#customer#{id}")));
    get.key("rev", AttributeValue::N(rev.to_string())).send().await.unwrap().item.unwrap()
}

async fn edit(client: &aws_sdk_dynamodb::Client, rev: u64, from: &str, to: &str) {
    let mut item = item(client, "lily", rev).await;
    let text = item["e"].as_s().unwrap().replace(from, to);
    assert_ne!(&text, item["e"].as_s().unwrap());
    item.insert("e".to_owned(), AttributeValue::S(text));
    client.put_item().table_name("annals-events").set_item(Some(item)).send().await.unwrap();
}

fn verified(shell: &Shell, further: &[&str], code: i32) -> Value {
    let arguments = [&["audit", "verify", "-o", "json"], further].concat();
    shell.annals(&arguments).ends(code).json()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_verified_over_the_api_changed_and_found_out() {
    let folder = office().await;
    let mut process = Process::start(&program(), folder.path());
    let shell = auditor(&process);
    let all = verified(&shell, &["--keep-heads", "heads.ndjson"], 0);
    // The verification itself is in the log; whether its row is there already is the projector's affair.
    let count = |name: &str| all[name].as_u64().unwrap();
    assert!(count("records") >= 3 && count("commits") >= 5, "{all}");
    assert_eq!((count("commits"), count("links")), (count("contents"), count("commits")), "{all}");
    let lily = verified(&shell, &["--record", "customer/lily"], 0);
    assert_eq!(
        (&lily["commits"], &lily["links"], &lily["heads"]),
        (&json!(3), &json!(3), &json!(1))
    );

    // What was checked, and what came out, is recorded.
    let id = lily["verification"].as_str().unwrap();
    let stored = process.client("auditor").get(&format!("/audit/stored/access/{id}"));
    let texts: Vec<&str> = stored["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["text"].as_str().unwrap())
        .collect();
    assert!(
        texts[0].contains("verification_started") && texts[0].contains("customer/lily"),
        "{texts:?}"
    );
    assert!(texts[1].contains("verification_finished") && texts[1].contains("clean"), "{texts:?}");

    let editor = Shell::new(&process.address, &process.token("editor"));
    editor.annals(&["audit", "verify"]).ends(1).tells("annals whoami");

    // The last one first: the row still has the hash of what it was.
    process.kill();
    meddled(folder.path(), async |client| edit(client, 3, "two@", "ten@").await).await;
    let mut process = Process::start(&program(), folder.path());
    let found = verified(&auditor(&process), &["--record", "customer/lily"], 14);
    assert_eq!(found["found"], json!({"head": 1}), "{found}");
    process.kill();
    meddled(folder.path(), async |client| edit(client, 2, "one@", "six@").await).await;
    let mut process = Process::start(&program(), folder.path());
    let found = verified(&auditor(&process), &["--record", "customer/lily"], 11);
    assert_eq!(found["found"], json!({"link": 1, "head": 1}), "{found}");
    assert!(!found.to_string().contains("six@"), "nothing of the contents is told");

    // A whole record and its row: kept heads alone tell of it.
    process.kill();
    meddled(folder.path(), async |client| {
        let emil = AttributeValue::S("t.demo#customer#emil".to_owned());
        let delete = client.delete_item().table_name("annals-events").key("pk", emil.clone());
        delete.key("rev", AttributeValue::N("1".to_owned())).send().await.unwrap();
        let rows = client.scan().table_name("annals-records").send().await.unwrap();
        let row = rows.items().iter().find(|row| row["sk"] == emil).unwrap();
        let delete = client.delete_item().table_name("annals-records").key("pk", row["pk"].clone());
        delete.key("sk", emil).send().await.unwrap();
    })
    .await;
    let process = Process::start(&program(), folder.path());
    let later = auditor(&process);
    later.annals(&["audit", "verify", "--record", "customer/emil"]).ends(3).tells("customer/emil");
    later.file("heads.ndjson", std::fs::read(shell.path("heads.ndjson")).unwrap());
    let found = verified(&later, &["--record", "customer/emil", "--heads", "heads.ndjson"], 14);
    assert_eq!(
        (&found["findings"][0]["version"], &found["commits"]),
        (&json!(1), &json!(0)),
        "{found}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_taken_away_and_verified_offline_and_so_is_one_of_a_few() {
    let folder = office().await;
    let process = Process::start(&program(), folder.path());
    let shell = auditor(&process);
    let taken = shell
        .annals(&["audit", "export", "--to", "all", "--reason", "a case", "-o", "json"])
        .ends(0)
        .json();
    assert_eq!((&taken["state"], &taken["commits"]), (&json!("done"), &json!(5)), "{taken}");
    let lily =
        ["audit", "export", "--to", "lily", "--record", "customer/lily", "--until", "2026-11-23"];
    shell.annals(&lily).ends(0);
    shell
        .annals(&[
            "audit",
            "export",
            "--to",
            "few",
            "--since",
            "2026-11-22T12:00:00.500Z",
            "--type",
            "customer",
        ])
        .ends(0);
    shell
        .annals(&["audit", "export", "--to", "sheet", "--format", "csv", "--type", "customers"])
        .ends(0);
    let taken_id = taken["id"].as_str().unwrap().to_owned();
    shell.annals(&["audit", "export", "--id", &taken_id, "--to", "all"]).ends(0);
    drop(process);

    // Nothing is left of the server.
    for (name, commits, links) in [("all", 5, 5), ("lily", 3, 3), ("few", 3, 2)] {
        let report = verified(&shell, &["--export", name], 0);
        assert_eq!(
            (&report["commits"], &report["links"]),
            (&json!(commits), &json!(links)),
            "{report}"
        );
        let (said, code) = theirs(&shell.path(name));
        assert_eq!(
            (code, &said["commits"], &said["links"]),
            (0, &json!(commits), &json!(links)),
            "{said}"
        );
    }
    let report = verified(&shell, &["--export", "sheet"], 0);
    assert_eq!((&report["files"], &report["commits"]), (&json!(1), &json!(0)), "{report}");

    let part = shell.path("all").join("part-00001.ndjson");
    let text = std::fs::read_to_string(&part).unwrap();
    std::fs::write(&part, text.replacen("two@example.org", "ten@example.org", 1)).unwrap();
    verified(&shell, &["--export", "all"], 10);
    assert_eq!(theirs(&shell.path("all")).1, 1);
    let again = ["audit", "export", "--id", &taken_id, "--to", "all"];
    let shell = Shell::new("http://localhost:1", "token");
    shell.annals(&again).ends(1);
}
