//! The event table: appending commits and reading them back.

use crate::{ReadError, Recorded, Store, StoreError};
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::query::QueryOutput;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use std::collections::HashMap;
use vocabulary::{RecordKey, Version};

/// The most items asked for in one page. A page also ends at 1 MB (DynamoDB developer guide,
/// "Paginating table query results", read 2026-11-22).
const PAGE: i32 = 1_000;

type Item = HashMap<String, AttributeValue>;

/// What became of an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// The commit is in the log, be it by this call or by an earlier try of it.
    Done,
    /// Another commit holds that number: load the record again.
    Taken,
}

/// Which end of a record's commits comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The first commit first.
    Ascending,
    /// The newest commit first.
    Descending,
}

impl Store {
    /// Appends a commit under the condition that its number is free.
    ///
    /// One write unit on the table per started KB of the item, and one on `feed`. A failed condition
    /// costs the write but no read: the commit in the way comes back with it. Every five seconds a process
    /// asks before it appends whether the log is open: one read unit.
    ///
    /// # Errors
    /// [`StoreError`], [`StoreError::LogClosed`] among them. After a passing failure it is unknown whether the commit was stored; the
    /// same append again tells.
    pub async fn append(&self, recorded: &Recorded) -> Result<Appended, StoreError> {
        const ATTEMPT: &str = "appending a commit";
        // On the heap: asking whether the log is open holds more than the append itself.
        Box::pin(self.pass_gate(&recorded.key())).await?;
        let answer = self
            .client
            .put_item()
            .table_name(&self.tables.events)
            .set_item(Some(recorded.clone().into_item()))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let own = AttributeValue::S(recorded.commit().commit.to_string());
        // Ids are minted with 80 random bits: the same id is the same commit, stored by an earlier try.
        let is_stored = match answer {
            Ok(_) => true,
            Err(error) => match item_in_the_way(&error) {
                Some(item) => item.get("c") == Some(&own),
                None => return Err(StoreError::of(ATTEMPT, error)),
            },
        };
        let (record, version) = (recorded.key(), recorded.version());
        if is_stored {
            tracing::info!(%record, %version, metric = "Commits", "a commit was appended");
            Ok(Appended::Done)
        } else {
            tracing::info!(%record, %version, metric = "Conflicts", "another commit was faster");
            Ok(Appended::Taken)
        }
    }

    /// Commits of a record from one version to another, both included, strongly consistent: at most
    /// `limit`, fewer only where the range ends. Reads all pages it needs.
    ///
    /// # Errors
    /// [`StoreError`]; a commit that cannot be read comes as an `Err` in its place.
    pub async fn commits(
        &self,
        key: &RecordKey,
        (from, to): (Version, Version),
        order: Order,
        limit: usize,
    ) -> Result<Vec<Result<Recorded, Damaged>>, StoreError> {
        let mut commits = Vec::new();
        let mut start = None;
        loop {
            let missing = limit.saturating_sub(commits.len());
            let page = self.page(key, (from, to), order, (missing, start)).await?;
            commits.extend(read(page.items()));
            start = page.last_evaluated_key;
            if start.is_none() || commits.len() >= limit {
                return Ok(commits);
            }
        }
    }

    /// Commits of a record as [`Store::commits`] reads them, but no more than fit into memory: it also
    /// ends at the page of the table, of 1 MB, with which their texts have so many bytes.
    ///
    /// # Errors
    /// [`StoreError`]; a commit that cannot be read comes as an `Err` in its place.
    pub async fn stretch(
        &self,
        key: &RecordKey,
        range: (Version, Version),
        order: Order,
        (limit, bytes): (usize, usize),
    ) -> Result<Stretch, StoreError> {
        let mut commits = Vec::new();
        let mut start = None;
        let mut size = 0;
        loop {
            // One more than is wanted tells whether there are more.
            let missing = limit.saturating_add(1).saturating_sub(commits.len());
            let page = self.page(key, range, order, (missing, start)).await?;
            let more: Vec<_> = read(page.items()).collect();
            let text = |read: &Result<Recorded, Damaged>| read.as_ref().map_or(0, size_of);
            size += more.iter().map(text).sum::<usize>();
            commits.extend(more);
            start = page.last_evaluated_key;
            if commits.len() > limit {
                commits.truncate(limit);
                return Ok(Stretch { commits, ended: false });
            }
            if start.is_none() || size >= bytes {
                return Ok(Stretch { commits, ended: start.is_none() });
            }
        }
    }

    async fn page(
        &self,
        key: &RecordKey,
        (from, to): (Version, Version),
        order: Order,
        (missing, start): (usize, Option<Item>),
    ) -> Result<QueryOutput, StoreError> {
        const ATTEMPT: &str = "reading a record's commits";
        self.client
            .query()
            .table_name(&self.tables.events)
            .consistent_read(true)
            .key_condition_expression("pk = :pk AND rev BETWEEN :from AND :to")
            .expression_attribute_values(":pk", AttributeValue::S(key.pk()))
            .expression_attribute_values(":from", AttributeValue::N(from.to_string()))
            .expression_attribute_values(":to", AttributeValue::N(to.to_string()))
            .scan_index_forward(order == Order::Ascending)
            .limit(i32::try_from(missing).unwrap_or(PAGE).min(PAGE))
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(|error| StoreError::of(ATTEMPT, error))
    }

    /// The newest commit of a record; `None` when it has none. Half a read unit per started 4 KB,
    /// doubled because it is strongly consistent.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn newest(
        &self,
        key: &RecordKey,
    ) -> Result<Option<Result<Recorded, Damaged>>, StoreError> {
        let all = (Version::FIRST, Version::LAST);
        Ok(self.commits(key, all, Order::Descending, 1).await?.pop())
    }
}

/// Some commits of a record, one after the other.
#[derive(Debug)]
pub struct Stretch {
    /// The commits, in the order asked for.
    pub commits: Vec<Result<Recorded, Damaged>>,
    /// Whether none are left of those asked for.
    pub ended: bool,
}

fn read(items: &[Item]) -> impl Iterator<Item = Result<Recorded, Damaged>> {
    items.iter().map(|item| Recorded::from_item(item).map_err(|error| Damaged::of(item, error)))
}

/// The number of a commit in its record.
pub(crate) fn number(read: &Result<Recorded, Damaged>) -> u64 {
    match read {
        Ok(commit) => commit.version().get(),
        Err(damaged) => damaged.rev,
    }
}

fn size_of(commit: &Recorded) -> usize {
    commit.text().len()
}

/// A commit in the log that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("commit {rev} cannot be read")]
pub struct Damaged {
    /// The number in its key, 0 when that is unreadable too.
    pub rev: u64,
    /// What is wrong with it.
    #[source]
    pub source: ReadError,
}

impl Damaged {
    pub(crate) fn of(item: &Item, source: ReadError) -> Self {
        let rev = match item.get("rev") {
            Some(AttributeValue::N(number)) => number.parse().unwrap_or(0),
            Some(_) | None => 0,
        };
        Self { rev, source }
    }
}

fn item_in_the_way<R>(error: &SdkError<PutItemError, R>) -> Option<&Item> {
    match error.as_service_error() {
        Some(PutItemError::ConditionalCheckFailedException(failed)) => failed.item(),
        Some(_) | None => None,
    }
}
