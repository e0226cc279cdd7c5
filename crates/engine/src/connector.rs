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

use crate::faults::{Fault, Faults};

/// A service behind the SDK: DynamoDB, EventBridge, or one that another crate plays.
pub trait Service: fmt::Debug + Send + Sync + 'static {
    /// Executes the operation.
    fn answer<'a>(&'a self, operation: &'a str, body: String) -> BoxFuture<'a, Answer>;

    /// The answer to an operation that is refused with [`Fault::Throttle`] or
    /// [`Fault::TransactionConflict`] instead of being executed; `None` where the service has no
    /// such answer.
    fn refusal(&self, fault: Fault, operation: &str, body: &str) -> Option<Answer>;

    /// Executes a part of a batch ([`Fault::Unprocessed`]); the whole of what is no batch.
    fn answer_partly<'a>(&'a self, operation: &'a str, body: String) -> BoxFuture<'a, Answer>;
}

/// An HTTP answer.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body, JSON.
    pub body: String,
}

impl Answer {
    /// A successful answer.
    pub fn ok(body: String) -> Answer {
        Answer { status: 200, body }
    }

    /// An error as the AWS JSON protocols write it.
    pub fn error(status: u16, kind: &str, message: &str) -> Answer {
        let body = serde_json::json!({ "__type": kind, "message": message });
        Answer { status, body: body.to_string() }
    }
}

/// The operation of a target: `DynamoDB_20120810.PutItem`, `AWSEvents.PutEvents`.
fn operation(target: &str) -> &str {
    target.rsplit('.').next().unwrap_or_default()
}

/// One request and its answer, without a client and without faults.
pub(crate) async fn answer_http(
    service: &impl Service,
    target: &str,
    body: String,
) -> (u16, String) {
    let Answer { status, body } = service.answer(operation(target), body).await;
    (status, body)
}

/// A client of an SDK's crate over a service in this process.
macro_rules! client_of {
    ($sdk:ident, $endpoint:literal, $service:expr, $faults:expr) => {{
        use $sdk::config::{
            BehaviorVersion, Builder, IdentityCache, Region, StalledStreamProtectionConfig,
        };
        let config = Builder::new()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("local"))
            .endpoint_url($endpoint)
            .allow_no_auth()
            .identity_cache(IdentityCache::no_cache())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .retry_config(retries())
            .retry_partition(retry_partition())
            .http_client(http_client($service, $faults))
            .build();
        $sdk::Client::from_conf(config)
    }};
}

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
        let operation = operation(request.headers().get("x-amz-target").unwrap_or_default());
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();

        let decision = self.faults.decide(number, operation, &body);
        give_way(decision.yields).await;
        let answer = self.answer(decision.fault, operation, body).await;
        if decision.yields > 0 {
            give_way(1).await;
        }
        response(number, answer?)
    }

    async fn answer(
        &self,
        fault: Fault,
        operation: &str,
        body: String,
    ) -> Result<Answer, ConnectorError> {
        match fault {
            Fault::None => Ok(self.service.answer(operation, body).await),
            Fault::Throttle | Fault::TransactionConflict => {
                match self.service.refusal(fault, operation, &body) {
                    Some(refusal) => Ok(refusal),
                    None => Ok(self.service.answer(operation, body).await),
                }
            }
            Fault::Unprocessed => Ok(self.service.answer_partly(operation, body).await),
            Fault::ReplyLost => {
                let lost = self.service.answer(operation, body).await;
                tracing::debug!(operation, lost.status, "the reply is lost");
                Err(broken("the connection broke before the reply"))
            }
            Fault::Cut => Err(broken("the connection broke before the request")),
            Fault::Slow(wait) => {
                tokio::time::sleep(wait).await;
                Ok(self.service.answer(operation, body).await)
            }
        }
    }
}

fn response(number: u64, answer: Answer) -> Result<HttpResponse, ConnectorError> {
    let status = StatusCode::try_from(answer.status)
        .map_err(|source| ConnectorError::other(Box::new(source), None))?;
    let mut response = HttpResponse::new(status, SdkBody::from(answer.body));
    response.headers_mut().insert("x-amzn-requestid", format!("local-{number}"));
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
