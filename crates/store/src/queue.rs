//! A queue of work: how a function tells another one what is left to do.

use aws_sdk_sqs::Client;
use serde::Serialize;
use std::time::Duration;

/// The longest that a message can wait before it is given out (SQS API reference, `SendMessage`, read
/// 2026-11-24).
pub const DELAY_MAX: Duration = Duration::from_mins(15);

/// A queue, and the client that reaches it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Queue {
    client: Client,
    url: String,
}

/// A message that could not be sent, or whose fate is unknown.
#[derive(Debug, thiserror::Error)]
#[error("telling a worker what to do did not get through")]
pub struct QueueError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl Queue {
    /// Binds a client to the queue with that URL.
    pub fn new(client: Client, url: String) -> Self {
        Self { client, url }
    }

    /// Sends a message as JSON, to be given out at once. It may come twice, and in any order.
    ///
    /// # Errors
    /// [`QueueError`].
    pub async fn send(&self, message: &impl Serialize) -> Result<(), QueueError> {
        self.send_later(message, Duration::ZERO).await
    }

    /// The same, to be given out after a while: full seconds, at most [`DELAY_MAX`].
    ///
    /// # Errors
    /// [`QueueError`].
    pub async fn send_later(
        &self,
        message: &impl Serialize,
        delay: Duration,
    ) -> Result<(), QueueError> {
        let body = serde_json::to_string(message).map_err(|error| QueueError(error.into()))?;
        let send = self.client.send_message().queue_url(&self.url).message_body(body);
        let seconds = i32::try_from(delay.min(DELAY_MAX).as_secs()).unwrap_or_default();
        let send = if seconds > 0 { send.delay_seconds(seconds) } else { send };
        send.send().await.map(drop).map_err(|error| QueueError(error.into()))
    }
}
