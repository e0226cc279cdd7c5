//! Commits of access records: who took or checked what, when and why.

use super::jobs::Failed;
use crate::{Queries, unloaded, unread};
use edge::{Call, Kind, Problem};
use events::access::{Access, Command, ExportEnd, Rejection, State};
use events::{DecideError, Registered, decided};
use serde_json::Value;
use store::{Appended, Draft, LoadError, Order, Record, Recorded, StoreError};
use vocabulary::{
    Actor, ActorId, ActorKind, Digest, Instant, RecordId, RecordKey, Tenant, TypeName, Version,
};

/// How often an act is decided before others are told to have been faster for too long.
const DECISIONS_MAX: u32 = 5;

/// Who acts, and what the commit will say of it besides its events.
#[derive(Debug, Clone)]
pub(super) struct Act {
    pub(super) key: RecordKey,
    actor: Actor,
    reason: Option<String>,
    correlation: Option<String>,
    causation: Option<String>,
    trace: Option<String>,
    retry: Option<Retry>,
    now: Instant,
}

/// By what a request sent again is known.
#[derive(Debug, Clone)]
struct Retry {
    key: String,
    request: String,
}

/// What came of an order to an access record.
pub(super) enum Told {
    /// It stands in the log now.
    Now(Box<Recorded>),
    /// It stood there already, and says the same.
    Already,
    /// Another commit was faster.
    Taken,
}

/// An order that stands nowhere.
#[derive(Debug, thiserror::Error)]
pub(super) enum Untold {
    #[error(transparent)]
    Refused(#[from] DecideError<Rejection>),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Act {
    /// What a request orders, on the record of that id or else on one that its idempotency key
    /// names.
    pub(super) fn of(
        call: &Call,
        id: Option<RecordId>,
        reason: Option<String>,
        mint: impl FnOnce() -> String,
    ) -> Result<Self, Problem> {
        let caller = call.caller()?;
        let retry = call.idempotency_key()?.map(|key| Retry { key, request: request_of(call) });
        let derived = || {
            // Without a key the request is its own: nobody can retry what nobody can name.
            let key = retry.as_ref().map_or_else(mint, |retry| retry.key.clone());
            let parts = [caller.tenant.as_str(), ACCESS, caller.actor.id.as_str(), &key];
            RecordId::from_bits(Digest::of_list(&parts).prefix())
        };
        let id = id.unwrap_or_else(derived);
        Ok(Self {
            key: key_of(&caller.tenant, id).ok_or_else(|| Problem::new(Kind::Failure))?,
            actor: caller.actor.clone(),
            reason,
            correlation: call.correlation()?,
            causation: call.causation()?,
            trace: call.traceparent(),
            retry,
            now: call.now,
        })
    }

    /// What a worker tells of an act that a commit began, on behalf of whoever did.
    fn following(first: &Recorded, now: Instant) -> Option<Self> {
        let commit = first.commit();
        let id = commit.commit.to_string();
        Some(Self {
            key: first.key(),
            actor: Actor {
                kind: ActorKind::System,
                id: ActorId::parse("exporter").ok()?,
                name: None,
                on_behalf_of: Some(commit.actor.id.clone()),
            },
            reason: None,
            correlation: Some(commit.correlation.clone().unwrap_or_else(|| id.clone())),
            causation: Some(id),
            trace: None,
            retry: None,
            now,
        })
    }
}

const ACCESS: &str = "access";

pub(super) fn key_of(tenant: &Tenant, id: RecordId) -> Option<RecordKey> {
    Some(RecordKey { tenant: tenant.clone(), record_type: TypeName::parse(ACCESS).ok()?, id })
}

/// 16 bytes of the digest of what is asked, in hexadecimal.
fn request_of(call: &Call) -> String {
    let route = call.routed.route;
    let reason = call.headers.get("x-change-reason").ok().flatten().unwrap_or_default();
    let body = String::from_utf8_lossy(&call.body);
    let id = call.routed.parameter("id");
    let digest = Digest::of_list(&[route.method, route.path, id, &body, reason]);
    format!("{:032x}", digest.prefix())
}

impl Queries {
    fn access_type(&self) -> Result<Registered, Problem> {
        self.registry.by_name(ACCESS).ok_or_else(|| Problem::new(Kind::Failure))
    }

    /// Begins an act with the first commit of its record, or finds that the same request has begun
    /// it; whether it had.
    pub(super) async fn begin(
        &self,
        act: &Act,
        command: &Command,
    ) -> Result<(Recorded, bool), Problem> {
        for _ in 0..DECISIONS_MAX {
            if let Some(first) = self.first_of(&act.key).await? {
                return replayed(act, first).map(|first| (first, true));
            }
            match self.order(act, None, command.clone()).await.map_err(problem)? {
                Told::Now(recorded) => return Ok((*recorded, false)),
                // Of a new record every command has a first word.
                Told::Already | Told::Taken => {}
            }
        }
        Err(Problem::new(Kind::RecordBusy).header("retry-after", "1"))
    }

