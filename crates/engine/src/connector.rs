//! The way from the SDK to the engine: the SDK's HTTP client trait, answered in this process, with
//! the faults on it.

use std::borrow::Cow;
use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

use aws_smithy_runtime::client::retries::RetryPartition;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::RetryConfig;
use futures::future::BoxFuture;
use serde_json::Value;

use crate::faults::{Fault, Faults};

/// A request as it came over the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The method, in capitals.
    pub method: String,
    /// The path with its query, as it was sent.
    pub path: String,
    /// The header `X-Amz-Target`, empty where there is none.
    pub target: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Asked {
    /// A request in one of the AWS JSON protocols.
    pub fn json(target: &str, body: String) -> Asked {
        let (method, path) = ("POST".to_owned(), "/".to_owned());
        Asked { method, path, target: target.to_owned(), body: body.into_bytes() }
    }

    /// The body as text; bytes that are none are replaced.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }
}

/// A service behind the SDK: DynamoDB, EventBridge, S3, SQS, or one that another crate plays.
///
/// What is provided suits the services that speak an AWS JSON protocol.
pub trait Service: fmt::Debug + Send + Sync + 'static {
    /// The operation that is asked for: `PutItem`.
    fn operation(&self, asked: &Asked) -> String {
        asked.target.rsplit('.').next().unwrap_or_default().to_owned()
    }

    /// What a decision about faults sees of the request.
    fn fields(&self, asked: &Asked) -> Value {
        serde_json::from_slice(&asked.body).unwrap_or_default()
    }

    /// Executes the operation.
    fn answer<'a>(&'a self, operation: &'a str, asked: Asked) -> BoxFuture<'a, Answer>;

    /// The answer to an operation that is refused with [`Fault::Throttle`] or
    /// [`Fault::TransactionConflict`] instead of being executed; `None` where the service has no
    /// such answer.
    fn refusal(&self, fault: Fault, operation: &str, asked: &Asked) -> Option<Answer>;

    /// Executes a part of a batch ([`Fault::Unprocessed`]); the whole of what is no batch.
    fn answer_partly<'a>(&'a self, operation: &'a str, asked: Asked) -> BoxFuture<'a, Answer> {
        self.answer(operation, asked)
    }
}

/// An HTTP answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// A successful answer in JSON.
    pub fn ok(body: String) -> Answer {
        Answer::json(200, body)
    }

    /// An answer in JSON.
    pub fn json(status: u16, body: String) -> Answer {
        Answer { status, headers: Vec::new(), body: body.into_bytes() }
    }

    /// An error as the AWS JSON protocols write it.
    pub fn error(status: u16, kind: &str, message: &str) -> Answer {
        let body = serde_json::json!({ "__type": kind, "message": message });
        Answer::json(status, body.to_string())
    }

    /// Status and body, as text.
    pub fn into_text(self) -> (u16, String) {
        (self.status, String::from_utf8_lossy(&self.body).into_owned())
    }
}

/// One request of an AWS JSON protocol and its answer, without a client and without faults.
pub(crate) async fn answer_http(
    service: &impl Service,
    target: &str,
    body: String,
) -> (u16, String) {
    let asked = Asked::json(target, body);
    service.answer(&service.operation(&asked), asked).await.into_text()
}

/// What every such client is configured with.
macro_rules! config_of {
    ($sdk:ident, $endpoint:expr, $service:expr, $faults:expr) => {{
        use $sdk::config::{
            BehaviorVersion, Builder, IdentityCache, Region, StalledStreamProtectionConfig,
        };
        Builder::new()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(REGION))
            .endpoint_url($endpoint)
            .identity_cache(IdentityCache::no_cache())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .retry_config(retries())
            .retry_partition(retry_partition())
            .http_client(http_client($service, $faults))
    }};
}

/// A client of an SDK's crate over a service in this process.
macro_rules! client_of {
    ($sdk:ident, $endpoint:expr, $service:expr, $faults:expr) => {
        $sdk::Client::from_conf(
            config_of!($sdk, $endpoint, $service, $faults).allow_no_auth().build(),
        )
    };
}

/// The region that all clients are told.
const REGION: &str = "local";

/// A DynamoDB client over `service`.
pub(crate) fn dynamodb_client(service: impl Service, faults: Faults) -> aws_sdk_dynamodb::Client {
    client_of!(aws_sdk_dynamodb, "http://dynamodb.local", service, faults)
}

/// An EventBridge client over `service`.
pub(crate) fn eventbridge_client(
    service: impl Service,
    faults: Faults,
) -> aws_sdk_eventbridge::Client {
    client_of!(aws_sdk_eventbridge, "http://events.local", service, faults)
}

/// A real SDK client of Cognito's user pools, answered by `service`, with `faults` on the way. It
/// needs a tokio runtime with time enabled, for the SDK's retries.
pub fn cognito_client(
    service: impl Service,
    faults: Faults,
) -> aws_sdk_cognitoidentityprovider::Client {
    client_of!(aws_sdk_cognitoidentityprovider, "http://cognito-idp.local", service, faults)
}

