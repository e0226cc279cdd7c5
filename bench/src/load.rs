//! Scenario: a record of many commits is loaded, without and with snapshots.

use crate::floor::Floor;
use crate::house::{House, id, key};
use crate::measure::compared;
use crate::report::{Loaded, Report, progress};
use crate::size::Size;
use anyhow::{Context, ensure};
use events::Registered;
use std::sync::Arc;
use store::{Appended, Clock, Draft, Head, Order, Recorded, SNAPSHOT_EVERY};
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
        let key = record_of(house, *commits).await?;
        for kept in [Kept::Nothing, Kept::Snapshots] {
            if kept == Kept::Snapshots && !keep_newest(house, &key, *commits).await? {
                continue;
            }
            report.add_load(loaded(size, (house, floor), (&key, *commits), kept).await?);
        }
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

/// A record of so many commits: a create, and the same edit again and again.
async fn record_of(house: &House, commits: u64) -> anyhow::Result<RecordKey> {
    let id = id(&format!("L{commits}X"), 1);
    house.create(&id).await?;
    house.edit(&id).await?;
    let key = key(&id)?;
    let range = (Version::FIRST, Version::LAST);
    let made = house.store.commits(&key, range, Order::Ascending, 2).await?;
    let last = made.into_iter().last().context("two commits")??;
    let mut head = last.head();
    while head.version.get() < commits {
        head = appended(house, &key, (&last, head)).await?;
    }
    Ok(key)
}

async fn appended(
    house: &House,
    key: &RecordKey,
    (like, head): (&Recorded, Head),
) -> anyhow::Result<Head> {
    let clock = Clock::system();
    let commit = like.commit();
    let draft = Draft {
        commit: clock.mint(),
        now: clock.now(),
        effective_at: None,
        actor: commit.actor.clone(),
        reason: None,
        correlation: None,
        causation: None,
        trace: None,
        key: Some(clock.mint().to_string()),
        request: commit.request.clone(),
        app: commit.app.clone(),
        events: commit.events.clone(),
    };
    let recorded = Recorded::after(Some(&head), key, draft)?;
    match house.store.append(&recorded).await? {
        Appended::Done => Ok(recorded.head()),
        Appended::Taken => anyhow::bail!("somebody else writes the record"),
    }
}

/// Keeps the snapshot that is newest just before the next one is due: the worst case. Says whether
/// a record of that length has one.
async fn keep_newest(house: &House, key: &RecordKey, commits: u64) -> anyhow::Result<bool> {
    let due = commits.saturating_sub(1) / SNAPSHOT_EVERY * SNAPSHOT_EVERY;
    let Ok(version) = Version::new(due) else { return Ok(false) };
    let record = house.store.load_at(customer(house)?, key, version).await?;
    house.store.keep_snapshot(&record.context("the record")?).await?;
    Ok(true)
}

fn customer(house: &House) -> anyhow::Result<Registered> {
    house.projector.registry.by_name("customer").context("customers")
}
