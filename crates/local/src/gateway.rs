//! API Gateway on one machine: the same routes, the same event, the same limits.
//!
//! A request becomes a real `ApiGatewayV2httpRequest` and goes through `lambda_http` into the function's
//! own handler; there is no second router and no second way of checking rights.

use crate::identity::Identity;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use commands::{Commands, Operations, People};
use edge::{Function, Kind, Problem, Right, routed};
use http::{HeaderMap, Request, Response, StatusCode};
use lambda_http::lambda_runtime::LambdaEvent;
use lambda_http::request::LambdaRequest;
use lambda_http::{Context, service_fn};
use queries::Queries;
use queries::audit::Audit;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tower::Service;

/// A request may have 10 MB, an answer 6 MB, and a call 30 seconds (API Gateway and Lambda quotas,
/// read 2026-11-22).
const REQUEST_MAX_BYTES: usize = 10 * 1024 * 1024;
const ANSWER_MAX_BYTES: usize = 6 * 1024 * 1024;
const CALL_MAX: Duration = Duration::from_secs(30);

/// An answer, whole.
pub type Answer = Response<Bytes>;

/// The gateway and the functions behind it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Gateway {
    /// Who is who.
    pub identity: Arc<Identity>,
    /// The function `record-commands`.
    pub commands: Arc<Commands>,
    /// The function `people-commands`.
    pub people: Arc<People>,
    /// The function `record-queries`.
    pub queries: Arc<Queries>,
    /// The function `audit-queries`.
    pub audit: Arc<Audit>,
    /// The function `operator-commands`.
    pub operations: Arc<Operations>,
}

/// What a function answers to API Gateway.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FunctionAnswer {
    status_code: u16,
    #[serde(default)]
    headers: HashMap<String, String>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

impl Gateway {
    /// Passes one request to its function and its answer back.
    pub async fn call(&self, request: Request<Bytes>) -> Answer {
        let request_id = self.commands.clock.mint().to_string();
        match self.passed(request, &request_id).await {
            Ok(answer) => answer,
            Err(problem) => problem_answer(problem, &request_id),
        }
    }

    async fn passed(&self, request: Request<Bytes>, request_id: &str) -> Result<Answer, Problem> {
        if request.body().len() > REQUEST_MAX_BYTES {
            return Err(Problem::new(Kind::BodyTooLarge));
        }
        let routed = routed(request.method(), request.uri().path())?;
        let claims = self.claims(request.headers());
        if claims.is_none() && routed.route.right != Right::Open {
            let challenge = "Bearer error=\"invalid_token\"";
            return Err(Problem::new(Kind::Unauthorized).header("www-authenticate", challenge));
        }
        let event = event(&request, routed.route, claims, request_id, self.commands.clock.now());
        let function = routed.route.function;
        let invoked = tokio::spawn(self.clone().invoke(function, event));
        match tokio::time::timeout(CALL_MAX, invoked).await {
            Ok(Ok(Some(answer))) => answered(answer),
            Ok(Ok(None)) => Err(Problem::new(Kind::Failure)),
            Ok(Err(error)) => {
                tracing::error!(%error, function = function.name(), "a function panicked");
                Err(Problem::new(Kind::Failure))
            }
            Err(_elapsed) => Err(Problem::new(Kind::Unavailable).header("retry-after", "1")),
        }
    }

    pub(crate) fn claims(&self, headers: &HeaderMap) -> Option<HashMap<String, String>> {
        let value = headers.get("authorization")?.to_str().ok()?;
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| self.identity.authorize(token.trim()))?
    }

    /// Runs a function's handler on an event, JSON in and JSON out, as the Lambda runtime would.
    pub(crate) async fn invoke(self, function: Function, event: Value) -> Option<Value> {
        let request: LambdaRequest = serde_json::from_value(event).ok()?;
        let event = LambdaEvent::new(request, Context::default());
        let handler = service_fn(move |request| {
            let gateway = self.clone();
            async move {
                Ok::<_, Infallible>(match function {
                    Function::RecordCommands => commands::handle(&gateway.commands, request).await,
                    Function::PeopleCommands => {
                        commands::people::handle(&gateway.people, request).await
                    }
                    Function::RecordQueries => queries::handle(&gateway.queries, request).await,
                    Function::AuditQueries => queries::audit::handle(&gateway.audit, request).await,
                    Function::OperatorCommands => {
                        commands::operations::handle(&gateway.operations, request).await
                    }
                })
            }
        });
        let answer = lambda_http::Adapter::from(handler).call(event).await;
        match answer {
            Ok(answer) => serde_json::to_value(answer).ok(),
            Err(never) => match never {},
        }
    }
}

