//! How intent becomes events: the commands of records, from HTTP to the log.
//!
//! A command never reads a view. It loads the record from the log, asks the record's type what
//! happens, and appends one commit or none.

mod execute;
mod http;
pub mod operations;
mod order;
pub mod people;
mod restore;

pub use execute::{COMMIT_MAX_BYTES, STATE_MAX_BYTES};
pub use http::handle;
pub use operations::Operations;
pub use people::People;

use events::Registry;
use std::sync::Arc;
use store::{Clock, Store};

/// What the command function works with. Made once, at start.
#[derive(Debug, Clone)]
pub struct Commands {
    /// The tables.
    pub store: Store,
    /// The record types.
    pub registry: Arc<Registry>,
    /// The time.
    pub clock: Clock,
    /// The build, as commits name it.
    pub build: &'static str,
}
