//! The projector: pulls the rows of a record to the head of its log.
//!
//! A stream record is only a hint that a record has reached a version. The state is (row, version)
//! and the source can always be read, so duplicates, reordering, lost records, crashes and parallel
//! batches change nothing.

use crate::counts::{Contribution, differences};
use crate::image;
use crate::records::RecordRow;
use crate::views::{COUNTS, FIRST_GENERATION, RECORDS, row_key};
use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_lambda_events::event::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use events::{Registered, Registry};
use futures::stream::{self, StreamExt};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use store::{
    Alarm, Clock, Expectation, Folded, Generation, Parked, ParkedCause, Pulled, Recorded,
    SNAPSHOT_EVERY, Store, StoreError, Stuck, Table, ViewGenerations, WriteOne, Written, folded_on,
};
use vocabulary::{Digest, RecordKey, Version};

/// Records of one batch that are worked on at the same time.
const CONCURRENCY: usize = 8;
/// How often a row is tried again that others keep changing, or whose transaction conflicts.
const TRIES_MAX: u32 = 20;

/// Keeps the views up to date.
#[derive(Debug, Clone)]
pub struct Projector {
    /// The tables.
    pub store: Store,
    /// The record types.
    pub registry: Arc<Registry>,
    /// The time.
    pub clock: Clock,
    /// The build, as parked records name it.
    pub build: &'static str,
    /// What has been done since start.
    pub report: Arc<Report>,
}

/// Counts of what a projector has done since it started.
#[derive(Debug, Default)]
pub struct Report {
    /// Rows written.
    pub written: AtomicU64,
    /// Hints about what was known already.
    pub duplicates: AtomicU64,
    /// Times the log had to be read because commits were missing from the batch.
    pub repaired: AtomicU64,
    /// Records parked.
    pub parked: AtomicU64,
    /// Rows that were of another log.
    pub diverged: AtomicU64,
}

/// A hint that a record has reached a version.
#[derive(Debug, Clone)]
pub(crate) struct Hint {
    source: Source,
    version: Version,
    hash: Option<Digest>,
    commits: Vec<Recorded>,
}

/// Where a hint comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// The stream, which may come late: a row that is ahead of it is the rule.
    Stream,
    /// The log itself: a row that is ahead of it is compared with the log's head.
    Log,
}

impl Hint {
    /// That there is a version in the stream, and nothing more.
    fn streamed(version: Version) -> Self {
        Self { source: Source::Stream, version, hash: None, commits: Vec::new() }
    }

    /// That there is a version in the log, and nothing more.
    pub(crate) fn logged(version: Version) -> Self {
        Self { source: Source::Log, ..Self::streamed(version) }
    }

    /// Whether a row with this version and hash needs nothing.
    fn is_known_to(&self, version: Version, hash: Digest) -> bool {
        (version > self.version && self.source == Source::Stream)
            || (version == self.version && self.hash.is_none_or(|own| own == hash))
    }
}

/// The generations that are kept up.
#[derive(Debug, Clone)]
pub(crate) struct Live {
    pub(crate) records: ViewGenerations,
    pub(crate) counts: ViewGenerations,
}

/// A record at work: what is known of it in this batch.
struct Work<'a> {
    key: &'a RecordKey,
    of: Registered,
    hint: &'a Hint,
}

impl Projector {
    /// Projects one batch of stream records. Only failures that pass are reported, by the lowest
    /// sequence number of a record that failed; everything else is parked or done.
    ///
    /// # Errors
    /// [`StoreError`] when the generations cannot be read: the whole batch is then to be retried.
    pub async fn handle(&self, event: Event) -> Result<DynamoDbEventResponse, StoreError> {
        let live = self.live().await?;
        for record in event.records.iter().filter(|record| record.event_name != "INSERT") {
            self.raise_tampering(record).await?;
        }
        let batch = grouped(&event.records);
        let failures: Vec<Option<String>> = stream::iter(batch)
            .map(|(pk, (sequence, hint))| {
                let live = &live;
                async move {
                    self.project_pk(&pk, &hint, live).await.err().map(|error| {
                        tracing::warn!(
                            error = &error as &dyn std::error::Error,
                            record = pk,
                            "a record has to be projected again"
                        );
                        sequence
                    })
                }
            })
            .buffer_unordered(CONCURRENCY)
            .collect()
            .await;
        let mut response = DynamoDbEventResponse::default();
        if let Some(lowest) = failures.into_iter().flatten().min_by_key(|n| (n.len(), n.clone())) {
            let mut failure = DynamoDbBatchItemFailure::default();
            failure.item_identifier = Some(lowest);
            response.batch_item_failures.push(failure);
        }
        Ok(response)
    }

