//! Where objects are kept: files of a folder, or memory.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Bucket and key.
type Name = (String, String);

pub(super) enum Home {
    Memory(Mutex<BTreeMap<Name, Kept>>),
    Folder(PathBuf),
}

/// An object as a listing tells of it.
pub(super) struct Listed {
    pub(super) key: String,
    pub(super) size: usize,
    pub(super) put_at_ms: i64,
}

pub(super) struct Kept {
    body: Vec<u8>,
    put_at_ms: i64,
}

/// Why an object cannot be kept or found.
#[derive(Debug)]
pub(super) enum KeptError {
    /// The key is no path of a file.
    Key,
    /// The file system fails.
    File(std::io::Error),
}

impl From<std::io::Error> for KeptError {
    fn from(error: std::io::Error) -> KeptError {
        KeptError::File(error)
    }
}

impl fmt::Debug for Home {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Home::Memory(_) => f.write_str("Memory"),
            Home::Folder(folder) => write!(f, "Folder({})", folder.display()),
        }
    }
}

impl Home {
    pub(super) fn memory() -> Home {
        Home::Memory(Mutex::default())
    }

    pub(super) fn folder(folder: &Path) -> Home {
        Home::Folder(folder.to_owned())
    }

    pub(super) fn put(
        &self,
        bucket: &str,
        key: &str,
        body: Vec<u8>,
        now_ms: i64,
    ) -> Result<(), KeptError> {
        match self {
            Home::Memory(objects) => {
                let kept = Kept { body, put_at_ms: now_ms };
                locked(objects).insert((bucket.to_owned(), key.to_owned()), kept);
                Ok(())
            }
            Home::Folder(folder) => {
                Ok(written(folder, &file(folder, bucket, key)?, &body, now_ms)?)
            }
        }
    }

    pub(super) fn get(&self, bucket: &str, key: &str) -> Result<Option<Vec<u8>>, KeptError> {
        match self {
            Home::Memory(objects) => {
                let name = (bucket.to_owned(), key.to_owned());
                Ok(locked(objects).get(&name).map(|kept| kept.body.clone()))
            }
            Home::Folder(folder) => match std::fs::read(file(folder, bucket, key)?) {
                Ok(body) => Ok(Some(body)),
                Err(error) if is_absence(&error) => Ok(None),
                Err(error) => Err(error.into()),
            },
        }
    }

    pub(super) fn delete(&self, bucket: &str, key: &str) -> Result<(), KeptError> {
        match self {
            Home::Memory(objects) => {
                locked(objects).remove(&(bucket.to_owned(), key.to_owned()));
                Ok(())
            }
            Home::Folder(folder) => match std::fs::remove_file(file(folder, bucket, key)?) {
                Err(error) if !is_absence(&error) => Err(error.into()),
                Ok(()) | Err(_) => Ok(()),
            },
        }
    }

    pub(super) fn keys(&self, bucket: &str) -> Vec<String> {
        match self {
            Home::Memory(objects) => {
                let objects = locked(objects);
                let of_bucket = objects.keys().filter(|(of, _)| of == bucket);
                of_bucket.map(|(_, key)| key.clone()).collect()
            }
            Home::Folder(folder) => {
                let bucket = folder.join(bucket);
                let mut keys: Vec<String> =
                    files(&bucket).iter().filter_map(|file| key_of(&bucket, file)).collect();
                keys.sort();
                keys
            }
        }
    }

    /// The objects of a bucket, in the order of their keys. One that goes meanwhile is left out.
    pub(super) fn listed(&self, bucket: &str) -> Vec<Listed> {
        match self {
            Home::Memory(objects) => {
                let objects = locked(objects);
                let of_bucket = objects.iter().filter(|((of, _), _)| of == bucket);
                let listed = of_bucket.map(|((_, key), kept)| Listed {
                    key: key.clone(),
                    size: kept.body.len(),
                    put_at_ms: kept.put_at_ms,
                });
                listed.collect()
            }
            Home::Folder(folder) => {
                let listed = self.keys(bucket).into_iter().filter_map(|key| {
                    let file = file(folder, bucket, &key).ok()?;
                    let size = usize::try_from(std::fs::metadata(&file).ok()?.len()).ok()?;
                    Some(Listed { size, put_at_ms: put_at_ms(&file)?, key })
                });
                listed.collect()
            }
        }
    }

