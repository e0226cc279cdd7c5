//! What workers are set to: rebuild, verify, repair, reconcile. First the log is told, then the job is kept,
//! with what its view becomes in the same transaction, then a worker is told.

use super::asked::Body;
use super::desk::{Desk, Did, unchanged};
use edge::{BASE, Kind, Problem, Reply, Served, store_problem};
use events::operation::{Acting, Chosen, Command, Options, Rebuilding, Verb};
use serde_json::{Value, json};
use std::time::Duration;
use store::{
    ALL_VIEWS, BuildState, Generation, Job, NotNow, Phase, Rebuild, RebuildKind, RebuildState,
    Recorded, Scope, StoreError, ViewGenerations, Written, backoff, folds,
};
use vocabulary::{Instant, RecordId, RecordKey};

/// How often a job is kept against others who change its view.
const TRIES_MAX: u32 = 10;
/// Over how many segments the log is read where nobody says.
const PARALLEL: u32 = 4;
/// The most segments.
const PARALLEL_MAX: u32 = 64;
/// The most read units a second that can be asked for: what a table in on-demand mode gives at first
/// (DynamoDB quotas, read 2026-11-24).
const RATE_MAX: u32 = 40_000;

/// What is asked for.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) kind: RebuildKind,
    pub(super) parallel: Option<u32>,
    pub(super) rate: Option<u32>,
    pub(super) promote: bool,
    pub(super) sample: Option<u32>,
    pub(super) scope: Scope,
}

impl Wanted {
    pub(super) fn new(kind: RebuildKind) -> Self {
        let scope = Scope::Everything;
        Self { kind, parallel: None, rate: None, promote: false, sample: None, scope }
    }

    fn is_new_generation(&self) -> bool {
        matches!(self.kind, RebuildKind::Full | RebuildKind::DryRun)
    }

    fn first_phase(&self) -> Phase {
        if self.kind == RebuildKind::Verify { Phase::Verify } else { Phase::Read }
    }

    fn told(&self, view: &str, generation: u32) -> Rebuilding {
        let options = Options {
            parallel: self.parallel,
            rate: self.rate,
            promote: self.promote.then_some(true),
            sample: self.sample,
            full: None,
            chosen: chosen(&self.scope),
        };
        Rebuilding { view: view.to_owned(), kind: name_of(self.kind), generation, options }
    }
}

/// The kind's name, as in JSON.
pub(super) fn name_of(kind: RebuildKind) -> String {
    let name = match kind {
        RebuildKind::Full => "full",
        RebuildKind::DryRun => "dry_run",
        RebuildKind::Verify => "verify",
        RebuildKind::Repair => "repair",
        RebuildKind::Pass => "pass",
    };
    name.to_owned()
}

fn chosen(scope: &Scope) -> Chosen {
    match scope {
        Scope::Everything => Chosen::default(),
        Scope::Records(records) => {
            let names = records.iter().filter_map(|pk| RecordKey::from_pk(pk).ok());
            let records = names.map(|key| format!("{}/{}", key.record_type, key.id)).collect();
            Chosen { records, ..Chosen::default() }
        }
        Scope::Type(name) => Chosen { record_type: Some(name.clone()), ..Chosen::default() },
        Scope::Since(since) => Chosen { since: Some(since.to_string()), ..Chosen::default() },
    }
}

