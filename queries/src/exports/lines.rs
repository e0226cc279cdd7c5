//! A commit as a file of an export tells it: a line of JSON, or rows of changes.

use super::csv::row;
use super::walk::Found;
use events::access::Format;
use serde_json::{Map, Value, json};
use store::Recorded;

/// The names of the columns.
const COLUMNS: [&str; 18] = [
    "recorded_at",
    "record_type",
    "record_id",
    "version",
    "action",
    "actor_kind",
    "actor_id",
    "actor_name",
    "on_behalf_of",
    "reason",
    "path",
    "op",
    "from",
    "to",
    "correlation_id",
    "causation_id",
    "commit_id",
    "hash",
];

/// What every file of a format begins with.
pub(super) fn header(format: Format) -> String {
    match format {
        Format::Ndjson => String::new(),
        Format::Csv => row(COLUMNS),
    }
}

/// A commit in a file: its text, and how many lines or rows that is.
pub(super) struct Lines {
    pub(super) text: String,
    pub(super) rows: u64,
}

/// A commit, told by the item of its history; `None` for one that cannot be read.
pub(super) fn lines(format: Format, found: &Found, item: Option<Map<String, Value>>) -> Lines {
    match format {
        Format::Ndjson => Lines { text: line(found, item), rows: 1 },
        Format::Csv => rows(found, &item.unwrap_or_else(|| unreadable(found))),
    }
}

fn line(found: &Found, item: Option<Map<String, Value>>) -> String {
    let mut line = item.unwrap_or_else(|| unreadable(found));
    line.insert("record".to_owned(), record(found));
    let mut text = Value::Object(line).to_string();
    text.push('\n');
    text
}

fn record(found: &Found) -> Value {
    json!({"type": found.key.record_type, "id": found.key.id})
}

/// A commit that cannot be read is told with what the view knew of it.
fn unreadable(found: &Found) -> Map<String, Value> {
    Map::from_iter([
        ("version".to_owned(), found.version.get().into()),
        ("recorded_at".to_owned(), json!(found.recorded_at)),
        ("unreadable".to_owned(), true.into()),
    ])
}

/// One row per change; one for a commit without.
fn rows(found: &Found, item: &Map<String, Value>) -> Lines {
    let changes = item.get("changes").and_then(Value::as_array).filter(|all| !all.is_empty());
    let none = vec![Value::Null];
    let mut text = String::new();
    let changes = changes.unwrap_or(&none);
    for change in changes {
        let cells = cells(found, item, change);
        text.push_str(&row(cells.iter().map(String::as_str)));
    }
    Lines { text, rows: u64::try_from(changes.len()).unwrap_or(u64::MAX) }
}

fn cells(found: &Found, item: &Map<String, Value>, change: &Value) -> [String; 18] {
    let of = |name: &str| cell(item.get(name));
    let actor = |name: &str| cell(item.get("actor").and_then(|actor| actor.get(name)));
    let changed = |name: &str| cell(change.get(name));
    let op = if item.contains_key("unreadable") { "unreadable".to_owned() } else { changed("op") };
    [
        of("recorded_at"),
        found.key.record_type.as_str().to_owned(),
        found.key.id.as_str().to_owned(),
        of("version"),
        of("action"),
        actor("kind"),
        actor("id"),
        actor("name"),
        actor("on_behalf_of"),
        of("reason"),
        changed("path"),
        op,
        changed("from"),
        changed("to"),
        of("correlation_id"),
        of("causation_id"),
        of("commit_id"),
        of("hash"),
    ]
}

/// A text as it is, anything else as JSON: what was redacted says so.
fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// What the manifest says of the first and the last commit.
pub(super) fn landmark(found: &Found, recorded: Option<&Recorded>) -> String {
    let mut mark = Map::new();
    mark.insert("record".to_owned(), record(found));
    mark.insert("version".to_owned(), found.version.get().into());
    mark.insert("recorded_at".to_owned(), json!(found.recorded_at));
    if let Some(recorded) = recorded {
        mark.insert("commit_id".to_owned(), json!(recorded.commit().commit));
        mark.insert("hash".to_owned(), json!(recorded.hash()));
    }
    Value::Object(mark).to_string()
}
