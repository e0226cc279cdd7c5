//! Working on one segment of a rebuild: page by page, under its lease.

use super::pace::Pace;
use super::page::Done;
use super::{Failed, Rebuilder, millis};
use std::time::Duration;
use store::{DELAY_MAX, Job, LogPart, Phase, Rebuild, RebuildKind, Segment, Written};
use tokio::time::Instant;
use vocabulary::RecordId;

/// How often a worker may be overtaken before it leaves the field.
const OVERTAKEN_MAX: u32 = 20;

/// What comes after a page.
enum After {
    /// The next one.
    Page,
    /// Nothing: the segment is done, somebody else's, or to be left alone.
    Nothing,
    /// A new look at the segment: somebody changed it.
    Look,
}

/// What a worker is about.
struct Post<'a> {
    rebuild: &'a RecordId,
    phase: Phase,
    number: u32,
    /// The message that says so, and holds the lease.
    owner: &'a str,
    until: Instant,
}

/// A message as a worker got it.
#[derive(Clone, Copy)]
pub(super) struct Received<'a> {
    /// Its id.
    pub(super) id: &'a str,
    /// Whether somebody got it before and broke off.
    pub(super) again: bool,
}

impl Rebuilder {
    /// Goes on with a segment until it is done, its rebuild rests or has ended, or `until` is over; then
    /// what is left is handed on. Does one page at least.
    pub(super) async fn go_on(
        &self,
        rebuild: &RecordId,
        phase: Phase,
        number: u32,
        message: Received<'_>,
        until: Instant,
    ) -> Result<(), Failed> {
        let post = Post { rebuild, phase, number, owner: message.id, until };
        if message.again {
            self.remind(&post).await?;
        }
        for _ in 0..OVERTAKEN_MAX {
            if let After::Nothing = self.look(&post).await? {
                return Ok(());
            }
        }
        Err(Failed::Busy)
    }

    /// Tells of the other segments of a phase that nobody has begun: whoever had this message before may have
    /// broken off while telling of them, and others may have done this one since.
    async fn remind(&self, post: &Post<'_>) -> Result<(), Failed> {
        let store = &self.projector.store;
        let Some(job) = store.rebuild(post.rebuild).await? else { return Ok(()) };
        let segments = store.segments(post.rebuild).await?;
        let others = segments.iter().filter(|segment| {
            let own = segment.number == post.number;
            segment.phase == post.phase && !own && segment.began_at.is_none()
        });
        self.tell(&job, others).await
    }

    /// Looks at the segment, takes its lease and works on it.
    async fn look(&self, post: &Post<'_>) -> Result<After, Failed> {
        let store = &self.projector.store;
        let Some(job) = store.rebuild(post.rebuild).await? else {
            tracing::error!(rebuild = post.rebuild.as_str(), "there is no such rebuild");
            return Ok(After::Nothing);
        };
        if !job.is_open() {
            self.ended(&job).await?;
            return Ok(After::Nothing);
        }
        if !self.stands(&job).await? {
            self.orphaned(&job).await?;
            return Ok(After::Nothing);
        }
        let Some(mut segment) = store.segment(post.rebuild, post.phase, post.number).await? else {
            // Whoever asked for it broke off before its first segments were there.
            self.begin(&job).await?;
            return Ok(After::Nothing);
        };
        if segment.done_at.is_some() {
            self.move_on(post.rebuild, post.phase).await?;
            return Ok(After::Nothing);
        }
        let now = self.projector.clock.now();
        if now < job.not_before {
            let wait = job.not_before.as_millis() - now.as_millis();
            let wait = Duration::from_millis(u64::try_from(wait).unwrap_or(0));
            self.hand_on(post, wait).await?;
            return Ok(After::Nothing);
        }
        if job.paused || segment.is_leased_by_others(post.owner, now) {
            return Ok(After::Nothing);
        }
        let lease = (now, now.plus_millis(millis(self.settings.lease)));
        match store.lease_segment(post.rebuild, &mut segment, post.owner, lease).await? {
            Written::Done => self.pages(post, job, segment).await,
            Written::Overtaken => Ok(After::Look),
        }
    }

