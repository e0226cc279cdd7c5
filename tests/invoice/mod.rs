//! An invoice: what a customer is asked to pay.
//!
//! | Command | Absent | Draft | Issued | Paid | Cancelled |
//! |---|---|---|---|---|---|
//! | draft | drafted | already drafted | already drafted | already drafted | already drafted |
//! | reword, bill, price, defer, annotate | not drafted | the fact, or nothing if it is so already | issued | paid | cancelled |
//! | issue | not drafted | issued; customer, total and due day are needed | nothing | nothing | cancelled |
//! | pay | not drafted | not issued | paid | nothing | cancelled |
//! | cancel | not drafted | cancelled; a reason is needed | cancelled; a reason is needed | paid | nothing |
//!
//! What was sent to a customer is not changed any more: it is paid, or cancelled and drafted anew.

mod descriptor;
mod shapes;

pub use shapes::{Money, Notes, Subject, Wording};

use crate::{Descriptor, Input, Origin, RecordType, Summary};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use vocabulary::{ActorId, Personal, RecordId, Schema};

/// The record type.
#[derive(Debug)]
pub enum Invoice {}

/// Orders to an invoice's record.
#[derive(Debug, Clone)]
#[expect(
    missing_docs,
    reason = "the names are the documentation; the rules are in the module's table"
)]
pub enum Command {
    Draft {
        wording: Wording,
        customer_id: Option<RecordId>,
        total: Option<String>,
        due_on: Option<String>,
        owner: ActorId,
    },
    Reword {
        subject: Option<String>,
    },
    Bill {
        customer_id: Option<RecordId>,
    },
    Price {
        total: Option<String>,
    },
    Defer {
        due_on: Option<String>,
    },
    Annotate {
        notes: Option<String>,
    },
    Issue,
    Pay {
        paid_on: String,
    },
    Cancel {
        reason: Option<String>,
    },
}

/// Facts of an invoice's record. Stored: see `golden/`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the documentation; shapes.rs says what they hold")]
pub enum Event {
    Drafted {
        personal: Personal<Wording>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        customer_id: Option<RecordId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        total: Option<Money>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due_on: Option<String>,
        owner: ActorId,
    },
    Reworded {
        personal: Personal<Subject>,
    },
    Billed {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        customer_id: Option<RecordId>,
    },
    Priced {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        total: Option<Money>,
    },
    Deferred {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due_on: Option<String>,
    },
    Annotated {
        personal: Personal<Notes>,
    },
    Issued {},
    Paid {
        paid_on: String,
    },
    Cancelled {},
}

/// What is known of an invoice.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", content = "invoice", rename_all = "snake_case")]
pub enum State {
    /// Nothing has happened yet.
    #[default]
    Absent,
    /// It is being written.
    Draft(Details),
    /// It was sent to the customer.
    Issued(Details),
    /// The customer has paid.
    Paid(Details),
    /// Nobody is asked to pay it any more, and the record has ended.
    Cancelled(Details),
}

/// The fields of an invoice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the descriptor says what the fields are")]
pub struct Details {
    pub subject: Personal<String>,
    pub customer_id: Option<RecordId>,
    pub total: Option<Money>,
    pub due_on: Option<String>,
    pub notes: Option<Personal<String>>,
    pub owner: ActorId,
}

/// The rules that can say no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "rule", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the messages are the documentation")]
pub enum Rejection {
    #[error("this invoice is drafted already")]
    AlreadyDrafted,
    #[error("there is no such invoice")]
    NotDrafted,
    #[error("an invoice needs a subject")]
    SubjectNeeded,
    #[error("a total is an amount and a currency, such as 1250.00 EUR")]
    TotalUnreadable,
    #[error("an invoice is issued to a customer, over a total and with a day on which it is due")]
    Incomplete,
    #[error("an invoice is paid after it was issued")]
    NotIssued,
    #[error("cancelling an invoice needs a reason")]
    ReasonNeeded,
    #[error("an issued invoice cannot be changed; cancel it and draft another")]
    InvoiceIssued,
    #[error("a paid invoice cannot be changed or cancelled")]
    InvoicePaid,
    #[error("a cancelled invoice cannot be changed, issued or paid")]
    InvoiceCancelled,
}

