//! Taking away rows of commits that are not in the log any more, as after it was restored to an earlier
//! instant.

use super::{CommitList, CommitRow, Span};
use crate::projector::Projector;
use serde::Deserialize;
use std::collections::BTreeMap;
use store::{Generation, Order, RowRange, StoreError, Table};
use vocabulary::{Digest, RecordKey, Version};

/// Rows read at a time.
const PAGE: usize = 250;

#[derive(Deserialize)]
struct Day {
    sk: String,
}

impl Projector {
    /// Goes through the days on which the record may have rows and takes away those that the log knows
    /// nothing of. Reads, of each such day, the tenant's commits of one shard: as rare as it is dear.
    ///
    /// # Errors
    /// [`StoreError`]; done again, it goes on.
    pub(crate) async fn remove_ghosts(
        &self,
        generation: Generation,
        key: &RecordKey,
        span: Span,
    ) -> Result<(), StoreError> {
        let days = RowRange {
            table: Table::Audit,
            partition: CommitList::All.days(generation, &key.tenant),
            from: span.from.day(),
            to: span.to.day(),
            order: Order::Ascending,
            limit: usize::MAX,
            attributes: &[],
        };
        for day in self.store.rows_between::<Day>(&days).await? {
            let mut from = span.from.to_string();
            loop {
                let range = RowRange {
                    table: Table::Audit,
                    partition: CommitList::All.of_record(generation, key, &day.sk),
                    from,
                    // After all that begins with the instant.
                    to: format!("{}~", span.to),
                    order: Order::Ascending,
                    limit: PAGE,
                    attributes: &[],
                };
                let rows: Vec<CommitRow> = self.store.rows_between(&range).await?;
                self.remove_unknown(generation, key, &rows).await?;
                match rows.last() {
                    Some(last) if rows.len() == PAGE => from = format!("{}~", last.sk),
                    Some(_) | None => break,
                }
            }
        }
        Ok(())
    }

    /// Takes those of the record's rows away whose commits the log does not have.
    async fn remove_unknown(
        &self,
        generation: Generation,
        key: &RecordKey,
        rows: &[CommitRow],
    ) -> Result<(), StoreError> {
        let own: Vec<&CommitRow> = rows.iter().filter(|row| row.record == key.pk()).collect();
        let versions = || own.iter().map(|row| row.version);
        let (Some(first), Some(last)) = (versions().min(), versions().max()) else { return Ok(()) };
        let count = usize::try_from(last.get() - first.get() + 1).unwrap_or(usize::MAX);
        let commits = self.store.commits(key, (first, last), Order::Ascending, count).await?;
        let known: BTreeMap<Version, Digest> =
            commits.iter().flatten().map(|commit| (commit.version(), commit.hash())).collect();
        for ghost in own.iter().filter(|row| known.get(&row.version) != Some(&row.hash)) {
            self.store.delete_rows(Table::Audit, &ghost.keys(generation, key)).await?;
        }
        Ok(())
    }
}
