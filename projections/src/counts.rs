//! The view `counts`: how many records of each type and status a tenant has.
//!
//! A number is the sum of its shards. Each record keeps a row with what it contributes; row and
//! numbers change in one transaction, so nothing counts twice.

use crate::ahead::Look;
use crate::parking::made;
use crate::projector::{CONCURRENCY, Hint, Projector, Work};
use crate::views::{COUNTS, row_key};
use events::Registered;
use futures::stream::{self, StreamExt};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use store::{
    Expectation, Folded, Generation, Marks, Pulled, RowKey, StoreError, Stuck, Table, WriteOne,
    Written, backoff, chain,
};
use vocabulary::{Digest, RecordKey, Tenant, Version};

/// Over how many items each number is spread.
pub const COUNTER_SHARDS: u32 = 16;

/// Contributions of one transaction; with their numbers they stay below the 100 items that one may
/// have (DynamoDB quotas, read 2026-11-22).
const TOGETHER_MAX: usize = 90;
/// How often a transaction is tried that conflicts with others.
const TRIES_MAX: u32 = 20;

/// What a record contributes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contribution {
    /// `{generation}#{bucket}`.
    pub pk: String,
    /// `{tenant}#{type}#{id}`.
    pub sk: String,
    /// The version that the contribution reflects.
    pub version: Version,
    /// The hash of that commit.
    pub hash: Digest,
    /// The fingerprint of the fold that made it.
    pub fold: String,
    /// The status in which the record counts; absent when it does not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The commit that could not be folded, when the row stays behind for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stale_at: Option<Version>,
}

/// One shard of one number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counter {
    /// The status.
    pub sk: String,
    /// How many records of this shard have it.
    pub n: i64,
    /// How often the number was changed, as far as that was counted: whoever adds up the records can tell
    /// by it whether the number stood still meanwhile.
    #[serde(default)]
    pub changes: u64,
}

impl Contribution {
    /// What tells this writing of the row from another.
    pub(crate) fn marks(&self) -> Marks {
        Marks {
            version: self.version,
            hash: self.hash,
            fold: self.fold.clone(),
            stale_at: self.stale_at,
        }
    }

    /// What a state contributes.
    pub fn of(generation: Generation, folded: &Folded, stale_at: Option<Version>) -> Self {
        let RowKey { pk, sk } = row_key(generation, folded.key());
        Self {
            pk,
            sk,
            version: folded.version(),
            hash: folded.head().hash,
            fold: folded.registered().fingerprint.to_string(),
            status: folded.record().summary().map(|summary| summary.status.to_owned()),
            stale_at,
        }
    }
}

/// The partition of one shard of a type's numbers; its sort keys are the statuses.
pub fn counter_key(
    generation: Generation,
    tenant: &Tenant,
    record_type: &str,
    shard: u32,
) -> String {
    format!("{}#n#{tenant}#{record_type}#{shard}", generation.number)
}

/// What the step from one status to another adds to the numbers.
pub(crate) fn differences(
    generation: Generation,
    key: &RecordKey,
    old: Option<&str>,
    new: Option<&str>,
) -> Vec<(RowKey, i64)> {
    if old == new {
        return Vec::new();
    }
    let shard = Digest::of(&[key.pk().as_bytes()]).shard(COUNTER_SHARDS);
    let pk = counter_key(generation, &key.tenant, key.record_type.as_str(), shard);
    let at = |status: &str, by| (RowKey { pk: pk.clone(), sk: status.to_owned() }, by);
    let gone = old.map(|status| at(status, -1));
    let come = new.map(|status| at(status, 1));
    gone.into_iter().chain(come).collect()
}

/// A contribution that is to be written, and what it adds to the numbers.
#[derive(Debug, Clone)]
pub(crate) struct CountWrite {
    key: RecordKey,
    of: Registered,
    generation: Generation,
    /// The hint's version, and the hash of that commit where it was told.
    hint: (Version, Option<Digest>),
    new: Contribution,
    expected: Expectation,
    differences: Vec<(RowKey, i64)>,
    row_was_stale: bool,
    pulled: Pulled,
}

