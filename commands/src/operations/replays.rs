//! Replays: have chosen events sent to the bus again, or only counted.

use super::asked::Body;
use super::desk::{Desk, Did};
use edge::{BASE, Cursor, Kind, Problem, Reply, Served, filter_digest, store_problem};
use events::operation::{Acting, Chosen, Command, Operation, ReplayEnd, Replaying, Verb};
use serde_json::{Map, Value, json};
use store::{
    Act, ActError, PublishJob, Recorded, Replay, ReplayState, Selection, Written, backoff,
};
use vocabulary::{RecordId, RecordKey};

/// The most events a second that can be asked for: what a bus takes at least (EventBridge quotas,
/// `PutEvents`, read 2026-11-24).
const RATE_MAX: u32 = 10_000;
/// How often a replay is changed against its worker.
const TRIES_MAX: u32 = 20;

/// What is asked for.
struct Wanted {
    reason: String,
    dry_run: bool,
    rate: Option<u32>,
    selection: Selection,
}

impl Desk<'_> {
    /// `POST /operations/replays`.
    pub(super) async fn start_replay(&self) -> Served {
        let wanted = self.wanted()?;
        let act = self.named(&wanted.reason, "")?;
        let (first, did) = if let Some(first) = self.known(&act).await? {
            (first, Did::Before)
        } else {
            let begun = self.begin(&act, &Command::StartReplay(wanted.told())).await?;
            (begun.first, if begun.replayed { Did::Before } else { Did::Now })
        };
        let kept = self.kept_replay(&first, &wanted).await?;
        if !kept.state.is_end() {
            self.tell_publisher(&PublishJob::Replay { id: kept.id.clone() }).await?;
        }
        tracing::info!(replay = %kept.id, dry_run = kept.dry_run, did = ?did, trace.id = self.call.trace_id, "a replay was ordered");
        let reply = Reply::json(202, shown(&kept))
            .header("location", format!("{BASE}/operations/replays/{}", kept.id));
        Ok(did.told(reply))
    }

    fn wanted(&self) -> Result<Wanted, Problem> {
        let mut body = Body::of(self.call)?;
        let reason = body.reason();
        let records = body.records("records", &self.caller.tenant);
        let record_type = body.type_name("type").map(|of| of.to_string());
        let (since, until) = (body.instant("since"), body.instant("until"));
        let (dry_run, rate) = (body.flag("dry_run"), body.whole("rate", RATE_MAX));
        if since.zip(until).is_some_and(|(since, until)| since >= until) {
            body.wrong("until", "must come after `since`");
        }
        let registry = &self.operations.commands.registry;
        if record_type.as_ref().is_some_and(|of| registry.by_name(of).is_none()) {
            body.wrong("type", "is not known here");
        }
        body.finish()?;
        // What is recorded after the request is published by itself.
        let until = until.map_or(self.call.now, |until| until.min(self.call.now));
        let records = records.map(|keys| keys.iter().map(RecordKey::pk).collect());
        let selection = Selection { records, record_type, since, until };
        Ok(Wanted { reason, dry_run, rate, selection })
    }

    /// The replay that a commit began, kept now if it was not.
    async fn kept_replay(&self, first: &Recorded, wanted: &Wanted) -> Result<Replay, Problem> {
        let commit = first.commit();
        let state = if wanted.dry_run { ReplayState::Counting } else { ReplayState::Running };
        let replay = Replay {
            id: commit.id.clone(),
            step: 1,
            state,
            dry_run: wanted.dry_run,
            selection: wanted.selection.clone(),
            rate: wanted.rate,
            tenant: commit.tenant.clone(),
            requested_by: commit.actor.clone(),
            reason: wanted.reason.clone(),
            requested_at: commit.at,
            position: None,
            commits: 0,
            events: 0,
            published: 0,
            ended_at: None,
            error: None,
        };
        let added =
            self.store().add_replay(&replay).await.map_err(|error| store_problem(&error))?;
        match added {
            Written::Done => Ok(replay),
            Written::Overtaken => self.replay(&commit.id).await,
        }
    }

    async fn replay(&self, id: &RecordId) -> Result<Replay, Problem> {
        let replay = self.store().replay(id).await.map_err(|error| store_problem(&error))?;
        replay.ok_or_else(|| Problem::new(Kind::NotFound))
    }

    /// `GET /operations/replays`: newest first. One query, and one read for each.
    pub(super) async fn list_replays(&self) -> Served {
        self.call.query.only(&["cursor", "limit"])?;
        let limit = self.call.query.limit()?;
        let filter = filter_digest(&["replays"]);
        let cursor = self.call.query.get("cursor").map(|text| Cursor::decode(text, &filter));
        let after = cursor.transpose()?.map(|cursor| cursor.position);
        let replays = self.store().replays(after.as_deref(), limit + 1).await;
        let mut replays = replays.map_err(|error| store_problem(&error))?;
        let more = replays.len() > limit;
        replays.truncate(limit);
        let items = replays.iter().map(shown).collect();
        let mut page = Map::from_iter([("items".to_owned(), Value::Array(items))]);
        if let Some(last) = replays.last().filter(|_| more) {
            let next = Cursor { generation: 0, filter, position: last.place() };
            page.insert("next_cursor".to_owned(), next.encode().into());
        }
        Ok(Reply::json(200, page))
    }

    /// `GET /operations/replays/{id}`: strongly consistent.
    pub(super) async fn read_replay(&self) -> Served {
        self.call.query.only(&[])?;
        Ok(Reply::json(200, shown(&self.named_replay().await?)))
    }

    async fn named_replay(&self) -> Result<Replay, Problem> {
        let id = RecordId::parse(self.call.routed.parameter("id"));
        self.replay(&id.map_err(|_id| Problem::new(Kind::NotFound))?).await
    }

    /// `POST /operations/replays/{id}/cancel`: the batch that is under way is still sent.
    pub(super) async fn cancel_replay(&self) -> Served {
        let mut body = Body::of(self.call)?;
        let reason = body.reason();
        body.finish()?;
        let id = self.named_replay().await?.id;
        let plan = async || {
            if self.replay(&id).await?.state.is_end() {
                return Err(Problem::new(Kind::ReplayEnded));
            }
            Ok(Acting { rebuild: Some(id.to_string()), ..Acting::new(Verb::Cancel) })
        };
        let did = self.act(&reason, plan, async |_| self.cancelled(&id).await).await?;
        Ok(did.told(Reply::json(200, shown(&self.replay(&id).await?))))
    }

    async fn cancelled(&self, id: &RecordId) -> Result<(), Problem> {
        for tries in 1..=TRIES_MAX {
            let mut replay = self.replay(id).await?;
            match replay.state {
                ReplayState::Cancelled => return self.tell_cancelled(&replay).await,
                ReplayState::Done | ReplayState::Failed => {
                    return Err(Problem::new(Kind::ReplayEnded));
                }
                ReplayState::Counting | ReplayState::Running => {}
            }
            replay.state = ReplayState::Cancelled;
            replay.ended_at = Some(self.call.now);
            let changed = self.store().change_replay(&mut replay).await;
            if changed.map_err(|error| store_problem(&error))? == Written::Done {
                return self.tell_cancelled(&replay).await;
            }
            backoff(tries).await;
        }
        Err(Problem::new(Kind::RecordBusy).header("retry-after", "1"))
    }

    /// Tells the log how far the replay had come.
    async fn tell_cancelled(&self, replay: &Replay) -> Result<(), Problem> {
        let end = ReplayEnd {
            outcome: "cancelled".to_owned(),
            commits: replay.commits,
            events: replay.events,
            published: replay.published,
            error: None,
        };
        let act = self.named("", "")?;
        let key = RecordKey { id: replay.id.clone(), ..act.key.clone() };
        let key = RecordKey { tenant: replay.tenant.clone(), ..key };
        let act = Act { key, retry: None, reason: None, ..act };
        let told = self.writer().go_on::<Operation>(&act, || Command::EndReplay(end.clone())).await;
        match told {
            // Refused, its worker had told that it was done, a moment before it was cancelled.
            Ok(_) | Err(ActError::Refused(_)) => Ok(()),
            Err(error) => Err(edge::act_problem(&error)),
        }
    }
}

