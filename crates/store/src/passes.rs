//! Passes: reading the whole log once for a view that came later than its first commits.

use crate::{Generation, Store, StoreError};
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};
use serde_dynamo::aws_sdk_dynamodb_1::from_item;
use std::collections::HashMap;
use vocabulary::{Instant, Version};

/// How far one generation of a view has been held against the whole log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pass {
    /// Not to begin before: until then projectors that do not know the view may still be at work.
    pub not_before: Instant,
    /// Where the log is read on; absent at its beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<LogPlace>,
    /// When it was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_at: Option<Instant>,
}

/// A place in the log as a scan reads it, which is no order that means anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogPlace {
    /// The record's partition key.
    pub pk: String,
    /// The number of the commit, as DynamoDB writes it.
    pub rev: String,
}

/// Some commits of the log as a scan finds them, and where it goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPage {
    /// Partition key and number of each.
    pub commits: Vec<(String, Version)>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<LogPlace>,
}

const PASSES: &str = "passes";
/// The most commits of a page; one also ends at 1 MB.
const PAGE: i32 = 1_000;

fn name(view: &str, generation: Generation) -> String {
    format!("{view}#{}", generation.number)
}

impl Store {
    /// The pass of a generation of a view, strongly consistent; `None` when nobody thought of one yet.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn pass(
        &self,
        view: &str,
        generation: Generation,
    ) -> Result<Option<Pass>, StoreError> {
        const ATTEMPT: &str = "reading a view's pass";
        let answer = self
            .client
            .get_item()
            .table_name(&self.tables.control)
            .key("pk", AttributeValue::S(PASSES.to_owned()))
            .key("sk", AttributeValue::S(name(view, generation)))
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

    /// Says that a generation of a view is to be held against the log, unless that is said already.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn begin_pass(
        &self,
        view: &str,
        generation: Generation,
        not_before: Instant,
    ) -> Result<(), StoreError> {
        const ATTEMPT: &str = "beginning a view's pass";
        let pass = Pass { not_before, place: None, done_at: None };
        let put = self.put_control(ATTEMPT, PASSES, Some(&name(view, generation)), &pass)?;
        match put.condition_expression("attribute_not_exists(pk)").send().await {
            Ok(_) => Ok(()),
            Err(SdkError::ServiceError(e)) if e.err().is_conditional_check_failed_exception() => {
                Ok(())
            }
            Err(error) => Err(StoreError::of(ATTEMPT, error)),
        }
    }

    /// Keeps how far a pass has come. Of two that run at once the later one counts: both have read what
    /// they say, so that nothing is passed over.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn keep_pass(
        &self,
        view: &str,
        generation: Generation,
        pass: &Pass,
    ) -> Result<(), StoreError> {
        const ATTEMPT: &str = "keeping how far a view's pass has come";
        let put = self.put_control(ATTEMPT, PASSES, Some(&name(view, generation)), pass)?;
        put.send().await.map(drop).map_err(|error| StoreError::of(ATTEMPT, error))
    }

    /// A page of the log as it stands in the table, whatever its order; eventually consistent. One read
    /// unit for every 8 KB of commits.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn log_page(&self, from: Option<&LogPlace>) -> Result<LogPage, StoreError> {
        const ATTEMPT: &str = "reading the log as it stands";
        let start = from.map(|place| {
            HashMap::from([
                ("pk".to_owned(), AttributeValue::S(place.pk.clone())),
                ("rev".to_owned(), AttributeValue::N(place.rev.clone())),
            ])
        });
        let page = self
            .client
            .scan()
            .table_name(&self.tables.events)
            .projection_expression("pk, rev")
            .limit(PAGE)
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(|error| StoreError::of(ATTEMPT, error))?;
        let next = page.last_evaluated_key().map(place).unwrap_or_default();
        // A number that is no version belongs to no commit of ours.
        let commits = page.items().iter().filter_map(place).filter_map(|LogPlace { pk, rev }| {
            rev.parse().ok().map(|version: Version| (pk, version))
        });
        Ok(LogPage { commits: commits.collect(), next })
    }
}

fn place(item: &HashMap<String, AttributeValue>) -> Option<LogPlace> {
    let pk = item.get("pk")?.as_s().ok()?.clone();
    let rev = item.get("rev")?.as_n().ok()?.clone();
    Some(LogPlace { pk, rev })
}
