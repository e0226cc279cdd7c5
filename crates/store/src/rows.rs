//! Rows of views: written under a condition, read by key or by index.
//!
//! What a row holds is the projections' business; here is how it is written and read.

use crate::tables::{BY_OWNER, BY_STATUS};
use crate::{Order, Store, StoreError, Table};
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, from_items, to_item};
use std::collections::HashMap;
use vocabulary::{Digest, Version};

/// The key of a row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowKey {
    /// The partition.
    pub pk: String,
    /// The place in it.
    pub sk: String,
}

/// What the writer of a row read before. Every row that is written differs from the one it replaces
/// in one of these marks, so a write that is repeated after it has succeeded fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expectation {
    /// There was no row.
    Absent,
    /// The row had these marks.
    Marked(Marks),
    /// The row had these marks and counted in this status, or in none. For a write that changes no mark:
    /// repeated after it has succeeded, it fails as well.
    Counted(Marks, Option<String>),
}

/// What tells one writing of a row from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marks {
    /// The version that the row had reached.
    pub version: Version,
    /// The hash of that commit.
    pub hash: Digest,
    /// The fold that had made it.
    pub fold: String,
    /// The commit at which it was stuck.
    pub stale_at: Option<Version>,
}

/// What became of a conditional write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It stands.
    Done,
    /// The row is no longer as it was read; nothing was written.
    Overtaken,
}

/// Where rows are looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// A table's own keys, strongly consistent.
    Of(Table),
    /// Records of one status, by their position; eventually consistent.
    ByStatus,
    /// Records of one owner and status, by their position; eventually consistent.
    ByOwner,
}

/// A stretch of one partition.
#[derive(Debug, Clone)]
pub struct RowQuery {
    /// Where.
    pub rows: Rows,
    /// The partition.
    pub partition: String,
    /// Only what comes after this place, in the order asked for.
    pub after: Option<String>,
    /// Which end comes first.
    pub order: Order,
    /// The most rows wanted.
    pub limit: usize,
}

/// A stretch of one partition of a table's own keys, from one place to another, both included.
#[derive(Debug, Clone)]
pub struct RowRange {
    /// Where.
    pub table: Table,
    /// The partition.
    pub partition: String,
    /// The first place.
    pub from: String,
    /// The last place; nothing is read where it comes before the first.
    pub to: String,
    /// Which end comes first.
    pub order: Order,
    /// The most rows wanted.
    pub limit: usize,
    /// The attributes wanted; none means all. It costs as much as reading all of them.
    pub attributes: &'static [&'static str],
}

/// A row to be written, and what was read in its place.
#[derive(Debug, Clone)]
pub struct WriteOne<'a, R> {
    /// The row, its key included.
    pub row: &'a R,
    /// What was read before.
    pub expected: Expectation,
}

