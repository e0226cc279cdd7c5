//! HTTP at the border: routes and rights, principals, conditions, cursors, problem documents, and the
//! document that describes them; and the log lines that a function writes.
//!
//! Everything a Lambda knows of HTTP is here; handlers get a [`Call`] and answer a [`Reply`] or a
//! [`Problem`].

mod acts;
mod call;
mod cursor;
mod etag;
mod log_lines;
mod openapi;
mod principal;
mod problem;
mod reply;
mod rights;
mod routes;
mod serve;

pub use acts::{act_of, act_problem, load_problem, store_problem};
pub use call::{Call, EmptyBody, Headers, Query, reason, whole};
pub use cursor::{Cursor, filter_digest, from_url_safe, url_safe};
pub use etag::{etag, if_match, if_none_match};
pub use log_lines::write_log_lines;
pub use openapi::openapi;
pub use principal::{Principal, principal};
pub use problem::{Kind, Problem};
pub use reply::Reply;
pub use rights::{CHANGE, GROUPS, INVITATION, Right, rights_of};
pub use routes::{BASE, DeskOperation, Function, Operation, ROUTES, Route, Routed, routed};
pub use serve::{Served, serve};

/// The most bytes a request's body may have.
pub const BODY_MAX_BYTES: usize = 512 * 1024;
