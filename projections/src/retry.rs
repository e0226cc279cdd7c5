//! Trying parked records again, because their time has come or because an operator says so.
//!
//! Each view is tried by itself, so that a try is one try. An entry leaves the list when the row has passed
//! the commit at which it stopped, and in no other way: a retry that is interrupted loses nothing.

use crate::image;
use crate::projector::{Hint, Projector, Targets};
use serde::Deserialize;
use store::{Generation, Parked, RetryParked, StoreError, row_key, table_of};
use tokio::time::Instant as Moment;
use vocabulary::{RecordKey, Version};

/// How many entries are read at once.
const PAGE: usize = 100;

impl Projector {
    /// Carries out an order to try records again, as far as it gets before `until`; what is left to be
    /// ordered, if anything. Carried out twice, it tries once.
    ///
    /// # Errors
    /// [`StoreError`] for what passes: the same order goes on where this one stopped.
    pub async fn retry_ordered(
        &self,
        order: &RetryParked,
        until: Moment,
    ) -> Result<Option<RetryParked>, StoreError> {
        let live = self.live().await?.all();
        let found = live.into_iter().find(|(view, generation)| {
            *view == order.view && generation.number == order.generation
        });
        // A generation that is gone has no rows to be mended.
        let Some((view, generation)) = found else { return Ok(None) };
        if let Some(record) = &order.record {
            let parked = self.store.parked_record(view, generation, record).await?;
            if let Some(parked) = parked.filter(|parked| order.wants(parked)) {
                self.retry(view, generation, &parked).await?;
            }
            return Ok(None);
        }
        let mut after = order.after.clone();
        loop {
            let page = self.store.parked_after(view, generation, after.as_deref(), PAGE).await?;
            if page.is_empty() {
                return Ok(None);
            }
            for parked in page {
                if order.wants(&parked) {
                    self.retry(view, generation, &parked).await?;
                }
                after = Some(parked.record);
                if Moment::now() >= until {
                    return Ok(Some(RetryParked { after, ..order.clone() }));
                }
            }
        }
    }

    /// Tries one parked record in its generation; takes it off the list if its row is whole now.
    pub(crate) async fn retry(
        &self,
        view: &'static str,
        generation: Generation,
        parked: &Parked,
    ) -> Result<(), StoreError> {
        let Some(key) = image::record_key(&parked.record) else { return Ok(()) };
        let target = Targets::one(view, generation);
        self.project(&parked.record, &Hint::logged(parked.version), &target).await?;
        match self.reached(view, generation, &key).await? {
            Some(reached) => self.store.unpark(view, generation, &key, reached).await,
            None => Ok(()),
        }
    }

    /// The version that a record's row has reached, when nothing holds it back.
    async fn reached(
        &self,
        view: &str,
        generation: Generation,
        key: &RecordKey,
    ) -> Result<Option<Version>, StoreError> {
        #[derive(Deserialize)]
        struct Reached {
            version: Version,
            #[serde(default)]
            stale_at: Option<Version>,
        }
        let Some(table) = table_of(view) else { return Ok(None) };
        let row: Option<Reached> = self.store.row(table, &row_key(generation, key)).await?;
        Ok(row.filter(|row| row.stale_at.is_none()).map(|row| row.version))
    }
}
