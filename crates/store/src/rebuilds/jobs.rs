//! What the workers of rebuilds are told: one message for each piece of work.

use super::Phase;
use crate::RetryParked;
use serde::{Deserialize, Serialize};
use vocabulary::RecordId;

/// A piece of work. Told twice, what is left of it is done once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum Job {
    /// Go on with a segment of a rebuild.
    Segment {
        /// The rebuild.
        rebuild: RecordId,
        /// What is done.
        phase: Phase,
        /// The segment's number, from 0.
        segment: u32,
    },
    /// Take away the rows of a generation that is retired.
    Clean {
        /// The view.
        view: String,
        /// The generation's number.
        generation: u32,
    },
    /// Try parked records again.
    Retry(RetryParked),
    /// Drive a batch again that the projector's mapping gave up.
    Failure {
        /// The batch's key.
        key: String,
    },
    /// Run the reconciler.
    Reconcile,
    /// Go on with the recovery of a log that was closed.
    Recover,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_job_is_told_by_its_name() {
        let rebuild = RecordId::parse("R-1").unwrap();
        let segment = Job::Segment { rebuild, phase: Phase::Read, segment: 3 };
        let told = json!({"job": "segment", "rebuild": "R-1", "phase": "read", "segment": 3});
        assert_eq!(serde_json::to_value(&segment).unwrap(), told);
        assert_eq!(serde_json::from_value::<Job>(told).unwrap(), segment);
        assert_eq!(serde_json::to_value(&Job::Reconcile).unwrap(), json!({"job": "reconcile"}));
        assert!(serde_json::from_value::<Job>(json!({"job": "dance"})).is_err());
    }
}
