//! The control table: generations of views, watermarks, what was published. Parked records, alarms,
//! passes, replays and the state of the log have files of their own.

use crate::{Store, StoreError, Written};
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, from_items, to_item};
use std::collections::HashMap;
use vocabulary::{CommitId, Digest, Instant};

/// One generation of a view: a full set of its rows, under keys of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generation {
    /// Its number, from 1.
    pub number: u32,
    /// Over how many partitions its rows are spread.
    pub buckets: u32,
    /// Over how many partitions each of its lists is spread.
    pub list_shards: u32,
}

/// Which generations of a view there are. Changed by conditional writes only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewGenerations {
    /// The view's name.
    #[serde(rename = "sk")]
    pub view: String,
    /// Counts the changes of this item, from 1.
    pub epoch: u64,
    /// The generation that queries read.
    pub active: Generation,
    /// The generation that is being built.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub building: Option<Generation>,
    /// The generation that was active before and is kept warm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Generation>,
}

impl ViewGenerations {
    /// A view's first generation.
    pub fn first(view: &str, generation: Generation) -> Self {
        Self { view: view.to_owned(), epoch: 1, active: generation, building: None, previous: None }
    }

    /// The generations that the projector keeps up: active, building and previous.
    pub fn live(&self) -> impl Iterator<Item = Generation> {
        [Some(self.active), self.building, self.previous].into_iter().flatten()
    }
}

const VIEWS: &str = "views";
const WATERMARKS: &str = "watermarks";
/// How long it is remembered that a commit was published: two days, twice what a stream keeps.
const PUBLISHED_FOR_MS: i64 = 2 * 86_400_000;

#[derive(Serialize, Deserialize)]
struct Watermark {
    at_ms: i64,
}

impl Store {
    /// The generations of all views, strongly consistent. One read unit per started 4 KB.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn views(&self) -> Result<Vec<ViewGenerations>, StoreError> {
        self.control_items(VIEWS, "reading the views' generations").await
    }

    /// Registers a view with its first generation, unless it is registered.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn register_view(&self, view: &ViewGenerations) -> Result<Written, StoreError> {
        self.put_view(view, "attribute_not_exists(pk)", None).await
    }

    /// Changes a view's generations if nobody did so since they were read; raises the epoch.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn change_view(&self, view: &ViewGenerations) -> Result<Written, StoreError> {
        let changed = ViewGenerations { epoch: view.epoch + 1, ..view.clone() };
        let read = HashMap::from([(":read".to_owned(), AttributeValue::N(view.epoch.to_string()))]);
        self.put_view(&changed, "epoch = :read", Some(read)).await
    }

    async fn put_view(
        &self,
        view: &ViewGenerations,
        condition: &str,
        values: Option<HashMap<String, AttributeValue>>,
    ) -> Result<Written, StoreError> {
        const ATTEMPT: &str = "changing a view's generations";
        let put = self.put_control(ATTEMPT, VIEWS, None, view)?;
        let answer = put
            .condition_expression(condition)
            .set_expression_attribute_values(values)
            .send()
            .await;
        // Whatever became of it: what is remembered may be older than what is there.
        self.lately.forget();
        match answer {
            Ok(_) => Ok(Written::Done),
            Err(SdkError::ServiceError(e)) if e.err().is_conditional_check_failed_exception() => {
                Ok(Written::Overtaken)
            }
            Err(error) => Err(StoreError::of(ATTEMPT, error)),
        }
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

fn published_partition(minute: i64) -> String {
    format!("published#{minute}")
}
