//! Recovering from a log that is shorter than it was: everything is made anew from what there is.
//!
//! Snapshots are thrown away, watermarks are set back to where the log ends, and every view is rebuilt into
//! a generation of its own. When all of them are promoted, the log is opened again. Each step can be
//! repeated; what a step has done is kept before the next one.

use crate::projector::Projector;
use crate::{publisher, reconcile};
use store::{
    Closed, FeedEntry, LogState, RebuildState, Recovery, StoreError, WHILE_CLOSED, WITNESSES,
    Witness, Written, backoff,
};
use tokio::time::Instant;
use vocabulary::{RecordId, RecordKey};

/// How often a change of the log's state is tried against others.
const TRIES_MAX: u32 = 10;
/// How far back the end of a restored log is looked for: point-in-time recovery goes back 35 days (DynamoDB
/// developer guide, "Point-in-time recovery", read 2026-11-24).
const LOOKED_BACK_DAYS: u32 = 36;

/// How many of the newest commits are looked at.
const LOOKED_AT: usize = 100;

/// What is left of a recovery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Left {
    /// Nothing: the log is open, or nobody has ordered a recovery.
    Nothing,
    /// More snapshots than could be thrown away in the time.
    Snapshots,
    /// The rebuilds are under way.
    Rebuilds,
    /// A rebuild ended otherwise than promoted: an operator has to order the recovery again.
    Stuck,
}

impl Projector {
    /// Goes on with a recovery up to the rebuilds, as far as it gets before `until`.
    ///
    /// # Errors
    /// [`StoreError`]; done again, it goes on.
    pub(crate) async fn go_on_with_recovery(&self, until: Instant) -> Result<Left, StoreError> {
        let mut state = self.store.log_gate().await?.state;
        let Some(recovery) = recovery_of(&state) else { return Ok(Left::Nothing) };
        if !recovery.cleared {
            while !self.store.drop_snapshots().await? {
                if Instant::now() >= until {
                    return Ok(Left::Snapshots);
                }
            }
            self.set_back().await?;
            state = self.changed(&recovery.id, |recovery| recovery.cleared = true).await?;
        }
        self.finish_recovery(state).await
    }

    /// Sets the readers of the feed and the witnesses back to where the log ends.
    async fn set_back(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        // What was minted by a clock that is ahead belongs to the log as well.
        let before = now.plus_millis(crate::MARGIN_MS);
        let newest = self.store.newest_commits(before, (LOOKED_BACK_DAYS, LOOKED_AT)).await?;
        // What operators and auditors did about it is no part of what was restored.
        let is_restored = |entry: &FeedEntry| {
            let key = RecordKey::from_pk(&entry.pk);
            key.is_ok_and(|key| !WHILE_CLOSED.contains(&key.record_type.as_str()))
        };
        let newest: Vec<FeedEntry> =
            newest.into_iter().filter(is_restored).take(WITNESSES).collect();
        let end = newest.first().map(|entry| entry.commit.minted_at());
        let end = end.unwrap_or_else(|| now.plus_millis(-86_400_000 * i64::from(LOOKED_BACK_DAYS)));
        for reader in [reconcile::READER, publisher::READER] {
            self.store.set_back_watermark(reader, end).await?;
        }
        let mut witnesses: Vec<Witness> = Vec::new();
        for entry in newest {
            witnesses.extend(self.store.witness_of(&entry.pk, entry.version).await?);
        }
        self.store.keep_witnesses(&witnesses).await
    }

    /// Opens the log if every view is promoted from it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn finish_recovery(&self, mut state: LogState) -> Result<Left, StoreError> {
        let Some(recovery) = recovery_of(&state) else { return Ok(Left::Nothing) };
        if recovery.rebuilds.is_empty() || !recovery.cleared {
            return Ok(Left::Rebuilds);
        }
        let views = self.store.views().await?;
        for id in &recovery.rebuilds {
            let Some(rebuild) = self.store.rebuild(id).await? else { return Ok(Left::Stuck) };
            let active = views.iter().find(|view| view.view == rebuild.view);
            // A later one was built from the same log.
            let promoted =
                active.is_some_and(|view| view.active.number >= rebuild.generation.number);
            if promoted {
                continue;
            }
            if matches!(rebuild.state, RebuildState::Failed | RebuildState::Cancelled) {
                tracing::error!(rebuild = %id, view = rebuild.view, metric = "LogShortened", "a view could not be rebuilt; the log stays closed");
                return Ok(Left::Stuck);
            }
            return Ok(Left::Rebuilds);
        }
        state.closed = None;
        state.opened_at = Some(self.clock.now());
        if self.store.change_log_state(&mut state).await? == Written::Overtaken {
            return Ok(Left::Rebuilds);
        }
        tracing::warn!("everything is rebuilt; the log is open again");
        Ok(Left::Nothing)
    }

    /// Changes what is kept of a recovery; the state as it is then.
    async fn changed(
        &self,
        id: &RecordId,
        change: impl Fn(&mut Recovery),
    ) -> Result<LogState, StoreError> {
        for tries in 1..=TRIES_MAX {
            let mut state = self.store.log_gate().await?.state;
            let recovery = state.closed.as_mut().and_then(|closed| closed.recovery.as_mut());
            let Some(recovery) = recovery.filter(|recovery| recovery.id == *id) else {
                return Ok(state);
            };
            change(recovery);
            if self.store.change_log_state(&mut state).await? == Written::Done {
                return Ok(state);
            }
            backoff(tries).await;
        }
        let source = "others keep changing it".into();
        Err(StoreError::Busy { attempt: "keeping how far a recovery is", source })
    }
}

fn recovery_of(state: &LogState) -> Option<&Recovery> {
    state.closed.as_ref().and_then(|Closed { recovery, .. }| recovery.as_ref())
}