impl RecordType for Invoice {
    type Command = Command;
    type Event = Event;
    type State = State;
    type Rejection = Rejection;

    const DESCRIPTOR: &'static Descriptor = &descriptor::DESCRIPTOR;
    const SCHEMAS: &'static [(&'static str, Schema)] = &[
        ("drafted", Schema(1)),
        ("reworded", Schema(1)),
        ("billed", Schema(1)),
        ("priced", Schema(1)),
        ("deferred", Schema(1)),
        ("annotated", Schema(1)),
        ("issued", Schema(1)),
        ("paid", Schema(1)),
        ("cancelled", Schema(1)),
    ];
    const HISTORIES: &'static [&'static str] =
        &[include_str!("golden/history.1.json"), include_str!("golden/history.2.json")];

    fn decide(state: &State, command: Command) -> Result<Vec<Event>, Rejection> {
        match (state, command) {
            (State::Absent, Command::Draft { wording, customer_id, total, due_on, owner }) => {
                let (personal, total) = (Personal::Known(wording), money(total)?);
                Ok(vec![Event::Drafted { personal, customer_id, total, due_on, owner }])
            }
            (State::Absent, _) => Err(Rejection::NotDrafted),
            (_, Command::Draft { .. }) => Err(Rejection::AlreadyDrafted),
            (State::Issued(_) | State::Paid(_), Command::Issue)
            | (State::Paid(_), Command::Pay { .. })
            | (State::Cancelled(_), Command::Cancel { .. }) => Ok(Vec::new()),
            (State::Draft(details), Command::Issue) => match details.is_complete() {
                true => Ok(vec![Event::Issued {}]),
                false => Err(Rejection::Incomplete),
            },
            (State::Draft(_), Command::Pay { .. }) => Err(Rejection::NotIssued),
            (State::Issued(_), Command::Pay { paid_on }) => Ok(vec![Event::Paid { paid_on }]),
            (State::Draft(_) | State::Issued(_), Command::Cancel { reason }) => match reason {
                Some(_) => Ok(vec![Event::Cancelled {}]),
                None => Err(Rejection::ReasonNeeded),
            },
            (State::Draft(details), command) => changed(details, command),
            (State::Issued(_), _) => Err(Rejection::InvoiceIssued),
            (State::Paid(_), _) => Err(Rejection::InvoicePaid),
            (State::Cancelled(_), _) => Err(Rejection::InvoiceCancelled),
        }
    }

    fn evolve(state: State, event: &Event) -> State {
        match (state, event) {
            (State::Absent, Event::Drafted { personal, customer_id, total, due_on, owner }) => {
                State::Draft(Details {
                    subject: personal.map(|wording| wording.subject.clone()),
                    customer_id: customer_id.clone(),
                    total: total.clone(),
                    due_on: due_on.clone(),
                    notes: personal.map(|wording| wording.notes.clone()).transpose(),
                    owner: owner.clone(),
                })
            }
            (State::Absent, _) => State::Absent,
            (State::Draft(details), Event::Issued {}) => State::Issued(details),
            (State::Issued(details), Event::Paid { .. }) => State::Paid(details),
            (State::Draft(details) | State::Issued(details), Event::Cancelled {}) => {
                State::Cancelled(details)
            }
            (State::Draft(details), event) => State::Draft(details.with(event)),
            (State::Issued(details), event) => State::Issued(details.with(event)),
            (State::Paid(details), event) => State::Paid(details.with(event)),
            (State::Cancelled(details), event) => State::Cancelled(details.with(event)),
        }
    }

    fn create(input: &Input, origin: &Origin) -> Command {
        Command::Draft {
            wording: Wording::of(input),
            customer_id: record(input, "customer_id"),
            total: input.text("total"),
            due_on: input.text("due_on"),
            owner: origin.actor.clone(),
        }
    }

    fn edit(_: &State, patch: &Input) -> Vec<Command> {
        let mut commands = Vec::new();
        if patch.mentions("subject") {
            commands.push(Command::Reword { subject: patch.text("subject") });
        }
        if patch.mentions("customer_id") {
            commands.push(Command::Bill { customer_id: record(patch, "customer_id") });
        }
        if patch.mentions("total") {
            commands.push(Command::Price { total: patch.text("total") });
        }
        if patch.mentions("due_on") {
            commands.push(Command::Defer { due_on: patch.text("due_on") });
        }
        if patch.mentions("notes") {
            commands.push(Command::Annotate { notes: patch.text("notes") });
        }
        commands
    }

    fn act(action: &str, input: &Input, origin: &Origin) -> Option<Command> {
        match action {
            "issue" => Some(Command::Issue),
            "pay" => Some(Command::Pay { paid_on: input.text("paid_on")? }),
            "cancel" => Some(Command::Cancel { reason: origin.reason.clone() }),
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
        let Some(details) = state.details() else { return Map::new() };
        let mut fields = crate::contract::fields_of(details, &["owner"]);
        if let Some(total) = &details.total {
            fields.insert("total".to_owned(), total.to_string().into());
        }
        fields
    }
}

