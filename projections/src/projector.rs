//! The projector: pulls the rows of a record to the head of its log.
//!
//! A stream record is only a hint that a record has reached a version. The state is (row, version)
//! and the source can always be read, so duplicates, reordering, lost records, crashes and parallel
//! batches change nothing.

use crate::ahead::{Look, Start};
use crate::audit::AuditStart;
use crate::counts::{Contribution, CountWrite};
use crate::image;
use crate::records::RecordRow;
use crate::views::{AUDIT, COUNTS, FIRST_GENERATION, RECORDS};
use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_lambda_events::event::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use events::{Registered, Registry};
use futures::future;
use futures::stream::{self, StreamExt};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use store::{
    ALL_VIEWS, Cause, Clock, Generation, Recorded, Store, StoreError, Stuck, ViewGenerations,
    backoff, chain, folded_on, folds,
};
use vocabulary::{Digest, RecordKey, Version};

/// Records of one batch that are worked on at the same time.
pub(crate) const CONCURRENCY: usize = 8;
/// Records whose rows are read together, and are in memory at the same time: a mapping's batch.
const TOGETHER_MAX: usize = 100;
/// How often a row is tried again that others keep changing.
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
pub struct Hint {
    source: Source,
    /// The version.
    pub version: Version,
    /// The hash of that commit, where the stream carried it.
    pub hash: Option<Digest>,
    /// Commits that the stream carried, ascending.
    pub commits: Vec<Recorded>,
    /// Whether rows of a record's first commit are written for the first time, as a rule.
    fresh: bool,
}

/// Where a hint comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// The stream, or a page of the log while others write: a row that is ahead of it is the rule.
    Stream,
    /// The log itself: a row that is ahead of it is compared with the log's head.
    Log,
}

impl Hint {
    /// That there is a version which is new as a rule: the stream told of it, or a generation is being built.
    /// Rows of a first commit are written without having been read, and read where that does not succeed.
    pub(crate) fn fresh(version: Version) -> Self {
        let (source, commits) = (Source::Stream, Vec::new());
        Self { source, version, hash: None, commits, fresh: true }
    }

    /// Whether there is no row to go on from, as a rule, and the commits tell all of it.
    pub(crate) fn begins_row(&self) -> bool {
        let first = self.commits.first().map(Recorded::version);
        self.fresh && first == Some(Version::FIRST)
    }

    /// That there is a version in the log, and nothing more.
    pub fn logged(version: Version) -> Self {
        Self { source: Source::Log, fresh: false, ..Self::fresh(version) }
    }

    /// Whether a row with this version and hash needs nothing.
    pub(crate) fn is_known_to(&self, version: Version, hash: Digest) -> bool {
        (version > self.version && self.source == Source::Stream)
            || (version == self.version && !self.contradicts(version, hash))
    }

    /// Whether the log has another commit at the row's version than the row folded.
    pub(crate) fn contradicts(&self, version: Version, hash: Digest) -> bool {
        version == self.version && self.hash.is_some_and(|own| own != hash)
    }
}

/// The generations that are written to, by view.
#[derive(Debug, Clone, Default)]
pub struct Targets {
    /// Of the view `records`.
    pub records: Vec<Generation>,
    /// Of the view `counts`.
    pub counts: Vec<Generation>,
    /// Of the view `audit`.
    pub audit: Vec<Generation>,
}

/// A record at work.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Work<'a> {
    pub(crate) key: &'a RecordKey,
    pub(crate) of: Registered,
    pub(crate) hint: &'a Hint,
}

