//! What the drift watch found last, in the control table.

use crate::{Store, StoreError};
use serde::{Deserialize, Serialize};
use vocabulary::Instant;

/// What the last sample of a view's rows told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DriftWatch {
    /// The view.
    #[serde(rename = "sk")]
    pub view: String,
    /// When it was taken.
    pub at: Instant,
    /// How many records were looked at.
    pub records: u64,
    /// How many of them had rows that differ from a fresh fold, or none.
    pub drift: u64,
    /// How many were behind, and have been brought to the head.
    pub lag: u64,
}

const DRIFT_WATCH: &str = "drift-watch";

impl Store {
    /// Keeps what a sample told, in the place of the one before: of two at once the later one stays. One
    /// write unit.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn keep_drift_watch(&self, watch: &DriftWatch) -> Result<(), StoreError> {
        const ATTEMPT: &str = "keeping what the drift watch found";
        let put = self.put_control(ATTEMPT, DRIFT_WATCH, None, watch)?;
        put.send().await.map(drop).map_err(|error| StoreError::of(ATTEMPT, error))
    }

    /// What the last sample of each view told, strongly consistent; none of a view that was never sampled.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn drift_watches(&self) -> Result<Vec<DriftWatch>, StoreError> {
        self.control_items(DRIFT_WATCH, "reading what the drift watch found").await
    }
}
