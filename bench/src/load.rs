//! Scenario: a record of many commits is loaded, without and with snapshots.

use crate::floor::Floor;
use crate::grown;
use crate::house::House;
use crate::measure::compared;
use crate::past;
use crate::report::{Loaded, Report, progress};
use crate::size::Size;
use anyhow::{Context, ensure};
use events::Registered;
use std::sync::Arc;
use store::SNAPSHOT_EVERY;
use vocabulary::{RecordKey, Version};

/// What a load can begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    Nothing,
    Snapshots,
}

pub(crate) async fn measured(
    size: Size,
    house: &Arc<House>,
    floor: &Floor,
    report: &mut Report,
) -> anyhow::Result<()> {
    for commits in size.lengths() {
        progress(&format!("load, {commits} commits"))?;
        let key = grown::record_of(house, *commits).await?;
        for kept in [Kept::Nothing, Kept::Snapshots] {
            if kept == Kept::Snapshots && !keep_newest(house, &key, *commits).await? {
                continue;
            }
            report.add_load(loaded(size, (house, floor), (&key, *commits), kept).await?);
        }
        past::measured(size, (house, floor), (&key, *commits), report).await?;
    }
    Ok(())
}

async fn loaded(
    size: Size,
    (house, floor): (&Arc<House>, &Floor),
    (key, commits): (&RecordKey, u64),
    kept: Kept,
) -> anyhow::Result<Loaded> {
    let of = customer(house)?;
    let (watched, counter) = house.watched();
    watched.store.load(of, key).await?;
    let calls = counter.take();
    let ours = {
        let (house, key) = (house.clone(), key.clone());
        move |_number: usize| {
            let (house, key) = (house.clone(), key.clone());
            async move {
                let record = house.store.load(of, &key).await?.context("the record")?;
                ensure!(record.folded.version().get() == commits, "the whole record");
                Ok(())
            }
        }
    };
    let raw = {
        let (floor, pk) = (floor.clone(), key.pk());
        move |_number: usize| {
            let (floor, pk) = (floor.clone(), pk.clone());
            async move {
                match kept {
                    Kept::Nothing => floor.read_all(&pk).await,
                    Kept::Snapshots => floor.read_newest(&pk).await,
                }
            }
        }
    };
    let comparison = compared(size.load(commits), ours, raw, async || ()).await?;
    let with = match kept {
        Kept::Nothing => "none",
        Kept::Snapshots => "the newest 100 commits back",
    };
    Ok(Loaded { commits, snapshot: with, comparison, calls })
}

/// Keeps the newest snapshot below a version: one that is a hundredth itself has it a hundred commits
/// back, the worst case. Says whether there is one.
pub(crate) async fn keep_newest(
    house: &House,
    key: &RecordKey,
    version: u64,
) -> anyhow::Result<bool> {
    let due = version.saturating_sub(1) / SNAPSHOT_EVERY * SNAPSHOT_EVERY;
    let Ok(version) = Version::new(due) else { return Ok(false) };
    let record = house.store.load_at(customer(house)?, key, version).await?;
    house.store.keep_snapshot(&record.context("the record")?).await?;
    Ok(true)
}

fn customer(house: &House) -> anyhow::Result<Registered> {
    house.projector.registry.by_name("customer").context("customers")
}
