//! The view `counts`: how many records of each type and status a tenant has.
//!
//! A number is the sum of its shards. Each record keeps a row with what it contributes; row and
//! numbers change in one transaction, so nothing counts twice.

use crate::views::row_key;
use serde::{Deserialize, Serialize};
use store::{Folded, Generation, Marks, RowKey};
use vocabulary::{Digest, RecordKey, Tenant, Version};

/// Over how many items each number is spread.
pub const COUNTER_SHARDS: u32 = 16;

/// What a record contributes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contribution {
    /// `{generation}#{bucket}`.
    pub pk: String,
    /// `{tenant}#{type}#{id}`.
    pub sk: String,
    /// The version that the contribution reflects.
    pub version: Version,
    /// The hash of that commit.
    pub hash: Digest,
    /// The fingerprint of the fold that made it.
    pub fold: String,
    /// The status in which the record counts; absent when it does not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The commit that could not be folded, when the row stays behind for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stale_at: Option<Version>,
}

/// One shard of one number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counter {
    /// The status.
    pub sk: String,
    /// How many records of this shard have it.
    pub n: i64,
}

impl Contribution {
    /// What tells this writing of the row from another.
    pub(crate) fn marks(&self) -> Marks {
        Marks {
            version: self.version,
            hash: self.hash,
            fold: self.fold.clone(),
            stale_at: self.stale_at,
        }
    }

    /// What a state contributes.
    pub fn of(generation: Generation, folded: &Folded, stale_at: Option<Version>) -> Self {
        let RowKey { pk, sk } = row_key(generation, folded.key());
        Self {
            pk,
            sk,
            version: folded.version(),
            hash: folded.head().hash,
            fold: folded.registered().fingerprint.to_string(),
            status: folded.record().summary().map(|summary| summary.status.to_owned()),
            stale_at,
        }
    }
}

/// The partition of one shard of a type's numbers; its sort keys are the statuses.
pub fn counter_key(
    generation: Generation,
    tenant: &Tenant,
    record_type: &str,
    shard: u32,
) -> String {
    format!("{}#n#{tenant}#{record_type}#{shard}", generation.number)
}

/// What the step from one status to another adds to the numbers.
pub(crate) fn differences(
    generation: Generation,
    key: &RecordKey,
    old: Option<&str>,
    new: Option<&str>,
) -> Vec<(RowKey, i64)> {
    if old == new {
        return Vec::new();
    }
    let shard = Digest::of(&[key.pk().as_bytes()]).shard(COUNTER_SHARDS);
    let pk = counter_key(generation, &key.tenant, key.record_type.as_str(), shard);
    let at = |status: &str, by| (RowKey { pk: pk.clone(), sk: status.to_owned() }, by);
    let gone = old.map(|status| at(status, -1));
    let come = new.map(|status| at(status, 1));
    gone.into_iter().chain(come).collect()
}