/// An SQS client over `service`.
pub(crate) fn sqs_client(service: impl Service, faults: Faults) -> aws_sdk_sqs::Client {
    client_of!(aws_sdk_sqs, "http://queues.local", service, faults)
}

/// An S3 client over `service` that signs with a key, and so can make links. Buckets stand in the
/// path after `endpoint`.
pub(crate) fn s3_client(
    service: impl Service,
    faults: Faults,
    endpoint: &str,
    (key_id, secret): (&str, &str),
) -> aws_sdk_s3::Client {
    let key = aws_sdk_s3::config::Credentials::new(key_id, secret, None, None, "local");
    let config = config_of!(aws_sdk_s3, endpoint, service, faults)
        .credentials_provider(key)
        .force_path_style(true)
        .build();
    aws_sdk_s3::Client::from_conf(config)
}

/// The SDK's standard retries, but soon: nobody is helped by waiting for a service in the same
/// process.
fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(3)
        .with_initial_backoff(Duration::from_millis(10))
        .with_max_backoff(Duration::from_millis(100))
}

/// The SDK gives all clients of a service and region one budget of retries. Each of ours has its
/// own, or the faults in one test would take the retries from another.
fn retry_partition() -> RetryPartition {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    RetryPartition::new(Cow::Owned(format!("engine-{number}")))
}

fn http_client(service: impl Service, faults: Faults) -> SharedHttpClient {
    let wire = Arc::new(Wire { service, faults, calls: AtomicU64::new(0) });
    let connector = SharedHttpConnector::new(Connector(wire));
    http_client_fn(move |_, _| connector.clone())
}

#[derive(Debug)]
struct Connector<S>(Arc<Wire<S>>);

impl<S: Service> HttpConnector for Connector<S> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let wire = Arc::clone(&self.0);
        HttpConnectorFuture::new(async move { wire.exchange(request).await })
    }
}

#[derive(Debug)]
struct Wire<S> {
    service: S,
    faults: Faults,
    calls: AtomicU64,
}

impl<S: Service> Wire<S> {
    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let number = self.calls.fetch_add(1, Ordering::Relaxed);
        let asked = asked(&request);
        let operation = self.service.operation(&asked);
        let fields = || self.service.fields(&asked);

        let decision = self.faults.decide(number, &operation, fields);
        give_way(decision.yields).await;
        let answer = self.answer(decision.fault, &operation, asked).await;
        if decision.yields > 0 {
            give_way(1).await;
        }
        response(number, answer?)
    }

    async fn answer(
        &self,
        fault: Fault,
        operation: &str,
        asked: Asked,
    ) -> Result<Answer, ConnectorError> {
        match fault {
            Fault::None => Ok(self.service.answer(operation, asked).await),
            Fault::Throttle | Fault::TransactionConflict => {
                match self.service.refusal(fault, operation, &asked) {
                    Some(refusal) => Ok(refusal),
                    None => Ok(self.service.answer(operation, asked).await),
                }
            }
            Fault::Unprocessed => Ok(self.service.answer_partly(operation, asked).await),
            Fault::ReplyLost => {
                let lost = self.service.answer(operation, asked).await;
                tracing::debug!(operation, lost.status, "the reply is lost");
                Err(broken("the connection broke before the reply"))
            }
            Fault::Cut => Err(broken("the connection broke before the request")),
            Fault::Slow(wait) => {
                tokio::time::sleep(wait).await;
                Ok(self.service.answer(operation, asked).await)
            }
        }
    }
}

/// The request as services read it. Our clients send bodies that are whole in memory.
fn asked(request: &HttpRequest) -> Asked {
    let uri: http::Uri = request.uri().parse().unwrap_or_default();
    Asked {
        method: request.method().to_owned(),
        path: uri.path_and_query().map(|path| path.as_str().to_owned()).unwrap_or_default(),
        target: request.headers().get("x-amz-target").unwrap_or_default().to_owned(),
        body: request.body().bytes().unwrap_or_default().to_vec(),
    }
}

fn response(number: u64, answer: Answer) -> Result<HttpResponse, ConnectorError> {
    let status = StatusCode::try_from(answer.status)
        .map_err(|source| ConnectorError::other(Box::new(source), None))?;
    let mut response = HttpResponse::new(status, SdkBody::from(answer.body));
    response.headers_mut().insert("x-amzn-requestid", format!("local-{number}"));
    for (name, value) in answer.headers {
        response.headers_mut().insert(name, value);
    }
    Ok(response)
}

fn broken(message: &'static str) -> ConnectorError {
    ConnectorError::io(Box::new(std::io::Error::new(std::io::ErrorKind::ConnectionReset, message)))
}

/// Returns `Pending` so many times, asking to be polled again at once.
async fn give_way(times: u32) {
    let mut left = times;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
