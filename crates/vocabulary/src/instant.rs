//! A point in time, in UTC, to the millisecond.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A point in time: milliseconds since 1970-01-01T00:00:00Z.
///
/// Written as RFC 3339 in UTC with three decimals: `2026-11-22T14:28:00.123Z`. Any offset is read;
/// digits beyond the millisecond are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Instant(i64);

/// A text that is no RFC 3339 instant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an instant is written as in 2026-11-22T14:28:00.123Z (RFC 3339)")]
pub struct InvalidInstant;

/// 9999-12-30T22:00:00Z, the last instant that jiff holds, in milliseconds.
const LAST_MS: i64 = 253_402_207_200_000;
/// 0001-01-01T00:00:00Z in milliseconds.
const FIRST_MS: i64 = -62_135_596_800_000;

impl Instant {
    /// From milliseconds since 1970; held within the years 1 to 9999.
    pub fn from_millis(ms: i64) -> Self {
        Self(ms.clamp(FIRST_MS, LAST_MS))
    }

    /// Milliseconds since 1970.
    pub fn as_millis(self) -> i64 {
        self.0
    }

    /// This instant moved by some milliseconds, held within the years 1 to 9999.
    #[must_use]
    pub fn plus_millis(self, ms: i64) -> Self {
        Self::from_millis(self.0.saturating_add(ms))
    }

    /// The day in UTC as `yyyymmdd`.
    pub fn day(self) -> String {
        self.timestamp().strftime("%Y%m%d").to_string()
    }

    /// Parses RFC 3339.
    ///
    /// # Errors
    /// [`InvalidInstant`] for anything else.
    pub fn parse(text: &str) -> Result<Self, InvalidInstant> {
        match text.parse::<Timestamp>() {
            Ok(timestamp) if text.contains(['T', 't']) => {
                Ok(Self::from_millis(timestamp.as_millisecond()))
            }
            Ok(_) | Err(_) => Err(InvalidInstant),
        }
    }

    fn timestamp(self) -> Timestamp {
        // The range is kept by `from_millis`, so the default is never taken.
        Timestamp::from_millisecond(self.0).unwrap_or_default()
    }
}

impl TryFrom<String> for Instant {
    type Error = InvalidInstant;
    fn try_from(text: String) -> Result<Self, InvalidInstant> {
        Self::parse(&text)
    }
}

impl From<Instant> for String {
    fn from(instant: Instant) -> String {
        instant.to_string()
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.timestamp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_written_in_utc_to_the_millisecond() {
        let instant = Instant::parse("2026-11-22T15:28:00.1239+01:00").unwrap();
        assert_eq!(instant.to_string(), "2026-11-22T14:28:00.123Z");
        assert_eq!(instant.day(), "20261122");
        assert_eq!(Instant::from_millis(0).to_string(), "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn the_ends_of_time_can_be_written() {
        assert_eq!(Instant::from_millis(i64::MAX).to_string(), "9999-12-30T22:00:00.000Z");
        assert_eq!(Instant::from_millis(i64::MIN).to_string(), "0001-01-01T00:00:00.000Z");
    }

    #[test]
    fn a_date_alone_is_no_instant() {
        assert!(Instant::parse("2026-11-22").is_err());
        assert!(Instant::parse("yesterday").is_err());
    }
}
