//! The words that every part of Annals shares: ids, versions, instants, actors, personal data.
//!
//! Pure: no I/O, no clock, no randomness, no environment. Each type is parsed once, at the border,
//! and cannot be wrong afterwards.

mod actor;
mod digest;
mod event;
mod ids;
mod instant;
mod personal;
mod version;

pub use actor::{Actor, ActorKind, ActorName};
pub use digest::{Digest, InvalidDigest};
pub use event::StoredEvent;
pub use ids::{ActorId, CommitId, InvalidId, RecordId, RecordKey, Tenant, TypeName};
pub use instant::{Instant, InvalidInstant};
pub use personal::{Personal, PersonalData, Subject};
pub use version::{Expected, InvalidVersion, Schema, Version};
