//! How far a view is behind: of the newest commits that the feed knows, how many its rows have not reached.
//!
//! Every view has one row for each record, with the version that it has reached, at a place that the store
//! knows; so nothing else of the projections is needed here.

use super::desk::Desk;
use edge::{Problem, store_problem};
use futures::future::try_join_all;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use store::{FeedEntry, StoreError, ViewGenerations, row_key, table_of};
use vocabulary::{RecordKey, Version};

/// How many of the newest commits are looked at.
const LOOKED_AT: usize = 16;
/// How many days the feed is read back for them.
const DAYS: u32 = 2;

/// A row of any view.
#[derive(Deserialize)]
struct Row {
    version: Version,
}

impl Desk<'_> {
    /// The newest commits, the newest first.
    pub(super) async fn newest(&self) -> Result<Vec<FeedEntry>, Problem> {
        // A commit of this very millisecond counts.
        let before = self.call.now.plus_millis(1);
        let newest = self.store().newest_commits(before, (DAYS, LOOKED_AT)).await;
        newest.map_err(|error| store_problem(&error))
    }

    /// How far the active rows are behind them. One read for each record among them.
    pub(super) async fn lag(
        &self,
        view: &ViewGenerations,
        newest: &[FeedEntry],
    ) -> Result<Value, Problem> {
        let records: BTreeSet<&str> = newest.iter().map(|entry| &*entry.pk).collect();
        let reached = records.iter().map(|pk| async {
            let reached = self.reached(view, pk).await?;
            Ok::<_, StoreError>((*pk, reached))
        });
        let reached = try_join_all(reached).await.map_err(|error| store_problem(&error))?;
        let reached: BTreeMap<&str, Option<Version>> = reached.into_iter().collect();
        let is_behind = |entry: &&FeedEntry| {
            let row = reached.get(&*entry.pk).copied().flatten();
            row.is_none_or(|version| version < entry.version)
        };
        let behind: Vec<&FeedEntry> = newest.iter().filter(is_behind).collect();
        let oldest = behind.iter().map(|entry| entry.commit.minted_at()).min();
        let now = self.call.now.as_millis();
        let lag_ms = oldest.map_or(0, |oldest| (now - oldest.as_millis()).max(0));
        Ok(json!({"behind": behind.len(), "lag_ms": lag_ms, "looked_at": newest.len()}))
    }

    async fn reached(
        &self,
        view: &ViewGenerations,
        pk: &str,
    ) -> Result<Option<Version>, StoreError> {
        // A key that is none of ours has no row; the projector says so in its log.
        let (Ok(key), Some(table)) = (RecordKey::from_pk(pk), table_of(&view.view)) else {
            return Ok(None);
        };
        let row: Option<Row> = self.store().row(table, &row_key(view.active, &key)).await?;
        Ok(row.map(|row| row.version))
    }
}
