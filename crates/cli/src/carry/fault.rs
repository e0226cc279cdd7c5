//! Why a log cannot be carried, in words, each with its exit code.

use crate::error::exit;
use std::error::Error;
use std::path::PathBuf;

/// Why a log was not carried, or is not what it should be.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// The file ends before its last line.
    #[error(
        "{path} is cut off: its last line, which says what it holds, is missing\n  hint: export again"
    )]
    Cut {
        /// Which.
        path: PathBuf,
    },
    /// The file is not the one that was written.
    #[error("{path}, line {line}: {what}")]
    Altered {
        /// Which.
        path: PathBuf,
        /// Where, from 1.
        line: u64,
        /// In which way.
        what: String,
    },
    /// The file is no export of a log, or of a format that this build does not know.
    #[error("{path} is no log that this build can read: {what}")]
    Foreign {
        /// Which.
        path: PathBuf,
        /// Why.
        what: &'static str,
    },
    /// The table holds commits that the file does not.
    #[error(
        "{table} holds another log: commit {rev} of {pk} is not in the file as it stands there\n  hint: nothing was overwritten; import into a table of its own"
    )]
    Another {
        /// Which.
        table: String,
        /// The record's key.
        pk: String,
        /// The number of the commit.
        rev: String,
    },
    /// The beginning of a file does not belong to this table.
    #[error(
        "{path} is the beginning of another log's export\n  hint: delete it, or export into another file"
    )]
    NotItsBeginning {
        /// Which.
        path: PathBuf,
    },
    /// The file is there already.
    #[error("{path} is there already\n  hint: give another name")]
    There {
        /// Which.
        path: PathBuf,
    },
    /// The table is not made as an event table is.
    #[error("{table} is no event table: {what}")]
    Unfit {
        /// Which.
        table: String,
        /// What it lacks.
        what: &'static str,
    },
    /// An item that cannot be carried.
    #[error("commit {rev} of {pk} cannot be carried: {what}")]
    Item {
        /// The record's key.
        pk: String,
        /// The number of the commit.
        rev: String,
        /// Why.
        what: String,
    },
    /// DynamoDB does not do what was asked.
    #[error("{attempt} did not work ({table})")]
    Table {
        /// What was attempted.
        attempt: &'static str,
        /// On which table.
        table: String,
        /// The SDK's error.
        #[source]
        cause: Box<dyn Error + Send + Sync>,
    },
    /// A task of ours came to no end.
    #[error("writing broke off")]
    Broken(#[source] tokio::task::JoinError),
}

impl Fault {
    /// The code that the process ends with.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Cut { .. } => exit::CUT,
            Self::Altered { .. } => exit::ALTERED,
            Self::Another { .. } => exit::ANOTHER,
            Self::Item { .. } => exit::CONTENT,
            Self::Foreign { .. }
            | Self::NotItsBeginning { .. }
            | Self::There { .. }
            | Self::Unfit { .. } => exit::USAGE,
            Self::Table { .. } | Self::Broken(_) => exit::FAILED,
        }
    }
}
