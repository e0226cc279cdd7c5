//! The functions as Lambda runs them: fed with its own events, in this process and as the binaries
//! that are deployed.

use crate::support::World;
use crate::support::runtime_api::Cloud;
use aws_lambda_events::dynamodb::Event;
use commands::Commands;
use engine::{Asked, Service as _};
use events::Registry;
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, Context, LambdaEvent, Request, Service, service_fn};
use projections::{FIRST_GENERATION, RecordRow, row_key};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use store::{Clock, Table};
use vocabulary::{Instant, RecordKey};

/// `POST /api/v1/customers` as API Gateway's HTTP API hands it over (API Gateway developer guide,
/// "AWS Lambda proxy integrations", payload format 2.0, read 2026-11-22).
pub(crate) fn create_event() -> Value {
    serde_json::from_str(include_str!("fixtures/apigw-v2-create.json")).unwrap()
}

/// Two commits of one customer as DynamoDB's stream hands them over (DynamoDB developer guide,
/// "Using AWS Lambda with DynamoDB Streams", read 2026-11-22).
fn stream_event() -> Value {
    serde_json::from_str(include_str!("fixtures/dynamodb-stream.json")).unwrap()
}

pub(crate) fn schedule_event() -> Value {
    serde_json::from_str(include_str!("fixtures/schedule.json")).unwrap()
}

/// The same caller reading something.
pub(crate) fn get_event(path: &str, query: &str) -> Value {
    let mut event = create_event();
    event["rawPath"] = json!(path);
    event["rawQueryString"] = json!(query);
    event["requestContext"]["http"]["method"] = json!("GET");
    event["requestContext"]["http"]["path"] = json!(path);
    event.as_object_mut().unwrap().remove("body");
    event
}

/// JSON in, JSON out, as the runtime does it around a handler.
async fn through_adapter<F>(event: Value, handler: impl Fn(Request) -> F + Send + Sync) -> Value
where
    F: Future<Output = http::Response<lambda_http::Body>> + Send,
{
    let request: LambdaRequest = serde_json::from_value(event).unwrap();
    let service = service_fn(|request| {
        let answer = handler(request);
        async move { Ok::<_, Infallible>(answer.await) }
    });
    let answer = Adapter::from(service).call(LambdaEvent::new(request, Context::default())).await;
    serde_json::to_value(answer.unwrap()).unwrap()
}

fn body(answer: &Value) -> Value {
    serde_json::from_str(answer["body"].as_str().unwrap()).unwrap()
}

#[track_caller]
fn expect(answer: &Value, status: u16) {
    assert_eq!(answer["statusCode"], status, "{answer}");
}

fn key_of(record: &Value) -> RecordKey {
    RecordKey::from_pk(&format!("t.demo#customer#{}", record["id"].as_str().unwrap())).unwrap()
}

#[tokio::test]
async fn what_api_gateway_hands_over_is_created_and_read() {
    let world = World::start().await;
    let gateway = &world.stack.gateway;
    let create = |event| through_adapter(event, |r| commands::handle(&gateway.commands, r));
    let read = |event| through_adapter(event, |r| queries::handle(&gateway.queries, r));

    let created = create(create_event()).await;
    expect(&created, 201);
    let record = body(&created);
    assert_eq!(record["name"], "Lily Ari");
    assert_eq!(record["owner"], "c3a4b8d2-70c1-7056-3e1b-0f2d5a9b7c64");
    assert_eq!(created["headers"]["etag"], "\"1\"");
    let path = created["headers"]["location"].as_str().unwrap().to_owned();

    let again = create(create_event()).await;
    expect(&again, 201);
    assert_eq!(again["headers"]["idempotency-replayed"], "true");
    assert_eq!(body(&again), record);

    let found = read(get_event(&path, "min_version=1")).await;
    expect(&found, 200);
    assert_eq!(body(&found), record);
}

#[tokio::test]
async fn a_body_in_base64_is_the_same_body() {
    use base64::Engine;
    let world = World::start().await;
    let mut event = create_event();
    let text = event["body"].as_str().unwrap().to_owned();
    event["body"] = json!(base64::engine::general_purpose::STANDARD.encode(text));
    event["isBase64Encoded"] = json!(true);
    let commands = &world.stack.gateway.commands;
    let created = through_adapter(event, |request| commands::handle(commands, request)).await;
    expect(&created, 201);
    assert_eq!(body(&created)["name"], "Lily Ari");
}

