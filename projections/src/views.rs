//! The views there are, and where their rows stand.
//!
//! Every key carries the generation and the tenant. Rows of a generation are spread over its
//! buckets, so that it can be listed, verified and cleaned by queries alone.

pub(crate) use store::table_of;
pub use store::{AUDIT, COUNTS, RECORDS, row_key};

use store::Generation;
use vocabulary::{ActorId, Digest, RecordKey, Tenant};

/// The generation with which a view begins.
pub const FIRST_GENERATION: Generation = Generation { number: 1, buckets: 64, list_shards: 4 };

/// The partitions of one list: records of a type in one status, of one owner where that is asked.
pub fn list_partitions(
    generation: Generation,
    tenant: &Tenant,
    record_type: &str,
    status: &str,
    owner: Option<&ActorId>,
) -> Vec<String> {
    (0..generation.list_shards)
        .map(|shard| list_partition(generation, tenant, record_type, status, owner, shard))
        .collect()
}

pub(crate) fn list_partition_of(
    generation: Generation,
    key: &RecordKey,
    status: &str,
    owner: Option<&ActorId>,
) -> String {
    let shard = Digest::of(&[key.pk().as_bytes()]).shard(generation.list_shards);
    list_partition(generation, &key.tenant, key.record_type.as_str(), status, owner, shard)
}

fn list_partition(
    generation: Generation,
    tenant: &Tenant,
    record_type: &str,
    status: &str,
    owner: Option<&ActorId>,
    shard: u32,
) -> String {
    let number = generation.number;
    match owner {
        Some(owner) => format!("{number}#{tenant}#{record_type}#{status}#{owner}#{shard}"),
        None => format!("{number}#{tenant}#{record_type}#{status}#{shard}"),
    }
}
