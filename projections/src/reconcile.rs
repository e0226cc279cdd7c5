//! The reconciler: finds what the stream lost, outages beyond its 24 hours included.
//!
//! Runs every five minutes. It reads the feed from its watermark less a margin up to a minute ago,
//! projects what is behind in every live generation, tries parked records again, and moves the
//! watermark: everything before it has been verified.

use crate::image;
use crate::projector::{Hint, Live, Projector};
use std::collections::BTreeMap;
use store::{FeedRange, StoreError};
use vocabulary::{Instant, Version};

/// How far back of its watermark the feed is read again, because the index may lag.
pub const MARGIN_MS: i64 = 15 * 60_000;
/// How close to now it is read, because slow writers may still be at it.
pub(crate) const RECENT_MS: i64 = 60_000;
/// How far back the first run looks.
const FIRST_RUN_MS: i64 = 48 * 3_600_000;
/// The reconciler's name among the watermarks.
const READER: &str = "projector";

/// What a run of the reconciler did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconciled {
    /// Records looked at.
    pub records: u64,
    /// Parked records tried again.
    pub retried: u64,
    /// Everything recorded before this instant has been verified.
    pub verified_through: Instant,
}

impl Projector {
    /// Runs the reconciler once.
    ///
    /// # Errors
    /// [`StoreError`]; the watermark has then not moved, and the next run begins where this one did.
    pub async fn reconcile(&self) -> Result<Reconciled, StoreError> {
        let now = self.clock.now();
        let live = self.live().await?;
        let to = now.plus_millis(-RECENT_MS);
        let watermark = self.store.watermark(READER).await?;
        let from =
            watermark.unwrap_or_else(|| now.plus_millis(-FIRST_RUN_MS)).plus_millis(-MARGIN_MS);
        let mut range = FeedRange::between(from, to);
        let mut records = 0;
        while let Some(page) = self.store.feed_page(&mut range).await? {
            let mut heads: BTreeMap<String, Version> = BTreeMap::new();
            for entry in page {
                let head = heads.entry(entry.pk).or_insert(entry.version);
                *head = entry.version.max(*head);
            }
            for (pk, version) in heads {
                records += 1;
                self.project_head(&pk, version, &live).await?;
            }
        }
        self.store.move_watermark(READER, to).await?;
        let retried = self.retry_parked(&live).await?;
        let verified_through = watermark.map_or(to, |watermark| watermark.max(to));
        tracing::info!(records, retried, verified_through = %verified_through, "reconciled");
        Ok(Reconciled { records, retried, verified_through })
    }

    /// Up to which instant everything has been verified; `None` before the first run.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn verified_through(&self) -> Result<Option<Instant>, StoreError> {
        self.store.watermark(READER).await
    }

    async fn project_head(
        &self,
        pk: &str,
        version: Version,
        live: &Live,
    ) -> Result<(), StoreError> {
        match image::record_key(pk) {
            Some(key) => self.project(&key, &Hint::logged(version), live).await,
            None => Ok(()),
        }
    }

    /// Tries every parked record again; what folds now is taken off the list.
    async fn retry_parked(&self, live: &Live) -> Result<u64, StoreError> {
        let mut retried = 0;
        for (view, generation) in live.all() {
            for parked in self.store.parked(view, generation).await? {
                retried += 1;
                let Some(key) = image::record_key(&parked.record) else { continue };
                self.project_head(&parked.record, parked.version, live).await?;
                if let Some(reached) = self.reached(view, generation, &key).await? {
                    self.store.unpark(view, generation, &key, reached).await?;
                }
            }
        }
        Ok(retried)
    }
}
