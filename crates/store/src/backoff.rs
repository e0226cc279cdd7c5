//! Waiting before something is tried again.

use std::time::Duration;

/// Full jitter between 10 ms and a ceiling that doubles with the tries, up to 500 ms. Whoever calls
/// counts and bounds the tries.
pub async fn backoff(tries: u32) {
    let ceiling_ms = (10_u64 << tries.min(6)).min(500);
    tokio::time::sleep(Duration::from_millis(fastrand::u64(10..=ceiling_ms))).await;
}
