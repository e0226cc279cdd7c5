//! The composition for one machine: engine, functions, mappings, schedules.

use crate::cognito::UserPool;
use crate::exports::{ExportSettings, Exporting};
use crate::gateway::Gateway;
use crate::identity::{Identity, IdentityError};
use crate::publishing::{ReplaySettings, Republishing};
use crate::rebuilds::{Rebuilding, RebuildingSettings};
use commands::{Commands, Operations, People};
use engine::mapping::{Chaos, Mapping, Runner};
use engine::objects::Objects;
use engine::queue::Queues;
use engine::{Bus, Durability, Engine, EngineError, Faults};
use events::Registry;
use projections::{Projector, Publisher, Rebuilder, Report};
use queries::Queries;
use queries::audit::Audit;
use queries::exports::Exports;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use store::{Clock, FailedBatches, Store, StoreError, Tables, chain};
use tokio::task::JoinSet;

/// The name that the stack on one machine has.
const STACK: &str = "annals";
/// How often the reconciler and the publisher's repair run; on AWS a schedule calls them.
const RECONCILE_EVERY: Duration = Duration::from_mins(5);
/// How often expired items and stream records older than 24 hours are swept.
const SWEEP_EVERY: Duration = Duration::from_hours(1);
/// How many entries the bus keeps to be looked at.
const BUS_KEEPS: usize = 1_000;

/// Where the data are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Data {
    /// In memory, gone with the process.
    Memory,
    /// In a folder.
    Folder(PathBuf),
}

/// Who can reach the stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exposure {
    /// This machine only: demo people, password grant and `/local/*` are there.
    Loopback,
    /// Others too: none of these.
    Network,
}

/// How a stack is started.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the data are.
    pub data: Data,
    /// Whether each write waits for the disk.
    pub durability: Durability,
    /// Who can reach it.
    pub exposure: Exposure,
    /// The folder of the built frontend. It need not be there.
    pub frontend: PathBuf,
    /// The issuer of tokens: the address that people use.
    pub issuer: String,
    /// The event table's name; another one after a restore or an import took its place.
    pub events_table: String,
    /// The record types.
    pub registry: Arc<Registry>,
    /// The time.
    pub clock: Clock,
    /// Faults of the stream, for tests.
    pub chaos: Chaos,
    /// Faults on the way to the tables, for tests.
    pub faults: Faults,
    /// Faults on the way to the directory of people, for tests.
    pub directory_faults: Faults,
    /// How exports are written.
    pub exports: ExportSettings,
    /// How rebuilds are worked on.
    pub rebuilds: RebuildingSettings,
    /// How replays are worked on.
    pub replays: ReplaySettings,
}

impl Settings {
    /// The settings of `make run`, with the shipped record types.
    pub fn new(data: Data, issuer: String) -> Self {
        Self {
            data,
            durability: Durability::Full,
            exposure: Exposure::Loopback,
            frontend: PathBuf::from("frontend/dist"),
            issuer,
            events_table: Tables::of_stack(STACK).events,
            registry: Arc::new(Registry::shipped()),
            clock: Clock::system(),
            chaos: Chaos::default(),
            faults: Faults::none(),
            directory_faults: Faults::none(),
            exports: ExportSettings::default(),
            rebuilds: RebuildingSettings::default(),
            replays: ReplaySettings::default(),
        }
    }
}

/// A running stack. Dropping it ends it as a crash would; [`Stack::stop`] ends it in order.
#[derive(Debug)]
pub struct Stack {
    /// The functions behind their gateway.
    pub gateway: Gateway,
    /// The tables.
    pub store: Store,
    /// The embedded DynamoDB.
    pub engine: Engine,
    /// The event bus.
    pub bus: Bus,
    /// The function `projector`.
    pub projector: Arc<Projector>,
    /// The function `publisher`.
    pub publisher: Arc<Publisher>,
    /// The function `exporter`, its queue and its objects.
    pub exporting: Exporting,
    /// The function `rebuilder` and its queue.
    pub rebuilding: Rebuilding,
    /// The function `publisher` at work on its jobs.
    pub republishing: Republishing,
    /// Who can reach it.
    pub exposure: Exposure,
    /// The folder of the built frontend.
    pub frontend: PathBuf,
    projecting: Runner,
    publishing: Runner,
    schedules: JoinSet<()>,
    _lock: Option<File>,
}

