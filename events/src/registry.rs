//! The record types of a build, with the fingerprints of their folds.

use crate::AnyType;
use std::fmt;
use vocabulary::{Digest, StoredEvent};

/// What a type's fold does, as a digest: over the states that its golden histories fold to, event by
/// event, absent fields included. Rows and snapshots carry it; one of another fold is never
/// continued.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct Fingerprint(u64);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// A record type and its fold's fingerprint.
#[derive(Clone, Copy)]
pub struct Registered {
    /// The type.
    pub of: &'static dyn AnyType,
    /// Its fold's fingerprint, as rows carry it.
    pub fingerprint: Fingerprint,
}

impl fmt::Debug for Registered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.of.descriptor().name, self.fingerprint)
    }
}

/// The record types of a build. Made once, at start.
#[derive(Debug, Clone)]
pub struct Registry {
    types: Vec<Registered>,
}

impl Registry {
    /// Registers types, folding their golden histories.
    pub fn new(types: &[&'static dyn AnyType]) -> Self {
        let registered = |of: &&'static dyn AnyType| Registered { of: *of, fingerprint: fingerprint(*of) };
        Self { types: types.iter().map(registered).collect() }
    }

    /// The types that ship.
    pub fn shipped() -> Self {
        Self::new(crate::TYPES)
    }

    /// All types, in their order.
    pub fn types(&self) -> &[Registered] {
        &self.types
    }

    /// The type that is stored under this name.
    pub fn by_name(&self, name: &str) -> Option<Registered> {
        self.types.iter().find(|entry| entry.of.descriptor().name == name).copied()
    }

    /// The type whose paths begin with this plural.
    pub fn by_plural(&self, plural: &str) -> Option<Registered> {
        self.types.iter().find(|entry| entry.of.descriptor().plural == plural).copied()
    }
}

fn fingerprint(of: &'static dyn AnyType) -> Fingerprint {
    let mut trace = String::new();
    for history in of.histories() {
        let events: Vec<StoredEvent> = serde_json::from_str(history).unwrap_or_default();
        let mut record = of.empty();
        for event in &events {
            match record.apply(event).map(|()| record.state()) {
                Ok(Ok(state)) => trace.push_str(&state.to_string()),
                Ok(Err(error)) => trace.push_str(&error.to_string()),
                Err(error) => trace.push_str(&error.to_string()),
            }
            trace.push('\n');
        }
    }
    let prefix = Digest::of(&[trace.as_bytes()]).prefix() >> 64;
    Fingerprint(u64::try_from(prefix).unwrap_or_default())
}
