//! The Lambda function `operator-commands`: what operators do to the deployment.

use aws_config::BehaviorVersion;
use aws_config::timeout::TimeoutConfig;
use commands::Commands;
use commands::operations::{Operations, handle};
use events::Registry;
use lambda_http::{Error, service_fn};
use std::sync::Arc;
use std::time::Duration;
use store::{Clock, FailedBatches, Queue, Store, Tables};

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
    let commands = Commands {
        store: Store::new(aws_sdk_dynamodb::Client::new(&config), tables),
        registry: Arc::new(Registry::shipped()),
        clock: Clock::system(),
        build: env!("CARGO_PKG_VERSION"),
    };
    let queues = aws_sdk_sqs::Client::new(&config);
    let keep: u64 = std::env::var("KEEP_GENERATION_HOURS")?.parse()?;
    let grace: u64 = std::env::var("PROJECTOR_TIMEOUT_SECONDS")?.parse()?;
    let operations = &Operations {
        commands,
        rebuilds: Queue::new(queues.clone(), std::env::var("REBUILDS_QUEUE")?),
        publishing: Queue::new(queues, std::env::var("PUBLISH_QUEUE")?),
        failed: FailedBatches::new(
            aws_sdk_s3::Client::new(&config),
            std::env::var("FAILED_BATCHES_BUCKET")?,
        ),
        grace: Duration::from_secs(grace),
        keep: Duration::from_hours(keep),
    };
    operations.commands.store.warm_up().await;
    lambda_http::run(service_fn(move |request| async move {
        Ok::<_, Error>(handle(operations, request).await)
    }))
    .await
}
