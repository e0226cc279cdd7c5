//! `/oauth2/token`, `/oauth2/revoke`, `/oauth2/userInfo`: what clients ask without a person.

use super::answer::{data, error, failed, with_header};
use super::visit::Visit;
use crate::identity::claims::about;
use crate::identity::clients::Client;
use crate::identity::directory::Status;
use crate::identity::grants::{GrantError, Granted};
use crate::identity::sign_in::SignInError;
use crate::identity::{Identity, in_time};
use axum::http::{StatusCode, header};
use axum::response::Response;
use serde_json::{Map, Value, json};

type Error = (StatusCode, &'static str, &'static str);

/// `POST /oauth2/token` (RFC 6749, section 3.2).
pub(super) fn token(identity: &Identity, visit: &Visit) -> Response {
    let client_id = match client(visit) {
        Ok(client_id) => client_id,
        Err(refused) => return refusal(refused),
    };
    let field = |name: &str| visit.form.field(name);
    let granted = match field("grant_type") {
        "authorization_code" if field("code").is_empty() => {
            return refusal(missing("code is missing"));
        }
        "refresh_token" if field("refresh_token").is_empty() => {
            return refusal(missing("refresh_token is missing"));
        }
        "authorization_code" => {
            let (code, redirect_uri) = (field("code"), field("redirect_uri"));
            identity.grants.exchange(code, client_id, redirect_uri, field("code_verifier"))
        }
        "refresh_token" => {
            let scope = Some(field("scope")).filter(|scope| !scope.is_empty());
            identity.grants.renew(field("refresh_token"), client_id, scope)
        }
        "password" => return password(identity, visit, client_id),
        "" => return refusal(missing("grant_type is missing")),
        _ => {
            let description = "grant_type must be authorization_code, refresh_token or password";
            return refusal((StatusCode::BAD_REQUEST, "unsupported_grant_type", description));
        }
    };
    match granted {
        Ok(granted) => answered(identity, &granted),
        Err(refused) => not_granted(&refused),
    }
}

/// `POST /oauth2/revoke` (RFC 7009): ends the session that a refresh token renews. An access token
/// cannot be taken back, here as on AWS.
pub(super) fn revoke(identity: &Identity, visit: &Visit) -> Response {
    let client_id = match client(visit) {
        Ok(client_id) => client_id,
        Err(refused) => return refusal(refused),
    };
    let token = visit.form.field("token");
    if token.is_empty() {
        return refusal(missing("token is missing"));
    }
    if identity.keys.signed_by_us(token, &identity.issuer).is_some() {
        let description = "only refresh tokens can be revoked";
        return refusal((StatusCode::BAD_REQUEST, "unsupported_token_type", description));
    }
    match identity.grants.revoke(token, client_id) {
        Ok(()) => data(StatusCode::OK, json!({})),
        Err(refused) => not_granted(&refused),
    }
}

/// `GET` or `POST /oauth2/userInfo` (OpenID Connect Core 1.0, section 5.3).
pub(super) fn user_info(identity: &Identity, visit: &Visit) -> Response {
    let Some(token) = visit.bearer() else {
        // Who shows nothing is told nothing but how (RFC 6750, section 3.1).
        let response = data(StatusCode::UNAUTHORIZED, json!({ "error": "invalid_request" }));
        return with_header(response, header::WWW_AUTHENTICATE, "Bearer");
    };
    let refused = |status, kind: &str, description: &str| {
        let challenge = format!("Bearer error=\"{kind}\", error_description=\"{description}\"");
        with_header(error(status, kind, description), header::WWW_AUTHENTICATE, &challenge)
    };
    let Some(claims) = valid_access_token(identity, token) else {
        let description = "the access token is expired, revoked or none of ours";
        return refused(StatusCode::UNAUTHORIZED, "invalid_token", description);
    };
    let claim = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    let scope = claim("scope");
    if !scope.split(' ').any(|scope| scope == "openid") {
        let description = "the access token was not asked for with openid";
        return refused(StatusCode::FORBIDDEN, "insufficient_scope", description);
    }
    let Some(account) = identity.directory.get(claim("sub")) else {
        let description = "this person has no account any more";
        return refused(StatusCode::UNAUTHORIZED, "invalid_token", description);
    };
    let mut body = Map::from_iter(about(&account, scope));
    body.insert("sub".to_owned(), account.sub.into());
    body.insert("username".to_owned(), account.username.into());
    data(StatusCode::OK, body.into())
}

