//! What an operator does with a rebuild, and what each phase of it needs.

use super::{Phase, Rebuild, RebuildKind, RebuildState, Scope, Segment};
use crate::{Store, StoreError, Unchanged, ViewGenerations, Written, backoff};
use vocabulary::{Instant, RecordId};

/// How often a change is tried that others overtake.
const TRIES_MAX: u32 = 20;

impl RebuildKind {
    /// The phases, in their order.
    pub fn phases(self) -> &'static [Phase] {
        match self {
            Self::Full => &[Phase::Read, Phase::Verify, Phase::Count],
            Self::DryRun => &[Phase::Read, Phase::Compare],
            Self::Verify => &[Phase::Verify, Phase::Count],
            Self::Repair | Self::Pass => &[Phase::Read],
        }
    }
}

impl Rebuild {
    /// The phases of it, in their order: a sample is not counted.
    pub fn phases(&self) -> &'static [Phase] {
        match (self.kind, self.sample) {
            (RebuildKind::Verify, Some(_)) => &[Phase::Verify],
            (kind, _) => kind.phases(),
        }
    }

    /// The segments of a phase, none of which has begun. Records that are named are one segment.
    pub fn fresh_segments(&self, phase: Phase, now: Instant) -> Vec<Segment> {
        let named = phase == Phase::Read && matches!(self.scope, Scope::Records(_));
        let of = if named { 1 } else { self.parallel.clamp(1, 64) };
        Segment::fresh(phase, of, now)
    }

    /// The phase that is worked on: the last one that has segments.
    pub fn phase(&self, segments: &[Segment]) -> Option<Phase> {
        segments.iter().map(|segment| segment.phase).max()
    }
}

impl Store {
    /// Lets the workers of a rebuild rest after the page in hand, or go on. Whoever lets them go on sends a
    /// message for each segment that is not done.
    ///
    /// # Errors
    /// [`Unchanged::Ended`] of one that is over.
    pub async fn pause_rebuild(&self, id: &RecordId, paused: bool) -> Result<Rebuild, Unchanged> {
        self.alter(id, |job, _view| {
            if !job.is_open() {
                return Err(Unchanged::Ended);
            }
            Ok((job.paused != paused).then(|| (Rebuild { paused, ..job.clone() }, None)))
        })
        .await
    }

    /// Ends a rebuild, and gives up the generation that it built, be it verified already, as long as that
    /// was not promoted. A message [`Job::Clean`](crate::Job::Clean) lets its rows be taken away.
    ///
    /// # Errors
    /// [`Unchanged::Ended`] of one that is over and has left no generation to give up.
    pub async fn cancel_rebuild(&self, id: &RecordId, now: Instant) -> Result<Rebuild, Unchanged> {
        self.alter(id, |job, view| {
            let abandoned = view.and_then(|view| view.abandon(id).ok());
            if job.state == RebuildState::Cancelled {
                return Ok(None);
            }
            if !job.is_open() && abandoned.is_none() {
                return Err(Unchanged::Ended);
            }
            let cancelled = Rebuild {
                state: RebuildState::Cancelled,
                paused: false,
                ended_at: Some(now),
                ..job.clone()
            };
            Ok(Some((cancelled, abandoned)))
        })
        .await
    }

    /// Ends a rebuild that cannot go on, and gives up what it built.
    ///
    /// # Errors
    /// [`Unchanged::Ended`] of one that is over.
    pub async fn fail_rebuild(
        &self,
        id: &RecordId,
        error: &str,
        now: Instant,
    ) -> Result<Rebuild, Unchanged> {
        self.alter(id, |job, view| {
            if !job.is_open() {
                return Err(Unchanged::Ended);
            }
            let failed = Rebuild {
                state: RebuildState::Failed,
                paused: false,
                ended_at: Some(now),
                error: Some(error.to_owned()),
                ..job.clone()
            };
            Ok(Some((failed, view.and_then(|view| view.abandon(id).ok()))))
        })
        .await
    }

    /// Moves a rebuild on, with its view, from whatever both are when the write comes through. `step` says
    /// what they become; nothing when there is nothing to do.
    ///
    /// # Errors
    /// What `step` says, and [`Unchanged`].
    pub async fn alter(
        &self,
        id: &RecordId,
        step: impl Fn(&Rebuild, Option<&ViewGenerations>) -> Result<Altered, Unchanged>,
    ) -> Result<Rebuild, Unchanged> {
        for tries in 1..=TRIES_MAX {
            let mut job = self.rebuild(id).await?.ok_or(Unchanged::Unknown)?;
            let view = self.view(&job.view).await?;
            let Some((changed, view)) = step(&job, view.as_ref())? else { return Ok(job) };
            job = changed;
            if self.change_rebuild(&mut job, view.as_ref()).await? == Written::Done {
                return Ok(job);
            }
            backoff(tries).await;
        }
        let source = "others kept changing the rebuild".into();
        Err(StoreError::Busy { attempt: "changing a rebuild", source }.into())
    }

    /// How many commits a rebuild has to read, about: what DynamoDB counted, or else what the newest
    /// rebuild read; 0 where neither is known. One call, and at times a listing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn expected_commits(&self) -> Result<u64, StoreError> {
        const LOOKED_AT: usize = 10;
        let counted = self.log_size().await?;
        if counted > 0 {
            return Ok(counted);
        }
        let whole = |job: &Rebuild| job.caught_up_at.is_some();
        let Some(job) = self.rebuilds(None, LOOKED_AT).await?.into_iter().find(whole) else {
            return Ok(0);
        };
        let segments = self.segments(&job.id).await?;
        let read = segments.iter().filter(|segment| segment.phase == Phase::Read);
        Ok(read.map(|segment| segment.tally.commits).sum())
    }
}

/// What a rebuild and its view become; nothing where there is nothing to do.
pub type Altered = Option<(Rebuild, Option<ViewGenerations>)>;
