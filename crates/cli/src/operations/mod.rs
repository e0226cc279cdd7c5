//! `annals views`, `parked`, `failures`, `replay`, `log`: what operators do.

mod act;
pub(crate) mod args;
mod failures;
mod follow;
pub(crate) mod log;
mod parked;
mod rebuild;
mod rebuilds;
mod replay;
mod shown;
mod told;
pub(crate) mod views;

use crate::api::Api;
use crate::error::Failure;
use crate::output::Output;
use crate::records::Consent;
use args::{Failures, Log, Parked, Replay, Views};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Where an operator sits: the API, whom to ask, how data is written, and what Ctrl-C sets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Desk<'a> {
    pub(crate) api: &'a Api,
    pub(crate) consent: Consent,
    pub(crate) output: Output,
    pub(crate) stop: &'a Arc<AtomicBool>,
}

impl Desk<'_> {
    /// `annals views`: the exit code.
    pub(crate) fn views(&self, asked: &Views) -> Result<u8, Failure> {
        match asked {
            Views::List => views::list(self),
            Views::Show { view } => views::show(self, view),
            Views::Rebuild(asked) => rebuilds::rebuild(self, asked),
            Views::Status(asked) => rebuilds::status(self, asked),
            Views::Pause(asked) => rebuilds::pause(self, asked),
            Views::Resume(asked) => rebuilds::resume(self, asked),
            Views::Cancel(asked) => rebuilds::cancel(self, asked),
            Views::Verify(asked) => rebuilds::verify(self, asked),
            Views::Promote(asked) => views::promote(self, asked),
            Views::Rollback(asked) => views::roll_back(self, asked),
            Views::Retire(asked) => views::retire(self, asked),
            Views::Repair(asked) => rebuilds::repair(self, asked),
            Views::Reconcile(asked) => rebuilds::reconcile(self, asked),
        }
    }

    /// `annals parked`: the exit code.
    pub(crate) fn parked(&self, asked: &Parked) -> Result<u8, Failure> {
        match asked {
            Parked::List(asked) => parked::list(self, asked),
            Parked::Retry(asked) => parked::retry(self, asked),
            Parked::Skip(asked) => parked::skip(self, asked),
        }
    }

    /// `annals failures`: the exit code.
    pub(crate) fn failures(&self, asked: &Failures) -> Result<u8, Failure> {
        match asked {
            Failures::List(asked) => failures::list(self, asked),
            Failures::Drive(asked) => failures::drive(self, asked),
        }
    }

    /// `annals replay`: the exit code.
    pub(crate) fn replay(&self, asked: &Replay) -> Result<u8, Failure> {
        match asked {
            Replay::Publish(asked) => replay::publish(self, asked),
            Replay::Status(asked) => replay::status(self, asked),
            Replay::Cancel(asked) => replay::cancel(self, asked),
        }
    }

    /// `annals log`: the exit code.
    pub(crate) fn log(&self, asked: &Log) -> Result<u8, Failure> {
        match asked {
            Log::Status => log::status(self),
            Log::Recover(asked) => log::recover(self, asked),
            // These need no desk and were done before.
            Log::Export(_) | Log::Import(_) | Log::Check(_) => Ok(0),
        }
    }
}
