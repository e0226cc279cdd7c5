//! Lists of records: by type, status and owner, in order of change.
//!
//! A list is spread over partitions; the page is merged from the front of each.

use crate::{Queries, unread};
use edge::{Call, Cursor, Kind, Problem, Reply, Served, filter_digest};
use events::Descriptor;
use futures::future::try_join_all;
use projections::{RECORDS, list_partitions};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use store::{Generation, Order, RowQuery, Rows, ViewGenerations};
use vocabulary::{ActorId, Instant, RecordId, Version};

/// What a list's index holds of a row.
#[derive(Deserialize)]
struct Listed {
    position: String,
    version: Version,
    summary: String,
}

/// What a list shows, and in which order.
struct Filter {
    statuses: Vec<&'static str>,
    owner: Option<ActorId>,
    order: Order,
    digest: String,
}

impl Queries {
    /// `GET /{plural}`: eventually consistent, usually within a second. Reads one index query for
    /// each status and shard, each at most one item longer than the page.
    pub(crate) async fn list(&self, call: &Call) -> Served {
        let of = self.of_plural(call.routed.parameter("plural"))?;
        let caller = call.caller()?;
        let descriptor = of.of.descriptor();
        let filter = filter(call, descriptor)?;
        let limit = call.query.limit()?;
        let cursor = call.query.get("cursor").map(|text| Cursor::decode(text, &filter.digest));
        let cursor = cursor.transpose()?;
        let after = cursor.as_ref().map(position).transpose()?;
        let generation = self.generation(cursor.as_ref()).await?;
        let rows = if filter.owner.is_some() { Rows::ByOwner } else { Rows::ByStatus };
        let owner = filter.owner.as_ref();
        let lists = filter.statuses.iter().flat_map(|status| {
            list_partitions(generation, &caller.tenant, descriptor.name, status, owner)
        });
        let pages = lists.map(|partition| {
            let (after, order) = (after.clone(), filter.order);
            let query = RowQuery { rows, partition, after, order, limit: limit + 1 };
            async move { self.store.rows::<Listed>(&query).await }
        });
        let pages = try_join_all(pages).await.map_err(|error| unread(&error))?;
        let (merged, next) = merged(pages, filter.order, limit);
        let next = next.map(|position| {
            Cursor { generation: generation.number, filter: filter.digest.clone(), position }
                .encode()
        });
        let items: Result<Vec<Value>, serde_json::Error> =
            merged.iter().map(|row| serde_json::from_str(&row.summary)).collect();
        let items = items.map_err(|error| {
            tracing::error!(%error, "a row's summary cannot be read");
            Problem::new(Kind::Failure)
        })?;
        Ok(Reply::json(200, page(&items, next)))
    }

    /// The generation that a list is read from: the cursor's while it exists.
    async fn generation(&self, cursor: Option<&Cursor>) -> Result<Generation, Problem> {
        let Some(cursor) = cursor else { return self.active(RECORDS).await };
        let lately = self.store.views_lately().await.map_err(|error| unread(&error))?;
        if let Some(generation) = live(lately, cursor.generation) {
            return Ok(generation);
        }
        // It may be so new that it was not there lately.
        let views = self.store.views().await.map_err(|error| unread(&error))?;
        live(views, cursor.generation).ok_or_else(|| Problem::new(Kind::CursorGone))
    }
}

/// Where the cursor stands: `{changed_at}#{id}`. Cursors come from outside, and DynamoDB would fail
/// over a place that can be no index key.
fn position(cursor: &Cursor) -> Result<String, Problem> {
    let parts = cursor.position.split_once('#');
    let found = parts.is_some_and(|(changed_at, id)| {
        Instant::parse(changed_at).is_ok() && RecordId::parse(id).is_ok()
    });
    found.then(|| cursor.position.clone()).ok_or_else(|| Problem::new(Kind::InvalidCursor))
}

/// The generation of the records with this number, if there is one.
fn live(views: Vec<ViewGenerations>, number: u32) -> Option<Generation> {
    let records = views.into_iter().find(|view| view.view == RECORDS)?;
    records.live().find(|live| live.number == number)
}

/// A page of any list: `{items, next_cursor}`, the cursor absent at the end.
pub(crate) fn page(items: &[Value], next_cursor: Option<String>) -> Map<String, Value> {
    let mut page = Map::new();
    page.insert("items".to_owned(), json!(items));
    if let Some(cursor) = next_cursor {
        page.insert("next_cursor".to_owned(), cursor.into());
    }
    page
}

