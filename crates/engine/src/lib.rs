//! What AWS does, for one machine: a DynamoDB with streams, the mapping that feeds a stream to a
//! function, an event bus, a store of objects, queues and what feeds them to a function, and the
//! faults they all have in the cloud.
//!
//! The database is the crate `dynoxide-rs` behind the real AWS SDK client. Calls never leave the
//! process: they are answered by the SDK's HTTP client trait, so there is no port that a web page
//! could find. Nothing here knows the domain of the records it keeps.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
//! let engine = engine::Engine::memory()?;
//! let tables = engine.dynamodb().list_tables().send().await.unwrap();
//! assert!(tables.table_names().is_empty());
//! # Ok::<(), engine::EngineError>(()) }).unwrap();
//! ```
//!
//! Where the engine differs from AWS, and this crate does not mend it, is listed at [`Engine`].

pub mod bus;
mod connector;
mod database;
mod dispatch;
mod faults;
pub mod mapping;
pub mod objects;
pub mod queue;
mod stream;
mod sweep;
#[cfg(test)]
mod workarounds;

pub use bus::Bus;
pub use connector::{Answer, Asked, Service, cognito_client};
pub use database::{Durability, Engine, EngineError};
pub use dynoxide::storage_backend::ManualClock;
pub use faults::{Call, Decision, Fault, Faults};
pub use sweep::Swept;