    /// The generations of the views, registered on first use. Read for every batch, never cached.
    pub(crate) async fn live(&self) -> Result<Live, StoreError> {
        loop {
            let views = self.store.views().await?;
            let find = |name: &str| views.iter().find(|view| view.view == name).cloned();
            match (find(RECORDS), find(COUNTS)) {
                (Some(records), Some(counts)) => return Ok(Live { records, counts }),
                (records, counts) => {
                    for (name, found) in [(RECORDS, records), (COUNTS, counts)] {
                        if found.is_none() {
                            let view = ViewGenerations::first(name, FIRST_GENERATION);
                            // Overtaken means that somebody registered it: it is there.
                            self.store.register_view(&view).await.map(drop)?;
                        }
                    }
                }
            }
        }
    }

    async fn project_pk(&self, pk: &str, hint: &Hint, live: &Live) -> Result<(), StoreError> {
        match image::record_key(pk) {
            Some(key) => self.project(&key, hint, live).await,
            None => {
                tracing::error!(record = pk, "a key in the log is none of ours");
                Ok(())
            }
        }
    }

    /// Pulls every live row of a record to its head.
    pub(crate) async fn project(
        &self,
        key: &RecordKey,
        hint: &Hint,
        live: &Live,
    ) -> Result<(), StoreError> {
        let Some(of) = self.registry.by_name(key.record_type.as_str()) else {
            let error = format!("record type `{}` is not known to this build", key.record_type);
            let stuck = Stuck { version: hint.version, newer_build: true, error };
            for (view, generation) in live.all() {
                self.park(view, generation, key, &stuck).await?;
            }
            return Ok(());
        };
        let work = Work { key, of, hint };
        let mut known = None;
        for generation in live.records.live() {
            known = retried(|| self.project_record(&work, generation)).await?;
        }
        for generation in live.counts.live() {
            retried(|| self.project_count(&work, generation, known.as_ref())).await?;
        }
        Ok(())
    }

    /// Pulls the row of the view `records` to the head; `None` to be tried again.
    async fn project_record(
        &self,
        work: &Work<'_>,
        generation: Generation,
    ) -> Result<Option<Option<Folded>>, StoreError> {
        let row: Option<RecordRow> =
            self.store.row(Table::Records, &row_key(generation, work.key)).await?;
        let base = row.as_ref().and_then(|row| row.folded(work.of, work.key));
        if let (Some(row), Some(folded)) = (&row, &base) {
            if work.hint.is_known_to(row.version, row.hash) && row.stale_at.is_none() {
                self.report.duplicates.fetch_add(1, Ordering::Relaxed);
                return Ok(Some(base));
            }
            if row.version == work.hint.version
                && work.hint.hash.is_some_and(|hash| hash != folded.head().hash)
            {
                return self.refold_record(work, generation, row).await;
            }
        }
        let pulled = self.pulled(work, base).await?;
        self.write_record(work, generation, row.as_ref(), pulled).await
    }

    /// A row of another log is folded anew from the first commit.
    async fn refold_record(
        &self,
        work: &Work<'_>,
        generation: Generation,
        row: &RecordRow,
    ) -> Result<Option<Option<Folded>>, StoreError> {
        let pulled = self.store.pull(work.of, work.key, None).await?;
        self.write_record(work, generation, Some(row), Pulled { diverged: true, ..pulled }).await
    }

