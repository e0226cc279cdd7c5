//! The audit's operations, what they ask for and what they answer.

use super::components::version;
use super::fields::RECORD_ID;
use super::operations::{Told, answer, once};
use super::parameters::{self, Entry, named, optional, path};
use super::schema;
use crate::{Kind, Route};
use serde_json::{Value, json};

/// The tag of what auditors read.
pub(super) const AUDIT: &str = "Audit";

/// The form of a record type's name.
const TYPE_NAME: &str = "^[a-z0-9_]{1,40}$";

pub(super) fn heads(route: &Route) -> Told {
    let about = "Where every record of the workspace ends: its newest version and that commit's hash, as \
                 the view of records saw them. A log whose last commits were cut off does not reach them.";
    Told {
        parameters: named(&["Record", "Cursor", "HeadLimit", "Traceparent"]),
        answers: vec![(
            200,
            answer("A page of them, in no order of time.", &schema("HeadPage"), &[]),
        )],
        problems: &[Kind::InvalidParameter, Kind::InvalidCursor, Kind::CursorGone],
        ..once(route, AUDIT, "list_heads", "List where records end", about)
    }
}

pub(super) fn stored(route: &Route) -> Told {
    let about = "The record's commits as they stand in the table, byte for byte, ascending, for those who \
                 hash them again: also where they do not fit one another. A page has at most 4 MB.";
    Told {
        parameters: named(&["StoredType", "Id", "FromVersion", "Cursor", "Traceparent"]),
        answers: vec![(200, answer("A page of the items.", &schema("StoredPage"), &[]))],
        problems: &[Kind::InvalidParameter, Kind::InvalidCursor, Kind::NotFound],
        ..once(route, AUDIT, "read_stored", "Read the stored commits of a record", about)
    }
}

/// What the operations ask for.
pub(super) fn parameters() -> Vec<Entry> {
    let query = |key, name, description, schema| optional("query", key, name, description, schema);
    vec![
        path(
            "StoredType",
            "type",
            "The record's type, by its name.",
            json!({"type": "string", "pattern": TYPE_NAME, "examples": ["customer"]}),
        ),
        query(
            "FromVersion",
            "from_version",
            "The first version that is wanted.",
            parameters::version(),
        ),
        query(
            "Record",
            "record",
            "Only this record, by its type and id.",
            json!({
                "type": "string", "pattern": "^[a-z0-9_]{1,40}/[A-Za-z0-9_-]{1,64}$",
                "examples": ["customer/lily"],
            }),
        ),
        query(
            "HeadLimit",
            "limit",
            "The most items of a page.",
            json!({"type": "integer", "minimum": 1, "maximum": 1000, "default": 25}),
        ),
    ]
}

/// What the operations answer.
pub(super) fn components() -> Vec<Entry> {
    let entry = |name: &str, schema: Value| (name.to_owned(), schema);
    vec![
        entry("Head", head()),
        entry("HeadPage", page_of(&schema("Head"), 1_000)),
        entry("StoredCommit", stored_commit()),
        entry("StoredPage", page_of(&schema("StoredCommit"), 100_000)),
    ]
}

fn page_of(items: &Value, most: u32) -> Value {
    json!({
        "type": "object",
        "properties": {
            "items": {"type": "array", "maxItems": most, "items": items},
            "next_cursor": schema("Cursor"),
        },
        "required": ["items"],
    })
}

fn digest(description: &str) -> Value {
    json!({"type": "string", "pattern": "^[0-9a-f]{64}$", "description": description})
}

fn head() -> Value {
    json!({
        "type": "object",
        "properties": {
            "type": {"type": "string", "pattern": TYPE_NAME, "examples": ["customer"]},
            "id": {"type": "string", "pattern": RECORD_ID, "examples": ["lily"]},
            "version": version("The newest version."),
            "hash": digest("The hash of the commit that made it."),
        },
        "required": ["type", "id", "version", "hash"],
    })
}

fn stored_commit() -> Value {
    json!({
        "type": "object",
        "description": "An item of the log. What is missing or of another kind than it should be is absent.",
        "properties": {
            "pk": {"type": "string", "description": "The record's key: workspace, type and id."},
            "version": {"type": "number", "description": "The number of the commit."},
            "prev_hash": {"type": "string", "description": "The hash of the commit before, in hexadecimal."},
            "text": {"type": "string", "description": "What is hashed, byte for byte."},
            "commit_id": {"type": "string"},
            "feed": {"type": "string", "description": "The commit's place among those of its day."},
        },
        "required": ["pk", "version"],
    })
}
