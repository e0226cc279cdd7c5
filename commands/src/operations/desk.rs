//! What every request of an operator needs: who asks, that the log is told before anything is done, and
//! that the same request sent again does nothing twice.

use super::Operations;
use edge::{
    Call, Kind, Principal, Problem, Reply, act_of, act_problem, load_problem, store_problem,
};
use events::Registered;
use events::operation::{ActEnd, Acting, Command, Operation, State};
use std::time::Duration;
use store::{Act, Begun, Job, NotNow, Recorded, Store, Unchanged, ViewGenerations, Writer, chain};
use vocabulary::{RecordKey, Version};

const OPERATION: &str = "operation";

/// One request of an operator.
#[derive(Debug)]
pub(super) struct Desk<'a> {
    pub(super) operations: &'a Operations,
    pub(super) call: &'a Call,
    pub(super) caller: &'a Principal,
    of: Registered,
}

impl<'a> Desk<'a> {
    pub(super) fn of(operations: &'a Operations, call: &'a Call) -> Result<Self, Problem> {
        let of = operations.commands.registry.by_name(OPERATION);
        let of = of.ok_or_else(|| Problem::new(Kind::Failure))?;
        Ok(Self { operations, call, caller: call.caller()?, of })
    }

    pub(super) fn store(&self) -> &'a Store {
        &self.operations.commands.store
    }

    pub(super) fn writer(&self) -> Writer<'a> {
        let commands = &self.operations.commands;
        Writer {
            store: &commands.store,
            of: self.of,
            clock: &commands.clock,
            build: commands.build,
        }
    }

    /// What the request orders, on the operation record that its key names. One request that begins several
    /// operations names each with a word of its own.
    pub(super) fn named(&self, reason: &str, word: &str) -> Result<Act, Problem> {
        let mint = || self.operations.commands.clock.mint().to_string();
        let act = act_of(self.call, OPERATION, None, Some(reason.to_owned()), mint)?;
        if word.is_empty() {
            return Ok(act);
        }
        let RecordKey { tenant, record_type, id } = &act.key;
        let named = format!("{id}/{word}");
        Ok(Act { key: Act::named(record_type, tenant, &act.actor.id, &named), ..act })
    }

    /// The first commit of the operation, if the same request has begun it before.
    pub(super) async fn known(&self, act: &Act) -> Result<Option<Recorded>, Problem> {
        let known = self.writer().known::<Operation>(act).await;
        known.map_err(|error| act_problem(&error))
    }

    /// Tells the log that an operation begins.
    pub(super) async fn begin(&self, act: &Act, command: &Command) -> Result<Begun, Problem> {
        let begun = self.writer().begin::<Operation>(act, || command.clone()).await;
        begun.map_err(|error| act_problem(&error))
    }

    /// What the log knows of an operation that was begun.
    pub(super) async fn state(&self, key: &RecordKey) -> Result<State, Problem> {
        let record = self.store().load_at(self.of, key, Version::LAST).await;
        let record = record.map_err(|error| load_problem(&error))?;
        let record = record.ok_or_else(|| Problem::new(Kind::NotFound))?;
        let state = record.folded.record().state().and_then(serde_json::from_value);
        state.map_err(|error| {
            tracing::error!(%error, operation = %key, "an operation cannot be read");
            Problem::new(Kind::Failure)
        })
    }

    /// Does one thing: `plan` says what, or why that may not be now; then the log is told; then `carry_out`
    /// does it, and must find that it was done already; then the log is told what became of it. The same
    /// request sent again goes on where it broke off. Says whether it had been done before.
    pub(super) async fn act(
        &self,
        reason: &str,
        plan: impl AsyncFnOnce() -> Result<Acting, Problem>,
        carry_out: impl AsyncFnOnce(&Acting) -> Result<(), Problem>,
    ) -> Result<Did, Problem> {
        let act = self.named(reason, "")?;
        let (acting, did) = if self.known(&act).await?.is_some() {
            match self.state(&act.key).await? {
                State::Act { end: Some(ActEnd::Done), .. } => return Ok(Did::Before),
                State::Act { end: Some(ActEnd::Refused { problem }), .. } => {
                    return Err(refused(&problem));
                }
                State::Act { begun, end: None } => (begun, Did::Before),
                State::Nothing | State::Rebuild { .. } | State::Replay { .. } => {
                    return Err(Problem::new(Kind::KeyReused));
                }
            }
        } else {
            let acting = plan().await?;
            self.begin(&act, &Command::Act(acting.clone())).await?;
            (acting, Did::Now)
        };
        let outcome = carry_out(&acting).await;
        match &outcome {
            Ok(()) => self.end(&act, ActEnd::Done).await?,
            Err(problem) if problem.kind().says().0 < 500 => {
                let problem = problem.kind().says().1.to_owned();
                self.end(&act, ActEnd::Refused { problem }).await?;
            }
            // It may have been done or not: the same request again finds out.
            Err(_) => {}
        }
        outcome.map(|()| did)
    }

    /// The view that the path names.
    pub(super) async fn view(&self) -> Result<ViewGenerations, Problem> {
        self.view_named(self.call.routed.parameter("view")).await
    }

    /// A view, strongly consistent.
    pub(super) async fn view_named(&self, name: &str) -> Result<ViewGenerations, Problem> {
        let view = self.store().view(name).await.map_err(|error| store_problem(&error))?;
        view.ok_or_else(|| Problem::new(Kind::NotFound).detail("there is no such view"))
    }

    /// Tells a worker of rebuilds what to do.
    pub(super) async fn tell(&self, job: &Job) -> Result<(), Problem> {
        self.tell_later(job, Duration::ZERO).await
    }

    /// The same, after a while.
    pub(super) async fn tell_later(&self, job: &Job, wait: Duration) -> Result<(), Problem> {
        self.operations.rebuilds.send_later(job, wait).await.map_err(|error| {
            tracing::warn!(error = chain(&error), job = ?job, "a worker could not be told");
            Problem::new(Kind::Unavailable).header("retry-after", "1")
        })
    }

    /// Tells the log what became of an act.
    async fn end(&self, act: &Act, end: ActEnd) -> Result<(), Problem> {
        // The key is the act's own, and has been used for it.
        let act = Act { retry: None, reason: None, ..act.clone() };
        let told = self.writer().go_on::<Operation>(&act, || Command::EndAct(end.clone())).await;
        told.map(drop).map_err(|error| act_problem(&error))
    }
}

