//! The search's routes: commits across records, what belongs to one flow, and alarms.

use super::Audit;
use super::complete::complete_through;
use super::filter::Filter;
use super::item::{alarm, item};
use super::search::{Alarms, FoundPage, Place, Search, search};
use crate::list::page;
use crate::unread;
use edge::{Call, Cursor, Kind, Problem, Reply, Served, filter_digest};
use serde_json::{Map, Value, json};
use store::{AlarmRange, Order};

/// The most alarms that are listed.
const ALARMS_MAX: usize = 1_000;

impl Audit {
    /// `GET /audit/commits`: commits and alarms of the tenant, the newest first or the oldest; strongly
    /// consistent with the view, which follows the log within a second. See [`search`] for its cost.
    pub(super) async fn commits(&self, call: &Call) -> Served {
        let known = [&Filter::NAMES[..], &["order", "cursor", "limit"]].concat();
        call.query.only(&known)?;
        let filter = Filter::parse(|name| call.query.get(name))?;
        let order = match call.query.get("order") {
            None | Some("desc") => Order::Descending,
            Some("asc") => Order::Ascending,
            Some(_) => return Err(Problem::parameter("order", "must be `asc` or `desc`")),
        };
        let (alarms, digest) = (Alarms::Among, digest("commits", &filter, order));
        let asked = asked(call, filter, order, alarms, &digest)?;
        Ok(Reply::json(200, self.found(&asked, digest).await?))
    }

    /// `GET /audit/correlations/{id}`: the commits of one flow, the oldest first.
    pub(super) async fn correlation(&self, call: &Call) -> Served {
        call.query.only(&["cursor", "limit"])?;
        let id = call.routed.decoded("id");
        let part = |name: &str| (name == "correlation_id").then_some(id.as_str());
        let filter = Filter::parse(part).map_err(|_form| Problem::new(Kind::NotFound))?;
        let (order, alarms) = (Order::Ascending, Alarms::Without);
        let digest = digest("correlation", &filter, order);
        let asked = asked(call, filter, order, alarms, &digest)?;
        let mut page = self.found(&asked, digest).await?;
        page.insert("correlation_id".to_owned(), id.into());
        Ok(Reply::json(200, page))
    }

    /// `GET /audit/alarms`: the tenant's newest alarms, at most 1,000; strongly consistent.
    pub(super) async fn alarms(&self, call: &Call) -> Served {
        call.query.only(&[])?;
        let range = AlarmRange {
            tenant: call.caller()?.tenant.clone(),
            from: "0".to_owned(),
            to: "~".to_owned(),
            order: Order::Descending,
            limit: ALARMS_MAX,
        };
        let alarms = self.queries.store.alarms_of(&range).await.map_err(|error| unread(&error))?;
        let items: Vec<Value> =
            alarms.iter().take(ALARMS_MAX).map(|placed| alarm(&placed.alarm)).collect();
        Ok(Reply::json(200, page(&items, None)))
    }

    /// A page of what is found, and through when nothing of it is missing. That is read first: what was
    /// complete before the search is found by it.
    async fn found(&self, asked: &Search, filter: String) -> Result<Map<String, Value>, Problem> {
        let store = &self.queries.store;
        let complete = complete_through(store, &asked.tenant).await;
        let complete = complete.map_err(|error| unread(&error))?;
        let found = search(&self.queries, asked).await.map_err(|error| unread(&error))?;
        let FoundPage { found, next } = found;
        let items: Vec<Value> = found.iter().map(item).collect();
        let next = next.map(|position| Cursor { generation: 0, filter, position }.encode());
        let mut page = page(&items, next);
        if let Some(complete) = complete {
            page.insert("complete_through".to_owned(), json!(complete));
        }
        Ok(page)
    }
}

fn asked(
    call: &Call,
    filter: Filter,
    order: Order,
    alarms: Alarms,
    digest: &str,
) -> Result<Search, Problem> {
    let tenant = call.caller()?.tenant.clone();
    let limit = call.query.limit()?;
    let cursor = call.query.get("cursor").map(|text| Cursor::decode(text, digest)).transpose()?;
    let after = cursor.map(|cursor| cursor.position);
    if after.as_deref().is_some_and(|after| !fits(after, &filter)) {
        return Err(Problem::new(Kind::InvalidCursor));
    }
    Ok(Search { tenant, filter, order, after, limit, alarms })
}

/// Whether a place is one, and of the record that is asked for.
fn fits(after: &str, filter: &Filter) -> bool {
    Place::parse(after).is_some_and(|place| {
        let record = (place.record_type, place.id);
        filter.record.as_ref().is_none_or(|wanted| *wanted == record)
    })
}

fn digest(list: &str, filter: &Filter, order: Order) -> String {
    let order = if order == Order::Ascending { "asc" } else { "desc" };
    let texts = filter.texts();
    let texts = texts.iter().map(String::as_str);
    filter_digest(&[list, order].into_iter().chain(texts).collect::<Vec<&str>>())
}
