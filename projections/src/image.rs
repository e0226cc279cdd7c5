//! The item image in a stream record, as a commit.

use aws_lambda_events::dynamodb::EventRecord;
use serde::Deserialize;
use store::{Parts, ReadError, Recorded};
use vocabulary::{RecordKey, Version};

#[derive(Deserialize)]
struct Image {
    pk: String,
    rev: u64,
    e: String,
    #[serde(with = "serde_bytes")]
    p: Vec<u8>,
    d: String,
    c: String,
}

#[derive(Deserialize)]
struct Keys {
    pk: String,
    rev: u64,
}

/// Which commit a stream record is about: its record's partition key and number.
pub(crate) fn subject(record: &EventRecord) -> Option<(String, Version)> {
    let keys: Keys = serde_dynamo::from_item(record.change.keys.clone()).ok()?;
    Some((keys.pk, Version::new(keys.rev).ok()?))
}

/// The commit that a stream record carries.
pub(crate) fn commit(record: &EventRecord) -> Result<Recorded, ReadError> {
    let image: Image = serde_dynamo::from_item(record.change.new_image.clone())
        .map_err(|_error| ReadError::Attribute("e"))?;
    Recorded::from_parts(&Parts {
        pk: &image.pk,
        rev: &image.rev.to_string(),
        e: &image.e,
        p: &image.p,
        d: &image.d,
        c: &image.c,
    })
}

/// The record behind a partition key.
pub(crate) fn record_key(pk: &str) -> Option<RecordKey> {
    RecordKey::from_pk(pk).ok()
}
