//! What one page of the log says of its records.

use crate::projector::Hint;
use std::collections::BTreeMap;
use store::{LogCommit, Recorded};
use vocabulary::Version;

/// The commits of one page of the log by the partition keys of their records.
pub type Heads = BTreeMap<String, Hint>;

/// Puts the commits of a page together, record by record. What cannot be read is left out of a hint's
/// commits, so that the record's log is asked.
pub fn heads(page: Vec<LogCommit>, hint: impl Fn(Version) -> Hint) -> Heads {
    let mut heads = Heads::new();
    for LogCommit { pk, version, commit } in page {
        let head = heads.entry(pk).or_insert_with(|| hint(version));
        let commit = commit.ok();
        if version >= head.version {
            head.version = version;
            head.hash = commit.as_ref().map(Recorded::hash);
        }
        head.commits.extend(commit);
    }
    for head in heads.values_mut() {
        head.commits.sort_by_key(Recorded::version);
    }
    heads
}
