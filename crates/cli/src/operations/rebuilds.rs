//! `annals views`: rebuild, verify, repair, reconcile; status, pause, resume, cancel.

use super::Desk;
use super::act::Body;
use super::args::{OfRebuild, Reconcile, Repair, Resume, Status, Verify, Watching, Why};
use super::follow::{follow, read};
use super::rebuild::Rebuild;
use super::shown::{table, told, told_all};
use super::told::text;
use crate::api::{Call, encoded};
use crate::error::{Failure, Usage, exit};
use crate::grid::Grid;
use crate::output::say;
use crate::paging::{Wanted, collected};
use serde_json::{Value, json};

/// `views rebuild`.
pub(super) fn rebuild(desk: &Desk<'_>, asked: &super::args::Rebuild) -> Result<u8, Failure> {
    let super::args::Rebuild { view, dry_run, parallel, rate, promote, why, watching } = asked;
    let mut body = Body::new();
    if *dry_run {
        body.insert("dry_run".to_owned(), true.into());
    }
    if *promote {
        body.insert("promote".to_owned(), true.into());
    }
    for (name, number) in [("parallel", parallel), ("rate", rate)] {
        body.extend(number.map(|number| (name.to_owned(), number.into())));
    }
    let kind = if *dry_run { "dry_run" } else { "full" };
    begun(desk, view, ("rebuild", kind, why), body, watching)
}

/// `views verify`.
pub(super) fn verify(desk: &Desk<'_>, asked: &Verify) -> Result<u8, Failure> {
    let Verify { view, sample, why, watching } = asked;
    let body = sample.map(|sample| ("sample".to_owned(), sample.into())).into_iter().collect();
    begun(desk, view, ("verify", "verify", why), body, watching)
}

/// `views repair`.
pub(super) fn repair(desk: &Desk<'_>, asked: &Repair) -> Result<u8, Failure> {
    let Repair { view, chosen, why, watching } = asked;
    let body = desk.chosen(chosen)?;
    begun(desk, view, ("repair", "repair", why), body, watching)
}

/// Begins something with a view. Where the same is under way already, that is it.
fn begun(
    desk: &Desk<'_>,
    view: &str,
    (verb, kind, why): (&str, &str, &Why),
    body: Body,
    watching: &Watching,
) -> Result<u8, Failure> {
    let path = format!("/operations/views/{}/{verb}", encoded(view));
    let rebuild = match desk.act(&path, (verb, why), body) {
        Ok(answer) => Rebuild(answer.json),
        Err(Failure::Problem(problem)) if problem.name() == "rebuild-under-way" => {
            let running = problem.member("rebuild").map(|id| read(desk, id)).transpose()?;
            let same = running.filter(|running| running.is(kind) && !running.has_ended());
            let running = same.ok_or(Failure::Problem(problem))?;
            say(&format!("The same is under way already: {}.", running.id()));
            running
        }
        Err(failure) => return Err(failure.about(|| format!("view `{view}`"))),
    };
    watched(desk, &[rebuild], watching)
}

/// Follows what was begun, where that is wanted, and tells how it is then.
fn watched(desk: &Desk<'_>, begun: &[Rebuild], watching: &Watching) -> Result<u8, Failure> {
    let ids: Vec<String> = begun.iter().map(Rebuild::id).collect();
    if !watching.watch {
        for id in &ids {
            say(&format!("{id} is under way; `annals views status {id} --watch` looks on."));
        }
        told_all(desk, begun)?;
        return Ok(0);
    }
    let ended = match follow(desk, &ids, watching) {
        Err(Failure::Cancelled) => return Ok(exit::CANCELLED),
        ended => ended?,
    };
    for rebuild in &ended {
        say(&rebuild.ending());
        if let Some(next) = next(rebuild) {
            say(&next);
        }
    }
    told_all(desk, &ended)?;
    // What is worst counts: failed before cancelled, cancelled before parked.
    let codes: Vec<u8> = ended.iter().map(Rebuild::exit_code).collect();
    let worst = [exit::FAILED, exit::CANCELLED, exit::UNCLEAN];
    Ok(worst.into_iter().find(|code| codes.contains(code)).unwrap_or(0))
}

/// What is to be done after an end.
fn next(rebuild: &Rebuild) -> Option<String> {
    let (view, id) = (rebuild.view(), rebuild.id());
    let promotes = rebuild.0.get("promote").and_then(Value::as_bool) == Some(true);
    match text(&rebuild.0, "/state").as_str() {
        "verified" if rebuild.is("full") && !promotes => {
            Some(format!("`annals views promote {view}` lets it be read."))
        }
        "verified" if rebuild.is("dry_run") => {
            Some("Nothing was changed; what it made is thrown away.".to_owned())
        }
        "failed" => Some(format!("`annals views status {id}` shows what was found.")),
        _ => None,
    }
}

