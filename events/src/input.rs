//! Checking what callers send against a type's fields: all faults at once, each with its place.

use crate::{Field, Kind};
use serde_json::{Map, Value};

/// What is wrong with one field of a request.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FieldError {
    /// Where: a JSON Pointer (RFC 6901) into the body, `/address/city`.
    pub pointer: String,
    /// What: a sentence for people, without the value.
    pub detail: String,
}

/// How a body is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// All fields of a new record: required ones must be there, null is as good as absent.
    Whole,
    /// A merge patch (RFC 7386): absent leaves a field, null clears it.
    Patch,
}

/// Fields that have been checked: known names, right kinds and forms.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Input(Map<String, Value>);

impl Input {
    /// The text of a field, unless it is absent or null.
    pub fn text(&self, field: &str) -> Option<String> {
        self.0.get(field).and_then(Value::as_str).map(str::to_owned)
    }

    /// The words of a field; none when it is absent or null.
    pub fn words(&self, field: &str) -> Vec<String> {
        words(self.0.get(field).unwrap_or(&Value::Null))
    }

    /// Whether the field is mentioned, be it as null.
    pub fn mentions(&self, field: &str) -> bool {
        self.0.contains_key(field)
    }

    /// The fields of a group; `None` when it is absent or null.
    pub fn group(&self, field: &str) -> Option<Input> {
        self.0.get(field).and_then(Value::as_object).cloned().map(Input)
    }

    /// What this patch makes of a field that now holds `current`.
    pub fn patched(&self, field: &str, current: Option<String>) -> Option<String> {
        if self.mentions(field) { self.text(field) } else { current }
    }
}

fn words(value: &Value) -> Vec<String> {
    let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Checks a body against fields.
///
/// # Errors
/// Every fault of the body, in the order of its names.
pub fn check(
    fields: &[Field],
    body: &Map<String, Value>,
    mode: Mode,
) -> Result<Input, Vec<FieldError>> {
    let mut errors = Vec::new();
    let checked = check_group("", fields, body, mode, &mut errors);
    if errors.is_empty() { Ok(Input(checked)) } else { Err(errors) }
}

fn check_group(
    at: &str,
    fields: &[Field],
    body: &Map<String, Value>,
    mode: Mode,
    errors: &mut Vec<FieldError>,
) -> Map<String, Value> {
    let mut checked = Map::new();
    // By name, whether or not the build turned on serde_json's feature `preserve_order`.
    let mut entries: Vec<_> = body.iter().collect();
    entries.sort_by_key(|(name, _)| *name);
    for (name, value) in entries {
        let pointer = format!("{at}/{}", escaped(name));
        match fields.iter().find(|field| field.name == name) {
            None => errors.push(FieldError { pointer, detail: unknown_field(name).to_owned() }),
            Some(field) if field.read_only => {
                errors.push(FieldError { pointer, detail: "cannot be filled in".to_owned() });
            }
            Some(field) => {
                if let Some(value) = check_field(&pointer, field, value, mode, errors) {
                    checked.insert(name.clone(), value);
                }
            }
        }
    }
    for field in fields.iter().filter(|field| field.required && mode == Mode::Whole) {
        if body.get(field.name).is_none_or(Value::is_null) {
            let pointer = format!("{at}/{}", field.name);
            errors.push(FieldError { pointer, detail: "is required".to_owned() });
        }
    }
    checked
}

/// What is told of a name that is none of the fields': the detail of a [`FieldError`]. Sealed values will
/// have names beginning with `$`, so no field ever has one.
pub fn unknown_field(name: &str) -> &'static str {
    if name.starts_with('$') {
        "names beginning with `$` are reserved"
    } else {
        "there is no such field"
    }
}

fn check_field(
    pointer: &str,
    field: &Field,
    value: &Value,
    mode: Mode,
    errors: &mut Vec<FieldError>,
) -> Option<Value> {
    if value.is_null() {
        if field.required && mode == Mode::Patch {
            let detail = "cannot be cleared".to_owned();
            errors.push(FieldError { pointer: pointer.to_owned(), detail });
        }
        return (mode == Mode::Patch).then_some(Value::Null);
    }
    if let Kind::Group { fields } = &field.kind {
        if let Some(body) = value.as_object() {
            return Some(Value::Object(check_group(pointer, fields, body, mode, errors)));
        }
        errors.push(FieldError {
            pointer: pointer.to_owned(),
            detail: "must be an object".to_owned(),
        });
        return None;
    }
    if let Kind::Tags { max_items, max } = field.kind {
        return check_words(pointer, value, max_items, max, errors);
    }
    match check_text(&field.kind, value) {
        Ok(text) => Some(Value::String(text)),
        Err(detail) => {
            errors.push(FieldError { pointer: pointer.to_owned(), detail });
            None
        }
    }
}

