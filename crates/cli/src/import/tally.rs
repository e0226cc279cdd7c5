//! How many rows there are, what became of them, and how that is told.

use crate::error::Failure;
use crate::output::{Output, data, say};
use crate::progress::Far;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// How many rows there are, and what became of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    pub(super) rows: u64,
    pub(super) created: u64,
    pub(super) already_there: u64,
    pub(super) refused: u64,
}

impl Tally {
    pub(super) fn settled(&self) -> u64 {
        self.created + self.already_there + self.refused
    }

    pub(super) fn rows_per_second(&self, elapsed: Duration) -> u64 {
        let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX).max(1);
        self.settled().saturating_mul(1_000) / elapsed_ms
    }
}

impl Far for Tally {
    fn position(&self) -> u64 {
        self.settled()
    }

    fn beside(&self) -> String {
        if self.refused > 0 { format!("({} refused)", self.refused) } else { String::new() }
    }

    fn in_words(&self, elapsed: Duration) -> String {
        format!(
            "{} of {} rows: {} created, {} already there, {} refused; {} rows/s",
            self.settled(),
            self.rows,
            self.created,
            self.already_there,
            self.refused,
            self.rows_per_second(elapsed),
        )
    }

    fn json(&self, elapsed: Duration) -> Value {
        json!({
            "rows": self.rows,
            "settled": self.settled(),
            "created": self.created,
            "already_there": self.already_there,
            "refused": self.refused,
            "rows_per_second": self.rows_per_second(elapsed),
        })
    }
}

/// The end of an import, as programs and people are told it.
pub(super) struct Summary<'a> {
    pub(super) file: &'a Path,
    pub(super) tally: &'a Tally,
    pub(super) elapsed: Duration,
    /// Where the refused rows are, if there are any.
    pub(super) report: Option<&'a Path>,
    pub(super) correlation: &'a str,
    /// Whether every row is settled.
    pub(super) complete: bool,
}

impl Summary<'_> {
    /// Writes it.
    ///
    /// # Errors
    /// [`Failure::Output`].
    pub(super) fn write(&self, output: Output) -> Result<(), Failure> {
        let Self { tally, elapsed, .. } = self;
        let report = self.report.map(|path| path.display().to_string());
        if output.for_people() {
            if let Some(report) = report {
                say(&format!("The refused rows are in {report}; mend them and import that file."));
            }
            return data(&format!("{}\n", tally.in_words(*elapsed)));
        }
        output.document(&json!({
            "file": self.file.display().to_string(),
            "rows": tally.rows,
            "created": tally.created,
            "already_there": tally.already_there,
            "refused": tally.refused,
            "elapsed_ms": u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
            "rows_per_second": tally.rows_per_second(*elapsed),
            "report": report,
            "correlation_id": self.correlation,
            "complete": self.complete,
        }))
    }
}
