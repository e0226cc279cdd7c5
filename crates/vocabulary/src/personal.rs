//! Personal data: known or erased, and never printed.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// Whose data it is, and so whose key will seal it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The person whom the record is about.
    Record,
    /// The person who acted.
    Actor,
}

/// A value that belongs to a person; the type names which one.
pub trait PersonalData {
    /// Whose data values of this type are.
    const SUBJECT: Subject;
}

impl PersonalData for String {
    const SUBJECT: Subject = Subject::Record;
}

/// A value that belongs to a person: known, or gone for good.
///
/// `Debug` prints neither. In JSON a known value stands as itself; an erased one is written
/// `{"redacted":"erased"}` and is also read from the sealed block `{"$sealed": …}` that will take
/// its place in the log, so that a fold goes on without it.
#[derive(Clone, PartialEq, Eq)]
pub enum Personal<T> {
    /// The value is there.
    Known(T),
    /// The value was erased; nobody can bring it back.
    Erased,
}

impl<T: PersonalData> Personal<T> {
    /// Whose data this is.
    pub const SUBJECT: Subject = T::SUBJECT;
}

impl<T> Personal<T> {
    /// The value, unless it was erased.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Erased => None,
        }
    }

    /// Another value of the same person, made from this one.
    pub fn map<U>(&self, change: impl FnOnce(&T) -> U) -> Personal<U> {
        match self {
            Self::Known(value) => Personal::Known(change(value)),
            Self::Erased => Personal::Erased,
        }
    }
}

impl<T> Personal<Option<T>> {
    /// `None` when the value is known to be absent.
    pub fn transpose(self) -> Option<Personal<T>> {
        match self {
            Self::Known(Some(value)) => Some(Personal::Known(value)),
            Self::Known(None) => None,
            Self::Erased => Some(Personal::Erased),
        }
    }
}

impl<T> fmt::Debug for Personal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Known(_) => "<personal>",
            Self::Erased => "<erased>",
        })
    }
}

#[derive(Serialize)]
struct Redacted {
    redacted: &'static str,
}

impl<T: Serialize> Serialize for Personal<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Known(value) => value.serialize(serializer),
            Self::Erased => Redacted { redacted: "erased" }.serialize(serializer),
        }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Personal<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        let gone = value
            .as_object()
            .is_some_and(|map| map.contains_key("$sealed") || map.contains_key("redacted"));
        if gone {
            return Ok(Self::Erased);
        }
        serde_json::from_value(value).map(Self::Known).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_data_is_never_printed() {
        let name = Personal::Known("Lily Ari".to_owned());
        assert_eq!(format!("{name:?}"), "<personal>");
        assert_eq!(format!("{:?}", Personal::<String>::Erased), "<erased>");
    }

    #[test]
    fn a_sealed_block_is_read_as_erased() {
        let sealed: Personal<String> = serde_json::from_str(r#"{"$sealed":"AAAA"}"#).unwrap();
        assert_eq!(sealed, Personal::Erased);
        assert_eq!(serde_json::to_string(&sealed).unwrap(), r#"{"redacted":"erased"}"#);
        let again: Personal<String> = serde_json::from_str(r#"{"redacted":"erased"}"#).unwrap();
        assert_eq!(again, Personal::Erased);
    }
}
