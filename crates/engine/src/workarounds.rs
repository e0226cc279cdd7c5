//! Tells when a work-around for the database (of version 3.2.0) is no longer
//! needed: each test first shows that the database still does what it should not, then that the
//! engine does not.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::AttributeValue;
use dynoxide::actions::get_records::GetRecordsRequest;
use dynoxide::actions::get_shard_iterator::encode_shard_iterator;
use dynoxide::storage::Storage;
use dynoxide::storage_backend::{Clock, ManualClock};
use dynoxide::{Database, streams};
use serde_json::{Value, json};

use crate::database::{Durability, Engine, EngineError};
use crate::dispatch::execute;
use crate::sweep::Scratch;

const TABLE: &str = "annals-events";

fn run(database: &Database, operation: &str, request: &Value) -> Value {
    execute(database, operation, request).unwrap()
}

fn create_table(database: &Database) {
    let request = json!({
        "TableName": TABLE,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{ "AttributeName": "pk", "KeyType": "HASH" }],
        "AttributeDefinitions": [{ "AttributeName": "pk", "AttributeType": "S" }],
        "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES" },
    });
    run(database, "CreateTable", &request);
}

fn put(database: &Database, pk: &str) {
    run(database, "PutItem", &json!({ "TableName": TABLE, "Item": { "pk": { "S": pk } } }));
}

fn records(database: &Database) -> usize {
    let shard_iterator = encode_shard_iterator(TABLE, &streams::shard_id(TABLE), 0);
    let request = GetRecordsRequest { shard_iterator, limit: None };
    database.get_records(request).unwrap().records.len()
}

/// The database inside an engine with the table.
fn with_table(engine: &Engine, work: impl FnOnce(&Database)) {
    engine
        .core
        .run(|database| {
            create_table(database);
            work(database);
        })
        .unwrap();
}

async fn put_through(engine: &Engine, pk: &str) -> Result<(), Option<String>> {
    let put = engine.dynamodb().put_item().table_name(TABLE);
    let sent = put.item("pk", AttributeValue::S(pk.into())).send().await;
    sent.map(drop).map_err(|error| error.code().map(str::to_owned))
}

/// As `next_stream_sequence_number` and `stream_records_with_event_ids` in the database's
/// `storage.rs` ask.
const STREAM_QUERIES: [&str; 2] = [
    "SELECT COALESCE(MAX(CAST(sequence_number AS INTEGER)), 0) + 1 FROM _stream_records WHERE table_name = ?1",
    "SELECT event_name FROM _stream_records WHERE table_name = ?1 AND shard_id = 's'
     AND CAST(sequence_number AS INTEGER) > 5 ORDER BY CAST(sequence_number AS INTEGER) ASC LIMIT 10",
];

/// The steps of the query, as SQLite plans them.
fn plan(storage: &Storage, query: &str, table: &str) -> String {
    let mut explain = storage.conn().prepare(&format!("EXPLAIN QUERY PLAN {query}")).unwrap();
    let steps = explain.query_map([table], |row| row.get::<_, String>(3)).unwrap();
    steps.collect::<Result<Vec<_>, _>>().unwrap().join("; ")
}

fn reads_only_what_it_needs(file: &str) -> bool {
    let storage = Storage::new(file).unwrap();
    STREAM_QUERIES.into_iter().all(|query| {
        let plan = plan(&storage, query, TABLE);
        plan.contains("annals_stream_order") && !plan.contains("TEMP B-TREE")
    })
}

#[test]
fn dynoxide_still_makes_no_stream_index() {
    let scratch = Scratch::new().unwrap();
    let storage = Storage::new(&scratch.file()).unwrap();
    for query in STREAM_QUERIES {
        assert!(!plan(&storage, query, TABLE).contains("INDEX"), "{query}");
    }
}

#[test]
fn a_write_does_not_read_the_stream_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("annals.db");
    let _engine = Engine::open(&path, Durability::Full).unwrap();
    assert!(reads_only_what_it_needs(&path.to_string_lossy()));
}

#[test]
fn a_write_does_not_read_the_stream_in_memory_even_after_a_sweep() {
    let engine = Engine::memory().unwrap();
    for _ in 0..2 {
        let scratch = Scratch::new().unwrap();
        engine.core.run(|database| database.vacuum_into(&scratch.file()).unwrap()).unwrap();
        assert!(reads_only_what_it_needs(&scratch.file()));
        engine.core.forget_stream("no such table").unwrap();
    }
}

#[tokio::test]
async fn dynoxide_still_makes_no_segment_index() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("annals.db");
    let engine = Engine::open(&path, Durability::Full).unwrap();
    with_table(&engine, |_| {});
    let query = format!(
        "SELECT pk, sk, item_json FROM \"{TABLE}\" WHERE substr(hash_prefix, 1, 3) >= ?1 \
         ORDER BY hash_prefix ASC, pk ASC, sk ASC LIMIT 10"
    );
    let plan = || plan(&Storage::new(&path.to_string_lossy()).unwrap(), &query, "000");
    assert!(!plan().contains("annals_segments"));
    engine.index_segments(TABLE).await.unwrap();
    assert!(plan().contains("annals_segments"), "{}", plan());
    engine.index_segments(TABLE).await.unwrap();
}

