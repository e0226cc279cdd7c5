//! The parts of an invoice's events, personal ones first.

use crate::Input;
use serde::{Deserialize, Serialize};
use std::fmt;
use vocabulary::{PersonalData, Subject as Whose};

macro_rules! about_the_record {
    ($($name:ident),*) => {
        $(impl PersonalData for $name { const SUBJECT: Whose = Whose::Record; })*
    };
}
about_the_record!(Wording, Subject, Notes);

/// All that is written down when an invoice is drafted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the descriptor says what the fields are")]
pub struct Wording {
    pub subject: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}

/// A new subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// The subject.
    pub subject: String,
}

/// The notes as they are now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notes {
    /// The text; absent when it was removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}

/// An amount of money, in whole hundredths of its currency: `1250.00 EUR`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// Hundredths.
    pub minor: u64,
    /// An ISO 4217 code; only its form is checked.
    pub currency: String,
}

impl Wording {
    pub(super) fn of(input: &Input) -> Self {
        Self {
            // The descriptor requires a subject, so the border has let none without one through.
            subject: input.text("subject").unwrap_or_default(),
            notes: input.text("notes"),
        }
    }
}

impl Money {
    /// The amount that a text says; `None` when it says none, or more than a number can hold that
    /// JSON carries safely.
    pub(super) fn parse(text: &str) -> Option<Self> {
        const LARGEST: u64 = 1 << 53;
        let (number, currency) = text.trim().split_once(' ')?;
        let (whole, hundredths) = number.split_once('.')?;
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let is_code = currency.len() == 3 && currency.bytes().all(|b| b.is_ascii_uppercase());
        if !digits(whole) || !digits(hundredths) || hundredths.len() != 2 || !is_code {
            return None;
        }
        let whole: u64 = whole.parse().ok()?;
        let minor = whole.checked_mul(100)?.checked_add(hundredths.parse().ok()?)?;
        (minor <= LARGEST).then(|| Self { minor, currency: currency.to_owned() })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { minor, currency } = self;
        write!(f, "{}.{:02} {currency}", minor / 100, minor % 100)
    }
}
