//! The messages of all queues: in a table of the engine, and in memory to be chosen from.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use dynoxide::{Database, DynoxideError};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::text;
use crate::database::{Engine, EngineError};
use crate::dispatch::execute;

/// One item per message: `queue` and `place` are its key, see [`Message`].
const TABLE: &str = "annals-local-queues";

/// A message.
#[derive(Clone, Debug)]
pub(super) struct Message {
    /// Its place in the queue: the number of messages that came to any queue before it.
    pub(super) place: u64,
    pub(super) id: String,
    pub(super) body: String,
    /// When it was sent, in milliseconds since 1970.
    pub(super) sent_ms: i64,
    /// When it may come first, likewise: it was sent with a delay.
    pub(super) after_ms: i64,
    /// How often it was received.
    pub(super) receives: u32,
    /// Until when it is hidden. Not kept: whoever had received it is gone with the process.
    pub(super) hidden_until: Instant,
}

type Place = (String, u64);

/// All messages, and the next place.
#[derive(Debug, Default)]
pub(super) struct Kept {
    messages: BTreeMap<Place, Message>,
    next: u64,
}

impl Kept {
    /// What an earlier process left. Makes the table if need be.
    pub(super) async fn load(engine: &Engine) -> Result<Kept, EngineError> {
        let items = engine.core.on_thread(|core| core.run(read)).await??;
        let items =
            items.map_err(|source| EngineError::Database { what: "load the queues", source })?;
        let mut kept = Kept::default();
        for (queue, message) in items.iter().filter_map(message) {
            kept.next = kept.next.max(message.place + 1);
            kept.messages.insert((queue, message.place), message);
        }
        Ok(kept)
    }

    /// The messages of a queue, in order.
    pub(super) fn of(&self, queue: &str) -> impl Iterator<Item = &Message> {
        let all = (queue.to_owned(), 0)..=(queue.to_owned(), u64::MAX);
        self.messages.range(all).map(|(_, message)| message)
    }

    /// Adds a message, kept before it counts; its id.
    pub(super) async fn add(
        &mut self,
        engine: &Engine,
        queue: &str,
        body: String,
        delay: Duration,
    ) -> Result<String, EngineError> {
        let sent_ms = now_ms();
        let message = Message {
            place: self.next,
            id: format!("{:032x}", fastrand::u128(..)),
            body,
            sent_ms,
            after_ms: sent_ms.saturating_add(i64::try_from(delay.as_millis()).unwrap_or(i64::MAX)),
            receives: 0,
            hidden_until: Instant::now() + delay,
        };
        put(engine, queue, &message).await?;
        self.next += 1;
        let id = message.id.clone();
        self.messages.insert((queue.to_owned(), message.place), message);
        Ok(id)
    }

    /// Hides a message and counts that it was received, before it is delivered.
    pub(super) async fn receive(
        &mut self,
        engine: &Engine,
        queue: &str,
        place: u64,
        until: Instant,
    ) -> Result<Option<Message>, EngineError> {
        let Some(message) = self.messages.get_mut(&(queue.to_owned(), place)) else {
            return Ok(None);
        };
        let received = Message {
            receives: message.receives.saturating_add(1),
            hidden_until: until,
            ..message.clone()
        };
        put(engine, queue, &received).await?;
        message.clone_from(&received);
        Ok(Some(received))
    }

    /// Hides a message until then; one that is gone meanwhile stays so.
    pub(super) fn hide(&mut self, queue: &str, place: u64, until: Instant) {
        if let Some(message) = self.messages.get_mut(&(queue.to_owned(), place)) {
            message.hidden_until = until;
        }
    }

    pub(super) async fn delete(
        &mut self,
        engine: &Engine,
        queue: &str,
        place: u64,
    ) -> Result<(), EngineError> {
        let request = json!({ "TableName": TABLE, "Key": key(queue, place) });
        written(engine, "DeleteItem", request).await?;
        self.messages.remove(&(queue.to_owned(), place));
        Ok(())
    }

    /// Moves a message to another queue. After a crash in between it is in both, and moved again.
    pub(super) async fn pass_on(
        &mut self,
        engine: &Engine,
        queue: &str,
        place: u64,
        to: &str,
    ) -> Result<(), EngineError> {
        let Some(message) = self.messages.get(&(queue.to_owned(), place)) else { return Ok(()) };
        let message = Message { hidden_until: Instant::now(), ..message.clone() };
        put(engine, to, &message).await?;
        self.messages.insert((to.to_owned(), place), message);
        self.delete(engine, queue, place).await
    }
}

fn key(queue: &str, place: u64) -> Value {
    json!({ "queue": { "S": queue }, "place": { "N": place.to_string() } })
}

async fn put(engine: &Engine, queue: &str, message: &Message) -> Result<(), EngineError> {
    let request = json!({
        "TableName": TABLE,
        "Item": {
            "queue": { "S": queue },
            "place": { "N": message.place.to_string() },
            "id": { "S": message.id },
            "body": { "S": message.body },
            "sent_ms": { "N": message.sent_ms.to_string() },
            "after_ms": { "N": message.after_ms.to_string() },
            "receives": { "N": message.receives.to_string() },
        },
    });
    written(engine, "PutItem", request).await
}

async fn written(
    engine: &Engine,
    operation: &'static str,
    request: Value,
) -> Result<(), EngineError> {
    let write = move |database: &Database| execute(database, operation, &request);
    let written = engine.core.on_thread(move |core| core.run(write)).await??;
    written.map(drop).map_err(|source| EngineError::Database { what: "keep a message", source })
}

fn message(item: &Value) -> Option<(String, Message)> {
    let number = |pointer: &str| text(item, pointer);
    let after_ms: i64 = number("/after_ms/N").parse().ok()?;
    let wait_ms = u64::try_from(after_ms.saturating_sub(now_ms())).unwrap_or(0);
    let message = Message {
        place: number("/place/N").parse().ok()?,
        id: text(item, "/id/S").to_owned(),
        body: text(item, "/body/S").to_owned(),
        sent_ms: number("/sent_ms/N").parse().ok()?,
        after_ms,
        receives: number("/receives/N").parse().ok()?,
        hidden_until: Instant::now() + Duration::from_millis(wait_ms),
    };
    Some((text(item, "/queue/S").to_owned(), message))
}

fn read(database: &Database) -> Result<Vec<Value>, DynoxideError> {
    if database.get_table_metadata(TABLE)?.is_none() {
        let attribute = |name, kind| json!({ "AttributeName": name, "AttributeType": kind });
        let key = |name, kind| json!({ "AttributeName": name, "KeyType": kind });
        let request = json!({
            "TableName": TABLE,
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [key("queue", "HASH"), key("place", "RANGE")],
            "AttributeDefinitions": [attribute("queue", "S"), attribute("place", "N")],
        });
        execute(database, "CreateTable", &request)?;
    }
    let (mut items, mut start) = (Vec::new(), Value::Null);
    loop {
        let mut request = json!({ "TableName": TABLE, "Limit": 1_000, "ConsistentRead": true });
        if let Some(request) = request.as_object_mut().filter(|_| !start.is_null()) {
            request.insert("ExclusiveStartKey".to_owned(), start);
        }
        let page = execute(database, "Scan", &request)?;
        items.extend(page.get("Items").and_then(Value::as_array).cloned().unwrap_or_default());
        start = page.get("LastEvaluatedKey").cloned().unwrap_or_default();
        if start.is_null() {
            return Ok(items);
        }
    }
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
