//! In which fields two rows differ: their names, never their values.

use serde::Serialize;
use serde_json::{Map, Value};
use store::{Change, changes};

/// Fields of rows that hold JSON as text. Its keys may come in another order from another binary, which is
/// no difference.
const TEXTS: [&str; 2] = ["state", "summary"];

/// The names of the fields in which two rows differ, in order; of a state or a summary the paths inside of
/// it: `state/record/email`.
pub(super) fn differing(one: &impl Serialize, other: &impl Serialize) -> Vec<String> {
    let (one, other) = (object(one), object(other));
    let mut names: Vec<&String> = one.keys().chain(other.keys()).collect();
    names.sort();
    names.dedup();
    let mut found = Vec::new();
    for name in names {
        let (one, other) = (one.get(name), other.get(name));
        if one == other {
            continue;
        }
        match (inside(name, one), inside(name, other)) {
            (Some(one), Some(other)) => found.extend(paths(name, &one, &other)),
            (_, _) => found.push(name.clone()),
        }
    }
    found
}

fn object(row: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(row) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) | Err(_) => Map::new(),
    }
}

/// What a text holds, if the field has one.
fn inside(name: &str, value: Option<&Value>) -> Option<Map<String, Value>> {
    let text = value.filter(|_| TEXTS.contains(&name))?.as_str()?;
    serde_json::from_str(text).ok()
}

fn paths(name: &str, one: &Map<String, Value>, other: &Map<String, Value>) -> Vec<String> {
    changes(one, other).iter().map(|Change { path, .. }| format!("{name}{path}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_are_named_and_values_are_not() {
        let one = json!({"version": 3, "hash": "a", "state": r#"{"record":{"email":"ann@a.b"}}"#});
        let other =
            json!({"version": 3, "hash": "b", "state": r#"{"record":{"email":"x@a.b","n":1}}"#});
        let found = differing(&one, &other);
        assert_eq!(found, ["hash", "state/record/email", "state/record/n"]);
    }

    #[test]
    fn the_order_of_keys_inside_of_a_text_is_no_difference() {
        let one = json!({"summary": r#"{"a":1,"b":2}"#});
        let other = json!({"summary": r#"{"b":2,"a":1}"#});
        assert!(differing(&one, &other).is_empty());
        // In any other field a text is a text.
        let (one, other) =
            (json!({"hash": r#"{"a":1,"b":2}"#}), json!({"hash": r#"{"b":2,"a":1}"#}));
        assert_eq!(differing(&one, &other), ["hash"]);
    }

    #[test]
    fn what_is_on_one_side_only_differs() {
        let (one, other) = (json!({"status": "open"}), json!({"stale_at": 2, "state": "no json"}));
        assert_eq!(differing(&one, &other), ["stale_at", "state", "status"]);
    }
}