    /// One page after the other, as long as nothing else is to be done.
    async fn pages(
        &self,
        post: &Post<'_>,
        mut job: Rebuild,
        mut segment: Segment,
    ) -> Result<After, Failed> {
        loop {
            let after = match self.page_of(post, &job, &mut segment).await? {
                (After::Page, rest) => self.rest(post, &mut segment, rest).await?,
                (after, _) => after,
            };
            let After::Page = after else { return Ok(after) };
            let Some(seen) = self.projector.store.rebuild(post.rebuild).await? else {
                return Ok(After::Nothing);
            };
            job = seen;
            if !job.is_open() || !self.stands(&job).await? {
                return Ok(After::Look);
            }
            if job.paused {
                self.release(post, &mut segment).await?;
                // It may have been told to go on while the lease kept others away.
                let seen = self.projector.store.rebuild(post.rebuild).await?;
                let goes_on = seen.is_some_and(|job| job.is_open() && !job.paused);
                return Ok(if goes_on { After::Look } else { After::Nothing });
            }
        }
    }

    /// Whether the generation that a rebuild is about is still kept: rows of one that is given up would be
    /// written again while they are taken away.
    async fn stands(&self, job: &Rebuild) -> Result<bool, Failed> {
        if matches!(job.kind, RebuildKind::Repair | RebuildKind::Pass) {
            return Ok(true);
        }
        let Some(view) = self.projector.store.view(&job.view).await? else { return Ok(false) };
        let trial = view.build_of(&job.id).map(|build| build.generation);
        Ok(view.live().chain(trial).any(|kept| kept == job.generation))
    }

    /// One page: its rows, what was found, then the cursor. Says how long to rest after it.
    async fn page_of(
        &self,
        post: &Post<'_>,
        job: &Rebuild,
        segment: &mut Segment,
    ) -> Result<(After, Duration), Failed> {
        let began = Instant::now();
        let pace = Pace::of(job, segment.of);
        let Done { tally, differences, next } =
            self.page(job, segment, pace.page(self.settings.page)).await?;
        let now = self.projector.clock.now();
        let store = &self.projector.store;
        store.add_differences(post.rebuild, &differences, now).await?;
        let mut kept = segment.clone();
        kept.tally += tally;
        kept.done_at = next.is_none().then_some(now);
        kept.cursor = next;
        kept.updated_at = now;
        kept.lease_until = Some(now.plus_millis(millis(self.settings.lease)));
        if store.keep_segment(post.rebuild, &mut kept, post.owner).await? == Written::Overtaken {
            return Ok((After::Look, Duration::ZERO));
        }
        *segment = kept;
        if segment.done_at.is_some() {
            self.move_on(post.rebuild, post.phase).await?;
            return Ok((After::Nothing, Duration::ZERO));
        }
        Ok((After::Page, pace.rest(began, tally.read_units)))
    }

    /// Rests after a page, or hands the rest of the segment on when the time is over by then.
    async fn rest(
        &self,
        post: &Post<'_>,
        segment: &mut Segment,
        rest: Duration,
    ) -> Result<After, Failed> {
        if Instant::now() + rest >= post.until {
            self.release(post, segment).await?;
            self.hand_on(post, rest).await?;
            return Ok(After::Nothing);
        }
        tokio::time::sleep(rest).await;
        Ok(After::Page)
    }

    /// Gives the lease back. Overtaken, it is somebody else's already.
    async fn release(&self, post: &Post<'_>, segment: &mut Segment) -> Result<(), Failed> {
        segment.lease_owner = None;
        segment.lease_until = None;
        Ok(self.projector.store.keep_segment(post.rebuild, segment, post.owner).await.map(drop)?)
    }

    /// Lets another message go on, after a while.
    async fn hand_on(&self, post: &Post<'_>, wait: Duration) -> Result<(), Failed> {
        let job =
            Job::Segment { rebuild: post.rebuild.clone(), phase: post.phase, segment: post.number };
        // The queue counts whole seconds.
        let wait = Duration::from_secs(wait.as_millis().div_ceil(1_000).try_into().unwrap_or(0));
        Ok(self.queue.send_later(&job, wait.min(DELAY_MAX)).await?)
    }
}

/// The part of the log that a segment is about.
pub(super) fn part(segment: &Segment) -> LogPart {
    LogPart { number: segment.number, of: segment.of }
}
