//! What is done with one page: of the log, of the records that are named, or of a generation's rows.

use super::Rebuilder;
use super::segment::part;
use crate::heads::{Heads, heads};
use crate::projector::{Hint, Projector, Report, Targets};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use store::{
    Difference, LogCommit, LogPlace, Phase, Rebuild, RebuildKind, Scope, Segment, StoreError, Tally,
};
use vocabulary::{Digest, RecordKey, Version};

/// How many records that are named make a page.
const NAMED: usize = 100;

/// What a page came to.
pub(super) struct Done {
    pub(super) tally: Tally,
    pub(super) differences: Vec<Difference>,
    /// Where the next one begins; `None` at the end.
    pub(super) next: Option<LogPlace>,
}

impl Rebuilder {
    /// Does the page at the cursor of a segment. Done twice, it leads to the same rows.
    pub(super) async fn page(
        &self,
        job: &Rebuild,
        segment: &Segment,
        limit: i32,
    ) -> Result<Done, StoreError> {
        let report = Arc::new(Report::default());
        let projector = Projector { report: report.clone(), ..self.projector.clone() };
        let worker = Worker { projector, job };
        let mut done = match (segment.phase, &job.scope) {
            (Phase::Count, _) => worker.rows(segment).await?,
            (Phase::Read, Scope::Records(named)) => worker.named(segment, named).await?,
            (Phase::Read | Phase::Verify | Phase::Compare, _) => worker.log(segment, limit).await?,
        };
        let told = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        done.tally.written += told(&report.written);
        done.tally.parked += told(&report.parked);
        if job.kind != RebuildKind::Repair {
            done.tally.repaired += told(&report.repaired);
        }
        for difference in &done.differences {
            let counted =
                if difference.is_lag() { &mut done.tally.lag } else { &mut done.tally.drift };
            *counted += 1;
        }
        Ok(done)
    }
}

/// A projector at work for a rebuild, with a report of its own for each page.
struct Worker<'a> {
    projector: Projector,
    job: &'a Rebuild,
}

