//! A person who signs in: how they are called, reached and spoken to.
//!
//! | Command | Unintroduced | Active |
//! |---|---|---|
//! | introduce | introduced | already introduced |
//! | rename, change e-mail, change settings | not introduced | the fact, or nothing if it is so already |
//!
//! Each person keeps their own record, whose id is the `sub` of their access token, and always has a
//! name.

mod descriptor;
mod shapes;

pub use shapes::{Mailbox, Name, Profile, Settings};

use crate::{Descriptor, Input, Origin, RecordType, Summary};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use vocabulary::{ActorId, Personal, Schema};

/// The record type.
#[derive(Debug)]
pub enum Person {}

/// Orders to a person's record.
#[derive(Debug, Clone)]
#[expect(
    missing_docs,
    reason = "the names are the documentation; the rules are in the module's table"
)]
pub enum Command {
    Introduce { profile: Profile, settings: Settings, owner: ActorId },
    Rename { display_name: Option<String> },
    ChangeEmail { email: Option<String> },
    ChangeSettings { settings: Settings },
}

/// Facts of a person's record. Stored: see `golden/`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the documentation; shapes.rs says what they hold")]
pub enum Event {
    Introduced { personal: Personal<Profile>, settings: Settings, owner: ActorId },
    Renamed { personal: Personal<Name> },
    EmailChanged { personal: Personal<Mailbox> },
    SettingsChanged(Settings),
}

/// What is known of a person.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", content = "person", rename_all = "snake_case")]
pub enum State {
    /// Nothing has happened yet.
    #[default]
    Unintroduced,
    /// The person has signed in at least once.
    Active(Details),
}

/// The fields of a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the descriptor says what the fields are")]
pub struct Details {
    pub display_name: Personal<String>,
    pub email: Option<Personal<String>>,
    pub locale: Option<String>,
    pub time_zone: Option<String>,
    pub owner: ActorId,
}

/// The rules that can say no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "rule", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the messages are the documentation")]
pub enum Rejection {
    #[error("this person is introduced already")]
    AlreadyIntroduced,
    #[error("there is no such person")]
    NotIntroduced,
    #[error("a person needs a name")]
    NameNeeded,
}

impl RecordType for Person {
    type Command = Command;
    type Event = Event;
    type State = State;
    type Rejection = Rejection;

    const DESCRIPTOR: &'static Descriptor = &descriptor::DESCRIPTOR;
    const SCHEMAS: &'static [(&'static str, Schema)] = &[
        ("introduced", Schema(1)),
        ("renamed", Schema(1)),
        ("email_changed", Schema(1)),
        ("settings_changed", Schema(1)),
    ];
    const HISTORIES: &'static [&'static str] = &[include_str!("golden/history.1.json")];

    fn decide(state: &State, command: Command) -> Result<Vec<Event>, Rejection> {
        match (state, command) {
            (State::Unintroduced, Command::Introduce { profile, settings, owner }) => {
                Ok(vec![Event::Introduced { personal: Personal::Known(profile), settings, owner }])
            }
            (State::Unintroduced, _) => Err(Rejection::NotIntroduced),
            (State::Active(_), Command::Introduce { .. }) => Err(Rejection::AlreadyIntroduced),
            (State::Active(details), command) => changed(details, command),
        }
    }

    fn evolve(state: State, event: &Event) -> State {
        match (state, event) {
            (State::Unintroduced, Event::Introduced { personal, settings, owner }) => {
                State::Active(Details {
                    display_name: personal.map(|profile| profile.display_name.clone()),
                    email: personal.map(|profile| profile.email.clone()).transpose(),
                    locale: settings.locale.clone(),
                    time_zone: settings.time_zone.clone(),
                    owner: owner.clone(),
                })
            }
            (State::Unintroduced, _) => State::Unintroduced,
            (State::Active(details), event) => State::Active(details.with(event)),
        }
    }

    fn create(input: &Input, origin: &Origin) -> Command {
        Command::Introduce {
            profile: Profile::of(input),
            settings: Settings::patched(None, input),
            owner: origin.actor.clone(),
        }
    }

    fn edit(state: &State, patch: &Input) -> Vec<Command> {
        let mut commands = Vec::new();
        if patch.mentions("display_name") {
            commands.push(Command::Rename { display_name: patch.text("display_name") });
        }
        if patch.mentions("email") {
            commands.push(Command::ChangeEmail { email: patch.text("email") });
        }
        if ["locale", "time_zone"].iter().any(|field| patch.mentions(field)) {
            let settings = Settings::patched(state.details(), patch);
            commands.push(Command::ChangeSettings { settings });
        }
        commands
    }

    fn act(_: &str, _: &Input, _: &Origin) -> Option<Command> {
        None
    }

    fn summary(state: &State) -> Option<Summary> {
        let details = state.details()?;
        let mut fields = Self::details(state);
        fields.retain(|name, _| Self::DESCRIPTOR.lists(name));
        Some(Summary { status: state.status(), owner: Some(details.owner.clone()), fields })
    }

    fn details(state: &State) -> Map<String, Value> {
        state
            .details()
            .map(|details| crate::contract::fields_of(details, &["owner"]))
            .unwrap_or_default()
    }
}

/// What a command means for a person who is known. Commands that need another state do not come
/// here.
fn changed(details: &Details, command: Command) -> Result<Vec<Event>, Rejection> {
    let event = match command {
        Command::Rename { display_name } => {
            let display_name = display_name.ok_or(Rejection::NameNeeded)?;
            let changes = details.display_name.known() != Some(&display_name);
            changes.then_some(Event::Renamed { personal: Personal::Known(Name { display_name }) })
        }
        Command::ChangeEmail { email } => {
            // An address that was erased can be removed like any other.
            let changes = details.email != email.clone().map(Personal::Known);
            changes.then_some(Event::EmailChanged { personal: Personal::Known(Mailbox { email }) })
        }
        Command::ChangeSettings { settings } => {
            (details.settings() != settings).then_some(Event::SettingsChanged(settings))
        }
        Command::Introduce { .. } => None,
    };
    Ok(event.into_iter().collect())
}

impl State {
    fn details(&self) -> Option<&Details> {
        match self {
            Self::Unintroduced => None,
            Self::Active(details) => Some(details),
        }
    }

    fn status(&self) -> &'static str {
        match self {
            Self::Unintroduced => "unintroduced",
            Self::Active(_) => "active",
        }
    }
}

impl Details {
    fn with(mut self, event: &Event) -> Self {
        match event {
            Event::Renamed { personal } => {
                self.display_name = personal.map(|new| new.display_name.clone());
            }
            Event::EmailChanged { personal } => {
                self.email = personal.map(|new| new.email.clone()).transpose();
            }
            Event::SettingsChanged(Settings { locale, time_zone }) => {
                self.locale.clone_from(locale);
                self.time_zone.clone_from(time_zone);
            }
            // Whoever is known already is not introduced again.
            Event::Introduced { .. } => {}
        }
        self
    }

    fn settings(&self) -> Settings {
        Settings { locale: self.locale.clone(), time_zone: self.time_zone.clone() }
    }
}

#[cfg(test)]
mod tests;
