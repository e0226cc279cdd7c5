//! Following a rebuild to its end: how far it is on stderr, and what goes wrong as it goes wrong.

use super::Desk;
use super::args::Watching;
use super::rebuild::Rebuild;
use super::told::{count, grouped, record, text};
use crate::api::{Call, encoded};
use crate::error::Failure;
use crate::interrupt::listen;
use crate::output::{instant, say};
use crate::progress::{Bar, Progress};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::{IsTerminal, stderr};
use std::time::Duration;

/// The wait before the next look; it grows to the longest.
const LOOK_FIRST: Duration = Duration::from_millis(100);
const LOOK_LAST: Duration = Duration::from_secs(1);
const BAR: Bar = Bar { length: 1_000, form: "{bar:20} {percent:>3} % {wide_msg}" };
/// So many parked records and differences are told one by one; the rest is in `views status`.
const TOLD_MAX: usize = 20;

/// Reads a rebuild, with its segments and differences.
///
/// # Errors
/// [`Failure`], naming it where there is none of that id.
pub(super) fn read(desk: &Desk<'_>, id: &str) -> Result<Rebuild, Failure> {
    let answer = desk.api.call(&Call::get(format!("/operations/rebuilds/{}", encoded(id))));
    Ok(Rebuild(answer.map_err(|failure| failure.about(|| format!("rebuild `{id}`")))?.json))
}

/// Follows rebuilds to their ends, one after the other, and gives them as they are then. Ctrl-C, or a
/// server that cannot be reached, ends the looking on and nothing else.
///
/// # Errors
/// [`Failure::Cancelled`] after Ctrl-C, when it was said how to go on.
pub(super) fn follow(
    desk: &Desk<'_>,
    ids: &[String],
    watching: &Watching,
) -> Result<Vec<Rebuild>, Failure> {
    listen(desk.stop)?;
    let mut ended = Vec::new();
    for id in ids {
        match to_the_end(desk, id, watching) {
            Ok(rebuild) => ended.push(rebuild),
            Err(failure) => {
                say(&format!(
                    "It goes on without you. To look on again: annals views status {id} --watch\n\
                     To end it: annals views cancel {id}"
                ));
                return Err(failure);
            }
        }
    }
    Ok(ended)
}

fn to_the_end(desk: &Desk<'_>, id: &str, watching: &Watching) -> Result<Rebuild, Failure> {
    let mut progress = Progress::begin(watching.progress, stderr().is_terminal(), BAR);
    let mut seen = Seen::default();
    let mut wait = LOOK_FIRST;
    loop {
        let rebuild = read(desk, id)?;
        for line in seen.news(desk, &rebuild) {
            progress.above(&line);
        }
        progress.tick(&rebuild);
        if rebuild.has_ended() {
            progress.end(&rebuild);
            return Ok(rebuild);
        }
        desk.api.pause(wait)?;
        wait = (wait * 2).min(LOOK_LAST);
    }
}

/// What was told already.
#[derive(Debug, Default)]
struct Seen {
    differences: usize,
    parked: u64,
    records: BTreeSet<String>,
    paused: bool,
}

impl Seen {
    /// What went wrong since the last look, in sentences.
    fn news(&mut self, desk: &Desk<'_>, rebuild: &Rebuild) -> Vec<String> {
        let mut told = Vec::new();
        let parked = count(&rebuild.0, "/totals/parked");
        if parked > self.parked {
            self.parked = parked;
            told.extend(self.parked_now(desk, rebuild, parked));
        }
        // What a trial finds is its result, and told at its end.
        if !rebuild.is("dry_run") {
            told.extend(self.differences_now(rebuild));
        }
        let paused = rebuild.0.get("paused").and_then(Value::as_bool) == Some(true);
        if paused && !self.paused && !rebuild.has_ended() {
            let id = rebuild.id();
            told.push(format!("It is paused; `annals views resume {id}` lets it go on."));
        }
        self.paused = paused;
        told
    }

    fn parked_now(&mut self, desk: &Desk<'_>, rebuild: &Rebuild, parked: u64) -> Vec<String> {
        let view = rebuild.view();
        let call =
            Call::get("/operations/parked").parameter("view", &view).parameter("limit", "100");
        let page = desk.api.call(&call).map(|answer| answer.json).unwrap_or_default();
        let items = page.get("items").and_then(Value::as_array).into_iter().flatten();
        let generation = count(&rebuild.0, "/generation");
        let ours = items.filter(|item| count(item, "/generation") == generation);
        let mut told = Vec::new();
        for item in ours {
            let line = parked_in_words(item);
            if self.records.len() < TOLD_MAX && self.records.insert(line.clone()) {
                told.push(line);
            }
        }
        // Their list may come later than their number, or end before it.
        if told.is_empty() {
            let parked = grouped(parked);
            told.push(format!("{parked} parked in all; `annals parked list --view {view}`."));
        }
        told
    }

    fn differences_now(&mut self, rebuild: &Rebuild) -> Vec<String> {
        let all = rebuild.0.get("differences").and_then(Value::as_array);
        let all = all.map(Vec::as_slice).unwrap_or_default();
        let mut told: Vec<String> = Vec::new();
        for difference in all.iter().skip(self.differences) {
            self.differences += 1;
            if self.differences <= TOLD_MAX {
                told.push(difference_in_words(difference));
            } else if self.differences == TOLD_MAX + 1 {
                let id = rebuild.id();
                told.push(format!("There are more; `annals views status {id}` shows them."));
            }
        }
        told
    }
}

fn parked_in_words(item: &Value) -> String {
    format!(
        "parked: {} at version {}: {} (try {}, since {})",
        record(item),
        text(item, "/version"),
        text(item, "/error"),
        text(item, "/tries"),
        instant(&text(item, "/first_at")),
    )
}

fn difference_in_words(difference: &Value) -> String {
    let version = text(difference, "/version");
    let at = if version.is_empty() { version } else { format!(" at version {version}") };
    format!(
        "{}: {}{at}: {}",
        text(difference, "/kind"),
        record(difference),
        text(difference, "/detail")
    )
}
