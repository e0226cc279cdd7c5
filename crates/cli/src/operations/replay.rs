//! `annals replay`: events that are sent out once more.

use super::Desk;
use super::act::{Body, reason};
use super::args::{Publish, ReplayCancel, ReplayStatus, Watching, Why};
use super::told::{count, grouped, text};
use crate::api::{Call, encoded};
use crate::audit::filter::instant as given_instant;
use crate::error::{Failure, exit};
use crate::grid::{Column, Grid};
use crate::interrupt::listen;
use crate::output::{instant, say, shortened};
use crate::paging::{Wanted, collected};
use crate::progress::{Bar, Far, Mode, Progress};
use serde_json::Value;
use std::io::{IsTerminal, stderr};
use std::time::Duration;

const LOOK_FIRST: Duration = Duration::from_millis(100);
const LOOK_LAST: Duration = Duration::from_secs(1);
const FORM: &str = "{bar:20} {percent:>3} % {wide_msg}";
/// More commits than this are sent only after a yes.
const ASKED_BEYOND: u64 = 1_000;

/// A replay, as the API tells of it.
#[derive(Debug)]
struct Replay(Value);

impl Replay {
    fn id(&self) -> String {
        text(&self.0, "/id")
    }

    fn state(&self) -> String {
        text(&self.0, "/state")
    }

    fn has_ended(&self) -> bool {
        matches!(self.state().as_str(), "done" | "failed" | "cancelled")
    }

    fn exit_code(&self) -> u8 {
        match self.state().as_str() {
            "failed" => exit::FAILED,
            "cancelled" => exit::CANCELLED,
            _ => 0,
        }
    }

    /// `3 events of 2 commits, 1 sent`.
    fn counts(&self) -> String {
        let of = |name: &str| grouped(count(&self.0, &format!("/{name}")));
        format!("{} events of {} commits, {} sent", of("events"), of("commits"), of("published"))
    }
}

impl Far for Replay {
    fn position(&self) -> u64 {
        count(&self.0, "/published")
    }

    fn beside(&self) -> String {
        format!("{}: {}", self.state(), self.counts())
    }

    fn in_words(&self, _elapsed: Duration) -> String {
        self.beside()
    }

    fn json(&self, _elapsed: Duration) -> Value {
        self.0.clone()
    }
}

/// `replay publish`: counted first, asked where there are many, then sent.
pub(super) fn publish(desk: &Desk<'_>, asked: &Publish) -> Result<u8, Failure> {
    let mut body = desk.chosen(&asked.chosen)?;
    if let Some(until) = &asked.until {
        body.insert("until".to_owned(), given_instant(until)?.into());
    }
    if let Some(rate) = asked.rate {
        body.insert("rate".to_owned(), rate.into());
    }
    let why = Why { reason: Some(reason("replay", &asked.why)?) };
    listen(desk.stop)?;
    let counted = counted(desk, &why, body.clone(), asked.watching.progress)?;
    let (commits, events) = (count(&counted.0, "/commits"), count(&counted.0, "/events"));
    say(&format!("{} events of {} commits.", grouped(events), grouped(commits)));
    if counted.exit_code() != 0 || asked.dry_run || commits == 0 {
        if asked.dry_run || commits == 0 {
            say("Nothing was sent.");
        }
        return ended(desk, &counted);
    }
    if commits > ASKED_BEYOND {
        desk.consent.to(&format!("Send {} events out once more", grouped(events)))?;
    }
    let begun = Replay(desk.act("/operations/replays", ("replay", &why), body)?.json);
    if asked.watching.watch {
        return watched(desk, &begun.id(), events, &asked.watching);
    }
    say(&format!(
        "{} is under way; `annals replay status {} --watch` looks on.",
        begun.id(),
        begun.id()
    ));
    told(desk, &begun)?;
    Ok(0)
}

/// How many commits and events there are: a dry run, to its end.
fn counted(desk: &Desk<'_>, why: &Why, mut body: Body, mode: Mode) -> Result<Replay, Failure> {
    body.insert("dry_run".to_owned(), true.into());
    let begun = Replay(desk.act("/operations/replays", ("replay", why), body)?.json);
    followed(desk, &begun.id(), 0, mode)
}

fn read(desk: &Desk<'_>, id: &str) -> Result<Replay, Failure> {
    let answer = desk.api.call(&Call::get(format!("/operations/replays/{}", encoded(id))));
    Ok(Replay(answer.map_err(|failure| failure.about(|| format!("replay `{id}`")))?.json))
}

