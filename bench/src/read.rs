//! Scenario: one of many records is read, and the first page of them is listed.

use crate::floor::Floor;
use crate::house::{BATCH, House, id};
use crate::measure::compared;
use crate::project::SERIES;
use crate::report::{Report, Row, progress};
use crate::size::Size;
use std::sync::Arc;

/// Items of a list's page.
const LISTED: i32 = 25;

pub(crate) async fn measured(
    size: Size,
    house: &Arc<House>,
    floor: &Floor,
    report: &mut Report,
) -> anyhow::Result<()> {
    let records = size.project().total() * BATCH;
    let (counted, counter) = house.counted();
    counted.get(&id(SERIES, 0)).await?;
    let get_calls = counter.take();
    counted.list().await?;
    let list_calls = counter.take();
    for clients in [1, 32] {
        progress(&format!("get and list, {clients}"))?;
        let ours = {
            let house = house.clone();
            move |number: usize| {
                let (house, record) = (house.clone(), scattered(number, records));
                async move { house.get(&id(SERIES, record)).await }
            }
        };
        let raw = {
            let floor = floor.clone();
            move |number: usize| {
                let (floor, record) = (floor.clone(), scattered(number, records));
                async move { floor.get(&id(SERIES, record), record).await }
            }
        };
        report.add(Row {
            what: format!("get, of {records} records in memory"),
            clients,
            comparison: compared(size.get(clients), ours, raw, async || ()).await?,
            calls: get_calls.clone(),
            floor_calls: "1: GetItem records".to_owned(),
        });
        let ours = {
            let house = house.clone();
            move |_number: usize| {
                let house = house.clone();
                async move { house.list().await }
            }
        };
        let raw = {
            let floor = floor.clone();
            move |_number: usize| {
                let floor = floor.clone();
                async move { floor.list(LISTED).await }
            }
        };
        report.add(Row {
            what: format!("list, {LISTED} of {records} records in memory"),
            clients,
            comparison: compared(size.list(clients), ours, raw, async || ()).await?,
            calls: list_calls.clone(),
            floor_calls: "1: Query records".to_owned(),
        });
    }
    Ok(())
}

/// Another record each time, neighbours far apart.
fn scattered(number: usize, records: usize) -> usize {
    number * 7_919 % records.max(1)
}