/// Whether something was done by this request, or by an earlier try of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Did {
    /// By this one.
    Now,
    /// By an earlier one, at least as far as the log was told.
    Before,
}

impl Did {
    /// The answer, with a header where it tells of an earlier try.
    pub(super) fn told(self, reply: Reply) -> Reply {
        match self {
            Self::Now => reply,
            Self::Before => reply.header("idempotency-replayed", "true"),
        }
    }
}

/// Why generations or a rebuild were not changed, as it is told to the caller.
pub(super) fn unchanged(error: Unchanged) -> Problem {
    let told = |kind, error: NotNow| Problem::new(kind).detail(error.to_string());
    match error {
        Unchanged::Unknown => Problem::new(Kind::NotFound),
        Unchanged::Ended => Problem::new(Kind::RebuildEnded),
        Unchanged::NotNow(error @ NotNow::UnderWay) => told(Kind::RebuildUnderWay, error),
        Unchanged::NotNow(error @ (NotNow::NotBuilding | NotNow::NotVerified | NotNow::Parked)) => {
            told(Kind::NotVerified, error)
        }
        Unchanged::NotNow(error @ NotNow::NoPrevious) => told(Kind::NoPreviousGeneration, error),
        Unchanged::Store(error) => store_problem(&error),
    }
}

/// The problem that an act ran into when it was tried first.
fn refused(name: &str) -> Problem {
    let kind = Kind::ALL.iter().find(|kind| kind.says().1 == name);
    Problem::new(kind.copied().unwrap_or(Kind::Failure))
}
