//! The schemas of record types: for each a record as it is answered, listed, made and patched.

use super::fields::{RECORD_ID, answered, example, properties, reason, required};
use super::{camel_case, requiring, schema, with};
use events::{Descriptor, Field, Keeping, Mode, Registry};
use serde_json::{Map, Value, json};

/// The name of the schema of a type's records.
pub(super) fn name(descriptor: &Descriptor) -> String {
    camel_case(descriptor.name)
}

/// The schemas of all types.
pub(super) fn components(registry: &Registry) -> Map<String, Value> {
    registry.types().iter().flat_map(|of| schemas(of.of.descriptor())).collect()
}

fn schemas(descriptor: &'static Descriptor) -> [(String, Value); 5] {
    let name = name(descriptor);
    let listed = format!("{name}Listed");
    let label = &descriptor.label;
    let page = json!({
        "type": "object",
        "description": format!("A page of a list: {}.", descriptor.plural_label),
        "properties": {
            "items": {"type": "array", "maxItems": 100, "items": schema(&listed)},
            "next_cursor": schema("Cursor"),
        },
        "required": ["items"],
    });
    let shown = descriptor.fields.iter().filter(|field| field.listed).cloned().collect::<Vec<_>>();
    [
        (listed, record(descriptor, &shown, &format!("{label}, as lists show it."))),
        (format!("{name}New"), new(descriptor)),
        (format!("{name}Page"), page),
        (format!("{name}Patch"), patch(descriptor)),
        (name, record(descriptor, descriptor.fields, &format!("{label}."))),
    ]
}

/// A record in an answer: what all have, and the fields of the type.
fn record(descriptor: &Descriptor, fields: &[Field], description: &str) -> Value {
    let statuses: Vec<&str> = descriptor.statuses.iter().map(|status| status.name).collect();
    let mut properties = answered(fields);
    properties.insert("type".to_owned(), json!({"const": descriptor.name}));
    properties.insert("status".to_owned(), json!({"type": "string", "enum": statuses}));
    let own = json!({"type": "object", "properties": properties, "required": required(fields)});
    let example = super::components::record_example(descriptor, fields);
    json!({"description": description, "allOf": [schema("Record"), own], "examples": [example]})
}

/// The body that makes a record.
fn new(descriptor: &Descriptor) -> Value {
    let mut all = properties(descriptor.fields, Mode::Whole);
    if descriptor.keeping == Keeping::Editors {
        let id = json!({
            "type": ["string", "null"], "pattern": RECORD_ID, "examples": ["lily"],
            "description": "Left out, an id is chosen: by the `Idempotency-Key`, where there is one.",
        });
        all.insert("id".to_owned(), id);
        all.insert("reason".to_owned(), reason());
    }
    with(object(all, &required(descriptor.fields)), "examples", vec![example(descriptor.fields)])
}

/// The body that changes a record.
fn patch(descriptor: &Descriptor) -> Value {
    let mut all = properties(descriptor.fields, Mode::Patch);
    if descriptor.keeping == Keeping::Editors {
        all.insert("reason".to_owned(), reason());
    }
    let description = "A JSON merge patch (RFC 7386): what is left out stays, null clears.";
    let changed = descriptor.fields.iter().filter(|field| !field.required).take(1).cloned();
    let example = example(&changed.collect::<Vec<_>>());
    with(with(object(all, &[]), "description", description), "examples", vec![example])
}

/// The body of an action: a reason, and its fields.
pub(super) fn action_body(fields: &[Field]) -> Value {
    let mut all = properties(fields, Mode::Whole);
    all.insert("reason".to_owned(), reason());
    object(all, &required(fields))
}

fn object(properties: Map<String, Value>, required: &[&str]) -> Value {
    let schema = json!({"type": "object", "additionalProperties": false});
    requiring(with(schema, "properties", properties), required)
}
