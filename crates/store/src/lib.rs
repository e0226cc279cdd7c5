//! The tables: the log of commits, snapshots, view rows and the control table.
//!
//! The one storage adapter, DynamoDB. Locally the same client talks to the embedded engine, so there
//! is no second implementation. SDK types stay in this crate.

mod backoff;
mod changes;
mod clock;
mod commit;
mod control;
mod error;
mod feed;
mod folded;
mod lately;
mod load;
mod log;
mod moment;
mod pull;
mod rows;
mod snapshots;
mod tables;

pub use backoff::backoff;
pub use changes::{Change, ChangeOp, changes, leaves, leaves_of};
pub use clock::Clock;
pub use commit::{Commit, Draft, FORMAT, Head, Parts, ReadError, Recorded};
pub use control::{Alarm, Generation, Parked, ParkedCause, ViewGenerations};
pub use error::{StoreError, chain};
pub use feed::{FEED_SHARDS, FeedEntry, FeedRange};
pub use folded::{FoldFailure, FoldFailureCause, Folded, Stamp, StoredState};
pub use lately::LATELY;
pub use load::{KEY_WINDOW, LoadError, Record};
pub use log::{Appended, Damaged, Order, Stretch};
pub use moment::Reached;
pub use pull::{Cause, Pulled, Stuck, folded_on};
pub use rows::{Expectation, Marks, RowKey, RowQuery, Rows, WriteOne, Written};
pub use snapshots::SNAPSHOT_EVERY;
pub use tables::{Table, Tables};

use crate::lately::Lately;
use std::sync::Arc;

/// The tables of one deployment, and the client that reaches them. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    client: aws_sdk_dynamodb::Client,
    tables: Arc<Tables>,
    lately: Lately,
}

impl Store {
    /// Binds a client to the tables of a deployment.
    pub fn new(client: aws_sdk_dynamodb::Client, tables: Tables) -> Self {
        Self { client, tables: Arc::new(tables), lately: Lately::default() }
    }

    /// The names of the tables.
    pub fn tables(&self) -> &Tables {
        &self.tables
    }
}
