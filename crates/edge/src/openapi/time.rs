//! What is told of records over time: as they were, what differs, what is asked of a history.

use super::components::{instant, version};
use super::fields::{PERSON_ID, PERSON_ID_EXAMPLE, reason};
use super::operations::{Told, answer};
use super::parameters::{Entry, named, optional, version as any_version};
use super::records::{begun, body, changing, one};
use super::types::name;
use super::{reference, schema, with};
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

fn filters() -> [Entry; 9] {
    [
        query(
            "DryRun",
            "dry_run",
            "Stores nothing: the answer says what would be. Its `ETag` is that of the record as it is.",
            json!({"type": "boolean", "default": false}),
        ),
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
pub(super) fn components() -> [Entry; 6] {
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
    let blamed = json!({
        "type": "object",
        "description": "A field, and the change that made it what it is.",
        "properties": {
            "path": {"type": "string", "description": "A JSON Pointer.", "examples": ["/address/city"]},
            "value": {"description": "What it is."},
            "version": version("The version that the change made."),
            "recorded_at": instant("When it was recorded."),
            "actor": schema("Actor"),
            "commit_id": {"type": "string", "examples": ["01KB2E8Z6M3V5Q9N0X7R4T1W2Y"]},
            "reason": {"type": "string", "description": "Why, where that was said."},
        },
        "required": ["path", "value", "version", "recorded_at", "actor", "commit_id"],
    });
    let blame = json!({
        "type": "object",
        "properties": {
            "version": version("The version whose fields these are."),
            "items": {"type": "array", "items": schema("Blamed")},
        },
        "required": ["version", "items"],
    });
    [
        entry("Blamed", blamed),
        entry("Blame", blame),
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

pub(super) fn blame(route: &Route, descriptor: &'static Descriptor) -> Told {
    let id = format!("blame_{}", descriptor.name);
    Told {
        description: "For each field that has a value: when it became that, by whom, and why. Groups are \
                      told field by field, status and owner too. Reads the whole history of the record."
            .to_owned(),
        parameters: named(&["Id", "AtVersion", "At", "Traceparent"]),
        answers: vec![(200, answer("The fields.", &schema("Blame"), &[]))],
        problems: &[Kind::InvalidParameter, Kind::NotFound, Kind::NewerBuild],
        ..begun(route, descriptor, id, format!("Who made {} what it is", one(descriptor)))
    }
}

pub(super) fn restore(route: &Route, descriptor: &'static Descriptor) -> Told {
    let id = format!("restore_{}", descriptor.name);
    let record = schema(&name(descriptor));
    let preview = json!({
        "type": "object",
        "description": "With `dry_run`: what would be.",
        "properties": {
            "record": record,
            "changes": {"type": "array", "items": schema("Change")},
        },
        "required": ["record", "changes"],
    });
    let either = json!({"anyOf": [record, preview]});
    let headers = ["ETag", "IdempotencyReplayed"];
    // What caused the change is the one that it goes back to.
    let mut parameters = changing("IfMatchNeeded");
    parameters.retain(|parameter| *parameter != reference("parameters", "CausationId"));
    parameters.extend(named(&["DryRun"]));
    Told {
        description: format!(
            "Makes the fields what they were at a version, in one new change that names that version's \
             change as its cause. Today's rules are kept.{} What was erased stays erased. Where nothing is \
             different, there is no new version.",
            reinstated(descriptor)
        ),
        parameters,
        body: Some(body(true, &["application/json"], &restoration(descriptor))),
        answers: vec![(200, answer("The record as it is now.", &either, &headers))],
        problems: &[
            Kind::InvalidParameter,
            Kind::InvalidHeader,
            Kind::NotFound,
            Kind::VersionMismatch,
            Kind::CommitTooLarge,
            Kind::Rule,
            Kind::KeyReused,
            Kind::StateTooLarge,
            Kind::VersionRequired,
            Kind::NewerBuild,
        ],
        ..begun(route, descriptor, id, format!("Restore {}", one(descriptor)))
    }
}

fn reinstated(descriptor: &Descriptor) -> String {
    let Some(action) = descriptor.reinstating.and_then(|name| descriptor.action(name)) else {
        return String::new();
    };
    let from: Vec<String> = action.from.iter().map(|status| format!("`{status}`")).collect();
    format!(
        " From the status {}, a whole restore begins with the action `{}`.",
        from.join(" or "),
        action.name
    )
}

/// The body of a restore.
fn restoration(descriptor: &Descriptor) -> Value {
    let editable = descriptor.fields.iter().filter(|field| !field.read_only);
    let names: Vec<&str> = editable.map(|field| field.name).collect();
    let fields = json!({
        "type": ["array", "null"], "minItems": 1, "items": {"type": "string", "enum": names},
        "description": "Only these fields; all of them where it is left out.",
    });
    let to = with(version("The version to go back to."), "minimum", 1);
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {"to_version": to, "fields": fields, "reason": reason()},
        "required": ["to_version"],
        "examples": [{"to_version": 1}],
    })
}
