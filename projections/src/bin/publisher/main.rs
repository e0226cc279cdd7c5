//! The Lambda function `publisher`: reads the log's stream, repairs what it lost on a schedule, and works on
//! what a queue orders: replays, and batches that its mapping gave up.

use aws_config::BehaviorVersion;
use aws_config::timeout::TimeoutConfig;
use aws_lambda_events::dynamodb::Event;
use aws_lambda_events::sqs::SqsEvent;
use events::Registry;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use projections::{PublishWorker, Publisher};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use store::{Clock, FailedBatches, Queue, Store, Tables};
use tokio::time::Instant;

/// How long before its time is over the function begins no further batch of a replay.
const MARGIN: Duration = Duration::from_mins(1);

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
    let publisher = Publisher {
        store: Store::new(aws_sdk_dynamodb::Client::new(&config), tables),
        registry: Arc::new(Registry::shipped()),
        client: aws_sdk_eventbridge::Client::new(&config),
        bus: std::env::var("EVENT_BUS")?,
        clock: Clock::system(),
    };
    let worker = &PublishWorker {
        publisher,
        queue: Queue::new(aws_sdk_sqs::Client::new(&config), std::env::var("PUBLISH_QUEUE")?),
        failed: FailedBatches::new(
            aws_sdk_s3::Client::new(&config),
            std::env::var("FAILED_BATCHES_BUCKET")?,
        ),
        build: env!("CARGO_PKG_VERSION"),
    };
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| async move {
        let left = event.context.deadline().duration_since(SystemTime::now()).unwrap_or_default();
        let payload = event.payload;
        let source = payload.pointer("/Records/0/eventSource").and_then(Value::as_str);
        match source {
            Some("aws:sqs") => {
                let jobs: SqsEvent = serde_json::from_value(payload)?;
                let until = Instant::now() + left.saturating_sub(MARGIN);
                Ok(serde_json::to_value(worker.handle(jobs, until).await)?)
            }
            Some(_) => {
                let batch: Event = serde_json::from_value(payload)?;
                Ok::<Value, Error>(serde_json::to_value(worker.publisher.handle(batch).await?)?)
            }
            None => Ok(json!({ "repaired": worker.publisher.repair().await? })),
        }
    }))
    .await
}
