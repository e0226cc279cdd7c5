//! One call after the other: receives messages, calls the handler, and deletes or hides them.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::watch;
use tokio::time::Instant;

use super::kept::{Kept, Message};
use super::{Consumer, Metrics, Queue, Queues};
use crate::database::{EngineError, message_of};
use crate::mapping::chaos::Disturbance;

/// The wait before a message comes again doubles so often.
const MAX_DOUBLINGS: u32 = 6;
/// Before messages are received again that the database would not give.
const PAUSE: Duration = Duration::from_millis(100);

pub(super) type Handler =
    Arc<dyn Fn(SqsEvent) -> BoxFuture<'static, Result<SqsBatchResponse, String>> + Send + Sync>;

pub(super) struct Delivery {
    pub(super) queues: Queues,
    pub(super) consumer: Arc<Consumer>,
    pub(super) handler: Handler,
    pub(super) counters: Arc<Counters>,
    pub(super) stop: watch::Receiver<bool>,
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    invocations: AtomicU64,
    delivered: AtomicU64,
    failed: AtomicU64,
    dead: AtomicU64,
    duplicated: AtomicU64,
}

impl Counters {
    pub(super) fn read(&self) -> Metrics {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Metrics {
            invocations: read(&self.invocations),
            delivered: read(&self.delivered),
            failed: read(&self.failed),
            dead: read(&self.dead),
            duplicated: read(&self.duplicated),
        }
    }
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl Delivery {
    /// Delivers until told to stop; a call of the handler that is under way then finishes.
    pub(super) async fn run(self, number: usize) {
        let mut chaos = Disturbance::new(&self.consumer.chaos, number);
        let mut stop = self.stop.clone();
        loop {
            let received = tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => return,
                received = self.next_batch() => received,
            };
            match received {
                Ok(batch) => self.deliver(&batch, &mut chaos).await,
                Err(error) => {
                    let queue = &self.consumer.queue;
                    tracing::warn!(%error, queue, "messages cannot be received");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// The next messages, at least one. Dropping the future leaves a message hidden at worst.
    async fn next_batch(&self) -> Result<Vec<Message>, EngineError> {
        let mut changes = self.queues.shared.changes.subscribe();
        loop {
            changes.mark_unchanged();
            let (batch, next) = self.receive().await?;
            if !batch.is_empty() {
                return Ok(batch);
            }
            let until = async {
                match next {
                    Some(next) => tokio::time::sleep_until(next).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = changes.changed() => {}
                () = until => {}
            }
        }
    }

    /// The messages that may come now, or else when the next one may.
    async fn receive(&self) -> Result<(Vec<Message>, Option<Instant>), EngineError> {
        let shared = &self.queues.shared;
        let (engine, name) = (&shared.engine, self.consumer.queue.as_str());
        let mut kept = shared.kept.lock().await;
        let now = Instant::now();
        let (open, hidden): (Vec<Message>, Vec<Message>) =
            kept.of(name).cloned().partition(|message| message.hidden_until <= now);
        let mut batch = Vec::new();
        for message in open {
            if batch.len() >= self.consumer.batch_size.max(1) {
                break;
            }
            if let Some(grave) = self.queues.queue(name).and_then(|queue| grave(queue, &message)) {
                kept.pass_on(engine, name, message.place, grave).await?;
                count(&self.counters.dead);
                self.queues.changed();
                tracing::error!(queue = name, message = message.id, "a message was given up");
                continue;
            }
            let until = now + self.consumer.visibility;
            batch.extend(kept.receive(engine, name, message.place, until).await?);
        }
        Ok((batch, hidden.iter().map(|message| message.hidden_until).min()))
    }

    async fn deliver(&self, batch: &[Message], chaos: &mut Disturbance) {
        let delay = chaos.delay();
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        let failed = self.invoke(batch).await;
        if failed.is_empty() && chaos.duplicates() {
            count(&self.counters.duplicated);
            let again = self.invoke(batch).await;
            tracing::debug!(failed = again.len(), "a batch was delivered once more");
        }
        let mut kept = self.queues.shared.kept.lock().await;
        for message in batch {
            self.settle(&mut kept, message, failed.contains(&message.id)).await;
        }
        drop(kept);
        self.queues.changed();
    }

    /// Deletes a message that was handled, and hides one that was not.
    async fn settle(&self, kept: &mut Kept, message: &Message, failed: bool) {
        let (engine, name) = (&self.queues.shared.engine, self.consumer.queue.as_str());
        let again = Instant::now() + self.backoff(message.receives);
        if failed {
            count(&self.counters.failed);
            kept.hide(name, message.place, again);
        } else if let Err(error) = kept.delete(engine, name, message.place).await {
            // It comes again, as from SQS when a delete gets lost.
            tracing::warn!(%error, queue = name, "a handled message stays");
            kept.hide(name, message.place, again);
        } else {
            count(&self.counters.delivered);
        }
    }

    /// The ids of the messages that failed.
    async fn invoke(&self, batch: &[Message]) -> Vec<String> {
        count(&self.counters.invocations);
        let queue = self.consumer.queue.as_str();
        let mut event = SqsEvent::default();
        event.records = batch.iter().map(|message| record(queue, message)).collect();
        let call = async { (self.handler)(event).await };
        let all = || batch.iter().map(|message| message.id.clone()).collect();
        match AssertUnwindSafe(call).catch_unwind().await {
            Ok(Ok(response)) => {
                let failures = response.batch_item_failures.into_iter();
                let failed: Vec<String> = failures.map(|item| item.item_identifier).collect();
                let known = |id: &String| batch.iter().any(|message| message.id == *id);
                if failed.iter().all(known) { failed } else { all() }
            }
            Ok(Err(error)) => {
                tracing::warn!(error, queue, "the handler of a queue failed");
                all()
            }
            Err(panic) => {
                let message = message_of(panic.as_ref());
                tracing::error!(message, queue, "the handler of a queue panicked");
                all()
            }
        }
    }

    fn backoff(&self, receives: u32) -> Duration {
        self.consumer.backoff.saturating_mul(1 << receives.saturating_sub(1).min(MAX_DOUBLINGS))
    }
}

/// The dead-letter queue, if the message has been received often enough.
fn grave<'a>(queue: &'a Queue, message: &Message) -> Option<&'a str> {
    let done = message.receives >= queue.max_receives;
    queue.dead_letter.as_deref().filter(|_| done)
}

fn record(queue: &str, message: &Message) -> SqsMessage {
    let attributes = [
        ("ApproximateReceiveCount", message.receives.to_string()),
        ("SentTimestamp", message.sent_ms.to_string()),
    ];
    let mut record = SqsMessage::default();
    record.message_id = Some(message.id.clone());
    record.receipt_handle = Some(format!("{}-{}", message.id, message.receives));
    record.body = Some(message.body.clone());
    record.attributes =
        attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    record.event_source = Some("aws:sqs".to_owned());
    record.event_source_arn = Some(format!("arn:aws:sqs:local:000000000000:{queue}"));
    record.aws_region = Some("local".to_owned());
    record
}
