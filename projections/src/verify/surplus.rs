//! What a generation holds that the log knows nothing of, and whether its numbers are right: a walk over its
//! rows, in parts, step by step.
//!
//! First come the partitions with one row for each record, by queries. Then the view's table as it stands
//! there, for rows whose partitions nobody can name: numbers of the view `counts`, commits in lists of the
//! view `audit`.

use super::numbers::Shard;
use super::{PAGE, Place, SURPLUS, difference, known};
use crate::audit::{CommitRow, list_of};
use crate::counts::Counter;
use crate::image;
use crate::projector::Projector;
use crate::views::{AUDIT, COUNTS, table_of};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;
use store::{
    CommitsByPlace, Difference, Generation, LogPart, LogPlace, Order, Recorded, RowKey, RowQuery,
    Rows, StoreError, Table,
};
use vocabulary::{RecordKey, Version};

/// Commits that are read at a time to be compared with rows; memory holds so many.
const COMMITS: usize = 100;

/// What is done about what is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    /// It is told.
    Tell,
    /// It is told and mended.
    Mend,
}

/// Where a walk is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Stop {
    /// In the rows of a bucket, after a row.
    Rows { bucket: u32, after: Option<String> },
    /// In the table as it stands.
    Table { from: Option<RowKey> },
}

/// One step of a walk.
type Walked = (Vec<Difference>, Option<LogPlace>);

#[derive(Deserialize)]
struct Known {
    sk: String,
    #[serde(default)]
    status: Option<Value>,
}

impl Stop {
    /// Where the walk of a part begins.
    fn first(part: LogPart, generation: Generation) -> Self {
        if part.number < generation.buckets {
            return Self::Rows { bucket: part.number, after: None };
        }
        Self::Table { from: None }
    }

    fn place(&self) -> LogPlace {
        match self {
            Self::Rows { bucket, after } => {
                LogPlace { pk: format!("rows#{bucket}"), rev: after.clone().unwrap_or_default() }
            }
            Self::Table { from: Some(RowKey { pk, sk }) } => {
                LogPlace { pk: format!("table#{pk}"), rev: sk.clone() }
            }
            Self::Table { from: None } => LogPlace { pk: "table".to_owned(), rev: String::new() },
        }
    }

    fn of_place(place: &LogPlace) -> Option<Self> {
        let LogPlace { pk, rev } = place;
        if pk == "table" {
            return Some(Self::Table { from: None });
        }
        if let Some(pk) = pk.strip_prefix("table#") {
            return Some(Self::Table { from: Some(RowKey { pk: pk.to_owned(), sk: rev.clone() }) });
        }
        let bucket = pk.strip_prefix("rows#")?.parse().ok()?;
        Some(Self::Rows { bucket, after: (!rev.is_empty()).then(|| rev.clone()) })
    }
}

impl Projector {
    /// One step of a walk over what a generation of a view holds: rows that no record of the log has, and for
    /// `counts` the numbers against their contributions. `from` is what the step before gave; `None` begins,
    /// and `None` comes with the last.
    ///
    /// A step reads at most 1 MB of rows, and one read unit of the log for each row; for `audit` the commit
    /// of each row; for `counts` the contributions of up to 1,000 shards of numbers.
    ///
    /// # Errors
    /// [`StoreError`]; the step can be taken again.
    pub async fn verify_counts(
        &self,
        view: &str,
        generation: Generation,
        part: LogPart,
        from: Option<&LogPlace>,
    ) -> Result<Walked, StoreError> {
        self.walk(view, generation, Act::Tell, part, from).await
    }

    /// The same, mending what it tells: rows that no record has are taken away, numbers are set right.
    ///
    /// # Errors
    /// [`StoreError`]; the step can be taken again.
    pub async fn mend_counts(
        &self,
        view: &str,
        generation: Generation,
        part: LogPart,
        from: Option<&LogPlace>,
    ) -> Result<Walked, StoreError> {
        self.walk(view, generation, Act::Mend, part, from).await
    }

    async fn walk(
        &self,
        view: &str,
        generation: Generation,
        act: Act,
        part: LogPart,
        from: Option<&LogPlace>,
    ) -> Result<Walked, StoreError> {
        let place = Place { view: known(view)?, generation, whole_before: None };
        let stop = match from {
            None => Stop::first(part, generation),
            Some(from) => Stop::of_place(from).ok_or_else(|| {
                let source = "a walk cannot go on from this place".into();
                StoreError::Unreadable { attempt: "verifying what a view holds", source }
            })?,
        };
        let (found, next) = match stop {
            Stop::Rows { bucket, after } => {
                let (found, more) = self.walk_rows(&place, act, bucket, after).await?;
                (found, self.after_rows(&place, part, bucket, more))
            }
            Stop::Table { from } => {
                let (found, next) = self.walk_table(&place, act, part, from.as_ref()).await?;
                (found, next.map(|from| Stop::Table { from: Some(from) }))
            }
        };
        Ok((found, next.map(|stop| stop.place())))
    }

