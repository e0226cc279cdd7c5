//! Scenario: a view is rebuilt from the whole log, and verified, while nothing else goes on.

use crate::append::specimen;
use crate::floor::Floor;
use crate::house::{Around, Home, House};
use crate::large::seed;
use crate::machine::{forget_peak, memory_kb};
use crate::measure::Spread;
use crate::report::{Rebuilt, Report, progress};
use crate::size::Size;
use anyhow::{Context, ensure};
use engine::Durability;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Commits of each record.
const PER_RECORD: usize = 5;
/// How often it is asked how far a rebuild is.
const LOOK_EVERY: Duration = Duration::from_millis(25);

/// One rebuild, and the floor beside it.
#[derive(Debug)]
struct Round {
    commits: u128,
    reading: Duration,
    whole: Duration,
    floor: Duration,
    /// The most memory that it took beyond what there was before it, in KB.
    memory_kb: u64,
    /// How far the times left that were told after the first tenth were off, the median of them, in
    /// thousandths of what they really were.
    off: Option<u128>,
}

pub(crate) async fn measured(size: Size, report: &mut Report) -> anyhow::Result<()> {
    for &(records, segments, rounds) in size.rebuilds() {
        progress(&format!("rebuild: writing {records} records of {PER_RECORD} commits"))?;
        let house = House::open(Home::Folder(Durability::Normal), Around::Alone).await?;
        let (floor, _calls) = specimen(&house).await?;
        seed::log(&house, 0..records, PER_RECORD).await?;
        for &parallel in segments {
            report.add_rebuilt(rebuilt(&house, &floor, (records, parallel), rounds).await?);
        }
    }
    Ok(())
}

/// Rebuilds the view of records so many times, each time into a new generation that is promoted.
pub(crate) async fn rebuilt(
    house: &Arc<House>,
    floor: &Floor,
    (records, parallel): (usize, u32),
    rounds: usize,
) -> anyhow::Result<Rebuilt> {
    let workers = house.workers(usize::try_from(parallel)?)?;
    let mut all = Vec::new();
    for round in 0..rounds {
        progress(&format!("rebuild: {records} records, {parallel} segments, round {}", round + 1))?;
        all.push(one(house, floor, parallel, round).await?);
        // What the round before has left is taken away before the next one begins.
        workers.idle().await;
    }
    workers.stop().await;
    let of = |figure: &dyn Fn(&Round) -> Option<u128>| {
        Spread::of(all.iter().filter_map(figure).collect())
    };
    let per_second = |commits: u128, took: Duration| commits * 1_000_000 / took.as_micros().max(1);
    Ok(Rebuilt {
        records,
        parallel,
        commits: of(&|round| Some(round.commits)).median,
        reading: of(&|round| Some(per_second(round.commits, round.reading))),
        whole: of(&|round| Some(per_second(round.commits, round.whole))),
        floor: of(&|round| Some(per_second(round.commits, round.floor))),
        ratio: of(&|round| Some(round.reading.as_micros() * 100 / round.floor.as_micros().max(1))),
        memory_kb: of(&|round| Some(u128::from(round.memory_kb))),
        off: of(&|round| round.off),
    })
}

async fn one(
    house: &Arc<House>,
    floor: &Floor,
    parallel: u32,
    round: usize,
) -> anyhow::Result<Round> {
    forget_peak();
    let (before_kb, _) = memory_kb();
    let asked = json!({"reason": "a measurement", "parallel": parallel, "promote": true});
    let began = Instant::now();
    let ordered = house.operate("/views/records/rebuild", Some(asked)).await?;
    let id = ordered.get("id").and_then(Value::as_str).context("a rebuild has an id")?.to_owned();
    let (mut reading, mut told) = (None, Vec::new());
    let ended = loop {
        let now = house.operate(&format!("/rebuilds/{id}"), None).await?;
        let took = began.elapsed();
        if now.get("caught_up_at").is_some() {
            reading.get_or_insert(took);
        }
        let left = now.get("seconds_left").and_then(Value::as_u64);
        told.extend(left.filter(|_| share(&now) >= 100).map(|left| (took, left)));
        if now.get("ended_at").is_some() {
            break now;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    };
    let whole = began.elapsed();
    let state = ended.get("state").and_then(Value::as_str);
    ensure!(state == Some("verified"), "the rebuild ended otherwise: {ended}");
    let commits = ended.pointer("/segments").and_then(Value::as_array).map(|all| read(all));
    let (_, peak_kb) = memory_kb();
    // Seconds are told: the last few of them cannot be off by less than a large part.
    told.retain(|(at, _)| whole.saturating_sub(*at) >= Duration::from_secs(2));
    let offs =
        told.iter().map(|(at, left)| off(whole.saturating_sub(*at), Duration::from_secs(*left)));
    let offs: Vec<u128> = offs.collect();
    let off = (!offs.is_empty()).then(|| Spread::of(offs).median);
    let began = Instant::now();
    let (scanned, _rows) = floor.rebuild(i32::try_from(parallel)?, round).await?;
    let commits = commits.unwrap_or(0);
    // What tells of the rebuild itself is a commit too, and came while it went on.
    ensure!(scanned.abs_diff(commits) < 100, "{commits} were read, the floor read {scanned}");
    Ok(Round {
        commits: commits.into(),
        reading: reading.context("a rebuild has read the log")?,
        whole,
        floor: began.elapsed(),
        memory_kb: peak_kb.saturating_sub(before_kb),
        off,
    })
}

/// How many commits were read for the new rows.
fn read(segments: &[Value]) -> u64 {
    let of_read = segments
        .iter()
        .filter(|segment| segment.get("phase").and_then(Value::as_str) == Some("read"));
    of_read.filter_map(|segment| segment.get("commits")?.as_u64()).sum()
}

/// How much of it is done, in thousandths.
fn share(rebuild: &Value) -> u64 {
    let text = rebuild.get("progress").map(Value::to_string).unwrap_or_default();
    let (whole, rest) = text.split_once('.').unwrap_or((&text, "0"));
    let digits: String = rest.chars().chain("000".chars()).take(3).collect();
    format!("{whole}{digits}").parse().unwrap_or(0)
}

/// How far a time that was told is off, in thousandths of the time that it really was.
fn off(really: Duration, told: Duration) -> u128 {
    really.abs_diff(told).as_micros() * 1_000 / really.as_micros().max(1)
}
