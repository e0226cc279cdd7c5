//! What a verification found, and how much it looked at.

use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// So many findings are kept; beyond that they are only counted.
pub const FINDINGS_KEPT: usize = 1_000;

/// In which way a log is not what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// A text that is no commit, or not the one that was hashed.
    Content,
    /// A commit that was not made after the one before it.
    Link,
    /// A commit is missing, or there twice.
    Gap,
    /// An item whose keys say something else than its text.
    KeyMismatch,
    /// The log is not the one that was seen elsewhere.
    Head,
}

impl Fault {
    /// All of them, in the order of their exit codes.
    pub const ALL: [Self; 5] =
        [Self::Content, Self::Link, Self::Gap, Self::KeyMismatch, Self::Head];

    /// The name as the API and the documents have it: `key_mismatch`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Content => "content",
            Self::Link => "link",
            Self::Gap => "gap",
            Self::KeyMismatch => "key_mismatch",
            Self::Head => "head",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One thing that is not as it should be. Holds digests, numbers, names and ids, never what a commit
/// tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// In which way.
    pub fault: Fault,
    /// The record as `customer/C-1`, or the file of an export.
    pub subject: String,
    /// The commit's number, where it is about one commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// In words.
    pub what: &'static str,
    /// What should be there.
    pub expected: String,
    /// What is there.
    pub found: String,
}

/// What was really looked at, and what was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Records of which there was an item or a head.
    pub records: u64,
    /// Items that were there.
    pub commits: u64,
    /// Texts that were read and hashed, and whose keys were compared with them.
    pub contents: u64,
    /// Links that were compared: a commit with the one before it, a first commit with its genesis.
    pub links: u64,
    /// Heads seen elsewhere that were compared with the log.
    pub heads: u64,
    /// Files whose size and digest were compared with the manifest's.
    pub files: u64,
    /// The first [`FINDINGS_KEPT`] findings.
    pub findings: Vec<Finding>,
    counts: BTreeMap<Fault, u64>,
}

impl Report {
    /// The first of the faults that were found, in the order of [`Fault::ALL`]; `None` is clean.
    pub fn worst(&self) -> Option<Fault> {
        self.counts.keys().next().copied()
    }

    /// How many findings there are of each kind.
    pub fn counts(&self) -> &BTreeMap<Fault, u64> {
        &self.counts
    }

    /// How many findings there are, kept or not.
    pub fn found(&self) -> u64 {
        self.counts.values().sum()
    }

    /// Takes in what was seen and found elsewhere, of other records.
    pub fn add(&mut self, other: Self) {
        let Self { records, commits, contents, links, heads, files, findings, counts } = other;
        self.records += records;
        self.commits += commits;
        self.contents += contents;
        self.links += links;
        self.heads += heads;
        self.files += files;
        let room = FINDINGS_KEPT.saturating_sub(self.findings.len());
        self.findings.extend(findings.into_iter().take(room));
        for (fault, count) in counts {
            *self.counts.entry(fault).or_default() += count;
        }
    }

    pub(crate) fn find(&mut self, finding: Finding) {
        *self.counts.entry(finding.fault).or_default() += 1;
        if self.findings.len() < FINDINGS_KEPT {
            self.findings.push(finding);
        }
    }
}
