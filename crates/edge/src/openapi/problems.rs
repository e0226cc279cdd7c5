//! What can go wrong, by status: a response for each, with the kinds of problems that have it.

use super::{schema, with};
use crate::Kind;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A reference to the response of a status.
pub(super) fn reference(status: u16) -> Value {
    super::reference("responses", &name(status))
}

fn name(status: u16) -> String {
    format!("Problem{status}")
}

/// The responses of all statuses.
pub(super) fn components() -> Map<String, Value> {
    let mut by_status: BTreeMap<u16, Vec<Kind>> = BTreeMap::new();
    for kind in Kind::ALL {
        by_status.entry(kind.says().0).or_default().push(*kind);
    }
    by_status.into_iter().map(|(status, kinds)| (name(status), response(status, &kinds))).collect()
}

fn response(status: u16, kinds: &[Kind]) -> Value {
    let told: Vec<String> = kinds
        .iter()
        .map(|kind| kind.says())
        .map(|(_, name, title)| format!("`{name}`: {title}."))
        .collect();
    let types: Vec<String> = kinds.iter().map(|kind| urn(*kind)).collect();
    let document = json!({
        "allOf": [
            schema("Problem"),
            {
                "type": "object",
                "properties": {"type": {"enum": types}, "status": {"const": status}},
            },
        ],
    });
    let examples: Map<String, Value> = kinds.iter().map(|kind| example(*kind)).collect();
    let response = json!({
        "description": told.join("\n\n"),
        "content": {"application/problem+json": {"schema": document, "examples": examples}},
    });
    match headers(status) {
        Some(headers) => with(response, "headers", headers),
        None => response,
    }
}

/// The problem's `type`.
fn urn(kind: Kind) -> String {
    format!("urn:annals:problem:{}", kind.says().1)
}

fn example(kind: Kind) -> (String, Value) {
    let (status, name, title) = kind.says();
    let trace_id = "0af7651916cd43dd8448eb211c80319c";
    let value = json!({"type": urn(kind), "title": title, "status": status, "trace_id": trace_id});
    let value = if kind == Kind::InvalidFields {
        let errors = json!([{"pointer": "/email", "detail": "must be an e-mail address"}]);
        with(value, "errors", errors)
    } else if kind == Kind::Rule {
        let detail = "archiving a customer needs a reason";
        with(with(value, "rule", "reason_needed"), "detail", detail)
    } else if kind == Kind::VersionMismatch {
        with(value, "current_version", 3)
    } else {
        value
    };
    (name.to_owned(), json!({"value": value}))
}

/// The headers that come with every answer of a status; most have none of their own.
fn headers(status: u16) -> Option<Value> {
    let header = |name: &str, required: bool, description: &str, schema: Value| json!({name: {"description": description, "required": required, "schema": schema}});
    let text = || json!({"type": "string"});
    let seconds = || json!({"type": "integer", "minimum": 0, "examples": [1]});
    match status {
        401 => Some(header("WWW-Authenticate", true, "Always of the scheme `Bearer`.", text())),
        405 => Some(header("Allow", true, "The methods that there are.", text())),
        // `id-taken` does not pass by waiting; `record-busy` does.
        409 => Some(header(
            "Retry-After",
            false,
            "With `record-busy`: after how many seconds to try again.",
            seconds(),
        )),
        429 | 503 => {
            Some(header("Retry-After", true, "After how many seconds to try again.", seconds()))
        }
        _ => None,
    }
}