    /// The commits of the batch folded on if they follow without a gap, else the log itself.
    async fn pulled(&self, work: &Work<'_>, base: Option<Folded>) -> Result<Pulled, StoreError> {
        if let Some(pulled) = folded_on(work.of, base.as_ref(), &work.hint.commits) {
            let reached = pulled.folded.as_ref().map(Folded::version);
            // A commit that is poison in the image, or cannot be read there, may be sound in the log:
            // only the log decides.
            if pulled.stuck.is_none() && reached >= Some(work.hint.version) {
                return Ok(pulled);
            }
        }
        self.report.repaired.fetch_add(1, Ordering::Relaxed);
        self.store.pull(work.of, work.key, base).await
    }

    async fn write_record(
        &self,
        work: &Work<'_>,
        generation: Generation,
        row: Option<&RecordRow>,
        pulled: Pulled,
    ) -> Result<Option<Option<Folded>>, StoreError> {
        let Pulled { folded, stuck, diverged } = pulled;
        if diverged {
            self.raise_divergence(RECORDS, work.key, row.map(|row| row.version)).await?;
        }
        if let Some(folded) = &folded {
            self.keep_snapshot(work, row.map(|row| row.version), folded.version()).await?;
            let stale_at = stuck.as_ref().map(|stuck| stuck.version);
            let new = RecordRow::of(generation, folded, stale_at).map_err(unwritable)?;
            if row != Some(&new) {
                let expected =
                    row.map_or(Expectation::Absent, |row| Expectation::Marked(row.marks()));
                let write = WriteOne { row: &new, expected };
                match self.store.put_row(Table::Records, write).await {
                    Ok(Written::Done) => {
                        self.report.written.fetch_add(1, Ordering::Relaxed);
                    }
                    Ok(Written::Overtaken) => return Ok(None),
                    Err(error) if error.is_passing() => return Err(error),
                    Err(error) => {
                        let stuck = refused(folded.version(), &error);
                        self.park(RECORDS, generation, work.key, &stuck).await?;
                        return Ok(Some(Some(folded.clone())));
                    }
                }
            }
        }
        let was_stale = row.is_some_and(|row| row.stale_at.is_some());
        self.settle(RECORDS, generation, work, stuck.as_ref(), was_stale, folded.as_ref()).await?;
        Ok(Some(folded))
    }

    /// Brings the record's contribution and the numbers up to date; `None` to be tried again.
    async fn project_count(
        &self,
        work: &Work<'_>,
        generation: Generation,
        known: Option<&Folded>,
    ) -> Result<Option<()>, StoreError> {
        let key = row_key(generation, work.key);
        let row: Option<Contribution> = self.store.row(Table::Counts, &key).await?;
        let same_fold = |row: &Contribution| row.fold == work.of.fingerprint.to_string();
        if let Some(row) = row.as_ref().filter(|row| same_fold(row)) {
            if work.hint.is_known_to(row.version, row.hash) && row.stale_at.is_none() {
                return Ok(Some(()));
            }
        }
        // What is known was read before the row: where that is ahead, others may have been faster.
        let needed =
            row.as_ref().map_or(work.hint.version, |row| row.version.max(work.hint.version));
        let fresh = known.filter(|folded| folded.version() >= needed);
        let pulled = match fresh {
            Some(folded) => Pulled { folded: Some(folded.clone()), stuck: None, diverged: false },
            None => self.store.pull(work.of, work.key, None).await?,
        };
        if let Some(folded) = &pulled.folded {
            let stale_at = pulled.stuck.as_ref().map(|stuck| stuck.version);
            let new = Contribution::of(generation, folded, stale_at);
            let diverged = row.as_ref().is_some_and(|row| {
                row.version > new.version || (row.version == new.version && row.hash != new.hash)
            });
            if diverged {
                self.raise_divergence(COUNTS, work.key, row.as_ref().map(|row| row.version))
                    .await?;
            }
            if row.as_ref() != Some(&new) {
                match self.write_count(work, generation, row.as_ref(), &new).await {
                    Ok(Written::Done) => {}
                    Ok(Written::Overtaken) => return Ok(None),
                    Err(error) if error.is_passing() => return Err(error),
                    Err(error) => {
                        let stuck = refused(folded.version(), &error);
                        self.park(COUNTS, generation, work.key, &stuck).await?;
                        return Ok(Some(()));
                    }
                }
            }
        }
        let was_stale = row.is_some_and(|row| row.stale_at.is_some());
        let stuck = pulled.stuck.as_ref();
        self.settle(COUNTS, generation, work, stuck, was_stale, pulled.folded.as_ref()).await?;
        Ok(Some(()))
    }