/// Words without their repetitions, in the order given.
fn check_words(
    pointer: &str,
    value: &Value,
    max_items: usize,
    max: usize,
    errors: &mut Vec<FieldError>,
) -> Option<Value> {
    let Some(items) = value.as_array() else {
        let detail = "must be a list of texts".to_owned();
        errors.push(FieldError { pointer: pointer.to_owned(), detail });
        return None;
    };
    if items.len() > max_items {
        let detail = format!("holds at most {max_items} words");
        errors.push(FieldError { pointer: pointer.to_owned(), detail });
        return None;
    }
    let mut kept: Vec<Value> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        match check_text(&Kind::Line { max }, item) {
            Ok(word) => {
                let word = Value::String(word);
                if !kept.contains(&word) {
                    kept.push(word);
                }
            }
            Err(detail) => {
                errors.push(FieldError { pointer: format!("{pointer}/{index}"), detail });
            }
        }
    }
    Some(Value::Array(kept))
}

fn check_text(kind: &Kind, value: &Value) -> Result<String, String> {
    let text = value.as_str().ok_or("must be a text")?;
    if text.trim().is_empty() {
        return Err("must not be empty; send null or leave it out instead".to_owned());
    }
    let max = match kind {
        Kind::Line { max } | Kind::Text { max } => *max,
        Kind::Email => 254,
        Kind::Phone => 40,
        Kind::Date => 10,
        Kind::Person | Kind::Reference { .. } => 64,
        Kind::Tags { .. } | Kind::Group { .. } => 0,
    };
    if text.chars().count() > max {
        return Err(format!("must be at most {max} characters long"));
    }
    let breaks_allowed = matches!(kind, Kind::Text { .. });
    if text.chars().any(|c| c.is_control() && !(breaks_allowed && matches!(c, '\n' | '\r' | '\t')))
    {
        return Err("must not hold control characters".to_owned());
    }
    match form_fault(kind, text) {
        None => Ok(text.to_owned()),
        Some(fault) => Err(fault.to_owned()),
    }
}

fn form_fault(kind: &Kind, text: &str) -> Option<&'static str> {
    match kind {
        Kind::Email => (!is_email(text)).then_some("must be an e-mail address"),
        Kind::Phone => (!is_phone(text)).then_some("must be a telephone number"),
        Kind::Date => (!is_date(text)).then_some("must be a date as in 2026-11-22"),
        Kind::Person => {
            vocabulary::ActorId::parse(text).is_err().then_some("must be the id of a person")
        }
        Kind::Reference { .. } => {
            vocabulary::RecordId::parse(text).is_err().then_some("must be the id of a record")
        }
        Kind::Line { .. } | Kind::Text { .. } | Kind::Tags { .. } | Kind::Group { .. } => None,
    }
}

fn is_email(text: &str) -> bool {
    match text.rsplit_once('@') {
        Some((local, domain)) => {
            !local.is_empty()
                && !domain.is_empty()
                && !local.contains('@')
                && !text.chars().any(char::is_whitespace)
                && !domain.starts_with('.')
                && !domain.ends_with('.')
        }
        None => false,
    }
}

fn is_phone(text: &str) -> bool {
    text.chars().count() >= 3
        && text.chars().any(|c| c.is_ascii_digit())
        && text
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, ' ' | '+' | '-' | '(' | ')' | '/' | '.'))
}

/// A day of the Gregorian calendar, written `yyyy-mm-dd`.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return false };
    if (year.len(), month.len(), day.len()) != (4, 2, 2) {
        return false;
    }
    let number = |part: &str| -> Option<u32> {
        part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok()).flatten()
    };
    let (Some(year), Some(month), Some(day)) = (number(year), number(month), number(day)) else {
        return false;
    };
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    };
    year > 0 && (1..=days).contains(&day)
}

