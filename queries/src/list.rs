//! Lists of records: by type, status and owner, in order of change.
//!
//! A list is spread over partitions; the page is merged from the front of each.

use crate::merge::{Fresh, Listed, Read, asked, before, merged};
use crate::record::Found;
use crate::{Queries, unread};
use edge::{Call, Cursor, Kind, Problem, Reply, Served, filter_digest};
use events::{Descriptor, Registered};
use futures::future::{try_join, try_join_all};
use projections::{RECORDS, RecordRow, list_partitions};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use store::{Generation, Order, RowQuery, Rows, ViewGenerations};
use vocabulary::{ActorId, Instant, RecordId, RecordKey, Tenant, TypeName, Version};

/// What a list shows, and in which order.
struct Filter {
    statuses: Vec<&'static str>,
    owner: Option<ActorId>,
    order: Order,
    digest: String,
}

/// One page of a list: what of it is asked for.
struct Wanted<'a> {
    of: Registered,
    tenant: &'a Tenant,
    filter: &'a Filter,
    /// The place after which it begins.
    after: Option<String>,
    generation: Generation,
}

/// The records that the caller has seen, and the versions that they had reached.
type Seen = BTreeMap<RecordId, Version>;

/// The most records that a caller can say to have seen: each costs a read.
const SEEN_MAX: usize = 10;

impl Wanted<'_> {
    /// A record as this page has to show it.
    fn fresh(&self, found: &Found) -> Result<Fresh, serde_json::Error> {
        let Found { folded, stale } = found;
        let stale_at = stale.then(|| folded.version().next());
        let row = RecordRow::of(self.generation, folded, stale_at)?;
        let summary = folded.record().summary();
        let matches = summary.is_some_and(|summary| {
            let owner = self.filter.owner.as_ref();
            self.filter.statuses.contains(&summary.status)
                && (owner.is_none() || summary.owner.as_ref() == owner)
        });
        let (order, after) = (self.filter.order, self.after.as_ref());
        let listed = row.position.zip(row.summary).filter(|(position, _)| {
            matches && after.is_none_or(|after| before(order, after, position))
        });
        let version = folded.version();
        let row = listed.map(|(position, summary)| Listed { position, version, summary });
        Ok(Fresh { id: folded.key().id.to_string(), version, row })
    }
}

impl Queries {
    /// `GET /{plural}`: eventually consistent, usually within a second, but at least as new as what the
    /// caller has `seen`. Reads one index query for each status and shard, each at most some items longer
    /// than the page, and one row (where that is behind, also the log) for each record that was seen.
    pub(crate) async fn list(&self, call: &Call) -> Served {
        let of = self.of_plural(call.routed.parameter("plural"))?;
        let caller = call.caller()?;
        let filter = filter(call, of.of.descriptor())?;
        let seen = seen(call)?;
        let limit = call.query.limit()?;
        let cursor = call.query.get("cursor").map(|text| Cursor::decode(text, &filter.digest));
        let cursor = cursor.transpose()?;
        let after = cursor.as_ref().map(position).transpose()?;
        let generation = self.generation(RECORDS, cursor.as_ref()).await?;
        let wanted = Wanted { of, tenant: &caller.tenant, filter: &filter, after, generation };
        let asked = asked(limit, seen.len());
        let read = try_join(self.partitions(&wanted, asked), self.fresh(&wanted, &seen)).await;
        let (partitions, fresh) = read?;
        let (merged, next) = merged(Read { partitions, asked, fresh }, filter.order, limit);
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

    /// The front of every partition that the list is spread over.
    async fn partitions(
        &self,
        wanted: &Wanted<'_>,
        asked: usize,
    ) -> Result<Vec<Vec<Listed>>, Problem> {
        let Wanted { of, tenant, filter, after, generation } = wanted;
        let rows = if filter.owner.is_some() { Rows::ByOwner } else { Rows::ByStatus };
        let owner = filter.owner.as_ref();
        let name = of.of.descriptor().name;
        let lists = filter
            .statuses
            .iter()
            .flat_map(|status| list_partitions(*generation, tenant, name, status, owner));
        let pages = lists.map(|partition| {
            let (after, order) = (after.clone(), filter.order);
            let query = RowQuery { rows, partition, after, order, limit: asked };
            async move { self.store.rows::<Listed>(&query).await }
        });
        try_join_all(pages).await.map_err(|error| unread(&error))
    }

    /// The records that the caller has seen, as they are now. One that there is not is passed over.
    async fn fresh(&self, wanted: &Wanted<'_>, seen: &Seen) -> Result<Vec<Fresh>, Problem> {
        let name = wanted.of.of.descriptor().name;
        let record_type = TypeName::parse(name).map_err(|_name| Problem::new(Kind::Failure))?;
        let found = seen.iter().map(|(id, version)| {
            let key = RecordKey {
                tenant: wanted.tenant.clone(),
                record_type: record_type.clone(),
                id: id.clone(),
            };
            async move { self.found(wanted.of, &key, Some(*version)).await }
        });
        let found = try_join_all(found).await?;
        let shown = found.into_iter().flatten().map(|found| wanted.fresh(&found));
        shown.collect::<Result<_, _>>().map_err(|error| {
            tracing::error!(%error, "a summary cannot be written");
            Problem::new(Kind::Failure)
        })
    }

    /// The generation of a view that a list is read from: the cursor's while it exists.
    pub(crate) async fn generation(
        &self,
        view: &str,
        cursor: Option<&Cursor>,
    ) -> Result<Generation, Problem> {
        let Some(cursor) = cursor else { return self.active(view).await };
        let lately = self.store.views_lately().await.map_err(|error| unread(&error))?;
        if let Some(generation) = live(lately, view, cursor.generation) {
            return Ok(generation);
        }
        // It may be so new that it was not there lately.
        let views = self.store.views().await.map_err(|error| unread(&error))?;
        live(views, view, cursor.generation).ok_or_else(|| Problem::new(Kind::CursorGone))
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

/// The generation of a view with this number, if there is one.
fn live(views: Vec<ViewGenerations>, view: &str, number: u32) -> Option<Generation> {
    let found = views.into_iter().find(|entry| entry.view == view)?;
    found.live().find(|live| live.number == number)
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

/// What the caller has seen: `seen=id@version,id@version`.
fn seen(call: &Call) -> Result<Seen, Problem> {
    let wrong = || {
        let form = format!("must be 1 to {SEEN_MAX} times `id@version`, separated by commas");
        Problem::parameter("seen", &form)
    };
    let Some(text) = call.query.get("seen") else { return Ok(Seen::new()) };
    if text.split(',').count() > SEEN_MAX {
        return Err(wrong());
    }
    let mut seen = Seen::new();
    for one in text.split(',') {
        let (id, version) = one.split_once('@').ok_or_else(wrong)?;
        let id = RecordId::parse(id).map_err(|_id| wrong())?;
        let version = version.parse().map_err(|_version| wrong())?;
        let newest = seen.entry(id).or_insert(version);
        *newest = version.max(*newest);
    }
    Ok(seen)
}

fn filter(call: &Call, descriptor: &'static Descriptor) -> Result<Filter, Problem> {
    call.query.only(&["status", "owner", "sort", "seen", "cursor", "limit", "q"])?;
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
