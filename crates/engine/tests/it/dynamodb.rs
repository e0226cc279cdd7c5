//! Every operation that Annals uses, through the SDK.

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, KeysAndAttributes, Put, ReturnConsumedCapacity,
    ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update, WriteRequest,
};
use engine::{Durability, Engine, Faults, ManualClock};
use futures::FutureExt;

use crate::support::{Item, TABLE, count, create_table, engine_with_table, item, n, put, s};

#[tokio::test]
async fn a_second_put_of_an_event_fails_with_the_first_ones_content() {
    let client = engine_with_table().await.dynamodb();
    let put = |note: &str| {
        let mut item = item("task-1", "0001");
        item.insert("note".into(), s(note));
        client
            .put_item()
            .table_name(TABLE)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
    };
    put("first").await.unwrap();
    let error = put("second").await.unwrap_err().into_service_error();
    let PutItemError::ConditionalCheckFailedException(failed) = error else {
        panic!("{error:?}");
    };
    assert_eq!(failed.item().unwrap()["note"], s("first"));
}

#[tokio::test]
async fn a_put_item_can_be_got_and_deleted() {
    let client = engine_with_table().await.dynamodb();
    put(&client, "task-1", "0001").await;
    let get = || {
        let get = client.get_item().table_name(TABLE).consistent_read(true);
        get.key("pk", s("task-1")).key("sk", s("0001")).send()
    };
    assert_eq!(get().await.unwrap().item(), Some(&item("task-1", "0001")));

    let delete = client.delete_item().table_name(TABLE);
    delete.key("pk", s("task-1")).key("sk", s("0001")).send().await.unwrap();
    assert_eq!(get().await.unwrap().item(), None);
}

#[tokio::test]
async fn a_query_goes_on_from_its_last_key_in_both_directions() {
    let client = engine_with_table().await.dynamodb();
    for version in 0..5 {
        put(&client, "task-1", &format!("000{version}")).await;
    }
    for (forward, expected) in [
        (true, ["0000", "0001", "0002", "0003", "0004"]),
        (false, ["0004", "0003", "0002", "0001", "0000"]),
    ] {
        let (mut found, mut start, mut pages) = (Vec::new(), None, 0);
        loop {
            let query = client.query().table_name(TABLE).key_condition_expression("pk = :pk");
            let page = query
                .expression_attribute_values(":pk", s("task-1"))
                .scan_index_forward(forward)
                .limit(2)
                .set_exclusive_start_key(start)
                .send()
                .await
                .unwrap();
            pages += 1;
            found.extend(page.items().iter().map(|item| item["sk"].as_s().unwrap().clone()));
            start = page.last_evaluated_key;
            if start.is_none() {
                break;
            }
        }
        assert_eq!(found, expected);
        assert_eq!(pages, 3);
    }
}

#[tokio::test]
async fn an_index_holds_its_keys_and_the_included_attributes_only() {
    let client = engine_with_table().await.dynamodb();
    put(&client, "task-1", "0001").await;
    let query = client.query().table_name(TABLE).index_name("by-owner");
    let found = query
        .key_condition_expression("#owner = :owner")
        .expression_attribute_names("#owner", "owner")
        .expression_attribute_values(":owner", s("ann"))
        .limit(10)
        .send()
        .await
        .unwrap();
    let mut names: Vec<&str> = found.items()[0].keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["note", "owner", "pk", "sk"]);
}

#[tokio::test]
async fn batches_write_and_read_several_items() {
    let client = engine_with_table().await.dynamodb();
    let writes = (0..3).map(|number| {
        let put = aws_sdk_dynamodb::types::PutRequest::builder();
        let put = put.set_item(Some(item(&format!("task-{number}"), "0001"))).build().unwrap();
        WriteRequest::builder().put_request(put).build()
    });
    let written = client.batch_write_item().request_items(TABLE, writes.collect()).send().await;
    assert!(written.unwrap().unprocessed_items().unwrap().is_empty());

    let keys = (0..4).map(|number| {
        Item::from([("pk".into(), s(&format!("task-{number}"))), ("sk".into(), s("0001"))])
    });
    let keys = KeysAndAttributes::builder().set_keys(Some(keys.collect())).build().unwrap();
    let read = client.batch_get_item().request_items(TABLE, keys).send().await.unwrap();
    assert_eq!(read.responses().unwrap()[TABLE].len(), 3);
    assert!(read.unprocessed_keys().unwrap().is_empty());
}

