//! The record types, as `/meta/types` describes them. Nothing here knows a type by name.

use crate::api::{Api, Call};
use crate::error::{Failure, Usage};
use serde::Deserialize;

/// A record type.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Type {
    pub(crate) name: String,
    pub(crate) plural: String,
    pub(crate) label: String,
    pub(crate) plural_label: String,
    /// The field that names a record.
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) statuses: Vec<Status>,
    #[serde(default)]
    pub(crate) fields: Vec<Field>,
    #[serde(default)]
    pub(crate) actions: Vec<Action>,
    /// The action that deleting stands for.
    #[serde(default)]
    pub(crate) ending: Option<String>,
    #[serde(default)]
    keeping: String,
}

/// A status.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Status {
    pub(crate) name: String,
    pub(crate) label: String,
}

/// A field. A kind that is not known here is a text.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) required: bool,
    #[serde(default)]
    pub(crate) listed: bool,
    /// Whether it is told and never filled in.
    #[serde(default)]
    pub(crate) read_only: bool,
    /// The most characters; of a tag, where it holds tags.
    #[serde(default)]
    pub(crate) max: Option<usize>,
    #[serde(default)]
    pub(crate) max_items: Option<usize>,
    /// The fields of a group.
    #[serde(default)]
    pub(crate) fields: Vec<Field>,
}

/// An action.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Action {
    pub(crate) name: String,
    pub(crate) label: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    pub(crate) fields: Vec<Field>,
}

impl Action {
    /// Whether a rule asks for a reason.
    pub(crate) fn needs_reason(&self) -> bool {
        self.reason == "required"
    }
}

#[derive(Deserialize)]
struct Types {
    items: Vec<Type>,
}

/// All record types of the server.
///
/// # Errors
/// [`Failure`] when they cannot be read.
pub(crate) fn types(api: &Api) -> Result<Vec<Type>, Failure> {
    let json = api.call(&Call::get("/meta/types"))?.json;
    let strange = |_other_shape| Failure::Strange { url: api.url.clone(), status: 200 };
    Ok(serde_json::from_value::<Types>(json).map_err(strange)?.items)
}

/// The record type of that name, singular or plural.
///
/// # Errors
/// [`Failure`] when there is none, or the types cannot be read.
pub(crate) fn named(api: &Api, name: &str) -> Result<Type, Failure> {
    let types = types(api)?;
    let known: Vec<String> = types.iter().map(|of| of.plural.clone()).collect();
    let both = types.iter().flat_map(|of| [of.name.as_str(), of.plural.as_str()]);
    let guess = guessed(name, both);
    let found = types.into_iter().find(|of| of.name == name || of.plural == name);
    found.ok_or_else(|| unknown("record type", name, guess, known).into())
}

impl Type {
    /// That its records are kept by editors.
    ///
    /// # Errors
    /// [`Usage::KeptByThemselves`].
    pub(crate) fn kept_by_editors(&self) -> Result<(), Usage> {
        if self.keeping == "the_person_themselves" {
            return Err(Usage::KeptByThemselves(self.plural_label.clone()));
        }
        Ok(())
    }

    /// The action of that name.
    ///
    /// # Errors
    /// [`Usage::Unknown`].
    pub(crate) fn action(&self, name: &str) -> Result<&Action, Usage> {
        let known = || self.actions.iter().map(|action| action.name.as_str());
        self.actions.iter().find(|action| action.name == name).ok_or_else(|| {
            unknown("action", name, guessed(name, known()), known().map(str::to_owned).collect())
        })
    }

    /// The name of a status for people.
    pub(crate) fn status_label<'a>(&'a self, name: &'a str) -> &'a str {
        let found = self.statuses.iter().find(|status| status.name == name);
        found.map_or(name, |status| &status.label)
    }
}

/// Every field that holds a value, groups resolved: `address.city`.
pub(crate) fn leaves(fields: &[Field]) -> Vec<(String, &Field)> {
    let mut all = Vec::new();
    for field in fields {
        if field.kind == "group" {
            let inner = leaves(&field.fields).into_iter();
            all.extend(inner.map(|(path, leaf)| (format!("{}.{path}", field.name), leaf)));
        } else {
            all.push((field.name.clone(), field));
        }
    }
    all
}

/// The fields of those that can be filled in.
pub(crate) fn to_fill_in(fields: &[Field]) -> Vec<(String, &Field)> {
    leaves(fields).into_iter().filter(|(_, field)| !field.read_only).collect()
}

/// The known name that was most likely meant.
pub(crate) fn guessed<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let name = name.to_lowercase();
    let likeness = |known: &str| {
        let last = known.rsplit('.').next().unwrap_or(known).to_lowercase();
        let whole = strsim::jaro_winkler(&name, &known.to_lowercase());
        whole.max(strsim::jaro_winkler(&name, &last))
    };
    let scored = known.into_iter().map(|known| (likeness(known), known));
    let best = scored.max_by(|(a, _), (b, _)| a.total_cmp(b))?;
    (best.0 > 0.8).then(|| best.1.to_owned())
}

/// A name that is not known.
pub(crate) fn unknown(
    what: &'static str,
    name: &str,
    guess: Option<String>,
    known: Vec<String>,
) -> Usage {
    Usage::Unknown { what, name: name.to_owned(), guess, known }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_likely_name_is_guessed_and_an_unlikely_one_is_not() {
        let known = ["name", "email", "address.city", "address.postal_code"];
        assert_eq!(guessed("emial", known).as_deref(), Some("email"));
        assert_eq!(guessed("City", known).as_deref(), Some("address.city"));
        assert_eq!(guessed("postalcode", known).as_deref(), Some("address.postal_code"));
        assert_eq!(guessed("turnover", known), None);
    }

    #[test]
    fn groups_are_resolved() {
        let fields: Vec<Field> = serde_json::from_value(serde_json::json!([
            {"name": "name", "label": "Name", "kind": "line", "max": 200, "required": true, "listed": true},
            {"name": "address", "label": "Address", "kind": "group", "required": false, "listed": false,
             "fields": [{"name": "city", "label": "City", "kind": "line", "max": 100, "required": false, "listed": false}]}
        ])).unwrap();
        let paths: Vec<String> = leaves(&fields).into_iter().map(|(path, _)| path).collect();
        assert_eq!(paths, ["name", "address.city"]);
    }
}
