//! `annals views`: list, show, and which generation is read.

use super::Desk;
use super::act::Body;
use super::args::{OfView, Promote, Why};
use super::told::{count, generation, text};
use crate::api::{Call, encoded};
use crate::error::Failure;
use crate::grid::{Column, Grid};
use crate::output::{instant, plain, say, shown};
use serde_json::Value;

/// `views list`.
pub(super) fn list(desk: &Desk<'_>) -> Result<u8, Failure> {
    let page = desk.api.call(&Call::get("/operations/views"))?.json;
    let views = page.get("items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    desk.output.items(&page, || table(views))?;
    for view in views.iter().filter(|_| desk.output.for_people()) {
        say_remarks(view);
    }
    Ok(0)
}

fn table(views: &[Value]) -> Grid {
    let mut grid = Grid::of_lines(vec![
        Column::whole("View", 0),
        Column::whole("Read", 0),
        Column::whole("Behind", 1),
        Column::whole("Parked", 1),
        Column::whole("Beside", 2),
        Column::whole("Before", 3),
        Column::whole("Verified through", 4),
    ]);
    for view in views {
        grid.row([
            text(view, "/view"),
            view.get("active").map(generation).unwrap_or_default(),
            behind(view),
            parked(view),
            view.get("building").map(generation).unwrap_or_default(),
            view.get("previous").map(generation).unwrap_or_default(),
            instant(&text(view, "/verified_through")),
        ]);
    }
    grid
}

/// What somebody should know of a view, in words, each with what to do.
pub(crate) fn remarks(view: &Value) -> Vec<(String, String)> {
    let name = text(view, "/view");
    let mut told = Vec::new();
    if view.get("outdated").and_then(Value::as_bool) == Some(true) {
        let types = text(view, "/outdated_types").replace("; ", ", ");
        let of = if types.is_empty() { types } else { format!(" of {types}") };
        let found = format!("{name} is outdated: rows{of} are those of an earlier build");
        told.push((found, format!("annals views rebuild {name}")));
    }
    match count(view, "/parked") {
        0 => {}
        parked => told.push((
            format!("{name} cannot follow {}", records(parked)),
            format!("annals parked list --view {name}"),
        )),
    }
    match text(view, "/building/state").as_str() {
        "verified" => told.push((
            format!("{name} has a verified generation beside the one that is read"),
            format!("annals views promote {name}"),
        )),
        "failed" => told.push((
            format!("a rebuild of {name} has failed"),
            format!("annals views status {name}"),
        )),
        _ => {}
    }
    match count(view, "/drift_watch/drift") {
        0 => {}
        drift => told.push((
            format!("{} of {name} are not what the log says", records(drift)),
            format!("annals views verify {name} --watch"),
        )),
    }
    told
}

fn say_remarks(view: &Value) {
    for (found, todo) in remarks(view) {
        say(&shown(&format!("{found}\n  hint: `{todo}`")));
    }
}

fn records(count: u64) -> String {
    if count == 1 { "1 record".to_owned() } else { format!("{count} records") }
}

/// How far the rows are behind the log: nothing, or how many of how many, and since when.
fn behind(view: &Value) -> String {
    match (count(view, "/lag/behind"), count(view, "/lag/looked_at")) {
        (_, 0) if view.get("lag").is_none() => String::new(),
        (0, _) => "nothing".to_owned(),
        (behind, of) => {
            format!("{behind} of the last {of}, {} ms", count(view, "/lag/lag_ms"))
        }
    }
}

fn parked(view: &Value) -> String {
    match (count(view, "/parked"), count(view, "/skipped")) {
        (parked, 0) => parked.to_string(),
        (parked, skipped) => format!("{parked}, {skipped} skipped"),
    }
}

/// `views show`.
pub(super) fn show(desk: &Desk<'_>, view: &str) -> Result<u8, Failure> {
    let json = read(desk, view)?;
    told(desk, &json)
}

/// A view, as it is now.
///
/// # Errors
/// [`Failure`], naming the view where there is none of that name.
pub(super) fn read(desk: &Desk<'_>, view: &str) -> Result<Value, Failure> {
    let answer = desk.api.call(&Call::get(path(view)));
    Ok(answer.map_err(|failure| failure.about(|| format!("view `{view}`")))?.json)
}

fn path(view: &str) -> String {
    format!("/operations/views/{}", encoded(view))
}

fn told(desk: &Desk<'_>, view: &Value) -> Result<u8, Failure> {
    if !desk.output.for_people() {
        desk.output.document(view)?;
        return Ok(0);
    }
    let mut grid = Grid::default();
    let mut row = |label: &str, value: String| {
        if !value.is_empty() {
            grid.row([label.to_owned(), value]);
        }
    };
    row("View", text(view, "/view"));
    for (label, name) in [("Read", "active"), ("Beside", "building"), ("Before", "previous")] {
        row(label, view.get(name).map(of_generation).unwrap_or_default());
    }
    row("Thrown away", text(view, "/retiring").replace("; ", ", "));
    row("Behind", behind(view));
    row("Parked", parked(view));
    row("Verified through", instant(&text(view, "/verified_through")));
    row("Rebuild", text(view, "/rebuild"));
    row("Drift watch", drift_watch(view));
    row("Can", text(view, "/can").replace("; ", ", "));
    grid.write()?;
    say_remarks(view);
    Ok(0)
}

/// A generation with its times.
fn of_generation(json: &Value) -> String {
    let mut told = generation(json);
    for (word, pointer) in [("since", "/since"), ("kept until", "/until")] {
        let at = text(json, pointer);
        if !at.is_empty() {
            told = format!("{told}, {word} {}", instant(&at));
        }
    }
    told
}

fn drift_watch(view: &Value) -> String {
    let Some(watch) = view.get("drift_watch") else { return String::new() };
    format!(
        "{}: {} looked at, {} drift, {} lag",
        instant(&text(watch, "/at")),
        records(count(watch, "/records")),
        count(watch, "/drift"),
        count(watch, "/lag"),
    )
}

/// `views promote`.
pub(super) fn promote(desk: &Desk<'_>, asked: &Promote) -> Result<u8, Failure> {
    let Promote { view, force, why } = asked;
    let mut body = Body::new();
    if *force {
        desk.consent.to(&format!("Promote the generation beside {view} without a verification"))?;
        body.insert("force".to_owned(), true.into());
    }
    changed(desk, (view, "promote", why), body, "is read from now on")
}

/// `views rollback`.
pub(super) fn roll_back(desk: &Desk<'_>, asked: &OfView) -> Result<u8, Failure> {
    changed(desk, (&asked.view, "rollback", &asked.why), Body::new(), "is read again")
}

/// `views retire`.
pub(super) fn retire(desk: &Desk<'_>, asked: &OfView) -> Result<u8, Failure> {
    let body = Body::new();
    changed(desk, (&asked.view, "retire", &asked.why), body, "is read; the one before is gone")
}

/// Does something with a view, and says which generation is read now.
fn changed(
    desk: &Desk<'_>,
    (view, verb, why): (&str, &str, &Why),
    body: Body,
    done: &str,
) -> Result<u8, Failure> {
    let answer = desk.act(&format!("{}/{verb}", path(view)), (verb, why), body);
    let json = answer.map_err(|failure| failure.about(|| format!("view `{view}`")))?.json;
    let number = json.pointer("/active/number").map(plain).unwrap_or_default();
    say(&format!("Generation {number} of {view} {done}."));
    told(desk, &json)
}
