//! A request as the provider reads it: query, form, cookies.

use crate::identity::Identity;
use axum::RequestExt;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, FromRequest, Request};
use axum::http::{HeaderMap, Method, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// Parameters as they came. They may hold passwords, so they are never printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Parameters(Vec<(String, String)>);

/// A parameter came more than once, which no request may have (RFC 6749, section 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Repeated;

/// What somebody asks for.
pub(super) struct Visit {
    pub(super) query: Parameters,
    pub(super) form: Parameters,
    headers: HeaderMap,
}

impl Parameters {
    /// The value of a parameter; one without a value counts as left out (RFC 6749, section 3.1).
    pub(super) fn one(&self, name: &str) -> Result<Option<&str>, Repeated> {
        let mut values = self.0.iter().filter(|(named, _)| named == name);
        let first =
            values.next().map(|(_, value)| value.as_str()).filter(|value| !value.is_empty());
        match values.next() {
            Some(_) => Err(Repeated),
            None => Ok(first),
        }
    }

    /// The value of a field of our own forms, empty when it is not there.
    pub(super) fn field(&self, name: &str) -> &str {
        self.one(name).ok().flatten().unwrap_or_default()
    }

    /// Whether any parameter came more than once.
    pub(super) fn repeats(&self) -> bool {
        self.0.iter().any(|(name, _)| self.one(name).is_err())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Visit {
    /// A cookie's value.
    pub(super) fn cookie(&self, name: &str) -> Option<&str> {
        let lines =
            self.headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let mut pairs =
            lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('='));
        pairs.find(|(named, _)| named.trim() == name).map(|(_, value)| value.trim())
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Query and form together, for addresses that take their parameters either way.
    pub(super) fn either(&self) -> &Parameters {
        if self.form.is_empty() { &self.query } else { &self.form }
    }

    /// The token of `Authorization: Bearer` (RFC 6750, section 2.1).
    pub(super) fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    }
}

impl FromRequest<Arc<Identity>> for Visit {
    type Rejection = Response;

    async fn from_request(request: Request, _: &Arc<Identity>) -> Result<Self, Response> {
        let headers = request.headers().clone();
        let query = pairs(request.uri().query().unwrap_or_default());
        let is_form = request.method() == Method::POST && !is_without_form(&request);
        let form = if is_form {
            let form: Result<Form<Vec<(String, String)>>, FormRejection> = request.extract().await;
            form.map_err(IntoResponse::into_response)?.0
        } else {
            Vec::new()
        };
        Ok(Self { query, form: Parameters(form), headers })
    }
}

/// The user info may be asked for by a `POST` that says nothing.
fn is_without_form(request: &Request) -> bool {
    let has = |name| request.headers().contains_key(name);
    request.uri().path() == "/oauth2/userInfo" && !has(header::CONTENT_TYPE)
}

/// A query's parameters: `application/x-www-form-urlencoded` as browsers write it.
fn pairs(query: &str) -> Parameters {
    let decoded = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
    };
    let parts = query.split('&').filter(|part| !part.is_empty());
    Parameters(
        parts
            .map(|part| part.split_once('=').unwrap_or((part, "")))
            .map(|(name, value)| (decoded(name), decoded(value)))
            .collect(),
    )
}