#[tokio::test]
async fn a_transaction_writes_all_or_nothing() {
    let client = engine_with_table().await.dynamodb();
    let transaction = || {
        let put = Put::builder()
            .table_name(TABLE)
            .set_item(Some(item("task-1", "0001")))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .unwrap();
        let add = Update::builder()
            .table_name(TABLE)
            .key("pk", s("counter"))
            .key("sk", s("0"))
            .update_expression("ADD #count :one")
            .expression_attribute_names("#count", "count")
            .expression_attribute_values(":one", n(1))
            .build()
            .unwrap();
        client
            .transact_write_items()
            .transact_items(TransactWriteItem::builder().put(put).build())
            .transact_items(TransactWriteItem::builder().update(add).build())
            .send()
    };
    transaction().await.unwrap();
    let error = transaction().await.unwrap_err().into_service_error();
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error else {
        panic!("{error:?}");
    };
    let reasons = cancelled.cancellation_reasons();
    assert_eq!(reasons[0].code(), Some("ConditionalCheckFailed"));
    assert_eq!(reasons[0].item(), Some(&item("task-1", "0001")));
    assert_eq!(reasons[1].code(), Some("None"));

    let get = client.get_item().table_name(TABLE).key("pk", s("counter")).key("sk", s("0"));
    assert_eq!(get.send().await.unwrap().item().unwrap()["count"], n(1));
}

#[tokio::test]
async fn an_update_applies_only_if_its_condition_holds() {
    let client = engine_with_table().await.dynamodb();
    let advance = |from: u64, to: u64| {
        client
            .update_item()
            .table_name(TABLE)
            .key("pk", s("view"))
            .key("sk", s("0"))
            .update_expression("SET version = :to")
            .condition_expression("attribute_not_exists(version) OR version = :from")
            .expression_attribute_values(":from", n(from))
            .expression_attribute_values(":to", n(to))
            .send()
    };
    advance(0, 1).await.unwrap();
    advance(1, 2).await.unwrap();
    let error = advance(1, 2).await.unwrap_err();
    assert_eq!(error.code(), Some("ConditionalCheckFailedException"));
}

#[tokio::test]
async fn a_scan_by_segments_meets_every_item_once_with_and_without_the_index() {
    let engine = engine_with_table().await;
    let client = engine.dynamodb();
    for number in 0..40 {
        put(&client, &format!("task-{number:02}"), "0001").await;
    }
    for round in 0..2 {
        let mut found = Vec::new();
        for segment in 0..4 {
            let mut start = None;
            loop {
                let scan = client.scan().table_name(TABLE).segment(segment).total_segments(4);
                let page = scan.limit(3).set_exclusive_start_key(start).send().await.unwrap();
                found.extend(page.items().iter().map(|item| item["pk"].as_s().unwrap().clone()));
                start = page.last_evaluated_key;
                if start.is_none() {
                    break;
                }
            }
        }
        found.sort_unstable();
        let expected: Vec<String> = (0..40).map(|number| format!("task-{number:02}")).collect();
        assert_eq!(found, expected, "round {round}");
        engine.index_segments(TABLE).await.unwrap();
    }
}

#[tokio::test]
async fn consumed_capacity_is_told_per_index() {
    let client = engine_with_table().await.dynamodb();
    let put = client.put_item().table_name(TABLE).set_item(Some(item("task-1", "0001")));
    let put = put.return_consumed_capacity(ReturnConsumedCapacity::Indexes).send().await.unwrap();
    let capacity = put.consumed_capacity().unwrap();
    assert_eq!(capacity.capacity_units(), Some(2.0));
    assert_eq!(capacity.table().unwrap().capacity_units(), Some(1.0));
    let indexes = capacity.global_secondary_indexes().unwrap();
    assert_eq!(indexes["by-owner"].capacity_units(), Some(1.0));
}

