//! The history of a record: its commits, with who, when, why and what changed.

mod asked;
pub(crate) mod item;

pub(crate) use item::shown;

use crate::list::page;
use crate::{Queries, unloaded, unread};
use asked::Asked;
use edge::{Call, Kind, Problem, Reply, Served};
use events::Registered;
use item::unreadable;
use serde_json::Value;
use std::collections::VecDeque;
use store::{Change, Damaged, Folded, LoadError, Order, Reached, Recorded, changes};
use vocabulary::{Instant, RecordKey, Version};

/// The most bytes of commits in one page, and of their items; Lambda passes no more than 6 MB on.
const PAGE_MAX_BYTES: usize = 4 * 1024 * 1024;
/// The most commits that one page looks through for those that its filter wants.
const LOOKED_THROUGH: usize = 1_000;

pub(crate) use asked::Stored;
pub(crate) use item::item;

type Read = Result<Recorded, Damaged>;

/// One page: items in the order of the answer, with their versions.
#[derive(Debug, Default)]
struct Page {
    items: VecDeque<(u64, Value)>,
    /// Whether something wanted was read that is not among the items.
    cut: bool,
    /// The last version that was read, where there are more after it.
    more: Option<u64>,
    /// Whether anything was read at all.
    met: bool,
}

impl Queries {
    /// `GET /{plural}/{id}/history`: strongly consistent. Reads the page's commits, at most 4 MB and
    /// 1,000 of them, and the state before the first of them: its nearest snapshot and at most 100
    /// commits, once the projector has caught up. `since` and `until` are found by halves.
    pub(crate) async fn history(&self, call: &Call) -> Served {
        let (of, _caller, key) = self.named(call)?;
        let asked = Asked::of(call, &key)?;
        let page = match self.asked_range(&key, &asked).await? {
            Some(range) => self.read_page(of, &key, &asked, range).await?,
            None => Page::default(),
        };
        if !page.met && asked.begins() {
            // Nothing fits; is there nothing at all?
            self.is_there(&key).await?;
        }
        let next = page.next().map(|last| asked.cursor(last));
        let items: Vec<Value> = page.items.into_iter().map(|(_version, item)| item).collect();
        Ok(Reply::json(200, self::page(&items, next)))
    }

    /// `GET /{plural}/{id}/history/{version}`: one commit, in the same shape.
    pub(crate) async fn commit(&self, call: &Call) -> Served {
        let (of, _caller, key) = self.named(call)?;
        call.query.only(&["include"])?;
        let stored = Stored::of(call)?;
        let nothing = || Problem::new(Kind::NotFound);
        let version: Version =
            call.routed.parameter("version").parse().map_err(|_version| nothing())?;
        let range = (version, version);
        let commits = self.store.commits(&key, range, Order::Ascending, 1).await;
        let commits = commits.map_err(|error| unread(&error))?;
        let mut told = None;
        self.tell(of, &key, &commits, |read, changes| {
            told = Some(match read {
                Ok(recorded) => item(recorded, changes, stored),
                Err(damaged) => unreadable(damaged.rev),
            });
        })
        .await?;
        told.map(|item| Reply::json(200, item)).ok_or_else(nothing)
    }

    /// Which versions a page can hold; `None` when there are none.
    async fn asked_range(
        &self,
        key: &RecordKey,
        asked: &Asked,
    ) -> Result<Option<(Version, Version)>, Problem> {
        let Some((from, to)) = asked.range() else { return Ok(None) };
        // Where a page goes on is known; where the first one begins has to be found.
        let begin = match asked.order {
            Order::Ascending => asked.filter.since,
            Order::Descending => asked.filter.until,
        };
        let Some(begin) = begin.filter(|_instant| asked.begins()) else {
            return Ok(Some((from, to)));
        };
        let before = self.version_before(key, begin).await?;
        let (from, to) = match (asked.order, before) {
            (Order::Ascending, Some(before)) => (from.max(before.next()), to),
            (Order::Ascending, None) => (from, to),
            (Order::Descending, Some(before)) => (from, to.min(before)),
            (Order::Descending, None) => return Ok(None),
        };
        Ok((from <= to).then_some((from, to)))
    }

    /// The last version that was recorded before an instant.
    async fn version_before(
        &self,
        key: &RecordKey,
        instant: Instant,
    ) -> Result<Option<Version>, Problem> {
        let reached = self.store.version_at(key, instant.plus_millis(-1)).await;
        match reached.map_err(|error| unread(&error))? {
            Reached::NoRecord => Err(Problem::new(Kind::NotFound)),
            Reached::NotBegun => Ok(None),
            Reached::Version(version) => Ok(Some(version)),
        }
    }

