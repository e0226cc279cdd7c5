//! The verifier: items in, findings and counts out.

use crate::chain::{Chain, Telling};
use crate::commit::{Beside, Read, Stored, read};
use crate::finding::{Fault, Report};
use std::collections::BTreeMap;
use vocabulary::Digest;

/// Which commits of each record are to be expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All from the first on.
    Whole,
    /// From any on, without gaps.
    Run,
    /// Any, as a filter left them.
    Selection,
}

impl Extent {
    /// Whether a commit may come after the last one.
    pub(crate) fn allows(self, last: Option<u64>, version: u64) -> bool {
        match (self, last) {
            (Self::Whole, None) => version == 1,
            (Self::Run | Self::Selection, None) => version >= 1,
            (Self::Whole | Self::Run, Some(last)) => last.checked_add(1) == Some(version),
            (Self::Selection, Some(last)) => version > last,
        }
    }
}

/// Where a record's log was seen to be, by somebody else than the log itself: a row of a view, an
/// answer that was kept, an earlier export.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// The record's key.
    pub pk: &'a str,
    /// The number of a commit.
    pub version: u64,
    /// Its hash.
    pub hash: Digest,
}

/// Verifies items one by one. Records may be mixed; each one's commits come in ascending order, its
/// heads before them. Memory: some hundred bytes for each record that is not [done](Self::done) yet.
#[derive(Debug)]
pub struct Verifier {
    extent: Extent,
    chains: BTreeMap<String, Chain>,
    report: Report,
}

impl Verifier {
    /// Has seen nothing yet.
    pub fn new(extent: Extent) -> Self {
        Self { extent, chains: BTreeMap::new(), report: Report::default() }
    }

    /// What was seen and found so far. Some findings come only with what follows them, or at the
    /// end.
    pub fn so_far(&self) -> &Report {
        &self.report
    }

    /// That the log of a record has to hold this commit. A log that goes on after it is fine.
    pub fn expect(&mut self, head: &Head<'_>) {
        self.chain(head.pk);
        if let Some(chain) = self.chains.get_mut(head.pk) {
            chain.expect(head.version, head.hash);
        }
    }

    /// Verifies an item.
    pub fn item(&mut self, stored: &Stored<'_>) {
        self.read_item(stored);
    }

    /// The same; what the text says, when it is that of a commit.
    pub(crate) fn read_item(&mut self, stored: &Stored<'_>) -> Option<Read> {
        self.chain(stored.pk);
        self.report.commits += 1;
        let mut telling = Telling { subject: subject(stored.pk), report: &mut self.report };
        let version = stored.version.unwrap_or(0);
        let read = match read(stored) {
            Ok(read) => Some(read),
            Err(why) => {
                telling.find(Fault::Content, version, why.what, (why.expected, why.found));
                None
            }
        };
        if read.is_some() {
            telling.report.contents += 1;
        }
        let links = read.as_ref().filter(|read| {
            is_in_its_place(stored, read, &mut telling) & is_told_right(stored, read, &mut telling)
        });
        if let Some(chain) = self.chains.get_mut(stored.pk) {
            chain.follow(stored, links, self.extent, &mut telling);
        }
        read
    }

    /// That a record has no further items. Frees what is remembered of it.
    pub fn done(&mut self, pk: &str) {
        if let Some(chain) = self.chains.remove(pk) {
            chain.close(&mut Telling { subject: subject(pk), report: &mut self.report });
        }
    }

    /// That nothing has any further items.
    pub fn finish(mut self) -> Report {
        for (pk, chain) in std::mem::take(&mut self.chains) {
            chain.close(&mut Telling { subject: subject(&pk), report: &mut self.report });
        }
        self.report
    }

    pub(crate) fn report_mut(&mut self) -> &mut Report {
        &mut self.report
    }

    fn chain(&mut self, pk: &str) {
        if !self.chains.contains_key(pk) {
            self.report.records += 1;
            self.chains.insert(pk.to_owned(), Chain::default());
        }
    }
}

/// Whether the text is that of this key. One that is not is no part of this record's chain.
fn is_in_its_place(stored: &Stored<'_>, read: &Read, telling: &mut Telling<'_>) -> bool {
    let version = stored.version.unwrap_or(0);
    let mut differs = |what, expected: &str, found: &str| {
        if expected != found {
            telling.find(Fault::KeyMismatch, version, what, (expected, found));
        }
        expected == found
    };
    let said = &read.said;
    let of_record = differs("the text is that of another record", stored.pk, &said.pk());
    let number =
        stored.version.map_or_else(|| "no number".to_owned(), |version| version.to_string());
    let of_version = differs("the text is that of another version", &number, &said.rev.to_string());
    let (commit_id, feed) = match stored.beside {
        Beside::Table { commit_id, feed } => (commit_id, Some(feed)),
        Beside::Line { commit_id, .. } => (commit_id, None),
    };
    // What these say is not hashed, and the text stays what it is without them.
    let id = commit_id.unwrap_or("nothing");
    differs("the item is indexed as another commit", &said.commit.to_string(), id);
    if let Some(feed) = feed {
        let found = feed.unwrap_or("nothing");
        differs("the item is indexed under another day or shard", &said.feed(stored.pk), found);
    }
    of_record && of_version
}

/// Whether the text has the hash that is said to be its own. The table does not say.
fn is_told_right(stored: &Stored<'_>, read: &Read, telling: &mut Telling<'_>) -> bool {
    let Beside::Line { hash, .. } = stored.beside else { return true };
    let (is, told) = (read.hash.to_string(), hash.unwrap_or("nothing"));
    if is != told {
        let what = "the text does not have the hash that is told of it";
        telling.find(Fault::Content, stored.version.unwrap_or(0), what, (told, &is));
    }
    is == told
}

/// A record as people name it: without its tenant, where the key is one.
pub(crate) fn subject(pk: &str) -> String {
    match pk.splitn(3, '#').collect::<Vec<_>>().as_slice() {
        [_tenant, record_type, id] => format!("{record_type}/{id}"),
        _ => pk.to_owned(),
    }
}
