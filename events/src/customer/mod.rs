//! A customer: a person or company whose record somebody keeps.
//!
//! | Command | Unregistered | Active | Archived |
//! |---|---|---|---|
//! | register | registered | already registered | already registered |
//! | rename, change contact, move, retag, annotate, hand over | not registered | the fact, or nothing if it is so already | archived |
//! | archive | not registered | archived; a reason is needed | nothing |
//! | reinstate | not registered | nothing | reinstated |
//!
//! A customer who could once be reached by e-mail or telephone stays reachable, an address names a
//! place, and there is always somebody who answers for an active customer.

mod descriptor;
mod shapes;

pub use shapes::{Address, Card, Contact, Name, Notes, Place};

use crate::{Descriptor, Input, Origin, RecordType, Summary};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use vocabulary::{ActorId, Personal, Schema};

/// The record type.
#[derive(Debug)]
pub enum Customer {}

/// Orders to a customer's record.
#[derive(Debug, Clone)]
#[expect(
    missing_docs,
    reason = "the names are the documentation; the rules are in the module's table"
)]
pub enum Command {
    Register { card: Card, tags: Vec<String>, owner: ActorId },
    Rename { name: Option<String> },
    ChangeContact { contact: Contact },
    Move { address: Option<Address> },
    Annotate { notes: Option<String> },
    Retag { tags: Vec<String> },
    HandOver { to: Option<ActorId> },
    Archive { reason: Option<String> },
    Reinstate,
}

/// Facts of a customer's record. Stored: see `golden/`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the documentation; shapes.rs says what they hold")]
pub enum Event {
    Registered { personal: Personal<Card>, tags: Vec<String>, owner: ActorId },
    Renamed { personal: Personal<Name> },
    ContactChanged { personal: Personal<Contact> },
    Moved { personal: Personal<Place> },
    Annotated { personal: Personal<Notes> },
    Tagged { added: Vec<String>, removed: Vec<String> },
    HandedOver { to: ActorId },
    Archived {},
    Reinstated {},
}

/// What is known of a customer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", content = "customer", rename_all = "snake_case")]
pub enum State {
    /// Nothing has happened yet.
    #[default]
    Unregistered,
    /// The record is in use.
    Active(Details),
    /// The record has ended; it can be reinstated.
    Archived(Details),
}

/// The fields of a customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the descriptor says what the fields are")]
pub struct Details {
    pub name: Personal<String>,
    pub email: Option<Personal<String>>,
    pub phone: Option<Personal<String>>,
    pub company: Option<Personal<String>>,
    pub address: Option<Personal<Address>>,
    pub notes: Option<Personal<String>>,
    pub tags: Vec<String>,
    pub owner: ActorId,
}

/// The rules that can say no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "rule", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the messages are the documentation")]
pub enum Rejection {
    #[error("this customer is registered already")]
    AlreadyRegistered,
    #[error("there is no such customer")]
    NotRegistered,
    #[error("an archived customer cannot be changed; reinstate it first")]
    CustomerArchived,
    #[error("archiving a customer needs a reason")]
    ReasonNeeded,
    #[error("a customer needs a name")]
    NameNeeded,
    #[error(
        "a customer who can be reached must stay reachable: keep an e-mail address or a telephone number"
    )]
    Unreachable,
    #[error("an address needs a city or a postal code")]
    AddressWithoutPlace,
    #[error("somebody has to answer for a customer; name the new owner")]
    OwnerNeeded,
}

impl RecordType for Customer {
    type Command = Command;
    type Event = Event;
    type State = State;
    type Rejection = Rejection;

