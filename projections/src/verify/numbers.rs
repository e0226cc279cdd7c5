//! Numbers against the contributions that they count, while records go on changing.
//!
//! A number can be compared only while it stands still: it is read, its contributions are added up, and it is
//! read again with the count of its changes. One shard of a tenant's and type's numbers is settled at a time,
//! so that what is to stand still is small.

use super::COUNT;
use crate::counts::{COUNTER_SHARDS, Counter, counter_key};
use crate::projector::Projector;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use store::{
    CounterRead, Difference, Generation, Order, RowKey, RowQuery, RowRange, Rows, StoreError,
    Table, Written, backoff,
};
use vocabulary::{Digest, RecordKey, Tenant};

/// How often numbers are read that do not stand still.
const TRIES_MAX: u32 = 20;
/// Contributions read at a time.
const PAGE: usize = 1_000;

/// One shard of the numbers of a tenant's records of one type.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Shard {
    tenant: Tenant,
    record_type: String,
    number: u32,
}

/// A number that is wrong: its status, the number as it was read, and what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wrong {
    status: String,
    read: Option<CounterRead>,
    right: i64,
}

#[derive(Deserialize)]
struct Contributed {
    sk: String,
    #[serde(default)]
    status: Option<String>,
}

impl Shard {
    /// The shard in which a record counts.
    pub(super) fn of_record(key: &RecordKey) -> Self {
        Self {
            tenant: key.tenant.clone(),
            record_type: key.record_type.to_string(),
            number: shard_of(&key.pk()),
        }
    }

    /// The shard behind a counter's partition: `{generation}#n#{tenant}#{type}#{shard}`.
    pub(super) fn of_partition(pk: &str) -> Option<Self> {
        let mut parts = pk.split('#').skip(2);
        let tenant = parts.next()?.to_owned();
        let record_type = parts.next()?.to_owned();
        let number = parts.next()?.parse().ok()?;
        Some(Self { tenant: Tenant::try_from(tenant).ok()?, record_type, number })
    }

    /// The key of its number for a status.
    pub(super) fn counter(&self, generation: Generation, status: &str) -> RowKey {
        RowKey { pk: self.partition(generation), sk: status.to_owned() }
    }

    fn partition(&self, generation: Generation) -> String {
        counter_key(generation, &self.tenant, &self.record_type, self.number)
    }

    /// The buckets in which its records may stand: where their number is a multiple of the shards' one, the
    /// remainders of one digest agree.
    fn buckets(&self, generation: Generation) -> impl Iterator<Item = u32> {
        let agree = generation.buckets.is_multiple_of(COUNTER_SHARDS);
        let own = self.number;
        (0..generation.buckets).filter(move |bucket| !agree || bucket % COUNTER_SHARDS == own)
    }

    fn difference(&self, view: &str, wrong: &Wrong) -> Difference {
        let Wrong { status, read, right } = wrong;
        let told = read.map_or(0, |read| read.n);
        let Self { tenant, record_type, number: shard } = self;
        Difference {
            record: String::new(),
            tenant: Some(tenant.clone()),
            view: view.to_owned(),
            version: 0,
            kind: COUNT.to_owned(),
            detail: format!("{record_type} {status}, shard {shard}: {told} instead of {right}"),
        }
    }
}

fn shard_of(pk: &str) -> u32 {
    Digest::of(&[pk.as_bytes()]).shard(COUNTER_SHARDS)
}

impl Projector {
    /// The numbers of a shard that are not what they count.
    ///
    /// Reads the numbers twice and the shard's contributions, again while they do not stand still.
    ///
    /// # Errors
    /// [`StoreError::Busy`] also when they never stood still.
    pub(super) async fn wrong_numbers(
        &self,
        view: &str,
        generation: Generation,
        shard: &Shard,
    ) -> Result<Vec<Difference>, StoreError> {
        let wrong = self.wrong(generation, shard).await?;
        Ok(wrong.iter().map(|wrong| shard.difference(view, wrong)).collect())
    }

