//! `/oauth2/authorize`: what a client asks for, and where the answer may go.
//!
//! RFC 6749 section 4.1, RFC 7636 section 4.3, OpenID Connect Core 1.0 section 3.1.2, read 2026-11-24.

use super::answer::{failed, query_of, see, with_header};
use super::visit::{Parameters, Repeated, Visit};
use crate::identity::Identity;
use crate::identity::clients::Client;
use crate::identity::grants::Asked;
use crate::identity::sessions::{Session, Stage};
use axum::extract::{Form, State};
use axum::http::header;
use axum::response::Response;
use std::sync::Arc;

/// What may be asked for.
pub(super) const SCOPES: [&str; 3] = ["openid", "email", "profile"];
/// Longer values of `state` and `nonce` are nobody's.
const VALUE_MAX_BYTES: usize = 2_048;

/// A request that can be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Authorization {
    pub(super) asked: Asked,
    state: Option<String>,
    /// What is put into the field for the name.
    pub(super) login_hint: Option<String>,
    prompt: Prompt,
    max_age_s: Option<i64>,
    id_token_hint: Option<String>,
}

/// What the person may be bothered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Prompt {
    /// Whatever is needed.
    AsNeeded,
    /// Nothing.
    None,
    /// They shall show again who they are.
    Login,
}

/// A request that cannot be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Nobody who could be told is known: the person reads it here.
    Here(&'static str),
    /// The client is told, at an address of its own.
    There(Error),
}

/// An error for a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Error {
    redirect_uri: String,
    state: Option<String>,
    kind: &'static str,
    description: &'static str,
}

impl From<Repeated> for Refusal {
    fn from(_: Repeated) -> Self {
        Self::Here("The request repeats a parameter.")
    }
}

/// `GET /oauth2/authorize`: straight back with a code for whoever is signed in already, else to the
/// sign-in page.
pub(super) fn authorize(identity: &Identity, visit: &Visit) -> Response {
    let request = match Authorization::read(&visit.query, &identity.issuer) {
        Ok(request) => request,
        Err(refusal) => return identity.refused(&refusal),
    };
    match identity.session(visit, Stage::SignedIn) {
        Some(session) if request.is_satisfied_by(&session, identity) => {
            identity.granted(&request, &session, None)
        }
        Some(_) | None if request.prompt == Prompt::None => {
            let error = request.error("login_required", "somebody has to sign in first");
            identity.refused(&Refusal::There(error))
        }
        Some(_) | None => see(&format!("/login?{}", request.query())),
    }
}

/// `POST /oauth2/authorize` means the same. A browser sends no `SameSite=Lax` cookie with a form of
/// another site; with the `GET` that it is sent to, it does.
pub(super) async fn posted(
    State(_): State<Arc<Identity>>,
    Form(parameters): Form<Vec<(String, String)>>,
) -> Response {
    let parameters: Vec<(&str, &str)> =
        parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    see(&format!("/oauth2/authorize?{}", query_of(&parameters)))
}

impl Authorization {
    /// Reads and checks a request.
    pub(super) fn read(parameters: &Parameters, issuer: &str) -> Result<Self, Refusal> {
        let client = parameters.one("client_id")?.and_then(|id| Client::named(id, issuer));
        let client =
            client.ok_or(Refusal::Here("The request comes from no client that is known."))?;
        let redirect_uri = parameters.one("redirect_uri")?.unwrap_or_default();
        if !client.redirects.iter().any(|registered| registered == redirect_uri) {
            return Err(Refusal::Here(
                "The request wants its answer at an address that is not the client's.",
            ));
        }
        let state = parameters.one("state").ok().flatten().map(str::to_owned);
        let refused = |(kind, description)| {
            let (redirect_uri, state) = (redirect_uri.to_owned(), state.clone());
            Refusal::There(Error { redirect_uri, state, kind, description })
        };
        checked(parameters).map_err(refused)?;
        let scope = scope(parameters.field("scope")).map_err(refused)?;
        let optional = |name: &str| parameters.one(name).ok().flatten().map(str::to_owned);
        Ok(Self {
            asked: Asked {
                client_id: client.id.to_owned(),
                redirect_uri: redirect_uri.to_owned(),
                scope,
                nonce: optional("nonce"),
                challenge: parameters.field("code_challenge").to_owned(),
            },
            state: state.clone(),
            login_hint: optional("login_hint"),
            prompt: prompt(parameters.field("prompt")).map_err(refused)?,
            max_age_s: max_age(parameters).map_err(refused)?,
            id_token_hint: optional("id_token_hint"),
        })
    }

