//! A record type for the tests: it counts what it is told, and its fold can be made to fail or to
//! change.
//!
//! | Command | Absent | Open | Done |
//! |---|---|---|---|
//! | note | noted | noted, or nothing if that is its value already | noted, likewise |
//! | finish | not noted | finished | nothing |
//! | reopen | not noted | nothing | reopened |
//!
//! Everything is in the type, nothing in a static: two registries of one process do not disturb each
//! other.

use events::{
    Action, Descriptor, Field, Input, Keeping, Kind, Of, Origin, Reason, RecordType, Registry,
    Status, Summary,
};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value, json};
use vocabulary::Schema;

/// An event with this value is malformed for a build that was not mended.
pub(crate) const POISON: &str = "poison";
/// The fold of an event with this value panics in a build that was not mended.
pub(crate) const PANIC: &str = "panic";

/// The record type: the fold's variant, and whether the build copes with poison.
#[derive(Debug)]
pub(crate) enum Probe<const FOLD: u8, const MENDED: bool> {}

/// Whether a build copes with [`POISON`] and [`PANIC`]. Makes no difference to the fold's
/// fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Build {
    Broken,
    Mended,
}

/// Which fold a build has. The two have different fingerprints and lead to different sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fold {
    First,
    Second,
}

/// A registry with this type alone.
pub(crate) fn registry(fold: Fold, build: Build) -> Registry {
    match (fold, build) {
        (Fold::First, Build::Broken) => Registry::new(&[&Of::<Probe<1, false>>::NEW]),
        (Fold::First, Build::Mended) => Registry::new(&[&Of::<Probe<1, true>>::NEW]),
        (Fold::Second, Build::Broken) => Registry::new(&[&Of::<Probe<2, false>>::NEW]),
        (Fold::Second, Build::Mended) => Registry::new(&[&Of::<Probe<2, true>>::NEW]),
    }
}

/// What an event adds to the sum: its value as a number, or else the value's length.
pub(crate) fn weight(value: &str, fold: Fold) -> i64 {
    let plain = value.parse().unwrap_or_else(|_no_number| i64::try_from(value.len()).unwrap());
    match fold {
        Fold::First => plain,
        Fold::Second => plain * 10 + 1,
    }
}

#[derive(Debug)]
pub(crate) enum Command {
    Note { value: String },
    Finish,
    Reopen,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub(crate) enum Event<const MENDED: bool> {
    Noted { value: Noted<MENDED> },
    Finished {},
    Reopened {},
}

/// A value that a broken build cannot read when it is poison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct Noted<const MENDED: bool>(String);

impl<'de, const MENDED: bool> Deserialize<'de> for Noted<MENDED> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = String::deserialize(deserializer)?;
        if value == POISON && !MENDED {
            return Err(serde::de::Error::custom("this build cannot read it"));
        }
        Ok(Self(value))
    }
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", content = "probe", rename_all = "snake_case")]
pub(crate) enum State {
    #[default]
    Absent,
    Open(Details),
    Done(Details),
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Details {
    pub(crate) value: String,
    pub(crate) sum: i64,
    pub(crate) n: u64,
}

#[derive(Debug, Serialize, thiserror::Error)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub(crate) enum Rejection {
    #[error("nothing was noted yet")]
    NotNoted,
    #[error("a value is needed")]
    ValueNeeded,
}

const DESCRIPTOR: Descriptor = Descriptor {
    name: "probe",
    plural: "probes",
    label: "Probe",
    plural_label: "Probes",
    title: "value",
    statuses: &[
        Status { name: "open", label: "Open", ended: false },
        Status { name: "done", label: "Done", ended: true },
    ],
    fields: &[
        Field::optional("value", "Value", Kind::Text { max: 300_000 }).required().listed(),
        Field::optional("sum", "Sum", Kind::Line { max: 20 }).listed().read_only(),
        Field::optional("n", "Notes", Kind::Line { max: 20 }).listed().read_only(),
    ],
    actions: &[action("finish", "Finish", &["open"]), action("reopen", "Reopen", &["done"])],
    ending: Some("finish"),
    reinstating: Some("reopen"),
    keeping: Keeping::Editors,
};

