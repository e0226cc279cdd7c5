//! `annals smoke`: does a deployment work from end to end, for somebody who has signed in?
//!
//! One record is created, changed, found and ended. Each step says how long it took; the first that fails
//! is the last, and what was made is cleaned up in any case.

use crate::api::{Answer, Api, Call};
use crate::args::Smoke;
use crate::error::{Failure, Usage};
use crate::output::{Format, Output, data, plain, say, shown};
use crate::records::{path, version};
use crate::types::{self, Type};
use http::Method;
use serde_json::{Map, Value, json};
use std::time::{Duration, Instant};

/// How often the list is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// What the history says.
const REASON: &str = "A smoke test";

/// `annals smoke`: writes each step as it ends, for programs one document of all.
///
/// # Errors
/// [`Failure`] of the first step that fails.
pub(crate) fn smoke(api: &Api, asked: &Smoke, output: Output) -> Result<(), Failure> {
    let mut steps = Steps { output, items: Vec::new() };
    let outcome = through(api, asked, &mut steps);
    steps.written()?;
    outcome
}

fn through(api: &Api, asked: &Smoke, steps: &mut Steps) -> Result<(), Failure> {
    steps.step("health", || health(api))?;
    steps.step("config", || config(api))?;
    let of = steps.step("types", || chosen(api, &asked.of))?;
    let id = steps.step("create", || create(api, &of))?;
    let outcome = changed_and_found(api, asked, &of, &id, steps);
    let cleaned = steps.step("delete", || delete(api, &of, &id));
    if cleaned.is_err() {
        say(&format!("{} `{id}` is left over; end it by hand.", of.label));
    }
    outcome.and(cleaned)
}

fn changed_and_found(
    api: &Api,
    asked: &Smoke,
    of: &Type,
    id: &str,
    steps: &mut Steps,
) -> Result<(), Failure> {
    let longest = Duration::from_secs(asked.wait);
    steps.step("list", || listed(api, of, id, 1, longest))?;
    let seen = steps.step("edit", || edit(api, of, id))?;
    steps.step("conflict", || conflict(api, of, id))?;
    steps.step("follow", || listed(api, of, id, seen, longest))?;
    steps.step("history", || history(api, of, id))
}

/// What was found, step by step.
struct Steps {
    output: Output,
    items: Vec<Value>,
}

impl Steps {
    /// Does one step and writes how it went.
    fn step<T>(
        &mut self,
        name: &'static str,
        attempt: impl FnOnce() -> Result<(T, String), Failure>,
    ) -> Result<T, Failure> {
        let begun = Instant::now();
        let outcome = attempt();
        let took = begun.elapsed();
        let (mark, found) = match &outcome {
            Ok((_, found)) => ("ok", found.clone()),
            Err(failure) => ("fail", failure.to_string()),
        };
        let found = found.lines().next().unwrap_or_default();
        let seconds = took.as_secs_f64();
        let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let item = json!({"step": name, "outcome": mark, "ms": ms, "found": found});
        match self.output.format {
            Format::Table => {
                data(&format!("{mark:<4}  {name:<8}  {seconds:>6.2} s  {}\n", shown(found)))?;
            }
            Format::Ndjson => data(&format!("{item}\n"))?,
            Format::Json => {}
        }
        self.items.push(item);
        outcome.map(|(value, _)| value)
    }

    /// Writes the document of all steps, where one is wanted.
    fn written(&self) -> Result<(), Failure> {
        match self.output.format {
            Format::Json => self.output.document(&json!({ "items": self.items })),
            Format::Table | Format::Ndjson => Ok(()),
        }
    }
}

fn wrong<T>(found: impl Into<String>) -> Result<T, Failure> {
    Err(Failure::Smoke(found.into()))
}

/// That the address is Annals.
fn health(api: &Api) -> Result<((), String), Failure> {
    let reply = api.open("/api/v1/health")?;
    let json = reply.json();
    if json.get("status").and_then(Value::as_str) != Some("ok") {
        return Err(Failure::Strange { url: api.url.clone(), status: reply.status });
    }
    Ok(((), format!("{} answers, build {}", api.url, told(&json, "build"))))
}

/// That screens and command line are told where to sign in.
fn config(api: &Api) -> Result<((), String), Failure> {
    let json = api.open("/config.json")?.json();
    let missing =
        ["authority", "client_id", "api"].into_iter().find(|name| told(&json, name).is_empty());
    match missing {
        Some(name) => wrong(format!("/config.json does not say `{name}`")),
        None => Ok(((), format!("sign-in at {}", told(&json, "authority")))),
    }
}

