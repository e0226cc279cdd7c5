//! The chain of one record, followed commit by commit.

use crate::commit::{Read, Stored, genesis};
use crate::finding::{Fault, Finding, Report};
use crate::verifier::Extent;
use vocabulary::Digest;

/// How far the chain of a record has been followed.
#[derive(Debug, Default)]
pub(crate) struct Chain {
    last: Option<Last>,
    broken: Option<Broken>,
    /// What was seen elsewhere, until the log comes to it.
    heads: Vec<(u64, Digest)>,
}

/// The commit that was last.
#[derive(Debug)]
struct Last {
    version: u64,
    /// `None` when nothing can be linked to it.
    hash: Option<Digest>,
}

/// A link that does not hold. Which of its two commits was changed is told by what comes after the
/// later one: if that is as its successor saw it, the earlier one was changed.
#[derive(Debug)]
struct Broken {
    /// The number of the later commit.
    version: u64,
    /// The hash that it was made after.
    made_after: Digest,
    /// The hash that the commit before it has.
    is: Digest,
}

/// A record and where to tell of it.
#[derive(Debug)]
pub(crate) struct Telling<'a> {
    pub(crate) subject: String,
    pub(crate) report: &'a mut Report,
}

impl Telling<'_> {
    pub(crate) fn find(
        &mut self,
        fault: Fault,
        version: u64,
        what: &'static str,
        (expected, found): (impl ToString, impl ToString),
    ) {
        self.report.find(Finding {
            fault,
            subject: self.subject.clone(),
            version: Some(version),
            what,
            expected: expected.to_string(),
            found: found.to_string(),
        });
    }
}

impl Chain {
    /// That the record was seen elsewhere at a version with a hash.
    pub(crate) fn expect(&mut self, version: u64, hash: Digest) {
        self.heads.push((version, hash));
    }

    /// Goes on to the next commit; `read` is `None` when its text cannot be part of the chain.
    pub(crate) fn follow(
        &mut self,
        stored: &Stored<'_>,
        read: Option<&Read>,
        extent: Extent,
        telling: &mut Telling<'_>,
    ) {
        let version = stored.version.unwrap_or(0);
        let before = self.last.take();
        let last = before.as_ref().map(|last| last.version);
        if !extent.allows(last, version) {
            let expected = last.map_or(1, |last| last.saturating_add(1));
            let what = "a commit is missing, or there twice";
            telling.find(Fault::Gap, version, what, (expected, version));
        }
        let linked = before.and_then(|last| last.hash.map(|hash| (last.version, hash)));
        match (linked, read) {
            (Some((earlier, hash)), Some(read)) if earlier.checked_add(1) == Some(version) => {
                self.link(version, hash, read, telling);
            }
            (None, Some(read)) if last.is_none() && version == 1 => {
                telling.report.links += 1;
                let expected = genesis(stored.pk);
                if read.prev != expected {
                    let what = "the first commit does not begin its record";
                    telling.find(Fault::Link, version, what, (expected, read.prev));
                }
            }
            (_, _) => self.unconfirmed(telling),
        }
        self.compare_heads(version, read, telling);
        self.last = Some(Last { version, hash: read.map(|read| read.hash) });
    }

    fn link(&mut self, version: u64, hash: Digest, read: &Read, telling: &mut Telling<'_>) {
        telling.report.links += 1;
        let holds = read.prev == hash;
        if holds {
            self.confirmed(telling);
        } else {
            self.unconfirmed(telling);
            self.broken = Some(Broken { version, made_after: read.prev, is: hash });
        }
    }

    fn compare_heads(&mut self, version: u64, read: Option<&Read>, telling: &mut Telling<'_>) {
        let heads = std::mem::take(&mut self.heads);
        for (at, hash) in heads {
            if at != version {
                self.heads.push((at, hash));
                continue;
            }
            // What is wrong with an item that cannot be hashed has been told.
            let Some(read) = read else { continue };
            telling.report.heads += 1;
            if read.hash == hash {
                self.confirmed(telling);
            } else {
                let what = "the commit is not the one that was seen elsewhere";
                telling.find(Fault::Head, version, what, (hash, read.hash));
            }
        }
    }

    /// The later commit of a broken link is as it was: the earlier one is not.
    fn confirmed(&mut self, telling: &mut Telling<'_>) {
        if let Some(broken) = self.broken.take() {
            let what = "the commit is not the one that the next was made after";
            let (version, hashes) = (broken.version - 1, (broken.made_after, broken.is));
            telling.find(Fault::Content, version, what, hashes);
        }
    }

    /// Nothing tells which commit of a broken link was changed.
    fn unconfirmed(&mut self, telling: &mut Telling<'_>) {
        if let Some(broken) = self.broken.take() {
            let what = "the commit was not made after the one before it";
            telling.find(Fault::Link, broken.version, what, (broken.is, broken.made_after));
        }
    }

    /// The record has no further commit.
    pub(crate) fn close(mut self, telling: &mut Telling<'_>) {
        self.unconfirmed(telling);
        let found = match &self.last {
            Some(last) => format!("none; the log ends at {}", last.version),
            None => "none; the record has no commits".to_owned(),
        };
        for (version, hash) in self.heads {
            telling.report.heads += 1;
            let what = "a commit that was seen elsewhere is gone";
            telling.find(Fault::Head, version, what, (hash, &found));
        }
    }
}
