//! The HTTP server: the gateway under `/api/v1`, tokens, what is there only locally, and the frontend.

use crate::gateway::{Answer, problem_answer};
use crate::site;
use crate::stack::{Exposure, Stack};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use bytes::Bytes;
use edge::{Kind, Problem, Right};
use http::uri::PathAndQuery;
use http::{HeaderValue, header};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// More than API Gateway would take is not even read.
const BODY_MAX_BYTES: usize = 10 * 1024 * 1024 + 1;

/// The headers of every answer that does not bring its own; on AWS, CloudFront sets them on the API's.
pub const ANSWER_HEADERS: [(&str, &str); 4] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("x-frame-options", "DENY"),
    (
        "content-security-policy",
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    ),
];

/// A server at work.
#[derive(Debug)]
pub struct Serving {
    /// Where it listens.
    pub address: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Serving {
    /// Takes no more requests, answers those under way, and ends.
    ///
    /// # Errors
    /// When the server had failed.
    pub async fn stop(self) -> std::io::Result<()> {
        self.stop.send_replace(true);
        match self.task.await {
            Ok(outcome) => outcome,
            Err(error) => Err(std::io::Error::other(error)),
        }
    }
}

/// Serves a stack on a listener.
///
/// # Errors
/// When the listener has no address.
pub fn serve(listener: TcpListener, stack: Arc<Stack>) -> std::io::Result<Serving> {
    let mut router = Router::new()
        .route("/health", get(health))
        .route("/config.json", get(site::config))
        .route("/.well-known/jwks.json", get(jwks))
        .route("/objects/{*object}", get(object));
    if stack.exposure == Exposure::Loopback {
        router = router
            .merge(crate::identity::http::routes(stack.gateway.identity.clone()))
            .route("/local/bus", get(bus));
    }
    let router = router
        .fallback(gateway_or_site)
        .layer(from_fn_with_state(stack.exposure, own_host_only))
        .with_state(stack);
    started(listener, router)
}

/// Begins to answer.
pub(crate) fn started(listener: TcpListener, router: Router) -> std::io::Result<Serving> {
    let address = listener.local_addr()?;
    let stop = watch::Sender::new(false);
    let mut stopped = stop.subscribe();
    let task = tokio::spawn(async move {
        let until = async move {
            // The sender gone means that nobody waits for the end: then there is none but the process's.
            if stopped.wait_for(|stop| *stop).await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        axum::serve(listener, router).with_graceful_shutdown(until).await
    });
    Ok(Serving { address, stop, task })
}

/// A web page of another name that resolves to this machine must not reach the stack.
async fn own_host_only(State(exposure): State<Exposure>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    if exposure == Exposure::Loopback && !host.is_some_and(is_loopback) {
        let problem = Problem::new(Kind::Forbidden).detail("this server answers to localhost only");
        return whole(problem_answer(problem, "")).into_response();
    }
    let mut response = next.run(request).await;
    // A page has its own; what has none shows nothing and may do nothing.
    let headers = response.headers_mut();
    for (name, value) in ANSWER_HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

pub(crate) fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    ["localhost", "127.0.0.1", "::1"].contains(&name)
}

async fn gateway_or_site(State(stack): State<Arc<Stack>>, request: Request) -> Response {
    if site::is_of_the_site(request.uri().path()) {
        return site::site(&stack, request).await;
    }
    let (parts, body) = request.into_parts();
    match axum::body::to_bytes(body, BODY_MAX_BYTES).await {
        Ok(body) => whole(stack.gateway.call(http::Request::from_parts(parts, body)).await),
        Err(_too_long_or_cut) => whole(problem_answer(Problem::new(Kind::BodyTooLarge), "")),
    }
}

fn whole(answer: Answer) -> Response {
    answer.map(Body::from).into_response()
}

/// The API's own answer, at the address where people look first.
async fn health(State(stack): State<Arc<Stack>>) -> Response {
    let mut request = http::Request::new(Bytes::new());
    *request.uri_mut() = http::Uri::from_static("/api/v1/health");
    whole(stack.gateway.call(request).await)
}

/// A file by its link: whoever holds the link may read it while it is good.
async fn object(State(stack): State<Arc<Stack>>, request: Request) -> Response {
    let path = request.uri().path_and_query().map(PathAndQuery::as_str).unwrap_or_default();
    stack.exporting.objects.link(path).await.map(Body::from)
}

async fn jwks(State(stack): State<Arc<Stack>>) -> Json<Value> {
    Json(stack.gateway.identity.jwks())
}

/// `GET /local/bus`: the last entries that were published, newest last; for operators.
async fn bus(State(stack): State<Arc<Stack>>, request: Request) -> Response {
    let caller = edge::principal(stack.gateway.claims(request.headers()).as_ref());
    match caller {
        Ok(caller) if caller.may(Right::Operate) => {
            Json(json!({ "items": stack.bus.entries() })).into_response()
        }
        Ok(_) => whole(problem_answer(Problem::new(Kind::Forbidden), "")),
        Err(problem) => whole(problem_answer(problem, "")),
    }
}
