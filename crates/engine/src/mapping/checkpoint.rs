//! Where a mapping keeps its position: a small table without a stream, in the same engine.

use std::sync::Arc;
use std::time::Duration;

use dynoxide::{Database, DynoxideError};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::Instant;

use super::progress::Progress;
use crate::database::{Engine, EngineError};
use crate::dispatch::execute;

/// One item per mapping: `mapping` (its name) and `position` (a sequence number).
const TABLE: &str = "annals-local-checkpoints";

/// Between two attempts to keep a position that the database refused.
const PAUSE: Duration = Duration::from_millis(100);

/// The position of the mapping; `None` when it has handled nothing. Makes the table if need be.
pub(super) async fn load(engine: &Engine, mapping: &str) -> Result<Option<String>, EngineError> {
    let mapping = mapping.to_owned();
    let loaded = engine.core.on_thread(move |core| core.run(|database| get(database, &mapping)));
    loaded.await??.map_err(|source| EngineError::Database { what: "load a checkpoint", source })
}

/// Keeps the position of the mapping. No write of a table with a stream, so it wakes no runner.
pub(super) async fn save(
    engine: &Engine,
    mapping: &str,
    position: &str,
) -> Result<(), EngineError> {
    let request = json!({
        "TableName": TABLE,
        "Item": { "mapping": { "S": mapping }, "position": { "S": position } },
    });
    let put = move |database: &Database| execute(database, "PutItem", &request);
    let saved = engine.core.on_thread(move |core| core.run(put)).await??;
    saved.map(drop).map_err(|source| EngineError::Database { what: "save a checkpoint", source })
}

/// After keeping a position, so many times as long as that took passes before the next, so that
/// under load the checkpoints take a fifth of the engine's time at most.
const REST: u32 = 4;

/// Keeps every position that is reached (the newest, if they come faster than they can be kept),
/// until told to stop.
pub(super) async fn keep(
    engine: Engine,
    mapping: String,
    progress: Arc<Progress>,
    mut stop: watch::Receiver<bool>,
) {
    tokio::select! {
        () = keep_on(&engine, &mapping, &progress) => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
}

async fn keep_on(engine: &Engine, mapping: &str, progress: &Progress) {
    loop {
        let position = progress.next_unsaved().await;
        let begun = Instant::now();
        match save(engine, mapping, &position).await {
            Ok(()) => {
                progress.saved(&position);
                tokio::time::sleep(begun.elapsed() * REST).await;
            }
            Err(error) => {
                tracing::error!(%error, mapping, "the position of a mapping is not kept");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

fn get(database: &Database, mapping: &str) -> Result<Option<String>, DynoxideError> {
    if database.get_table_metadata(TABLE)?.is_none() {
        let key = json!([{ "AttributeName": "mapping", "KeyType": "HASH" }]);
        let attributes = json!([{ "AttributeName": "mapping", "AttributeType": "S" }]);
        let request = json!({
            "TableName": TABLE,
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": key,
            "AttributeDefinitions": attributes,
        });
        execute(database, "CreateTable", &request)?;
    }
    let request = json!({
        "TableName": TABLE,
        "Key": { "mapping": { "S": mapping } },
        "ConsistentRead": true,
    });
    let answer = execute(database, "GetItem", &request)?;
    let position = answer.pointer("/Item/position/S").and_then(Value::as_str);
    Ok(position.map(str::to_owned))
}
