//! `kill -9` under eight writers: what was acknowledged is there, once.
//!
//! `CRASH_ROUNDS` says how often the program is killed (12).

use crate::support::process::{Client, Process, WireAnswer, program};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

const WRITERS: usize = 8;
/// The record on which all writers work.
const SHARED: &str = "shared";

/// Somebody who writes, remembers what was acknowledged, and asks again for what was not.
#[derive(Debug)]
struct Writer {
    number: usize,
    sent: u64,
    /// The own records: what each version of them says, from the first on.
    records: Vec<(String, Vec<String>)>,
    /// What versions of the shared record say.
    shared: BTreeMap<u64, String>,
    /// The request whose answer did not come.
    waiting: Option<Request>,
    asked_again: u64,
    had_happened: u64,
}

/// One request; its mark is its idempotency key and what it writes.
#[derive(Debug, Clone)]
struct Request {
    mark: String,
    what: What,
}

#[derive(Debug, Clone)]
enum What {
    Create,
    Edit { record: usize },
    Share,
}

impl Writer {
    fn new(number: usize) -> Self {
        Self {
            number,
            sent: 0,
            records: Vec::new(),
            shared: BTreeMap::new(),
            waiting: None,
            asked_again: 0,
            had_happened: 0,
        }
    }

    /// Writes until an answer is lost.
    fn write(&mut self, client: &Client, acknowledged: &Sender<()>) {
        while self.write_once(client).is_some() {
            acknowledged.send(()).unwrap();
        }
    }

    /// Sends the next request, or again the one that waits for its answer.
    fn write_once(&mut self, client: &Client) -> Option<()> {
        let again = self.waiting.is_some();
        let request = self.waiting.take().unwrap_or_else(|| self.next());
        self.waiting = Some(request.clone());
        let answer = self.answered(client, &request)?;
        self.waiting = None;
        self.asked_again += u64::from(again);
        self.had_happened += u64::from(again && answer.replayed);
        let record = answer.json;
        let version = record["version"].as_u64().unwrap();
        match request.what {
            What::Create => {
                assert_eq!((version, &record["name"]), (1, &json!(request.mark)));
                let id = record["id"].as_str().unwrap().to_owned();
                self.records.push((id, vec![request.mark]));
            }
            What::Edit { record: index } => {
                let (_, versions) = &mut self.records[index];
                assert_eq!(record["notes"], request.mark);
                versions.push(request.mark);
                assert_eq!(version, u64::try_from(versions.len()).unwrap());
            }
            What::Share => {
                assert_eq!(record["owner"], request.mark);
                assert_eq!(self.shared.insert(version, request.mark), None);
            }
        }
        Some(())
    }

    fn next(&mut self) -> Request {
        self.sent += 1;
        let mark = format!("w{}-{}", self.number, self.sent);
        let what = match fastrand::usize(..6) {
            0 => What::Share,
            1 | 2 => What::Create,
            _ if self.records.is_empty() => What::Create,
            _ => What::Edit { record: fastrand::usize(..self.records.len()) },
        };
        Request { mark, what }
    }

    /// The answer for good; `None` when it is lost.
    fn answered(&self, client: &Client, request: &Request) -> Option<WireAnswer> {
        for _ in 0..100 {
            let answer = self.send(client, request)?;
            match answer.status {
                200 | 201 => return Some(answer),
                // Others were faster for too long, or the tables were: the same once more.
                409 | 503 => {}
                other => panic!("{request:?} was answered {other}: {}", answer.json),
            }
        }
        panic!("{request:?} was never answered for good");
    }

    fn send(&self, client: &Client, Request { mark, what }: &Request) -> Option<WireAnswer> {
        let key = ("idempotency-key", mark.as_str());
        match what {
            What::Create => {
                client.send("POST", "/customers", &[key], Some(&json!({ "name": mark })))
            }
            What::Edit { record } => {
                let (id, versions) = &self.records[*record];
                let tag = format!("\"{}\"", versions.len());
                let headers = [key, ("if-match", tag.as_str())];
                let notes = json!({ "notes": mark });
                client.send("PATCH", &format!("/customers/{id}"), &headers, Some(&notes))
            }
            What::Share => {
                let path = format!("/customers/{SHARED}/hand_over");
                client.send("POST", &path, &[key], Some(&json!({ "to": mark })))
            }
        }
    }
}

