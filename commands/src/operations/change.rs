//! Which generation of a view is read: promote, roll back, retire. Each is one conditional write.

use super::asked::Body;
use super::desk::{Desk, Did};
use super::unchanged;
use edge::{Kind, Problem, Reply, Served, store_problem};
use events::operation::{Acting, Verb};
use store::{Counted, Generation, Job, NotNow, ViewGenerations, Written};

/// How often a view is changed against others who change it.
const TRIES_MAX: u32 = 10;

impl Desk<'_> {
    /// `POST /operations/views/{view}/promote`.
    pub(super) async fn promote_view(&self) -> Served {
        let mut body = Body::of(self.call)?;
        let (reason, force) = (body.reason(), body.flag("force"));
        body.finish()?;
        let keep_ms = self.keep_ms();
        let plan = async || {
            let view = self.view().await?;
            let view_then = self.promoted(&view, force, keep_ms).await?;
            let generation = Some(view_then.active.number);
            let force = force.then_some(true);
            Ok(Acting { force, ..self.about(Verb::Promote, generation) })
        };
        let did = self.act(&reason, plan, async |acting| {
            self.change(acting, async |view| {
                if acting.generation == Some(view.active.number) {
                    return Ok(None);
                }
                let building = view.building.as_ref().map(|build| build.generation.number);
                if building != acting.generation {
                    return Err(unchanged(NotNow::NotBuilding));
                }
                self.promoted(&view, force, keep_ms).await.map(Some)
            })
            .await
        });
        self.changed(did.await?).await
    }

    /// `POST /operations/views/{view}/rollback`.
    pub(super) async fn roll_back_view(&self) -> Served {
        let mut body = Body::of(self.call)?;
        let reason = body.reason();
        body.finish()?;
        let keep_ms = self.keep_ms();
        let plan = async || {
            let previous = self.view().await?.previous;
            let previous = previous.ok_or_else(|| unchanged(NotNow::NoPrevious))?;
            Ok(self.about(Verb::Rollback, Some(previous.number)))
        };
        let did = self.act(&reason, plan, async |acting| {
            self.change(acting, async |view| {
                if acting.generation == Some(view.active.number) {
                    return Ok(None);
                }
                if acting.generation != view.previous.map(|previous| previous.number) {
                    return Err(unchanged(NotNow::NoPrevious));
                }
                view.roll_back(self.call.now, keep_ms).map(Some).map_err(unchanged)
            })
            .await
        });
        self.changed(did.await?).await
    }

    /// `POST /operations/views/{view}/retire`.
    pub(super) async fn retire_view(&self) -> Served {
        let mut body = Body::of(self.call)?;
        let reason = body.reason();
        body.finish()?;
        let nothing = || Problem::new(Kind::NothingToRetire);
        let plan = async || {
            let previous = self.view().await?.previous.ok_or_else(nothing)?;
            Ok(self.about(Verb::Retire, Some(previous.number)))
        };
        let did = self.act(&reason, plan, async |acting| {
            self.change(acting, async |view| {
                // Another one that is warm now is not the one that was meant.
                if acting.generation != view.previous.map(|previous| previous.number) {
                    return Ok(None);
                }
                view.retire().map(Some).map_err(unchanged)
            })
            .await
        });
        self.changed(did.await?).await
    }

    fn about(&self, verb: Verb, generation: Option<u32>) -> Acting {
        let view = Some(self.call.routed.parameter("view").to_owned());
        Acting { view, generation, ..Acting::new(verb) }
    }

    /// What the view becomes when its new generation is promoted.
    async fn promoted(
        &self,
        view: &ViewGenerations,
        force: bool,
        keep_ms: i64,
    ) -> Result<ViewGenerations, Problem> {
        let promoted = view.promote(force, self.call.now, keep_ms).map_err(unchanged)?;
        let counted = self.counted(&view.view, promoted.active).await?;
        if counted.parked > counted.skipped && !force {
            return Err(unchanged(NotNow::Parked));
        }
        Ok(promoted)
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

    /// Changes the view, unless that is done already, and tells the workers which generations nobody needs
    /// any more: again too, for that may be what broke off.
    async fn change(
        &self,
        acting: &Acting,
        step: impl AsyncFn(ViewGenerations) -> Result<Option<ViewGenerations>, Problem>,
    ) -> Result<(), Problem> {
        let mut tries = 0;
        let retiring = loop {
            let view = self.view().await?;
            let retiring = view.retiring.clone();
            let Some(changed) = step(view).await? else { break retiring };
            let written = self.store().change_view(&changed).await;
            match written.map_err(|error| store_problem(&error))? {
                Written::Done => {
                    tracing::info!(view = changed.view, generation = changed.active.number, verb = ?acting.verb, trace.id = self.call.trace_id, "a view was changed");
                    break changed.retiring;
                }
                Written::Overtaken if tries < TRIES_MAX => tries += 1,
                Written::Overtaken => {
                    return Err(Problem::new(Kind::RecordBusy).header("retry-after", "1"));
                }
            }
        };
        let view = self.call.routed.parameter("view");
        self.clean(view, &retiring).await
    }

    /// Tells the workers which generations are to be taken away.
    pub(super) async fn clean(&self, view: &str, retiring: &[Generation]) -> Result<(), Problem> {
        for generation in retiring {
            let job = Job::Clean { view: view.to_owned(), generation: generation.number };
            self.tell(&job, self.operations.grace).await?;
        }
        Ok(())
    }

    /// The view as it is now.
    async fn changed(&self, did: Did) -> Served {
        let reply = Reply::json(200, self.shown_view().await?);
        Ok(did.told(reply))
    }

    fn keep_ms(&self) -> i64 {
        i64::try_from(self.operations.keep.as_millis()).unwrap_or(i64::MAX)
    }
}
