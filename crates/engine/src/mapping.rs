//! An event source mapping: what Lambda does between a DynamoDB stream and a function.
//!
//! A [`Runner`] reads the stream of one table and calls one handler with batches of records, as
//! Lambda would with `ReportBatchItemFailures`:
//! - Records of one partition key come in order, one batch at a time. Keys are spread over virtual
//!   shards ([`Mapping::parallelization`]) that run side by side.
//! - Each record comes at least once. The position is kept in the table `annals-local-checkpoints`
//!   of the same engine; after a restart the mapping goes on there, and repeats at most what its
//!   shards had not all handled.
//! - A handler that reports failed items gets the batch again from the lowest of them; one that
//!   reports an empty or unknown item gets the whole batch again; one that fails or panics gets the
//!   batch again in two halves.
//! - What still fails after [`Mapping::max_attempts`] goes to [`Mapping::on_failure`], and the
//!   shard goes on.
//!
//! ```
//! use aws_lambda_events::{dynamodb::Event, streams::DynamoDbEventResponse};
//! use engine::Engine;
//! use engine::mapping::{Mapping, Runner};
//! # use aws_sdk_dynamodb::types::*;
//!
//! async fn project(event: Event) -> Result<DynamoDbEventResponse, std::io::Error> {
//!     assert_eq!(event.records[0].event_name, "INSERT");
//!     Ok(DynamoDbEventResponse::default())
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
//! let engine = Engine::memory()?;
//! let runner = Runner::start(engine.clone(), Mapping::new("projector", "events"), project);
//! # let stream = StreamSpecification::builder().stream_enabled(true);
//! # let stream = stream.stream_view_type(StreamViewType::NewImage).build().unwrap();
//! # let key = KeySchemaElement::builder().attribute_name("id").key_type(KeyType::Hash);
//! # let id = AttributeDefinition::builder().attribute_name("id");
//! # let id = id.attribute_type(ScalarAttributeType::S).build().unwrap();
//! # let table = engine.dynamodb().create_table().table_name("events").attribute_definitions(id);
//! # let table = table.billing_mode(BillingMode::PayPerRequest).stream_specification(stream);
//! # table.key_schema(key.build().unwrap()).send().await.unwrap();
//!
//! let put = engine.dynamodb().put_item().table_name("events");
//! put.item("id", AttributeValue::S("task-1".into())).send().await.unwrap();
//! runner.idle().await;
//! assert_eq!(runner.metrics().delivered, 1);
//! runner.stop().await?;
//! # Ok::<(), engine::EngineError>(()) }).unwrap();
//! ```

pub(crate) mod chaos;
mod checkpoint;
mod delivery;
mod progress;
mod reader;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_lambda_events::streams::DynamoDbEventResponse;
use futures::FutureExt;
use futures::future::BoxFuture;
use serde::Serialize;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::database::{Engine, EngineError};
use delivery::Delivery;
use progress::{Counters, Progress};

/// The settings of a mapping, named as Lambda names them where it has the setting.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// Names the mapping's checkpoint; two mappings on one stream need two names.
    pub name: String,
    /// The table whose stream is read, from its oldest record (`TRIM_HORIZON`) when there is no
    /// checkpoint.
    pub table: String,
    /// Records in one call of the handler at most; also at most 6 MB. Default 100.
    pub batch_size: usize,
    /// How long a shard waits for a batch to fill. Default 0: never.
    pub window: Duration,
    /// How many virtual shards run side by side. Default 4.
    pub parallelization: usize,
    /// How often a batch is tried, the first time included (Lambda's `MaximumRetryAttempts` plus
    /// one). Default 10.
    pub max_attempts: u32,
    /// Older records go to `on_failure` untried. Lambda takes 60 s to 7 days. Default `None`: no
    /// limit.
    pub max_age: Option<Duration>,
    /// Whether a batch whose handler fails or panics is tried again in two halves, which uses up no
    /// attempt, so that a bad record ends up alone. Default true.
    pub bisect: bool,
    /// The wait before the second attempt; it doubles up to 64 times itself. Default 20 ms.
    pub backoff: Duration,
    /// Where a batch goes that keeps failing. Default: into the log.
    pub on_failure: Destination,
    /// Faults for tests. Default: none.
    pub chaos: Chaos,
}

impl Mapping {
    /// A mapping with the defaults of each field.
    pub fn new(name: impl Into<String>, table: impl Into<String>) -> Mapping {
        Mapping {
            name: name.into(),
            table: table.into(),
            batch_size: 100,
            window: Duration::ZERO,
            parallelization: 4,
            max_attempts: 10,
            max_age: None,
            bisect: true,
            backoff: Duration::from_millis(20),
            on_failure: Destination::log(),
            chaos: Chaos::default(),
        }
    }
}

/// Faults of the stream, for tests. Rates are per thousand; all 0 by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chaos {
    /// Records that are never delivered, though the checkpoint passes them.
    pub drop_per_mille: u32,
    /// Batches that are delivered once more after they were handled; the second answer is ignored.
    pub duplicate_per_mille: u32,
    /// Records that change places with the next of their batch, of the same key or not. AWS never
    /// does that within a key.
    pub reorder_per_mille: u32,
    /// Each batch waits up to so long.
    pub delay: Duration,
    /// Makes two runs over the same batches equal.
    pub seed: u64,
}

/// A batch that was given up.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FailedBatch {
    /// The mapping's name.
    pub mapping: String,
    /// The table whose stream it is from.
    pub table: String,
    /// Of the first record.
    pub first_sequence_number: String,
    /// Of the last record.
    pub last_sequence_number: String,
    /// How often its first record was tried in vain.
    pub attempts: u32,
    /// Why the last attempt failed.
    pub cause: Cause,
    /// The records, in order.
    pub records: Vec<EventRecord>,
}

