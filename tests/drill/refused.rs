//! What is refused, each with an exit code of its own, before anything is written.

use super::{Office, Ran, history};
use crate::support::{HandClock, demo_key, event};
use serde_json::{Value, json};
use std::path::Path;
use vocabulary::{StoredEvent, Version};

/// A stack with a history, its log in `log.ndjson`, and an empty one.
async fn offices(folder: &Path) -> (Office, Office) {
    let clock = HandClock::at_noon();
    let from = Office::open(&clock).await;
    history(&from.world, &clock).await;
    from.log(folder, &["export", "log.ndjson"]).await.ends(0);
    (from, Office::open(&clock).await)
}

/// Imports a file that was made of `log.ndjson`; nothing of it may arrive.
async fn refused(to: &Office, folder: &Path, text: &str) -> Ran {
    std::fs::write(folder.join("other.ndjson"), text).unwrap();
    let ran = to.log(folder, &["import", "other.ndjson", "--yes"]).await;
    assert_eq!(to.world.commits().await, 0, "{ran:?}");
    let checked = to.log(folder, &["check", "other.ndjson"]).await;
    assert_eq!(checked.code, ran.code, "without a table the same is found");
    ran
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_cut_or_changed_is_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let (_from, to) = offices(folder.path()).await;
    let text = std::fs::read_to_string(folder.path().join("log.ndjson")).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let without = |left_out: usize| {
        let kept = lines.iter().enumerate().filter(|(index, _)| *index != left_out);
        kept.map(|(_, line)| *line).collect::<String>()
    };
    let at = |line: &str| lines.iter().position(|other| *other == line).unwrap();
    let of =
        |id: &str, rev: u64| -> &str { lines.iter().find(|line| is_of(line, id, rev)).unwrap() };

    refused(&to, folder.path(), &text[..text.len() - 1]).await.ends(15).tells("is cut off");
    refused(&to, folder.path(), &without(lines.len() - 1)).await.ends(15);
    refused(&to, folder.path(), "").await.ends(15);
    refused(&to, folder.path(), "{\"other\":1}\n").await.ends(2).tells("no log");
    refused(&to, folder.path(), &text.replacen("\"annals_log\":1", "\"annals_log\":2", 1))
        .await
        .ends(2)
        .tells("another format");
    // A commit in the middle of its record, changed, left out, and put in another's place.
    refused(&to, folder.path(), &text.replacen("lily3@example", "emil3@example", 1)).await.ends(11);
    refused(&to, folder.path(), &without(at(of("C-3", 2)))).await.ends(12);
    let moved = of("C-3", 3).replace("customer#C-3", "customer#C-4");
    refused(&to, folder.path(), &text.replace(of("C-3", 3), &moved)).await.ends(12);
    // What no chain can tell: the last commit of a record, and a whole one.
    let ends = |ran: Ran| ran.ends(16).tells("the last line says");
    ends(refused(&to, folder.path(), &without(at(of("C-3", 3)))).await);
    let record: String = lines.iter().copied().filter(|line| !line.contains("#todo#T-5")).collect();
    ends(refused(&to, folder.path(), &record).await);
    refused(&to, folder.path(), &format!("{text}{{}}\n")).await.ends(16).tells("after the last");
    let odd = of("C-3", 3).replacen('{', "{\"ttl\":{\"N\":\"1\"},", 1);
    refused(&to, folder.path(), &text.replace(of("C-3", 3), &odd)).await.ends(16).tells("`ttl`");
    // Another file, whole in itself.
    let arguments = ["import", "log.ndjson", "--yes", "--sha256", &"0".repeat(64)];
    to.log(folder.path(), &arguments).await.ends(16).tells("it is another file");
    to.log(folder.path(), &["import", "log.ndjson"]).await.ends(2).tells("--yes");
    assert_eq!(to.world.commits().await, 0);
}

fn registered() -> Vec<StoredEvent> {
    let data = json!({"personal": {"name": "Other"}, "tags": [], "owner": "first"});
    vec![event("registered", data)]
}

fn is_of(line: &str, id: &str, rev: u64) -> bool {
    let item: Value = serde_json::from_str(line).unwrap();
    item["pk"]["S"].as_str().is_some_and(|pk| pk.ends_with(&format!("#{id}")))
        && item["rev"]["N"].as_str().and_then(|text| text.parse::<u64>().ok()) == Some(rev)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_holds_another_log_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (_from, to) = offices(folder.path()).await;
    // The same record with another history, and one that the file does not know.
    for id in ["C-1", "unknown"] {
        to.world.append_up_to(&demo_key("customer", id), 1, |_| registered()).await;
        let ran = to.log(folder.path(), &["import", "log.ndjson", "--yes"]).await;
        ran.ends(17).tells("holds another log: commit 1 of t.demo#customer#");
    }
    assert_eq!(to.world.commits().await, 2, "nothing was written");
    let dry = to.log(folder.path(), &["import", "log.ndjson", "--dry-run"]).await;
    dry.ends(17);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_was_tampered_with_is_exported_as_it_is_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = offices(folder.path()).await;
    let key = demo_key("customer", "C-3");
    let range = (Version::FIRST, Version::FIRST);
    let read = from.world.stack.store.commits(&key, range, store::Order::Ascending, 1).await;
    let first = read.unwrap().remove(0).unwrap();
    from.world.put_raw(&first, &first.text().replace("Lily 3", "Emil 3")).await;
    let ran = from.log(folder.path(), &["export", "changed.ndjson"]).await;
    ran.ends(10).tells("cannot be imported");
    let ran = to.log(folder.path(), &["import", "changed.ndjson", "--yes"]).await;
    ran.ends(10).tells("nothing is written");
    assert_eq!(to.world.commits().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_are_shown_to_this_machines_own_programs_with_the_key_of_the_run_only() {
    let folder = tempfile::tempdir().unwrap();
    let office = Office::open(&HandClock::at_noon()).await;
    let ran = office.log_with(folder.path(), &["export", "log.ndjson"], "AKIAGUESSED").await;
    ran.ends(1).tells("AccessDenied");
    let address = format!("http://{}/", office.serving.address);
    let key = office.key.as_str().to_owned();
    let asked = move |name: &str, value: &str| {
        let agent: ureq::Agent =
            ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let signed =
            format!("AWS4-HMAC-SHA256 Credential={key}/20261124/local/dynamodb/aws4_request");
        let request = agent.post(&address).header("authorization", signed);
        let request = request.header("x-amz-target", "DynamoDB_20120810.ListTables");
        request.header(name, value).send("{}").unwrap().status().as_u16()
    };
    let statuses = tokio::task::spawn_blocking(move || {
        [("accept", "*/*"), ("origin", "http://evil.example"), ("host", "evil.example")]
            .map(|(name, value)| asked(name, value))
    });
    assert_eq!(statuses.await.unwrap(), [200, 403, 403]);
}
