//! The views as operators see them: generations, lag, what is parked, and what can be done now.

use super::desk::Desk;
use edge::{Problem, Reply, Served, store_problem};
use futures::future::try_join_all;
use serde_json::{Map, Value, json};
use store::{
    BuildState, Counted, DriftWatch, FeedEntry, Generation, Rebuild, RebuildKind, ViewGenerations,
};
use vocabulary::Instant;

/// How many of the newest rebuilds are looked through for those of a view.
const REBUILDS_LOOKED_AT: usize = 25;
/// The reconciler's name among the watermarks.
const RECONCILER: &str = "projector";

/// What all views are told with.
struct Seen {
    newest: Vec<FeedEntry>,
    rebuilds: Vec<Rebuild>,
    watches: Vec<DriftWatch>,
    verified_through: Option<Instant>,
}

impl Desk<'_> {
    /// `GET /operations/views`.
    pub(super) async fn list_views(&self) -> Served {
        self.call.query.only(&[])?;
        let views = self.store().views().await.map_err(|error| store_problem(&error))?;
        let seen = self.seen().await?;
        let shown = views.iter().map(|view| self.shown(view, &seen));
        let items = try_join_all(shown).await?;
        Ok(Reply::json(200, json!({ "items": items })))
    }

    /// `GET /operations/views/{view}`.
    pub(super) async fn read_view(&self) -> Served {
        self.call.query.only(&[])?;
        let view = self.view().await?;
        Ok(Reply::json(200, self.shown_view(&view).await?))
    }

    /// `View`: strongly consistent but for the feed. Some twenty reads, and one for every ten parked records.
    pub(super) async fn shown_view(&self, view: &ViewGenerations) -> Result<Value, Problem> {
        let seen = self.seen().await?;
        self.shown(view, &seen).await
    }

    async fn seen(&self) -> Result<Seen, Problem> {
        let rebuilds = self.store().rebuilds(None, REBUILDS_LOOKED_AT).await;
        let verified_through = self.store().watermark(RECONCILER).await;
        let watches = self.store().drift_watches().await;
        Ok(Seen {
            watches: watches.map_err(|error| store_problem(&error))?,
            newest: self.newest().await?,
            rebuilds: rebuilds.map_err(|error| store_problem(&error))?,
            verified_through: verified_through.map_err(|error| store_problem(&error))?,
        })
    }

    async fn shown(&self, view: &ViewGenerations, seen: &Seen) -> Result<Value, Problem> {
        let outdated = view.outdated(&self.operations.commands.registry);
        let counted = self.counted(&view.view, view.active).await?;
        let of_view: Vec<&Rebuild> =
            seen.rebuilds.iter().filter(|job| job.view == view.view).collect();
        let open = self.open(view, &of_view).await?;
        let hindered = self.hindered(view).await?;
        let mut told = Map::new();
        told.insert("view".to_owned(), view.view.as_str().into());
        told.insert("epoch".to_owned(), view.epoch.into());
        told.extend(generations(view, !outdated.is_empty()));
        told.insert("outdated".to_owned(), (!outdated.is_empty()).into());
        if !outdated.is_empty() {
            told.insert("outdated_types".to_owned(), outdated.into());
        }
        told.insert("lag".to_owned(), self.lag(view, &seen.newest).await?);
        told.insert("parked".to_owned(), counted.parked.saturating_sub(counted.skipped).into());
        told.insert("skipped".to_owned(), counted.skipped.into());
        told.insert("can".to_owned(), json!(can(view, open.as_ref(), hindered)));
        if let Some(through) = seen.verified_through {
            told.insert("verified_through".to_owned(), through.to_string().into());
        }
        if let Some(watch) = seen.watches.iter().find(|watch| watch.view == view.view) {
            told.insert("drift_watch".to_owned(), drift_watch(watch));
        }
        if let Some(open) = &open {
            told.insert("rebuild".to_owned(), open.id.as_str().into());
        }
        if let Some(last) = of_view.first() {
            told.insert("last_rebuild".to_owned(), self.shown_rebuild(last).await?);
        }
        Ok(told.into())
    }

    /// The rebuild of a view that is under way: of its new generation, or else the newest that is.
    async fn open(
        &self,
        view: &ViewGenerations,
        rebuilds: &[&Rebuild],
    ) -> Result<Option<Rebuild>, Problem> {
        if let Some(build) = &view.building {
            let job = self.store().rebuild(&build.rebuild).await;
            let job = job.map_err(|error| store_problem(&error))?;
            if let Some(job) = job.filter(Rebuild::is_open) {
                return Ok(Some(job));
            }
        }
        Ok(rebuilds.iter().find(|job| job.is_open()).map(|job| (*job).clone()))
    }

    /// Whether parked records keep the new generation from being promoted.
    async fn hindered(&self, view: &ViewGenerations) -> Result<bool, Problem> {
        let Some(build) = &view.building else { return Ok(false) };
        let Counted { parked, skipped } = self.counted(&view.view, build.generation).await?;
        Ok(parked > skipped)
    }
}

