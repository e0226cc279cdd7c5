//! Where each record ends, as the view of records saw it: what a log is held against whose last commits
//! were cut off.

use super::Audit;
use super::filter::record;
use crate::list::page;
use crate::unread;
use edge::{Call, Cursor, Kind, Problem, Reply, Served, filter_digest};
use futures::future::try_join_all;
use projections::{RECORDS, row_key};
use serde::Deserialize;
use serde_json::{Value, json};
use store::{Generation, Order, RowRange, Table};
use vocabulary::{Digest, RecordKey, Tenant, Version};

/// The most items of a page.
const LIMIT_MAX: usize = 1_000;
/// Partitions that are read at the same time once the first one did not fill the page.
const TOGETHER: u32 = 8;

/// What of a row tells where its record ends.
#[derive(Debug, Deserialize)]
pub(super) struct RowHead {
    /// `{tenant}#{type}#{id}`.
    sk: String,
    version: Version,
    hash: Digest,
}

impl RowHead {
    const ATTRIBUTES: &[&str] = &["sk", "version", "hash"];

    fn told(&self) -> Option<Value> {
        let key = RecordKey::from_pk(&self.sk).ok()?;
        let (version, hash) = (self.version, self.hash);
        Some(json!({"type": key.record_type, "id": key.id, "version": version, "hash": hash}))
    }
}

/// A place among the heads: a partition, and in it the row after which the page begins.
struct Place {
    bucket: u32,
    after: Option<String>,
}

impl Audit {
    /// `GET /audit/heads`: newest version and hash of every record of the tenant, by partition and key, as
    /// the view of records has them: strongly consistent, and behind the log by what the view is. One
    /// query for each of the view's partitions that the page touches.
    pub(super) async fn heads(&self, call: &Call) -> Served {
        call.query.only(&["record", "cursor", "limit"])?;
        let tenant = &call.caller()?.tenant;
        let limit = call.query.limit_up_to(LIMIT_MAX)?;
        if let Some(text) = call.query.get("record") {
            if call.query.get("cursor").is_some() {
                return Err(Problem::new(Kind::InvalidCursor).detail("one record has no pages"));
            }
            let (record_type, id) = record(text)?;
            let key = RecordKey { tenant: tenant.clone(), record_type, id };
            let head = self.head(&key).await?;
            let items: Vec<Value> = head.iter().filter_map(RowHead::told).collect();
            return Ok(Reply::json(200, page(&items, None)));
        }
        let digest = filter_digest(&["heads"]);
        let cursor = call.query.get("cursor").map(|text| Cursor::decode(text, &digest));
        let cursor = cursor.transpose()?;
        let generation = self.queries.generation(RECORDS, cursor.as_ref()).await?;
        let place = place(cursor.as_ref(), generation, tenant)?;
        let (heads, next) = self.heads_from(generation, tenant, place, limit).await?;
        let items: Vec<Value> = heads.iter().filter_map(RowHead::told).collect();
        let next = next.map(|position| {
            Cursor { generation: generation.number, filter: digest, position }.encode()
        });
        Ok(Reply::json(200, page(&items, next)))
    }

    /// Where a record ends, if the view knows it.
    pub(super) async fn head(&self, key: &RecordKey) -> Result<Option<RowHead>, Problem> {
        let generation = self.queries.active(RECORDS).await?;
        let at = row_key(generation, key);
        let range = RowRange {
            table: Table::Records,
            partition: at.pk,
            from: at.sk.clone(),
            to: at.sk,
            order: Order::Ascending,
            limit: 1,
            attributes: RowHead::ATTRIBUTES,
        };
        let mut rows = self.queries.store.rows_between(&range).await.map_err(|e| unread(&e))?;
        Ok(rows.pop())
    }

    /// The heads from a place on, and where the next page begins.
    async fn heads_from(
        &self,
        generation: Generation,
        tenant: &Tenant,
        place: Place,
        limit: usize,
    ) -> Result<(Vec<RowHead>, Option<String>), Problem> {
        let mut heads: Vec<RowHead> = Vec::new();
        let mut buckets = vec![place.bucket];
        let mut after = place.after;
        while !buckets.is_empty() {
            // One more than wanted tells whether there is more.
            let missing = limit + 1 - heads.len();
            let reads = buckets.iter().map(|bucket| {
                let after = after.clone();
                self.bucket(generation, tenant, *bucket, after, missing)
            });
            for found in try_join_all(reads).await? {
                heads.extend(found);
            }
            if heads.len() > limit {
                heads.truncate(limit);
                let last = heads.last().map(|last| position(generation, tenant, last));
                return Ok((heads, last.flatten()));
            }
            let next = buckets.last().map_or(0, |last| last + 1);
            buckets = (next..generation.buckets.min(next + TOGETHER)).collect();
            after = None;
        }
        Ok((heads, None))
    }

    async fn bucket(
        &self,
        generation: Generation,
        tenant: &Tenant,
        bucket: u32,
        after: Option<String>,
        missing: usize,
    ) -> Result<Vec<RowHead>, Problem> {
        let from = after.clone().unwrap_or_else(|| format!("{tenant}#"));
        let range = RowRange {
            table: Table::Records,
            partition: format!("{}#{bucket}", generation.number),
            from,
            // The character after `#`: every key of the tenant comes before it.
            to: format!("{tenant}$"),
            order: Order::Ascending,
            limit: missing + usize::from(after.is_some()),
            attributes: RowHead::ATTRIBUTES,
        };
        let rows = self.queries.store.rows_between::<RowHead>(&range).await;
        let mut rows = rows.map_err(|error| unread(&error))?;
        rows.retain(|row| after.as_ref() != Some(&row.sk));
        Ok(rows)
    }
}

/// The cursor's position: the row's partition, type and id. Not its tenant, which the token tells.
fn position(generation: Generation, tenant: &Tenant, last: &RowHead) -> Option<String> {
    let key = RecordKey::from_pk(&last.sk).ok()?;
    let bucket = row_key(generation, &key).pk;
    let bucket = bucket.split('#').nth(1)?.to_owned();
    let rest = last.sk.strip_prefix(&format!("{tenant}#"))?;
    Some(format!("{bucket}#{rest}"))
}

fn place(
    cursor: Option<&Cursor>,
    generation: Generation,
    tenant: &Tenant,
) -> Result<Place, Problem> {
    let Some(cursor) = cursor else { return Ok(Place { bucket: 0, after: None }) };
    let wrong = || Problem::new(Kind::InvalidCursor);
    let (bucket, rest) = cursor.position.split_once('#').ok_or_else(wrong)?;
    let bucket: u32 = bucket.parse().map_err(|_bucket| wrong())?;
    let after = format!("{tenant}#{rest}");
    let known = RecordKey::from_pk(&after).is_ok() && bucket < generation.buckets;
    known.then_some(Place { bucket, after: Some(after) }).ok_or_else(wrong)
}
