//! The audit's operations, what they ask for and what they answer.

use super::components::{instant, version};
use super::fields::{PERSON_ID, PERSON_ID_EXAMPLE, RECORD_ID};
use super::operations::{Told, answer, once};
use super::parameters::{self, Entry, TOKEN, named, optional, path};
use super::schema;
use crate::{Kind, Route};
use serde_json::{Value, json};

/// The tag of what auditors read.
pub(super) const AUDIT: &str = "Audit";

/// The form of a record type's name.
const TYPE_NAME: &str = "^[a-z0-9_]{1,40}$";

pub(super) fn commits(route: &Route) -> Told {
    let about = "Every change of every record in the order of time, and the alarms among them; what has to \
                 fit is said by the parameters. A page looks through a bounded number of changes, so that it \
                 may hold fewer than `limit`, and none, though there is a `next_cursor`. What a change was \
                 from and to, the record's history tells.";
    let mut names = vec!["AuditActor", "AuditType", "AuditAction", "AuditField", "Record"];
    names.extend(["AuditCorrelation", "AuditSince", "AuditUntil"]);
    names.extend(["Order", "Cursor", "Limit", "Traceparent"]);
    Told {
        parameters: named(&names),
        answers: vec![(200, answer("A page of what was found.", &schema("AuditPage"), &[]))],
        problems: &[Kind::InvalidParameter, Kind::InvalidCursor],
        ..once(route, AUDIT, "search_commits", "Search all changes", about)
    }
}

pub(super) fn correlation(route: &Route) -> Told {
    let about = "The changes that belong to one flow, the oldest first. Each names what caused it, where \
                 that was said: a change whose cause is not among them began something.";
    Told {
        parameters: named(&["CorrelationFlow", "Cursor", "Limit", "Traceparent"]),
        answers: vec![(200, answer("A page of them.", &schema("CorrelationPage"), &[]))],
        problems: &[Kind::InvalidParameter, Kind::InvalidCursor, Kind::NotFound],
        ..once(route, AUDIT, "read_correlation", "What belongs together?", about)
    }
}

pub(super) fn alarms(route: &Route) -> Told {
    let about = "Stored changes that were tampered with, and views that told of another log. The newest \
                 1,000.";
    Told {
        answers: vec![(200, answer("The alarms, the newest first.", &schema("AlarmPage"), &[]))],
        problems: &[Kind::InvalidParameter],
        ..once(route, AUDIT, "list_alarms", "List the alarms", about)
    }
}

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
    let mut all = vec![
        path(
            "StoredType",
            "type",
            "The record's type, by its name.",
            json!({"type": "string", "pattern": TYPE_NAME, "examples": ["customer"]}),
        ),
        path(
            "CorrelationFlow",
            "id",
            "The flow, by its id.",
            json!({"type": "string", "pattern": TOKEN, "examples": ["import-2026-11-24"]}),
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
    ];
    all.extend(of_searches());
    all
}

/// What commits are searched by.
fn of_searches() -> Vec<Entry> {
    let query = |key, name, description, schema| optional("query", key, name, description, schema);
    vec![
        query(
            "AuditActor",
            "actor",
            "Only what this person did.",
            json!({"type": "string", "pattern": PERSON_ID, "examples": [PERSON_ID_EXAMPLE]}),
        ),
        query(
            "AuditType",
            "type",
            "Only changes of records of this type.",
            json!({"type": "string", "pattern": TYPE_NAME, "examples": ["customer"]}),
        ),
        query(
            "AuditAction",
            "action",
            "Only changes in which this happened.",
            json!({
                "type": "string", "pattern": "^[a-z0-9_]{1,40}[.][a-z0-9_]{1,40}$",
                "examples": ["customer.contact_changed"],
            }),
        ),
        query(
            "AuditField",
            "field",
            "Only changes of this field, or of one in this group: a JSON Pointer (RFC 6901).",
            json!({"type": "string", "pattern": "^/", "maxLength": 200, "examples": ["/address/city"]}),
        ),
        query(
            "AuditCorrelation",
            "correlation_id",
            "Only what belongs to this flow.",
            json!({"type": "string", "pattern": TOKEN, "examples": ["import-2026-11-24"]}),
        ),
        query("AuditSince", "since", "Only what was recorded then or later.", an_instant()),
        query("AuditUntil", "until", "Only what was recorded before.", an_instant()),
    ]
}

