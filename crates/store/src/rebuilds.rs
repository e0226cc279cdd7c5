//! Rebuilds, in the control table: what is asked, how far it has got, and what was found.
//!
//! `rebuild#{id}` holds the rebuild (`job`), its segments and the first differences; `rebuilds` lists them
//! by the instant of their request. A rebuild is changed by conditional writes only, each of which adds one
//! to its step; where its view changes with it, both change in one transaction.

mod change;
mod differences;
mod jobs;
mod segments;

pub use change::Altered;
pub use differences::{DIFFERENCES_KEPT, Difference};
pub use jobs::Job;
pub use segments::{Phase, Segment, Tally};

use crate::generations::VIEWS;
use crate::rows::{condition_failed, conflicted};
use crate::{Generation, Store, StoreError, ViewGenerations, Written};
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use futures::future::try_join_all;
use serde::{Deserialize, Serialize};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_item};
use std::collections::HashMap;
use vocabulary::{Actor, Instant, RecordId, Tenant};

/// How long a rebuild can be asked for after it ended: 90 days. That it was made stands in the log for
/// ever.
const KNOWN_FOR_MS: i64 = 90 * 86_400_000;

/// What is made of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RebuildKind {
    /// A new generation, verified, that can be promoted.
    Full,
    /// A new generation that is compared with the active one and thrown away.
    DryRun,
    /// Nothing: a generation is compared with the log.
    Verify,
    /// Rows of the live generations that differ from a fresh fold, for the records in its scope.
    Repair,
    /// Rows of the live generations that are behind.
    Pass,
}

/// How far a rebuild has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RebuildState {
    /// The log is being read.
    Building,
    /// The log has been read to its end.
    CaughtUp,
    /// Rows are being compared.
    Verifying,
    /// It is over: everything was read and compared, and its tally says what was found. A repair or a pass
    /// ends so too.
    Verified,
    /// It is over: it could not be finished, or what it built differs from the log.
    Failed,
    /// It is over: somebody ended it.
    Cancelled,
}

impl RebuildState {
    /// Whether nothing comes after it.
    pub fn is_end(self) -> bool {
        matches!(self, Self::Verified | Self::Failed | Self::Cancelled)
    }
}

/// Which records a repair is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// All.
    Everything,
    /// Those with these partition keys.
    Records(Vec<String>),
    /// Those of one type, by its name.
    Type(String),
    /// Those with a commit that was recorded at or after an instant.
    Since(Instant),
}

/// A rebuild.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rebuild {
    /// The id of the operation record that tells of it.
    pub id: RecordId,
    /// Counts the changes of this item, from 1.
    pub step: u64,
    /// The view.
    pub view: String,
    /// What is made.
    pub kind: RebuildKind,
    /// The generation that is made or compared; of a repair or a pass the active one when it was asked
    /// for, though it works on all that are live.
    pub generation: Generation,
    /// How far it has got.
    pub state: RebuildState,
    /// Whether its workers rest.
    pub paused: bool,
    /// In how many segments the log is read, 1 to 64.
    pub parallel: u32,
    /// The most read units a second that all segments together take from the log; absent without a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<u32>,
    /// Whether the generation is promoted as soon as it is verified.
    pub promote: bool,
    /// How many of a thousand records are compared; absent for all. Verifications only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<u32>,
    /// Which records it is about. [`Scope::Everything`] but for repairs.
    pub scope: Scope,
    /// Whose operator asked for it.
    pub tenant: Tenant,
    /// Who asked for it.
    pub requested_by: Actor,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When the request was recorded.
    pub requested_at: Instant,
    /// Not to begin before: until then projectors that do not know the generation may still be at work.
    pub not_before: Instant,
    /// How many commits there are to read, about; 0 where that is not known.
    pub expected: u64,
    /// When the log had been read to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caught_up_at: Option<Instant>,
    /// When it was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Instant>,
    /// Why it failed: a sentence, without contents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Whether it ended although records are parked, all of which were accepted.
    #[serde(default)]
    pub accepted_parked: bool,
}

