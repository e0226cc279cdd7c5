//! The local SQS, and what Lambda does between a queue and a function.
//!
//! [`Queues`] takes messages through the real SDK client and keeps them in the engine's database, so
//! that a job survives whatever happens to the process. A [`Runner`] calls one handler with them, as
//! Lambda would with `ReportBatchItemFailures`:
//! - Each message comes at least once, in no promised order. What the handler does not report as
//!   failed is deleted; a reported one comes again, and so does the whole batch when the handler
//!   fails, panics, or reports an empty or unknown item.
//! - While the handler works, its messages are hidden for [`Consumer::visibility`]; if it takes
//!   longer, somebody else gets them too.
//! - A message that has been received [`Queue::max_receives`] times and would come again goes to the
//!   dead-letter queue instead. How often it was received is on the disk before it is delivered.
//!
//! ```
//! use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
//! use engine::Engine;
//! use engine::queue::{Consumer, Queue, Queues, Runner};
//!
//! async fn work(event: SqsEvent) -> Result<SqsBatchResponse, std::io::Error> {
//!     assert_eq!(event.records[0].body.as_deref(), Some("a job"));
//!     Ok(SqsBatchResponse::default())
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
//! let queues = Queues::open(Engine::memory()?, vec![Queue::new("jobs")]).await?;
//! let runner = Runner::start(queues.clone(), Consumer::new("jobs"), work);
//! let send = queues.client().send_message().queue_url(Queues::url("jobs"));
//! send.message_body("a job").send().await.unwrap();
//! runner.idle().await;
//! assert_eq!(runner.metrics().delivered, 1);
//! runner.stop().await;
//! # Ok::<(), engine::EngineError>(()) }).unwrap();
//! ```
//!
//! What it does not do as AWS does:
//! - It answers `SendMessage` and `SendMessageBatch` only: nobody but runners receives.
//! - A message that failed comes again after [`Consumer::backoff`], not after what is left of its
//!   visibility. One whose process died comes again as soon as the next process starts.
//! - Messages do not grow too old, and have no attributes, groups or checksums.

mod delivery;
mod kept;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use futures::FutureExt;
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::{Mutex, watch};
use tokio::task::JoinSet;

use crate::connector::{self, Answer, Asked, Service};
use crate::database::{Engine, EngineError};
use crate::faults::{Fault, Faults};
use crate::mapping::Chaos;
use delivery::{Counters, Delivery, Handler};
use kept::{Kept, Message};

/// The largest message: SQS takes 1 MiB (SQS quotas, read 2026-11-24); we design for what it always
/// took.
const MESSAGE_MAX_BYTES: usize = 256 * 1024;
/// Messages in one call of `SendMessageBatch` at most, as SQS has it.
const BATCH_MAX: usize = 10;
/// The longest delay of a message, as SQS has it.
const DELAY_MAX_S: u64 = 900;

/// A queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Its name.
    pub name: String,
    /// How often a message is received before it goes to the dead-letter queue. Default 3.
    pub max_receives: u32,
    /// Where it goes then. Default `None`: it is received again and again.
    pub dead_letter: Option<String>,
}

impl Queue {
    /// A queue with the defaults of each field.
    pub fn new(name: impl Into<String>) -> Queue {
        Queue { name: name.into(), max_receives: 3, dead_letter: None }
    }

    /// The same queue with another one behind it, which takes what was received `max_receives` times.
    #[must_use]
    pub fn dead_letter(self, name: impl Into<String>, max_receives: u32) -> Queue {
        Queue { max_receives, dead_letter: Some(name.into()), ..self }
    }
}

/// Queues whose messages are kept in the engine's database. Cheap to clone; all clones and clients
/// share the messages. Memory holds them too, so they should be orders, not data.
#[derive(Clone)]
pub struct Queues {
    shared: Arc<Shared>,
}

struct Shared {
    engine: Engine,
    queues: Vec<Queue>,
    kept: Mutex<Kept>,
    /// Counts what changes, for those who wait.
    changes: watch::Sender<u64>,
}

impl fmt::Debug for Queues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queues").field("queues", &self.shared.queues).finish_non_exhaustive()
    }
}

/// A message that waits, for whoever looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its id; the sender got it in the answer.
    pub id: String,
    /// What it says.
    pub body: String,
    /// How often it was received.
    pub receives: u32,
}

