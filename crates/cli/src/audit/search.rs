//! `annals audit search`: who changed what, across all records.

use super::args::Search;
use super::filter::parameters;
use crate::api::{Api, Call};
use crate::conflict::who;
use crate::error::Failure;
use crate::grid::{Column, Grid};
use crate::names::Names;
use crate::output::{Format, Output, instant, plain, say, shortened};
use serde_json::{Value, json};

/// How much one request asks for.
const PAGE_MAX: usize = 100;

/// `annals audit search`.
pub(super) fn search(api: &Api, asked: &Search, output: Output) -> Result<(), Failure> {
    let order = if asked.oldest_first { "asc" } else { "desc" };
    let mut call = Call::get("/audit/commits").parameter("order", order);
    for (name, value) in parameters(api, &asked.filter)? {
        call = call.parameter(name, &value);
    }
    let wanted =
        if asked.all { usize::MAX } else { usize::try_from(asked.limit).unwrap_or(usize::MAX) };
    let mut found = Found { cursor: asked.cursor.clone(), ..Found::default() };
    loop {
        let left = wanted.saturating_sub(found.items.len()).min(PAGE_MAX).to_string();
        let more = found.read_on(api, call.clone().parameter("limit", &left))?;
        if asked.all && output.format == Format::Ndjson {
            // Written as it comes: a long list need not fit into memory.
            output.items(&json!({ "items": more }), Grid::default)?;
        } else {
            found.items.extend(more);
        }
        // A page may hold less than was asked for, even nothing, and still not be the last.
        if found.cursor.is_none() || found.items.len() >= wanted {
            return found.told(api, output);
        }
    }
}

/// What was found so far.
#[derive(Debug, Default)]
struct Found {
    items: Vec<Value>,
    cursor: Option<String>,
    complete_through: Option<String>,
    any: bool,
}

impl Found {
    fn read_on(&mut self, api: &Api, call: Call) -> Result<Vec<Value>, Failure> {
        let call = match &self.cursor {
            Some(cursor) => call.parameter("cursor", cursor),
            None => call,
        };
        let mut page = api.call(&call)?.json;
        let text = |name: &str| page.get(name).and_then(Value::as_str).map(str::to_owned);
        (self.cursor, self.complete_through) = (text("next_cursor"), text("complete_through"));
        let items = page.get_mut("items").and_then(Value::as_array_mut).map(std::mem::take);
        let items = items.unwrap_or_default();
        self.any |= !items.is_empty();
        Ok(items)
    }

    fn told(self, api: &Api, output: Output) -> Result<(), Failure> {
        let mut page = json!({ "items": self.items });
        if let Some(page) = page.as_object_mut() {
            let told =
                [("next_cursor", &self.cursor), ("complete_through", &self.complete_through)];
            for (name, value) in told {
                page.extend(value.as_ref().map(|value| (name.to_owned(), value.as_str().into())));
            }
        }
        let names = if output.for_people() { Names::read(api) } else { Names::default() };
        output.items(&page, || table(&self.items, &names))?;
        if !self.any && output.for_people() {
            say("Nothing was found.");
        }
        if let Some(cursor) = &self.cursor {
            say(&format!("There are more: --all shows all of them, --cursor {cursor} the next."));
        }
        match &self.complete_through {
            Some(at) => {
                say(&format!("Complete through {}; later ones may be missing.", instant(at)));
            }
            None => say("How far this is complete is not known yet."),
        }
        Ok(())
    }
}

fn table(items: &[Value], names: &Names) -> Grid {
    let mut grid = Grid::of_lines(vec![
        Column::whole("When", 0),
        Column::cut("Who", 0),
        Column::whole("Record", 0),
        Column::whole("Version", 2),
        Column::cut("What", 1),
        Column::cut("Fields", 3),
        Column::cut("Why", 4),
    ]);
    for item in items {
        let text = |pointer: &str| item.pointer(pointer).map(plain).unwrap_or_default();
        let record = [text("/record/type"), text("/record/id")].join("/");
        let alarm = text("/alarm");
        let (what, why) = if alarm.is_empty() {
            (text("/action"), text("/reason"))
        } else {
            (format!("ALARM: {alarm}"), text("/detail"))
        };
        let fields = text("/fields").replace("; /", ", ");
        let fields = fields.trim_start_matches('/').replace('/', ".");
        grid.row([
            instant(&text("/recorded_at")),
            who(item, names),
            if record == "/" { String::new() } else { record },
            text("/version"),
            shortened(&what),
            shortened(&fields),
            shortened(&why),
        ]);
    }
    grid
}
