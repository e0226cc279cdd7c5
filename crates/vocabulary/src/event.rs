//! An event as it stands in a commit.

use crate::Schema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One event as stored: `{"type":"renamed","schema":1,"data":{…}}`.
///
/// Its full id is `{commit}.{index}`, the index counting from 0 within the commit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredEvent {
    /// The event's name in its record type, a fact: `contact_changed`.
    #[serde(rename = "type")]
    pub event_type: String,
    /// The shape of `data`.
    pub schema: Schema,
    /// What happened. Personal fields sit together under `personal`.
    pub data: Value,
}
