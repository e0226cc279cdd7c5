//! DynamoDB's JSON protocol over the embedded database: one request in, one answer out, as the wire
//! would give it.

use dynoxide::{Database, DynoxideError};
use futures::FutureExt;
use futures::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::connector::{Answer, Asked, Service};
use crate::database::{Core, Engine, EngineError};
use crate::faults::Fault;

/// DynamoDB as the SDK sees it.
#[derive(Debug)]
pub(crate) struct DynamoDb {
    engine: Engine,
    way: Way,
}

/// Which thread executes an operation.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// The engine's own, so that SQLite blocks no task.
    Threaded,
    /// The caller's, inside the poll.
    Inline,
}

impl DynamoDb {
    pub(crate) fn threaded(engine: Engine) -> DynamoDb {
        DynamoDb { engine, way: Way::Threaded }
    }

    pub(crate) fn inline(engine: Engine) -> DynamoDb {
        DynamoDb { engine, way: Way::Inline }
    }

    async fn execute(&self, operation: &str, body: Vec<u8>) -> Answer {
        let core = &self.engine.core;
        let body = String::from_utf8_lossy(&body).into_owned();
        let answer = match self.way {
            Way::Inline => Ok(perform(core, operation, &body)),
            Way::Threaded => {
                let operation = operation.to_owned();
                core.on_thread(move |core| perform(core, &operation, &body)).await
            }
        };
        answer.unwrap_or_else(|error| internal_error(&error))
    }

    async fn execute_partly(&self, operation: &str, body: Vec<u8>) -> Answer {
        let Some(batch) = Batch::of(operation) else { return self.execute(operation, body).await };
        let mut request: Value = serde_json::from_slice(&body).unwrap_or_default();
        let unprocessed = Batch::take_second_half(&mut request);
        let mut answer = if Batch::is_empty(&request) {
            Answer::ok(json!({ "Responses": {} }).to_string())
        } else {
            self.execute(operation, request.to_string().into_bytes()).await
        };
        if answer.status == 200
            && let Ok(Value::Object(mut reply)) = serde_json::from_slice(&answer.body)
        {
            reply.insert(batch.unprocessed.to_owned(), Value::Object(unprocessed));
            answer.body = Value::Object(reply).to_string().into_bytes();
        }
        answer
    }
}

impl Service for DynamoDb {
    fn answer<'a>(&'a self, operation: &'a str, asked: Asked) -> BoxFuture<'a, Answer> {
        self.execute(operation, asked.body).boxed()
    }

    fn refusal(&self, fault: Fault, operation: &str, asked: &Asked) -> Option<Answer> {
        match (fault, operation) {
            (Fault::Throttle, _) => Some(error_answer(
                "ProvisionedThroughputExceededException",
                "The level of configured provisioned throughput for the table was exceeded.",
            )),
            (Fault::TransactionConflict, "TransactWriteItems" | "TransactGetItems") => {
                Some(conflicting_transaction(&asked.text()))
            }
            (Fault::TransactionConflict, "PutItem" | "UpdateItem" | "DeleteItem") => {
                Some(error_answer("TransactionConflictException", CONFLICT))
            }
            _ => None,
        }
    }

    fn answer_partly<'a>(&'a self, operation: &'a str, asked: Asked) -> BoxFuture<'a, Answer> {
        self.execute_partly(operation, asked.body).boxed()
    }
}

const CONFLICT: &str = "Transaction is ongoing for the item";

fn error_answer(kind: &str, message: &str) -> Answer {
    Answer::error(400, &format!("com.amazonaws.dynamodb.v20120810#{kind}"), message)
}

fn internal_error(error: &EngineError) -> Answer {
    Answer::error(500, "com.amazonaws.dynamodb.v20120810#InternalServerError", &error.to_string())
}

