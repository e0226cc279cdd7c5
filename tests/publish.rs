//! What the world is told: every event, in CloudEvents' shape, once or more.

use crate::support::probe::{self, Build, Fold};
use crate::support::{HandClock, Wire, World, demo_key, draft, event, until};
use aws_lambda_events::dynamodb::{Event, EventRecord};
use engine::bus::BusEntry;
use engine::mapping::Chaos;
use engine::{Call, Decision, Fault, Faults};
use expect_test::expect;
use local::Settings;
use projections::{PublishError, Publisher};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use store::{Draft, Recorded};
use vocabulary::{
    Actor, ActorId, ActorKind, ActorName, CommitId, Instant, Personal, RecordKey, StoredEvent,
};

fn registered() -> Vec<StoredEvent> {
    let data = json!({"personal": {"name": "Lily"}, "tags": [], "owner": "first"});
    vec![event("registered", data)]
}

fn handed_over(to: &str) -> StoredEvent {
    event("handed_over", json!({ "to": to }))
}

/// What the bus was told, as `{commit}.{index}`.
fn ids(entries: &[BusEntry]) -> Vec<String> {
    entries.iter().map(|entry| entry.detail["id"].as_str().unwrap().to_owned()).collect()
}

/// Every event of a record, as `{commit}.{index}`, in order.
fn ids_of(commits: &[Recorded]) -> Vec<String> {
    let of = |commit: &Recorded| {
        let id = commit.commit().commit;
        (0..commit.commit().events.len()).map(move |index| format!("{id}.{index}"))
    };
    commits.iter().flat_map(of).collect()
}

/// A record's commits, one event each, and their stream records.
async fn commits(
    world: &World,
    key: &RecordKey,
    count: usize,
) -> (Vec<Recorded>, Vec<EventRecord>) {
    let mut commits = vec![world.append(key, registered()).await];
    for number in 1..count {
        commits.push(world.append(key, vec![handed_over(&format!("person-{number}"))]).await);
    }
    let records = world.stack.engine.stream_batch("annals-events", None, 1_000).await.unwrap();
    (commits, records)
}

fn batch(records: &[EventRecord]) -> Event {
    let mut event = Event::default();
    event.records = records.to_vec();
    event
}

/// The calls that a publisher made, each as its entries.
#[derive(Clone, Default)]
struct Calls(Arc<Mutex<Vec<Vec<Value>>>>);

impl Calls {
    /// The number of entries of each call; none is left.
    fn take_sizes(&self) -> Vec<usize> {
        self.take().iter().map(Vec::len).collect()
    }

    fn take(&self) -> Vec<Vec<Value>> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }

    fn note(&self, call: &Call<'_>) {
        let entries = call.request["Entries"].as_array().unwrap().clone();
        self.0.lock().unwrap().push(entries);
    }
}

/// The stack's publisher on another way to the same bus, its calls noted.
fn publisher_with<D: Into<Decision>>(
    world: &World,
    decide: impl Fn(&Call<'_>) -> D + Send + Sync + 'static,
) -> (Publisher, Calls) {
    let calls = Calls::default();
    let noted = calls.clone();
    let faults = Faults::new(move |call| {
        noted.note(call);
        decide(call)
    });
    let client = world.stack.bus.client_with(faults);
    (Publisher { client, ..(*world.stack.publisher).clone() }, calls)
}

/// A stack whose own stream delivers nothing, so that only the test publishes.
async fn deaf(clock: &HandClock) -> World {
    let chaos = Chaos { drop_per_mille: 1_000, ..Chaos::default() };
    let clock = clock.clock();
    let world = World::start_with(|settings| Settings { chaos, clock, ..settings }).await;
    world.first_run_over().await;
    world
}

/// A commit of two events in which nothing is absent.
fn full_commit() -> Recorded {
    let now = Instant::parse("2026-11-22T12:00:00.123Z").unwrap();
    let key = RecordKey::from_pk("t.demo#customer#01JQ0000000000000000000000").unwrap();
    let actor = Actor {
        kind: ActorKind::AppUser,
        id: ActorId::parse("5ab1e000-0000-4000-8000-000000000002").unwrap(),
        name: Some(Personal::Known(ActorName("editor".to_owned()))),
        on_behalf_of: None,
    };
    let draft = Draft {
        commit: CommitId::parse("01M822Z000000000000000000A").unwrap(),
        effective_at: Instant::parse("2026-11-01T00:00:00Z").ok(),
        actor,
        reason: Some("not for strangers".to_owned()),
        correlation: Some("b7e7f2f0".to_owned()),
        causation: Some("an-order".to_owned()),
        trace: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned()),
        key: Some("not for strangers either".to_owned()),
        ..draft(now, [registered(), vec![handed_over("second")]].concat())
    };
    Recorded::after(None, &key, draft).unwrap()
}

