//! Verification: what the rows of a view hold against what the log says, and how that is mended.
//!
//! A record is judged by its log alone: folded from the first commit, whatever snapshots say, with the chain
//! checked on the way. A row is compared at the version that it has itself, so that one which the projector
//! moves on meanwhile is never taken for one that drifted. A row that is behind is brought to the head first,
//! and judged afterwards.

mod commits;
mod compare;
mod differing;
mod mend;
mod numbers;
mod states;
mod surplus;
mod watch;

pub use watch::WATCHED;

use crate::heads::Heads;
use crate::image;
use crate::projector::{CONCURRENCY, Hint, Projector, Targets, Work};
use crate::reconcile::MARGIN_MS;
use crate::views::{AUDIT, COUNTS, RECORDS};
use commits::DaysSeen;
use futures::stream::{self, StreamExt, TryStreamExt};
use serde::de::DeserializeOwned;
use store::{Difference, Generation, RowKey, StoreError, Table};
use vocabulary::{Instant, RecordKey, Version};

/// How often a row that is behind is brought to the head and read again.
const TRIES_MAX: u32 = 4;
/// Rows read at a time.
const PAGE: usize = 250;

/// The row is behind the log, and no more than that.
pub(crate) const LAG: &str = "lag";
/// The row is of that version and has another content, or was made by another fold.
pub(crate) const DRIFT: &str = "drift";
/// There is no row although there should be one.
pub(crate) const MISSING: &str = "missing";
/// There is a row although there should be none.
pub(crate) const SURPLUS: &str = "surplus";
/// A number is not what it counts.
pub(crate) const COUNT: &str = "count";

/// What was found of the records of a page.
#[derive(Debug, Default)]
pub struct Verified {
    /// Records that were judged.
    pub records: u64,
    /// Those of them that are parked, and nobody has accepted that. They are not compared.
    pub parked: u64,
    /// Those that are parked and accepted.
    pub accepted: u64,
    /// What differs. A record has at most one of a kind and place.
    pub differences: Vec<Difference>,
}

/// Whether a record is parked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Parking {
    None,
    Parked,
    /// An operator has accepted that it is.
    Accepted,
}

/// What was found of one record.
#[derive(Debug)]
enum Found {
    /// It was compared.
    Compared(Vec<Difference>),
    /// It is parked, accepted or not, so that it was not compared.
    Parked(Parking),
}

/// A row as it was read.
#[derive(Debug)]
enum Read<R> {
    Absent,
    Row(R),
    /// It is there, and is none of ours.
    Unreadable,
}

/// The generation of a view that is verified.
#[derive(Debug, Clone, Copy)]
struct Place {
    view: &'static str,
    generation: Generation,
    /// A record that began before has a row in it; absent where that cannot be claimed.
    whole_before: Option<Instant>,
}

impl Verified {
    fn add(&mut self, found: Found) {
        self.records += 1;
        match found {
            Found::Compared(differences) => self.differences.extend(differences),
            Found::Parked(Parking::Accepted) => self.accepted += 1,
            Found::Parked(Parking::Parked | Parking::None) => self.parked += 1,
        }
    }
}

impl Projector {
    /// Compares what one generation of a view holds of some records with a fresh fold of their logs. Rows
    /// that are behind are brought to the head first.
    ///
    /// Reads each record's log whole, and its row; of the view `audit` four rows for each commit.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was found out then.
    pub async fn verify_page(
        &self,
        view: &str,
        generation: Generation,
        heads: &Heads,
    ) -> Result<Verified, StoreError> {
        let place = self.place(view, generation).await?;
        let days = DaysSeen::default();
        let mut judged = Vec::new();
        for pk in heads.keys() {
            judged.push(self.judge(&place, pk, &days));
        }
        let mut judged = stream::iter(judged).buffer_unordered(CONCURRENCY);
        let mut verified = Verified::default();
        while let Some(found) = judged.try_next().await? {
            verified.add(found);
        }
        Ok(verified)
    }

