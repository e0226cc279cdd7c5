//! Names of tenants, record types, records, commits and actors.
//!
//! `#` separates the parts of a key in the event table, so no part may hold it.

use serde::{Deserialize, Serialize};
use std::fmt;
use ulid::Ulid;

/// A name that does not have the form its type asks for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} must be {form}")]
pub struct InvalidId {
    what: &'static str,
    form: &'static str,
}

macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident, $what:literal, $form:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            #[doc = concat!("Parses ", $what, ": ", $form, ".")]
            ///
            /// # Errors
            /// [`InvalidId`] when the text has another form.
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                let check: fn(&str) -> bool = $check;
                if check(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(InvalidId { what: $what, form: $form })
                }
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name_type!(
    /// Whose data it is: `t.<name>` for an organisation, `u.<sub>` for a person's own workspace.
    ///
    /// It is the first part of every key and comes from the access token only.
    Tenant,
    "a tenant",
    "`t.` and 1 to 40 of a-z, 0-9, `-`, or `u.` and a subject",
    |text| match text.split_once('.') {
        Some(("t", name)) => within(name, 40, |c| matches!(c, 'a'..='z' | '0'..='9' | '-')),
        Some(("u", sub)) => ActorId::parse(sub).is_ok(),
        Some(_) | None => false,
    }
);

name_type!(
    /// The singular of a record type as it is stored and published: `customer`.
    TypeName,
    "a type name",
    "1 to 40 of a-z, 0-9, `_`",
    |text| within(text, 40, |c| matches!(c, 'a'..='z' | '0'..='9' | '_'))
);

name_type!(
    /// The id of a record, opaque to callers; a ULID's form when we choose it.
    RecordId,
    "an id",
    "1 to 64 of A-Z, a-z, 0-9, `-`, `_`",
    |text| within(text, 64, |c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
);

name_type!(
    /// Who acts: the `sub` of the access token.
    ActorId,
    "an actor id",
    "1 to 64 of A-Z, a-z, 0-9, `-`, `_`, `:`, `.`",
    |text| within(text, 64, |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | '.'))
);

fn within(text: &str, max: usize, allowed: fn(char) -> bool) -> bool {
    !text.is_empty() && text.len() <= max && text.chars().all(allowed)
}

impl RecordId {
    /// An id from 128 bits, written as a ULID is; it carries no time.
    pub fn from_bits(bits: u128) -> Self {
        Self(Ulid::from(bits).to_string())
    }
}

impl Tenant {
    /// The workspace of a person who belongs to no organisation.
    pub fn of_person(sub: &ActorId) -> Self {
        Self(format!("u.{sub}"))
    }

    /// Whether it is a person's own workspace.
    pub fn is_of_person(&self) -> bool {
        self.0.starts_with("u.")
    }

    /// The tenant of an organisation, from its group's name without `tenant-`.
    ///
    /// # Errors
    /// [`InvalidId`] when the name is not 1 to 40 of a-z, 0-9, `-`.
    pub fn of_organisation(name: &str) -> Result<Self, InvalidId> {
        Self::parse(&format!("t.{name}"))
    }
}

/// Where a record stands in the event table: tenant, type and id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordKey {
    /// Whose record it is.
    pub tenant: Tenant,
    /// What kind of record it is.
    pub record_type: TypeName,
    /// Which one it is.
    pub id: RecordId,
}

impl RecordKey {
    /// The partition key: `{tenant}#{type}#{id}`.
    pub fn pk(&self) -> String {
        format!("{}#{}#{}", self.tenant, self.record_type, self.id)
    }

    /// The key that a partition key stands for.
    ///
    /// # Errors
    /// [`InvalidId`] when the text is not the three parts of a key.
    pub fn from_pk(pk: &str) -> Result<Self, InvalidId> {
        let mut parts = pk.split('#');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(tenant), Some(record_type), Some(id), None) => Ok(Self {
                tenant: Tenant::parse(tenant)?,
                record_type: TypeName::parse(record_type)?,
                id: RecordId::parse(id)?,
            }),
            (_, _, _, _) => Err(InvalidId { what: "a record's key", form: "`tenant#type#id`" }),
        }
    }
}

impl fmt::Display for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}#{}", self.tenant, self.record_type, self.id)
    }
}

/// The id of a commit: a ULID, minted from the writer's own clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CommitId(Ulid);

impl CommitId {
    /// Wraps a ULID.
    pub fn new(ulid: Ulid) -> Self {
        Self(ulid)
    }

    /// Parses the 26 characters of a ULID.
    ///
    /// # Errors
    /// [`InvalidId`] when the text is no ULID.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        match Ulid::from_string(text) {
            Ok(ulid) => Ok(Self(ulid)),
            Err(_) => Err(InvalidId { what: "a commit id", form: "a ULID" }),
        }
    }

    /// The smallest id of an instant: every id minted from then on is at least this one.
    pub fn first_at(instant: crate::Instant) -> Self {
        Self(Ulid::from_parts(u64::try_from(instant.as_millis()).unwrap_or(0), 0))
    }

    /// When the id was minted.
    pub fn minted_at(self) -> crate::Instant {
        crate::Instant::from_millis(i64::try_from(self.0.timestamp_ms()).unwrap_or(i64::MAX))
    }
}

impl TryFrom<String> for CommitId {
    type Error = InvalidId;
    fn try_from(text: String) -> Result<Self, InvalidId> {
        Self::parse(&text)
    }
}

impl From<CommitId> for String {
    fn from(id: CommitId) -> String {
        id.0.to_string()
    }
}

impl fmt::Display for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_part_of_a_key_may_hold_the_separator() {
        assert!(RecordId::parse("a#b").is_err());
        assert!(TypeName::parse("a#b").is_err());
        assert!(ActorId::parse("a#b").is_err());
        assert!(Tenant::parse("t.a#b").is_err());
    }

    #[test]
    fn a_key_survives_its_text() {
        let key = RecordKey::from_pk("t.demo#customer#C-1").unwrap();
        assert_eq!(key.pk(), "t.demo#customer#C-1");
        assert!(RecordKey::from_pk("t.demo#customer").is_err());
        assert!(RecordKey::from_pk("t.demo#customer#1#2").is_err());
    }

    #[test]
    fn a_tenant_is_an_organisation_or_a_person() {
        assert!(Tenant::of_organisation("demo-1").is_ok());
        assert!(Tenant::of_organisation("Demo").is_err());
        assert!(Tenant::of_organisation(&"a".repeat(41)).is_err());
        let sub = ActorId::parse("6f1f0c1e-0000-4000-8000-000000000001").unwrap();
        assert_eq!(Tenant::of_person(&sub).as_str(), "u.6f1f0c1e-0000-4000-8000-000000000001");
        assert!(Tenant::parse("x.demo").is_err());
    }
}