impl Projector {
    /// What there is to write for a record in one generation; none when it is up to date.
    pub(crate) async fn plan_count(
        &self,
        work: &Work<'_>,
        generation: Generation,
        known: Option<&Pulled>,
        look: Look<Contribution>,
    ) -> Result<Option<CountWrite>, StoreError> {
        let row = look.row(self, Table::Counts, &row_key(generation, work.key)).await?;
        let is_current = |row: &Contribution| {
            row.fold == work.of.fingerprint.to_string()
                && row.stale_at.is_none()
                && work.hint.is_known_to(row.version, row.hash)
                && known
                    .and_then(|known| known.folded.as_ref())
                    .is_none_or(|known| known.version() >= row.version)
        };
        if row.as_ref().is_some_and(is_current) {
            return Ok(None);
        }
        let mut pulled = match known.filter(|known| is_enough(known, work, row.as_ref())) {
            Some(known) => known.clone(),
            None => self.store.pull(work.of, work.key, None).await?,
        };
        let row_was_stale = row.as_ref().is_some_and(|row| row.stale_at.is_some());
        let Some(folded) = pulled.folded.clone() else {
            self.settle(COUNTS, generation, work, &pulled, row_was_stale).await?;
            return Ok(None);
        };
        let of_another_log = row.as_ref().is_some_and(|row| {
            folded.version() < row.version
                || (folded.version() == row.version && folded.head().hash != row.hash)
        });
        if of_another_log && pulled.stuck.is_some() {
            // A row never goes back for what this build cannot fold.
            self.settle(COUNTS, generation, work, &pulled, row_was_stale).await?;
            return Ok(None);
        }
        if of_another_log {
            self.raise_divergence(COUNTS, work.key, row.as_ref().map(|row| row.version)).await?;
        }
        let stale_at = pulled.stuck.as_ref().map(|stuck| stuck.version);
        let new = match made(&folded, || Contribution::of(generation, &folded, stale_at)) {
            Ok(new) => new,
            Err(stuck) => {
                pulled.stuck = Some(stuck);
                self.settle(COUNTS, generation, work, &pulled, row_was_stale).await?;
                return Ok(None);
            }
        };
        if row.as_ref() == Some(&new) {
            self.settle(COUNTS, generation, work, &pulled, row_was_stale).await?;
            return Ok(None);
        }
        let old = row.as_ref().and_then(|row| row.status.as_deref());
        Ok(Some(CountWrite {
            key: work.key.clone(),
            of: work.of,
            generation,
            hint: (work.hint.version, work.hint.hash),
            differences: differences(generation, work.key, old, new.status.as_deref()),
            expected: row
                .as_ref()
                .map_or(Expectation::Absent, |row| Expectation::Marked(row.marks())),
            new,
            row_was_stale,
            pulled,
        }))
    }

    /// Writes contributions: those that change numbers together with others of their shard, in one
    /// transaction; the others by themselves, which costs half. Says which records failed for the
    /// moment, and why.
    pub(crate) async fn write_counts(&self, writes: Vec<CountWrite>) -> Vec<(String, StoreError)> {
        let mut shards: BTreeMap<String, Vec<CountWrite>> = BTreeMap::new();
        let mut alone = Vec::new();
        for write in writes {
            match write.differences.first().map(|(key, _)| key.pk.clone()) {
                Some(shard) => shards.entry(shard).or_default().push(write),
                None => alone.push(write),
            }
        }
        let mut failed = self.write_each(&alone).await;
        for writes in shards.values() {
            for together in writes.chunks(TOGETHER_MAX) {
                failed.extend(self.write_together(together).await);
            }
        }
        failed
    }

    async fn write_together(&self, writes: &[CountWrite]) -> Vec<(String, StoreError)> {
        if writes.len() > 1 && matches!(self.transact(writes).await, Ok(Written::Done)) {
            let mut failed = Vec::new();
            for write in writes {
                if let Err(error) = self.settled(write).await {
                    failed.push(again(write, error));
                }
            }
            return failed;
        }
        // One of them was overtaken or refused, or there is but one.
        self.write_each(writes).await
    }