impl Worker<'_> {
    /// A page of the log.
    async fn log(&self, segment: &Segment, limit: i32) -> Result<Done, StoreError> {
        let cursor = segment.cursor.as_ref();
        let page = self.projector.store.log_page(part(segment), cursor, limit).await?;
        let mut tally = Tally { read_units: page.read_units, ..Tally::default() };
        let mut commits = page.commits;
        if segment.phase == Phase::Read {
            commits.retain(|commit| self.is_wanted(commit));
        }
        tally.commits = number(commits.len());
        // Each record has one first commit: by it, it is counted and compared once.
        let first = commits.iter().filter(|commit| commit.version == Version::FIRST);
        let begun: BTreeSet<String> = first.map(|commit| commit.pk.clone()).collect();
        tally.records = number(begun.len());
        let mut heads = heads(commits, self.hint());
        if segment.phase != Phase::Read {
            heads.retain(|pk, _| begun.contains(pk) && self.is_sampled(pk));
            tally.records = number(heads.len());
        }
        let differences = self.work(segment.phase, &heads, &mut tally).await?;
        Ok(Done { tally, differences, next: page.next })
    }

    /// Whether a commit is in the scope.
    fn is_wanted(&self, found: &LogCommit) -> bool {
        match &self.job.scope {
            Scope::Everything => true,
            Scope::Records(named) => named.contains(&found.pk),
            Scope::Type(name) => {
                RecordKey::from_pk(&found.pk).is_ok_and(|key| key.record_type.as_str() == name)
            }
            // What cannot be read may be as new as any.
            Scope::Since(since) => {
                found.commit.as_ref().map_or(true, |commit| commit.commit().at >= *since)
            }
        }
    }

    /// Whether a record is in the sample, which is another one for each verification.
    fn is_sampled(&self, pk: &str) -> bool {
        let drawn = || Digest::of_list(&[self.job.id.as_str(), pk]).shard(1_000);
        self.job.sample.is_none_or(|per_mille| drawn() < per_mille)
    }

    /// Into a new generation others write what is newer than the page. Generations that are live are held
    /// against the log, so that rows which are ahead of it are found.
    fn hint(&self) -> fn(Version) -> Hint {
        match self.job.kind {
            RebuildKind::Full | RebuildKind::DryRun => Hint::fresh,
            RebuildKind::Verify | RebuildKind::Repair | RebuildKind::Pass => Hint::logged,
        }
    }

    /// A page of the records that are named: the cursor holds how many are done.
    async fn named(&self, segment: &Segment, named: &[String]) -> Result<Done, StoreError> {
        let begin = segment.cursor.as_ref().and_then(|place| place.rev.parse().ok()).unwrap_or(0);
        let mut heads = Heads::new();
        let page: Vec<&String> = named.iter().skip(begin).take(NAMED).collect();
        for pk in &page {
            let Ok(key) = RecordKey::from_pk(pk) else { continue };
            // A repair takes away what there is of a record that the log does not know.
            let newest = self.projector.store.newest(&key).await?;
            let version = newest.map_or(Version::FIRST, |newest| {
                newest.map_or(Version::LAST, |commit| commit.version())
            });
            heads.insert((*pk).clone(), Hint::logged(version));
        }
        let mut tally = Tally { records: number(heads.len()), ..Tally::default() };
        let differences = self.work(segment.phase, &heads, &mut tally).await?;
        let done = begin + page.len();
        let next = page.last().filter(|_| done < named.len());
        let next = next.map(|pk| LogPlace { pk: (*pk).clone(), rev: done.to_string() });
        Ok(Done { tally, differences, next })
    }

    /// Writes or compares the rows of a page's records.
    async fn work(
        &self,
        phase: Phase,
        heads: &Heads,
        tally: &mut Tally,
    ) -> Result<Vec<Difference>, StoreError> {
        let Rebuild { view, generation, kind, .. } = self.job;
        let projector = &self.projector;
        match (phase, kind) {
            (Phase::Read, RebuildKind::Repair) => {
                let found = projector.repair_page(view, &self.live().await?, heads).await?;
                tally.repaired += number(found.len());
                Ok(found)
            }
            (Phase::Read, RebuildKind::Pass) => self.write(heads, &self.live().await?).await,
            (Phase::Read, RebuildKind::Full | RebuildKind::DryRun | RebuildKind::Verify) => {
                self.write(heads, &Targets::one(view, *generation)).await
            }
            (Phase::Compare, _) => {
                let active = projector.store.view(view).await?.map(|view| view.active);
                let active = active.unwrap_or(*generation);
                projector.compare_page(view, *generation, active, heads).await
            }
            (Phase::Verify | Phase::Count, _) => {
                let verified = projector.verify_page(view, *generation, heads).await?;
                tally.parked += verified.parked;
                Ok(verified.differences)
            }
        }
    }

    /// The live generations of the view.
    async fn live(&self) -> Result<Targets, StoreError> {
        let view = self.projector.store.view(&self.job.view).await?;
        Ok(view.map_or_else(Targets::default, |view| Targets::live(&[view])))
    }

    async fn write(&self, heads: &Heads, to: &Targets) -> Result<Vec<Difference>, StoreError> {
        let hints = heads.iter().map(|(pk, hint)| (pk.as_str(), hint));
        let mut failed = self.projector.project_all(hints, to).await;
        failed.pop().map_or_else(|| Ok(Vec::new()), |(_, error)| Err(error))
    }

    /// A page of the rows of the generation.
    async fn rows(&self, segment: &Segment) -> Result<Done, StoreError> {
        let Rebuild { view, generation, .. } = self.job;
        let (differences, next) = self
            .projector
            .verify_counts(view, *generation, part(segment), segment.cursor.as_ref())
            .await?;
        Ok(Done { tally: Tally::default(), differences, next })
    }
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
