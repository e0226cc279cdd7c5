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

pub mod customer;
pub mod person;
pub mod todo;

pub use any::{AnyRecord, AnyType, FoldError, Intent, Of, Refusal};
pub use contract::{Origin, RecordType, Summary, UpcastError};
pub use descriptor::{Action, Descriptor, Field, Keeping, Kind, Reason, Status};
pub use input::{FieldError, Input, Mode, check};
pub use registry::{Fingerprint, Registered, Registry};

/// Every record type that this build knows.
pub const TYPES: &[&dyn AnyType] =
    &[&Of::<customer::Customer>::NEW, &Of::<todo::Todo>::NEW, &Of::<person::Person>::NEW];