#[tokio::test]
async fn an_event_is_told_in_the_shape_of_a_cloud_event() {
    let world = World::start().await;
    world.stack.store.append(&full_commit()).await.unwrap();
    world.stack.settled().await;
    let told = world.stack.bus.entries();
    let [first, second] = told.as_slice() else { panic!("two events, two entries") };
    assert_ne!(first.id, second.id, "the bus gives each its own");
    assert_eq!(second.detail["id"], "01M822Z000000000000000000A.1");
    assert_eq!(second.detail["sequence"], "0000000000000001.0001");
    assert_eq!(second.detail["data"], json!({"to": "second"}));
    let mut first = json!(first);
    first.as_object_mut().unwrap().remove("id");
    expect![[r#"
        {
          "bus_name": "annals",
          "detail": {
            "authid": "5ab1e000-0000-4000-8000-000000000002",
            "authtype": "app_user",
            "causationid": "an-order",
            "correlationid": "b7e7f2f0",
            "data": {
              "owner": "first",
              "personal": {
                "name": "Lily"
              },
              "tags": []
            },
            "datacontenttype": "application/json",
            "dataschema": "urn:annals:customer.registered:1",
            "id": "01M822Z000000000000000000A.0",
            "recordedtime": "2026-11-22T12:00:00.123Z",
            "sequence": "0000000000000001.0000",
            "source": "urn:annals:t.demo",
            "specversion": "1.0",
            "subject": "01JQ0000000000000000000000",
            "time": "2026-11-01T00:00:00.000Z",
            "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "type": "customer.registered"
          },
          "detail_type": "customer.registered",
          "resources": [],
          "source": "annals",
          "time_ms": 1795348800123
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&first).unwrap());
}

#[tokio::test]
async fn what_is_absent_in_a_commit_is_absent_in_what_is_told() {
    let world = World::start().await;
    let commit = world.append(&demo_key("customer", "c"), registered()).await;
    world.stack.settled().await;
    let [told] = &world.stack.bus.entries()[..] else { panic!("one event, one entry") };
    let detail = told.detail.as_object().unwrap();
    for absent in ["causationid", "traceparent", "dataref"] {
        assert!(!detail.contains_key(absent), "{absent}");
    }
    assert_eq!(detail["correlationid"], commit.commit().commit.to_string());
    assert_eq!(detail["time"], detail["recordedtime"]);
}

#[tokio::test]
async fn every_event_of_every_commit_is_told_in_the_order_of_its_record() {
    let chaos = Chaos { duplicate_per_mille: 300, ..Chaos::default() };
    let world = World::with_chaos(chaos).await;
    let mut expected = Vec::new();
    for record in 0..20 {
        let key = demo_key("customer", &format!("c{record}"));
        let mut commits = vec![world.append(&key, registered()).await];
        for number in 0..7 {
            let events =
                vec![handed_over(&format!("a{number}")), handed_over(&format!("b{number}"))];
            commits.push(world.append(&key, events).await);
        }
        expected.push((key.id.to_string(), ids_of(&commits)));
    }
    world.stack.settled().await;
    let told = world.stack.bus.entries();
    for (record, expected) in expected {
        let own: Vec<BusEntry> =
            told.iter().filter(|entry| entry.detail["subject"] == record).cloned().collect();
        let mut seen = BTreeSet::new();
        let first: Vec<String> =
            ids(&own).into_iter().filter(|id| seen.insert(id.clone())).collect();
        assert_eq!(first, expected, "once or more, and in order the first time");
    }
}

#[tokio::test]
async fn ten_entries_and_240_kb_are_told_in_one_call_at_most() {
    let world = deaf(&HandClock::at_noon()).await;
    let (commits, records) = commits(&world, &demo_key("customer", "c"), 25).await;
    let (publisher, calls) = publisher_with(&world, |_| Fault::None);
    let answer = publisher.handle(batch(&records)).await.unwrap();
    assert!(answer.batch_item_failures.is_empty());
    assert_eq!(calls.take_sizes(), [10, 10, 5]);
    assert_eq!(ids(&world.stack.bus.entries()), ids_of(&commits));

    // Large events: two of 100 KB fit into one call, a third does not.
    let large = demo_key("customer", "large");
    world.append(&large, registered()).await;
    for _ in 0..5 {
        let notes = json!({"personal": {"notes": "x".repeat(100_000)}});
        world.append(&large, vec![event("annotated", notes)]).await;
    }
    let after = records.last().unwrap().change.sequence_number.clone().unwrap();
    let more = world.stack.engine.stream_batch("annals-events", Some(&after), 100).await.unwrap();
    publisher.handle(batch(&more)).await.unwrap();
    assert_eq!(calls.take_sizes(), [3, 2, 1]);
}

#[tokio::test]
async fn only_the_entries_that_failed_are_sent_again() {
    let world = deaf(&HandClock::at_noon()).await;
    let (commits, records) = commits(&world, &demo_key("customer", "c"), 10).await;
    // The first call fails for every second entry, the next for every second of the rest.
    let ailing = |call: &Call<'_>| if call.number < 2 { Fault::Unprocessed } else { Fault::None };
    let (publisher, calls) = publisher_with(&world, ailing);
    let answer = publisher.handle(batch(&records)).await.unwrap();
    assert!(answer.batch_item_failures.is_empty());
    assert_eq!(calls.take_sizes(), [10, 5, 3]);
    let told = ids(&world.stack.bus.entries());
    assert_eq!(told.len(), 10, "none of them twice");
    let told: BTreeSet<String> = told.into_iter().collect();
    assert_eq!(told, ids_of(&commits).into_iter().collect());
}

#[tokio::test]
async fn a_batch_that_fails_is_reported_at_the_first_commit_that_is_not_out() {
    let world = deaf(&HandClock::at_noon()).await;
    let (commits, records) = commits(&world, &demo_key("customer", "c"), 25).await;
    // The first chunk goes out whole; of the second every second entry fails, again and again.
    let ailing = |call: &Call<'_>| if call.number == 0 { Fault::None } else { Fault::Unprocessed };
    let (publisher, calls) = publisher_with(&world, ailing);
    let answer = publisher.handle(batch(&records)).await.unwrap();
    let told = ids(&world.stack.bus.entries());
    let missing = ids_of(&commits).iter().position(|id| !told.contains(id)).unwrap();
    assert!((10..20).contains(&missing), "{missing}");
    let reported: Vec<Option<String>> =
        answer.batch_item_failures.iter().map(|item| item.item_identifier.clone()).collect();
    assert_eq!(reported, [records[missing].change.sequence_number.clone()]);
    assert_eq!(calls.take_sizes(), [10, 10, 5, 3, 2], "four tries, then no more");

    // Nothing gets through at all: the first commit is reported.
    let (publisher, _) = publisher_with(&world, |_| Fault::Cut);
    let answer = publisher.handle(batch(&records)).await.unwrap();
    let reported = answer.batch_item_failures[0].item_identifier.clone();
    assert_eq!(reported, records[0].change.sequence_number);

    // What the mapping sends again from there completes it.
    let (publisher, _) = publisher_with(&world, |_| Fault::None);
    publisher.handle(batch(&records[missing..])).await.unwrap();
    let told: BTreeSet<String> = ids(&world.stack.bus.entries()).into_iter().collect();
    assert_eq!(told, ids_of(&commits).into_iter().collect());
}

#[tokio::test]
async fn a_commit_counts_as_told_when_all_its_events_are() {
    let world = deaf(&HandClock::at_noon()).await;
    let key = demo_key("customer", "c");
    world.append(&key, registered()).await;
    let pair = vec![handed_over("a"), handed_over("b")];
    let pair = world.append(&key, pair).await;
    let records = world.stack.engine.stream_batch("annals-events", None, 10).await.unwrap();
    // Entries 0 and 2 of three fail for ever: the first commit, and half of the second.
    let (publisher, _) = publisher_with(&world, |call: &Call<'_>| {
        let first = call.request["Entries"].as_array().unwrap().len() == 3;
        if first { Fault::Unprocessed } else { Fault::Throttle }
    });
    let answer = publisher.handle(batch(&records)).await.unwrap();
    let reported = answer.batch_item_failures[0].item_identifier.clone();
    assert_eq!(reported, records[0].change.sequence_number);
    let id = pair.commit().commit;
    assert_eq!(ids(&world.stack.bus.entries()), [format!("{id}.0")]);
    let minute = id.minted_at().as_millis() / 60_000;
    assert_eq!(world.stack.store.published(minute).await.unwrap(), []);
}

