//! Exports under way, in the control table: how far each has got, and the parts that it has written.

use crate::{Store, StoreError, Written};
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, from_items, to_item};
use std::collections::HashMap;
use vocabulary::{Actor, Instant, RecordId, Tenant};

/// How long an export can be asked for after it was requested: 90 days. That it was made stands in
/// the log for ever.
const KNOWN_FOR_MS: i64 = 90 * 86_400_000;

/// How far an export has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportState {
    /// It waits for its worker.
    Queued,
    /// A worker has begun.
    Running,
    /// All of it is written.
    Done,
    /// It was given up.
    Failed,
}

/// An export. Changed by conditional writes only, each of which adds one to `step`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExportJob {
    /// The id of the access record that tells of it.
    pub id: RecordId,
    /// Whose commits are taken.
    pub tenant: Tenant,
    /// Counts the changes of this item, from 1.
    pub step: u64,
    /// How far it has got.
    pub state: ExportState,
    /// `ndjson` or `csv`.
    pub format: String,
    /// The filter, as JSON text.
    pub filter: String,
    /// Why it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who asked for it.
    pub requested_by: Actor,
    /// When the request was recorded.
    pub requested_at: Instant,
    /// Up to when it takes commits: fixed by the request.
    pub complete_through: Instant,
    /// Where its next part begins; absent at the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<String>,
    /// When the last commit that was written was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reached: Option<Instant>,
    /// Whether all its parts are written.
    pub complete: bool,
    /// How many parts are written.
    pub parts: u32,
    /// How many commits are in them.
    pub commits: u64,
    /// How many of those could not be read.
    pub unreadable: u64,
    /// How many lines or rows, headers not counted.
    pub rows: u64,
    /// How many bytes.
    pub bytes: u64,
    /// The first commit, as JSON text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
    /// The last commit, as JSON text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<String>,
    /// SHA-256 of the manifest, in hexadecimal, once it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest_sha256: Option<String>,
    /// Why it was given up: a sentence for whoever asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A part that is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportPart {
    /// Its file's name: `part-00001.ndjson`. Names are in the order of the parts.
    #[serde(rename = "sk")]
    pub name: String,
    /// How many lines or rows, the header not counted.
    pub rows: u64,
    /// How many commits.
    pub commits: u64,
    /// How many bytes.
    pub bytes: u64,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
}

impl ExportJob {
    /// The sort key of its item: exports of a tenant are in the order of their requests.
    pub fn place(&self) -> String {
        export_place(self.requested_at, &self.id)
    }
}

/// The sort key of the item of an export.
pub fn export_place(requested_at: Instant, id: &RecordId) -> String {
    format!("{requested_at}#{id}")
}

fn partition(tenant: &Tenant) -> String {
    format!("exports#{tenant}")
}

fn parts_partition(tenant: &Tenant, id: &RecordId) -> String {
    format!("export#{tenant}#{id}")
}

type Item = HashMap<String, AttributeValue>;

fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

/// The item of a job, with when the table forgets it.
fn item(attempt: &'static str, job: &ExportJob) -> Result<Item, StoreError> {
    let mut item: Item = to_item(job).map_err(|error| StoreError::unreadable(attempt, error))?;
    let expires_s = job.requested_at.plus_millis(KNOWN_FOR_MS).as_millis() / 1_000;
    item.insert("pk".to_owned(), text(partition(&job.tenant)));
    item.insert("sk".to_owned(), text(job.place()));
    item.insert("expires_at".to_owned(), AttributeValue::N(expires_s.to_string()));
    Ok(item)
}

