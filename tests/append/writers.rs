//! Many writers on one record: nothing is lost, nothing is invented.

use crate::support::{Answer, Caller, Wire, World};
use engine::{Decision, Fault};
use futures::future::join_all;
use local::Settings;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const WRITERS: usize = 32;
const WRITES_OF_EACH: usize = 3;

/// Sends the same request until it is answered for good.
async fn insisted(send: impl AsyncFn() -> Answer) -> Answer {
    for _ in 0..100 {
        let answer = send().await;
        let problem = if answer.status >= 400 { answer.problem() } else { String::new() };
        if !["record-busy", "unavailable"].contains(&problem.as_str()) {
            return answer;
        }
    }
    panic!("nobody answered a hundred times");
}

/// Hands the record over, without saying which version: the command decides again when overtaken.
async fn hands_over(caller: &Caller<'_>, path: &str, to: &str) -> (u64, String) {
    let caller = caller.with("idempotency-key", to);
    let path = format!("{path}/hand_over");
    let answer = insisted(async || caller.post(&path, json!({ "to": to })).await).await;
    let record = answer.expect(200).json();
    assert_eq!(record["owner"], to);
    (record["version"].as_u64().unwrap(), to.to_owned())
}

/// Writes notes under `If-Match`, reading the record anew whenever somebody was faster.
async fn annotates(caller: &Caller<'_>, path: &str, notes: &str) -> (u64, String) {
    let mut version = 1;
    for turn in 0..1_000 {
        let caller = caller
            .with("if-match", &format!("\"{version}\""))
            .with("idempotency-key", &format!("{notes}.{turn}"));
        let answer = insisted(async || caller.patch(path, json!({ "notes": notes })).await).await;
        if answer.status == 412 {
            version = answer.json()["current_version"].as_u64().unwrap();
            continue;
        }
        let record = answer.expect(200).json();
        assert_eq!(record["notes"], notes);
        assert_eq!(record["version"], version + 1);
        return (version + 1, notes.to_owned());
    }
    panic!("somebody was faster a thousand times");
}

/// What each version of a record says it changed, the first one left out.
async fn told(caller: &Caller<'_>, path: &str) -> BTreeMap<u64, String> {
    let history = caller.all(&format!("{path}/history?order=asc")).await;
    let versions: Vec<u64> = history.iter().map(|item| item["version"].as_u64().unwrap()).collect();
    let without_gaps: Vec<u64> = (1..=u64::try_from(history.len()).unwrap()).collect();
    assert_eq!(versions, without_gaps);
    let word = |item: &Value| {
        let data = &item["events"][0]["data"];
        let word = data["to"].as_str().or(data["personal"]["notes"].as_str());
        word.unwrap().to_owned()
    };
    versions.into_iter().zip(&history).skip(1).map(|(n, item)| (n, word(item))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_two_writers_on_one_record_lose_nothing_and_invent_nothing() {
    // Every ninth put to the log loses its answer, every thirteenth is throttled.
    let world = World::with_faults(|call| {
        let put = call.operation == "PutItem" && call.table == Some("annals-events");
        Decision::from(match call.number {
            number if put && number % 9 == 0 => Fault::ReplyLost,
            number if put && number % 13 == 0 => Fault::Throttle,
            _ => Fault::None,
        })
    })
    .await;
    let editor = world.caller("editor");
    let made = insisted(async || {
        editor.with("idempotency-key", "made").post("/customers", json!({"name": "Lily"})).await
    })
    .await;
    let path = format!("/customers/{}", made.expect(201).id());
    let writers = (0..WRITERS).map(|writer| {
        let (editor, path) = (&editor, &path);
        async move {
            let mut acknowledged = Vec::new();
            for write in 0..WRITES_OF_EACH {
                let mark = format!("w{writer}-{write}");
                acknowledged.push(match writer % 2 {
                    0 => hands_over(editor, path, &mark).await,
                    _ => annotates(editor, path, &mark).await,
                });
            }
            acknowledged
        }
    });
    let acknowledged: Vec<(u64, String)> = join_all(writers).await.into_iter().flatten().collect();
    let expected: BTreeMap<u64, String> = acknowledged.iter().cloned().collect();
    assert_eq!(expected.len(), WRITERS * WRITES_OF_EACH, "no two writers share a version");
    assert_eq!(told(&editor, &path).await, expected);
    world.stack.settled().await;
    let record = editor.get(&path).await.expect(200).json();
    assert_eq!(record["version"], WRITERS * WRITES_OF_EACH + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_two_creates_with_one_key_make_one_record() {
    let world = World::start().await;
    let editor = world.caller("editor").with("idempotency-key", "once");
    let creates = (0..WRITERS).map(|_| editor.post("/customers", json!({"name": "Lily"})));
    let answers = join_all(creates).await;
    let ids: BTreeSet<String> = answers.iter().map(Answer::id).collect();
    assert_eq!(ids.len(), 1);
    let first = answers.iter().filter(|answer| answer.header("idempotency-replayed").is_empty());
    assert_eq!(first.count(), 1, "one made it, all others were told of it");
    for answer in &answers {
        assert_eq!((answer.status, &answer.json()), (201, &answers[0].json()));
    }
    world.stack.settled().await;
    assert_eq!(editor.all("/customers").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_two_creates_of_one_id_make_one_record() {
    let world = World::start().await;
    let editor = world.caller("editor");
    let creates = (0..WRITERS).map(|writer| {
        let name = format!("Writer {writer}");
        editor.post("/customers", json!({"name": name, "id": "chosen"}))
    });
    let answers = join_all(creates).await;
    let made: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 201).collect();
    assert_eq!(made.len(), 1);
    for refused in answers.iter().filter(|answer| answer.status != 201) {
        assert_eq!((refused.status, refused.problem().as_str()), (409, "id-taken"));
    }
    let read = editor.get("/customers/chosen?min_version=1").await.expect(200);
    assert_eq!(read.json(), made[0].json());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_two_copies_of_one_change_make_one_commit() {
    let wire = Wire::default();
    let faults = wire.faults();
    let world = World::start_with(|settings| Settings { faults, ..settings }).await;
    let editor = world.caller("editor");
    let made = editor.post("/customers", json!({"name": "Lily"})).await.expect(201);
    let path = format!("/customers/{}", made.id());
    let copy = editor.with("idempotency-key", "copy").with("if-match", "\"1\"");
    let copies = (0..WRITERS).map(|_| copy.patch(&path, json!({"notes": "once"})));
    for answer in join_all(copies).await {
        assert_eq!(answer.expect(200).json()["version"], 2);
    }
    assert_eq!(told(&editor, &path).await, BTreeMap::from([(2, "once".to_owned())]));
}