    fn after_rows(
        &self,
        place: &Place,
        part: LogPart,
        bucket: u32,
        more: Option<String>,
    ) -> Option<Stop> {
        let next = bucket.saturating_add(part.of.max(1));
        match more {
            Some(after) => Some(Stop::Rows { bucket, after: Some(after) }),
            None if next < place.generation.buckets => {
                Some(Stop::Rows { bucket: next, after: None })
            }
            None if matches!(place.view, COUNTS | AUDIT) => Some(Stop::Table { from: None }),
            None => None,
        }
    }

    /// Rows of one bucket: of records that the log does not know, and contributions without a number.
    async fn walk_rows(
        &self,
        place: &Place,
        act: Act,
        bucket: u32,
        after: Option<String>,
    ) -> Result<(Vec<Difference>, Option<String>), StoreError> {
        let table = table_of(place.view).unwrap_or(Table::Records);
        let query = RowQuery {
            rows: Rows::Of(table),
            partition: format!("{}#{bucket}", place.generation.number),
            after,
            order: Order::Ascending,
            limit: PAGE,
        };
        let rows: Vec<Known> = self.store.rows(&query).await?;
        let begun: BTreeSet<(String, Version)> =
            rows.iter().map(|row| (row.sk.clone(), Version::FIRST)).collect();
        let begun = self.store.have_commits(&begun).await?;
        let mut found = Vec::new();
        for row in rows.iter().filter(|row| !begun.contains(&row.sk)) {
            found.extend(self.unknown_row(place, act, table, &query.partition, &row.sk).await?);
        }
        if place.view == COUNTS {
            found.extend(self.uncounted(place, act, &rows).await?);
        }
        let more = rows.len() >= PAGE;
        Ok((found, rows.into_iter().next_back().filter(|_| more).map(|row| row.sk)))
    }

    /// A row whose record has no first commit: one too many, unless the record has later ones.
    async fn unknown_row(
        &self,
        place: &Place,
        act: Act,
        table: Table,
        pk: &str,
        sk: &str,
    ) -> Result<Option<Difference>, StoreError> {
        let Some(key) = image::record_key(sk) else {
            if act == Act::Mend {
                let key = RowKey { pk: pk.to_owned(), sk: sk.to_owned() };
                self.store.delete_rows(table, &[key]).await?;
            }
            let detail = "a row under a key that is none of ours".to_owned();
            let found = Difference {
                record: String::new(),
                tenant: None,
                view: place.view.to_owned(),
                version: 0,
                kind: SURPLUS.to_owned(),
                detail,
            };
            return Ok(Some(found));
        };
        if self.head(&key).await?.is_some() {
            return Ok(None);
        }
        if act == Act::Mend {
            self.take_unknown(place, &key).await?;
        }
        let detail = "a row of a record that is not in the log".to_owned();
        Ok(Some(difference(place.view, &key, Version::FIRST, SURPLUS, detail)))
    }

    /// Numbers that should be there for the contributions of a page, of shards that have none at all.
    async fn uncounted(
        &self,
        place: &Place,
        act: Act,
        rows: &[Known],
    ) -> Result<Vec<Difference>, StoreError> {
        let mut counters = BTreeSet::new();
        for row in rows {
            let status = row.status.as_ref().and_then(Value::as_str);
            if let Some((key, status)) = image::record_key(&row.sk).zip(status) {
                counters.insert(Shard::of_record(&key).counter(place.generation, status));
            }
        }
        let there = self.store.rows_of::<Counter>(Table::Counts, &counters).await?;
        let missing = counters.into_iter().filter(|key| !there.contains_key(key));
        let mut shards: BTreeSet<Shard> = BTreeSet::new();
        for shard in missing.filter_map(|key| Shard::of_partition(&key.pk)) {
            // Where there is another number of the shard, the walk comes by it.
            if !self.has_numbers(place.generation, &shard).await? {
                shards.insert(shard);
            }
        }
        self.settle_numbers(place, act, shards).await
    }

    async fn settle_numbers(
        &self,
        place: &Place,
        act: Act,
        shards: BTreeSet<Shard>,
    ) -> Result<Vec<Difference>, StoreError> {
        let Place { view, generation, .. } = *place;
        let mut found = Vec::new();
        for shard in shards {
            found.extend(match act {
                Act::Tell => self.wrong_numbers(view, generation, &shard).await?,
                Act::Mend => self.mend_numbers(view, generation, &shard).await?,
            });
        }
        Ok(found)
    }

