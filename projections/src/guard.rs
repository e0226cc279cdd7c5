//! Guarding the log: whether it still holds what was verified, and closing it where it does not.

use crate::projector::Projector;
use store::{Closed, FeedEntry, Gate, LogState, StoreError, WITNESSES, Witness, Written};

/// How often a change of the log's state is tried against others.
const TRIES_MAX: u32 = 5;

/// The newest entries that a reader of the feed has come across.
#[derive(Debug, Default)]
pub(crate) struct Newest(Vec<FeedEntry>);

impl Newest {
    pub(crate) fn see(&mut self, page: &[FeedEntry]) {
        self.0.extend(page.iter().cloned());
        self.0.sort_by_key(|entry| std::cmp::Reverse(entry.commit));
        self.0.dedup();
        self.0.truncate(WITNESSES);
    }
}

impl Projector {
    /// The state of the log, looked at anew: one that is shorter than what was verified is closed now.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn guard(&self) -> Result<Gate, StoreError> {
        let mut gate = self.store.log_gate().await?;
        if gate.state.closed.is_none()
            && let Some(lost) = self.store.lost_witness(&gate.witnesses).await?
        {
            gate.state = self.close_log(&lost).await?;
        }
        Ok(gate)
    }

    /// Closes the log because a commit that was verified is no longer in it.
    async fn close_log(&self, lost: &Witness) -> Result<LogState, StoreError> {
        let Witness { pk, version, .. } = lost;
        let why = format!("commit {version} of {pk} was verified and is no longer in the log");
        tracing::error!(
            record = pk,
            version = version.get(),
            metric = "LogShortened",
            "the log is shorter than it was; nothing is appended until it is recovered"
        );
        let at = self.clock.now();
        let alarm = store::Alarm {
            kind: "log_shortened".to_owned(),
            record: pk.clone(),
            version: version.get(),
            detail: "the log is shorter than what was verified".to_owned(),
            at,
        };
        self.store.raise(&format!("log_shortened#{}", lost.commit), &alarm).await?;
        for _ in 0..TRIES_MAX {
            let mut state = self.store.log_gate().await?.state;
            if state.closed.is_some() {
                return Ok(state);
            }
            state.closed = Some(Closed { at, why: why.clone(), recovery: None });
            state.opened_at = None;
            if self.store.change_log_state(&mut state).await? == Written::Done {
                return Ok(state);
            }
        }
        let source = "others keep changing it".into();
        Err(StoreError::Busy { attempt: "closing the log", source })
    }

    /// Keeps the newest commits that were verified as witnesses, if there are newer ones than before.
    pub(crate) async fn bear_witness(
        &self,
        before: &[Witness],
        newest: &Newest,
    ) -> Result<(), StoreError> {
        let is_new = |entry: &&FeedEntry| {
            before.iter().all(|witness| witness.commit != entry.commit)
                && before
                    .iter()
                    .map(|witness| witness.commit)
                    .min()
                    .is_none_or(|oldest| before.len() < WITNESSES || entry.commit > oldest)
        };
        let fresh: Vec<&FeedEntry> = newest.0.iter().filter(is_new).collect();
        if fresh.is_empty() {
            return Ok(());
        }
        let mut witnesses = before.to_vec();
        for entry in fresh {
            // What cannot be read bears no witness.
            witnesses.extend(self.store.witness_of(&entry.pk, entry.version).await?);
        }
        witnesses.sort_by_key(|witness| std::cmp::Reverse(witness.commit));
        witnesses.truncate(WITNESSES);
        self.store.keep_witnesses(&witnesses).await
    }
}
