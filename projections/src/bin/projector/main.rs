//! The Lambda function `projector`: reads the log's stream, and runs the reconciler and the drift watch on a
//! schedule.

use aws_config::BehaviorVersion;
use aws_config::timeout::TimeoutConfig;
use aws_lambda_events::dynamodb::Event;
use events::Registry;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use projections::{Projector, Report};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use store::{Clock, Store, Tables};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let stack = std::env::var("STACK")?;
    edge::write_log_lines(&stack, &std::env::var("AWS_LAMBDA_LOG_LEVEL").unwrap_or_default());
    let timeouts = TimeoutConfig::builder()
        .operation_attempt_timeout(Duration::from_secs(3))
        .operation_timeout(Duration::from_secs(8));
    let config = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .timeout_config(timeouts.build())
        .load()
        .await;
    let tables = Tables { events: std::env::var("EVENTS_TABLE")?, ..Tables::of_stack(&stack) };
    let store = Store::new(aws_sdk_dynamodb::Client::new(&config), tables);
    store.warm_up().await;
    let projector = &Projector {
        store,
        registry: Arc::new(Registry::shipped()),
        clock: Clock::system(),
        build: env!("CARGO_PKG_VERSION"),
        report: Arc::new(Report::default()),
    };
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| async move {
        let payload = event.payload;
        if payload.get("Records").is_some() {
            let batch: Event = serde_json::from_value(payload)?;
            Ok::<Value, Error>(serde_json::to_value(projector.handle(batch).await?)?)
        } else {
            let done = projector.reconcile().await?;
            projector.watch_drift().await?;
            Ok(json!({ "records": done.records, "verified_through": done.verified_through }))
        }
    }))
    .await
}