/// One step towards the head.
#[derive(Debug)]
pub(crate) enum Step<T> {
    /// It is taken.
    Done(T),
    /// Somebody else changed the row meanwhile: read it again.
    Overtaken,
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
        let hints = batch.iter().map(|(pk, (_, hint))| (pk.as_str(), hint));
        let failed = self.project_all(hints, &live).await;
        self.tell_lag(&batch);
        let failed = failed.iter().filter_map(|(pk, _)| batch.get(pk));
        let sequences = failed.map(|(sequence, _)| sequence);
        let mut response = DynamoDbEventResponse::default();
        // Sequence numbers are decimal without leading zeros: the longer one is the greater.
        if let Some(lowest) = sequences.min_by_key(|number| (number.len(), number.as_str())) {
            let mut failure = DynamoDbBatchItemFailure::default();
            failure.item_identifier = Some(lowest.clone());
            response.batch_item_failures.push(failure);
        }
        Ok(response)
    }

    /// How old the oldest commit of a batch is now that views show it.
    fn tell_lag(&self, batch: &BTreeMap<String, (String, Hint)>) {
        let commits = batch.values().flat_map(|(_, hint)| &hint.commits);
        if let Some(oldest) = commits.map(|commit| commit.commit().at).min() {
            let lag_ms = self.clock.now().as_millis() - oldest.as_millis();
            tracing::info!(
                metric = "ProjectionLagMs",
                value = lag_ms,
                records = batch.len(),
                "a batch was projected"
            );
        }
    }

    /// Projects records and says which of them failed for the moment, and why.
    pub(crate) async fn project_all<'a>(
        &self,
        hints: impl Iterator<Item = (&'a str, &'a Hint)>,
        live: &Targets,
    ) -> Vec<(String, StoreError)> {
        let hints: Vec<(&str, &Hint)> = hints.collect();
        let mut outcomes = Vec::new();
        for together in hints.chunks(TOGETHER_MAX) {
            // On the heap, as all that holds what the views hold on their way.
            outcomes.extend(Box::pin(self.project_some(together, live)).await);
        }
        let mut failed = Vec::new();
        let mut counts = Vec::new();
        for (pk, projected) in outcomes {
            counts.extend(projected.counts);
            if let Err(error) = projected.outcome {
                tracing::warn!(
                    error = chain(&error),
                    record = pk,
                    "a record has to be projected again"
                );
                failed.push((pk.to_owned(), error));
            }
        }
        failed.extend(self.write_counts(counts).await);
        failed
    }

    /// The rows of some records, without what there is to count.
    async fn project_some<'a>(
        &self,
        hints: &[(&'a str, &'a Hint)],
        live: &Targets,
    ) -> Vec<(&'a str, Projected)> {
        let (mut outcomes, mut keys) = (Vec::new(), Vec::new());
        for (pk, hint) in hints {
            match self.known(pk, hint, live).await {
                Ok((key, of)) => keys.push((*pk, key, of, *hint)),
                Err(projected) => outcomes.push((*pk, projected)),
            }
        }
        let works: Vec<Work<'_>> =
            keys.iter().map(|(_, key, of, hint)| Work { key, of: *of, hint }).collect();
        let starts = Box::pin(self.start(&works, live)).await;
        let mut all = Vec::new();
        for ((work, start), (pk, ..)) in works.iter().zip(starts).zip(&keys) {
            all.push(async move { (*pk, self.project_rows(work, live, start).await) });
        }
        let done: Vec<(&str, Projected)> =
            stream::iter(all).buffer_unordered(CONCURRENCY).collect().await;
        outcomes.extend(done);
        outcomes
    }

    /// Pulls every live row of one record to its head.
    ///
    /// # Errors
    /// [`StoreError`] for what passes; everything else is parked or done.
    pub(crate) async fn project(
        &self,
        pk: &str,
        hint: &Hint,
        live: &Targets,
    ) -> Result<(), StoreError> {
        let failed = self.project_all(std::iter::once((pk, hint)), live).await.pop();
        failed.map_or(Ok(()), |(_, error)| Err(error))
    }

    /// The generations that are kept up, of views that are registered on first use. Read for every batch,
    /// never cached.
    pub(crate) async fn live(&self) -> Result<Targets, StoreError> {
        Ok(Targets::live(&self.registered().await?))
    }

    /// The generations of all views, registered on first use.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn registered(&self) -> Result<Vec<ViewGenerations>, StoreError> {
        for tries in 1..=TRIES_MAX {
            let views = self.store.views().await?;
            let find = |name: &str| views.iter().find(|view| view.view == name);
            if ALL_VIEWS.iter().all(|name| find(name).is_some()) {
                return Ok(views);
            }
            if views.is_empty() {
                // Nobody who does not know the audit view has ever been at work here.
                let now = self.clock.now();
                self.store.begin_pass(AUDIT, FIRST_GENERATION, now).await?;
            }
            for name in ALL_VIEWS {
                if find(name).is_none() {
                    let view = self.first(name);
                    // Overtaken means that somebody registered it: it is there.
                    self.store.register_view(&view).await.map(drop)?;
                }
            }
            backoff(tries).await;
        }
        let source = "the views cannot be registered".into();
        Err(StoreError::Busy { attempt: "reading the views' generations", source })
    }

    /// A view's first generation, made by this build.
    fn first(&self, view: &str) -> ViewGenerations {
        let mut first = ViewGenerations::first(view, FIRST_GENERATION);
        let number = FIRST_GENERATION.number.to_string();
        first.folds.insert(number, folds(view, &self.registry));
        first
    }

    /// The record of a key and its type; or else what became of it: where this build does not know its type
    /// it is parked for one that does.
    async fn known(
        &self,
        pk: &str,
        hint: &Hint,
        live: &Targets,
    ) -> Result<(RecordKey, Registered), Projected> {
        let Some(key) = image::record_key(pk) else {
            tracing::error!(record = pk, "a key in the log is none of ours");
            return Err(Projected { counts: Vec::new(), outcome: Ok(()) });
        };
        let Some(of) = self.registry.by_name(key.record_type.as_str()) else {
            let error = format!("record type `{}` is not known to this build", key.record_type);
            let stuck = Stuck { version: hint.version, cause: Cause::NewerBuild, error };
            let outcome = self.park_in(&live.all(), &key, &stuck).await;
            return Err(Projected { counts: Vec::new(), outcome });
        };
        Ok((key, of))
    }

    /// Pulls the rows of a record to the head, in each view by itself, and says what there is to count.
    /// What fails for good is parked.
    async fn project_rows(&self, work: &Work<'_>, live: &Targets, start: Start) -> Projected {
        let Start { records, counts, audit } = start;
        // On the heap: what the views hold on their way is large.
        let states = Box::pin(self.project_states(work, live, (records, counts)));
        let commits = Box::pin(self.project_commits(work, live, audit));
        let (states, commits) = future::join(states, commits).await;
        match states {
            Ok(counts) => Projected { counts, outcome: commits },
            Err(error) => Projected { counts: Vec::new(), outcome: Err(error) },
        }
    }

    /// The views `records` and `counts`, of which the one makes use of what the other has folded.
    async fn project_states(
        &self,
        work: &Work<'_>,
        live: &Targets,
        looks: Looks,
    ) -> Result<Vec<CountWrite>, StoreError> {
        match self.fold_states(work, live, looks).await {
            Err(error) if !error.is_passing() => {
                let stuck = Stuck::refused(work.hint.version, &error);
                self.park_in(&live.states(), work.key, &stuck).await?;
                Ok(Vec::new())
            }
            outcome => outcome,
        }
    }

    async fn fold_states(
        &self,
        work: &Work<'_>,
        live: &Targets,
        (records, counted): Looks,
    ) -> Result<Vec<CountWrite>, StoreError> {
        let mut pulled = None;
        for (generation, mut look) in live.records.iter().zip(records) {
            let step = || self.project_record(work, *generation, std::mem::take(&mut look));
            pulled = Some(retried(step).await?);
        }
        if live.records.is_empty() {
            // Nobody has folded the record: its commits may be at hand from the first one on.
            pulled = folded_on(work.of, None, &work.hint.commits);
        }
        let mut counts = Vec::new();
        for (generation, look) in live.counts.iter().zip(counted) {
            counts.extend(self.plan_count(work, *generation, pulled.as_ref(), look).await?);
        }
        Ok(counts)
    }

    /// The view `audit`.
    async fn project_commits(
        &self,
        work: &Work<'_>,
        live: &Targets,
        starts: Vec<AuditStart>,
    ) -> Result<(), StoreError> {
        for (generation, start) in live.audit.iter().zip(starts) {
            Box::pin(self.project_audit(work, *generation, start)).await?;
        }
        Ok(())
    }

    async fn park_in(
        &self,
        views: &[(&'static str, Generation)],
        key: &RecordKey,
        stuck: &Stuck,
    ) -> Result<(), StoreError> {
        for (view, generation) in views {
            self.park(view, *generation, key, stuck).await?;
        }
        Ok(())
    }
}

/// What is known of a record's rows in the views `records` and `counts`.
type Looks = (Vec<Look<RecordRow>>, Vec<Look<Contribution>>);

/// What became of a record, and what there is to count of it.
struct Projected {
    counts: Vec<CountWrite>,
    outcome: Result<(), StoreError>,
}

impl Targets {
    /// The generations of views that are kept up, the active one last: so none that queries may be pointed
    /// at is ever behind the one that they read, and nobody sees a row go back when a generation is
    /// promoted or a promotion undone.
    pub fn live(views: &[ViewGenerations]) -> Self {
        let mut targets = Self::default();
        for view in views {
            let live: Vec<Generation> = view.live().collect();
            live.into_iter().rev().for_each(|generation| targets.add(&view.view, generation));
        }
        targets
    }

    /// One generation of one view.
    pub fn one(view: &str, generation: Generation) -> Self {
        let mut targets = Self::default();
        targets.add(view, generation);
        targets
    }

    fn add(&mut self, view: &str, generation: Generation) {
        match view {
            RECORDS => self.records.push(generation),
            COUNTS => self.counts.push(generation),
            AUDIT => self.audit.push(generation),
            other => tracing::error!(view = other, "a view that is none of ours is registered"),
        }
    }

    /// Every one of them with its view.
    pub(crate) fn all(&self) -> Vec<(&'static str, Generation)> {
        let audit = self.audit.iter().map(|generation| (AUDIT, *generation));
        self.states().into_iter().chain(audit).collect()
    }

    /// Those of the views that show how records are now.
    fn states(&self) -> Vec<(&'static str, Generation)> {
        let records = self.records.iter().map(|generation| (RECORDS, *generation));
        let counts = self.counts.iter().map(|generation| (COUNTS, *generation));
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
        let entry = batch.entry(pk).or_insert_with(|| (sequence, Hint::fresh(version)));
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

/// Repeats a step that others overtook, until it is taken.
pub(crate) async fn retried<T, F>(mut step: impl FnMut() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<Step<T>, StoreError>>,
{
    for tries in 1..=TRIES_MAX {
        if let Step::Done(done) = step().await? {
            return Ok(done);
        }
        backoff(tries).await;
    }
    let source = "others kept changing the row".into();
    Err(StoreError::Busy { attempt: "projecting a record", source })
}