    const DESCRIPTOR: &'static Descriptor = &descriptor::DESCRIPTOR;
    const SCHEMAS: &'static [(&'static str, Schema)] = &[
        ("registered", Schema(1)),
        ("renamed", Schema(1)),
        ("contact_changed", Schema(1)),
        ("moved", Schema(1)),
        ("annotated", Schema(1)),
        ("tagged", Schema(1)),
        ("handed_over", Schema(1)),
        ("archived", Schema(1)),
        ("reinstated", Schema(1)),
    ];
    const HISTORIES: &'static [&'static str] = &[include_str!("golden/history.1.json")];

    fn decide(state: &State, command: Command) -> Result<Vec<Event>, Rejection> {
        match (state, command) {
            (State::Unregistered, Command::Register { card, tags, owner }) => {
                with_place(card.address.as_ref())?;
                Ok(vec![Event::Registered { personal: Personal::Known(card), tags, owner }])
            }
            (State::Active(_) | State::Archived(_), Command::Register { .. }) => {
                Err(Rejection::AlreadyRegistered)
            }
            (State::Unregistered, _) => Err(Rejection::NotRegistered),
            (State::Active(_), Command::Archive { reason }) => match reason {
                Some(_) => Ok(vec![Event::Archived {}]),
                None => Err(Rejection::ReasonNeeded),
            },
            (State::Archived(_), Command::Archive { .. })
            | (State::Active(_), Command::Reinstate) => Ok(Vec::new()),
            (State::Archived(_), Command::Reinstate) => Ok(vec![Event::Reinstated {}]),
            (State::Archived(_), _) => Err(Rejection::CustomerArchived),
            (State::Active(details), command) => changed(details, command),
        }
    }

    fn evolve(state: State, event: &Event) -> State {
        match (state, event) {
            (State::Unregistered, Event::Registered { personal, tags, owner }) => {
                State::Active(Details::registered(personal, tags, owner))
            }
            (State::Unregistered, _) => State::Unregistered,
            (State::Active(details), Event::Archived {}) => State::Archived(details),
            (State::Archived(details), Event::Reinstated {}) => State::Active(details),
            (State::Active(details), event) => State::Active(details.with(event)),
            (State::Archived(details), event) => State::Archived(details.with(event)),
        }
    }

    fn create(input: &Input, origin: &Origin) -> Command {
        Command::Register {
            card: Card::of(input),
            tags: input.words("tags"),
            owner: origin.actor.clone(),
        }
    }

    fn edit(state: &State, patch: &Input) -> Vec<Command> {
        let details = state.details();
        let mut commands = Vec::new();
        if patch.mentions("name") {
            commands.push(Command::Rename { name: patch.text("name") });
        }
        if ["email", "phone", "company"].iter().any(|field| patch.mentions(field)) {
            commands.push(Command::ChangeContact { contact: Contact::patched(details, patch) });
        }
        if patch.mentions("address") {
            let current = details.and_then(|details| known(details.address.as_ref()));
            let address = patch.group("address").map(|group| Address::patched(current, &group));
            commands.push(Command::Move { address });
        }
        if patch.mentions("notes") {
            commands.push(Command::Annotate { notes: patch.text("notes") });
        }
        if patch.mentions("tags") {
            commands.push(Command::Retag { tags: patch.words("tags") });
        }
        commands
    }

    fn act(action: &str, input: &Input, origin: &Origin) -> Option<Command> {
        match action {
            "archive" => Some(Command::Archive { reason: origin.reason.clone() }),
            "reinstate" => Some(Command::Reinstate),
            "hand_over" => {
                let to = input.text("to").and_then(|id| ActorId::parse(&id).ok());
                Some(Command::HandOver { to })
            }
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
            .map(|details| crate::contract::fields_of(details, &["owner"]))
            .unwrap_or_default()
    }
}

/// What a command means for an active customer. Commands that need another state do not come here.
fn changed(details: &Details, command: Command) -> Result<Vec<Event>, Rejection> {
    let event = match command {
        Command::Rename { name } => {
            let name = name.ok_or(Rejection::NameNeeded)?;
            let changes = details.name.known() != Some(&name);
            changes.then_some(Event::Renamed { personal: Personal::Known(Name { name }) })
        }
        Command::ChangeContact { contact } => {
            if details.is_reachable() && contact.email.is_none() && contact.phone.is_none() {
                return Err(Rejection::Unreachable);
            }
            let changes = details.contact() != contact || details.contact_is_erased();
            changes.then_some(Event::ContactChanged { personal: Personal::Known(contact) })
        }
        Command::Move { address } => {
            with_place(address.as_ref())?;
            let address = address.filter(|address| *address != Address::default());
            let changes = details.address != address.clone().map(Personal::Known);
            changes.then_some(Event::Moved { personal: Personal::Known(Place { address }) })
        }
        Command::Annotate { notes } => {
            let changes = details.notes != notes.clone().map(Personal::Known);
            changes.then_some(Event::Annotated { personal: Personal::Known(Notes { notes }) })
        }
        Command::Retag { tags } => retagged(&details.tags, &tags),
        Command::HandOver { to } => {
            let to = to.ok_or(Rejection::OwnerNeeded)?;
            (details.owner != to).then_some(Event::HandedOver { to })
        }
        Command::Register { .. } | Command::Archive { .. } | Command::Reinstate => None,
    };
    Ok(event.into_iter().collect())
}

