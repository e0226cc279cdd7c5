//! Exports: what auditors take away of the log, written by a worker into an object store, in parts.
//!
//! A request is first a commit of an `access` record, then a job in the control table, then a message
//! on a queue: whatever breaks off is completed by the same request sent again. The worker walks the
//! search over the log up to the instant that the request fixed, writes one part after the other, and
//! notes each in the job when its object is written. A part is a function of the log, the filter and
//! the place where it begins, so one that is written twice has the same bytes.

mod access;
mod csv;
mod jobs;
mod lines;
mod objects;
mod part;
mod routes;
mod shown;
mod told;
mod verifications;
mod walk;
mod worker;

pub use jobs::{Failed, Message};
pub use objects::Objects;
pub use part::Limits;
pub use worker::Exporter;

use store::Queue;

/// For how many days objects are kept: the bucket's rule in the template and the local sweep say the
/// same.
pub const RETENTION_DAYS: u16 = 7;
/// The same in milliseconds.
pub(crate) const RETENTION_MS: i64 = 86_400_000 * 7;

/// What the function `audit-queries` makes of an export: links to its objects, and the message to
/// its worker.
#[derive(Debug, Clone)]
pub struct Exports {
    /// Where the objects are.
    pub objects: Objects,
    /// Where the worker hears of new exports.
    pub queue: Queue,
}
