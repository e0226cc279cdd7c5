//! Answers: pages under a strict policy, redirects, JSON.

use super::visit::Visit;
use crate::identity::Identity;
use crate::identity::pages::{self, Html};
use crate::identity::random;
use crate::identity::sessions::{SESSION_SECONDS, Session, Stage};
use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

/// What may stand in a query as it is (RFC 3986, section 2.3).
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A query of these parameters, in their order.
pub(super) fn query_of(parameters: &[(&str, &str)]) -> String {
    let encoded = |text| utf8_percent_encode(text, QUERY);
    let pairs =
        parameters.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// A page. Its forms may lead to `client`, the origin that a signed-in person is sent back to:
/// browsers apply `form-action` to the redirect that follows a form, too.
pub(super) fn page(status: StatusCode, html: Html, client: Option<&str>) -> Response {
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'{}{}; \
         frame-ancestors 'none'; base-uri 'none'",
        if client.is_some() { " " } else { "" },
        client.unwrap_or_default()
    );
    let headers =
        [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    let response = (status, headers, html.into_text()).into_response();
    with_header(response, header::CONTENT_SECURITY_POLICY, &policy)
}

/// Sends the browser elsewhere, by `GET`. Only for addresses of our own making, or registered ones.
pub(super) fn see(location: &str) -> Response {
    let headers = [(header::CACHE_CONTROL, "no-store")];
    with_header((StatusCode::SEE_OTHER, headers).into_response(), header::LOCATION, location)
}

/// JSON that nobody may keep.
pub(super) fn data(status: StatusCode, body: Value) -> Response {
    (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

/// An error as OAuth tells it (RFC 6749, section 5.2).
pub(super) fn error(status: StatusCode, error: &str, description: &str) -> Response {
    data(status, json!({ "error": error, "error_description": description }))
}

/// A fault on our side.
pub(super) fn failure() -> Response {
    error(
        StatusCode::INTERNAL_SERVER_ERROR,
        "server_error",
        "a fault on our side; the log says which",
    )
}

/// The same, and the log says which.
pub(super) fn failed(error: &(dyn std::error::Error + 'static)) -> Response {
    tracing::error!(error = store::chain(error), "the identity provider cannot answer");
    failure()
}

pub(super) fn with_header(mut response: Response, name: HeaderName, value: &str) -> Response {
    match HeaderValue::from_str(value) {
        Ok(value) => {
            response.headers_mut().append(name, value);
            response
        }
        Err(error) => failed(&error),
    }
}

impl Identity {
    /// A page for people who cannot be sent back where they came from.
    pub(super) fn refusal(&self, title: &str, what: &str) -> Response {
        let home = format!("{}/", self.issuer);
        page(StatusCode::BAD_REQUEST, pages::refused(title, what, &home), None)
    }

    /// The browser's session, as long as it counts: not after its person was signed out everywhere.
    pub(super) fn session(&self, visit: &Visit, stage: Stage) -> Option<Session> {
        let session = self.sessions.find(visit.cookie(&self.cookie("session"))?)?;
        let account = self.directory.get(&session.sub)?;
        let over = account.signed_out_at.is_some_and(|at| session.since <= at);
        (session.stage == stage && !over).then_some(session)
    }

    /// Begins a session in this browser, in the place of any that it had.
    pub(super) fn begin_session(
        &self,
        visit: &Visit,
        sub: &str,
        stage: Stage,
    ) -> Result<(Session, String), random::NoRandomness> {
        if let Some(before) = visit.cookie(&self.cookie("session")) {
            self.sessions.end(before);
        }
        let (secret, session) = self.sessions.begin(sub, stage)?;
        Ok((session, self.set_cookie("session", &secret, SESSION_SECONDS)))
    }

    /// What ends the browser's session; to be sent as `Set-Cookie`.
    pub(super) fn end_session(&self, visit: &Visit) -> String {
        if let Some(secret) = visit.cookie(&self.cookie("session")) {
            self.sessions.end(secret);
        }
        self.set_cookie("session", "", 0)
    }

    /// The form token of this browser and, when the browser is new, the cookie that goes with it.
    pub(super) fn form_token(
        &self,
        visit: &Visit,
    ) -> Result<(String, Option<String>), random::NoRandomness> {
        if let Some(browser) = visit.cookie(&self.cookie("browser")).filter(|it| !it.is_empty()) {
            return Ok((self.sessions.form_token(browser), None));
        }
        let browser = random::secret()?;
        let cookie = self.set_cookie("browser", &browser, SESSION_SECONDS * 24);
        Ok((self.sessions.form_token(&browser), Some(cookie)))
    }

    /// Whether the form was made for this browser, and was sent from a page of ours.
    pub(super) fn is_own_form(&self, visit: &Visit) -> bool {
        let browser = visit.cookie(&self.cookie("browser")).unwrap_or_default();
        let site = visit.header("sec-fetch-site").unwrap_or("same-origin");
        self.sessions.is_form_of(browser, visit.form.field("form"))
            && ["same-origin", "none"].contains(&site)
    }

    fn set_cookie(&self, name: &str, value: &str, seconds: i64) -> String {
        let name = self.cookie(name);
        format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}")
    }

    /// Cookies know no ports, but there may be a stack on each.
    fn cookie(&self, name: &str) -> String {
        let port = self.issuer.rsplit(':').next().unwrap_or_default();
        let port: String = port.chars().filter(char::is_ascii_digit).collect();
        format!("annals_{name}_{port}")
    }
}