impl Rebuild {
    /// The sort key under which it is listed.
    pub fn place(&self) -> String {
        rebuild_place(self.requested_at, &self.id)
    }

    /// Whether it is still at work, be it paused.
    pub fn is_open(&self) -> bool {
        !self.state.is_end()
    }
}

/// Where a rebuild stands in the list of all.
pub fn rebuild_place(requested_at: Instant, id: &RecordId) -> String {
    format!("{requested_at}#{id}")
}

/// Where a rebuild is listed, and nothing more.
#[derive(Deserialize)]
struct Listed {
    id: RecordId,
}

const REBUILDS: &str = "rebuilds";
const JOB: &str = "job";

fn partition(id: &RecordId) -> String {
    format!("rebuild#{id}")
}

type Item = HashMap<String, AttributeValue>;

fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

/// When the table forgets what ended or was changed at an instant.
fn forgotten(at: Instant) -> AttributeValue {
    AttributeValue::N((at.plus_millis(KNOWN_FOR_MS).as_millis() / 1_000).to_string())
}

fn job_item(attempt: &'static str, job: &Rebuild) -> Result<Item, StoreError> {
    let mut item: Item = to_item(job).map_err(|error| StoreError::unreadable(attempt, error))?;
    item.insert("pk".to_owned(), text(partition(&job.id)));
    item.insert("sk".to_owned(), text(JOB));
    if let Some(ended_at) = job.ended_at {
        item.insert("expires_at".to_owned(), forgotten(ended_at));
    }
    Ok(item)
}

/// Its place in the list. It is never forgotten: what it names may be.
fn listed_item(job: &Rebuild) -> Item {
    HashMap::from([
        ("pk".to_owned(), text(REBUILDS)),
        ("sk".to_owned(), text(job.place())),
        ("id".to_owned(), text(job.id.as_str())),
    ])
}

impl Store {
    /// Keeps a new rebuild, and with it what its view becomes, all or nothing. `view` is the changed item,
    /// its epoch as it was read; none where the view does not change. Two write units per started KB.
    ///
    /// [`Written::Overtaken`] says that the rebuild is kept already, or that the view was changed by
    /// others: read both again.
    ///
    /// # Errors
    /// [`StoreError`]; after a passing failure it is unknown whether it was kept.
    pub async fn begin_rebuild(
        &self,
        job: &Rebuild,
        view: Option<&ViewGenerations>,
    ) -> Result<Written, StoreError> {
        const ATTEMPT: &str = "keeping a rebuild";
        const NEW: &str = "attribute_not_exists(pk)";
        let mut puts = vec![
            self.control_put(ATTEMPT, job_item(ATTEMPT, job)?, NEW, None)?,
            self.control_put(ATTEMPT, listed_item(job), NEW, None)?,
        ];
        if let Some(view) = view {
            puts.push(self.view_put(ATTEMPT, view)?);
        }
        self.transact_control(ATTEMPT, puts).await
    }

    /// Changes a rebuild, and with it its view, if nobody changed either since they were read; adds one to
    /// its step. Two write units per started KB with a view, else one.
    ///
    /// # Errors
    /// [`StoreError`]; after a passing failure it is unknown whether it was changed.
    pub async fn change_rebuild(
        &self,
        job: &mut Rebuild,
        view: Option<&ViewGenerations>,
    ) -> Result<Written, StoreError> {
        const ATTEMPT: &str = "changing a rebuild";
        let changed = Rebuild { step: job.step + 1, ..job.clone() };
        let item = job_item(ATTEMPT, &changed)?;
        let mut puts = vec![self.control_put(ATTEMPT, item, "step = :read", Some(job.step))?];
        if let Some(view) = view {
            puts.push(self.view_put(ATTEMPT, view)?);
        }
        let written = self.transact_control(ATTEMPT, puts).await?;
        if written == Written::Done {
            *job = changed;
        }
        Ok(written)
    }

