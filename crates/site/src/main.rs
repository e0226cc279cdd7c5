//! The Lambda function `site-publisher`: a custom resource of CloudFormation.

use aws_config::BehaviorVersion;
use aws_config::timeout::TimeoutConfig;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;
use site::{Publisher, Reporter};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

/// What telling CloudFormation may take, three times.
const TO_TELL: Duration = Duration::from_secs(35);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_runtime::tracing::init_default_subscriber();
    let timeouts = TimeoutConfig::builder()
        .operation_attempt_timeout(Duration::from_secs(20))
        .operation_timeout(Duration::from_secs(70));
    let config = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .timeout_config(timeouts.build())
        .load()
        .await;
    let publisher = &Publisher {
        s3: aws_sdk_s3::Client::new(&config),
        cloudfront: aws_sdk_cloudfront::Client::new(&config),
        folder: PathBuf::from(std::env::var("SITE")?),
    };
    let reporter = &Reporter::new()?;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| async move {
        let left = event.context.deadline().duration_since(SystemTime::now()).unwrap_or_default();
        let longest = left.saturating_sub(TO_TELL);
        site::handle(publisher, reporter, event.payload, longest).await?;
        Ok::<(), Error>(())
    }))
    .await
}
