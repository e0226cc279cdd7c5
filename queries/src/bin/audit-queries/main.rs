//! The Lambda function `audit-queries`.

use aws_config::BehaviorVersion;
use aws_config::timeout::TimeoutConfig;
use events::Registry;
use lambda_http::{Error, service_fn};
use queries::Queries;
use queries::audit::{Audit, handle};
use queries::exports::{Exports, Objects};
use std::sync::Arc;
use std::time::Duration;
use store::{Clock, Queue, Store, Tables};

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
    let queries = Queries {
        store: Store::new(aws_sdk_dynamodb::Client::new(&config), tables),
        registry: Arc::new(Registry::shipped()),
        clock: Clock::system(),
        build: env!("CARGO_PKG_VERSION"),
    };
    queries.store.warm_up().await;
    let (bucket, queue) = (std::env::var("EXPORTS_BUCKET")?, std::env::var("EXPORTS_QUEUE")?);
    let exports = Exports {
        objects: Objects::new(aws_sdk_s3::Client::new(&config), bucket),
        queue: Queue::new(aws_sdk_sqs::Client::new(&config), queue),
    };
    let audit = &Audit { queries, exports };
    lambda_http::run(service_fn(move |request| async move {
        Ok::<_, Error>(handle(audit, request).await)
    }))
    .await
}
