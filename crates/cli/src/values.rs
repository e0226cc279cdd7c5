//! From `name=value` to the JSON that the API takes, by the fields of a type.

use crate::error::{Failure, Usage};
use crate::types::{Field, guessed, to_fill_in, unknown};
use serde_json::{Map, Value};
use std::io::Read;
use std::path::Path;

/// What an empty value means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Empty {
    /// The field is left out.
    LeftOut,
    /// The field is cleared.
    Clears,
}

/// The body that pairs of `name=value` describe. `extra` names what may be given besides the fields.
///
/// # Errors
/// [`Usage`] for a pair that is none, a field that is not known, or one that is given twice.
pub(crate) fn body(
    pairs: &[String],
    fields: &[Field],
    extra: &[&str],
    empty: Empty,
) -> Result<Map<String, Value>, Usage> {
    let mut body = Map::new();
    let mut seen: Vec<&str> = Vec::new();
    for pair in pairs {
        let (path, value) = pair.split_once('=').ok_or_else(|| Usage::NoPair(pair.clone()))?;
        if seen.contains(&path) {
            return Err(Usage::Twice(path.to_owned()));
        }
        seen.push(path);
        let clears = value.is_empty() && empty == Empty::Clears;
        if extra.contains(&path)
            || (clears && fields.iter().any(|field| field.name == path && !field.read_only))
        {
            let value = if clears { Value::Null } else { value.into() };
            body.insert(path.to_owned(), value);
            continue;
        }
        let field = leaf(path, fields)?;
        match converted(field, value) {
            Some(value) => put(&mut body, path, value),
            None if clears => put(&mut body, path, Value::Null),
            None => {}
        }
    }
    Ok(body)
}

/// The field that a path names.
fn leaf<'a>(path: &str, fields: &'a [Field]) -> Result<&'a Field, Usage> {
    let all = to_fill_in(fields);
    if let Some((_, field)) = all.iter().find(|(known, _)| known == path) {
        return Ok(field);
    }
    if fields.iter().any(|field| field.name == path && field.kind == "group") {
        let inside = all.iter().filter(|(known, _)| known.starts_with(&format!("{path}.")));
        let parts: Vec<&str> = inside.map(|(known, _)| known.as_str()).collect();
        return Err(Usage::Group { name: path.to_owned(), parts: parts.join(", ") });
    }
    let known: Vec<String> = all.iter().map(|(known, _)| known.clone()).collect();
    let guess = guessed(path, known.iter().map(String::as_str));
    Err(unknown("field", path, guess, known))
}

/// A text as the field's kind has it; nothing for an empty one.
pub(crate) fn converted(field: &Field, text: &str) -> Option<Value> {
    if field.kind == "tags" {
        let tags: Vec<Value> =
            text.split(';').map(str::trim).filter(|tag| !tag.is_empty()).map(Value::from).collect();
        return (!tags.is_empty()).then_some(Value::Array(tags));
    }
    (!text.is_empty()).then(|| text.into())
}

/// Puts a value where a path such as `address.city` points.
pub(crate) fn put(body: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            body.insert(path.to_owned(), value);
        }
        Some((group, rest)) => {
            let inner = body.entry(group).or_insert_with(|| Value::Object(Map::new()));
            // A group that was cleared before one of its parts is set starts anew.
            if !inner.is_object() {
                *inner = Value::Object(Map::new());
            }
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

/// The JSON object in a file, or on stdin for `-`.
///
/// # Errors
/// [`Failure`] when it cannot be read or is no object.
pub(crate) fn object_in(path: &str) -> Result<Map<String, Value>, Failure> {
    let read = || match path {
        "-" => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).map(|_bytes| text)
        }
        path => std::fs::read_to_string(path),
    };
    let what = "it cannot be read";
    let text =
        read().map_err(|cause| Failure::File { path: Path::new(path).to_owned(), what, cause })?;
    let wrong = |cause| Usage::NoObject { path: path.to_owned(), cause };
    match serde_json::from_str(&text) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_other) => Err(wrong(None).into()),
        Err(cause) => Err(wrong(Some(cause)).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fields() -> Vec<Field> {
        serde_json::from_value(json!([
            {"name": "name", "label": "Name", "kind": "line", "max": 200},
            {"name": "tags", "label": "Tags", "kind": "tags", "max": 40, "max_items": 20},
            {"name": "total", "label": "Total", "kind": "line", "read_only": true},
            {"name": "address", "label": "Address", "kind": "group", "fields": [
                {"name": "city", "label": "City", "kind": "line", "max": 100}]}
        ]))
        .unwrap()
    }

    fn made(pairs: &[&str], empty: Empty) -> Result<Value, String> {
        let pairs: Vec<String> = pairs.iter().map(|pair| (*pair).to_owned()).collect();
        let made = body(&pairs, &fields(), &["id"], empty);
        made.map(Value::Object).map_err(|usage| usage.to_string())
    }

    #[test]
    fn pairs_become_fields_of_their_kinds() {
        assert_eq!(
            made(&["id=x", "name=A=B", "address.city=Wien", "tags=a; b;"], Empty::LeftOut),
            Ok(json!({"id": "x", "name": "A=B", "address": {"city": "Wien"}, "tags": ["a", "b"]}))
        );
    }

    #[test]
    fn an_empty_value_clears_in_an_edit_only() {
        let pairs = ["name=", "address.city=", "tags="];
        assert_eq!(made(&pairs, Empty::LeftOut), Ok(json!({})));
        assert_eq!(
            made(&pairs, Empty::Clears),
            Ok(json!({"name": null, "address": {"city": null}, "tags": null}))
        );
        assert_eq!(made(&["address="], Empty::Clears), Ok(json!({"address": null})));
    }

    #[test]
    fn a_wrong_pair_is_told_with_what_may_have_been_meant() {
        let told = |pairs: &[&str]| made(pairs, Empty::LeftOut).unwrap_err();
        assert_eq!(told(&["name"]), "`name` is not of the form name=value");
        assert_eq!(told(&["nmae=x"]), "there is no field `nmae`\n  hint: did you mean `name`?");
        assert_eq!(
            told(&["city=x"]),
            "there is no field `city`\n  hint: did you mean `address.city`?"
        );
        assert_eq!(
            told(&["address=x"]),
            "`address` is a group\n  hint: give its parts: address.city"
        );
        assert!(told(&["total=5"]).starts_with("there is no field `total`"), "it is told only");
        assert_eq!(told(&["name=a", "name=b"]), "`name` is given twice");
    }
}
