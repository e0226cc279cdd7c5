//! The event table: appending commits and reading them back.

use crate::{ReadError, Recorded, Store, StoreError};
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use std::collections::HashMap;
use vocabulary::{RecordKey, Version};

/// The most items asked for in one page. A page also ends at 1 MB (DynamoDB developer guide,
/// "Paginating table query results", read 2026-11-22).
const PAGE: i32 = 1_000;

/// What became of an append.
#[derive(Debug)]
pub enum Appended {
    /// The commit is in the log, be it by this call or by an earlier try of it.
    Done,
    /// Another commit holds that number.
    Taken(Box<Recorded>),
}

/// An append that neither succeeded nor found another commit in its place.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// The table could not be reached or refused; after a passing failure the commit may be there.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The commit that holds the number cannot be read.
    #[error("the commit in the way of {key} cannot be read")]
    Unreadable {
        /// The record.
        key: RecordKey,
        /// What is wrong with it.
        #[source]
        source: ReadError,
    },
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
    /// costs the write but no read: the commit in the way comes back with it.
    ///
    /// # Errors
    /// [`AppendError`]. After a passing failure it is unknown whether the commit was stored; the
    /// same append again tells.
    pub async fn append(&self, recorded: &Recorded) -> Result<Appended, AppendError> {
        const ATTEMPT: &str = "appending a commit";
        let answer = self
            .client
            .put_item()
            .table_name(&self.tables.events)
            .set_item(Some(recorded.clone().into_item()))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = answer else { return Ok(Appended::Done) };
        let Some(item) = item_in_the_way(&error) else {
            return Err(StoreError::of(ATTEMPT, error).into());
        };
        let other = Recorded::from_item(item)
            .map_err(|source| AppendError::Unreadable { key: recorded.key(), source })?;
        if other.commit().commit == recorded.commit().commit {
            return Ok(Appended::Done);
        }
        Ok(Appended::Taken(Box::new(other)))
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
        const ATTEMPT: &str = "reading a record's commits";
        let mut commits = Vec::new();
        let mut start: Option<HashMap<String, AttributeValue>> = None;
        loop {
            let missing = i32::try_from(limit.saturating_sub(commits.len())).unwrap_or(PAGE);
            let page = self
                .client
                .query()
                .table_name(&self.tables.events)
                .consistent_read(true)
                .key_condition_expression("pk = :pk AND rev BETWEEN :from AND :to")
                .expression_attribute_values(":pk", AttributeValue::S(key.pk()))
                .expression_attribute_values(":from", AttributeValue::N(from.to_string()))
                .expression_attribute_values(":to", AttributeValue::N(to.to_string()))
                .scan_index_forward(order == Order::Ascending)
                .limit(missing.min(PAGE))
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| StoreError::of(ATTEMPT, error))?;
            for item in page.items() {
                commits.push(Recorded::from_item(item).map_err(|error| Damaged::of(item, error)));
            }
            start = page.last_evaluated_key;
            if start.is_none() || commits.len() >= limit {
                return Ok(commits);
            }
        }
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
    fn of(item: &HashMap<String, AttributeValue>, source: ReadError) -> Self {
        let rev = match item.get("rev") {
            Some(AttributeValue::N(number)) => number.parse().unwrap_or(0),
            Some(_) | None => 0,
        };
        Self { rev, source }
    }
}

fn item_in_the_way<R>(
    error: &SdkError<PutItemError, R>,
) -> Option<&HashMap<String, AttributeValue>> {
    match error.as_service_error() {
        Some(PutItemError::ConditionalCheckFailedException(failed)) => failed.item(),
        Some(_) | None => None,
    }
}