/// Why a batch was given up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Cause {
    /// The handler returned this error.
    Error(String),
    /// The handler panicked with this message.
    Panic(String),
    /// The handler reported failed items.
    ItemFailures,
    /// The records were older than [`Mapping::max_age`].
    TooOld,
}

type Deliver<I, O> = Arc<dyn Fn(I) -> BoxFuture<'static, O> + Send + Sync>;

/// Where failed batches go. Cheap to clone.
#[derive(Clone)]
pub struct Destination(Deliver<FailedBatch, ()>);

impl Destination {
    /// Calls `deliver` with each failed batch; the shard goes on when it returns. If it cannot keep
    /// the batch, that is its to log: nobody asks again.
    pub fn new<F: Future<Output = ()> + Send + 'static>(
        deliver: impl Fn(FailedBatch) -> F + Send + Sync + 'static,
    ) -> Destination {
        Destination(Arc::new(move |batch| deliver(batch).boxed()))
    }

    /// Logs the failed batch as an error, without its records' content.
    pub fn log() -> Destination {
        Destination::new(|batch| async move {
            tracing::error!(
                mapping = batch.mapping,
                first = batch.first_sequence_number,
                last = batch.last_sequence_number,
                attempts = batch.attempts,
                cause = ?batch.cause,
                "a batch of stream records was given up"
            );
        })
    }
}

impl fmt::Debug for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Destination(..)")
    }
}

/// What a runner has done since it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Metrics {
    /// Calls of the handler.
    pub invocations: u64,
    /// Records that were handled.
    pub delivered: u64,
    /// Calls that were made again because an earlier one failed.
    pub retried: u64,
    /// Records that went to the destination for failures.
    pub failed: u64,
    /// Records that chaos dropped.
    pub dropped: u64,
    /// Batches that chaos delivered again.
    pub duplicated: u64,
    /// Records that chaos moved.
    pub reordered: u64,
}

/// A running mapping. Dropping it ends it as a crash would: in the middle of a batch.
/// [`Runner::stop`] ends it in order.
#[derive(Debug)]
pub struct Runner {
    engine: Engine,
    mapping: Arc<Mapping>,
    progress: Arc<Progress>,
    counters: Arc<Counters>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Runner {
    /// Starts calling `handler` with the stream of the mapping's table; one that does not exist yet
    /// is waited for. A write through this engine wakes it at once, one by another process within a
    /// second.
    ///
    /// Must be called inside a tokio runtime with time enabled.
    pub fn start<H, F, E>(engine: Engine, mapping: Mapping, handler: H) -> Runner
    where
        H: Fn(Event) -> F + Send + Sync + 'static,
        F: Future<Output = Result<DynamoDbEventResponse, E>> + Send + 'static,
        E: fmt::Display,
    {
        let handler: delivery::Handler = Arc::new(move |event| {
            let answer = handler(event);
            async move { answer.await.map_err(|error| error.to_string()) }.boxed()
        });
        let mapping = Arc::new(mapping);
        let (progress, counters) = (Arc::new(Progress::default()), Arc::new(Counters::default()));
        let stop = watch::Sender::new(false);
        let (mut tasks, mut shards) = (JoinSet::new(), Vec::new());
        for number in 0..mapping.parallelization.max(1) {
            let (shard, inbox) = mpsc::unbounded_channel();
            shards.push(shard);
            let delivery = Delivery {
                engine: engine.clone(),
                mapping: Arc::clone(&mapping),
                handler: Arc::clone(&handler),
                progress: Arc::clone(&progress),
                counters: Arc::clone(&counters),
                stop: stop.subscribe(),
            };
            tasks.spawn(delivery.run(number, inbox));
        }
        let reader = reader::Reader {
            engine: engine.clone(),
            mapping: Arc::clone(&mapping),
            progress: Arc::clone(&progress),
            shards,
            stop: stop.subscribe(),
        };
        tasks.spawn(reader.run());
        let (keeper, name) = (engine.clone(), mapping.name.clone());
        tasks.spawn(checkpoint::keep(keeper, name, Arc::clone(&progress), stop.subscribe()));
        Runner { engine, mapping, progress, counters, stop, tasks }
    }

    /// Waits until everything that is in the stream now was handled (or dropped, or given up) and
    /// the checkpoint says so. Never resolves while the table has no stream or the handler does not
    /// return.
    pub async fn idle(&self) {
        let written = *self.engine.core.writes.borrow();
        self.progress.all_handled_since(written).await;
    }

    /// How many records were read and not yet handled. The runner reads at most 10,000 ahead, so
    /// that is the most it says.
    pub fn lag(&self) -> u64 {
        self.progress.lag()
    }

    /// What was done since the start.
    pub fn metrics(&self) -> Metrics {
        self.counters.read()
    }

    /// Lets the calls of the handler that are under way finish, keeps the position, and ends.
    ///
    /// # Errors
    ///
    /// When the position cannot be kept; the next runner then repeats some records.
    pub async fn stop(mut self) -> Result<(), EngineError> {
        self.stop.send_replace(true);
        while let Some(ended) = self.tasks.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, mapping = self.mapping.name, "a task of a mapping failed");
            }
        }
        match self.progress.unsaved() {
            Some(position) => checkpoint::save(&self.engine, &self.mapping.name, &position).await,
            None => Ok(()),
        }
    }
}