impl Wanted {
    fn told(&self) -> Replaying {
        let Selection { records, record_type, since, until } = &self.selection;
        let names = records.iter().flatten().filter_map(|pk| RecordKey::from_pk(pk).ok());
        let chosen = Chosen {
            records: names.map(|key| format!("{}/{}", key.record_type, key.id)).collect(),
            record_type: record_type.clone(),
            since: since.map(|since| since.to_string()),
            until: Some(until.to_string()),
        };
        Replaying { dry_run: self.dry_run, rate: self.rate, chosen }
    }
}

fn shown(replay: &Replay) -> Value {
    let state = match replay.state {
        ReplayState::Counting => "counting",
        ReplayState::Running => "running",
        ReplayState::Done => "done",
        ReplayState::Failed => "failed",
        ReplayState::Cancelled => "cancelled",
    };
    let mut told = json!({
        "id": replay.id.as_str(), "state": state, "dry_run": replay.dry_run, "commits": replay.commits,
        "events": replay.events, "published": replay.published, "reason": replay.reason,
        "requested_by": replay.requested_by, "requested_at": replay.requested_at.to_string(),
    });
    if let Some(told) = told.as_object_mut() {
        let ended_at = replay.ended_at.map(|at| Value::from(at.to_string()));
        told.extend(ended_at.map(|at| ("ended_at".to_owned(), at)));
        told.extend(replay.error.clone().map(|error| ("error".to_owned(), error.into())));
    }
    told
}
