//! `annals parked`: records that a view cannot follow for now.

use super::Desk;
use super::act::Body;
use super::args::{ParkedList, Retry, Skip};
use super::told::{count, grouped, record, text};
use crate::api::Call;
use crate::error::Failure;
use crate::grid::{Column, Grid};
use crate::output::{instant, say, shortened};
use crate::paging::{Wanted, collected};
use serde_json::Value;
use std::cell::RefCell;

/// `parked list`.
pub(super) fn list(desk: &Desk<'_>, asked: &ParkedList) -> Result<u8, Failure> {
    let mut call = Call::get("/operations/parked");
    if let Some(view) = &asked.view {
        call = call.parameter("view", view);
    }
    let page = &asked.page;
    let wanted = Wanted::of(page.all, page.limit, page.cursor.as_ref());
    // The first page also says how many there are with each error.
    let groups = RefCell::new(Vec::new());
    let send = |call: &Call| {
        let answer = desk.api.call(call)?;
        let told = answer.json.get("groups").and_then(Value::as_array);
        groups.borrow_mut().extend(told.into_iter().flatten().cloned());
        Ok(answer)
    };
    let found = collected(send, &call, &wanted, desk.output)?;
    let groups = groups.into_inner();
    let mut whole = found.page();
    if let (Some(whole), false) = (whole.as_object_mut(), groups.is_empty()) {
        whole.insert("groups".to_owned(), groups.clone().into());
    }
    desk.output.items(&whole, || table(&found.items))?;
    if !desk.output.for_people() {
        return Ok(0);
    }
    for group in &groups {
        let (records, error) = (count(group, "/records"), text(group, "/error"));
        say(&crate::output::shown(&format!("{} with: {error}", grouped(records))));
    }
    if let Some(cursor) = &found.cursor {
        say(&format!("There are more: --all shows all of them, --cursor {cursor} the next."));
    } else if found.items.is_empty() {
        say("No record is parked.");
    }
    Ok(0)
}

fn table(items: &[Value]) -> Grid {
    let mut grid = Grid::of_lines(vec![
        Column::whole("View", 0),
        Column::whole("Record", 0),
        Column::whole("Workspace", 2),
        Column::whole("Version", 1),
        Column::cut("Error", 1),
        Column::whole("Tries", 2),
        Column::whole("First", 4),
        Column::whole("Last", 3),
        Column::cut("Skipped", 5),
    ]);
    for item in items {
        let generation = text(item, "/generation");
        let record = [text(item, "/record/type"), text(item, "/record/id")].join("/");
        let skipped = match item.get("skipped") {
            Some(skipped) => {
                format!("{}: {}", instant(&text(skipped, "/at")), text(skipped, "/reason"))
            }
            None => String::new(),
        };
        grid.row([
            format!("{} {generation}", text(item, "/view")),
            record,
            text(item, "/tenant"),
            text(item, "/version"),
            shortened(&text(item, "/error")),
            text(item, "/tries"),
            instant(&text(item, "/first_at")),
            instant(&text(item, "/last_at")),
            shortened(&skipped),
        ]);
    }
    grid
}

/// `parked retry`.
pub(super) fn retry(desk: &Desk<'_>, asked: &Retry) -> Result<u8, Failure> {
    let mut body = Body::new();
    for (name, value) in [("view", &asked.view), ("error", &asked.error)] {
        body.extend(value.as_deref().map(|value| (name.to_owned(), value.into())));
    }
    if let Some(record) = &asked.record {
        body.insert("record".to_owned(), desk.record(record, asked.tenant.as_deref())?);
    }
    let json = desk.act("/operations/parked/retry", ("retry", &asked.why), body)?.json;
    match count(&json, "/records") {
        0 => say("No such record is parked."),
        1 => say("1 record is tried again; `annals parked list` shows whether it is still there."),
        records => say(&format!(
            "{} records are tried again; `annals parked list` shows which are still there.",
            grouped(records)
        )),
    }
    desk.output.document(&json)?;
    Ok(0)
}

/// `parked skip`.
pub(super) fn skip(desk: &Desk<'_>, asked: &Skip) -> Result<u8, Failure> {
    let Skip { view, record: named, tenant, why } = asked;
    let record_key = desk.record(named, tenant.as_deref())?;
    desk.consent.to(&format!("Accept that {view} does not follow {named}"))?;
    let mut body = Body::new();
    body.insert("view".to_owned(), view.as_str().into());
    body.insert("record".to_owned(), record_key);
    let answer = desk.act("/operations/parked/skip", ("skip", why), body);
    let what = || format!("{named} is not parked in {view}");
    let item = answer.map_err(|failure| failure.about(what))?.json;
    say(&format!("{} is accepted as it is; readers see that it is stale.", record(&item)));
    desk.output.document(&item)?;
    Ok(0)
}
