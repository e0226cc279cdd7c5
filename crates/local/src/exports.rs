//! What an export needs on one machine: the bucket, the queue, and the worker behind it.

use crate::identity::{IdentityError, secret, write_private};
use crate::queues::{EXPORTS, EXPORTS_DEAD};
use crate::stack::{Data, Settings, StackError};
use engine::Faults;
use engine::mapping::Chaos;
use engine::objects::{Links, Objects};
use engine::queue::{Consumer, Queues, Runner, Waiting};
use queries::Queries;
use queries::exports::{Exporter, Exports, Limits, RETENTION_DAYS};
use std::convert::Infallible;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;
use tokio::time::Instant;

/// The bucket's name.
const BUCKET: &str = "annals-exports";
/// How long a part under way is waited for at the end.
const STOP_MAX: Duration = Duration::from_secs(5);
/// The names of what signs links.
const KEY_ID: &str = "annals-local";
const KEY_FILE: &str = "objects-key";

/// How exports are written.
#[derive(Debug, Clone)]
pub struct ExportSettings {
    /// How large a part may be.
    pub limits: Limits,
    /// After how long the worker hands what is left on to the next call; on AWS, what Lambda leaves
    /// it.
    pub time: Duration,
    /// Whether anybody writes them at all: without, they wait.
    pub worker: bool,
    /// Faults of the queue, for tests.
    pub chaos: Chaos,
    /// Faults on the way to the objects, for tests.
    pub object_faults: Faults,
    /// Faults on the way to the queue, for tests.
    pub queue_faults: Faults,
}

impl Default for ExportSettings {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            time: Duration::from_mins(1),
            worker: true,
            chaos: Chaos::default(),
            object_faults: Faults::none(),
            queue_faults: Faults::none(),
        }
    }
}

/// The worker at work, and what it works with.
#[derive(Debug)]
pub struct Exporting {
    /// The objects that it writes.
    pub objects: Objects,
    pub(crate) exports: Exports,
    queues: Queues,
    runner: Option<Runner>,
}

impl Exporting {
    pub(crate) fn start(
        settings: &Settings,
        queries: Queries,
        queues: &Queues,
        folder: Option<&Path>,
    ) -> Result<Self, StackError> {
        let ExportSettings { limits, time, worker, chaos, object_faults, queue_faults } =
            settings.exports.clone();
        let endpoint = format!("{}/objects", settings.issuer);
        let links = Links::new(endpoint, KEY_ID, key(&settings.data)?);
        let clock = settings.clock.clone();
        let now_ms = move || clock.now().as_millis();
        let objects = match folder {
            Some(folder) => Objects::folder(&folder.join("objects"), links, now_ms),
            None => Objects::memory(links, now_ms),
        };
        let exports = Exports {
            objects: queries::exports::Objects::new(
                objects.client_with(object_faults),
                BUCKET.to_owned(),
            ),
            queue: store::Queue::new(queues.client_with(queue_faults), Queues::url(EXPORTS)),
        };
        let exporter = Exporter { queries, exports: exports.clone(), limits };
        let consumer = Consumer { chaos, ..Consumer::new(EXPORTS) };
        let runner = worker.then(|| {
            Runner::start(queues.clone(), consumer, move |event| {
                let exporter = exporter.clone();
                let until = Instant::now() + time;
                async move { Ok::<_, Infallible>(exporter.handle(event, until).await) }
            })
        });
        Ok(Self { objects, exports, queues: queues.clone(), runner })
    }

    /// The keys of the objects, in order.
    pub fn keys(&self) -> Vec<String> {
        self.objects.keys(BUCKET)
    }

    /// The messages that were given up.
    pub async fn dead_letters(&self) -> Vec<Waiting> {
        self.queues.waiting(EXPORTS_DEAD).await
    }

    /// What the queue's consumer has done since the start; nothing where there is none.
    pub fn metrics(&self) -> engine::queue::Metrics {
        self.runner.as_ref().map(Runner::metrics).unwrap_or_default()
    }

    /// Deletes the objects whose time is over, as the bucket's rule does on AWS; says how many.
    pub async fn expire(&self) -> usize {
        expire(&self.objects).await
    }

    pub(crate) async fn idle(&self) {
        if let Some(runner) = &self.runner {
            runner.idle().await;
        }
    }

    /// Lets the part under way be written, if that does not take long: what breaks off is written
    /// anew at the next start.
    pub(crate) async fn stop(self) {
        if let Some(runner) = self.runner
            && tokio::time::timeout(STOP_MAX, runner.stop()).await.is_err()
        {
            tracing::info!("an export goes on at the next start");
        }
    }
}

/// Deletes the objects whose time is over.
pub(crate) async fn expire(objects: &Objects) -> usize {
    objects.expire(BUCKET, Duration::from_hours(24 * u64::from(RETENTION_DAYS))).await
}

/// What links are signed with: kept in the data folder, readable to its owner only, so that a link
/// outlives the process.
fn key(data: &Data) -> Result<String, StackError> {
    let fresh = || secret().map_err(|error| StackError::Identity(IdentityError::Randomness(error)));
    let Data::Folder(folder) = data else { return fresh() };
    let unusable = |source| StackError::Folder { folder: folder.clone(), source };
    let path = folder.join(KEY_FILE);
    match std::fs::read_to_string(&path) {
        Ok(key) => Ok(key),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let key = fresh()?;
            write_private(&path, &key).map_err(unusable)?;
            Ok(key)
        }
        Err(error) => Err(unusable(error)),
    }
}
