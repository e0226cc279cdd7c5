//! `annals audit`: search, export, verify.

pub(crate) mod args;
mod download;
mod export;
pub(crate) mod filter;
mod heads;
mod offline;
mod progress;
mod search;
mod told;
mod verify;

use crate::api::Api;
use crate::error::Failure;
use crate::output::Output;
use args::Audit;
use std::path::Path;

/// What needs the server.
pub(crate) fn spoken(api: &Api, asked: &Audit, output: Output) -> Result<u8, Failure> {
    match asked {
        Audit::Search(asked) => search::search(api, asked, output).map(|()| 0),
        Audit::Export(asked) => export::export(api, asked, output).map(|()| 0),
        Audit::Verify(asked) => match &asked.export {
            Some(folder) => offline::verify(folder, output),
            None => verify::verify(api, asked, output),
        },
    }
}

/// The folder of what needs no server.
pub(crate) fn offline(asked: &Audit) -> Option<&Path> {
    match asked {
        Audit::Verify(asked) => asked.export.as_deref(),
        Audit::Search(_) | Audit::Export(_) => None,
    }
}

/// `annals audit verify --export`.
pub(crate) fn verify_offline(folder: &Path, output: Output) -> Result<u8, Failure> {
    offline::verify(folder, output)
}

/// What is wrong with commits, as a verification tells it; the exit code. `about` are further members for programs.
///
/// # Errors
/// [`Failure::Output`].
pub(crate) fn findings(
    report: &::verify::Report,
    about: serde_json::Map<String, serde_json::Value>,
    output: Output,
) -> Result<u8, Failure> {
    told::told(report, about, output)
}
