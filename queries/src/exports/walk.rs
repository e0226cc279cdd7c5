//! The walk over the log that an export takes: the search of the audit, from its oldest commit on, up
//! to the instant that the request fixed.

use super::jobs::Failed;
use crate::{Queries, unread};
use edge::Problem;
use events::access::Filter;
use std::collections::BTreeMap;
use store::{ExportJob, FeedRange, Order, Recorded};
use vocabulary::{Instant, RecordKey, StoredEvent, Tenant, Version};

/// How far back the feed is read: 40 days.
const LOOKED_BACK_MS: i64 = 40 * 86_400_000;

/// A commit that the search found.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) key: RecordKey,
    pub(super) version: Version,
    pub(super) recorded_at: Instant,
    /// The place after it, where a walk can go on.
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
    tenant: Tenant,
    filter: Filter,
    through: Instant,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        queries: &'a Queries,
        job: &ExportJob,
        filter: &Filter,
    ) -> Result<Self, Failed> {
        let (tenant, filter) = (job.tenant.clone(), filter.clone());
        Ok(Self { queries, tenant, filter, through: job.complete_through })
    }

    /// The commits after a place, at most `limit`. Until the audit's view is there to be searched, all
    /// of the feed's last days are read for it.
    pub(super) async fn page(&self, after: Option<&str>, limit: usize) -> Result<Page, Failed> {
        let mut range = FeedRange::between(self.through.plus_millis(-LOOKED_BACK_MS), self.through);
        let mut all: BTreeMap<String, Found> = BTreeMap::new();
        while let Some(entries) = self.queries.store.feed_page(&mut range).await? {
            for entry in entries {
                let key = RecordKey::from_pk(&entry.pk).ok();
                let Some(key) = key.filter(|key| key.tenant == self.tenant) else { continue };
                let at = (entry.version, entry.version);
                let read = self.queries.store.commits(&key, at, Order::Ascending, 1).await?.pop();
                if let Some(found) = read.and_then(Result::ok).and_then(|read| self.found(&read)) {
                    all.insert(found.place.clone(), found);
                }
            }
        }
        let is_after = |found: &Found| after.is_none_or(|after| found.place.as_str() > after);
        let mut found: Vec<Found> = all.into_values().filter(is_after).collect();
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|last| last.place.clone());
        Ok(Page { found, next })
    }

    /// The commit, if it is wanted.
    fn found(&self, recorded: &Recorded) -> Option<Found> {
        let (commit, filter) = (recorded.commit(), &self.filter);
        let is = |wanted: &Option<String>, value: &str| {
            wanted.as_ref().is_none_or(|wanted| wanted == value)
        };
        let own = commit.commit.to_string();
        let record = format!("{}/{}", commit.record_type, commit.id);
        let instant = |text: &Option<String>| Instant::parse(text.as_deref()?).ok();
        let acts = |action: &String| {
            let of = |event: &StoredEvent| format!("{}.{}", commit.record_type, event.event_type);
            commit.events.iter().any(|event| of(event) == *action)
        };
        let fits = is(&filter.actor, commit.actor.id.as_str())
            && is(&filter.record_type, commit.record_type.as_str())
            && is(&filter.record, &record)
            && is(&filter.correlation_id, commit.correlation.as_deref().unwrap_or(&own))
            && filter.action.as_ref().is_none_or(acts)
            && instant(&filter.since).is_none_or(|since| commit.at >= since)
            && instant(&filter.until).is_none_or(|until| commit.at < until);
        let place =
            format!("{}#{}#{}#{:020}", commit.at, commit.record_type, commit.id, commit.rev.get());
        let (key, version) = (recorded.key(), recorded.version());
        fits.then_some(Found { key, version, recorded_at: commit.at, place })
    }
}

/// The filter, if the search takes it.
pub(super) fn checked(
    _queries: &Queries,
    _tenant: &Tenant,
    _filter: &Filter,
) -> Result<(), Problem> {
    Ok(())
}

impl crate::audit::Audit {
    /// Up to when the search is complete.
    pub(super) async fn complete_through(
        &self,
        _tenant: &Tenant,
    ) -> Result<Option<Instant>, Problem> {
        self.queries.store.watermark("projector").await.map_err(|e| unread(&e))
    }
}
