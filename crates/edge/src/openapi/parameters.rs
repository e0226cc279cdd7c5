//! The parameters that operations share: each is told once, as a component.

use super::fields::{PERSON_ID, PERSON_ID_EXAMPLE, RECORD_ID};
use super::{reference, with};
use serde_json::{Map, Value, json};
use vocabulary::Version;

/// Visible ASCII, as keys and ids of flows are.
pub(super) const TOKEN: &str = "^[!-~]{1,64}$";
/// Base64url without padding.
pub(super) const CURSOR: &str = "^[A-Za-z0-9_-]+$";
/// A version in quotes, weakened or not.
const TAG: &str = r#"^(W/)?"[1-9][0-9]{0,15}"$"#;

/// References to parameters by their names.
pub(super) fn named(names: &[&str]) -> Vec<Value> {
    names.iter().map(|name| reference("parameters", name)).collect()
}

/// The headers of everything that writes.
pub(super) const WRITING: [&str; 5] =
    ["IdempotencyKey", "ChangeReason", "CorrelationId", "CausationId", "Traceparent"];

/// All of them.
pub(super) fn components() -> Map<String, Value> {
    let mut all = Map::new();
    all.extend(paths());
    all.extend(queries());
    all.extend(super::time::parameters());
    all.extend(conditions());
    all.extend(writing());
    all.extend(super::audit::parameters());
    all.extend(super::desk::parameters());
    all
}

pub(super) type Entry = (String, Value);

pub(super) fn path(key: &str, name: &str, description: &str, schema: Value) -> Entry {
    let (key, parameter) = optional("path", key, name, description, schema);
    (key, with(parameter, "required", true))
}

pub(super) fn optional(
    place: &str,
    key: &str,
    name: &str,
    description: &str,
    schema: Value,
) -> Entry {
    let parameter = json!({"name": name, "in": place, "description": description});
    (key.to_owned(), with(parameter, "schema", schema))
}

fn paths() -> [Entry; 2] {
    [
        path(
            "Id",
            "id",
            "The record, by its id.",
            json!({"type": "string", "pattern": RECORD_ID, "examples": ["lily"]}),
        ),
        path("Version", "version", "Which of its versions.", version()),
    ]
}

/// The schema of a version.
pub(super) fn version() -> Value {
    json!({"type": "integer", "minimum": 1, "maximum": Version::LAST.get(), "examples": [1]})
}

fn queries() -> [Entry; 7] {
    let query = |key, name, description, schema| optional("query", key, name, description, schema);
    let (seen, parameter) = query(
        "Seen",
        "seen",
        "What the caller has just written, as `id@version`: the answer is at least as new as each of \
         these, though a list otherwise follows a moment later. Send it with every page.",
        json!({
            "type": "array", "minItems": 1, "maxItems": 10,
            "items": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}@[1-9][0-9]{0,15}$"},
            "examples": [["lily@3", "max@1"]],
        }),
    );
    let listed = with(with(parameter, "style", "form"), "explode", false);
    [
        query(
            "Limit",
            "limit",
            "The most items of a page.",
            json!({"type": "integer", "minimum": 1, "maximum": 100, "default": 25}),
        ),
        query(
            "Cursor",
            "cursor",
            "Where the page begins: `next_cursor` of the page before, with the same filter and order.",
            json!({"type": "string", "pattern": CURSOR}),
        ),
        query(
            "Owner",
            "owner",
            "Only records of this person.",
            json!({"type": "string", "pattern": PERSON_ID, "examples": [PERSON_ID_EXAMPLE]}),
        ),
        query(
            "Sort",
            "sort",
            "By the instant of the last change: the newest first, or the oldest.",
            json!({"type": "string", "enum": ["-changed_at", "changed_at"], "default": "-changed_at"}),
        ),
        query(
            "Order",
            "order",
            "The newest change first, or the oldest.",
            json!({"type": "string", "enum": ["desc", "asc"], "default": "desc"}),
        ),
        query(
            "MinVersion",
            "min_version",
            "The version that the caller knows of: 404 as long as the record has not reached it.",
            version(),
        ),
        (seen, listed),
    ]
}

fn conditions() -> [Entry; 3] {
    let header =
        |key, name, description, schema| optional("header", key, name, description, schema);
    let tag = || json!({"type": "string", "pattern": TAG, "examples": ["\"17\""]});
    let (needed, parameter) = header(
        "IfMatchNeeded",
        "If-Match",
        "The `ETag` of the version that the caller changes. If it is no longer the newest, nothing is \
         changed.",
        tag(),
    );
    [
        (needed, with(parameter, "required", true)),
        header(
            "IfMatch",
            "If-Match",
            "The `ETag` of the version that the caller acts on. If it is no longer the newest, nothing is \
             done. Without it, the newest is meant.",
            tag(),
        ),
        header(
            "IfNoneMatch",
            "If-None-Match",
            "The `ETag`s of versions that the caller has already.",
            json!({"type": "string", "pattern": "^[\\t -~]*$", "examples": ["\"17\""]}),
        ),
    ]
}

fn writing() -> [Entry; 5] {
    let header =
        |key, name, description, schema| optional("header", key, name, description, schema);
    let token = |example: &str| json!({"type": "string", "pattern": TOKEN, "examples": [example]});
    [
        header(
            "IdempotencyKey",
            "Idempotency-Key",
            "The caller's name for this request, such as a new UUID. Sent again with it, the request is answered as the first \
             time. Known for the record's last 256 changes.",
            json!({"type": "string", "pattern": TOKEN}),
        ),
        header(
            "ChangeReason",
            "X-Change-Reason",
            "Why, as percent-encoded UTF-8; at most 500 characters. Stored with the change and shown in \
             the history.",
            json!({"type": "string", "pattern": "^[\\t -~]*$", "examples": ["She%20has%20moved"]}),
        ),
        header(
            "CorrelationId",
            "X-Correlation-Id",
            "The larger flow that this change belongs to. Without it, a change is a flow of its own.",
            token("import-2026-11-24"),
        ),
        header(
            "CausationId",
            "X-Causation-Id",
            "What caused this change.",
            token("01KB2E8Z6M3V5Q9N0X7R4T1W2Y.0"),
        ),
        header(
            "Traceparent",
            "traceparent",
            "The trace that the request belongs to (W3C Trace Context). One of another form is ignored.",
            json!({
                "type": "string",
                "examples": ["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
            }),
        ),
    ]
}
