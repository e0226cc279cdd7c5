//! Records of many commits: a true chain, written in batches straight into the table, because nothing
//! here measures how they came about.

use crate::house::{House, id, key};
use anyhow::{Context, ensure};
use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};
use store::{Clock, Draft, Head, Order, Recorded};
use vocabulary::{RecordKey, Version};

/// Items of one batch (DynamoDB API reference, `BatchWriteItem`, read 2026-11-24).
const BATCH: usize = 25;

/// A record of so many commits: a create, and the same edit again and again.
pub(crate) async fn record_of(house: &House, commits: u64) -> anyhow::Result<RecordKey> {
    let id = id(&format!("L{commits}X"), 1);
    house.create(&id).await?;
    house.edit(&id).await?;
    let key = key(&id)?;
    let range = (Version::FIRST, Version::LAST);
    let made = house.store.commits(&key, range, Order::Ascending, 2).await?;
    let like = made.into_iter().last().context("two commits")??;
    let mut head = like.head();
    let mut batch = Vec::new();
    while head.version.get() < commits {
        let next = next(&key, &like, head)?;
        head = next.head();
        let put = PutRequest::builder().set_item(Some(next.into_item())).build()?;
        batch.push(WriteRequest::builder().put_request(put).build());
        if batch.len() == BATCH || head.version.get() == commits {
            write(house, std::mem::take(&mut batch)).await?;
        }
    }
    Ok(key)
}

fn next(key: &RecordKey, like: &Recorded, head: Head) -> anyhow::Result<Recorded> {
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
    Ok(Recorded::after(Some(&head), key, draft)?)
}

async fn write(house: &House, batch: Vec<WriteRequest>) -> anyhow::Result<()> {
    let client = house.engine.dynamodb();
    let written = client.batch_write_item().request_items(&house.store.tables().events, batch);
    let left = written.send().await?.unprocessed_items.unwrap_or_default();
    ensure!(left.is_empty(), "some commits were not written");
    Ok(())
}
