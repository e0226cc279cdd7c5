//! The names of the views, and where the row of a record stands in each: what whoever looks at views from
//! outside must know of them. What rows hold is the projections' business.

use crate::{Generation, RowKey, Table};
use vocabulary::{Digest, RecordKey};

/// The view of current states.
pub const RECORDS: &str = "records";
/// The view of numbers per type and status.
pub const COUNTS: &str = "counts";
/// The view of commits across records.
pub const AUDIT: &str = "audit";
/// All of them.
pub const ALL_VIEWS: [&str; 3] = [RECORDS, COUNTS, AUDIT];

/// The table that holds the rows of a view; `None` for a name that is no view's.
pub fn table_of(view: &str) -> Option<Table> {
    match view {
        RECORDS => Some(Table::Records),
        COUNTS => Some(Table::Counts),
        AUDIT => Some(Table::Audit),
        _ => None,
    }
}

/// The number of a view's own layout: raised when its keys or what its rows hold change though no fold does.
pub fn layout_of(view: &str) -> u32 {
    match view {
        RECORDS | COUNTS | AUDIT => 1,
        _ => 0,
    }
}

/// Where a record's row stands: `{generation}#{bucket}`, `{tenant}#{type}#{id}`. Every view has one row for
/// each record, with the version that it has reached.
pub fn row_key(generation: Generation, key: &RecordKey) -> RowKey {
    let bucket = Digest::of(&[key.pk().as_bytes()]).shard(generation.buckets);
    RowKey { pk: format!("{}#{bucket}", generation.number), sk: key.pk() }
}
