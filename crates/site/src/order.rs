//! What CloudFormation asks for (CloudFormation user guide, "Custom resource request objects", read
//! 2026-11-24).

use serde::Deserialize;
use serde_json::{Map, Value};

/// A request of CloudFormation, as far as its answer needs it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Requested {
    request_type: RequestType,
    #[serde(rename = "ResponseURL")]
    pub(crate) response_url: String,
    pub(crate) stack_id: String,
    pub(crate) request_id: String,
    pub(crate) logical_resource_id: String,
    physical_resource_id: Option<String>,
    #[serde(default)]
    resource_properties: Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum RequestType {
    Create,
    Update,
    Delete,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// Bring the bucket to what the layer holds.
    Publish {
        /// The site's bucket.
        bucket: String,
        /// The id of the distribution before it.
        distribution: String,
        /// What `/config.json` says.
        config: Map<String, Value>,
        /// Names this order; the same order repeated has the same name.
        id: String,
    },
    /// The resource goes, and with it what is in the bucket, if so ordered.
    Withdraw {
        /// The site's bucket.
        bucket: String,
        /// What becomes of the files.
        files: OnDelete,
    },
}

/// What becomes of the files when the stack is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnDelete {
    /// They stay, and so does the bucket, which cannot be deleted with files in it.
    Keep,
    /// They are removed with all their versions.
    Empty,
}

/// A request that cannot be understood.
#[derive(Debug, thiserror::Error)]
#[error("the properties of the resource cannot be read")]
pub struct OrderError(#[source] serde_json::Error);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    bucket: String,
    distribution: String,
    on_delete: OnDelete,
    config: Map<String, Value>,
}

impl Requested {
    /// Reads what CloudFormation sent.
    pub(crate) fn read(event: Value) -> Result<Self, crate::AnswerError> {
        serde_json::from_value(event).map_err(crate::AnswerError::Unreadable)
    }

    /// What is asked for.
    ///
    /// # Errors
    /// [`OrderError`] when the template and this function do not agree.
    pub fn order(&self) -> Result<Order, OrderError> {
        let Properties { bucket, distribution, on_delete, config } =
            serde_json::from_value(self.resource_properties.clone()).map_err(OrderError)?;
        Ok(match self.request_type {
            RequestType::Create | RequestType::Update => {
                Order::Publish { bucket, distribution, config, id: self.request_id.clone() }
            }
            RequestType::Delete => Order::Withdraw { bucket, files: on_delete },
        })
    }

    /// Whether the resource goes.
    pub fn is_delete(&self) -> bool {
        self.request_type == RequestType::Delete
    }

    /// CloudFormation's name for this request.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// What this resource is: one per bucket, so that another bucket is another resource, and the old
    /// one is then removed.
    pub(crate) fn physical_id(&self) -> String {
        let bucket = self.resource_properties.get("Bucket").and_then(Value::as_str);
        match (&self.physical_resource_id, self.request_type) {
            (Some(known), RequestType::Delete) => known.clone(),
            _ => format!("site-{}", bucket.unwrap_or("unknown")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn requested(kind: &str, properties: &Value) -> Requested {
        Requested::read(json!({
            "RequestType": kind,
            "ResponseURL": "https://example.org/answer",
            "StackId": "arn:aws:cloudformation:eu-central-1:123456789012:stack/annals/1",
            "RequestId": "r-1",
            "LogicalResourceId": "Site",
            "ResourceType": "Custom::Site",
            "PhysicalResourceId": "site-old",
            "ResourceProperties": properties,
        }))
        .unwrap()
    }

    #[test]
    fn what_is_asked_for_is_understood() {
        let properties = json!({
            "ServiceToken": "arn", "ServiceTimeout": "310", "Assets": "arn", "Bucket": "b",
            "Distribution": "D", "OnDelete": "empty", "Config": { "client_id": "c" },
        });
        let config = Map::from_iter([("client_id".to_owned(), json!("c"))]);
        let publish = Order::Publish {
            bucket: "b".to_owned(),
            distribution: "D".to_owned(),
            config,
            id: "r-1".to_owned(),
        };
        for kind in ["Create", "Update"] {
            assert_eq!(requested(kind, &properties).order().unwrap(), publish);
            assert_eq!(requested(kind, &properties).physical_id(), "site-b");
        }
        let withdraw = Order::Withdraw { bucket: "b".to_owned(), files: OnDelete::Empty };
        assert_eq!(requested("Delete", &properties).order().unwrap(), withdraw);
        assert_eq!(requested("Delete", &properties).physical_id(), "site-old");
    }

    #[test]
    fn what_is_asked_for_in_part_is_no_order() {
        assert!(requested("Create", &json!({ "Bucket": "b" })).order().is_err());
        assert_eq!(requested("Create", &json!({})).physical_id(), "site-unknown");
    }
}
