//! `annals log`: whether writes are taken, and how they are taken again after a restore.

use super::Desk;
use super::act::Body;
use super::args::Recover;
use super::rebuilds::follow_all;
use super::told::text;
use crate::api::Call;
use crate::error::Failure;
use crate::grid::Grid;
use crate::output::{instant, say};
use serde_json::Value;

/// `log status`.
pub(super) fn status(desk: &Desk<'_>) -> Result<u8, Failure> {
    let log = read(desk)?;
    told(desk, &log)?;
    Ok(0)
}

fn read(desk: &Desk<'_>) -> Result<Value, Failure> {
    Ok(desk.api.call(&Call::get("/operations/log"))?.json)
}

fn told(desk: &Desk<'_>, log: &Value) -> Result<(), Failure> {
    if !desk.output.for_people() {
        return desk.output.document(log);
    }
    let mut grid = Grid::default();
    for (label, value) in [
        ("Log", text(log, "/state")),
        ("Since", instant(&text(log, "/since"))),
        ("Why", text(log, "/why")),
        ("Verified through", instant(&text(log, "/verified_through"))),
        ("Recovery", text(log, "/recovery").replace("; ", ", ")),
    ] {
        if !value.is_empty() {
            grid.row([label.to_owned(), value]);
        }
    }
    grid.write()?;
    if is_closed(log) && recovery(log).is_empty() {
        say(
            "Nothing is written. `annals log recover` rebuilds every view, and opens the log again.",
        );
    }
    Ok(())
}

/// Whether the log takes no writes.
pub(crate) fn is_closed(log: &Value) -> bool {
    text(log, "/state") == "closed"
}

fn recovery(log: &Value) -> Vec<String> {
    let ids = log.get("recovery").and_then(Value::as_array).into_iter().flatten();
    ids.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// `log recover`.
pub(super) fn recover(desk: &Desk<'_>, asked: &Recover) -> Result<u8, Failure> {
    desk.consent.to("Throw all snapshots away, rebuild every view, and take writes again")?;
    let log = desk.act("/operations/log/recover", ("recover", &asked.why), Body::new())?.json;
    if asked.watching.watch {
        let code = follow_all(desk, &recovery(&log), &asked.watching)?;
        say(if is_closed(&read(desk)?) { "The log is still closed." } else { "The log is open." });
        return Ok(code);
    }
    say("The views are rebuilt; when all are promoted, the log opens. `annals log status` tells.");
    told(desk, &log)?;
    Ok(0)
}
