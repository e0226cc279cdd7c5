//! The bus through the SDK.

use aws_sdk_eventbridge::error::ProvideErrorMetadata;
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use engine::{Bus, Call, Fault, Faults};
use serde_json::json;

fn entry(number: u32) -> PutEventsRequestEntry {
    PutEventsRequestEntry::builder()
        .source("annals")
        .detail_type("TaskCompleted")
        .detail(json!({ "number": number }).to_string())
        .event_bus_name("records")
        .time(DateTime::from_millis(1_800_000_000_250))
        .resources("arn:aws:annals:::task-1")
        .build()
}

fn entries(count: u32) -> Vec<PutEventsRequestEntry> {
    (0..count).map(entry).collect()
}

fn numbers(bus: &Bus) -> Vec<u64> {
    bus.entries().iter().map(|entry| entry.detail["number"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn an_event_arrives_as_it_was_sent() {
    let bus = Bus::new(1000);
    let sent = bus.client().put_events().entries(entry(7)).send().await.unwrap();
    assert_eq!(sent.failed_entry_count(), 0);
    let kept = &bus.entries()[0];
    assert_eq!(sent.entries()[0].event_id(), Some(kept.id.as_str()));
    assert_eq!((kept.source.as_str(), kept.detail_type.as_str()), ("annals", "TaskCompleted"));
    assert_eq!((kept.bus_name.as_str(), kept.time_ms), ("records", 1_800_000_000_250));
    assert_eq!(kept.detail, json!({ "number": 7 }));
    assert_eq!(kept.resources, ["arn:aws:annals:::task-1"]);
}

#[tokio::test]
async fn a_full_bus_forgets_the_oldest() {
    let bus = Bus::new(3);
    bus.client().put_events().set_entries(Some(entries(5))).send().await.unwrap();
    assert_eq!(numbers(&bus), [2, 3, 4]);
}

#[tokio::test]
async fn a_call_with_too_many_or_too_large_entries_is_refused() {
    let bus = Bus::new(1000);
    let client = bus.client();
    let large = PutEventsRequestEntry::builder()
        .source("annals")
        .detail_type("TaskCompleted")
        .detail(json!({ "text": "x".repeat(256 * 1024) }).to_string())
        .build();
    for call in [
        client.put_events().set_entries(Some(entries(11))),
        client.put_events().set_entries(Some(entries(0))),
        client.put_events().entries(large),
    ] {
        let error = call.send().await.unwrap_err();
        assert_eq!(error.code(), Some("ValidationException"));
    }
    assert!(bus.entries().is_empty());
}

#[tokio::test]
async fn a_bad_entry_fails_alone() {
    let bus = Bus::new(1000);
    let base = || PutEventsRequestEntry::builder().source("annals").detail_type("TaskCompleted");
    let bad = base().detail("[]").build();
    let empty = base().build();
    let sent = bus.client().put_events().entries(bad).entries(entry(1)).entries(empty);
    let sent = sent.send().await.unwrap();
    assert_eq!(sent.failed_entry_count(), 2);
    assert_eq!(sent.entries()[0].error_code(), Some("MalformedDetail"));
    assert_eq!(sent.entries()[2].error_code(), Some("InvalidArgument"));
    assert_eq!(numbers(&bus), [1]);
}

#[tokio::test]
async fn entries_can_fail_in_an_answer_that_says_200() {
    let bus = Bus::new(1000);
    let client = bus.client_with(Faults::new(|_| Fault::Unprocessed));
    let sent = client.put_events().set_entries(Some(entries(4))).send().await.unwrap();
    assert_eq!(sent.failed_entry_count(), 2);
    let codes: Vec<_> = sent.entries().iter().map(|entry| entry.error_code()).collect();
    assert_eq!(codes, [Some("ThrottlingException"), None, Some("InternalFailure"), None]);
    assert_eq!(numbers(&bus), [1, 3]);
}

#[tokio::test]
async fn a_throttled_call_and_a_lost_reply_are_retried_by_the_sdk() {
    let bus = Bus::new(1000);
    let client = bus.client_with(Faults::new(|call: &Call<'_>| match call.number {
        0 => Fault::Throttle,
        1 => Fault::ReplyLost,
        _ => Fault::None,
    }));
    client.put_events().entries(entry(1)).send().await.unwrap();
    assert_eq!(numbers(&bus), [1, 1], "the entry whose reply was lost is there twice");
}

#[tokio::test]
async fn other_operations_are_refused() {
    let error = Bus::new(1).client().list_event_buses().send().await.unwrap_err();
    assert_eq!(error.code(), Some("UnknownOperationException"));
}
