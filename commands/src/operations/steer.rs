//! Rebuilds under way: list and read them, let them rest, go on, or end.

use super::asked::Body;
use super::desk::{Desk, unchanged};
use edge::{Cursor, Kind, Problem, Reply, Served, filter_digest, store_problem};
use events::operation::{Acting, Verb};
use futures::future::try_join_all;
use serde_json::{Map, Value};
use std::time::Duration;
use store::{Job, Rebuild, Segment};
use vocabulary::RecordId;

impl Desk<'_> {
    /// `GET /operations/rebuilds`: newest first. One query for the page, and two reads for each of it.
    pub(super) async fn list_rebuilds(&self) -> Served {
        self.call.query.only(&["cursor", "limit"])?;
        let limit = self.call.query.limit()?;
        let filter = filter_digest(&["rebuilds"]);
        let cursor = self.call.query.get("cursor").map(|text| Cursor::decode(text, &filter));
        let after = cursor.transpose()?.map(|cursor| cursor.position);
        let jobs = self.store().rebuilds(after.as_deref(), limit + 1).await;
        let mut jobs = jobs.map_err(|error| store_problem(&error))?;
        let more = jobs.len() > limit;
        jobs.truncate(limit);
        let last = jobs.last().filter(|_| more);
        let next = last.map(|last| Cursor { generation: 0, filter, position: last.place() });
        let items = try_join_all(jobs.iter().map(|job| self.shown_rebuild(job))).await?;
        let mut page = Map::from_iter([("items".to_owned(), Value::Array(items))]);
        if let Some(next) = next {
            page.insert("next_cursor".to_owned(), next.encode().into());
        }
        Ok(Reply::json(200, page))
    }

    /// `GET /operations/rebuilds/{id}`: strongly consistent, with its segments and differences.
    pub(super) async fn read_rebuild(&self) -> Served {
        self.call.query.only(&[])?;
        let job = self.named_rebuild().await?;
        Ok(Reply::json(200, self.whole_rebuild(&job).await?))
    }

    /// `POST /operations/rebuilds/{id}/pause`.
    pub(super) async fn pause_rebuild(&self) -> Served {
        self.steer(Verb::Pause, async |id| {
            self.store().pause_rebuild(id, true).await.map(drop).map_err(unchanged)
        })
        .await
    }

    /// `POST /operations/rebuilds/{id}/resume`.
    pub(super) async fn resume_rebuild(&self) -> Served {
        self.steer(Verb::Resume, async |id| {
            let job = self.store().pause_rebuild(id, false).await.map_err(unchanged)?;
            self.wake(&job).await
        })
        .await
    }

    /// `POST /operations/rebuilds/{id}/cancel`.
    pub(super) async fn cancel_rebuild(&self) -> Served {
        self.steer(Verb::Cancel, async |id| {
            let job = self.store().cancel_rebuild(id, self.call.now).await.map_err(unchanged)?;
            let view = self.view_named(&job.view).await?;
            // The worker who hears of it tells the log how it ended.
            self.wake(&job).await?;
            self.clean(&view).await
        })
        .await
    }

    /// Does something with the rebuild that the path names.
    async fn steer(
        &self,
        verb: Verb,
        carry_out: impl AsyncFnOnce(&RecordId) -> Result<(), Problem>,
    ) -> Served {
        let mut body = Body::of(self.call)?;
        let reason = body.reason();
        body.finish()?;
        let job = self.named_rebuild().await?;
        let plan = async || {
            let stands = verb == Verb::Cancel && self.stands(&job).await?;
            if !job.is_open() && !stands {
                return Err(Problem::new(Kind::RebuildEnded));
            }
            let (view, rebuild) = (Some(job.view.clone()), Some(job.id.to_string()));
            Ok(Acting { view, rebuild, ..Acting::new(verb) })
        };
        let did = self.act(&reason, plan, async |_| carry_out(&job.id).await).await?;
        let job = self.named_rebuild().await?;
        tracing::info!(rebuild = %job.id, verb = ?verb, did = ?did, trace.id = self.call.trace_id, "a rebuild was steered");
        Ok(did.told(Reply::json(200, self.whole_rebuild(&job).await?)))
    }

    /// Whether a rebuild has left a generation that was not promoted.
    async fn stands(&self, job: &Rebuild) -> Result<bool, Problem> {
        Ok(self.view_named(&job.view).await?.build_of(&job.id).is_some())
    }

    async fn named_rebuild(&self) -> Result<Rebuild, Problem> {
        let nothing = || Problem::new(Kind::NotFound);
        let id = RecordId::parse(self.call.routed.parameter("id")).map_err(|_id| nothing())?;
        let job = self.store().rebuild(&id).await.map_err(|error| store_problem(&error))?;
        job.ok_or_else(nothing)
    }

    /// Tells the workers of every segment that is not done; of the first one where there is none yet.
    pub(super) async fn wake(&self, job: &Rebuild) -> Result<(), Problem> {
        let segments = self.store().segments(&job.id).await;
        let segments = segments.map_err(|error| store_problem(&error))?;
        let open = segments.iter().filter(|segment| segment.done_at.is_none());
        let mut open: Vec<Job> = open.map(|segment| about(job, segment)).collect();
        if open.is_empty() {
            open.extend(job.phases().first().map(|phase| first(job, *phase)));
        }
        for segment in open {
            self.tell_later(&segment, Duration::ZERO).await?;
        }
        Ok(())
    }
}

fn about(job: &Rebuild, segment: &Segment) -> Job {
    Job::Segment { rebuild: job.id.clone(), phase: segment.phase, segment: segment.number }
}

fn first(job: &Rebuild, phase: store::Phase) -> Job {
    Job::Segment { rebuild: job.id.clone(), phase, segment: 0 }
}
