//! The generations of views as they were a moment ago, for those who only read.
//!
//! Every query asks which generation it reads, and generations change a few times a year. A retired
//! one stays warm for days, so whoever reads it some seconds longer reads nothing wrong. The
//! projector must not use this: a generation that it does not know it would not keep up.

use crate::{Store, StoreError, ViewGenerations};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// How old an answer of [`Store::views_lately`] may be.
pub const LATELY: Duration = Duration::from_secs(5);

/// What was read last, shared by the clones of a store.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lately(Arc<Mutex<Memory>>);

#[derive(Debug, Default)]
struct Memory {
    /// Counts what this process wrote: an answer read before a change is not remembered after it.
    changes: u64,
    /// Wall-clock time, which goes on while a Lambda environment is frozen.
    read: Option<(SystemTime, Vec<ViewGenerations>)>,
}

impl Lately {
    fn with<T>(&self, work: impl FnOnce(&mut Memory) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Forgets what was read: this process has changed it.
    pub(crate) fn forget(&self) {
        self.with(Memory::forget);
    }
}

impl Memory {
    fn forget(&mut self) {
        self.changes += 1;
        self.read = None;
    }

    /// What is remembered, while it is young. A clock that was set back makes it old.
    fn young(&self, now: SystemTime) -> Option<Vec<ViewGenerations>> {
        let (at, views) = self.read.as_ref()?;
        let age = now.duration_since(*at).ok()?;
        (age < LATELY).then(|| views.clone())
    }

    /// Remembers what was asked for at an instant, when there had been so many changes. Views that
    /// nobody has registered yet will be there at any moment.
    fn remember(&mut self, changes: u64, asked: SystemTime, views: &[ViewGenerations]) {
        if self.changes == changes && !views.is_empty() {
            self.read = Some((asked, views.to_vec()));
        }
    }
}

impl Store {
    /// The generations of all views, at most [`LATELY`] old; what this process has changed is seen
    /// at once. Reads as [`Store::views`] does, or nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn views_lately(&self) -> Result<Vec<ViewGenerations>, StoreError> {
        let now = SystemTime::now();
        let (changes, young) = self.lately.with(|memory| (memory.changes, memory.young(now)));
        if let Some(views) = young {
            return Ok(views);
        }
        let views = self.views().await?;
        self.lately.with(|memory| memory.remember(changes, now, &views));
        Ok(views)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Generation;

    fn views() -> Vec<ViewGenerations> {
        let generation = Generation { number: 1, buckets: 1, list_shards: 1 };
        vec![ViewGenerations::first("records", generation)]
    }

    #[test]
    fn an_answer_is_remembered_for_five_seconds() {
        let (mut memory, now) = (Memory::default(), SystemTime::now());
        memory.remember(0, now, &views());
        assert_eq!(memory.young(now + LATELY - Duration::from_millis(1)), Some(views()));
        assert_eq!(memory.young(now + LATELY), None);
    }

    #[test]
    fn a_clock_that_was_set_back_makes_an_answer_old() {
        let (mut memory, now) = (Memory::default(), SystemTime::now());
        memory.remember(0, now, &views());
        assert_eq!(memory.young(now - Duration::from_millis(1)), None);
    }

    #[test]
    fn a_change_makes_what_was_read_before_it_forgotten() {
        let (mut memory, now) = (Memory::default(), SystemTime::now());
        memory.remember(0, now, &views());
        memory.forget();
        assert_eq!(memory.young(now), None);
    }

    #[test]
    fn an_answer_asked_for_before_a_change_is_not_remembered_after_it() {
        let (mut memory, now) = (Memory::default(), SystemTime::now());
        memory.forget();
        memory.remember(0, now, &views());
        assert_eq!(memory.young(now), None);
    }

    #[test]
    fn views_that_nobody_has_registered_yet_are_not_remembered() {
        let (mut memory, now) = (Memory::default(), SystemTime::now());
        memory.remember(0, now, &[]);
        assert_eq!(memory.young(now), None);
    }
}
