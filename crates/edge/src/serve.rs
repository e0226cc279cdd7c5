//! From an API Gateway request to an answer: routing, rights, failures, the log line.

use crate::{
    Call, Function, Headers, Kind, Principal, Problem, Query, Reply, Right, Routed, principal,
    routed,
};
use http::Response;
use lambda_http::request::RequestContext;
use lambda_http::{Body, Request, RequestExt};
use std::future::Future;
use vocabulary::Instant;

/// What a handler answers.
pub type Served = Result<Reply, Problem>;

/// Serves one request of a function: finds the route, checks the caller's rights, calls the handler
/// and writes one log line. Whatever happens, there is an answer.
pub async fn serve<F>(
    function: Function,
    now: Instant,
    request: Request,
    handler: impl FnOnce(Call) -> F,
) -> Response<Body>
where
    F: Future<Output = Served>,
{
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let trace_id = trace_id(&request);
    let outcome = match admitted(function, now, request, &trace_id) {
        Ok(call) => handler(call).await,
        Err(problem) => Err(problem),
    };
    let reply = outcome.unwrap_or_else(|problem| problem.into_reply(&trace_id));
    let status = reply.status();
    tracing::info!(http.method = %method, http.path = path, http.status = status, trace.id = trace_id, "request served");
    reply.into_response().unwrap_or_else(|| too_large(&trace_id))
}

fn too_large(trace_id: &str) -> Response<Body> {
    let problem = Problem::new(Kind::AnswerTooLarge).detail("ask for fewer items with `limit`");
    problem.into_reply(trace_id).into_response().unwrap_or_default()
}

fn admitted(
    function: Function,
    now: Instant,
    request: Request,
    trace_id: &str,
) -> Result<Call, Problem> {
    let routed = routed(request.method(), request.uri().path())?;
    if routed.route.function != function {
        // The gateway sends each route to its function; another one is a fault of the deployment.
        return Err(Problem::new(Kind::NotFound));
    }
    let principal = authorised(&routed, &request)?;
    let query = request.query_string_parameters_ref().map(|parameters| {
        parameters.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    });
    let (parts, body) = request.into_parts();
    let body = match body {
        Body::Text(text) => text.into_bytes(),
        Body::Binary(bytes) => bytes,
        // Empty, or a kind that a later lambda_http may add and API Gateway does not send.
        Body::Empty | _ => Vec::new(),
    };
    let headers = Headers(parts.headers);
    let query = Query(query.unwrap_or_default());
    Ok(Call { routed, principal, headers, query, body, now, trace_id: trace_id.to_owned() })
}

fn authorised(routed: &Routed, request: &Request) -> Result<Option<Principal>, Problem> {
    let right = routed.route.right;
    if right == Right::Open {
        return Ok(None);
    }
    let context = request.request_context_ref();
    let claims = match context {
        Some(RequestContext::ApiGatewayV2(context)) => context
            .authorizer
            .as_ref()
            .and_then(|authorizer| authorizer.jwt.as_ref())
            .map(|jwt| &jwt.claims),
        Some(_) | None => None,
    };
    let caller = principal(claims)?;
    if caller.may(right) {
        Ok(Some(caller))
    } else {
        let detail = format!("this needs the right to {}", right.name());
        Err(Problem::new(Kind::Forbidden).detail(detail))
    }
}

/// The trace's id where the request carries one, else the gateway's id of the request.
fn trace_id(request: &Request) -> String {
    let trace = request.headers().get("traceparent").and_then(|value| value.to_str().ok());
    let id = trace.and_then(|value| value.split('-').nth(1)).unwrap_or_default();
    if id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()) {
        return id.to_owned();
    }
    match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(context)) => {
            context.request_id.clone().unwrap_or_default()
        }
        Some(_) | None => String::new(),
    }
}
