//! What Lambda promises between a stream and a function.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};
use engine::mapping::{Cause, Chaos, Destination, FailedBatch, Mapping, Runner};
use engine::{Durability, Engine, ManualClock};
use tokio::sync::{Notify, mpsc};

use crate::support::{TABLE, create_table, engine_with_table, item, put};

type Calls = Arc<Mutex<Vec<Vec<String>>>>;

/// `pk/sk` of the record.
fn name(record: &EventRecord) -> String {
    let part = |key: &str| match record.change.keys.get(key) {
        Some(serde_dynamo::AttributeValue::S(text)) => text.clone(),
        other => panic!("{other:?}"),
    };
    format!("{}/{}", part("pk"), part("sk"))
}

fn names(event: &Event) -> Vec<String> {
    event.records.iter().map(name).collect()
}

fn number(record: &EventRecord) -> String {
    record.change.sequence_number.clone().unwrap()
}

/// One shard, no waiting between attempts.
fn mapping() -> Mapping {
    Mapping { parallelization: 1, backoff: Duration::ZERO, ..Mapping::new("projector", TABLE) }
}

/// Starts a runner that notes every call and answers it with `answer`.
fn start<E: std::fmt::Display + 'static>(
    engine: &Engine,
    mapping: Mapping,
    answer: impl Fn(&Event, usize) -> Result<Vec<String>, E> + Send + Sync + 'static,
) -> (Runner, Calls) {
    let calls = Calls::default();
    let noted = Arc::clone(&calls);
    let answer = Arc::new(answer);
    let runner = Runner::start(engine.clone(), mapping, move |event: Event| {
        let (noted, answer) = (Arc::clone(&noted), Arc::clone(&answer));
        async move {
            let call = {
                let mut noted = noted.lock().unwrap();
                noted.push(names(&event));
                noted.len()
            };
            let mut response = DynamoDbEventResponse::default();
            for number in answer(&event, call)? {
                let mut failure = DynamoDbBatchItemFailure::default();
                failure.item_identifier = Some(number);
                response.batch_item_failures.push(failure);
            }
            Ok::<_, E>(response)
        }
    });
    (runner, calls)
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of an answer")]
fn all_well(_: &Event, _: usize) -> Result<Vec<String>, Infallible> {
    Ok(Vec::new())
}

/// Waits for the runner with a deadline, so that a mistake fails and does not hang.
async fn idle(runner: &Runner) {
    tokio::time::timeout(Duration::from_secs(20), runner.idle()).await.unwrap();
}

/// Puts `pk/0000` and so on in one batch.
async fn put_many(engine: &Engine, pk: &str, count: u32) {
    let put = |number: u32| {
        let item = item(pk, &format!("{number:04}"));
        let put = PutRequest::builder().set_item(Some(item)).build().unwrap();
        WriteRequest::builder().put_request(put).build()
    };
    let writes = (0..count).map(put).collect();
    engine.dynamodb().batch_write_item().request_items(TABLE, writes).send().await.unwrap();
}

/// A destination and what arrives there.
fn destination() -> (Destination, mpsc::UnboundedReceiver<FailedBatch>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let destination = Destination::new(move |batch| {
        sender.send(batch).unwrap();
        async {}
    });
    (destination, receiver)
}

#[tokio::test]
async fn every_record_arrives_once_and_in_order_within_its_key() {
    let engine = engine_with_table().await;
    let mapping = Mapping { parallelization: 4, ..mapping() };
    let (runner, calls) = start(&engine, mapping, all_well);
    for key in 0..10 {
        put_many(&engine, &format!("task-{key}"), 20).await;
    }
    idle(&runner).await;

    let mut by_key: HashMap<String, Vec<String>> = HashMap::new();
    for name in calls.lock().unwrap().iter().flatten() {
        let (pk, sk) = name.split_once('/').unwrap();
        by_key.entry(pk.into()).or_default().push(sk.into());
    }
    let expected: Vec<String> = (0..20).map(|version| format!("{version:04}")).collect();
    assert_eq!(by_key.len(), 10);
    assert!(by_key.values().all(|versions| *versions == expected), "{by_key:?}");
    assert_eq!((runner.metrics().delivered, runner.lag()), (200, 0));
}

#[tokio::test]
async fn shards_run_side_by_side() {
    let engine = engine_with_table().await;
    for key in 0..16 {
        put_many(&engine, &format!("task-{key}"), 1).await;
    }
    // The shard of task-0 stands still until some other shard has handled something.
    let other = Arc::new(Notify::new());
    let handler = move |event: Event| {
        let other = Arc::clone(&other);
        async move {
            if names(&event).iter().any(|name| name.starts_with("task-0/")) {
                other.notified().await;
            } else {
                other.notify_one();
            }
            Ok::<_, Infallible>(DynamoDbEventResponse::default())
        }
    };
    let mapping = Mapping { parallelization: 4, ..mapping() };
    let runner = Runner::start(engine.clone(), mapping, handler);
    idle(&runner).await;
    assert_eq!(runner.metrics().delivered, 16);
}

#[tokio::test]
async fn a_batch_is_repeated_from_its_lowest_failed_record() {
    let engine = engine_with_table().await;
    put_many(&engine, "a", 4).await;
    let (runner, calls) = start(&engine, mapping(), |event, call| match call {
        1 => Ok::<_, Infallible>(vec![number(&event.records[3]), number(&event.records[2])]),
        _ => Ok(vec![]),
    });
    idle(&runner).await;
    let calls = calls.lock().unwrap();
    assert_eq!(calls[0], ["a/0000", "a/0001", "a/0002", "a/0003"]);
    assert_eq!(calls[1], ["a/0002", "a/0003"]);
    assert_eq!((calls.len(), runner.metrics().retried), (2, 1));
}

#[tokio::test]
async fn an_empty_or_unknown_failed_record_repeats_the_whole_batch() {
    let engine = engine_with_table().await;
    put_many(&engine, "a", 3).await;
    let (runner, calls) = start(&engine, mapping(), |event, call| match call {
        1 => Ok::<_, Infallible>(vec![String::new()]),
        2 => Ok(vec!["123".into(), number(&event.records[2])]),
        _ => Ok(vec![]),
    });
    idle(&runner).await;
    let calls = calls.lock().unwrap();
    assert_eq!(calls.len(), 3);
    assert!(calls.iter().all(|call| call.len() == 3), "{calls:?}");
}

#[tokio::test]
async fn a_record_that_always_fails_ends_alone_at_the_destination() {
    let engine = engine_with_table().await;
    put_many(&engine, "a", 8).await;
    let (on_failure, mut failed) = destination();
    let mapping = Mapping { max_attempts: 3, on_failure, ..mapping() };
    let (runner, calls) = start(&engine, mapping, |event, _| {
        if names(event).contains(&"a/0005".to_owned()) { Err("cannot read it") } else { Ok(vec![]) }
    });
    idle(&runner).await;
    let batch = failed.try_recv().unwrap();
    assert!(failed.try_recv().is_err());
    assert_eq!(batch.records.iter().map(name).collect::<Vec<_>>(), ["a/0005"]);
    assert_eq!((batch.attempts, batch.cause), (3, Cause::Error("cannot read it".into())));
    assert_eq!(batch.first_sequence_number, number(&batch.records[0]));
    assert_eq!((runner.metrics().delivered, runner.metrics().failed), (7, 1));

    // The shard goes on.
    put(&engine.dynamodb(), "a", "0008").await;
    idle(&runner).await;
    assert_eq!(calls.lock().unwrap().last().unwrap(), &["a/0008"]);
}

#[tokio::test]
async fn a_panic_is_a_failure_of_the_whole_batch() {
    let engine = engine_with_table().await;
    put_many(&engine, "a", 2).await;
    let (on_failure, mut failed) = destination();
    let mapping = Mapping { max_attempts: 2, bisect: false, on_failure, ..mapping() };
    let (runner, calls) =
        start(&engine, mapping, |_, _| -> Result<_, Infallible> { panic!("a bug") });
    idle(&runner).await;
    let batch = failed.try_recv().unwrap();
    assert_eq!((batch.records.len(), batch.attempts), (2, 2));
    assert_eq!(batch.cause, Cause::Panic("a bug".into()));
    assert_eq!(calls.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn reported_failures_without_end_give_up_the_rest_of_the_batch() {
    let engine = engine_with_table().await;
    put_many(&engine, "a", 3).await;
    let (on_failure, mut failed) = destination();
    let mapping = Mapping { max_attempts: 4, on_failure, ..mapping() };
    let (runner, _) = start(&engine, mapping, |event, _| {
        let bad = event.records.iter().filter(|record| name(record) == "a/0001");
        Ok::<_, Infallible>(bad.map(number).collect())
    });
    idle(&runner).await;
    let batch = failed.try_recv().unwrap();
    assert_eq!(batch.records.iter().map(name).collect::<Vec<_>>(), ["a/0001", "a/0002"]);
    assert_eq!((batch.attempts, batch.cause), (4, Cause::ItemFailures));
    assert_eq!((runner.metrics().delivered, runner.metrics().failed), (1, 2));
}

#[tokio::test]
async fn records_that_are_too_old_are_given_up_untried() {
    let clock = ManualClock::new(1_800_000_000);
    let engine = Engine::memory_at(clock.clone()).unwrap();
    create_table(&engine.dynamodb(), TABLE).await;
    put(&engine.dynamodb(), "a", "0000").await;
    clock.set(1_800_000_100);
    put(&engine.dynamodb(), "a", "0001").await;
    let (on_failure, mut failed) = destination();
    let max_age = Some(Duration::from_mins(1));
    let (runner, calls) = start(&engine, Mapping { max_age, on_failure, ..mapping() }, all_well);
    idle(&runner).await;
    let batch = failed.try_recv().unwrap();
    assert_eq!((batch.records.len(), batch.attempts, batch.cause), (1, 0, Cause::TooOld));
    assert_eq!(*calls.lock().unwrap(), [["a/0001"]]);
}

#[tokio::test]
async fn a_window_waits_for_a_full_batch_and_no_longer() {
    let engine = engine_with_table().await;
    let window = Duration::from_hours(1);
    let mapping = Mapping { window, batch_size: 3, ..mapping() };
    let (runner, calls) = start(&engine, mapping, all_well);
    for version in 0..3 {
        put(&engine.dynamodb(), "a", &format!("{version:04}")).await;
    }
    idle(&runner).await;
    assert_eq!(*calls.lock().unwrap(), [["a/0000", "a/0001", "a/0002"]]);
}

#[tokio::test]
async fn a_restart_goes_on_at_the_checkpoint_even_of_a_closed_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("annals.db");
    {
        let engine = Engine::open(&path, Durability::Normal).unwrap();
        create_table(&engine.dynamodb(), TABLE).await;
        put_many(&engine, "a", 3).await;
        let (runner, calls) = start(&engine, mapping(), all_well);
        idle(&runner).await;
        runner.stop().await.unwrap();
        assert_eq!(calls.lock().unwrap().concat().len(), 3);
        put(&engine.dynamodb(), "a", "0003").await;
    }
    let engine = Engine::open(&path, Durability::Normal).unwrap();
    let (runner, calls) = start(&engine, mapping(), all_well);
    idle(&runner).await;
    assert_eq!(calls.lock().unwrap().concat(), ["a/0003"]);
}

#[tokio::test]
async fn a_crash_in_a_batch_repeats_the_batch() {
    let engine = engine_with_table().await;
    put_many(&engine, "a", 2).await;
    let entered = Arc::new(Notify::new());
    let signal = Arc::clone(&entered);
    let stuck = Runner::start(engine.clone(), mapping(), move |_| {
        let signal = Arc::clone(&signal);
        async move {
            signal.notify_one();
            std::future::pending::<Result<DynamoDbEventResponse, Infallible>>().await
        }
    });
    entered.notified().await;
    assert_eq!(stuck.lag(), 2);
    drop(stuck);

    let (runner, calls) = start(&engine, mapping(), all_well);
    idle(&runner).await;
    assert_eq!(calls.lock().unwrap().concat(), ["a/0000", "a/0001"]);
}

#[tokio::test]
async fn a_stop_ends_the_attempts_and_loses_nothing() {
    let engine = engine_with_table().await;
    put_many(&engine, "a", 2).await;
    let mapping = Mapping { backoff: Duration::from_hours(1), bisect: false, ..mapping() };
    let (runner, calls) = start(&engine, mapping.clone(), |_, _| Err("not now"));
    let called = async {
        while calls.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), called).await.unwrap();
    runner.stop().await.unwrap();
    let (runner, calls) = start(&engine, mapping, all_well);
    idle(&runner).await;
    assert_eq!(calls.lock().unwrap().concat(), ["a/0000", "a/0001"]);
}

#[tokio::test]
async fn two_mappings_on_one_stream_know_nothing_of_each_other() {
    let engine = engine_with_table().await;
    let projector = start(&engine, mapping(), all_well);
    let publisher = Mapping { name: "publisher".into(), max_attempts: 1, ..mapping() };
    let publisher = start(&engine, publisher, |_, _| Err("the bus is down"));
    put_many(&engine, "a", 5).await;
    idle(&projector.0).await;
    idle(&publisher.0).await;
    assert_eq!(projector.0.metrics().delivered, 5);
    assert_eq!((publisher.0.metrics().delivered, publisher.0.metrics().failed), (0, 5));
}

#[tokio::test]
async fn a_table_may_come_after_its_mapping() {
    let engine = Engine::memory().unwrap();
    let (runner, calls) = start(&engine, mapping(), all_well);
    tokio::task::yield_now().await;
    create_table(&engine.dynamodb(), TABLE).await;
    put(&engine.dynamodb(), "a", "0000").await;
    idle(&runner).await;
    assert_eq!(calls.lock().unwrap().concat(), ["a/0000"]);
}

#[tokio::test]
async fn writes_that_change_nothing_are_not_delivered() {
    let engine = engine_with_table().await;
    let (runner, calls) = start(&engine, mapping(), all_well);
    for _ in 0..3 {
        put(&engine.dynamodb(), "a", "0000").await;
    }
    idle(&runner).await;
    assert_eq!(calls.lock().unwrap().concat().len(), 1);
}

#[tokio::test]
async fn chaos_does_what_it_counts() {
    let engine = engine_with_table().await;
    for key in 0..4 {
        put_many(&engine, &format!("task-{key}"), 25).await;
    }
    let run = |name: &str, chaos: Chaos| {
        let mapping = Mapping { name: name.into(), chaos, batch_size: 10, ..mapping() };
        let engine = engine.clone();
        async move {
            let (runner, calls) = start(&engine, mapping, all_well);
            idle(&runner).await;
            let calls = calls.lock().unwrap().concat();
            (runner.metrics(), calls)
        }
    };
    let base = Chaos { seed: 7, ..Chaos::default() };
    let (_, undisturbed) = run("none", base.clone()).await;
    assert_eq!(undisturbed.len(), 100);

    let (metrics, calls) = run("drop", Chaos { drop_per_mille: 300, ..base.clone() }).await;
    assert!(metrics.dropped > 0);
    assert_eq!(
        (calls.len(), metrics.delivered + metrics.dropped),
        (usize::try_from(metrics.delivered).unwrap(), 100)
    );

    let (metrics, calls) =
        run("duplicate", Chaos { duplicate_per_mille: 1000, ..base.clone() }).await;
    assert_eq!((calls.len(), metrics.duplicated, metrics.delivered), (200, 10, 100));

    let reorder = Chaos { reorder_per_mille: 500, ..base.clone() };
    let (metrics, mut calls) = run("reorder", reorder.clone()).await;
    assert!(metrics.reordered > 0);
    assert_ne!(calls, undisturbed);
    assert_eq!(calls, run("reorder again", reorder).await.1, "the same seed, the same chaos");
    calls.sort_unstable();
    assert_eq!(calls, undisturbed);

    let all = Chaos { drop_per_mille: 1000, delay: Duration::from_micros(50), ..base };
    let (metrics, calls) = run("drop all", all).await;
    assert_eq!((calls.len(), metrics.dropped), (0, 100));
}

/// Notes, per key, which version must come next at the latest.
struct Watch {
    next: Mutex<HashMap<String, usize>>,
    overtaken: Mutex<Vec<String>>,
    random: Mutex<fastrand::Rng>,
}

impl Watch {
    /// Fails at a record now and then.
    fn handle(&self, event: &Event) -> Result<Vec<String>, &'static str> {
        for record in &event.records {
            match self.random.lock().unwrap().u32(..100) {
                0..5 => return Err("thrown"),
                5..15 => return Ok(vec![number(record)]),
                15..17 => return Ok(vec![String::new()]),
                _ => self.see(&name(record)),
            }
        }
        Ok(vec![])
    }

    fn see(&self, name: &str) {
        let (key, version) = name.split_once('/').unwrap();
        let version: usize = version.parse().unwrap();
        let mut next = self.next.lock().unwrap();
        let next = next.entry(key.to_owned()).or_default();
        if version > *next {
            self.overtaken.lock().unwrap().push(format!("{name} came before {next}"));
        }
        *next = (*next).max(version + 1);
    }
}

