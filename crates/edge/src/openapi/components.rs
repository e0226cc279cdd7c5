//! What operations refer to: shared schemas, parameters, headers, responses, and how one signs in.

use super::fields::{PERSON_ID, PERSON_ID_EXAMPLE, RECORD_ID};
use super::{parameters, problems, schema, types, with};
use crate::{GROUPS, Kind};
use events::{Descriptor, Field, Keeping, Registry};
use serde_json::{Map, Value, json};

/// All components.
pub(super) fn all(registry: &Registry) -> Value {
    let mut schemas = types::components(registry);
    schemas.extend(records());
    schemas.extend(history());
    schemas.extend(super::time::components());
    schemas.extend(problem());
    schemas.extend(descriptors());
    schemas.extend(about(registry));
    schemas.extend(people(registry));
    schemas.extend(super::people::components());
    schemas.extend(super::audit::components());
    schemas.extend(super::exports::components());
    schemas.extend(super::desk::components());
    json!({
        "schemas": schemas,
        "parameters": parameters::components(),
        "headers": headers(),
        "responses": problems::components(),
        "securitySchemes": {
            "access_token": {
                "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                "description": "An access token of the identity provider, whose address `/config.json` \
                                 names as `authority` (OpenID Connect, authorisation code with PKCE).",
            },
        },
    })
}

type Entry = (String, Value);

fn entry(name: &str, schema: Value) -> Entry {
    (name.to_owned(), schema)
}

fn headers() -> Value {
    json!({
        "ETag": {
            "description": "The record's version, in quotes: what `If-Match` wants.",
            "required": true,
            "schema": {"type": "string", "pattern": "^\"[1-9][0-9]{0,15}\"$", "examples": ["\"17\""]},
        },
        "Location": {
            "description": "Where it is.",
            "required": true,
            "schema": {"type": "string", "format": "uri-reference", "examples": ["/api/v1/customers/lily"]},
        },
        "IdempotencyReplayed": {
            "description": "There when an earlier try of this request had been carried out: nothing was \
                            done again.",
            "schema": {"type": "string", "const": "true"},
        },
    })
}

pub(super) fn instant(description: &str) -> Value {
    json!({
        "type": "string", "format": "date-time", "description": description,
        "examples": ["2026-11-24T09:30:00.000Z"],
    })
}

fn person(description: &str) -> Value {
    json!({
        "type": "string", "pattern": PERSON_ID, "description": description,
        "examples": [PERSON_ID_EXAMPLE],
    })
}

pub(super) fn version(description: &str) -> Value {
    with(parameters::version(), "description", description)
}

fn records() -> [Entry; 2] {
    let record = json!({
        "type": "object",
        "description": "What all records have, beside the fields of their types.",
        "properties": {
            "id": {"type": "string", "pattern": RECORD_ID, "examples": ["lily"]},
            "type": {"type": "string", "examples": ["customer"]},
            "version": version("Counts the record's changes, from 1."),
            "status": {"type": "string"},
            "owner": person("The person who answers for it, by id; absent when nobody does."),
            "created_at": instant("When it was made."),
            "created_by": person("Who made it, by id."),
            "changed_at": instant("When it was changed last."),
            "changed_by": person("Who changed it last, by id."),
            "valid_from": instant("Asked with `version` or `at`: since when the record was like this."),
            "valid_to": instant(
                "Asked with `version` or `at`: until when, exclusively; absent while it is the newest \
                 version, and where the next one cannot be read (`stale`).",
            ),
            "provisional": {
                "const": true,
                "description": "Asked with `version` or `at`: there when that is less than a minute ago. A \
                                change from before may still come.",
            },
            "stale": {
                "const": true,
                "description": "There when the newest change cannot be read: what is shown is the version \
                                before it.",
            },
        },
        "required": [
            "id", "type", "version", "status", "created_at", "created_by", "changed_at", "changed_by",
        ],
    });
    let cursor = json!({
        "type": "string",
        "pattern": parameters::CURSOR,
        "description": "Where the next page begins; absent at the end. Opaque.",
    });
    [entry("Record", record), entry("Cursor", cursor)]
}

