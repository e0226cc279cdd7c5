//! What a worker does besides rebuilds: driving failed batches again, and recovering a shortened log.

use super::{Failed, Rebuilder};
use crate::recovery::Left;
use aws_lambda_events::dynamodb::Event;
use std::time::Duration;
use store::Job;
use tokio::time::Instant;

/// How long after one look at the rebuilds of a recovery the next one follows.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

impl Rebuilder {
    /// Projects a batch that the projector's mapping gave up, and notes that it was driven. What is known
    /// already is passed over, so that a batch driven twice changes nothing.
    pub(super) async fn drive(&self, key: &str) -> Result<(), Failed> {
        let Some(batch) = self.failed.read(key).await? else {
            tracing::warn!(key, "the batch is gone");
            return Ok(());
        };
        let event = batch.event.map(serde_json::from_value::<Event>);
        let event = event.and_then(Result::ok).ok_or(Failed::NoRecords)?;
        let answer = self.projector.handle(event).await?;
        if !answer.batch_item_failures.is_empty() {
            return Err(Failed::Again);
        }
        tracing::info!(key, records = batch.records, "a failed batch was driven again");
        Ok(self.projector.store.note_driven(key, self.projector.clock.now()).await?)
    }

    /// Goes on with the recovery of the log, until it is open again or an operator has to look.
    pub(super) async fn recover(&self, until: Instant) -> Result<(), Failed> {
        match self.projector.go_on_with_recovery(until).await? {
            Left::Nothing | Left::Stuck => Ok(()),
            Left::Snapshots => Ok(self.queue.send(&Job::Recover).await?),
            Left::Rebuilds => Ok(self.queue.send_later(&Job::Recover, LOOK_AGAIN).await?),
        }
    }
}