/// The record type that is tried: one whose records can be created, and ended again.
fn chosen(api: &Api, name: &str) -> Result<(Type, String), Failure> {
    let of = types::named(api, name)?;
    of.kept_by_editors()?;
    if of.ending.is_none() {
        return Err(Usage::Endless(of.plural_label).into());
    }
    let found = format!("trying {}", of.plural);
    Ok((of, found))
}

fn create(api: &Api, of: &Type) -> Result<(String, String), Failure> {
    let call = Call::write(Method::POST, format!("/{}", of.plural))?;
    let made = api.call(&call.reason(Some(REASON)).body(titled(of, "Smoke test")))?;
    let id = told(&made.json, "id");
    if id.is_empty() || version(api, &made)? != 1 {
        return wrong(format!("what was created has id `{id}` and version {:?}", made.version));
    }
    let found = format!("{} {id}", of.label.to_lowercase());
    Ok((id, found))
}

/// That the view follows: the record is in the list, without the help that callers get for what they
/// have just written themselves.
fn listed(
    api: &Api,
    of: &Type,
    id: &str,
    wanted: u64,
    longest: Duration,
) -> Result<((), String), Failure> {
    let begun = Instant::now();
    loop {
        // What was changed last comes first.
        let page = api.call(&Call::get(format!("/{}", of.plural)).parameter("limit", "100"))?.json;
        let rows = page.get("items").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let row = rows.iter().find(|row| row.get("id").and_then(Value::as_str) == Some(id));
        if row.and_then(|row| row.get("version")?.as_u64()).is_some_and(|found| found >= wanted) {
            return Ok(((), format!("version {wanted} is in the list")));
        }
        if begun.elapsed() >= longest {
            let seconds = longest.as_secs();
            return wrong(format!("version {wanted} was not in the list within {seconds} s"));
        }
        api.pause(LOOK_EVERY)?;
    }
}

/// Changes the record as somebody who has seen its first version.
fn attempted(api: &Api, of: &Type, id: &str, title: &str) -> Result<Answer, Failure> {
    let call = Call::write(Method::PATCH, path(of, id))?.if_match(Some(1));
    api.call(&call.reason(Some(REASON)).body(titled(of, title)))
}

fn edit(api: &Api, of: &Type, id: &str) -> Result<(u64, String), Failure> {
    let edited = attempted(api, of, id, "Smoke test, changed")?;
    match version(api, &edited)? {
        2 => Ok((2, "version 2".to_owned())),
        other => wrong(format!("an edit of version 1 made version {other}")),
    }
}

/// That nobody overwrites what they have not seen.
fn conflict(api: &Api, of: &Type, id: &str) -> Result<((), String), Failure> {
    match attempted(api, of, id, "Smoke test, overwritten") {
        Err(Failure::Problem(problem)) if problem.status == 412 => {
            Ok(((), "an edit of version 1 is refused".to_owned()))
        }
        Err(other) => Err(other),
        Ok(_) => wrong("an edit of version 1 was taken, although there was a newer one"),
    }
}

fn history(api: &Api, of: &Type, id: &str) -> Result<((), String), Failure> {
    let page = api.call(&Call::get(format!("{}/history", path(of, id))))?.json;
    let commits = page.get("items").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let mut versions: Vec<u64> =
        commits.iter().filter_map(|commit| commit.get("version")?.as_u64()).collect();
    versions.sort_unstable();
    if versions != [1, 2] {
        return wrong(format!("the history has versions {versions:?} and not 1 and 2"));
    }
    Ok(((), "both changes, with who and why".to_owned()))
}

fn delete(api: &Api, of: &Type, id: &str) -> Result<((), String), Failure> {
    let call = Call::write(Method::DELETE, path(of, id))?.reason(Some(REASON));
    let ended = api.call(&call)?.json;
    let status = told(&ended, "status");
    Ok(((), format!("it is {}", of.status_label(&status).to_lowercase())))
}

/// A body that names the record.
fn titled(of: &Type, title: &str) -> String {
    let body = Map::from_iter([(of.title.clone(), Value::from(title))]);
    Value::Object(body).to_string()
}

fn told(json: &Value, name: &str) -> String {
    json.get(name).map(plain).unwrap_or_default()
}
