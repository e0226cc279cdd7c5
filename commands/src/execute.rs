//! Executing an order: load, decide, append; safe to repeat, and decided again when somebody was
//! faster.

use crate::Commands;
use crate::order::{Order, Precondition, Retry, Wanted};
use edge::{Kind, Problem, load_problem, store_problem};
use futures::future::join;
use store::{
    Appended, Draft, Folded, LoadError, Order as Reading, Record, Recorded, StoreError, backoff,
    chain,
};
use vocabulary::{Digest, RecordId, StoredEvent, Version};

/// The largest commit: its text in bytes. DynamoDB would take items up to 400 KB (quotas page, read
/// 2026-11-22); the rest is room for keys, hashes and what later formats add.
pub const COMMIT_MAX_BYTES: usize = 256 * 1024;
/// The largest state a record may grow to, so that its rows and snapshots fit into an item.
pub const STATE_MAX_BYTES: usize = 200 * 1024;

/// How often an order is decided before others are told to have been faster for too long.
const DECISIONS_MAX: u32 = 5;
/// How often an append whose fate is unknown is repeated.
const APPENDS_MAX: u32 = 3;
/// A commit dated further ahead than this is an alarm: some writer's clock is wrong.
const AHEAD_ALARM_MS: i64 = 60_000;

/// What became of an order.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The record as the order left it.
    pub(crate) folded: Folded,
    pub(crate) effect: Effect,
}

/// What an order did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It made the record.
    Created,
    /// It added a commit.
    Changed,
    /// There was nothing to do.
    Unchanged,
    /// An earlier try of the same request had done it.
    Replayed,
}

impl Commands {
    pub(crate) async fn execute(&self, order: &Order) -> Result<Outcome, Problem> {
        for attempt in 1..=DECISIONS_MAX {
            // Whether the log is open is asked beside the load, so that the append need not wait for it.
            let load = self.load(order, Version::LAST);
            let (record, _) = join(load, Box::pin(self.store.is_log_closed())).await;
            let record = record?;
            if let Some(outcome) = self.replayed(order, record.as_ref()).await? {
                return Ok(outcome);
            }
            let record = wanted_record(order, record)?;
            let Some(decided) = self.decide(order, record.as_ref())? else {
                return unchanged(record);
            };
            match self.append(&decided.recorded).await? {
                Appended::Done => return Ok(decided.outcome(record.is_none())),
                Appended::Taken if attempt < DECISIONS_MAX => backoff(attempt).await,
                Appended::Taken => {}
            }
        }
        // Whoever took the last number may have been another try of this very request.
        let record = self.load(order, Version::LAST).await?;
        let busy = || Problem::new(Kind::RecordBusy).header("retry-after", "1");
        self.replayed(order, record.as_ref()).await?.ok_or_else(busy)
    }

    /// The record as it is, and as an order would leave it; nothing is stored.
    pub(crate) async fn tried(&self, order: &Order) -> Result<(Folded, Folded), Problem> {
        let record = wanted_record(order, self.load(order, Version::LAST).await?)?;
        let decided = self.decide(order, record.as_ref())?;
        let before = record.ok_or_else(|| Problem::new(Kind::NotFound))?.folded;
        let after = decided.map_or_else(|| before.clone(), |decided| decided.folded);
        Ok((before, after))
    }

    /// The record that an order is about, as it was at a version.
    pub(crate) async fn load(
        &self,
        order: &Order,
        version: Version,
    ) -> Result<Option<Record>, Problem> {
        let loaded = self.store.load_at(order.of, &order.key, version).await;
        loaded.map_err(|error| load_problem(&error))
    }

    /// Whether an earlier try of the same request was carried out.
    pub(crate) async fn knows(&self, order: &Order) -> Result<bool, Problem> {
        let record = self.load(order, Version::LAST).await?;
        self.replayed(order, record.as_ref()).await.map(|outcome| outcome.is_some())
    }

    /// The answer to an earlier try of the same request, if there was one.
    async fn replayed(
        &self,
        order: &Order,
        record: Option<&Record>,
    ) -> Result<Option<Outcome>, Problem> {
        let (Some(retry), Some(record)) = (&order.retry, record) else { return Ok(None) };
        let known = record.version_of_key(&order.actor.id, &retry.key);
        // A record knows for ever by which request it was made.
        let creation = matches!(order.wanted, Wanted::Create(_)).then_some(Version::FIRST);
        let Some(version) = known.or(creation) else { return Ok(None) };
        let range = (version, version);
        let commits = self.store.commits(&order.key, range, Reading::Ascending, 1).await;
        let commits = commits.map_err(|error| load_problem(&error.into()))?;
        let commit = match commits.into_iter().next() {
            Some(Ok(commit)) => commit,
            // What the first try did cannot be told; doing it again would do it twice.
            Some(Err(source)) => {
                let key = order.key.clone();
                return Err(load_problem(&LoadError::Damaged { key, source }));
            }
            None => return Ok(None),
        };
        if !made_with(&commit, order, retry) {
            return Ok(None);
        }
        if commit.commit().request.as_deref() != Some(retry.request.as_str()) {
            return Err(Problem::new(Kind::KeyReused));
        }
        let then = self.load(order, version).await?;
        Ok(then.map(|record| Outcome { folded: record.folded, effect: Effect::Replayed }))
    }

    fn decide(&self, order: &Order, record: Option<&Record>) -> Result<Option<Decided>, Problem> {
        let current = record.map(|record| &record.folded);
        let Some(intent) = order.intent(current)? else { return Ok(None) };
        let empty = order.of.of.empty();
        let state = current.map_or(empty.as_ref(), Folded::record);
        let events = state.decide(&intent, &order.origin()).map_err(|refusal| {
            Problem::new(Kind::Rule).member("rule", refusal.rule).detail(refusal.detail)
        })?;
        if events.is_empty() {
            return Ok(None);
        }
        self.decided(order, current, events).map(Some)
    }

