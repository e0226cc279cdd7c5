//! Which generation of a view is read: promote, roll back, retire. Each is one conditional write.

use super::asked::Body;
use super::desk::{Desk, Did, unchanged};
use edge::{Kind, Problem, Reply, Served, store_problem};
use events::operation::{Acting, Verb};
use store::{Counted, Generation, Job, NotNow, Unchanged, ViewGenerations};

impl Desk<'_> {
    /// `POST /operations/views/{view}/promote`.
    pub(super) async fn promote_view(&self) -> Served {
        let mut body = Body::of(self.call)?;
        let (reason, force) = (body.reason(), body.flag("force"));
        body.finish()?;
        let plan = async || {
            let view = self.view().await?;
            let promoted = view.promote(force, self.call.now, self.keep_ms());
            let promoted = promoted.map_err(|error| unchanged(error.into()))?;
            if !force && self.hinders(&view.view, promoted.active).await? {
                return Err(unchanged(NotNow::Parked.into()));
            }
            let force = force.then_some(true);
            Ok(Acting { force, ..self.about(Verb::Promote, promoted.active) })
        };
        let did = self.act(&reason, plan, async |acting| {
            let view = self.view().await?;
            let building = view.building.as_ref().map(|build| build.generation.number);
            if acting.generation == Some(view.active.number) {
                return self.clean(&view).await;
            }
            if acting.generation != building {
                return Err(unchanged(NotNow::NotBuilding.into()));
            }
            let at = (self.call.now, self.keep_ms());
            self.clean_after(self.store().promote(&view.view, force, at).await).await
        });
        self.changed(did.await?).await
    }

    /// `POST /operations/views/{view}/rollback`.
    pub(super) async fn roll_back_view(&self) -> Served {
        let mut body = Body::of(self.call)?;
        let reason = body.reason();
        body.finish()?;
        let nothing = || unchanged(NotNow::NoPrevious.into());
        let plan = async || {
            let previous = self.view().await?.previous.ok_or_else(nothing)?;
            Ok(self.about(Verb::Rollback, previous))
        };
        let did = self.act(&reason, plan, async |acting| {
            let view = self.view().await?;
            if acting.generation == Some(view.active.number) {
                return Ok(());
            }
            if acting.generation != view.previous.map(|previous| previous.number) {
                return Err(nothing());
            }
            let at = (self.call.now, self.keep_ms());
            self.clean_after(self.store().roll_back(&view.view, at).await).await
        });
        self.changed(did.await?).await
    }

    /// `POST /operations/views/{view}/retire`.
    pub(super) async fn retire_view(&self) -> Served {
        let mut body = Body::of(self.call)?;
        let reason = body.reason();
        body.finish()?;
        let plan = async || {
            let previous = self.view().await?.previous;
            let previous = previous.ok_or_else(|| Problem::new(Kind::NothingToRetire))?;
            Ok(self.about(Verb::Retire, previous))
        };
        let did = self.act(&reason, plan, async |acting| {
            let view = self.view().await?;
            // Another one that is warm now is not the one that was meant.
            if acting.generation != view.previous.map(|previous| previous.number) {
                return self.clean(&view).await;
            }
            self.clean_after(self.store().retire(&view.view).await).await
        });
        self.changed(did.await?).await
    }

    fn about(&self, verb: Verb, generation: Generation) -> Acting {
        let view = Some(self.call.routed.parameter("view").to_owned());
        Acting { view, generation: Some(generation.number), ..Acting::new(verb) }
    }

    /// Whether records are parked in a generation that nobody has accepted.
    async fn hinders(&self, view: &str, generation: Generation) -> Result<bool, Problem> {
        let counted = self.counted(view, generation).await?;
        Ok(counted.parked > counted.skipped)
    }

    /// How many records are parked in a generation.
    pub(super) async fn counted(
        &self,
        view: &str,
        generation: Generation,
    ) -> Result<Counted, Problem> {
        let errors = self.store().parked_by_error(view, generation).await;
        let errors = errors.map_err(|error| store_problem(&error))?;
        Ok(errors.values().fold(Counted::default(), |sum, counted| Counted {
            parked: sum.parked + counted.parked,
            skipped: sum.skipped + counted.skipped,
        }))
    }

    /// Lets what the changed view no longer needs be taken away.
    async fn clean_after(
        &self,
        changed: Result<ViewGenerations, Unchanged>,
    ) -> Result<(), Problem> {
        let view = changed.map_err(unchanged)?;
        tracing::info!(
            view = view.view,
            generation = view.active.number,
            trace.id = self.call.trace_id,
            "a view was changed"
        );
        self.clean(&view).await
    }

    /// Tells the workers which generations nobody needs any more: again too, for that may be what broke off.
    pub(super) async fn clean(&self, view: &ViewGenerations) -> Result<(), Problem> {
        for generation in &view.retiring {
            let job = Job::Clean { view: view.view.clone(), generation: generation.number };
            self.tell_later(&job, self.operations.grace).await?;
        }
        Ok(())
    }

    /// The view as it is now.
    async fn changed(&self, did: Did) -> Served {
        let view = self.view().await?;
        Ok(did.told(Reply::json(200, self.shown_view(&view).await?)))
    }

    fn keep_ms(&self) -> i64 {
        i64::try_from(self.operations.keep.as_millis()).unwrap_or(i64::MAX)
    }
}
