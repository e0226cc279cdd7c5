//! The log: whether it is open, and how one that is shorter than it was is recovered.

use super::asked::Body;
use super::begin::Wanted;
use super::desk::Desk;
use edge::{Kind, Problem, Reply, Served, store_problem};
use events::operation::{Acting, Verb};
use serde_json::{Map, Value};
use store::{
    ALL_VIEWS, Closed, Gate, Job, LogState, RebuildKind, RebuildState, Recovery, StoreError,
    Unchanged, Written, backoff,
};
use vocabulary::RecordId;

/// How often the state of the log is changed against others.
const TRIES_MAX: u32 = 10;
/// How long a recovery may take to begin its rebuilds before another one may be ordered.
const GIVEN_UP_MS: i64 = 60_000;
/// The reader of the feed whose watermark says what has been verified.
const RECONCILER: &str = "projector";

impl Desk<'_> {
    /// `GET /operations/log`: strongly consistent.
    pub(super) async fn read_log(&self) -> Served {
        self.call.query.only(&[])?;
        Ok(Reply::json(200, self.shown_log().await?))
    }

    async fn shown_log(&self) -> Result<Map<String, Value>, Problem> {
        let Gate { state, .. } = self.gate().await?;
        let through = self.store().watermark(RECONCILER).await;
        let through = through.map_err(|error| store_problem(&error))?;
        let mut told = Map::new();
        let mut tell = |name: &str, value: Value| told.insert(name.to_owned(), value);
        tell("state", if state.closed.is_some() { "closed" } else { "open" }.into());
        if let Some(since) = state.closed.as_ref().map(|closed| closed.at).or(state.opened_at) {
            tell("since", since.to_string().into());
        }
        if let Some(through) = through {
            tell("verified_through", through.to_string().into());
        }
        if let Some(Closed { why, recovery, .. }) = state.closed {
            tell("why", why.into());
            let rebuilds = recovery.map(|recovery| recovery.rebuilds).unwrap_or_default();
            if !rebuilds.is_empty() {
                tell("recovery", rebuilds.iter().map(RecordId::as_str).collect());
            }
        }
        Ok(told)
    }

    async fn gate(&self) -> Result<Gate, Problem> {
        self.store().log_gate().await.map_err(|error| store_problem(&error))
    }

    /// `POST /operations/log/recover`: everything is made anew from the log as it is, and then it is opened.
    /// Looks itself whether the log is shorter than it was, so that nobody has to wait for the reconciler.
    pub(super) async fn recover_log(&self) -> Served {
        let mut body = Body::of(self.call)?;
        let reason = body.reason();
        body.finish()?;
        let id = self.named(&reason, "")?.key.id;
        let plan = async || {
            let Gate { state, witnesses } = self.gate().await?;
            let lost = self.store().lost_witness(&witnesses).await;
            let lost = lost.map_err(|error| store_problem(&error))?;
            if state.closed.is_none() && lost.is_none() {
                return Err(Problem::new(Kind::LogOpen));
            }
            Ok(Acting::new(Verb::Recover))
        };
        let did = self.act(&reason, plan, async |_| self.recover(&id, &reason).await).await?;
        Ok(did.told(Reply::json(202, self.shown_log().await?)))
    }

    async fn recover(&self, id: &RecordId, reason: &str) -> Result<(), Problem> {
        let recovery = self.begin_recovery(id, reason).await?;
        if recovery.id == *id && recovery.rebuilds.is_empty() {
            let mut rebuilds = Vec::new();
            for view in ALL_VIEWS {
                let wanted = Wanted { promote: true, ..Wanted::new(RebuildKind::Full) };
                if self.known(&self.named(reason, view)?).await?.is_none() {
                    self.clear_the_way(view).await?;
                }
                rebuilds.push(self.job(view, reason, view, &wanted).await?.0.id);
            }
            self.keep_rebuilds(id, &rebuilds).await?;
        }
        self.tell(&Job::Recover).await
    }

    /// Keeps that a recovery is ordered, unless one is under way; the one that is.
    async fn begin_recovery(&self, id: &RecordId, reason: &str) -> Result<Recovery, Problem> {
        for tries in 1..=TRIES_MAX {
            let mut state = self.gate().await?.state;
            let known = state.closed.as_ref().and_then(|closed| closed.recovery.clone());
            if let Some(known) = known
                && (known.id == *id || !self.is_stuck(&known).await?)
            {
                return Ok(known);
            }
            let (by, at) = (self.caller.actor.clone(), self.call.now);
            let recovery = Recovery {
                id: id.clone(),
                by,
                reason: reason.to_owned(),
                at,
                cleared: false,
                rebuilds: Vec::new(),
            };
            let why = "the log is shorter than what was verified".to_owned();
            let closed = state.closed.take().unwrap_or(Closed { at, why, recovery: None });
            state.closed = Some(Closed { recovery: Some(recovery.clone()), ..closed });
            if self.changed_log(&mut state).await? {
                return Ok(recovery);
            }
            backoff(tries).await;
        }
        Err(Problem::new(Kind::RecordBusy).header("retry-after", "1"))
    }

    /// Whether one of its rebuilds ended in another way than by a promotion.
    async fn is_stuck(&self, recovery: &Recovery) -> Result<bool, Problem> {
        if recovery.rebuilds.is_empty() {
            // Whoever ordered it did not get as far as that, and nobody knows whether they try again.
            return Ok(recovery.at.plus_millis(GIVEN_UP_MS) <= self.call.now);
        }
        for id in &recovery.rebuilds {
            let rebuild = self.store().rebuild(id).await.map_err(|error| store_problem(&error))?;
            let over = |state| matches!(state, RebuildState::Failed | RebuildState::Cancelled);
            if rebuild.is_none_or(|rebuild| over(rebuild.state)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Gives up what is being built of a view: it was begun from another log.
    async fn clear_the_way(&self, view: &str) -> Result<(), Problem> {
        let view = self.view_named(view).await?;
        let Some(build) = &view.building else { return Ok(()) };
        match self.store().cancel_rebuild(&build.rebuild, self.call.now).await {
            Ok(job) => {
                self.wake(&job).await?;
                self.clean(&self.view_named(&view.view).await?).await
            }
            Err(Unchanged::Ended | Unchanged::Unknown) => Ok(()),
            Err(error) => Err(super::desk::unchanged(error)),
        }
    }

    async fn keep_rebuilds(&self, id: &RecordId, rebuilds: &[RecordId]) -> Result<(), Problem> {
        for tries in 1..=TRIES_MAX {
            let mut state = self.gate().await?.state;
            let recovery = state.closed.as_mut().and_then(|closed| closed.recovery.as_mut());
            let Some(recovery) = recovery.filter(|recovery| recovery.id == *id) else {
                return Ok(());
            };
            recovery.rebuilds = rebuilds.to_vec();
            if self.changed_log(&mut state).await? {
                return Ok(());
            }
            backoff(tries).await;
        }
        Err(Problem::new(Kind::RecordBusy).header("retry-after", "1"))
    }

    async fn changed_log(&self, state: &mut LogState) -> Result<bool, Problem> {
        let changed = self.store().change_log_state(state).await;
        let changed = changed.map_err(|error: StoreError| store_problem(&error))?;
        Ok(changed == Written::Done)
    }
}
