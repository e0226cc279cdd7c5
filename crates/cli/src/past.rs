//! `annals records`: history, diff, blame, restore, and what `show` needs to look back.

use crate::api::{Api, Call};
use crate::args::past::{Blame, Diff, History, Moment, Restore};
use crate::conflict;
use crate::error::{Failure, Usage};
use crate::grid::Grid;
use crate::names::{Names, person_id};
use crate::output::{Output, data, instant, plain, say, shortened};
use crate::paging::{Wanted, collected};
use crate::records::{Consent, called, path, told, version};
use crate::types::{self, Type, guessed, unknown};
use http::Method;
use serde_json::{Value, json};

/// `records history`.
pub(crate) fn history(api: &Api, asked: &History, output: Output) -> Result<(), Failure> {
    let of = types::named(api, &asked.record.of)?;
    let actor = asked.actor.as_deref().map(|actor| person_id(api, actor)).transpose()?;
    let number = |version: Option<u64>| version.map(|version| version.to_string());
    let order = if asked.oldest_first { "asc" } else { "desc" };
    let filters = [
        ("since", asked.since.as_deref().map(instant_of)),
        ("until", asked.until.as_deref().map(instant_of)),
        ("actor", actor),
        ("field", asked.field.as_deref().map(pointer)),
        ("event", asked.event.clone()),
        ("from_version", number(asked.from_version)),
        ("to_version", number(asked.to_version)),
        ("include", asked.stored.then(|| "stored".to_owned())),
    ];
    let call =
        Call::get(format!("{}/history", path(&of, &asked.record.id))).parameter("order", order);
    let call = filters.into_iter().fold(call, |call, (name, value)| match value {
        Some(value) => call.parameter(name, &value),
        None => call,
    });
    let wanted = Wanted::of(asked.all, asked.limit, asked.cursor.as_ref());
    let send = |call: &Call| called(api, &of, &asked.record.id, call);
    let found = collected(send, &call, &wanted, output)?;
    let names = if output.for_people() { Names::read(api) } else { Names::default() };
    output.items(&found.page(), || commits(&found.items, &names))?;
    if let Some(cursor) = &found.cursor {
        say(&format!("There is more: --all shows everything, --cursor {cursor} the next."));
    } else if found.items.is_empty() && output.for_people() {
        say("There are no such changes.");
    }
    Ok(())
}

/// A history for people.
fn commits(items: &[Value], names: &Names) -> Grid {
    let mut grid = Grid::new(["Version", "When", "Who", "What", "Why"]);
    for item in items {
        let text = |name: &str| plain(item.get(name).unwrap_or(&Value::Null));
        if item.get("unreadable").is_some() {
            grid.row([text("version").as_str(), "", "", "(cannot be read)", ""]);
            continue;
        }
        grid.row([
            text("version"),
            instant(&text("recorded_at")),
            conflict::who(item, names),
            conflict::changes(item, names).join("\n"),
            text("reason"),
        ]);
    }
    grid
}

/// `records diff`.
pub(crate) fn diff(api: &Api, asked: &Diff, output: Output) -> Result<(), Failure> {
    let of = types::named(api, &asked.record.of)?;
    let mut call = Call::get(format!("{}/diff", path(&of, &asked.record.id)));
    for (name, side) in [("from", Some(&asked.from)), ("to", asked.to.as_ref())] {
        let Some(side) = side else { continue };
        call = match side.parse::<u64>() {
            Ok(version) => call.parameter(name, &version.to_string()),
            Err(_instant) => call.parameter(&format!("{name}_at"), &instant_of(side)),
        };
    }
    if asked.patch {
        let call = call.header("accept", "application/json-patch+json".to_owned());
        let patch = called(api, &of, &asked.record.id, &call)?.json;
        return data(&format!("{patch:#}\n"));
    }
    let diff = called(api, &of, &asked.record.id, &call)?.json;
    if !output.for_people() {
        return output.document(&diff);
    }
    let side = |name: &str| {
        let side = diff.get(name).unwrap_or(&Value::Null);
        let text = |name: &str| plain(side.get(name).unwrap_or(&Value::Null));
        match text("version").as_str() {
            "0" => "before it existed".to_owned(),
            version => format!("version {version} ({})", instant(&text("recorded_at"))),
        }
    };
    let changes = listed(&diff, "changes");
    if changes.is_empty() {
        say(&format!("There is no difference between {} and {}.", side("from"), side("to")));
        return Ok(());
    }
    say(&format!("From {} to {}:", side("from"), side("to")));
    differences(changes, &Names::read(api)).write()
}

/// Differences for people.
fn differences(changes: &[Value], names: &Names) -> Grid {
    let mut grid = Grid::new(["Field", "Before", "After"]);
    for change in changes {
        let side = |name: &str| {
            let text = plain(change.get(name).unwrap_or(&Value::Null));
            if text.is_empty() { "—".to_owned() } else { names.of(&text).to_owned() }
        };
        grid.row([field(change), side("from"), side("to")]);
    }
    grid
}

/// `records blame`.
pub(crate) fn blame(api: &Api, asked: &Blame, output: Output) -> Result<(), Failure> {
    let of = types::named(api, &asked.record.of)?;
    let call =
        looking_back(Call::get(format!("{}/blame", path(&of, &asked.record.id))), &asked.moment);
    let blame = called(api, &of, &asked.record.id, &call)?.json;
    if !output.for_people() {
        return output.items(&blame, Grid::default);
    }
    let names = Names::read(api);
    let mut grid = Grid::new(["Field", "Value", "Version", "When", "Who", "Why"]);
    for item in listed(&blame, "items") {
        let text = |name: &str| plain(item.get(name).unwrap_or(&Value::Null));
        grid.row([
            field(item),
            shortened(names.of(&text("value"))),
            text("version"),
            instant(&text("recorded_at")),
            conflict::who(item, &names),
            text("reason"),
        ]);
    }
    grid.write()
}

