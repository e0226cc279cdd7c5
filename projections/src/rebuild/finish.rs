//! From one phase to the next, and to the end: safe to repeat at every step.

use super::{Failed, Rebuilder, millis};
use crate::acts::{self, Untold};
use crate::projector::Projector;
use crate::views::{AUDIT, COUNTS};
use events::operation::{Command, RebuildEnd, Rejection};
use std::time::Duration;
use store::{
    ActError, Altered, BuildState, DELAY_MAX, Generation, Job, NotNow, Pass, Phase, Rebuild,
    RebuildKind, RebuildState, Segment, StoreError, Tally, Unchanged, ViewGenerations,
};
use vocabulary::{Instant, RecordId};

/// Why a rebuild ended whose generation is no more.
const ORPHANED: &str = "the generation that it was about was retired";
/// The worker's name in the log.
const WORKER: &str = "rebuilder";

impl Rebuilder {
    /// Lets the workers begin: the segments of the first phase are there and each is told of.
    ///
    /// # Errors
    /// [`Failed`]; begun again, what is missing is added.
    pub async fn begin(&self, job: &Rebuild) -> Result<(), Failed> {
        match job.phases().first() {
            Some(first) => self.open(job, *first).await,
            None => Ok(()),
        }
    }

    /// Lets the workers go on with what is not done: after a pause, and when messages were lost.
    ///
    /// # Errors
    /// [`Failed`]; done again, some messages come twice.
    pub async fn go_on_with(&self, job: &Rebuild) -> Result<(), Failed> {
        let segments = self.projector.store.segments(&job.id).await?;
        let Some(phase) = job.phase(&segments) else { return self.begin(job).await };
        let now = segments.iter().filter(|segment| segment.phase == phase);
        if now.clone().all(|segment| segment.done_at.is_some()) {
            return self.move_on(&job.id, phase).await;
        }
        self.tell(job, now).await
    }

    /// Adds the segments of a phase and sends a message for each that is not done.
    async fn open(&self, job: &Rebuild, phase: Phase) -> Result<(), Failed> {
        let store = &self.projector.store;
        let now = self.projector.clock.now();
        store.add_segments(&job.id, &job.fresh_segments(phase, now)).await?;
        let segments = store.segments(&job.id).await?;
        self.tell(job, segments.iter().filter(|segment| segment.phase == phase)).await
    }