#[tokio::test]
async fn dynoxide_still_records_writes_that_change_nothing() {
    let engine = Engine::memory().unwrap();
    with_table(&engine, |database| {
        (0..5).for_each(|_| put(database, "a"));
        put(database, "b");
        assert_eq!(records(database), 6);
    });
    // A page of two holds nothing but unchanged items, and is not the end.
    let first = engine.stream_batch(TABLE, None, 2).await.unwrap();
    let after = first[0].change.sequence_number.clone();
    let second = engine.stream_batch(TABLE, after.as_deref(), 2).await.unwrap();
    assert_eq!((first.len(), second.len()), (1, 1));
    assert_eq!(second[0].event_name, "INSERT");
    assert!(second[0].event_source_arn.as_ref().unwrap().contains(TABLE));
}

#[tokio::test]
async fn dynoxide_still_gives_pages_larger_than_lambda_does() {
    let engine = Engine::memory().unwrap();
    let text = "x".repeat(390_000);
    with_table(&engine, |database| {
        for number in 0..20 {
            let item = json!({ "pk": { "S": format!("{number}") }, "text": { "S": text } });
            run(database, "PutItem", &json!({ "TableName": TABLE, "Item": item }));
        }
        assert_eq!(records(database), 20);
    });
    let first = engine.stream_batch(TABLE, None, 1000).await.unwrap();
    let bytes: i64 = first.iter().map(|record| record.change.size_bytes).sum();
    assert!(bytes <= 6 * 1024 * 1024 && first.len() > 14, "{} records", first.len());
    let after = first.last().unwrap().change.sequence_number.clone();
    let second = engine.stream_batch(TABLE, after.as_deref(), 1000).await.unwrap();
    assert_eq!(first.len() + second.len(), 20);
}

#[test]
fn dynoxide_still_brings_back_the_stream_of_a_deleted_table() {
    let database = Database::memory().unwrap();
    create_table(&database);
    put(&database, "a");
    run(&database, "DeleteTable", &json!({ "TableName": TABLE }));
    create_table(&database);
    assert_eq!(records(&database), 1);
}

#[tokio::test]
async fn dynoxide_still_expires_and_trims_nothing_unasked() {
    let clock = ManualClock::new(1_800_000_000);
    let engine = Engine::memory_at(clock.clone()).unwrap();
    with_table(&engine, |database| {
        let ttl = json!({ "Enabled": true, "AttributeName": "expires" });
        let request = json!({ "TableName": TABLE, "TimeToLiveSpecification": ttl });
        run(database, "UpdateTimeToLive", &request);
        let item = json!({ "pk": { "S": "a" }, "expires": { "N": "1800000001" } });
        run(database, "PutItem", &json!({ "TableName": TABLE, "Item": item }));
        clock.set(1_800_000_000 + 2 * 24 * 60 * 60);
        put(database, "b");
        assert_eq!(records(database), 2);
        let scanned = run(database, "Scan", &json!({ "TableName": TABLE, "Limit": 10 }));
        assert_eq!(scanned["Count"], 2);
    });
    let swept = engine.sweep((1_800_000_000 + 2 * 24 * 60 * 60) * 1000).await.unwrap();
    assert_eq!((swept.expired, swept.trimmed), (1, 1));
}

/// Panics once when it is switched on.
struct PanickingClock {
    time: ManualClock,
    panics: AtomicBool,
}

impl PanickingClock {
    fn new() -> Arc<PanickingClock> {
        let time = ManualClock::new(1_800_000_000);
        Arc::new(PanickingClock { time, panics: AtomicBool::new(false) })
    }

    fn strike(&self) {
        assert!(!self.panics.swap(false, Ordering::SeqCst), "the clock panics");
    }
}

impl Clock for PanickingClock {
    fn now_unix_secs(&self) -> u64 {
        self.strike();
        self.time.now_unix_secs()
    }

    fn now_unix_secs_f64(&self) -> f64 {
        self.strike();
        self.time.now_unix_secs_f64()
    }
}

#[tokio::test]
async fn dynoxide_still_breaks_for_ever_when_an_operation_panics() {
    let clock = PanickingClock::new();
    let engine = Engine::in_memory(clock.clone()).unwrap();
    with_table(&engine, |_| {});
    put_through(&engine, "a").await.unwrap();
    clock.panics.store(true, Ordering::SeqCst);
    // The SDK tries three times: a panic, then a poisoned lock. Answers, no hanging.
    let refused = Err(Some("InternalServerError".to_owned()));
    assert_eq!(put_through(&engine, "b").await, refused);
    assert_eq!(put_through(&engine, "c").await, refused);
}

#[tokio::test]
async fn a_file_is_opened_anew_after_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::open(&folder.path().join("annals.db"), Durability::Normal).unwrap();
    with_table(&engine, |_| {});
    let outcome = engine.core.run(|_| panic!("a bug"));
    assert!(matches!(outcome, Err(EngineError::Panicked { message }) if message == "a bug"));
    put_through(&engine, "a").await.unwrap();
    assert_eq!(engine.stream_batch(TABLE, None, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn operations_run_on_the_engines_own_thread() {
    let engine = Engine::memory().unwrap();
    let name = engine.core.on_thread(|_| std::thread::current().name().map(str::to_owned));
    assert_eq!(name.await.unwrap().as_deref(), Some("engine"));
}

#[test]
fn temporary_copies_leave_nothing_behind() {
    let scratch = Scratch::new().unwrap();
    let file = scratch.file();
    scratch.edit(|_| Ok(())).unwrap();
    assert!(Path::new(&file).exists());
    drop(scratch);
    assert!(!Path::new(&file).exists());
}
