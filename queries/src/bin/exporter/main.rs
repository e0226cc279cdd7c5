//! The Lambda function `exporter`: writes what auditors take away. Fed by a queue.

use aws_config::BehaviorVersion;
use aws_config::timeout::TimeoutConfig;
use aws_lambda_events::sqs::SqsEvent;
use events::Registry;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use queries::Queries;
use queries::exports::{Exporter, Exports, Limits, Objects};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use store::{Clock, Queue, Store, Tables};
use tokio::time::Instant;

/// How long before its time is over the function begins nothing new: a part must be done by then.
const MARGIN: Duration = Duration::from_mins(5);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let stack = std::env::var("STACK")?;
    edge::write_log_lines(&stack, &std::env::var("AWS_LAMBDA_LOG_LEVEL").unwrap_or_default());
    let timeouts = TimeoutConfig::builder()
        .operation_attempt_timeout(Duration::from_secs(20))
        .operation_timeout(Duration::from_mins(1));
    let config = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .timeout_config(timeouts.build())
        .load()
        .await;
    let tables = Tables { events: std::env::var("EVENTS_TABLE")?, ..Tables::of_stack(&stack) };
    let (bucket, queue) = (std::env::var("EXPORTS_BUCKET")?, std::env::var("EXPORTS_QUEUE")?);
    let exporter = Exporter {
        queries: Queries {
            store: Store::new(aws_sdk_dynamodb::Client::new(&config), tables),
            registry: Arc::new(Registry::shipped()),
            clock: Clock::system(),
            build: env!("CARGO_PKG_VERSION"),
        },
        exports: Exports {
            objects: Objects::new(aws_sdk_s3::Client::new(&config), bucket),
            queue: Queue::new(aws_sdk_sqs::Client::new(&config), queue),
        },
        limits: Limits::default(),
    };
    let exporter = &exporter;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<SqsEvent>| async move {
        let left = event.context.deadline().duration_since(SystemTime::now()).unwrap_or_default();
        let until = Instant::now() + left.saturating_sub(MARGIN);
        Ok::<_, Error>(exporter.handle(event.payload, until).await)
    }))
    .await
}
