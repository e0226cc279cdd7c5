//! The tables: the log of commits, snapshots, view rows and the control table.
//!
//! The one storage adapter, DynamoDB. Locally the same client talks to the embedded engine, so there
//! is no second implementation. SDK types stay in this crate.

mod acts;
mod alarms;
mod backoff;
mod batch;
mod changes;
mod clock;
mod commit;
mod control;
mod counters;
mod error;
mod exports;
mod failures;
mod feed;
mod folded;
mod gate;
mod generations;
mod lately;
mod load;
mod log;
mod many;
mod moment;
mod parked;
mod passes;
mod pull;
mod queue;
mod rebuilds;
mod replays;
mod rows;
mod scan;
mod snapshots;
mod stored;
mod tables;
mod views;
mod watch;

pub use acts::{Act, ActError, Begun, Retry, Writer};
pub use alarms::{Alarm, AlarmRange, PlacedAlarm};
pub use backoff::backoff;
pub use changes::{Change, ChangeOp, changes, leaves, leaves_of};
pub use clock::Clock;
pub use commit::{Commit, Draft, FORMAT, Head, Parts, ReadError, Recorded};
pub use counters::CounterRead;
pub use error::{StoreError, chain};
pub use exports::{ExportJob, ExportPart, ExportState, export_place};
pub use failures::{FailedBatch, FailedBatches, failure_place};
pub use feed::{FEED_SHARDS, FeedEntry, FeedPlace, FeedRange};
pub use folded::{FoldFailure, FoldFailureCause, Folded, Stamp, StoredState};
pub use gate::{Closed, Gate, LogState, Recovery, WHILE_CLOSED, WITNESSES, Witness};
pub use generations::{Build, BuildState, Folds, Generation, NotNow, Unchanged, ViewGenerations};
pub use lately::LATELY;
pub use load::{KEY_WINDOW, LoadError, Record};
pub use log::{Appended, Damaged, Order, Stretch};
pub use many::{CommitsByPlace, TablePage};
pub use moment::Reached;
pub use parked::{Counted, Parked, ParkedCause, RetryParked, Skip, Skipped};
pub use passes::Pass;
pub use pull::{Anew, Cause, Pulled, Stuck, folded_on};
pub use queue::{DELAY_MAX, Queue, QueueError};
pub use rebuilds::{
    Altered, DIFFERENCES_KEPT, Difference, Job, Phase, Rebuild, RebuildKind, RebuildState, Scope,
    Segment, Tally, rebuild_place,
};
pub use replays::{PublishJob, Replay, ReplayState, Selection, replay_place};
pub use rows::{Expectation, Marks, RowKey, RowQuery, RowRange, Rows, WriteOne, Written};
pub use scan::{LogCommit, LogPage, LogPart, LogPlace};
pub use snapshots::SNAPSHOT_EVERY;
pub use stored::StoredItem;
pub use tables::{Table, Tables};
pub use views::{ALL_VIEWS, AUDIT, COUNTS, LAYOUT, RECORDS, folds, layout_of, row_key, table_of};
pub use watch::DriftWatch;

use crate::batch::KeysPut;
use crate::gate::GateLately;
use crate::lately::Lately;
use std::sync::Arc;

/// The tables of one deployment, and the client that reaches them. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    client: aws_sdk_dynamodb::Client,
    tables: Arc<Tables>,
    lately: Lately,
    gate: GateLately,
    keys_put: KeysPut,
}

impl Store {
    /// Binds a client to the tables of a deployment.
    pub fn new(client: aws_sdk_dynamodb::Client, tables: Tables) -> Self {
        Self {
            client,
            tables: Arc::new(tables),
            lately: Lately::default(),
            gate: GateLately::default(),
            keys_put: KeysPut::default(),
        }
    }

    /// The names of the tables.
    pub fn tables(&self) -> &Tables {
        &self.tables
    }
}
