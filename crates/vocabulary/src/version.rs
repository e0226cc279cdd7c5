//! Counting: the number of a commit in its record, and of a shape among an event's shapes.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The largest integer that every JSON reader keeps exact: 2^53 − 1 (RFC 8259, section 6).
const MAX_EXACT: u64 = (1 << 53) - 1;

/// The number of a commit in its record, from 1 without gaps. It is also the record's version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct Version(u64);

/// A number that is no version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a version is a whole number from 1 to 2^53 - 1")]
pub struct InvalidVersion;

impl Version {
    /// The version that a record has after its first commit.
    pub const FIRST: Self = Self(1);
    /// No version is larger.
    pub const LAST: Self = Self(MAX_EXACT);

    /// Checks a number.
    ///
    /// # Errors
    /// [`InvalidVersion`] outside of 1 to 2^53 − 1.
    pub fn new(number: u64) -> Result<Self, InvalidVersion> {
        if (1..=MAX_EXACT).contains(&number) { Ok(Self(number)) } else { Err(InvalidVersion) }
    }

    /// The version that the next commit makes.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The version before; none before the first.
    #[must_use]
    pub fn previous(self) -> Option<Self> {
        Self::new(self.0.saturating_sub(1)).ok()
    }

    /// The number.
    pub fn get(self) -> u64 {
        self.0
    }
}

impl TryFrom<u64> for Version {
    type Error = InvalidVersion;
    fn try_from(number: u64) -> Result<Self, InvalidVersion> {
        Self::new(number)
    }
}

impl From<Version> for u64 {
    fn from(version: Version) -> u64 {
        version.0
    }
}

impl std::str::FromStr for Version {
    type Err = InvalidVersion;
    fn from_str(text: &str) -> Result<Self, InvalidVersion> {
        match text.parse::<u64>() {
            Ok(number) if text.bytes().all(|b| b.is_ascii_digit()) => Self::new(number),
            Ok(_) | Err(_) => Err(InvalidVersion),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a writer believes the record's version to be. There is no "any".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// The record has no commit yet.
    NoStream,
    /// The record's newest commit has this number.
    Exactly(Version),
}

/// The number of a stored shape of one event type, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Schema(pub u16);

impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_count_from_one_and_stay_exact_in_json() {
        assert!(Version::new(0).is_err());
        assert!(Version::new(1 << 53).is_err());
        assert_eq!(Version::FIRST.next().get(), 2);
        assert_eq!(Version::FIRST.previous(), None);
        assert!("+1".parse::<Version>().is_err());
        assert!("18446744073709551616".parse::<Version>().is_err());
    }
}
