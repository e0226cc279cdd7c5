//! Pages of lists that lag, to those who know what they have written.

use super::*;
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn row(at: u32, id: &str, version: u64) -> Listed {
    let version = Version::new(version).unwrap();
    Listed { position: format!("{at}#{id}"), version, summary: String::new() }
}

fn positions(
    partitions: Vec<Vec<Listed>>,
    fresh: Vec<Fresh>,
    order: Order,
    limit: usize,
) -> (Vec<String>, Option<String>) {
    let asked = asked(limit, fresh.len());
    let (rows, next) = merged(Read { partitions, asked, fresh }, order, limit);
    (rows.into_iter().map(|row| row.position).collect(), next)
}

#[test]
fn a_page_is_the_front_of_all_partitions() {
    let pages =
        || vec![vec![row(1, "a", 1), row(4, "d", 1), row(5, "e", 1)], vec![row(2, "b", 1)], vec![]];
    let page = |limit| positions(pages(), Vec::new(), Order::Ascending, limit);
    let (rows, next) = page(2);
    assert_eq!((rows, next.as_deref()), (vec!["1#a".to_owned(), "2#b".to_owned()], Some("2#b")));
    let (rows, next) = page(3);
    assert_eq!((rows.len(), next.as_deref()), (3, Some("4#d")));
    let (rows, next) = page(4);
    assert_eq!((rows.len(), next), (4, None));
}

#[test]
fn rows_that_move_while_they_are_read_hide_no_other() {
    // a and b have just left the first partition, whose next row, 4#d, was not read.
    let first = vec![row(1, "a", 1), row(2, "b", 1), row(3, "c", 1)];
    let second = vec![row(8, "a", 2), row(9, "b", 2)];
    let (rows, next) = positions(vec![first, second], Vec::new(), Order::Ascending, 2);
    assert_eq!((rows, next.as_deref()), (vec!["3#c".to_owned()], Some("3#c")));
    let first = vec![row(9, "a", 1), row(8, "b", 1), row(7, "c", 1)];
    let second = vec![row(5, "a", 2), row(4, "b", 2)];
    let (rows, next) = positions(vec![first, second], Vec::new(), Order::Descending, 2);
    assert_eq!((rows, next.as_deref()), (vec!["7#c".to_owned()], Some("7#c")));
}

#[test]
fn what_was_seen_stands_where_it_belongs_and_its_old_row_nowhere() {
    let lagging = || vec![vec![row(3, "c", 1), row(2, "b", 1), row(1, "a", 1)]];
    let fresh = |id: &str, row: Option<Listed>| {
        vec![Fresh { id: id.to_owned(), version: Version::new(2).unwrap(), row }]
    };
    let page = |fresh| positions(lagging(), fresh, Order::Descending, 2).0;
    assert_eq!(page(Vec::new()), ["3#c", "2#b"]);
    assert_eq!(page(fresh("b", Some(row(4, "b", 2)))), ["4#b", "3#c"]);
    assert_eq!(page(fresh("b", None)), ["3#c", "1#a"], "it is no longer in this list");
    assert_eq!(page(fresh("d", Some(row(4, "d", 2)))), ["4#d", "3#c"]);
}

#[test]
fn a_list_that_is_ahead_of_what_was_seen_is_believed() {
    let ahead = vec![vec![row(5, "b", 3), row(3, "c", 1)]];
    let old = Fresh { id: "b".to_owned(), version: Version::new(2).unwrap(), row: None };
    assert_eq!(positions(ahead, vec![old], Order::Descending, 2).0, ["5#b", "3#c"]);
}

const IDS: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];
/// The lists that a record can stand in; the last one is that of ended records.
const STATUSES: [usize; 3] = [0, 1, 2];

/// A record after one of its changes.
#[derive(Debug, Clone, Copy)]
struct State {
    at: u32,
    status: usize,
}

/// What two people did to some records, and which of these the first one wrote.
#[derive(Debug, Default)]
struct Log {
    records: [Vec<State>; IDS.len()],
    mine: BTreeSet<usize>,
}

impl Log {
    /// `(who, record, status, time that passed)`, in order.
    fn of(writes: &[(bool, usize, usize, u32)]) -> Self {
        let (mut log, mut at) = (Self::default(), 10);
        for (mine, record, status, passed) in writes {
            at += passed;
            log.records[*record].push(State { at, status: *status });
            if *mine {
                log.mine.insert(*record);
            }
        }
        log
    }

    /// The row of a record after so many changes, and its status.
    fn row(&self, record: usize, changes: usize) -> Option<(usize, Listed)> {
        let State { at, status } = self.records[record][..changes].last()?;
        Some((*status, row(*at, IDS[record], u64::try_from(changes).unwrap())))
    }

    fn newest(&self, record: usize) -> usize {
        self.records[record].len()
    }
}

/// How far the list has followed each record: the share of its changes, and whether the row before
/// still stands beside the newer one.
type Lag = Vec<(usize, bool)>;

/// The rows that a lagging list has of a record.
fn lagging(log: &Log, record: usize, (share, doubled): (usize, bool)) -> Vec<(usize, Listed)> {
    let reached = share.min(log.newest(record));
    let before = if doubled { reached.saturating_sub(1) } else { 0 };
    [before, reached].into_iter().filter_map(|changes| log.row(record, changes)).collect()
}

/// A client that reads a list of some statuses to its end.
#[derive(Debug, Clone)]
struct Reader {
    statuses: Vec<usize>,
    order: Order,
    limits: Vec<usize>,
    /// How the list lags when each page is read.
    lags: Vec<Lag>,
}

