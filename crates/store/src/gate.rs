//! Whether the log is open: witnesses of what it held, and what keeps it closed when they are gone.
//!
//! A log that is restored from a backup is shorter than the one that views, snapshots and people have seen.
//! Written on, it would give numbers of commits that are known to another history. So the reconciler keeps
//! *witnesses*, the newest commits that it has verified. Where the newest of them is missing or is another
//! commit, the log is *closed*: nothing is appended until an operator has had everything rebuilt from what
//! there is. One that was tampered with instead looks the same, and is as little to be written on.

use crate::log::Order;
use crate::{Store, StoreError, Written};
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;
use vocabulary::{Actor, CommitId, Digest, Instant, RecordId, RecordKey, Version};

/// How many witnesses are kept.
pub const WITNESSES: usize = 8;
/// The types whose commits are taken while the log is closed: what operators do about it, and what auditors
/// take away and check, is told in records of its own, which no lost commit can have numbered.
pub const WHILE_CLOSED: [&str; 2] = ["operation", "access"];

/// A commit that was verified to be in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witness {
    /// Its record's partition key.
    pub pk: String,
    /// Its number.
    pub version: Version,
    /// Its hash.
    pub hash: Digest,
    /// Its id: the greater, the newer.
    pub commit: CommitId,
}

/// Why the log is closed, and what is done about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// Since when.
    pub at: Instant,
    /// Why: a sentence, without contents.
    pub why: String,
    /// What an operator ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery: Option<Recovery>,
}

/// That everything is rebuilt from the log as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recovery {
    /// The id of the operation record that tells of it.
    pub id: RecordId,
    /// Who ordered it.
    pub by: Actor,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Instant,
    /// Whether the snapshots are gone and the watermarks are set back.
    #[serde(default)]
    pub cleared: bool,
    /// The rebuilds, once they have begun.
    #[serde(default)]
    pub rebuilds: Vec<RecordId>,
}

/// Whether the log is open. Changed by conditional writes only.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogState {
    /// Counts the changes of this item; 0 where nobody has ever closed the log.
    #[serde(default)]
    pub step: u64,
    /// Why it is closed; absent while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<Closed>,
    /// Since when it is open again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened_at: Option<Instant>,
}

/// The state and the witnesses, as they stand together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gate {
    /// Whether the log is open.
    pub state: LogState,
    /// The newest first.
    pub witnesses: Vec<Witness>,
}

#[derive(Serialize)]
struct Kept<'a> {
    witnesses: &'a [Witness],
}

/// Either of the two.
#[derive(Deserialize)]
struct GateItem {
    sk: String,
    #[serde(flatten)]
    state: LogState,
    #[serde(default)]
    witnesses: Vec<Witness>,
}

const LOG: &str = "log";
const STATE: &str = "state";
const KEPT: &str = "witnesses";

/// What this process knows of the gate, shared by the clones of a store.
#[derive(Debug, Clone, Default)]
pub(crate) struct GateLately(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    /// Wall-clock time, which goes on while a Lambda environment is frozen; and whether the log was closed.
    asked: Option<(SystemTime, bool)>,
    /// Whether the newest witness was there when this process last looked. It looks once, when it starts,
    /// and as long as it was not.
    seen: bool,
}

impl GateLately {
    fn with<T>(&self, work: impl FnOnce(&mut Known) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn forget(&self) {
        self.with(|known| *known = Known::default());
    }
}

impl Known {
    /// Whether the log was closed, if that was asked a short while ago.
    fn young(&self, now: SystemTime) -> Option<bool> {
        let (at, closed) = self.asked?;
        let age = now.duration_since(at).ok()?;
        (age < crate::LATELY).then_some(closed)
    }
}

impl Store {
    /// Whether the log is closed, at most [`crate::LATELY`] old. One query of the control table, or nothing;
    /// once in the life of a process, a read of the newest witness.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn is_log_closed(&self) -> Result<bool, StoreError> {
        let now = SystemTime::now();
        if let Some(closed) = self.gate.with(|known| known.young(now)) {
            return Ok(closed);
        }
        let Gate { state, witnesses } = self.log_gate().await?;
        let seen =
            self.gate.with(|known| known.seen) || self.lost_witness(&witnesses).await?.is_none();
        let closed = state.closed.is_some() || !seen;
        self.gate.with(|known| *known = Known { asked: Some((now, closed)), seen });
        Ok(closed)
    }

