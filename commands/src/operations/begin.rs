//! What workers are set to: rebuild, verify, repair, reconcile. First the log is told, then the job is kept,
//! with what its view becomes in the same transaction, then a worker is told.

use super::asked::Body;
use super::desk::Desk;
use super::unchanged;
use edge::{BASE, Kind, Problem, Reply, Served, store_problem};
use events::operation::{Acting, Chosen, Command, Options, Rebuilding, State, Verb};
use serde_json::{Value, json};
use store::{
    ALL_VIEWS, BuildState, Job, NotNow, Phase, Rebuild, RebuildKind, RebuildState, Recorded, Scope,
    ViewGenerations, Written, folds,
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
            let run = async |_: &Acting| self.tell_at_once(&Job::Reconcile).await;
            let did = self.act(&reason, plan, run).await?;
            return Ok(did.told(Reply::json(202, json!({ "items": items }))));
        }
        let mut did = None;
        for view in ALL_VIEWS {
            let (job, before) = self.job(view, &reason, view, &Wanted::new(RebuildKind::Pass)).await?;
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