impl Store {
    /// A row by its key, strongly consistent.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn row<R: DeserializeOwned>(
        &self,
        table: Table,
        key: &RowKey,
    ) -> Result<Option<R>, StoreError> {
        const ATTEMPT: &str = "reading a row";
        let answer = self
            .client
            .get_item()
            .table_name(self.tables.name(table))
            .key("pk", AttributeValue::S(key.pk.clone()))
            .key("sk", AttributeValue::S(key.sk.clone()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| StoreError::of(ATTEMPT, error))?;
        answer
            .item
            .map(from_item)
            .transpose()
            .map_err(|error| StoreError::unreadable(ATTEMPT, error))
    }

    /// Puts a row if it still is as it was read. One write unit per started KB, and as much again
    /// for each index it stands in, doubled where an index key changes.
    ///
    /// # Errors
    /// [`StoreError`]; after a passing failure it is unknown whether the row was written.
    pub async fn put_row<R: Serialize>(
        &self,
        table: Table,
        write: WriteOne<'_, R>,
    ) -> Result<Written, StoreError> {
        const ATTEMPT: &str = "writing a row";
        let item = to_item(write.row).map_err(|error| StoreError::unreadable(ATTEMPT, error))?;
        let Condition { text, names, values } = condition(&write.expected);
        let answer = self
            .client
            .put_item()
            .table_name(self.tables.name(table))
            .set_item(Some(item))
            .condition_expression(text)
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .send()
            .await;
        match answer {
            Ok(_) => Ok(Written::Done),
            Err(SdkError::ServiceError(e)) if e.err().is_conditional_check_failed_exception() => {
                Ok(Written::Overtaken)
            }
            Err(error) => Err(StoreError::of(ATTEMPT, error)),
        }
    }

    /// Puts rows under their conditions and adds to counters, all or nothing. At most 100 in all;
    /// two write units per started KB of each (DynamoDB developer guide, "Transactions", read
    /// 2026-11-22).
    ///
    /// # Errors
    /// [`StoreError`]; after a passing failure it is unknown whether it was carried out.
    pub async fn write_with_counters<R: Serialize>(
        &self,
        table: Table,
        writes: &[WriteOne<'_, R>],
        counters: &[(RowKey, i64)],
    ) -> Result<Written, StoreError> {
        const ATTEMPT: &str = "writing rows with counters";
        let unbuilt = |error| StoreError::unreadable(ATTEMPT, error);
        let mut items = Vec::new();
        for write in writes {
            let item =
                to_item(write.row).map_err(|error| StoreError::unreadable(ATTEMPT, error))?;
            let Condition { text, names, values } = condition(&write.expected);
            let put = Put::builder()
                .table_name(self.tables.name(table))
                .set_item(Some(item))
                .condition_expression(text)
                .set_expression_attribute_names(names)
                .set_expression_attribute_values(values);
            items.push(TransactWriteItem::builder().put(put.build().map_err(unbuilt)?).build());
        }
        items.extend(self.additions(table, counters).map_err(unbuilt)?);
        match self.client.transact_write_items().set_transact_items(Some(items)).send().await {
            Ok(_) => Ok(Written::Done),
            Err(error) if condition_failed(&error) => Ok(Written::Overtaken),
            Err(error) if conflicted(&error) => {
                Err(StoreError::Busy { attempt: ATTEMPT, source: Box::new(error) })
            }
            Err(error) => Err(StoreError::of(ATTEMPT, error)),
        }
    }

    /// Rows of one partition in order, at most `limit`, fewer only where the partition ends. Reads
    /// all pages it needs.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn rows<R: DeserializeOwned>(&self, query: &RowQuery) -> Result<Vec<R>, StoreError> {
        const ATTEMPT: &str = "listing rows";
        let (table, index, partition, sort) = match query.rows {
            Rows::Of(table) => (self.tables.name(table), None, "pk", "sk"),
            Rows::ByStatus => {
                (self.tables.records.as_str(), Some(BY_STATUS), "by_status", "position")
            }
            Rows::ByOwner => (self.tables.records.as_str(), Some(BY_OWNER), "by_owner", "position"),
        };
        let mut rows = Vec::new();
        let mut start: Option<HashMap<String, AttributeValue>> = None;
        loop {
            let missing = i32::try_from(query.limit.saturating_sub(rows.len())).unwrap_or(1_000);
            let mut request = self
                .client
                .query()
                .table_name(table)
                .set_index_name(index.map(str::to_owned))
                .consistent_read(index.is_none())
                .expression_attribute_names("#p", partition)
                .expression_attribute_values(":p", AttributeValue::S(query.partition.clone()))
                .scan_index_forward(query.order == Order::Ascending)
                .limit(missing.clamp(1, 1_000))
                .set_exclusive_start_key(start);
            request = match (&query.after, query.order) {
                (None, _) => request.key_condition_expression("#p = :p"),
                (Some(after), order) => request
                    .key_condition_expression(match order {
                        Order::Ascending => "#p = :p AND #s > :s",
                        Order::Descending => "#p = :p AND #s < :s",
                    })
                    .expression_attribute_names("#s", sort)
                    .expression_attribute_values(":s", AttributeValue::S(after.clone())),
            };
            let page = request.send().await.map_err(|error| StoreError::of(ATTEMPT, error))?;
            start = page.last_evaluated_key;
            let items = page.items.unwrap_or_default();
            let read: Vec<R> = from_items(items).map_err(|e| StoreError::unreadable(ATTEMPT, e))?;
            rows.extend(read);
            if start.is_none() || rows.len() >= query.limit {
                return Ok(rows);
            }
        }
    }

    /// Rows of a stretch in order, strongly consistent, at most `limit`, fewer only where it ends. Reads
    /// all pages it needs.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn rows_between<R: DeserializeOwned>(
        &self,
        range: &RowRange,
    ) -> Result<Vec<R>, StoreError> {
        const ATTEMPT: &str = "listing a stretch of rows";
        let mut rows = Vec::new();
        let mut start: Option<HashMap<String, AttributeValue>> = None;
        if range.from > range.to {
            return Ok(rows);
        }
        let text = |text: &String| AttributeValue::S(text.clone());
        loop {
            let missing = i32::try_from(range.limit.saturating_sub(rows.len())).unwrap_or(1_000);
            let mut request = self
                .client
                .query()
                .table_name(self.tables.name(range.table))
                .consistent_read(true)
                .key_condition_expression("pk = :p AND sk BETWEEN :from AND :to")
                .expression_attribute_values(":p", text(&range.partition))
                .expression_attribute_values(":from", text(&range.from))
                .expression_attribute_values(":to", text(&range.to))
                .scan_index_forward(range.order == Order::Ascending)
                .limit(missing.clamp(1, 1_000))
                .set_exclusive_start_key(start);
            if !range.attributes.is_empty() {
                let alias = |name: &&str| (format!("#{name}"), (*name).to_owned());
                let names: HashMap<String, String> = range.attributes.iter().map(alias).collect();
                let wanted: Vec<String> =
                    range.attributes.iter().map(|name| format!("#{name}")).collect();
                request = request
                    .projection_expression(wanted.join(", "))
                    .set_expression_attribute_names(Some(names));
            }
            let page = request.send().await.map_err(|error| StoreError::of(ATTEMPT, error))?;
            start = page.last_evaluated_key;
            let items = page.items.unwrap_or_default();
            let read: Vec<R> = from_items(items).map_err(|e| StoreError::unreadable(ATTEMPT, e))?;
            rows.extend(read);
            if start.is_none() || rows.len() >= range.limit {
                return Ok(rows);
            }
        }
    }
}

