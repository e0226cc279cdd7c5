//! One virtual shard: makes batches, calls the handler, and tries again what failed.

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_lambda_events::streams::DynamoDbEventResponse;
use futures::FutureExt;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, timeout_at};

use super::chaos::Disturbance;
use super::progress::{Counters, Progress, count};
use super::reader::sequence_number;
use super::{Cause, Deliver, FailedBatch, Mapping};
use crate::database::{Engine, message_of};

/// A batch holds at most the payload of one synchronous invocation, 6 MB (Lambda API reference,
/// `BatchSize`, read 2026-11-22).
const MAX_BATCH_BYTES: i64 = 6 * 1024 * 1024;

/// The wait between attempts doubles so often.
const MAX_DOUBLINGS: u32 = 6;

pub(super) type Handler = Deliver<Event, Result<DynamoDbEventResponse, String>>;

pub(super) struct Delivery {
    pub(super) engine: Engine,
    pub(super) mapping: Arc<Mapping>,
    pub(super) handler: Handler,
    pub(super) progress: Arc<Progress>,
    pub(super) counters: Arc<Counters>,
    pub(super) stop: watch::Receiver<bool>,
}

/// Records to deliver, and how often the first of them was tried in vain.
struct Batch {
    records: Vec<EventRecord>,
    attempts: u32,
}

/// What one call of the handler came to.
enum Outcome {
    Handled,
    /// The records before this sequence number were handled.
    FailedFrom(String),
    Failed(Cause),
}

impl Delivery {
    /// Delivers what comes into the inbox, until the reader has ended or all shall stop.
    pub(super) async fn run(mut self, shard: usize, inbox: mpsc::UnboundedReceiver<EventRecord>) {
        let mut inbox = Inbox { receiver: inbox, waiting: VecDeque::new() };
        let mut chaos = Disturbance::new(&self.mapping.chaos, shard);
        let mut stop = self.stop.clone();
        loop {
            let batch = tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => return,
                batch = inbox.next_batch(self.mapping.batch_size, self.mapping.window) => batch,
            };
            let Some(records) = batch else { return };
            let records = self.disturb(records, &mut chaos).await;
            self.deliver(records, &mut chaos).await;
        }
    }

    async fn disturb(
        &self,
        mut records: Vec<EventRecord>,
        chaos: &mut Disturbance,
    ) -> Vec<EventRecord> {
        let dropped = chaos.drop_some(&mut records);
        count(&self.counters.dropped, dropped.len());
        self.handled(&dropped);
        count(&self.counters.reordered, chaos.reorder_some(&mut records));
        let delay = chaos.delay();
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        records
    }

    /// Calls the handler until every record is handled or given up, or all shall stop.
    async fn deliver(&mut self, records: Vec<EventRecord>, chaos: &mut Disturbance) {
        let mut batches = vec![Batch { records, attempts: 0 }];
        while let Some(mut batch) = batches.pop() {
            self.give_up_the_old(&mut batch).await;
            if batch.records.is_empty() {
                continue;
            }
            let outcome = self.invoke(&batch.records).await;
            let cause = match outcome {
                Outcome::Handled => {
                    count(&self.counters.delivered, batch.records.len());
                    self.handled(&batch.records);
                    self.maybe_again(&batch.records, chaos).await;
                    continue;
                }
                Outcome::FailedFrom(lowest) => {
                    self.handle_before(&mut batch, &lowest);
                    Cause::ItemFailures
                }
                Outcome::Failed(Cause::Error(_) | Cause::Panic(_))
                    if self.mapping.bisect && batch.records.len() > 1 =>
                {
                    let second = batch.records.split_off(batch.records.len() / 2);
                    batches.push(Batch { records: second, attempts: batch.attempts });
                    batches.push(batch);
                    count(&self.counters.retried, 1);
                    continue;
                }
                Outcome::Failed(cause) => cause,
            };
            batch.attempts += 1;
            if batch.attempts >= self.mapping.max_attempts {
                self.give_up(batch.records, batch.attempts, cause).await;
            } else if self.wait_before_attempt(batch.attempts).await {
                count(&self.counters.retried, 1);
                batches.push(batch);
            } else {
                return;
            }
        }
    }

    async fn invoke(&self, records: &[EventRecord]) -> Outcome {
        count(&self.counters.invocations, 1);
        let mut event = Event::default();
        event.records = records.to_vec();
        let call = async { (self.handler)(event).await };
        match AssertUnwindSafe(call).catch_unwind().await {
            Ok(Ok(response)) => outcome_of(&response, records),
            Ok(Err(error)) => Outcome::Failed(Cause::Error(error)),
            Err(panic) => Outcome::Failed(Cause::Panic(message_of(panic.as_ref()))),
        }
    }

    /// The records before the lowest failed one are done, and the rest has its own count of
    /// attempts.
    fn handle_before(&self, batch: &mut Batch, lowest: &str) {
        let (handled, rest): (Vec<_>, Vec<_>) =
            batch.records.drain(..).partition(|record| sequence_number(record) < lowest);
        if !handled.is_empty() {
            batch.attempts = 0;
        }
        count(&self.counters.delivered, handled.len());
        self.handled(&handled);
        batch.records = rest;
    }

    async fn maybe_again(&self, records: &[EventRecord], chaos: &mut Disturbance) {
        if chaos.duplicates() {
            count(&self.counters.duplicated, 1);
            if let Outcome::Failed(cause) = self.invoke(records).await {
                tracing::debug!(?cause, "the second delivery of a handled batch failed");
            }
        }
    }

    async fn give_up_the_old(&self, batch: &mut Batch) {
        let Some(max_age) = self.mapping.max_age else { return };
        let now_s = i64::try_from(self.engine.core.clock.now_unix_secs()).unwrap_or(i64::MAX);
        let max_age_s = i64::try_from(max_age.as_secs()).unwrap_or(i64::MAX);
        let oldest_s = now_s.saturating_sub(max_age_s);
        let (old, young): (Vec<_>, Vec<_>) = batch.records.drain(..).partition(|record| {
            record.change.approximate_creation_date_time.timestamp() < oldest_s
        });
        batch.records = young;
        if !old.is_empty() {
            self.give_up(old, batch.attempts, Cause::TooOld).await;
        }
    }

    async fn give_up(&self, records: Vec<EventRecord>, attempts: u32, cause: Cause) {
        let numbers = || records.iter().map(|record| sequence_number(record).to_owned());
        let (first, last) = (numbers().min(), numbers().max());
        let failed = FailedBatch {
            mapping: self.mapping.name.clone(),
            table: self.mapping.table.clone(),
            first_sequence_number: first.unwrap_or_default(),
            last_sequence_number: last.unwrap_or_default(),
            attempts,
            cause,
            records: records.clone(),
        };
        let kept = async { (self.mapping.on_failure.0)(failed).await };
        if AssertUnwindSafe(kept).catch_unwind().await.is_err() {
            tracing::error!(mapping = self.mapping.name, "the destination of failures panicked");
        }
        count(&self.counters.failed, records.len());
        self.handled(&records);
    }

    fn handled(&self, records: &[EventRecord]) {
        self.progress.handled(records.iter().map(sequence_number));
    }

    /// Waits longer from attempt to attempt; false when all shall stop instead.
    async fn wait_before_attempt(&mut self, attempts: u32) -> bool {
        let doublings = attempts.saturating_sub(1).min(MAX_DOUBLINGS);
        let wait = self.mapping.backoff.saturating_mul(1 << doublings);
        tokio::select! {
            biased;
            _ = self.stop.wait_for(|stop| *stop) => false,
            () = tokio::time::sleep(wait) => true,
        }
    }
}