    /// Deletes what was put before a time.
    pub(super) fn expire(&self, bucket: &str, before_ms: i64) -> usize {
        match self {
            Home::Memory(objects) => {
                let mut objects = locked(objects);
                let all = objects.len();
                objects.retain(|(of, _), kept| of != bucket || kept.put_at_ms >= before_ms);
                all - objects.len()
            }
            Home::Folder(folder) => {
                let old = files(&folder.join(bucket))
                    .into_iter()
                    .filter(|file| put_at_ms(file).is_some_and(|put| put < before_ms));
                old.filter(|file| match std::fs::remove_file(file) {
                    Ok(()) => {
                        remove_empty_above(file, folder);
                        true
                    }
                    Err(error) => {
                        tracing::warn!(%error, file = %file.display(), "an old object stays");
                        false
                    }
                })
                .count()
            }
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn is_absence(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}

/// The file of an object: below the folder, whatever the key says.
fn file(folder: &Path, bucket: &str, key: &str) -> Result<PathBuf, KeptError> {
    let mut path = folder.to_owned();
    for part in std::iter::once(bucket).chain(key.split('/')) {
        let is_name = !part.is_empty() && part != "." && part != ".." && !part.starts_with(WRITING);
        if !is_name || part.contains(['\\', ':', '\0']) {
            return Err(KeptError::Key);
        }
        path.push(part);
    }
    Ok(path)
}

/// What the name of a file begins with while it is written.
const WRITING: &str = ".writing-";

/// Written aside, on the disk, and only then in its place.
fn written(folder: &Path, file: &Path, body: &[u8], now_ms: i64) -> std::io::Result<()> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let parent = file.parent().unwrap_or(folder);
    private_folder(parent)?;
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let aside = parent.join(format!("{WRITING}{}-{number}", std::process::id()));
    let mut writing = private_file(&aside)?;
    let kept = writing
        .write_all(body)
        .and_then(|()| writing.set_modified(time(now_ms)))
        .and_then(|()| writing.sync_all())
        .and_then(|()| std::fs::rename(&aside, file));
    if kept.is_err()
        && let Err(error) = std::fs::remove_file(&aside)
    {
        tracing::warn!(%error, file = %aside.display(), "a half-written object stays behind");
    }
    kept?;
    File::open(parent)?.sync_all()
}

fn time(ms: i64) -> SystemTime {
    let since = Duration::from_millis(u64::try_from(ms).unwrap_or(0));
    UNIX_EPOCH.checked_add(since).unwrap_or(UNIX_EPOCH)
}

fn put_at_ms(file: &Path) -> Option<i64> {
    let modified = std::fs::metadata(file).ok()?.modified().ok()?;
    i64::try_from(modified.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()
}

/// Open to its owner only, as all that holds people's data.
fn private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn private_file(path: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// The files below a folder; none where it is not there.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found = Vec::new();
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

fn key_of(bucket: &Path, file: &Path) -> Option<String> {
    let parts = file.strip_prefix(bucket).ok()?.iter().map(|part| part.to_str());
    let key = parts.collect::<Option<Vec<_>>>()?.join("/");
    let name = file.file_name()?.to_str()?;
    (!name.starts_with(WRITING)).then_some(key)
}

/// Takes away the folders that a deleted file leaves empty.
fn remove_empty_above(file: &Path, until: &Path) {
    let mut folder = file.parent();
    while let Some(empty) = folder.filter(|folder| *folder != until) {
        // One that still holds something is refused, and all above it hold it.
        if std::fs::remove_dir(empty).is_err() {
            return;
        }
        folder = empty.parent();
    }
}
