//! What reads cost: each is noted as it is made, and made once more by itself, asking for its price.

use anyhow::{Context, bail};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConsumedCapacity, KeysAndAttributes, ReturnConsumedCapacity,
};
use engine::{Call, Fault, Faults};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Requests as they reached the engine.
#[derive(Debug, Clone, Default)]
pub(crate) struct Noted(Arc<Mutex<Vec<(String, Value)>>>);

impl Noted {
    /// Nothing goes wrong, but every request is noted.
    pub(crate) fn faults(&self) -> Faults {
        let noted = self.clone();
        Faults::new(move |call: &Call<'_>| {
            let request = (call.operation.to_owned(), call.request.clone());
            noted.0.lock().unwrap_or_else(PoisonError::into_inner).push(request);
            Fault::None
        })
    }

    /// How many requests there were since the last time, and the tenths of read units that they cost.
    pub(crate) async fn take(&self, client: &Client) -> anyhow::Result<(usize, u64)> {
        let requests = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let mut tenths = 0;
        for (operation, request) in &requests {
            tenths += priced(client, operation, request).await?;
        }
        Ok((requests.len(), tenths))
    }
}

async fn priced(client: &Client, operation: &str, request: &Value) -> anyhow::Result<u64> {
    let total = ReturnConsumedCapacity::Total;
    let text = |name: &str| request.get(name).and_then(Value::as_str).map(str::to_owned);
    let is = |name: &str| request.get(name).and_then(Value::as_bool);
    let limit = request.get("Limit").and_then(Value::as_i64).map(i32::try_from).transpose()?;
    match operation {
        "GetItem" => {
            let get =
                client.get_item().set_table_name(text("TableName")).return_consumed_capacity(total);
            let get =
                get.set_key(item(request.get("Key"))?).set_consistent_read(is("ConsistentRead"));
            tenths(get.send().await?.consumed_capacity.as_slice())
        }
        "Query" => {
            let query = client
                .query()
                .set_table_name(text("TableName"))
                .set_index_name(text("IndexName"))
                .set_key_condition_expression(text("KeyConditionExpression"))
                .set_filter_expression(text("FilterExpression"))
                .set_projection_expression(text("ProjectionExpression"))
                .set_expression_attribute_names(names(request))
                .set_expression_attribute_values(item(request.get("ExpressionAttributeValues"))?)
                .set_exclusive_start_key(item(request.get("ExclusiveStartKey"))?)
                .set_scan_index_forward(is("ScanIndexForward"))
                .set_consistent_read(is("ConsistentRead"))
                .set_limit(limit)
                .return_consumed_capacity(total);
            tenths(query.send().await?.consumed_capacity.as_slice())
        }
        "BatchGetItem" => {
            let tables =
                request.get("RequestItems").and_then(Value::as_object).context("tables")?;
            let mut get = client.batch_get_item().return_consumed_capacity(total);
            for (table, asked) in tables {
                let keys = asked.get("Keys").and_then(Value::as_array).context("keys")?;
                let mut all = KeysAndAttributes::builder()
                    .set_consistent_read(asked.get("ConsistentRead").and_then(Value::as_bool));
                for key in keys {
                    all = all.keys(item(Some(key))?.context("a key")?);
                }
                get = get.request_items(table, all.build()?);
            }
            tenths(&get.send().await?.consumed_capacity.unwrap_or_default())
        }
        other => bail!("a search makes a {other}"),
    }
}

/// Units come in halves.
fn tenths(consumed: &[ConsumedCapacity]) -> anyhow::Result<u64> {
    let mut sum = 0;
    for one in consumed {
        let units = format!("{:.1}", one.capacity_units().context("no price was told")?);
        sum += units.replace('.', "").parse::<u64>()?;
    }
    Ok(sum)
}

fn names(request: &Value) -> Option<HashMap<String, String>> {
    let names = request.get("ExpressionAttributeNames")?.as_object()?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Some(names.iter().map(|(name, value)| (name.clone(), text(value))).collect())
}

fn item(json: Option<&Value>) -> anyhow::Result<Option<HashMap<String, AttributeValue>>> {
    let Some(fields) = json.and_then(Value::as_object) else { return Ok(None) };
    let fields = fields.iter().map(|(name, value)| Ok((name.clone(), attribute(value)?)));
    fields.collect::<anyhow::Result<_>>().map(Some)
}

fn attribute(json: &Value) -> anyhow::Result<AttributeValue> {
    let text = |kind: &str| json.get(kind).and_then(Value::as_str).map(str::to_owned);
    let of_text = text("S").map(AttributeValue::S);
    of_text.or_else(|| text("N").map(AttributeValue::N)).context("a text or a number")
}
