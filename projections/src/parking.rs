//! Putting records aside that cannot be projected, and raising alarms.

use crate::image;
use crate::projector::{Projector, Work};
use crate::views::AUDIT;
use aws_lambda_events::dynamodb::EventRecord;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use store::{Alarm, Cause, Folded, Generation, Parked, ParkedCause, Pulled, StoreError, Stuck};
use vocabulary::{Instant, RecordKey, Version};

impl Projector {
    /// Parks the record when it is stuck; takes it off the parked ones when its row was.
    pub(crate) async fn settle(
        &self,
        view: &'static str,
        generation: Generation,
        work: &Work<'_>,
        pulled: &Pulled,
        row_was_stale: bool,
    ) -> Result<(), StoreError> {
        match (&pulled.stuck, &pulled.folded) {
            (Some(stuck), Some(folded)) => {
                self.park_after(view, generation, work.key, stuck, folded.changed().at).await
            }
            (Some(stuck), None) => self.park(view, generation, work.key, stuck).await,
            (None, Some(folded)) if row_was_stale => {
                self.store.unpark(view, generation, work.key, folded.version()).await
            }
            (None, _) => Ok(()),
        }
    }

    /// Parks a record of which is not known how far its rows are whole.
    pub(crate) async fn park(
        &self,
        view: &'static str,
        generation: Generation,
        key: &RecordKey,
        stuck: &Stuck,
    ) -> Result<(), StoreError> {
        // Only the audit view says through when it is complete, and so has to know.
        let since = match view {
            AUDIT => self.audited_before(generation, key).await?,
            _ => None,
        };
        self.put_aside(view, generation, self.parked(key, stuck, since)).await
    }

    /// Parks a record whose rows are whole up to an instant.
    async fn park_after(
        &self,
        view: &'static str,
        generation: Generation,
        key: &RecordKey,
        stuck: &Stuck,
        since: Instant,
    ) -> Result<(), StoreError> {
        self.put_aside(view, generation, self.parked(key, stuck, Some(since))).await
    }

    /// Puts an entry on the list and cries for help, unless somebody has accepted that it is there.
    async fn put_aside(
        &self,
        view: &'static str,
        generation: Generation,
        parked: Parked,
    ) -> Result<(), StoreError> {
        self.report.parked.fetch_add(1, Ordering::Relaxed);
        let now = self.store.park(view, generation, &parked).await?;
        let Parked { record, version, error, tries, .. } = &now;
        let version = version.get();
        if now.is_skipped() {
            tracing::info!(record, view, version, error, tries, "a skipped record stays parked");
        } else {
            tracing::error!(
                record,
                view,
                version,
                error,
                tries,
                metric = "Parked",
                "a record is parked"
            );
        }
        Ok(())
    }

    fn parked(&self, key: &RecordKey, stuck: &Stuck, since: Option<Instant>) -> Parked {
        let cause = match stuck.cause {
            Cause::NewerBuild => ParkedCause::NewerBuild,
            Cause::Chain | Cause::Event | Cause::Panic | Cause::Damaged | Cause::Refused => {
                ParkedCause::Poison
            }
        };
        let now = self.clock.now();
        Parked {
            record: key.pk(),
            version: stuck.version,
            cause,
            error: stuck.error.clone(),
            tries: 1,
            first_at: now,
            last_at: now,
            build: self.build.to_owned(),
            since,
            skipped: None,
        }
    }

    /// Nothing but INSERT may appear on the stream of the log.
    pub(crate) async fn raise_tampering(&self, record: &EventRecord) -> Result<(), StoreError> {
        let (pk, version) = image::subject(record)
            .map_or_else(|| (String::new(), 0), |(pk, version)| (pk, version.get()));
        let sequence = record.change.sequence_number.clone().unwrap_or_default();
        let what = &record.event_name;
        tracing::error!(
            record = pk,
            version,
            what,
            metric = "Tamper",
            "a stored commit was tampered with"
        );
        let detail = match what.as_str() {
            "REMOVE" => "a stored commit was taken away",
            _ => "a stored commit was overwritten",
        };
        let alarm = Alarm {
            kind: "tamper".to_owned(),
            record: pk.clone(),
            version,
            detail: detail.to_owned(),
            at: self.clock.now(),
        };
        self.store.raise(&format!("tamper#{pk}#{version}#{sequence}"), &alarm).await
    }

    pub(crate) async fn raise_divergence(
        &self,
        view: &'static str,
        key: &RecordKey,
        version: Option<Version>,
    ) -> Result<(), StoreError> {
        self.report.diverged.fetch_add(1, Ordering::Relaxed);
        let version = version.map_or(0, Version::get);
        tracing::error!(record = %key, view, version, metric = "Diverged", "a row was of another log");
        let alarm = Alarm {
            kind: "diverged".to_owned(),
            record: key.pk(),
            version,
            detail: format!("a row of `{view}` was not of this log and was folded anew"),
            at: self.clock.now(),
        };
        self.store.raise(&format!("diverged#{view}#{}#{version}", key.pk()), &alarm).await
    }
}

/// Makes a row of a state. A type whose summary or details panic is as stuck as one whose fold does.
pub(crate) fn made<R>(folded: &Folded, make: impl FnOnce() -> R) -> Result<R, Stuck> {
    catch_unwind(AssertUnwindSafe(make)).map_err(|_panic| Stuck {
        version: folded.version(),
        cause: Cause::Panic,
        error: "making the row panicked".to_owned(),
    })
}
