//! What can go wrong on the way to a table and back.

use aws_sdk_dynamodb::config::http::HttpResponse;
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
    /// The log is closed: it is shorter than what was verified, and nothing is appended until it is
    /// recovered.
    #[error("the log is closed")]
    LogClosed,
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
    "RequestTimeout",
    "RequestTimeoutException",
    "ExpiredTokenException",
];

impl StoreError {
    pub(crate) fn of<E>(attempt: &'static str, error: SdkError<E, HttpResponse>) -> Self
    where
        E: Error + ProvideErrorMetadata + Send + Sync + 'static,
    {
        // Time-outs, cut connections and half-read answers pass; a request that could not be built
        // does not. An answer of 500 and above passes even without a code, as load balancers give it.
        let refused = match error.as_service_error() {
            Some(service) => {
                let failed_there =
                    error.raw_response().is_some_and(|answer| answer.status().is_server_error());
                !failed_there && !service.code().is_some_and(|code| PASSING.contains(&code))
            }
            None => matches!(error, SdkError::ConstructionFailure(_)),
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

/// An error with all its causes, for a log line: `appending a commit did not get through: …`.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