/// `views reconcile`.
pub(super) fn reconcile(desk: &Desk<'_>, asked: &Reconcile) -> Result<u8, Failure> {
    let mut body = Body::new();
    if asked.full {
        body.insert("full".to_owned(), true.into());
    }
    let json = desk.act("/operations/reconcile", ("reconcile", &asked.why), body)?.json;
    let begun = json.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
    if begun.is_empty() {
        say(
            "A look at what the stream may have lost was ordered; `annals views list` shows how far it is.",
        );
        desk.output.items(&json, Grid::default)?;
        return Ok(0);
    }
    let begun: Vec<Rebuild> = begun.into_iter().map(Rebuild).collect();
    watched(desk, &begun, &asked.watching)
}

/// `views status`.
pub(super) fn status(desk: &Desk<'_>, asked: &Status) -> Result<u8, Failure> {
    let Some(which) = &asked.which else { return list(desk, asked.limit) };
    let id = named(desk, which, Ended::Counts)?;
    if asked.watching.watch {
        return watched(desk, &[read(desk, &id)?], &asked.watching);
    }
    told(desk, &read(desk, &id)?)?;
    Ok(0)
}

fn list(desk: &Desk<'_>, limit: u32) -> Result<u8, Failure> {
    let call = Call::get("/operations/rebuilds");
    let wanted = Wanted::Some { limit, cursor: None };
    let found = collected(|call| desk.api.call(call), &call, &wanted, desk.output)?;
    desk.output.items(&found.page(), || table(&found.items))?;
    if found.items.is_empty() && desk.output.for_people() {
        say("Nothing was rebuilt yet.");
    } else if found.cursor.is_some() {
        say("There are more: --limit shows more of them.");
    }
    Ok(0)
}

/// `views pause`.
pub(super) fn pause(desk: &Desk<'_>, asked: &OfRebuild) -> Result<u8, Failure> {
    let rebuild = acted(desk, asked, "pause", |_id| Ok(()))?;
    say(&format!("{} rests; `annals views resume {}` lets it go on.", rebuild.id(), rebuild.id()));
    told(desk, &rebuild)?;
    Ok(0)
}

/// `views resume`.
pub(super) fn resume(desk: &Desk<'_>, asked: &Resume) -> Result<u8, Failure> {
    let rebuild = acted(desk, &asked.rebuild, "resume", |_id| Ok(()))?;
    watched(desk, &[rebuild], &asked.watching)
}

/// `views cancel`.
pub(super) fn cancel(desk: &Desk<'_>, asked: &OfRebuild) -> Result<u8, Failure> {
    let ask =
        |id: &str| desk.consent.to(&format!("Cancel rebuild {id} and throw away what it made"));
    let rebuild = acted(desk, asked, "cancel", ask)?;
    say(&format!("{} is cancelled.", rebuild.id()));
    told(desk, &rebuild)?;
    Ok(0)
}

/// Does something with a rebuild that somebody has agreed to.
fn acted(
    desk: &Desk<'_>,
    asked: &OfRebuild,
    verb: &str,
    agreed: impl FnOnce(&str) -> Result<(), Failure>,
) -> Result<Rebuild, Failure> {
    let id = named(desk, &asked.which, Ended::CountsNot)?;
    agreed(&id)?;
    let path = format!("/operations/rebuilds/{}/{verb}", encoded(&id));
    let answer = desk.act(&path, (verb, &asked.why), Body::new());
    Ok(Rebuild(answer.map_err(|failure| failure.about(|| format!("rebuild `{id}`")))?.json))
}

/// Whether a rebuild that has ended may be meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    Counts,
    CountsNot,
}

/// The rebuild that is named by its id or by its view.
fn named(desk: &Desk<'_>, which: &str, ended: Ended) -> Result<String, Failure> {
    // Ids are longer than the names of views, which are small letters only.
    if which.len() > 20 || !which.chars().all(|c| c.is_ascii_lowercase()) {
        return Ok(which.to_owned());
    }
    let view = super::views::read(desk, which)?;
    let (running, last) = (text(&view, "/rebuild"), text(&view, "/last_rebuild/id"));
    match (running.is_empty(), last.is_empty()) {
        (false, _) => Ok(running),
        (true, false) if ended == Ended::Counts => Ok(last),
        (true, _) => Err(Usage::NoRebuild(which.to_owned()).into()),
    }
}

/// For the recovery of a log: follows these rebuilds.
pub(super) fn follow_all(
    desk: &Desk<'_>,
    ids: &[String],
    watching: &Watching,
) -> Result<u8, Failure> {
    let begun: Vec<Rebuild> = ids.iter().map(|id| Rebuild(json!({ "id": id }))).collect();
    watched(desk, &begun, watching)
}
