//! Which fields of a record a commit changed.

use serde_json::{Map, Value};
use store::Folded;

/// What of a state counts as its fields: the type's own, status and owner.
pub(super) fn fields(state: Option<&Folded>) -> Map<String, Value> {
    let mut fields = state.map(Folded::to_json).unwrap_or_default();
    for metadata in
        ["id", "type", "version", "created_at", "created_by", "changed_at", "changed_by"]
    {
        fields.remove(metadata);
    }
    fields
}

/// The fields that differ, as JSON Pointers in the order of their names. Objects are compared inside,
/// lists and what was redacted as a whole: just the paths that a record's history tells.
pub(super) fn changed(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<String> {
    let mut paths = Vec::new();
    compare("", before, after, &mut paths);
    paths
}

fn compare(
    at: &str,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    paths: &mut Vec<String>,
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
                compare(&path, old, new, paths);
            }
            (old, new) if old == new => {}
            (_, _) => paths.push(path),
        }
    }
}

fn redacted(value: &Map<String, Value>) -> bool {
    value.contains_key("redacted")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn between(before: &Value, after: &Value) -> Vec<String> {
        changed(before.as_object().unwrap(), after.as_object().unwrap())
    }

    #[test]
    fn what_was_added_changed_and_taken_away_is_named_by_its_path() {
        let before =
            json!({"name": "Ann", "address": {"city": "Wien", "line1": "Ring 1"}, "tags": ["a"]});
        let after = json!({"name": "Ann", "address": {"city": "Graz"}, "tags": ["b"], "a/b~c": 1});
        assert_eq!(
            between(&before, &after),
            ["/address/city", "/address/line1", "/a~1b~0c", "/tags"]
        );
    }

    #[test]
    fn what_was_redacted_is_named_as_a_whole() {
        let gone = json!({"address": {"redacted": "erased"}});
        assert_eq!(between(&gone, &json!({"address": {"city": "Graz"}})), ["/address"]);
        assert_eq!(between(&gone, &gone), Vec::<String>::new());
    }
}