    /// Tells the workers of segments that are not done.
    pub(super) async fn tell<'a>(
        &self,
        job: &Rebuild,
        segments: impl Iterator<Item = &'a Segment>,
    ) -> Result<(), Failed> {
        let wait = job.not_before.as_millis() - self.projector.clock.now().as_millis();
        let wait = u64::try_from(wait).unwrap_or(0).div_ceil(1_000);
        for segment in segments.filter(|segment| segment.done_at.is_none()) {
            let told = Job::Segment {
                rebuild: job.id.clone(),
                phase: segment.phase,
                segment: segment.number,
            };
            self.queue.send_later(&told, Duration::from_secs(wait).min(DELAY_MAX)).await?;
        }
        Ok(())
    }

    /// Moves a rebuild on when every segment of a phase is done: to the next phase, or to its end. Of those
    /// that do so at the same time, one changes it and all send the messages.
    pub(super) async fn move_on(&self, id: &RecordId, phase: Phase) -> Result<(), Failed> {
        let store = &self.projector.store;
        let segments = store.segments(id).await?;
        let mut now = segments.iter().filter(|segment| segment.phase == phase);
        if now.any(|segment| segment.done_at.is_none()) {
            return Ok(());
        }
        let Some(job) = store.rebuild(id).await? else { return Ok(()) };
        if !job.is_open() {
            return self.ended(&job).await;
        }
        let next = job.phases().iter().copied().find(|next| *next > phase);
        match next {
            Some(next) => {
                let fresh = job.fresh_segments(next, self.projector.clock.now());
                store.add_segments(id, &fresh).await?;
                self.reach(&job, phase).await?;
                self.open(&job, next).await
            }
            None => self.finish(&job, Tally::total(&segments)).await,
        }
    }

    /// Says that a phase is over, as far as that is a state of the rebuild and of its view.
    async fn reach(&self, job: &Rebuild, phase: Phase) -> Result<(), Failed> {
        if phase != Phase::Read {
            return Ok(());
        }
        if job.view == AUDIT && job.kind == RebuildKind::Full {
            self.passed(job.generation).await?;
        }
        let now = self.projector.clock.now();
        let alter = |from, step: fn(&Rebuild, Instant) -> Rebuild, building| {
            let step = move |job: &Rebuild, view: Option<&ViewGenerations>| -> Stepped {
                if job.state != from {
                    return Ok(None);
                }
                let view = match (building, view) {
                    (true, Some(view)) => Some(view.reached(job.generation, BuildState::CaughtUp)?),
                    (_, _) => None,
                };
                Ok(Some((step(job, now), view)))
            };
            self.projector.store.alter(&job.id, step)
        };
        alter(RebuildState::Building, caught_up, true).await?;
        alter(RebuildState::CaughtUp, verifying, false).await?;
        Ok(())
    }

    /// Says that a generation of the audit view has been held against the whole log.
    async fn passed(&self, generation: Generation) -> Result<(), StoreError> {
        let now = self.projector.clock.now();
        let pass = Pass { not_before: now, place: None, done_at: Some(now) };
        self.projector.store.keep_pass(AUDIT, generation, &pass).await
    }

    /// Ends a rebuild of which everything has been read and compared.
    async fn finish(&self, job: &Rebuild, tally: Tally) -> Result<(), Failed> {
        let store = &self.projector.store;
        if job.view == AUDIT && job.kind == RebuildKind::Pass {
            for generation in store.view(AUDIT).await?.iter().flat_map(ViewGenerations::live) {
                self.passed(generation).await?;
            }
        }
        if job.view == COUNTS && job.kind == RebuildKind::DryRun {
            self.tell_numbers(job).await?;
        }
        let parked = store.hinders_promotion(&job.view, job.generation).await?;
        let end = End {
            drift: tally.drift,
            hindered: parked,
            accepted: tally.parked > 0 && !parked,
            now: self.projector.clock.now(),
            keep_ms: millis(self.settings.keep),
        };
        let job = store.alter(&job.id, |job, view| end.of(job, view)).await?;
        self.ended(&job).await
    }

    /// Tells how the numbers of a trial differ from those that queries read.
    async fn tell_numbers(&self, job: &Rebuild) -> Result<(), StoreError> {
        let store = &self.projector.store;
        let Some(view) = store.view(&job.view).await? else { return Ok(()) };
        let found = self.projector.compare_numbers(job.generation, view.active).await?;
        store.add_differences(&job.id, &found, self.projector.clock.now()).await
    }

    /// Ends a rebuild whose generation was given up by others.
    pub(super) async fn orphaned(&self, job: &Rebuild) -> Result<(), Failed> {
        let now = self.projector.clock.now();
        let failed = self.projector.store.fail_rebuild(&job.id, ORPHANED, now).await?;
        self.ended(&failed).await
    }

    /// What is left to do of a rebuild that is over: the log is told, and generations that it gave up are
    /// taken away.
    pub(super) async fn ended(&self, job: &Rebuild) -> Result<(), Failed> {
        tracing::info!(rebuild = job.id.as_str(), view = job.view, state = ?job.state, "a rebuild is over");
        self.tell_log(job).await?;
        let view = self.projector.store.view(&job.view).await?;
        for generation in view.iter().flat_map(|view| &view.retiring) {
            let clean = Job::Clean { view: job.view.clone(), generation: generation.number };
            self.queue.send(&clean).await?;
        }
        Ok(())
    }
}

