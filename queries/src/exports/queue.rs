//! The queue of exports.

use super::jobs::Message;
use aws_sdk_sqs::Client;

/// The queue of exports, and the client that reaches it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Queue {
    client: Client,
    url: String,
}

/// A message that could not be sent, or whose fate is unknown.
#[derive(Debug, thiserror::Error)]
#[error("telling the worker of an export did not get through")]
pub struct QueueError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl Queue {
    /// Binds a client to the queue with that URL.
    pub fn new(client: Client, url: String) -> Self {
        Self { client, url }
    }

    /// Tells the worker of an export; told twice, it does what is left to do once.
    ///
    /// # Errors
    /// [`QueueError`].
    pub(crate) async fn send(&self, message: &Message) -> Result<(), QueueError> {
        let body = serde_json::to_string(message).map_err(|error| QueueError(error.into()))?;
        let send = self.client.send_message().queue_url(&self.url).message_body(body);
        send.send().await.map(drop).map_err(|error| QueueError(error.into()))
    }
}
