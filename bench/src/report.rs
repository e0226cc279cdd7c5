//! The figures as Markdown.

use crate::machine::Fact;
use crate::measure::{Comparison, Spread, Whose};
use std::io::Write;

/// One line of the table of operations.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) clients: usize,
    pub(crate) comparison: Comparison,
    /// Which SDK calls one operation of ours makes.
    pub(crate) calls: String,
    /// Which the floor makes.
    pub(crate) floor_calls: String,
}

/// One line of the table of loads.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) commits: u64,
    pub(crate) snapshot: &'static str,
    pub(crate) comparison: Comparison,
    pub(crate) calls: String,
}

/// One line of the table of looking back.
#[derive(Debug)]
pub(crate) struct LookedBack {
    pub(crate) what: &'static str,
    pub(crate) commits: u64,
    pub(crate) comparison: Comparison,
    pub(crate) calls: String,
    pub(crate) floor_calls: &'static str,
}

/// One line of the table of rebuilds.
#[derive(Debug)]
pub(crate) struct Rebuilt {
    pub(crate) records: usize,
    pub(crate) commits: u128,
    pub(crate) parallel: u32,
    /// Commits a second while the log is read.
    pub(crate) reading: Spread,
    /// Commits a second from the order to the promotion, verification included.
    pub(crate) whole: Spread,
    /// Commits a second of the floor.
    pub(crate) floor: Spread,
    /// The time of the reading for 1.00 of the floor's, in hundredths.
    pub(crate) ratio: Spread,
    /// The most memory beyond what there was before.
    pub(crate) memory_kb: Spread,
    /// How far the time left was off after a tenth, in thousandths.
    pub(crate) off: Spread,
}

/// What the table of rebuilds begins with.
const REBUILDS: &str = "\
The view of records is rebuilt from the whole log into a new generation, verified row by row and promoted. \
*Reading* lasts until the log is read and every row written, *whole* until it is promoted. The floor is a \
parallel Scan over as many segments, and as many writes of rows, with nothing of ours: it reads no row, folds \
nothing and verifies nothing. *Memory* is the most that the process took beyond what it had before, the embedded \
engine's own included. *Off* says by how much the times left that were told after the first tenth differed from \
what they came to: the median of all that were told while two seconds or more were left.

| Records | Commits | Segments | Reading, commits/s | Whole, commits/s | Floor, commits/s | Ratio | Memory, MB | Off, % |
|--:|--:|--:|--:|--:|--:|--:|--:|--:|
";

/// A table of rebuilds, with what it tells.
pub(crate) fn rebuilds(all: &[Rebuilt]) -> String {
    REBUILDS.to_owned() + &all.iter().map(Rebuilt::line).collect::<String>()
}

/// Everything that was measured.
#[derive(Debug, Default)]
pub(crate) struct Report {
    rebuilds: Vec<Rebuilt>,
    rows: Vec<Row>,
    loads: Vec<Loaded>,
    past: Vec<LookedBack>,
}

/// Says on the terminal what comes next.
pub(crate) fn progress(what: &str) -> std::io::Result<()> {
    writeln!(std::io::stderr().lock(), "measuring: {what}")
}

const INTRODUCTION: &str = "\
# What Annals costs

Written by `make bench`; not by hand.

*Ours* is the API in process: a request goes through the local gateway (token, routes, a real
API Gateway event) into the function's own handler, and from there through the AWS SDK to the embedded DynamoDB.
The *floor* is the SDK alone: the raw calls named in its column, on equal tables of the same engine (stream and
index included), with items of the same size. Both take turns in one run. The *ratio* is the time of ours for 1.00
of the floor's.

Every figure is the median of all rounds, with the least and the most of them in parentheses; a round before them
does not count. p50 and p99 are of one round's operations. An append is a create or the edit that follows it.
*Functions alone* is the cost of the command itself; in the *whole stack* projector and publisher
follow each commit at the same time, on the same cores and the same engine, and nobody follows the floor's.
`full` waits for the disk with each write, `normal` leaves that to the operating system.
";

impl Report {
    pub(crate) fn add(&mut self, row: Row) {
        self.rows.push(row);
    }

    pub(crate) fn add_load(&mut self, load: Loaded) {
        self.loads.push(load);
    }

    pub(crate) fn add_rebuilt(&mut self, rebuilt: Rebuilt) {
        self.rebuilds.push(rebuilt);
    }

    pub(crate) fn add_past(&mut self, past: LookedBack) {
        self.past.push(past);
    }

