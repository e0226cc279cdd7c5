//! What operators send: each time with the reason.

use super::super::components::instant;
use super::super::fields::{RECORD_ID, required_reason};
use super::super::parameters::Entry;
use super::super::schema;
use super::view_name;
use serde_json::{Map, Value, json};

/// The form of a record's name.
pub(super) const RECORD_NAME: &str = "^[a-z0-9_]{1,40}/[A-Za-z0-9_-]{1,64}$";
/// The form of a record type's name.
pub(super) const TYPE_NAME: &str = "^[a-z0-9_]{1,40}$";

pub(super) fn components() -> Vec<Entry> {
    let entry = |name: &str, schema: Value| (name.to_owned(), schema);
    let dry_run = || flag("Count, compare and tell; change nothing.");
    vec![
        entry("ReasonRequest", body(json!({}))),
        entry(
            "RebuildRequest",
            body(json!({
                "dry_run": dry_run(),
                "parallel": whole(64, "Over how many segments the log is read; 4 when not said."),
                "rate": whole(40_000, "The most read units a second, of all segments together."),
                "promote": flag("Promote the new generation by itself once it is verified."),
            })),
        ),
        entry(
            "VerifyRequest",
            body(json!({
                "sample": whole(1_000, "Only so many of a thousand records; all when not said."),
            })),
        ),
        entry(
            "PromoteRequest",
            body(json!({"force": flag("Promote the generation although it is not verified.")})),
        ),
        entry("RepairRequest", repair()),
        entry(
            "ReconcileRequest",
            body(json!({"full": flag("Read the whole log, not only what is recent.")})),
        ),
        entry(
            "RetryRequest",
            body(json!({
                "view": view_name(),
                "record": schema("RecordKey"),
                "error": {
                    "type": "string", "minLength": 1, "maxLength": 2000,
                    "description": "All that stopped with this error, as it is told in `error`.",
                },
            })),
        ),
        entry("SkipRequest", skip()),
        entry("RecordKey", record_key()),
        entry("ReplayRequest", replay(&dry_run())),
    ]
}

/// A body with a reason.
fn body(properties: Value) -> Value {
    let mut all = if let Value::Object(all) = properties { all } else { Map::new() };
    all.insert("reason".to_owned(), required_reason());
    json!({
        "type": "object", "additionalProperties": false, "properties": all, "required": ["reason"],
        "examples": [{"reason": "The fold of customers has changed"}],
    })
}

fn flag(description: &str) -> Value {
    json!({"type": ["boolean", "null"], "description": description})
}

fn whole(most: u32, description: &str) -> Value {
    json!({
        "type": ["integer", "null"], "minimum": 1, "maximum": most, "description": description,
    })
}

fn records() -> Value {
    json!({
        "type": "array", "minItems": 1, "maxItems": 100, "uniqueItems": true,
        "items": {"type": "string", "pattern": RECORD_NAME},
        "description": "Records of the caller's workspace, by type and id.",
        "examples": [["customer/lily"]],
    })
}

fn type_name(description: &str) -> Value {
    json!({
        "type": "string", "pattern": TYPE_NAME, "description": description,
        "examples": ["customer"],
    })
}

/// One of three things is said, and no other.
fn repair() -> Value {
    let mut schema = body(json!({
        "records": records(),
        "type": type_name("All records of this type, by its name."),
        "since": instant("Records that were changed since this instant."),
    }));
    if let Some(schema) = schema.as_object_mut() {
        let one = ["records", "type", "since"].map(|name| json!({"required": [name]}));
        schema.insert("oneOf".to_owned(), json!(one));
        let example = json!({"reason": "A row had drifted", "records": ["customer/lily"]});
        schema.insert("examples".to_owned(), json!([example]));
    }
    schema
}

fn skip() -> Value {
    let mut schema = body(json!({"view": view_name(), "record": schema("RecordKey")}));
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("required".to_owned(), json!(["reason", "view", "record"]));
        let record = json!({"tenant": "t.demo", "type": "customer", "id": "lily"});
        let example = json!({"reason": "It is a test", "view": "records", "record": record});
        schema.insert("examples".to_owned(), json!([example]));
    }
    schema
}

fn record_key() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "description": "A record of any workspace.",
        "properties": {
            "tenant": {
                "type": "string", "pattern": "^(t|u)[.][A-Za-z0-9_:.-]{1,64}$",
                "description": "The workspace.", "examples": ["t.demo"],
            },
            "type": type_name("Its type, by name."),
            "id": {"type": "string", "pattern": RECORD_ID, "examples": ["lily"]},
        },
        "required": ["tenant", "type", "id"],
    })
}

fn replay(dry_run: &Value) -> Value {
    body(json!({
        "records": records(),
        "type": type_name("Only events of records of this type."),
        "since": instant("Only what was recorded from this instant on."),
        "until": instant("Only what was recorded before this instant."),
        "dry_run": dry_run,
        "rate": whole(10_000, "The most events a second."),
    }))
}
