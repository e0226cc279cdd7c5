//! A page of a list, merged: from the partitions that the list is spread over, and from what the caller
//! has seen of records that the list may not have caught up with.

use serde::Deserialize;
use std::collections::BTreeMap;
use store::Order;
use vocabulary::Version;

/// What a list's index holds of a row.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Listed {
    /// Its place: `{changed_at}#{id}`.
    pub(crate) position: String,
    pub(crate) version: Version,
    /// JSON text of what lists show.
    pub(crate) summary: String,
}

/// A record as its own row or its log has it, which a list's index follows a moment later.
#[derive(Debug, Clone)]
pub(crate) struct Fresh {
    pub(crate) id: String,
    pub(crate) version: Version,
    /// Its row in this list; `None` where it is not in it, or not on the pages still to come.
    pub(crate) row: Option<Listed>,
}

/// What of a list is read for one page.
#[derive(Debug)]
pub(crate) struct Read {
    /// The front of each partition, in order.
    pub(crate) partitions: Vec<Vec<Listed>>,
    /// How many rows were asked for of each: one that has so many may go on.
    pub(crate) asked: usize,
    /// The records of which more is known.
    pub(crate) fresh: Vec<Fresh>,
}

/// How many rows of each partition a page of `limit` needs: one more tells whether there is more, and
/// of each fresh record an old row may stand in the way.
pub(crate) fn asked(limit: usize, fresh: usize) -> usize {
    limit + 1 + fresh
}

/// Whether one place comes before another.
pub(crate) fn before(order: Order, a: &str, b: &str) -> bool {
    match order {
        Order::Ascending => a < b,
        Order::Descending => a > b,
    }
}

/// The first rows of all partitions in one order, and where the next page begins. A row that has just
/// moved may stand in its old and its new place for a moment: the newer one counts, and what is known of
/// fresh records counts as a partition of its own. Nothing is shown from beyond the end of a partition
/// that was not read to its end: rows of it may still come before.
pub(crate) fn merged(read: Read, order: Order, limit: usize) -> (Vec<Listed>, Option<String>) {
    let Read { partitions, asked, fresh } = read;
    let cut = partitions.iter().filter(|rows| rows.len() >= asked).filter_map(|rows| rows.last());
    let cut = cut.map(|last| last.position.clone());
    let horizon = cut.reduce(|a, b| if before(order, &a, &b) { a } else { b });
    let mut rows = newest(partitions, fresh);
    rows.sort_by(|a, b| a.position.cmp(&b.position));
    if order == Order::Descending {
        rows.reverse();
    }
    if let Some(horizon) = &horizon {
        rows.retain(|row| !before(order, horizon, &row.position));
    }
    if rows.len() <= limit {
        return (rows, horizon);
    }
    rows.truncate(limit);
    let next = rows.last().map(|last| last.position.clone());
    (rows, next)
}

/// Each record's newest row, if the list shows it there.
fn newest(partitions: Vec<Vec<Listed>>, fresh: Vec<Fresh>) -> Vec<Listed> {
    let found = partitions.into_iter().flatten().map(|row| {
        let id = row.position.split('#').nth(1).unwrap_or_default().to_owned();
        Fresh { id, version: row.version, row: Some(row) }
    });
    let mut newest: BTreeMap<String, (Version, Option<Listed>)> = BTreeMap::new();
    for Fresh { id, version, row } in found.chain(fresh) {
        match newest.get(&id) {
            Some((other, _)) if *other > version => {}
            Some(_) | None => {
                newest.insert(id, (version, row));
            }
        }
    }
    newest.into_values().filter_map(|(_, row)| row).collect()
}

#[cfg(test)]
mod tests;
