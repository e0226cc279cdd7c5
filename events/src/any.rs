//! Record types and records whose type is known only at run time.

use crate::{Action, Descriptor, Input, Origin, RecordType, Summary, UpcastError};
use serde_json::{Map, Value, json};
use std::fmt;
use std::marker::PhantomData;
use vocabulary::{Schema, StoredEvent};

/// What somebody wants to do with a record, checked against its descriptor.
#[derive(Debug, Clone)]
pub enum Intent {
    /// Make a new record.
    Create(Input),
    /// Change some fields.
    Edit(Input),
    /// Bring fields back to what they were, where needed once the record is reinstated.
    Restore {
        /// The action of [`Descriptor::reinstating`], where it comes first.
        reinstating: Option<&'static str>,
        /// The fields as they were.
        patch: Input,
    },
    /// Do one of the descriptor's actions.
    Act(&'static str, Input),
    /// Give one of the orders that are the admins' alone, see [`RecordType::ADMINISTRATION`].
    Administer(&'static str, Input),
}

/// A rule said no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Refusal {
    /// The rule's name: `reason_needed`.
    pub rule: String,
    /// A sentence for people.
    pub detail: String,
}

/// An event that this build cannot apply.
#[derive(Debug, thiserror::Error)]
pub enum FoldError {
    /// The event's type or schema is not known here: a newer build wrote it.
    #[error("event `{event_type}` schema {schema} is not known to this build")]
    NewerBuild {
        /// The event's type.
        event_type: String,
        /// Its schema.
        schema: Schema,
    },
    /// An older event could not be brought to today's shape.
    #[error("event could not be upcast")]
    Upcast(#[from] UpcastError),
    /// The event's data does not have the shape that its schema says.
    #[error("event `{event_type}` schema {schema} does not have its shape")]
    Malformed {
        /// The event's type.
        event_type: String,
        /// Its schema.
        schema: Schema,
        /// What serde says.
        #[source]
        source: serde_json::Error,
    },
}

/// A record type, its Rust types hidden.
pub trait AnyType: Send + Sync {
    /// The type's description.
    fn descriptor(&self) -> &'static Descriptor;
    /// The schemas that this build writes, by event type.
    fn schemas(&self) -> &'static [(&'static str, Schema)];
    /// The orders that are the admins' alone.
    fn administration(&self) -> &'static [Action];
    /// The golden histories.
    fn histories(&self) -> &'static [&'static str];
    /// A record without events.
    fn empty(&self) -> Box<dyn AnyRecord>;
    /// A record whose state was stored.
    ///
    /// # Errors
    /// When the state is not of today's shape.
    fn resume(&self, state: Value) -> Result<Box<dyn AnyRecord>, serde_json::Error>;
    /// A stored event as this build would store it: through the type's own `Event` and back.
    ///
    /// # Errors
    /// [`FoldError`] when this build cannot read it.
    #[cfg(test)]
    fn rewritten(&self, event: &StoredEvent) -> Result<StoredEvent, FoldError>;
}

/// A record's state, its Rust type hidden.
pub trait AnyRecord: Send + Sync {
    /// Folds one more event in.
    ///
    /// # Errors
    /// [`FoldError`]; the record is then as before.
    fn apply(&mut self, event: &StoredEvent) -> Result<(), FoldError>;
    /// What an intent leads to, as events ready to be stored; none when nothing changes.
    ///
    /// # Errors
    /// [`Refusal`] when a rule says no.
    fn decide(&self, intent: &Intent, origin: &Origin) -> Result<Vec<StoredEvent>, Refusal>;
    /// What lists show.
    fn summary(&self) -> Option<Summary>;
    /// Every field that has a value.
    fn details(&self) -> Map<String, Value>;
    /// The state, to be stored.
    ///
    /// # Errors
    /// Never for the types of this crate; serde allows for it.
    fn state(&self) -> Result<Value, serde_json::Error>;
    /// The same record once more.
    fn boxed_clone(&self) -> Box<dyn AnyRecord>;
}

impl fmt::Debug for dyn AnyRecord + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<record>")
    }
}

impl fmt::Debug for dyn AnyType + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.descriptor().name)
    }
}

/// The record type `T`, to be named in [`crate::TYPES`].
#[derive(Debug)]
pub struct Of<T>(PhantomData<fn() -> T>);

impl<T> Of<T> {
    /// The one value.
    pub const NEW: Self = Self(PhantomData);
}

impl<T: RecordType> AnyType for Of<T> {
    fn descriptor(&self) -> &'static Descriptor {
        T::DESCRIPTOR
    }

    fn schemas(&self) -> &'static [(&'static str, Schema)] {
        T::SCHEMAS
    }

    fn administration(&self) -> &'static [Action] {
        T::ADMINISTRATION
    }

    fn histories(&self) -> &'static [&'static str] {
        T::HISTORIES
    }

    fn empty(&self) -> Box<dyn AnyRecord> {
        Box::new(Live::<T> { state: T::State::default() })
    }

    fn resume(&self, state: Value) -> Result<Box<dyn AnyRecord>, serde_json::Error> {
        Ok(Box::new(Live::<T> { state: serde_json::from_value(state)? }))
    }

    #[cfg(test)]
    fn rewritten(&self, event: &StoredEvent) -> Result<StoredEvent, FoldError> {
        decoded::<T>(event).map(|event| encoded::<T>(&event).unwrap())
    }
}

struct Live<T: RecordType> {
    state: T::State,
}

impl<T: RecordType> AnyRecord for Live<T> {
    fn apply(&mut self, event: &StoredEvent) -> Result<(), FoldError> {
        let event = decoded::<T>(event)?;
        self.state = T::evolve(std::mem::take(&mut self.state), &event);
        Ok(())
    }

