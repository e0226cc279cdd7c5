//! Upkeep that DynamoDB does unasked: expiring items, trimming streams, and the indexes that make a
//! scan by segments cheap.

use std::path::PathBuf;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};

use dynoxide::storage::Storage;
use dynoxide::{Database, DynoxideError};

use crate::database::{Core, Engine, EngineError, Home};

/// How long AWS keeps a stream record (DynamoDB developer guide, "DynamoDB Streams", read 2026-11-22).
const STREAM_RETENTION_S: i64 = 24 * 60 * 60;

/// What a sweep removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Items whose TTL had passed.
    pub expired: usize,
    /// Stream records older than 24 hours.
    pub trimmed: usize,
}

impl Engine {
    /// Deletes expired items (each leaves a REMOVE record with the TTL identity in the stream) and
    /// stream records older than 24 hours before `now_ms`. AWS does both by itself; call this at
    /// the start and every hour. Expiry is judged by the engine's clock, not by `now_ms`.
    ///
    /// A database in a file is trimmed from a second connection while others go on; one in memory
    /// is copied out and back, during which its operations wait.
    ///
    /// # Errors
    ///
    /// When the database fails, or (in memory) the temporary folder does.
    pub async fn sweep(&self, now_ms: i64) -> Result<Swept, EngineError> {
        let cutoff_s = now_ms.div_euclid(1000) - STREAM_RETENTION_S;
        self.core
            .on_thread(move |core| {
                let expired = core
                    .run(Database::sweep_ttl)?
                    .map_err(|source| EngineError::Database { what: "expire items", source })?;
                if expired > 0 {
                    core.announce_write();
                }
                let trimmed = core.edit(|storage| trim(storage, cutoff_s))?;
                Ok(Swept { expired, trimmed })
            })
            .await?
    }

    /// Makes a scan of `table` by segments read only its own part; without it each page of each
    /// segment sorts the whole table (21 ms against 200 ms a page at a million items). Costs a
    /// little on every write, so it is for the tables that are rebuilt from. Doing it again changes nothing.
    ///
    /// # Errors
    ///
    /// When there is no such table, or as [`Engine::sweep`].
    pub async fn index_segments(&self, table: &str) -> Result<(), EngineError> {
        let table = table.replace('"', "\"\"");
        let sql = format!(
            "CREATE INDEX IF NOT EXISTS \"annals_segments_{table}\" ON \"{table}\"(hash_prefix, pk, sk)"
        );
        self.core
            .on_thread(move |core| {
                core.edit(|storage| {
                    storage.conn().execute_batch(&sql)?;
                    Ok(())
                })
            })
            .await?
    }
}

impl Core {
    /// Forgets the stream of a deleted table; the database would bring it back with the next table
    /// of that name.
    pub(crate) fn forget_stream(&self, table: &str) -> Result<(), EngineError> {
        self.edit(|storage| {
            storage.conn().execute("DELETE FROM _stream_records WHERE table_name = ?1", [table])?;
            Ok(())
        })
    }

    /// Changes the tables below DynamoDB's, by SQL.
    fn edit<T>(
        &self,
        change: impl FnOnce(&Storage) -> Result<T, DynoxideError>,
    ) -> Result<T, EngineError> {
        match &self.home {
            Home::File { path, .. } => {
                let failed = |source| EngineError::Open { path: path.clone(), source };
                let storage = Storage::new(&path.to_string_lossy()).map_err(failed)?;
                change(&storage).map_err(failed)
            }
            Home::Memory => {
                let scratch = Scratch::new()?;
                let database = self.database.write().unwrap_or_else(PoisonError::into_inner);
                database
                    .vacuum_into(&scratch.file())
                    .map_err(|source| EngineError::Database { what: "copy itself out", source })?;
                let changed = scratch.edit(change)?;
                scratch.restore_into(&database)?;
                Ok(changed)
            }
        }
    }
}

fn trim(storage: &Storage, cutoff_s: i64) -> Result<usize, DynoxideError> {
    let sql = "DELETE FROM _stream_records WHERE created_at < ?1";
    Ok(storage.conn().execute(sql, [cutoff_s])?)
}

/// A temporary folder with one database file in it, removed when dropped.
pub(crate) struct Scratch {
    folder: PathBuf,
}

impl Scratch {
    pub(crate) fn new() -> Result<Scratch, EngineError> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let random = fastrand::u64(..);
        let name = format!("annals-engine-{}-{number}-{random:x}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let made = std::fs::create_dir(&folder);
        made.map_err(|source| EngineError::Scratch { path: folder.clone(), source })?;
        Ok(Scratch { folder })
    }

    fn path(&self) -> PathBuf {
        self.folder.join("copy.db")
    }

    pub(crate) fn file(&self) -> String {
        self.path().to_string_lossy().into_owned()
    }

    pub(crate) fn write(&self, pages: &[u8]) -> Result<(), EngineError> {
        std::fs::write(self.path(), pages).map_err(|source| self.failed(source))
    }

    pub(crate) fn read(&self) -> Result<Vec<u8>, EngineError> {
        std::fs::read(self.path()).map_err(|source| self.failed(source))
    }

    /// Opens the file (making it if need be), changes it, and closes it.
    pub(crate) fn edit<T>(
        &self,
        change: impl FnOnce(&Storage) -> Result<T, DynoxideError>,
    ) -> Result<T, EngineError> {
        let failed = |source| EngineError::Open { path: self.path(), source };
        let storage = Storage::new(&self.file()).map_err(failed)?;
        change(&storage).map_err(failed)
    }

    pub(crate) fn restore_into(&self, database: &Database) -> Result<(), EngineError> {
        database
            .restore_from(&self.file())
            .map_err(|source| EngineError::Database { what: "take its copy back", source })
    }

    fn failed(&self, source: std::io::Error) -> EngineError {
        EngineError::Scratch { path: self.folder.clone(), source }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.folder) {
            tracing::warn!(%error, folder = %self.folder.display(), "a temporary folder stays behind");
        }
    }
}
