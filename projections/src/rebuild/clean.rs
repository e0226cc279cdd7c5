//! Taking away the rows of a generation that nobody reads any more.
//!
//! The rows of records lead to all others: numbers and commits are found by them, and they go last. So a
//! run that breaks off leaves what the next one needs. A function that began before the generation was
//! retired may still write to it; therefore nothing is taken away before the grace is over, and a
//! generation is forgotten only after a run through all of it that found nothing.

use super::{Failed, Rebuilder, millis};
use crate::audit::CommitRow;
use crate::counts::{COUNTER_SHARDS, counter_key};
use crate::views::{AUDIT, COUNTS, table_of};
use crate::{CommitList, Counter};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::time::Duration;
use store::{Generation, Job, Order, RowKey, RowQuery, Rows, StoreError, Table, Unchanged};
use tokio::time::Instant;
use vocabulary::{RecordKey, Tenant};

/// Rows taken away together.
const PAGE: usize = 250;

/// A row, as far as it is needed to take it away.
#[derive(Deserialize)]
struct Key {
    pk: String,
    sk: String,
}

impl From<Key> for RowKey {
    fn from(Key { pk, sk }: Key) -> Self {
        Self { pk, sk }
    }
}

/// How far one run came.
enum Run {
    /// Through all of it; how many records it found.
    Through(usize),
    /// The time was over.
    BrokeOff,
}

impl Rebuilder {
    /// Takes away the rows of a retired generation, until all are gone or `until` is over; then the rest is
    /// handed on. Told of one that is not retired, it does nothing.
    pub(super) async fn clean(
        &self,
        view: &str,
        number: u32,
        until: Instant,
    ) -> Result<(), Failed> {
        let store = &self.projector.store;
        let found = store.view(view).await?;
        let mut retiring = found.iter().flat_map(|view| view.retiring.iter().copied());
        let Some(generation) = retiring.find(|generation| generation.number == number) else {
            return Ok(());
        };
        let now = self.projector.clock.now();
        let not_before = now.plus_millis(millis(self.settings.grace));
        let not_before = store.begin_cleaning(view, generation, not_before).await?;
        if now < not_before {
            let wait = not_before.as_millis() - now.as_millis();
            return self.clean_later(view, number, u64::try_from(wait).unwrap_or(0)).await;
        }
        loop {
            match self.run(view, generation, until).await? {
                Run::BrokeOff => return self.clean_later(view, number, 0).await,
                Run::Through(0) => break,
                Run::Through(records) => {
                    tracing::info!(view, generation = number, records, "rows were taken away");
                }
            }
        }
        for parked in store.parked(view, generation).await? {
            store.take_off(view, generation, &parked.record).await?;
        }
        match store.forget_generation(view, number).await {
            Ok(_) | Err(Unchanged::NotNow(_)) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(store.end_cleaning(view, generation).await?)
    }

    async fn clean_later(&self, view: &str, generation: u32, wait_ms: u64) -> Result<(), Failed> {
        let job = Job::Clean { view: view.to_owned(), generation };
        let wait = Duration::from_secs(wait_ms.div_ceil(1_000));
        Ok(self.queue.send_later(&job, wait.min(store::DELAY_MAX)).await?)
    }

    /// One run through the generation.
    async fn run(
        &self,
        view: &str,
        generation: Generation,
        until: Instant,
    ) -> Result<Run, StoreError> {
        let Some(table) = table_of(view) else { return Ok(Run::Through(0)) };
        let mut records = 0;
        // What depends on a tenant's records is taken away once a run.
        let mut tidied: BTreeSet<(Tenant, String)> = BTreeSet::new();
        for bucket in 0..generation.buckets {
            let partition = format!("{}#{bucket}", generation.number);
            loop {
                let page: Vec<Key> = self.projector.store.rows(&all_of(table, &partition)).await?;
                if page.is_empty() {
                    break;
                }
                records += page.len();
                let keys = page.iter().filter_map(|row| RecordKey::from_pk(&row.sk).ok());
                let fresh: BTreeSet<(Tenant, String)> = keys
                    .map(|key| (key.tenant, key.record_type.to_string()))
                    .filter(|of| !tidied.contains(of))
                    .collect();
                self.tidy_for(view, generation, &fresh).await?;
                tidied.extend(fresh);
                let keys: Vec<RowKey> = page.into_iter().map(RowKey::from).collect();
                self.projector.store.delete_rows(table, &keys).await?;
                if Instant::now() >= until {
                    return Ok(Run::BrokeOff);
                }
            }
        }
        Ok(Run::Through(records))
    }

    /// Takes away what a view keeps for a tenant beside the rows of its records.
    async fn tidy_for(
        &self,
        view: &str,
        generation: Generation,
        of: &BTreeSet<(Tenant, String)>,
    ) -> Result<(), StoreError> {
        match view {
            COUNTS => {
                for (tenant, record_type) in of {
                    self.clean_numbers(generation, tenant, record_type).await?;
                }
            }
            AUDIT => {
                let tenants: BTreeSet<&Tenant> = of.iter().map(|(tenant, _)| tenant).collect();
                for tenant in tenants {
                    self.clean_commits(generation, tenant).await?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    async fn clean_numbers(
        &self,
        generation: Generation,
        tenant: &Tenant,
        record_type: &str,
    ) -> Result<(), StoreError> {
        let store = &self.projector.store;
        for shard in 0..COUNTER_SHARDS {
            let pk = counter_key(generation, tenant, record_type, shard);
            let numbers: Vec<Counter> = store.rows(&all_of(Table::Counts, &pk)).await?;
            let key = |number: Counter| RowKey { pk: pk.clone(), sk: number.sk };
            let keys: Vec<RowKey> = numbers.into_iter().map(key).collect();
            store.delete_rows(Table::Counts, &keys).await?;
        }
        Ok(())
    }

    /// The commits of a tenant, day by day: those in the lists of actors and flows before those in the list
    /// of all, by which they are found.
    async fn clean_commits(
        &self,
        generation: Generation,
        tenant: &Tenant,
    ) -> Result<(), StoreError> {
        let store = &self.projector.store;
        let directory = CommitList::All.days(generation, tenant);
        loop {
            let days: Vec<Key> = store.rows(&all_of(Table::Audit, &directory)).await?;
            if days.is_empty() {
                return Ok(());
            }
            for day in &days {
                for partition in CommitList::All.day(generation, tenant, &day.sk) {
                    self.clean_day(generation, &partition).await?;
                }
            }
            let keys: Vec<RowKey> = days.into_iter().map(RowKey::from).collect();
            store.delete_rows(Table::Audit, &keys).await?;
        }
    }

    async fn clean_day(&self, generation: Generation, partition: &str) -> Result<(), StoreError> {
        let store = &self.projector.store;
        loop {
            let rows: Vec<CommitRow> = store.rows(&all_of(Table::Audit, partition)).await?;
            if rows.is_empty() {
                return Ok(());
            }
            let (mut others, mut listed) = (BTreeSet::new(), Vec::new());
            for row in &rows {
                others.extend(row.elsewhere(generation));
                listed.push(RowKey { pk: row.pk.clone(), sk: row.sk.clone() });
            }
            let others: Vec<RowKey> = others.into_iter().collect();
            store.delete_rows(Table::Audit, &others).await?;
            store.delete_rows(Table::Audit, &listed).await?;
        }
    }
}

/// The first rows of a partition.
fn all_of(table: Table, partition: &str) -> RowQuery {
    RowQuery {
        rows: Rows::Of(table),
        partition: partition.to_owned(),
        after: None,
        order: Order::Ascending,
        limit: PAGE,
    }
}
