//! `make bench`: what Annals costs beside the database calls that it cannot do without.
//!
//! Measures append, get, list, projection, load, looking back and rebuilds in one process, each in turns with its floor, and
//! writes the figures to `bench/RESULTS.md`. With `BENCH_QUICK=1` it measures little, to see that it
//! runs, and writes nothing but to the terminal. No figure makes it fail.
//!
//! With `BENCH_LARGE=1000000` it measures searches over a log of so many commits and its rebuild instead, and fails when
//! they read more of a longer log: `large.rs`.

mod append;
mod counter;
mod floor;
mod grown;
mod house;
mod large;
mod load;
mod machine;
mod measure;
mod past;
mod project;
mod read;
mod rebuild;
mod report;
mod size;

use anyhow::Context;
use house::{Around, Home, House};
use report::Report;
use size::Size;
use std::io::Write;

const RESULTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/RESULTS.md");

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    if let Ok(commits) = std::env::var("BENCH_LARGE") {
        return large::run(commits.parse().context("BENCH_LARGE is no number")?).await;
    }
    let quick = std::env::var("BENCH_QUICK").is_ok_and(|value| value == "1");
    let size = if quick { Size::Quick } else { Size::Full };
    let mut facts = machine::facts();
    let mut report = Report::default();
    append::measured(size, &mut report).await?;
    views_and_loads(size, &mut report).await?;
    rebuild::measured(size, &mut report).await?;
    facts.push(("Load after", machine::load()));
    let text = report.markdown(&facts);
    std::io::stdout().lock().write_all(text.as_bytes())?;
    if size == Size::Full {
        std::fs::write(RESULTS, text).context("the results cannot be written")?;
    }
    Ok(())
}

/// What needs many records: they are projected first, then read and listed.
async fn views_and_loads(size: Size, report: &mut Report) -> anyhow::Result<()> {
    let house = House::open(Home::Memory, Around::Alone).await?;
    let (floor, _calls) = append::specimen(&house).await?;
    project::measured(size, &house, &floor, report).await?;
    read::measured(size, &house, &floor, report).await?;
    load::measured(size, &house, &floor, report).await
}
