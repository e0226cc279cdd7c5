//! What operators do to the deployment: rebuilds, replays, and single acts such as a promotion.
//!
//! | Command | Nothing | Under way | Ended | Of another kind |
//! |---|---|---|---|---|
//! | start rebuild | started | nothing if it is the same, else taken | likewise | taken |
//! | end rebuild | not begun | ended | nothing if it is so, else ended | not begun |
//! | act | acted | nothing if it is the same, else taken | likewise | taken |
//! | end act | not begun | ended | nothing if it is so, else ended | not begun |
//! | start replay | started | nothing if it is the same, else taken | likewise | taken |
//! | end replay | not begun | ended | nothing if it is so, else ended | not begun |
//!
//! A type of the system's own: each record is one operation, in the workspace of the operator who ordered
//! it, written before it is carried out. No request reaches it through the routes of record types.

mod descriptor;
mod shapes;

pub use shapes::{
    ActEnd, Acting, Chosen, Options, RebuildEnd, Rebuilding, ReplayEnd, Replaying, Verb,
};

use crate::{Descriptor, Input, Origin, RecordType, Summary};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use vocabulary::Schema;

/// The record type.
#[derive(Debug)]
pub enum Operation {}

/// Orders to an operation record.
#[derive(Debug, Clone)]
#[expect(
    missing_docs,
    reason = "the names are the documentation; the rules are in the module's table"
)]
pub enum Command {
    StartRebuild(Rebuilding),
    EndRebuild(RebuildEnd),
    Act(Acting),
    EndAct(ActEnd),
    StartReplay(Replaying),
    EndReplay(ReplayEnd),
    /// What a request through the routes of record types would order. There are none.
    Nothing,
}

/// Facts of an operation record. Stored: see `golden/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the documentation; shapes.rs says what they hold")]
pub enum Event {
    RebuildStarted(Rebuilding),
    RebuildEnded(RebuildEnd),
    Acted(Acting),
    ActEnded(ActEnd),
    ReplayStarted(Replaying),
    ReplayEnded(ReplayEnd),
}

/// What is known of an operation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "operation", rename_all = "snake_case")]
pub enum State {
    /// Nothing has happened yet.
    #[default]
    Nothing,
    /// A view is rebuilt, verified or repaired.
    Rebuild {
        /// What was asked for.
        begun: Rebuilding,
        /// How it ended, if it has.
        end: Option<RebuildEnd>,
    },
    /// Something is done at once.
    Act {
        /// What.
        begun: Acting,
        /// What became of it, where that is told.
        end: Option<ActEnd>,
    },
    /// Events are sent again.
    Replay {
        /// What was asked for.
        begun: Replaying,
        /// How it ended, if it has.
        end: Option<ReplayEnd>,
    },
}

/// The rules that can say no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "rule", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the messages are the documentation")]
pub enum Rejection {
    #[error("this record is of another operation")]
    Taken,
    #[error("there is no such operation under way")]
    NotBegun,
    #[error("this operation has ended in another way already")]
    Ended,
}

impl RecordType for Operation {
    type Command = Command;
    type Event = Event;
    type State = State;
    type Rejection = Rejection;