/// Crashes, failures and duplicates, all by one seed: records come more than once, and none is
/// lost or comes before an earlier one of its key.
#[tokio::test]
async fn no_record_is_lost_or_overtaken_whatever_goes_wrong() {
    for seed in 0..6 {
        let engine = engine_with_table().await;
        let random = Mutex::new(fastrand::Rng::with_seed(seed));
        let watch = Watch { next: Mutex::default(), overtaken: Mutex::default(), random };
        let watch = Arc::new(watch);
        let run = || {
            let watch = Arc::clone(&watch);
            let chaos = Chaos { duplicate_per_mille: 200, seed, ..Chaos::default() };
            let mapping = Mapping { parallelization: 3, batch_size: 7, chaos, ..mapping() };
            let mapping = Mapping { max_attempts: u32::MAX, ..mapping };
            start(&engine, mapping, move |event, _| watch.handle(event)).0
        };
        for round in 0..8 {
            let crashing = run();
            for key in 0..5 {
                put_versions(&engine, key, round * 5..(round + 1) * 5).await;
            }
            drop(crashing);
        }
        let last = run();
        idle(&last).await;
        let next = watch.next.lock().unwrap();
        assert!(next.len() == 5 && next.values().all(|next| *next == 40), "seed {seed}: {next:?}");
        assert!(watch.overtaken.lock().unwrap().is_empty(), "seed {seed}: {:?}", watch.overtaken);
    }
}

async fn put_versions(engine: &Engine, key: u32, versions: std::ops::Range<u32>) {
    for version in versions {
        put(&engine.dynamodb(), &format!("task-{key}"), &format!("{version:04}")).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn shards_on_several_threads_handle_every_record_once() {
    let engine = engine_with_table().await;
    let (runner, calls) = start(&engine, Mapping { parallelization: 4, ..mapping() }, all_well);
    let writers = (0..8).map(|key| {
        let engine = engine.clone();
        tokio::spawn(async move { put_versions(&engine, key, 0..25).await })
    });
    for written in futures::future::join_all(writers).await {
        written.unwrap();
    }
    idle(&runner).await;
    let mut names = calls.lock().unwrap().concat();
    names.sort_unstable();
    names.dedup();
    assert_eq!((names.len(), runner.metrics().delivered), (200, 200));
}
