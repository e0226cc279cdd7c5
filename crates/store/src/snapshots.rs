//! Snapshots: folded states that make loading faster. Deleting all of them costs time, never truth.

use crate::load::KeyWindow;
use crate::{Folded, Record, Store, StoreError, StoredState};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use events::Registered;
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_item};
use std::collections::{HashMap, VecDeque};
use vocabulary::{RecordKey, Version};

/// A snapshot is kept of every hundredth version.
pub const SNAPSHOT_EVERY: u64 = 100;

/// How many snapshots are looked through for one of the present fold.
const CANDIDATES: i32 = 4;

impl Store {
    /// Keeps the state of a record. The content is a function of the version and the fold, so a
    /// second write changes nothing. One write unit per started KB.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn keep_snapshot(&self, record: &Record) -> Result<(), StoreError> {
        const ATTEMPT: &str = "keeping a snapshot";
        let stored =
            record.folded.stored().map_err(|error| StoreError::unreadable(ATTEMPT, error))?;
        let mut item: HashMap<String, AttributeValue> =
            to_item(&stored).map_err(|error| StoreError::unreadable(ATTEMPT, error))?;
        item.remove("version");
        item.insert("pk".to_owned(), AttributeValue::S(record.folded.key().pk()));
        item.insert("rev".to_owned(), AttributeValue::N(stored.version.to_string()));
        item.insert("keys".to_owned(), AttributeValue::B(Blob::new(record.keys().to_bytes())));
        let put = self.client.put_item().table_name(&self.tables.snapshots).set_item(Some(item));
        put.send().await.map(drop).map_err(|error| StoreError::of(ATTEMPT, error))
    }

    /// The newest snapshot of the present fold at or below a version. Not checked against the log.
    pub(crate) async fn snapshot(
        &self,
        of: Registered,
        key: &RecordKey,
        version: Version,
    ) -> Result<Option<Record>, StoreError> {
        let page = self
            .client
            .query()
            .table_name(&self.tables.snapshots)
            .key_condition_expression("pk = :pk AND rev <= :rev")
            .expression_attribute_values(":pk", AttributeValue::S(key.pk()))
            .expression_attribute_values(":rev", AttributeValue::N(version.to_string()))
            .scan_index_forward(false)
            .limit(CANDIDATES)
            .send()
            .await
            .map_err(|error| StoreError::of("reading a snapshot", error))?;
        // One that cannot be read is as good as none.
        Ok(page.items().iter().find_map(|item| resumed(of, key, item)))
    }
}

fn resumed(
    of: Registered,
    key: &RecordKey,
    item: &HashMap<String, AttributeValue>,
) -> Option<Record> {
    let mut item = item.clone();
    let keys = item.remove("keys")?;
    let keys = KeyWindow::from_bytes(keys.as_b().ok()?.as_ref())?;
    let version = item.remove("rev")?;
    item.insert("version".to_owned(), version);
    let stored: StoredState = from_item(item).ok()?;
    Some(Record::new(Folded::resume(of, key, &stored)?, keys))
}

impl KeyWindow {
    /// 24 bytes for each key: 16 of its digest, 8 of its version, both big-endian.
    fn to_bytes(&self) -> Vec<u8> {
        let entry = |(digest, version): &(u128, Version)| {
            [digest.to_be_bytes().as_slice(), version.get().to_be_bytes().as_slice()].concat()
        };
        self.0.iter().flat_map(entry).collect()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let entry = |chunk: &[u8]| {
            let (digest, version) = chunk.split_at_checked(16)?;
            let digest = u128::from_be_bytes(digest.try_into().ok()?);
            let version = Version::new(u64::from_be_bytes(version.try_into().ok()?)).ok()?;
            Some((digest, version))
        };
        bytes.chunks(24).map(entry).collect::<Option<VecDeque<_>>>().map(Self)
    }
}

impl Store {
    /// Throws snapshots away, some hundred at a time; whether none is left. Those that come meanwhile may
    /// stay.
    ///
    /// # Errors
    /// [`StoreError`]; done again, it goes on.
    pub async fn drop_snapshots(&self) -> Result<bool, StoreError> {
        const ATTEMPT: &str = "throwing snapshots away";
        const SOME: i32 = 500;
        let scan = self.client.scan().table_name(&self.tables.snapshots).limit(SOME);
        let page = scan.projection_expression("pk, rev").consistent_read(true).send().await;
        let page = page.map_err(|error| StoreError::of(ATTEMPT, error))?;
        let last = page.last_evaluated_key.is_none();
        for key in page.items.unwrap_or_default() {
            let delete = self.client.delete_item().table_name(&self.tables.snapshots);
            let gone = delete.set_key(Some(key)).send().await;
            gone.map_err(|error| StoreError::of(ATTEMPT, error))?;
        }
        Ok(last)
    }

    /// Opens the connection to the tables before the first request needs it: one read of a snapshot
    /// that does not exist. What comes of it does not matter.
    pub async fn warm_up(&self) {
        let request = self
            .client
            .get_item()
            .table_name(&self.tables.snapshots)
            .key("pk", AttributeValue::S("warm-up".to_owned()))
            .key("rev", AttributeValue::N("0".to_owned()));
        if let Err(error) = request.send().await {
            tracing::debug!(error = crate::chain(&error), "the warm-up read failed");
        }
    }
}
