//! How fast the log is read.

use std::time::Duration;
use store::Rebuild;
use tokio::time::Instant;

/// For how long a page is read at most where the rate is limited, so that reading goes on evenly.
const PAGE_S: u32 = 2;
/// How many commits a read unit brings, about: they are some 600 bytes.
const COMMITS_OF_UNIT: u32 = 12;
/// The fewest commits of a page.
const PAGE_MIN: u32 = 12;

/// The read units that one segment may take in a second; none without a limit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace(Option<f64>);

impl Pace {
    /// An equal share of what the rebuild may take.
    pub(super) fn of(job: &Rebuild, segments: u32) -> Self {
        Self(job.rate.map(|rate| f64::from(rate.max(1)) / f64::from(segments.max(1))))
    }

    /// The most commits of a page.
    pub(super) fn page(self, most: i32) -> i32 {
        let Some(rate) = self.0 else { return most };
        let wanted = rate * f64::from(PAGE_S * COMMITS_OF_UNIT);
        let wanted = wanted.clamp(f64::from(PAGE_MIN), f64::from(most.max(1)));
        #[expect(clippy::cast_possible_truncation, reason = "between two numbers of the type")]
        let wanted = wanted as i32;
        wanted.min(most)
    }

    /// How long to wait after a page that began at an instant and was charged so many units.
    pub(super) fn rest(self, began: Instant, units: u64) -> Duration {
        let Some(rate) = self.0 else { return Duration::ZERO };
        let units = u32::try_from(units).unwrap_or(u32::MAX);
        Duration::from_secs_f64(f64::from(units) / rate).saturating_sub(began.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_page_is_waited_for_as_long_as_its_share_of_the_rate_says() {
        let pace = Pace(Some(10.0));
        let began = Instant::now();
        assert_eq!(pace.rest(began, 40), Duration::from_secs(4));
        tokio::time::advance(Duration::from_secs(3)).await;
        assert_eq!(pace.rest(began, 40), Duration::from_secs(1));
        assert_eq!(pace.rest(began, 20), Duration::ZERO);
        assert_eq!(Pace(None).rest(began, 4_000), Duration::ZERO);
    }

    #[test]
    fn a_low_rate_makes_small_pages() {
        assert_eq!(Pace(None).page(1_000), 1_000);
        assert_eq!(Pace(Some(10.0)).page(1_000), 240);
        assert_eq!(Pace(Some(0.1)).page(1_000), 12);
        assert_eq!(Pace(Some(10_000.0)).page(1_000), 1_000);
        assert_eq!(Pace(Some(10_000.0)).page(5), 5);
    }
}