    fn decided(
        &self,
        order: &Order,
        current: Option<&Folded>,
        events: Vec<StoredEvent>,
    ) -> Result<Decided, Problem> {
        let head = current.map(Folded::head);
        let ahead_ms = head.map_or(0, |head| head.at.as_millis() - order.now.as_millis());
        if ahead_ms > AHEAD_ALARM_MS {
            tracing::error!(record = %order.key, ahead_ms, metric = "ClockAhead", "the record's last commit lies in the future");
        }
        let recorded = Recorded::after(head.as_ref(), &order.key, self.draft(order, events))
            .map_err(|error| failure("writing a commit", &error))?;
        if recorded.text().len() > COMMIT_MAX_BYTES {
            return Err(Problem::new(Kind::CommitTooLarge).detail("one change may hold 256 KB"));
        }
        let mut folded = current.cloned();
        Folded::fold(&mut folded, order.of, &recorded)
            .map_err(|error| failure("folding a new commit", &error))?;
        let folded = folded.ok_or_else(|| Problem::new(Kind::Failure))?;
        let stored = folded.stored().map_err(|error| failure("writing a state", &error))?;
        if stored.state.len() > STATE_MAX_BYTES {
            return Err(Problem::new(Kind::StateTooLarge).detail("a record may hold 200 KB"));
        }
        Ok(Decided { recorded, folded })
    }

    fn draft(&self, order: &Order, events: Vec<StoredEvent>) -> Draft {
        Draft {
            commit: self.clock.mint(),
            now: order.now,
            effective_at: None,
            actor: order.actor.clone(),
            reason: order.reason.clone(),
            correlation: order.correlation.clone(),
            causation: order.causation.clone(),
            trace: order.trace.clone(),
            key: order.retry.as_ref().map(|retry| retry.key.clone()),
            request: order.retry.as_ref().map(|retry| retry.request.clone()),
            app: self.build.to_owned(),
            events,
        }
    }

    /// Appends until it is known what became of it: the same commit again tells.
    async fn append(&self, recorded: &Recorded) -> Result<Appended, Problem> {
        let mut attempt = 1;
        loop {
            match self.store.append(recorded).await {
                Ok(appended) => return Ok(appended),
                Err(error) if error.is_passing() && attempt < APPENDS_MAX => {
                    backoff(attempt).await;
                    attempt += 1;
                }
                Err(error) if error.is_passing() => {
                    tracing::warn!(error = chain(&error), record = %recorded.key(), "an append stayed without answer");
                    return Err(unavailable());
                }
                Err(error @ StoreError::LogClosed) => return Err(store_problem(&error)),
                Err(error) => return Err(failure("appending a commit", &error)),
            }
        }
    }
}

#[derive(Debug)]
struct Decided {
    recorded: Recorded,
    folded: Folded,
}

impl Decided {
    fn outcome(self, created: bool) -> Outcome {
        let effect = if created { Effect::Created } else { Effect::Changed };
        Outcome { folded: self.folded, effect }
    }
}

fn made_with(commit: &Recorded, order: &Order, retry: &Retry) -> bool {
    let commit = commit.commit();
    commit.key.as_deref() == Some(retry.key.as_str()) && commit.actor.id == order.actor.id
}

/// The record that the order is about, where it exists or not as the order needs it.
fn wanted_record(order: &Order, record: Option<Record>) -> Result<Option<Record>, Problem> {
    match (&order.wanted, &record) {
        (Wanted::Create(_), Some(_)) => Err(Problem::new(Kind::IdTaken)),
        (Wanted::Change(_) | Wanted::Restore(_), None) => Err(Problem::new(Kind::NotFound)),
        (Wanted::Keep { .. }, None) if order.expected != Precondition::Newest => {
            Err(Problem::new(Kind::VersionMismatch).detail("there is nothing yet to be changed"))
        }
        (_, _) => {
            let current = record.as_ref().map(|record| record.folded.version());
            match (order.expected, current) {
                (Precondition::Exactly(expected), None) => Err(Problem::new(Kind::VersionMismatch)
                    .detail(format!("you change version {expected}; there is none yet"))),
                (Precondition::Exactly(expected), Some(current)) if expected != current => {
                    tracing::info!(record = %order.key, %expected, %current, metric = "Conflicts", "the caller changes what was changed since");
                    Err(Problem::new(Kind::VersionMismatch)
                        .detail(format!("you change version {expected}; it is at {current}"))
                        .member("current_version", current.get()))
                }
                (_, _) => Ok(record),
            }
        }
    }
}

fn unchanged(record: Option<Record>) -> Result<Outcome, Problem> {
    match record {
        Some(record) => Ok(Outcome { folded: record.folded, effect: Effect::Unchanged }),
        // A type that creates a record without an event would come here; a test holds that none does.
        None => Err(Problem::new(Kind::Failure)),
    }
}

fn unavailable() -> Problem {
    Problem::new(Kind::Unavailable).header("retry-after", "1")
}

/// A failure on our side: the caller learns that it happened, the log what it was.
fn failure(attempt: &'static str, error: &(dyn std::error::Error + 'static)) -> Problem {
    tracing::error!(error = chain(error), attempt, "a command failed");
    Problem::new(Kind::Failure)
}

/// The id of a record that a caller lets us name: from what identifies the request, so that a
/// retried create meets the record that the first try made.
pub(crate) fn derived_id(tenant: &str, record_type: &str, actor: &str, key: &str) -> RecordId {
    RecordId::from_bits(Digest::of_list(&[tenant, record_type, actor, key]).prefix())
}
