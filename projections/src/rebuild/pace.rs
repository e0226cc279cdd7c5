//! How fast the log is read.

use std::time::Duration;
use store::Rebuild;
use tokio::time::Instant;

/// For how long a page is read at most where the rate is limited, so that reading goes on evenly.
const PAGE_S: u64 = 2;
/// How many commits a read unit brings, about: they are some 600 bytes.
const COMMITS_OF_UNIT: u64 = 12;
/// The fewest commits of a page.
const PAGE_MIN: u64 = 12;

/// The read units that one segment may take in a second: an equal share of the rate. None without a limit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace(Option<Share>);

#[derive(Debug, Clone, Copy)]
struct Share {
    rate: u64,
    segments: u64,
}

impl Pace {
    /// What one of so many segments may take of what the rebuild may.
    pub(super) fn of(job: &Rebuild, segments: u32) -> Self {
        Self::new(job.rate, segments)
    }

    fn new(rate: Option<u32>, segments: u32) -> Self {
        let share =
            |rate: u32| Share { rate: rate.max(1).into(), segments: segments.max(1).into() };
        Self(rate.map(share))
    }

    /// The most commits of a page.
    pub(super) fn page(self, most: i32) -> i32 {
        let Some(Share { rate, segments }) = self.0 else { return most };
        let wanted = (rate * PAGE_S * COMMITS_OF_UNIT / segments).max(PAGE_MIN);
        i32::try_from(wanted).map_or(most, |wanted| wanted.min(most))
    }

    /// How long to wait after a page that began at an instant and was charged so many units.
    pub(super) fn rest(self, began: Instant, units: u64) -> Duration {
        let Some(Share { rate, segments }) = self.0 else { return Duration::ZERO };
        let due_ms = units.saturating_mul(1_000).saturating_mul(segments) / rate;
        Duration::from_millis(due_ms).saturating_sub(began.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_page_is_waited_for_as_long_as_its_share_of_the_rate_says() {
        let pace = Pace::new(Some(20), 2);
        let began = Instant::now();
        assert_eq!(pace.rest(began, 40), Duration::from_secs(4));
        tokio::time::advance(Duration::from_secs(3)).await;
        assert_eq!(pace.rest(began, 40), Duration::from_secs(1));
        assert_eq!(pace.rest(began, 20), Duration::ZERO);
        assert_eq!(Pace::new(None, 2).rest(began, 4_000), Duration::ZERO);
    }

    #[test]
    fn a_low_rate_makes_small_pages() {
        assert_eq!(Pace::new(None, 2).page(1_000), 1_000);
        assert_eq!(Pace::new(Some(20), 2).page(1_000), 240);
        assert_eq!(Pace::new(Some(1), 10).page(1_000), 12);
        assert_eq!(Pace::new(Some(40_000), 4).page(1_000), 1_000);
        assert_eq!(Pace::new(Some(40_000), 4).page(5), 5);
    }
}
