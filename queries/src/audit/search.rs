//! The search across records: commits and alarms of a tenant in one order of time.
//!
//! A list of commits is cut into days and each day into shards. The search goes from day to day, only to
//! those that hold something, and merges the fronts of their shards. What it reads depends on what it
//! answers and looks through, never on how much lies outside.

use super::complete::active;
use super::days::Days;
use super::filter::Filter;
use super::source::Source;
use crate::Queries;
use futures::future::try_join_all;
use projections::CommitRow;
use store::{Generation, Order, PlacedAlarm, StoreError};
use vocabulary::{Instant, RecordId, RecordKey, Tenant, TypeName, Version};

/// How much one page looks through: rows, a day counted as so many.
const LOOKED_THROUGH: usize = 2_000;
/// What a day costs: its shards are asked, whether or not there is something wanted in them.
const DAY: usize = 20;

/// What is searched for.
#[derive(Debug, Clone)]
pub struct Search {
    /// Whose commits.
    pub tenant: Tenant,
    /// Which of them.
    pub filter: Filter,
    /// Which end of time comes first.
    pub order: Order,
    /// The place after which the page begins, as [`FoundPage::next`] told it for the same filter and order.
    pub after: Option<String>,
    /// The most that a page holds.
    pub limit: usize,
    /// Whether alarms are wanted beside commits.
    pub alarms: Alarms,
}

/// Whether alarms are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alarms {
    /// Where the filter has room for them.
    Among,
    /// Commits only.
    Without,
}

/// A commit or an alarm.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// A commit, as the view has it.
    Commit(Box<CommitRow>),
    /// An alarm.
    Alarm(PlacedAlarm),
}

/// A page of what was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FoundPage {
    /// In order. May be fewer than asked for, and none, though there is more.
    pub found: Vec<Found>,
    /// The place after which there may be more; `None` at the end. It is one in time, not in a list:
    /// commits that come meanwhile do not move it, and it is good in every generation of the view.
    pub next: Option<String>,
}

/// A place in time, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) at: Instant,
    pub(super) record_type: TypeName,
    pub(super) id: RecordId,
    pub(super) version: Version,
    /// The alarm that stands after the commit, if it is one's place.
    pub(super) alarm: Option<String>,
}

/// The stretch of time that is searched.
#[derive(Debug)]
pub(super) struct Bounds {
    pub(super) since: Option<Instant>,
    pub(super) until: Option<Instant>,
    pub(super) after: Option<Place>,
    pub(super) order: Order,
}

impl Found {
    pub(super) fn commit(row: CommitRow) -> Self {
        Self::Commit(Box::new(row))
    }

    /// Where it stands in time.
    pub fn place(&self) -> &str {
        match self {
            Self::Commit(row) => row.place(),
            Self::Alarm(alarm) => &alarm.place,
        }
    }
}

impl Place {
    /// A place from its text; `None` when it is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(5, '#');
        let place = Self {
            at: Instant::parse(parts.next()?).ok()?,
            record_type: TypeName::parse(parts.next()?).ok()?,
            id: RecordId::parse(parts.next()?).ok()?,
            version: parts.next()?.trim_start_matches('0').parse().ok()?,
            alarm: parts.next().map(str::to_owned),
        };
        // A sort key may have 1,024 bytes; texts of another form than ours would be out of order.
        (place.text() == text && text.len() <= 900).then_some(place)
    }

    /// The commit's part of it.
    fn commit(&self) -> String {
        let Self { at, record_type, id, version, .. } = self;
        format!("{at}#{record_type}#{id}#{:016}", version.get())
    }

    fn text(&self) -> String {
        match &self.alarm {
            Some(alarm) => format!("{}#{alarm}", self.commit()),
            None => self.commit(),
        }
    }
}

impl Bounds {
    fn of(search: &Search) -> Self {
        let Filter { since, until, .. } = search.filter;
        let after = search.after.as_deref().and_then(Place::parse);
        Self { since, until, after, order: search.order }
    }

