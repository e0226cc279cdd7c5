//! Loading a record: the newest snapshot that fits, and the commits after it.

use crate::log::{Damaged, number};
use crate::{FoldFailure, Folded, Order, Recorded, SNAPSHOT_EVERY, Store, StoreError};
use events::Registered;
use std::collections::VecDeque;
use vocabulary::{ActorId, Digest, RecordKey, Version};

/// For how many commits back a record knows which idempotency keys it has seen.
pub const KEY_WINDOW: usize = 256;

/// How many commits are read before a snapshot is looked for: with one every
/// [`crate::SNAPSHOT_EVERY`] commits, the newest lies among them.
const TAIL: usize = 101;

/// A record as the log has it, and the idempotency keys of its last commits.
#[derive(Debug)]
pub struct Record {
    /// Its state.
    pub folded: Folded,
    keys: KeyWindow,
}

/// Digests of actor and key of the last commits, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct KeyWindow(pub(crate) VecDeque<(KeyDigest, Version)>);

/// 16 bytes of the digest of an actor and a key.
pub(crate) type KeyDigest = u128;

/// A record that cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A table could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// One of its commits cannot be read.
    #[error("{key} has a damaged commit")]
    Damaged {
        /// The record.
        key: RecordKey,
        /// The commit.
        #[source]
        source: Damaged,
    },
    /// One of its commits does not fold.
    #[error("{key} does not fold")]
    Fold {
        /// The record.
        key: RecordKey,
        /// The commit.
        #[source]
        source: FoldFailure,
    },
}

impl LoadError {
    /// Whether a newer build wrote what this one cannot read.
    pub fn is_newer_build(&self) -> bool {
        match self {
            Self::Fold { source, .. } => source.cause.is_newer_build(),
            Self::Damaged { source, .. } => matches!(source.source, crate::ReadError::Format(_)),
            Self::Store(_) => false,
        }
    }
}

impl Record {
    /// The version that a key of an actor led to, if it is among the last [`KEY_WINDOW`] commits.
    pub fn version_of_key(&self, actor: &ActorId, key: &str) -> Option<Version> {
        let wanted = digest_of(actor, key);
        self.keys.0.iter().rev().find(|(digest, _)| *digest == wanted).map(|(_, version)| *version)
    }

    pub(crate) fn new(folded: Folded, keys: KeyWindow) -> Self {
        Self { folded, keys }
    }

    pub(crate) fn keys(&self) -> &KeyWindow {
        &self.keys
    }
}

/// A fold in progress.
#[derive(Debug, Default)]
struct Folding {
    folded: Option<Folded>,
    keys: KeyWindow,
}

impl Folding {
    fn apply(
        &mut self,
        of: Registered,
        key: &RecordKey,
        commit: Result<Recorded, Damaged>,
    ) -> Result<(), LoadError> {
        let damaged = |source| LoadError::Damaged { key: key.clone(), source };
        let commit = commit.map_err(damaged)?;
        Folded::fold(&mut self.folded, of, &commit)
            .map_err(|source| LoadError::Fold { key: key.clone(), source })?;
        self.keys.push(&commit);
        Ok(())
    }

    /// The record as it is folded by now.
    fn so_far(&self) -> Option<Record> {
        Self { folded: self.folded.clone(), keys: self.keys.clone() }.finish()
    }

    fn finish(self) -> Option<Record> {
        let Self { folded, mut keys } = self;
        let folded = folded?;
        keys.forget_before(folded.version());
        Some(Record::new(folded, keys))
    }
}

impl KeyWindow {
    fn push(&mut self, commit: &Recorded) {
        if let Some(key) = &commit.commit().key {
            self.0.push_back((digest_of(&commit.commit().actor.id, key), commit.version()));
        }
    }

    /// Keeps the window the same whether a snapshot was used or not.
    fn forget_before(&mut self, version: Version) {
        let window = u64::try_from(KEY_WINDOW).unwrap_or(u64::MAX);
        let oldest = version.get().saturating_sub(window);
        self.0.retain(|(_, seen)| seen.get() > oldest);
    }
}

fn digest_of(actor: &ActorId, key: &str) -> KeyDigest {
    Digest::of_list(&[actor.as_str(), key]).prefix()
}

impl Store {
    /// Loads a record as it is now, strongly consistent; `None` when it has no commits.
    ///
    /// Up to 101 commits cost one query; longer records one more for the snapshot. Without a
    /// snapshot that fits, all commits are read, page by page.
    ///
    /// # Errors
    /// [`LoadError`].
    pub async fn load(&self, of: Registered, key: &RecordKey) -> Result<Option<Record>, LoadError> {
        self.load_at(of, key, Version::LAST).await
    }

