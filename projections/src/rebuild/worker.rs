//! Taking messages: what is done, tried again, or given up.

use super::segment::Received;
use super::{Failed, Rebuilder};
use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use store::{Job, Unchanged, chain};
use tokio::time::Instant;

/// How often a message is tried before its rebuild is given up. The queue behind it gives a message a few
/// receives more, to tell that it was given up.
const TRIES_MAX: u32 = 5;

impl Rebuilder {
    /// Does the work of a batch of messages, each until it is done or `until` is over; then what is left is
    /// handed on by a new message. Reports those that could not go on.
    pub async fn handle(&self, event: SqsEvent, until: Instant) -> SqsBatchResponse {
        let mut response = SqsBatchResponse::default();
        for message in &event.records {
            if !self.handled(message, until).await {
                let mut failure = BatchItemFailure::default();
                failure.item_identifier = message.message_id.clone().unwrap_or_default();
                response.batch_item_failures.push(failure);
            }
        }
        response
    }

    async fn handled(&self, message: &SqsMessage, until: Instant) -> bool {
        let body = message.body.as_deref().unwrap_or_default();
        let Ok(job) = serde_json::from_str::<Job>(body) else {
            tracing::error!(metric = "RebuildUnreadable", "a message to the rebuilder is none");
            return false;
        };
        let receives = message.attributes.get("ApproximateReceiveCount");
        let receives: u32 = receives.and_then(|count| count.parse().ok()).unwrap_or(1);
        if receives > TRIES_MAX {
            return self.gave_up(&job, "it stopped again and again").await;
        }
        let id = message.message_id.as_deref().unwrap_or_default();
        let from = Received { id, again: receives > 1 };
        // On the heap: what a page holds on its way is large.
        match Box::pin(self.work(&job, from, until)).await {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(error = chain(&error), job = body, "a job does not go on");
                receives >= TRIES_MAX && self.gave_up(&job, &error.told()).await
            }
        }
    }

    async fn work(&self, job: &Job, message: Received<'_>, until: Instant) -> Result<(), Failed> {
        match job {
            Job::Segment { rebuild, phase, segment } => {
                self.go_on(rebuild, *phase, *segment, message, until).await
            }
            Job::Clean { view, generation } => self.clean(view, *generation, until).await,
            Job::Retry(order) => {
                if let Some(rest) = self.projector.retry_ordered(order, until).await? {
                    self.queue.send(&Job::Retry(rest)).await?;
                }
                Ok(())
            }
            Job::Reconcile => Ok(self.projector.reconcile().await.map(drop)?),
            Job::Failure { key } => self.drive(key).await,
            Job::Recover => self.recover(until).await,
        }
    }

    /// Gives up what a message is about; whether that is told. Where nothing is waiting to hear of it, the
    /// message goes to the dead letters.
    async fn gave_up(&self, job: &Job, error: &str) -> bool {
        let Job::Segment { rebuild, .. } = job else { return false };
        let id = rebuild.as_str();
        tracing::error!(rebuild = id, error, metric = "RebuildFailed", "a rebuild is given up");
        let now = self.projector.clock.now();
        let store = &self.projector.store;
        let failed = match store.fail_rebuild(rebuild, error, now).await {
            Ok(job) => Ok(Some(job)),
            // An earlier try has, and perhaps nobody was told.
            Err(Unchanged::Ended) => store.rebuild(rebuild).await.map_err(Failed::from),
            Err(Unchanged::Unknown) => Ok(None),
            Err(error) => Err(Failed::from(error)),
        };
        let ended = match failed {
            Ok(Some(job)) => self.ended(&job).await,
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        ended.inspect_err(|error| told(id, error)).is_ok()
    }
}

fn told(rebuild: &str, error: &Failed) {
    tracing::error!(
        error = chain(error),
        rebuild,
        metric = "RebuildStuck",
        "a rebuild cannot be given up"
    );
}