const fn action(name: &'static str, label: &'static str, from: &'static [&'static str]) -> Action {
    Action { name, label, from, reason: Reason::Optional, fields: &[] }
}

impl<const FOLD: u8, const MENDED: bool> RecordType for Probe<FOLD, MENDED> {
    type Command = Command;
    type Event = Event<MENDED>;
    type State = State;
    type Rejection = Rejection;

    const DESCRIPTOR: &'static Descriptor = &DESCRIPTOR;
    const SCHEMAS: &'static [(&'static str, Schema)] =
        &[("noted", Schema(1)), ("finished", Schema(1)), ("reopened", Schema(1))];
    const HISTORIES: &'static [&'static str] = &[r#"[
        {"type":"noted","schema":1,"data":{"value":"7"}},
        {"type":"finished","schema":1,"data":{}},
        {"type":"reopened","schema":1,"data":{}},
        {"type":"noted","schema":1,"data":{"value":"a"}}
    ]"#];

    fn decide(state: &State, command: Command) -> Result<Vec<Event<MENDED>>, Rejection> {
        match (state, command) {
            (State::Open(details) | State::Done(details), Command::Note { value })
                if details.value == value =>
            {
                Ok(Vec::new())
            }
            (_, Command::Note { value }) if value.is_empty() => Err(Rejection::ValueNeeded),
            (_, Command::Note { value }) => Ok(vec![Event::Noted { value: Noted(value) }]),
            (State::Absent, Command::Finish | Command::Reopen) => Err(Rejection::NotNoted),
            (State::Open(_), Command::Finish) => Ok(vec![Event::Finished {}]),
            (State::Done(_), Command::Reopen) => Ok(vec![Event::Reopened {}]),
            (State::Done(_), Command::Finish) | (State::Open(_), Command::Reopen) => Ok(Vec::new()),
        }
    }

    fn evolve(state: State, event: &Event<MENDED>) -> State {
        match (state, event) {
            (State::Absent, Event::Noted { value }) => {
                State::Open(Details::default().with(FOLD, MENDED, &value.0))
            }
            (State::Open(details), Event::Noted { value }) => {
                State::Open(details.with(FOLD, MENDED, &value.0))
            }
            (State::Done(details), Event::Noted { value }) => {
                State::Done(details.with(FOLD, MENDED, &value.0))
            }
            (State::Open(details), Event::Finished {}) => State::Done(details),
            (State::Done(details), Event::Reopened {}) => State::Open(details),
            (state, Event::Finished {} | Event::Reopened {}) => state,
        }
    }

    fn create(input: &Input, _: &Origin) -> Command {
        Command::Note { value: input.text("value").unwrap_or_default() }
    }

    fn edit(_: &State, patch: &Input) -> Vec<Command> {
        patch.text("value").map(|value| Command::Note { value }).into_iter().collect()
    }

    fn act(action: &str, _: &Input, _: &Origin) -> Option<Command> {
        match action {
            "finish" => Some(Command::Finish),
            "reopen" => Some(Command::Reopen),
            _ => None,
        }
    }

    fn summary(state: &State) -> Option<Summary> {
        let status = match state {
            State::Absent => return None,
            State::Open(_) => "open",
            State::Done(_) => "done",
        };
        Some(Summary { status, owner: None, fields: Self::details(state) })
    }

    fn details(state: &State) -> Map<String, Value> {
        match state {
            State::Absent => Map::new(),
            State::Open(Details { value, sum, n }) | State::Done(Details { value, sum, n }) => {
                [("value", json!(value)), ("sum", json!(sum)), ("n", json!(n))]
                    .map(|(name, value)| (name.to_owned(), value))
                    .into_iter()
                    .collect()
            }
        }
    }
}

impl Details {
    fn with(self, fold: u8, mended: bool, value: &str) -> Self {
        assert!(mended || value != PANIC, "the fold was told to panic");
        let fold = if fold == 1 { Fold::First } else { Fold::Second };
        Self { value: value.to_owned(), sum: self.sum + weight(value, fold), n: self.n + 1 }
    }
}
