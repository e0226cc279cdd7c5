//! The worker ends at each of its calls, and another one goes on.

use super::{
    Hand, commits_of_the_log, history, order, read, read_tally, small, verified, view, world_with,
};
use crate::support::World;
use engine::{Call, Fault, Faults};
use local::RebuildingSettings;
use projections::{AUDIT, COUNTS, RECORDS};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use store::{RebuildKind, RebuildState};
use tokio::sync::Notify;
use tokio::time::Instant;

/// Stops the worker at its n-th call to the tables or the queue: before it is carried out, or after it, when
/// its answer is lost with the worker.
#[derive(Clone, Debug, Default)]
pub(super) struct Trap {
    calls: Arc<AtomicUsize>,
    at: Arc<AtomicUsize>,
    sprung: Arc<Notify>,
}

impl Trap {
    pub(super) fn set(&self, at: usize) {
        self.calls.store(0, Ordering::SeqCst);
        self.at.store(at, Ordering::SeqCst);
    }

    /// Waits until it is sprung.
    pub(super) async fn sprung(&self) {
        self.sprung.notified().await;
    }

    pub(super) fn faults(&self) -> Faults {
        let trap = self.clone();
        Faults::new(move |_: &Call<'_>| {
            let call = trap.calls.fetch_add(1, Ordering::SeqCst) + 1;
            if call != trap.at.load(Ordering::SeqCst) {
                return Fault::None;
            }
            trap.sprung.notify_one();
            Fault::Slow(Duration::from_hours(1))
        })
    }
}

/// Does what waits; at the call at which the trap is set the worker is gone, and its message comes again.
/// Says whether it was sprung.
async fn work(world: &World, hand: &mut Hand, trap: &Trap) -> bool {
    let mut sprung = false;
    while let Some(message) = hand.next(world).await {
        let until = Instant::now() + Duration::from_mins(1);
        let event = hand.event(&message);
        let handled = world.stack.rebuilding.rebuilder.handle(event, until);
        tokio::select! {
            biased;
            () = trap.sprung() => sprung = true,
            response = handled => hand.settle(&message, &response),
        }
    }
    sprung
}

/// Every so manieth call is tried as the worker's last: a whole rebuild for each. `REBUILD_STRIDE=1` tries all.
fn stride() -> usize {
    std::env::var("REBUILD_STRIDE").ok().map_or(5, |text| text.parse().unwrap())
}

#[expect(clippy::cognitive_complexity, reason = "one run from its order to its last row")]
async fn every_step_may_be_the_last(name: &str) {
    let trap = Trap::default();
    let settings = RebuildingSettings {
        worker: false,
        faults: trap.faults(),
        queue_faults: trap.faults(),
        ..small()
    };
    let (world, clock) = world_with(settings).await;
    history(&world, 3).await;
    let commits = commits_of_the_log(&world).await;
    let mut hand = Hand::default();
    for step in (1..).step_by(stride()) {
        trap.set(0);
        let id = format!("R-{step}");
        let job = order(&world, name, (RebuildKind::Full, &id), |job| job).await;
        trap.set(step);
        let sprung = work(&world, &mut hand, &trap).await;
        let job = read(&world, &job).await;
        verified(&world, name, &job).await;
        let tally = read_tally(&world, &job).await;
        assert_eq!((tally.commits, tally.records, tally.parked), (commits, 3, 0), "step {step}");
        if name != AUDIT {
            super::agrees(&world, &world.stack.projector.registry, name, job.generation).await;
        }
        trap.set(0);
        let now = clock.clock().now();
        let gone = world.stack.store.cancel_rebuild(&job.id, now).await.unwrap();
        assert_eq!(gone.state, RebuildState::Cancelled);
        world.stack.rebuilding.rebuilder.tick().await.unwrap();
        trap.set(if sprung { step } else { 0 });
        work(&world, &mut hand, &trap).await;
        assert_eq!(view(&world, name).await.retiring.len(), 0, "step {step}");
        let left = super::rows_of(&world, name, job.generation.number).await;
        assert_eq!(left, 0, "step {step}");
        if !sprung {
            assert!(step > 60, "{step} steps were tried");
            return;
        }
    }
}

#[tokio::test]
async fn who_broke_off_while_telling_the_others_tells_them_when_its_message_comes_again() {
    for sent in 1..=4 {
        let trap = Trap::default();
        let settings = RebuildingSettings { worker: false, queue_faults: trap.faults(), ..small() };
        let (world, _) = world_with(settings).await;
        history(&world, 3).await;
        let mut hand = Hand::default();
        let job = order(&world, RECORDS, (RebuildKind::Full, "R-1"), |job| job).await;
        trap.set(sent);
        assert!(work(&world, &mut hand, &trap).await, "message {sent}");
        let job = read(&world, &job).await;
        verified(&world, RECORDS, &job).await;
    }
}

#[tokio::test]
async fn records_are_rebuilt_whichever_call_is_the_worker_s_last() {
    every_step_may_be_the_last(RECORDS).await;
}

#[tokio::test]
async fn numbers_are_rebuilt_whichever_call_is_the_worker_s_last() {
    every_step_may_be_the_last(COUNTS).await;
}

#[tokio::test]
async fn commits_are_rebuilt_whichever_call_is_the_worker_s_last() {
    every_step_may_be_the_last(AUDIT).await;
}