/// A stack that cannot be started or stopped.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// The data folder cannot be used.
    #[error("the data folder {} cannot be used", .folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Another process works on the folder.
    #[error("another process is using the data folder {}", .0.display())]
    InUse(PathBuf),
    /// The engine does not start or stop.
    #[error("the embedded database failed")]
    Engine(#[from] EngineError),
    /// The tables cannot be made.
    #[error("the tables cannot be made")]
    Tables(#[from] StoreError),
    /// The identity provider does not start, or there is nothing to sign links with.
    #[error("the identity provider does not start")]
    Identity(#[from] IdentityError),
}

impl Stack {
    /// Starts everything but the HTTP server. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// [`StackError`].
    pub async fn start(settings: Settings) -> Result<Self, StackError> {
        let (engine, folder, lock) = opened(&settings)?;
        let client = engine.dynamodb_with(settings.faults.clone());
        let tables = || Tables { events: settings.events_table.clone(), ..Tables::of_stack(STACK) };
        let store = Store::new(client, tables());
        store.create_tables().await?;
        let issuer = settings.issuer.clone();
        let identity = Identity::new(folder.as_deref(), issuer, settings.clock.clone())?;
        if settings.exposure == Exposure::Loopback {
            identity.directory().with_demo_people().map_err(IdentityError::Keep)?;
        }
        let bus = Bus::new(BUS_KEEPS);
        let queues = crate::queues::open(engine.clone()).await?;
        let exporting =
            Exporting::start(&settings, queries(&settings, &store), &queues, folder.as_deref())?;
        let exports = exporting.exports.clone();
        let batches = crate::failures::batches(&exporting.objects);
        let (gateway, projector, publisher) =
            functions(&settings, &store, identity, &bus, (exports, &queues, &batches));
        let workers = engine.dynamodb_with(settings.rebuilds.faults.clone());
        let workers = Projector {
            store: Store::new(workers, tables()),
            report: Arc::new(Report::default()),
            ..(*projector).clone()
        };
        let rebuilding = Rebuilding::start(&settings.rebuilds, workers, &queues, &batches);
        let again = bus.client_with(settings.replays.bus_faults.clone());
        let again = Publisher { client: again, ..(*publisher).clone() };
        let republishing = Republishing::start(&settings.replays, again, batches, &queues);
        let failed = crate::failures::destination(&exporting.objects, &settings.clock);
        let mapping = |name: &str| Mapping {
            chaos: settings.chaos.clone(),
            on_failure: failed.clone(),
            ..Mapping::new(name, &store.tables().events)
        };
        let projecting = projecting(&engine, mapping("projector"), projector.clone());
        // One shard: what is told outside is told in the order in which it was recorded.
        let one_by_one = Mapping { parallelization: 1, ..mapping("publisher") };
        let publishing = publishing(&engine, one_by_one, publisher.clone());
        let schedules = schedules(
            &engine,
            (&projector, &rebuilding.rebuilder),
            &publisher,
            &exporting.objects,
            &settings.clock,
        );
        Ok(Self {
            gateway,
            store,
            engine,
            bus,
            projector,
            publisher,
            exporting,
            rebuilding,
            republishing,
            exposure: settings.exposure,
            frontend: settings.frontend,
            projecting,
            publishing,
            schedules,
            _lock: lock,
        })
    }

    /// Waits until every export and every rebuild that was asked for has ended or rests, and everything in
    /// the log has been projected and published.
    pub async fn settled(&self) {
        self.exporting.idle().await;
        self.rebuilding.idle().await;
        self.republishing.idle().await;
        self.projecting.idle().await;
        self.publishing.idle().await;
    }

    /// What the stream's two readers have done since the start: projector, publisher.
    pub fn readers(&self) -> (engine::mapping::Metrics, engine::mapping::Metrics) {
        (self.projecting.metrics(), self.publishing.metrics())
    }

    /// Lets the work under way finish and ends.
    ///
    /// # Errors
    /// [`StackError`] when a position in the stream cannot be kept; some records are then read again.
    pub async fn stop(self) -> Result<(), StackError> {
        drop(self.schedules);
        self.exporting.stop().await;
        self.rebuilding.stop().await;
        self.republishing.stop().await;
        self.projecting.stop().await?;
        self.publishing.stop().await?;
        Ok(())
    }
}

fn projecting(engine: &Engine, mapping: Mapping, projector: Arc<Projector>) -> Runner {
    Runner::start(engine.clone(), mapping, move |event| {
        let projector = projector.clone();
        async move { projector.handle(event).await }
    })
}

fn publishing(engine: &Engine, mapping: Mapping, publisher: Arc<Publisher>) -> Runner {
    Runner::start(engine.clone(), mapping, move |event| {
        let publisher = publisher.clone();
        async move { publisher.handle(event).await }
    })
}

/// What all functions read with that only read.
fn queries(settings: &Settings, store: &Store) -> Queries {
    Queries {
        store: store.clone(),
        registry: settings.registry.clone(),
        clock: settings.clock.clone(),
        build: env!("CARGO_PKG_VERSION"),
    }
}

/// The functions, as their `main.rs` make them on AWS.
fn functions(
    settings: &Settings,
    store: &Store,
    identity: Identity,
    bus: &Bus,
    (exports, queues, failed): (Exports, &Queues, &FailedBatches),
) -> (Gateway, Arc<Projector>, Arc<Publisher>) {
    let build = env!("CARGO_PKG_VERSION");
    let (store, registry) = (|| store.clone(), || settings.registry.clone());
    let clock = || settings.clock.clone();
    let commands = Commands { store: store(), registry: registry(), clock: clock(), build };
    let queries = queries(settings, &store());
    let faults = settings.directory_faults.clone();
    let directory = UserPool::of(identity.directory().clone()).reached(faults);
    let queue = |name| store::Queue::new(queues.client(), Queues::url(name));
    let operations = Operations {
        commands: commands.clone(),
        rebuilds: queue(crate::queues::REBUILDS),
        publishing: queue(crate::queues::PUBLISH_JOBS),
        failed: failed.clone(),
        grace: settings.rebuilds.settings.grace,
        keep: settings.rebuilds.settings.keep,
    };
    let gateway = Gateway {
        operations: Arc::new(operations),
        people: Arc::new(People { commands: commands.clone(), directory }),
        identity: Arc::new(identity),
        commands: Arc::new(commands),
        audit: Arc::new(Audit { queries: queries.clone(), exports }),
        queries: Arc::new(queries),
    };
    let report = Arc::new(Report::default());
    let projector =
        Projector { store: store(), registry: registry(), clock: clock(), build, report };
    let publisher = Publisher {
        store: store(),
        registry: registry(),
        client: bus.client(),
        bus: "annals".to_owned(),
        clock: clock(),
    };
    (gateway, Arc::new(projector), Arc::new(publisher))
}

type Opened = (Engine, Option<PathBuf>, Option<File>);

fn opened(settings: &Settings) -> Result<Opened, StackError> {
    match &settings.data {
        Data::Memory => Ok((Engine::memory()?, None, None)),
        Data::Folder(folder) => {
            let lock = locked(folder)?;
            let engine = Engine::open(&folder.join("annals.db"), settings.durability)?;
            Ok((engine, Some(folder.clone()), Some(lock)))
        }
    }
}

/// Makes a folder if it is not there, open to its owner only: it will hold people's records.
fn private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// The folder's lock, held as long as the file is open: a second process is refused.
fn locked(folder: &Path) -> Result<File, StackError> {
    let unusable = |source| StackError::Folder { folder: folder.to_owned(), source };
    private_folder(folder).map_err(unusable)?;
    let file = File::create(folder.join("lock")).map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StackError::InUse(folder.to_owned())),
        Err(TryLockError::Error(source)) => Err(unusable(source)),
    }
}

