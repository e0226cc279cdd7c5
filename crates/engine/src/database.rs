//! The embedded database: opening it, the thread its operations run on, and the SDK clients that
//! reach it.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, PoisonError, RwLock, mpsc};

use dynoxide::storage::Storage;
use dynoxide::storage_backend::{Clock, ManualClock, SystemClock};
use dynoxide::{Database, DynoxideError};
use tokio::sync::{oneshot, watch};

use crate::connector;
use crate::dispatch::DynamoDb;
use crate::faults::Faults;
use crate::sweep::Scratch;

/// When a write to the file counts as done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// After an fsync: survives a power cut. A few hundred writes a second; see bench/RESULTS.md.
    Full,
    /// After the write to the operating system: survives a crash of the process, and a power cut
    /// may take the last writes. About five times as fast.
    Normal,
}

/// What can go wrong in the engine itself, outside the answers that DynamoDB gives.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The database could not be opened: the folder is missing, the file is not ours, or a newer
    /// engine wrote it.
    #[error("cannot open the database {path}")]
    Open {
        /// The file.
        path: PathBuf,
        /// What the database said.
        #[source]
        source: DynoxideError,
    },
    /// A temporary copy of a database in memory could not be written.
    #[error("cannot use the temporary folder {path}")]
    Scratch {
        /// The folder.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
    /// The engine's thread could not be started.
    #[error("cannot start the engine's thread")]
    Thread(#[source] std::io::Error),
    /// The database refused something the engine needs for itself.
    #[error("the database failed to {what}")]
    Database {
        /// What was attempted.
        what: &'static str,
        /// What the database said.
        #[source]
        source: DynoxideError,
    },
    /// The table does not exist, or keeps no stream.
    #[error("the table {table} has no stream")]
    NoStream {
        /// The table.
        table: String,
    },
    /// A stream record is not what Lambda would send.
    #[error("a stream record of {table} cannot be read")]
    Record {
        /// The table.
        table: String,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// The database panicked during an operation.
    #[error("the database panicked: {message}")]
    Panicked {
        /// The panic's message.
        message: String,
    },
    /// The engine's thread is gone.
    #[error("the engine has stopped")]
    Stopped,
}

/// A DynamoDB on this machine, with streams. Cheap to clone; the database closes when the last
/// clone, client and runner is dropped.
///
/// What it does as AWS does was measured through the real SDK, with version 3.2.0 on 2026-11-22.
/// What it does not:
/// - Every read is strongly consistent, GSIs included, and there is one shard for ever.
/// - A `ClientRequestToken` is forgotten when the process ends (AWS keeps it ten minutes).
/// - `Scan` and `Query` without `Limit` read all that is left for each page of 1 MB: always send
///   `Limit`.
/// - Turning a stream off and on again brings its old records back. Deleting a table does not: we
///   remove them then.
/// - Values are checked by the rules of the newer operations everywhere; the wording of a few
///   validation messages of batch and transact operations differs from AWS, their status and type
///   do not.
#[derive(Clone)]
pub struct Engine {
    pub(crate) core: Arc<Core>,
}

impl Engine {
    /// An empty database in memory, gone with the last clone. About a millisecond.
    ///
    /// # Errors
    ///
    /// When the temporary folder cannot be written (the stream index comes from a template file),
    /// or no thread can be started.
    pub fn memory() -> Result<Engine, EngineError> {
        Self::in_memory(SystemClock::arc())
    }

    /// As [`Engine::memory`], with streams and TTL reading the time from `clock`. The clock must
    /// not go backwards: sequence numbers start at its microseconds.
    ///
    /// # Errors
    ///
    /// As [`Engine::memory`].
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a ManualClock is a handle; the caller keeps a clone"
    )]
    pub fn memory_at(clock: ManualClock) -> Result<Engine, EngineError> {
        Self::in_memory(clock.arc())
    }

    /// The database in the file `path`, made if it is not there; SQLite keeps two more files beside
    /// it. Nothing stops a second process from opening the same file, and its writes wake no
    /// [`crate::mapping::Runner`] of this one.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened or is no database of ours, or no thread can be started.
    pub fn open(path: &Path, durability: Durability) -> Result<Engine, EngineError> {
        let home = Home::File { path: path.to_owned(), durability };
        let database = open_file(path, durability)?;
        Self::start(database, home, SystemClock::arc())
    }

    /// A real SDK client. Its operations run on the engine's own thread, in order of arrival; a
    /// panic inside one becomes an `InternalServerError` answer. It needs a tokio runtime with time
    /// enabled, for the SDK's retries (at most 3 attempts, at most 100 ms apart).
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        self.dynamodb_with(Faults::none())
    }

    /// As [`Engine::dynamodb`], with `faults` on the way. Calls are numbered per client, from 0.
    pub fn dynamodb_with(&self, faults: Faults) -> aws_sdk_dynamodb::Client {
        connector::dynamodb_client(DynamoDb::threaded(self.clone()), faults)
    }

    /// As [`Engine::dynamodb_with`], but the operation runs on the caller's thread inside the poll
    /// of the call, so that a test that decides which future is polled decides the order of
    /// everything.
    pub fn inline_dynamodb_with(&self, faults: Faults) -> aws_sdk_dynamodb::Client {
        connector::dynamodb_client(DynamoDb::inline(self.clone()), faults)
    }

    /// Answers one request as DynamoDB does over HTTP: the `X-Amz-Target` header and the JSON body
    /// in, status and JSON body out. For whoever lets other processes reach the engine; nothing here
    /// listens by itself or checks who asks.
    pub async fn answer_http(&self, target: &str, body: String) -> (u16, String) {
        connector::answer_http(&DynamoDb::threaded(self.clone()), target, body).await
    }

    pub(crate) fn in_memory(clock: Arc<dyn Clock>) -> Result<Engine, EngineError> {
        let database = Database::memory_with_clock(Arc::clone(&clock))
            .map_err(|source| EngineError::Database { what: "open in memory", source })?;
        let scratch = Scratch::new()?;
        scratch.write(template()?)?;
        scratch.restore_into(&database)?;
        Self::start(database, Home::Memory, clock)
    }

    fn start(database: Database, home: Home, clock: Arc<dyn Clock>) -> Result<Engine, EngineError> {
        let (jobs, queue) = mpsc::channel::<Job>();
        std::thread::Builder::new()
            .name("engine".into())
            .spawn(move || queue.into_iter().for_each(|job| job()))
            .map_err(EngineError::Thread)?;
        let writes = watch::Sender::new(0);
        let database = RwLock::new(database);
        Ok(Engine { core: Arc::new(Core { database, home, clock, jobs, writes }) })
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("home", &self.core.home).finish_non_exhaustive()
    }
}