impl Store {
    /// Keeps a new export, unless it is kept already.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn add_export(&self, job: &ExportJob) -> Result<Written, StoreError> {
        const ATTEMPT: &str = "keeping an export";
        let put = self.client.put_item().table_name(&self.tables.control);
        let put = put.set_item(Some(item(ATTEMPT, job)?));
        match put.condition_expression("attribute_not_exists(pk)").send().await {
            Ok(_) => Ok(Written::Done),
            Err(SdkError::ServiceError(e)) if e.err().is_conditional_check_failed_exception() => {
                Ok(Written::Overtaken)
            }
            Err(error) => Err(StoreError::of(ATTEMPT, error)),
        }
    }

    /// Changes an export if nobody did so since it was read; adds one to its step.
    ///
    /// # Errors
    /// [`StoreError`]; after a passing failure it is unknown whether it was changed.
    pub async fn change_export(&self, job: &mut ExportJob) -> Result<Written, StoreError> {
        const ATTEMPT: &str = "changing an export";
        let read = job.step.to_string();
        let changed = ExportJob { step: job.step + 1, ..job.clone() };
        let put = self.client.put_item().table_name(&self.tables.control);
        let answer = put
            .set_item(Some(item(ATTEMPT, &changed)?))
            .condition_expression("step = :read")
            .expression_attribute_values(":read", AttributeValue::N(read))
            .send()
            .await;
        match answer {
            Ok(_) => {
                *job = changed;
                Ok(Written::Done)
            }
            Err(SdkError::ServiceError(e)) if e.err().is_conditional_check_failed_exception() => {
                Ok(Written::Overtaken)
            }
            Err(error) => Err(StoreError::of(ATTEMPT, error)),
        }
    }

    /// An export of a tenant, strongly consistent.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn export(
        &self,
        tenant: &Tenant,
        place: &str,
    ) -> Result<Option<ExportJob>, StoreError> {
        const ATTEMPT: &str = "reading an export";
        let get = self.client.get_item().table_name(&self.tables.control).consistent_read(true);
        let get = get.key("pk", text(partition(tenant))).key("sk", text(place));
        let answer = get.send().await.map_err(|error| StoreError::of(ATTEMPT, error))?;
        let job = answer.item.map(from_item).transpose();
        job.map_err(|error| StoreError::unreadable(ATTEMPT, error))
    }

    /// Exports of a tenant, newest first, at most `limit`, after a place. One query.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn exports(
        &self,
        tenant: &Tenant,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<ExportJob>, StoreError> {
        const ATTEMPT: &str = "listing exports";
        let mut query = self
            .client
            .query()
            .table_name(&self.tables.control)
            .consistent_read(true)
            .expression_attribute_values(":pk", text(partition(tenant)))
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(1_000).clamp(1, 1_000));
        query = match after {
            None => query.key_condition_expression("pk = :pk"),
            Some(after) => query
                .key_condition_expression("pk = :pk AND sk < :after")
                .expression_attribute_values(":after", text(after)),
        };
        let page = query.send().await.map_err(|error| StoreError::of(ATTEMPT, error))?;
        from_items(page.items.unwrap_or_default())
            .map_err(|error| StoreError::unreadable(ATTEMPT, error))
    }

    /// Keeps that a part of an export is written; the same part again changes nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn add_export_part(
        &self,
        job: &ExportJob,
        part: &ExportPart,
    ) -> Result<(), StoreError> {
        const ATTEMPT: &str = "keeping a part of an export";
        let mut item: Item =
            to_item(part).map_err(|error| StoreError::unreadable(ATTEMPT, error))?;
        let expires_s = job.requested_at.plus_millis(KNOWN_FOR_MS).as_millis() / 1_000;
        item.insert("pk".to_owned(), text(parts_partition(&job.tenant, &job.id)));
        item.insert("expires_at".to_owned(), AttributeValue::N(expires_s.to_string()));
        let put = self.client.put_item().table_name(&self.tables.control).set_item(Some(item));
        put.send().await.map(drop).map_err(|error| StoreError::of(ATTEMPT, error))
    }

    /// The parts of an export that its job counts, in their order. One that was kept and is not
    /// counted yet is left out.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn export_parts(&self, job: &ExportJob) -> Result<Vec<ExportPart>, StoreError> {
        let pk = parts_partition(&job.tenant, &job.id);
        let mut parts: Vec<ExportPart> =
            self.control_items(&pk, "listing the parts of an export").await?;
        parts.truncate(usize::try_from(job.parts).unwrap_or(usize::MAX));
        Ok(parts)
    }
}
