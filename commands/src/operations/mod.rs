//! The operator's desk: views and their generations, rebuilds, parked records, failed batches, replays.
//!
//! Whatever is done is first a commit of an `operation` record, with its reason, and then a conditional
//! change of what the workers go by, and then a message to them. A request that broke off in between is
//! completed by the same request sent again.

mod alarms;
mod asked;
mod begin;
mod change;
mod desk;
mod failures;
mod lag;
mod log;
mod parked;
mod progress;
mod replays;
mod shown;
mod steer;
mod views;

use crate::Commands;
use desk::Desk;
use edge::{DeskOperation, Function, Kind, Operation, Problem, Served};
use lambda_http::{Body, Request};
use std::time::Duration;
use store::{FailedBatches, Queue};

/// What the function works with. Made once, at start.
#[derive(Debug, Clone)]
pub struct Operations {
    /// The log, and how it is written.
    pub commands: Commands,
    /// Where the workers of rebuilds hear what is to be done.
    pub rebuilds: Queue,
    /// Where the publisher hears what is to be sent again.
    pub publishing: Queue,
    /// What the stream's mappings gave up.
    pub failed: FailedBatches,
    /// How long a function may be at work that began before generations changed: nothing is read for a new
    /// generation before. The projector's time-out.
    pub grace: Duration,
    /// How long the generation before stays warm after a promotion.
    pub keep: Duration,
}

/// Serves one request of the function `operator-commands`.
pub async fn handle(operations: &Operations, request: Request) -> http::Response<Body> {
    let now = operations.commands.clock.now();
    edge::serve(Function::OperatorCommands, now, request, |call| async move {
        let Operation::AtDesk(operation) = call.routed.route.operation else {
            return Err(Problem::new(Kind::NotFound));
        };
        let desk = Desk::of(operations, &call)?;
        // On the heap: what several calls to the tables hold is large.
        Box::pin(desk.serve(operation)).await
    })
    .await
}

impl Desk<'_> {
    #[expect(clippy::cognitive_complexity, reason = "a table: one line for each route")]
    async fn serve(&self, operation: DeskOperation) -> Served {
        match operation {
            DeskOperation::ListViews => self.list_views().await,
            DeskOperation::ReadView => self.read_view().await,
            DeskOperation::RebuildView => self.rebuild_view().await,
            DeskOperation::VerifyView => self.verify_view().await,
            DeskOperation::PromoteView => self.promote_view().await,
            DeskOperation::RollBackView => self.roll_back_view().await,
            DeskOperation::RetireView => self.retire_view().await,
            DeskOperation::RepairView => self.repair_view().await,
            DeskOperation::Reconcile => self.reconcile().await,
            DeskOperation::ListRebuilds => self.list_rebuilds().await,
            DeskOperation::ReadRebuild => self.read_rebuild().await,
            DeskOperation::PauseRebuild => self.pause_rebuild().await,
            DeskOperation::ResumeRebuild => self.resume_rebuild().await,
            DeskOperation::CancelRebuild => self.cancel_rebuild().await,
            DeskOperation::ListDeskAlarms => self.list_desk_alarms().await,
            DeskOperation::ListParked => self.list_parked().await,
            DeskOperation::RetryParked => self.retry_parked().await,
            DeskOperation::SkipParked => self.skip_parked().await,
            DeskOperation::ListFailures => self.list_failures().await,
            DeskOperation::DriveFailure => self.drive_failure().await,
            DeskOperation::StartReplay => self.start_replay().await,
            DeskOperation::ListReplays => self.list_replays().await,
            DeskOperation::ReadReplay => self.read_replay().await,
            DeskOperation::CancelReplay => self.cancel_replay().await,
            DeskOperation::ReadLog => self.read_log().await,
            DeskOperation::RecoverLog => self.recover_log().await,
        }
    }
}
