//! Queues through the SDK, and what takes their messages.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};
use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use engine::mapping::Chaos;
use engine::queue::{Consumer, Queue, Queues, Runner};
use engine::{Durability, Engine, Fault, Faults};

fn jobs() -> Vec<Queue> {
    vec![Queue::new("jobs").dead_letter("dead", 3), Queue::new("dead")]
}

async fn queues() -> Queues {
    Queues::open(Engine::memory().unwrap(), jobs()).await.unwrap()
}

async fn send(queues: &Queues, body: &str) {
    let send = queues.client().send_message().queue_url(Queues::url("jobs"));
    send.message_body(body).send().await.unwrap();
}

fn bodies(event: &SqsEvent) -> Vec<String> {
    event.records.iter().map(|record| record.body.clone().unwrap()).collect()
}

/// What a handler was called with.
type Seen = Arc<Mutex<Vec<Vec<String>>>>;

fn soon(consumer: Consumer) -> Consumer {
    Consumer { backoff: Duration::from_millis(1), ..consumer }
}

/// Starts a handler that notes its batches and answers what `answer` says of each.
fn start(
    queues: &Queues,
    consumer: Consumer,
    answer: impl Fn(&SqsEvent) -> Result<SqsBatchResponse, String> + Send + Sync + 'static,
) -> (Runner, Seen) {
    let seen = Seen::default();
    let noted = seen.clone();
    let runner = Runner::start(queues.clone(), consumer, move |event| {
        noted.lock().unwrap().push(bodies(&event));
        let answer = answer(&event);
        async move { answer }
    });
    (runner, seen)
}

fn failing(event: &SqsEvent, body: &str) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    for record in event.records.iter().filter(|record| record.body.as_deref() == Some(body)) {
        let mut failure = BatchItemFailure::default();
        failure.item_identifier = record.message_id.clone().unwrap();
        response.batch_item_failures.push(failure);
    }
    response
}

#[tokio::test]
async fn messages_come_in_batches_and_are_gone_when_they_are_handled() {
    let queues = queues().await;
    for body in ["one", "two", "three"] {
        send(&queues, body).await;
    }
    let consumer = Consumer { batch_size: 2, concurrency: 1, ..Consumer::new("jobs") };
    let (runner, seen) = start(&queues, consumer, |_| Ok(SqsBatchResponse::default()));
    runner.idle().await;
    assert_eq!(*seen.lock().unwrap(), [vec!["one", "two"], vec!["three"]]);
    assert!(queues.waiting("jobs").await.is_empty());
    assert_eq!((runner.metrics().invocations, runner.metrics().delivered), (2, 3));
    runner.stop().await;
}

#[tokio::test]
async fn of_a_batch_only_what_is_reported_comes_again() {
    let queues = queues().await;
    for body in ["one", "two"] {
        send(&queues, body).await;
    }
    let times = AtomicU32::new(0);
    let consumer = Consumer { batch_size: 2, concurrency: 1, ..Consumer::new("jobs") };
    let (runner, seen) = start(&queues, soon(consumer), move |event| {
        let first = times.fetch_add(1, Ordering::SeqCst) == 0;
        Ok(if first { failing(event, "two") } else { SqsBatchResponse::default() })
    });
    runner.idle().await;
    assert_eq!(*seen.lock().unwrap(), [vec!["one", "two"], vec!["two"]]);
}

#[tokio::test]
async fn a_message_that_keeps_failing_goes_to_the_dead_letters() {
    let queues = queues().await;
    send(&queues, "poison").await;
    let (runner, seen) = start(&queues, soon(Consumer::new("jobs")), |event| {
        let receives = &event.records[0].attributes["ApproximateReceiveCount"];
        match receives.as_str() {
            "1" => Err("an error".to_owned()),
            "2" => panic!("a panic"),
            _ => Ok(failing(event, "poison")),
        }
    });
    runner.idle().await;
    assert_eq!(seen.lock().unwrap().len(), 3);
    let dead = queues.waiting("dead").await;
    assert_eq!((dead.len(), dead[0].body.as_str(), dead[0].receives), (1, "poison", 3));
    assert_eq!((runner.metrics().dead, runner.metrics().failed), (1, 3));
}

#[tokio::test]
async fn a_report_of_a_message_that_was_not_there_repeats_the_batch() {
    let queues = queues().await;
    send(&queues, "one").await;
    let times = AtomicU32::new(0);
    let (runner, seen) = start(&queues, soon(Consumer::new("jobs")), move |_| {
        let mut response = SqsBatchResponse::default();
        if times.fetch_add(1, Ordering::SeqCst) == 0 {
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = "somebody".to_owned();
            response.batch_item_failures.push(failure);
        }
        Ok(response)
    });
    runner.idle().await;
    assert_eq!(seen.lock().unwrap().len(), 2);
}

