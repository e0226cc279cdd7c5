//! The commits that a replay chooses: record by record, in the order of each record's commits.
//!
//! Chosen records come from the request itself, from the feed where there is an instant to begin with, and
//! else from the log as it stands. No commit is recorded before the one before it, so what is chosen of a
//! record are commits that follow one another; the first of them brings the rest.

use super::Stopped;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use store::{
    Damaged, FeedEntry, FeedPlace, FeedRange, LogPart, LogPlace, Order, Reached, Recorded, Replay,
    Selection, Store,
};
use vocabulary::{Instant, RecordKey, Version};

/// The most commits of a batch, and the most bytes of their texts, about.
const COMMITS_MAX: usize = 50;
const BYTES_MAX: usize = 1024 * 1024;
/// After how many candidates a batch ends, be there commits in it or not, so that it is kept how far the
/// walk has come.
const LOOKED_AT_MAX: usize = 500;
/// The most commits of a page of the log.
const PAGE: i32 = 500;
/// How far beside the instants of the selection the feed is read. It is in the order in which ids were
/// minted, and commits are chosen by when they were recorded; a clock that is off by more is an alarm.
const MARGIN_MS: i64 = crate::MARGIN_MS;

/// How far a walk has come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    /// Where the next candidate is found; absent at the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<Place>,
    /// The record at hand, and its next commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    record: Option<(String, Version)>,
    /// Whether nothing is left.
    #[serde(default)]
    over: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Place {
    /// How many of the named records are done.
    Named(usize),
    Feed(FeedPlace),
    Log(LogPlace),
}

/// What a step of a walk brought.
pub(super) struct Gathered {
    pub(super) commits: Vec<Recorded>,
    pub(super) position: Position,
}

/// A walk through the chosen commits.
pub(super) struct Walk<'a> {
    store: &'a Store,
    selection: Selection,
    position: Position,
    page: VecDeque<Candidate>,
}

/// A commit that may be the first of its record that is chosen, and the place behind it.
struct Candidate {
    pk: String,
    version: Version,
    behind: Place,
}

impl<'a> Walk<'a> {
    /// The walk of a replay from where it is.
    pub(super) fn new(store: &'a Store, replay: &Replay) -> Result<Self, Stopped> {
        let position = replay.position.as_deref().map(serde_json::from_str).transpose()?;
        let selection = replay.selection.clone();
        let position = position.unwrap_or_default();
        Ok(Self { store, selection, position, page: VecDeque::new() })
    }

    /// Whether nothing is left.
    pub(super) fn is_over(&self) -> bool {
        self.position.over
    }

    /// The next commits, none where it only looked around, and how far the walk has come with them.
    pub(super) async fn gather(&mut self) -> Result<Gathered, Stopped> {
        let (mut commits, mut bytes, mut looked_at) = (Vec::new(), 0, 0);
        while commits.len() < COMMITS_MAX && bytes < BYTES_MAX && looked_at < LOOKED_AT_MAX {
            if self.position.record.is_some() {
                bytes += self.follow(&mut commits).await?;
            } else if self.position.over {
                break;
            } else {
                self.look_on().await?;
            }
            looked_at += 1;
        }
        Ok(Gathered { commits, position: self.position.clone() })
    }

    /// Takes commits of the record at hand; how many bytes they have.
    async fn follow(&mut self, commits: &mut Vec<Recorded>) -> Result<usize, Stopped> {
        let Some((pk, from)) = self.position.record.take() else { return Ok(0) };
        let key = record_key(&pk)?;
        let limit = (COMMITS_MAX.saturating_sub(commits.len()).max(1), BYTES_MAX);
        let range = (from, Version::LAST);
        let stretch = self.store.stretch(&key, range, Order::Ascending, limit).await?;
        let (mut bytes, mut next) = (0, None);
        for read in stretch.commits {
            let commit = readable(&pk, read)?;
            if commit.commit().at >= self.selection.until {
                return Ok(bytes);
            }
            bytes += commit.text().len();
            next = Some(commit.version().next());
            commits.push(commit);
        }
        self.position.record = next.filter(|_| !stretch.ended).map(|next| (pk, next));
        Ok(bytes)
    }

    /// Goes on to the next candidate.
    async fn look_on(&mut self) -> Result<(), Stopped> {
        let Some(Candidate { pk, version, behind }) = self.candidate().await? else {
            return Ok(());
        };
        let named = matches!(behind, Place::Named(_));
        let first = if !self.is_of_type(&pk) {
            None
        } else if named {
            self.first_of(&pk).await?
        } else {
            self.is_first(&pk, version).await?.then_some(version)
        };
        self.position.record = first.map(|first| (pk, first));
        self.position.source = Some(behind);
        Ok(())
    }

