//! The queues of this machine, and those of their dead letters.

use engine::queue::{Queue, Queues};
use engine::{Engine, EngineError};

/// Exports that are to be written.
pub(crate) const EXPORTS: &str = "annals-exports";
/// Those that were given up.
pub(crate) const EXPORTS_DEAD: &str = "annals-exports-dead";
/// Work of rebuilds.
pub(crate) const REBUILDS: &str = "annals-rebuilds";
/// What was given up of it.
pub(crate) const REBUILDS_DEAD: &str = "annals-rebuilds-dead";
/// What is to be published again.
pub(crate) const PUBLISH_JOBS: &str = "annals-publish-jobs";
/// What was given up of it.
pub(crate) const PUBLISH_JOBS_DEAD: &str = "annals-publish-jobs-dead";
/// How often a queue gives a message to its worker: some times more than workers try, so that they can
/// tell that they give up.
pub(crate) const RECEIVES_MAX: u32 = 8;

/// All queues, with the messages that an earlier process left in them. To be called once for an engine.
///
/// # Errors
/// When the database fails.
pub(crate) async fn open(engine: Engine) -> Result<Queues, EngineError> {
    let with_dead =
        |name, dead| [Queue::new(name).dead_letter(dead, RECEIVES_MAX), Queue::new(dead)];
    let queues = [
        with_dead(EXPORTS, EXPORTS_DEAD),
        with_dead(REBUILDS, REBUILDS_DEAD),
        with_dead(PUBLISH_JOBS, PUBLISH_JOBS_DEAD),
    ];
    Queues::open(engine, queues.into_iter().flatten().collect()).await
}
