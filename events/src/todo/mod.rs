//! A to-do: something that somebody means to get done.
//!
//! | Command | Absent | Open | Completed | Dropped |
//! |---|---|---|---|---|
//! | add | added | already added | already added | already added |
//! | retitle, reschedule, assign, link, annotate | not added | the fact, or nothing if it is so already | completed | dropped |
//! | complete | not added | completed | nothing | dropped |
//! | reopen | not added | nothing | reopened; a reason is needed | reopened; a reason is needed |
//! | drop | not added | dropped | cannot be dropped | nothing |
//!
//! A to-do always has a title. It belongs to its assignee: whoever adds it, unless somebody else is
//! named; nobody, once it was taken from its assignee.

mod descriptor;
mod shapes;

pub use shapes::{Notes, Title, Wording};

use crate::{Descriptor, Input, Origin, RecordType, Summary};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use vocabulary::{ActorId, Personal, RecordId, Schema};

/// The record type.
#[derive(Debug)]
pub enum Todo {}

/// Orders to a to-do's record.
#[derive(Debug, Clone)]
#[expect(
    missing_docs,
    reason = "the names are the documentation; the rules are in the module's table"
)]
pub enum Command {
    Add {
        wording: Wording,
        due_on: Option<String>,
        assignee: ActorId,
        customer_id: Option<RecordId>,
    },
    Retitle {
        title: Option<String>,
    },
    Reschedule {
        due_on: Option<String>,
    },
    Assign {
        to: Option<ActorId>,
    },
    Link {
        customer_id: Option<RecordId>,
    },
    Annotate {
        notes: Option<String>,
    },
    Complete,
    Reopen {
        reason: Option<String>,
    },
    Drop,
}

/// Facts of a to-do's record. Stored: see `golden/`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the documentation; shapes.rs says what they hold")]
pub enum Event {
    Added {
        personal: Personal<Wording>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due_on: Option<String>,
        assignee: ActorId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        customer_id: Option<RecordId>,
    },
    Retitled {
        personal: Personal<Title>,
    },
    Rescheduled {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due_on: Option<String>,
    },
    Assigned {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<ActorId>,
    },
    Linked {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        customer_id: Option<RecordId>,
    },
    Annotated {
        personal: Personal<Notes>,
    },
    Completed {},
    Reopened {},
    Dropped {},
}

/// What is known of a to-do.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", content = "todo", rename_all = "snake_case")]
pub enum State {
    /// Nothing has happened yet.
    #[default]
    Absent,
    /// It is still to be done.
    Open(Details),
    /// It is done; it can be reopened.
    Completed(Details),
    /// It will not be done, and the record has ended; it can be reopened.
    Dropped(Details),
}

/// The fields of a to-do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the descriptor says what the fields are")]
pub struct Details {
    pub title: Personal<String>,
    pub due_on: Option<String>,
    pub assignee: Option<ActorId>,
    pub customer_id: Option<RecordId>,
    pub notes: Option<Personal<String>>,
}

/// The rules that can say no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "rule", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the messages are the documentation")]
pub enum Rejection {
    #[error("this to-do is added already")]
    AlreadyAdded,
    #[error("there is no such to-do")]
    NotAdded,
    #[error("a to-do needs a title")]
    TitleNeeded,
    #[error("reopening a to-do needs a reason")]
    ReasonNeeded,
    #[error("a completed to-do cannot be changed; reopen it first")]
    TodoCompleted,
    #[error("a dropped to-do cannot be changed or completed; reopen it first")]
    TodoDropped,
    #[error("a completed to-do cannot be dropped: it is done")]
    CompletedCannotBeDropped,
}

impl RecordType for Todo {
    type Command = Command;
    type Event = Event;
    type State = State;
    type Rejection = Rejection;

