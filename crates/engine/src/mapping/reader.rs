//! Reads the stream and spreads its records over the virtual shards by partition key.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::dynamodb::EventRecord;
use serde_json::Value;
use tokio::sync::{mpsc, watch};

use super::progress::Progress;
use super::{Mapping, checkpoint};
use crate::database::{Engine, EngineError};

/// How many records may be read and not handled, over all shards. A shard that keeps failing lets
/// the others go on so far.
const READ_AHEAD: usize = 10_000;

/// How many records are asked for at a time.
const PAGE: usize = 1000;

/// Writes of other processes are found so late; our own wake the reader.
const POLL: Duration = Duration::from_secs(1);

/// Before a read that failed is tried again.
const PAUSE: Duration = Duration::from_millis(100);

#[derive(Debug)]
pub(super) struct Reader {
    pub(super) engine: Engine,
    pub(super) mapping: Arc<Mapping>,
    pub(super) progress: Arc<Progress>,
    pub(super) shards: Vec<mpsc::UnboundedSender<EventRecord>>,
    pub(super) stop: watch::Receiver<bool>,
}

impl Reader {
    /// Reads until told to stop; the shards end when the reader does.
    pub(super) async fn run(self) {
        let mut stop = self.stop.clone();
        tokio::select! {
            () = self.read_on() => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }

    async fn read_on(&self) {
        let partition_key = self.start().await;
        let mut writes = self.engine.core.writes.subscribe();
        loop {
            self.progress.room(READ_AHEAD).await;
            let written = *writes.borrow_and_update();
            let after = self.progress.read_to();
            match self.engine.stream_batch(&self.mapping.table, after.as_deref(), PAGE).await {
                Ok(records) if records.is_empty() => {
                    self.progress.end_seen(written);
                    tokio::select! {
                        _ = writes.changed() => {}
                        () = tokio::time::sleep(POLL) => {}
                    }
                }
                Ok(records) => self.spread(records, &partition_key),
                Err(error) => self.pause_after(&error).await,
            }
        }
    }

    /// Finds the checkpoint and the name of the partition key; waits for a table that does not
    /// exist yet.
    async fn start(&self) -> String {
        loop {
            match self.try_start().await {
                Ok(partition_key) => return partition_key,
                Err(error) => self.pause_after(&error).await,
            }
        }
    }

    async fn try_start(&self) -> Result<String, EngineError> {
        let table = self.mapping.table.clone();
        let known = self
            .engine
            .core
            .on_thread(move |core| core.run(|database| database.get_table_metadata(&table)))
            .await??
            .map_err(|source| EngineError::Database { what: "look up a table", source })?;
        let partition_key = known
            .filter(|known| known.stream_enabled)
            .and_then(|known| partition_key_of(&known.key_schema))
            .ok_or_else(|| EngineError::NoStream { table: self.mapping.table.clone() })?;
        self.progress.start_from(checkpoint::load(&self.engine, &self.mapping.name).await?);
        Ok(partition_key)
    }

    async fn pause_after(&self, error: &EngineError) {
        let mapping = &self.mapping.name;
        if matches!(error, EngineError::NoStream { .. }) {
            tracing::debug!(%error, mapping, "a mapping waits for its stream");
        } else {
            tracing::warn!(%error, mapping, "a mapping cannot read its stream");
        }
        tokio::time::sleep(PAUSE).await;
    }

    fn spread(&self, records: Vec<EventRecord>, partition_key: &str) {
        self.progress.read(records.iter().map(|record| sequence_number(record).to_owned()));
        for record in records {
            let shard = self.shards.get(shard_of(&record, partition_key, self.shards.len()));
            if shard.is_none_or(|shard| shard.send(record).is_err()) {
                tracing::error!(mapping = self.mapping.name, "a virtual shard has ended early");
            }
        }
    }
}

/// Every record of a stream has one; a record without is before all others.
pub(super) fn sequence_number(record: &EventRecord) -> &str {
    record.change.sequence_number.as_deref().unwrap_or_default()
}

fn shard_of(record: &EventRecord, partition_key: &str, shards: usize) -> usize {
    let mut hasher = DefaultHasher::new();
    format!("{:?}", record.change.keys.get(partition_key)).hash(&mut hasher);
    let shards = u64::try_from(shards).unwrap_or(1).max(1);
    usize::try_from(hasher.finish() % shards).unwrap_or_default()
}

/// From `[{"AttributeName": "pk", "KeyType": "HASH"}, …]`.
fn partition_key_of(key_schema: &str) -> Option<String> {
    let schema: Value = serde_json::from_str(key_schema).ok()?;
    let hash = schema.as_array()?.iter().find(|key| key.get("KeyType") == Some(&"HASH".into()))?;
    hash.get("AttributeName")?.as_str().map(str::to_owned)
}
