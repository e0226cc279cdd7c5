//! How far an import is: a bar on a terminal, plain lines in a log, JSON for programs. On stderr.

use super::tally::Tally;
use crate::output::{say, shown};
use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use serde_json::json;
use std::fmt;
use std::time::{Duration, Instant};

/// How often there is a look at how far it is.
pub(super) const TICK: Duration = Duration::from_millis(100);
const PLAIN_EVERY: Duration = Duration::from_secs(5);
const JSON_EVERY: Duration = Duration::from_secs(1);
/// So many refused rows are told one by one; the report has all of them.
const TOLD_MAX: u64 = 20;

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    /// A bar on a terminal, plain lines otherwise.
    Auto,
    /// A bar.
    Bar,
    /// A line now and then.
    Plain,
    /// A JSON document per line.
    Json,
    /// Not at all.
    None,
}

impl Mode {
    /// What `auto` means here.
    fn chosen(self, terminal: bool) -> Self {
        match self {
            Self::Auto if terminal => Self::Bar,
            Self::Auto | Self::Plain => Self::Plain,
            Self::Bar => Self::Bar,
            Self::Json => Self::Json,
            Self::None => Self::None,
        }
    }
}

/// The progress of one import.
#[derive(Debug)]
pub(super) struct Progress {
    mode: Mode,
    bar: ProgressBar,
    begun: Instant,
    told: Instant,
}

impl Progress {
    /// Begins to show it. Whether stderr is a terminal is the caller's to say.
    pub(super) fn begin(mode: Mode, terminal: bool, rows: u64) -> Self {
        let mode = mode.chosen(terminal);
        let target = if mode == Mode::Bar {
            ProgressDrawTarget::stderr_with_hz(10)
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(rows), target);
        let form = "{bar:30} {pos} of {len} rows, {rate} rows/s, {eta} left {msg}";
        // The form is one that is known to be good; without it the bar looks plainer.
        if let Ok(style) = ProgressStyle::with_template(form) {
            let rate = |state: &ProgressState, out: &mut dyn fmt::Write| {
                // What cannot be drawn now is drawn a moment later.
                write!(out, "{:.0}", state.per_sec()).unwrap_or_default();
            };
            bar.set_style(style.with_key("rate", rate));
        }
        let now = Instant::now();
        Self { mode, bar, begun: now, told: now }
    }

    /// Shows how far it is, if it is time to.
    pub(super) fn tick(&mut self, tally: &Tally) {
        match self.mode {
            Mode::Bar => {
                self.bar.set_position(tally.settled());
                if tally.refused > 0 {
                    self.bar.set_message(format!("({} refused)", tally.refused));
                }
            }
            Mode::Plain => {
                if self.is_time(PLAIN_EVERY) {
                    say(&tally.in_words(self.begun.elapsed()));
                }
            }
            Mode::Json => {
                if self.is_time(JSON_EVERY) {
                    say(&self.json(tally));
                }
            }
            Mode::Auto | Mode::None => {}
        }
    }

    /// Tells of a refused row without tearing the bar.
    pub(super) fn refused(&self, tally: &Tally, line: u64, reason: &str) {
        if self.mode == Mode::None || self.mode == Mode::Json {
            return;
        }
        if tally.refused <= TOLD_MAX {
            self.bar.suspend(|| say(&shown(&format!("line {line}: {reason}"))));
        } else if tally.refused == TOLD_MAX + 1 {
            self.bar.suspend(|| say("further refused rows are in the report only"));
        }
    }

    /// Takes the bar away and says how it ended.
    pub(super) fn end(&self, tally: &Tally) {
        self.bar.finish_and_clear();
        if self.mode == Mode::Json {
            say(&self.json(tally));
        }
    }

    fn is_time(&mut self, every: Duration) -> bool {
        let due = self.told.elapsed() >= every;
        if due {
            self.told = Instant::now();
        }
        due
    }

    fn json(&self, tally: &Tally) -> String {
        json!({
            "rows": tally.rows,
            "settled": tally.settled(),
            "created": tally.created,
            "already_there": tally.already_there,
            "refused": tally.refused,
            "rows_per_second": tally.rows_per_second(self.begun.elapsed()),
        })
        .to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_for_terminals_only_unless_it_is_asked_for() {
        assert_eq!(Mode::Auto.chosen(true), Mode::Bar);
        assert_eq!(Mode::Auto.chosen(false), Mode::Plain);
        for asked in [Mode::Bar, Mode::Plain, Mode::Json, Mode::None] {
            assert_eq!(asked.chosen(true), asked);
            assert_eq!(asked.chosen(false), asked);
        }
    }
}
