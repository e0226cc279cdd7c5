//! Replays: events that are sent to the bus again, because somebody asked for it.
//!
//! The entries are those of the publisher, with the same ids and besides `replay`, so that only rules that
//! ask for it take them. A replay goes through the log record by record and in the order of each record's
//! commits; after every batch it is kept how far it has come. A batch whose keeping was interrupted is sent
//! once more: at least once, as everything that is published. Nothing else than this and the publisher
//! reaches the bus: a rebuild has no way to it.

mod walk;

use crate::acts::{Untold, tell};
use crate::publisher::{Mark, PublishError, Publisher, Telling};
use aws_lambda_events::dynamodb::Event;
use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use events::operation::{Command, ReplayEnd};
use std::time::Duration;
use store::{
    FailedBatches, PublishJob, Queue, QueueError, Recorded, Replay, ReplayState, StoreError,
    Written, chain,
};
use tokio::time::Instant;
use vocabulary::RecordId;
use walk::{Gathered, Walk};

/// How often a job is tried before it is given up. The queue behind it gives a message a few receives
/// more, to tell that it was given up.
const TRIES_MAX: u32 = 5;
/// How often a worker may be overtaken before it leaves the field.
const OVERTAKEN_MAX: u32 = 100;

/// The publisher at work on what it is ordered.
#[derive(Debug, Clone)]
pub struct PublishWorker {
    /// What publishes.
    pub publisher: Publisher,
    /// The queue of its jobs, to hand the rest on.
    pub queue: Queue,
    /// What the mappings gave up.
    pub failed: FailedBatches,
    /// The build, as commits name it.
    pub build: &'static str,
}

/// A job that could not go on for the moment.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Stopped {
    /// A table or a bucket could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The bus did not take all of it.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The rest could not be handed on.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The job, or what it is about, cannot be told in JSON.
    #[error("a job cannot be told in JSON")]
    Json(#[from] serde_json::Error),
    /// The end could not be told in the log.
    #[error(transparent)]
    Told(Box<Untold>),
    /// Others kept changing the same job.
    #[error("others keep working on the same job")]
    Busy,
    /// It can never go on.
    #[error("{0}")]
    ForGood(String),
}

impl From<Untold> for Stopped {
    fn from(error: Untold) -> Self {
        Self::Told(Box::new(error))
    }
}

impl Stopped {
    /// What whoever asked may read of it.
    fn told(&self) -> String {
        match self {
            Self::Store(_) => "the tables could not be read or written".to_owned(),
            Self::Publish(PublishError::Store(_)) => {
                "the tables could not be read or written".to_owned()
            }
            Self::Publish(error) => error.to_string(),
            Self::Queue(_) => "the rest could not be handed on".to_owned(),
            Self::Json(_) | Self::Told(_) => "it could not be told".to_owned(),
            Self::Busy => "others kept working on it".to_owned(),
            Self::ForGood(why) => why.clone(),
        }
    }
}