    /// A page of the table as it stands.
    async fn walk_table(
        &self,
        place: &Place,
        act: Act,
        part: LogPart,
        from: Option<&RowKey>,
    ) -> Result<(Vec<Difference>, Option<RowKey>), StoreError> {
        let number = place.generation.number;
        if place.view == COUNTS {
            let prefix = format!("{number}#n#");
            let page = self.store.table_page::<Counter>(Table::Counts, part, from, &prefix).await?;
            let pks: BTreeSet<String> = page.rows.into_iter().map(|(key, _)| key.pk).collect();
            let shards = pks.iter().filter_map(|pk| Shard::of_partition(pk)).collect();
            return Ok((self.settle_numbers(place, act, shards).await?, page.next));
        }
        let prefix = format!("{number}#");
        let page = self.store.table_page::<CommitRow>(Table::Audit, part, from, &prefix).await?;
        let rows: Vec<(RowKey, Option<CommitRow>)> =
            page.rows.into_iter().filter(|(key, _)| is_in_a_list(key)).collect();
        let mut found = Vec::new();
        for rows in rows.chunks(COMMITS) {
            found.extend(self.unknown_commits(place, act, rows).await?);
        }
        Ok((found, page.next))
    }

    /// Rows of commits that the log does not have, or that stand where they do not belong. A row of another
    /// fold beside that of the present one is none of them: searches pass it over.
    async fn unknown_commits(
        &self,
        place: &Place,
        act: Act,
        rows: &[(RowKey, Option<CommitRow>)],
    ) -> Result<Vec<Difference>, StoreError> {
        let named = rows.iter().filter_map(|(_, row)| row.as_ref());
        let places: BTreeSet<(String, Version)> =
            named.map(|row| (row.record.clone(), row.version)).collect();
        let commits = self.store.commits_of(&places).await?;
        let mut found = Vec::new();
        for (key, row) in rows {
            if row.as_ref().is_some_and(|row| belongs(place.generation, key, row, &commits)) {
                continue;
            }
            if act == Act::Mend {
                self.store.delete_rows(Table::Audit, std::slice::from_ref(key)).await?;
            }
            let list = list_of(&key.pk).unwrap_or("?");
            let record = row.as_ref().and_then(|row| image::record_key(&row.record));
            let detail = format!("a row in list `{list}` of no commit of the log");
            found.push(match (record, row) {
                (Some(record), Some(row)) => {
                    difference(place.view, &record, row.version, SURPLUS, detail)
                }
                (_, _) => Difference {
                    record: String::new(),
                    tenant: None,
                    view: place.view.to_owned(),
                    version: 0,
                    kind: SURPLUS.to_owned(),
                    detail,
                },
            });
        }
        Ok(found)
    }
}

/// Whether a key of the audit table is one of a commit in a list: neither of a cursor nor of a directory.
fn is_in_a_list(key: &RowKey) -> bool {
    list_of(&key.pk).is_some() && !key.pk.ends_with("#days")
}

/// Whether a row tells of a commit of the log, in a place where it has one.
fn belongs(
    generation: Generation,
    key: &RowKey,
    row: &CommitRow,
    commits: &CommitsByPlace,
) -> bool {
    let own = |commit: &Recorded| {
        let rows = CommitRow::of(generation, commit, row.fold(), &[]);
        commit.hash() == row.hash && rows.iter().any(|row| row.pk == key.pk && row.sk == key.sk)
    };
    match commits.get(&(row.record.clone(), row.version)) {
        Some(Ok(commit)) => own(commit),
        // One that cannot be read tells nothing.
        Some(Err(_)) => true,
        None => false,
    }
}

impl Projector {
    /// Takes away what a generation holds of a record that the log does not know.
    pub(super) async fn take_unknown(
        &self,
        place: &Place,
        key: &RecordKey,
    ) -> Result<(), StoreError> {
        match place.view {
            COUNTS => self.take_contribution(place, key).await,
            AUDIT => self.take_cursor(place, key).await,
            _ => self.take_record(place, key).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_goes_on_where_its_place_says() {
        let from = RowKey { pk: "1#t.a#all#20261124#0".to_owned(), sk: "x#1".to_owned() };
        for stop in [
            Stop::Rows { bucket: 3, after: None },
            Stop::Rows { bucket: 12, after: Some("t.a#todo#1".to_owned()) },
            Stop::Table { from: None },
            Stop::Table { from: Some(from) },
        ] {
            assert_eq!(Stop::of_place(&stop.place()), Some(stop));
        }
        let strange = LogPlace { pk: "elsewhere".to_owned(), rev: "1".to_owned() };
        assert_eq!(Stop::of_place(&strange), None);
    }

    #[test]
    fn cursors_and_directories_are_in_no_list() {
        let is = |pk: &str| is_in_a_list(&RowKey { pk: pk.to_owned(), sk: String::new() });
        assert!(is("1#t.a#all#20261124#0") && is("1#t.a#flow#ab#20261124#3"));
        assert!(!is("1#17") && !is("1#t.a#actor#ann#days"));
    }
}
