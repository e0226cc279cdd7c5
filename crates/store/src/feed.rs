//! The feed: every commit of every record by day, through the index `feed`.
//!
//! Eventually consistent, with a delay that has no bound: whoever reads it leaves a margin.

use crate::tables::FEED;
use crate::{Store, StoreError};
use aws_sdk_dynamodb::types::AttributeValue;
use std::collections::HashMap;
use vocabulary::{CommitId, Instant, Version};

/// Over how many partitions the commits of a day are spread.
pub const FEED_SHARDS: u32 = 16;

/// Entries read in one page.
const PAGE: i32 = 1_000;

/// A commit, as far as the feed knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedEntry {
    /// The record's partition key.
    pub pk: String,
    /// The commit's number.
    pub version: Version,
    /// The commit's id.
    pub commit: CommitId,
}

/// A stretch of time on one shard of the feed: from the first instant, up to but without the second.
#[derive(Debug, Clone)]
pub struct FeedRange {
    from: Instant,
    to: Instant,
    day: Instant,
    shard: u32,
    start: Option<HashMap<String, AttributeValue>>,
    done: bool,
}

const DAY_MS: i64 = 86_400_000;

impl FeedRange {
    /// Everything that was minted from one instant up to another. Ends at once where they meet.
    pub fn between(from: Instant, to: Instant) -> Self {
        Self { from, to, day: from, shard: 0, start: None, done: from >= to }
    }

    /// Moves on to the next shard, or to the next day.
    fn advance(&mut self) {
        self.shard += 1;
        if self.shard < FEED_SHARDS {
            return;
        }
        self.shard = 0;
        let midnight =
            self.day.as_millis().div_euclid(DAY_MS).saturating_add(1).saturating_mul(DAY_MS);
        self.day = Instant::from_millis(midnight);
        self.done = self.day >= self.to;
    }
}

impl Store {
    /// The next page of a range, in no order across shards; `None` when the range is read to its
    /// end. A page may be empty.
    ///
    /// # Errors
    /// [`StoreError`]; the range has not moved and can be read on.
    pub async fn feed_page(
        &self,
        range: &mut FeedRange,
    ) -> Result<Option<Vec<FeedEntry>>, StoreError> {
        const ATTEMPT: &str = "reading the feed";
        if range.done {
            return Ok(None);
        }
        let page = self
            .client
            .query()
            .table_name(&self.tables.events)
            .index_name(FEED)
            .key_condition_expression("d = :d AND c BETWEEN :from AND :to")
            .expression_attribute_values(
                ":d",
                AttributeValue::S(format!("{}#{}", range.day.day(), range.shard)),
            )
            .expression_attribute_values(
                ":from",
                AttributeValue::S(CommitId::first_at(range.from).to_string()),
            )
            .expression_attribute_values(
                ":to",
                AttributeValue::S(CommitId::first_at(range.to).to_string()),
            )
            .limit(PAGE)
            .set_exclusive_start_key(range.start.clone())
            .send()
            .await
            .map_err(|error| StoreError::of(ATTEMPT, error))?;
        let entries: Option<Vec<FeedEntry>> = page.items().iter().map(entry).collect();
        let entries =
            entries.ok_or_else(|| StoreError::unreadable(ATTEMPT, "an entry without its keys"))?;
        range.start = page.last_evaluated_key;
        if range.start.is_none() {
            range.advance();
        }
        Ok(Some(entries))
    }
}

fn entry(item: &HashMap<String, AttributeValue>) -> Option<FeedEntry> {
    let pk = item.get("pk")?.as_s().ok()?.clone();
    let version = item.get("rev")?.as_n().ok()?.parse().ok()?;
    let commit = CommitId::parse(item.get("c")?.as_s().ok()?).ok()?;
    Some(FeedEntry { pk, version, commit })
}