    async fn write_each(&self, writes: &[CountWrite]) -> Vec<(String, StoreError)> {
        let mut work = Vec::new();
        for write in writes {
            work.push(async move { (write, self.write_alone(write).await) });
        }
        let outcomes: Vec<(&CountWrite, Result<(), StoreError>)> =
            stream::iter(work).buffer_unordered(CONCURRENCY).collect().await;
        let failures = outcomes
            .into_iter()
            .filter_map(|(write, outcome)| outcome.err().map(|error| again(write, error)));
        failures.collect()
    }

    async fn write_alone(&self, write: &CountWrite) -> Result<(), StoreError> {
        let (version, hash) = write.hint;
        let mut hint = Hint::logged(version);
        hint.hash = hash;
        let work = Work { key: &write.key, of: write.of, hint: &hint };
        let mut planned = write.clone();
        for tries in 1..=TRIES_MAX {
            match self.transact(std::slice::from_ref(&planned)).await {
                Ok(Written::Done) => return self.settled(&planned).await,
                Ok(Written::Overtaken) => backoff(tries).await,
                Err(error) if error.is_passing() => return Err(error),
                Err(error) => {
                    let stuck = Stuck::refused(planned.new.version, &error);
                    return self.park(COUNTS, write.generation, &write.key, &stuck).await;
                }
            }
            match self.plan_count(&work, write.generation, None, Look::Unread).await? {
                Some(again) => planned = again,
                None => return Ok(()),
            }
        }
        let source = "others kept changing the row".into();
        Err(StoreError::Busy { attempt: "counting a record", source })
    }

    async fn settled(&self, write: &CountWrite) -> Result<(), StoreError> {
        self.report.written.fetch_add(1, Ordering::Relaxed);
        let hint = Hint::logged(write.hint.0);
        let work = Work { key: &write.key, of: write.of, hint: &hint };
        self.settle(COUNTS, write.generation, &work, &write.pulled, write.row_was_stale).await
    }

    /// Contributions and what they add to the numbers, in one transaction; a plain write where there
    /// is one and nothing is added. Tried again while other transactions hold the numbers.
    async fn transact(&self, writes: &[CountWrite]) -> Result<Written, StoreError> {
        let mut sums: BTreeMap<&RowKey, i64> = BTreeMap::new();
        for (key, by) in writes.iter().flat_map(|write| &write.differences) {
            *sums.entry(key).or_default() += by;
        }
        sums.retain(|_, by| *by != 0);
        let counters: Vec<(RowKey, i64)> =
            sums.into_iter().map(|(key, by)| (key.clone(), by)).collect();
        let mut tries = 0;
        loop {
            let rows: Vec<WriteOne<'_, Contribution>> = writes
                .iter()
                .map(|write| WriteOne { row: &write.new, expected: write.expected.clone() })
                .collect();
            let written = match rows.as_slice() {
                [row] if counters.is_empty() => {
                    self.store.put_row(Table::Counts, row.clone()).await
                }
                rows => self.store.write_with_counters(Table::Counts, rows, &counters).await,
            };
            match written {
                Err(error) if error.is_passing() && tries < TRIES_MAX => {
                    tries += 1;
                    backoff(tries).await;
                }
                outcome => return outcome,
            }
        }
    }
}

/// The record that has to be counted again, and why.
fn again(write: &CountWrite, error: StoreError) -> (String, StoreError) {
    tracing::warn!(error = chain(&error), record = %write.key, "a record has to be counted again");
    (write.key.pk(), error)
}

/// Whether what the view `records` pulled will do here too: it is whole, and not behind.
fn is_enough(known: &Pulled, work: &Work<'_>, row: Option<&Contribution>) -> bool {
    let Some(folded) = known.folded.as_ref().filter(|_| known.stuck.is_none()) else {
        return false;
    };
    let fits = |row: &Contribution| {
        row.version < folded.version()
            || (row.version == folded.version() && row.hash == folded.head().hash)
    };
    folded.version() >= work.hint.version && row.is_none_or(fits)
}
