//! What changed between two states of a record: computed by folding, never stored.

use serde_json::{Map, Value, json};

/// The differences between two objects, field by field, in the order of their names. Objects are
/// compared inside, lists as a whole: `{"path":"/address/city","op":"replace","from":…,"to":…}`.
pub(crate) fn changes(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<Value> {
    let mut changes = Vec::new();
    compare("", before, after, &mut changes);
    changes
}

fn compare(
    at: &str,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    changes: &mut Vec<Value>,
) {
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    for name in names {
        let path = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
        match (before.get(name), after.get(name)) {
            (Some(Value::Object(old)), Some(Value::Object(new)))
                if !redacted(old) && !redacted(new) =>
            {
                compare(&path, old, new, changes);
            }
            (Some(old), Some(new)) if old == new => {}
            (Some(old), Some(new)) => {
                changes.push(json!({"path": path, "op": "replace", "from": old, "to": new}));
            }
            (Some(old), None) => changes.push(json!({"path": path, "op": "remove", "from": old})),
            (None, Some(new)) => changes.push(json!({"path": path, "op": "add", "to": new})),
            (None, None) => {}
        }
    }
}

fn redacted(value: &Map<String, Value>) -> bool {
    value.contains_key("redacted")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(before: &Value, after: &Value) -> Value {
        json!(changes(before.as_object().unwrap(), after.as_object().unwrap()))
    }

    #[test]
    fn changes_are_told_field_by_field() {
        let before =
            json!({"name": "Ann", "address": {"city": "Wien", "line1": "Ring 1"}, "tags": ["a"]});
        let after = json!({"name": "Ann", "address": {"city": "Graz"}, "tags": ["a", "b"], "email": "a@b.c"});
        assert_eq!(
            between(&before, &after),
            json!([
                {"path": "/address/city", "op": "replace", "from": "Wien", "to": "Graz"},
                {"path": "/address/line1", "op": "remove", "from": "Ring 1"},
                {"path": "/email", "op": "add", "to": "a@b.c"},
                {"path": "/tags", "op": "replace", "from": ["a"], "to": ["a", "b"]},
            ])
        );
    }

    #[test]
    fn what_was_redacted_is_told_as_a_whole() {
        let gone = json!({"address": {"redacted": "erased"}});
        let known = json!({"address": {"city": "Graz"}});
        assert_eq!(
            between(&gone, &known),
            json!([{"path": "/address", "op": "replace", "from": {"redacted": "erased"}, "to": {"city": "Graz"}}])
        );
    }
}
