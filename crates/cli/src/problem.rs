//! Problem documents (RFC 9457), as the API answers them, told to people.

use serde::Deserialize;
use serde_json::{Map, Value};
use std::fmt;

/// What the API says went wrong.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Problem {
    /// `urn:annals:problem:{name}`.
    #[serde(rename = "type", default)]
    kind: String,
    /// For people.
    #[serde(default)]
    pub(crate) title: String,
    /// The HTTP status.
    #[serde(default)]
    pub(crate) status: u16,
    /// More, for people.
    #[serde(default)]
    pub(crate) detail: Option<String>,
    /// What is wrong with each field.
    #[serde(default)]
    pub(crate) errors: Vec<FieldError>,
    /// By what the request is found in the logs.
    #[serde(default)]
    trace_id: Option<String>,
    /// Everything else, such as `rule` and `current_version`.
    #[serde(flatten)]
    members: Map<String, Value>,
}

/// What is wrong with one field.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct FieldError {
    /// A JSON Pointer: `/address/city`.
    #[serde(default)]
    pub(crate) pointer: String,
    /// A sentence without the value.
    #[serde(default)]
    pub(crate) detail: String,
}

impl FieldError {
    /// The field as people write it here: `address.city`.
    pub(crate) fn field(&self) -> String {
        let parts = self.pointer.trim_start_matches('/').split('/');
        let parts: Vec<String> =
            parts.map(|part| part.replace("~1", "/").replace("~0", "~")).collect();
        parts.join(".")
    }
}

impl Problem {
    /// The problem in an answer; one made of the status alone where something between us and
    /// Annals answered in its own words.
    pub(crate) fn of(status: u16, json: &Value) -> Self {
        let told: Option<Self> = Self::deserialize(json).ok();
        let mut problem = told.unwrap_or_default();
        problem.status = status;
        if problem.title.is_empty() {
            problem.title = match status {
                401 => "Not signed in".to_owned(),
                403 => "Not allowed".to_owned(),
                404 => "There is no such thing here".to_owned(),
                429 => "Too much at once".to_owned(),
                _ => format!("The server answered {status}"),
            };
        }
        problem
    }

    /// The name of its kind: `invalid-fields`.
    pub(crate) fn name(&self) -> &str {
        self.kind.rsplit(':').next().unwrap_or_default()
    }

    /// The same problem, saying what it is about where the API does not.
    pub(crate) fn about(mut self, what: String) -> Self {
        self.detail.get_or_insert(what);
        self
    }

    /// What else is told, when it is a text.
    pub(crate) fn member(&self, name: &str) -> Option<&str> {
        self.members.get(name)?.as_str()
    }

    /// The version that the record has now, of a 412.
    pub(crate) fn current_version(&self) -> Option<u64> {
        self.members.get("current_version")?.as_u64()
    }

    /// Everything that is wrong in one line: `name: is required; email: …`.
    pub(crate) fn in_one_line(&self) -> String {
        if self.errors.is_empty() {
            return match &self.detail {
                Some(detail) => format!("{}: {detail}", self.title),
                None => self.title.clone(),
            };
        }
        let errors = self.errors.iter().map(|error| format!("{}: {}", error.field(), error.detail));
        errors.collect::<Vec<_>>().join("; ")
    }
}

/// What an operator can do about a problem of this name.
fn hint(name: &str) -> Option<&'static str> {
    match name {
        "rebuild-under-way" => Some("`annals views status VIEW` shows it; end it, or wait for it"),
        "not-verified" => Some("`annals views verify VIEW --watch`, or promote it with --force"),
        "log-closed" => Some("`annals log status` tells why; an operator can recover it"),
        _ => None,
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.title)?;
        if let Some(detail) = &self.detail {
            write!(f, ": {detail}")?;
        }
        for error in &self.errors {
            write!(f, "\n  {}: {}", error.field(), error.detail)?;
        }
        if self.status == 401 {
            write!(
                f,
                "\n  hint: the token is not, or no longer, good here; `annals login`, or set ANNALS_TOKEN"
            )?;
        }
        if self.status == 403 {
            write!(
                f,
                "\n  hint: `annals whoami` shows your rights; an administrator can change them"
            )?;
        }
        if let Some(hint) = hint(self.name()) {
            write!(f, "\n  hint: {hint}")?;
        }
        if let Some(trace) = self.trace_id.as_ref().filter(|_| self.status >= 500) {
            write!(f, "\n  trace: {trace}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_are_named_as_they_are_written_on_the_command_line() {
        let problem = Problem::of(
            400,
            &json!({"type": "urn:annals:problem:invalid-fields", "title": "Fields are wrong",
                "errors": [{"pointer": "/address/city", "detail": "is too long"}, {"pointer": "/name", "detail": "is required"}]}),
        );
        assert_eq!(problem.name(), "invalid-fields");
        assert_eq!(problem.in_one_line(), "address.city: is too long; name: is required");
        assert_eq!(
            problem.to_string(),
            "Fields are wrong\n  address.city: is too long\n  name: is required"
        );
    }

    #[test]
    fn an_answer_in_other_words_is_told_by_its_status() {
        assert_eq!(Problem::of(502, &Value::Null).title, "The server answered 502");
        let problem = Problem::of(412, &json!({"title": "It has moved on", "current_version": 7}));
        assert_eq!(problem.current_version(), Some(7));
    }
}
