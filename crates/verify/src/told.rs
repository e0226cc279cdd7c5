//! What a line of an export tells of a commit, held against the commit's text.

use crate::commit::Said;
use serde_json::{Map, Value, json};

/// The names of what the line tells otherwise than the text. `changes` are left out: they come from
/// folding the commits before, which needs the record's type.
pub(crate) fn differing(said: &Said, line: &Map<String, Value>) -> Vec<&'static str> {
    let own_id = said.commit.to_string();
    let mut actor = Map::new();
    actor.insert("kind".to_owned(), json!(said.actor.kind));
    actor.insert("id".to_owned(), json!(said.actor.id));
    if let Some(name) = &said.actor.name {
        actor.insert("name".to_owned(), json!(name));
    }
    if let Some(other) = &said.actor.on_behalf_of {
        actor.insert("on_behalf_of".to_owned(), json!(other));
    }
    let first = said.events.first().map(|event| event.event_type.as_str()).unwrap_or_default();
    let events: Vec<Value> = said.events.iter().map(|event| json!(event.shown())).collect();
    let told = [
        ("recorded_at", json!(said.at)),
        ("effective_at", json!(said.effective_at)),
        ("action", json!(format!("{}.{first}", said.record_type))),
        ("actor", Value::Object(actor)),
        ("reason", json!(said.reason)),
        ("correlation_id", json!(said.correlation.as_ref().unwrap_or(&own_id))),
        ("causation_id", json!(said.causation)),
        ("events", Value::Array(events)),
    ];
    let differs =
        |(name, value): &(&'static str, Value)| line.get(*name).unwrap_or(&Value::Null) != value;
    told.iter().filter(|told| differs(told)).map(|(name, _)| *name).collect()
}