fn an_instant() -> Value {
    json!({"type": "string", "format": "date-time", "examples": ["2026-11-24T09:30:00.000Z"]})
}

/// What the operations answer.
pub(super) fn components() -> Vec<Entry> {
    let entry = |name: &str, schema: Value| (name.to_owned(), schema);
    vec![
        entry("RecordName", record_name()),
        entry("CommitItem", commit_item()),
        entry("AlarmItem", alarm_item()),
        entry("AuditItem", json!({"anyOf": [schema("CommitItem"), schema("AlarmItem")]})),
        entry("AuditPage", found_page(&schema("AuditItem"))),
        entry("CorrelationPage", correlation_page()),
        entry("AlarmPage", alarm_page()),
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

fn record_name() -> Value {
    json!({
        "type": "object",
        "properties": {
            "type": {"type": "string", "pattern": TYPE_NAME, "examples": ["customer"]},
            "id": {"type": "string", "pattern": RECORD_ID, "examples": ["lily"]},
        },
        "required": ["type", "id"],
    })
}

fn commit_item() -> Value {
    let text = |description: &str| json!({"type": "string", "description": description});
    json!({
        "type": "object",
        "description": "One change: the events of one request.",
        "properties": {
            "kind": {"const": "commit"},
            "record": schema("RecordName"),
            "version": version("The version that it made."),
            "commit_id": {"type": "string", "examples": ["01KB2E8Z6M3V5Q9N0X7R4T1W2Y"]},
            "recorded_at": instant("When it was recorded."),
            "effective_at": instant("Since when it holds, where that is another instant."),
            "action": {
                "type": "string", "description": "The first event, with its type.",
                "examples": ["customer.contact_changed"],
            },
            "actor": schema("Actor"),
            "reason": text("Why, where that was said."),
            "correlation_id": text("The larger flow that it belongs to."),
            "causation_id": text("What caused it, where that was said."),
            "events": {
                "type": "array", "minItems": 1, "items": {"type": "string"},
                "description": "The types of its events, each once.",
            },
            "fields": {
                "type": "array", "items": {"type": "string"},
                "description": "The fields that it changed, as JSON Pointers; absent where an earlier change \
                                cannot be read.",
                "examples": [["/email"]],
            },
            "hash": digest("The hash of the commit."),
        },
        "required": [
            "kind", "record", "version", "commit_id", "recorded_at", "action", "actor", "correlation_id",
            "events", "hash",
        ],
    })
}

fn alarm_item() -> Value {
    json!({
        "type": "object",
        "description": "Something that an auditor must hear of.",
        "properties": {
            "kind": {"const": "alarm"},
            "alarm": {"type": "string", "enum": ["tamper", "diverged"]},
            "record": schema("RecordName"),
            "version": version("The version concerned."),
            "recorded_at": instant("When it was noticed."),
            "detail": {"type": "string", "description": "A sentence for people."},
        },
        "required": ["kind", "alarm", "recorded_at", "detail"],
    })
}

fn found_page(items: &Value) -> Value {
    let complete = instant(
        "Nothing that was recorded before this instant is missing here; absent as long as that cannot be \
         said of any.",
    );
    let mut page = page_of(items, 100);
    if let Some(properties) = page.pointer_mut("/properties").and_then(Value::as_object_mut) {
        properties.insert("complete_through".to_owned(), complete);
    }
    page
}

fn correlation_page() -> Value {
    let mut page = found_page(&schema("CommitItem"));
    let id = json!({"type": "string", "description": "The flow."});
    if let Some(properties) = page.pointer_mut("/properties").and_then(Value::as_object_mut) {
        properties.insert("correlation_id".to_owned(), id);
    }
    super::requiring(page, &["correlation_id", "items"])
}

fn alarm_page() -> Value {
    json!({
        "type": "object",
        "properties": {
            "items": {"type": "array", "maxItems": 1000, "items": schema("AlarmItem")},
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
