//! Filters as the API takes them.

use super::args::Filter;
use crate::api::Api;
use crate::error::{Failure, Usage};
use crate::names::person_id;
use crate::types::types;
use vocabulary::Instant;

/// Names and values of what is filtered by.
///
/// # Errors
/// [`Failure`] for an instant that is none, a record that is not named as `type/id`, or a person who
/// is not there.
pub(super) fn parameters(
    api: &Api,
    filter: &Filter,
) -> Result<Vec<(&'static str, String)>, Failure> {
    let Filter { actor, of, action, field, record, correlation, since, until } = filter;
    let mut given = Vec::new();
    if let Some(actor) = actor {
        given.push(("actor", person_id(api, actor)?));
    }
    if let Some(of) = of {
        given.push(("type", singular(api, of)?));
    }
    given.extend(action.clone().map(|action| ("action", action)));
    given.extend(field.as_deref().map(|field| ("field", pointer(field))));
    if let Some(record) = record {
        given.push(("record", named(record)?.to_owned()));
    }
    given.extend(correlation.clone().map(|id| ("correlation_id", id)));
    for (name, text) in [("since", since), ("until", until)] {
        if let Some(text) = text {
            given.push((name, instant(text)?));
        }
    }
    Ok(given)
}

/// The type as the log has it. Its plural is known too; types of the system's own are in no list.
///
/// # Errors
/// [`Failure`] when the types cannot be read.
pub(crate) fn singular(api: &Api, name: &str) -> Result<String, Failure> {
    let known = types(api)?.into_iter().find(|of| of.plural == name);
    Ok(known.map_or_else(|| name.to_owned(), |of| of.name))
}

/// A record as `type/id`.
///
/// # Errors
/// [`Usage`] for anything else.
pub(crate) fn named(record: &str) -> Result<&str, Usage> {
    match record.split_once('/') {
        Some((of, id)) if !of.is_empty() && !id.is_empty() && !id.contains('/') => Ok(record),
        Some(_) | None => Err(Usage::Record(record.to_owned())),
    }
}

/// A field as a JSON Pointer: `address.city` is `/address/city`.
fn pointer(field: &str) -> String {
    if field.starts_with('/') { field.to_owned() } else { format!("/{}", field.replace('.', "/")) }
}

/// A day begins at midnight UTC.
pub(crate) fn instant(text: &str) -> Result<String, Usage> {
    let whole = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
    let parsed = Instant::parse(&whole).map_err(|_invalid| Usage::Instant(text.to_owned()))?;
    Ok(parsed.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_instants_are_taken_and_nothing_else() {
        assert_eq!(instant("2026-11-24").unwrap(), "2026-11-24T00:00:00.000Z");
        assert_eq!(instant("2026-11-24T08:00:00+01:00").unwrap(), "2026-11-24T07:00:00.000Z");
        for bad in ["", "yesterday", "2026-13-01", "24.11.2026", "2026-11-24T08:00"] {
            assert!(matches!(instant(bad), Err(Usage::Instant(_))), "{bad}");
        }
    }

    #[test]
    fn a_field_is_named_as_elsewhere_on_the_command_line() {
        assert_eq!(pointer("address.city"), "/address/city");
        assert_eq!(pointer("/address"), "/address");
    }

    #[test]
    fn a_record_is_type_and_id() {
        assert!(named("customer/C-1").is_ok());
        for bad in ["customer", "/C-1", "customer/", "a/b/c", ""] {
            assert!(named(bad).is_err(), "{bad}");
        }
    }
}
