//! Rows that are functions of their keys: put without a condition, many at a time.

use crate::{RowKey, Store, StoreError, Table, backoff};
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, PutRequest, WriteRequest};
use futures::stream::{self, TryStreamExt};
use serde::Serialize;
use serde_dynamo::aws_sdk_dynamodb_1::to_item;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

/// The most items of one call (DynamoDB API reference, `BatchWriteItem`, read 2026-11-24).
const TOGETHER_MAX: usize = 25;
/// The most calls at a time.
const AT_ONCE: usize = 8;
/// How often what was left undone is tried again.
const TRIES_MAX: u32 = 20;
/// How many keys are remembered before all are forgotten.
const KEYS_MAX: usize = 10_000;

/// The bare keys that this process has put, shared by the clones of a store. They are never taken away
/// while their generation lives, so that one that is remembered is there.
#[derive(Debug, Clone, Default)]
pub(crate) struct KeysPut(Arc<Mutex<HashSet<RowKey>>>);

impl KeysPut {
    fn with<T>(&self, work: impl FnOnce(&mut HashSet<RowKey>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Store {
    /// Puts rows whose content is a function of their keys, so that it does not matter how often and in
    /// which order that is done. One write unit per started KB. No key may be there twice.
    ///
    /// # Errors
    /// [`StoreError`]; some of them may have been put.
    pub async fn put_rows<R: Serialize>(&self, table: Table, rows: &[R]) -> Result<(), StoreError> {
        const ATTEMPT: &str = "putting rows";
        let put = |row: &R| {
            let item = to_item(row).map_err(|error| StoreError::unreadable(ATTEMPT, error))?;
            put_request(item).map_err(|error| StoreError::unreadable(ATTEMPT, error))
        };
        let requests: Result<Vec<WriteRequest>, StoreError> = rows.iter().map(put).collect();
        self.write_all(ATTEMPT, table, requests?).await
    }

    /// Puts items that are nothing but their keys, as far as this process has not put them before.
    ///
    /// # Errors
    /// [`StoreError`]; some of them may have been put.
    pub async fn put_keys(&self, table: Table, keys: BTreeSet<RowKey>) -> Result<(), StoreError> {
        const ATTEMPT: &str = "putting keys";
        let fresh: Vec<RowKey> = self
            .keys_put
            .with(|put| keys.into_iter().filter(|key| !put.contains(key)).collect::<Vec<_>>());
        let requests: Result<Vec<WriteRequest>, BuildError> =
            fresh.iter().map(|key| put_request(key_item(key))).collect();
        let requests = requests.map_err(|error| StoreError::unreadable(ATTEMPT, error))?;
        self.write_all(ATTEMPT, table, requests).await?;
        self.keys_put.with(|put| {
            if put.len() + fresh.len() > KEYS_MAX {
                put.clear();
            }
            put.extend(fresh);
        });
        Ok(())
    }

    /// Takes rows away, whatever they hold. No key may be there twice.
    ///
    /// # Errors
    /// [`StoreError`]; some of them may be gone.
    pub async fn delete_rows(&self, table: Table, keys: &[RowKey]) -> Result<(), StoreError> {
        const ATTEMPT: &str = "deleting rows";
        let delete = |key: &RowKey| {
            let request = DeleteRequest::builder().set_key(Some(key_item(key))).build();
            request.map(|request| WriteRequest::builder().delete_request(request).build())
        };
        let requests: Result<Vec<WriteRequest>, BuildError> = keys.iter().map(delete).collect();
        let requests = requests.map_err(|error| StoreError::unreadable(ATTEMPT, error))?;
        self.write_all(ATTEMPT, table, requests).await
    }

    async fn write_all(
        &self,
        attempt: &'static str,
        table: Table,
        requests: Vec<WriteRequest>,
    ) -> Result<(), StoreError> {
        let name = self.tables.name(table);
        let calls = requests.chunks(TOGETHER_MAX).map(|left| Ok((name, left.to_vec())));
        let write = |(name, left)| self.write_some(attempt, name, left);
        stream::iter(calls).try_for_each_concurrent(AT_ONCE, write).await
    }

    async fn write_some(
        &self,
        attempt: &'static str,
        name: &str,
        mut left: Vec<WriteRequest>,
    ) -> Result<(), StoreError> {
        for tries in 0..TRIES_MAX {
            if left.is_empty() {
                return Ok(());
            }
            if tries > 0 {
                backoff(tries).await;
            }
            let answer = self.client.batch_write_item().request_items(name, left).send().await;
            let answer = answer.map_err(|error| StoreError::of(attempt, error))?;
            let mut undone = answer.unprocessed_items.unwrap_or_default();
            left = undone.remove(name).unwrap_or_default();
        }
        if left.is_empty() {
            return Ok(());
        }
        let source = "the table kept leaving some of it undone".into();
        Err(StoreError::Busy { attempt, source })
    }
}

fn put_request(item: HashMap<String, AttributeValue>) -> Result<WriteRequest, BuildError> {
    let request = PutRequest::builder().set_item(Some(item)).build()?;
    Ok(WriteRequest::builder().put_request(request).build())
}

fn key_item(key: &RowKey) -> HashMap<String, AttributeValue> {
    HashMap::from([
        ("pk".to_owned(), AttributeValue::S(key.pk.clone())),
        ("sk".to_owned(), AttributeValue::S(key.sk.clone())),
    ])
}
