//! `make bench-large`: searches of the audit over a log that grows tenfold while their answers stay as
//! they are, and a rebuild of all of it. Writes `bench/LARGE.md`; fails when what a search reads has grown.

pub(crate) mod seed;
mod units;

use crate::house::{Around, Home, House};
use crate::report::{progress, rebuilds};
use crate::{append, machine, rebuild};
use anyhow::{Context, ensure};
use engine::Durability;
use seed::{FLOW, LEAST, PER_RECORD, SOUGHT, sought_day};
use serde_json::Value;
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};
use units::Noted;

const RESULTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/LARGE.md");
/// Over how many segments the log is read when a view is rebuilt.
const SEGMENTS: u32 = 4;
/// How often each search is timed.
const TIMES: usize = 50;

const INTRODUCTION: &str = "\
# Searching a large audit

Written by `make bench-large` (`COMMITS=1000000`); not by hand.

A log with a true chain is written into the event table and projected by the projector. The searches are timed
when it has a tenth of its commits, and again when it has all of them: what they look for was in it from the
beginning, what came later belongs to other records, actors and days. So an answer is the same both times, and what it
costs must be. Read units are what DynamoDB would charge for the very requests of the search, made once more
with `ReturnConsumedCapacity`; the run fails when they grow. Times are of the request through the gateway, the median of
50 and the worst of them, on the embedded engine with its data on disk.
";

/// A search, and all that was seen of it at one size.
#[derive(Debug)]
struct Search {
    what: &'static str,
    path: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    items: usize,
    calls: usize,
    tenths: u64,
    median: Duration,
    worst: Duration,
}

/// Measures with a log of so many commits.
pub(crate) async fn run(commits: usize) -> anyhow::Result<()> {
    ensure!(commits / 10 >= LEAST, "COMMITS must be at least {}", LEAST * 10);
    let mut facts = machine::facts();
    let house = House::open(Home::Folder(Durability::Normal), Around::Alone).await?;
    let (floor, _calls) = append::specimen(&house).await?;
    let (tenth, all) = (commits / 10 / PER_RECORD, commits / PER_RECORD);
    let began = Instant::now();
    progress(&format!("writing {} commits", tenth * PER_RECORD))?;
    seed::records(&house, 0..tenth).await?;
    let mut lines = Vec::new();
    let before = measured(&house).await?;
    progress(&format!("writing {} commits more", (all - tenth) * PER_RECORD))?;
    seed::records(&house, tenth..all).await?;
    facts.push(("Writing and projecting", format!("{} s", began.elapsed().as_secs())));
    let after = measured(&house).await?;
    for (search, (before, after)) in searches().iter().zip(before.iter().zip(&after)) {
        lines.push(line(search, before, after));
    }
    let rebuilt = rebuild::rebuilt(&house, &floor, (all, SEGMENTS), 1).await?;
    facts.push(("Load after", machine::load()));
    let text = markdown(&facts, (tenth, all), &lines.concat());
    let text =
        format!("{text}\n## Rebuild of {} commits\n\n{}", all * PER_RECORD, rebuilds(&[rebuilt]));
    std::io::stdout().lock().write_all(text.as_bytes())?;
    std::fs::write(RESULTS, text).context("the results cannot be written")?;
    for (search, (before, after)) in searches().iter().zip(before.iter().zip(&after)) {
        ensure!(before.items == after.items, "{}: another answer", search.what);
        ensure!(after.tenths <= before.tenths, "{}: it reads more", search.what);
    }
    Ok(())
}

fn searches() -> Vec<Search> {
    let (from, to) = sought_day();
    let search = |what, query: String| Search { what, path: format!("/audit/commits?{query}") };
    vec![
        search("by actor, 50 of 100", format!("actor={SOUGHT}&limit=50")),
        search("by actor, oldest first", format!("actor={SOUGHT}&limit=50&order=asc")),
        search("by day, 100 of 1,000", format!("since={from}&until={to}&limit=100")),
        search("by day and field", format!("since={from}&until={to}&field=/owner&limit=100")),
        search("by flow, all 20", format!("correlation_id={FLOW}&limit=100")),
    ]
}

async fn measured(house: &Arc<House>) -> anyhow::Result<Vec<Seen>> {
    let noted = Noted::default();
    let watched = house.watched_by(noted.faults());
    let client = house.engine.dynamodb();
    let mut all = Vec::new();
    for Search { what, path } in searches() {
        progress(what)?;
        let items = items(&watched.audit(&path).await?)?;
        let (mut calls, mut tenths) = noted.take(&client).await?;
        // One request in five seconds asks for the views' generations too: the least is the search's own.
        for _ in 0..3 {
            watched.audit(&path).await?;
            (calls, tenths) = noted.take(&client).await?.min((calls, tenths));
        }
        let mut times = Vec::new();
        for _ in 0..TIMES {
            let began = Instant::now();
            house.audit(&path).await?;
            times.push(began.elapsed());
        }
        times.sort_unstable();
        let time = |place: usize| times.get(place).copied().unwrap_or_default();
        let (median, worst) = (time(TIMES / 2), time(TIMES - 1));
        all.push(Seen { items, calls, tenths, median, worst });
    }
    Ok(all)
}

fn items(page: &Value) -> anyhow::Result<usize> {
    let items = page.get("items").and_then(Value::as_array).context("no items")?.len();
    ensure!(items > 0, "nothing was found");
    Ok(items)
}

fn line(search: &Search, before: &Seen, after: &Seen) -> String {
    let units = |seen: &Seen| format!("{}.{}", seen.tenths / 10, seen.tenths % 10);
    let ms = |time: Duration| format!("{}.{:02}", time.as_millis(), time.as_micros() % 1_000 / 10);
    let times = |seen: &Seen| format!("{} ({})", ms(seen.median), ms(seen.worst));
    format!(
        "| {} | {} | {} | {} | {} | {} | {} | {} |\n",
        search.what,
        after.items,
        before.calls,
        after.calls,
        units(before),
        units(after),
        times(before),
        times(after)
    )
}

fn markdown(facts: &[machine::Fact], (tenth, all): (usize, usize), lines: &str) -> String {
    let facts: String = facts
        .iter()
        .fold(String::new(), |all, (name, value)| all + "| " + name + " | " + value + " |\n");
    let (few, many) = (tenth * PER_RECORD, all * PER_RECORD);
    format!(
        "{INTRODUCTION}\n| Of this run | |\n|---|---|\n{facts}\n\
         | Search | Items | SDK calls at {few} commits | at {many} | Read units at {few} | at {many} | Time at {few}, ms | at {many}, ms |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|\n{lines}"
    )
}
