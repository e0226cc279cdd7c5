//! Reading the whole log as it stands in the table, in parts that are read side by side.

use crate::{Damaged, Recorded, Store, StoreError};
use aws_sdk_dynamodb::operation::scan::ScanOutput;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use vocabulary::Version;

/// What one read unit pays for when the read is eventually consistent: 8 KB (DynamoDB developer guide,
/// "Read consumption", read 2026-11-24).
const UNIT_BYTES: usize = 8 * 1024;

/// A part of the log, of some that together are all of it. DynamoDB calls it a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogPart {
    /// Its number, from 0.
    pub number: u32,
    /// How many there are.
    pub of: u32,
}

impl LogPart {
    /// All of it.
    pub const WHOLE: Self = Self { number: 0, of: 1 };
}

/// A place in the log as a scan reads it, which is no order that means anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogPlace {
    /// The record's partition key.
    pub pk: String,
    /// The number of the commit, as DynamoDB writes it.
    pub rev: String,
}

/// A commit as a scan finds it.
#[derive(Debug)]
pub struct LogCommit {
    /// The record's partition key.
    pub pk: String,
    /// The number of the commit.
    pub version: Version,
    /// The commit itself, if it can be read.
    pub commit: Result<Recorded, Damaged>,
}

/// Some commits of the log as a scan finds them, and where it goes on.
#[derive(Debug)]
pub struct LogPage {
    /// The commits, in no order that means anything: one record's may lie on several pages.
    pub commits: Vec<LogCommit>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<LogPlace>,
    /// The read units that were charged, rounded up.
    pub read_units: u64,
}

impl Store {
    /// A page of a part of the log, of at most so many commits and 1 MB; eventually consistent. One read
    /// unit for every 8 KB of commits.
    ///
    /// # Errors
    /// [`StoreError`]; a commit that cannot be read comes as an `Err` in its place.
    pub async fn log_page(
        &self,
        part: LogPart,
        from: Option<&LogPlace>,
        limit: i32,
    ) -> Result<LogPage, StoreError> {
        const ATTEMPT: &str = "reading the log as it stands";
        let start = from.map(|place| {
            HashMap::from([
                ("pk".to_owned(), AttributeValue::S(place.pk.clone())),
                ("rev".to_owned(), AttributeValue::N(place.rev.clone())),
            ])
        });
        let mut scan = self
            .client
            .scan()
            .table_name(&self.tables.events)
            .limit(limit.max(1))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .set_exclusive_start_key(start);
        if part.of > 1 {
            let number = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
            scan = scan.segment(number(part.number)).total_segments(number(part.of));
        }
        let page = scan.send().await.map_err(|error| StoreError::of(ATTEMPT, error))?;
        let commits = page.items().iter().filter_map(|item| {
            let LogPlace { pk, rev } = place(item)?;
            // A number that is no version belongs to no commit of ours.
            let version = rev.parse().ok()?;
            let commit = Recorded::from_item(item).map_err(|error| Damaged::of(item, error));
            Some(LogCommit { pk, version, commit })
        });
        Ok(LogPage {
            commits: commits.collect(),
            next: page.last_evaluated_key().and_then(place),
            read_units: charged(&page),
        })
    }

    /// How many commits the log has, about: DynamoDB counts a table's items every six hours or so
    /// (`DescribeTable`, API reference, read 2026-11-24). 0 where it has not counted yet.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn log_size(&self) -> Result<u64, StoreError> {
        const ATTEMPT: &str = "asking how large the log is";
        let answer = self.client.describe_table().table_name(&self.tables.events).send().await;
        let answer = answer.map_err(|error| StoreError::of(ATTEMPT, error))?;
        let items = answer.table.and_then(|table| table.item_count).unwrap_or(0);
        Ok(u64::try_from(items).unwrap_or(0))
    }
}

fn place(item: &HashMap<String, AttributeValue>) -> Option<LogPlace> {
    let pk = item.get("pk")?.as_s().ok()?.clone();
    let rev = item.get("rev")?.as_n().ok()?.clone();
    Some(LogPlace { pk, rev })
}

/// What a page cost: as the table says, or else by its size.
fn charged(page: &ScanOutput) -> u64 {
    let told = page
        .consumed_capacity()
        .and_then(aws_sdk_dynamodb::types::ConsumedCapacity::capacity_units);
    // The table counts in halves; a text of digits is a whole number, and of what is none there is no text.
    let told = told.filter(|units| *units > 0.0).map(|units| format!("{:.0}", units.ceil()));
    told.and_then(|units| units.parse().ok()).unwrap_or_else(|| {
        let bytes: usize = page.items().iter().map(size_of).sum();
        u64::try_from(bytes.div_ceil(UNIT_BYTES).max(1)).unwrap_or(u64::MAX)
    })
}

/// The texts and bytes of an item, about.
fn size_of(item: &HashMap<String, AttributeValue>) -> usize {
    const NUMBER: usize = 8;
    let value = |value: &AttributeValue| {
        let text = value.as_s().map(String::len).ok();
        text.or_else(|| value.as_b().map(|bytes| bytes.as_ref().len()).ok()).unwrap_or(NUMBER)
    };
    item.iter().map(|(name, held)| name.len() + value(held)).sum()
}