impl Reader {
    fn after(&self, after: Option<&String>, row: &Listed) -> bool {
        after.is_none_or(|after| before(self.order, after, &row.position))
    }

    fn in_order(&self, mut rows: Vec<Listed>) -> Vec<Listed> {
        rows.sort_by(|a, b| a.position.cmp(&b.position));
        if self.order == Order::Descending {
            rows.reverse();
        }
        rows
    }

    /// How a list lags of a record on some page. What others wrote lags the same on all pages: that a
    /// record which moves while a list is read may be met twice or never is so without any lag.
    fn lag(&self, log: &Log, page: usize, record: usize) -> (usize, bool) {
        if log.mine.contains(&record) {
            self.lags[page % self.lags.len()][record]
        } else {
            (self.lags[0][record].0, false)
        }
    }

    /// What the client reads, page after page.
    fn read(&self, log: &Log, sends_what_it_has_seen: bool) -> Vec<(String, Version)> {
        let (mut found, mut after) = (Vec::new(), None);
        let seen: Vec<usize> =
            log.mine.iter().copied().filter(|_| sends_what_it_has_seen).collect();
        for page in 0..200 {
            let limit = self.limits[page % self.limits.len()];
            let asked = asked(limit, seen.len());
            let partitions = self.partitions(log, page, after.as_ref(), asked);
            let fresh = seen.iter().map(|record| self.fresh(log, *record, after.as_ref()));
            let read = Read { partitions, asked, fresh: fresh.collect() };
            let (rows, next) = merged(read, self.order, limit);
            assert!(rows.len() <= limit);
            found.extend(rows.into_iter().map(|row| (row.position, row.version)));
            match next {
                Some(next) => after = Some(next),
                None => return found,
            }
        }
        panic!("the list has no end");
    }

    /// The front of each partition: of each status three, over which the records are spread.
    fn partitions(
        &self,
        log: &Log,
        page: usize,
        after: Option<&String>,
        asked: usize,
    ) -> Vec<Vec<Listed>> {
        let mut partitions = Vec::new();
        for status in &self.statuses {
            for shard in 0..3 {
                let records = (0..IDS.len()).filter(|record| record % 3 == shard);
                let rows =
                    records.flat_map(|record| lagging(log, record, self.lag(log, page, record)));
                let rows = rows.filter(|(of, row)| of == status && self.after(after, row));
                let mut rows = self.in_order(rows.map(|(_, row)| row).collect());
                rows.truncate(asked);
                partitions.push(rows);
            }
        }
        partitions
    }

    fn fresh(&self, log: &Log, record: usize, after: Option<&String>) -> Fresh {
        let (status, row) = log.row(record, log.newest(record)).unwrap();
        let shown = self.statuses.contains(&status) && self.after(after, &row);
        let version = row.version;
        Fresh { id: IDS[record].to_owned(), version, row: shown.then_some(row) }
    }

    /// What a list would show that has followed what the client wrote, and lags of all else.
    fn oracle(&self, log: &Log) -> Vec<(String, Version)> {
        let rows = (0..IDS.len()).filter_map(|record| {
            let mine = log.mine.contains(&record);
            let (share, _) = self.lag(log, 0, record);
            let newest = log.newest(record);
            let (status, row) = log.row(record, if mine { newest } else { share.min(newest) })?;
            self.statuses.contains(&status).then_some(row)
        });
        let rows = self.in_order(rows.collect());
        rows.into_iter().map(|row| (row.position, row.version)).collect()
    }
}

fn reader() -> impl Strategy<Value = Reader> {
    let statuses = proptest::sample::subsequence(STATUSES.to_vec(), 1..=3);
    let order = proptest::bool::ANY;
    let lags = vec(vec((0..8_usize, proptest::bool::ANY), IDS.len()), 1..6);
    (statuses, order, vec(1..5_usize, 1..4), lags).prop_map(|(statuses, order, limits, lags)| {
        let order = if order { Order::Ascending } else { Order::Descending };
        Reader { statuses, order, limits, lags }
    })
}

fn writes() -> impl Strategy<Value = Vec<(bool, usize, usize, u32)>> {
    vec((proptest::bool::ANY, 0..IDS.len(), 0..STATUSES.len(), 0..2_u32), 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Never missing, never older, never doubled, in its place; and nothing of others' gets lost.
    #[test]
    fn who_says_what_they_have_seen_reads_it_however_much_the_list_lags(
        writes in writes(),
        reader in reader(),
    ) {
        let log = Log::of(&writes);
        prop_assert_eq!(reader.read(&log, true), reader.oracle(&log));
    }
}

#[test]
fn who_does_not_say_it_may_miss_it_or_meet_it_as_it_was() {
    let writes =
        [(true, 0, 0, 1), (true, 1, 0, 1), (true, 0, 0, 1), (true, 1, 2, 1), (true, 2, 0, 1)];
    let log = Log::of(&writes);
    let lag = IDS.iter().map(|_| (1, false)).collect::<Lag>();
    let nothing_of_c =
        lag.iter().enumerate().map(|(record, lag)| if record == 2 { (0, false) } else { *lag });
    let reader = Reader {
        statuses: vec![0, 1],
        order: Order::Descending,
        limits: vec![2],
        lags: vec![nothing_of_c.collect()],
    };
    let places =
        |rows: Vec<(String, Version)>| rows.into_iter().map(|(place, _)| place).collect::<Vec<_>>();
    assert_eq!(places(reader.read(&log, true)), ["15#c", "13#a"]);
    // c is missing, a is older, b is still there.
    assert_eq!(places(reader.read(&log, false)), ["12#b", "11#a"]);
}
