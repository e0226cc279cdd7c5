//! A person of the workspace: how they are called, reached and spoken to, and what they may do.
//!
//! | Command | Unintroduced | Invited | Active | Removed |
//! |---|---|---|---|---|
//! | introduce | introduced | introduced | already introduced | removed |
//! | rename, change e-mail, change settings | not introduced | the fact, or nothing if it is so already | likewise | removed |
//! | invite | invited, granted | granted | granted | invited, granted |
//! | regrant | found, held, granted, revoked | held, granted, revoked | likewise | removed |
//! | remove | found, held, revoked, removed | held, revoked, removed | likewise | nothing |
//!
//! Each person keeps their own record, whose id is the `sub` of their access token, and always has a
//! name. What they may do is the admins' to say: the last three orders are theirs alone, and granted
//! and revoked are only what changes. The directory decides what a token says; the log tells who
//! granted it, when and why. What the directory gave without the log is told as held, and a person
//! of whom it never told as found, with the first order that an admin gives.

mod descriptor;
mod rights;
mod shapes;

pub use shapes::{Mailbox, Member, Name, Profile, Settings};

use crate::{Action, Descriptor, Input, Origin, RecordType, Summary};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
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
    Invite { member: Member, grant: Vec<String> },
    Regrant { member: Member, grant: Vec<String>, revoke: Vec<String> },
    Remove { member: Member },
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
    Invited { personal: Personal<Profile>, owner: ActorId },
    Found { personal: Personal<Profile>, owner: ActorId },
    Held { group: String },
    Granted { group: String },
    Revoked { group: String },
    Removed {},
}

/// What is known of a person.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", content = "person", rename_all = "snake_case")]
pub enum State {
    /// Nothing has happened yet.
    #[default]
    Unintroduced,
    /// The person belongs to the workspace and has not said yet who they are.
    Invited(Details),
    /// The person has signed in at least once.
    Active(Details),
    /// An admin took the person out of the workspace; they can be invited again.
    Removed(Details),
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
    /// The rights that were granted or held, and not revoked since.
    pub groups: BTreeSet<String>,
    /// The rights that were revoked, and not granted since.
    pub revoked: BTreeSet<String>,
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
    #[error("this person was taken out of the workspace; an admin can invite them again")]
    PersonRemoved,
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
        ("invited", Schema(1)),
        ("found", Schema(1)),
        ("held", Schema(1)),
        ("granted", Schema(1)),
        ("revoked", Schema(1)),
        ("removed", Schema(1)),
    ];
    const HISTORIES: &'static [&'static str] =
        &[include_str!("golden/history.1.json"), include_str!("golden/history.2.json")];
    const ADMINISTRATION: &'static [Action] = descriptor::ADMINISTRATION;

    fn decide(state: &State, command: Command) -> Result<Vec<Event>, Rejection> {
        match (state, command) {
            (State::Unintroduced, Command::Introduce { profile, settings, owner }) => {
                Ok(vec![Event::Introduced { personal: Personal::Known(profile), settings, owner }])
            }
            (State::Unintroduced | State::Removed(_), Command::Invite { member, grant }) => {
                Ok(rights::invited(state.details(), member, &grant))
            }
            (State::Unintroduced, Command::Regrant { member, grant, revoke }) => {
                Ok(rights::found(&member, |details| {
                    rights::regranted(details, &member.held, &grant, &revoke)
                }))
            }
            (State::Unintroduced, Command::Remove { member }) => {
                Ok(rights::found(&member, |details| rights::removed(details, &member.held)))
            }
            (State::Unintroduced, _) => Err(Rejection::NotIntroduced),
            (State::Removed(_), Command::Remove { .. }) => Ok(Vec::new()),
            (State::Removed(_), _) => Err(Rejection::PersonRemoved),
            (State::Invited(details), Command::Introduce { profile, settings, .. }) => {
                let (personal, owner) = (Personal::Known(profile), details.owner.clone());
                Ok(vec![Event::Introduced { personal, settings, owner }])
            }
            (State::Active(_), Command::Introduce { .. }) => Err(Rejection::AlreadyIntroduced),
            (State::Invited(details) | State::Active(details), command) => {
                changed(details, command)
            }
        }
    }

    fn evolve(state: State, event: &Event) -> State {
        match (state, event) {
            (State::Unintroduced, Event::Introduced { personal, settings, owner }) => {
                State::Active(Details::of(personal, owner).set(settings))
            }
            (
                State::Unintroduced,
                Event::Invited { personal, owner } | Event::Found { personal, owner },
            ) => State::Invited(Details::of(personal, owner)),
            (State::Unintroduced, _) => State::Unintroduced,
            (State::Invited(details), Event::Introduced { personal, settings, .. }) => {
                State::Active(details.told(personal).set(settings))
            }
            (State::Invited(details) | State::Active(details), Event::Removed {}) => {
                State::Removed(details)
            }
            (State::Removed(details), Event::Invited { personal, .. }) => {
                State::Invited(details.told(personal))
            }
            (State::Invited(details), event) => State::Invited(details.with(event)),
            (State::Active(details), event) => State::Active(details.with(event)),
            (State::Removed(details), event) => State::Removed(details.with(event)),
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
        if let State::Invited(details) = state
            && let Some(display_name) = patch.text("display_name")
        {
            // Who was invited says who they are: that is their introduction.
            let email = details.email.as_ref().and_then(Personal::known).cloned();
            let profile = Profile { display_name, email: patch.patched("email", email) };
            let settings = Settings::patched(Some(details), patch);
            return vec![Command::Introduce { profile, settings, owner: details.owner.clone() }];
        }
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

    fn administer(order: &str, input: &Input, _: &Origin) -> Option<Command> {
        let member = Member::of(input)?;
        let (grant, revoke) = (input.words("grant"), input.words("revoke"));
        match order {
            "invite" => Some(Command::Invite { member, grant }),
            "regrant" => Some(Command::Regrant { member, grant, revoke }),
            "remove" => Some(Command::Remove { member }),
            _ => None,
        }
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
            .map(|details| crate::contract::fields_of(details, &["owner", "revoked"]))
            .unwrap_or_default()
    }
}

/// What a command means for a person who is known and has not been taken out. Commands that need
/// another state do not come here.
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
        Command::Invite { member, grant } => {
            return Ok(rights::regranted(details, &member.held, &grant, &[]));
        }
        Command::Regrant { member, grant, revoke } => {
            return Ok(rights::regranted(details, &member.held, &grant, &revoke));
        }
        Command::Remove { member } => return Ok(rights::removed(details, &member.held)),
        Command::Introduce { .. } => None,
    };
    Ok(event.into_iter().collect())
}

