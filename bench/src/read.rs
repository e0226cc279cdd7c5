//! Scenario: one of many records is read, and the first page of them is listed.

use crate::counter::Counter;
use crate::floor::Floor;
use crate::house::{BATCH, House, id};
use crate::measure::compared;
use crate::project::SERIES;
use crate::report::{Report, Row, progress};
use crate::size::Size;
use std::sync::Arc;

/// Items of a list's page.
const LISTED: i32 = 25;

/// Where it is read, and what is watched there.
struct Reading<'a> {
    house: &'a Arc<House>,
    floor: &'a Floor,
    watched: House,
    counter: Counter,
    size: Size,
    records: usize,
}

pub(crate) async fn measured(
    size: Size,
    house: &Arc<House>,
    floor: &Floor,
    report: &mut Report,
) -> anyhow::Result<()> {
    let records = size.project().total() * BATCH;
    let (watched, counter) = house.watched();
    let reading = Reading { house, floor, watched, counter, size, records };
    for clients in [1, 32] {
        progress(&format!("health, get and list, {clients}"))?;
        report.add(reading.health(clients).await?);
        report.add(reading.get(clients).await?);
        report.add(reading.list(clients).await?);
    }
    Ok(())
}

impl Reading<'_> {
    /// What is left of a request without its calls to the tables.
    async fn health(&self, clients: usize) -> anyhow::Result<Row> {
        self.counter.take();
        self.watched.health().await?;
        let calls = self.counter.take();
        let house = self.house.clone();
        let ours = move |_number: usize| {
            let house = house.clone();
            async move { house.health().await }
        };
        Ok(Row {
            what: "health: gateway, token and handler only".to_owned(),
            clients,
            comparison: compared(self.size.get(clients), ours, self.raw_get(), async || ()).await?,
            calls,
            floor_calls: "1: GetItem records".to_owned(),
        })
    }

    /// One request in five seconds asks for the views' generations. This is it; it is not counted.
    async fn generations_known(&self) -> anyhow::Result<()> {
        self.watched.list().await?;
        self.counter.take();
        Ok(())
    }

    async fn get(&self, clients: usize) -> anyhow::Result<Row> {
        self.generations_known().await?;
        self.watched.get(&id(SERIES, 0)).await?;
        let calls = self.counter.take();
        let (house, records) = (self.house.clone(), self.records);
        let ours = move |number: usize| {
            let (house, record) = (house.clone(), scattered(number, records));
            async move { house.get(&id(SERIES, record)).await }
        };
        Ok(Row {
            what: format!("get, of {records} records in memory"),
            clients,
            comparison: compared(self.size.get(clients), ours, self.raw_get(), async || ()).await?,
            calls,
            floor_calls: "1: GetItem records".to_owned(),
        })
    }

    async fn list(&self, clients: usize) -> anyhow::Result<Row> {
        self.generations_known().await?;
        self.watched.list().await?;
        let calls = self.counter.take();
        let house = self.house.clone();
        let ours = move |_number: usize| {
            let house = house.clone();
            async move { house.list().await }
        };
        let floor = self.floor.clone();
        let raw = move |_number: usize| {
            let floor = floor.clone();
            async move { floor.list(LISTED).await }
        };
        Ok(Row {
            what: format!("list, {LISTED} of {} records in memory", self.records),
            clients,
            comparison: compared(self.size.list(clients), ours, raw, async || ()).await?,
            calls,
            floor_calls: "1: Query records".to_owned(),
        })
    }

    fn raw_get(&self) -> impl Fn(usize) -> Raw + Clone + Send + use<> {
        let (floor, records) = (self.floor.clone(), self.records);
        move |number: usize| {
            let (floor, record) = (floor.clone(), scattered(number, records));
            Box::pin(async move { floor.get(&id(SERIES, record), record).await })
        }
    }
}

type Raw = std::pin::Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>>;

/// Another record each time, neighbours far apart.
fn scattered(number: usize, records: usize) -> usize {
    number * 7_919 % records.max(1)
}
