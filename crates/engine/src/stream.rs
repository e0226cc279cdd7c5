//! Reading a table's stream as Lambda's poller does: in order, without records of writes that
//! changed nothing.

use aws_lambda_events::dynamodb::EventRecord;
use dynoxide::actions::get_records::{GetRecordsRequest, Record};
use dynoxide::actions::get_shard_iterator::GetShardIteratorRequest;
use dynoxide::{Database, DynoxideError, streams};
use serde_json::Value;

use crate::database::{Core, Engine, EngineError};

/// A batch holds at most the payload of one synchronous invocation, 6 MB (Lambda API reference,
/// `BatchSize`, read 2026-11-22).
const MAX_BATCH_BYTES: i64 = 6 * 1024 * 1024;

/// What DynamoDB gives in one answer at most.
const MAX_RECORDS: usize = 1000;

impl Engine {
    /// The next records of the stream of `table`, oldest first: those after the sequence number
    /// `after`, or from the oldest kept. At most `limit` of them (1 to 1000) and 6 MB, as Lambda
    /// would hand them to a function. Writes that changed nothing leave no record, as on AWS. Empty
    /// means: nothing more now.
    ///
    /// A record trimmed after 24 hours is skipped silently. Sequence numbers are 21 digits, so
    /// their order as text is their order.
    ///
    /// # Errors
    ///
    /// When the table has no stream, `after` is no sequence number, or the database fails.
    pub async fn stream_batch(
        &self,
        table: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<EventRecord>, EngineError> {
        let (engine, table) = (self.clone(), table.to_owned());
        let after = after.map(str::to_owned);
        let read = move |_: &Core| engine.inline_stream_batch(&table, after.as_deref(), limit);
        self.core.on_thread(read).await?
    }

    /// As [`Engine::stream_batch`], on the caller's thread and at once: for a test that decides the
    /// order of everything, like [`Engine::inline_dynamodb_with`].
    ///
    /// # Errors
    ///
    /// As [`Engine::stream_batch`].
    pub fn inline_stream_batch(
        &self,
        table: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<EventRecord>, EngineError> {
        let limit = limit.clamp(1, MAX_RECORDS);
        self.core.run(|database| read(database, table, after, limit))?
    }
}

fn read(
    database: &Database,
    table: &str,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<EventRecord>, EngineError> {
    let failed = |source| EngineError::Database { what: "read a stream", source };
    let arn = stream_arn(database, table)?;
    let mut iterator = database
        .get_shard_iterator(GetShardIteratorRequest {
            stream_arn: arn.clone(),
            shard_id: streams::shard_id(table),
            shard_iterator_type: match after {
                Some(_) => "AFTER_SEQUENCE_NUMBER".to_owned(),
                None => "TRIM_HORIZON".to_owned(),
            },
            sequence_number: after.map(str::to_owned),
        })
        .map_err(failed)?
        .shard_iterator;

    // A page of nothing but unchanged items is not the end of the stream.
    while let Some(shard_iterator) = iterator.take() {
        let request = GetRecordsRequest { shard_iterator, limit: Some(limit) };
        let page = database.get_records(request).map_err(failed)?;
        let at_the_end = page.records.len() < limit;
        let records = as_lambda_sends_them(page.records, &arn)
            .map_err(|source| EngineError::Record { table: table.to_owned(), source })?;
        if !records.is_empty() || at_the_end {
            return Ok(records);
        }
        iterator = page.next_shard_iterator;
    }
    Ok(Vec::new())
}

fn stream_arn(database: &Database, table: &str) -> Result<String, EngineError> {
    let known = database.get_table_metadata(table).map_err(|source: DynoxideError| {
        EngineError::Database { what: "look up a table", source }
    })?;
    known
        .filter(|known| known.stream_enabled)
        .and_then(|known| known.stream_label)
        .map(|label| streams::stream_arn(table, &label))
        .ok_or_else(|| EngineError::NoStream { table: table.to_owned() })
}

fn as_lambda_sends_them(
    records: Vec<Record>,
    arn: &str,
) -> Result<Vec<EventRecord>, serde_json::Error> {
    let mut bytes = 0;
    records
        .into_iter()
        .filter(|record| !changed_nothing(record))
        .take_while(|record| {
            let first = bytes == 0;
            bytes += record.dynamodb.size_bytes.max(1);
            first || bytes <= MAX_BATCH_BYTES
        })
        .map(|record| {
            let mut json = serde_json::to_value(record)?;
            if let Value::Object(fields) = &mut json {
                fields.insert("eventSourceARN".to_owned(), arn.into());
            }
            serde_json::from_value(json)
        })
        .collect()
}

/// The database records a write of the same content; DynamoDB does not.
fn changed_nothing(record: &Record) -> bool {
    let images = &record.dynamodb;
    record.event_name == "MODIFY"
        && images.new_image.is_some()
        && images.new_image == images.old_image
}