/// What a command means for a draft. Commands that need another state do not come here.
fn changed(details: &Details, command: Command) -> Result<Vec<Event>, Rejection> {
    let event = match command {
        Command::Reword { subject } => {
            let subject = subject.ok_or(Rejection::SubjectNeeded)?;
            let changes = details.subject.known() != Some(&subject);
            changes.then_some(Event::Reworded { personal: Personal::Known(Subject { subject }) })
        }
        Command::Bill { customer_id } => {
            (details.customer_id != customer_id).then_some(Event::Billed { customer_id })
        }
        Command::Price { total } => {
            let total = money(total)?;
            (details.total != total).then_some(Event::Priced { total })
        }
        Command::Defer { due_on } => {
            (details.due_on != due_on).then_some(Event::Deferred { due_on })
        }
        Command::Annotate { notes } => {
            // Notes that were erased can be removed like any others.
            let changes = details.notes != notes.clone().map(Personal::Known);
            changes.then_some(Event::Annotated { personal: Personal::Known(Notes { notes }) })
        }
        Command::Draft { .. } | Command::Issue | Command::Pay { .. } | Command::Cancel { .. } => {
            None
        }
    };
    Ok(event.into_iter().collect())
}

/// The amount that a text says, if there is a text.
fn money(text: Option<String>) -> Result<Option<Money>, Rejection> {
    text.map(|text| Money::parse(&text).ok_or(Rejection::TotalUnreadable)).transpose()
}

/// The record that a field names. The border has checked the form.
fn record(input: &Input, field: &str) -> Option<RecordId> {
    input.text(field).and_then(|id| RecordId::parse(&id).ok())
}

impl State {
    fn details(&self) -> Option<&Details> {
        match self {
            Self::Absent => None,
            Self::Draft(details)
            | Self::Issued(details)
            | Self::Paid(details)
            | Self::Cancelled(details) => Some(details),
        }
    }

    fn status(&self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Draft(_) => "draft",
            Self::Issued(_) => "issued",
            Self::Paid(_) => "paid",
            Self::Cancelled(_) => "cancelled",
        }
    }
}

impl Details {
    fn is_complete(&self) -> bool {
        self.customer_id.is_some() && self.total.is_some() && self.due_on.is_some()
    }

    fn with(mut self, event: &Event) -> Self {
        match event {
            Event::Reworded { personal } => self.subject = personal.map(|new| new.subject.clone()),
            Event::Billed { customer_id } => self.customer_id.clone_from(customer_id),
            Event::Priced { total } => self.total.clone_from(total),
            Event::Deferred { due_on } => self.due_on.clone_from(due_on),
            Event::Annotated { personal } => {
                self.notes = personal.map(|new| new.notes.clone()).transpose();
            }
            // These change the status, not the fields.
            Event::Drafted { .. } | Event::Issued {} | Event::Paid { .. } | Event::Cancelled {} => {
            }
        }
        self
    }
}

#[cfg(test)]
mod tests;