    fn is_of_type(&self, pk: &str) -> bool {
        let key = RecordKey::from_pk(pk);
        let of = |wanted: &String| {
            key.as_ref().is_ok_and(|key| key.record_type.as_str() == wanted.as_str())
        };
        self.selection.record_type.as_ref().is_none_or(of)
    }

    /// The next candidate; none where a page had none or the walk is over.
    async fn candidate(&mut self) -> Result<Option<Candidate>, Stopped> {
        if let Some(found) = self.page.pop_front() {
            return Ok(Some(found));
        }
        match (&self.selection.records, self.selection.since) {
            (Some(records), _) => {
                let done = match self.position.source {
                    Some(Place::Named(done)) => done,
                    _ => 0,
                };
                let next = records.get(done).map(|pk| Candidate {
                    pk: pk.clone(),
                    version: Version::FIRST,
                    behind: Place::Named(done + 1),
                });
                self.position.over = next.is_none();
                Ok(next)
            }
            (None, Some(since)) => self.feed(since).await,
            (None, None) => self.log().await,
        }
    }

    async fn feed(&mut self, since: Instant) -> Result<Option<Candidate>, Stopped> {
        let to = self.selection.until.plus_millis(MARGIN_MS);
        let mut range = FeedRange::between(since.plus_millis(-MARGIN_MS), to);
        if let Some(Place::Feed(place)) = self.position.source.clone() {
            range = range.from_place(place);
        }
        let Some(place) = range.place() else {
            self.position.over = true;
            return Ok(None);
        };
        let entries = self.store.feed_page(&mut range).await?.unwrap_or_default();
        let behind = |entry: &FeedEntry| Place::Feed(place.behind(entry));
        self.page = entries
            .into_iter()
            .map(|entry| Candidate { behind: behind(&entry), version: entry.version, pk: entry.pk })
            .collect();
        match (self.page.is_empty(), range.place()) {
            (true, Some(next)) => self.position.source = Some(Place::Feed(next)),
            (true, None) => self.position.over = true,
            (false, _) => {}
        }
        Ok(self.page.pop_front())
    }

    async fn log(&mut self) -> Result<Option<Candidate>, Stopped> {
        let from = match &self.position.source {
            Some(Place::Log(place)) => Some(place.clone()),
            _ => None,
        };
        let page = self.store.log_page(LogPart::WHOLE, from.as_ref(), PAGE).await?;
        let firsts = page.commits.into_iter().filter(|found| found.version == Version::FIRST);
        self.page = firsts
            .map(|found| Candidate {
                behind: Place::Log(LogPlace { pk: found.pk.clone(), rev: "1".to_owned() }),
                pk: found.pk,
                version: found.version,
            })
            .collect();
        match (self.page.is_empty(), page.next) {
            (true, Some(next)) => self.position.source = Some(Place::Log(next)),
            (true, None) => self.position.over = true,
            (false, _) => {}
        }
        Ok(self.page.pop_front())
    }

    /// The first commit of a record that is chosen, if any is.
    async fn first_of(&self, pk: &str) -> Result<Option<Version>, Stopped> {
        let Some(since) = self.selection.since else { return Ok(Some(Version::FIRST)) };
        let key = record_key(pk)?;
        Ok(match self.store.version_at(&key, since.plus_millis(-1)).await? {
            Reached::NoRecord => None,
            Reached::NotBegun => Some(Version::FIRST),
            Reached::Version(version) => Some(version.next()),
        })
    }

    /// Whether a commit is the first of its record that is chosen.
    async fn is_first(&self, pk: &str, version: Version) -> Result<bool, Stopped> {
        let Some(since) = self.selection.since else { return Ok(version == Version::FIRST) };
        let key = record_key(pk)?;
        let before = Version::new(version.get() - 1).unwrap_or(Version::FIRST);
        let read = self.store.commits(&key, (before, version), Order::Ascending, 2).await?;
        for read in read {
            let commit = readable(pk, read)?;
            let at = commit.commit().at;
            if commit.version() < version && at >= since {
                return Ok(false);
            }
            if commit.version() == version {
                return Ok(at >= since && at < self.selection.until);
            }
        }
        Ok(false)
    }
}

fn record_key(pk: &str) -> Result<RecordKey, Stopped> {
    RecordKey::from_pk(pk).map_err(|_error| Stopped::ForGood(format!("{pk} is no key of a record")))
}

fn readable(pk: &str, read: Result<Recorded, Damaged>) -> Result<Recorded, Stopped> {
    read.map_err(|damaged| {
        Stopped::ForGood(format!("commit {} of {pk} cannot be read", damaged.rev))
    })
}