    /// Orders something of an act that was begun; whether the same request had ordered it.
    pub(super) async fn go_on(&self, act: &Act, command: &Command) -> Result<bool, Problem> {
        let of = self.access_type()?;
        for _ in 0..DECISIONS_MAX {
            let record = self.store.load(of, &act.key).await.map_err(|error| unloaded(&error))?;
            let record = record.ok_or_else(|| Problem::new(Kind::NotFound))?;
            let known = act
                .retry
                .as_ref()
                .and_then(|retry| record.version_of_key(&act.actor.id, &retry.key));
            if let Some(version) = known {
                let then = self.commit_of(&act.key, version).await?;
                let then = then.ok_or_else(|| Problem::new(Kind::NotFound))?;
                return replayed(act, then).map(|_then| true);
            }
            match self.order(act, Some(&record), command.clone()).await.map_err(problem)? {
                Told::Now(_) | Told::Already => return Ok(false),
                Told::Taken => {}
            }
        }
        Err(Problem::new(Kind::RecordBusy).header("retry-after", "1"))
    }

    /// The commit that began an act.
    pub(super) async fn first_of(&self, key: &RecordKey) -> Result<Option<Recorded>, Problem> {
        self.commit_of(key, Version::FIRST).await
    }

    async fn commit_of(
        &self,
        key: &RecordKey,
        version: Version,
    ) -> Result<Option<Recorded>, Problem> {
        let read = self.store.commits(key, (version, version), Order::Ascending, 1).await;
        match read.map_err(|error| unread(&error))?.pop() {
            None => Ok(None),
            Some(Ok(recorded)) => Ok(Some(recorded)),
            Some(Err(source)) => Err(unloaded(&LoadError::Damaged { key: key.clone(), source })),
        }
    }

    /// Decides an order once and appends its commit.
    async fn order(
        &self,
        act: &Act,
        record: Option<&Record>,
        command: Command,
    ) -> Result<Told, Untold> {
        let folded = record.map(|record| &record.folded);
        let events = decided::<Access>(folded.map(store::Folded::record), command)?;
        if events.is_empty() {
            return Ok(Told::Already);
        }
        let draft = Draft {
            commit: self.clock.mint(),
            now: act.now,
            effective_at: None,
            actor: act.actor.clone(),
            reason: act.reason.clone(),
            correlation: act.correlation.clone(),
            causation: act.causation.clone(),
            trace: act.trace.clone(),
            key: act.retry.as_ref().map(|retry| retry.key.clone()),
            request: act.retry.as_ref().map(|retry| retry.request.clone()),
            app: self.build.to_owned(),
            events,
        };
        let head = folded.map(store::Folded::head);
        let recorded = Recorded::after(head.as_ref(), &act.key, draft)?;
        Ok(match self.store.append(&recorded).await? {
            Appended::Done => Told::Now(Box::new(recorded)),
            Appended::Taken => Told::Taken,
        })
    }

    /// Tells how an export ended, once; how it ended, be it told now or before.
    pub(super) async fn end_export(
        &self,
        tenant: &Tenant,
        id: &RecordId,
        command: &Command,
    ) -> Result<ExportEnd, Failed> {
        let of = self.registry.by_name(ACCESS).ok_or(Failed::Record)?;
        let key = key_of(tenant, id.clone()).ok_or(Failed::Record)?;
        for _ in 0..DECISIONS_MAX {
            let record = self.store.load(of, &key).await?.ok_or(Failed::Record)?;
            if let Some(end) = end_of(&record)? {
                return Ok(end);
            }
            let first =
                self.store.commits(&key, (Version::FIRST, Version::FIRST), Order::Ascending, 1);
            let first = first.await?.pop().and_then(Result::ok).ok_or(Failed::Record)?;
            let act = Act::following(&first, self.clock.now()).ok_or(Failed::Record)?;
            match self.order(&act, Some(&record), command.clone()).await {
                // Another round reads how it ended.
                Ok(_) => {}
                Err(Untold::Store(error)) => return Err(error.into()),
                Err(Untold::Json(error)) => return Err(error.into()),
                Err(Untold::Refused(_)) => return Err(Failed::Record),
            }
        }
        Err(Failed::Busy)
    }
}

fn end_of(record: &Record) -> Result<Option<ExportEnd>, Failed> {
    let state: Value = record.folded.record().state()?;
    match serde_json::from_value(state)? {
        State::Export { end, .. } => Ok(end),
        State::Nothing | State::Verification { .. } => Err(Failed::Record),
    }
}

/// The commit, if the same request made it.
fn replayed(act: &Act, commit: Recorded) -> Result<Recorded, Problem> {
    let told = commit.commit();
    let Some(retry) = &act.retry else { return Err(Problem::new(Kind::IdTaken)) };
    if told.key.as_deref() != Some(retry.key.as_str()) || told.actor.id != act.actor.id {
        return Err(Problem::new(Kind::IdTaken));
    }
    if told.request.as_deref() != Some(retry.request.as_str()) {
        return Err(Problem::new(Kind::KeyReused));
    }
    Ok(commit)
}

fn problem(untold: Untold) -> Problem {
    match untold {
        Untold::Store(error) => unread(&error),
        Untold::Refused(DecideError::Rejected(rejection)) => {
            let rule = serde_json::to_value(&rejection).ok();
            let rule = rule.and_then(|rule| rule.get("rule").cloned()).unwrap_or_default();
            Problem::new(Kind::Rule).member("rule", rule).detail(rejection.to_string())
        }
        Untold::Refused(DecideError::Shape(error)) | Untold::Json(error) => {
            tracing::error!(%error, "an access record cannot be written");
            Problem::new(Kind::Failure)
        }
    }
}
