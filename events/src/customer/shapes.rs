//! The personal parts of a customer's events.

use super::Details;
use crate::Input;
use serde::{Deserialize, Serialize};
use vocabulary::{PersonalData, Subject};

macro_rules! about_the_customer {
    ($($name:ident),*) => {
        $(impl PersonalData for $name { const SUBJECT: Subject = Subject::Record; })*
    };
}
about_the_customer!(Card, Name, Contact, Place, Notes, Address);

/// All that is written down when a customer is registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the descriptor says what the fields are")]
pub struct Card {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}

/// A new name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Name {
    /// The name.
    pub name: String,
}

/// How the customer is reached now, all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the descriptor says what the fields are")]
pub struct Contact {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
}

/// Where the customer is now; absent when that is no longer known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
}

/// The notes as they are now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notes {
    /// The text; absent when it was removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}

/// A postal address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the descriptor says what the fields are")]
pub struct Address {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line1: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line2: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

impl Card {
    pub(super) fn of(input: &Input) -> Self {
        Self {
            // The descriptor requires a name, so the border has let none without one through.
            name: input.text("name").unwrap_or_default(),
            email: input.text("email"),
            phone: input.text("phone"),
            company: input.text("company"),
            address: input
                .group("address")
                .map(|group| Address::patched(None, &group))
                .filter(|address| *address != Address::default()),
            notes: input.text("notes"),
        }
    }
}

impl Contact {
    pub(super) fn patched(details: Option<&Details>, patch: &Input) -> Self {
        let current = details.map(Details::contact).unwrap_or_default();
        Self {
            email: patch.patched("email", current.email),
            phone: patch.patched("phone", current.phone),
            company: patch.patched("company", current.company),
        }
    }
}

impl Address {
    pub(super) fn patched(current: Option<&Self>, patch: &Input) -> Self {
        let current = current.cloned().unwrap_or_default();
        Self {
            line1: patch.patched("line1", current.line1),
            line2: patch.patched("line2", current.line2),
            postal_code: patch.patched("postal_code", current.postal_code),
            city: patch.patched("city", current.city),
            country: patch.patched("country", current.country),
        }
    }

    pub(super) fn names_a_place(&self) -> bool {
        self.city.is_some() || self.postal_code.is_some()
    }
}
