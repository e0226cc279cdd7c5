//! The weekly pass: every view is held against the whole log, because the feed has no bound to its delay.

use super::{Failed, Rebuilder};
use store::{Rebuild, RebuildKind, RebuildState, Scope, ViewGenerations};
use vocabulary::{Actor, ActorId, ActorKind, Instant, RecordId, Tenant};

/// How long after one pass the next one follows.
const EVERY_MS: i64 = 7 * 86_400_000;
/// The pass's name among the watermarks.
const READER: &str = "weekly-pass";
/// In how many segments the log is read: nobody waits for it.
const PARALLEL: u32 = 1;
/// The most read units a second of it, so that nobody notices it either.
const RATE: u32 = 100;
/// Who orders it, and in which workspace, which is nobody's.
const WORKER: &str = "rebuilder";

impl Rebuilder {
    /// Begins a pass over every view when the last one is a week ago; the first one a week after the start.
    /// Whoever is faster begins it: its id is a function of the week.
    pub(super) async fn pass_weekly(&self, views: &[ViewGenerations]) -> Result<(), Failed> {
        let store = &self.projector.store;
        let now = self.projector.clock.now();
        let Some(last) = store.watermark(READER).await? else {
            return Ok(store.move_watermark(READER, now).await?);
        };
        if now < last.plus_millis(EVERY_MS) || store.log_gate().await?.state.closed.is_some() {
            return Ok(());
        }
        for view in views {
            let Some(job) = weekly(view, last, now) else { continue };
            // Overtaken means that it is kept already: then it is told again.
            store.begin_rebuild(&job, None).await?;
            self.begin(&job).await?;
        }
        Ok(store.move_watermark(READER, now).await?)
    }
}

fn weekly(view: &ViewGenerations, last: Instant, now: Instant) -> Option<Rebuild> {
    let actor = ActorId::parse(WORKER).ok()?;
    Some(Rebuild {
        id: RecordId::parse(&format!("weekly-{}-{}", view.view, last.as_millis())).ok()?,
        step: 1,
        view: view.view.clone(),
        kind: RebuildKind::Pass,
        generation: view.active,
        state: RebuildState::Building,
        paused: false,
        parallel: PARALLEL,
        rate: Some(RATE),
        promote: false,
        sample: None,
        scope: Scope::Everything,
        tenant: Tenant::of_organisation("annals").ok()?,
        requested_by: Actor { kind: ActorKind::System, id: actor, name: None, on_behalf_of: None },
        reason: Some("the weekly pass".to_owned()),
        requested_at: now,
        not_before: now,
        expected: 0,
        caught_up_at: None,
        ended_at: None,
        error: None,
        accepted_parked: false,
    })
}
