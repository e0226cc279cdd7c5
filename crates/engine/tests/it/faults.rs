//! Each fault, seen through the SDK.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::{
    KeysAndAttributes, Put, PutRequest, TransactWriteItem, WriteRequest,
};
use engine::{Call, Decision, Fault, Faults};
use futures::FutureExt;

use crate::support::{Item, TABLE, count, engine_with_table, item, put, s};

/// `fault` for the first `times` calls of `operation`, and a count of all its calls.
fn first(times: u64, operation: &'static str, fault: Fault) -> (Faults, Arc<AtomicU64>) {
    let calls = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&calls);
    let faults = Faults::new(move |call: &Call<'_>| {
        if call.operation != operation {
            return Fault::None;
        }
        if counter.fetch_add(1, Ordering::SeqCst) < times { fault } else { Fault::None }
    });
    (faults, calls)
}

#[tokio::test]
async fn a_throttled_write_is_retried_by_the_sdk() {
    let engine = engine_with_table().await;
    let (faults, calls) = first(2, "PutItem", Fault::Throttle);
    put(&engine.dynamodb_with(faults), "task-1", "0001").await;
    assert_eq!(calls.load(Ordering::SeqCst), 3);
    assert_eq!(count(&engine.dynamodb()).await, 1);
}

#[tokio::test]
async fn throttling_that_does_not_end_reaches_the_caller_and_writes_nothing() {
    let engine = engine_with_table().await;
    let (faults, calls) = first(u64::MAX, "PutItem", Fault::Throttle);
    let client = engine.dynamodb_with(faults);
    let put = client.put_item().table_name(TABLE).set_item(Some(item("task-1", "0001")));
    let error = put.send().await.unwrap_err();
    assert_eq!(error.code(), Some("ProvisionedThroughputExceededException"));
    assert_eq!(calls.load(Ordering::SeqCst), 3);
    assert_eq!(count(&engine.dynamodb()).await, 0);
}

#[tokio::test]
async fn a_lost_reply_makes_the_sdk_meet_its_own_write() {
    let engine = engine_with_table().await;
    let (faults, calls) = first(1, "PutItem", Fault::ReplyLost);
    let client = engine.dynamodb_with(faults);
    let put = client.put_item().table_name(TABLE).set_item(Some(item("task-1", "0001")));
    let error = put.condition_expression("attribute_not_exists(pk)").send().await.unwrap_err();
    assert_eq!(error.code(), Some("ConditionalCheckFailedException"));
    assert_eq!(calls.load(Ordering::SeqCst), 2);
    assert_eq!(count(&engine.dynamodb()).await, 1);
}

#[tokio::test]
async fn a_cut_connection_writes_nothing() {
    let engine = engine_with_table().await;
    let (faults, _) = first(3, "PutItem", Fault::Cut);
    let client = engine.dynamodb_with(faults);
    let put = client.put_item().table_name(TABLE).set_item(Some(item("task-1", "0001")));
    assert!(put.send().await.is_err());
    assert_eq!(count(&client).await, 0);
}

#[tokio::test]
async fn a_conflict_cancels_a_transaction_and_refuses_a_single_write() {
    let engine = engine_with_table().await;
    let client = engine.dynamodb_with(Faults::new(|_| Fault::TransactionConflict));
    let put = client.put_item().table_name(TABLE).set_item(Some(item("task-1", "0001")));
    assert_eq!(put.send().await.unwrap_err().code(), Some("TransactionConflictException"));

    let put = |pk: &str| {
        let put =
            Put::builder().table_name(TABLE).set_item(Some(item(pk, "0001"))).build().unwrap();
        TransactWriteItem::builder().put(put).build()
    };
    let both = client.transact_write_items().transact_items(put("a")).transact_items(put("b"));
    let error = both.send().await.unwrap_err().into_service_error();
    assert!(error.is_transaction_canceled_exception());
    let aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError::TransactionCanceledException(
        cancelled,
    ) = error
    else {
        panic!("{error:?}");
    };
    let codes: Vec<_> =
        cancelled.cancellation_reasons().iter().map(|r| r.code().unwrap()).collect();
    assert_eq!(codes, ["TransactionConflict", "None"]);
    assert_eq!(count(&client).await, 0);
}

fn writes(count: u32) -> Vec<WriteRequest> {
    let put = |number| {
        let item = item(&format!("task-{number}"), "0001");
        PutRequest::builder().set_item(Some(item)).build().unwrap()
    };
    (0..count).map(|number| WriteRequest::builder().put_request(put(number)).build()).collect()
}