impl State {
    fn details(&self) -> Option<&Details> {
        match self {
            Self::Unintroduced => None,
            Self::Invited(details) | Self::Active(details) | Self::Removed(details) => {
                Some(details)
            }
        }
    }

    fn status(&self) -> &'static str {
        match self {
            Self::Unintroduced => "unintroduced",
            Self::Invited(_) => "invited",
            Self::Active(_) => "active",
            Self::Removed(_) => "removed",
        }
    }
}

impl Details {
    fn of(personal: &Personal<Profile>, owner: &ActorId) -> Self {
        Self {
            display_name: personal.map(|profile| profile.display_name.clone()),
            email: personal.map(|profile| profile.email.clone()).transpose(),
            locale: None,
            time_zone: None,
            owner: owner.clone(),
            groups: BTreeSet::new(),
            revoked: BTreeSet::new(),
        }
    }

    fn told(self, personal: &Personal<Profile>) -> Self {
        let Self { display_name, email, .. } = Self::of(personal, &self.owner);
        Self { display_name, email, ..self }
    }

    fn set(mut self, Settings { locale, time_zone }: &Settings) -> Self {
        self.locale.clone_from(locale);
        self.time_zone.clone_from(time_zone);
        self
    }

    fn with(mut self, event: &Event) -> Self {
        match event {
            Event::Renamed { personal } => {
                self.display_name = personal.map(|new| new.display_name.clone());
            }
            Event::EmailChanged { personal } => {
                self.email = personal.map(|new| new.email.clone()).transpose();
            }
            Event::SettingsChanged(settings) => return self.set(settings),
            Event::Held { group } | Event::Granted { group } => {
                self.revoked.remove(group);
                self.groups.insert(group.clone());
            }
            Event::Revoked { group } => {
                self.groups.remove(group);
                self.revoked.insert(group.clone());
            }
            // Whoever is known already is not introduced, invited or found again; being removed
            // changes the status, not the fields.
            Event::Introduced { .. }
            | Event::Invited { .. }
            | Event::Found { .. }
            | Event::Removed {} => {}
        }
        self
    }

    fn settings(&self) -> Settings {
        Settings { locale: self.locale.clone(), time_zone: self.time_zone.clone() }
    }
}

#[cfg(test)]
mod tests;
