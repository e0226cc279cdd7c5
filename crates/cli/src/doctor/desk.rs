//! What an operator should know: a closed log, outdated views, parked records, failures.

use super::{Check, Outcome, check, first_line};
use crate::api::{Api, Call};
use crate::error::Failure;
use crate::operations::log::is_closed;
use crate::operations::views::remarks;
use crate::output::plain;
use serde_json::Value;

/// A look at something that operators keep in order.
type Look = fn(&Api) -> Result<Vec<Check>, Failure>;

/// The checks, for those who may operate; for all others none.
pub(super) fn checks(api: &Api, me: &Value) -> Vec<Check> {
    let mut rights = me.get("rights").and_then(Value::as_array).into_iter().flatten();
    if !rights.any(|right| right.as_str() == Some("operate")) {
        return Vec::new();
    }
    let looks: [(&'static str, Look); 3] = [("log", log), ("views", views), ("failures", failures)];
    let told = looks.into_iter().flat_map(|(what, look)| {
        let failed = |failure| vec![check(what, Outcome::Fail, first_line(&failure))];
        look(api).unwrap_or_else(failed)
    });
    told.collect()
}

fn log(api: &Api) -> Result<Vec<Check>, Failure> {
    let log = api.call(&Call::get("/operations/log"))?.json;
    if !is_closed(&log) {
        return Ok(vec![check("log", Outcome::Ok, "takes writes")]);
    }
    let why = log.get("why").map(plain).unwrap_or_default();
    let found = format!("closed, nothing is written: {why}");
    Ok(vec![check("log", Outcome::Fail, found).do_this("annals log recover")])
}

fn views(api: &Api) -> Result<Vec<Check>, Failure> {
    let page = api.call(&Call::get("/operations/views"))?.json;
    let views: Vec<&Value> =
        page.get("items").and_then(Value::as_array).into_iter().flatten().collect();
    let remarks = views.iter().flat_map(|view| remarks(view));
    let told = remarks.map(|(found, todo)| check("views", Outcome::Warn, found).do_this(todo));
    let told: Vec<Check> = told.collect();
    if told.is_empty() {
        let names = views.iter().filter_map(|view| view.get("view")).map(plain);
        let found = format!("{}: as the log has it", names.collect::<Vec<_>>().join(", "));
        return Ok(vec![check("views", Outcome::Ok, found)]);
    }
    Ok(told)
}

fn failures(api: &Api) -> Result<Vec<Check>, Failure> {
    let call = Call::get("/operations/failures").parameter("limit", "100");
    let page = api.call(&call)?.json;
    let items = page.get("items").and_then(Value::as_array).into_iter().flatten();
    let waiting = items.filter(|item| item.get("driven_at").is_none()).count();
    if waiting == 0 {
        return Ok(vec![check("failures", Outcome::Ok, "nothing was put aside")]);
    }
    let more = if page.get("next_cursor").is_some() { " at least" } else { "" };
    let found = format!("{waiting}{more} put aside and not driven again");
    Ok(vec![check("failures", Outcome::Warn, found).do_this("annals failures list")])
}