#[tokio::test]
async fn an_event_over_200_kb_is_told_as_a_pointer_that_can_be_followed() {
    let world = World::with_registry(probe::registry(Fold::First, Build::Broken)).await;
    let editor = world.caller("editor");
    let made = editor.post("/probes", json!({"value": "x".repeat(199 * 1024)})).await.expect(201);
    let value = "y".repeat(204_800);
    let key = demo_key("probe", &made.id());
    let commit = world.append(&key, vec![event("noted", json!({ "value": value }))]).await;
    world.stack.settled().await;
    let told = world.stack.bus.entries();
    let [small, large] = told.as_slice() else { panic!("two events, two entries") };
    assert!(small.detail.get("dataref").is_none());
    assert_eq!(small.detail["data"]["value"].as_str().unwrap().len(), 199 * 1024);
    let detail = large.detail.as_object().unwrap();
    assert!(!detail.contains_key("data") && !detail.contains_key("datacontenttype"));
    assert_eq!(detail["id"], format!("{}.0", commit.commit().commit));
    assert_eq!(detail["dataschema"], "urn:annals:probe.noted:1");
    let path = detail["dataref"].as_str().unwrap().strip_prefix("/api/v1").unwrap();
    let item = editor.get(path).await.expect(200).json();
    assert_eq!(item["commit_id"], commit.commit().commit.to_string());
    assert_eq!(item["events"][0]["data"]["value"], value);
}

