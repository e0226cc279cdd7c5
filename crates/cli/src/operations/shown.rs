//! Rebuilds as people read them, and as programs do.

use super::Desk;
use super::rebuild::{Rebuild, listed};
use super::told::{count, grouped, left, record, text};
use crate::error::Failure;
use crate::grid::{Column, Grid};
use crate::output::{data, instant, say, shortened};
use serde_json::Value;

/// Rebuilds as they are: one with all that is known of it, several in a table.
///
/// # Errors
/// [`Failure::Output`].
pub(super) fn told_all(desk: &Desk<'_>, rebuilds: &[Rebuild]) -> Result<(), Failure> {
    match rebuilds {
        [one] => told(desk, one),
        all => {
            let items: Vec<Value> = all.iter().map(|rebuild| rebuild.0.clone()).collect();
            desk.output.items(&listed(all), || table(&items))
        }
    }
}

/// A list of rebuilds.
pub(super) fn table(rebuilds: &[Value]) -> Grid {
    let mut grid = Grid::of_lines(vec![
        Column::whole("Rebuild", 0),
        Column::whole("View", 0),
        Column::whole("Kind", 1),
        Column::whole("State", 0),
        Column::whole("Done", 1),
        Column::whole("Parked", 3),
        Column::whole("Drift", 3),
        Column::whole("Asked for", 2),
        Column::cut("Who", 4),
        Column::cut("Why", 5),
    ]);
    for json in rebuilds {
        let rebuild = Rebuild(json.clone());
        grid.row([
            rebuild.id(),
            rebuild.view(),
            text(json, "/kind").replace('_', " "),
            rebuild.at(),
            rebuild.percent(),
            text(json, "/totals/parked"),
            text(json, "/totals/drift"),
            instant(&text(json, "/requested_at")),
            who(json),
            shortened(&text(json, "/reason")),
        ]);
    }
    grid
}

/// Who asked for it. Operators do not read who is who, so the name is the one that was kept.
fn who(json: &Value) -> String {
    let name = text(json, "/requested_by/name");
    if name.is_empty() { text(json, "/requested_by/id") } else { name }
}

/// One rebuild: what it is, what it found, and its segments.
///
/// # Errors
/// [`Failure::Output`].
pub(super) fn told(desk: &Desk<'_>, rebuild: &Rebuild) -> Result<(), Failure> {
    let json = &rebuild.0;
    if !desk.output.for_people() {
        return desk.output.document(json);
    }
    let mut grid = Grid::default();
    let mut row = |label: &str, value: String| {
        if !value.is_empty() {
            grid.row([label.to_owned(), value]);
        }
    };
    row("Rebuild", rebuild.id());
    row("View", format!("{}, generation {}", rebuild.view(), text(json, "/generation")));
    row("Kind", kind(json));
    row("State", rebuild.at());
    row("Done", rebuild.percent());
    if json.get("seconds_left").is_some() {
        row("Left", left(count(json, "/seconds_left")));
    }
    let by = format!("{} by {}", instant(&text(json, "/requested_at")), who(json));
    row("Asked for", by);
    row("Why", text(json, "/reason"));
    row("Ended", instant(&text(json, "/ended_at")));
    row("Error", text(json, "/error"));
    for (label, name) in COUNTED {
        row(label, grouped(count(json, &format!("/totals/{name}"))));
    }
    grid.write()?;
    segments(json)?;
    differences(json)
}

const COUNTED: [(&str, &str); 7] = [
    ("Commits", "commits"),
    ("Records", "records"),
    ("Written", "written"),
    ("Repaired", "repaired"),
    ("Parked", "parked"),
    ("Drift", "drift"),
    ("Lag", "lag"),
];

/// What kind it is, and what was chosen with it.
fn kind(json: &Value) -> String {
    let mut told = vec![text(json, "/kind").replace('_', " ")];
    told.push(format!("{} parts at once", text(json, "/parallel")));
    for (pointer, before, after) in [
        ("/rate", "at most ", " read units/s"),
        ("/sample", "", " of 1,000 records"),
        ("/scope/type", "of type ", ""),
        ("/scope/since", "since ", ""),
    ] {
        let value = text(json, pointer);
        if !value.is_empty() {
            told.push(format!("{before}{value}{after}"));
        }
    }
    if json.get("promote").and_then(Value::as_bool) == Some(true) {
        told.push("promotes by itself".to_owned());
    }
    told.join(", ")
}

fn segments(json: &Value) -> Result<(), Failure> {
    let all = json.get("segments").and_then(Value::as_array).map(Vec::as_slice);
    let all = all.unwrap_or_default();
    if all.is_empty() {
        return Ok(());
    }
    let mut grid = Grid::new(["Segment", "State", "Commits", "Records", "Heard of"]);
    for segment in all {
        grid.row([
            format!("{} {}", text(segment, "/phase"), count(segment, "/number") + 1),
            text(segment, "/state"),
            grouped(count(segment, "/commits")),
            grouped(count(segment, "/records")),
            instant(&text(segment, "/updated_at")),
        ]);
    }
    data("\n")?;
    grid.write()
}

/// What was found to differ; of a trial, what would change.
fn differences(json: &Value) -> Result<(), Failure> {
    let all = json.get("differences").and_then(Value::as_array).map(Vec::as_slice);
    let all = all.unwrap_or_default();
    let trial = text(json, "/kind") == "dry_run";
    if all.is_empty() {
        if trial && text(json, "/state") == "verified" {
            say("Nothing would change.");
        }
        return Ok(());
    }
    let mut grid =
        Grid::new(["Record", "Version", if trial { "Would change" } else { "Differs" }, "What"]);
    for difference in all {
        grid.row([
            record(difference),
            text(difference, "/version"),
            text(difference, "/kind"),
            text(difference, "/detail"),
        ]);
    }
    data("\n")?;
    grid.write()?;
    match count(json, "/differences_more") {
        0 => {}
        more => say(&format!("{} more are not listed.", grouped(more))),
    }
    Ok(())
}
