//! `annals records`: list, show, create, edit, act, delete.

use crate::api::{Answer, Api, Call, encoded};
use crate::args::{Act, Create, Delete, Edit, List, Show};
use crate::conflict;
use crate::error::{Failure, Usage};
use crate::grid::{Column, Grid};
use crate::names::{Names, person_id, resolve};
use crate::output::{Output, instant, plain, say, shortened};
use crate::paging::{Found, Wanted, collected};
use crate::past::looking_back;
use crate::types::{self, Action, Type, leaves};
use crate::values::{Empty, body, object_in};
use http::Method;
use serde_json::{Map, Value};

/// Whether dangerous things need a yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Consent {
    /// `--yes` was given.
    Given,
    /// Somebody can be asked.
    Ask,
    /// Nobody can be asked.
    Nobody,
}

impl Consent {
    /// Sees to it that somebody wants this.
    ///
    /// # Errors
    /// [`Failure`]: nobody can be asked, or the answer is no.
    pub(crate) fn to(self, what: &str) -> Result<(), Failure> {
        match self {
            Self::Given => Ok(()),
            Self::Ask => crate::output::ask(&format!("{what}?")),
            Self::Nobody => Err(Usage::NeedsYes { what: what.to_owned() }.into()),
        }
    }
}

/// `records list`.
pub(crate) fn list(api: &Api, asked: &List, output: Output) -> Result<(), Failure> {
    let of = types::named(api, &asked.of)?;
    let owner = asked.owner.as_deref().map(|owner| person_id(api, owner)).transpose()?;
    let mut call = Call::get(format!("/{}", of.plural));
    let filters = [
        ("status", asked.status.as_deref()),
        ("owner", owner.as_deref()),
        ("sort", asked.sort.as_deref()),
    ];
    for (name, value) in filters {
        if let Some(value) = value {
            call = call.parameter(name, value);
        }
    }
    let names = if output.for_people() { Names::read(api) } else { Names::default() };
    let wanted = Wanted::of(asked.all, asked.limit, asked.cursor.as_ref());
    let found = collected(|call| api.call(call), &call, &wanted, output)?;
    listed(&of, &found, &names, output)
}

fn listed(of: &Type, found: &Found, names: &Names, output: Output) -> Result<(), Failure> {
    output.items(&found.page(), || table(of, &found.items, names))?;
    if let Some(cursor) = &found.cursor {
        say(&format!("There are more: --all shows all of them, --cursor {cursor} the next."));
    } else if found.items.is_empty() && output.for_people() {
        say(&format!("There are no {} to show.", of.plural_label.to_lowercase()));
    }
    Ok(())
}

/// A list for people: the title first, the fields that lists show, then who and when.
fn table(of: &Type, items: &[Value], names: &Names) -> Grid {
    let others = leaves(&of.fields);
    let others: Vec<_> =
        others.iter().filter(|(path, field)| field.listed && *path != of.title).collect();
    let title = of.fields.iter().find(|field| field.name == of.title);
    let title = title.map_or(of.title.as_str(), |field| &field.label);
    let mut columns =
        vec![Column::whole("ID", 0), Column::cut(title, 0), Column::whole("Status", 1)];
    columns.extend(others.iter().map(|(_, field)| Column::cut(&field.label, 4)));
    columns.extend([Column::cut("Owner", 3), Column::whole("Changed", 2)]);
    let mut grid = Grid::of_lines(columns);
    for item in items {
        let text = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default();
        let mut cells = vec![
            text("id").to_owned(),
            plain(item.get(&of.title).unwrap_or(&Value::Null)),
            of.status_label(text("status")).to_owned(),
        ];
        cells.extend(others.iter().map(|(path, field)| {
            let value = plain(item.get(path).unwrap_or(&Value::Null));
            if field.kind == "person" { names.of(&value).to_owned() } else { value }
        }));
        cells.push(names.of(text("owner")).to_owned());
        cells.push(instant(text("changed_at")));
        grid.row(cells.iter().map(|cell| shortened(cell)));
    }
    grid
}

