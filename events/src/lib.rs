//! What can happen: the record types, their commands, events, rules and folds.
//!
//! Pure: no I/O, no clock, no randomness, no environment, no async. Time and the actor arrive with
//! the command. Adding a record type takes one folder here, one `pub mod` line and one line in
//! [`TYPES`]; everything else is derived from its descriptor.

mod any;
mod contract;
mod descriptor;
mod input;
mod registry;
pub mod testing;

#[cfg(test)]
mod golden;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod rules;

pub mod access;
pub mod customer;
pub mod operation;
pub mod person;
pub mod todo;

pub use any::{AnyRecord, AnyType, DecideError, FoldError, Intent, Of, Refusal, decided};
pub use contract::{Origin, RecordType, Summary, UpcastError};
pub use descriptor::{Action, Descriptor, Field, Keeping, Kind, Reason, Status};
pub use input::{FieldError, Input, Mode, check};
pub use registry::{Fingerprint, Registered, Registry};

/// Every record type of the users' that this build knows.
pub const TYPES: &[&dyn AnyType] =
    &[&Of::<customer::Customer>::NEW, &Of::<todo::Todo>::NEW, &Of::<person::Person>::NEW];

/// The system's own record types: their commits stand in the log and fold like all others, but they
/// have no routes and no screens, and nothing lists or counts them. Every registry knows them.
pub const SYSTEM: &[&dyn AnyType] = &[&Of::<access::Access>::NEW, &Of::<operation::Operation>::NEW];