/// `records restore`: shows what would change, asks, and does it.
pub(crate) fn restore(
    api: &Api,
    asked: &Restore,
    consent: Consent,
    output: Output,
) -> Result<(), Failure> {
    let of = types::named(api, &asked.record.of)?;
    of.kept_by_editors()?;
    known(&of, &asked.fields)?;
    let seen = match asked.if_match {
        Some(version) => version,
        None => version(
            api,
            &called(api, &of, &asked.record.id, &Call::get(path(&of, &asked.record.id)))?,
        )?,
    };
    let what = format!("{} {}", of.label, asked.record.id);
    let preview = sent(api, &of, asked, (seen, "?dry_run=true"))?;
    let changes = listed(&preview, "changes");
    let record = preview.get("record").unwrap_or(&Value::Null);
    if changes.is_empty() {
        say(&format!("{what} is so already; nothing was changed."));
        return if asked.dry_run {
            previewed(&preview, output)
        } else {
            told(api, &of, record, output)
        };
    }
    let names = Names::read(api);
    if asked.dry_run {
        say("Nothing was changed; this is what would be.");
        return if output.for_people() {
            differences(changes, &names).write()
        } else {
            previewed(&preview, output)
        };
    }
    let lines = conflict::changes(&preview, &names);
    say(&crate::output::shown(&format!("{what} would change:\n  {}", lines.join("\n  "))));
    consent.to(&format!(
        "Restore {} {} to version {}",
        of.label.to_lowercase(),
        asked.record.id,
        asked.to
    ))?;
    let restored = sent(api, &of, asked, (seen, ""))?;
    say(&format!("{what} was restored to version {}.", asked.to));
    told(api, &of, &restored, output)
}

fn previewed(preview: &Value, output: Output) -> Result<(), Failure> {
    output.document(preview)
}

/// Sends a restore of the version that was seen.
fn sent(
    api: &Api,
    of: &Type,
    asked: &Restore,
    (seen, query): (u64, &str),
) -> Result<Value, Failure> {
    let mut body = json!({"to_version": asked.to});
    if let Some(body) = body.as_object_mut().filter(|_| !asked.fields.is_empty()) {
        body.insert("fields".to_owned(), json!(asked.fields));
    }
    let place = path(of, &asked.record.id);
    let call = Call::write(Method::POST, format!("{place}/restore{query}"))?
        .reason(asked.reason.as_deref())
        .if_match(Some(seen))
        .body(body.to_string());
    match called(api, of, &asked.record.id, &call) {
        Err(Failure::Problem(problem)) if problem.status == 412 => {
            Err(Failure::Conflict(conflict::since(api, &place, seen, &problem)?.told(api)))
        }
        other => Ok(other?.json),
    }
}

/// That the type has these fields.
fn known(of: &Type, fields: &[String]) -> Result<(), Usage> {
    let names: Vec<&str> = of.fields.iter().map(|field| field.name.as_str()).collect();
    match fields.iter().find(|field| !names.contains(&field.as_str())) {
        None => Ok(()),
        Some(field) => {
            let guess = guessed(field, names.iter().copied());
            Err(unknown("field", field, guess, names.iter().map(|&name| name.to_owned()).collect()))
        }
    }
}

/// The same read, at a moment.
pub(crate) fn looking_back(call: Call, moment: &Moment) -> Call {
    let call = match moment.version {
        Some(version) => call.parameter("version", &version.to_string()),
        None => call,
    };
    match &moment.at {
        Some(at) => call.parameter("at", &instant_of(at)),
        None => call,
    }
}

/// An instant as the API takes it: a day alone begins at 00:00 UTC.
fn instant_of(text: &str) -> String {
    if text.parse::<jiff::civil::Date>().is_ok() && !text.contains(['T', 't', ' ']) {
        return format!("{text}T00:00:00Z");
    }
    text.to_owned()
}

/// The JSON Pointer of a field that is given as `address.city`, or as a pointer.
fn pointer(field: &str) -> String {
    if field.starts_with('/') { field.to_owned() } else { format!("/{}", field.replace('.', "/")) }
}

/// A field as people write it here.
fn field(item: &Value) -> String {
    let path = plain(item.get("path").unwrap_or(&Value::Null));
    path.trim_start_matches('/').replace('/', ".")
}

fn listed<'a>(json: &'a Value, name: &str) -> &'a [Value] {
    json.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_utc_and_an_instant_is_taken_as_it_is() {
        assert_eq!(instant_of("2026-11-20"), "2026-11-20T00:00:00Z");
        for taken in ["2026-11-20T09:30:00+01:00", "2026-11-20T09:30:00Z", "yesterday"] {
            assert_eq!(instant_of(taken), taken);
        }
    }

    #[test]
    fn a_field_is_given_as_it_is_shown_or_as_a_pointer() {
        assert_eq!(pointer("address.city"), "/address/city");
        assert_eq!(pointer("/address/city"), "/address/city");
        assert_eq!(field(&json!({"path": "/address/city"})), "address.city");
    }
}
