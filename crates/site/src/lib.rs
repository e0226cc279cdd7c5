//! The custom resource that publishes the screens: CloudFormation calls it when a file has changed,
//! and when the stack goes.
//!
//! The files come with the function, as a layer. They are put into the site's bucket, first what others
//! refer to; then what is not among them any more is removed and CloudFront is told. Each step can be done
//! again, so a run that broke off is mended by the next one.

mod answer;
mod bucket;
mod files;
mod order;

pub use answer::{AnswerError, Reporter};
pub use bucket::{Publisher, SiteError};
pub use files::FilesError;
pub use order::{OnDelete, Order, OrderError, Requested};

use serde_json::Value;
use std::time::Duration;

/// Carries out what CloudFormation asks for and tells it what became of it. Takes at most `longest`;
/// what takes longer is told as failed.
///
/// # Errors
/// [`AnswerError`] when CloudFormation cannot be told; it then waits until its own time is over.
pub async fn handle(
    publisher: &Publisher,
    reporter: &Reporter,
    event: Value,
    longest: Duration,
) -> Result<(), AnswerError> {
    let requested = Requested::read(event)?;
    let outcome = match requested.order() {
        Ok(order) => match tokio::time::timeout(longest, publisher.carry_out(&order)).await {
            Ok(done) => done.map_err(|error| chain(&error)),
            Err(_elapsed) => Err(format!("not done after {} s", longest.as_secs())),
        },
        // What was never made as it was asked for need not be removed.
        Err(_unreadable) if requested.is_delete() => Ok(()),
        Err(error) => Err(chain(&error)),
    };
    match &outcome {
        Ok(()) => tracing::info!(request = requested.request_id(), "the site is as ordered"),
        Err(error) => {
            tracing::error!(request = requested.request_id(), error, "the site is not as ordered");
        }
    }
    reporter.tell(&requested, outcome).await
}

/// An error with its causes, as people read it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
