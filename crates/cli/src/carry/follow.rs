//! Follows the items of a log as they come, re-hashing each and holding it against the one before it.

use super::line::{End, Item};
use sha2::{Digest as _, Sha256};
use verify::{Beside, Extent, Report, Stored, Verifier};
use vocabulary::Digest;

/// What was seen of a log so far. A record's commits come together, the first one first, so that memory
/// does not grow with the log.
#[derive(Debug)]
pub(super) struct Follower {
    verifier: Verifier,
    last: Option<(String, String, Option<Digest>)>,
    heads: Sha256,
    bytes: Sha256,
    records: u64,
    commits: u64,
    newest: Option<String>,
}

impl Follower {
    pub(super) fn new() -> Self {
        Self {
            verifier: Verifier::new(Extent::Whole),
            last: None,
            heads: Sha256::new(),
            bytes: Sha256::new(),
            records: 0,
            commits: 0,
            newest: None,
        }
    }

    /// Takes a line into the file's digest, its end included.
    pub(super) fn bytes(&mut self, line: &[u8]) {
        self.bytes.update(line);
    }

    /// The digest of the file so far with a line more.
    pub(super) fn digest_with(&self, line: &[u8]) -> Digest {
        with(self.bytes.clone(), line)
    }

    /// Follows the next item.
    pub(super) fn item(&mut self, item: &Item) {
        let (pk, prev) = (item.pk(), item.prev());
        if self.last.as_ref().is_some_and(|(of, ..)| of != pk) {
            self.close();
        }
        if self.last.is_none() {
            self.records += 1;
        }
        self.commits += 1;
        let digits = prev.map(|prev| prev.to_string());
        self.verifier.item(&Stored {
            pk,
            version: item.rev().parse().ok(),
            prev_hash: digits.as_deref(),
            text: item.text("e"),
            beside: Beside::Table { commit_id: item.text("c"), feed: item.text("d") },
        });
        if let Some(id) = item.text("c")
            && self.newest.as_deref().is_none_or(|newest| newest < id)
        {
            self.newest = Some(id.to_owned());
        }
        let hash = prev.zip(item.text("e")).map(|(prev, text)| verify::commit_hash(prev, text));
        self.last = Some((pk.to_owned(), item.rev().to_owned(), hash));
    }

    /// The record's last commit has come.
    fn close(&mut self) {
        let Some((pk, rev, hash)) = self.last.take() else { return };
        let hash = hash.map(|hash| hash.to_string()).unwrap_or_default();
        self.heads.update(format!("{pk} {rev} {hash}\n"));
        self.verifier.done(&pk);
    }

    /// Commits so far.
    pub(super) fn commits(&self) -> u64 {
        self.commits
    }

    /// What all of it was, what was found, and the file's digest before its last line.
    pub(super) fn finish(mut self) -> (End, Report, Sha256) {
        self.close();
        let end = End {
            records: self.records,
            commits: self.commits,
            heads: digest(self.heads),
            newest: self.newest,
            sha256: digest(self.bytes.clone()),
        };
        (end, self.verifier.finish(), self.bytes)
    }
}

/// A digest that is taken with a line more.
pub(super) fn with(mut bytes: Sha256, line: &[u8]) -> Digest {
    bytes.update(line);
    digest(bytes)
}

fn digest(hash: Sha256) -> Digest {
    // SHA-256 has 32 bytes.
    Digest::from_slice(&hash.finalize()).unwrap_or(Digest::of(&[]))
}
