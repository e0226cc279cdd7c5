//! The views there are, and where their rows stand.
//!
//! Every key carries the generation and the tenant. Rows of a generation are spread over its
//! buckets, so that it can be listed, verified and cleaned by queries alone.

use events::Registry;
use store::{Folds, Generation, RowKey, Table};
use vocabulary::{ActorId, Digest, RecordKey, Tenant};

/// The view of current states.
pub const RECORDS: &str = "records";
/// The view of numbers per type and status.
pub const COUNTS: &str = "counts";
/// The view of commits across records.
pub const AUDIT: &str = "audit";

/// All of them.
pub const VIEWS: [&str; 3] = [RECORDS, COUNTS, AUDIT];

/// The name under which the number of a view's own layout stands beside the folds of the record types.
pub const LAYOUT: &str = "@layout";

/// The generation with which a view begins.
pub const FIRST_GENERATION: Generation = Generation { number: 1, buckets: 64, list_shards: 4 };

/// The table that holds the rows of a view; `None` for a name that is no view's.
pub(crate) fn table_of(view: &str) -> Option<Table> {
    match view {
        RECORDS => Some(Table::Records),
        COUNTS => Some(Table::Counts),
        AUDIT => Some(Table::Audit),
        _ => None,
    }
}

/// By what this build makes the rows of a view: the fold of each record type, and the layout of the rows
/// themselves, whose number is raised where the same state becomes another row.
pub fn folds(view: &str, registry: &Registry) -> Folds {
    let layout = match view {
        RECORDS | COUNTS | AUDIT => 1,
        _ => 0,
    };
    let mut folds = registry.folds();
    folds.insert(LAYOUT.to_owned(), layout.to_string());
    folds
}

/// Where a record's row stands: `{generation}#{bucket}`, `{tenant}#{type}#{id}`.
pub fn row_key(generation: Generation, key: &RecordKey) -> RowKey {
    let bucket = Digest::of(&[key.pk().as_bytes()]).shard(generation.buckets);
    RowKey { pk: format!("{}#{bucket}", generation.number), sk: key.pk() }
}

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
