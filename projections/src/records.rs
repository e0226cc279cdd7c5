//! The view `records`: the current state of every record, one row each, listed by status and owner.

use crate::views::{list_partition_of, row_key};
use serde::{Deserialize, Serialize};
use store::{Folded, Generation, Marks, StoredState};
use vocabulary::{Digest, RecordKey, Version};

/// A row. Costs one write unit per started KB, and one or two on each of its two indexes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordRow {
    /// `{generation}#{bucket}`.
    pub pk: String,
    /// `{tenant}#{type}#{id}`.
    pub sk: String,
    /// The version that the row has reached.
    pub version: Version,
    /// The hash of that commit.
    pub hash: Digest,
    /// The fingerprint of the fold that made it.
    pub fold: String,
    /// The folded state.
    pub state: String,
    /// The commit that could not be folded, when the row stays behind for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stale_at: Option<Version>,
    /// JSON text of what lists show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// Its place in a list: `{changed_at}#{id}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<String>,
    /// Its list by status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_status: Option<String>,
    /// Its list by owner and status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_owner: Option<String>,
}

impl RecordRow {
    /// What tells this writing of the row from another.
    pub(crate) fn marks(&self) -> Marks {
        Marks {
            version: self.version,
            hash: self.hash,
            fold: self.fold.clone(),
            stale_at: self.stale_at,
        }
    }

    /// The row of a state.
    ///
    /// # Errors
    /// Only when serde cannot write the state, which the types rule out.
    pub fn of(
        generation: Generation,
        folded: &Folded,
        stale_at: Option<Version>,
    ) -> Result<Self, serde_json::Error> {
        let key = row_key(generation, folded.key());
        let StoredState { version, hash, fold, state } = folded.stored()?;
        let record = folded.key();
        let summary = folded.record().summary();
        let listed = summary.as_ref().map(|summary| summary.status);
        let owner = summary.as_ref().and_then(|summary| summary.owner.as_ref());
        Ok(Self {
            pk: key.pk,
            sk: key.sk,
            version,
            hash,
            fold,
            state,
            stale_at,
            summary: folded.summary_json().map(|json| serde_json::Value::Object(json).to_string()),
            position: listed.map(|_| format!("{}#{}", folded.changed().at, record.id)),
            by_status: listed.map(|status| list_partition_of(generation, record, status, None)),
            by_owner: listed
                .zip(owner)
                .map(|(status, owner)| list_partition_of(generation, record, status, Some(owner))),
        })
    }

    /// The state that the row holds, as far as the present fold made it.
    pub fn folded(&self, of: events::Registered, key: &RecordKey) -> Option<Folded> {
        let stored = StoredState {
            version: self.version,
            hash: self.hash,
            fold: self.fold.clone(),
            state: self.state.clone(),
        };
        Folded::resume(of, key, &stored)
    }
}
