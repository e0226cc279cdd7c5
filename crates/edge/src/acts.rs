//! Acts, from a request and back: what it orders, and how it is told that it stands nowhere.

use crate::{Call, Kind, Problem};
use std::error::Error;
use store::{Act, ActError, LoadError, Retry, StoreError, chain};
use vocabulary::{Digest, RecordId, RecordKey, TypeName};

/// What a request orders, on the record of that id or else on one that its idempotency key names. `mint`
/// makes a key for a request that has none: it is its own, and nobody can retry what nobody can name.
///
/// # Errors
/// [`Problem`] when a header is not as it should be.
pub fn act_of(
    call: &Call,
    record_type: &str,
    id: Option<RecordId>,
    reason: Option<String>,
    mint: impl FnOnce() -> String,
) -> Result<Act, Problem> {
    let caller = call.caller()?;
    let of = TypeName::parse(record_type).map_err(|_name| Problem::new(Kind::Failure))?;
    let key = call.idempotency_key()?;
    let retry = key.map(|key| Retry { key, request: request_of(call) });
    let key = if let Some(id) = id {
        RecordKey { tenant: caller.tenant.clone(), record_type: of, id }
    } else {
        let key = retry.as_ref().map_or_else(mint, |retry| retry.key.clone());
        Act::named(&of, &caller.tenant, &caller.actor.id, &key)
    };
    Ok(Act {
        key,
        actor: caller.actor.clone(),
        reason,
        correlation: call.correlation()?,
        causation: call.causation()?,
        trace: call.traceparent(),
        retry,
        now: call.now,
    })
}

/// 16 bytes of the digest of what is asked, in hexadecimal.
fn request_of(call: &Call) -> String {
    let route = call.routed.route;
    let reason = call.headers.get("x-change-reason").ok().flatten().unwrap_or_default();
    let body = String::from_utf8_lossy(&call.body);
    let named = call.routed.named();
    let digest = Digest::of_list(&[route.method, route.path, &named, &body, reason]);
    format!("{:032x}", digest.prefix())
}

/// An act that stands nowhere, as it is told to the caller.
pub fn act_problem<R: Error + serde::Serialize + 'static>(error: &ActError<R>) -> Problem {
    match error {
        ActError::Refused(rejection) => {
            let rule = serde_json::to_value(rejection).ok();
            let rule = rule.and_then(|rule| rule.get("rule").cloned()).unwrap_or_default();
            Problem::new(Kind::Rule).member("rule", rule).detail(rejection.to_string())
        }
        ActError::Taken => Problem::new(Kind::IdTaken),
        ActError::KeyReused => Problem::new(Kind::KeyReused),
        ActError::Unknown => Problem::new(Kind::NotFound),
        ActError::Busy => Problem::new(Kind::RecordBusy).header("retry-after", "1"),
        ActError::Load(error) => load_problem(error),
        ActError::Json(error) => {
            tracing::error!(error = chain(error), "an act cannot be written");
            Problem::new(Kind::Failure)
        }
    }
}

/// A record that could not be loaded, as it is told to the caller.
pub fn load_problem(error: &LoadError) -> Problem {
    match error {
        LoadError::Store(error) => store_problem(error),
        LoadError::Damaged { .. } | LoadError::Fold { .. } if error.is_newer_build() => {
            Problem::new(Kind::NewerBuild).header("retry-after", "30")
        }
        LoadError::Damaged { .. } | LoadError::Fold { .. } => {
            tracing::error!(error = chain(error), "a record cannot be loaded");
            Problem::new(Kind::Failure)
        }
    }
}

/// After how many seconds a caller should ask again whether the log is open.
const LOG_CLOSED_FOR_S: &str = "60";

/// A table that could not be read or written, as it is told to the caller.
pub fn store_problem(error: &StoreError) -> Problem {
    if matches!(error, StoreError::LogClosed) {
        return Problem::new(Kind::LogClosed).header("retry-after", LOG_CLOSED_FOR_S);
    }
    if error.is_passing() {
        tracing::warn!(error = chain(error), "a table did not answer");
        return Problem::new(Kind::Unavailable).header("retry-after", "1");
    }
    tracing::error!(error = chain(error), "a table failed");
    Problem::new(Kind::Failure)
}