/// The first item is held by another transaction.
fn conflicting_transaction(body: &str) -> Answer {
    let request: Value = serde_json::from_str(body).unwrap_or_default();
    let count = request.get("TransactItems").and_then(Value::as_array).map_or(1, Vec::len).max(1);
    let codes: Vec<&str> = std::iter::once("TransactionConflict")
        .chain(std::iter::repeat("None"))
        .take(count)
        .collect();
    let reasons: Vec<Value> = codes
        .iter()
        .map(|code| match *code {
            "None" => json!({ "Code": code }),
            _ => json!({ "Code": code, "Message": CONFLICT }),
        })
        .collect();
    let body = json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": format!(
            "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
            codes.join(", ")
        ),
        "CancellationReasons": reasons,
    });
    Answer::json(400, body.to_string())
}

/// How a batch operation says what it left undone.
struct Batch {
    unprocessed: &'static str,
}

impl Batch {
    fn of(operation: &str) -> Option<Batch> {
        match operation {
            "BatchWriteItem" => Some(Batch { unprocessed: "UnprocessedItems" }),
            "BatchGetItem" => Some(Batch { unprocessed: "UnprocessedKeys" }),
            _ => None,
        }
    }

    /// Removes the second half of the items from the request, per table, and returns it.
    fn take_second_half(request: &mut Value) -> Map<String, Value> {
        let mut rest = Map::new();
        let Some(tables) = request.get_mut("RequestItems").and_then(Value::as_object_mut) else {
            return rest;
        };
        for (table, asked) in tables.iter_mut() {
            let mut left = asked.clone();
            let (Some(first), Some(second)) = (items_of(asked), items_of(&mut left)) else {
                continue;
            };
            let half = first.len() / 2;
            first.truncate(half);
            second.drain(..half);
            if !second.is_empty() {
                rest.insert(table.clone(), left);
            }
        }
        tables.retain(|_, asked| items_of(asked).is_none_or(|items| !items.is_empty()));
        rest
    }

    fn is_empty(request: &Value) -> bool {
        request.get("RequestItems").and_then(Value::as_object).is_some_and(Map::is_empty)
    }
}

/// A table's writes are a list, its keys an object with `Keys` in it.
fn items_of(asked: &mut Value) -> Option<&mut Vec<Value>> {
    if asked.is_array() {
        asked.as_array_mut()
    } else {
        asked.get_mut("Keys").and_then(Value::as_array_mut)
    }
}

/// Executes one operation on this thread.
pub(crate) fn perform(core: &Core, operation: &str, body: &str) -> Answer {
    let dropped = (operation == "DeleteTable").then(|| streaming_table(core, body)).flatten();
    let outcome = core.run(|database| dispatch(database, operation, body));
    if is_write(operation) {
        core.announce_write();
    }
    let answer = match outcome {
        Ok(Some(Ok(body))) => Answer::ok(body),
        Ok(Some(Err(error))) => refused(operation, error),
        Ok(None) => {
            Answer::error(400, "com.amazon.coral.service#UnknownOperationException", operation)
        }
        Err(error) => internal_error(&error),
    };
    match dropped {
        Some(table) if answer.status == 200 => match core.forget_stream(&table) {
            Ok(()) => answer,
            Err(error) => internal_error(&error),
        },
        _ => answer,
    }
}

fn is_write(operation: &str) -> bool {
    matches!(
        operation,
        "PutItem"
            | "UpdateItem"
            | "DeleteItem"
            | "BatchWriteItem"
            | "TransactWriteItems"
            | "ExecuteStatement"
            | "BatchExecuteStatement"
            | "ExecuteTransaction"
    )
}

/// The table a `DeleteTable` names, if it keeps a stream.
fn streaming_table(core: &Core, body: &str) -> Option<String> {
    let request: Value = serde_json::from_str(body).ok()?;
    let table = request.get("TableName")?.as_str()?;
    let known = core.run(|database| database.get_table_metadata(table)).ok()?.ok()??;
    known.stream_enabled.then(|| table.to_owned())
}

/// Executes an operation of the engine itself.
pub(crate) fn execute(
    database: &Database,
    operation: &str,
    request: &Value,
) -> Result<Value, DynoxideError> {
    let answer = dispatch(database, operation, &request.to_string()).transpose()?;
    Ok(answer.and_then(|body| serde_json::from_str(&body).ok()).unwrap_or_default())
}

