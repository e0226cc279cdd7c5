//! What workers tell the log of an operation that an operator began.

use events::Registry;
use events::operation::{Command, Operation, Rejection};
use store::{Act, ActError, Clock, LoadError, Store, Writer};
use vocabulary::{ActorId, RecordId, RecordKey, Tenant, TypeName};

/// The name of the system type.
const OPERATION: &str = "operation";

/// Something that could not be told.
#[derive(Debug, thiserror::Error)]
pub enum Untold {
    /// Its record could not be read or written, or says something else.
    #[error("an operation's record could not be continued")]
    Act(#[from] ActError<Rejection>),
    /// Its record could not be read.
    #[error("an operation's record could not be read")]
    Load(#[from] LoadError),
    /// There is no such operation, or none could be named so.
    #[error("there is no such operation")]
    Unknown,
}

/// Tells how an operation went on, by a worker on behalf of whoever began it; told already, it is not told
/// again. Two reads, and a write.
pub(crate) async fn tell(
    store: &Store,
    registry: &Registry,
    (clock, build): (&Clock, &'static str),
    worker: &str,
    (tenant, id): (&Tenant, &RecordId),
    command: impl Fn() -> Command,
) -> Result<(), Untold> {
    let of = registry.by_name(OPERATION).ok_or(Untold::Unknown)?;
    let record_type = TypeName::parse(OPERATION).map_err(|_error| Untold::Unknown)?;
    let worker = ActorId::parse(worker).map_err(|_error| Untold::Unknown)?;
    let key = RecordKey { tenant: tenant.clone(), record_type, id: id.clone() };
    let writer = Writer { store, of, clock, build };
    let first = writer.first_of(&key).await?.ok_or(Untold::Unknown)?;
    let act = Act::following(&first, worker, clock.now());
    Ok(writer.go_on::<Operation>(&act, command).await.map(drop)?)
}
