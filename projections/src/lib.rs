//! How events become views: the projector, its reconciler, and the publisher.
//!
//! A projection never appends to the log. What a view holds is a function of the log, so any row can
//! be thrown away and made again.

mod acts;
mod ahead;
mod audit;
mod counts;
mod guard;
mod heads;
mod image;
mod parking;
mod pass;
mod projector;
mod publisher;
mod rebuild;
mod reconcile;
mod records;
mod recovery;
mod replay;
mod retry;
mod verify;
mod views;

pub use audit::{AuditCursor, CommitList, CommitRow, Span, commit_place, commit_rows};
pub use counts::{COUNTER_SHARDS, Contribution, Counter, counter_key};
pub use heads::{Heads, heads};
pub use projector::{Hint, Projector, Report, Targets};
pub use publisher::{PublishError, Publisher};
pub use rebuild::{Failed as RebuildFailed, RebuildSettings, Rebuilder};
pub use reconcile::{MARGIN_MS, Reconciled};
pub use records::RecordRow;
pub use replay::PublishWorker;
pub use verify::{Verified, WATCHED};
pub use views::{AUDIT, COUNTS, FIRST_GENERATION, RECORDS, list_partitions, row_key};
