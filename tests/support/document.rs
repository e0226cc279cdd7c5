//! Whether an answer is one that the API's document tells of. Every answer that a test gets is held
//! against it.

use super::Answer;
use events::Registry;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::sync::OnceLock;

fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| edge::openapi(&Registry::shipped(), "1.2.3"))
}

/// Asserts that the document tells of such an answer: its status, headers, media type and every member
/// of its body. Requests to what the document does not have, and record types of tests, are passed over.
#[track_caller]
pub(crate) fn assert_told(method: &str, path: &str, answer: &Answer) {
    let path = path.split('?').next().unwrap();
    let Some(operation) = operation(&method.to_lowercase(), path) else { return };
    let what = format!("{method} {path}: {}", answer.status);
    let told = operation["responses"].get(answer.status.to_string());
    let told = resolved(told.unwrap_or_else(|| panic!("{what} is not told of")));
    for (name, header) in told.get("headers").and_then(Value::as_object).into_iter().flatten() {
        let needed = resolved(header)["required"] == true;
        assert!(!needed || !answer.header(name).is_empty(), "{what} has no {name}");
    }
    for name in ["etag", "location", "idempotency-replayed", "retry-after", "www-authenticate"] {
        let told = told.get("headers").and_then(Value::as_object).into_iter().flatten();
        let told = told.map(|(told, _)| told.to_lowercase()).any(|told| told == name);
        assert!(told || answer.header(name).is_empty(), "{what} has a {name}");
    }
    match told.get("content").and_then(Value::as_object) {
        None => assert!(answer.bytes.is_empty(), "{what} has a body"),
        Some(content) => {
            let told = content.get(answer.header("content-type"));
            let told = told.unwrap_or_else(|| panic!("{what} has another media type"));
            if let Err(fault) = fits(&told["schema"], &answer.json()) {
                panic!("{what}: {fault} in {}", String::from_utf8_lossy(&answer.bytes));
            }
        }
    }
}

/// The operation of a request; a path without parameters goes before one with them.
fn operation(method: &str, path: &str) -> Option<&'static Value> {
    let paths = document()["paths"].as_object().unwrap();
    let item = paths.get(path).or_else(|| {
        let parts: Vec<&str> = path.split('/').collect();
        let found = paths.iter().find(|(told, _)| {
            let told: Vec<&str> = told.split('/').collect();
            let same = |(told, part): (&&str, &&str)| told.starts_with('{') || told == part;
            told.len() == parts.len() && told.iter().zip(&parts).all(same)
        });
        found.map(|(_, item)| item)
    });
    item?.get(method)
}

fn resolved(value: &'static Value) -> &'static Value {
    match value.get("$ref").and_then(Value::as_str) {
        Some(reference) => document().pointer(&reference[1..]).unwrap(),
        None => value,
    }
}

/// Whether a value fits a schema, of the words that the document uses in answers; patterns, lengths and
/// formats are schemathesis's to check. Stricter in one: no member may be there that is not told of.
fn fits(schema: &'static Value, value: &Value) -> Result<(), String> {
    // What sealing will leave in a field's place. Nothing seals yet, so the document does not tell of it.
    if *value == json!({"redacted": "erased"}) {
        return Ok(());
    }
    let mut known = BTreeSet::new();
    part_fits(schema, value, &mut known)?;
    // A schema without properties says nothing of the members.
    let unknown = value
        .as_object()
        .filter(|_| !known.is_empty())
        .and_then(|members| members.keys().find(|name| !known.contains(name.as_str())));
    unknown.map_or(Ok(()), |name| Err(format!("`{name}` is not told of")))
}

fn part_fits(
    schema: &'static Value,
    value: &Value,
    known: &mut BTreeSet<&'static str>,
) -> Result<(), String> {
    let schema = resolved(schema);
    let parts = |name: &str| {
        let list = schema.get(name).and_then(Value::as_array);
        list.map(Vec::as_slice).unwrap_or_default().iter()
    };
    for part in parts("allOf") {
        part_fits(part, value, known)?;
    }
    if schema.get("anyOf").is_some() {
        let tried = || parts("anyOf").map(|part| (part, fits(part, value)));
        if let Some((part, _)) = tried().find(|(_, outcome)| outcome.is_ok()) {
            part_fits(part, value, known)?;
        } else {
            let faults: Vec<String> = tried().filter_map(|(_, outcome)| outcome.err()).collect();
            return Err(faults.join("; or "));
        }
    }
    if schema.get("const").is_some_and(|only| only != value) {
        return Err(format!("{value} is not {}", schema["const"]));
    }
    if schema.get("enum").is_some() && !parts("enum").any(|one| one == value) {
        return Err(format!("{value} is none of {}", schema["enum"]));
    }
    let is_of = |of: &Value| of == type_of(value) || (of == "number" && value.is_number());
    if schema.get("type").is_some_and(|of| !is_of(of)) {
        return Err(format!("{value} is no {}", schema["type"]));
    }
    if let Some(items) = schema.get("items") {
        value.as_array().into_iter().flatten().try_for_each(|item| fits(items, item))?;
    }
    let none = Map::new();
    let members = value.as_object().unwrap_or(&none);
    if let Some(name) = parts("required").find(|name| !members.contains_key(name.as_str().unwrap()))
    {
        return Err(format!("{name} is missing"));
    }
    for (name, schema) in properties(schema) {
        known.insert(name);
        members.get(name).map_or(Ok(()), |value| fits(schema, value))?;
    }
    Ok(())
}

fn properties(schema: &'static Value) -> impl Iterator<Item = (&'static str, &'static Value)> {
    let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    properties.map(|(name, schema)| (name.as_str(), schema))
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[test]
fn an_answer_that_the_document_does_not_tell_of_is_found() {
    let told = |name: &str, value: Value| {
        fits(document().pointer(&format!("/components/schemas/{name}")).unwrap(), &value)
    };
    let json = json!({"version": 1, "unreadable": true});
    assert_eq!(told("HistoryEntry", json), Ok(()));
    let json = json!({"version": 1, "unreadable": false});
    assert!(told("HistoryEntry", json).unwrap_err().contains("false is not true"));
    let change = json!({"path": "/name", "op": "replace", "from": "a", "to": "b"});
    assert_eq!(told("Change", change.clone()), Ok(()));
    for (name, value, fault) in [
        ("extra", Value::from(1), "`extra` is not told of"),
        ("op", "move".into(), "\"move\" is none of"),
        ("path", 7.into(), "7 is no \"string\""),
    ] {
        let mut spoiled = change.clone();
        spoiled[name] = value;
        assert!(told("Change", spoiled).unwrap_err().contains(fault), "{fault}");
    }
    assert_eq!(told("Change", json!({"op": "add"})), Err("\"path\" is missing".to_owned()));
}
