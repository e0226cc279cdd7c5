//! Scenario: the projector gets the log's stream in batches of 100, new records first, edits then.

use crate::floor::{Floor, Step};
use crate::house::{BATCH, House, id};
use crate::measure::compared;
use crate::report::{Report, Row, progress};
use crate::size::Size;
use anyhow::ensure;
use aws_lambda_events::dynamodb::Event;
use std::sync::{Arc, Mutex, PoisonError};

/// The records that are projected, and then read and listed.
pub(crate) const SERIES: &str = "R";

/// Batches, each to be projected once.
type Waiting = Arc<Vec<Mutex<Option<Event>>>>;

pub(crate) async fn measured(
    size: Size,
    house: &Arc<House>,
    floor: &Floor,
    report: &mut Report,
) -> anyhow::Result<()> {
    for (step, what) in [
        (Step::Create, "project, new records (latency per batch of 100)"),
        (Step::Edit, "project, edits (latency per batch of 100)"),
    ] {
        progress(what)?;
        let plan = size.project();
        written(house, step, plan.total() * BATCH).await?;
        let mut batches = house.batches().await?;
        ensure!(batches.len() == plan.total(), "{} batches are in the stream", batches.len());
        let calls = watched(house, &mut batches).await?;
        let waiting: Waiting =
            Arc::new(batches.into_iter().map(|batch| Mutex::new(Some(batch))).collect());
        let ours = {
            let house = house.clone();
            move |number: usize| {
                let (house, waiting) = (house.clone(), waiting.clone());
                async move {
                    let place = waiting.get(number);
                    let batch = place.and_then(|place| {
                        place.lock().unwrap_or_else(PoisonError::into_inner).take()
                    });
                    house.project(batch.unwrap_or_default()).await
                }
            }
        };
        let raw = {
            let floor = floor.clone();
            move |number: usize| {
                let floor = floor.clone();
                let records = (number * BATCH..(number + 1) * BATCH)
                    .map(|record| (id(SERIES, record), record))
                    .collect();
                async move { floor.project(step, records).await }
            }
        };
        let comparison = compared(plan, ours, raw, async || ()).await?;
        let floor_calls = match step {
            Step::Create => "4 each: 2 × GetItem, PutItem, TransactWriteItems",
            Step::Edit => "4 each: 2 × GetItem, 2 × PutItem",
        };
        report.add(Row {
            what: what.to_owned(),
            clients: 1,
            comparison,
            calls,
            floor_calls: floor_calls.to_owned(),
        });
    }
    Ok(())
}

/// Writes the commits that are to be projected, through the gateway.
async fn written(house: &Arc<House>, step: Step, records: usize) -> anyhow::Result<()> {
    for record in 0..records {
        let id = id(SERIES, record);
        match step {
            Step::Create => house.create(&id).await?,
            Step::Edit => house.edit(&id).await?,
        }
    }
    Ok(())
}

/// Which calls a batch takes: the last one, of which the first round, which does not count, then
/// gets nothing.
async fn watched(house: &House, batches: &mut [Event]) -> anyhow::Result<String> {
    let Some(first) = batches.first_mut() else { return Ok(String::new()) };
    let (watched, counter) = house.watched();
    watched.project(std::mem::take(first)).await?;
    Ok(format!("batch of 100: {}", counter.take()))
}