/// `records show`.
pub(crate) fn show(api: &Api, asked: &Show, output: Output) -> Result<(), Failure> {
    let of = types::named(api, &asked.record.of)?;
    let call = looking_back(Call::get(path(&of, &asked.record.id)), &asked.moment);
    let record = called(api, &of, &asked.record.id, &call)?.json;
    if record.get("provisional").is_some() {
        say("This was less than a minute ago: a change from before it may still come.");
    }
    told(api, &of, &record, output)
}

/// `records create`.
pub(crate) fn create(api: &Api, asked: &Create, output: Output) -> Result<(), Failure> {
    let of = types::named(api, &asked.of)?;
    of.kept_by_editors()?;
    let mut body = match &asked.json {
        Some(path) => object_in(path)?,
        None => body(&asked.pairs, &of.fields, &["id"], Empty::LeftOut)?,
    };
    if body.is_empty() {
        return Err(Usage::Nothing("there is nothing to create: give fields as name=value").into());
    }
    resolve(api, &of.fields, &mut body)?;
    let call = Call::write(Method::POST, format!("/{}", of.plural))?
        .reason(asked.reason.as_deref())
        .body(Value::Object(body).to_string());
    let record = api.call(&call)?.json;
    say(&format!("{} {} was created.", of.label, id(&record)));
    told(api, &of, &record, output)
}

/// `records edit`.
pub(crate) fn edit(api: &Api, asked: &Edit, output: Output) -> Result<(), Failure> {
    let of = types::named(api, &asked.record.of)?;
    of.kept_by_editors()?;
    let mut patch = match &asked.json {
        Some(path) => object_in(path)?,
        None => body(&asked.pairs, &of.fields, &[], Empty::Clears)?,
    };
    if patch.is_empty() {
        return Err(Usage::Nothing("there is nothing to change: give fields as name=value").into());
    }
    resolve(api, &of.fields, &mut patch)?;
    let place = path(&of, &asked.record.id);
    let seen = match asked.if_match {
        Some(version) => version,
        None => version(api, &called(api, &of, &asked.record.id, &Call::get(&place))?)?,
    };
    let call = |version| {
        Ok::<_, Failure>(
            Call::write(Method::PATCH, &place)?
                .reason(asked.reason.as_deref())
                .if_match(Some(version))
                .body(Value::Object(patch.clone()).to_string()),
        )
    };
    let edited = match called(api, &of, &asked.record.id, &call(seen)?) {
        Err(Failure::Problem(problem)) if problem.status == 412 => {
            let since = conflict::since(api, &place, seen, &problem)?;
            // Whoever named no version wants these fields changed whatever the others are.
            if asked.if_match.is_some() || since.touches(&patch) {
                return Err(Failure::Conflict(since.told(api)));
            }
            say("Somebody changed other fields meanwhile; your change was made on top of theirs.");
            api.call(&call(since.version)?)?
        }
        other => other?,
    };
    let was = if edited.version == Some(seen) { "is as it was" } else { "was changed" };
    say(&format!("{} {} {was}.", of.label, asked.record.id));
    told(api, &of, &edited.json, output)
}

/// `records act`.
pub(crate) fn act(api: &Api, asked: &Act, consent: Consent, output: Output) -> Result<(), Failure> {
    let of = types::named(api, &asked.record.of)?;
    of.kept_by_editors()?;
    let action = of.action(&asked.action)?;
    let mut body = body(&asked.pairs, &action.fields, &[], Empty::LeftOut)?;
    resolve(api, &action.fields, &mut body)?;
    wants(&of, action, &asked.record.id, asked.reason.as_deref(), consent)?;
    let call =
        Call::write(Method::POST, format!("{}/{}", path(&of, &asked.record.id), action.name))?;
    let call = call.reason(asked.reason.as_deref()).if_match(asked.if_match);
    let call = if body.is_empty() { call } else { call.body(Value::Object(body).to_string()) };
    let record = called(api, &of, &asked.record.id, &call)?.json;
    say(&format!("{} {}: done.", action.label, asked.record.id));
    told(api, &of, &record, output)
}

