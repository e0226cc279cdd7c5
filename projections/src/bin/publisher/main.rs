//! The Lambda function `publisher`: reads the log's stream, and repairs what it lost on a schedule.

use aws_config::BehaviorVersion;
use aws_config::timeout::TimeoutConfig;
use aws_lambda_events::dynamodb::Event;
use events::Registry;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use projections::Publisher;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use store::{Clock, Store, Tables};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_runtime::tracing::init_default_subscriber();
    let timeouts = TimeoutConfig::builder()
        .operation_attempt_timeout(Duration::from_secs(3))
        .operation_timeout(Duration::from_secs(8));
    let config = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .timeout_config(timeouts.build())
        .load()
        .await;
    let stack = std::env::var("STACK")?;
    let tables = Tables { events: std::env::var("EVENTS_TABLE")?, ..Tables::of_stack(&stack) };
    let publisher = &Publisher {
        store: Store::new(aws_sdk_dynamodb::Client::new(&config), tables),
        registry: Arc::new(Registry::shipped()),
        client: aws_sdk_eventbridge::Client::new(&config),
        bus: std::env::var("EVENT_BUS")?,
        clock: Clock::system(),
    };
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| async move {
        let payload = event.payload;
        if payload.get("Records").is_some() {
            let batch: Event = serde_json::from_value(payload)?;
            Ok::<Value, Error>(serde_json::to_value(publisher.handle(batch).await?)?)
        } else {
            Ok(json!({ "repaired": publisher.repair().await? }))
        }
    }))
    .await
}
