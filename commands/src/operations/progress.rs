//! How far a rebuild is and how long it will take, from what its segments say they have done.
//!
//! A phase that reads the log is as far as the commits that it has read; how many there are is known about
//! for the first and exactly for the others. What the later phases cost is reckoned from what the present one
//! did, by what each costs for a commit. All in whole numbers.

use serde_json::{Map, Value};
use store::{Phase, Rebuild, Scope, Segment, Tally};
use vocabulary::Instant;

/// A whole, in parts: progress is told in thousandths.
const WHOLE: u64 = 1_000;

/// How far a rebuild is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Progress {
    phase: &'static str,
    thousandths: Option<u64>,
    seconds_left: Option<u64>,
    /// Commits and records a second, in tenths.
    speed: Option<(u64, u64)>,
}

/// The segments of one phase, together.
struct Part {
    phase: Phase,
    done: bool,
    tally: Tally,
    /// In milliseconds, from the first sign of life to the last.
    took_ms: u64,
    /// How much of it is done, in thousandths; none where that is not known.
    thousandths: Option<u64>,
}

impl Progress {
    /// From the segments of all phases that have begun.
    pub(super) fn of(job: &Rebuild, segments: &[Segment], now: Instant) -> Self {
        if !job.is_open() {
            let thousandths = job.ended_at.filter(|_| job.error.is_none()).map(|_| WHOLE);
            let all = parts(job, segments);
            let reached = all.iter().all(|part| part.done) && !all.is_empty();
            let thousandths = thousandths.filter(|_| reached);
            return Self { phase: "ended", thousandths, seconds_left: None, speed: None };
        }
        let parts = parts(job, segments);
        let began = segments.iter().any(|segment| segment.began_at.is_some());
        let Some(part) = parts.last().filter(|_| began) else {
            return Self { phase: "waiting", thousandths: None, seconds_left: None, speed: None };
        };
        let resting = job.paused || now < job.not_before;
        Self {
            phase: name_of(part.phase),
            thousandths: whole(job, &parts),
            seconds_left: left_ms(job, part).filter(|_| !resting).map(|ms| ms.div_ceil(1_000)),
            speed: Some(speed(part)).filter(|_| !resting && part.took_ms > 0),
        }
    }

    /// As it is told: what is not known is left out.
    pub(super) fn told(&self) -> Map<String, Value> {
        let mut told = Map::from_iter([("phase".to_owned(), Value::from(self.phase))]);
        if let Some(thousandths) = self.thousandths {
            told.insert("progress".to_owned(), decimal(thousandths, 3));
        }
        if let Some(seconds) = self.seconds_left {
            told.insert("seconds_left".to_owned(), seconds.into());
        }
        if let Some((commits, records)) = self.speed {
            told.insert("commits_per_second".to_owned(), decimal(commits, 1));
            told.insert("records_per_second".to_owned(), decimal(records, 1));
        }
        told
    }
}

/// A number with some digits after the point, without arithmetic on floats.
fn decimal(number: u64, digits: u32) -> Value {
    let one = 10_u64.pow(digits);
    let width = usize::try_from(digits).unwrap_or_default();
    let text = format!("{}.{:0width$}", number / one, number % one);
    serde_json::from_str(&text).unwrap_or_default()
}

fn name_of(phase: Phase) -> &'static str {
    match phase {
        Phase::Read => "read",
        Phase::Verify => "verify",
        Phase::Compare => "compare",
        Phase::Count => "count",
    }
}

/// What a phase costs for a commit, as part of what reading it and writing its row costs: as bench/RESULTS.md
/// had it for five commits a record, where verifying took 0.6 to 0.9 of the time of reading.
fn weight(phase: Phase) -> u64 {
    match phase {
        Phase::Read => 100,
        Phase::Verify => 75,
        Phase::Compare => 80,
        Phase::Count => 2,
    }
}

/// The phases that have begun, in their order.
fn parts(job: &Rebuild, segments: &[Segment]) -> Vec<Part> {
    let expected = Some(job.expected).filter(|expected| *expected > 0);
    let everything = matches!(job.scope, Scope::Everything | Scope::Type(_));
    let mut expected = expected.filter(|_| everything);
    let mut parts = Vec::new();
    for phase in job.phases() {
        let of: Vec<&Segment> = segments.iter().filter(|segment| segment.phase == *phase).collect();
        if of.is_empty() {
            break;
        }
        let part = part(*phase, &of, expected);
        if part.done && *phase == Phase::Read {
            expected = Some(part.tally.commits);
        }
        parts.push(part);
    }
    parts
}

fn part(phase: Phase, segments: &[&Segment], expected: Option<u64>) -> Part {
    let tally: Tally = segments.iter().map(|segment| segment.tally).sum();
    let done = segments.iter().filter(|segment| segment.done_at.is_some()).count();
    let all_done = done == segments.len();
    let began = segments.iter().filter_map(|segment| segment.began_at).min();
    let last = segments.iter().map(|segment| segment.done_at.unwrap_or(segment.updated_at)).max();
    let took_ms = began.zip(last).map_or(0, |(began, last)| last.as_millis() - began.as_millis());
    let by_segments = || share(u64::try_from(done).ok()?, u64::try_from(segments.len()).ok()?);
    let by_work = || match phase {
        Phase::Count => by_segments(),
        Phase::Read | Phase::Verify | Phase::Compare => {
            // More may be there than was expected; only what is done is done.
            expected.and_then(|expected| share(tally.commits, expected)).map(|it| it.min(WHOLE - 1))
        }
    };
    let thousandths = if all_done { Some(WHOLE) } else { by_work() };
    let took_ms = u64::try_from(took_ms).unwrap_or(0);
    Part { phase, done: all_done, tally, took_ms, thousandths }
}

fn share(of: u64, all: u64) -> Option<u64> {
    of.saturating_mul(WHOLE).checked_div(all)
}

/// How much of the whole is done.
fn whole(job: &Rebuild, parts: &[Part]) -> Option<u64> {
    let all: u64 = job.phases().iter().map(|phase| weight(*phase)).sum();
    let mut done = 0;
    for part in parts {
        done += weight(part.phase).saturating_mul(part.thousandths?);
    }
    done.checked_div(all).map(|thousandths| thousandths.min(WHOLE - 1))
}

/// How long the rest will take: that of this phase as the part of it that is done took, and the later
/// phases by what they cost beside it.
fn left_ms(job: &Rebuild, part: &Part) -> Option<u64> {
    let thousandths = part.thousandths.filter(|thousandths| *thousandths > 0)?;
    let whole_ms = part.took_ms.saturating_mul(WHOLE).checked_div(thousandths)?;
    let of_this = whole_ms.saturating_sub(part.took_ms);
    let later = job.phases().iter().skip_while(|phase| **phase != part.phase).skip(1);
    let later: u64 = later.map(|phase| weight(*phase)).sum();
    let of_later = whole_ms.saturating_mul(later).checked_div(weight(part.phase))?;
    Some(of_this.saturating_add(of_later))
}

/// Commits and records a second, in tenths.
fn speed(part: &Part) -> (u64, u64) {
    let tenths = |number: u64| number.saturating_mul(10_000).checked_div(part.took_ms).unwrap_or(0);
    (tenths(part.tally.commits), tenths(part.tally.records))
}