#[tokio::test]
async fn the_repair_tells_exactly_what_the_stream_lost() {
    let clock = HandClock::at_noon();
    let chaos = Chaos { drop_per_mille: 400, seed: 7, ..Chaos::default() };
    let hand = clock.clock();
    let world = World::start_with(|settings| Settings { chaos, clock: hand, ..settings }).await;
    world.first_run_over().await;
    let mut expected = BTreeSet::new();
    for record in 0..40 {
        let key = demo_key("customer", &format!("c{record}"));
        let first = world.append(&key, registered()).await;
        let second = world.append(&key, vec![handed_over("a"), handed_over("b")]).await;
        expected.extend(ids_of(&[first, second]));
        clock.advance_ms(20_000);
    }
    world.stack.settled().await;
    let told = ids(&world.stack.bus.entries());
    let before: BTreeSet<String> = told.iter().cloned().collect();
    assert_eq!(told.len(), before.len());
    assert!(before.len() < expected.len() && !before.is_empty(), "{} told", before.len());
    clock.advance_ms(300_001);
    let commits_missing: BTreeSet<&str> =
        expected.difference(&before).map(|id| id.split('.').next().unwrap()).collect();
    let repaired = world.stack.publisher.repair().await.unwrap();
    assert_eq!(repaired, u64::try_from(commits_missing.len()).unwrap());
    let told = ids(&world.stack.bus.entries());
    assert_eq!(told.len(), expected.len(), "nothing twice");
    assert_eq!(told.into_iter().collect::<BTreeSet<String>>(), expected);
    assert_eq!(world.stack.publisher.repair().await.unwrap(), 0, "nothing is left to repair");
}

#[tokio::test]
async fn the_repairs_watermark_moves_only_when_all_is_told() {
    let clock = HandClock::at_noon();
    let world = deaf(&clock).await;
    world.stack.publisher.repair().await.unwrap();
    let watermark = async || world.stack.store.watermark("publisher").await.unwrap();
    let begun = watermark().await;
    let (commits, _) = commits(&world, &demo_key("customer", "c"), 12).await;
    clock.advance_ms(299_000);
    assert_eq!(world.stack.publisher.repair().await.unwrap(), 0, "the stream has five minutes");
    clock.advance_ms(2_000);
    let before = watermark().await;
    assert!(before > begun);
    let (failing, _) = publisher_with(&world, |_| Fault::Throttle);
    let refused = failing.repair().await.unwrap_err();
    assert!(matches!(refused, PublishError::Unreachable(_)), "{refused:?}");
    assert_eq!(watermark().await, before);
    assert_eq!(world.stack.publisher.repair().await.unwrap(), 12);
    assert!(watermark().await > before);
    let told: BTreeSet<String> = ids(&world.stack.bus.entries()).into_iter().collect();
    assert_eq!(told, ids_of(&commits).into_iter().collect());
}

#[tokio::test]
async fn a_projection_publishes_nothing() {
    let clock = HandClock::at_noon();
    let world = deaf(&clock).await;
    let (_, records) = commits(&world, &demo_key("customer", "c"), 5).await;
    let projector = &world.stack.projector;
    projector.handle(batch(&records)).await.unwrap();
    projector.handle(batch(&records)).await.unwrap();
    clock.advance_ms(120_000);
    projector.reconcile().await.unwrap();
    assert_eq!(world.caller("editor").all("/customers").await.len(), 1, "it was projected");
    assert_eq!(world.stack.bus.entries(), []);
}

