//! The personal parts of a to-do's events: what people write may tell of people.

use crate::Input;
use serde::{Deserialize, Serialize};
use vocabulary::{PersonalData, Subject};

macro_rules! about_the_record {
    ($($name:ident),*) => {
        $(impl PersonalData for $name { const SUBJECT: Subject = Subject::Record; })*
    };
}
about_the_record!(Wording, Title, Notes);

/// All that is written down when a to-do is added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the descriptor says what the fields are")]
pub struct Wording {
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}

/// A new title.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Title {
    /// The title.
    pub title: String,
}

/// The notes as they are now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notes {
    /// The text; absent when it was removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}

impl Wording {
    pub(super) fn of(input: &Input) -> Self {
        Self {
            // The descriptor requires a title, so the border has let none without one through.
            title: input.text("title").unwrap_or_default(),
            notes: input.text("notes"),
        }
    }
}