impl Rebuilder {
    /// Tells the log how a rebuild ended. What it was told first holds, and a rebuild that no operator
    /// ordered has no record to be told of.
    async fn tell_log(&self, job: &Rebuild) -> Result<(), Failed> {
        let Projector { store, registry, clock, build, .. } = &self.projector;
        let segments = store.segments(&job.id).await?;
        let tally = Tally::total(&segments);
        let end = RebuildEnd {
            outcome: outcome(job.state).to_owned(),
            commits: tally.commits,
            records: tally.records,
            written: tally.written,
            repaired: tally.repaired,
            parked: tally.parked,
            lag: tally.lag,
            drift: tally.drift,
            error: job.error.clone(),
        };
        let command = || Command::EndRebuild(end.clone());
        let of = (&job.tenant, &job.id);
        match acts::tell(store, registry, (clock, build), WORKER, of, command).await {
            Ok(()) | Err(Untold::Unknown | Untold::Act(ActError::Refused(Rejection::Ended))) => {
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn outcome(state: RebuildState) -> &'static str {
    match state {
        RebuildState::Failed => "failed",
        RebuildState::Cancelled => "cancelled",
        RebuildState::Building
        | RebuildState::CaughtUp
        | RebuildState::Verifying
        | RebuildState::Verified => "verified",
    }
}

type Stepped = Result<Altered, Unchanged>;

fn caught_up(job: &Rebuild, now: Instant) -> Rebuild {
    Rebuild { state: RebuildState::CaughtUp, caught_up_at: Some(now), ..job.clone() }
}

fn verifying(job: &Rebuild, _now: Instant) -> Rebuild {
    Rebuild { state: RebuildState::Verifying, ..job.clone() }
}

/// How a rebuild ends.
struct End {
    /// Differences that are none of time.
    drift: u64,
    /// Whether records are parked in its generation that nobody has accepted.
    hindered: bool,
    /// Whether records are parked in it, and all of that is accepted.
    accepted: bool,
    now: Instant,
    keep_ms: i64,
}

impl End {
    /// What the rebuild and its view become.
    fn of(&self, job: &Rebuild, view: Option<&ViewGenerations>) -> Stepped {
        if !job.is_open() {
            return Ok(None);
        }
        let agrees = self.drift == 0;
        let mut ended = Rebuild {
            state: RebuildState::Verified,
            ended_at: Some(self.now),
            accepted_parked: self.accepted,
            ..job.clone()
        };
        let view = match (job.kind, view) {
            (RebuildKind::Full, Some(view)) => {
                if !agrees {
                    ended.state = RebuildState::Failed;
                    ended.error =
                        Some(format!("{} differences from the log were found", self.drift));
                }
                // By force it may have been promoted meanwhile.
                let built = view.build_of(&job.id).map(|_| self.built(job, view));
                built.transpose()?
            }
            (RebuildKind::DryRun, Some(view)) => Some(view.abandon(&job.id)?),
            (RebuildKind::Verify, Some(view)) if job.sample.is_none() => self.looked_at(job, view),
            (RebuildKind::Full | RebuildKind::DryRun, None) => {
                return Err(NotNow::NotBuilding.into());
            }
            (RebuildKind::Verify | RebuildKind::Repair | RebuildKind::Pass, _) => None,
        };
        Ok(Some((ended, view)))
    }

    fn verdict(&self) -> BuildState {
        if self.drift == 0 { BuildState::Verified } else { BuildState::Failed }
    }

    /// The view after its new generation was verified: promoted by the same write where that was asked.
    fn built(&self, job: &Rebuild, view: &ViewGenerations) -> Result<ViewGenerations, NotNow> {
        let verified = view.reached(job.generation, self.verdict())?;
        if job.promote && self.drift == 0 && !self.hindered {
            return verified.promote(false, self.now, self.keep_ms);
        }
        Ok(verified)
    }

    /// The view after all of a generation was looked at: one that is being built has a new verdict, unless
    /// the log is still being read for it.
    fn looked_at(&self, job: &Rebuild, view: &ViewGenerations) -> Option<ViewGenerations> {
        let build = view.building.as_ref()?;
        if build.state == BuildState::Building || build.trial {
            return None;
        }
        view.reached(job.generation, self.verdict()).ok()
    }
}