    async fn judge(&self, place: &Place, pk: &str, days: &DaysSeen) -> Result<Found, StoreError> {
        let Some(key) = image::record_key(pk) else {
            // The projector says so, and has no row for it.
            return Ok(Found::Compared(Vec::new()));
        };
        let Some(of) = self.registry.by_name(key.record_type.as_str()) else {
            return self.judged_parked(place, &key, Version::FIRST).await;
        };
        let hint = Hint::logged(Version::FIRST);
        let work = Work { key: &key, of, hint: &hint };
        // On the heap: what a record holds on its way is large.
        match place.view {
            COUNTS => Box::pin(self.judge_state::<crate::Contribution>(place, &work)).await,
            AUDIT => Box::pin(self.judge_commits(place, &work, days)).await,
            _ => Box::pin(self.judge_state::<crate::RecordRow>(place, &work)).await,
        }
    }

    /// What is to be verified, and what may be claimed of it: everything that the reconciler has verified,
    /// less the margin that it leaves for itself.
    async fn place(&self, view: &str, generation: Generation) -> Result<Place, StoreError> {
        let name = known(view)?;
        let registered = self.store.view(name).await?;
        let is_live = registered.is_some_and(|view| view.live().any(|live| live == generation));
        let verified = if is_live { self.verified_through().await? } else { None };
        let whole_before = verified.map(|at| at.plus_millis(-MARGIN_MS));
        Ok(Place { view: name, generation, whole_before })
    }

    /// A record that cannot be followed here: it is parked, or is now.
    async fn judged_parked(
        &self,
        place: &Place,
        key: &RecordKey,
        version: Version,
    ) -> Result<Found, StoreError> {
        let parking = self.parking(place, key).await?;
        if parking == Parking::None {
            self.bring_to_head(place, key, version).await?;
            return Ok(Found::Parked(self.parking(place, key).await?));
        }
        Ok(Found::Parked(parking))
    }

    async fn parking(&self, place: &Place, key: &RecordKey) -> Result<Parking, StoreError> {
        let parked = self.store.parked_record(place.view, place.generation, &key.pk()).await?;
        Ok(match parked {
            None => Parking::None,
            Some(parked) if parked.is_skipped() => Parking::Accepted,
            Some(_) => Parking::Parked,
        })
    }

    /// Projects a record into the generation that is verified, and into no other.
    async fn bring_to_head(
        &self,
        place: &Place,
        key: &RecordKey,
        head: Version,
    ) -> Result<(), StoreError> {
        let targets = Targets::one(place.view, place.generation);
        Box::pin(self.project(&key.pk(), &Hint::logged(head), &targets)).await
    }

    async fn read<R: DeserializeOwned>(
        &self,
        table: Table,
        key: &RowKey,
    ) -> Result<Read<R>, StoreError> {
        match self.store.row(table, key).await {
            Ok(Some(row)) => Ok(Read::Row(row)),
            Ok(None) => Ok(Read::Absent),
            Err(StoreError::Unreadable { .. }) => Ok(Read::Unreadable),
            Err(error) => Err(error),
        }
    }
}

/// The name of a view, as this build knows it.
fn known(view: &str) -> Result<&'static str, StoreError> {
    match view {
        RECORDS => Ok(RECORDS),
        COUNTS => Ok(COUNTS),
        AUDIT => Ok(AUDIT),
        other => {
            let source = format!("there is no view `{other}`").into();
            Err(StoreError::Refused { attempt: "verifying a view", source })
        }
    }
}

/// A difference of a record's row.
fn difference(
    view: &str,
    key: &RecordKey,
    version: Version,
    kind: &str,
    detail: String,
) -> Difference {
    Difference {
        record: format!("{}/{}", key.record_type, key.id),
        tenant: Some(key.tenant.clone()),
        view: view.to_owned(),
        version: version.get(),
        kind: kind.to_owned(),
        detail,
    }
}
