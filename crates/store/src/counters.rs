//! Numbers that rows add to, and what must change with a row that counts.
//!
//! Beside its number a counter keeps how often it was changed, so that whoever adds up the rows can tell
//! whether the number stood still meanwhile.

use crate::rows::{Condition, condition, condition_failed, conflicted};
use crate::{Expectation, RowKey, Store, StoreError, Table, Written};
use aws_sdk_dynamodb::error::{BuildError, SdkError};
use aws_sdk_dynamodb::types::{AttributeValue, Delete, TransactWriteItem, Update};

/// A counter as it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CounterRead {
    /// The number.
    pub n: i64,
    /// How often it was changed; 0 where nobody counted that yet.
    pub changes: u64,
}

impl Store {
    /// Adds to counters within a transaction; each notes that it was changed.
    pub(crate) fn additions(
        &self,
        table: Table,
        counters: &[(RowKey, i64)],
    ) -> Result<Vec<TransactWriteItem>, BuildError> {
        let add = |(key, number): &(RowKey, i64)| {
            let update = Update::builder()
                .table_name(self.tables.name(table))
                .key("pk", AttributeValue::S(key.pk.clone()))
                .key("sk", AttributeValue::S(key.sk.clone()))
                .update_expression("ADD #n :n, changes :one")
                .expression_attribute_names("#n", "n")
                .expression_attribute_values(":n", AttributeValue::N(number.to_string()))
                .expression_attribute_values(":one", AttributeValue::N("1".to_owned()));
            Ok(TransactWriteItem::builder().update(update.build()?).build())
        };
        counters.iter().map(add).collect()
    }

    /// Takes a row away if it still is as it was read, and adds to counters, all or nothing. Two write units
    /// per started KB of each.
    ///
    /// # Errors
    /// [`StoreError`]; after a passing failure it is unknown whether it was carried out. Repeated after
    /// that, it is [`Written::Overtaken`].
    pub async fn take_row(
        &self,
        table: Table,
        key: &RowKey,
        expected: &Expectation,
        counters: &[(RowKey, i64)],
    ) -> Result<Written, StoreError> {
        const ATTEMPT: &str = "taking a row away";
        let unbuilt = |error| StoreError::unreadable(ATTEMPT, error);
        let Condition { text, names, values } = condition(expected);
        let delete = Delete::builder()
            .table_name(self.tables.name(table))
            .key("pk", AttributeValue::S(key.pk.clone()))
            .key("sk", AttributeValue::S(key.sk.clone()))
            .condition_expression(text)
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values);
        let delete = delete.build().map_err(unbuilt)?;
        let mut items = vec![TransactWriteItem::builder().delete(delete).build()];
        items.extend(self.additions(table, counters).map_err(unbuilt)?);
        match self.client.transact_write_items().set_transact_items(Some(items)).send().await {
            Ok(_) => Ok(Written::Done),
            Err(error) if condition_failed(&error) => Ok(Written::Overtaken),
            Err(error) if conflicted(&error) => {
                Err(StoreError::Busy { attempt: ATTEMPT, source: Box::new(error) })
            }
            Err(error) => Err(StoreError::of(ATTEMPT, error)),
        }
    }

    /// Sets a counter right if nobody changed it since it was read, or made it since it was not there. One
    /// write unit.
    ///
    /// # Errors
    /// [`StoreError`]; after a passing failure it is unknown whether it was set. Repeated after that, it is
    /// [`Written::Overtaken`].
    pub async fn correct_counter(
        &self,
        table: Table,
        key: &RowKey,
        read: Option<CounterRead>,
        right: i64,
    ) -> Result<Written, StoreError> {
        const ATTEMPT: &str = "correcting a number";
        let number = |number: String| AttributeValue::N(number);
        let (condition, expected) = match read {
            None => ("attribute_not_exists(pk)", Vec::new()),
            Some(CounterRead { n, changes: 0 }) => {
                ("#n = :n AND attribute_not_exists(changes)", vec![(":n", n.to_string())])
            }
            Some(CounterRead { n, changes }) => {
                let expected = vec![(":n", n.to_string()), (":changes", changes.to_string())];
                ("#n = :n AND changes = :changes", expected)
            }
        };
        let mut update = self
            .client
            .update_item()
            .table_name(self.tables.name(table))
            .key("pk", AttributeValue::S(key.pk.clone()))
            .key("sk", AttributeValue::S(key.sk.clone()))
            .update_expression("SET #n = :right ADD changes :one")
            .condition_expression(condition)
            .expression_attribute_names("#n", "n")
            .expression_attribute_values(":right", number(right.to_string()))
            .expression_attribute_values(":one", number("1".to_owned()));
        for (name, value) in expected {
            update = update.expression_attribute_values(name, number(value));
        }
        let answer = update.send().await;
        match answer {
            Ok(_) => Ok(Written::Done),
            Err(SdkError::ServiceError(e)) if e.err().is_conditional_check_failed_exception() => {
                Ok(Written::Overtaken)
            }
            Err(error) => Err(StoreError::of(ATTEMPT, error)),
        }
    }
}
