//! Replays, in the control table: events that are sent to the bus again because somebody asked for it.
//!
//! `replay#{id}` holds the replay; `replays` lists them by the instant of their request. A replay is changed
//! by conditional writes only, each of which adds one to its step.

use crate::{Store, StoreError, Written};
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_item};
use std::collections::HashMap;
use vocabulary::{Actor, Instant, RecordId, Tenant};

/// How long a replay can be asked for after it was requested: 90 days. That it was made stands in the log
/// for ever.
const KNOWN_FOR_MS: i64 = 90 * 86_400_000;

/// How far a replay has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplayState {
    /// What it would send is counted, and nothing is sent.
    Counting,
    /// Events are sent.
    Running,
    /// All of it is counted or sent.
    Done,
    /// It could not be finished.
    Failed,
    /// Somebody ended it.
    Cancelled,
}

impl ReplayState {
    /// Whether nothing comes after it.
    pub fn is_end(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}

/// Which commits are sent again: those that everything here admits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    /// Of the records with these partition keys; absent for all records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub records: Option<Vec<String>>,
    /// Of one type, by its name.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub record_type: Option<String>,
    /// Recorded at or after this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Instant>,
    /// Recorded before this instant. Always there: what is recorded after the request is not chosen.
    pub until: Instant,
}

/// A replay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Replay {
    /// The id of the operation record that tells of it.
    pub id: RecordId,
    /// Counts the changes of this item, from 1.
    pub step: u64,
    /// How far it has got.
    pub state: ReplayState,
    /// Whether it only counts.
    pub dry_run: bool,
    /// Which commits.
    pub selection: Selection,
    /// The most events a second; absent without a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<u32>,
    /// Whose operator asked for it.
    pub tenant: Tenant,
    /// Who asked for it.
    pub requested_by: Actor,
    /// Why.
    pub reason: String,
    /// When the request was recorded.
    pub requested_at: Instant,
    /// Where it goes on, as JSON text; absent at the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<String>,
    /// Commits that are counted or sent.
    pub commits: u64,
    /// Events in them.
    pub events: u64,
    /// Events that the bus has taken.
    pub published: u64,
    /// When it was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Instant>,
    /// Why it failed: a sentence, without contents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Replay {
    /// The sort key under which it is listed.
    pub fn place(&self) -> String {
        replay_place(self.requested_at, &self.id)
    }
}

/// What the publisher is ordered besides following the stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum PublishJob {
    /// To go on with a replay.
    Replay {
        /// Its id.
        id: RecordId,
    },
    /// To make up for a batch that its mapping gave up.
    Failure {
        /// The key of the batch's object.
        key: String,
    },
}

/// Where a replay stands in the list of all.
pub fn replay_place(requested_at: Instant, id: &RecordId) -> String {
    format!("{requested_at}#{id}")
}

#[derive(Deserialize)]
struct Listed {
    id: RecordId,
}

const REPLAYS: &str = "replays";
const JOB: &str = "job";

type Item = HashMap<String, AttributeValue>;

fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

fn partition(id: &RecordId) -> String {
    format!("replay#{id}")
}

/// When the table forgets a replay.
fn forgotten(replay: &Replay) -> AttributeValue {
    let at = replay.requested_at.plus_millis(KNOWN_FOR_MS);
    AttributeValue::N((at.as_millis() / 1_000).to_string())
}

fn item(attempt: &'static str, replay: &Replay) -> Result<Item, StoreError> {
    let mut item: Item = to_item(replay).map_err(|error| StoreError::unreadable(attempt, error))?;
    item.insert("pk".to_owned(), text(partition(&replay.id)));
    item.insert("sk".to_owned(), text(JOB));
    item.insert("expires_at".to_owned(), forgotten(replay));
    Ok(item)
}

impl Store {
    /// Keeps a new replay, unless it is kept already. It is listed first: a place in the list without a
    /// replay is passed over, a replay that nobody finds would not be.
    ///
    /// # Errors
    /// [`StoreError`]; after a passing failure it is unknown whether it was kept.
    pub async fn add_replay(&self, replay: &Replay) -> Result<Written, StoreError> {
        const ATTEMPT: &str = "keeping a replay";
        let put = || self.client.put_item().table_name(&self.tables.control);
        let listed = put()
            .item("pk", text(REPLAYS))
            .item("sk", text(replay.place()))
            .item("id", text(replay.id.as_str()))
            .item("expires_at", forgotten(replay));
        listed.send().await.map_err(|error| StoreError::of(ATTEMPT, error))?;
        let kept = put().set_item(Some(item(ATTEMPT, replay)?));
        match kept.condition_expression("attribute_not_exists(pk)").send().await {
            Ok(_) => Ok(Written::Done),
            Err(SdkError::ServiceError(e)) if e.err().is_conditional_check_failed_exception() => {
                Ok(Written::Overtaken)
            }
            Err(error) => Err(StoreError::of(ATTEMPT, error)),
        }
    }

    /// Changes a replay if nobody did so since it was read; adds one to its step.
    ///
    /// # Errors
    /// [`StoreError`]; after a passing failure it is unknown whether it was changed.
    pub async fn change_replay(&self, replay: &mut Replay) -> Result<Written, StoreError> {
        const ATTEMPT: &str = "changing a replay";
        let changed = Replay { step: replay.step + 1, ..replay.clone() };
        let put = self.client.put_item().table_name(&self.tables.control);
        let answer = put
            .set_item(Some(item(ATTEMPT, &changed)?))
            .condition_expression("step = :read")
            .expression_attribute_values(":read", AttributeValue::N(replay.step.to_string()))
            .send()
            .await;
        match answer {
            Ok(_) => {
                *replay = changed;
                Ok(Written::Done)
            }
            Err(SdkError::ServiceError(e)) if e.err().is_conditional_check_failed_exception() => {
                Ok(Written::Overtaken)
            }
            Err(error) => Err(StoreError::of(ATTEMPT, error)),
        }
    }

    /// A replay, strongly consistent; `None` where there is none, or it was forgotten.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn replay(&self, id: &RecordId) -> Result<Option<Replay>, StoreError> {
        const ATTEMPT: &str = "reading a replay";
        let get = self.client.get_item().table_name(&self.tables.control).consistent_read(true);
        let get = get.key("pk", text(partition(id))).key("sk", text(JOB));
        let answer = get.send().await.map_err(|error| StoreError::of(ATTEMPT, error))?;
        let replay = answer.item.map(from_item).transpose();
        replay.map_err(|error| StoreError::unreadable(ATTEMPT, error))
    }

    /// Replays, newest first, at most `limit`, after a place ([`replay_place`]), each with its place. One
    /// query, and one read for each.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn replays(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Replay>, StoreError> {
        const ATTEMPT: &str = "listing replays";
        let listed: Vec<Listed> = self.control_newest(REPLAYS, after, limit, ATTEMPT).await?;
        let replays = listed.iter().map(|listed| self.replay(&listed.id));
        Ok(futures::future::try_join_all(replays).await?.into_iter().flatten().collect())
    }
}
