//! Where batches go that the stream's mappings gave up: into a bucket, as Lambda writes them.

use engine::mapping::{Cause, Destination, FailedBatch};
use engine::objects::Objects;
use serde_json::{Value, json};
use std::time::Duration;
use store::{Clock, FailedBatches, chain};
use vocabulary::{Digest, Instant};

/// The bucket's name.
pub(crate) const BUCKET: &str = "annals-failed-batches";
/// How long batches are kept, as the bucket's rule says on AWS.
const RETENTION_DAYS: u64 = 90;

/// The bucket, as functions read it.
pub(crate) fn batches(objects: &Objects) -> FailedBatches {
    FailedBatches::new(objects.client(), BUCKET.to_owned())
}

/// Deletes the batches whose time is over.
pub(crate) async fn expire(objects: &Objects) -> usize {
    objects.expire(BUCKET, Duration::from_hours(24 * RETENTION_DAYS)).await
}

/// Writes each batch into an object of its own (Lambda developer guide, "Retain discarded records for a
/// DynamoDB event source", read 2026-11-24, has key and content).
pub(crate) fn destination(objects: &Objects, clock: &Clock) -> Destination {
    let (client, clock) = (objects.client(), clock.clone());
    Destination::new(move |batch| {
        let (client, now) = (client.clone(), clock.now());
        async move {
            let put = client.put_object().bucket(BUCKET).key(key(&batch, now));
            let put = put.content_type("application/json").body(body(&batch, now).into());
            let kept = put.send().await;
            let FailedBatch { mapping, first_sequence_number: first, attempts, .. } = &batch;
            let records = batch.records.len();
            match kept {
                Ok(_) => {
                    tracing::error!(
                        mapping,
                        records,
                        attempts,
                        "a batch of stream records was given up"
                    );
                }
                Err(error) => {
                    let error = chain(&error);
                    tracing::error!(error, mapping, first, "a failed batch could not be kept");
                }
            }
        }
    })
}

/// `aws/lambda/{mapping}/{shard}/2026/11/24/2026-11-24T12.00.00-{random}`.
fn key(batch: &FailedBatch, now: Instant) -> String {
    let at = now.to_string();
    let (day, time) = at.split_once('T').unwrap_or((&at, ""));
    let time: String = time.chars().take(8).map(|c| if c == ':' { '.' } else { c }).collect();
    let random = uuid(&[&at, &batch.mapping, &batch.first_sequence_number]);
    let mapping = uuid(&[&batch.mapping]);
    format!("aws/lambda/{mapping}/{SHARD}/{}/{day}T{time}-{random}", day.replace('-', "/"))
}

/// The one shard that a stream has here.
const SHARD: &str = "shardId-00000000000000000000-00000000";

/// The form of a UUID, a function of what it names.
fn uuid(parts: &[&str]) -> String {
    let digits: String = Digest::of_list(parts).to_string().chars().take(32).collect();
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default().to_owned();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

fn body(batch: &FailedBatch, now: Instant) -> Vec<u8> {
    let mut arrived = batch.records.iter().map(|record| {
        let at = record.change.approximate_creation_date_time;
        Instant::from_millis(at.timestamp_millis()).to_string()
    });
    let first = arrived.next();
    let last = arrived.next_back().or_else(|| first.clone());
    let condition = match batch.cause {
        Cause::TooOld => "RecordAgeExceeded",
        Cause::Error(_) | Cause::Panic(_) | Cause::ItemFailures => "RetryAttemptsExhausted",
    };
    let payload = json!({ "Records": batch.records }).to_string();
    let object: Value = json!({
        "requestContext": {
            "requestId": uuid(&[&batch.first_sequence_number]),
            "functionArn": format!("arn:aws:lambda:local:000000000000:function:annals-{}:live", batch.mapping),
            "condition": condition,
            "approximateInvokeCount": batch.attempts,
        },
        "responseContext": { "statusCode": 200, "executedVersion": "1", "functionError": "Unhandled" },
        "version": "1.0",
        "timestamp": now.to_string(),
        "DDBStreamBatchInfo": {
            "shardId": SHARD,
            "startSequenceNumber": batch.first_sequence_number,
            "endSequenceNumber": batch.last_sequence_number,
            "approximateArrivalOfFirstRecord": first,
            "approximateArrivalOfLastRecord": last,
            "batchSize": batch.records.len(),
            "streamArn": format!("arn:aws:dynamodb:local:000000000000:table/{}/stream/local", batch.table),
        },
        "payload": payload,
    });
    object.to_string().into_bytes()
}