    /// The contribution and what it adds to the numbers, in one transaction; a plain write where
    /// nothing is added.
    async fn write_count(
        &self,
        work: &Work<'_>,
        generation: Generation,
        row: Option<&Contribution>,
        new: &Contribution,
    ) -> Result<Written, StoreError> {
        let expected = row.map_or(Expectation::Absent, |row| Expectation::Marked(row.marks()));
        let old = row.and_then(|row| row.status.as_deref());
        let counters = differences(generation, work.key, old, new.status.as_deref());
        let mut tries = 0;
        loop {
            let write = WriteOne { row: new, expected: expected.clone() };
            let written = if counters.is_empty() {
                self.store.put_row(Table::Counts, write).await
            } else {
                self.store.write_with_counters(Table::Counts, &[write], &counters).await
            };
            match written {
                // Another record's transaction held the same number: wait a little, then again.
                Err(error) if error.is_passing() && tries < TRIES_MAX => {
                    tries += 1;
                    pause(tries).await;
                }
                outcome => return outcome,
            }
        }
    }

    /// Parks the record when it is stuck; takes it off the parked ones when it no longer is.
    async fn settle(
        &self,
        view: &'static str,
        generation: Generation,
        work: &Work<'_>,
        stuck: Option<&Stuck>,
        was_stale: bool,
        folded: Option<&Folded>,
    ) -> Result<(), StoreError> {
        match (stuck, folded) {
            (Some(stuck), _) => self.park(view, generation, work.key, stuck).await,
            (None, Some(folded)) if was_stale => {
                self.store.unpark(view, generation, work.key, folded.version()).await
            }
            (None, _) => Ok(()),
        }
    }

    async fn park(
        &self,
        view: &'static str,
        generation: Generation,
        key: &RecordKey,
        stuck: &Stuck,
    ) -> Result<(), StoreError> {
        self.report.parked.fetch_add(1, Ordering::Relaxed);
        tracing::error!(record = %key, view, version = stuck.version.get(), error = stuck.error, metric = "Parked", "a record is parked");
        let cause = if stuck.newer_build { ParkedCause::NewerBuild } else { ParkedCause::Poison };
        let now = self.clock.now();
        let parked = Parked {
            record: key.pk(),
            version: stuck.version,
            cause,
            error: stuck.error.clone(),
            tries: 1,
            first_at: now,
            last_at: now,
            build: self.build.to_owned(),
        };
        self.store.park(view, generation, &parked).await
    }

    /// The version that a record's row has reached, when nothing holds it back.
    pub(crate) async fn reached(
        &self,
        view: &str,
        generation: Generation,
        key: &RecordKey,
    ) -> Result<Option<Version>, StoreError> {
        #[derive(serde::Deserialize)]
        struct Reached {
            version: Version,
            #[serde(default)]
            stale_at: Option<Version>,
        }
        let table = if view == RECORDS { Table::Records } else { Table::Counts };
        let row: Option<Reached> = self.store.row(table, &row_key(generation, key)).await?;
        Ok(row.filter(|row| row.stale_at.is_none()).map(|row| row.version))
    }

    /// Keeps a snapshot when a row passes a hundredth version.
    async fn keep_snapshot(
        &self,
        work: &Work<'_>,
        from: Option<Version>,
        to: Version,
    ) -> Result<(), StoreError> {
        let due = to.get() - to.get() % SNAPSHOT_EVERY;
        if due == 0 || from.is_some_and(|from| from.get() >= due) {
            return Ok(());
        }
        let version = Version::new(due).unwrap_or(to);
        match self.store.load_at(work.of, work.key, version).await {
            Ok(Some(record)) if record.folded.version() == version => {
                self.store.keep_snapshot(&record).await
            }
            Ok(_) => Ok(()),
            Err(store::LoadError::Store(error)) => Err(error),
            // What does not load does not fold either: the row is parked for it.
            Err(store::LoadError::Damaged { .. } | store::LoadError::Fold { .. }) => Ok(()),
        }
    }