fn retagged(current: &[String], wanted: &[String]) -> Option<Event> {
    let missing_in = |these: &[String], those: &[String]| -> Vec<String> {
        these.iter().filter(|tag| !those.contains(tag)).cloned().collect()
    };
    let added = missing_in(wanted, current);
    let removed = missing_in(current, wanted);
    (!added.is_empty() || !removed.is_empty()).then_some(Event::Tagged { added, removed })
}

fn with_place(address: Option<&Address>) -> Result<(), Rejection> {
    match address {
        Some(address) if *address != Address::default() && !address.names_a_place() => {
            Err(Rejection::AddressWithoutPlace)
        }
        Some(_) | None => Ok(()),
    }
}

fn known<T>(value: Option<&Personal<T>>) -> Option<&T> {
    value.and_then(Personal::known)
}

impl State {
    fn details(&self) -> Option<&Details> {
        match self {
            Self::Unregistered => None,
            Self::Active(details) | Self::Archived(details) => Some(details),
        }
    }

    fn status(&self) -> &'static str {
        match self {
            Self::Unregistered => "unregistered",
            Self::Active(_) => "active",
            Self::Archived(_) => "archived",
        }
    }
}

impl Details {
    fn registered(card: &Personal<Card>, tags: &[String], owner: &ActorId) -> Self {
        Self {
            name: card.map(|card| card.name.clone()),
            email: card.map(|card| card.email.clone()).transpose(),
            phone: card.map(|card| card.phone.clone()).transpose(),
            company: card.map(|card| card.company.clone()).transpose(),
            address: card.map(|card| card.address.clone()).transpose(),
            notes: card.map(|card| card.notes.clone()).transpose(),
            tags: tags.to_vec(),
            owner: owner.clone(),
        }
    }

    fn with(mut self, event: &Event) -> Self {
        match event {
            Event::Renamed { personal } => self.name = personal.map(|new| new.name.clone()),
            Event::ContactChanged { personal } => {
                self.email = personal.map(|new| new.email.clone()).transpose();
                self.phone = personal.map(|new| new.phone.clone()).transpose();
                self.company = personal.map(|new| new.company.clone()).transpose();
            }
            Event::Moved { personal } => {
                self.address = personal.map(|new| new.address.clone()).transpose();
            }
            Event::Annotated { personal } => {
                self.notes = personal.map(|new| new.notes.clone()).transpose();
            }
            Event::Tagged { added, removed } => {
                self.tags.retain(|tag| !removed.contains(tag) && !added.contains(tag));
                self.tags.extend(added.iter().cloned());
            }
            Event::HandedOver { to } => self.owner = to.clone(),
            // These change the status, not the fields.
            Event::Registered { .. } | Event::Archived {} | Event::Reinstated {} => {}
        }
        self
    }

    fn contact(&self) -> Contact {
        Contact {
            email: known(self.email.as_ref()).cloned(),
            phone: known(self.phone.as_ref()).cloned(),
            company: known(self.company.as_ref()).cloned(),
        }
    }

    fn contact_is_erased(&self) -> bool {
        [&self.email, &self.phone, &self.company].contains(&&Some(Personal::Erased))
    }

    fn is_reachable(&self) -> bool {
        let Contact { email, phone, company: _ } = self.contact();
        email.is_some() || phone.is_some()
    }
}

#[cfg(test)]
mod tests;