    fn decide(&self, intent: &Intent, origin: &Origin) -> Result<Vec<StoredEvent>, Refusal> {
        let act = |action: &str, input: &Input| {
            T::act(action, input, origin).ok_or_else(|| unknown_action(action))
        };
        let mut deciding = Deciding::<T> { state: self.state.clone(), events: Vec::new() };
        match intent {
            Intent::Create(input) => deciding.give(T::create(input, origin))?,
            Intent::Edit(patch) => deciding.edit(patch)?,
            Intent::Restore { reinstating, patch } => {
                if let Some(action) = reinstating {
                    deciding.give(act(action, &Input::default())?)?;
                }
                deciding.edit(patch)?;
            }
            Intent::Act(action, input) => deciding.give(act(action, input)?)?,
            Intent::Administer(order, input) => {
                let order =
                    T::administer(order, input, origin).ok_or_else(|| unknown_action(order))?;
                deciding.give(order)?;
            }
        }
        Ok(deciding.events)
    }

    fn summary(&self) -> Option<Summary> {
        T::summary(&self.state)
    }

    fn details(&self) -> Map<String, Value> {
        T::details(&self.state)
    }

    fn state(&self) -> Result<Value, serde_json::Error> {
        serde_json::to_value(&self.state)
    }

    fn boxed_clone(&self) -> Box<dyn AnyRecord> {
        Box::new(Self { state: self.state.clone() })
    }
}

/// A command that leads nowhere.
#[derive(Debug, thiserror::Error)]
pub enum DecideError<R: std::error::Error + 'static> {
    /// A rule says no.
    #[error(transparent)]
    Rejected(R),
    /// The record's state is not one of this type, or an event cannot be written.
    #[error("the record is of another type")]
    Shape(#[source] serde_json::Error),
}

/// What a command of the type `T` leads to on a record of it, `None` for a new one, as events ready
/// to be stored. For the functions that write the system's own records, which know the type.
///
/// # Errors
/// [`DecideError`].
pub fn decided<T: RecordType>(
    record: Option<&dyn AnyRecord>,
    command: T::Command,
) -> Result<Vec<StoredEvent>, DecideError<T::Rejection>> {
    let state = record.map(|record| record.state().and_then(serde_json::from_value));
    let state: T::State = state.transpose().map_err(DecideError::Shape)?.unwrap_or_default();
    let events = T::decide(&state, command).map_err(DecideError::Rejected)?;
    events.iter().map(encoded::<T>).collect::<Result<_, _>>().map_err(DecideError::Shape)
}

/// Commands decided in turn, each on the state that the ones before it led to.
struct Deciding<T: RecordType> {
    state: T::State,
    events: Vec<StoredEvent>,
}

impl<T: RecordType> Deciding<T> {
    fn give(&mut self, command: T::Command) -> Result<(), Refusal> {
        for event in T::decide(&self.state, command).map_err(|rejection| refusal(&rejection))? {
            self.state = T::evolve(std::mem::take(&mut self.state), &event);
            self.events.push(encoded::<T>(&event).map_err(|error| refusal_of_shape(&error))?);
        }
        Ok(())
    }

    fn edit(&mut self, patch: &Input) -> Result<(), Refusal> {
        T::edit(&self.state, patch).into_iter().try_for_each(|command| self.give(command))
    }
}

/// A stored event in today's shape.
fn decoded<T: RecordType>(stored: &StoredEvent) -> Result<T::Event, FoldError> {
    let StoredEvent { event_type, schema, data } = stored;
    let known = T::SCHEMAS.iter().find(|(name, _)| name == event_type).map(|(_, schema)| *schema);
    let Some(current) = known.filter(|current| schema <= current && schema.0 > 0) else {
        return Err(FoldError::NewerBuild { event_type: event_type.clone(), schema: *schema });
    };
    let mut data = data.clone();
    for step in schema.0..current.0 {
        data = T::upcast(event_type, Schema(step), data)?;
    }
    serde_json::from_value(json!({ "type": event_type, "data": data })).map_err(|source| {
        FoldError::Malformed { event_type: event_type.clone(), schema: *schema, source }
    })
}

/// An event of today, ready to be stored.
pub(crate) fn encoded<T: RecordType>(event: &T::Event) -> Result<StoredEvent, serde_json::Error> {
    #[derive(serde::Deserialize)]
    struct Tagged {
        #[serde(rename = "type")]
        event_type: String,
        #[serde(default)]
        data: Value,
    }
    let Tagged { event_type, data } = serde_json::from_value(serde_json::to_value(event)?)?;
    let schema = T::SCHEMAS.iter().find(|(name, _)| *name == event_type).map(|(_, schema)| *schema);
    schema
        .map(|schema| StoredEvent { event_type, schema, data })
        .ok_or_else(|| serde::de::Error::custom("the event has no entry in SCHEMAS"))
}

fn refusal(rejection: &(impl std::error::Error + serde::Serialize)) -> Refusal {
    let rule = serde_json::to_value(rejection)
        .ok()
        .and_then(|value| value.get("rule").and_then(Value::as_str).map(str::to_owned))
        .unwrap_or_default();
    Refusal { rule, detail: rejection.to_string() }
}

/// Only a type that does not know its own descriptor's action comes here; a test over the registry
/// finds it first.
fn unknown_action(action: &str) -> Refusal {
    let detail = format!("there is no action `{action}`");
    Refusal { rule: "unknown_action".to_owned(), detail }
}

/// Only a type whose `SCHEMAS` miss an event comes here; a test over the registry finds it first.
fn refusal_of_shape(error: &serde_json::Error) -> Refusal {
    Refusal { rule: "unstorable_event".to_owned(), detail: error.to_string() }
}
