//! The fields of a record type as JSON schemas: in requests just what [`events::check`] takes, in
//! answers what a reader may count on.

use super::{requiring, with};
use events::{Field, Kind, Mode};
use serde_json::{Map, Value, json};

/// Control characters, as a class of an ECMA-262 pattern writes them.
const CONTROLS: &str = r"\u0000-\u001F\u007F-\u009F";
/// The same, without those that break lines in long text.
const CONTROLS_IN_TEXT: &str = r"\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F";
/// What Unicode calls white space and is no control character. Not `\s`, of which each engine has its own.
const SPACES: &str = r" \u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000";

/// The form of a record's id.
pub(super) const RECORD_ID: &str = "^[A-Za-z0-9_-]{1,64}$";
/// The form of a person's id.
pub(super) const PERSON_ID: &str = "^[A-Za-z0-9_:.-]{1,64}$";
/// An id as the identity provider gives them.
pub(super) const PERSON_ID_EXAMPLE: &str = "5ab1e000-0000-4000-8000-000000000002";

/// The properties of a body with these fields.
pub(super) fn properties(fields: &[Field], mode: Mode) -> Map<String, Value> {
    let entry = |field: &Field| (field.name.to_owned(), property(field, mode));
    fields.iter().filter(|field| !field.read_only).map(entry).collect()
}

/// The names of the fields that a whole record cannot be without.
pub(super) fn required(fields: &[Field]) -> Vec<&'static str> {
    fields.iter().filter(|field| field.required).map(|field| field.name).collect()
}

/// What the fields of a record could hold, as far as somebody fills them in.
pub(super) fn example(fields: &[Field]) -> Map<String, Value> {
    let entry = |field: &Field| Some((field.name.to_owned(), example_of(field)?));
    fields.iter().filter(|field| !field.read_only).filter_map(entry).collect()
}

fn example_of(field: &Field) -> Option<Value> {
    match &field.kind {
        Kind::Line { .. } | Kind::Text { .. } => {
            let label = field.required.then_some(field.label);
            field.example.or(label).map(Value::from)
        }
        Kind::Email => Some("lily@example.org".into()),
        Kind::Phone => Some("+43 1 5550100".into()),
        Kind::Date => Some("2026-12-24".into()),
        Kind::Person => Some(PERSON_ID_EXAMPLE.into()),
        Kind::Reference { .. } => Some("lily".into()),
        Kind::Tags { .. } => Some(json!(["vip"])),
        Kind::Group { fields } => {
            let inside = example(fields);
            (!inside.is_empty()).then(|| inside.into())
        }
    }
}

/// The properties of a record that is answered.
pub(super) fn answered(fields: &[Field]) -> Map<String, Value> {
    fields.iter().map(|field| (field.name.to_owned(), shown(field))).collect()
}

fn property(field: &Field, mode: Mode) -> Value {
    let mut schema = taken(&field.kind, mode);
    if !field.required
        && let Some(of) = schema.get_mut("type")
    {
        // In a patch null clears the field; in a whole record it is as good as absent.
        *of = json!([of.take(), "null"]);
    }
    with(schema, "title", field.label)
}

/// What a request may hold.
fn taken(kind: &Kind, mode: Mode) -> Value {
    match kind {
        Kind::Line { max } => line(*max),
        Kind::Text { max } => json!({
            "type": "string", "minLength": 1, "maxLength": max, "pattern": text(),
            "description": "Text with line breaks; not only spaces, and no other control characters.",
        }),
        Kind::Email => json!({
            "type": "string", "maxLength": 254, "pattern": email(),
            "description": "An e-mail address.",
        }),
        Kind::Phone => json!({
            "type": "string", "minLength": 3, "maxLength": 40,
            "pattern": "^[-+0-9 ()/.]*[0-9][-+0-9 ()/.]*$",
            "description": "A telephone number.",
        }),
        Kind::Date => json!({
            "type": "string", "format": "date",
            "pattern": "^(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
            "description": "A day of the calendar.",
        }),
        Kind::Person => json!({
            "type": "string", "pattern": PERSON_ID,
            "description": "A person of the workspace, by id.",
        }),
        Kind::Reference { to } => json!({
            "type": "string", "pattern": RECORD_ID,
            "description": format!("A record of the type `{to}`, by id. Whether it exists is not checked."),
        }),
        Kind::Tags { max_items, max } => json!({
            "type": "array", "maxItems": max_items, "items": line(*max),
            "description": "Words; one that is repeated counts once.",
        }),
        Kind::Group { fields } => group(fields, mode),
    }
}

fn group(fields: &[Field], mode: Mode) -> Value {
    let schema = json!({
        "type": "object", "properties": properties(fields, mode), "additionalProperties": false,
    });
    match mode {
        Mode::Whole => requiring(schema, &required(fields)),
        Mode::Patch => with(schema, "description", "What is left out stays as it is."),
    }
}

/// What an answer holds. Without the limits of today: it may be older than they are.
fn shown(field: &Field) -> Value {
    let schema = match &field.kind {
        Kind::Line { .. } | Kind::Text { .. } | Kind::Email | Kind::Phone => {
            json!({"type": "string"})
        }
        Kind::Date => json!({"type": "string", "format": "date"}),
        Kind::Person => json!({"type": "string", "description": "A person, by id."}),
        Kind::Reference { to } => json!({
            "type": "string", "description": format!("A record of the type `{to}`, by id."),
        }),
        Kind::Tags { .. } => json!({"type": "array", "items": {"type": "string"}}),
        Kind::Group { fields } => {
            let schema = json!({"type": "object", "properties": answered(fields)});
            requiring(schema, &required(fields))
        }
    };
    let schema = with(schema, "title", field.label);
    if field.read_only { with(schema, "readOnly", true) } else { schema }
}

fn line(max: usize) -> Value {
    json!({
        "type": "string", "minLength": 1, "maxLength": max,
        "pattern": format!("^[{SPACES}]*[^{CONTROLS}{SPACES}][^{CONTROLS}]*$"),
        "description": "One line; not only spaces, and no control characters.",
    })
}

fn text() -> String {
    format!(r"^[{SPACES}\t\n\r]*[^{CONTROLS_IN_TEXT}{SPACES}\t\n\r][^{CONTROLS_IN_TEXT}]*$")
}

fn email() -> String {
    let one = format!("[^@{CONTROLS}{SPACES}]");
    let end = format!("[^@.{CONTROLS}{SPACES}]");
    format!("^{one}+@{end}({one}*{end})?$")
}

/// The reason that a body may give.
pub(super) fn reason() -> Value {
    json!({
        "type": ["string", "null"], "maxLength": 500,
        "pattern": format!("^[^{CONTROLS_IN_REASON}]*$"),
        "description": "Why. Stored with the change and shown in the history; instead of `X-Change-Reason`.",
        "examples": ["She has moved"],
    })
}

/// The reason that a body must give.
pub(super) fn required_reason() -> Value {
    json!({
        "type": "string", "minLength": 1, "maxLength": 500,
        "pattern": format!("^[{SPACES}\\t\\n]*[^{CONTROLS_IN_REASON}{SPACES}\\t\\n][^{CONTROLS_IN_REASON}]*$"),
        "description": "Why; not only spaces. Stored in the log and shown in the search over it.",
        "examples": ["The fold of customers has changed"],
    })
}

const CONTROLS_IN_REASON: &str = r"\u0000-\u0008\u000B-\u001F\u007F-\u009F";
