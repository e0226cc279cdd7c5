//! An event as it stands in a commit.

use crate::Schema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

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

impl StoredEvent {
    /// The event as anybody may see it: sealed blocks are shown as what was erased,
    /// `{"redacted":"erased"}`, as the fold reads them.
    #[must_use]
    pub fn shown(&self) -> Self {
        Self { data: unsealed(&self.data), ..self.clone() }
    }
}

fn unsealed(value: &Value) -> Value {
    match value {
        Value::Object(fields) if fields.contains_key("$sealed") => json!({"redacted": "erased"}),
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(name, v)| (name.clone(), unsealed(v))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(unsealed).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_block_is_shown_as_erased_wherever_it_stands() {
        let data =
            json!({"personal": {"$sealed": "AAAA"}, "tags": ["a", {"$sealed": "B"}], "n": 1});
        let event = StoredEvent { event_type: "registered".to_owned(), schema: Schema(1), data };
        let erased = json!({"redacted": "erased"});
        assert_eq!(event.shown().data, json!({"personal": erased, "tags": ["a", erased], "n": 1}));
    }
}
