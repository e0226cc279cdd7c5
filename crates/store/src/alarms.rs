//! Alarms: what an operator must hear of, and an auditor of the tenant concerned.
//!
//! Each is kept twice in the control table: once under its name, so that one alarm raised twice is one,
//! and once in the partition of its tenant by the instant at which it was noticed first.

use crate::{Order, Store, StoreError};
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use serde::{Deserialize, Serialize};
use serde_dynamo::aws_sdk_dynamodb_1::from_item;
use std::collections::HashMap;
use vocabulary::{Instant, RecordKey, Tenant};

/// Something an operator must hear of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    /// What it is: `tamper`, `diverged`, `log_shortened` or `drift`.
    pub kind: String,
    /// The record's partition key.
    pub record: String,
    /// The commit or row version concerned; 0 where that is not known.
    pub version: u64,
    /// A sentence for operators, without contents.
    pub detail: String,
    /// When it was noticed first.
    pub at: Instant,
}

/// An alarm in its place among those of its tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedAlarm {
    /// `{at}#{type}#{id}#{version}#{name}`: the version in 16 digits, as rows of the audit view have it, so
    /// that an alarm stands after the commit of its instant that it is about.
    pub place: String,
    /// The alarm.
    pub alarm: Alarm,
}

/// A stretch of the alarms of one tenant, both ends included.
#[derive(Debug, Clone)]
pub struct AlarmRange {
    /// Whose.
    pub tenant: Tenant,
    /// The first place.
    pub from: String,
    /// The last place; nothing is read where it comes before the first.
    pub to: String,
    /// Which end comes first.
    pub order: Order,
    /// The most alarms wanted.
    pub limit: usize,
}

const ALARMS: &str = "alarms";

impl Alarm {
    fn place(&self, key: &RecordKey, name: &str) -> String {
        let Self { at, version, .. } = self;
        format!("{at}#{}#{}#{version:016}#{name}", key.record_type, key.id)
    }
}

fn partition(tenant: &Tenant) -> String {
    format!("{ALARMS}#{tenant}")
}

impl Store {
    /// Raises an alarm. `name` makes the same alarm, raised twice, one entry with its first instant. One
    /// write of two items where the record's key can be read, else of one.
    ///
    /// # Errors
    /// [`StoreError`]; raised again, what is missing is added.
    pub async fn raise(&self, name: &str, alarm: &Alarm) -> Result<(), StoreError> {
        const ATTEMPT: &str = "raising an alarm";
        let first = self.raise_to_operators(name, alarm).await?;
        let Ok(key) = RecordKey::from_pk(&first.record) else { return Ok(()) };
        let place = first.place(&key, name);
        let put = self.put_control(ATTEMPT, &partition(&key.tenant), Some(&place), &first)?;
        put.send().await.map(drop).map_err(|error| StoreError::of(ATTEMPT, error))
    }

    /// Raises an alarm that operators must hear of and auditors need not: it is about a view, not about the
    /// log. Gives it as it was raised first. One write.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn raise_to_operators(&self, name: &str, alarm: &Alarm) -> Result<Alarm, StoreError> {
        const ATTEMPT: &str = "raising an alarm";
        let put = self
            .put_control(ATTEMPT, ALARMS, Some(name), alarm)?
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match put.send().await {
            Ok(_) => Ok(alarm.clone()),
            Err(error) => match item_in_the_way(&error) {
                Some(item) => {
                    from_item(item).map_err(|error| StoreError::unreadable(ATTEMPT, error))
                }
                None => Err(StoreError::of(ATTEMPT, error)),
            },
        }
    }

    /// Every alarm that was raised, by name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn alarms(&self) -> Result<Vec<Alarm>, StoreError> {
        self.control_items(ALARMS, "listing alarms").await
    }

    /// Alarms about records of one tenant in order, strongly consistent, at most `limit`, fewer only where
    /// the stretch ends. Reads all pages it needs.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn alarms_of(&self, range: &AlarmRange) -> Result<Vec<PlacedAlarm>, StoreError> {
        const ATTEMPT: &str = "listing a tenant's alarms";
        let (mut alarms, mut start) = (Vec::new(), None);
        if range.from > range.to {
            return Ok(alarms);
        }
        loop {
            let missing = i32::try_from(range.limit.saturating_sub(alarms.len())).unwrap_or(1_000);
            let page = self
                .client
                .query()
                .table_name(&self.tables.control)
                .consistent_read(true)
                .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
                .expression_attribute_values(":pk", AttributeValue::S(partition(&range.tenant)))
                .expression_attribute_values(":from", AttributeValue::S(range.from.clone()))
                .expression_attribute_values(":to", AttributeValue::S(range.to.clone()))
                .scan_index_forward(range.order == Order::Ascending)
                .limit(missing.clamp(1, 1_000))
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| StoreError::of(ATTEMPT, error))?;
            start = page.last_evaluated_key;
            for item in page.items.unwrap_or_default() {
                let place = match item.get("sk") {
                    Some(AttributeValue::S(place)) => place.clone(),
                    // The table's keys rule it out.
                    Some(_) | None => String::new(),
                };
                let alarm: Alarm =
                    from_item(item).map_err(|error| StoreError::unreadable(ATTEMPT, error))?;
                alarms.push(PlacedAlarm { place, alarm });
            }
            if start.is_none() || alarms.len() >= range.limit {
                return Ok(alarms);
            }
        }
    }
}

fn item_in_the_way<R>(
    error: &SdkError<PutItemError, R>,
) -> Option<HashMap<String, AttributeValue>> {
    match error.as_service_error() {
        Some(PutItemError::ConditionalCheckFailedException(failed)) => failed.item().cloned(),
        Some(_) | None => None,
    }
}
