//! Heads that somebody keeps: version and hash of each record, written down while all was well.

use crate::error::{Failure, Usage};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use vocabulary::{Digest, RecordKey, Version};

/// A head, as a line of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) tenant: String,
    #[serde(rename = "type")]
    pub(super) record_type: String,
    pub(super) id: String,
    pub(super) version: Version,
    pub(super) hash: Digest,
}

impl Kept {
    /// The record's key.
    pub(super) fn pk(&self) -> String {
        format!("{}#{}#{}", self.tenant, self.record_type, self.id)
    }
}

/// The heads in a file, by key.
///
/// # Errors
/// [`Failure`] when it cannot be read, or a line is no head of this workspace.
pub(super) fn read(path: &Path, tenant: &str) -> Result<BTreeMap<String, Kept>, Failure> {
    let what = "it cannot be read";
    let unread = |cause| Failure::File { path: path.to_owned(), what, cause };
    let text = std::fs::read_to_string(path).map_err(unread)?;
    let mut heads = BTreeMap::new();
    for (number, line) in text.lines().enumerate() {
        let head: Option<Kept> = serde_json::from_str(line).ok();
        let head =
            head.filter(|head| head.tenant == tenant && RecordKey::from_pk(&head.pk()).is_ok());
        let path = || path.display().to_string();
        let head = head.ok_or_else(|| Usage::Head { path: path(), line: number + 1 })?;
        heads.insert(head.pk(), head);
    }
    Ok(heads)
}

/// Writes heads to a file.
///
/// # Errors
/// [`Failure::File`].
pub(super) fn write(path: &Path, heads: &[Kept]) -> Result<(), Failure> {
    let lines = heads.iter().map(|head| serde_json::to_string(head).map(|line| line + "\n"));
    let what = "it cannot be written";
    let unwritten = |cause| Failure::File { path: path.to_owned(), what, cause };
    let text: Result<String, _> = lines.collect();
    std::fs::write(path, text.map_err(|error| unwritten(error.into()))?).map_err(unwritten)
}
