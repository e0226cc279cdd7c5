//! The walk over the log that an export takes: the search of the audit, from its oldest commit on, up
//! to the instant that the request fixed.

use super::jobs::Failed;
use crate::Queries;
use crate::audit::{self, Alarms, Search, search};
use edge::{Kind, Problem};
use events::FieldError;
use events::access::Filter;
use std::collections::BTreeMap;
use store::{ExportJob, Order};
use vocabulary::{Instant, RecordKey, Version};

/// A commit that the search found.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) key: RecordKey,
    pub(super) version: Version,
    pub(super) recorded_at: Instant,
    /// Its place in time, after which a walk can go on.
    pub(super) place: String,
}

/// Some commits in their order, and where the walk goes on if it does.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) found: Vec<Found>,
    pub(super) next: Option<String>,
}

/// A walk over the commits of one export.
pub(super) struct Walk<'a> {
    pub(super) queries: &'a Queries,
    search: Search,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        queries: &'a Queries,
        job: &ExportJob,
        filter: &Filter,
    ) -> Result<Self, Failed> {
        let mut filter = parsed(filter).map_err(|_errors| Failed::Record)?;
        // What was recorded before that instant is found by every search from the request on.
        let through = job.complete_through;
        filter.until = Some(filter.until.map_or(through, |until| until.min(through)));
        let search = Search {
            tenant: job.tenant.clone(),
            filter,
            order: Order::Ascending,
            after: None,
            limit: 0,
            alarms: Alarms::Without,
        };
        Ok(Self { queries, search })
    }

    /// The commits after a place, at most `limit`: perhaps fewer, and none, though there are more.
    pub(super) async fn page(&self, after: Option<&str>, limit: usize) -> Result<Page, Failed> {
        let asked = Search { after: after.map(str::to_owned), limit, ..self.search.clone() };
        let page = search(self.queries, &asked).await?;
        Ok(Page { found: page.found.iter().filter_map(found).collect(), next: page.next })
    }
}

fn found(found: &audit::Found) -> Option<Found> {
    let audit::Found::Commit(row) = found else { return None };
    Some(Found {
        key: RecordKey::from_pk(&row.record).ok()?,
        version: row.version,
        recorded_at: row.at,
        place: row.place().to_owned(),
    })
}

/// The filter as the search takes it, or each part that does not have its form.
pub(super) fn parsed(filter: &Filter) -> Result<audit::Filter, Vec<FieldError>> {
    let Filter { actor, record_type, action, field, record, correlation_id, since, until } = filter;
    let parts: BTreeMap<&str, &str> = [
        ("actor", actor),
        ("type", record_type),
        ("action", action),
        ("field", field),
        ("record", record),
        ("correlation_id", correlation_id),
        ("since", since),
        ("until", until),
    ]
    .into_iter()
    .filter_map(|(name, text)| Some((name, text.as_deref()?)))
    .collect();
    audit::Filter::parse(|name| parts.get(name).copied()).map_err(|_first| {
        let wrong = |(name, text): (&&str, &&str)| {
            let alone = audit::Filter::parse(|asked| (asked == *name).then_some(*text));
            alone.err().map(|problem| FieldError {
                pointer: format!("/filter/{name}"),
                detail: problem.sentence().unwrap_or("does not have its form").to_owned(),
            })
        };
        parts.iter().filter_map(wrong).collect()
    })
}

/// The same for a request.
///
/// # Errors
/// [`Problem`] 400, naming every part that does not have its form.
pub(super) fn checked(filter: &Filter) -> Result<(), Problem> {
    match parsed(filter) {
        Ok(_) => Ok(()),
        // Parts that fit alone and not together would come here without a name.
        Err(errors) if errors.is_empty() => Err(Problem::new(Kind::InvalidFields)),
        Err(errors) => Err(Problem::fields(errors)),
    }
}