#[test]
fn what_was_acknowledged_is_there_once_after_every_crash() {
    let rounds = std::env::var("CRASH_ROUNDS").map_or(12, |rounds| rounds.parse().unwrap());
    let (program, folder) = (program(), tempfile::tempdir().unwrap());
    let mut writers: Vec<Writer> = (0..WRITERS).map(Writer::new).collect();
    make_shared_record(&program, folder.path());
    for round in 1..=rounds {
        let mut process = Process::start(&program, folder.path());
        if round % 4 == 0 {
            // Killed while it still takes up what the last crash left.
            process.kill();
            continue;
        }
        write_until_killed(&mut process, &mut writers);
    }
    let process = Process::start(&program, folder.path());
    let client = process.client("editor");
    for writer in &mut writers {
        while writer.waiting.is_some() {
            writer.write_once(&client).unwrap();
        }
    }
    everything_is_there_once(&client, &writers);
    views_agree(&client, &writers);
    let (again, happened) = writers.iter().fold((0, 0), |(again, happened), writer| {
        (again + writer.asked_again, happened + writer.had_happened)
    });
    assert!(again >= rounds / 2, "crashes leave answers out: {again} in {rounds} rounds");
    assert!(happened <= again);
}

fn make_shared_record(program: &Path, folder: &Path) {
    let process = Process::start(program, folder);
    let body = json!({"name": "Shared", "id": SHARED});
    let made = process.client("editor").send("POST", "/customers", &[], Some(&body)).unwrap();
    assert_eq!(made.status, 201);
    // Dropped, and so killed: the first crash.
}

/// All write; the program is killed when some number of writes has been acknowledged, wherever the
/// others are then.
fn write_until_killed(process: &mut Process, writers: &mut [Writer]) {
    let client = process.client("editor");
    let ((acknowledged, acknowledgements), enough) = (channel(), fastrand::u32(1..250));
    std::thread::scope(|scope| {
        for writer in writers {
            let (client, acknowledged) = (client.clone(), acknowledged.clone());
            scope.spawn(move || writer.write(&client, &acknowledged));
        }
        for _ in 0..enough {
            let written = acknowledgements.recv_timeout(Duration::from_secs(30));
            assert!(written.is_ok(), "nobody gets anything written");
        }
        process.kill();
    });
}

/// What a record's versions say, by the log; versions have no gaps and the chain no break.
fn told(client: &Client, id: &str) -> Vec<String> {
    let history = client.all(&format!("/customers/{id}/history?order=asc"));
    for (index, item) in history.iter().enumerate() {
        assert_eq!(item["version"], index + 1, "{id}");
    }
    for (before, item) in history.iter().zip(history.iter().skip(1)) {
        assert_eq!(item["prev_hash"], before["hash"], "{id}");
    }
    let mark = |item: &Value| {
        let data = &item["events"][0]["data"];
        let mark = data["to"].as_str().or(data["personal"]["notes"].as_str());
        mark.or(data["personal"]["name"].as_str()).unwrap().to_owned()
    };
    history.iter().map(mark).collect()
}

fn everything_is_there_once(client: &Client, writers: &[Writer]) {
    for writer in writers {
        for (id, versions) in &writer.records {
            assert_eq!(told(client, id), *versions, "{id} of writer {}", writer.number);
        }
    }
    let shared = writers.iter().flat_map(|writer| writer.shared.clone());
    let mut expected = BTreeMap::from([(1, "Shared".to_owned())]);
    for (version, mark) in shared {
        assert_eq!(expected.insert(version, mark), None, "two writers share version {version}");
    }
    let told: BTreeMap<u64, String> = (1..).zip(told(client, SHARED)).collect();
    assert_eq!(told, expected);
}

/// List, records and counts say what the log says, as soon as the projector has caught up.
fn views_agree(client: &Client, writers: &[Writer]) {
    let own = writers.iter().flat_map(|writer| &writer.records);
    let mut expected: BTreeMap<String, usize> =
        own.map(|(id, versions)| (id.clone(), versions.len())).collect();
    let of_shared: usize = writers.iter().map(|writer| writer.shared.len()).sum();
    expected.insert(SHARED.to_owned(), of_shared + 1);
    let version = |item: &Value| usize::try_from(item["version"].as_u64().unwrap()).unwrap();
    let listed = || -> Vec<(String, usize)> {
        let items = client.all("/customers").into_iter();
        items.map(|item| (item["id"].as_str().unwrap().to_owned(), version(&item))).collect()
    };
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let list = listed();
        let agrees = list.iter().cloned().collect::<BTreeMap<_, _>>() == expected;
        if agrees && client.get("/meta/counts")["customer"]["active"] == expected.len() {
            assert_eq!(list.len(), expected.len(), "no record is listed twice");
            break;
        }
        assert!(Instant::now() < deadline, "the views do not catch up");
    }
    for (id, expected) in &expected {
        let record = client.get(&format!("/customers/{id}"));
        assert_eq!((version(&record), &record["stale"]), (*expected, &Value::Null), "{id}");
    }
}
