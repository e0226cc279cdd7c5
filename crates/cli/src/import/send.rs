//! Sending the rows: one thread reads, several send, one counts.

use super::columns::Columns;
use super::examine::Source;
use super::task::{Task, Tasks};
use crate::api::{Api, Call};
use crate::error::Failure;
use crate::problem::Problem;
use http::Method;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};

/// What became of a row.
#[derive(Debug)]
pub(super) enum Outcome {
    Created,
    /// An earlier import has created it.
    AlreadyThere,
    /// The API or the file's form refuses it, for a reason.
    Refused {
        reason: String,
        cells: Vec<String>,
    },
}

/// What one of the threads tells.
#[derive(Debug)]
pub(super) enum News {
    /// A row is settled.
    Row { number: u64, line: u64, outcome: Outcome },
    /// A row is not settled and cannot be for now: nothing more is sent.
    Stopped { line: u64, failure: Failure },
    /// The file has changed under our hands.
    Unreadable(Failure),
}

/// Everything that the threads share.
pub(super) struct Sending<'a> {
    pub(super) api: &'a Api,
    pub(super) source: &'a Source,
    pub(super) columns: &'a Columns,
    pub(super) plural: &'a str,
    pub(super) reason: Option<&'a str>,
    /// What all commits of this import are found by.
    pub(super) correlation: &'a str,
    /// How many rows there are.
    pub(super) rows: u64,
    pub(super) jobs: usize,
    /// Set by Ctrl-C.
    pub(super) stop: &'a AtomicBool,
}

impl Sending<'_> {
    /// Sends all rows and hands what becomes of each to `count`, as it comes, and `None` whenever
    /// there was nothing new for a moment. Stops early when somebody or something asks to; requests
    /// under way are waited for.
    pub(super) fn send(
        &self,
        mut count: impl FnMut(Option<News>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let halt = AtomicBool::new(false);
        // Room for a few rows more than are under way, so that nobody waits for the file.
        let (tasks, waiting) = sync_channel::<Task>(self.jobs * 2);
        let (tell, news) = channel();
        std::thread::scope(|scope| {
            let waiting = std::sync::Arc::new(Mutex::new(waiting));
            for _ in 0..self.jobs {
                let (waiting, tell, halt) = (waiting.clone(), tell.clone(), &halt);
                scope.spawn(move || self.work(&waiting, &tell, halt));
            }
            drop(waiting);
            scope.spawn(|| self.read(tasks, tell, &halt));
            let counted = counted(&news, &mut count);
            if counted.is_err() {
                halt.store(true, Ordering::Relaxed);
            }
            counted
        })
    }

    fn stopping(&self, halt: &AtomicBool) -> bool {
        halt.load(Ordering::Relaxed) || self.stop.load(Ordering::Relaxed)
    }

    /// Makes tasks of the rows. Takes the senders, so that the others see when it is done.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the end of the senders is what the others wait for"
    )]
    fn read(&self, tasks: SyncSender<Task>, tell: Sender<News>, halt: &AtomicBool) {
        let outcome = self.each_task(|read| {
            if self.stopping(halt) {
                return false;
            }
            match read {
                // Whoever would take it has stopped, and has said why.
                Read::Task(task) => tasks.send(task).is_ok(),
                Read::Ragged(news) => tell.send(news).is_ok(),
            }
        });
        if let Err(failure) = outcome {
            tell.send(News::Unreadable(failure)).unwrap_or_default();
        }
    }

    fn each_task(&self, mut take: impl FnMut(Read) -> bool) -> Result<(), Failure> {
        let mut rows = self.source.rows()?;
        let mut tasks = Tasks::new(self.plural, self.reason, self.rows);
        self.source.checked(rows.next())?;
        let mut number = 0;
        while let Some(row) = self.source.checked(rows.next())? {
            if row.is_blank() {
                continue;
            }
            let line = row.line;
            let read = match self.columns.body(&row) {
                Ok(body) => {
                    let keyed = tasks.keyed(body);
                    let (key, body, own_id) = (keyed.key, keyed.body, keyed.own_id);
                    Read::Task(Task { number, line, cells: row.cells, key, body, own_id })
                }
                Err(reason) => {
                    let outcome = Outcome::Refused { reason, cells: row.cells };
                    Read::Ragged(News::Row { number, line, outcome })
                }
            };
            if !take(read) {
                break;
            }
            number += 1;
        }
        Ok(())
    }

    /// Sends one task after the other.
    fn work(&self, waiting: &Mutex<Receiver<Task>>, tell: &Sender<News>, halt: &AtomicBool) {
        loop {
            // Locked only while a task is taken. A thread that panicked there has taken none.
            let task = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(task) = task else { return };
            if self.stopping(halt) {
                return;
            }
            let (number, line) = (task.number, task.line);
            let news = match self.sent(task) {
                Ok(outcome) => News::Row { number, line, outcome },
                Err(Failure::Cancelled) => return,
                Err(failure) => {
                    halt.store(true, Ordering::Relaxed);
                    News::Stopped { line, failure }
                }
            };
            if tell.send(news).is_err() {
                return;
            }
        }
    }

    /// Sends a row. Only what the API says of the row itself is a refusal; everything else leaves
    /// the row unsettled.
    fn sent(&self, task: Task) -> Result<Outcome, Failure> {
        let call = Call::keyed(Method::POST, format!("/{}", self.plural), task.key)
            .header("x-correlation-id", self.correlation.to_owned())
            .reason(self.reason)
            .body(task.body);
        match self.api.call(&call) {
            // A replay of an earlier try of ours means that its answer was lost, no more.
            Ok(answer) if answer.replayed && answer.tries == 1 => Ok(Outcome::AlreadyThere),
            Ok(_created) => Ok(Outcome::Created),
            // The id is made of the row, so the record with that id is that row.
            Err(Failure::Problem(problem)) if problem.name() == "id-taken" && !task.own_id => {
                Ok(Outcome::AlreadyThere)
            }
            Err(Failure::Problem(problem)) if is_of_the_row(&problem) => {
                Ok(Outcome::Refused { reason: problem.in_one_line(), cells: task.cells })
            }
            Err(failure) => Err(failure),
        }
    }
}

/// Whether a problem is one of this row. All others would be those of the next row as well.
fn is_of_the_row(problem: &Problem) -> bool {
    matches!(
        (problem.status, problem.name()),
        (400, "invalid-fields") | (409, "id-taken") | (413 | 422, _)
    )
}

/// What is made of a row of the file.
enum Read {
    Task(Task),
    Ragged(News),
}

/// Hands on what the threads tell until all of them have ended. Reads to the end even if `count`
/// fails, so that nobody waits for us.
fn counted(
    news: &Receiver<News>,
    count: &mut impl FnMut(Option<News>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    use std::sync::mpsc::RecvTimeoutError;
    loop {
        match news.recv_timeout(crate::progress::TICK) {
            Ok(told) => count(Some(told))?,
            Err(RecvTimeoutError::Timeout) => count(None)?,
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
    }
}
