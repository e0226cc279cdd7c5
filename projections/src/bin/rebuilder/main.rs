//! The Lambda function `rebuilder`: rebuilds, verifies, repairs and cleans views. Fed by a queue; a schedule
//! calls it with anything else, for the tick.

use aws_config::BehaviorVersion;
use aws_config::timeout::TimeoutConfig;
use aws_lambda_events::sqs::SqsEvent;
use events::Registry;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use projections::{Projector, RebuildSettings, Rebuilder, Report};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use store::{Clock, FailedBatches, Queue, Store, Tables};
use tokio::time::Instant;

/// How long before its time is over the function begins nothing new: a page must be done by then.
const MARGIN: Duration = Duration::from_mins(2);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let stack = std::env::var("STACK")?;
    edge::write_log_lines(&stack, &std::env::var("AWS_LAMBDA_LOG_LEVEL").unwrap_or_default());
    let timeouts = TimeoutConfig::builder()
        .operation_attempt_timeout(Duration::from_secs(10))
        .operation_timeout(Duration::from_secs(30));
    let config = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .timeout_config(timeouts.build())
        .load()
        .await;
    let tables = Tables { events: std::env::var("EVENTS_TABLE")?, ..Tables::of_stack(&stack) };
    let keep: u64 = std::env::var("KEEP_GENERATION_HOURS")?.parse()?;
    let grace: u64 = std::env::var("PROJECTOR_TIMEOUT_SECONDS")?.parse()?;
    let queue = std::env::var("REBUILDS_QUEUE")?;
    let rebuilder = &Rebuilder {
        projector: Projector {
            store: Store::new(aws_sdk_dynamodb::Client::new(&config), tables),
            registry: Arc::new(Registry::shipped()),
            clock: Clock::system(),
            build: env!("CARGO_PKG_VERSION"),
            report: Arc::new(Report::default()),
        },
        queue: Queue::new(aws_sdk_sqs::Client::new(&config), queue),
        failed: FailedBatches::new(
            aws_sdk_s3::Client::new(&config),
            std::env::var("FAILED_BATCHES_BUCKET")?,
        ),
        settings: RebuildSettings {
            grace: Duration::from_secs(grace),
            keep: Duration::from_hours(keep),
            ..RebuildSettings::default()
        },
    };
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| async move {
        let left = event.context.deadline().duration_since(SystemTime::now()).unwrap_or_default();
        let payload = event.payload;
        if payload.get("Records").is_none() {
            rebuilder.tick().await?;
            return Ok(json!({}));
        }
        let batch: SqsEvent = serde_json::from_value(payload)?;
        let until = Instant::now() + left.saturating_sub(MARGIN);
        Ok::<Value, Error>(serde_json::to_value(rebuilder.handle(batch, until).await)?)
    }))
    .await
}