impl PublishWorker {
    /// Works on the jobs of a batch, each until it is done or `until` is over; then what is left is handed
    /// on by a new message. Reports those that could not go on. A job that has ended does nothing.
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
        let Ok(job) = serde_json::from_str::<PublishJob>(body) else {
            tracing::error!(metric = "JobUnreadable", "a message to the publisher is no job");
            return false;
        };
        let receives = message.attributes.get("ApproximateReceiveCount");
        let receives: u32 = receives.and_then(|count| count.parse().ok()).unwrap_or(1);
        let done = self.work(&job, receives, until).await;
        if let Err(error) = &done {
            tracing::warn!(error = chain(error), ?job, "a job of the publisher does not go on");
        }
        done.is_ok()
    }

    async fn work(&self, job: &PublishJob, receives: u32, until: Instant) -> Result<(), Stopped> {
        match job {
            PublishJob::Replay { id } if receives > TRIES_MAX => {
                self.give_up(id, "it stopped again and again").await
            }
            PublishJob::Replay { id } => match self.replay(id, until).await {
                Err(Stopped::ForGood(why)) => self.give_up(id, &why).await,
                Err(stopped) if receives >= TRIES_MAX => self.give_up(id, &stopped.told()).await,
                outcome => outcome,
            },
            PublishJob::Failure { key } => self.drive(key).await,
        }
    }

    /// Publishes what a batch holds that is not known to have been published, and notes that it was driven.
    async fn drive(&self, key: &str) -> Result<(), Stopped> {
        let Some(batch) = self.failed.read(key).await? else {
            tracing::warn!(key, "the batch is gone");
            return Ok(());
        };
        let event = batch.event.ok_or_else(|| Stopped::ForGood("it has no records".to_owned()))?;
        let event: Event = serde_json::from_value(event)?;
        let published = self.publisher.make_up_for(&event).await?;
        tracing::info!(key, published, "a failed batch was made up for");
        Ok(self.publisher.store.note_driven(key, self.publisher.clock.now()).await?)
    }

    async fn replay(&self, id: &RecordId, until: Instant) -> Result<(), Stopped> {
        let (mut overtaken, mut worked) = (0, false);
        let mut walk: Option<(u64, Walk<'_>)> = None;
        loop {
            let Some(mut replay) = self.publisher.store.replay(id).await? else {
                tracing::error!(replay = %id, "there is no such replay");
                return Ok(());
            };
            if replay.state.is_end() {
                return Ok(());
            }
            // Where somebody else has gone on, it is gone on from there.
            let known = walk.take().filter(|(step, _)| *step == replay.step);
            let mut at = match known {
                Some((_, walk)) => walk,
                None => Walk::new(&self.publisher.store, &replay)?,
            };
            let changed = if at.is_over() {
                self.end(&mut replay, ReplayState::Done).await?
            } else if worked && Instant::now() >= until {
                return Ok(self.queue.send(&PublishJob::Replay { id: id.clone() }).await?);
            } else {
                worked = true;
                self.batch(&mut replay, &mut at).await?
            };
            overtaken += u32::from(changed == Written::Overtaken);
            if overtaken > OVERTAKEN_MAX {
                return Err(Stopped::Busy);
            }
            walk = (changed == Written::Done).then_some((replay.step, at));
        }
    }

    /// Sends or counts the next commits, then keeps how far it has come.
    async fn batch(&self, replay: &mut Replay, walk: &mut Walk<'_>) -> Result<Written, Stopped> {
        let began = Instant::now();
        let Gathered { commits, position } = walk.gather().await?;
        let events: usize = commits.iter().map(|commit| commit.commit().events.len()).sum();
        let events = u64::try_from(events).unwrap_or(u64::MAX);
        if !replay.dry_run {
            self.tell_again(replay, &commits).await?;
            replay.published += events;
        }
        replay.commits += u64::try_from(commits.len()).unwrap_or(u64::MAX);
        replay.events += events;
        replay.position = Some(serde_json::to_string(&position)?);
        let changed = self.publisher.store.change_replay(replay).await?;
        if let Some(rate) = replay.rate.filter(|_| !replay.dry_run) {
            let due_ms = events.saturating_mul(1_000) / u64::from(rate.max(1));
            tokio::time::sleep_until(began + Duration::from_millis(due_ms)).await;
        }
        Ok(changed)
    }

    async fn tell_again(&self, replay: &Replay, commits: &[Recorded]) -> Result<(), Stopped> {
        let mark = Mark { job: replay.id.to_string(), reason: replay.reason.clone() };
        let commits: Vec<&Recorded> = commits.iter().collect();
        let (published, sent) = self.publisher.publish(&commits, Telling::Again(&mark)).await;
        if let Some((record, version, code)) = published.refused.first() {
            let why = format!("the bus refuses commit {version} of {record}: {code}");
            return Err(Stopped::ForGood(why));
        }
        Ok(sent?)
    }

    /// Ends a replay that cannot be finished: it says how far it has come.
    async fn give_up(&self, id: &RecordId, why: &str) -> Result<(), Stopped> {
        tracing::error!(replay = %id, why, metric = "ReplayFailed", "a replay is given up");
        for _ in 0..OVERTAKEN_MAX {
            let replay = self.publisher.store.replay(id).await?;
            let open = |replay: &Replay| !replay.state.is_end();
            let Some(mut replay) = replay.filter(open) else { return Ok(()) };
            let so_far = format!("{why}; {} commits were sent before", replay.commits);
            replay.error = Some(so_far);
            if self.end(&mut replay, ReplayState::Failed).await? == Written::Done {
                return Ok(());
            }
        }
        Err(Stopped::Busy)
    }

    /// Tells the log how it ended, and then says so itself.
    async fn end(&self, replay: &mut Replay, state: ReplayState) -> Result<Written, Stopped> {
        replay.state = state;
        replay.ended_at = Some(self.publisher.clock.now());
        let Publisher { store, registry, clock, .. } = &self.publisher;
        let outcome = match state {
            ReplayState::Failed => "failed",
            ReplayState::Cancelled => "cancelled",
            ReplayState::Counting | ReplayState::Running | ReplayState::Done => "done",
        };
        let end = ReplayEnd {
            outcome: outcome.to_owned(),
            commits: replay.commits,
            events: replay.events,
            published: replay.published,
            error: replay.error.clone(),
        };
        let of = (&replay.tenant, &replay.id);
        let command = || Command::EndReplay(end.clone());
        tell(store, registry, (clock, self.build), "publisher", of, command).await?;
        Ok(store.change_replay(replay).await?)
    }
}
