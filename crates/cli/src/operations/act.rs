//! Doing something: why, to which records, and the request for it.

use super::Desk;
use super::args::{Chosen, Why};
use crate::api::{Answer, Call};
use crate::audit::filter::{instant, named, singular};
use crate::error::{Failure, Usage};
use crate::output::{ask_for, is_anybody_there};
use http::Method;
use serde_json::{Map, Value, json};

/// What a request says beside the reason.
pub(super) type Body = Map<String, Value>;

impl Desk<'_> {
    /// Does something, and says why: a reason is asked for where there is a terminal and none was given.
    /// The request has a key of its own, so a lost answer never makes it happen twice.
    ///
    /// # Errors
    /// [`Failure`]: no reason and nobody to ask, or of the call.
    pub(super) fn act(
        &self,
        path: &str,
        (verb, why): (&str, &Why),
        mut body: Body,
    ) -> Result<Answer, Failure> {
        body.insert("reason".to_owned(), reason(verb, why)?.into());
        let call = Call::write(Method::POST, path)?.body(Value::Object(body).to_string());
        self.api.call(&call)
    }

    /// The workspace of whoever calls.
    pub(super) fn tenant(&self) -> Result<String, Failure> {
        let me = self.api.call(&Call::get("/me"))?.json;
        let tenant = me.get("tenant").and_then(Value::as_str);
        let strange = || Failure::Strange { url: self.api.url.clone(), status: 200 };
        Ok(tenant.ok_or_else(strange)?.to_owned())
    }

    /// A record as the API takes it, of the caller's workspace where none is named.
    pub(super) fn record(&self, record: &str, tenant: Option<&str>) -> Result<Value, Failure> {
        let named = named(record)?;
        let tenant = match tenant {
            Some(tenant) => tenant.to_owned(),
            None => self.tenant()?,
        };
        let (of, id) = named.split_once('/').unwrap_or((named, ""));
        Ok(json!({"tenant": tenant, "type": singular(self.api, of)?, "id": id}))
    }

    /// The records that were chosen, as the API takes them.
    pub(super) fn chosen(&self, chosen: &Chosen) -> Result<Body, Failure> {
        let mut body = Body::new();
        if !chosen.records.is_empty() {
            let records = chosen.records.iter().map(|record| {
                let (of, id) = named(record)?.split_once('/').unwrap_or_default();
                Ok::<_, Failure>(format!("{}/{id}", singular(self.api, of)?))
            });
            body.insert("records".to_owned(), json!(records.collect::<Result<Vec<_>, _>>()?));
        }
        if let Some(of) = &chosen.of {
            body.insert("type".to_owned(), singular(self.api, of)?.into());
        }
        if let Some(since) = &chosen.since {
            body.insert("since".to_owned(), instant(since)?.into());
        }
        Ok(body)
    }
}

/// Why something is done: as it was given, or as somebody says who is asked.
///
/// # Errors
/// [`Usage::NoReason`] when none is given and nobody is there.
pub(super) fn reason(verb: &str, why: &Why) -> Result<String, Failure> {
    let given = why.reason.as_deref().map(str::trim).unwrap_or_default();
    if !given.is_empty() {
        return Ok(given.to_owned());
    }
    let none = || Usage::NoReason { action: verb.to_owned() };
    if why.reason.is_some() || !is_anybody_there() {
        return Err(none().into());
    }
    let told = ask_for(&format!("Why do you {verb}?"))?;
    if told.is_empty() { Err(none().into()) } else { Ok(told) }
}
