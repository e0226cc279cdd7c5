//! `annals people` and `annals whoami`: who is in this workspace, and what they may do.

use crate::api::{Api, Call, encoded};
use crate::args::{Change, Invite, Remove};
use crate::error::{Failure, Usage};
use crate::grid::{Column, Grid};
use crate::output::{Output, plain, say};
use crate::records::Consent;
use http::Method;
use serde_json::{Value, json};

/// `annals whoami`.
pub(crate) fn whoami(api: &Api, output: Output) -> Result<(), Failure> {
    let me = api.call(&Call::get("/me"))?.json;
    if !output.for_people() {
        return output.document(&me);
    }
    let text = |pointer: &str| me.pointer(pointer).map(plain).unwrap_or_default();
    let mut grid = Grid::default();
    for (label, pointer) in [
        ("Name", "/person/display_name"),
        ("E-mail", "/person/email"),
        ("ID", "/id"),
        ("Workspace", "/tenant"),
        ("Rights", "/rights"),
    ] {
        let value = text(pointer);
        if !value.is_empty() {
            grid.row([label.to_owned(), value]);
        }
    }
    grid.row(["Address", &api.url]);
    grid.write()
}

/// `annals people list`.
pub(crate) fn list(api: &Api, output: Output) -> Result<(), Failure> {
    let page = api.call(&Call::get("/people/rights"))?.json;
    output.items(&page, || grid(&items(&page)))
}

/// `annals people invite`.
pub(crate) fn invite(api: &Api, asked: &Invite, output: Output) -> Result<(), Failure> {
    let mut body = json!({"email": asked.email, "groups": asked.groups});
    add(&mut body, "display_name", asked.name.as_deref());
    add(&mut body, "reason", asked.reason.as_deref());
    let call = Call::write(Method::POST, "/people/rights")?.body(body.to_string());
    let person = api.call(&call)?.json;
    say(&format!("{} was invited.", asked.email));
    told(&person, output)
}

/// `annals people grant`.
pub(crate) fn grant(api: &Api, asked: &Change, output: Output) -> Result<(), Failure> {
    let (id, name) = found(api, &asked.person)?;
    changed(api, &id, "grant", asked, output)?;
    say(&format!("{name} is now among the {}.", asked.groups.join(", ")));
    Ok(())
}

/// `annals people revoke`.
pub(crate) fn revoke(
    api: &Api,
    asked: &Change,
    consent: Consent,
    output: Output,
) -> Result<(), Failure> {
    let (id, name) = found(api, &asked.person)?;
    let groups = asked.groups.join(", ");
    consent.to(&format!("Take {groups} from {name}"))?;
    changed(api, &id, "revoke", asked, output)?;
    say(&format!("{name} is no longer among the {groups}."));
    Ok(())
}

/// `annals people remove`.
pub(crate) fn remove(
    api: &Api,
    asked: &Remove,
    consent: Consent,
    output: Output,
) -> Result<(), Failure> {
    let (id, name) = found(api, &asked.person)?;
    consent.to(&format!("Take {name} out of this workspace"))?;
    let call = Call::write(Method::DELETE, rights_of(&id))?.reason(asked.reason.as_deref());
    let person = api.call(&call)?.json;
    say(&format!("{name} is no longer in this workspace."));
    if person.is_object() { told(&person, output) } else { Ok(()) }
}

fn changed(api: &Api, id: &str, what: &str, asked: &Change, output: Output) -> Result<(), Failure> {
    let mut body = json!({ what: asked.groups });
    add(&mut body, "reason", asked.reason.as_deref());
    let call = Call::write(Method::POST, rights_of(id))?.body(body.to_string());
    told(&api.call(&call)?.json, output)
}

fn rights_of(id: &str) -> String {
    format!("/people/{}/rights", encoded(id))
}

fn add(body: &mut Value, name: &str, value: Option<&str>) {
    if let (Some(value), Some(body)) = (value, body.as_object_mut()) {
        body.insert(name.to_owned(), value.into());
    }
}

/// Id and name of somebody who is named by e-mail address, name, user name or id.
fn found(api: &Api, text: &str) -> Result<(String, String), Failure> {
    let page = api.call(&Call::get("/people/rights"))?.json;
    let people = items(&page);
    let is = |person: &&Value| {
        ["id", "email", "display_name", "username"].iter().any(|name| {
            let value = person.get(name).and_then(Value::as_str);
            value.is_some_and(|value| value.eq_ignore_ascii_case(text))
        })
    };
    let fits: Vec<&Value> = people.iter().filter(is).collect();
    match fits.as_slice() {
        [one] => {
            let text = |name: &str| one.get(name).map(plain).unwrap_or_default();
            let name = text("display_name");
            Ok((text("id"), if name.is_empty() { text("email") } else { name }))
        }
        others => Err(Usage::Person { name: text.to_owned(), found: others.len() }.into()),
    }
}

fn items(page: &Value) -> Vec<Value> {
    page.get("items").and_then(Value::as_array).cloned().unwrap_or_default()
}

fn told(person: &Value, output: Output) -> Result<(), Failure> {
    if output.for_people() {
        grid(std::slice::from_ref(person)).write()
    } else {
        output.document(person)
    }
}

fn grid(people: &[Value]) -> Grid {
    let mut grid = Grid::of_lines(vec![
        Column::cut("Name", 0),
        Column::whole("E-mail", 0),
        Column::whole("Groups", 1),
        Column::whole("Status", 2),
        Column::whole("ID", 3),
    ]);
    for person in people {
        let text = |name: &str| person.get(name).map(plain).unwrap_or_default();
        grid.row(["display_name", "email", "groups", "status", "id"].map(text));
    }
    grid
}
