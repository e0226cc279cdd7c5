//! What changed between two states of a record: computed by folding, never stored.

use serde::Serialize;
use serde_json::{Map, Value, json};

/// A field that is another one after a change: `{"path":"/address/city","op":"replace","from":…,"to":…}`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// Where: a JSON Pointer (RFC 6901).
    pub path: String,
    /// How.
    pub op: ChangeOp,
    /// What it was; absent when it was not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Value>,
    /// What it is; absent when it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Value>,
}

/// How a field changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeOp {
    /// It was not there.
    Add,
    /// It had another value.
    Replace,
    /// It is gone.
    Remove,
}

/// The differences between two objects, field by field, in the order of their names. Objects are
/// compared inside, lists and what was redacted as a whole.
pub fn changes(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<Change> {
    let mut changes = Vec::new();
    compare("", before, after, &mut changes);
    changes
}

impl Change {
    /// Whether the field that a JSON Pointer names is another one: it itself, one inside it, or one
    /// that holds it.
    pub fn concerns(&self, pointer: &str) -> bool {
        if inside(&self.path, pointer).is_some() {
            return true;
        }
        // A group that came or went whole: the field may have been in it on one side only.
        let Some(rest) = inside(pointer, &self.path) else { return false };
        let there = |side: &Option<Value>| side.as_ref().and_then(|v| v.pointer(rest)).cloned();
        there(&self.from) != there(&self.to)
    }

    /// The change as an operation of a JSON Patch (RFC 6902).
    pub fn operation(&self) -> Value {
        match &self.to {
            Some(to) => json!({"op": self.op, "path": self.path, "value": to}),
            None => json!({"op": self.op, "path": self.path}),
        }
    }
}

/// What of a path is left inside of another; nothing when it is not inside.
fn inside<'a>(path: &'a str, of: &str) -> Option<&'a str> {
    path.strip_prefix(of).filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn compare(
    at: &str,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    changes: &mut Vec<Change>,
) {
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    for name in names {
        let path = below(at, name);
        let (from, to) = (before.get(name), after.get(name));
        if let (Some(Value::Object(old)), Some(Value::Object(new))) = (from, to)
            && !redacted(old)
            && !redacted(new)
        {
            compare(&path, old, new, changes);
            continue;
        }
        let op = match (from, to) {
            (Some(old), Some(new)) if old == new => continue,
            (Some(_), Some(_)) => ChangeOp::Replace,
            (Some(_), None) => ChangeOp::Remove,
            (None, _) => ChangeOp::Add,
        };
        changes.push(Change { path, op, from: from.cloned(), to: to.cloned() });
    }
}

/// The fields of an object that hold a value themselves, groups resolved: `/address/city`. Lists and
/// what was redacted count as values.
pub fn leaves(fields: &Map<String, Value>) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    let mut names: Vec<&String> = fields.keys().collect();
    names.sort();
    for name in names {
        if let Some(value) = fields.get(name) {
            found.extend(leaves_of(&below("", name), value));
        }
    }
    found
}

/// The same for one value at a place.
pub fn leaves_of(at: &str, value: &Value) -> Vec<(String, Value)> {
    match value.as_object().filter(|group| !redacted(group)) {
        Some(group) => {
            leaves(group).into_iter().map(|(path, value)| (format!("{at}{path}"), value)).collect()
        }
        None => vec![(at.to_owned(), value.clone())],
    }
}

fn below(at: &str, name: &str) -> String {
    format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"))
}

fn redacted(value: &Map<String, Value>) -> bool {
    value.contains_key("redacted")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(before: &Value, after: &Value) -> Vec<Change> {
        changes(before.as_object().unwrap(), after.as_object().unwrap())
    }

    #[test]
    fn changes_are_told_field_by_field() {
        let before =
            json!({"name": "Ann", "address": {"city": "Wien", "line1": "Ring 1"}, "tags": ["a"]});
        let after = json!({"name": "Ann", "address": {"city": "Graz"}, "tags": ["a", "b"], "email": "a@b.c"});
        assert_eq!(
            json!(between(&before, &after)),
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
            json!(between(&gone, &known)),
            json!([{"path": "/address", "op": "replace", "from": {"redacted": "erased"}, "to": {"city": "Graz"}}])
        );
    }

    #[test]
    fn a_change_concerns_a_field_its_group_and_what_came_with_the_group() {
        let city =
            between(&json!({"address": {"city": "Wien"}}), &json!({"address": {"city": "Graz"}}));
        let concerned = |changes: &[Change], pointer: &str| changes[0].concerns(pointer);
        assert!(concerned(&city, "/address/city") && concerned(&city, "/address"));
        assert!(!concerned(&city, "/address/line1") && !concerned(&city, "/addres"));
        let moved_in = between(&json!({}), &json!({"address": {"city": "Graz"}}));
        assert!(concerned(&moved_in, "/address/city") && concerned(&moved_in, "/address"));
        assert!(!concerned(&moved_in, "/address/line1"));
    }

    #[test]
    fn leaves_are_where_values_are() {
        let fields = json!({"name": "Ann", "tags": ["a"], "address": {"city": "Graz", "x/y": 1},
            "notes": {"redacted": "erased"}});
        let paths: Vec<String> =
            leaves(fields.as_object().unwrap()).into_iter().map(|(path, _)| path).collect();
        assert_eq!(paths, ["/address/city", "/address/x~1y", "/name", "/notes", "/tags"]);
    }
}