impl Queues {
    /// The queues of that list, with the messages that an earlier process left in them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open(engine: Engine, queues: Vec<Queue>) -> Result<Queues, EngineError> {
        let kept = Mutex::new(Kept::load(&engine).await?);
        let changes = watch::Sender::new(0);
        Ok(Queues { shared: Arc::new(Shared { engine, queues, kept, changes }) })
    }

    /// A queue's URL, as the client wants it.
    pub fn url(name: &str) -> String {
        format!("http://queues.local/000000000000/{name}")
    }

    /// A real SDK client. It needs a tokio runtime with time enabled, for the SDK's retries.
    pub fn client(&self) -> aws_sdk_sqs::Client {
        self.client_with(Faults::none())
    }

    /// As [`Queues::client`], with `faults` on the way. [`Fault::Unprocessed`] lets every second
    /// message of a batch fail, beginning with the first.
    pub fn client_with(&self, faults: Faults) -> aws_sdk_sqs::Client {
        connector::sqs_client(self.clone(), faults)
    }

    /// The messages that are in a queue, delivered ones included, in the order in which they came.
    pub async fn waiting(&self, queue: &str) -> Vec<Waiting> {
        let kept = self.shared.kept.lock().await;
        let waiting = |message: &Message| Waiting {
            id: message.id.clone(),
            body: message.body.clone(),
            receives: message.receives,
        };
        kept.of(queue).map(waiting).collect()
    }

    fn queue(&self, name: &str) -> Option<&Queue> {
        self.shared.queues.iter().find(|queue| queue.name == name)
    }

    fn changed(&self) {
        self.shared.changes.send_modify(|count| *count += 1);
    }

    /// Keeps a message; its id.
    async fn send(
        &self,
        queue: &str,
        body: String,
        delay: Duration,
    ) -> Result<String, EngineError> {
        let id = self.shared.kept.lock().await.add(&self.shared.engine, queue, body, delay).await?;
        self.changed();
        Ok(id)
    }

    async fn execute(&self, operation: &str, asked: &Asked, health: Health) -> Answer {
        match operation {
            "SendMessage" => self.send_message(&asked.body).await,
            "SendMessageBatch" => self.send_batch(&asked.body, health).await,
            other => refused("com.amazonaws.sqs#UnsupportedOperation", other),
        }
    }

    async fn send_message(&self, body: &[u8]) -> Answer {
        let sent: SendMessage = match serde_json::from_slice(body) {
            Ok(sent) => sent,
            Err(error) => return refused("SerializationException", &error.to_string()),
        };
        let Some(queue) = self.queue_of(&sent.queue_url) else { return no_queue() };
        if let Err((code, message)) = sent.entry.check() {
            return refused(&format!("com.amazonaws.sqs#{code}"), &message);
        }
        let Entry { message_body, delay_seconds, .. } = sent.entry;
        match self.send(queue, message_body, Duration::from_secs(delay_seconds)).await {
            Ok(id) => Answer::ok(json!({ "MessageId": id }).to_string()),
            Err(error) => Answer::error(500, "com.amazonaws.sqs#InternalError", &error.to_string()),
        }
    }

    async fn send_batch(&self, body: &[u8], health: Health) -> Answer {
        let sent: SendMessageBatch = match serde_json::from_slice(body) {
            Ok(sent) => sent,
            Err(error) => return refused("SerializationException", &error.to_string()),
        };
        let Some(queue) = self.queue_of(&sent.queue_url) else { return no_queue() };
        if sent.entries.is_empty() {
            return refused("com.amazonaws.sqs#EmptyBatchRequest", "There is no entry.");
        }
        if sent.entries.len() > BATCH_MAX {
            let message = "Maximum number of entries per request are 10.";
            return refused("com.amazonaws.sqs#TooManyEntriesInBatchRequest", message);
        }
        let (mut done, mut failed) = (Vec::new(), Vec::new());
        for (number, entry) in sent.entries.into_iter().enumerate() {
            let id = entry.id.clone();
            match self.send_entry(queue, entry, health, number).await {
                Ok(message) => done.push(json!({ "Id": id, "MessageId": message })),
                Err((code, message, sender)) => failed.push(
                    json!({ "Id": id, "Code": code, "Message": message, "SenderFault": sender }),
                ),
            }
        }
        Answer::ok(json!({ "Successful": done, "Failed": failed }).to_string())
    }

    async fn send_entry(
        &self,
        queue: &str,
        entry: Entry,
        health: Health,
        number: usize,
    ) -> Result<String, (&'static str, String, bool)> {
        if health == Health::Ailing && number.is_multiple_of(2) {
            return Err(("InternalError", "Internal failure".to_owned(), false));
        }
        entry.check().map_err(|(code, message)| (code, message, true))?;
        let delay = Duration::from_secs(entry.delay_seconds);
        let sent = self.send(queue, entry.message_body, delay).await;
        sent.map_err(|error| ("InternalError", error.to_string(), false))
    }

    /// The name of the queue with that URL.
    fn queue_of(&self, url: &str) -> Option<&str> {
        let found = self.shared.queues.iter().find(|queue| Self::url(&queue.name) == url);
        found.map(|queue| queue.name.as_str())
    }
}

impl Service for Queues {
    fn answer<'a>(&'a self, operation: &'a str, asked: Asked) -> BoxFuture<'a, Answer> {
        async move { self.execute(operation, &asked, Health::Well).await }.boxed()
    }

    fn refusal(&self, fault: Fault, _operation: &str, _asked: &Asked) -> Option<Answer> {
        (fault == Fault::Throttle)
            .then(|| refused("com.amazonaws.sqs#RequestThrottled", "Rate exceeded"))
    }

    fn answer_partly<'a>(&'a self, operation: &'a str, asked: Asked) -> BoxFuture<'a, Answer> {
        async move { self.execute(operation, &asked, Health::Ailing).await }.boxed()
    }
}

