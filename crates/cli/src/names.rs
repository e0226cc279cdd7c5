//! People by name: shown instead of their ids, and taken instead of them.

use crate::api::{Api, Call};
use crate::error::{Failure, Usage};
use crate::types::{Field, leaves};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// So many people are looked through for names; beyond that, ids are shown.
const PEOPLE_MAX: usize = 1_000;

/// Who is who in this workspace.
#[derive(Debug, Default)]
pub(crate) struct Names {
    people: BTreeMap<String, Person>,
}

#[derive(Debug)]
struct Person {
    name: String,
    email: Option<String>,
}

impl Names {
    /// Reads who is who. Names are a courtesy: without them, ids are shown.
    pub(crate) fn read(api: &Api) -> Self {
        Self::try_read(api).unwrap_or_default()
    }

    fn try_read(api: &Api) -> Result<Self, Failure> {
        let mut people = BTreeMap::new();
        let mut cursor: Option<String> = None;
        while people.len() < PEOPLE_MAX {
            let call = Call::get("/people").parameter("limit", "100");
            let call = match &cursor {
                Some(cursor) => call.parameter("cursor", cursor),
                None => call,
            };
            let page = api.call(&call)?.json;
            let items = page.get("items").and_then(Value::as_array).into_iter().flatten();
            people.extend(items.filter_map(person));
            cursor = page.get("next_cursor").and_then(Value::as_str).map(str::to_owned);
            if cursor.is_none() {
                break;
            }
        }
        Ok(Self { people })
    }

    /// The name of somebody, or their id where no name is known.
    pub(crate) fn of<'a>(&'a self, id: &'a str) -> &'a str {
        self.people.get(id).map_or(id, |person| &person.name)
    }

    /// The id of whom a text names by e-mail address or name; the text itself where it is an id.
    fn id(&self, text: &str) -> Result<String, Usage> {
        let is = |person: &Person| {
            person.name.eq_ignore_ascii_case(text)
                || person.email.as_deref().is_some_and(|email| email.eq_ignore_ascii_case(text))
        };
        let found: Vec<&String> =
            self.people.iter().filter(|(_, person)| is(person)).map(|(id, _)| id).collect();
        match found.as_slice() {
            [one] => Ok((*one).clone()),
            others => Err(Usage::Person { name: text.to_owned(), found: others.len() }),
        }
    }
}

fn person(item: &Value) -> Option<(String, Person)> {
    let text = |name: &str| item.get(name).and_then(Value::as_str).map(str::to_owned);
    Some((text("id")?, Person { name: text("display_name")?, email: text("email") }))
}

/// The id of a person who is given as `me`, by e-mail address, by name or by id. An id holds neither
/// `@` nor a space.
///
/// # Errors
/// [`Failure`] when there is nobody of that name, or more than one.
pub(crate) fn person_id(api: &Api, text: &str) -> Result<String, Failure> {
    if text == "me" {
        let json = api.call(&Call::get("/me"))?.json;
        let id = json.get("id").and_then(Value::as_str);
        let strange = || Failure::Strange { url: api.url.clone(), status: 200 };
        return Ok(id.ok_or_else(strange)?.to_owned());
    }
    if text.contains('@') || text.contains(' ') {
        return Ok(Names::try_read(api)?.id(text)?);
    }
    Ok(text.to_owned())
}

/// Puts ids where a body names people.
///
/// # Errors
/// [`Failure`] as [`person_id`].
pub(crate) fn resolve(
    api: &Api,
    fields: &[Field],
    body: &mut Map<String, Value>,
) -> Result<(), Failure> {
    for (path, _) in leaves(fields).into_iter().filter(|(_, field)| field.kind == "person") {
        let pointer = format!("/{}", path.replace('.', "/"));
        let mut whole = Value::Object(std::mem::take(body));
        if let Some(Value::String(text)) = whole.pointer_mut(&pointer) {
            *text = person_id(api, text)?;
        }
        if let Value::Object(resolved) = whole {
            *body = resolved;
        }
    }
    Ok(())
}