impl Desk<'_> {
    /// `POST /operations/views/{view}/rebuild`.
    pub(super) async fn rebuild_view(&self) -> Served {
        let mut body = Body::of(self.call)?;
        let reason = body.reason();
        let dry_run = body.flag("dry_run");
        let wanted = Wanted {
            parallel: body.whole("parallel", PARALLEL_MAX),
            rate: body.whole("rate", RATE_MAX),
            promote: body.flag("promote"),
            ..Wanted::new(if dry_run { RebuildKind::DryRun } else { RebuildKind::Full })
        };
        if wanted.promote && dry_run {
            body.wrong("promote", "a dry run is never promoted");
        }
        body.finish()?;
        self.ordered(&reason, &wanted).await
    }

    /// `POST /operations/views/{view}/verify`.
    pub(super) async fn verify_view(&self) -> Served {
        let mut body = Body::of(self.call)?;
        let reason = body.reason();
        let sample = body.whole("sample", 1_000);
        body.finish()?;
        self.ordered(&reason, &Wanted { sample, ..Wanted::new(RebuildKind::Verify) }).await
    }

    /// `POST /operations/views/{view}/repair`.
    pub(super) async fn repair_view(&self) -> Served {
        let mut body = Body::of(self.call)?;
        let reason = body.reason();
        let records = body.records("records", &self.caller.tenant);
        let of = body.type_name("type");
        let since = body.instant("since");
        let scopes = [
            records.map(|keys| Scope::Records(keys.iter().map(RecordKey::pk).collect())),
            of.map(|of| Scope::Type(of.to_string())),
            since.map(Scope::Since),
        ];
        let mut scopes = scopes.into_iter().flatten();
        let (scope, another) = (scopes.next(), scopes.next());
        if another.is_some() || scope.is_none() {
            body.wrong("records", "say one of `records`, `type` and `since`");
        }
        body.finish()?;
        let scope = scope.unwrap_or(Scope::Everything);
        self.ordered(&reason, &Wanted { scope, ..Wanted::new(RebuildKind::Repair) }).await
    }

    /// `POST /operations/reconcile`.
    pub(super) async fn reconcile(&self) -> Served {
        let mut body = Body::of(self.call)?;
        let (reason, full) = (body.reason(), body.flag("full"));
        body.finish()?;
        let mut items: Vec<Value> = Vec::new();
        if !full {
            let plan = async || Ok(Acting::new(Verb::Reconcile));
            let run = async |_: &Acting| self.tell(&Job::Reconcile).await;
            let did = self.act(&reason, plan, run).await?;
            return Ok(did.told(Reply::json(202, json!({ "items": items }))));
        }
        let mut did = None;
        for view in ALL_VIEWS {
            let (job, before) =
                self.job(view, &reason, view, &Wanted::new(RebuildKind::Pass)).await?;
            items.push(self.shown_rebuild(&job).await?);
            did = did.or(Some(before));
        }
        let reply = Reply::json(202, json!({ "items": items }));
        Ok(did.map_or(reply.clone(), |did| did.told(reply)))
    }

    /// Orders a job on the view that the path names.
    async fn ordered(&self, reason: &str, wanted: &Wanted) -> Served {
        let view = self.view().await?.view;
        let (job, did) = self.job(&view, reason, "", wanted).await?;
        let reply = Reply::json(202, self.shown_rebuild(&job).await?)
            .header("location", format!("{BASE}/operations/rebuilds/{}", job.id));
        Ok(did.told(reply))
    }
}

