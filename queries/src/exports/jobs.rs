//! What the worker is told of an export, and why it can stop short.

use super::objects::ObjectError;
use serde::{Deserialize, Serialize};
use store::{ExportJob, LoadError, QueueError, StoreError};
use vocabulary::Tenant;

/// What a message says: which export to go on with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Whose it is.
    pub tenant: Tenant,
    /// Its place among the exports of the tenant.
    pub place: String,
}

impl Message {
    /// The message about an export.
    pub(crate) fn about(job: &ExportJob) -> Self {
        Self { tenant: job.tenant.clone(), place: job.place() }
    }
}

/// An export that could not go on for the moment.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// A table could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A record could not be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// An object could not be written.
    #[error(transparent)]
    Object(#[from] ObjectError),
    /// The rest could not be handed on.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The job, a line or a commit cannot be written or read.
    #[error("an export cannot be told in JSON")]
    Json(#[from] serde_json::Error),
    /// The record of the act does not agree with the job.
    #[error("the record of an export does not agree with it")]
    Record,
    /// Others kept changing the same export.
    #[error("others keep working on the same export")]
    Busy,
}

impl Failed {
    /// What whoever asked may read of it.
    pub(crate) fn told(&self) -> &'static str {
        match self {
            Self::Store(_) | Self::Load(_) => "the tables could not be read or written",
            Self::Object(_) => "the files could not be written",
            Self::Queue(_) => "the rest could not be handed on",
            Self::Json(_) | Self::Record => "something went wrong on our side",
            Self::Busy => "it was disturbed too often",
        }
    }
}
