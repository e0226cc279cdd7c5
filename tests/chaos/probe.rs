//! A record type for the schedules: its fold depends on order, can fail for a while, and can change.

use events::{
    Action, Descriptor, Field, Input, Keeping, Kind, Of, Origin, Reason, RecordType, Registry,
    Status, Summary,
};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use std::cell::Cell;
use std::sync::{Arc, LazyLock};
use vocabulary::Schema;

thread_local! {
    /// Whether commits with a poisonous value fail to fold on this thread right now.
    static POISONOUS: Cell<bool> = const { Cell::new(false) };
}

/// Sets whether poisonous commits fail to fold on this thread.
pub(super) fn set_poisonous(on: bool) {
    POISONOUS.set(on);
}

/// What a panicking fold says, so that the test's panic hook can keep quiet about it.
pub(super) const PANIC: &str = "a probe panics as it should";

/// A registry with the probe alone, folding one way or the other.
pub(super) fn registry(fold: Fold) -> Arc<Registry> {
    static FIRST: LazyLock<Arc<Registry>> =
        LazyLock::new(|| Arc::new(Registry::new(&[&Of::<Probe<31>>::NEW])));
    static SECOND: LazyLock<Arc<Registry>> =
        LazyLock::new(|| Arc::new(Registry::new(&[&Of::<Probe<37>>::NEW])));
    match fold {
        Fold::First => FIRST.clone(),
        Fold::Second => SECOND.clone(),
    }
}

/// Which way a probe folds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fold {
    First,
    Second,
}

#[derive(Debug)]
pub(super) enum Probe<const FACTOR: u64> {}

#[derive(Debug, Clone)]
pub(super) enum Command {
    Start(String),
    Note(String),
    Finish,
    Reopen,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub(super) enum Event {
    Started { value: Word },
    Noted { value: Word },
    Finished {},
    Reopened {},
}

/// A value that cannot be read while it is poisonous.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Word(String);

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        if word.starts_with("poison") && POISONOUS.get() {
            return Err(D::Error::custom("poison"));
        }
        Ok(Self(word))
    }
}

/// How many values there were, and a number that tells their order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Tally {
    n: u64,
    trail: u64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", content = "tally", rename_all = "snake_case")]
pub(super) enum State {
    #[default]
    Absent,
    Open(Tally),
    Done(Tally),
}

#[derive(Debug, Serialize, thiserror::Error)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub(super) enum Rejection {
    #[error("there is no such probe")]
    Absent,
    #[error("there is such a probe already")]
    Started,
}

impl<const FACTOR: u64> RecordType for Probe<FACTOR> {
    type Command = Command;
    type Event = Event;
    type State = State;
    type Rejection = Rejection;

    const DESCRIPTOR: &'static Descriptor = &Descriptor {
        name: "probe",
        plural: "probes",
        label: "Probe",
        plural_label: "Probes",
        title: "value",
        statuses: &[
            Status { name: "open", label: "Open", ended: false },
            Status { name: "done", label: "Done", ended: false },
        ],
        fields: &[Field::optional("value", "Value", Kind::Line { max: 40 }).required().listed()],
        actions: &[
            action("note", &[Field::optional("value", "Value", Kind::Line { max: 40 }).required()]),
            action("finish", &[]),
            action("reopen", &[]),
        ],
        ending: None,
        reinstating: None,
        keeping: Keeping::Editors,
    };
    const SCHEMAS: &'static [(&'static str, Schema)] = &[
        ("started", Schema(1)),
        ("noted", Schema(1)),
        ("finished", Schema(1)),
        ("reopened", Schema(1)),
    ];
    const HISTORIES: &'static [&'static str] = &[
        r#"[{"type":"started","schema":1,"data":{"value":"a"}},{"type":"noted","schema":1,"data":{"value":"b"}},
            {"type":"finished","schema":1,"data":{}},{"type":"reopened","schema":1,"data":{}}]"#,
    ];

    fn decide(state: &State, command: Command) -> Result<Vec<Event>, Rejection> {
        match (state, command) {
            (State::Absent, Command::Start(value)) => {
                Ok(vec![Event::Started { value: Word(value) }])
            }
            (State::Open(_) | State::Done(_), Command::Start(_)) => Err(Rejection::Started),
            (State::Absent, _) => Err(Rejection::Absent),
            (_, Command::Note(value)) => Ok(vec![Event::Noted { value: Word(value) }]),
            (State::Open(_), Command::Finish) => Ok(vec![Event::Finished {}]),
            (State::Done(_), Command::Reopen) => Ok(vec![Event::Reopened {}]),
            (State::Done(_), Command::Finish) | (State::Open(_), Command::Reopen) => Ok(vec![]),
        }
    }

    fn evolve(state: State, event: &Event) -> State {
        match (state, event) {
            (State::Absent, Event::Started { value }) => {
                State::Open(Tally::default().and::<FACTOR>(value))
            }
            (State::Open(tally), Event::Noted { value }) => State::Open(tally.and::<FACTOR>(value)),
            (State::Done(tally), Event::Noted { value }) => State::Done(tally.and::<FACTOR>(value)),
            (State::Open(tally), Event::Finished {}) => State::Done(tally),
            (State::Done(tally), Event::Reopened {}) => State::Open(tally),
            (state, _) => state,
        }
    }

    fn create(input: &Input, _origin: &Origin) -> Command {
        Command::Start(input.text("value").unwrap_or_default())
    }

    fn edit(_state: &State, patch: &Input) -> Vec<Command> {
        patch.text("value").map(Command::Note).into_iter().collect()
    }

    fn act(action: &str, input: &Input, _origin: &Origin) -> Option<Command> {
        match action {
            "note" => Some(Command::Note(input.text("value").unwrap_or_default())),
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
        Some(Summary { status, owner: None, fields: Map::new() })
    }

    fn details(state: &State) -> Map<String, Value> {
        let (State::Open(tally) | State::Done(tally)) = state else { return Map::new() };
        Map::from_iter([("value".to_owned(), tally.trail.into())])
    }
}

const fn action(name: &'static str, fields: &'static [Field]) -> Action {
    Action { name, label: name, from: &["open", "done"], reason: Reason::Optional, fields }
}

impl Tally {
    fn and<const FACTOR: u64>(self, Word(word): &Word) -> Self {
        assert!(!(word.starts_with("panic") && POISONOUS.get()), "{PANIC}");
        let value =
            word.bytes().fold(7_u64, |sum, byte| sum.wrapping_mul(131).wrapping_add(byte.into()));
        let trail = self.trail.wrapping_mul(FACTOR).wrapping_add(value) % (1 << 52);
        Self { n: self.n + 1, trail }
    }
}