fn outcome_of(response: &DynamoDbEventResponse, records: &[EventRecord]) -> Outcome {
    let failures = &response.batch_item_failures;
    let known = |id: &&str| records.iter().any(|record| sequence_number(record) == *id);
    let numbers: Vec<&str> =
        failures.iter().filter_map(|item| item.item_identifier.as_deref()).filter(known).collect();
    if numbers.len() < failures.len() {
        return Outcome::Failed(Cause::ItemFailures);
    }
    match numbers.iter().min() {
        Some(lowest) => Outcome::FailedFrom((*lowest).to_owned()),
        None => Outcome::Handled,
    }
}

/// The records that wait for a shard.
struct Inbox {
    receiver: mpsc::UnboundedReceiver<EventRecord>,
    waiting: VecDeque<EventRecord>,
}

impl Inbox {
    /// The next records, at least one; `None` when there will be no more. Dropping the future loses
    /// none.
    async fn next_batch(&mut self, size: usize, window: Duration) -> Option<Vec<EventRecord>> {
        if self.waiting.is_empty() {
            let first = self.receiver.recv().await?;
            self.waiting.push_back(first);
        }
        let deadline = Instant::now() + window;
        while self.waiting.len() < size {
            if let Ok(record) = self.receiver.try_recv() {
                self.waiting.push_back(record);
            } else if window.is_zero() {
                break;
            } else if let Ok(Some(record)) = timeout_at(deadline, self.receiver.recv()).await {
                self.waiting.push_back(record);
            } else {
                break;
            }
        }
        let take = self.fitting(size.max(1));
        Some(self.waiting.drain(..take).collect())
    }

    /// How many of the waiting records fit into one call: at least one.
    fn fitting(&self, size: usize) -> usize {
        let mut bytes = 0;
        let sizes = self.waiting.iter().take(size).map(|record| record.change.size_bytes);
        sizes
            .take_while(|record_bytes| {
                bytes += record_bytes;
                bytes <= MAX_BATCH_BYTES
            })
            .count()
            .max(1)
    }
}
