//! A commit as the API tells it.

use super::asked::Stored;
use serde_json::{Map, Value, json};
use store::{Change, Recorded};
use vocabulary::Actor;

/// A commit with what it changed; without `changes` where they cannot be told.
pub(crate) fn item(recorded: &Recorded, changes: Option<&[Change]>, stored: Stored) -> Value {
    let commit = recorded.commit();
    let mut item = Map::new();
    let mut say = |name: &str, value: Value| {
        if !value.is_null() {
            item.insert(name.to_owned(), value);
        }
    };
    let first = commit.events.first().map(|event| event.event_type.as_str()).unwrap_or_default();
    let own_id = commit.commit.to_string();
    say("version", commit.rev.get().into());
    say("commit_id", own_id.clone().into());
    say("recorded_at", json!(commit.at));
    say("effective_at", json!(commit.effective_at));
    say("action", format!("{}.{first}", commit.record_type).into());
    say("actor", shown(&commit.actor));
    say("reason", json!(commit.reason));
    say("correlation_id", commit.correlation.clone().unwrap_or(own_id).into());
    say("causation_id", json!(commit.causation));
    say("events", commit.events.iter().map(|event| json!(event.shown())).collect());
    say("changes", json!(changes));
    say("prev_hash", json!(recorded.prev()));
    say("hash", json!(recorded.hash()));
    say("stored", stored.shown(recorded));
    Value::Object(item)
}

/// A commit that cannot be read.
pub(super) fn unreadable(version: u64) -> Value {
    json!({"version": version, "unreadable": true})
}

/// Who acted, in the API's words.
pub(crate) fn shown(actor: &Actor) -> Value {
    let mut shown = Map::new();
    shown.insert("kind".to_owned(), json!(actor.kind));
    shown.insert("id".to_owned(), json!(actor.id));
    if let Some(name) = &actor.name {
        shown.insert("name".to_owned(), json!(name));
    }
    if let Some(other) = &actor.on_behalf_of {
        shown.insert("on_behalf_of".to_owned(), json!(other));
    }
    Value::Object(shown)
}