/// What the last sample of the view's rows told.
fn drift_watch(watch: &DriftWatch) -> Value {
    let DriftWatch { at, records, drift, lag, .. } = watch;
    json!({ "at": at, "records": records, "drift": drift, "lag": lag })
}

/// The generations by what they are.
fn generations(view: &ViewGenerations, outdated: bool) -> Map<String, Value> {
    let state = if outdated { "outdated" } else { "active" };
    let mut told = Map::new();
    let active = shown(view.active, state, view.active_since, None);
    told.insert("active".to_owned(), active);
    if let Some(build) = &view.building {
        let state = match (build.trial, build.state) {
            (true, _) => "trial",
            (false, BuildState::Building) => "building",
            (false, BuildState::CaughtUp) => "caught_up",
            (false, BuildState::Verified) => "verified",
            (false, BuildState::Failed) => "failed",
        };
        told.insert("building".to_owned(), shown(build.generation, state, None, None));
    }
    if let Some(previous) = view.previous {
        let previous = shown(previous, "previous", None, view.previous_until);
        told.insert("previous".to_owned(), previous);
    }
    let retiring = view.retiring.iter().map(|generation| generation.number);
    told.insert("retiring".to_owned(), retiring.collect());
    told
}

fn shown(
    generation: Generation,
    state: &str,
    since: Option<Instant>,
    until: Option<Instant>,
) -> Value {
    let mut told = Map::new();
    told.insert("number".to_owned(), generation.number.into());
    told.insert("state".to_owned(), state.into());
    for (name, instant) in [("since", since), ("until", until)] {
        if let Some(instant) = instant {
            told.insert(name.to_owned(), instant.to_string().into());
        }
    }
    told.into()
}

/// The verbs that the state of a view allows now.
fn can(view: &ViewGenerations, open: Option<&Rebuild>, hindered: bool) -> Vec<&'static str> {
    let build = view.building.as_ref();
    let of_build = build.filter(|build| open.is_some_and(|job| job.id == build.rebuild));
    let replaceable =
        build.is_none_or(|build| build.state == BuildState::Failed && of_build.is_none());
    let promotable = build.filter(|build| !build.trial);
    let verified = promotable.is_some_and(|build| build.state == BuildState::Verified);
    let read = promotable.is_some_and(|build| build.state != BuildState::Building);
    let verifying = open.is_some_and(|job| job.kind == RebuildKind::Verify);
    let building = promotable.is_some_and(|build| build.state == BuildState::Building);
    let steered = open.is_some();
    let all = [
        ("rebuild", replaceable),
        ("verify", !verifying && !building && of_build.is_none()),
        ("promote", verified && !hindered),
        ("force_promote", read && (!verified || hindered)),
        ("rollback", view.previous.is_some()),
        ("retire", view.previous.is_some()),
        ("repair", true),
        ("pause", open.is_some_and(|job| !job.paused)),
        ("resume", open.is_some_and(|job| job.paused)),
        ("cancel", steered),
    ];
    all.into_iter().filter(|(_, may)| *may).map(|(verb, _)| verb).collect()
}
