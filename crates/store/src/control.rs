//! The control table: parked records, watermarks, what was published. Generations, rebuilds, alarms and
//! passes have files of their own.

use crate::{Generation, Store, StoreError};
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, from_items, to_item};
use std::collections::HashMap;
use vocabulary::{CommitId, Digest, Instant, RecordKey, Tenant, Version};

/// Why a record is parked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParkedCause {
    /// A commit that does not fold here or whose row the table refuses.
    Poison,
    /// An event that only a newer build knows.
    NewerBuild,
}

/// A record that one generation of a view cannot follow for now. Holds no contents of the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parked {
    /// The record's partition key.
    #[serde(rename = "sk")]
    pub record: String,
    /// The commit at which it stopped.
    pub version: Version,
    /// Why.
    pub cause: ParkedCause,
    /// The error, without contents.
    pub error: String,
    /// How often it was tried.
    pub tries: u64,
    /// When it was parked.
    pub first_at: Instant,
    /// When it was last tried.
    pub last_at: Instant,
    /// The build that tried last.
    pub build: String,
    /// Nothing that was recorded before this instant is missing for it; absent where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Instant>,
}

const WATERMARKS: &str = "watermarks";
/// How long it is remembered that a commit was published: two days, twice what a stream keeps.
const PUBLISHED_FOR_MS: i64 = 2 * 86_400_000;

#[derive(Serialize, Deserialize)]
struct Watermark {
    at_ms: i64,
}

impl Store {
    /// Parks a record in one generation of a view, or counts one more try. `parked.tries`
    /// and `parked.first_at` are kept by the table.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn park(
        &self,
        view: &str,
        generation: Generation,
        parked: &Parked,
    ) -> Result<(), StoreError> {
        const ATTEMPT: &str = "parking a record";
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let cause = match parked.cause {
            ParkedCause::Poison => "poison",
            ParkedCause::NewerBuild => "newer_build",
        };
        let since = parked.since.map(|since| text(&since.to_string()));
        let since = since.unwrap_or(AttributeValue::Null(true));
        self.client
            .update_item()
            .table_name(&self.tables.control)
            .key("pk", AttributeValue::S(parked_partition(view, generation)))
            .key("sk", text(&parked.record))
            .update_expression(
                "SET version = :version, cause = :cause, #error = :error, build = :build, \
                 last_at = :now, #since = :since, first_at = if_not_exists(first_at, :now) \
                 ADD tries :one",
            )
            .expression_attribute_names("#since", "since")
            .expression_attribute_values(":since", since)
            .expression_attribute_names("#error", "error")
            .expression_attribute_values(":version", AttributeValue::N(parked.version.to_string()))
            .expression_attribute_values(":cause", text(cause))
            .expression_attribute_values(":error", text(&parked.error))
            .expression_attribute_values(":build", text(&parked.build))
            .expression_attribute_values(":now", AttributeValue::S(parked.last_at.to_string()))
            .expression_attribute_values(":one", AttributeValue::N("1".to_owned()))
            .send()
            .await
            .map(drop)
            .map_err(|error| StoreError::of(ATTEMPT, error))
    }

    /// Takes a record off the parked ones if its row has reached the commit at which it stopped.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn unpark(
        &self,
        view: &str,
        generation: Generation,
        key: &RecordKey,
        reached: Version,
    ) -> Result<(), StoreError> {
        let answer = self
            .client
            .delete_item()
            .table_name(&self.tables.control)
            .key("pk", AttributeValue::S(parked_partition(view, generation)))
            .key("sk", AttributeValue::S(key.pk()))
            .condition_expression("attribute_not_exists(pk) OR version <= :reached")
            .expression_attribute_values(":reached", AttributeValue::N(reached.to_string()))
            .send()
            .await;
        match answer {
            Ok(_) => Ok(()),
            // Parked at a later commit meanwhile: it stays.
            Err(SdkError::ServiceError(e)) if e.err().is_conditional_check_failed_exception() => {
                Ok(())
            }
            Err(error) => Err(StoreError::of("unparking a record", error)),
        }
    }

    /// Takes an entry off the parked ones whatever it says.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn take_off(
        &self,
        view: &str,
        generation: Generation,
        record: &str,
    ) -> Result<(), StoreError> {
        self.client
            .delete_item()
            .table_name(&self.tables.control)
            .key("pk", AttributeValue::S(parked_partition(view, generation)))
            .key("sk", AttributeValue::S(record.to_owned()))
            .send()
            .await
            .map(drop)
            .map_err(|error| StoreError::of("taking an entry off the parked ones", error))
    }

    /// Every record that is parked in one generation of a view.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn parked(
        &self,
        view: &str,
        generation: Generation,
    ) -> Result<Vec<Parked>, StoreError> {
        self.control_items(&parked_partition(view, generation), "listing parked records").await
    }

    /// The records of a tenant that are parked in one generation of a view.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn parked_of(
        &self,
        view: &str,
        generation: Generation,
        tenant: &Tenant,
    ) -> Result<Vec<Parked>, StoreError> {
        // The character after `#`: every key of the tenant comes before it.
        let stretch = (format!("{tenant}#"), format!("{tenant}$"));
        let partition = parked_partition(view, generation);
        self.control_items_between(&partition, stretch, "listing a tenant's parked records").await
    }

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

fn parked_partition(view: &str, generation: Generation) -> String {
    format!("parked#{view}#{}", generation.number)
}

fn published_partition(minute: i64) -> String {
    format!("published#{minute}")
}