#[tokio::test]
async fn what_cannot_be_read_is_not_told_and_holds_nobody_up() {
    let wire = Wire::default();
    let faults = wire.faults();
    let world = World::start_with(|settings| Settings { faults, ..settings }).await;
    let key = demo_key("customer", "damaged");
    let first = world.append(&key, registered()).await;
    let next = world.next_commit(&key, vec![handed_over("x")]).await;
    world.put_raw(&next, "{\"format\":1").await;
    let other = world.append(&demo_key("customer", "sound"), registered()).await;
    world.stack.settled().await;
    assert_eq!(ids(&world.stack.bus.entries()), ids_of(&[first, other]));
    assert_eq!(world.stack.readers().1.failed, 0);
}

#[tokio::test]
async fn a_bus_that_is_away_for_a_while_is_told_everything_later() {
    let world = World::start().await;
    let away = Arc::new(AtomicBool::new(true));
    let (switch, calls) = (away.clone(), Arc::new(AtomicU64::new(0)));
    let counter = calls.clone();
    let (publisher, _) = publisher_with(&world, move |_: &Call<'_>| {
        counter.fetch_add(1, Ordering::SeqCst);
        if switch.load(Ordering::SeqCst) { Fault::Throttle } else { Fault::None }
    });
    let publisher = Arc::new(publisher);
    let mapping = engine::mapping::Mapping {
        parallelization: 1,
        max_attempts: 1_000,
        ..engine::mapping::Mapping::new("another-publisher", "annals-events")
    };
    let runner = engine::mapping::Runner::start(world.stack.engine.clone(), mapping, {
        move |event| {
            let publisher = publisher.clone();
            async move { publisher.handle(event).await }
        }
    });
    let commit = world.append(&demo_key("customer", "c"), registered()).await;
    until(async || calls.load(Ordering::SeqCst) >= 5).await;
    world.stack.settled().await;
    assert_eq!(ids(&world.stack.bus.entries()), ids_of(std::slice::from_ref(&commit)));
    away.store(false, Ordering::SeqCst);
    runner.idle().await;
    // Once by the stack's own publisher, once by this one.
    assert_eq!(ids(&world.stack.bus.entries()), ids_of(&[commit.clone(), commit]));
}

#[tokio::test]
async fn operators_see_what_was_told_and_others_do_not() {
    let world = Arc::new(World::start().await.stack);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let serving = local::serve(listener, world.clone()).unwrap();
    let url = format!("http://{}", serving.address);
    let ask = move |username: &'static str| {
        let url = url.clone();
        tokio::task::spawn_blocking(move || {
            let agent: ureq::Agent =
                ureq::Agent::config_builder().http_status_as_error(false).build().into();
            let form = [
                ("grant_type", "password"),
                ("client_id", "annals-web"),
                ("username", username),
                ("password", "local"),
            ];
            let token = agent.post(format!("{url}/oauth2/token")).send_form(form).unwrap();
            let token: Value =
                serde_json::from_str(&token.into_body().read_to_string().unwrap()).unwrap();
            let bearer = format!("Bearer {}", token["access_token"].as_str().unwrap());
            let answer = agent.get(format!("{url}/local/bus")).header("authorization", bearer);
            let answer = answer.call().unwrap();
            let status = answer.status().as_u16();
            (status, answer.into_body().read_to_string().unwrap())
        })
    };
    let key = demo_key("customer", "c");
    let first = Recorded::after(None, &key, draft(Instant::from_millis(0), registered())).unwrap();
    world.store.append(&first).await.unwrap();
    world.settled().await;
    for username in ["operator", "admin"] {
        let (status, body) = ask(username).await.unwrap();
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(status, 200, "{username}");
        let item = body["items"][0].as_object().unwrap();
        let names: Vec<&str> = item.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            ["bus_name", "detail", "detail_type", "id", "resources", "source", "time_ms"]
        );
        assert_eq!(item["detail"]["id"], format!("{}.0", first.commit().commit));
    }
    for username in ["viewer", "editor", "auditor", "outsider"] {
        let (status, body) = ask(username).await.unwrap();
        assert_eq!(status, 403, "{username}: {body}");
        assert!(body.contains("urn:annals:problem:forbidden"));
    }
    serving.stop().await.unwrap();
}
