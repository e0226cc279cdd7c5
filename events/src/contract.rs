//! The contract of a record type.

use crate::{Action, Descriptor, Input};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::fmt::Debug;
use vocabulary::{ActorId, Instant, Schema};

/// A kind of record: its rules (`decide`), its fold (`evolve`) and its description.
///
/// Everything is pure and synchronous. What a decision needs from outside, time and actor included,
/// is in the command.
pub trait RecordType: 'static {
    /// Orders: what somebody wants to happen.
    type Command: Debug;
    /// Facts: what happened. Serialised as `{"type": …, "data": {…}}`; these names are stored, so
    /// they never change. Personal fields stand together under `personal`.
    type Event: Debug + Serialize + DeserializeOwned;
    /// What is known after some events; `Default` is the named variant of the empty stream.
    /// Absent fields are serialised as null, so that the state's shape shows in its fingerprint.
    type State: Debug + Default + Clone + Send + Sync + Serialize + DeserializeOwned;
    /// One variant per rule. Serialised with its name under `rule`.
    type Rejection: std::error::Error + Serialize;

    /// What screens, filters, the command line and OpenAPI are generated from.
    const DESCRIPTOR: &'static Descriptor;
    /// The current schema of every event type.
    const SCHEMAS: &'static [(&'static str, Schema)];
    /// Golden histories: JSON arrays of stored events that together reach every event and every
    /// field. What they fold to is part of the fold's fingerprint.
    const HISTORIES: &'static [&'static str];
    /// Orders that only admins give, through routes of their own and never through those of the
    /// type: a screen that is drawn from the descriptor does not know them.
    const ADMINISTRATION: &'static [Action] = &[];

    /// Decides what happens, or which rule forbids it. The same command on the state that it led to
    /// yields no event.
    ///
    /// # Errors
    /// The rejection that names the rule.
    fn decide(
        state: &Self::State,
        command: Self::Command,
    ) -> Result<Vec<Self::Event>, Self::Rejection>;

    /// The state after one more event. Total: every event is accepted in every state.
    fn evolve(state: Self::State, event: &Self::Event) -> Self::State;

    /// The command that creates a record from checked fields.
    fn create(input: &Input, origin: &Origin) -> Self::Command;

    /// What a patch of editable fields means: the commands that are decided in turn.
    fn edit(state: &Self::State, patch: &Input) -> Vec<Self::Command>;

    /// The command behind an action of the descriptor; `None` for a name that it does not list.
    fn act(action: &str, input: &Input, origin: &Origin) -> Option<Self::Command>;

    /// The command behind an order of [`RecordType::ADMINISTRATION`]; `None` for a name that it does
    /// not list.
    fn administer(_order: &str, _input: &Input, _origin: &Origin) -> Option<Self::Command> {
        None
    }

    /// What lists show; `None` when the record is not listed.
    fn summary(state: &Self::State) -> Option<Summary>;

    /// Every field of the descriptor that has a value; what a reader of the record sees.
    fn details(state: &Self::State) -> Map<String, Value>;

    /// The data of an older schema in the shape of the next one.
    ///
    /// # Errors
    /// [`UpcastError`] when the data cannot be brought there, or no such step exists.
    fn upcast(event_type: &str, from: Schema, data: Value) -> Result<Value, UpcastError> {
        // Types whose stored shapes never changed have nothing to bring forward.
        drop(data);
        Err(UpcastError { event_type: event_type.to_owned(), from })
    }
}

/// Where a command comes from: who gives it, when, and why.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Who gives the command.
    pub actor: ActorId,
    /// When it arrived, by the function's clock.
    pub now: Instant,
    /// The reason given, if any.
    pub reason: Option<String>,
}

/// What lists show of a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// One of the descriptor's statuses.
    pub status: &'static str,
    /// Who answers for the record.
    pub owner: Option<ActorId>,
    /// The descriptor's listed fields that have a value.
    pub fields: Map<String, Value>,
}

/// An older event that cannot be brought to today's shape.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no upcaster brings `{event_type}` schema {from} to the next one")]
pub struct UpcastError {
    /// The event's type.
    pub event_type: String,
    /// The schema that it has.
    pub from: Schema,
}

/// The fields of a struct that have a value, without those that are metadata. Empty lists count as
/// no value.
pub(crate) fn fields_of(details: &impl Serialize, metadata: &[&str]) -> Map<String, Value> {
    let Ok(Value::Object(mut fields)) = serde_json::to_value(details) else { return Map::new() };
    fields.retain(|name, value| {
        let empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        !empty && !metadata.contains(&name.as_str())
    });
    fields
}
