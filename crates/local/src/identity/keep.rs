//! The file of the identity provider: who is there and who is signed in, written before it counts.

use super::directory::Account;
use super::grants::Family;
use super::mail::Mail;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// All that outlives the process.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    /// People by username.
    pub(super) accounts: BTreeMap<String, Account>,
    /// The groups that somebody may be in.
    pub(super) groups: BTreeSet<String>,
    /// What came of each sign-in, by the id that its tokens carry as `origin_jti`.
    pub(super) families: BTreeMap<String, Family>,
    /// What would have been e-mailed, oldest first.
    pub(super) mail: Vec<Mail>,
}

/// The state cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// The file cannot be read or written.
    #[error("the file {} of the identity provider cannot be used", .file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file holds something else.
    #[error("the file {} is not what the identity provider keeps", .file.display())]
    Content {
        /// The file.
        file: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

/// The state, and its file where there is one.
#[derive(Debug)]
pub(super) struct Keep {
    file: Option<PathBuf>,
    state: Mutex<State>,
}

impl Keep {
    /// The state of a file, empty where the file is not there yet; without a file, in memory only.
    pub(super) fn open(file: Option<PathBuf>) -> Result<Self, KeepError> {
        let state = match &file {
            Some(file) => read(file)?,
            None => State::default(),
        };
        Ok(Self { file, state: Mutex::new(state) })
    }

    /// Looks at the state.
    pub(super) fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.locked())
    }

    /// Changes the state as a whole: the change counts once it is in the file, and not at all when
    /// `change` fails or the file cannot be written. One change at a time.
    pub(super) fn change<T, E: From<KeepError>>(
        &self,
        change: impl FnOnce(&mut State) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut state = self.locked();
        let mut changed = state.clone();
        let outcome = change(&mut changed)?;
        if changed != *state {
            if let Some(file) = &self.file {
                write(file, &changed)?;
            }
            *state = changed;
        }
        Ok(outcome)
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        // A state is put there whole or not at all, so a panic elsewhere leaves nothing half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(file: &Path) -> Result<State, KeepError> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(State::default()),
        Err(source) => return Err(KeepError::File { file: file.to_owned(), source }),
    };
    serde_json::from_str(&text)
        .map_err(|source| KeepError::Content { file: file.to_owned(), source })
}

fn write(file: &Path, state: &State) -> Result<(), KeepError> {
    let text = serde_json::to_string_pretty(state)
        .map_err(|source| KeepError::Content { file: file.to_owned(), source })?;
    write_private(file, &text).map_err(|source| KeepError::File { file: file.to_owned(), source })
}

/// Writes a file that only its owner can read, whole or not at all.
pub(crate) fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let scratch = path.with_extension("new");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // What an interrupted start left behind may have any mode.
    match std::fs::remove_file(&scratch) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut file = options.open(&scratch)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(scratch, path)?;
    // The name, too, must be on the disk; only Unix lets a folder be opened for that.
    #[cfg(unix)]
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Failed;

    impl From<KeepError> for Failed {
        fn from(_error: KeepError) -> Self {
            Self
        }
    }

    fn named(keep: &Keep, group: &str) -> Result<(), Failed> {
        keep.change(|state| {
            state.groups.insert(group.to_owned());
            Ok(())
        })
    }

    #[test]
    fn what_was_changed_is_there_when_the_file_is_opened_again() {
        let folder = std::env::temp_dir().join(format!("annals-keep-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("identity.json");
        named(&Keep::open(Some(file.clone())).unwrap(), "viewers").unwrap();
        let again = Keep::open(Some(file)).unwrap();
        assert!(again.read(|state| state.groups.contains("viewers")));
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_cannot_be_written_does_not_count() {
        let keep = Keep::open(Some(PathBuf::from("/nowhere/identity.json"))).unwrap();
        named(&keep, "viewers").unwrap_err();
        assert!(keep.read(|state| state.groups.is_empty()));
    }

    #[test]
    fn a_change_that_fails_halfway_leaves_nothing() {
        let keep = Keep::open(None).unwrap();
        let outcome: Result<(), Failed> = keep.change(|state| {
            state.groups.insert("viewers".to_owned());
            Err(Failed)
        });
        outcome.unwrap_err();
        assert!(keep.read(|state| state.groups.is_empty()));
    }
}