/// Sends each operation to the database's method of that name; `None` for an operation it does not
/// have.
macro_rules! operations {
    ($database:expr, $operation:expr, $body:expr; $($name:literal => $method:ident,)*) => {
        match $operation {
            $($name => Some(call($body, |request| $database.$method(request))),)*
            _ => None,
        }
    };
}

fn dispatch(
    database: &Database,
    operation: &str,
    body: &str,
) -> Option<Result<String, DynoxideError>> {
    operations! { database, operation, body;
        "CreateTable" => create_table,
        "DeleteTable" => delete_table,
        "DescribeTable" => describe_table,
        "ListTables" => list_tables,
        "UpdateTable" => update_table,
        "PutItem" => put_item,
        "GetItem" => get_item,
        "DeleteItem" => delete_item,
        "UpdateItem" => update_item,
        "Query" => query,
        "Scan" => scan,
        "SearchVectors" => search_vectors,
        "BatchGetItem" => batch_get_item,
        "BatchWriteItem" => batch_write_item,
        "TransactWriteItems" => transact_write_items,
        "TransactGetItems" => transact_get_items,
        "ListStreams" => list_streams,
        "DescribeStream" => describe_stream,
        "GetShardIterator" => get_shard_iterator,
        "GetRecords" => get_records,
        "UpdateTimeToLive" => update_time_to_live,
        "DescribeTimeToLive" => describe_time_to_live,
        "ExecuteStatement" => execute_statement,
        "ExecuteTransaction" => execute_transaction,
        "BatchExecuteStatement" => batch_execute_statement,
        "TagResource" => tag_resource,
        "UntagResource" => untag_resource,
        "ListTagsOfResource" => list_tags_of_resource,
    }
}

fn call<Q: DeserializeOwned, A: Serialize>(
    body: &str,
    method: impl FnOnce(Q) -> Result<A, DynoxideError>,
) -> Result<String, DynoxideError> {
    let request = serde_json::from_str(body).map_err(|error| unreadable(&error.to_string()))?;
    let answer = method(request)?;
    serde_json::to_string(&answer).map_err(|e| DynoxideError::InternalServerError(e.to_string()))
}

/// What DynamoDB says to a request it cannot read. The database's decoder marks the kind in front
/// of its message and serde adds the position behind it; its own server, which is not compiled
/// here, takes both off (`serde_errors.rs`).
fn unreadable(error: &str) -> DynoxideError {
    let (message, _) = error.rsplit_once(" at line ").unwrap_or((error, ""));
    if message.contains("recursion limit exceeded") {
        // 32 levels of attributes are allowed, the JSON reader stops at 128 levels of JSON.
        return DynoxideError::ValidationException(
            "Nesting Levels have exceeded supported limits".to_owned(),
        );
    }
    if let Some(plain) = message.strip_prefix("VALIDATION_REQUEST:") {
        return DynoxideError::EnvelopedValidation(plain.to_owned());
    }
    for marker in ["VALIDATION_AS_READ:", "VALIDATION:"] {
        if let Some(plain) = message.strip_prefix(marker) {
            return DynoxideError::ValidationException(plain.to_owned());
        }
    }
    for marker in ["SERIALIZATION_AS_READ:", "SERIALIZATION:"] {
        if let Some(plain) = message.strip_prefix(marker) {
            return DynoxideError::SerializationException(plain.to_owned());
        }
    }
    let invalid = ["missing field", "unknown variant", "invalid type: null", "AttributeValue"];
    if invalid.iter().any(|part| message.contains(part)) {
        DynoxideError::ValidationException(message.to_owned())
    } else {
        DynoxideError::SerializationException(message.to_owned())
    }
}

/// The database's refusal as the wire words it: three operations say how many validation errors
/// there were.
fn refused(operation: &str, error: DynoxideError) -> Answer {
    let error = match (operation, error) {
        ("PutItem" | "UpdateItem" | "DeleteItem", DynoxideError::EnvelopedValidation(message)) => {
            DynoxideError::ValidationException(format!("1 validation error detected: {message}"))
        }
        (_, error) => error,
    };
    Answer::json(error.status_code(), error.to_json())
}
