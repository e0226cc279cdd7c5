//! The routes of verifications: whoever checks the chain says so, and what they found.

use super::access::key_of;
use super::routes::pointer;
use crate::audit::Audit;
use edge::{Call, EmptyBody, Kind, Problem, Reply, Served, whole};
use events::FieldError;
use events::access::{Command, Verified};
use serde_json::{Map, Value, json};
use store::Begun;
use vocabulary::{RecordId, RecordKey};

/// The numbers of a result.
const NUMBERS: [&str; 4] = ["records", "commits", "links", "findings"];

impl Audit {
    /// `POST /audit/verifications`: tells the log that somebody begins to check it.
    pub(crate) async fn start_verification(&self, call: &Call) -> Served {
        call.query.only(&[])?;
        let mut body = call.object(EmptyBody::Refused)?;
        let scope = scope_of(call, body.remove("scope"))?;
        refuse_the_rest(&body)?;
        let act = self.queries.act(call, None, call.reason_header()?)?;
        let command = Command::StartVerification { scope };
        let Begun { first, replayed } = self.queries.begin(&act, &command).await?;
        let reply = Reply::json(201, json!({"id": first.commit().id}));
        Ok(if replayed { reply.header("idempotency-replayed", "true") } else { reply })
    }

    /// `POST /audit/verifications/{id}/result`: tells the log what was found.
    pub(crate) async fn finish_verification(&self, call: &Call) -> Served {
        call.query.only(&[])?;
        let nothing = || Problem::new(Kind::NotFound);
        let id = RecordId::parse(call.routed.parameter("id")).map_err(|_id| nothing())?;
        let verified = verified_of(call.object(EmptyBody::Refused)?)?;
        let tenant = &call.caller()?.tenant;
        let known = key_of(tenant, id.clone()).ok_or_else(nothing)?;
        if self.queries.first_of(&known).await?.is_none() {
            return Err(nothing());
        }
        let act = self.queries.act(call, Some(id.clone()), call.reason_header()?)?;
        let command = Command::FinishVerification(verified.clone());
        let replayed = self.queries.go_on(&act, &command).await?;
        let mut told = json!(verified);
        if let Some(told) = told.as_object_mut() {
            told.insert("id".to_owned(), json!(id));
        }
        let reply = Reply::json(200, told);
        Ok(if replayed { reply.header("idempotency-replayed", "true") } else { reply })
    }
}

fn wrong(pointer: &str, detail: &str) -> FieldError {
    FieldError { pointer: pointer.to_owned(), detail: detail.to_owned() }
}

fn refuse_the_rest(body: &Map<String, Value>) -> Result<(), Problem> {
    if body.is_empty() {
        return Ok(());
    }
    let unknown = body.keys().map(|name| wrong(&pointer(name), "is not known here"));
    Err(Problem::fields(unknown.collect()))
}

/// `all`, or one record as `customer/C-1`.
fn scope_of(call: &Call, scope: Option<Value>) -> Result<String, Problem> {
    let tenant = &call.caller()?.tenant;
    let refused = || {
        Problem::fields(vec![wrong(
            "/scope",
            "must be `all` or a record's type and id: `customer/C-1`",
        )])
    };
    let Some(Value::String(scope)) = scope else { return Err(refused()) };
    let record = scope.split_once('/').map(|(of, id)| format!("{tenant}#{of}#{id}"));
    let known = record.is_some_and(|pk| RecordKey::from_pk(&pk).is_ok());
    if scope == "all" || known { Ok(scope) } else { Err(refused()) }
}

fn verified_of(mut body: Map<String, Value>) -> Result<Verified, Problem> {
    let mut errors = Vec::new();
    let mut fields = Map::new();
    for name in NUMBERS {
        match body.remove(name).as_ref().and_then(whole) {
            Some(number) => {
                fields.insert(name.to_owned(), number.into());
            }
            None => errors.push(wrong(&pointer(name), "must be a whole number from 0")),
        }
    }
    let outcome = body.remove("outcome").unwrap_or_default();
    if serde_json::from_value::<events::access::Outcome>(outcome.clone()).is_err() {
        let detail = "must be `clean`, `content`, `link`, `gap`, `key_mismatch` or `head`";
        errors.push(wrong("/outcome", detail));
    }
    fields.insert("outcome".to_owned(), outcome);
    errors.extend(body.keys().map(|name| wrong(&pointer(name), "is not known here")));
    if !errors.is_empty() {
        return Err(Problem::fields(errors));
    }
    serde_json::from_value(fields.into()).map_err(|_error| Problem::new(Kind::MalformedBody))
}