fn filter(call: &Call, descriptor: &'static Descriptor) -> Result<Filter, Problem> {
    call.query.only(&["status", "owner", "sort", "cursor", "limit", "q"])?;
    if call.query.get("q").is_some() {
        return Err(Problem::parameter("q", "cannot be used yet: search is still to come"));
    }
    let statuses = match call.query.get("status") {
        None => descriptor.statuses.iter().filter(|status| !status.ended).map(|s| s.name).collect(),
        Some(name) => vec![descriptor.status(name).ok_or_else(|| unknown_status(descriptor))?.name],
    };
    let wrong = |_error| Problem::parameter("owner", "must be the id of a person");
    let owner = call.query.get("owner").map(ActorId::parse).transpose().map_err(wrong)?;
    let order = match call.query.get("sort") {
        None | Some("-changed_at") => Order::Descending,
        Some("changed_at") => Order::Ascending,
        Some(_) => return Err(Problem::parameter("sort", "must be `changed_at` or `-changed_at`")),
    };
    let sort = if order == Order::Ascending { "changed_at" } else { "-changed_at" };
    let shown = statuses.join(",");
    let digest = filter_digest(&[
        descriptor.name,
        &shown,
        owner.as_ref().map(ActorId::as_str).unwrap_or_default(),
        sort,
    ]);
    Ok(Filter { statuses, owner, order, digest })
}

fn unknown_status(descriptor: &Descriptor) -> Problem {
    let names: Vec<&str> = descriptor.statuses.iter().map(|status| status.name).collect();
    Problem::parameter("status", &format!("must be one of: {}", names.join(", ")))
}

/// The first rows of all partitions in one order, and where the next page begins. A row that has just
/// moved may stand in its old and its new place for a moment: the newer one counts. Nothing is shown
/// from beyond the end of a partition that was not read to its end: rows of it may still come before.
fn merged(pages: Vec<Vec<Listed>>, order: Order, limit: usize) -> (Vec<Listed>, Option<String>) {
    let before = |a: &str, b: &str| match order {
        Order::Ascending => a < b,
        Order::Descending => a > b,
    };
    let cut = pages.iter().filter(|page| page.len() > limit).filter_map(|page| page.last());
    let cut = cut.map(|last| last.position.clone());
    let horizon = cut.reduce(|a, b| if before(&a, &b) { a } else { b });
    let mut newest: BTreeMap<String, Listed> = BTreeMap::new();
    for row in pages.into_iter().flatten() {
        let id = row.position.split('#').nth(1).unwrap_or_default().to_owned();
        match newest.get(&id) {
            Some(other) if other.version >= row.version => {}
            Some(_) | None => {
                newest.insert(id, row);
            }
        }
    }
    let mut rows: Vec<Listed> = newest.into_values().collect();
    rows.sort_by(|a, b| a.position.cmp(&b.position));
    if order == Order::Descending {
        rows.reverse();
    }
    if let Some(horizon) = &horizon {
        rows.retain(|row| !before(horizon, &row.position));
    }
    if rows.len() <= limit {
        return (rows, horizon);
    }
    rows.truncate(limit);
    let next = rows.last().map(|last| last.position.clone());
    (rows, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(at: u32, id: &str, version: u64) -> Listed {
        let version = Version::new(version).unwrap();
        Listed { position: format!("{at}#{id}"), version, summary: String::new() }
    }

    fn positions((rows, next): (Vec<Listed>, Option<String>)) -> (Vec<String>, Option<String>) {
        (rows.into_iter().map(|row| row.position).collect(), next)
    }

    #[test]
    fn a_page_is_the_front_of_all_partitions() {
        let pages = || {
            vec![vec![row(1, "a", 1), row(4, "d", 1), row(5, "e", 1)], vec![row(2, "b", 1)], vec![]]
        };
        let (rows, next) = positions(merged(pages(), Order::Ascending, 2));
        assert_eq!(
            (rows, next.as_deref()),
            (vec!["1#a".to_owned(), "2#b".to_owned()], Some("2#b"))
        );
        let (rows, next) = positions(merged(pages(), Order::Ascending, 3));
        assert_eq!((rows.len(), next.as_deref()), (3, Some("4#d")));
        let (rows, next) = positions(merged(pages(), Order::Ascending, 4));
        assert_eq!((rows.len(), next), (4, None));
    }

    #[test]
    fn rows_that_move_while_they_are_read_hide_no_other() {
        // a and b have just left the first partition, whose next row, 4#d, was not read.
        let first = vec![row(1, "a", 1), row(2, "b", 1), row(3, "c", 1)];
        let second = vec![row(8, "a", 2), row(9, "b", 2)];
        let (rows, next) = positions(merged(vec![first, second], Order::Ascending, 2));
        assert_eq!((rows, next.as_deref()), (vec!["3#c".to_owned()], Some("3#c")));
        let first = vec![row(9, "a", 1), row(8, "b", 1), row(7, "c", 1)];
        let second = vec![row(5, "a", 2), row(4, "b", 2)];
        let (rows, next) = positions(merged(vec![first, second], Order::Descending, 2));
        assert_eq!((rows, next.as_deref()), (vec!["7#c".to_owned()], Some("7#c")));
    }
}
