//! Commits of access records: who took or checked what, when and why.

use super::jobs::Failed;
use crate::Queries;
use edge::{Call, Kind, Problem, act_of, act_problem, load_problem};
use events::Registered;
use events::access::{Access, Command, ExportEnd, State};
use serde_json::Value;
use store::{Act, ActError, Begun, Record, Recorded, Writer};
use vocabulary::{ActorId, RecordId, RecordKey, Tenant, TypeName};

/// How often the end of an export is told before others are said to have been faster for too long.
const TRIES_MAX: u32 = 5;
const ACCESS: &str = "access";
/// By which the worker is known as an actor.
const WORKER: &str = "exporter";

pub(super) fn key_of(tenant: &Tenant, id: RecordId) -> Option<RecordKey> {
    Some(RecordKey { tenant: tenant.clone(), record_type: TypeName::parse(ACCESS).ok()?, id })
}

impl Queries {
    fn access_type(&self) -> Result<Registered, Problem> {
        self.registry.by_name(ACCESS).ok_or_else(|| Problem::new(Kind::Failure))
    }

    fn writer(&self, of: Registered) -> Writer<'_> {
        Writer { store: &self.store, of, clock: &self.clock, build: self.build }
    }

    /// What a request orders, on the access record of that id or else on one that its key names.
    pub(super) fn act(
        &self,
        call: &Call,
        id: Option<RecordId>,
        reason: Option<String>,
    ) -> Result<Act, Problem> {
        act_of(call, ACCESS, id, reason, || self.clock.mint().to_string())
    }

    /// Begins an act with the first commit of its record, or finds that the same request has begun it.
    pub(super) async fn begin(&self, act: &Act, command: &Command) -> Result<Begun, Problem> {
        let writer = self.writer(self.access_type()?);
        let begun = writer.begin::<Access>(act, || command.clone()).await;
        begun.map_err(|error| act_problem(&error))
    }

    /// Orders something of an act that was begun; whether the same request had ordered it.
    pub(super) async fn go_on(&self, act: &Act, command: &Command) -> Result<bool, Problem> {
        let writer = self.writer(self.access_type()?);
        let gone_on = writer.go_on::<Access>(act, || command.clone()).await;
        gone_on.map_err(|error| act_problem(&error))
    }

    /// The commit that began an act.
    pub(super) async fn first_of(&self, key: &RecordKey) -> Result<Option<Recorded>, Problem> {
        let first = self.writer(self.access_type()?).first_of(key).await;
        first.map_err(|error| load_problem(&error))
    }

    /// Tells how an export ended, once; how it ended, be it told now or before.
    pub(super) async fn end_export(
        &self,
        tenant: &Tenant,
        id: &RecordId,
        command: &Command,
    ) -> Result<ExportEnd, Failed> {
        let of = self.registry.by_name(ACCESS).ok_or(Failed::Record)?;
        let writer = self.writer(of);
        let key = key_of(tenant, id.clone()).ok_or(Failed::Record)?;
        let worker = ActorId::parse(WORKER).map_err(|_id| Failed::Record)?;
        for _ in 0..TRIES_MAX {
            let record = self.store.load(of, &key).await?.ok_or(Failed::Record)?;
            if let Some(end) = end_of(&record)? {
                return Ok(end);
            }
            let first = writer.first_of(&key).await?.ok_or(Failed::Record)?;
            let act = Act::following(&first, worker.clone(), self.clock.now());
            match writer.go_on::<Access>(&act, || command.clone()).await {
                // Another round reads how it ended; it may have ended in another way meanwhile.
                Ok(_) | Err(ActError::Refused(_) | ActError::Busy) => {}
                Err(ActError::Load(error)) => return Err(error.into()),
                Err(ActError::Json(error)) => return Err(error.into()),
                Err(ActError::Taken | ActError::KeyReused | ActError::Unknown) => {
                    return Err(Failed::Record);
                }
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