#[tokio::test]
async fn an_event_without_the_authorizers_claims_is_refused() {
    let world = World::start().await;
    let mut event = create_event();
    event["requestContext"].as_object_mut().unwrap().remove("authorizer");
    let commands = &world.stack.gateway.commands;
    let refused = through_adapter(event, |request| commands::handle(commands, request)).await;
    expect(&refused, 401);
    assert_eq!(body(&refused)["type"], "urn:annals:problem:unauthorized");
    assert_eq!(body(&refused)["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
}

#[tokio::test]
async fn what_a_stream_hands_over_is_projected() {
    let world = World::start().await;
    let batch: Event = serde_json::from_value(stream_event()).unwrap();
    let response = world.stack.projector.handle(batch).await.unwrap();
    assert_eq!(response.batch_item_failures, []);
    let list = world.caller("editor").get("/customers").await.expect(200).json();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    assert_eq!(list["items"][0]["version"], 2);
    assert_eq!(list["items"][0]["name"], "Lily Ari");
    assert_eq!(list["items"][0]["phone"], "+43 1 5550100");
}

#[tokio::test]
async fn what_a_stream_hands_over_is_published() {
    let world = World::start().await;
    let batch: Event = serde_json::from_value(stream_event()).unwrap();
    let response = world.stack.publisher.handle(batch).await.unwrap();
    assert_eq!(response.batch_item_failures, []);
    let entries = world.stack.bus.entries();
    let told: Vec<(&str, &Value)> = entries
        .iter()
        .map(|entry| (entry.detail_type.as_str(), &entry.detail["subject"]))
        .collect();
    let id = json!("3QDAM96HNVP6C9YMX87QGAX490");
    assert_eq!(told, [("customer.registered", &id), ("customer.contact_changed", &id)]);
}

#[tokio::test]
async fn the_query_process_reads_what_the_command_process_wrote() {
    let cloud = Cloud::start().await;
    let mut commands = cloud.function("record-commands").await;
    let mut queries = cloud.function("record-queries").await;
    let created = commands.invoke(&create_event()).await.unwrap();
    expect(&created, 201);
    let path = created["headers"]["location"].as_str().unwrap();
    let read = queries.invoke(&get_event(path, "")).await.unwrap();
    expect(&read, 200);
    assert_eq!(body(&read), body(&created));
    let history = queries.invoke(&get_event(&format!("{path}/history"), "")).await.unwrap();
    assert_eq!(body(&history)["items"][0]["action"], "customer.registered");
}

#[tokio::test]
async fn the_people_process_invites_through_the_user_pool() {
    let (cloud, world) = (Cloud::start().await, World::start().await);
    let directory = world.stack.gateway.identity.directory();
    let mut people = cloud.people_commands(directory).await;
    let mut event = create_event();
    event["rawPath"] = json!("/api/v1/people/rights");
    event["requestContext"]["http"]["path"] = json!("/api/v1/people/rights");
    event["requestContext"]["authorizer"]["jwt"]["claims"]["cognito:groups"] =
        json!("[tenant-demo admins]");
    event["requestContext"]["authorizer"]["jwt"]["claims"]["sub"] =
        json!(directory.get("admin").unwrap().sub);
    event["body"] = json!(r#"{"email":"nora@example.org","groups":["editors"]}"#);
    let invited = people.invoke(&event).await.unwrap();
    expect(&invited, 201);
    assert_eq!(body(&invited)["groups"], json!(["editors"]));
    let nora = directory.get("nora@example.org").unwrap();
    assert!(nora.groups.contains("editors") && nora.groups.contains("tenant-demo"));
    let key = RecordKey::from_pk(&format!("t.demo#person#{}", nora.sub)).unwrap();
    let commit = cloud.store.newest(&key).await.unwrap().unwrap().unwrap();
    assert_eq!(commit.commit().events.len(), 2);
}

#[tokio::test]
async fn the_projector_process_projects_batches_and_reconciles_on_schedule() {
    let cloud = Cloud::start().await;
    let mut projector = cloud.function("projector").await;
    let first = created_in(&cloud, 0).await;
    let done = projector.invoke(&cloud.stream().await).await.unwrap();
    assert_eq!(done, json!({ "batchItemFailures": [] }));
    assert_eq!(row(&cloud, &first).await.map(|row| row.version.get()), Some(1));

    // Two hours ago, and no stream tells of it.
    let second = created_in(&cloud, 2 * 3_600_000).await;
    assert!(row(&cloud, &second).await.is_none());
    let done = projector.invoke(&schedule_event()).await.unwrap();
    assert_eq!(done["records"], 1, "the other record is too young to be verified");
    assert!(done["verified_through"].is_string());
    assert_eq!(row(&cloud, &second).await.map(|row| row.version.get()), Some(1));
}

#[tokio::test]
async fn the_publisher_process_publishes_batches_and_repairs_on_schedule() {
    let cloud = Cloud::start().await;
    let mut publisher = cloud.function("publisher").await;
    let first = created_in(&cloud, 0).await;
    let done = publisher.invoke(&cloud.stream().await).await.unwrap();
    assert_eq!(done, json!({ "batchItemFailures": [] }));
    assert_eq!(published(&cloud), [first.id.as_str()]);

    let second = created_in(&cloud, 2 * 3_600_000).await;
    let done = publisher.invoke(&schedule_event()).await.unwrap();
    assert_eq!(done, json!({ "repaired": 1 }));
    assert_eq!(published(&cloud), [first.id.as_str(), second.id.as_str()]);
}

#[tokio::test]
async fn the_exporter_process_writes_what_the_audit_process_was_asked_for() {
    let cloud = Cloud::start().await;
    let (mut audit, mut exporter) =
        (cloud.function("audit-queries").await, cloud.function("exporter").await);
    let record = created_in(&cloud, 2 * 3_600_000).await;
    let mut projector = cloud.function("projector").await;
    projector.invoke(&schedule_event()).await.unwrap();
    let mut event = create_event();
    event["rawPath"] = json!("/api/v1/audit/exports");
    event["requestContext"]["http"]["path"] = json!("/api/v1/audit/exports");
    event["requestContext"]["authorizer"]["jwt"]["claims"]["cognito:groups"] =
        json!("[tenant-demo auditors]");
    event["body"] = json!(r#"{"format":"ndjson","filter":{"type":"customer"}}"#);
    let asked = audit.invoke(&event).await.unwrap();
    expect(&asked, 202);
    assert_eq!(body(&asked)["state"], "queued");

    let [message] = cloud.queues.waiting("exports").await.try_into().unwrap();
    let batch = handed_over(&message.id, &message.body);
    for _ in 0..2 {
        let done = exporter.invoke(&batch).await.unwrap();
        assert_eq!(done, json!({ "batchItemFailures": [] }));
    }
    let path = asked["headers"]["location"].as_str().unwrap();
    let mut event = get_event(path, "");
    event["requestContext"]["authorizer"]["jwt"]["claims"]["cognito:groups"] =
        json!("[tenant-demo auditors]");
    let export = body(&audit.invoke(&event).await.unwrap());
    assert_eq!((&export["state"], &export["commits"]), (&json!("done"), &json!(1)), "{export}");
    let id = export["id"].as_str().unwrap();
    let key = |name: &str| format!("t.demo/{id}/{name}");
    assert_eq!(cloud.objects.keys("exports"), [key("manifest.json"), key("part-00001.ndjson")]);
    let url = export["parts"][0]["url"].as_str().unwrap();
    let path = url.split('?').next().unwrap();
    assert!(path.ends_with(&format!("/exports/{}", key("part-00001.ndjson"))), "{url}");
    for name in ["X-Amz-Expires=900", "X-Amz-Signature=", "response-content-disposition="] {
        assert!(url.contains(name), "{url}");
    }
    let signed = url.split("X-Amz-SignedHeaders=").nth(1).unwrap();
    assert!(signed.starts_with("host&"), "a browser sends no other header: {url}");
    let record = record.id.as_str();
    assert!(String::from_utf8(object(&cloud, url).await).unwrap().contains(record));
}

#[tokio::test]
async fn the_rebuilder_process_verifies_what_the_operator_process_was_asked_to() {
    let cloud = Cloud::start().await;
    let mut projector = cloud.function("projector").await;
    created_in(&cloud, 2 * 3_600_000).await;
    projector.invoke(&schedule_event()).await.unwrap();
    let (mut desk, mut rebuilder) =
        (cloud.function("operator-commands").await, cloud.function("rebuilder").await);
    let mut event = create_event();
    event["rawPath"] = json!("/api/v1/operations/views/records/verify");
    event["requestContext"]["http"]["path"] = event["rawPath"].clone();
    event["requestContext"]["authorizer"]["jwt"]["claims"]["cognito:groups"] =
        json!("[tenant-demo operators]");
    event["body"] = json!(r#"{"reason":"Is it right?"}"#);
    let asked = desk.invoke(&event).await.unwrap();
    expect(&asked, 202);
    let mut next = 0;
    // One message leads to the next, until nobody has anything left to do.
    loop {
        let waiting = cloud.queues.waiting("rebuilds").await;
        let Some(message) = waiting.into_iter().nth(next) else { break };
        next += 1;
        let done = rebuilder.invoke(&handed_over(&message.id, &message.body)).await.unwrap();
        assert_eq!(done, json!({ "batchItemFailures": [] }));
    }
    assert_eq!(rebuilder.invoke(&schedule_event()).await.unwrap(), json!({}));
    let mut event = get_event(asked["headers"]["location"].as_str().unwrap(), "");
    event["requestContext"]["authorizer"]["jwt"]["claims"]["cognito:groups"] =
        json!("[tenant-demo operators]");
    let told = body(&desk.invoke(&event).await.unwrap());
    assert_eq!(told["state"], "verified", "{told}");
    assert!(told["totals"]["records"].as_u64() >= Some(1), "{told}");
}

/// A message as Lambda hands it over ("Using Lambda with Amazon SQS", read 2026-11-24).
fn handed_over(id: &str, body: &str) -> Value {
    json!({ "Records": [{
        "messageId": id, "receiptHandle": "AQEB", "body": body,
        "attributes": { "ApproximateReceiveCount": "1", "SentTimestamp": "1545082649183",
            "SenderId": "AIDAIENQZJOLO23YVJ4VO", "ApproximateFirstReceiveTimestamp": "1545082649185" },
        "messageAttributes": {}, "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
        "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:jobs",
        "awsRegion": "eu-central-1",
    }] })
}

/// What is behind a link, whoever signed it.
async fn object(cloud: &Cloud, url: &str) -> Vec<u8> {
    let uri: http::Uri = url.parse().unwrap();
    let path = uri.path_and_query().unwrap().as_str().to_owned();
    let asked = Asked { method: "GET".to_owned(), path, ..Asked::default() };
    let answer = cloud.objects.answer("GetObject", asked).await;
    assert_eq!(answer.status, 200);
    answer.body
}

/// A customer in the tables, recorded so long ago, with nobody told.
pub(crate) async fn created_in(cloud: &Cloud, ago_ms: i64) -> RecordKey {
    let now = Clock::system().now();
    let then = Instant::from_millis(now.as_millis() - ago_ms);
    let commands = Commands {
        store: cloud.store.clone(),
        registry: Arc::new(Registry::shipped()),
        clock: Clock::new(move || then),
        build: "test",
    };
    let mut event = create_event();
    event["headers"]["idempotency-key"] = json!(ago_ms.to_string());
    let created = through_adapter(event, |request| commands::handle(&commands, request)).await;
    expect(&created, 201);
    key_of(&body(&created))
}

async fn row(cloud: &Cloud, key: &RecordKey) -> Option<RecordRow> {
    cloud.store.row(Table::Records, &row_key(FIRST_GENERATION, key)).await.unwrap()
}

/// The records that the bus was told of, in order.
fn published(cloud: &Cloud) -> Vec<String> {
    let entries = cloud.bus.entries();
    assert!(entries.iter().all(|entry| entry.bus_name == "annals"), "{entries:?}");
    let record =
        |entry: &engine::bus::BusEntry| entry.detail["subject"].as_str().unwrap().to_owned();
    entries.iter().map(record).collect()
}
