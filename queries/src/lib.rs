//! How views and history are read: records, lists, counts, history, and the audit across records.
//!
//! A query writes nothing but commits of `access` records, which tell of exports and verifications, and
//! the jobs and files of exports.
//! Where a view is behind what the caller has seen, the missing commits are folded on the spot.

mod as_of;
pub mod audit;
mod blame;
mod diff;
pub mod exports;
mod history;
mod http;
mod list;
mod me;
mod merge;
mod meta;
mod record;

pub use http::handle;

use edge::{Kind, Problem, load_problem as unloaded, store_problem as unread};
use events::{Registered, Registry};
use std::sync::Arc;
use store::{Clock, Generation, Store};

/// What the query function works with. Made once, at start.
#[derive(Debug, Clone)]
pub struct Queries {
    /// The tables.
    pub store: Store,
    /// The record types.
    pub registry: Arc<Registry>,
    /// The time.
    pub clock: Clock,
    /// The build, as `/health` names it.
    pub build: &'static str,
}

impl Queries {
    fn of_plural(&self, plural: &str) -> Result<Registered, Problem> {
        let unknown = || Problem::new(Kind::NotFound).detail("there is no such record type");
        self.registry.by_plural(plural).ok_or_else(unknown)
    }

    /// The generation of a view that is read; the first one until the projector has registered it.
    /// A change of it is seen after some seconds.
    async fn active(&self, view: &str) -> Result<Generation, Problem> {
        let views = self.store.views_lately().await.map_err(|error| unread(&error))?;
        let found = views.into_iter().find(|entry| entry.view == view);
        Ok(found.map_or(projections::FIRST_GENERATION, |view| view.active))
    }
}