/// A record of a type as it could be answered.
pub(super) fn record_example(descriptor: &Descriptor, fields: &[Field]) -> Value {
    let status = descriptor.statuses.first().map(|status| status.name);
    let id = match descriptor.keeping {
        // The system's own are not in the document.
        Keeping::Editors | Keeping::System => "lily",
        Keeping::ThePersonThemselves => PERSON_ID_EXAMPLE,
    };
    let mut record = json!({
        "id": id, "type": descriptor.name, "version": 1, "status": status,
        "owner": PERSON_ID_EXAMPLE,
        "created_at": "2026-11-24T09:30:00.000Z", "created_by": PERSON_ID_EXAMPLE,
        "changed_at": "2026-11-24T09:30:00.000Z", "changed_by": PERSON_ID_EXAMPLE,
    });
    if let Some(record) = record.as_object_mut() {
        record.extend(super::fields::example(fields));
    }
    record
}

fn history() -> [Entry; 7] {
    let actor = json!({
        "type": "object",
        "properties": {
            "kind": {"type": "string", "enum": ["app_user", "service_account", "system"]},
            "id": person("Who acted; a person's record in `/people` has the same id."),
            "name": {"type": "string", "description": "How they were called then."},
            "on_behalf_of": person("For whom, where that was somebody else."),
        },
        "required": ["kind", "id"],
    });
    let event = json!({
        "type": "object",
        "description": "A fact, as it is stored.",
        "properties": {
            "type": {"type": "string", "examples": ["contact_changed"]},
            "schema": {"type": "integer", "minimum": 1, "description": "The shape of `data`."},
            "data": {"description": "What happened. Personal fields stand together under `personal`."},
        },
        "required": ["type", "schema", "data"],
    });
    let change = json!({
        "type": "object",
        "description": "A field that is another one after the change.",
        "properties": {
            "path": {
                "type": "string", "description": "A JSON Pointer (RFC 6901).", "examples": ["/address/city"],
            },
            "op": {"type": "string", "enum": ["add", "replace", "remove"]},
            "from": {"description": "What it was; absent when it was not there."},
            "to": {"description": "What it is; absent when it is gone."},
        },
        "required": ["path", "op"],
    });
    let entries = json!({"type": "array", "maxItems": 100, "items": schema("HistoryEntry")});
    let page = json!({
        "type": "object",
        "properties": {"items": entries, "next_cursor": schema("Cursor")},
        "required": ["items"],
    });
    let either = json!({"anyOf": [schema("HistoryItem"), schema("UnreadableItem")]});
    let unreadable = json!({
        "type": "object",
        "description": "A change that is damaged, so that nothing more can be told of it.",
        "properties": {"version": version("The version that it made."), "unreadable": {"const": true}},
        "required": ["version", "unreadable"],
    });
    [
        entry("Actor", actor),
        entry("StoredEvent", event),
        entry("Change", change),
        entry("HistoryItem", history_item()),
        entry("UnreadableItem", unreadable),
        entry("HistoryEntry", either),
        entry("HistoryPage", page),
    ]
}

fn history_item() -> Value {
    let digest = json!({"type": "string", "pattern": "^[0-9a-f]{64}$"});
    let stored = json!({
        "description": "Asked with `include=stored`: the text that is stored and hashed, byte for byte; \
                        redacted for those who may not audit.",
        "anyOf": [{"type": "string"}, schema("Redacted")],
    });
    json!({
        "type": "object",
        "description": "One change: the events of one request.",
        "properties": {
            "version": version("The version that it made."),
            "commit_id": {"type": "string", "examples": ["01KB2E8Z6M3V5Q9N0X7R4T1W2Y"]},
            "recorded_at": instant("When it was recorded."),
            "effective_at": instant("Since when it holds, where that is another instant."),
            "action": {
                "type": "string", "description": "The first event, with its type.",
                "examples": ["customer.contact_changed"],
            },
            "actor": schema("Actor"),
            "reason": {"type": "string", "description": "Why, where that was said."},
            "correlation_id": {"type": "string", "description": "The larger flow that it belongs to."},
            "causation_id": {"type": "string", "description": "What caused it, where that was said."},
            "events": {"type": "array", "minItems": 1, "items": schema("StoredEvent")},
            "changes": {
                "type": "array", "items": schema("Change"),
                "description": "What is different after it; absent where an earlier change cannot be read.",
            },
            "prev_hash": digest,
            "hash": digest,
            "stored": stored,
        },
        "required": [
            "version", "commit_id", "recorded_at", "action", "actor", "correlation_id", "events",
            "prev_hash", "hash",
        ],
    })
}