    /// That there is such a record.
    pub(crate) async fn is_there(&self, key: &RecordKey) -> Result<(), Problem> {
        let newest = self.store.newest(key).await.map_err(|error| unread(&error))?;
        newest.map(drop).ok_or_else(|| Problem::new(Kind::NotFound))
    }

    async fn read_page(
        &self,
        of: Registered,
        key: &RecordKey,
        asked: &Asked,
        range: (Version, Version),
    ) -> Result<Page, Problem> {
        let limit = if asked.filter.looks_inside() { LOOKED_THROUGH } else { asked.limit };
        let stretch = self.store.stretch(key, range, asked.order, (limit, PAGE_MAX_BYTES)).await;
        let mut stretch = stretch.map_err(|error| unread(&error))?;
        let beyond = |read: &Read| {
            read.as_ref().is_ok_and(|commit| asked.filter.ends_before(commit, asked.order))
        };
        let last = stretch.commits.last().map(number);
        let more = last.filter(|_version| !stretch.ended);
        let mut page = Page { more, met: last.is_some(), ..Page::default() };
        if let Some(end) = stretch.commits.iter().position(beyond) {
            stretch.commits.truncate(end);
            page.more = None;
        }
        if asked.order == Order::Descending {
            stretch.commits.reverse();
        }
        let wanted = |read: &Read| read.as_ref().map_or(true, |one| asked.filter.may_want(one));
        if stretch.commits.iter().any(wanted) {
            let told = |read: &Read, changes: Option<&[Change]>| {
                if wanted(read) {
                    page.take(read, changes, asked);
                }
            };
            self.tell(of, key, &stretch.commits, told).await?;
        }
        page.cut_to_size();
        Ok(page)
    }

    /// Tells of commits in ascending order, each with what it changed.
    async fn tell(
        &self,
        of: Registered,
        key: &RecordKey,
        commits: &[Read],
        mut told: impl FnMut(&Read, Option<&[Change]>),
    ) -> Result<(), Problem> {
        let before = commits.first().and_then(|first| Version::new(number(first)).ok());
        let before = before.and_then(Version::previous);
        let base = match before {
            Some(version) => self.store.load_at(of, key, version).await,
            None => Ok(None),
        };
        let mut folds = true;
        let mut state: Option<Folded> = match base {
            Ok(record) => record.map(|record| record.folded),
            Err(error @ LoadError::Store(_)) => return Err(unloaded(&error)),
            // The commits can be shown, what they changed cannot be told.
            Err(LoadError::Damaged { .. } | LoadError::Fold { .. }) => {
                folds = false;
                None
            }
        };
        let mut earlier = state.as_ref().map(Folded::fields).unwrap_or_default();
        for read in commits {
            folds = folds
                && read.as_ref().is_ok_and(|commit| Folded::fold(&mut state, of, commit).is_ok());
            if !folds {
                told(read, None);
                continue;
            }
            let later = state.as_ref().map(Folded::fields).unwrap_or_default();
            told(read, Some(&changes(&earlier, &later)));
            earlier = later;
        }
        Ok(())
    }
}

impl Page {
    /// Takes a commit, if its changes are wanted too; commits come in ascending order. Of those that
    /// do not fit, the ones stay that the answer begins with.
    fn take(&mut self, read: &Read, changes: Option<&[Change]>, asked: &Asked) {
        if !asked.filter.wants(changes) {
            return;
        }
        let full = self.items.len() >= asked.limit;
        self.cut = self.cut || full;
        let told = || match read {
            Ok(commit) => item(commit, changes, asked.stored),
            Err(damaged) => unreadable(damaged.rev),
        };
        match asked.order {
            Order::Ascending if full => {}
            Order::Ascending => self.items.push_back((number(read), told())),
            Order::Descending => {
                self.items.push_front((number(read), told()));
                self.items.truncate(asked.limit);
            }
        }
    }

    /// Cuts the page to what can be sent: changes repeat what the commits say.
    fn cut_to_size(&mut self) {
        let mut bytes = 0;
        let fits = self.items.iter().take_while(|(_version, item)| {
            bytes += item.to_string().len();
            bytes <= PAGE_MAX_BYTES
        });
        let kept = fits.count().max(1);
        self.cut = self.cut || self.items.len() > kept;
        self.items.truncate(kept);
    }

    /// After which version the next page goes on, if there is one.
    fn next(&self) -> Option<u64> {
        if self.cut { self.items.back().map(|(version, _item)| *version) } else { self.more }
    }
}

fn number(read: &Read) -> u64 {
    match read {
        Ok(commit) => commit.version().get(),
        Err(damaged) => damaged.rev,
    }
}
