//! Many items at once: by their keys, or as they stand in a view's table.

use crate::{Damaged, LogPart, Recorded, RowKey, Store, StoreError, Table, backoff};
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use serde::de::DeserializeOwned;
use serde_dynamo::aws_sdk_dynamodb_1::from_item;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use vocabulary::Version;

/// The most keys of one call (DynamoDB API reference, `BatchGetItem`, read 2026-11-24).
const TOGETHER_MAX: usize = 100;
/// How often what was left unread is asked for again without a single item coming.
const TRIES_MAX: u32 = 20;
/// The most items of a page; one also ends at 1 MB.
const PAGE: i32 = 1_000;

type Item = HashMap<String, AttributeValue>;

/// Commits by partition key and number; one that cannot be read comes as an `Err` in its place.
pub type CommitsByPlace = BTreeMap<(String, Version), Result<Recorded, Damaged>>;

/// Some rows of a view's table as they stand there, and where it goes on.
#[derive(Debug)]
pub struct TablePage<R> {
    /// The rows with their keys; `None` for one that is none of the kind asked for.
    pub rows: Vec<(RowKey, Option<R>)>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<RowKey>,
}

impl Store {
    /// Rows by their keys, strongly consistent, those that are there; `None` for one that is none of the kind
    /// asked for. One read unit for each key and started 4 KB, and a call for every 100 keys.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn rows_of<R: DeserializeOwned>(
        &self,
        table: Table,
        keys: &BTreeSet<RowKey>,
    ) -> Result<BTreeMap<RowKey, Option<R>>, StoreError> {
        let wanted = keys.iter().map(row_item).collect();
        let items =
            self.items_of("reading rows by their keys", self.tables.name(table), wanted, None);
        Ok(items.await?.into_iter().filter_map(|item| Some((key_of(&item)?, read(item)))).collect())
    }

    /// Commits by partition key and number, strongly consistent, those that are there. One read unit for
    /// each and started 4 KB, and a call for every 100 of them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn commits_of(
        &self,
        places: &BTreeSet<(String, Version)>,
    ) -> Result<CommitsByPlace, StoreError> {
        const ATTEMPT: &str = "reading commits by their keys";
        let wanted = places.iter().map(|(pk, version)| commit_item(pk, *version)).collect();
        let items = self.items_of(ATTEMPT, &self.tables.events, wanted, None);
        let place = |item: &Item| {
            let pk = item.get("pk")?.as_s().ok()?.clone();
            Some((pk, item.get("rev")?.as_n().ok()?.parse().ok()?))
        };
        let commit = |item: Item| {
            let commit = Recorded::from_item(&item).map_err(|error| Damaged::of(&item, error));
            Some((place(&item)?, commit))
        };
        Ok(items.await?.into_iter().filter_map(commit).collect())
    }

    /// Which records have a commit of some number, strongly consistent, by their partition keys. Costs what
    /// [`Store::commits_of`] does.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn have_commits(
        &self,
        places: &BTreeSet<(String, Version)>,
    ) -> Result<BTreeSet<String>, StoreError> {
        const ATTEMPT: &str = "asking for commits by their keys";
        let wanted = places.iter().map(|(pk, version)| commit_item(pk, *version)).collect();
        let items = self.items_of(ATTEMPT, &self.tables.events, wanted, Some("pk"));
        Ok(items.await?.iter().filter_map(|item| item.get("pk")?.as_s().ok().cloned()).collect())
    }

    /// Items by their keys, none twice; what the table leaves unread is asked for again.
    async fn items_of(
        &self,
        attempt: &'static str,
        table: &str,
        keys: Vec<Item>,
        attributes: Option<&str>,
    ) -> Result<Vec<Item>, StoreError> {
        let mut items = Vec::new();
        for together in keys.chunks(TOGETHER_MAX) {
            let mut left = together.to_vec();
            let mut tries = 0;
            while !left.is_empty() {
                let asked = left.len();
                let keys = KeysAndAttributes::builder()
                    .set_keys(Some(left))
                    .consistent_read(true)
                    .set_projection_expression(attributes.map(str::to_owned))
                    .build();
                let keys = keys.map_err(|error| StoreError::unreadable(attempt, error))?;
                let answer = self.client.batch_get_item().request_items(table, keys).send().await;
                let answer = answer.map_err(|error| StoreError::of(attempt, error))?;
                items
                    .extend(answer.responses.unwrap_or_default().remove(table).unwrap_or_default());
                let unread = answer.unprocessed_keys.unwrap_or_default().remove(table);
                left = unread.map(|unread| unread.keys).unwrap_or_default();
                // An answer ends at 16 MB too: as long as items come, that is no try.
                tries = if left.len() < asked { 0 } else { tries + 1 };
                if tries == TRIES_MAX {
                    let source = "the table kept leaving some of it unread".into();
                    return Err(StoreError::Busy { attempt, source });
                }
                if tries > 0 {
                    backoff(tries).await;
                }
            }
        }
        Ok(items)
    }

    /// Rows of a part of a view's table whose partition begins with `prefix`, as they stand there, strongly
    /// consistent; a page may be empty and still go on. Reads what it passes over too: one read unit for
    /// every 4 KB of the table, whatever its generation.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn table_page<R: DeserializeOwned>(
        &self,
        table: Table,
        part: LogPart,
        from: Option<&RowKey>,
        prefix: &str,
    ) -> Result<TablePage<R>, StoreError> {
        const ATTEMPT: &str = "reading a view's table as it stands";
        let mut scan = self
            .client
            .scan()
            .table_name(self.tables.name(table))
            .consistent_read(true)
            .filter_expression("begins_with(pk, :prefix)")
            .expression_attribute_values(":prefix", AttributeValue::S(prefix.to_owned()))
            .limit(PAGE)
            .set_exclusive_start_key(from.map(row_item));
        if part.of > 1 {
            let number = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
            scan = scan.segment(number(part.number)).total_segments(number(part.of));
        }
        let page = scan.send().await.map_err(|error| StoreError::of(ATTEMPT, error))?;
        let next = page.last_evaluated_key().and_then(key_of);
        let rows = page.items.unwrap_or_default().into_iter();
        let rows = rows.filter_map(|item| Some((key_of(&item)?, read(item)))).collect();
        Ok(TablePage { rows, next })
    }
}

fn read<R: DeserializeOwned>(item: Item) -> Option<R> {
    from_item(item).ok()
}

fn row_item(key: &RowKey) -> Item {
    HashMap::from([
        ("pk".to_owned(), AttributeValue::S(key.pk.clone())),
        ("sk".to_owned(), AttributeValue::S(key.sk.clone())),
    ])
}

fn key_of(item: &Item) -> Option<RowKey> {
    let text = |name: &str| Some(item.get(name)?.as_s().ok()?.clone());
    Some(RowKey { pk: text("pk")?, sk: text("sk")? })
}

fn commit_item(pk: &str, version: Version) -> Item {
    HashMap::from([
        ("pk".to_owned(), AttributeValue::S(pk.to_owned())),
        ("rev".to_owned(), AttributeValue::N(version.to_string())),
    ])
}