/// A kill in the middle of a call, and another process on the same file.
#[tokio::test]
async fn a_message_survives_the_end_of_the_process_with_its_count() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("annals.db");
    {
        let engine = Engine::open(&file, Durability::Normal).unwrap();
        let queues = Queues::open(engine, jobs()).await.unwrap();
        send(&queues, "a job").await;
        let started = Arc::new(tokio::sync::Notify::new());
        let told = started.clone();
        let runner = Runner::start(queues.clone(), Consumer::new("jobs"), move |_event| {
            told.notify_one();
            std::future::pending::<Result<SqsBatchResponse, String>>()
        });
        started.notified().await;
        drop(runner);
    }
    let engine = Engine::open(&file, Durability::Normal).unwrap();
    let queues = Queues::open(engine, jobs()).await.unwrap();
    assert_eq!(queues.waiting("jobs").await[0].receives, 1);
    send(&queues, "a later job").await;
    let consumer = Consumer { concurrency: 1, ..Consumer::new("jobs") };
    let (runner, seen) = start(&queues, consumer, |_| Ok(SqsBatchResponse::default()));
    runner.idle().await;
    assert_eq!(*seen.lock().unwrap(), [["a job"], ["a later job"]]);
    runner.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_takes_too_long_is_not_the_only_one() {
    let queues = queues().await;
    send(&queues, "slow").await;
    let calls = Arc::new(AtomicU32::new(0));
    let counted = calls.clone();
    let visibility = Duration::from_secs(30);
    let consumer = Consumer { visibility, ..Consumer::new("jobs") };
    let _runner = Runner::start(queues.clone(), consumer, move |_event| {
        let first = counted.fetch_add(1, Ordering::SeqCst) == 0;
        async move {
            if first {
                std::future::pending::<()>().await;
            }
            Ok::<_, String>(SqsBatchResponse::default())
        }
    });
    let begun = tokio::time::Instant::now();
    while calls.load(Ordering::SeqCst) < 2 {
        tokio::time::advance(Duration::from_millis(500)).await;
        tokio::task::yield_now().await;
    }
    assert!(begun.elapsed() >= visibility, "it came again after {:?}", begun.elapsed());
}

#[tokio::test]
async fn chaos_delivers_a_batch_once_more() {
    let queues = queues().await;
    let chaos = Chaos { duplicate_per_mille: 1000, ..Chaos::default() };
    send(&queues, "twice").await;
    let consumer = Consumer { chaos, ..Consumer::new("jobs") };
    let (runner, seen) = start(&queues, consumer, |_| Ok(SqsBatchResponse::default()));
    runner.idle().await;
    assert_eq!(*seen.lock().unwrap(), [["twice"], ["twice"]]);
    assert_eq!(runner.metrics().duplicated, 1);
}

#[tokio::test]
async fn what_no_queue_takes_is_refused() {
    let queues = queues().await;
    let client = queues.client();
    let unknown = client.send_message().queue_url(Queues::url("others")).message_body("x");
    let error = unknown.send().await.unwrap_err();
    assert_eq!(error.code(), Some("QueueDoesNotExist"));
    let large = "x".repeat(256 * 1024 + 1);
    let to_jobs = || client.send_message().queue_url(Queues::url("jobs"));
    for refused in [to_jobs().message_body(large), to_jobs().message_body("x").delay_seconds(901)] {
        assert_eq!(refused.send().await.unwrap_err().code(), Some("InvalidParameterValue"));
    }
    let entry = |id: usize| {
        let entry = SendMessageBatchRequestEntry::builder().id(id.to_string());
        entry.message_body(format!("message {id}")).build().unwrap()
    };
    let batch = |count| {
        let entries = (0..count).map(entry).collect();
        client.send_message_batch().queue_url(Queues::url("jobs")).set_entries(Some(entries))
    };
    let error = batch(11).send().await.unwrap_err();
    assert_eq!(error.code(), Some("TooManyEntriesInBatchRequest"));
    assert!(queues.waiting("jobs").await.is_empty());
}

#[tokio::test]
async fn a_batch_can_be_taken_in_part() {
    let queues = queues().await;
    let faults = Faults::new(|_| Fault::Unprocessed);
    let entry = |id: &str| {
        let entry = SendMessageBatchRequestEntry::builder().id(id);
        entry.message_body(id).build().unwrap()
    };
    let batch = queues.client_with(faults).send_message_batch().queue_url(Queues::url("jobs"));
    let sent = batch.entries(entry("a")).entries(entry("b")).send().await.unwrap();
    assert_eq!((sent.successful().len(), sent.failed().len()), (1, 1));
    assert_eq!(sent.failed()[0].id(), "a");
    let waiting = queues.waiting("jobs").await;
    assert_eq!(waiting.iter().map(|waiting| waiting.body.as_str()).collect::<Vec<_>>(), ["b"]);
}

#[tokio::test(start_paused = true)]
async fn a_delayed_message_waits() {
    let queues = queues().await;
    let send = queues.client().send_message().queue_url(Queues::url("jobs"));
    send.message_body("later").delay_seconds(60).send().await.unwrap();
    let (runner, _) = start(&queues, Consumer::new("jobs"), |_| Ok(SqsBatchResponse::default()));
    let begun = tokio::time::Instant::now();
    runner.idle().await;
    assert!(begun.elapsed() >= Duration::from_secs(59), "{:?}", begun.elapsed());
}