/// `records delete`: the type's own ending.
pub(crate) fn delete(
    api: &Api,
    asked: &Delete,
    consent: Consent,
    output: Output,
) -> Result<(), Failure> {
    let of = types::named(api, &asked.record.of)?;
    of.kept_by_editors()?;
    let endless = || Usage::Endless(of.plural_label.clone());
    let ending = of.ending.as_deref().ok_or_else(endless)?;
    wants(&of, of.action(ending)?, &asked.record.id, asked.reason.as_deref(), consent)?;
    let call = Call::write(Method::DELETE, path(&of, &asked.record.id))?;
    let call = call.reason(asked.reason.as_deref()).if_match(asked.if_match);
    let record = called(api, &of, &asked.record.id, &call)?.json;
    let status = record.get("status").and_then(Value::as_str).unwrap_or_default();
    say(&format!(
        "{} {} is now {}.",
        of.label,
        asked.record.id,
        of.status_label(status).to_lowercase()
    ));
    told(api, &of, &record, output)
}

/// That the action has its reason, and somebody's yes where it ends the record.
fn wants(
    of: &Type,
    action: &Action,
    id: &str,
    reason: Option<&str>,
    consent: Consent,
) -> Result<(), Failure> {
    if action.needs_reason() && reason.is_none_or(|reason| reason.trim().is_empty()) {
        return Err(Usage::NoReason { action: action.name.clone() }.into());
    }
    if of.ending.as_ref() == Some(&action.name) {
        let what = format!("{} {} {id}", action.label, of.label.to_lowercase());
        return consent.to(&what);
    }
    Ok(())
}

/// Where a record is.
pub(crate) fn path(of: &Type, id: &str) -> String {
    format!("/{}/{}", of.plural, encoded(id))
}

/// Calls what concerns one record.
///
/// # Errors
/// [`Failure`], naming the record where it is not found.
pub(crate) fn called(api: &Api, of: &Type, id: &str, call: &Call) -> Result<Answer, Failure> {
    let what = || format!("{} `{id}`", of.label.to_lowercase());
    api.call(call).map_err(|failure| failure.about(what))
}

fn id(record: &Value) -> &str {
    record.get("id").and_then(Value::as_str).unwrap_or_default()
}

/// The version of a record that was answered.
///
/// # Errors
/// [`Failure::Strange`] when there is none.
pub(crate) fn version(api: &Api, answer: &Answer) -> Result<u64, Failure> {
    let version = answer.json.get("version").and_then(Value::as_u64).or(answer.version);
    version.ok_or_else(|| Failure::Strange { url: api.url.clone(), status: 200 })
}

/// A record: its fields with their labels for people, its JSON for programs.
///
/// # Errors
/// [`Failure::Output`].
pub(crate) fn told(api: &Api, of: &Type, record: &Value, output: Output) -> Result<(), Failure> {
    if !output.for_people() {
        return output.document(record);
    }
    let names = Names::read(api);
    let text = |name: &str| record.get(name).and_then(Value::as_str).unwrap_or_default();
    let mut grid = Grid::default();
    grid.row(["ID", text("id")]);
    grid.row(["Status", of.status_label(text("status"))]);
    for (path, field) in leaves(&of.fields) {
        let value = record.pointer(&format!("/{}", path.replace('.', "/")));
        let value = value.map(plain).unwrap_or_default();
        if !value.is_empty() {
            let value = if field.kind == "person" { names.of(&value).to_owned() } else { value };
            grid.row([field.label.clone(), value]);
        }
    }
    let by = |at: &str, who: &str| format!("{} by {}", instant(text(at)), names.of(text(who)));
    grid.row(["Owner", names.of(text("owner"))]);
    grid.row(["Version", &plain(record.get("version").unwrap_or(&Value::Null))]);
    if record.get("valid_from").is_some() {
        let until = record.get("valid_to").map(|_| format!(" until {}", instant(text("valid_to"))));
        grid.row([
            "Valid",
            &format!("{}{}", instant(text("valid_from")), until.unwrap_or_default()),
        ]);
    }
    grid.row(["Created", &by("created_at", "created_by")]);
    grid.row(["Changed", &by("changed_at", "changed_by")]);
    grid.write()
}

/// The body of a patch, for what looks at its fields.
pub(crate) type Patch = Map<String, Value>;