#[tokio::test]
async fn a_batch_write_comes_back_in_part_and_the_rest_can_be_sent_again() {
    let engine = engine_with_table().await;
    let client = engine.dynamodb_with(Faults::new(|_| Fault::Unprocessed));
    let written = client.batch_write_item().request_items(TABLE, writes(5)).send().await.unwrap();
    let rest = written.unprocessed_items().unwrap();
    assert_eq!(rest[TABLE].len(), 3);
    assert_eq!(count(&client).await, 2);

    let rest = Some(rest.clone());
    engine.dynamodb().batch_write_item().set_request_items(rest).send().await.unwrap();
    assert_eq!(count(&client).await, 5);
}

#[tokio::test]
async fn of_a_batch_of_one_nothing_is_processed() {
    let engine = engine_with_table().await;
    let client = engine.dynamodb_with(Faults::new(|_| Fault::Unprocessed));
    let written = client.batch_write_item().request_items(TABLE, writes(1)).send().await.unwrap();
    assert_eq!(written.unprocessed_items().unwrap()[TABLE].len(), 1);
    assert_eq!(count(&client).await, 0);
}

#[tokio::test]
async fn a_batch_read_comes_back_in_part() {
    let engine = engine_with_table().await;
    engine.dynamodb().batch_write_item().request_items(TABLE, writes(4)).send().await.unwrap();
    let client = engine.dynamodb_with(Faults::new(|_| Fault::Unprocessed));
    let keys = (0..4).map(|number| {
        Item::from([("pk".into(), s(&format!("task-{number}"))), ("sk".into(), s("0001"))])
    });
    let keys = KeysAndAttributes::builder().set_keys(Some(keys.collect()));
    let keys = keys.consistent_read(true).build().unwrap();
    let read = client.batch_get_item().request_items(TABLE, keys).send().await.unwrap();
    assert_eq!(read.responses().unwrap()[TABLE].len(), 2);
    let rest = &read.unprocessed_keys().unwrap()[TABLE];
    assert_eq!((rest.keys().len(), rest.consistent_read()), (2, Some(true)));
}

#[tokio::test(start_paused = true)]
async fn a_slow_call_takes_its_time_and_succeeds() {
    let engine = engine_with_table().await;
    let client = engine.inline_dynamodb_with(Faults::new(|_| Fault::Slow(Duration::from_secs(7))));
    let start = tokio::time::Instant::now();
    put(&client, "task-1", "0001").await;
    assert!(start.elapsed() >= Duration::from_secs(7));
    assert_eq!(count(&engine.dynamodb()).await, 1);
}

#[tokio::test]
async fn an_inline_call_gives_way_as_often_as_decided_and_once_after() {
    let engine = engine_with_table().await;
    let reader = engine.inline_dynamodb_with(Faults::none());
    let client = engine.inline_dynamodb_with(Faults::new(|_| Decision::yields(3)));
    let put = client.put_item().table_name(TABLE).set_item(Some(item("task-1", "0001"))).send();
    let mut put = Box::pin(put);
    for _ in 0..3 {
        assert!((&mut put).now_or_never().is_none());
        assert_eq!(count(&reader).await, 0);
    }
    assert!((&mut put).now_or_never().is_none(), "executed, and gives way once more");
    assert_eq!(count(&reader).await, 1);
    assert!((&mut put).now_or_never().unwrap().is_ok());
}

#[tokio::test]
async fn a_call_can_give_way_and_lose_its_reply() {
    let engine = engine_with_table().await;
    let decide = |call: &Call<'_>| {
        let lost = if call.number == 0 { Fault::ReplyLost } else { Fault::None };
        Decision::yields(2).with(lost)
    };
    let client = engine.inline_dynamodb_with(Faults::new(decide));
    let put = client.put_item().table_name(TABLE).set_item(Some(item("task-1", "0001")));
    let error = put.condition_expression("attribute_not_exists(pk)").send().await.unwrap_err();
    assert_eq!(error.code(), Some("ConditionalCheckFailedException"));
}

#[tokio::test]
async fn a_decision_sees_the_operation_the_table_and_the_request() {
    let engine = engine_with_table().await;
    let (seen, told) = std::sync::mpsc::channel();
    let client = engine.dynamodb_with(Faults::new(move |call: &Call<'_>| {
        let pk = call.request["Item"]["pk"]["S"].as_str().map(str::to_owned);
        seen.send((call.number, call.operation.to_owned(), call.table.map(str::to_owned), pk))
            .unwrap();
        Fault::None
    }));
    put(&client, "task-1", "0001").await;
    count(&client).await;
    let table = Some(TABLE.to_owned());
    assert_eq!(told.recv().unwrap(), (0, "PutItem".into(), table.clone(), Some("task-1".into())));
    assert_eq!(told.recv().unwrap(), (1, "Scan".into(), table, None));
}
