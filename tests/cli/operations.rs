//! `annals views`, `parked`, `failures`, `replay`, `log`: against a desk that does as a test wants it.

mod act;
mod follow;
mod listed;
mod replay;
mod terminal;
mod whole;

use super::shell::Shell;
use super::stand_in::{Asked, Told, stand_in};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// A desk: what it answers to each path, in turn, the last again and again; and what was written.
#[derive(Debug, Clone, Default)]
pub(super) struct Desk {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    answers: BTreeMap<String, Vec<(u16, Value)>>,
    written: Vec<Asked>,
}

impl Desk {
    /// A desk that knows one record type and who asks.
    fn new() -> Self {
        let desk = Self::default();
        let of = json!({"name": "customer", "plural": "customers", "label": "Customer",
            "plural_label": "Customers", "title": "name", "fields": []});
        desk.answers("GET /meta/types", json!({ "items": [of] }))
            .answers("GET /me", json!({"id": "olga", "tenant": "t.demo", "rights": ["operate"]}))
    }

    /// Answers this to a method and path, after what it was told before.
    fn answers(self, to: &str, json: Value) -> Self {
        let status = if to.starts_with("POST") { 202 } else { 200 };
        self.tells(to, status, json)
    }

    /// The same, with a status.
    fn tells(self, to: &str, status: u16, json: Value) -> Self {
        let answer = (status, json);
        self.inner.lock().unwrap().answers.entry(to.to_owned()).or_default().push(answer);
        self
    }

    /// Somebody who speaks to it.
    fn shell(&self) -> Shell {
        let inner = self.inner.clone();
        let address = stand_in(move |asked| -> Told {
            let mut inner = inner.lock().unwrap();
            if asked.method == "POST" {
                inner.written.push(asked.clone());
            }
            let path = asked.path.strip_prefix("/api/v1").unwrap_or(&asked.path);
            let path = path.split('?').next().unwrap();
            let health = json!({"status": "ok", "build": env!("CARGO_PKG_VERSION")});
            if path == "/health" {
                return (200, Vec::new(), health.to_string());
            }
            let Some(answers) = inner.answers.get_mut(&format!("{} {path}", asked.method)) else {
                return (404, Vec::new(), json!({"status": 404}).to_string());
            };
            let next = if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() };
            (next.0, Vec::new(), next.1.to_string())
        });
        Shell::new(&address, "token")
    }

    /// What was written since the last look: path and body. Each had a key of its own.
    #[track_caller]
    fn written(&self) -> Vec<(String, Value)> {
        let written = std::mem::take(&mut self.inner.lock().unwrap().written);
        let keys: std::collections::BTreeSet<&String> =
            written.iter().map(|asked| &asked.headers["idempotency-key"]).collect();
        assert_eq!(keys.len(), written.len(), "keys are used again: {written:?}");
        let told = written.iter().map(|asked| {
            let path = asked.path.strip_prefix("/api/v1/operations").unwrap().to_owned();
            (path, serde_json::from_str(&asked.body).unwrap())
        });
        told.collect()
    }
}

/// A rebuild, with other members than these where a test needs them.
fn rebuild(state: &str, members: &Value) -> Value {
    let totals = json!({"commits": 50, "records": 10, "written": 10, "repaired": 0, "parked": 0,
        "lag": 0, "drift": 0, "read_units": 7});
    let mut json = json!({
        "id": "R-1", "view": "records", "kind": "full", "generation": 2, "state": state,
        "paused": false, "parallel": 4, "promote": false, "reason": "A new column",
        "requested_by": {"kind": "app_user", "id": "olga", "name": "Olga Operator"},
        "requested_at": "2026-11-24T10:00:00.000Z", "phase": "ended", "totals": totals,
    });
    for (name, value) in members.as_object().unwrap() {
        json[name] = value.clone();
    }
    json
}

/// A view whose first generation is read.
fn view(members: &Value) -> Value {
    let mut json = json!({
        "view": "records", "epoch": 4, "active": {"number": 1, "state": "active"}, "retiring": [],
        "outdated": false, "lag": {"behind": 0, "lag_ms": 0, "looked_at": 100}, "parked": 0,
        "skipped": 0, "can": ["rebuild", "verify"],
    });
    for (name, value) in members.as_object().unwrap() {
        json[name] = value.clone();
    }
    json
}

fn problem(status: u16, name: &str, members: &Value) -> Value {
    let mut json =
        json!({"type": format!("urn:annals:problem:{name}"), "title": name, "status": status});
    for (name, value) in members.as_object().unwrap() {
        json[name] = value.clone();
    }
    json
}
