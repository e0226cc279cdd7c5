//! The API's own description, an `OpenAPI` 3.1 document (spec.openapis.org/oas/v3.1.1, read
//! 2026-11-24): what the routes, the record types and the kinds of problems say of themselves.
//!
//! It is made at run time, for the record types of the build are known only then. That is also why no
//! library makes it: those that there are describe Rust types at compile time. A new [`crate::Operation`]
//! must be told in `operations.rs`, or nothing compiles.

mod audit;
mod components;
mod desk;
mod exports;
mod fields;
mod operations;
mod parameters;
mod people;
mod problems;
mod records;
mod time;
mod types;

#[cfg(test)]
mod tests;

use crate::{BASE, GROUPS, Operation, ROUTES, Right, Route};
use events::Registry;
use operations::{Told, told};
use serde_json::{Map, Value, json};

const ABOUT: &str = "Records whose every change is an event: nothing is overwritten, and who \
changed what, when and why is never lost.\n\n\
**Versions.** Each change makes a new version of its record, counted from 1; a record's `ETag` is its \
version in quotes. Send it as `If-Match` and nobody's change is overwritten.\n\n\
**Retries.** Every write takes an `Idempotency-Key`: a request that is sent again with its key is \
answered as the first time and does nothing twice.\n\n\
**Lists** follow the writes within a moment; `seen` puts what you wrote yourself in at once. Everything \
else is read as it is now.\n\n\
**Absent, not null.** What has no value is left out of answers. In requests null means the same, and in a \
`PATCH` (a JSON merge patch, RFC 7386) it clears the field.\n\n\
**Problems** are told as `application/problem+json` (RFC 9457). A client may rely on `status` and `type`.";

/// The document for a registry's record types. `build` is told as its version.
///
/// Made anew by each call, in some milliseconds.
pub fn openapi(registry: &Registry, build: &str) -> Value {
    let mut document = json!({
        "openapi": "3.1.1",
        "info": {
            "title": "Annals",
            "version": build,
            "summary": "Records whose every change is an event.",
            "description": ABOUT,
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": BASE, "description": "Wherever the document comes from."}],
        "tags": tags(registry),
        "paths": paths(registry),
        "components": components::all(registry),
        "security": [{"access_token": []}],
    });
    // The same text in every build, whether or not serde_json keeps the order of keys there.
    document.sort_all_objects();
    document
}

fn tags(registry: &Registry) -> Vec<Value> {
    let tag = |name: &str, description: String| json!({"name": name, "description": description});
    let types = registry.types().iter().map(|of| {
        let descriptor = of.of.descriptor();
        let statuses: Vec<&str> = descriptor.statuses.iter().map(|status| status.name).collect();
        let description = format!(
            "Records of the type `{}`. Their status: `{}`.",
            descriptor.name,
            statuses.join("`, `")
        );
        tag(descriptor.plural_label, description)
    });
    let others = [
        tag(audit::AUDIT, "Who changed what, when and why, across all records.".to_owned()),
        tag(people::RIGHTS, "Who is in the workspace and what they may do.".to_owned()),
        tag(desk::OPERATIONS, desk::ABOUT.to_owned()),
        tag(operations::ME, "The caller themselves.".to_owned()),
        tag(operations::ABOUT_THE_API, "What there is to be asked for.".to_owned()),
    ];
    types.chain(others).collect()
}

fn paths(registry: &Registry) -> Map<String, Value> {
    let mut paths = Map::new();
    for route in ROUTES {
        for told in told(route, registry) {
            let method = route.method.to_lowercase();
            let item = paths.entry(told.path.clone()).or_insert_with(|| json!({}));
            if let Some(item) = item.as_object_mut() {
                item.insert(method, operation(route, told));
            }
        }
    }
    paths
}

fn operation(route: &Route, told: Told) -> Value {
    let mut responses = Map::new();
    for kind in common(route, &told).chain(told.problems.iter().copied()) {
        let (status, _, _) = kind.says();
        responses.insert(status.to_string(), problems::reference(status));
    }
    for (status, answer) in told.answers {
        responses.insert(status.to_string(), answer);
    }
    let operation = json!({
        "operationId": told.id,
        "tags": [told.tag],
        "summary": told.summary,
        "description": format!("{} {}", told.description, needed(route.right)),
        "parameters": told.parameters,
        "responses": responses,
        "x-annals-operation": name_of(route.operation),
        "x-annals-route": route.path,
    });
    let operation = match told.body {
        Some(body) => with(operation, "requestBody", body),
        None => operation,
    };
    if route.right == Right::Open { with(operation, "security", json!([])) } else { operation }
}

/// What the caller must be allowed to do, and the groups that are.
fn needed(right: Right) -> String {
    match right {
        Right::Open => "Needs no token.".to_owned(),
        Right::SignedIn => "Needs no right but to be signed in.".to_owned(),
        Right::Read | Right::Write | Right::Audit | Right::Operate | Right::Administer => {
            let groups = GROUPS.iter().filter(|(_, rights)| rights.contains(&right));
            let groups: Vec<&str> = groups.map(|(name, _)| *name).collect();
            format!("Needs the right to {}: {}.", right.name(), groups.join(", "))
        }
    }
}

/// The problems that every operation of such a form can have.
fn common(route: &Route, told: &Told) -> impl Iterator<Item = crate::Kind> {
    use crate::Kind;
    let always: &[Kind] = &[Kind::TooManyRequests, Kind::Failure, Kind::Unavailable];
    let signed_in: &[Kind] = &[Kind::Unauthorized, Kind::Forbidden];
    let with_body: &[Kind] =
        &[Kind::MalformedBody, Kind::InvalidFields, Kind::BodyTooLarge, Kind::UnsupportedMediaType];
    let none: &[Kind] = &[];
    let signed_in = if route.right == Right::Open { none } else { signed_in };
    let with_body = if told.body.is_some() { with_body } else { none };
    [always, signed_in, with_body].concat().into_iter()
}

/// An object with one member more.
fn with(mut object: Value, name: &str, value: impl Into<Value>) -> Value {
    if let Some(map) = object.as_object_mut() {
        map.insert(name.to_owned(), value.into());
    }
    object
}

/// A schema with the properties that must be there, if any must.
fn requiring(schema: Value, names: &[&str]) -> Value {
    if names.is_empty() { schema } else { with(schema, "required", names) }
}

/// A reference to one of the document's components.
fn reference(kind: &str, name: &str) -> Value {
    json!({"$ref": format!("#/components/{kind}/{name}")})
}

fn schema(name: &str) -> Value {
    reference("schemas", name)
}

/// An operation's own name.
fn name_of(operation: Operation) -> String {
    if let Operation::AtDesk(operation) = operation {
        return snake_case(&format!("{operation:?}"));
    }
    snake_case(&format!("{operation:?}"))
}

/// `ListRecords` as `list_records`.
fn snake_case(camel: &str) -> String {
    let mut snake = String::new();
    for c in camel.chars() {
        if c.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

/// `work_order` as `WorkOrder`.
fn camel_case(snake: &str) -> String {
    let capital = |word: &str| {
        let mut chars = word.chars();
        let first = chars.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(chars).collect::<String>()
    };
    snake.split('_').map(capital).collect()
}
