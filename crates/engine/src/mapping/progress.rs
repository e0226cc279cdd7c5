//! How far a mapping is: which records were read, which were handled, and which position is safe to
//! start from.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::watch;

use super::Metrics;

/// Sequence numbers have 21 digits, so the order of the text is the order of the stream.
type Position = Option<String>;

/// The progress of all shards of a mapping, to be waited on.
#[derive(Debug, Default)]
pub(super) struct Progress {
    state: watch::Sender<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Every record read after the safe position; true when it was handled.
    open: BTreeMap<String, bool>,
    /// The last record read.
    read_to: Position,
    /// All records up to here were handled: a restart from here loses nothing.
    handled_to: Position,
    /// The last position kept in the checkpoint.
    saved_to: Position,
    /// The engine's count of writes before the last read that found the end of the stream.
    end_seen_at: Option<u64>,
}

impl Progress {
    pub(super) fn start_from(&self, position: Position) {
        self.state.send_modify(|state| {
            state.read_to.clone_from(&position);
            state.handled_to.clone_from(&position);
            state.saved_to = position;
        });
    }

    pub(super) fn read_to(&self) -> Position {
        self.state.borrow().read_to.clone()
    }

    pub(super) fn read(&self, sequence_numbers: impl Iterator<Item = String>) {
        self.state.send_modify(|state| {
            for number in sequence_numbers {
                state.read_to = Some(number.clone());
                state.open.insert(number, false);
            }
        });
    }

    pub(super) fn handled<'a>(&self, sequence_numbers: impl Iterator<Item = &'a str>) {
        self.state.send_modify(|state| {
            for number in sequence_numbers {
                if let Some(handled) = state.open.get_mut(number) {
                    *handled = true;
                }
            }
            while let Some(first) = state.open.first_entry() {
                if !first.get() {
                    break;
                }
                state.handled_to = Some(first.remove_entry().0);
            }
        });
    }

    pub(super) fn saved(&self, position: &str) {
        self.state.send_modify(|state| state.saved_to = Some(position.to_owned()));
    }

    /// A position that was reached and not kept yet.
    pub(super) fn unsaved(&self) -> Position {
        let state = self.state.borrow();
        (state.handled_to > state.saved_to).then(|| state.handled_to.clone()).flatten()
    }

    /// The next position to keep.
    pub(super) async fn next_unsaved(&self) -> String {
        loop {
            self.until(|state| state.handled_to > state.saved_to).await;
            if let Some(position) = self.unsaved() {
                return position;
            }
        }
    }

    pub(super) fn end_seen(&self, writes: u64) {
        self.state.send_modify(|state| state.end_seen_at = Some(writes));
    }

    pub(super) async fn all_handled_since(&self, writes: u64) {
        self.until(|state| state.end_seen_at >= Some(writes)).await;
        let read_to = self.read_to();
        self.until(|state| state.handled_to >= read_to && state.saved_to >= read_to).await;
    }

    /// Waits until fewer than `limit` records are open.
    pub(super) async fn room(&self, limit: usize) {
        self.until(|state| state.open.len() < limit).await;
    }

    pub(super) fn lag(&self) -> u64 {
        let unhandled = self.state.borrow().open.values().filter(|handled| !**handled).count();
        u64::try_from(unhandled).unwrap_or(u64::MAX)
    }

    async fn until(&self, condition: impl FnMut(&State) -> bool) {
        // The sender is `self`, so the state cannot go away while this waits.
        if self.state.subscribe().wait_for(condition).await.is_err() {
            tracing::error!("the progress of a mapping went away");
        }
    }
}

/// What a mapping did, counted by all its shards.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) invocations: AtomicU64,
    pub(super) delivered: AtomicU64,
    pub(super) retried: AtomicU64,
    pub(super) failed: AtomicU64,
    pub(super) dropped: AtomicU64,
    pub(super) duplicated: AtomicU64,
    pub(super) reordered: AtomicU64,
}

impl Counters {
    pub(super) fn read(&self) -> Metrics {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Metrics {
            invocations: read(&self.invocations),
            delivered: read(&self.delivered),
            retried: read(&self.retried),
            failed: read(&self.failed),
            dropped: read(&self.dropped),
            duplicated: read(&self.duplicated),
            reordered: read(&self.reordered),
        }
    }
}

/// Adds to a counter.
pub(super) fn count(counter: &AtomicU64, more: usize) {
    counter.fetch_add(u64::try_from(more).unwrap_or(u64::MAX), Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress_over(numbers: [&str; 3]) -> Progress {
        let progress = Progress::default();
        progress.read(numbers.iter().map(|number| (*number).to_owned()));
        progress
    }

    #[test]
    fn the_safe_position_is_before_the_first_record_that_is_not_handled() {
        let progress = progress_over(["1", "2", "3"]);
        progress.handled(["2", "3"].into_iter());
        assert_eq!(progress.unsaved(), None);
        assert_eq!(progress.lag(), 1);
        progress.handled(["1"].into_iter());
        assert_eq!(progress.unsaved(), Some("3".to_owned()));
        assert_eq!(progress.lag(), 0);
    }

    #[test]
    fn a_position_is_kept_once() {
        let progress = progress_over(["1", "2", "3"]);
        progress.handled(["1"].into_iter());
        progress.saved("1");
        assert_eq!(progress.unsaved(), None);
    }
}