    /// The request as a query for the sign-in pages. What was asked of the session is not in it: whoever
    /// signs in there has shown who they are just now.
    pub(super) fn query(&self) -> String {
        let asked = &self.asked;
        let mut parameters = vec![
            ("client_id", asked.client_id.as_str()),
            ("redirect_uri", &asked.redirect_uri),
            ("response_type", "code"),
            ("scope", &asked.scope),
            ("code_challenge", &asked.challenge),
            ("code_challenge_method", "S256"),
        ];
        let optional =
            [("state", &self.state), ("nonce", &asked.nonce), ("login_hint", &self.login_hint)];
        let present = optional.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?)));
        parameters.extend(present);
        query_of(&parameters)
    }

    /// The origin that the answer goes to, for the pages' `form-action`.
    pub(super) fn origin(&self) -> &str {
        let uri = self.asked.redirect_uri.as_str();
        let host = uri.find("://").map_or(0, |at| at + 3);
        let end = uri.get(host..).and_then(|rest| rest.find('/')).map_or(uri.len(), |at| host + at);
        uri.get(..end).unwrap_or_default()
    }

    fn is_satisfied_by(&self, session: &Session, identity: &Identity) -> bool {
        let age_s = (identity.clock.now().as_millis() - session.since.as_millis()) / 1_000;
        let hinted = self.id_token_hint.as_ref().is_none_or(|hint| {
            let claims = identity.keys.signed_by_us(hint, &identity.issuer);
            let sub = claims.as_ref().and_then(|claims| claims.get("sub")?.as_str());
            sub == Some(session.sub.as_str())
        });
        self.prompt != Prompt::Login && self.max_age_s.is_none_or(|max| age_s <= max) && hinted
    }

    fn error(&self, kind: &'static str, description: &'static str) -> Error {
        let (redirect_uri, state) = (self.asked.redirect_uri.clone(), self.state.clone());
        Error { redirect_uri, state, kind, description }
    }
}

impl Identity {
    /// Sends somebody who is signed in back to the client, with a code.
    pub(super) fn granted(
        &self,
        request: &Authorization,
        session: &Session,
        cookie: Option<&str>,
    ) -> Response {
        let code = match self.grants.code(&session.sub, session.since, request.asked.clone()) {
            Ok(code) => code,
            Err(error) => return failed(&error),
        };
        let state = request.state.as_deref().map(|state| ("state", state));
        let parameters: Vec<_> = [("code", code.as_str())].into_iter().chain(state).collect();
        let response = see(&format!("{}?{}", request.asked.redirect_uri, query_of(&parameters)));
        match cookie {
            Some(cookie) => with_header(response, header::SET_COOKIE, cookie),
            None => response,
        }
    }

    /// Tells the client, or the person, why there is no answer.
    pub(super) fn refused(&self, refusal: &Refusal) -> Response {
        match refusal {
            Refusal::Here(what) => self.refusal("This request cannot be answered", what),
            Refusal::There(Error { redirect_uri, state, kind, description }) => {
                let state = state.as_deref().map(|state| ("state", state));
                let parameters: Vec<_> = [("error", *kind), ("error_description", *description)]
                    .into_iter()
                    .chain(state)
                    .collect();
                see(&format!("{redirect_uri}?{}", query_of(&parameters)))
            }
        }
    }
}

type Fault = (&'static str, &'static str);

/// What must hold for every request.
fn checked(parameters: &Parameters) -> Result<(), Fault> {
    let field = |name: &str| parameters.field(name);
    if parameters.repeats() {
        return Err(("invalid_request", "a parameter came more than once"));
    }
    if !field("request").is_empty() {
        return Err(("request_not_supported", "requests are taken as plain parameters only"));
    }
    if !field("request_uri").is_empty() {
        return Err(("request_uri_not_supported", "requests are taken as plain parameters only"));
    }
    match field("response_type") {
        "code" => {}
        "" => return Err(("invalid_request", "response_type is missing")),
        _ => return Err(("unsupported_response_type", "response_type must be code")),
    }
    if !["", "query"].contains(&field("response_mode")) {
        return Err(("invalid_request", "response_mode must be query"));
    }
    if field("code_challenge_method") != "S256" {
        return Err(("invalid_request", "code_challenge_method must be S256"));
    }
    if !is_challenge(field("code_challenge")) {
        return Err(("invalid_request", "code_challenge must be a SHA-256 digest in base64url"));
    }
    if ["state", "nonce", "login_hint"].iter().any(|name| field(name).len() > VALUE_MAX_BYTES) {
        return Err(("invalid_request", "state, nonce or login_hint is too long"));
    }
    Ok(())
}

fn is_challenge(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// Each scope once, in our order; all of them when none is named, as Cognito does.
fn scope(asked: &str) -> Result<String, Fault> {
    let asked: Vec<&str> = asked.split(' ').filter(|scope| !scope.is_empty()).collect();
    if asked.iter().any(|scope| !SCOPES.contains(scope)) {
        return Err(("invalid_scope", "scope may hold openid, email and profile"));
    }
    let granted = SCOPES.iter().filter(|scope| asked.is_empty() || asked.contains(scope));
    Ok(granted.copied().collect::<Vec<_>>().join(" "))
}

fn prompt(asked: &str) -> Result<Prompt, Fault> {
    let asked: Vec<&str> = asked.split(' ').filter(|value| !value.is_empty()).collect();
    let known = ["none", "login", "consent", "select_account"];
    if asked.iter().any(|value| !known.contains(value)) {
        return Err(("invalid_request", "prompt is of an unknown kind"));
    }
    match asked.as_slice() {
        ["none"] => Ok(Prompt::None),
        values if values.contains(&"none") => Err(("invalid_request", "prompt=none stands alone")),
        // Who is to choose an account signs in again; there is nothing to consent to.
        values if values.contains(&"login") || values.contains(&"select_account") => {
            Ok(Prompt::Login)
        }
        _ => Ok(Prompt::AsNeeded),
    }
}

fn max_age(parameters: &Parameters) -> Result<Option<i64>, Fault> {
    let seconds = match parameters.field("max_age") {
        "" => return Ok(None),
        text => text.parse().ok().filter(|seconds| *seconds >= 0),
    };
    seconds.map(Some).ok_or(("invalid_request", "max_age must be a number of seconds"))
}