/// A condition expression with its names and values.
pub(crate) struct Condition {
    pub(crate) text: String,
    pub(crate) names: Option<HashMap<String, String>>,
    pub(crate) values: Option<HashMap<String, AttributeValue>>,
}

/// What must hold of a row for what was expected of it.
pub(crate) fn condition(expected: &Expectation) -> Condition {
    match expected {
        Expectation::Absent => {
            Condition { text: "attribute_not_exists(pk)".to_owned(), names: None, values: None }
        }
        Expectation::Marked(marks) => marked(marks),
        Expectation::Counted(marks, status) => {
            let mut condition = marked(marks);
            let names = condition.names.get_or_insert_default();
            names.insert("#status".to_owned(), "status".to_owned());
            condition.text.push_str(match status {
                None => " AND attribute_not_exists(#status)",
                Some(status) => {
                    let values = condition.values.get_or_insert_default();
                    values.insert(":status".to_owned(), AttributeValue::S(status.clone()));
                    " AND #status = :status"
                }
            });
            condition
        }
    }
}

fn marked(marks: &Marks) -> Condition {
    let number = |version: Version| AttributeValue::N(version.to_string());
    let mut values = HashMap::from([
        (":version".to_owned(), number(marks.version)),
        (":hash".to_owned(), AttributeValue::S(marks.hash.to_string())),
        (":fold".to_owned(), AttributeValue::S(marks.fold.clone())),
    ]);
    let stale = match marks.stale_at {
        None => "attribute_not_exists(stale_at)",
        Some(stale_at) => {
            values.insert(":stale".to_owned(), number(stale_at));
            "stale_at = :stale"
        }
    };
    let names = HashMap::from([("#hash".to_owned(), "hash".to_owned())]);
    Condition {
        text: format!("version = :version AND #hash = :hash AND fold = :fold AND {stale}"),
        names: Some(names),
        values: Some(values),
    }
}

fn reasons<R>(error: &SdkError<TransactWriteItemsError, R>) -> Vec<&str> {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            cancelled.cancellation_reasons().iter().filter_map(|reason| reason.code()).collect()
        }
        Some(_) | None => Vec::new(),
    }
}

pub(crate) fn condition_failed<R>(error: &SdkError<TransactWriteItemsError, R>) -> bool {
    reasons(error).contains(&"ConditionalCheckFailed")
}

/// Another transaction held one of the items, or the table was throttled: both pass.
pub(crate) fn conflicted<R>(error: &SdkError<TransactWriteItemsError, R>) -> bool {
    const PASSING: [&str; 3] =
        ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];
    reasons(error).iter().any(|reason| PASSING.contains(reason))
}
