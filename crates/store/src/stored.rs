//! The items of a record as they stand in the table: read without asking whether they fit.

use crate::{Store, StoreError};
use aws_sdk_dynamodb::types::AttributeValue;
use std::collections::HashMap;
use std::fmt::Write;
use vocabulary::{RecordKey, Version};

/// A commit's item, attribute by attribute. One that is missing, or is of another type than a commit's,
/// is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredItem {
    /// The record's partition key.
    pub pk: String,
    /// The number of the commit, as DynamoDB writes it.
    pub rev: String,
    /// The hash of the commit before, in hexadecimal.
    pub p: Option<String>,
    /// The commit's text.
    pub e: Option<String>,
    /// The commit's id.
    pub c: Option<String>,
    /// The commit's place in the feed.
    pub d: Option<String>,
}

impl Store {
    /// The items of a record by their numbers, strongly consistent: from a version on (without one, from
    /// the smallest number that there is), after a number, at most `limit`; fewer only where they end.
    /// Reads all pages it needs.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn stored(
        &self,
        key: &RecordKey,
        from: Option<Version>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<StoredItem>, StoreError> {
        const ATTEMPT: &str = "reading a record's items";
        let begins = match (from, after) {
            (_, Some(after)) => Some(("pk = :pk AND rev > :rev", after.to_owned())),
            (Some(from), None) => Some(("pk = :pk AND rev >= :rev", from.to_string())),
            (None, None) => None,
        };
        let (mut items, mut start) = (Vec::new(), None);
        loop {
            let missing = i32::try_from(limit.saturating_sub(items.len())).unwrap_or(1_000);
            let request = self
                .client
                .query()
                .table_name(&self.tables.events)
                .consistent_read(true)
                .expression_attribute_values(":pk", AttributeValue::S(key.pk()))
                .limit(missing.clamp(1, 1_000))
                .set_exclusive_start_key(start);
            let request = match &begins {
                Some((condition, rev)) => request
                    .key_condition_expression(*condition)
                    .expression_attribute_values(":rev", AttributeValue::N(rev.clone())),
                None => request.key_condition_expression("pk = :pk"),
            };
            let page = request.send().await.map_err(|error| StoreError::of(ATTEMPT, error))?;
            items.extend(page.items().iter().map(read));
            start = page.last_evaluated_key;
            if start.is_none() || items.len() >= limit {
                return Ok(items);
            }
        }
    }
}

fn read(item: &HashMap<String, AttributeValue>) -> StoredItem {
    let text = |name: &str| match item.get(name) {
        Some(AttributeValue::S(text)) => Some(text.clone()),
        Some(_) | None => None,
    };
    let rev = match item.get("rev") {
        Some(AttributeValue::N(number)) => number.clone(),
        // The table's keys rule it out.
        Some(_) | None => String::new(),
    };
    let p = match item.get("p") {
        Some(AttributeValue::B(bytes)) => Some(hexadecimal(bytes.as_ref())),
        Some(_) | None => None,
    };
    StoredItem {
        pk: text("pk").unwrap_or_default(),
        rev,
        p,
        e: text("e"),
        c: text("c"),
        d: text("d"),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut digits = String::new();
    for byte in bytes {
        // Writing to a string cannot fail.
        write!(digits, "{byte:02x}").unwrap_or_default();
    }
    digits
}
