//! Views: projection, parking, reconciling, snapshots.
