//! Golden files: every shape in which an event was ever stored, read by every later build.
//!
//! `src/<type>/golden/<event>.<schema>.json` holds one stored event. Such files are added, never
//! edited: `UPDATE_EXPECT=1 cargo test -p events` writes those that are missing, from the histories
//! beside them (`history.<n>.json`), and touches no other.

use crate::{AnyType, SYSTEM, TYPES};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use vocabulary::{Schema, StoredEvent};

fn folder(of: &dyn AnyType) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(of.descriptor().name).join("golden")
}

/// Every event type with every schema that it ever had.
fn shapes(of: &dyn AnyType) -> Vec<(&'static str, Schema)> {
    let up_to = |current: Schema| (1..=current.0).map(Schema);
    of.schemas()
        .iter()
        .flat_map(|(event_type, current)| up_to(*current).map(move |schema| (*event_type, schema)))
        .collect()
}

/// The golden histories, each of a record of its own.
pub(crate) fn histories(of: &dyn AnyType) -> Vec<Vec<StoredEvent>> {
    of.histories().iter().map(|text| serde_json::from_str(text).unwrap()).collect()
}

/// The events of all golden histories, in their order.
pub(crate) fn history(of: &dyn AnyType) -> Vec<StoredEvent> {
    histories(of).into_iter().flatten().collect()
}

#[expect(clippy::disallowed_methods, reason = "a test may read the files that it guards")]
fn read(path: &Path) -> Option<String> {
    match std::fs::read_to_string(path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => panic!("{}: {error}", path.display()),
    }
}

#[expect(clippy::disallowed_methods, reason = "writing happens only when the environment asks")]
fn write_missing(path: &Path, of: &dyn AnyType, shape: (&str, Schema)) -> String {
    assert!(
        std::env::var("UPDATE_EXPECT").is_ok_and(|value| value == "1"),
        "{} is missing; `UPDATE_EXPECT=1 cargo test -p events` writes it",
        path.display()
    );
    let example = history(of)
        .into_iter()
        .find(|event| (event.event_type.as_str(), event.schema) == shape)
        .unwrap_or_else(|| panic!("no golden history of {of:?} holds {shape:?}"));
    let text = serde_json::to_string_pretty(&example).unwrap() + "\n";
    std::fs::write(path, &text).unwrap();
    text
}

/// Checks one golden file's text against the shape that its name promises.
fn check(of: &dyn AnyType, (event_type, schema): (&str, Schema), text: &str) -> Result<(), String> {
    let golden: StoredEvent = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if (golden.event_type.as_str(), golden.schema) != (event_type, schema) {
        return Err("holds another event than its name says".to_owned());
    }
    let advice = "a stored shape never changes: raise the schema, add an upcaster";
    let rewritten = of.rewritten(&golden).map_err(|error| format!("{error:?}; {advice}"))?;
    let is_current = of.schemas().contains(&(golden.event_type.as_str(), golden.schema));
    if is_current && rewritten != golden {
        return Err(format!("this build would store {}; {advice}", rewritten.data));
    }
    Ok(())
}

#[test]
fn every_stored_shape_has_a_golden_file_which_this_build_reads_and_writes_alike() {
    for of in TYPES.iter().chain(SYSTEM) {
        for (event_type, schema) in shapes(*of) {
            let path = folder(*of).join(format!("{event_type}.{schema}.json"));
            let shape = (event_type, schema);
            let text = read(&path).unwrap_or_else(|| write_missing(&path, *of, shape));
            check(*of, shape, &text).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
        }
    }
}

#[test]
fn a_golden_file_that_differs_is_refused_with_advice() {
    let [customer, ..] = TYPES else { panic!("there are types") };
    let renamed = |data: &str| format!(r#"{{"type":"renamed","schema":1,"data":{data}}}"#);
    let fault = |text: &str| check(*customer, ("renamed", Schema(1)), text).unwrap_err();
    assert_eq!(
        fault(&renamed(r#"{"personal":{"name":"Lily","nick":"L"}}"#)),
        r#"this build would store {"personal":{"name":"Lily"}}; a stored shape never changes: raise the schema, add an upcaster"#
    );
    assert!(fault(&renamed(r#"{"name":"Lily"}"#)).ends_with("add an upcaster"));
    let other = r#"{"type":"archived","schema":1,"data":{}}"#;
    assert_eq!(fault(other), "holds another event than its name says");
}

#[test]
fn no_file_in_a_golden_folder_goes_unread() {
    for of in TYPES.iter().chain(SYSTEM) {
        let shapes: BTreeSet<String> =
            shapes(*of).iter().map(|(event, schema)| format!("{event}.{schema}.json")).collect();
        for entry in folder(*of).read_dir().unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            let text = read(&path).unwrap();
            let is_history =
                name.starts_with("history.") && of.histories().contains(&text.as_str());
            assert!(is_history || shapes.contains(name), "{} is never read", path.display());
        }
    }
}

#[test]
fn the_histories_hold_every_event_and_fold_without_error() {
    for of in TYPES.iter().chain(SYSTEM) {
        for text in of.histories() {
            let mut record = of.empty();
            for event in serde_json::from_str::<Vec<StoredEvent>>(text).unwrap() {
                record.apply(&event).unwrap_or_else(|error| panic!("{of:?}: {event:?}: {error}"));
            }
        }
        let told: BTreeSet<String> = history(*of).into_iter().map(|e| e.event_type).collect();
        let known: BTreeSet<String> = of.schemas().iter().map(|(e, _)| (*e).to_owned()).collect();
        assert_eq!(told, known, "{of:?}");
    }
}
