//! How often somebody may be wrong.
//!
//! As Cognito does it: after five failures a wait of one second, which doubles with each further one
//! up to a quarter of an hour; who succeeds, or stays away as long, begins anew ("Lockout behavior for
//! failed sign-in attempts", Cognito developer guide, read 2026-11-24). Nobody is locked out for ever.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use store::Clock;
use vocabulary::{Digest, Instant};

/// So many failures cost nothing.
const FREE: u32 = 5;
/// The longest wait, and how long one must stay away to begin anew.
const WAIT_MAX_MS: i64 = 15 * 60 * 1_000;
/// So many names are remembered, existing or not. A failure costs a password's check, so that pushing
/// somebody's out of here takes longer than waiting.
const REMEMBERED: usize = 10_000;

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Instant,
}

/// The failures of the last quarter of an hour, by whatever they were about.
#[derive(Debug)]
pub(super) struct Tries {
    clock: Clock,
    failures: Mutex<HashMap<Digest, Failures>>,
}

impl Failures {
    fn free_at(self) -> Instant {
        let over = self.count.saturating_sub(FREE);
        let wait = 1_000_i64.checked_shl(over).unwrap_or(WAIT_MAX_MS).min(WAIT_MAX_MS);
        self.last.plus_millis(if self.count < FREE { 0 } else { wait })
    }
}

impl Tries {
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, failures: Mutex::default() }
    }

    /// The seconds to be waited before the next try, rounded up; none when one may try.
    pub(super) fn wait(&self, what: &[&str]) -> Option<i64> {
        let failures = self.locked().get(&Digest::of_list(what)).copied()?;
        let ms = failures.free_at().as_millis() - self.clock.now().as_millis();
        (ms > 0).then_some((ms + 999) / 1_000)
    }

    /// Counts a failure.
    pub(super) fn failed(&self, what: &[&str]) {
        let (now, key) = (self.clock.now(), Digest::of_list(what));
        let mut failures = self.locked();
        failures.retain(|_, failures| now < failures.last.plus_millis(WAIT_MAX_MS));
        if failures.len() >= REMEMBERED {
            let oldest = failures.iter().min_by_key(|(_, failures)| failures.last);
            if let Some(oldest) = oldest.map(|(key, _)| *key) {
                failures.remove(&oldest);
            }
        }
        let entry = failures.entry(key).or_insert(Failures { count: 0, last: now });
        entry.count = entry.count.saturating_add(1);
        entry.last = now;
    }

    /// Forgets the failures.
    pub(super) fn succeeded(&self, what: &[&str]) {
        self.locked().remove(&Digest::of_list(what));
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<Digest, Failures>> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    fn by_hand() -> (Arc<AtomicI64>, Tries) {
        let ms = Arc::new(AtomicI64::new(1_000_000));
        let told = ms.clone();
        let clock = Clock::new(move || Instant::from_millis(told.load(Ordering::SeqCst)));
        (ms, Tries::new(clock))
    }

    #[test]
    fn five_failures_are_free_and_then_the_wait_doubles_up_to_a_quarter_of_an_hour() {
        let (ms, tries) = by_hand();
        let mut waits = Vec::new();
        for _ in 0..20 {
            tries.failed(&["ann"]);
            let wait = tries.wait(&["ann"]);
            waits.push(wait.unwrap_or(0));
            ms.fetch_add(wait.unwrap_or(0) * 1_000, Ordering::SeqCst);
        }
        assert_eq!(waits[..10], [0, 0, 0, 0, 1, 2, 4, 8, 16, 32]);
        assert_eq!(
            waits.last(),
            Some(&1),
            "a quarter of an hour away is a new beginning: {waits:?}"
        );
        assert_eq!(waits.iter().max(), Some(&900));
        assert_eq!(tries.wait(&["bob"]), None, "others do not wait");
    }

    #[test]
    fn success_makes_all_failures_forgotten() {
        let (_, tries) = by_hand();
        (0..9).for_each(|_| tries.failed(&["ann"]));
        tries.succeeded(&["ann"]);
        assert_eq!(tries.wait(&["ann"]), None);
    }

    #[test]
    fn no_flood_of_names_takes_the_memory() {
        let (ms, tries) = by_hand();
        for number in 0..10_010 {
            ms.fetch_add(1, Ordering::SeqCst);
            tries.failed(&[&number.to_string()]);
        }
        assert!(tries.locked().len() <= REMEMBERED);
    }
}