    /// Loads a record as it was at a version, or at its newest where that is smaller.
    ///
    /// # Errors
    /// [`LoadError`].
    pub async fn load_at(
        &self,
        of: Registered,
        key: &RecordKey,
        version: Version,
    ) -> Result<Option<Record>, LoadError> {
        let range = (Version::FIRST, version);
        let mut tail = self.commits(key, range, Order::Descending, TAIL).await?;
        tail.reverse();
        let complete = tail.len() < TAIL || reaches_first(&tail);
        let mut folding = Folding::default();
        if !complete {
            let (oldest, newest) = ends(&tail);
            if let Some(snapshot) = self.snapshot(of, key, newest).await? {
                if snapshot.folded.version() < oldest {
                    return self.load_from(of, key, Some(snapshot), newest).await;
                }
                if confirmed(&snapshot, &tail) {
                    let from = snapshot.folded.version();
                    tail.retain(|commit| number(commit) > from.get());
                    folding = Folding { folded: Some(snapshot.folded), keys: snapshot.keys };
                } else {
                    return self.load_from(of, key, None, newest).await;
                }
            } else {
                return self.load_from(of, key, None, newest).await;
            }
        }
        for commit in tail {
            folding.apply(of, key, commit)?;
        }
        Ok(folding.finish())
    }

    /// Keeps every snapshot of a record anew, folded from the first commit: whatever they held, loads begin
    /// rightly from now on. Reads the whole record, and one write unit per started KB of each snapshot.
    /// Records without a hundredth commit are not read.
    ///
    /// # Errors
    /// [`LoadError`]; those before the commit that does not load have been kept.
    pub async fn renew_snapshots(
        &self,
        of: Registered,
        key: &RecordKey,
        head: Version,
    ) -> Result<(), LoadError> {
        let newest = head.get() - head.get() % SNAPSHOT_EVERY;
        let mut next = Version::FIRST;
        let mut folding = Folding::default();
        while next.get() <= newest {
            let to = Version::new(newest).unwrap_or(next);
            let page = self.stretch(key, (next, to), Order::Ascending, PAGE).await?;
            let Some(last) = page.commits.last().map(number) else { break };
            for commit in page.commits {
                let version = number(&commit);
                folding.apply(of, key, commit)?;
                if version.is_multiple_of(SNAPSHOT_EVERY) {
                    let record = folding.so_far();
                    if let Some(record) = record {
                        self.keep_snapshot(&record).await?;
                    }
                }
            }
            next = Version::new(last).unwrap_or(next).next();
        }
        Ok(())
    }

    /// The version of the newest snapshot at or below a version that a load would begin with: of the
    /// present fold and of this very log. Two queries.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn newest_snapshot(
        &self,
        of: Registered,
        key: &RecordKey,
        version: Version,
    ) -> Result<Option<Version>, StoreError> {
        let Some(snapshot) = self.snapshot(of, key, version).await? else { return Ok(None) };
        let at = snapshot.folded.version();
        let commit = self.commits(key, (at, at), Order::Ascending, 1).await?;
        Ok(confirmed(&snapshot, &commit).then_some(at))
    }

    /// Folds from a snapshot, or from the first commit, page by page.
    async fn load_from(
        &self,
        of: Registered,
        key: &RecordKey,
        snapshot: Option<Record>,
        to: Version,
    ) -> Result<Option<Record>, LoadError> {
        let mut next = Version::FIRST;
        let mut folding = Folding::default();
        if let Some(snapshot) = snapshot {
            let at = snapshot.folded.version();
            let commit = self.commits(key, (at, at), Order::Ascending, 1).await?;
            if confirmed(&snapshot, &commit) {
                next = at.next();
                folding = Folding { folded: Some(snapshot.folded), keys: snapshot.keys };
            }
        }
        while next <= to {
            let page = self.stretch(key, (next, to), Order::Ascending, PAGE).await?;
            let Some(last) = page.commits.last().map(number) else { break };
            for commit in page.commits {
                folding.apply(of, key, commit)?;
            }
            folding.keys.forget_before(Version::new(last).unwrap_or(to));
            next = Version::new(last).unwrap_or(to).next();
        }
        Ok(folding.finish())
    }
}

/// Commits read at a time in a long fold, and their bytes; memory holds one page.
const PAGE: (usize, usize) = (500, 4 * 1024 * 1024);

fn reaches_first(tail: &[Result<Recorded, Damaged>]) -> bool {
    tail.first().is_none_or(|commit| number(commit) <= 1)
}

fn ends(tail: &[Result<Recorded, Damaged>]) -> (Version, Version) {
    let version = |commit: Option<&Result<Recorded, Damaged>>| {
        commit.and_then(|commit| Version::new(number(commit)).ok()).unwrap_or(Version::FIRST)
    };
    (version(tail.first()), version(tail.last()))
}

/// Whether the log has the very commit that the snapshot folded to.
fn confirmed(snapshot: &Record, commits: &[Result<Recorded, Damaged>]) -> bool {
    let head = snapshot.folded.head();
    commits
        .iter()
        .flatten()
        .any(|commit| commit.version() == head.version && commit.hash() == head.hash)
}
