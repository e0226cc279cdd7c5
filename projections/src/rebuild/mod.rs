//! The function `rebuilder`: reads the log for a generation of a view, compares what stands in it, and takes
//! away what nobody reads any more. Fed by a queue, one message for each piece of work.
//!
//! What holds whatever breaks off, comes twice or is done by two:
//!
//! 1. Rows are written under the version that was read, by the code of the projector: reading the log again
//!    and writing while others write lead to the same rows.
//! 2. A segment's cursor moves after the rows of its page are written. Whoever goes on begins with a page
//!    that was perhaps written already, never after one that was not.
//! 3. A segment belongs to one message at a time, by a lease in the message's name: the same message, given
//!    out again, goes on at once. Another one finds it taken and is done, because the one that has it is
//!    still in the queue.
//! 4. A phase begins when every segment of the one before is done. Beginning it is adding its segments, then
//!    changing the rebuild and its view in one transaction, then sending a message for each segment: each is
//!    safe to repeat, and whoever is told of a segment that is done repeats all three. A message that comes
//!    again also tells of the segments of its phase that nobody has begun: others may have done its own
//!    segment while whoever had it was still telling.
//! 5. What a message cannot do is tried again by the queue, and in the end the rebuild fails and says why.
//!    What fell through all of that is found by the tick.

mod clean;
mod drive;
mod finish;
mod pace;
mod page;
mod segment;
mod tick;
mod weekly;
mod worker;

use crate::acts::Untold;
use crate::projector::Projector;
use std::time::Duration;
use store::{FailedBatches, NotNow, Queue, QueueError, StoreError, Unchanged};

/// What the function works with. Made once, at start.
#[derive(Debug, Clone)]
pub struct Rebuilder {
    /// The tables, the record types, and how rows are made.
    pub projector: Projector,
    /// Where messages come from, and where the rest is handed on.
    pub queue: Queue,
    /// What the stream's mappings gave up.
    pub failed: FailedBatches,
    /// How it works.
    pub settings: RebuildSettings,
}

/// How rebuilds are worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RebuildSettings {
    /// The most commits of a page. 1,000; one also ends at 1 MB.
    pub page: i32,
    /// How long a segment belongs to whoever works on it without a sign of life: longer than any page
    /// takes.
    pub lease: Duration,
    /// How long a function may be at work that began before generations changed: nothing is read for a new
    /// generation and nothing of a retired one is taken away before. The projector's time-out.
    pub grace: Duration,
    /// How long the generation before stays warm after a promote. 72 hours.
    pub keep: Duration,
}

impl Default for RebuildSettings {
    fn default() -> Self {
        Self {
            page: crate::pass::PAGE,
            lease: Duration::from_mins(5),
            grace: Duration::from_mins(5),
            keep: Duration::from_hours(72),
        }
    }
}

impl RebuildSettings {
    /// The same in milliseconds, as instants are counted.
    pub fn keep_ms(&self) -> i64 {
        millis(self.keep)
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// A piece of work that could not be done for the moment.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// A table could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The rest could not be handed on.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The log could not be told how it ended.
    #[error("the log could not be told")]
    Untold(#[from] Untold),
    /// The generations of the view are not as the rebuild needs them.
    #[error(transparent)]
    NotNow(#[from] NotNow),
    /// A failed batch holds nothing that could be driven again.
    #[error("the batch holds no records of a stream")]
    NoRecords,
    /// Records of a failed batch failed again.
    #[error("some of the batch's records failed again")]
    Again,
    /// Others kept changing the same segment.
    #[error("others keep working on the same segment")]
    Busy,
}

impl From<Unchanged> for Failed {
    fn from(error: Unchanged) -> Self {
        match error {
            Unchanged::Store(error) => Self::Store(error),
            Unchanged::NotNow(error) => Self::NotNow(error),
            // Both mean that somebody else was faster, which the next look at the rebuild shows.
            Unchanged::Unknown | Unchanged::Ended => Self::Busy,
        }
    }
}

impl Failed {
    /// What whoever asked for the rebuild may read of it.
    fn told(&self) -> String {
        match self {
            Self::Store(StoreError::Busy { .. }) => {
                "the tables could not be read or written for a while".to_owned()
            }
            Self::Store(error) => store::chain(error),
            Self::Queue(_) => "the rest could not be handed on".to_owned(),
            Self::NotNow(error) => error.to_string(),
            Self::Untold(_) => "the log could not be told".to_owned(),
            Self::NoRecords | Self::Again => self.to_string(),
            Self::Busy => "it was disturbed too often".to_owned(),
        }
    }
}
