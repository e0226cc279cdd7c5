//! What is told of records over time: as they were, what differs, what is asked of a history.

use super::components::{instant, version};
use super::fields::{PERSON_ID, PERSON_ID_EXAMPLE};
use super::operations::{Told, answer};
use super::parameters::{Entry, named, optional, version as any_version};
use super::records::{begun, one};
use super::types::name;
use super::{schema, with};
use crate::{Kind, Route};
use events::Descriptor;
use serde_json::{Value, json};

/// A JSON Pointer that names something.
const POINTER: &str = "^(/([^/~]|~[01])+)+$";

/// The parameters that name moments and filter histories.
pub(super) fn parameters() -> Vec<Entry> {
    moments().into_iter().chain(filters()).collect()
}

fn query(key: &str, name: &str, description: &str, schema: Value) -> Entry {
    optional("query", key, name, description, schema)
}

fn moment(key: &str, name: &str, description: &str) -> Entry {
    let schema = json!({
        "type": "string", "format": "date-time", "examples": ["2026-11-20T09:30:00.000Z"],
    });
    query(key, name, description, schema)
}

fn moments() -> [Entry; 6] {
    let or_none = || {
        let last = any_version().get("maximum").cloned();
        json!({"type": "integer", "minimum": 0, "maximum": last, "examples": [1]})
    };
    [
        query("AtVersion", "version", "The record as it was at this version.", any_version()),
        moment(
            "At",
            "at",
            "The record as it was at this instant, which may not lie in the future.",
        ),
        query(
            "DiffFrom",
            "from",
            "The version to begin with; 0 is before the record existed. This or `from_at` is needed.",
            or_none(),
        ),
        moment("DiffFromAt", "from_at", "The instant to begin with, in place of `from`."),
        query(
            "DiffTo",
            "to",
            "The version to end with, which may be older; the newest where neither this nor `to_at` is \
             given.",
            or_none(),
        ),
        moment("DiffToAt", "to_at", "The instant to end with, in place of `to`."),
    ]
}

fn filters() -> [Entry; 8] {
    [
        query("FromVersion", "from_version", "Only this version and later ones.", any_version()),
        query("ToVersion", "to_version", "Only this version and earlier ones.", any_version()),
        moment("Since", "since", "Only what was recorded at this instant or later."),
        moment("Until", "until", "Only what was recorded before this instant."),
        query(
            "Actor",
            "actor",
            "Only changes by this person.",
            json!({"type": "string", "pattern": PERSON_ID, "examples": [PERSON_ID_EXAMPLE]}),
        ),
        query(
            "ChangedField",
            "field",
            "Only changes of this field, a JSON Pointer (RFC 6901); of a group, changes of any of its \
             fields.",
            json!({
                "type": "string", "pattern": POINTER, "maxLength": 200,
                "examples": ["/email", "/address"],
            }),
        ),
        query(
            "Event",
            "event",
            "Only changes with an event of this type.",
            json!({
                "type": "string", "pattern": "^[a-z0-9_]{1,40}$",
                "examples": ["contact_changed"],
            }),
        ),
        query(
            "Include",
            "include",
            "Shows the stored text of each change to those who may audit.",
            json!({"type": "string", "enum": ["stored"]}),
        ),
    ]
}

/// The schemas of the answers.
pub(super) fn components() -> [Entry; 4] {
    let entry = |name: &str, schema: Value| (name.to_owned(), schema);
    let redacted = json!({
        "type": "object",
        "description": "Stands where something is that is not shown: redacted is not absent.",
        "properties": {"redacted": {"type": "string", "enum": ["no-permission", "erased"]}},
        "required": ["redacted"],
    });
    let side = json!({
        "type": "object",
        "properties": {
            "version": with(or_nothing(), "description", "0 before the record existed."),
            "recorded_at": instant("When that version was recorded."),
        },
        "required": ["version"],
    });
    let diff = json!({
        "type": "object",
        "description": "What is different between two versions.",
        "properties": {
            "from": schema("DiffSide"),
            "to": schema("DiffSide"),
            "changes": {"type": "array", "items": schema("Change")},
        },
        "required": ["from", "to", "changes"],
    });
    let operation = json!({
        "type": "object",
        "properties": {
            "op": {"type": "string", "enum": ["add", "replace", "remove"]},
            "path": {"type": "string", "examples": ["/address/city"]},
            "value": {"description": "Absent with `remove`."},
        },
        "required": ["op", "path"],
    });
    let patch = json!({
        "type": "array", "items": operation,
        "description": "A JSON Patch (RFC 6902) that makes the fields of one version those of the other.",
    });
    [
        entry("Redacted", redacted),
        entry("DiffSide", side),
        entry("Diff", diff),
        entry("JsonPatch", patch),
    ]
}

fn or_nothing() -> Value {
    with(version(""), "minimum", 0)
}

pub(super) fn diff(route: &Route, descriptor: &'static Descriptor) -> Told {
    let id = format!("diff_{}", descriptor.name);
    let content = json!({
        "application/json": {"schema": schema("Diff")},
        "application/json-patch+json": {"schema": schema("JsonPatch")},
    });
    Told {
        description: format!(
            "What is different between two versions or instants, field by field: the fields of \
             `{}`, status and owner. With `Accept: application/json-patch+json` as a JSON Patch \
             (RFC 6902).",
            name(descriptor)
        ),
        parameters: named(&["Id", "DiffFrom", "DiffFromAt", "DiffTo", "DiffToAt", "Traceparent"]),
        answers: vec![(
            200,
            with(answer("The differences.", &schema("Diff"), &[]), "content", content),
        )],
        problems: &[Kind::InvalidParameter, Kind::InvalidHeader, Kind::NotFound, Kind::NewerBuild],
        ..begun(route, descriptor, id, format!("Compare two versions of {}", one(descriptor)))
    }
}
