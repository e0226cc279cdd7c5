//! What is done for the records of a batch together, before each is worked on by itself: their rows are read
//! with a few calls, and rows of commits, which need no condition, are written with a few.
//!
//! It saves calls and nothing depends on it: whoever finds a row changed since reads it again, and what could
//! not be done ahead is done record by record.

use crate::audit::{AuditCursor, AuditStart};
use crate::counts::Contribution;
use crate::projector::{Projector, Targets, Work};
use crate::records::RecordRow;
use crate::views::row_key;
use futures::future;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};
use store::{Generation, RowKey, StoreError, Table, chain};

/// What is known of a row before somebody works on it.
#[derive(Debug, Default)]
pub(crate) enum Look<R> {
    /// Nothing: it is to be read.
    #[default]
    Unread,
    /// It was read, or there is none as a rule. Where that is no longer so, writing it is overtaken.
    Read(Option<R>),
}

/// Where the work on one record begins: one entry for each live generation of a view, in their order.
#[derive(Debug, Default)]
pub(crate) struct Start {
    pub(crate) records: Vec<Look<RecordRow>>,
    pub(crate) counts: Vec<Look<Contribution>>,
    pub(crate) audit: Vec<AuditStart>,
}

impl<R: DeserializeOwned> Look<R> {
    /// The row, read now if it has not been.
    pub(crate) async fn row(
        self,
        projector: &Projector,
        table: Table,
        key: &RowKey,
    ) -> Result<Option<R>, StoreError> {
        match self {
            Self::Read(row) => Ok(row),
            Self::Unread => projector.store.row(table, key).await,
        }
    }
}

impl Projector {
    /// Where the work on each of some records begins.
    pub(crate) async fn start(&self, works: &[Work<'_>], live: &Targets) -> Vec<Start> {
        let records = self.looks(works, Table::Records, &live.records);
        let counts = self.looks(works, Table::Counts, &live.counts);
        let audit = self.looks::<AuditCursor>(works, Table::Audit, &live.audit);
        let (records, counts, audit) = future::join3(records, counts, audit).await;
        let mut starts: Vec<Start> = Vec::new();
        for ((records, counts), audit) in records.into_iter().zip(counts).zip(audit) {
            let audit = audit.into_iter().map(AuditStart::from).collect();
            starts.push(Start { records, counts, audit });
        }
        self.tell_ahead(works, live, &mut starts).await;
        starts
    }

    /// The rows of some records in the generations of a view.
    async fn looks<R: DeserializeOwned>(
        &self,
        works: &[Work<'_>],
        table: Table,
        generations: &[Generation],
    ) -> Vec<Vec<Look<R>>> {
        let begun = works.iter().filter(|work| !work.hint.begins_row());
        let wanted: BTreeSet<RowKey> = begun
            .flat_map(|work| generations.iter().map(|generation| row_key(*generation, work.key)))
            .collect();
        let mut rows = if wanted.is_empty() {
            Some(BTreeMap::new())
        } else {
            let read = self.store.rows_of::<R>(table, &wanted).await;
            let told = |error: &StoreError| {
                tracing::warn!(error = chain(error), ?table, "rows are read one by one instead");
            };
            read.inspect_err(told).ok()
        };
        let mut look = |work: &Work<'_>, generation: &Generation| {
            if work.hint.begins_row() {
                return Look::Read(None);
            }
            match rows.as_mut().map(|rows| rows.remove(&row_key(*generation, work.key))) {
                Some(None) => Look::Read(None),
                Some(Some(Some(row))) => Look::Read(Some(row)),
                // Reading it by itself tells what is wrong with it.
                None | Some(Some(None)) => Look::Unread,
            }
        };
        let of = |work| generations.iter().map(|generation| look(work, generation)).collect();
        works.iter().map(of).collect()
    }

    /// Writes the rows of commits that follow without a gap. Where that fails, each record's are written
    /// by themselves.
    async fn tell_ahead(&self, works: &[Work<'_>], live: &Targets, starts: &mut [Start]) {
        let (mut rows, mut days) = (Vec::new(), BTreeSet::new());
        let mut planned = Vec::new();
        for (work, start) in works.iter().zip(starts.iter_mut()) {
            for (generation, start) in live.audit.iter().zip(&mut start.audit) {
                if let Some(page) = start.plan(work, *generation) {
                    rows.extend(std::mem::take(&mut page.rows));
                    days.append(&mut page.days);
                    planned.push(start);
                }
            }
        }
        if planned.is_empty() {
            return;
        }
        let written = self.put_page(&rows, days).await;
        if let Err(error) = written {
            tracing::warn!(error = chain(&error), "rows of commits are written one by one instead");
            planned.into_iter().for_each(AuditStart::forget);
        }
    }
}
