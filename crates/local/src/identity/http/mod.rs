//! The provider's addresses, as Cognito has them, and what is there only locally.
//!
//! No answer has CORS headers: the web client is of the same origin, and the command line is no
//! browser. A page of another origin has no business here.

mod account;
mod answer;
mod authorize;
mod discovery;
mod logout;
mod mail;
mod token;
mod visit;

use super::Identity;
use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use std::sync::Arc;
use visit::Visit;

/// No form of ours is larger.
const BODY_MAX_BYTES: usize = 64 * 1024;

/// What answers a request. It may wait for the disk or check a password, so it runs where that is
/// allowed.
type Work = fn(&Identity, &Visit) -> Response;

/// All addresses of the provider, for a stack that only this machine can reach.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>(identity: Arc<Identity>) -> Router<S> {
    Router::new()
        .route("/.well-known/openid-configuration", get(discovery::configuration))
        .route("/oauth2/authorize", asked(authorize::authorize).post(authorize::posted))
        .route("/oauth2/token", told(token::token))
        .route("/oauth2/revoke", told(token::revoke))
        .route("/oauth2/userInfo", asked(token::user_info).merge(told(token::user_info)))
        .route("/login", asked(account::show_login).merge(told(account::log_in)))
        .route("/signup", asked(account::show_signup).merge(told(account::sign_up)))
        .route("/confirmUser", asked(account::show_confirm).merge(told(account::confirm)))
        .route("/changePassword", asked(account::show_choose).merge(told(account::choose)))
        .route("/logout", asked(logout::log_out).merge(told(logout::log_out)))
        .route("/local/mail", asked(mail::show))
        .route("/local/identity.css", get(discovery::css))
        .layer(DefaultBodyLimit::max(BODY_MAX_BYTES))
        .with_state(identity)
}

/// `GET`.
fn asked(work: Work) -> MethodRouter<Arc<Identity>> {
    get(move |identity: State<Arc<Identity>>, visit: Visit| run(identity, visit, work))
}

/// `POST` of a form.
fn told(work: Work) -> MethodRouter<Arc<Identity>> {
    post(move |identity: State<Arc<Identity>>, visit: Visit| run(identity, visit, work))
}

async fn run(State(identity): State<Arc<Identity>>, visit: Visit, work: Work) -> Response {
    match tokio::task::spawn_blocking(move || work(&identity, &visit)).await {
        Ok(response) => response,
        Err(error) => {
            tracing::error!(%error, "the identity provider panicked");
            answer::failure()
        }
    }
}