fn schedules(
    engine: &Engine,
    (projector, rebuilder): (&Arc<Projector>, &Arc<Rebuilder>),
    publisher: &Arc<Publisher>,
    objects: &Objects,
    clock: &Clock,
) -> JoinSet<()> {
    let mut schedules = JoinSet::new();
    let (projector, publisher) = (projector.clone(), publisher.clone());
    let rebuilder = rebuilder.clone();
    schedules.spawn(async move {
        let mut every = tokio::time::interval(RECONCILE_EVERY);
        loop {
            every.tick().await;
            let (projector, publisher) = (projector.clone(), publisher.clone());
            let rebuilder = rebuilder.clone();
            let watcher = projector.clone();
            run("reconciling", async move { projector.reconcile().await.map(drop) }).await;
            run("watching for drift", async move { watcher.watch_drift().await }).await;
            run("tending rebuilds", async move { rebuilder.tick().await }).await;
            run("repairing what was published", async move { publisher.repair().await.map(drop) })
                .await;
        }
    });
    let (engine, objects, clock) = (engine.clone(), objects.clone(), clock.clone());
    schedules.spawn(async move {
        let mut every = tokio::time::interval(SWEEP_EVERY);
        loop {
            every.tick().await;
            if let Err(error) = engine.sweep(clock.now().as_millis()).await {
                tracing::error!(error = chain(&error), "sweeping failed; it is tried again");
            }
            crate::exports::expire(&objects).await;
            crate::failures::expire(&objects).await;
        }
    });
    schedules
}

/// Runs a scheduled task as Lambda would: by itself, so that a panic ends that run only.
async fn run<E: std::error::Error + Send + 'static>(
    what: &'static str,
    task: impl Future<Output = Result<(), E>> + Send + 'static,
) {
    match tokio::spawn(task).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            tracing::error!(error = chain(&error), what, "a scheduled task failed; it runs again");
        }
        Err(error) => tracing::error!(%error, what, "a scheduled task panicked; it runs again"),
    }
}