    const DESCRIPTOR: &'static Descriptor = &descriptor::DESCRIPTOR;
    const SCHEMAS: &'static [(&'static str, Schema)] = &[
        ("added", Schema(1)),
        ("retitled", Schema(1)),
        ("rescheduled", Schema(1)),
        ("assigned", Schema(1)),
        ("linked", Schema(1)),
        ("annotated", Schema(1)),
        ("completed", Schema(1)),
        ("reopened", Schema(1)),
        ("dropped", Schema(1)),
    ];
    const HISTORIES: &'static [&'static str] = &[include_str!("golden/history.1.json")];

    fn decide(state: &State, command: Command) -> Result<Vec<Event>, Rejection> {
        match (state, command) {
            (State::Absent, Command::Add { wording, due_on, assignee, customer_id }) => {
                let personal = Personal::Known(wording);
                Ok(vec![Event::Added { personal, due_on, assignee, customer_id }])
            }
            (State::Absent, _) => Err(Rejection::NotAdded),
            (_, Command::Add { .. }) => Err(Rejection::AlreadyAdded),
            (State::Open(_), Command::Complete) => Ok(vec![Event::Completed {}]),
            (State::Open(_), Command::Drop) => Ok(vec![Event::Dropped {}]),
            (State::Completed(_), Command::Complete)
            | (State::Dropped(_), Command::Drop)
            | (State::Open(_), Command::Reopen { .. }) => Ok(Vec::new()),
            (State::Completed(_) | State::Dropped(_), Command::Reopen { reason }) => match reason {
                Some(_) => Ok(vec![Event::Reopened {}]),
                None => Err(Rejection::ReasonNeeded),
            },
            (State::Completed(_), Command::Drop) => Err(Rejection::CompletedCannotBeDropped),
            (State::Completed(_), _) => Err(Rejection::TodoCompleted),
            (State::Dropped(_), _) => Err(Rejection::TodoDropped),
            (State::Open(details), command) => changed(details, command),
        }
    }

    fn evolve(state: State, event: &Event) -> State {
        match (state, event) {
            (State::Absent, Event::Added { personal, due_on, assignee, customer_id }) => {
                State::Open(Details {
                    title: personal.map(|wording| wording.title.clone()),
                    due_on: due_on.clone(),
                    assignee: Some(assignee.clone()),
                    customer_id: customer_id.clone(),
                    notes: personal.map(|wording| wording.notes.clone()).transpose(),
                })
            }
            (State::Absent, _) => State::Absent,
            (State::Open(details), Event::Completed {}) => State::Completed(details),
            (State::Open(details), Event::Dropped {}) => State::Dropped(details),
            (State::Completed(details) | State::Dropped(details), Event::Reopened {}) => {
                State::Open(details)
            }
            (State::Open(details), event) => State::Open(details.with(event)),
            (State::Completed(details), event) => State::Completed(details.with(event)),
            (State::Dropped(details), event) => State::Dropped(details.with(event)),
        }
    }

    fn create(input: &Input, origin: &Origin) -> Command {
        Command::Add {
            wording: Wording::of(input),
            due_on: input.text("due_on"),
            assignee: person(input, "assignee").unwrap_or_else(|| origin.actor.clone()),
            customer_id: record(input, "customer_id"),
        }
    }

    fn edit(_: &State, patch: &Input) -> Vec<Command> {
        let mut commands = Vec::new();
        if patch.mentions("title") {
            commands.push(Command::Retitle { title: patch.text("title") });
        }
        if patch.mentions("due_on") {
            commands.push(Command::Reschedule { due_on: patch.text("due_on") });
        }
        if patch.mentions("assignee") {
            commands.push(Command::Assign { to: person(patch, "assignee") });
        }
        if patch.mentions("customer_id") {
            commands.push(Command::Link { customer_id: record(patch, "customer_id") });
        }
        if patch.mentions("notes") {
            commands.push(Command::Annotate { notes: patch.text("notes") });
        }
        commands
    }

    fn act(action: &str, _: &Input, origin: &Origin) -> Option<Command> {
        match action {
            "complete" => Some(Command::Complete),
            "reopen" => Some(Command::Reopen { reason: origin.reason.clone() }),
            "drop" => Some(Command::Drop),
            _ => None,
        }
    }

    fn summary(state: &State) -> Option<Summary> {
        let details = state.details()?;
        let mut fields = Self::details(state);
        fields.retain(|name, _| Self::DESCRIPTOR.lists(name));
        Some(Summary { status: state.status(), owner: details.assignee.clone(), fields })
    }

    fn details(state: &State) -> Map<String, Value> {
        state.details().map(|details| crate::contract::fields_of(details, &[])).unwrap_or_default()
    }
}

/// What a command means for an open to-do. Commands that need another state do not come here.
fn changed(details: &Details, command: Command) -> Result<Vec<Event>, Rejection> {
    let event = match command {
        Command::Retitle { title } => {
            let title = title.ok_or(Rejection::TitleNeeded)?;
            let changes = details.title.known() != Some(&title);
            changes.then_some(Event::Retitled { personal: Personal::Known(Title { title }) })
        }
        Command::Reschedule { due_on } => {
            (details.due_on != due_on).then_some(Event::Rescheduled { due_on })
        }
        Command::Assign { to } => (details.assignee != to).then_some(Event::Assigned { to }),
        Command::Link { customer_id } => {
            (details.customer_id != customer_id).then_some(Event::Linked { customer_id })
        }
        Command::Annotate { notes } => {
            // Notes that were erased can be removed like any others.
            let changes = details.notes != notes.clone().map(Personal::Known);
            changes.then_some(Event::Annotated { personal: Personal::Known(Notes { notes }) })
        }
        Command::Add { .. } | Command::Complete | Command::Reopen { .. } | Command::Drop => None,
    };
    Ok(event.into_iter().collect())
}

/// The person whom a field names. The border has checked the form.
fn person(input: &Input, field: &str) -> Option<ActorId> {
    input.text(field).and_then(|id| ActorId::parse(&id).ok())
}

/// The record that a field names. The border has checked the form.
fn record(input: &Input, field: &str) -> Option<RecordId> {
    input.text(field).and_then(|id| RecordId::parse(&id).ok())
}

impl State {
    fn details(&self) -> Option<&Details> {
        match self {
            Self::Absent => None,
            Self::Open(details) | Self::Completed(details) | Self::Dropped(details) => {
                Some(details)
            }
        }
    }

    fn status(&self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Open(_) => "open",
            Self::Completed(_) => "completed",
            Self::Dropped(_) => "dropped",
        }
    }
}

impl Details {
    fn with(mut self, event: &Event) -> Self {
        match event {
            Event::Retitled { personal } => self.title = personal.map(|new| new.title.clone()),
            Event::Rescheduled { due_on } => self.due_on.clone_from(due_on),
            Event::Assigned { to } => self.assignee.clone_from(to),
            Event::Linked { customer_id } => self.customer_id.clone_from(customer_id),
            Event::Annotated { personal } => {
                self.notes = personal.map(|new| new.notes.clone()).transpose();
            }
            // These change the status, not the fields.
            Event::Added { .. } | Event::Completed {} | Event::Reopened {} | Event::Dropped {} => {}
        }
        self
    }
}

#[cfg(test)]
mod tests;