#[tokio::test]
async fn an_unknown_table_and_an_unknown_operation_are_refused_by_name() {
    let client = Engine::memory().unwrap().dynamodb();
    let error = client.get_item().table_name("absent").key("pk", s("a")).send().await.unwrap_err();
    assert_eq!(error.code(), Some("ResourceNotFoundException"));
    let error = client.describe_endpoints().send().await.unwrap_err();
    assert_eq!(error.code(), Some("UnknownOperationException"));
}

#[tokio::test]
async fn invalid_values_are_refused_as_on_the_wire() {
    let client = engine_with_table().await.dynamodb();
    let put = |value: AttributeValue| {
        let mut item = item("task-1", "0001");
        item.insert("value".into(), value);
        client.put_item().table_name(TABLE).set_item(Some(item)).send()
    };
    let mut deep = s("leaf");
    for _ in 0..80 {
        deep = AttributeValue::L(vec![deep]);
    }
    let (number, empty) = (AttributeValue::N("12x".into()), AttributeValue::Ss(vec![]));
    for (value, message) in [
        (number, "The parameter cannot be converted to a numeric value: 12x"),
        (empty, "One or more parameter values were invalid: An string set  may not be empty"),
        (deep, "Nesting Levels have exceeded supported limits"),
        (AttributeValue::Null(false), "Null attribute value types must have the value of true"),
    ] {
        let error = put(value).await.unwrap_err();
        assert_eq!(error.code(), Some("ValidationException"), "{error:?}");
        let said = error.message().unwrap();
        assert!(said.contains(message) && !said.contains("VALIDATION"), "{said}");
    }
}

#[tokio::test]
async fn an_inline_client_needs_no_second_thread() {
    let engine = engine_with_table().await;
    let client = engine.inline_dynamodb_with(Faults::none());
    put(&client, "task-1", "0001").await;
    assert_eq!(count(&client).await, 1);
    assert_eq!(count(&engine.dynamodb()).await, 1);
}

/// So a test can poll it by hand, in an order of its own.
#[test]
fn an_inline_client_needs_no_tokio_while_nothing_is_retried() {
    let engine = Engine::memory().unwrap();
    let listing = engine.inline_dynamodb_with(Faults::none()).list_tables().send();
    assert!(listing.now_or_never().unwrap().unwrap().table_names().is_empty());
}

#[tokio::test]
async fn a_file_survives_being_closed_and_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("annals.db");
    let sequence_number;
    {
        let engine = Engine::open(&path, Durability::Full).unwrap();
        create_table(&engine.dynamodb(), TABLE).await;
        put(&engine.dynamodb(), "task-1", "0001").await;
        let records = engine.stream_batch(TABLE, None, 10).await.unwrap();
        sequence_number = records[0].change.sequence_number.clone().unwrap();
    }
    let engine = Engine::open(&path, Durability::Normal).unwrap();
    assert_eq!(count(&engine.dynamodb()).await, 1);
    put(&engine.dynamodb(), "task-1", "0002").await;
    let records = engine.stream_batch(TABLE, Some(&sequence_number), 10).await.unwrap();
    assert_eq!(records.len(), 1);
}

#[tokio::test]
async fn opening_what_cannot_be_opened_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let error =
        Engine::open(&folder.path().join("absent/annals.db"), Durability::Full).unwrap_err();
    assert!(error.to_string().contains("absent/annals.db"), "{error}");
}

