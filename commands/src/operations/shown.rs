//! A rebuild as operators see it: keys, errors and counts, never contents.

use super::begin::name_of;
use super::desk::Desk;
use super::progress::Progress;
use edge::{Problem, store_problem};
use serde_json::{Map, Value, json};
use store::{Difference, Rebuild, RebuildState, Scope, Segment, Tally};
use vocabulary::{Instant, RecordKey, Tenant};

impl Desk<'_> {
    /// `Rebuild` as lists have it. One query for its segments.
    pub(super) async fn shown_rebuild(&self, job: &Rebuild) -> Result<Value, Problem> {
        let segments = self.store().segments(&job.id).await;
        let segments = segments.map_err(|error| store_problem(&error))?;
        Ok(self.told(job, &segments).into())
    }

    /// `Rebuild` with its segments and the first differences. Two queries.
    pub(super) async fn whole_rebuild(&self, job: &Rebuild) -> Result<Value, Problem> {
        let segments = self.store().segments(&job.id).await;
        let segments = segments.map_err(|error| store_problem(&error))?;
        let differences = self.store().differences(&job.id).await;
        let differences = differences.map_err(|error| store_problem(&error))?;
        let mut told = self.told(job, &segments);
        let now = self.call.now;
        let all = segments.iter().map(|segment| shown_segment(segment, now));
        told.insert("segments".to_owned(), all.collect());
        let tenant = &self.caller.tenant;
        let shown = differences.iter().map(|difference| shown_difference(difference, tenant));
        told.insert("differences".to_owned(), shown.collect());
        let total = Tally::total(&segments);
        let more = (total.lag + total.drift).saturating_sub(number(differences.len()));
        if more > 0 {
            told.insert("differences_more".to_owned(), more.into());
        }
        Ok(told.into())
    }

    fn told(&self, job: &Rebuild, segments: &[Segment]) -> Map<String, Value> {
        let mut told = Map::new();
        let mut tell = |name: &str, value: Value| told.insert(name.to_owned(), value);
        tell("id", job.id.as_str().into());
        tell("view", job.view.as_str().into());
        tell("kind", name_of(job.kind).into());
        tell("generation", job.generation.number.into());
        tell("state", state_of(job.state).into());
        tell("paused", job.paused.into());
        tell("parallel", job.parallel.into());
        tell("promote", job.promote.into());
        tell("requested_by", json!(job.requested_by));
        tell("requested_at", job.requested_at.to_string().into());
        tell("totals", totals(&Tally::total(segments)));
        if job.expected > 0 {
            tell("expected", job.expected.into());
        }
        if let Some(scope) = scope_of(&job.scope, &self.caller.tenant) {
            tell("scope", scope);
        }
        let optional = [
            ("rate", job.rate.map(Value::from)),
            ("sample", job.sample.map(Value::from)),
            ("reason", job.reason.clone().map(Value::from)),
            ("error", job.error.clone().map(Value::from)),
            ("caught_up_at", job.caught_up_at.map(|at| at.to_string().into())),
            ("ended_at", job.ended_at.map(|at| at.to_string().into())),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                tell(name, value);
            }
        }
        if job.accepted_parked {
            tell("accepted_parked", true.into());
        }
        told.extend(Progress::of(job, segments, self.call.now).told());
        told
    }
}

fn number(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

fn state_of(state: RebuildState) -> &'static str {
    match state {
        RebuildState::Building => "building",
        RebuildState::CaughtUp => "caught_up",
        RebuildState::Verifying => "verifying",
        RebuildState::Verified => "verified",
        RebuildState::Failed => "failed",
        RebuildState::Cancelled => "cancelled",
    }
}

fn totals(tally: &Tally) -> Value {
    json!({
        "commits": tally.commits, "records": tally.records, "written": tally.written,
        "repaired": tally.repaired, "parked": tally.parked, "lag": tally.lag, "drift": tally.drift,
        "read_units": tally.read_units,
    })
}

/// Which records a repair is about; nothing where it is about all.
fn scope_of(scope: &Scope, own: &Tenant) -> Option<Value> {
    Some(match scope {
        Scope::Everything => return None,
        Scope::Records(records) => {
            let keys = records.iter().filter_map(|pk| RecordKey::from_pk(pk).ok());
            let shown = keys.map(|key| {
                record_ref(Some(&key.tenant), key.record_type.as_str(), key.id.as_str(), own)
            });
            json!({"records": shown.collect::<Vec<Value>>()})
        }
        Scope::Type(name) => json!({"type": name}),
        Scope::Since(since) => json!({"since": since.to_string()}),
    })
}

/// A record; its workspace where that is another one than the caller's.
pub(super) fn record_ref(tenant: Option<&Tenant>, of: &str, id: &str, own: &Tenant) -> Value {
    match tenant.filter(|tenant| *tenant != own) {
        Some(tenant) => json!({"tenant": tenant.as_str(), "type": of, "id": id}),
        None => json!({"type": of, "id": id}),
    }
}

fn shown_segment(segment: &Segment, now: Instant) -> Value {
    let running = segment.lease_until.is_some_and(|until| now < until);
    let state = match segment.done_at {
        Some(_) => "done",
        None if running => "running",
        None => "waiting",
    };
    json!({
        "phase": segment.phase.to_string(), "number": segment.number, "state": state,
        "commits": segment.tally.commits, "records": segment.tally.records,
        "updated_at": segment.updated_at.to_string(),
    })
}

fn shown_difference(difference: &Difference, own: &Tenant) -> Value {
    let mut told = Map::new();
    if let Some((of, id)) = difference.record.split_once('/') {
        let record = record_ref(difference.tenant.as_ref(), of, id, own);
        told.insert("record".to_owned(), record);
    }
    if difference.version > 0 {
        told.insert("version".to_owned(), difference.version.into());
    }
    told.insert("kind".to_owned(), difference.kind.as_str().into());
    told.insert("detail".to_owned(), difference.detail.as_str().into());
    told.into()
}