/// A request as API Gateway's HTTP API tells it to a function (payload format 2.0).
fn event(
    request: &Request<Bytes>,
    route: &edge::Route,
    claims: Option<HashMap<String, String>>,
    request_id: &str,
    now: vocabulary::Instant,
) -> Value {
    let uri = request.uri();
    let body = std::str::from_utf8(request.body());
    let (body, encoded) = match body {
        Ok("") => (None, false),
        Ok(text) => (Some(text.to_owned()), false),
        Err(_not_text) => (Some(STANDARD.encode(request.body())), true),
    };
    let authorizer = claims.map(|claims| json!({ "jwt": { "claims": claims, "scopes": null } }));
    let mut event = json!({
        "version": "2.0",
        "routeKey": format!("{} {}{}", route.method, edge::BASE, route.path),
        "rawPath": uri.path(),
        "rawQueryString": uri.query().unwrap_or_default(),
        "headers": headers(request.headers()),
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": "localhost",
            "domainPrefix": "localhost",
            "http": {
                "method": request.method().as_str(),
                "path": uri.path(),
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "",
            },
            "requestId": request_id,
            "routeKey": format!("{} {}{}", route.method, edge::BASE, route.path),
            "stage": "$default",
            "time": now.to_string(),
            "timeEpoch": now.as_millis(),
        },
        "isBase64Encoded": encoded,
    });
    let context = event.get_mut("requestContext").and_then(Value::as_object_mut);
    if let (Some(context), Some(authorizer)) = (context, authorizer) {
        context.insert("authorizer".to_owned(), authorizer);
    }
    if let (Some(body), Some(event)) = (body, event.as_object_mut()) {
        event.insert("body".to_owned(), body.into());
    }
    event
}

/// Headers by lower-case name; repeated ones joined by commas, as API Gateway does.
fn headers(headers: &HeaderMap) -> Map<String, Value> {
    let mut joined: Map<String, Value> = Map::new();
    for name in headers.keys() {
        let values: Vec<String> = headers
            .get_all(name)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .collect();
        joined.insert(name.as_str().to_owned(), values.join(",").into());
    }
    joined
}

fn answered(answer: Value) -> Result<Answer, Problem> {
    let failure = || Problem::new(Kind::Failure);
    let answer: FunctionAnswer = serde_json::from_value(answer).map_err(|error| {
        tracing::error!(%error, "a function answered something that API Gateway would not pass on");
        failure()
    })?;
    let body = match answer.body {
        Some(text) if answer.is_base64_encoded => {
            STANDARD.decode(text).map_err(|_error| failure())?
        }
        Some(text) => text.into_bytes(),
        None => Vec::new(),
    };
    if body.len() > ANSWER_MAX_BYTES {
        return Err(Problem::new(Kind::AnswerTooLarge));
    }
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() =
        StatusCode::from_u16(answer.status_code).map_err(|_error| failure())?;
    for (name, value) in answer.headers {
        let name = http::HeaderName::try_from(name).map_err(|_error| failure())?;
        let value = http::HeaderValue::try_from(value).map_err(|_error| failure())?;
        response.headers_mut().insert(name, value);
    }
    Ok(response)
}

pub(crate) fn problem_answer(problem: Problem, trace_id: &str) -> Answer {
    let (parts, body) = problem.into_reply(trace_id).into_http().into_parts();
    Response::from_parts(parts, Bytes::from(body))
}
