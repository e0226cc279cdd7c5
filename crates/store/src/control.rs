//! The control table: watermarks, what was published. Generations, rebuilds, parked records, alarms, passes,
//! replays and the state of the log have files of their own.

use crate::{Store, StoreError};
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, from_items, to_item};
use std::collections::HashMap;
use vocabulary::{CommitId, Digest, Instant};

const WATERMARKS: &str = "watermarks";
/// How long it is remembered that a commit was published: two days, twice what a stream keeps.
const PUBLISHED_FOR_MS: i64 = 2 * 86_400_000;

#[derive(Serialize, Deserialize)]
struct Watermark {
    at_ms: i64,
}

impl Store {
    /// How far a reader of the feed has got; `None` when it never ran.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn watermark(&self, reader: &str) -> Result<Option<Instant>, StoreError> {
        const ATTEMPT: &str = "reading a watermark";
        let answer = self
            .client
            .get_item()
            .table_name(&self.tables.control)
            .key("pk", AttributeValue::S(WATERMARKS.to_owned()))
            .key("sk", AttributeValue::S(reader.to_owned()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| StoreError::of(ATTEMPT, error))?;
        let watermark: Option<Watermark> = answer
            .item
            .map(from_item)
            .transpose()
            .map_err(|e| StoreError::unreadable(ATTEMPT, e))?;
        Ok(watermark.map(|watermark| Instant::from_millis(watermark.at_ms)))
    }

    /// Moves a watermark forward; never back.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn move_watermark(&self, reader: &str, to: Instant) -> Result<(), StoreError> {
        const ATTEMPT: &str = "moving a watermark";
        let put = self.put_control(
            ATTEMPT,
            WATERMARKS,
            Some(reader),
            &Watermark { at_ms: to.as_millis() },
        )?;
        let answer = put
            .condition_expression("attribute_not_exists(pk) OR at_ms < :to")
            .expression_attribute_values(":to", AttributeValue::N(to.as_millis().to_string()))
            .send()
            .await;
        match answer {
            Ok(_) => Ok(()),
            Err(SdkError::ServiceError(e)) if e.err().is_conditional_check_failed_exception() => {
                Ok(())
            }
            Err(error) => Err(StoreError::of(ATTEMPT, error)),
        }
    }

    /// Sets a watermark back to an instant, because the log ends there; never forward.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn set_back_watermark(&self, reader: &str, to: Instant) -> Result<(), StoreError> {
        const ATTEMPT: &str = "setting a watermark back";
        let watermark = Watermark { at_ms: to.as_millis() };
        let put = self.put_control(ATTEMPT, WATERMARKS, Some(reader), &watermark)?;
        let answer = put
            .condition_expression("at_ms > :to")
            .expression_attribute_values(":to", AttributeValue::N(to.as_millis().to_string()))
            .send()
            .await;
        match answer {
            Ok(_) => Ok(()),
            // It stands there or before it, or nowhere.
            Err(SdkError::ServiceError(e)) if e.err().is_conditional_check_failed_exception() => {
                Ok(())
            }
            Err(error) => Err(StoreError::of(ATTEMPT, error)),
        }
    }

    /// Notes that commits have been published. `minute` is the minute in which they were minted.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn note_published(
        &self,
        minute: i64,
        commits: &[CommitId],
        now: Instant,
    ) -> Result<(), StoreError> {
        const ATTEMPT: &str = "noting what was published";
        let expires_s = now.plus_millis(PUBLISHED_FOR_MS).as_millis() / 1_000;
        let published = Published { commits: commits.to_vec(), expires_at: expires_s };
        // The same commits noted twice are one note; others never take its place.
        let ids: Vec<String> = commits.iter().map(CommitId::to_string).collect();
        let sk = Digest::of(&[ids.join(" ").as_bytes()]).to_string();
        let put = self.put_control(ATTEMPT, &published_partition(minute), Some(&sk), &published)?;
        put.send().await.map(drop).map_err(|error| StoreError::of(ATTEMPT, error))
    }

    /// The commits minted in a minute that are known to have been published.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn published(&self, minute: i64) -> Result<Vec<CommitId>, StoreError> {
        let items: Vec<Published> =
            self.control_items(&published_partition(minute), "reading what was published").await?;
        Ok(items.into_iter().flat_map(|item| item.commits).collect())
    }

    pub(crate) fn put_control(
        &self,
        attempt: &'static str,
        pk: &str,
        sk: Option<&str>,
        content: &impl Serialize,
    ) -> Result<aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder, StoreError>
    {
        let mut item: HashMap<String, AttributeValue> =
            to_item(content).map_err(|error| StoreError::unreadable(attempt, error))?;
        item.insert("pk".to_owned(), AttributeValue::S(pk.to_owned()));
        if let Some(sk) = sk {
            item.insert("sk".to_owned(), AttributeValue::S(sk.to_owned()));
        }
        Ok(self.client.put_item().table_name(&self.tables.control).set_item(Some(item)))
    }

    pub(crate) async fn control_items<T: DeserializeOwned>(
        &self,
        pk: &str,
        attempt: &'static str,
    ) -> Result<Vec<T>, StoreError> {
        let pk = AttributeValue::S(pk.to_owned());
        self.control_query(self.client.query().key_condition_expression("pk = :pk"), pk, attempt)
            .await
    }

    pub(crate) async fn control_items_between<T: DeserializeOwned>(
        &self,
        pk: &str,
        (from, to): (String, String),
        attempt: &'static str,
    ) -> Result<Vec<T>, StoreError> {
        let query = self
            .client
            .query()
            .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
            .expression_attribute_values(":from", AttributeValue::S(from))
            .expression_attribute_values(":to", AttributeValue::S(to));
        self.control_query(query, AttributeValue::S(pk.to_owned()), attempt).await
    }

    async fn control_query<T: DeserializeOwned>(
        &self,
        query: QueryFluentBuilder,
        pk: AttributeValue,
        attempt: &'static str,
    ) -> Result<Vec<T>, StoreError> {
        let query = query
            .table_name(&self.tables.control)
            .consistent_read(true)
            .expression_attribute_values(":pk", pk)
            .limit(1_000);
        let mut items = Vec::new();
        let mut start: Option<HashMap<String, AttributeValue>> = None;
        loop {
            let page = query.clone().set_exclusive_start_key(start).send().await;
            let page = page.map_err(|error| StoreError::of(attempt, error))?;
            let read: Vec<T> = from_items(page.items.unwrap_or_default())
                .map_err(|error| StoreError::unreadable(attempt, error))?;
            items.extend(read);
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(items);
            }
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Published {
    commits: Vec<CommitId>,
    expires_at: i64,
}

fn published_partition(minute: i64) -> String {
    format!("published#{minute}")
}
