//! The Lambda function `record-commands`.

use aws_config::BehaviorVersion;
use aws_config::timeout::TimeoutConfig;
use commands::Commands;
use events::Registry;
use lambda_http::{Error, service_fn};
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
    let commands = Commands {
        store,
        registry: Arc::new(Registry::shipped()),
        clock: Clock::system(),
        build: env!("CARGO_PKG_VERSION"),
    };
    commands.store.warm_up().await;
    let commands = &commands;
    lambda_http::run(service_fn(move |request| async move {
        Ok::<_, Error>(commands::handle(commands, request).await)
    }))
    .await
}