    /// Sets the numbers of a shard right, and says which were wrong.
    ///
    /// # Errors
    /// [`StoreError`]; done again, it goes on.
    pub(super) async fn mend_numbers(
        &self,
        view: &str,
        generation: Generation,
        shard: &Shard,
    ) -> Result<Vec<Difference>, StoreError> {
        let mut found: Vec<Difference> = Vec::new();
        for tries in 1..=TRIES_MAX {
            let wrong = self.wrong(generation, shard).await?;
            let mut overtaken = false;
            for wrong in &wrong {
                let key = shard.counter(generation, &wrong.status);
                let Wrong { read, right, .. } = *wrong;
                let written = self.store.correct_counter(Table::Counts, &key, read, right).await?;
                overtaken |= written == Written::Overtaken;
            }
            if found.is_empty() {
                found = wrong.iter().map(|wrong| shard.difference(view, wrong)).collect();
            }
            if !overtaken {
                return Ok(found);
            }
            backoff(tries).await;
        }
        Err(never_still())
    }

    /// The wrong numbers, seen twice: between the two writes of one transaction, whoever reads rows one by
    /// one may see the one and not the other (DynamoDB developer guide, "Isolation levels", read
    /// 2026-11-24).
    async fn wrong(&self, generation: Generation, shard: &Shard) -> Result<Vec<Wrong>, StoreError> {
        let mut wrong = self.unequal(generation, shard).await?;
        if !wrong.is_empty() {
            backoff(1).await;
            let again = self.unequal(generation, shard).await?;
            wrong.retain(|one| again.contains(one));
        }
        Ok(wrong)
    }

    async fn unequal(
        &self,
        generation: Generation,
        shard: &Shard,
    ) -> Result<Vec<Wrong>, StoreError> {
        for tries in 1..=TRIES_MAX {
            let numbers = self.numbers(generation, shard).await?;
            let sums = self.sums(generation, shard).await?;
            if self.numbers(generation, shard).await? == numbers {
                return Ok(unequal(&numbers, &sums));
            }
            backoff(tries).await;
        }
        Err(never_still())
    }

    async fn numbers(
        &self,
        generation: Generation,
        shard: &Shard,
    ) -> Result<BTreeMap<String, CounterRead>, StoreError> {
        let query = RowQuery {
            rows: Rows::Of(Table::Counts),
            partition: shard.partition(generation),
            after: None,
            order: Order::Ascending,
            limit: usize::MAX,
        };
        let counters: Vec<Counter> = self.store.rows(&query).await?;
        let read = |Counter { sk, n, changes }| (sk, CounterRead { n, changes });
        Ok(counters.into_iter().map(read).collect())
    }

    /// Whether there is any number of a shard.
    pub(super) async fn has_numbers(
        &self,
        generation: Generation,
        shard: &Shard,
    ) -> Result<bool, StoreError> {
        Ok(!self.numbers(generation, shard).await?.is_empty())
    }

    /// How many records of the shard count in each status.
    async fn sums(
        &self,
        generation: Generation,
        shard: &Shard,
    ) -> Result<BTreeMap<String, i64>, StoreError> {
        let mut sums = BTreeMap::new();
        let Shard { tenant, record_type, .. } = shard;
        for bucket in shard.buckets(generation) {
            let mut from = format!("{tenant}#{record_type}#");
            loop {
                let range = RowRange {
                    table: Table::Counts,
                    partition: format!("{}#{bucket}", generation.number),
                    from,
                    // The character after `#`: all of the type come before it.
                    to: format!("{tenant}#{record_type}$"),
                    order: Order::Ascending,
                    limit: PAGE,
                    attributes: &["sk", "status"],
                };
                let rows: Vec<Contributed> = self.store.rows_between(&range).await?;
                for row in rows.iter().filter(|row| shard_of(&row.sk) == shard.number) {
                    if let Some(status) = &row.status {
                        *sums.entry(status.clone()).or_default() += 1;
                    }
                }
                match rows.last() {
                    // No key of ours holds that character: it is the first place after the row.
                    Some(last) if rows.len() >= PAGE => from = format!("{}\u{1}", last.sk),
                    Some(_) | None => break,
                }
            }
        }
        Ok(sums)
    }
}

fn unequal(numbers: &BTreeMap<String, CounterRead>, sums: &BTreeMap<String, i64>) -> Vec<Wrong> {
    let statuses: BTreeSet<&String> = numbers.keys().chain(sums.keys()).collect();
    let compared = statuses.into_iter().map(|status| {
        let right = sums.get(status).copied().unwrap_or_default();
        Wrong { status: status.clone(), read: numbers.get(status).copied(), right }
    });
    compared.filter(|wrong| wrong.read.map_or(0, |read| read.n) != wrong.right).collect()
}

fn never_still() -> StoreError {
    let source = "the numbers kept changing".into();
    StoreError::Busy { attempt: "comparing numbers", source }
}
