//! The feed: every commit of every record by day, through the index `feed`.
//!
//! Eventually consistent, with a delay that has no bound: whoever reads it leaves a margin.

use crate::tables::FEED;
use crate::{Store, StoreError};
use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use vocabulary::{CommitId, Instant, Version};

/// Over how many partitions the commits of a day are spread.
pub const FEED_SHARDS: u32 = 16;

/// Entries read in one page.
const PAGE: i32 = 1_000;

/// A commit, as far as the feed knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedEntry {
    /// The record's partition key.
    pub pk: String,
    /// The commit's number.
    pub version: Version,
    /// The commit's id.
    pub commit: CommitId,
}

/// A place in a range of the feed, to be kept: behind an entry, or where a shard of a day begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedPlace {
    /// An instant of the day.
    day: Instant,
    shard: u32,
    /// The entry after which it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<FeedEntry>,
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

    /// The same range from a place in it on.
    #[must_use]
    pub fn from_place(self, place: FeedPlace) -> Self {
        let FeedPlace { day, shard, after } = place;
        let start = after.map(|entry| {
            HashMap::from([
                ("pk".to_owned(), AttributeValue::S(entry.pk)),
                ("rev".to_owned(), AttributeValue::N(entry.version.to_string())),
                ("d".to_owned(), AttributeValue::S(format!("{}#{shard}", day.day()))),
                ("c".to_owned(), AttributeValue::S(entry.commit.to_string())),
            ])
        });
        Self { day, shard, start, done: self.done || day >= self.to, ..self }
    }

    /// The place where the next page begins; `None` at the end of the range.
    pub fn place(&self) -> Option<FeedPlace> {
        let after = self.start.as_ref().and_then(entry);
        (!self.done).then_some(FeedPlace { day: self.day, shard: self.shard, after })
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

impl FeedPlace {
    /// The place behind an entry that a page beginning here brought.
    #[must_use]
    pub fn behind(&self, entry: &FeedEntry) -> Self {
        Self { after: Some(entry.clone()), ..self.clone() }
    }
}

impl Store {
    /// The newest commits minted before an instant and no more than `days` before it, the newest first, at
    /// most `limit`: what the feed knows, which may be late. Sixteen queries for each day without any.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn newest_commits(
        &self,
        before: Instant,
        (days, limit): (u32, usize),
    ) -> Result<Vec<FeedEntry>, StoreError> {
        let mut newest: Vec<FeedEntry> = Vec::new();
        for day in 0..=days {
            let on = before.plus_millis(-DAY_MS * i64::from(day));
            for shard in 0..FEED_SHARDS {
                newest.extend(self.newest_of_shard(on, shard, before, limit).await?);
            }
            if newest.len() >= limit {
                break;
            }
        }
        newest.sort_by_key(|entry| std::cmp::Reverse(entry.commit));
        newest.truncate(limit);
        Ok(newest)
    }

    async fn newest_of_shard(
        &self,
        day: Instant,
        shard: u32,
        before: Instant,
        limit: usize,
    ) -> Result<Vec<FeedEntry>, StoreError> {
        const ATTEMPT: &str = "reading the end of the feed";
        let text = |text: String| AttributeValue::S(text);
        let page = self
            .client
            .query()
            .table_name(&self.tables.events)
            .index_name(FEED)
            .key_condition_expression("d = :d AND c < :before")
            .expression_attribute_values(":d", text(format!("{}#{shard}", day.day())))
            .expression_attribute_values(":before", text(CommitId::first_at(before).to_string()))
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(PAGE).clamp(1, PAGE))
            .send()
            .await
            .map_err(|error| StoreError::of(ATTEMPT, error))?;
        let entries: Option<Vec<FeedEntry>> = page.items().iter().map(entry).collect();
        entries.ok_or_else(|| StoreError::unreadable(ATTEMPT, "an entry without its keys"))
    }
}

fn entry(item: &HashMap<String, AttributeValue>) -> Option<FeedEntry> {
    let pk = item.get("pk")?.as_s().ok()?.clone();
    let version = item.get("rev")?.as_n().ok()?.parse().ok()?;
    let commit = CommitId::parse(item.get("c")?.as_s().ok()?).ok()?;
    Some(FeedEntry { pk, version, commit })
}
