//! `annals log export`, `import` and `check`: a log carried from one event table to another, byte for byte.
//!
//! These speak to DynamoDB itself, with the operator's own AWS credentials, and need no sign-in: the API
//! gives nobody the commits of other workspaces. What is carried are the items of the event table and
//! nothing else, because everything else is made of them. The file's form is in docs/format.md.

mod export;
mod fault;
mod file;
mod follow;
mod import;
mod line;
mod table;
mod told;

pub(crate) use fault::Fault;

use crate::error::Failure;
use crate::operations::args::Log;
use crate::output::Output;
use crate::records::Consent;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// What of `annals log` needs no API: the exit code; `None` for the rest.
pub(crate) fn carried(
    asked: &Log,
    consent: Consent,
    output: Output,
) -> Option<Result<u8, Failure>> {
    let stop = Arc::new(AtomicBool::new(false));
    match asked {
        Log::Export(asked) => Some(waited(&stop, export::export(asked, output, &stop))),
        Log::Import(asked) => Some(waited(&stop, import::import(asked, consent, output, &stop))),
        Log::Check(asked) => Some(file::check(&asked.file, asked.sha256.as_deref(), output)),
        Log::Status | Log::Recover(_) => None,
    }
}

/// Runs it to its end on this thread.
fn waited(
    stop: &Arc<AtomicBool>,
    work: impl Future<Output = Result<u8, Failure>>,
) -> Result<u8, Failure> {
    crate::interrupt::listen(stop)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(work)
}
