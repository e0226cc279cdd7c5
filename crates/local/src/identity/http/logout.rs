//! `/logout`: ends the browser's session and leads back to the client.
//!
//! Both ways of asking are understood: Cognito's (`client_id`, `logout_uri`) and that of OpenID Connect
//! RP-Initiated Logout 1.0 (`id_token_hint` or `client_id`, `post_logout_redirect_uri`, `state`), read
//! 2026-11-24. Like Cognito, it asks nobody whether they are sure: the cookie goes with top-level
//! navigation only, and signing in again is one step.

use super::answer::{page, query_of, see, with_header};
use super::visit::{Parameters, Visit};
use crate::identity::clients::Client;
use crate::identity::{Identity, pages};
use axum::http::{StatusCode, header};
use axum::response::Response;
use serde_json::Value;

/// `GET` or `POST /logout`.
pub(super) fn log_out(identity: &Identity, visit: &Visit) -> Response {
    let cookie = identity.end_session(visit);
    let response = match back(identity, visit.either()) {
        Ok(Some(address)) => see(&address),
        Ok(None) => farewell(identity, StatusCode::OK, None),
        Err(fault) => farewell(identity, StatusCode::BAD_REQUEST, Some(fault)),
    };
    with_header(response, header::SET_COOKIE, &cookie)
}

fn farewell(identity: &Identity, status: StatusCode, fault: Option<&str>) -> Response {
    page(status, pages::signed_out(&format!("{}/", identity.issuer), fault), None)
}

/// Where the browser goes then, if it was asked for and is one of the client's addresses.
fn back(identity: &Identity, asked: &Parameters) -> Result<Option<String>, &'static str> {
    let target = match (asked.field("post_logout_redirect_uri"), asked.field("logout_uri")) {
        ("", "") => return Ok(None),
        ("", target) | (target, _) => target,
    };
    let named = match asked.field("id_token_hint") {
        "" => None,
        hint => Some(client_of(identity, hint).ok_or("The request's id_token_hint is not ours.")?),
    };
    let client_id = match (asked.field("client_id"), named) {
        ("", Some(named)) => named,
        (client_id, Some(named)) if client_id != named => {
            return Err("The request's id_token_hint is another client's.");
        }
        (client_id, _) => client_id.to_owned(),
    };
    let client = Client::named(&client_id, &identity.issuer);
    let registered = client.is_some_and(|client| client.logouts.iter().any(|uri| uri == target));
    if !registered {
        return Err("The request leads to an address that is not the client's.");
    }
    let state = asked.field("state");
    let query = query_of(&[("state", state)]);
    Ok(Some(if state.is_empty() { target.to_owned() } else { format!("{target}?{query}") }))
}

/// The client that an ID token of ours was made for, however old it is.
fn client_of(identity: &Identity, token: &str) -> Option<String> {
    let claims = identity.keys.signed_by_us(token, &identity.issuer)?;
    let is_id = claims.get("token_use").and_then(Value::as_str) == Some("id");
    claims.get("aud").and_then(Value::as_str).filter(|_| is_id).map(str::to_owned)
}
