//! The names of the views, and where the row of a record stands in each: what whoever looks at views from
//! outside must know of them. What rows hold is the projections' business.

use crate::{Folds, Generation, RowKey, Table, ViewGenerations};
use events::Registry;
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

/// The name under which the number of a view's own layout stands beside the folds of the record types.
pub const LAYOUT: &str = "@layout";

/// By what a build makes the rows of a view: the fold of each record type, and the layout of the rows.
pub fn folds(view: &str, registry: &Registry) -> Folds {
    let mut folds = registry.folds();
    folds.insert(LAYOUT.to_owned(), layout_of(view).to_string());
    folds
}

impl ViewGenerations {
    /// The record types that the active generation was made with by another fold than today's, and
    /// `@layout` where its layout is another. None where it is not known how it was made. A type that came
    /// later than the generation is none of them: it has had but one fold.
    pub fn outdated(&self, registry: &Registry) -> Vec<String> {
        let Some(made_by) = self.folds_of(self.active) else { return Vec::new() };
        let today = folds(&self.view, registry);
        let differs = |(name, fold): &(&String, &String)| {
            made_by.get(*name).is_some_and(|made_by| made_by != *fold)
        };
        today.iter().filter(differs).map(|(name, _)| name.clone()).collect()
    }
}

/// Where a record's row stands: `{generation}#{bucket}`, `{tenant}#{type}#{id}`. Every view has one row for
/// each record, with the version that it has reached.
pub fn row_key(generation: Generation, key: &RecordKey) -> RowKey {
    let bucket = Digest::of(&[key.pk().as_bytes()]).shard(generation.buckets);
    RowKey { pk: format!("{}#{bucket}", generation.number), sk: key.pk() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generation_is_outdated_by_another_fold_of_a_type_that_it_knew() {
        let registry = Registry::shipped();
        let generation = Generation { number: 1, buckets: 1, list_shards: 1 };
        let mut view = ViewGenerations::first(RECORDS, generation);
        assert!(view.outdated(&registry).is_empty(), "it is not known how it was made");
        let mut made_by = folds(RECORDS, &registry);
        view.folds.insert("1".to_owned(), made_by.clone());
        assert!(view.outdated(&registry).is_empty());
        made_by.insert("customer".to_owned(), "another".to_owned());
        made_by.insert(LAYOUT.to_owned(), "0".to_owned());
        made_by.remove("todo");
        view.folds.insert("1".to_owned(), made_by);
        assert_eq!(view.outdated(&registry), ["@layout", "customer"]);
    }
}
