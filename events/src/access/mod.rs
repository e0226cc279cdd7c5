//! What auditors take away or check: an export of the log, or a verification of its chain.
//!
//! | Command | Nothing | Export under way | Export ended | Verification under way | Verification ended |
//! |---|---|---|---|---|---|
//! | request export | requested | nothing if it is the same, else taken | likewise | taken | taken |
//! | finish export | not begun | finished | nothing if it is so, else ended | not begun | not begun |
//! | fail export | not begun | failed | nothing if it is so, else ended | not begun | not begun |
//! | start verification | started | taken | taken | nothing if it is the same, else taken | likewise |
//! | finish verification | not begun | not begun | not begun | finished | nothing if it is so, else ended |
//!
//! A type of the system's own: each record is one act, written by the functions that carry it out, so
//! that who took what, when and why stands in the log beside what was taken. No request reaches it
//! through the routes of record types.

mod descriptor;
mod shapes;

pub use shapes::{ExportEnd, Filter, Format, Outcome, Verified};

use crate::{Descriptor, Input, Origin, RecordType, Summary};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use vocabulary::Schema;

/// The record type.
#[derive(Debug)]
pub enum Access {}

/// Orders to an access record.
#[derive(Debug, Clone)]
#[expect(
    missing_docs,
    reason = "the names are the documentation; the rules are in the module's table"
)]
pub enum Command {
    RequestExport {
        format: Format,
        filter: Filter,
    },
    FinishExport {
        commits: u64,
        rows: u64,
        parts: u64,
        manifest_sha256: String,
    },
    FailExport {
        error: String,
    },
    StartVerification {
        scope: String,
    },
    FinishVerification(Verified),
    /// What a request through the routes of record types would order. There are none.
    Nothing,
}

/// Facts of an access record. Stored: see `golden/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the documentation; shapes.rs says what they hold")]
pub enum Event {
    ExportRequested { format: Format, filter: Filter },
    ExportFinished { commits: u64, rows: u64, parts: u64, manifest_sha256: String },
    ExportFailed { error: String },
    VerificationStarted { scope: String },
    VerificationFinished(Verified),
}

/// What is known of an act.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "act", rename_all = "snake_case")]
pub enum State {
    /// Nothing has happened yet.
    #[default]
    Nothing,
    /// Somebody takes commits away.
    Export {
        /// In which form.
        format: Format,
        /// Which commits.
        filter: Filter,
        /// How it ended, if it has.
        end: Option<ExportEnd>,
    },
    /// Somebody checks the chain.
    Verification {
        /// Of which records: `all`, or one as `customer/C-1`.
        scope: String,
        /// What was found, if it has ended.
        end: Option<Verified>,
    },
}

/// The rules that can say no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "rule", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the messages are the documentation")]
pub enum Rejection {
    #[error("this record is of another act")]
    Taken,
    #[error("there is no such act under way")]
    NotBegun,
    #[error("this act has ended in another way already")]
    Ended,
}

impl RecordType for Access {
    type Command = Command;
    type Event = Event;
    type State = State;
    type Rejection = Rejection;

    const DESCRIPTOR: &'static Descriptor = &descriptor::DESCRIPTOR;
    const SCHEMAS: &'static [(&'static str, Schema)] = &[
        ("export_requested", Schema(1)),
        ("export_finished", Schema(1)),
        ("export_failed", Schema(1)),
        ("verification_started", Schema(1)),
        ("verification_finished", Schema(1)),
    ];
    const HISTORIES: &'static [&'static str] = &[
        include_str!("golden/history.1.json"),
        include_str!("golden/history.2.json"),
        include_str!("golden/history.3.json"),
        include_str!("golden/history.4.json"),
    ];

    fn decide(state: &State, command: Command) -> Result<Vec<Event>, Rejection> {
        match command {
            Command::RequestExport { format, filter } => match state {
                State::Nothing => Ok(vec![Event::ExportRequested { format, filter }]),
                State::Export { format: known, filter: same, .. }
                    if *known == format && *same == filter =>
                {
                    Ok(Vec::new())
                }
                State::Export { .. } | State::Verification { .. } => Err(Rejection::Taken),
            },
            Command::FinishExport { commits, rows, parts, manifest_sha256 } => ended(
                state,
                &ExportEnd::Finished {
                    commits,
                    rows,
                    parts,
                    manifest_sha256: manifest_sha256.clone(),
                },
                Event::ExportFinished { commits, rows, parts, manifest_sha256 },
            ),
            Command::FailExport { error } => ended(
                state,
                &ExportEnd::Failed { error: error.clone() },
                Event::ExportFailed { error },
            ),
            Command::StartVerification { scope } => match state {
                State::Nothing => Ok(vec![Event::VerificationStarted { scope }]),
                State::Verification { scope: same, .. } if *same == scope => Ok(Vec::new()),
                State::Export { .. } | State::Verification { .. } => Err(Rejection::Taken),
            },
            Command::FinishVerification(verified) => match state {
                State::Verification { end: None, .. } => {
                    Ok(vec![Event::VerificationFinished(verified)])
                }
                State::Verification { end: Some(end), .. } if *end == verified => Ok(Vec::new()),
                State::Verification { .. } => Err(Rejection::Ended),
                State::Nothing | State::Export { .. } => Err(Rejection::NotBegun),
            },
            Command::Nothing => Ok(Vec::new()),
        }
    }

    fn evolve(state: State, event: &Event) -> State {
        match (state, event) {
            (State::Nothing, Event::ExportRequested { format, filter }) => {
                State::Export { format: *format, filter: filter.clone(), end: None }
            }
            (State::Nothing, Event::VerificationStarted { scope }) => {
                State::Verification { scope: scope.clone(), end: None }
            }
            (
                State::Export { format, filter, end: None },
                Event::ExportFinished { commits, rows, parts, manifest_sha256 },
            ) => {
                let (commits, rows, parts) = (*commits, *rows, *parts);
                let manifest_sha256 = manifest_sha256.clone();
                let end = Some(ExportEnd::Finished { commits, rows, parts, manifest_sha256 });
                State::Export { format, filter, end }
            }
            (State::Export { format, filter, end: None }, Event::ExportFailed { error }) => {
                let end = Some(ExportEnd::Failed { error: error.clone() });
                State::Export { format, filter, end }
            }
            (State::Verification { scope, end: None }, Event::VerificationFinished(verified)) => {
                State::Verification { scope, end: Some(verified.clone()) }
            }
            // The first word on an act holds; whatever else is told of it changes nothing.
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
            State::Export { format, filter, end } => {
                shapes::told("export", &[("format", &format), ("filter", &filter)], end.as_ref())
            }
            State::Verification { scope, end } => {
                shapes::told("verification", &[("scope", &scope)], end.as_ref())
            }
        }
    }
}

/// How an export ends: once.
fn ended(state: &State, end: &ExportEnd, event: Event) -> Result<Vec<Event>, Rejection> {
    match state {
        State::Export { end: None, .. } => Ok(vec![event]),
        State::Export { end: Some(known), .. } if known == end => Ok(Vec::new()),
        State::Export { .. } => Err(Rejection::Ended),
        State::Nothing | State::Verification { .. } => Err(Rejection::NotBegun),
    }
}

#[cfg(test)]
mod tests;
