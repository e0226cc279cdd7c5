//! What was found, as the API tells it.

use super::search::Found;
use crate::history::shown as actor;
use projections::CommitRow;
use serde_json::{Map, Value, json};
use store::Alarm;
use vocabulary::RecordKey;

/// A commit or an alarm.
pub(super) fn item(found: &Found) -> Value {
    match found {
        Found::Commit(row) => commit(row),
        Found::Alarm(placed) => alarm(&placed.alarm),
    }
}

fn commit(row: &CommitRow) -> Value {
    let mut item = Map::new();
    let mut say = |name: &str, value: Value| {
        if !value.is_null() {
            item.insert(name.to_owned(), value);
        }
    };
    let key = RecordKey::from_pk(&row.record).ok();
    let first = row.events.first().map(String::as_str).unwrap_or_default();
    let action = key.as_ref().map(|key| format!("{}.{first}", key.record_type));
    say("kind", "commit".into());
    say("record", json!(key.map(|key| json!({"type": key.record_type, "id": key.id}))));
    say("version", row.version.get().into());
    say("commit_id", json!(row.commit));
    say("recorded_at", json!(row.at));
    say("effective_at", json!(row.effective_at));
    say("action", json!(action));
    say("actor", actor(&row.actor));
    say("reason", json!(row.reason));
    say("correlation_id", json!(row.correlation));
    say("causation_id", json!(row.causation));
    say("events", json!(row.events));
    // Of no fold: what it changed cannot be told.
    if !row.fold().is_empty() {
        say("fields", json!(row.fields));
    }
    say("hash", json!(row.hash));
    Value::Object(item)
}

/// An alarm.
pub(super) fn alarm(alarm: &Alarm) -> Value {
    let mut item = Map::new();
    let mut say = |name: &str, value: Value| item.insert(name.to_owned(), value);
    say("kind", "alarm".into());
    say("alarm", json!(alarm.kind));
    if let Ok(key) = RecordKey::from_pk(&alarm.record) {
        say("record", json!({"type": key.record_type, "id": key.id}));
    }
    if alarm.version > 0 {
        say("version", alarm.version.into());
    }
    say("recorded_at", json!(alarm.at));
    say("detail", json!(alarm.detail));
    Value::Object(item)
}
