//! The function `audit-queries`: who changed what, when and why, across the records of a tenant, and the
//! log as it stands, for those who check it themselves.

mod commits;
mod complete;
mod days;
mod filter;
mod heads;
mod http;
mod item;
mod search;
mod source;
mod stored;

pub use complete::complete_through;
pub use filter::Filter;
pub use http::handle;
pub use search::{Alarms, Found, FoundPage, Search, search};

use crate::Queries;
use crate::exports::Exports;

/// What the function works with. Made once, at start.
#[derive(Debug, Clone)]
pub struct Audit {
    /// The tables, and how they are read.
    pub queries: Queries,
    /// What is taken away: where it is written, and who writes it.
    pub exports: Exports,
}