/// Cognito's own addresses know which tokens were revoked; its authorizer at the API does not.
fn valid_access_token(identity: &Identity, token: &str) -> Option<Map<String, Value>> {
    let claims = identity.keys.signed_by_us(token, &identity.issuer)?;
    let claim = |name: &str| claims.get(name).and_then(Value::as_str);
    let ended = claim("origin_jti").is_some_and(|family| identity.grants.is_ended(family));
    let now_s = identity.clock.now().as_millis() / 1_000;
    let good = claim("token_use") == Some("access") && in_time(&claims, now_s) && !ended;
    good.then_some(claims)
}

/// The client of a request to the token endpoint; ours are public and show nothing but their name.
fn client(visit: &Visit) -> Result<&str, Error> {
    if visit.form.repeats() {
        return Err(missing("a parameter came more than once"));
    }
    if visit.header("authorization").is_some() || !visit.form.field("client_secret").is_empty() {
        let description = "the clients here are public: they have no secret";
        return Err((StatusCode::UNAUTHORIZED, "invalid_client", description));
    }
    let client_id = visit.form.field("client_id");
    if Client::is_known(client_id) {
        Ok(client_id)
    } else {
        Err((StatusCode::BAD_REQUEST, "invalid_client", "there is no such client"))
    }
}

/// The grant for programs that have a name and a password (RFC 6749, section 4.3): as there are demo
/// people only on this machine, so is this.
fn password(identity: &Identity, visit: &Visit, client_id: &str) -> Response {
    let (username, password) = (visit.form.field("username"), visit.form.field("password"));
    let invalid = |description| (StatusCode::BAD_REQUEST, "invalid_grant", description);
    let account = match identity.account_with(username, password) {
        Ok(account) if account.status == Status::Active => account,
        Ok(_) => {
            return refusal(invalid("sign in in a browser first: something is still to be done"));
        }
        Err(SignInError::Directory(error)) => return failed(&error),
        Err(SignInError::Wait(_)) => {
            return refusal(invalid("there were too many tries; wait a while"));
        }
        Err(_) => return refusal(invalid("username or password is wrong")),
    };
    match identity.access_token_of(&account, client_id) {
        Ok((token, expires_in)) => {
            let kind = "Bearer";
            let body = json!({"access_token": token, "token_type": kind, "expires_in": expires_in});
            data(StatusCode::OK, body)
        }
        Err(error) => failed(&error),
    }
}

fn answered(identity: &Identity, granted: &Granted) -> Response {
    let tokens = match identity.tokens(granted) {
        Ok(tokens) => tokens,
        Err(error) => return failed(&error),
    };
    let mut body = json!({
        "access_token": tokens.access,
        "refresh_token": granted.refresh_token,
        "token_type": "Bearer",
        "expires_in": crate::identity::claims::TOKEN_SECONDS,
        "scope": granted.scope,
    });
    if let (Some(id), Some(body)) = (tokens.id, body.as_object_mut()) {
        body.insert("id_token".to_owned(), id.into());
    }
    data(StatusCode::OK, body)
}

fn missing(description: &'static str) -> Error {
    (StatusCode::BAD_REQUEST, "invalid_request", description)
}

fn refusal((status, kind, description): Error) -> Response {
    let response = error(status, kind, description);
    if status == StatusCode::UNAUTHORIZED {
        return with_header(response, header::WWW_AUTHENTICATE, "Basic realm=\"annals\"");
    }
    response
}

fn not_granted(refused: &GrantError) -> Response {
    let bad = StatusCode::BAD_REQUEST;
    match refused {
        GrantError::Invalid(why) => refusal((bad, "invalid_grant", why)),
        GrantError::Scope => refusal((bad, "invalid_scope", "more is asked for than was granted")),
        GrantError::OtherClient => {
            refusal((bad, "unauthorized_client", "the token is another client's"))
        }
        GrantError::Keep(error) => failed(error),
        GrantError::Randomness(error) => failed(error),
    }
}