/// Looks on until it ends. It is not known before how many events there are unless they were counted.
fn followed(desk: &Desk<'_>, id: &str, events: u64, mode: Mode) -> Result<Replay, Failure> {
    let mut progress =
        Progress::begin(mode, stderr().is_terminal(), Bar { length: events, form: FORM });
    let mut wait = LOOK_FIRST;
    loop {
        let replay = read(desk, id)?;
        progress.tick(&replay);
        if replay.has_ended() {
            progress.end(&replay);
            return Ok(replay);
        }
        desk.api.pause(wait)?;
        wait = (wait * 2).min(LOOK_LAST);
    }
}

fn watched(desk: &Desk<'_>, id: &str, events: u64, watching: &Watching) -> Result<u8, Failure> {
    match followed(desk, id, events, watching.progress) {
        Ok(replay) => {
            say(&format!("The replay has ended: {}. {}.", replay.state(), replay.counts()));
            ended(desk, &replay)
        }
        Err(failure) => {
            say(&format!(
                "It goes on without you. To look on again: annals replay status {id} --watch\n\
                 To end it: annals replay cancel {id}"
            ));
            if matches!(failure, Failure::Cancelled) { Ok(exit::CANCELLED) } else { Err(failure) }
        }
    }
}

fn ended(desk: &Desk<'_>, replay: &Replay) -> Result<u8, Failure> {
    told(desk, replay)?;
    Ok(replay.exit_code())
}

/// `replay status`.
pub(super) fn status(desk: &Desk<'_>, asked: &ReplayStatus) -> Result<u8, Failure> {
    match &asked.id {
        Some(id) if asked.watching.watch => {
            listen(desk.stop)?;
            let events = count(&read(desk, id)?.0, "/events");
            watched(desk, id, events, &asked.watching)
        }
        Some(id) => {
            told(desk, &read(desk, id)?)?;
            Ok(0)
        }
        None => list(desk),
    }
}

fn list(desk: &Desk<'_>) -> Result<u8, Failure> {
    let wanted = Wanted::Some { limit: 25, cursor: None };
    let call = Call::get("/operations/replays");
    let found = collected(|call| desk.api.call(call), &call, &wanted, desk.output)?;
    desk.output.items(&found.page(), || table(&found.items))?;
    if found.items.is_empty() && desk.output.for_people() {
        say("Nothing was sent again yet.");
    }
    Ok(0)
}

fn table(items: &[Value]) -> Grid {
    let mut grid = Grid::of_lines(vec![
        Column::whole("Replay", 0),
        Column::whole("State", 0),
        Column::whole("Commits", 1),
        Column::whole("Events", 2),
        Column::whole("Sent", 1),
        Column::whole("Asked for", 3),
        Column::cut("Why", 4),
    ]);
    for item in items {
        let dry = item.get("dry_run").and_then(Value::as_bool) == Some(true);
        let state = text(item, "/state");
        grid.row([
            text(item, "/id"),
            if dry { format!("{state}, counted only") } else { state },
            grouped(count(item, "/commits")),
            grouped(count(item, "/events")),
            grouped(count(item, "/published")),
            instant(&text(item, "/requested_at")),
            shortened(&text(item, "/reason")),
        ]);
    }
    grid
}

/// `replay cancel`.
pub(super) fn cancel(desk: &Desk<'_>, asked: &ReplayCancel) -> Result<u8, Failure> {
    let id = &asked.id;
    desk.consent.to(&format!("Cancel replay {id}"))?;
    let path = format!("/operations/replays/{}/cancel", encoded(id));
    let answer = desk.act(&path, ("cancel", &asked.why), Body::new());
    let json = answer.map_err(|failure| failure.about(|| format!("replay `{id}`")))?.json;
    say(&format!("{id} is cancelled; what was sent stays sent."));
    told(desk, &Replay(json))?;
    Ok(0)
}

fn told(desk: &Desk<'_>, replay: &Replay) -> Result<(), Failure> {
    let json = &replay.0;
    if !desk.output.for_people() {
        return desk.output.document(json);
    }
    let mut grid = Grid::default();
    for (label, value) in [
        ("Replay", replay.id()),
        ("State", replay.state()),
        ("Commits", grouped(count(json, "/commits"))),
        ("Events", grouped(count(json, "/events"))),
        ("Sent", grouped(count(json, "/published"))),
        ("Asked for", instant(&text(json, "/requested_at"))),
        ("Ended", instant(&text(json, "/ended_at"))),
        ("Why", text(json, "/reason")),
        ("Error", text(json, "/error")),
    ] {
        if !value.is_empty() {
            grid.row([label.to_owned(), value]);
        }
    }
    grid.write()
}
