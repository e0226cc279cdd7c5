//! Annals whole on one machine: the Lambdas' own handlers around an embedded DynamoDB, with one
//! process playing API Gateway, Cognito, the stream and the bus.

mod cognito;
mod exports;
mod failures;
mod gateway;
mod identity;
mod publishing;
mod queues;
mod rebuilds;
mod server;
mod site;
mod stack;
mod tables;

pub use cognito::UserPool;
pub use exports::ExportSettings;
pub use gateway::{Answer, Gateway};
pub use identity::{
    Account, DEMO_PASSWORD, DEMO_PEOPLE, Directory, DirectoryError, Identity, IdentityError,
    KeepError, KeyError, Mail, NoRandomness, Person, Status, TokenError,
};
pub use publishing::{ReplaySettings, Republishing};
pub use rebuilds::{Rebuilding, RebuildingSettings};
pub use server::{ANSWER_HEADERS, Serving, serve};
pub use site::SECURITY_HEADERS;
pub use stack::{Data, Exposure, Settings, Stack, StackError};
pub use tables::{TablesKey, serve_tables};
