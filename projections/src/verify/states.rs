//! The views that have one row for each record: `records` and `counts`.

use super::differing::differing;
use super::{DRIFT, Found, LAG, MISSING, Parking, Place, Read, TRIES_MAX, difference};
use crate::parking::made;
use crate::projector::{Projector, Work};
use crate::views::row_key;
use crate::{Contribution, RecordRow};
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::{Anew, Difference, Folded, Generation, Marks, StoreError, Stuck, Table, backoff};
use vocabulary::Version;

/// The row that a view has for a record: a function of the record's state.
pub(super) trait StateRow: Sized + Serialize + DeserializeOwned {
    /// The view's table.
    const TABLE: Table;

    /// The row of a state.
    fn of_state(generation: Generation, folded: &Folded) -> Result<Self, Stuck>;

    /// Its marks.
    fn own_marks(&self) -> Marks;
}

impl StateRow for RecordRow {
    const TABLE: Table = Table::Records;

    fn of_state(generation: Generation, folded: &Folded) -> Result<Self, Stuck> {
        made(folded, || Self::of(generation, folded, None))?.map_err(|error| {
            let error = StoreError::Unreadable { attempt: "writing a row", source: error.into() };
            Stuck::refused(folded.version(), &error)
        })
    }

    fn own_marks(&self) -> Marks {
        self.marks()
    }
}

impl StateRow for Contribution {
    const TABLE: Table = Table::Counts;

    fn of_state(generation: Generation, folded: &Folded) -> Result<Self, Stuck> {
        made(folded, || Self::of(generation, folded, None))
    }

    fn own_marks(&self) -> Marks {
        self.marks()
    }
}

impl<R: StateRow> Read<R> {
    pub(super) fn marks(&self) -> Option<Marks> {
        match self {
            Self::Row(row) => Some(row.own_marks()),
            Self::Absent | Self::Unreadable => None,
        }
    }
}

/// What is to be done about a row.
enum Verdict {
    /// It differs like this, or in nothing.
    Judged(Option<(&'static str, String)>),
    /// It is behind; why.
    Behind(String),
    /// Its record does not fold here.
    Stuck,
}

impl Projector {
    /// Judges the row of one record.
    pub(super) async fn judge_state<R: StateRow>(
        &self,
        place: &Place,
        work: &Work<'_>,
    ) -> Result<Found, StoreError> {
        let at = row_key(place.generation, work.key);
        let found = |version, kind, detail| difference(place.view, work.key, version, kind, detail);
        let mut lag: Option<Difference> = None;
        // The head as it was first seen: a row that reaches it is not behind, however the log grows.
        let mut target = None;
        for tries in 1..=TRIES_MAX {
            let row: Read<R> = self.read(R::TABLE, &at).await?;
            let version = row.marks().map(|marks| marks.version);
            let anew = self.store.fold_anew(work.of, work.key, version).await?;
            let head = anew.pulled.folded.as_ref().map(Folded::version);
            let seen = *target.get_or_insert(head.unwrap_or(Version::FIRST));
            match verdict(place, &row, &anew, seen) {
                Verdict::Judged(differs) => {
                    let mut parking = Parking::None;
                    if matches!(differs, Some((MISSING, _))) {
                        parking = self.parking(place, work.key).await?;
                    }
                    if parking != Parking::None {
                        return Ok(Found::Parked(parking));
                    }
                    let at = version.unwrap_or(seen);
                    let differs = differs.map(|(kind, detail)| found(at, kind, detail));
                    return Ok(Found::Compared(lag.into_iter().chain(differs).collect()));
                }
                Verdict::Stuck => return self.judged_parked(place, work.key, seen).await,
                Verdict::Behind(detail) => {
                    let parking = self.parking(place, work.key).await?;
                    if parking != Parking::None {
                        return Ok(Found::Parked(parking));
                    }
                    lag.get_or_insert_with(|| found(seen, LAG, detail));
                    self.bring_to_head(place, work.key, seen).await?;
                    if tries > 1 {
                        backoff(tries).await;
                    }
                }
            }
        }
        let parking = self.parking(place, work.key).await?;
        if parking != Parking::None {
            return Ok(Found::Parked(parking));
        }
        let left = "the row cannot be brought to the head".to_owned();
        let left = target.map(|seen| found(seen, MISSING, left));
        Ok(Found::Compared(lag.into_iter().chain(left).collect()))
    }
}

fn verdict<R: StateRow>(place: &Place, row: &Read<R>, anew: &Anew, seen: Version) -> Verdict {
    if anew.pulled.stuck.is_some() {
        return Verdict::Stuck;
    }
    let Some(head) = &anew.pulled.folded else {
        // The log has nothing of it: a row would be one too many.
        return Verdict::Judged(None);
    };
    let row = match row {
        Read::Absent => {
            let began = head.created().at;
            return if place.whole_before.is_some_and(|before| began < before) {
                Verdict::Judged(Some((MISSING, "no row".to_owned())))
            } else {
                Verdict::Behind("no row yet".to_owned())
            };
        }
        Read::Unreadable => {
            return Verdict::Judged(Some((DRIFT, "the row cannot be read".to_owned())));
        }
        Read::Row(row) => row,
    };
    let marks = row.own_marks();
    if marks.version > head.version() {
        // The row was read before the log.
        return Verdict::Judged(Some((DRIFT, "the row is ahead of the log".to_owned())));
    }
    if marks.stale_at.is_some() {
        return Verdict::Behind("marked stale".to_owned());
    }
    if marks.version < seen {
        let behind = seen.get() - marks.version.get();
        return Verdict::Behind(format!("{behind} commits behind"));
    }
    let Some(state) = &anew.at else {
        return Verdict::Judged(Some((DRIFT, "version".to_owned())));
    };
    match R::of_state(place.generation, state) {
        Err(_stuck) => Verdict::Stuck,
        Ok(expected) => {
            let names = differing(&expected, row);
            let differs = (!names.is_empty()).then(|| (DRIFT, names.join(", ")));
            Verdict::Judged(differs)
        }
    }
}