    /// First and last text of the stretch, both included, before it is cut where the page begins.
    fn whole(&self) -> (String, String) {
        let from = self.since.map_or_else(|| "0".to_owned(), |since| since.to_string());
        let to = self
            .until
            .map_or_else(|| "~".to_owned(), |until| format!("{}~", until.plus_millis(-1)));
        (from, to)
    }

    /// The same for keys of commits, which end with `#` and a fold.
    pub(super) fn commits(&self) -> (String, String) {
        let (from, to) = self.whole();
        match (&self.after, self.order) {
            (None, _) => (from, to),
            // `$` comes after `#`: past the commit in all its folds.
            (Some(place), Order::Ascending) => (from.max(format!("{}$", place.commit())), to),
            (Some(place), Order::Descending) => {
                let end = if place.alarm.is_some() { "$" } else { "" };
                (from, to.min(format!("{}{end}", place.commit())))
            }
        }
    }

    /// The same for alarms.
    pub(super) fn alarms(&self) -> (String, String) {
        let (from, to) = self.whole();
        match (&self.after, self.order) {
            (None, _) => (from, to),
            // `!` comes before `#`: just past the place itself.
            (Some(place), Order::Ascending) => (from.max(format!("{}!", place.text())), to),
            (Some(place), Order::Descending) => (from, to.min(place.text())),
        }
    }

    /// First and last day of the stretch.
    fn days(&self) -> (String, String) {
        let mut from = self.since.map_or_else(|| "0".to_owned(), Instant::day);
        let mut to =
            self.until.map_or_else(|| "99999999".to_owned(), |until| until.plus_millis(-1).day());
        match (&self.after, self.order) {
            (None, _) => {}
            (Some(place), Order::Ascending) => from = from.max(place.at.day()),
            (Some(place), Order::Descending) => to = to.min(place.at.day()),
        }
        (from, to)
    }

    fn is_before(&self, one: &str, other: &str) -> bool {
        match self.order {
            Order::Ascending => one < other,
            Order::Descending => one > other,
        }
    }
}

/// Searches one page, strongly consistent with the view: reads, for each day that it comes by, the fronts
/// of its shards in the shortest list that fits the filter, and looks through 2,000 rows or 100 days at most.
/// One record's commits are read from the log itself.
///
/// # Errors
/// [`StoreError`].
pub async fn search(queries: &Queries, search: &Search) -> Result<FoundPage, StoreError> {
    let bounds = Bounds::of(search);
    let generation = active(&queries.store).await?;
    let mut merge = Merge::of(queries, search, &bounds, generation).await?;
    let mut page = FoundPage::default();
    let mut looked_through = 0;
    while let Some(found) = merge.next(&mut looked_through).await? {
        looked_through += 1;
        let place = found.place().to_owned();
        // A page never begins with what the one before ended with, whatever was asked for.
        let is_fresh = search.after.as_ref().is_none_or(|after| bounds.is_before(after, &place));
        if is_fresh && wanted(search, &found) {
            if page.found.len() == search.limit {
                page.next = page.found.last().map(|last| last.place().to_owned());
                return Ok(page);
            }
            page.found.push(found);
        }
        if looked_through >= LOOKED_THROUGH {
            page.next = Some(place);
            return Ok(page);
        }
    }
    Ok(page)
}

fn wanted(search: &Search, found: &Found) -> bool {
    match found {
        Found::Commit(row) => {
            RecordKey::from_pk(&row.record).is_ok_and(|key| search.filter.wants(&key, row))
        }
        Found::Alarm(placed) => search.filter.wants_alarm(&placed.alarm),
    }
}

/// What a page is merged from.
struct Merge<'a> {
    queries: &'a Queries,
    search: &'a Search,
    bounds: &'a Bounds,
    generation: Generation,
    /// The days that are still to come; none where the commits are those of one record.
    days: Option<Days>,
    commits: Vec<Source>,
    alarms: Option<Source>,
}