    /// Nothing but INSERT may appear on the stream of the log.
    async fn raise_tampering(&self, record: &EventRecord) -> Result<(), StoreError> {
        let (pk, version) = image::subject(record)
            .map_or_else(|| (String::new(), 0), |(pk, version)| (pk, version.get()));
        let sequence = record.change.sequence_number.clone().unwrap_or_default();
        let what = &record.event_name;
        tracing::error!(
            record = pk,
            version,
            what,
            metric = "Tamper",
            "a stored commit was tampered with"
        );
        let alarm = Alarm {
            kind: "tamper".to_owned(),
            record: pk.clone(),
            version,
            detail: format!("{what} of a stored commit"),
            at: self.clock.now(),
        };
        self.store.raise(&format!("tamper#{pk}#{version}#{sequence}"), &alarm).await
    }

    async fn raise_divergence(
        &self,
        view: &'static str,
        key: &RecordKey,
        version: Option<Version>,
    ) -> Result<(), StoreError> {
        self.report.diverged.fetch_add(1, Ordering::Relaxed);
        let version = version.map_or(0, Version::get);
        tracing::error!(record = %key, view, version, metric = "Diverged", "a row was of another log");
        let alarm = Alarm {
            kind: "diverged".to_owned(),
            record: key.pk(),
            version,
            detail: format!("a row of `{view}` was not of this log and was folded anew"),
            at: self.clock.now(),
        };
        self.store.raise(&format!("diverged#{view}#{}#{version}", key.pk()), &alarm).await
    }
}

impl Live {
    /// Every generation of every view that is kept up.
    pub(crate) fn all(&self) -> Vec<(&'static str, Generation)> {
        let records = self.records.live().map(|generation| (RECORDS, generation));
        let counts = self.counts.live().map(|generation| (COUNTS, generation));
        records.chain(counts).collect()
    }
}

/// Hints by record, each with the lowest sequence number that it came from.
fn grouped(records: &[EventRecord]) -> BTreeMap<String, (String, Hint)> {
    let mut batch: BTreeMap<String, (String, Hint)> = BTreeMap::new();
    for record in records.iter().filter(|record| record.event_name == "INSERT") {
        let Some((pk, version)) = image::subject(record) else {
            tracing::error!("a stream record without the log's keys");
            continue;
        };
        let sequence = record.change.sequence_number.clone().unwrap_or_default();
        let commit = image::commit(record).ok();
        let entry = batch.entry(pk).or_insert_with(|| (sequence, Hint::streamed(version)));
        let hint = &mut entry.1;
        if version >= hint.version {
            hint.version = version;
            hint.hash = commit.as_ref().map(Recorded::hash);
        }
        hint.commits.extend(commit);
    }
    for (_, hint) in batch.values_mut() {
        hint.commits.sort_by_key(Recorded::version);
        hint.commits.dedup_by_key(|commit| commit.version());
    }
    batch
}

/// Repeats a step that others overtook, until it stands.
async fn retried<T, F>(mut step: impl FnMut() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<Option<T>, StoreError>>,
{
    for tries in 1..=TRIES_MAX {
        if let Some(done) = step().await? {
            return Ok(done);
        }
        pause(tries).await;
    }
    let source = "others kept changing the row".into();
    Err(StoreError::Busy { attempt: "projecting a record", source })
}

async fn pause(tries: u32) {
    let ceiling_ms = (5_u64 << tries.min(6)).min(300);
    tokio::time::sleep(Duration::from_millis(fastrand::u64(1..=ceiling_ms))).await;
}

fn refused(version: Version, error: &StoreError) -> Stuck {
    Stuck { version, newer_build: false, error: error.to_string() }
}

fn unwritable(error: serde_json::Error) -> StoreError {
    StoreError::Unreadable { attempt: "writing a row", source: error.into() }
}