    pub(crate) fn markdown(&self, facts: &[Fact]) -> String {
        let facts = facts.iter().map(|(name, value)| format!("| {name} | {value} |\n"));
        let facts: String = facts.collect();
        let rows: String = self.rows.iter().map(Row::line).collect();
        let calls: String = self.rows.iter().filter_map(Row::calls_line).collect();
        let loads: String = self.loads.iter().map(Loaded::line).collect();
        let past: String = self.past.iter().map(LookedBack::line).collect();
        format!(
            "{INTRODUCTION}\n| Of this run | |\n|---|---|\n{facts}\n\
             ## Operations\n\n\
             | What | Clients | Ours, per second | p50, µs | p99, µs | Floor, per second | p50, µs | p99, µs | Ratio |\n\
             |---|--:|--:|--:|--:|--:|--:|--:|--:|\n{rows}\n\
             ## SDK calls of one operation\n\n\
             | What | Ours | Floor |\n|---|---|---|\n{calls}\n\
             ## Loading a record\n\n\
             The floor reads what a load has to read, and does nothing with it: all commits by pages of 1,000, or the \
             newest 101 and the newest snapshots.\n\n\
             | Commits | Snapshot | Ours, ms | Floor, ms | Ratio | SDK calls |\n\
             |--:|---|--:|--:|--:|---|\n{loads}\n\
             ## Looking back\n\n\
             The newest page of a record's history, and the record as it was in the middle of it, with the snapshots \
             that the projector keeps. However many commits a record has, at most 100 of them are folded.\n\n\
             | What | Commits | Ours, ms | Floor, ms | Ratio | SDK calls | Of the floor |\n\
             |---|--:|--:|--:|--:|---|---|\n{past}\n\
             ## Rebuild\n\n{}",
            rebuilds(&self.rebuilds)
        )
    }
}

impl Row {
    fn line(&self) -> String {
        let of = |whose| {
            let comparison = &self.comparison;
            let rate = plain(comparison.per_second(whose));
            let p50 = plain(comparison.percentile_us(whose, 50));
            format!("{rate} | {p50} | {}", plain(comparison.percentile_us(whose, 99)))
        };
        let ratio = fixed(self.comparison.ratio_hundredths(), 100);
        let (ours, floor) = (of(Whose::Ours), of(Whose::Floor));
        format!("| {} | {} | {ours} | {floor} | {ratio} |\n", self.what, self.clients)
    }

    /// The calls are the same for any number of clients.
    fn calls_line(&self) -> Option<String> {
        let line = format!("| {} | {} | {} |\n", self.what, self.calls, self.floor_calls);
        (self.clients == 1).then_some(line)
    }
}

impl Loaded {
    fn line(&self) -> String {
        let ms = |whose| fixed(self.comparison.percentile_us(whose, 50), 1_000);
        format!(
            "| {} | {} | {} | {} | {} | {} |\n",
            self.commits,
            self.snapshot,
            ms(Whose::Ours),
            ms(Whose::Floor),
            fixed(self.comparison.ratio_hundredths(), 100),
            self.calls
        )
    }
}

impl Rebuilt {
    fn line(&self) -> String {
        format!(
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |\n",
            self.records,
            self.commits,
            self.parallel,
            plain(self.reading),
            plain(self.whole),
            plain(self.floor),
            fixed(self.ratio, 100),
            fixed(self.memory_kb, 1_000),
            tenths(self.off),
        )
    }
}

impl LookedBack {
    fn line(&self) -> String {
        let ms = |whose| fixed(self.comparison.percentile_us(whose, 50), 1_000);
        format!(
            "| {} | {} | {} | {} | {} | {} | {} |\n",
            self.what,
            self.commits,
            ms(Whose::Ours),
            ms(Whose::Floor),
            fixed(self.comparison.ratio_hundredths(), 100),
            self.calls,
            self.floor_calls
        )
    }
}

fn plain(spread: Spread) -> String {
    let Spread { median, least, most } = spread;
    format!("{} ({}–{})", grouped(median), grouped(least), grouped(most))
}

/// Thousandths as per cent with a decimal.
fn tenths(spread: Spread) -> String {
    let one = |number: u128| format!("{}.{}", number / 10, number % 10);
    format!("{} ({}–{})", one(spread.median), one(spread.least), one(spread.most))
}

/// A number with commas between thousands.
fn grouped(number: u128) -> String {
    if number < 1_000 {
        return number.to_string();
    }
    format!("{},{:03}", grouped(number / 1_000), number % 1_000)
}

/// Hundredths or thousandths, with their decimals.
fn fixed(spread: Spread, unit: u128) -> String {
    let digits = if unit == 100 { 2 } else { 3 };
    let one = |number: u128| format!("{}.{:0digits$}", number / unit, number % unit);
    format!("{} ({}–{})", one(spread.median), one(spread.least), one(spread.most))
}
