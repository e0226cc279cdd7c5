//! Scenario: a customer is created and edited, through the gateway, by one client and by 32.

use crate::floor::{Floor, Step};
use crate::house::{Around, Home, House, id};
use crate::measure::{Plan, compared};
use crate::report::{Report, Row, progress};
use crate::size::Size;
use engine::Durability;
use std::sync::Arc;

pub(crate) async fn measured(size: Size, report: &mut Report) -> anyhow::Result<()> {
    let homes = [
        (Home::Memory, "in memory"),
        (Home::Folder(Durability::Normal), "on disk, `normal`"),
        (Home::Folder(Durability::Full), "on disk, `full`"),
    ];
    let surroundings = [(Around::Alone, "functions alone"), (Around::WholeStack, "whole stack")];
    for (home, place) in homes {
        for (around, who) in surroundings {
            let house = House::open(home, around).await?;
            let (floor, calls) = specimen(&house).await?;
            for clients in [1, 32] {
                let what = format!("append, {place}, {who}");
                progress(&format!("{what}, {clients}"))?;
                let plan = size.append(clients);
                report.add(row(plan, &what, &calls, (&house, &floor)).await?);
            }
        }
    }
    Ok(())
}

async fn row(
    plan: Plan,
    what: &str,
    calls: &str,
    (house, floor): (&Arc<House>, &Floor),
) -> anyhow::Result<Row> {
    let series = format!("A{}", plan.clients);
    let ours = {
        let (house, series) = (house.clone(), series.clone());
        move |operation: usize| {
            let (house, id) = (house.clone(), id(&series, operation / 2));
            async move {
                match Step::of(operation) {
                    Step::Create => house.create(&id).await,
                    Step::Edit => house.edit(&id).await,
                }
            }
        }
    };
    let raw = {
        let floor = floor.clone();
        move |operation: usize| {
            let (floor, id) = (floor.clone(), id(&series, operation / 2));
            async move { floor.append(Step::of(operation), &id, operation / 2).await }
        }
    };
    let comparison = compared(plan, ours, raw, async || house.settled().await).await?;
    Ok(Row {
        what: what.to_owned(),
        clients: plan.clients,
        comparison,
        calls: calls.to_owned(),
        floor_calls: "1: PutItem events".to_owned(),
    })
}

/// Creates, edits and projects one record, whose items the floor copies and whose calls are watched.
pub(crate) async fn specimen(house: &Arc<House>) -> anyhow::Result<(Floor, String)> {
    let id = id("SPECIMEN", 1);
    let (watched, counter) = house.watched();
    watched.create(&id).await?;
    let create = counter.take();
    watched.edit(&id).await?;
    let edit = counter.take();
    for batch in house.batches().await? {
        house.project(batch).await?;
    }
    house.settled().await;
    let calls = if create == edit { create } else { format!("create {create}; edit {edit}") };
    Ok((Floor::beside(house, &id).await?, calls))
}