impl<'a> Merge<'a> {
    async fn of(
        queries: &'a Queries,
        search: &'a Search,
        bounds: &'a Bounds,
        generation: Generation,
    ) -> Result<Self, StoreError> {
        let asked = search.limit + 1;
        let (mut days, mut commits) = (None, Vec::new());
        if let Some(key) = search.filter.record_key(&search.tenant) {
            commits.push(Source::record(queries, key, generation, bounds, asked).await?);
        } else {
            let (list, tenant) = (search.filter.list(), &search.tenant);
            days = Some(Days::of(&list, generation, tenant, bounds.days(), bounds.order));
        }
        let among = search.alarms == Alarms::Among && search.filter.may_want_alarms();
        let alarms = among.then(|| Source::alarms(&search.tenant, bounds, asked));
        Ok(Self { queries, search, bounds, generation, days, commits, alarms })
    }

    /// What comes next; `None` at the end. Going to another day is counted.
    async fn next(&mut self, looked_through: &mut usize) -> Result<Option<Found>, StoreError> {
        let commit = self.next_commit(looked_through).await?;
        if let Some(alarms) = &mut self.alarms {
            alarms.fill(self.queries).await?;
        }
        let alarm = self.alarms.as_ref().and_then(Source::first).map(Found::place);
        let place = commit.and_then(|index| self.commits.get(index)).and_then(Source::first);
        let commit_first = match (place.map(Found::place), alarm) {
            (Some(commit), Some(alarm)) => self.bounds.is_before(commit, alarm),
            (Some(_), None) => true,
            (None, _) => false,
        };
        if commit_first && let Some(index) = commit {
            return self.take(index).await;
        }
        Ok(self.alarms.as_mut().and_then(Source::take))
    }

    /// Which source has the commit that comes next; goes on to the next day where none has.
    async fn next_commit(
        &mut self,
        looked_through: &mut usize,
    ) -> Result<Option<usize>, StoreError> {
        loop {
            let lacking = self.commits.iter_mut().filter(|source| source.lacks());
            try_join_all(lacking.map(|source| source.fill(self.queries))).await?;
            let firsts = self.commits.iter().enumerate();
            let firsts =
                firsts.filter_map(|(index, source)| Some((index, source.first()?.place())));
            let first =
                firsts.reduce(
                    |one, other| {
                        if self.bounds.is_before(other.1, one.1) { other } else { one }
                    },
                );
            if let Some((index, _)) = first {
                return Ok(Some(index));
            }
            let Some(days) = &mut self.days else { return Ok(None) };
            let Some(day) = days.next(&self.queries.store).await? else { return Ok(None) };
            *looked_through += DAY;
            let partitions =
                self.search.filter.list().day(self.generation, &self.search.tenant, &day);
            let asked = (self.search.limit + 1).div_ceil(partitions.len().max(1)) + 3;
            let open = |partition| Source::rows(partition, self.bounds, asked);
            self.commits = partitions.into_iter().map(open).collect();
        }
    }

    /// Takes the commit that comes next. Where it stands there as several folds saw it, the present one
    /// counts.
    async fn take(&mut self, index: usize) -> Result<Option<Found>, StoreError> {
        let Some(source) = self.commits.get_mut(index) else { return Ok(None) };
        let mut taken = source.take();
        loop {
            source.fill(self.queries).await?;
            let same = source.first().map(Found::place) == taken.as_ref().map(Found::place);
            if !same || taken.is_none() {
                return Ok(taken);
            }
            let other = source.take();
            if other.as_ref().is_some_and(|other| is_present(self.queries, other)) {
                taken = other;
            }
        }
    }
}

/// Whether this build's fold computed the fields that a commit changed.
fn is_present(queries: &Queries, found: &Found) -> bool {
    let Found::Commit(row) = found else { return false };
    let Ok(key) = RecordKey::from_pk(&row.record) else { return false };
    let of = queries.registry.by_name(key.record_type.as_str());
    of.is_some_and(|of| of.fingerprint.to_string() == row.fold())
}
