//! How far something is: a bar on a terminal, plain lines in a log, JSON for programs. On stderr.

use crate::output::{say, shown};
use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use serde_json::{Value, json};
use std::fmt;
use std::time::{Duration, Instant};

/// How often there is a look at how far it is.
pub(crate) const TICK: Duration = Duration::from_millis(100);
const PLAIN_EVERY: Duration = Duration::from_secs(5);
const JSON_EVERY: Duration = Duration::from_secs(1);

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

/// How far something is, in the words of each way of showing it.
pub(crate) trait Far {
    /// How much of the bar's length is done.
    fn position(&self) -> u64;
    /// What stands behind the bar.
    fn beside(&self) -> String;
    /// A line of a log.
    fn in_words(&self, elapsed: Duration) -> String;
    /// A line for programs.
    fn json(&self, elapsed: Duration) -> Value;
}

/// How a bar looks: its length, and its form as `indicatif` has it. `{rate}` is the whole number of
/// steps per second.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bar {
    pub(crate) length: u64,
    pub(crate) form: &'static str,
}

/// The progress of one command.
#[derive(Debug)]
pub(crate) struct Progress {
    mode: Mode,
    bar: ProgressBar,
    begun: Instant,
    told: Instant,
}

impl Progress {
    /// Begins to show it. Whether stderr is a terminal is the caller's to say.
    pub(crate) fn begin(mode: Mode, terminal: bool, bar: Bar) -> Self {
        let mode = mode.chosen(terminal);
        let target = if mode == Mode::Bar {
            ProgressDrawTarget::stderr_with_hz(10)
        } else {
            ProgressDrawTarget::hidden()
        };
        let Bar { length, form } = bar;
        let bar = ProgressBar::with_draw_target(Some(length), target);
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
    pub(crate) fn tick(&mut self, far: &impl Far) {
        match self.mode {
            Mode::Bar => {
                self.bar.set_position(far.position());
                self.bar.set_message(far.beside());
            }
            Mode::Plain => {
                if self.is_time(PLAIN_EVERY) {
                    say(&far.in_words(self.begun.elapsed()));
                }
            }
            Mode::Json => {
                if self.is_time(JSON_EVERY) {
                    say(&far.json(self.begun.elapsed()).to_string());
                }
            }
            Mode::Auto | Mode::None => {}
        }
    }

    /// Whether people follow it.
    pub(crate) fn is_for_people(&self) -> bool {
        matches!(self.mode, Mode::Bar | Mode::Plain)
    }

    /// Says what must be known now, without tearing the bar; to programs as `{"told": "…"}`. It is said
    /// even where no progress is shown.
    pub(crate) fn above(&self, text: &str) {
        let text = shown(text);
        match self.mode {
            Mode::Json => say(&json!({ "told": text }).to_string()),
            Mode::Bar | Mode::Plain | Mode::Auto | Mode::None => self.bar.suspend(|| say(&text)),
        }
    }

    /// Takes the bar away and says how it ended.
    pub(crate) fn end(&self, far: &impl Far) {
        self.bar.finish_and_clear();
        if self.mode == Mode::Json {
            say(&far.json(self.begun.elapsed()).to_string());
        }
    }

    fn is_time(&mut self, every: Duration) -> bool {
        let due = self.told.elapsed() >= every;
        if due {
            self.told = Instant::now();
        }
        due
    }
}

impl Drop for Progress {
    /// However it ends, the bar does not stay behind.
    fn drop(&mut self) {
        self.bar.finish_and_clear();
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
