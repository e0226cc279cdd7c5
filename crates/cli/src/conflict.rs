//! What others have changed meanwhile, when an edit comes too late.

use crate::api::{Api, Call};
use crate::error::Failure;
use crate::names::Names;
use crate::output::{instant, plain, shortened, shown};
use crate::problem::Problem;
use crate::records::Patch;
use serde_json::Value;

/// The commits after the version that somebody has seen.
#[derive(Debug)]
pub(crate) struct Since {
    seen: u64,
    /// Where the record is now.
    pub(crate) version: u64,
    commits: Vec<Value>,
}

/// Reads what happened to a record after a version.
///
/// # Errors
/// [`Failure`] when its history cannot be read.
pub(crate) fn since(api: &Api, path: &str, seen: u64, problem: &Problem) -> Result<Since, Failure> {
    let version = problem.current_version().unwrap_or(seen);
    // Newest first: what came last is what matters when there is more than a page.
    let call = Call::get(format!("{path}/history")).parameter("limit", "100");
    let page = api.call(&call)?.json;
    let items = page.get("items").and_then(Value::as_array).into_iter().flatten();
    let later =
        |item: &&Value| item.get("version").and_then(Value::as_u64).is_some_and(|v| v > seen);
    let mut commits: Vec<Value> = items.filter(later).cloned().collect();
    commits.reverse();
    Ok(Since { seen, version, commits })
}

impl Since {
    /// Whether somebody has changed what the patch changes. A field and a group that holds it touch.
    pub(crate) fn touches(&self, patch: &Patch) -> bool {
        // What cannot be seen counts as touched.
        let unseen =
            self.version.saturating_sub(self.seen) > self.commits.len().try_into().unwrap_or(0);
        let mine = pointers("", patch);
        unseen
            || self.commits.iter().flat_map(changed).any(|theirs| {
                let inside = |a: &str, b: &str| a == b || a.starts_with(&format!("{b}/"));
                mine.iter().any(|mine| inside(mine, &theirs) || inside(&theirs, mine))
            })
    }

    /// The conflict, for people.
    pub(crate) fn told(&self, api: &Api) -> String {
        let names = Names::read(api);
        let mut lines = vec![format!(
            "the record was changed meanwhile: you have seen version {}, it is at version {}",
            self.seen, self.version
        )];
        for commit in &self.commits {
            let text = |name: &str| plain(commit.get(name).unwrap_or(&Value::Null));
            let reason = text("reason");
            let reason = if reason.is_empty() { reason } else { format!(" ({reason})") };
            lines.push(format!(
                "  version {} by {}, {}{reason}",
                text("version"),
                who(commit, &names),
                instant(&text("recorded_at")),
            ));
            let changes = changes(commit, &names);
            lines.extend(changes.into_iter().map(|change| format!("    {change}")));
        }
        lines.push("  Nothing was saved.".to_owned());
        lines.push(format!(
            "  hint: look at it again, then repeat with --if-match {} to save over it",
            self.version
        ));
        shown(&lines.join("\n"))
    }
}

/// Who made a commit.
pub(crate) fn who(commit: &Value, names: &Names) -> String {
    let actor = commit.get("actor").unwrap_or(&Value::Null);
    let id = actor.get("id").and_then(Value::as_str).unwrap_or_default();
    let known = names.of(id);
    let name = actor.get("name").and_then(Value::as_str);
    if known == id { name.unwrap_or(id).to_owned() } else { known.to_owned() }
}

/// What a commit changed, field by field: `phone: 1 → 2`, people by name.
pub(crate) fn changes(commit: &Value, names: &Names) -> Vec<String> {
    let changes = commit.get("changes").and_then(Value::as_array).into_iter().flatten();
    let told = changes.map(|change| {
        let path = plain(change.get("path").unwrap_or(&Value::Null));
        let side = |name: &str| {
            let text = plain(change.get(name).unwrap_or(&Value::Null));
            if text.is_empty() { "—".to_owned() } else { shortened(names.of(&text)) }
        };
        let path = path.trim_start_matches('/').replace('/', ".");
        format!("{path}: {} → {}", side("from"), side("to"))
    });
    told.collect()
}

/// Where a commit changed something: JSON Pointers.
fn changed(commit: &Value) -> Vec<String> {
    let changes = commit.get("changes").and_then(Value::as_array).into_iter().flatten();
    changes.filter_map(|change| Some(change.get("path")?.as_str()?.to_owned())).collect()
}

/// Where a patch changes something.
fn pointers(at: &str, patch: &Patch) -> Vec<String> {
    let inner = patch.iter().flat_map(|(name, value)| {
        let pointer = format!("{at}/{name}");
        match value {
            Value::Object(group) => pointers(&pointer, group),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => vec![pointer],
        }
    });
    inner.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn since(version: u64, paths: &[&str]) -> Since {
        let changes: Vec<Value> = paths.iter().map(|path| json!({"path": path})).collect();
        Since { seen: 1, version, commits: vec![json!({"version": 2, "changes": changes})] }
    }

    fn patch(value: &Value) -> Patch {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn changes_of_other_fields_do_not_touch() {
        let mine = patch(&json!({"phone": "1", "address": {"city": "Wien"}}));
        assert!(!since(2, &["/email", "/address/line1"]).touches(&mine));
        assert!(since(2, &["/address/city"]).touches(&mine));
        assert!(since(2, &["/address"]).touches(&mine), "the group that holds mine");
        let clears = patch(&json!({"address": null}));
        assert!(since(2, &["/address/line1"]).touches(&clears), "what is in my group");
        assert!(since(9, &["/email"]).touches(&mine), "not all commits were seen");
    }

    #[test]
    fn a_change_is_told_in_a_line() {
        let commit = json!({"changes": [
            {"path": "/address/city", "op": "replace", "from": "Graz", "to": "Wien"},
            {"path": "/notes", "op": "remove", "from": "a\nb".repeat(40)},
        ]});
        let told = changes(&commit, &Names::default());
        assert_eq!(told[0], "address.city: Graz → Wien");
        assert!(told[1].starts_with("notes: a ba b") && told[1].ends_with("… → —"), "{}", told[1]);
    }
}