type Job = Box<dyn FnOnce() + Send>;

/// Where the database lives.
#[derive(Debug)]
pub(crate) enum Home {
    Memory,
    File { path: PathBuf, durability: Durability },
}

/// What all clones of an engine share.
pub(crate) struct Core {
    /// Read by every operation (the database serialises them itself); written when it is replaced.
    pub(crate) database: RwLock<Database>,
    pub(crate) home: Home,
    pub(crate) clock: Arc<dyn Clock>,
    jobs: mpsc::Sender<Job>,
    /// Counts write operations, for the stream runners that wait for one.
    pub(crate) writes: watch::Sender<u64>,
}

impl Core {
    /// Runs `work` here and now. A panic inside is an error; a database in a file is then opened
    /// anew, because its lock is poisoned and its transaction half done. One in memory has nothing
    /// to be opened from: it answers errors from then on.
    pub(crate) fn run<T>(&self, work: impl FnOnce(&Database) -> T) -> Result<T, EngineError> {
        let outcome = {
            let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
            catch_unwind(AssertUnwindSafe(|| work(&database)))
        };
        outcome.map_err(|panic| {
            let message = message_of(panic.as_ref());
            tracing::error!(message, "the embedded database panicked");
            if let Err(error) = self.reopen() {
                tracing::error!(%error, "the embedded database stays broken");
            }
            EngineError::Panicked { message }
        })
    }

    fn reopen(&self) -> Result<(), EngineError> {
        if let Home::File { path, durability } = &self.home {
            let mut database = self.database.write().unwrap_or_else(PoisonError::into_inner);
            *database = open_file(path, *durability)?;
        }
        Ok(())
    }

    /// Tells the stream runners that something was written.
    pub(crate) fn announce_write(&self) {
        self.writes.send_modify(|count| *count += 1);
    }

    /// Runs `work` on the engine's thread.
    pub(crate) async fn on_thread<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Core) -> T + Send + 'static,
    ) -> Result<T, EngineError> {
        let (reply, answer) = oneshot::channel();
        let core = Arc::clone(self);
        let job: Job = Box::new(move || {
            let outcome = catch_unwind(AssertUnwindSafe(|| work(&core)));
            let outcome = outcome
                .map_err(|panic| EngineError::Panicked { message: message_of(panic.as_ref()) });
            if reply.send(outcome).is_err() {
                tracing::debug!("the caller did not wait for the engine's answer");
            }
        });
        if self.jobs.send(job).is_err() {
            return Err(EngineError::Stopped);
        }
        answer.await.unwrap_or(Err(EngineError::Stopped))
    }
}

/// Opens the file, with the stream index that the database itself does not make.
fn open_file(path: &Path, durability: Durability) -> Result<Database, EngineError> {
    let failed = |source| EngineError::Open { path: path.to_owned(), source };
    let name = path.to_string_lossy();
    index_stream(&Storage::new(&name).map_err(failed)?).map_err(failed)?;
    let database = Database::new(&name).map_err(failed)?;
    if durability == Durability::Normal {
        // The name is the database's; its effect is `synchronous = NORMAL`.
        database.disable_bulk_loading().map_err(failed)?;
    }
    Ok(database)
}

/// Without this index a write to a table with a stream reads the whole stream; `workarounds.rs`
/// tells when that is no longer so.
fn index_stream(storage: &Storage) -> Result<(), DynoxideError> {
    storage.conn().execute_batch(STREAM_INDEX)?;
    Ok(())
}

const STREAM_INDEX: &str = "CREATE INDEX IF NOT EXISTS annals_stream_order
    ON _stream_records(table_name, CAST(sequence_number AS INTEGER))";

/// The pages of an empty database with the stream index, made once per process. A database in
/// memory cannot be reached by SQL, but it can be restored from a file.
fn template() -> Result<&'static [u8], EngineError> {
    static TEMPLATE: OnceLock<Vec<u8>> = OnceLock::new();
    if let Some(pages) = TEMPLATE.get() {
        return Ok(pages);
    }
    let scratch = Scratch::new()?;
    scratch.edit(index_stream)?;
    let pages = scratch.read()?;
    Ok(TEMPLATE.get_or_init(|| pages))
}

/// What a panic said.
pub(crate) fn message_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}
