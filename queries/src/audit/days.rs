//! The days on which a list of commits holds something, one after the other.

use projections::CommitList;
use serde::Deserialize;
use std::collections::VecDeque;
use store::{Generation, Order, RowRange, Store, StoreError, Table};
use vocabulary::Tenant;

/// Days that are read from the directory at a time.
const READ: usize = 32;

/// The days of a list that are still to come.
#[derive(Debug)]
pub(super) struct Days {
    range: RowRange,
    /// A day that need not stand in the directory, until it is told.
    implied: Option<String>,
    read: VecDeque<String>,
    ended: bool,
}

#[derive(Deserialize)]
struct Day {
    sk: String,
}

impl Days {
    /// The days from one to another, both included, in an order.
    pub(super) fn of(
        list: &CommitList,
        generation: Generation,
        tenant: &Tenant,
        (from, to): (String, String),
        order: Order,
    ) -> Self {
        let implied = list.implied_day().filter(|day| from <= *day && *day <= to);
        let range = RowRange {
            table: Table::Audit,
            partition: list.days(generation, tenant),
            from,
            to,
            order,
            limit: READ,
            attributes: &[],
        };
        Self { range, implied, read: VecDeque::new(), ended: false }
    }

    /// The next day; `None` at the end.
    pub(super) async fn next(&mut self, store: &Store) -> Result<Option<String>, StoreError> {
        if self.read.is_empty() && !self.ended {
            self.fill(store).await?;
        }
        let first = self.read.front();
        let implied = self.implied.take_if(|day| match (first, self.range.order) {
            (None, _) => true,
            (Some(first), Order::Ascending) => *day <= *first,
            (Some(first), Order::Descending) => *day >= *first,
        });
        if implied.is_some() && implied.as_ref() != first {
            return Ok(implied);
        }
        Ok(self.read.pop_front())
    }

    async fn fill(&mut self, store: &Store) -> Result<(), StoreError> {
        let days = store.rows_between::<Day>(&self.range).await?;
        self.ended = days.len() < READ;
        if let Some(last) = days.last() {
            match self.range.order {
                Order::Ascending => self.range.from = format!("{}!", last.sk),
                // The day before as a text: nothing lies between it and the day.
                Order::Descending => self.range.to = format!("{}~", before(&last.sk)),
            }
        }
        self.read.extend(days.into_iter().map(|day| day.sk));
        Ok(())
    }
}

/// The greatest number below one of as many digits.
fn before(day: &str) -> String {
    let number: u64 = day.parse().unwrap_or(0);
    format!("{:08}", number.saturating_sub(1))
}
