//! `annals failures`: what the functions behind the log's stream gave up.

use super::Desk;
use super::act::Body;
use super::args::{Drive, Page, Why};
use super::told::text;
use crate::api::{Call, encoded};
use crate::error::Failure;
use crate::grid::{Column, Grid};
use crate::output::{instant, say, shortened};
use crate::paging::{Wanted, collected};
use serde_json::{Value, json};

/// `failures list`.
pub(super) fn list(desk: &Desk<'_>, asked: &Page) -> Result<u8, Failure> {
    let call = Call::get("/operations/failures");
    let wanted = Wanted::of(asked.all, asked.limit, asked.cursor.as_ref());
    let found = collected(|call| desk.api.call(call), &call, &wanted, desk.output)?;
    desk.output.items(&found.page(), || table(&found.items))?;
    if let Some(cursor) = &found.cursor {
        say(&format!("There are more: --all shows all of them, --cursor {cursor} the next."));
    } else if found.items.is_empty() && desk.output.for_people() {
        say("Nothing was put aside.");
    }
    Ok(0)
}

fn table(items: &[Value]) -> Grid {
    let mut grid = Grid::of_lines(vec![
        Column::whole("Key", 0),
        Column::whole("Of", 0),
        Column::whole("Put aside", 1),
        Column::whole("Changes", 1),
        Column::whole("From", 3),
        Column::whole("To", 4),
        Column::cut("Reason", 2),
        Column::whole("Driven", 1),
    ]);
    for item in items {
        let at = |name: &str| instant(&text(item, name));
        grid.row([
            text(item, "/key"),
            text(item, "/mapping"),
            at("/at"),
            text(item, "/records"),
            at("/first_at"),
            at("/last_at"),
            shortened(&text(item, "/reason")),
            at("/driven_at"),
        ]);
    }
    grid
}

/// `failures drive`: one after the other; the reason is asked for once.
pub(super) fn drive(desk: &Desk<'_>, asked: &Drive) -> Result<u8, Failure> {
    let why = Why { reason: Some(super::act::reason("drive", &asked.why)?) };
    let mut driven = Vec::new();
    for key in &asked.keys {
        let path = format!("/operations/failures/{}/drive", encoded(key));
        let answer = desk.act(&path, ("drive", &why), Body::new());
        driven.push(answer.map_err(|failure| failure.about(|| format!("`{key}`")))?.json);
        say(&format!("{key} is handed in once more."));
    }
    if !desk.output.for_people() {
        desk.output.items(&json!({ "items": driven }), Grid::default)?;
    }
    Ok(0)
}