    /// Refuses what may not be appended while the log is closed.
    pub(crate) async fn pass_gate(&self, key: &RecordKey) -> Result<(), StoreError> {
        if WHILE_CLOSED.contains(&key.record_type.as_str()) || !self.is_log_closed().await? {
            return Ok(());
        }
        Err(StoreError::LogClosed)
    }

    /// The state of the log and its witnesses, strongly consistent. One query.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn log_gate(&self) -> Result<Gate, StoreError> {
        const ATTEMPT: &str = "reading whether the log is open";
        let items: Vec<GateItem> = self.control_items(LOG, ATTEMPT).await?;
        let mut gate = Gate::default();
        for item in items {
            match item.sk.as_str() {
                STATE => gate.state = item.state,
                _ => gate.witnesses = item.witnesses,
            }
        }
        Ok(gate)
    }

    /// The newest of some witnesses, if it is no longer in the log as it was. One read.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn lost_witness(&self, witnesses: &[Witness]) -> Result<Option<Witness>, StoreError> {
        let Some(newest) = witnesses.iter().max_by_key(|witness| witness.commit) else {
            return Ok(None);
        };
        let there = self.witness_of(&newest.pk, newest.version).await?;
        Ok((there.as_ref() != Some(newest)).then(|| newest.clone()))
    }

    /// A commit as a witness, strongly consistent; `None` where it is missing or cannot be read.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn witness_of(
        &self,
        pk: &str,
        version: Version,
    ) -> Result<Option<Witness>, StoreError> {
        let Ok(key) = RecordKey::from_pk(pk) else { return Ok(None) };
        let read = self.commits(&key, (version, version), Order::Ascending, 1).await?.pop();
        let Some(Ok(commit)) = read else { return Ok(None) };
        let (hash, commit) = (commit.hash(), commit.commit().commit);
        Ok(Some(Witness { pk: pk.to_owned(), version, hash, commit }))
    }

    /// Keeps witnesses in the place of those that are kept. Of two that are kept at once one counts: both
    /// were seen in the log.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn keep_witnesses(&self, witnesses: &[Witness]) -> Result<(), StoreError> {
        const ATTEMPT: &str = "keeping witnesses of the log";
        let put = self.put_control(ATTEMPT, LOG, Some(KEPT), &Kept { witnesses })?.send().await;
        self.gate.forget();
        put.map(drop).map_err(|error| StoreError::of(ATTEMPT, error))
    }

    /// Changes the state of the log if nobody did so since it was read; adds one to its step. Other
    /// processes see it within [`crate::LATELY`].
    ///
    /// # Errors
    /// [`StoreError`]; after a passing failure it is unknown whether it was changed.
    pub async fn change_log_state(&self, state: &mut LogState) -> Result<Written, StoreError> {
        const ATTEMPT: &str = "changing whether the log is open";
        let changed = LogState { step: state.step + 1, ..state.clone() };
        let put = self.put_control(ATTEMPT, LOG, Some(STATE), &changed)?;
        let answer = put
            .condition_expression("step = :read OR (:read = :never AND attribute_not_exists(pk))")
            .expression_attribute_values(":read", AttributeValue::N(state.step.to_string()))
            .expression_attribute_values(":never", AttributeValue::N("0".to_owned()))
            .send()
            .await;
        self.gate.forget();
        match answer {
            Ok(_) => {
                *state = changed;
                Ok(Written::Done)
            }
            Err(SdkError::ServiceError(e)) if e.err().is_conditional_check_failed_exception() => {
                Ok(Written::Overtaken)
            }
            Err(error) => Err(StoreError::of(ATTEMPT, error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LATELY;
    use std::time::Duration;

    #[test]
    fn what_was_asked_is_known_for_five_seconds_and_not_before_it() {
        let now = SystemTime::now();
        let known = Known { asked: Some((now, true)), seen: true };
        assert_eq!(known.young(now + LATELY - Duration::from_millis(1)), Some(true));
        assert_eq!(known.young(now + LATELY), None);
        assert_eq!(known.young(now - Duration::from_millis(1)), None);
        assert_eq!(Known::default().young(now), None);
    }
}