fn problem() -> [Entry; 2] {
    let types: Vec<String> =
        Kind::ALL.iter().map(|kind| format!("urn:annals:problem:{}", kind.says().1)).collect();
    let problem = json!({
        "type": "object",
        "description": "What went wrong (RFC 9457). A client may rely on `type` and `status`; `title` and \
                        `detail` are for people.",
        "properties": {
            "type": {"type": "string", "enum": types},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "trace_id": {"type": "string", "description": "Finds the request in the logs."},
            "errors": {
                "type": "array", "minItems": 1, "items": schema("FieldError"),
                "description": "With `invalid-fields`: all of them at once.",
            },
            "parameter": {"type": "string", "description": "With `invalid-parameter`: which one."},
            "header": {"type": "string", "description": "With `invalid-header`: which one."},
            "rule": {
                "type": "string", "description": "With `rule`: which one.", "examples": ["reason_needed"],
            },
            "current_version": version("With `version-mismatch`: where the record is."),
            "rebuild": {
                "type": "string", "description": "With `rebuild-under-way`: by which rebuild, where that is known.",
            },
        },
        "required": ["type", "title", "status", "trace_id"],
    });
    let field = json!({
        "type": "object",
        "properties": {
            "pointer": {
                "type": "string", "description": "A JSON Pointer (RFC 6901) into the request's body.",
                "examples": ["/address/city"],
            },
            "detail": {"type": "string", "description": "A sentence for people."},
        },
        "required": ["pointer", "detail"],
    });
    [entry("Problem", problem), entry("FieldError", field)]
}

fn descriptors() -> [Entry; 5] {
    let name = |description: &str| json!({"type": "string", "description": description});
    let list = |of: &str| json!({"type": "array", "items": schema(of)});
    let of_type = json!({
        "type": "object",
        "description": "A record type.",
        "properties": {
            "name": name("The singular, as in `type`."),
            "plural": name("The plural, as in paths."),
            "label": name("The singular, for people."),
            "plural_label": name("The plural, for people."),
            "title": name("The field that names a record in a list."),
            "statuses": list("Status"),
            "fields": list("Field"),
            "actions": list("Action"),
            "events": {
                "type": "array", "items": {"type": "string"},
                "description": "What can happen to a record: the types of its events.",
            },
            "ending": name("The action that `DELETE` stands for; absent when records do not end."),
            "reinstating": name(
                "The action with which restoring a former version begins where the record has ended; absent \
                 when there is none.",
            ),
            "keeping": {
                "type": "string", "enum": ["editors", "the_person_themselves"],
                "description": "Who keeps its records: editors, or each person their own with `PUT /me`.",
            },
        },
        "required": [
            "name", "plural", "label", "plural_label", "title", "statuses", "fields", "actions", "events",
            "keeping",
        ],
    });
    let status = json!({
        "type": "object",
        "properties": {
            "name": name("As in `status`."),
            "label": name("For people."),
            "ended": {"type": "boolean", "description": "Whether lists leave such records out."},
        },
        "required": ["name", "label", "ended"],
    });
    let action = json!({
        "type": "object",
        "description": "What can be done with a record besides editing it.",
        "properties": {
            "name": name("As in the path."),
            "label": name("For people."),
            "from": {
                "type": "array", "items": {"type": "string"},
                "description": "The statuses in which it is offered.",
            },
            "reason": {"type": "string", "enum": ["optional", "required"]},
            "fields": list("Field"),
        },
        "required": ["name", "label", "from", "reason", "fields"],
    });
    let types = json!({
        "type": "object", "properties": {"items": list("TypeDescriptor")}, "required": ["items"],
    });
    [
        entry("TypeDescriptor", of_type),
        entry("Status", status),
        entry("Field", field()),
        entry("Action", action),
        entry("Types", types),
    ]
}

