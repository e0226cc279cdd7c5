//! What the stream's mappings gave up: batches of stream records in a bucket, each in an object of its own.
//!
//! Lambda writes them under `aws/lambda/{mapping}/{shard}/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-{random}`, as JSON with
//! `requestContext`, `responseContext`, `timestamp`, `DDBStreamBatchInfo` and, in S3 only, `payload`: the whole
//! event (Lambda developer guide, "Retain discarded records for a DynamoDB event source", read 2026-11-24).
//! On one machine the same is written in the same place.

use crate::{Store, StoreError};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::get_object::GetObjectError;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use vocabulary::Instant;

/// The bucket, and the client that reaches it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct FailedBatches {
    client: aws_sdk_s3::Client,
    bucket: String,
}

/// A batch that a mapping gave up.
#[derive(Debug, Clone, PartialEq)]
pub struct FailedBatch {
    /// The object's key.
    pub key: String,
    /// The function that could not cope with it: `projector` or `publisher`.
    pub mapping: String,
    /// When it was given up.
    pub at: Instant,
    /// How many stream records are in it.
    pub records: u64,
    /// When the first of them came into the stream.
    pub first_at: Option<Instant>,
    /// When the last of them did.
    pub last_at: Option<Instant>,
    /// Why it was given up, in Lambda's words: `RetryAttemptsExhausted`.
    pub reason: String,
    /// The event with its records; absent where the object has none.
    pub event: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Object {
    request_context: RequestContext,
    timestamp: String,
    #[serde(rename = "DDBStreamBatchInfo")]
    batch: BatchInfo,
    #[serde(default)]
    payload: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext {
    function_arn: String,
    condition: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BatchInfo {
    batch_size: u64,
    approximate_arrival_of_first_record: Option<String>,
    approximate_arrival_of_last_record: Option<String>,
}

impl FailedBatch {
    fn of(key: &str, bytes: &[u8]) -> Option<Self> {
        let object: Object = serde_json::from_slice(bytes).ok()?;
        let instant = |text: Option<String>| text.and_then(|text| Instant::parse(&text).ok());
        // The guide shows the event as a text; as an object it means the same.
        let event = match object.payload {
            Some(Value::String(text)) => serde_json::from_str(&text).ok(),
            other => other,
        };
        // arn:aws:lambda:{region}:{account}:function:{stack}-{function}:{alias}
        let function = object.request_context.function_arn.split(':').nth(6)?.to_owned();
        Some(Self {
            key: key.to_owned(),
            mapping: function.rsplit('-').next().unwrap_or_default().to_owned(),
            at: Instant::parse(&object.timestamp).ok()?,
            records: object.batch.batch_size,
            first_at: instant(object.batch.approximate_arrival_of_first_record),
            last_at: instant(object.batch.approximate_arrival_of_last_record),
            reason: object.request_context.condition,
            event,
        })
    }
}

/// The place of a batch among all of them: the later it was given up, the greater.
pub fn failure_place(key: &str) -> (&str, &str) {
    (key.rsplit('/').next().unwrap_or_default(), key)
}

impl FailedBatches {
    /// Binds a client to the bucket.
    pub fn new(client: aws_sdk_s3::Client, bucket: String) -> Self {
        Self { client, bucket }
    }

    /// The keys of all batches that are kept, the newest first. One request for every 1,000 of them, for
    /// keys begin with mapping and shard, not with the time.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn keys(&self) -> Result<Vec<String>, StoreError> {
        const ATTEMPT: &str = "listing failed batches";
        let (mut keys, mut token) = (Vec::new(), None);
        loop {
            let list = self.client.list_objects_v2().bucket(&self.bucket).prefix(PREFIX);
            let page = list.set_continuation_token(token).send().await;
            let page = page.map_err(|error| StoreError::of(ATTEMPT, error))?;
            let found = page.contents().iter().filter_map(aws_sdk_s3::types::Object::key);
            keys.extend(found.map(ToOwned::to_owned));
            token = page.next_continuation_token().map(ToOwned::to_owned);
            if token.is_none() {
                break;
            }
        }
        keys.sort_by(|one, other| failure_place(other).cmp(&failure_place(one)));
        Ok(keys)
    }

    /// One batch; `None` when there is none of that key (any more). One request, up to 6 MB.
    ///
    /// # Errors
    /// [`StoreError`], also for an object that is no failed batch.
    pub async fn read(&self, key: &str) -> Result<Option<FailedBatch>, StoreError> {
        const ATTEMPT: &str = "reading a failed batch";
        let got = match self.client.get_object().bucket(&self.bucket).key(key).send().await {
            Ok(got) => got,
            Err(error) if is_absence(&error) => return Ok(None),
            Err(error) => return Err(StoreError::of(ATTEMPT, error)),
        };
        let body = got.body.collect().await;
        let body =
            body.map_err(|error| StoreError::Busy { attempt: ATTEMPT, source: error.into() });
        let batch = FailedBatch::of(key, &body?.into_bytes());
        batch.map(Some).ok_or_else(|| StoreError::unreadable(ATTEMPT, "it is no failed batch"))
    }
}

/// What the keys of Lambda's objects begin with.
const PREFIX: &str = "aws/lambda/";

fn is_absence<R>(error: &SdkError<GetObjectError, R>) -> bool {
    error.as_service_error().is_some_and(GetObjectError::is_no_such_key)
}

/// Where it is noted which batches were driven again.
const DRIVEN: &str = "driven";
/// How long that is noted: as long as the bucket keeps the batches, 90 days.
const DRIVEN_FOR_MS: i64 = 90 * 86_400_000;

#[derive(Deserialize)]
struct Driven {
    #[serde(rename = "sk")]
    key: String,
    at: Instant,
}

impl Store {
    /// Notes that a batch was driven again: all that was in it has been done.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn note_driven(&self, key: &str, at: Instant) -> Result<(), StoreError> {
        let text = |text: String| AttributeValue::S(text);
        let expires_s = at.plus_millis(DRIVEN_FOR_MS).as_millis() / 1_000;
        let put = self.client.put_item().table_name(&self.tables.control);
        put.item("pk", text(DRIVEN.to_owned()))
            .item("sk", text(key.to_owned()))
            .item("at", text(at.to_string()))
            .item("expires_at", AttributeValue::N(expires_s.to_string()))
            .send()
            .await
            .map(drop)
            .map_err(|error| StoreError::of("noting that a batch was driven", error))
    }

    /// The batches that were driven again, each with when it was last. One query.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn driven(&self) -> Result<BTreeMap<String, Instant>, StoreError> {
        let items: Vec<Driven> =
            self.control_items(DRIVEN, "listing which batches were driven").await?;
        Ok(items.into_iter().map(|driven| (driven.key, driven.at)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(payload: &Value) -> Vec<u8> {
        let object = json!({
            "requestContext": {
                "requestId": "316aa6d0-8154-4f29-9af7-85d5f4a6bc81",
                "functionArn": "arn:aws:lambda:eu-central-1:123456789012:function:my-annals-projector:live",
                "condition": "RetryAttemptsExhausted",
                "approximateInvokeCount": 10
            },
            "responseContext": {"statusCode": 200, "executedVersion": "7", "functionError": "Unhandled"},
            "version": "1.0",
            "timestamp": "2026-11-14T00:13:49.717Z",
            "DDBStreamBatchInfo": {
                "shardId": "shardId-00000001573689847184-864758bb",
                "startSequenceNumber": "800000000003126276362",
                "endSequenceNumber": "800000000003126276362",
                "approximateArrivalOfFirstRecord": "2026-11-14T00:13:19Z",
                "approximateArrivalOfLastRecord": "2026-11-14T00:13:20Z",
                "batchSize": 1,
                "streamArn": "arn:aws:dynamodb:eu-central-1:123456789012:table/my-annals-events/stream/2026-11-14T00:04:06.388"
            },
            "payload": payload
        });
        object.to_string().into_bytes()
    }

    #[test]
    fn a_batch_is_read_as_lambda_writes_it_with_its_event_as_text_or_as_object() {
        for payload in [json!("{\"Records\":[]}"), json!({"Records": []})] {
            let batch = FailedBatch::of("aws/lambda/m/s/2026/11/14/x", &object(&payload)).unwrap();
            assert_eq!((batch.mapping.as_str(), batch.records), ("projector", 1));
            assert_eq!(batch.at, Instant::parse("2026-11-14T00:13:49.717Z").unwrap());
            assert_eq!(batch.first_at, Instant::parse("2026-11-14T00:13:19Z").ok());
            assert_eq!(batch.reason, "RetryAttemptsExhausted");
            assert_eq!(batch.event, Some(json!({"Records": []})));
        }
        assert_eq!(FailedBatch::of("key", b"{}"), None);
    }

    #[test]
    fn the_later_a_batch_was_given_up_the_greater_is_its_place() {
        let early = "aws/lambda/z/shard-2/2026/11/14/2026-11-14T00.13.49-aaaa";
        let late = "aws/lambda/a/shard-1/2026/11/14/2026-11-14T00.13.50-0000";
        assert!(failure_place(early) < failure_place(late));
    }
}
