//! What is done from time to time, so that nothing waits for ever.

use super::{Failed, Rebuilder, millis};
use store::{Job, NotNow, Rebuild, Segment, Unchanged, ViewGenerations, chain};

/// How many of the newest rebuilds are looked at.
const LOOKED_AT: usize = 100;
/// How many leases long a segment may say nothing before somebody is told of it again.
const SILENCE: u32 = 2;

impl Rebuilder {
    /// Retires generations that were kept warm long enough, lets retired ones be taken away, begins the weekly
    /// pass, and tells the workers again of what nobody has worked on for a while. Runs with the reconciler. One thing that
    /// fails does not keep the others from being done.
    ///
    /// # Errors
    /// The first [`Failed`]; the next run does what is left.
    pub async fn tick(&self) -> Result<(), Failed> {
        let mut outcome = Ok(());
        let views = self.projector.registered().await?;
        for view in &views {
            let done = self.tidy(view).await;
            outcome = outcome.and(done.inspect_err(warned));
        }
        outcome = outcome.and(self.pass_weekly(&views).await.inspect_err(warned));
        for job in self.projector.store.rebuilds(None, LOOKED_AT).await? {
            let done = self.wake(&job).await;
            outcome = outcome.and(done.inspect_err(warned));
        }
        outcome
    }

    /// Retires what was warm long enough, and lets what is retired be taken away.
    async fn tidy(&self, view: &ViewGenerations) -> Result<(), Failed> {
        let now = self.projector.clock.now();
        let mut view = view.clone();
        if view.previous_until.is_some_and(|until| until <= now) {
            view = match self.projector.store.retire(&view.view).await {
                Ok(retired) => retired,
                // Somebody was faster.
                Err(Unchanged::NotNow(NotNow::NoPrevious)) => view,
                Err(error) => return Err(error.into()),
            };
        }
        for generation in &view.retiring {
            let clean = Job::Clean { view: view.view.clone(), generation: generation.number };
            self.queue.send(&clean).await?;
        }
        Ok(())
    }

    /// Tells the workers of a rebuild again that nobody seems to work on.
    async fn wake(&self, job: &Rebuild) -> Result<(), Failed> {
        let now = self.projector.clock.now();
        if !job.is_open() || job.paused || now < job.not_before {
            return Ok(());
        }
        let segments = self.projector.store.segments(&job.id).await?;
        let silence = millis(self.settings.lease.saturating_mul(SILENCE));
        let told = |segment: &Segment| segment.updated_at.max(job.not_before);
        let last = segments.iter().map(told).max().unwrap_or(job.requested_at);
        let idle = |segment: &Segment| {
            segment.done_at.is_none() && told(segment).plus_millis(silence) <= now
        };
        if segments.iter().any(idle) || last.plus_millis(silence) <= now {
            tracing::warn!(rebuild = job.id.as_str(), "a rebuild is told to go on");
            return self.go_on_with(job).await;
        }
        Ok(())
    }
}

fn warned(error: &Failed) {
    tracing::error!(error = chain(error), metric = "RebuildTick", "a rebuild could not be tended");
}
