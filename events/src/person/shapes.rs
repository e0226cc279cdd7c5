//! The parts of a person's events, personal ones first.

use super::Details;
use crate::Input;
use serde::{Deserialize, Serialize};
use vocabulary::{ActorId, PersonalData, Subject};

macro_rules! about_the_person {
    ($($name:ident),*) => {
        $(impl PersonalData for $name { const SUBJECT: Subject = Subject::Record; })*
    };
}
about_the_person!(Profile, Name, Mailbox);

/// Who it is, as told at the first sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the descriptor says what the fields are")]
pub struct Profile {
    pub display_name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// A new name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Name {
    /// The name.
    pub display_name: String,
}

/// Where the person is written to now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    /// The address; absent when it was removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// How screens speak to the person now, all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// A BCP 47 language tag: `de-AT`. Its form is not checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// A name of the IANA time zone database: `Europe/Vienna`. Its form is not checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

/// What the directory says of a person to whom an admin's order goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who it is; used where the log does not know them yet.
    pub profile: Profile,
    /// Their `sub`.
    pub owner: ActorId,
    /// The rights that they have now, whether or not the log tells of them.
    pub held: Vec<String>,
}

impl Member {
    pub(super) fn of(input: &Input) -> Option<Self> {
        let owner = input.text("person").and_then(|sub| ActorId::parse(&sub).ok())?;
        Some(Self { profile: Profile::of(input), owner, held: input.words("held") })
    }
}

impl Profile {
    pub(super) fn of(input: &Input) -> Self {
        Self {
            // The descriptor requires a name, so the border has let none without one through.
            display_name: input.text("display_name").unwrap_or_default(),
            email: input.text("email"),
        }
    }
}

impl Settings {
    pub(super) fn patched(details: Option<&Details>, patch: &Input) -> Self {
        let current = details.map(Details::settings).unwrap_or_default();
        Self {
            locale: patch.patched("locale", current.locale),
            time_zone: patch.patched("time_zone", current.time_zone),
        }
    }
}
