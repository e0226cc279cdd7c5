//! The embedded DynamoDB for other programs of this machine: the AWS CLI, table browsers, `annals log`.
//!
//! Not there unless somebody asks for it. It answers on loopback, to requests that name this machine as
//! their host, come from no web page, and carry the key of this run as their access key id. Whoever has the
//! key can do to the tables what the owner of the data folder can do to the file: the laws of the log are
//! kept by the functions, on AWS by the table's policy too, not by this port.

use crate::identity::NoRandomness;
use crate::server::{Serving, is_loopback, started};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use engine::Engine;
use http::{HeaderMap, StatusCode, header};
use serde_json::json;
use tokio::net::TcpListener;

/// DynamoDB takes no larger request (developer guide, "Quotas", read 2026-11-24: 16 MB for a batch).
const BODY_MAX_BYTES: usize = 16 * 1024 * 1024 + 1;

/// What a caller names as their access key id, for one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TablesKey(String);

impl TablesKey {
    /// A key that nobody can guess.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn random() -> Result<Self, NoRandomness> {
        // Access key ids are letters and digits; some clients insist.
        let secret = crate::identity::secret()?;
        Ok(Self(secret.chars().filter(char::is_ascii_alphanumeric).collect()))
    }

    /// The key itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[derive(Debug, Clone)]
struct Port {
    engine: Engine,
    key: TablesKey,
}

/// Lets other programs of this machine reach the tables of an engine.
///
/// # Errors
/// When the listener has no address, or one that others can reach.
pub fn serve_tables(
    listener: TcpListener,
    engine: Engine,
    key: TablesKey,
) -> std::io::Result<Serving> {
    if !listener.local_addr()?.ip().is_loopback() {
        return Err(std::io::Error::other("tables are shown to this machine only"));
    }
    let router = Router::new().fallback(answered).with_state(Port { engine, key });
    started(listener, router)
}

async fn answered(State(port): State<Port>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    if !may(&parts.headers, &port.key) {
        let why = "this port is for this machine's own programs, with the key of this run";
        return told(403, &error("AccessDeniedException", why));
    }
    let target = parts.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    let Some(target) = target else {
        return told(400, &error("UnknownOperationException", "x-amz-target is missing"));
    };
    let body = axum::body::to_bytes(body, BODY_MAX_BYTES).await.ok();
    match body.and_then(|body| String::from_utf8(body.to_vec()).ok()) {
        Some(body) => {
            let (status, answer) = port.engine.answer_http(target, body).await;
            told(status, &answer)
        }
        None => told(400, &error("SerializationException", "the body cannot be read")),
    }
}

/// Whether a request may be answered. Pages send `Origin`; a name that was bent to this machine is not ours.
fn may(headers: &HeaderMap, key: &TablesKey) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    // `AWS4-HMAC-SHA256 Credential=KEY/20261124/local/dynamodb/aws4_request, …`
    let named = text(header::AUTHORIZATION)
        .and_then(|signed| signed.split_once("Credential="))
        .and_then(|(_, rest)| rest.split('/').next());
    !headers.contains_key(header::ORIGIN)
        && text(header::HOST).is_some_and(is_loopback)
        && named == Some(key.as_str())
}

fn error(kind: &str, message: &str) -> String {
    json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{kind}"), "message": message })
        .to_string()
}

fn told(status: u16, json: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = [(header::CONTENT_TYPE, "application/x-amz-json-1.0")];
    (status, kind, Body::from(json.to_owned())).into_response()
}