    /// A rebuild, strongly consistent; `None` where there is none, or it was forgotten.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn rebuild(&self, id: &RecordId) -> Result<Option<Rebuild>, StoreError> {
        const ATTEMPT: &str = "reading a rebuild";
        let get = self.client.get_item().table_name(&self.tables.control).consistent_read(true);
        let get = get.key("pk", text(partition(id))).key("sk", text(JOB));
        let answer = get.send().await.map_err(|error| StoreError::of(ATTEMPT, error))?;
        let job = answer.item.map(from_item).transpose();
        job.map_err(|error| StoreError::unreadable(ATTEMPT, error))
    }

    /// Rebuilds of all views, newest first, at most `limit`, after a place ([`rebuild_place`]). One query,
    /// and one read for each.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn rebuilds(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Rebuild>, StoreError> {
        const ATTEMPT: &str = "listing rebuilds";
        let listed: Vec<Listed> = self.control_newest(REBUILDS, after, limit, ATTEMPT).await?;
        let jobs = listed.iter().map(|listed| self.rebuild(&listed.id));
        Ok(try_join_all(jobs).await?.into_iter().flatten().collect())
    }

    /// The item of a view as it is changed by a transaction.
    fn view_put(
        &self,
        attempt: &'static str,
        view: &ViewGenerations,
    ) -> Result<TransactWriteItem, StoreError> {
        let changed = ViewGenerations { epoch: view.epoch + 1, ..view.clone() };
        let mut item: Item =
            to_item(&changed).map_err(|error| StoreError::unreadable(attempt, error))?;
        item.insert("pk".to_owned(), text(VIEWS));
        self.control_put(attempt, item, "epoch = :read", Some(view.epoch))
    }

    fn control_put(
        &self,
        attempt: &'static str,
        item: Item,
        condition: &str,
        read: Option<u64>,
    ) -> Result<TransactWriteItem, StoreError> {
        let mut put = Put::builder()
            .table_name(&self.tables.control)
            .set_item(Some(item))
            .condition_expression(condition);
        if let Some(read) = read {
            put = put.expression_attribute_values(":read", AttributeValue::N(read.to_string()));
        }
        let put = put.build();
        let put = put.map_err(|error: BuildError| StoreError::unreadable(attempt, error))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// Writes items of the control table, all or nothing.
    async fn transact_control(
        &self,
        attempt: &'static str,
        puts: Vec<TransactWriteItem>,
    ) -> Result<Written, StoreError> {
        let sent = self.client.transact_write_items().set_transact_items(Some(puts)).send().await;
        // Whatever became of it: what is remembered may be older than what is there.
        self.lately.forget();
        match sent {
            Ok(_) => Ok(Written::Done),
            Err(error) if condition_failed(&error) => Ok(Written::Overtaken),
            Err(error) if conflicted(&error) => {
                Err(StoreError::Busy { attempt, source: Box::new(error) })
            }
            Err(error) => Err(StoreError::of(attempt, error)),
        }
    }

    /// Items of a partition, the last first, at most `limit`, before a place.
    pub(crate) async fn control_newest<T: serde::de::DeserializeOwned>(
        &self,
        pk: &str,
        after: Option<&str>,
        limit: usize,
        attempt: &'static str,
    ) -> Result<Vec<T>, StoreError> {
        let mut query = self
            .client
            .query()
            .table_name(&self.tables.control)
            .consistent_read(true)
            .expression_attribute_values(":pk", text(pk))
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(1_000).clamp(1, 1_000));
        query = match after {
            None => query.key_condition_expression("pk = :pk"),
            Some(after) => query
                .key_condition_expression("pk = :pk AND sk < :after")
                .expression_attribute_values(":after", text(after)),
        };
        let page = query.send().await.map_err(|error| StoreError::of(attempt, error))?;
        serde_dynamo::aws_sdk_dynamodb_1::from_items(page.items.unwrap_or_default())
            .map_err(|error| StoreError::unreadable(attempt, error))
    }
}
