//! How far something is: a line that changes on a terminal, a line now and then elsewhere. On stderr.

use crate::output::say;
use indicatif::{ProgressBar, ProgressDrawTarget};
use std::io::{IsTerminal, stderr};
use std::time::{Duration, Instant};

const LINE_EVERY: Duration = Duration::from_secs(5);

/// The progress of one command.
#[derive(Debug)]
pub(super) struct Progress {
    line: Option<ProgressBar>,
    told: Instant,
}

impl Progress {
    pub(super) fn begin() -> Self {
        let line = stderr().is_terminal().then(|| {
            let target = ProgressDrawTarget::stderr_with_hz(10);
            ProgressBar::with_draw_target(None, target)
        });
        Self { line, told: Instant::now() }
    }

    /// Shows how far it is, if it is time to.
    pub(super) fn tick(&mut self, words: impl FnOnce() -> String) {
        if let Some(line) = &self.line {
            line.set_message(words());
            line.tick();
        } else if self.told.elapsed() >= LINE_EVERY {
            self.told = Instant::now();
            say(&words());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(line) = &self.line {
            line.finish_and_clear();
        }
    }
}