#[tokio::test]
async fn expired_items_and_old_stream_records_are_swept() {
    let clock = ManualClock::new(1_800_000_000);
    let engine = Engine::memory_at(clock.clone()).unwrap();
    let client = engine.dynamodb();
    create_table(&client, TABLE).await;
    let ttl = aws_sdk_dynamodb::types::TimeToLiveSpecification::builder()
        .enabled(true)
        .attribute_name("expires")
        .build()
        .unwrap();
    client
        .update_time_to_live()
        .table_name(TABLE)
        .time_to_live_specification(ttl)
        .send()
        .await
        .unwrap();
    let mut short_lived = item("task-1", "0001");
    short_lived.insert("expires".into(), n(1_800_000_060));
    client.put_item().table_name(TABLE).set_item(Some(short_lived)).send().await.unwrap();
    put(&client, "task-2", "0001").await;

    clock.set(1_800_000_061);
    let swept = engine.sweep(1_800_000_061_000).await.unwrap();
    assert_eq!((swept.expired, swept.trimmed), (1, 0));
    let records = engine.stream_batch(TABLE, None, 10).await.unwrap();
    assert_eq!(records[2].event_name, "REMOVE");
    assert_eq!(records[2].user_identity.as_ref().unwrap().principal_id, "dynamodb.amazonaws.com");

    let a_day_later = 1_800_000_000 + 24 * 60 * 60 + 1;
    clock.set(a_day_later);
    put(&client, "task-3", "0001").await;
    let swept = engine.sweep(i64::try_from(a_day_later).unwrap() * 1000).await.unwrap();
    assert_eq!((swept.expired, swept.trimmed), (0, 2));
    let records = engine.stream_batch(TABLE, None, 10).await.unwrap();
    assert_eq!(records.len(), 2);
    assert_eq!(count(&client).await, 2);
}

#[tokio::test]
async fn a_recreated_table_does_not_replay_the_old_ones_stream() {
    let engine = engine_with_table().await;
    let client = engine.dynamodb();
    put(&client, "task-1", "0001").await;
    let before = engine.stream_batch(TABLE, None, 10).await.unwrap();
    client.delete_table().table_name(TABLE).send().await.unwrap();
    create_table(&client, TABLE).await;
    put(&client, "task-2", "0001").await;
    let after = engine.stream_batch(TABLE, None, 10).await.unwrap();
    assert_eq!(after.len(), 1);
    assert!(after[0].change.sequence_number > before[0].change.sequence_number);
}

#[tokio::test]
async fn an_open_file_is_trimmed_and_forgets_a_deleted_tables_stream() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::open(&folder.path().join("annals.db"), Durability::Normal).unwrap();
    let client = engine.dynamodb();
    create_table(&client, TABLE).await;
    put(&client, "task-1", "0001").await;
    let far_future_ms = 4_000_000_000_000;
    assert_eq!(engine.sweep(far_future_ms).await.unwrap().trimmed, 1);
    put(&client, "task-1", "0002").await;
    assert_eq!(engine.stream_batch(TABLE, None, 10).await.unwrap().len(), 1);

    client.delete_table().table_name(TABLE).send().await.unwrap();
    create_table(&client, TABLE).await;
    assert!(engine.inline_stream_batch(TABLE, None, 10).unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_racing_writers_of_one_version_one_wins() {
    let engine = engine_with_table().await;
    let racers = (0..32).map(|racer| {
        let client = if racer % 2 == 0 {
            engine.dynamodb()
        } else {
            engine.inline_dynamodb_with(Faults::none())
        };
        tokio::spawn(async move {
            let put = client.put_item().table_name(TABLE).set_item(Some(item("task-1", "0001")));
            put.condition_expression("attribute_not_exists(pk)").send().await.is_ok()
        })
    });
    let won = futures::future::join_all(racers).await;
    assert_eq!(won.into_iter().filter(|won| *won.as_ref().unwrap()).count(), 1);
    assert_eq!(engine.stream_batch(TABLE, None, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_table_without_a_stream_has_no_batches() {
    let engine = Engine::memory().unwrap();
    let error = engine.stream_batch("absent", None, 10).await.unwrap_err();
    assert_eq!(error.to_string(), "the table absent has no stream");
}