impl Desk<'_> {
    /// Orders a job on a view: tells the log, keeps the job with what the view becomes, and tells a worker,
    /// who does the rest. `word` tells the jobs of one request apart.
    pub(super) async fn job(
        &self,
        view: &str,
        reason: &str,
        word: &str,
        wanted: &Wanted,
    ) -> Result<(Rebuild, Did), Problem> {
        let act = self.named(reason, word)?;
        let (first, did) = if let Some(first) = self.known(&act).await? {
            (first, Did::Before)
        } else {
            let generation = self.possible(view, wanted).await?;
            let command = Command::StartRebuild(wanted.told(view, generation));
            let begun = self.begin(&act, &command).await?;
            (begun.first, if begun.replayed { Did::Before } else { Did::Now })
        };
        let id = &first.commit().id;
        let kept = self.store().rebuild(id).await.map_err(|error| store_problem(&error))?;
        let job = match kept {
            Some(job) => job,
            None => self.kept(view, reason, wanted, &first).await?,
        };
        if job.is_open() {
            let segment =
                Job::Segment { rebuild: job.id.clone(), phase: wanted.first_phase(), segment: 0 };
            self.tell_later(&segment, self.until(job.not_before)).await?;
        }
        tracing::info!(rebuild = %job.id, view, kind = ?job.kind, did = ?did, trace.id = self.call.trace_id, "a rebuild was ordered");
        Ok((job, did))
    }

    /// The number of the generation that the job will be about, if it may be begun now.
    async fn possible(&self, view: &str, wanted: &Wanted) -> Result<u32, Problem> {
        let view = self.view_named(view).await?;
        let (generation, _) = self.becomes(&view, wanted, &RecordId::from_bits(0)).await?;
        Ok(generation.number)
    }

    /// The generation that a job is about, and what its view becomes, where it changes.
    async fn becomes(
        &self,
        view: &ViewGenerations,
        wanted: &Wanted,
        id: &RecordId,
    ) -> Result<(Generation, Option<ViewGenerations>), Problem> {
        if wanted.is_new_generation() {
            let standing = self.without_failed(view).await?;
            let trial = wanted.kind == RebuildKind::DryRun;
            let folds = folds(&view.view, &self.operations.commands.registry);
            let begun = standing.begin(id.clone(), trial, folds);
            let begun = begun.map_err(|error| under_way(view, error))?;
            let build = begun.build_of(id).ok_or_else(|| Problem::new(Kind::Failure))?;
            return Ok((build.generation, Some(begun)));
        }
        if wanted.kind != RebuildKind::Verify {
            return Ok((view.active, None));
        }
        let Some(build) = view.building.as_ref().filter(|build| !build.trial) else {
            return Ok((view.active, None));
        };
        let open = self.open_job(&build.rebuild).await?;
        if build.state == BuildState::Building || open {
            return Err(under_way(view, NotNow::UnderWay));
        }
        Ok((build.generation, None))
    }

    /// The view without a generation that failed: it gives way to a new one.
    async fn without_failed(&self, view: &ViewGenerations) -> Result<ViewGenerations, Problem> {
        let failed = view.building.as_ref().filter(|build| build.state == BuildState::Failed);
        let Some(build) = failed else { return Ok(view.clone()) };
        if self.open_job(&build.rebuild).await? {
            return Ok(view.clone());
        }
        view.abandon(&build.rebuild).map_err(|error| unchanged(error.into()))
    }

    async fn open_job(&self, id: &RecordId) -> Result<bool, Problem> {
        let job = self.store().rebuild(id).await.map_err(|error| store_problem(&error))?;
        Ok(job.is_some_and(|job| job.is_open()))
    }

    /// Keeps the job, with what its view becomes, against others who change the view.
    async fn kept(
        &self,
        view: &str,
        reason: &str,
        wanted: &Wanted,
        first: &Recorded,
    ) -> Result<Rebuild, Problem> {
        let read = |error: StoreError| store_problem(&error);
        let id = &first.commit().id;
        for tries in 1..=TRIES_MAX {
            let view = self.view_named(view).await?;
            let (generation, becomes) = self.becomes(&view, wanted, id).await?;
            let expected = self.store().expected_commits().await.map_err(read)?;
            let job = self.new_job(&view.view, reason, wanted, (first, generation, expected));
            match self.store().begin_rebuild(&job, becomes.as_ref()).await.map_err(read)? {
                Written::Done => return Ok(job),
                Written::Overtaken => {
                    if let Some(job) = self.store().rebuild(id).await.map_err(read)? {
                        return Ok(job);
                    }
                    backoff(tries).await;
                }
            }
        }
        Err(Problem::new(Kind::RecordBusy).header("retry-after", "1"))
    }

    fn new_job(
        &self,
        view: &str,
        reason: &str,
        wanted: &Wanted,
        (first, generation, expected): (&Recorded, Generation, u64),
    ) -> Rebuild {
        let commit = first.commit();
        let grace_ms = i64::try_from(self.operations.grace.as_millis()).unwrap_or(i64::MAX);
        let wait_ms = if wanted.is_new_generation() { grace_ms } else { 0 };
        Rebuild {
            id: commit.id.clone(),
            step: 1,
            view: view.to_owned(),
            kind: wanted.kind,
            generation,
            state: match wanted.kind {
                RebuildKind::Verify => RebuildState::Verifying,
                RebuildKind::Full
                | RebuildKind::DryRun
                | RebuildKind::Repair
                | RebuildKind::Pass => RebuildState::Building,
            },
            paused: false,
            parallel: wanted.parallel.unwrap_or(PARALLEL),
            rate: wanted.rate,
            promote: wanted.promote,
            sample: wanted.sample,
            scope: wanted.scope.clone(),
            tenant: commit.tenant.clone(),
            requested_by: commit.actor.clone(),
            reason: Some(reason.to_owned()),
            requested_at: commit.at,
            not_before: self.call.now.plus_millis(wait_ms),
            expected,
            caught_up_at: None,
            ended_at: None,
            error: None,
            accepted_parked: false,
        }
    }

    /// How long it is until an instant.
    fn until(&self, instant: Instant) -> Duration {
        let ms = instant.as_millis() - self.call.now.as_millis();
        Duration::from_millis(u64::try_from(ms).unwrap_or(0))
    }
}

/// Why a view cannot be rebuilt now, and by which rebuild.
fn under_way(view: &ViewGenerations, error: NotNow) -> Problem {
    let problem = unchanged(error.into());
    match &view.building {
        Some(build) => problem.member("rebuild", build.rebuild.as_str()),
        None => problem,
    }
}
