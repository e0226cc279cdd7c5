//! What can go wrong on the way to a table and back.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use std::error::Error;

type Source = Box<dyn Error + Send + Sync>;

/// A call to a table failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Throttled, timed out, cut off or a failure on the other side: the same call may succeed
    /// later. Whether it was carried out is not known.
    #[error("{attempt} did not get through")]
    Busy {
        /// What was attempted, on what.
        attempt: &'static str,
        /// The SDK's error.
        #[source]
        source: Source,
    },
    /// The table refuses this call, and would again.
    #[error("{attempt} was refused")]
    Refused {
        /// What was attempted, on what.
        attempt: &'static str,
        /// The SDK's error.
        #[source]
        source: Source,
    },
    /// What came back does not have the shape that this build writes.
    #[error("{attempt} brought something unreadable")]
    Unreadable {
        /// What was attempted, on what.
        attempt: &'static str,
        /// What does not fit.
        #[source]
        source: Source,
    },
}

/// Error codes after which the same call may succeed (DynamoDB developer guide, "Error handling
/// with DynamoDB", read 2026-11-22).
const PASSING: &[&str] = &[
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "Throttling",
    "RequestLimitExceeded",
    "LimitExceededException",
    "InternalServerError",
    "ServiceUnavailable",
    "TransactionConflictException",
    "TransactionInProgressException",
];

impl StoreError {
    pub(crate) fn of<E, R>(attempt: &'static str, error: SdkError<E, R>) -> Self
    where
        E: Error + ProvideErrorMetadata + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        let refused = match &error {
            SdkError::ServiceError(service) => {
                !service.err().code().is_some_and(|code| PASSING.contains(&code))
            }
            SdkError::ConstructionFailure(_) => true,
            // Time-outs, cut connections and half-read answers pass.
            _ => false,
        };
        let source = Box::new(error);
        if refused { Self::Refused { attempt, source } } else { Self::Busy { attempt, source } }
    }

    pub(crate) fn unreadable(attempt: &'static str, source: impl Into<Source>) -> Self {
        Self::Unreadable { attempt, source: source.into() }
    }

    /// Whether the same call may succeed later.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Busy { .. })
    }
}
