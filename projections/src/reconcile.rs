//! The reconciler: finds what the stream lost, outages beyond its 24 hours included.
//!
//! Runs every five minutes. It reads the feed from its watermark less a margin up to a minute ago,
//! projects what is behind in every live generation, tries parked records again, and moves the
//! watermark: everything before it has been verified.

use crate::guard::Newest;
use crate::projector::{Hint, Projector, Targets};
use crate::views::{AUDIT, FIRST_GENERATION};
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use store::{FeedRange, Parked, Store, StoreError};
use vocabulary::{Instant, Version};

/// How far back of its watermark the feed is read again, because the index may lag.
pub const MARGIN_MS: i64 = 15 * 60_000;
/// How close to now it is read, because slow writers may still be at it.
pub(crate) const RECENT_MS: i64 = 60_000;
/// How far back the first run looks: twice what the stream keeps.
const FIRST_RUN_MS: i64 = 48 * 3_600_000;
/// How much of the feed is read before the watermark moves, so that a long outage is caught up with
/// in several runs.
const STRETCH_MS: i64 = 6 * 3_600_000;
/// The longest wait before a parked record is tried again.
const PARKED_WAIT_MAX_MS: i64 = 4 * 3_600_000;
/// The reconciler's name among the watermarks.
pub(crate) const READER: &str = "projector";

/// What a run of the reconciler did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconciled {
    /// Records looked at.
    pub records: u64,
    /// Parked records tried again.
    pub retried: u64,
    /// Whether the audit view has been held against the whole log.
    pub passed: bool,
    /// Everything recorded before this instant has been verified.
    pub verified_through: Instant,
}

impl Projector {
    /// Runs the reconciler once.
    ///
    /// # Errors
    /// [`StoreError`]; the watermark stands where everything before it had been verified, and the
    /// next run goes on from there.
    pub async fn reconcile(&self) -> Result<Reconciled, StoreError> {
        let now = self.clock.now();
        let gate = self.guard().await?;
        if gate.state.closed.is_some() {
            // What is not the log that was verified verifies nothing.
            self.finish_recovery(gate.state).await?;
            let verified_through = self.verified_through().await?.unwrap_or(now);
            return Ok(Reconciled { records: 0, retried: 0, passed: false, verified_through });
        }
        let views = self.registered().await?;
        let live = Targets::live(&views);
        let (mut records, mut newest) = (0, Newest::default());
        let stretches = stretches(&self.store, READER, now, RECENT_MS).await?;
        let first = stretches.first().map_or(now.plus_millis(-RECENT_MS), |(from, _)| *from);
        let mut verified_through = self.verified_through().await?.unwrap_or(first);
        // A function does one thing at a time; where batches are projected beside it, their rows count too.
        let before = self.report.written.load(Ordering::Relaxed);
        for (from, to) in stretches {
            records += self.reconcile_stretch(from, to, &live, &mut newest).await?;
            self.store.move_watermark(READER, to).await?;
            verified_through = verified_through.max(to);
        }
        let repaired = self.report.written.load(Ordering::Relaxed).saturating_sub(before);
        self.bear_witness(&gate.witnesses, &newest).await?;
        let audit = views.iter().find(|view| view.view == AUDIT);
        let audit = audit.map_or(FIRST_GENERATION, |view| view.active);
        let passed = self.go_on_with_pass(audit, &live).await?;
        let retried = self.retry_parked(&live).await?;
        tracing::info!(records, retried, passed, verified_through = %verified_through, metric = "Reconciled", value = repaired, "reconciled");
        Ok(Reconciled { records, retried, passed, verified_through })
    }

    async fn reconcile_stretch(
        &self,
        from: Instant,
        to: Instant,
        live: &Targets,
        newest: &mut Newest,
    ) -> Result<u64, StoreError> {
        let mut range = FeedRange::between(from, to);
        let mut records = 0;
        while let Some(page) = self.store.feed_page(&mut range).await? {
            newest.see(&page);
            let mut heads: BTreeMap<String, Version> = BTreeMap::new();
            for entry in page {
                let head = heads.entry(entry.pk).or_insert(entry.version);
                *head = entry.version.max(*head);
            }
            for (pk, version) in heads {
                records += 1;
                self.project(&pk, &Hint::logged(version), live).await?;
            }
        }
        Ok(records)
    }

    /// Up to which instant everything has been verified; `None` before the first run.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn verified_through(&self) -> Result<Option<Instant>, StoreError> {
        self.store.watermark(READER).await
    }

    /// Tries parked records again, each after twice as long as the time before; what folds now is
    /// taken off the list. Skipped ones are left alone. A failure does not keep the others from being tried.
    async fn retry_parked(&self, live: &Targets) -> Result<u64, StoreError> {
        let now = self.clock.now();
        let mut retried = 0;
        let mut outcome = Ok(());
        for (view, generation) in live.all() {
            for parked in self.store.parked(view, generation).await? {
                if !is_due(&parked, now) {
                    continue;
                }
                retried += 1;
                let tried = self.retry(view, generation, &parked).await;
                outcome = outcome.and(tried);
            }
        }
        outcome.map(|()| retried)
    }
}

/// Whether it is time to try a parked record again by itself: a minute after the first try, then after
/// twice as long each time, up to four hours; never while it is skipped.
pub(crate) fn is_due(parked: &Parked, now: Instant) -> bool {
    if parked.is_skipped() {
        return false;
    }
    let doublings = u32::try_from(parked.tries.min(16)).unwrap_or(16);
    let wait_ms = (30_000_i64 << doublings).min(PARKED_WAIT_MAX_MS);
    parked.last_at.plus_millis(wait_ms) <= now
}

/// The stretches of the feed that a reader has still to read: from its watermark, less the margin,
/// to `recent_ms` ago. A watermark in the future, left by a clock that was wrong, counts as now.
pub(crate) async fn stretches(
    store: &Store,
    reader: &str,
    now: Instant,
    recent_ms: i64,
) -> Result<Vec<(Instant, Instant)>, StoreError> {
    let end = now.plus_millis(-recent_ms);
    let watermark = store.watermark(reader).await?;
    if watermark.is_some_and(|watermark| watermark > now) {
        tracing::error!(reader, metric = "ClockAhead", "a watermark lies in the future");
    }
    let from = watermark.unwrap_or_else(|| end.plus_millis(-FIRST_RUN_MS)).min(end);
    let mut from = from.plus_millis(-MARGIN_MS);
    let mut stretches = Vec::new();
    while from < end {
        let to = from.plus_millis(STRETCH_MS).min(end);
        stretches.push((from, to));
        from = to;
    }
    Ok(stretches)
}
