//! What the publisher is ordered on one machine: the worker behind the queue of its jobs.

use crate::queues::{PUBLISH_JOBS, PUBLISH_JOBS_DEAD};
use engine::Faults;
use engine::mapping::Chaos;
use engine::queue::{Consumer, Queues, Runner, Waiting};
use projections::{PublishWorker, Publisher};
use std::convert::Infallible;
use std::time::Duration;
use store::FailedBatches;
use tokio::time::Instant;

/// How long a batch under way is waited for at the end.
const STOP_MAX: Duration = Duration::from_secs(5);

/// How replays are worked on.
#[derive(Debug, Clone)]
pub struct ReplaySettings {
    /// After how long the worker hands what is left on to the next call; on AWS, what Lambda leaves it.
    pub time: Duration,
    /// Faults of the queue, for tests.
    pub chaos: Chaos,
    /// Faults on the way to the queue, for tests.
    pub queue_faults: Faults,
    /// Faults on the worker's way to the bus, for tests.
    pub bus_faults: Faults,
}

impl Default for ReplaySettings {
    fn default() -> Self {
        Self {
            time: Duration::from_mins(1),
            chaos: Chaos::default(),
            queue_faults: Faults::none(),
            bus_faults: Faults::none(),
        }
    }
}

/// The worker at work.
#[derive(Debug)]
pub struct Republishing {
    queues: Queues,
    runner: Runner,
}

impl Republishing {
    pub(crate) fn start(
        settings: &ReplaySettings,
        publisher: Publisher,
        failed: FailedBatches,
        queues: &Queues,
    ) -> Self {
        let client = queues.client_with(settings.queue_faults.clone());
        let queue = store::Queue::new(client, Queues::url(PUBLISH_JOBS));
        let build = env!("CARGO_PKG_VERSION");
        let worker = PublishWorker { publisher, queue, failed, build };
        let consumer = Consumer { chaos: settings.chaos.clone(), ..Consumer::new(PUBLISH_JOBS) };
        let time = settings.time;
        let runner = Runner::start(queues.clone(), consumer, move |event| {
            let worker = worker.clone();
            let until = Instant::now() + time;
            async move { Ok::<_, Infallible>(worker.handle(event, until).await) }
        });
        Self { queues: queues.clone(), runner }
    }

    /// The messages that were given up.
    pub async fn dead_letters(&self) -> Vec<Waiting> {
        self.queues.waiting(PUBLISH_JOBS_DEAD).await
    }

    pub(crate) async fn idle(&self) {
        self.runner.idle().await;
    }

    /// Lets the batch under way be sent, if that does not take long: what breaks off goes on at the next
    /// start.
    pub(crate) async fn stop(self) {
        if tokio::time::timeout(STOP_MAX, self.runner.stop()).await.is_err() {
            tracing::info!("a replay goes on at the next start");
        }
    }
}
