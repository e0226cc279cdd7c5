//! The record types of a build, with the fingerprints of their folds.

use crate::{AnyRecord, AnyType};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt;
use vocabulary::{Digest, StoredEvent};

/// What a type's fold does, as a digest: over the states, fields and summaries that its golden
/// histories fold to, event by event, absent fields included. Rows and snapshots carry it; one of another fold is never
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

/// The record types of a build: the users', and the system's own. Made once, at start.
#[derive(Debug, Clone)]
pub struct Registry {
    types: Vec<Registered>,
    system: Vec<Registered>,
}

impl Registry {
    /// Registers types beside the system's own, folding their golden histories.
    pub fn new(types: &[&'static dyn AnyType]) -> Self {
        let registered =
            |of: &&'static dyn AnyType| Registered { of: *of, fingerprint: fingerprint(*of) };
        Self {
            types: types.iter().map(registered).collect(),
            system: crate::SYSTEM.iter().map(registered).collect(),
        }
    }

    /// The types that ship.
    pub fn shipped() -> Self {
        Self::new(crate::TYPES)
    }

    /// The users' types, in their order: what has routes, screens and numbers.
    pub fn types(&self) -> &[Registered] {
        &self.types
    }

    /// The type that is stored under this name, be it the system's own.
    pub fn by_name(&self, name: &str) -> Option<Registered> {
        let mut all = self.types.iter().chain(&self.system);
        all.find(|entry| entry.of.descriptor().name == name).copied()
    }

    /// The fingerprint of every type's fold by the type's name, the system's own included: what a generation
    /// of a view is made by.
    pub fn folds(&self) -> BTreeMap<String, String> {
        let all = self.types.iter().chain(&self.system);
        let fold = |entry: &Registered| {
            (entry.of.descriptor().name.to_owned(), entry.fingerprint.to_string())
        };
        all.map(fold).collect()
    }

    /// The type whose paths begin with this plural; none of the system's own.
    pub fn by_plural(&self, plural: &str) -> Option<Registered> {
        self.types.iter().find(|entry| entry.of.descriptor().plural == plural).copied()
    }
}

fn fingerprint(of: &'static dyn AnyType) -> Fingerprint {
    let mut trace = String::new();
    for history in of.histories() {
        // A history that cannot be read folds to nothing; a test over the types finds it.
        let events: Vec<StoredEvent> = serde_json::from_str(history).unwrap_or_default();
        let mut record = of.empty();
        for event in &events {
            match record.apply(event).map(|()| record.state()) {
                Ok(Ok(state)) => trace.push_str(&seen(record.as_ref(), &state)),
                Ok(Err(error)) => trace.push_str(&error.to_string()),
                Err(error) => trace.push_str(&error.to_string()),
            }
            trace.push('\n');
        }
    }
    let prefix = Digest::of(&[trace.as_bytes()]).prefix() >> 64;
    Fingerprint(u64::try_from(prefix).unwrap_or_default())
}

/// All that rows hold of a record: its state, its fields and its summary.
fn seen(record: &dyn AnyRecord, state: &Value) -> String {
    let summary = record.summary();
    let mut all = json!([
        state,
        record.details(),
        summary.as_ref().map(|summary| summary.status),
        summary.as_ref().and_then(|summary| summary.owner.as_ref()),
        summary.as_ref().map(|summary| &summary.fields),
    ]);
    // With serde_json's feature `preserve_order`, which any crate of a build can turn on, keys would
    // come as declared: two binaries, two fingerprints.
    all.sort_all_objects();
    all.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Descriptor, Input, Keeping, Of, Origin, RecordType, Summary};
    use serde::{Deserialize, Serialize};
    use serde_json::Map;
    use vocabulary::Schema;

    /// A count whose fold adds `STEP` for every event.
    #[derive(Debug)]
    enum Tally<const STEP: u64> {}

    #[derive(Debug, Serialize, Deserialize)]
    #[serde(tag = "type", content = "data", rename_all = "snake_case")]
    enum Event {
        Counted {},
    }

    #[derive(Debug, Serialize, thiserror::Error)]
    enum Rejection {}

    impl<const STEP: u64> RecordType for Tally<STEP> {
        type Command = ();
        type Event = Event;
        type State = u64;
        type Rejection = Rejection;

        const DESCRIPTOR: &'static Descriptor = &Descriptor {
            name: "tally",
            plural: "tallies",
            label: "Tally",
            plural_label: "Tallies",
            title: "count",
            statuses: &[],
            fields: &[],
            actions: &[],
            ending: None,
            reinstating: None,
            keeping: Keeping::Editors,
        };
        const SCHEMAS: &'static [(&'static str, Schema)] = &[("counted", Schema(1))];
        const HISTORIES: &'static [&'static str] =
            &[r#"[{"type":"counted","schema":1,"data":{}}]"#];

        fn decide(_: &u64, (): ()) -> Result<Vec<Event>, Rejection> {
            Ok(vec![Event::Counted {}])
        }

        fn evolve(state: u64, event: &Event) -> u64 {
            match event {
                Event::Counted {} => state.saturating_add(STEP),
            }
        }

        fn create(_: &Input, _: &Origin) {}

        fn edit(_: &u64, _: &Input) -> Vec<()> {
            Vec::new()
        }

        fn act(_: &str, _: &Input, _: &Origin) -> Option<()> {
            None
        }

        fn summary(_: &u64) -> Option<Summary> {
            None
        }

        fn details(_: &u64) -> Map<String, Value> {
            Map::new()
        }
    }

    fn fingerprints(registry: &Registry) -> Vec<Fingerprint> {
        registry.types().iter().map(|entry| entry.fingerprint).collect()
    }

    #[test]
    fn two_registries_of_one_build_agree_on_every_fingerprint() {
        let shipped = Registry::shipped();
        assert_eq!(fingerprints(&shipped), fingerprints(&Registry::shipped()));
        for (index, one) in shipped.types().iter().enumerate() {
            let later = shipped.types().iter().skip(index + 1);
            assert!(later.into_iter().all(|other| other.fingerprint != one.fingerprint), "{one:?}");
        }
    }

    #[test]
    fn another_fold_has_another_fingerprint() {
        let by = |of: &'static dyn AnyType| fingerprints(&Registry::new(&[of]));
        assert_eq!(by(&Of::<Tally<1>>::NEW), by(&Of::<Tally<1>>::NEW));
        assert_ne!(by(&Of::<Tally<1>>::NEW), by(&Of::<Tally<2>>::NEW));
    }

    #[test]
    fn a_type_is_found_by_its_name_and_by_its_plural() {
        let registry = Registry::shipped();
        for entry in registry.types() {
            let descriptor = entry.of.descriptor();
            let by_name = registry.by_name(descriptor.name).unwrap();
            let by_plural = registry.by_plural(descriptor.plural).unwrap();
            assert_eq!(by_name.fingerprint, entry.fingerprint);
            assert_eq!(by_plural.fingerprint, entry.fingerprint);
        }
        assert!(registry.by_name("nobody").is_none());
    }

    #[test]
    fn every_registry_knows_the_system_s_types_by_their_names_alone() {
        let registry = Registry::new(&[]);
        assert!(registry.types().is_empty());
        for of in crate::SYSTEM {
            assert!(registry.by_name(of.descriptor().name).is_some());
            assert!(registry.by_plural(of.descriptor().plural).is_none());
        }
    }
}
