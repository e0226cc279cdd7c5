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
use vocabulary::{ActorId, Version};

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
        let generation = self.generation(cursor.as_ref()).await?;
        let rows = if filter.owner.is_some() { Rows::ByOwner } else { Rows::ByStatus };
        let owner = filter.owner.as_ref();
        let lists = filter.statuses.iter().flat_map(|status| {
            list_partitions(generation, &caller.tenant, descriptor.name, status, owner)
        });
        let pages = lists.map(|partition| {
            let after = cursor.as_ref().map(|cursor| cursor.position.clone());
            let query = RowQuery { rows, partition, after, order: filter.order, limit: limit + 1 };
            async move { self.store.rows::<Listed>(&query).await }
        });
        let pages = try_join_all(pages).await.map_err(|error| unread(&error))?;
        let mut merged = merged(pages.into_iter().flatten(), filter.order);
        let more = merged.len() > limit;
        merged.truncate(limit);
        let next = merged.last().filter(|_| more).map(|last| {
            let position = last.position.clone();
            Cursor { generation: generation.number, filter: filter.digest.clone(), position }
                .encode()
        });
        let items: Result<Vec<Value>, serde_json::Error> =
            merged.iter().map(|row| serde_json::from_str(&row.summary)).collect();
        let items = items.map_err(|error| {
            tracing::error!(%error, "a row's summary cannot be read");
            Problem::new(Kind::Failure)
        })?;
        Ok(Reply::json(200, page(items, next)))
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

/// The generation of the records with this number, if there is one.
fn live(views: Vec<ViewGenerations>, number: u32) -> Option<Generation> {
    let records = views.into_iter().find(|view| view.view == RECORDS)?;
    records.live().find(|live| live.number == number)
}

/// A page of any list: `{items, next_cursor}`, the cursor absent at the end.
pub(crate) fn page(items: Vec<Value>, next_cursor: Option<String>) -> Map<String, Value> {
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

/// Rows of all partitions in one order. A row that has just moved may stand in its old and its new
/// place for a moment: the newer one counts.
fn merged(rows: impl Iterator<Item = Listed>, order: Order) -> Vec<Listed> {
    let mut newest: BTreeMap<String, Listed> = BTreeMap::new();
    for row in rows {
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
    rows
}