    const DESCRIPTOR: &'static Descriptor = &descriptor::DESCRIPTOR;
    const SCHEMAS: &'static [(&'static str, Schema)] = &[
        ("rebuild_started", Schema(1)),
        ("rebuild_ended", Schema(1)),
        ("acted", Schema(1)),
        ("act_ended", Schema(1)),
        ("replay_started", Schema(1)),
        ("replay_ended", Schema(1)),
    ];
    const HISTORIES: &'static [&'static str] = &[
        include_str!("golden/history.1.json"),
        include_str!("golden/history.2.json"),
        include_str!("golden/history.3.json"),
        include_str!("golden/history.4.json"),
        include_str!("golden/history.5.json"),
    ];

    fn decide(state: &State, command: Command) -> Result<Vec<Event>, Rejection> {
        match (command, state) {
            (Command::StartRebuild(wanted), State::Nothing) => {
                Ok(vec![Event::RebuildStarted(wanted)])
            }
            (Command::StartRebuild(wanted), State::Rebuild { begun, .. }) => same(&wanted, begun),
            (Command::EndRebuild(told), State::Rebuild { end, .. }) => {
                ended(told, end.as_ref(), Event::RebuildEnded)
            }
            (Command::Act(wanted), State::Nothing) => Ok(vec![Event::Acted(wanted)]),
            (Command::Act(wanted), State::Act { begun, .. }) => same(&wanted, begun),
            (Command::EndAct(told), State::Act { end, .. }) => {
                ended(told, end.as_ref(), Event::ActEnded)
            }
            (Command::StartReplay(wanted), State::Nothing) => {
                Ok(vec![Event::ReplayStarted(wanted)])
            }
            (Command::StartReplay(wanted), State::Replay { begun, .. }) => same(&wanted, begun),
            (Command::EndReplay(told), State::Replay { end, .. }) => {
                ended(told, end.as_ref(), Event::ReplayEnded)
            }
            (Command::StartRebuild(_) | Command::Act(_) | Command::StartReplay(_), _) => {
                Err(Rejection::Taken)
            }
            (Command::EndRebuild(_) | Command::EndAct(_) | Command::EndReplay(_), _) => {
                Err(Rejection::NotBegun)
            }
            (Command::Nothing, _) => Ok(Vec::new()),
        }
    }

    fn evolve(state: State, event: &Event) -> State {
        match (state, event) {
            (State::Nothing, Event::RebuildStarted(begun)) => {
                State::Rebuild { begun: begun.clone(), end: None }
            }
            (State::Nothing, Event::Acted(begun)) => State::Act { begun: begun.clone(), end: None },
            (State::Nothing, Event::ReplayStarted(begun)) => {
                State::Replay { begun: begun.clone(), end: None }
            }
            (State::Rebuild { begun, end: None }, Event::RebuildEnded(end)) => {
                State::Rebuild { begun, end: Some(end.clone()) }
            }
            (State::Act { begun, end: None }, Event::ActEnded(end)) => {
                State::Act { begun, end: Some(end.clone()) }
            }
            (State::Replay { begun, end: None }, Event::ReplayEnded(end)) => {
                State::Replay { begun, end: Some(end.clone()) }
            }
            // The first word on an operation holds; whatever else is told of it changes nothing.
            (state, _) => state,
        }
    }

    fn create(_: &Input, _: &Origin) -> Command {
        Command::Nothing
    }

    fn edit(_: &State, _: &Input) -> Vec<Command> {
        Vec::new()
    }

    fn act(_: &str, _: &Input, _: &Origin) -> Option<Command> {
        None
    }

    /// Never listed, and so never counted.
    fn summary(_: &State) -> Option<Summary> {
        None
    }

    fn details(state: &State) -> Map<String, Value> {
        match state {
            State::Nothing => Map::new(),
            State::Rebuild { begun, end } => shapes::told("rebuild", begun, end.as_ref()),
            State::Act { begun, end } => shapes::told("act", begun, end.as_ref()),
            State::Replay { begun, end } => shapes::told("replay", begun, end.as_ref()),
        }
    }
}

/// What was begun is begun once.
fn same<T: PartialEq>(wanted: &T, begun: &T) -> Result<Vec<Event>, Rejection> {
    if wanted == begun { Ok(Vec::new()) } else { Err(Rejection::Taken) }
}

/// How an operation ends: once.
fn ended<T: PartialEq>(
    told: T,
    known: Option<&T>,
    event: impl FnOnce(T) -> Event,
) -> Result<Vec<Event>, Rejection> {
    match known {
        None => Ok(vec![event(told)]),
        Some(known) if *known == told => Ok(Vec::new()),
        Some(_) => Err(Rejection::Ended),
    }
}

#[cfg(test)]
mod tests;