/// A name as it stands in a JSON Pointer.
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const FIELDS: &[Field] = &[
        Field::optional("name", "Name", Kind::Line { max: 5 }).required(),
        Field::optional("notes", "Notes", Kind::Text { max: 20 }),
        Field::optional("email", "E-mail", Kind::Email),
        Field::optional("due_on", "Due", Kind::Date),
        Field::optional("tags", "Tags", Kind::Tags { max_items: 2, max: 3 }),
        Field::optional(
            "address",
            "Address",
            Kind::Group { fields: &[Field::optional("city", "City", Kind::Line { max: 9 })] },
        ),
    ];

    fn faults(body: &Value, mode: Mode) -> Vec<String> {
        let body = body.as_object().unwrap();
        let errors = check(FIELDS, body, mode).err().unwrap_or_default();
        errors.into_iter().map(|e| format!("{} {}", e.pointer, e.detail)).collect()
    }

    #[test]
    fn all_faults_are_told_at_once_with_their_places() {
        let body = json!({"nmae": "x", "email": "no", "tags": ["ok", 7], "address": {"city": 1, "a/b": 2}});
        assert_eq!(
            faults(&body, Mode::Whole),
            [
                "/address/a~1b there is no such field",
                "/address/city must be a text",
                "/email must be an e-mail address",
                "/nmae there is no such field",
                "/tags/1 must be a text",
                "/name is required",
            ]
        );
    }

    #[test]
    fn names_beginning_with_a_dollar_are_reserved() {
        let body = json!({"$sealed": "x", "address": {"$sealed": "x"}});
        let reserved = "names beginning with `$` are reserved";
        assert_eq!(
            faults(&body, Mode::Patch),
            [format!("/$sealed {reserved}"), format!("/address/$sealed {reserved}")]
        );
    }

    #[test]
    fn null_clears_in_a_patch_and_is_absent_in_a_whole_record() {
        let body = json!({"name": "Ann", "email": null});
        let whole = check(FIELDS, body.as_object().unwrap(), Mode::Whole).unwrap();
        assert!(!whole.mentions("email"));
        let patch = check(FIELDS, body.as_object().unwrap(), Mode::Patch).unwrap();
        assert!(patch.mentions("email"));
        assert_eq!(faults(&json!({"name": null}), Mode::Patch), ["/name cannot be cleared"]);
    }

    #[test]
    fn text_is_counted_in_characters_and_may_be_of_any_script() {
        assert!(
            faults(&json!({"name": "עִבְרִ"}), Mode::Patch).is_empty() || "עִבְרִ".chars().count() > 5
        );
        assert!(faults(&json!({"name": "🙂🙂🙂🙂🙂"}), Mode::Patch).is_empty());
        assert_eq!(
            faults(&json!({"name": "🙂🙂🙂🙂🙂🙂"}), Mode::Patch),
            ["/name must be at most 5 characters long"]
        );
    }

    #[test]
    fn control_characters_are_refused_but_line_breaks_in_long_text_are_not() {
        assert_eq!(
            faults(&json!({"name": "a\u{0}b"}), Mode::Patch),
            ["/name must not hold control characters"]
        );
        assert_eq!(
            faults(&json!({"name": "a\nb"}), Mode::Patch),
            ["/name must not hold control characters"]
        );
        assert!(faults(&json!({"notes": "a\nb\tc"}), Mode::Patch).is_empty());
        assert_eq!(
            faults(&json!({"notes": "a\u{85}b"}), Mode::Patch),
            ["/notes must not hold control characters"]
        );
    }

    #[test]
    fn a_date_is_a_day_of_the_calendar() {
        for good in ["2026-11-22", "2024-02-29", "2000-02-29"] {
            assert!(is_date(good), "{good}");
        }
        for bad in [
            "2026-2-9",
            "2026-02-29",
            "1900-02-29",
            "2026-13-01",
            "2026-04-31",
            "0000-01-01",
            "x",
            "+026-01-01",
        ] {
            assert!(!is_date(bad), "{bad}");
        }
    }

    #[test]
    fn repeated_words_count_once() {
        let body = json!({"tags": ["a", "a"]});
        let input = check(FIELDS, body.as_object().unwrap(), Mode::Patch).unwrap();
        assert_eq!(input.words("tags"), ["a"]);
        assert_eq!(
            faults(&json!({"tags": ["a", "b", "c"]}), Mode::Patch),
            ["/tags holds at most 2 words"]
        );
    }
}
