//! Answers.

use http::{HeaderValue, Response};
use lambda_http::Body;
use serde_json::Value;

/// The most bytes an answer may have: Lambda passes no more than 6 MB on (Lambda quotas, "Invocation
/// payload", read 2026-11-22).
const ANSWER_MAX_BYTES: usize = 6 * 1024 * 1024 - 64 * 1024;

/// An answer: status, headers and, most of the time, JSON.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    status: u16,
    content_type: &'static str,
    headers: Vec<(&'static str, String)>,
    body: Option<Value>,
}

impl Reply {
    /// JSON with a status.
    pub fn json(status: u16, body: impl Into<Value>) -> Self {
        let content_type = "application/json";
        Self { status, content_type, headers: Vec::new(), body: Some(body.into()) }
    }

    /// JSON of another media type than `application/json`.
    pub fn json_of(status: u16, content_type: &'static str, body: impl Into<Value>) -> Self {
        Self { status, content_type, headers: Vec::new(), body: Some(body.into()) }
    }

    /// A status alone.
    pub fn empty(status: u16) -> Self {
        Self { status, content_type: "application/json", headers: Vec::new(), body: None }
    }

    pub(crate) fn problem(status: u16, body: Value) -> Self {
        let content_type = "application/problem+json";
        Self { status, content_type, headers: Vec::new(), body: Some(body) }
    }

    /// Adds a header. Values that HTTP cannot carry are left out.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The answer for the Lambda runtime. `None` when it is larger than Lambda would pass on.
    pub(crate) fn into_response(self) -> Option<Response<Body>> {
        let response = self.into_http();
        (response.body().len() <= ANSWER_MAX_BYTES).then(|| {
            response.map(|text| if text.is_empty() { Body::Empty } else { Body::Text(text) })
        })
    }

    /// The answer with its headers.
    pub fn into_http(self) -> Response<String> {
        let text = self.body.as_ref().map(Value::to_string);
        let mut response = Response::new(text.clone().unwrap_or_default());
        // Statuses come from this crate and are valid.
        *response.status_mut() = http::StatusCode::from_u16(self.status).unwrap_or_default();
        let headers = response.headers_mut();
        if text.is_some() {
            headers.insert("content-type", HeaderValue::from_static(self.content_type));
        }
        headers.insert("cache-control", HeaderValue::from_static("no-store"));
        headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
        response
    }
}
