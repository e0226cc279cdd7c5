//! Scenario: the newest page of a record's history is read, and the record as it was half-way.

use crate::floor::Floor;
use crate::house::House;
use crate::load::keep_newest;
use crate::measure::compared;
use crate::report::{LookedBack, Report, progress};
use crate::size::Size;
use std::sync::Arc;
use vocabulary::RecordKey;

pub(crate) async fn measured(
    size: Size,
    (house, floor): (&Arc<House>, &Floor),
    (key, commits): (&RecordKey, u64),
    report: &mut Report,
) -> anyhow::Result<()> {
    progress(&format!("looking back, {commits} commits"))?;
    report.add_past(history(size, (house, floor), (key, commits)).await?);
    // Just before the next snapshot would help: the worst case.
    let version = (commits / 2).max(1);
    keep_newest(house, key, version).await?;
    report.add_past(as_of(size, (house, floor), (key, commits), version).await?);
    Ok(())
}

async fn history(
    size: Size,
    (house, floor): (&Arc<House>, &Floor),
    (key, commits): (&RecordKey, u64),
) -> anyhow::Result<LookedBack> {
    let id = key.id.as_str().to_owned();
    let (watched, counter) = house.watched();
    watched.history(&id).await?;
    let calls = counter.take();
    let house = house.clone();
    let ours = move |_number: usize| {
        let (house, id) = (house.clone(), id.clone());
        async move { house.history(&id).await }
    };
    let (floor, pk) = (floor.clone(), key.pk());
    let raw = move |_number: usize| {
        let (floor, pk) = (floor.clone(), pk.clone());
        async move {
            floor.read_page(&pk).await?;
            match commits.saturating_sub(25) {
                0 => Ok(()),
                before => floor.read_back(&pk, before).await,
            }
        }
    };
    let comparison = compared(size.past(), ours, raw, async || ()).await?;
    let floor_calls = "the page; the 101 commits before it, the newest snapshots";
    Ok(LookedBack { what: "history, 25 changes", commits, comparison, calls, floor_calls })
}

async fn as_of(
    size: Size,
    (house, floor): (&Arc<House>, &Floor),
    (key, commits): (&RecordKey, u64),
    version: u64,
) -> anyhow::Result<LookedBack> {
    let id = key.id.as_str().to_owned();
    let (watched, counter) = house.watched();
    watched.as_of(&id, version).await?;
    let calls = counter.take();
    let house = house.clone();
    let ours = move |_number: usize| {
        let (house, id) = (house.clone(), id.clone());
        async move { house.as_of(&id, version).await }
    };
    let (floor, pk) = (floor.clone(), key.pk());
    let raw = move |_number: usize| {
        let (floor, pk) = (floor.clone(), pk.clone());
        async move {
            floor.read_back(&pk, version).await?;
            floor.read_one(&pk, version + 1).await
        }
    };
    let comparison = compared(size.past(), ours, raw, async || ()).await?;
    let floor_calls = "101 commits, the newest snapshots, the commit after";
    Ok(LookedBack { what: "as it was half-way", commits, comparison, calls, floor_calls })
}
