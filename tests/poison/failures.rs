//! Batches that the stream's mappings gave up: listed, and driven again.

use super::{change, ordered};
use crate::support::{HandClock, World, demo_key, until};
use crate::views::views_agree_with_the_log;
use engine::mapping::Chaos;
use engine::{Fault, Faults};
use local::Settings;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const BUCKET: &str = "annals-failed-batches";

async fn put(world: &World, key: &str, body: Vec<u8>) {
    let put = world.stack.exporting.objects.client().put_object().bucket(BUCKET).key(key);
    put.body(body.into()).send().await.unwrap();
}

async fn got(world: &World, key: &str) -> Value {
    let get = world.stack.exporting.objects.client().get_object().bucket(BUCKET).key(key);
    let body = get.send().await.unwrap().body.collect().await.unwrap().into_bytes();
    serde_json::from_slice(&body).unwrap()
}

async fn failures(world: &World) -> Vec<Value> {
    world.caller("operator").all("/operations/failures").await
}

#[tokio::test]
async fn what_the_projector_gave_up_is_listed_and_driven_again_as_often_as_one_likes() {
    let broken = Arc::new(AtomicBool::new(true));
    let switch = broken.clone();
    let faults = Faults::new(move |call| {
        let row = call.operation == "PutItem" && call.table == Some("annals-records");
        if row && switch.load(Ordering::SeqCst) { Fault::Throttle } else { Fault::None }
    });
    let world = World::start_with(|settings| Settings { faults, ..settings }).await;
    world.first_run_over().await;
    world.append(&demo_key("customer", "c"), change(1)).await;
    until(async || !failures(&world).await.is_empty()).await;
    world.stack.settled().await;
    let listed = failures(&world).await;
    let [failed] = listed.as_slice() else { panic!("one batch: {listed:?}") };
    assert_eq!((&failed["mapping"], &failed["records"]), (&json!("projector"), &json!(1)));
    assert_eq!(failed["reason"], "RetryAttemptsExhausted");
    assert_eq!(failed.get("driven_at"), None);
    let keys = world.stack.exporting.objects.keys(BUCKET);
    let parts: Vec<&str> = keys[0].split('/').collect();
    assert_eq!((parts[0], parts[1], parts.len()), ("aws", "lambda", 8), "{keys:?}");
    let kept = got(&world, &keys[0]).await;
    assert!(kept["payload"].as_str().unwrap().contains("\"INSERT\""), "the whole event: {kept}");

    broken.store(false, Ordering::SeqCst);
    let path = format!("/operations/failures/{}/drive", failed["key"].as_str().unwrap());
    for key in ["d-1", "d-2"] {
        ordered(&world, key, &path, json!({})).await.expect(202);
        world.stack.settled().await;
        views_agree_with_the_log(&world, &world.stack.projector.registry).await;
        let driven = failures(&world).await;
        assert!(driven[0]["driven_at"].is_string(), "it stays, as driven: {driven:?}");
    }
    assert_eq!(world.stack.rebuilding.dead_letters().await, []);
    let nothing = "/operations/failures/bm90aGluZw/drive";
    assert_eq!(ordered(&world, "d-3", nothing, json!({})).await.expect(404).problem(), "not-found");
}

#[tokio::test]
async fn what_the_publisher_gave_up_is_published_once_however_often_it_is_driven() {
    let clock = HandClock::at_noon();
    let chaos = Chaos { drop_per_mille: 1_000, ..Chaos::default() };
    let set = clock.clock();
    let world = World::start_with(|settings| Settings { clock: set, chaos, ..settings }).await;
    world.first_run_over().await;
    world.append_up_to(&demo_key("customer", "c"), 3, change).await;
    let records = world.stack.engine.stream_batch("annals-events", None, 10).await.unwrap();
    assert_eq!(records.len(), 3);
    // As Lambda writes it, one of them with the event as an object.
    let object = |payload: Value, second: u32| {
        let object = json!({
            "requestContext": {
                "requestId": "r", "condition": "RetryAttemptsExhausted", "approximateInvokeCount": 10,
                "functionArn": "arn:aws:lambda:eu-central-1:123456789012:function:annals-publisher:live",
            },
            "version": "1.0", "timestamp": format!("2026-11-22T12:00:{second:02}.000Z"),
            "DDBStreamBatchInfo": {"shardId": "s", "batchSize": 2},
            "payload": payload,
        });
        object.to_string().into_bytes()
    };
    let first = json!({ "Records": records[..2] }).to_string();
    let key = |second: u32| format!("aws/lambda/m/s/2026/11/22/2026-11-22T12.00.{second:02}-r");
    put(&world, &key(1), object(first.into(), 1)).await;
    put(&world, &key(2), object(json!({ "Records": records[1..] }), 2)).await;
    let listed = failures(&world).await;
    assert_eq!(listed[0]["at"], "2026-11-22T12:00:02.000Z", "newest first: {listed:?}");
    for (round, failed) in listed.iter().chain(&listed).enumerate() {
        assert_eq!(failed["mapping"], "publisher");
        let path = format!("/operations/failures/{}/drive", failed["key"].as_str().unwrap());
        ordered(&world, &format!("d-{round}"), &path, json!({})).await.expect(202);
        world.stack.settled().await;
    }
    let told: Vec<Value> =
        world.stack.bus.entries().iter().map(|entry| entry.detail["sequence"].clone()).collect();
    let of = |version: u64| json!(format!("{version:016}.0000"));
    assert_eq!(told, [of(2), of(3), of(1)], "each once");
    assert_eq!(world.stack.republishing.dead_letters().await, []);
}