/// Whether all good entries of a batch are taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Health {
    Well,
    /// [`Fault::Unprocessed`]: every second entry fails.
    Ailing,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendMessage {
    queue_url: String,
    #[serde(flatten)]
    entry: Entry,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendMessageBatch {
    queue_url: String,
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    #[serde(default)]
    id: String,
    message_body: String,
    #[serde(default)]
    delay_seconds: u64,
}

impl Entry {
    fn check(&self) -> Result<(), (&'static str, String)> {
        if self.message_body.is_empty() || self.message_body.len() > MESSAGE_MAX_BYTES {
            let message = format!("A message must have 1 to {MESSAGE_MAX_BYTES} bytes.");
            return Err(("InvalidParameterValue", message));
        }
        if self.delay_seconds > DELAY_MAX_S {
            let message = format!("A delay is at most {DELAY_MAX_S} seconds.");
            return Err(("InvalidParameterValue", message));
        }
        Ok(())
    }
}

fn refused(kind: &str, message: &str) -> Answer {
    Answer::error(400, kind, message)
}

fn no_queue() -> Answer {
    refused("com.amazonaws.sqs#QueueDoesNotExist", "The specified queue does not exist.")
}

/// Who takes a queue's messages: the settings of a mapping, named as Lambda names them where it has
/// the setting.
#[derive(Clone, Debug)]
pub struct Consumer {
    /// The queue.
    pub queue: String,
    /// Messages in one call of the handler at most. Default 1.
    pub batch_size: usize,
    /// How many calls run side by side (Lambda's `MaximumConcurrency`). Default 2.
    pub concurrency: usize,
    /// How long a message that was received is hidden from others. Default 5 minutes.
    pub visibility: Duration,
    /// The wait before a message that failed comes again; it doubles with each time, up to 64 times
    /// itself. Default 20 ms.
    pub backoff: Duration,
    /// Faults for tests: batches that are delivered once more, and delays. A queue loses nothing, so
    /// what is dropped is only late. Default: none.
    pub chaos: Chaos,
}

impl Consumer {
    /// A consumer with the defaults of each field.
    pub fn new(queue: impl Into<String>) -> Consumer {
        Consumer {
            queue: queue.into(),
            batch_size: 1,
            concurrency: 2,
            visibility: Duration::from_mins(5),
            backoff: Duration::from_millis(20),
            chaos: Chaos::default(),
        }
    }
}

/// What a runner has done since it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Metrics {
    /// Calls of the handler.
    pub invocations: u64,
    /// Messages that were handled.
    pub delivered: u64,
    /// Messages that failed and come again.
    pub failed: u64,
    /// Messages that went to the dead-letter queue.
    pub dead: u64,
    /// Batches that chaos delivered again.
    pub duplicated: u64,
}

/// A running consumer. Dropping it ends it as a crash would: in the middle of a call.
/// [`Runner::stop`] ends it in order.
#[derive(Debug)]
pub struct Runner {
    queues: Queues,
    queue: String,
    counters: Arc<Counters>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Runner {
    /// Starts calling `handler` with the messages of the consumer's queue. Must be called inside a
    /// tokio runtime with time enabled.
    pub fn start<H, F, E>(queues: Queues, consumer: Consumer, handler: H) -> Runner
    where
        H: Fn(SqsEvent) -> F + Send + Sync + 'static,
        F: Future<Output = Result<SqsBatchResponse, E>> + Send + 'static,
        E: fmt::Display,
    {
        let handler: Handler = Arc::new(move |event| {
            let answer = handler(event);
            async move { answer.await.map_err(|error| error.to_string()) }.boxed()
        });
        let counters = Arc::new(Counters::default());
        let stop = watch::Sender::new(false);
        let queue = consumer.queue.clone();
        let consumer = Arc::new(consumer);
        let mut tasks = JoinSet::new();
        for number in 0..consumer.concurrency.max(1) {
            let delivery = Delivery {
                queues: queues.clone(),
                consumer: Arc::clone(&consumer),
                handler: Arc::clone(&handler),
                counters: Arc::clone(&counters),
                stop: stop.subscribe(),
            };
            tasks.spawn(delivery.run(number));
        }
        Runner { queues, queue, counters, stop, tasks }
    }

    /// Waits until the queue is empty: everything was handled or is in the dead-letter queue.
    pub async fn idle(&self) {
        let mut changes = self.queues.shared.changes.subscribe();
        while self.queues.shared.kept.lock().await.of(&self.queue).next().is_some() {
            // The sender is in `self.queues`, so the changes cannot end while this waits.
            if changes.changed().await.is_err() {
                tracing::error!("the queues went away");
                return;
            }
        }
    }

    /// What was done since the start.
    pub fn metrics(&self) -> Metrics {
        self.counters.read()
    }

    /// Lets the calls of the handler that are under way finish, and ends.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        while let Some(ended) = self.tasks.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, queue = self.queue, "a task of a consumer failed");
            }
        }
    }
}

/// The text of a JSON value's member, empty where there is none.
fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
