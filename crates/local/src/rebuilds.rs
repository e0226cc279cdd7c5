//! What rebuilds need on one machine: the worker behind their queue.

use crate::queues::{REBUILDS, REBUILDS_DEAD};
use engine::Faults;
use engine::mapping::Chaos;
use engine::queue::{Consumer, Queues, Runner, Waiting};
use projections::{Projector, RebuildSettings, Rebuilder};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use store::FailedBatches;
use tokio::time::Instant;

/// How many segments are worked on side by side.
const CONCURRENCY: usize = 4;
/// How long a page under way is waited for at the end.
const STOP_MAX: Duration = Duration::from_secs(5);

/// How rebuilds are worked on.
#[derive(Debug, Clone)]
pub struct RebuildingSettings {
    /// Pages, leases, and what is waited for.
    pub settings: RebuildSettings,
    /// After how long a worker hands what is left on to the next call; on AWS, what Lambda leaves it.
    pub time: Duration,
    /// Whether anybody works on them at all: without, they wait.
    pub worker: bool,
    /// Faults of the queue, for tests.
    pub chaos: Chaos,
    /// Faults on the workers' way to the tables, for tests.
    pub faults: Faults,
    /// Faults on the way to the queue, for tests.
    pub queue_faults: Faults,
}

impl Default for RebuildingSettings {
    /// One process projects and rebuilds, and no batch of it takes longer than a moment.
    fn default() -> Self {
        Self {
            settings: RebuildSettings {
                lease: Duration::from_mins(1),
                grace: Duration::from_secs(1),
                ..RebuildSettings::default()
            },
            time: Duration::from_mins(1),
            worker: true,
            chaos: Chaos::default(),
            faults: Faults::none(),
            queue_faults: Faults::none(),
        }
    }
}

/// The worker at work, and what it works with.
#[derive(Debug)]
pub struct Rebuilding {
    /// The function `rebuilder`.
    pub rebuilder: Arc<Rebuilder>,
    queues: Queues,
    runner: Option<Runner>,
}

impl Rebuilding {
    pub(crate) fn start(
        settings: &RebuildingSettings,
        projector: Projector,
        queues: &Queues,
        failed: &FailedBatches,
    ) -> Self {
        let client = queues.client_with(settings.queue_faults.clone());
        let rebuilder = Arc::new(Rebuilder {
            projector,
            queue: store::Queue::new(client, Queues::url(REBUILDS)),
            failed: failed.clone(),
            settings: settings.settings,
        });
        let consumer = Consumer {
            concurrency: CONCURRENCY,
            chaos: settings.chaos.clone(),
            ..Consumer::new(REBUILDS)
        };
        let runner = settings.worker.then(|| {
            let (rebuilder, time) = (rebuilder.clone(), settings.time);
            Runner::start(queues.clone(), consumer, move |event| {
                let rebuilder = rebuilder.clone();
                let until = Instant::now() + time;
                async move { Ok::<_, Infallible>(rebuilder.handle(event, until).await) }
            })
        });
        Self { rebuilder, queues: queues.clone(), runner }
    }

    /// The messages that wait for a worker, those that are being worked on included.
    pub async fn waiting(&self) -> Vec<Waiting> {
        self.queues.waiting(REBUILDS).await
    }

    /// The messages that were given up.
    pub async fn dead_letters(&self) -> Vec<Waiting> {
        self.queues.waiting(REBUILDS_DEAD).await
    }

    /// What the queue's consumer has done since the start; nothing where there is none.
    pub fn metrics(&self) -> engine::queue::Metrics {
        self.runner.as_ref().map(Runner::metrics).unwrap_or_default()
    }

    /// Waits until everything was done that anybody was told to do.
    pub(crate) async fn idle(&self) {
        if let Some(runner) = &self.runner {
            runner.idle().await;
        }
    }

    /// Lets the pages under way be written, if that does not take long: what breaks off goes on at the next
    /// start.
    pub(crate) async fn stop(self) {
        if let Some(runner) = self.runner
            && tokio::time::timeout(STOP_MAX, runner.stop()).await.is_err()
        {
            tracing::info!("a rebuild goes on at the next start");
        }
    }
}