fn field() -> Value {
    let number = |description: &str| json!({"type": "integer", "description": description});
    json!({
        "type": "object",
        "properties": {
            "name": {"type": "string", "description": "As in JSON."},
            "label": {"type": "string", "description": "For people."},
            "kind": {
                "type": "string", "description": "What it holds.",
                "enum": [
                    "line", "text", "email", "phone", "date", "person", "reference", "tags", "group",
                ],
            },
            "required": {"type": "boolean", "description": "Whether a record cannot be without it."},
            "listed": {"type": "boolean", "description": "Whether lists show it."},
            "read_only": {
                "const": true,
                "description": "There when nobody fills it in: it follows from what is done with the \
                                record.",
            },
            "max": number("Of `line` and `text`, and of a word of `tags`: the most characters."),
            "max_items": number("Of `tags`: the most words."),
            "to": {"type": "string", "description": "Of `reference`: the type of the other record."},
            "fields": {
                "type": "array", "items": schema("Field"), "description": "Of `group`: its fields.",
            },
        },
        "required": ["name", "label", "kind", "required", "listed"],
    })
}

fn about(registry: &Registry) -> [Entry; 2] {
    let descriptors = || registry.types().iter().map(|of| of.of.descriptor());
    let folds: Map<String, Value> = descriptors()
        .map(|of| (of.name.to_owned(), json!({"type": "string", "pattern": "^[0-9a-f]{16}$"})))
        .collect();
    let counts: Map<String, Value> = descriptors()
        .map(|of| {
            let count = |name: &str| (name.to_owned(), json!({"type": "integer", "minimum": 1}));
            let numbers: Map<String, Value> =
                of.statuses.iter().map(|status| count(status.name)).collect();
            (of.name.to_owned(), json!({"type": "object", "properties": numbers}))
        })
        .collect();
    let names: Vec<&str> = descriptors().map(|of| of.name).collect();
    let health = json!({
        "type": "object",
        "properties": {
            "status": {"const": "ok"},
            "build": {"type": "string", "description": "The version of the service."},
            "format": {"type": "integer", "description": "The format in which changes are stored."},
            "folds": {"type": "object", "properties": folds, "required": names.clone()},
        },
        "required": ["status", "build", "format", "folds"],
    });
    let counts = json!({"type": "object", "properties": counts, "required": names});
    [entry("Health", health), entry("Counts", counts)]
}

/// Who is there. `Myself` names the type `person`, which a registry of tests may lack.
fn people(registry: &Registry) -> Vec<Entry> {
    let properties = json!({
        "id": person("The caller's id, as in `owner`, `created_by` and `actor`."),
        "tenant": {
            "type": "string", "description": "The workspace.", "examples": ["t.demo"],
        },
        "own_workspace": {
            "type": "boolean",
            "description": "Whether it is the caller's own, because they belong to no organisation.",
        },
        "rights": {
            "type": "array", "uniqueItems": true,
            "items": {
                "type": "string", "enum": ["read", "write", "audit", "operate", "administer"],
            },
        },
    });
    let properties = match registry.by_name("person") {
        Some(_) => with(properties, "person", schema("Person")),
        None => properties,
    };
    let myself = json!({
        "type": "object",
        "properties": properties,
        "required": ["id", "tenant", "own_workspace", "rights"],
    });
    let groups: Vec<&str> = GROUPS.iter().map(|(name, _)| *name).collect();
    let rights = json!({
        "type": "object",
        "description": "Somebody of the workspace, and what they may do there.",
        "properties": {
            "id": person("The person's id."),
            "username": {"type": "string"},
            "email": {"type": "string"},
            "display_name": {"type": "string", "description": "How they call themselves."},
            "status": {"type": "string", "enum": ["invited", "active", "disabled"]},
            "groups": {
                "type": "array", "uniqueItems": true, "items": {"type": "string", "enum": groups},
            },
        },
        "required": ["id", "username", "email", "status", "groups"],
    });
    vec![entry("Myself", myself), entry("PersonRights", rights)]
}
