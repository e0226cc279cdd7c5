//! Pulling a state to the head of its record: whatever it folded so far, it ends where the log does.

use crate::{
    FoldFailure, FoldFailureCause, Folded, Order, ReadError, Recorded, Store, StoreError, chain,
};
use events::Registered;
use vocabulary::{RecordKey, Version};

/// Commits read at a time; memory holds one page.
const PAGE: usize = 500;

/// A state pulled to the head, or as far as it goes.
#[derive(Debug, Clone)]
pub struct Pulled {
    /// The state; `None` when the record has no commit that folds.
    pub folded: Option<Folded>,
    /// The commit that does not fold, if one does not.
    pub stuck: Option<Stuck>,
    /// Whether the state that the pull began with was not one of this log: another hash, or more
    /// versions than there are. It was then folded anew.
    pub diverged: bool,
}

/// A commit at which a projection stops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stuck {
    /// Its number.
    pub version: Version,
    /// Why.
    pub cause: Cause,
    /// The error, without contents.
    pub error: String,
}

/// A record folded from its first commit on, whatever snapshots and rows say.
#[derive(Debug)]
pub struct Anew {
    /// What it folds to, or as far as it goes.
    pub pulled: Pulled,
    /// The state at the version asked for; `None` where the fold did not come through it.
    pub at: Option<Folded>,
}

/// Why a projection stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The commit does not follow the one before it.
    Chain,
    /// A newer build wrote it.
    NewerBuild,
    /// One of its events does not have its shape.
    Event,
    /// The fold, or making the row, panicked.
    Panic,
    /// Its item does not fit itself.
    Damaged,
    /// The table refuses what would have to be written.
    Refused,
}

impl Stuck {
    /// A write that the table refuses, with its causes.
    pub fn refused(version: Version, error: &StoreError) -> Self {
        Self { version, cause: Cause::Refused, error: chain(error) }
    }

    /// A commit whose item does not fit itself.
    pub fn damaged(version: Version, error: &ReadError) -> Self {
        let newer = matches!(error, ReadError::Format(_));
        let cause = if newer { Cause::NewerBuild } else { Cause::Damaged };
        Self { version, cause, error: error.to_string() }
    }

    /// A commit that does not fold.
    pub fn failed(failure: &FoldFailure) -> Self {
        let cause = match &failure.cause {
            FoldFailureCause::Chain => Cause::Chain,
            FoldFailureCause::Panic => Cause::Panic,
            FoldFailureCause::Event(_) if failure.cause.is_newer_build() => Cause::NewerBuild,
            FoldFailureCause::Event(_) => Cause::Event,
        };
        Self { version: failure.version, cause, error: failure.cause.to_string() }
    }
}

impl Pulled {
    /// A state that is where it should be.
    pub fn whole(folded: Option<Folded>) -> Self {
        Self { folded, stuck: None, diverged: false }
    }

    /// Folds commits on, until one does not fold.
    fn fold(&mut self, of: Registered, commit: &Recorded) -> bool {
        match Folded::fold(&mut self.folded, of, commit) {
            Ok(()) => true,
            Err(failure) => {
                self.stuck = Some(Stuck::failed(&failure));
                false
            }
        }
    }
}

impl Store {
    /// Pulls a state to the head of its record's log, strongly consistent, all pages. Without a
    /// state it begins at the newest snapshot that fits, else at the first commit.
    ///
    /// # Errors
    /// [`StoreError`] when the log cannot be read; a commit that does not fold is no error.
    pub async fn pull(
        &self,
        of: Registered,
        key: &RecordKey,
        base: Option<Folded>,
    ) -> Result<Pulled, StoreError> {
        let had_base = base.is_some();
        let start = match base {
            Some(folded) => Some(folded),
            None => self.snapshot(of, key, Version::LAST).await?.map(|snapshot| snapshot.folded),
        };
        let mut pulled = Pulled::whole(start);
        // The page begins with the commit that the state claims to have folded last, to confirm it.
        let mut next = pulled.folded.as_ref().map_or(Version::FIRST, Folded::version);
        let mut to_confirm = pulled.folded.is_some();
        loop {
            let range = (next, Version::LAST);
            let page = self.commits(key, range, Order::Ascending, PAGE).await?;
            let full = page.len() == PAGE;
            if to_confirm && !confirms(&pulled, page.first()) {
                pulled = Pulled { diverged: had_base, ..Pulled::whole(None) };
                (next, to_confirm) = (Version::FIRST, false);
                continue;
            }
            for commit in page.iter().skip(usize::from(to_confirm)) {
                let goes_on = match commit {
                    Ok(commit) => pulled.fold(of, commit),
                    Err(damaged) => {
                        let version = Version::new(damaged.rev).unwrap_or(next);
                        pulled.stuck = Some(Stuck::damaged(version, &damaged.source));
                        false
                    }
                };
                if !goes_on {
                    return Ok(pulled);
                }
            }
            to_confirm = false;
            next = pulled.folded.as_ref().map_or(next, |folded| folded.version().next());
            if !full {
                return Ok(pulled);
            }
        }
    }

    /// Folds a record from its first commit to its head, strongly consistent, all pages: what it must be by
    /// the log alone. Keeps the state at one version on the way. Half a read unit more than the commits'
    /// size in units of 4 KB.
    ///
    /// # Errors
    /// [`StoreError`] when the log cannot be read; a commit that does not fold is no error.
    pub async fn fold_anew(
        &self,
        of: Registered,
        key: &RecordKey,
        at: Option<Version>,
    ) -> Result<Anew, StoreError> {
        let mut anew = Anew { pulled: Pulled::whole(None), at: None };
        let mut next = Version::FIRST;
        loop {
            let page = self.commits(key, (next, Version::LAST), Order::Ascending, PAGE).await?;
            for commit in &page {
                let goes_on = match commit {
                    Ok(commit) => anew.pulled.fold(of, commit),
                    Err(damaged) => {
                        let version = Version::new(damaged.rev).unwrap_or(next);
                        anew.pulled.stuck = Some(Stuck::damaged(version, &damaged.source));
                        false
                    }
                };
                if !goes_on {
                    return Ok(anew);
                }
                if anew.pulled.folded.as_ref().map(Folded::version) == at {
                    anew.at.clone_from(&anew.pulled.folded);
                }
            }
            if page.len() < PAGE {
                return Ok(anew);
            }
            next = anew.pulled.folded.as_ref().map_or(next, |folded| folded.version().next());
        }
    }
}

fn confirms(pulled: &Pulled, first: Option<&Result<Recorded, crate::Damaged>>) -> bool {
    match (&pulled.folded, first) {
        (Some(folded), Some(Ok(commit))) => commit.hash() == folded.head().hash,
        (_, _) => false,
    }
}

/// Commits folded onto a state, if all of them fold and follow it without a gap.
///
/// `None` when not, so that the log has to be read: only the log decides what is poison.
pub fn folded_on(of: Registered, base: Option<&Folded>, commits: &[Recorded]) -> Option<Pulled> {
    let reached = base.map_or(0, |folded| folded.version().get());
    let mut fresh = commits.iter().filter(|commit| commit.version().get() > reached).peekable();
    fresh.peek()?;
    let mut pulled = Pulled::whole(base.cloned());
    fresh.all(|commit| pulled.fold(of, commit)).then_some(pulled)
}
