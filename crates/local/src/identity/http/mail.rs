//! `/local/mail`: what would have been e-mailed, for people and, by `Accept: application/json`, for
//! programs.

use super::answer::{data, page};
use super::visit::Visit;
use crate::identity::{Identity, pages};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

/// `GET /local/mail`. As JSON: `{"items":[{at, to, subject, text, secret}]}`, oldest first.
pub(super) fn show(identity: &Identity, visit: &Visit) -> Response {
    let mail = identity.directory.mail();
    let accept = visit.header("accept").unwrap_or_default();
    if accept.contains("application/json") {
        data(StatusCode::OK, json!({ "items": mail }))
    } else {
        page(StatusCode::OK, pages::mail(&mail), None)
    }
}
