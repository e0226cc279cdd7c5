//! Projectors as they are often written, to show that the schedules find them out.

use super::probe::{Fold, registry};
use super::schedule::{Projecting, TABLES};
use anyhow::Context;
use aws_lambda_events::dynamodb::Event;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use serde::Deserialize;
use store::Commit;

/// A projector that believes what the stream says.
pub(super) struct Naive {
    client: Client,
    how: Projecting,
}

#[derive(Deserialize)]
struct Image {
    pk: String,
    e: String,
}

/// The partition of naive rows and numbers in the counts table.
pub(super) const ROWS: &str = "naive-rows";
pub(super) const NUMBERS: &str = "naive-numbers";

impl Naive {
    pub(super) fn new(client: Client, how: Projecting) -> Self {
        Self { client, how }
    }

    pub(super) async fn handle(&self, event: &Event) -> anyhow::Result<()> {
        for record in &event.records {
            let image: Image = serde_dynamo::from_item(record.change.new_image.clone())?;
            let commit: Commit = serde_json::from_str(&image.e)?;
            match self.how {
                Projecting::AddOne => self.add_one(&commit).await?,
                Projecting::CursorFirst => self.cursor_first(&image.pk, &commit).await?,
                Projecting::Right | Projecting::GreaterVersion | Projecting::TrustOrder => {
                    self.apply(&image.pk, &commit).await?;
                }
            }
        }
        Ok(())
    }

    async fn apply(&self, pk: &str, commit: &Commit) -> anyhow::Result<()> {
        let of = registry(Fold::First).by_name("probe").context("no probe")?;
        let (version, state) = row(&self.client, pk).await?;
        if self.how == Projecting::GreaterVersion && commit.rev.get() <= version {
            return Ok(());
        }
        let mut record = match state {
            Some(state) => of.of.resume(serde_json::from_str(&state)?)?,
            None => of.of.empty(),
        };
        for event in &commit.events {
            record.apply(event)?;
        }
        let version = version.max(commit.rev.get());
        self.client
            .put_item()
            .table_name(format!("{TABLES}-counts"))
            .item("pk", AttributeValue::S(ROWS.into()))
            .item("sk", AttributeValue::S(pk.into()))
            .item("version", AttributeValue::N(version.to_string()))
            .item("state", AttributeValue::S(record.state()?.to_string()))
            .send()
            .await?;
        Ok(())
    }

    /// Brings rows up to a commit, each from the log, but says so before it has done it.
    async fn cursor_first(&self, pk: &str, commit: &Commit) -> anyhow::Result<()> {
        let (reached, _) = row(&self.client, pk).await?;
        if commit.rev.get() <= reached {
            return Ok(());
        }
        let put = |partition: &str, sk: String, version: u64| {
            self.client
                .put_item()
                .table_name(format!("{TABLES}-counts"))
                .item("pk", AttributeValue::S(partition.to_owned()))
                .item("sk", AttributeValue::S(sk))
                .item("version", AttributeValue::N(version.to_string()))
        };
        put(ROWS, pk.to_owned(), commit.rev.get()).send().await?;
        for version in reached + 1..=commit.rev.get() {
            put(&format!("{ROWS}#{pk}"), format!("{version:016}"), version).send().await?;
        }
        Ok(())
    }

    async fn add_one(&self, commit: &Commit) -> anyhow::Result<()> {
        for event in &commit.events {
            let steps: &[(&str, i64)] = match event.event_type.as_str() {
                "started" => &[("open", 1)],
                "finished" => &[("open", -1), ("done", 1)],
                "reopened" => &[("done", -1), ("open", 1)],
                _ => &[],
            };
            for (status, by) in steps {
                self.client
                    .update_item()
                    .table_name(format!("{TABLES}-counts"))
                    .key("pk", AttributeValue::S(NUMBERS.into()))
                    .key("sk", AttributeValue::S((*status).into()))
                    .update_expression("ADD n :by")
                    .expression_attribute_values(":by", AttributeValue::N(by.to_string()))
                    .send()
                    .await?;
            }
        }
        Ok(())
    }
}

/// A naive row: its version, 0 when there is none, and its state.
pub(super) async fn row(client: &Client, pk: &str) -> anyhow::Result<(u64, Option<String>)> {
    let item = client
        .get_item()
        .table_name(format!("{TABLES}-counts"))
        .key("pk", AttributeValue::S(ROWS.into()))
        .key("sk", AttributeValue::S(pk.into()))
        .consistent_read(true)
        .send()
        .await?
        .item
        .unwrap_or_default();
    let version = item.get("version").and_then(|v| v.as_n().ok()).map_or(Ok(0), |n| n.parse())?;
    Ok((version, item.get("state").and_then(|v| v.as_s().ok()).cloned()))
}

/// The numbers of the commits that have a naive row.
pub(super) async fn numbers(client: &Client, pk: &str) -> anyhow::Result<Vec<u64>> {
    let page = client
        .query()
        .table_name(format!("{TABLES}-counts"))
        .key_condition_expression("pk = :pk")
        .expression_attribute_values(":pk", AttributeValue::S(format!("{ROWS}#{pk}")))
        .send()
        .await?;
    let numbers = page.items().iter().map(|item| {
        let number = item.get("version").and_then(|number| number.as_n().ok());
        Ok(number.context("no number")?.parse()?)
    });
    numbers.collect()
}

/// A naive number.
pub(super) async fn number(client: &Client, status: &str) -> anyhow::Result<i64> {
    let item = client
        .get_item()
        .table_name(format!("{TABLES}-counts"))
        .key("pk", AttributeValue::S(NUMBERS.into()))
        .key("sk", AttributeValue::S(status.into()))
        .send()
        .await?
        .item
        .unwrap_or_default();
    Ok(item.get("n").and_then(|v| v.as_n().ok()).map_or(Ok(0), |n| n.parse())?)
}
