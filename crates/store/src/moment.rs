//! Which version a record had at an instant.

use crate::log::number;
use crate::{Damaged, Order, Recorded, Store, StoreError};
use vocabulary::{Instant, RecordKey, Version};

/// When so few commits are left to choose from, they are read at once.
const FEW: u64 = 32;

/// Where a record was at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    /// There is no such record.
    NoRecord,
    /// The record began later.
    NotBegun,
    /// It had this version.
    Version(Version),
}

impl Store {
    /// The newest version of a record that was recorded at or before an instant, strongly consistent.
    ///
    /// No commit is recorded before the one before it, so the commits are searched by halves: of
    /// 100,000 about thirteen queries of one commit and one of 32. Commits that cannot be read are
    /// passed over, for nobody can tell when they were recorded.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn version_at(&self, key: &RecordKey, at: Instant) -> Result<Reached, StoreError> {
        let Some(newest) = self.newest(key).await? else { return Ok(Reached::NoRecord) };
        let mut search = Search { at, best: None, low: 0, high: number(&newest).saturating_add(1) };
        search.learn(&newest);
        while search.left() > FEW {
            let middle = search.low + search.left() / 2;
            // What cannot be read tells nothing: then the one below it is asked.
            let below = (search.low.saturating_add(1)..=middle).rev();
            let mut told = false;
            for candidate in below {
                let Some(read) = self.commit_at(key, candidate).await? else { break };
                told = search.learn(&read);
                if told {
                    break;
                }
            }
            if !told {
                search.low = middle;
            }
        }
        if search.left() > 0
            && let (Ok(from), Ok(to)) =
                (Version::new(search.low.saturating_add(1)), Version::new(search.high - 1))
        {
            let few = usize::try_from(FEW).unwrap_or(usize::MAX);
            for read in self.commits(key, (from, to), Order::Ascending, few).await? {
                search.learn(&read);
            }
        }
        Ok(search.best.map_or(Reached::NotBegun, Reached::Version))
    }

    async fn commit_at(
        &self,
        key: &RecordKey,
        number: u64,
    ) -> Result<Option<Result<Recorded, Damaged>>, StoreError> {
        let Ok(version) = Version::new(number) else { return Ok(None) };
        Ok(self.commits(key, (version, version), Order::Ascending, 1).await?.pop())
    }
}

/// The commits above `low` and below `high` are still to be looked at.
struct Search {
    at: Instant,
    best: Option<Version>,
    low: u64,
    high: u64,
}

impl Search {
    fn left(&self) -> u64 {
        self.high.saturating_sub(self.low).saturating_sub(1)
    }

    /// Looks at a commit; whether it tells on which side of it the instant lies.
    fn learn(&mut self, read: &Result<Recorded, Damaged>) -> bool {
        let Ok(commit) = read else { return false };
        let version = commit.version();
        if commit.commit().at <= self.at {
            self.best = self.best.max(Some(version));
            self.low = self.low.max(version.get());
        } else {
            self.high = self.high.min(version.get());
        }
        true
    }
}
