//! Lambda around a function's binary: the runtime API, and tables, a bus, objects and queues that it can
//! reach.
//!
//! As the Lambda developer guide has it ("Using the Lambda runtime API", read 2026-11-22): the
//! function asks for its next event and is kept waiting until there is one.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path as PathOf, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use engine::objects::{Links, Objects};
use engine::queue::{Queue, Queues};
use engine::{Asked, Bus, Engine, Service};
use local::{Directory, UserPool};
use serde_json::Value;
use std::collections::HashMap;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use store::{Store, Tables};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, oneshot};

/// How long an event may take; a dev build on a busy machine is slow to start.
const INVOCATION_MAX: Duration = Duration::from_mins(1);

/// Tables, a bus, objects and queues on loopback ports, with nobody at work on them.
#[derive(Debug)]
pub(crate) struct Cloud {
    pub(crate) engine: Engine,
    pub(crate) store: Store,
    pub(crate) bus: Bus,
    pub(crate) objects: Objects,
    pub(crate) queues: Queues,
    objects_url: String,
    queues_url: String,
    tables_url: String,
    bus_url: String,
}

impl Cloud {
    pub(crate) async fn start() -> Self {
        let engine = Engine::memory().unwrap();
        let store = Store::new(engine.dynamodb(), Tables::of_stack("annals"));
        store.create_tables().await.unwrap();
        let bus = Bus::new(100);
        let tables_url = served(Router::new().fallback(post(tables)).with_state(engine.clone()));
        let bus_url = served(Router::new().fallback(post(put_events)).with_state(bus.clone()));
        let (tables_url, bus_url) = (tables_url.await, bus_url.await);
        let objects = Objects::memory(Links::new("http://localhost", "local", "secret"), || 0);
        let queues = ["exports", "rebuilds", "publish-jobs"].map(Queue::new);
        let queues = Queues::open(engine.clone(), queues.to_vec()).await.unwrap();
        let objects_url = served(Router::new().fallback(object).with_state(objects.clone())).await;
        let queues_url =
            served(Router::new().fallback(post(queue)).with_state(queues.clone())).await;
        Self { engine, store, bus, objects, queues, objects_url, queues_url, tables_url, bus_url }
    }

    /// Starts the binary of a function, as Lambda would.
    pub(crate) async fn function(&self, name: &'static str) -> Function {
        self.function_with(name, &[]).await
    }

    /// Starts the binary of `people-commands` on somebody's directory.
    pub(crate) async fn people_commands(&self, directory: &Directory) -> Function {
        let pool = UserPool::of(directory.clone());
        let url = served(Router::new().fallback(post(user_pool)).with_state(pool)).await;
        let settings =
            [("USER_POOL", UserPool::ID), ("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", &url)];
        self.function_with("people-commands", &settings).await
    }

    async fn function_with(&self, name: &'static str, more: &[(&str, &str)]) -> Function {
        let settings = [
            ("STACK", "annals"),
            ("EVENTS_TABLE", "annals-events"),
            ("EVENT_BUS", "annals"),
            ("EXPORTS_BUCKET", "exports"),
            ("FAILED_BATCHES_BUCKET", "failed"),
            ("REBUILDS_QUEUE", &Queues::url("rebuilds")),
            ("PUBLISH_QUEUE", &Queues::url("publish-jobs")),
            ("KEEP_GENERATION_HOURS", "72"),
            ("PROJECTOR_TIMEOUT_SECONDS", "300"),
            ("EXPORTS_QUEUE", &Queues::url("exports")),
            ("AWS_ENDPOINT_URL_S3", &self.objects_url),
            ("AWS_ENDPOINT_URL_SQS", &self.queues_url),
            ("AWS_ENDPOINT_URL_DYNAMODB", &self.tables_url),
            ("AWS_ENDPOINT_URL_EVENTBRIDGE", &self.bus_url),
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_REGION", "eu-central-1"),
            ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
        ];
        Function::start(name, &[&settings[..], more].concat()).await
    }

    /// What the stream of the event table holds, as Lambda hands it to a function.
    pub(crate) async fn stream(&self) -> Value {
        let table = &self.store.tables().events;
        let records = self.engine.stream_batch(table, None, 100).await.unwrap();
        serde_json::json!({ "Records": records })
    }
}

async fn tables(State(engine): State<Engine>, headers: HeaderMap, body: Bytes) -> Response {
    let body = String::from_utf8(body.to_vec()).unwrap();
    wire(engine.answer_http(target(&headers), body).await)
}

async fn put_events(State(bus): State<Bus>, headers: HeaderMap, body: Bytes) -> Response {
    let body = String::from_utf8(body.to_vec()).unwrap();
    wire(bus.answer_http(target(&headers), body).await)
}

async fn object(State(objects): State<Objects>, request: axum::extract::Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
    let path = parts.uri.path_and_query().unwrap().as_str().to_owned();
    let asked = Asked { method: parts.method.to_string(), path, body, ..Asked::default() };
    let answer = objects.answer(&objects.operation(&asked), asked).await;
    (StatusCode::from_u16(answer.status).unwrap(), answer.body).into_response()
}

async fn queue(State(queues): State<Queues>, headers: HeaderMap, body: Bytes) -> Response {
    let asked = Asked::json(target(&headers), String::from_utf8(body.to_vec()).unwrap());
    wire(queues.answer(&queues.operation(&asked), asked).await.into_text())
}

async fn user_pool(State(pool): State<UserPool>, headers: HeaderMap, body: Bytes) -> Response {
    let body = String::from_utf8(body.to_vec()).unwrap();
    wire(pool.answer_http(target(&headers), body).await)
}

fn target(headers: &HeaderMap) -> &str {
    headers.get("x-amz-target").map_or("", |value| value.to_str().unwrap())
}

fn wire((status, body): (u16, String)) -> Response {
    let status = StatusCode::from_u16(status).unwrap();
    (status, [("content-type", "application/x-amz-json-1.0")], body).into_response()
}

pub(crate) async fn served(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    format!("http://{address}")
}

/// What a function answers, or the error that it reports.
type Answered = Result<Value, Value>;

#[derive(Debug)]
struct Job {
    id: String,
    event: String,
}

/// What the runtime API and the one who invokes share.
#[derive(Debug)]
struct Lambda {
    waiting: tokio::sync::Mutex<mpsc::UnboundedReceiver<Job>>,
    pending: Mutex<HashMap<String, oneshot::Sender<Answered>>>,
}

/// A function in a process of its own. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Function {
    name: &'static str,
    process: Child,
    jobs: mpsc::UnboundedSender<Job>,
    lambda: Arc<Lambda>,
    log: mpsc::UnboundedReceiver<Value>,
    number: u64,
}

impl Function {
    /// Starts a binary with these settings and no others.
    pub(crate) async fn start(name: &'static str, settings: &[(&str, &str)]) -> Self {
        let (jobs, waiting) = mpsc::unbounded_channel();
        let lambda = Arc::new(Lambda { waiting: waiting.into(), pending: Mutex::default() });
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(answered))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(failed))
            .route("/2018-06-01/runtime/init/error", post(not_started))
            .with_state(lambda.clone());
        let api = served(router).await;
        let mut process = Command::new(super::binaries::binary(name))
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", api.strip_prefix("http://").unwrap())
            .env("AWS_LAMBDA_FUNCTION_NAME", name)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("_HANDLER", "bootstrap")
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let (lines, log) = mpsc::unbounded_channel();
        let mut written = BufReader::new(process.stdout.take().unwrap()).lines();
        tokio::spawn(async move {
            while let Ok(Some(line)) = written.next_line().await {
                let line = serde_json::from_str(&line);
                let line = line.unwrap_or_else(|_| panic!("`{name}` logs what is no JSON"));
                if lines.send(line).is_err() {
                    break;
                }
            }
        });
        Self { name, process, jobs, lambda, log, number: 0 }
    }

    /// The next line of its log that has a member of this name.
    pub(crate) async fn logged(&mut self, member: &str) -> Value {
        let found = async {
            loop {
                let line = self.log.recv().await.unwrap();
                if line.get(member).is_some() {
                    return line;
                }
            }
        };
        let found = tokio::time::timeout(INVOCATION_MAX, found).await;
        found.unwrap_or_else(|_elapsed| panic!("`{}` logs no {member}", self.name))
    }

    /// Hands the function an event and waits for its answer.
    pub(crate) async fn invoke(&mut self, event: &Value) -> Answered {
        self.number += 1;
        let id = format!("00000000-0000-4000-8000-{:012}", self.number);
        let (reply, answer) = oneshot::channel();
        self.lambda.pending.lock().unwrap().insert(id.clone(), reply);
        self.jobs.send(Job { id, event: event.to_string() }).unwrap();
        let name = self.name;
        let answered = async {
            tokio::select! {
                answer = answer => answer.unwrap(),
                ended = self.process.wait() => panic!("`{name}` has ended: {ended:?}"),
            }
        };
        let answered = tokio::time::timeout(INVOCATION_MAX, answered).await;
        answered.unwrap_or_else(|_elapsed| panic!("`{name}` does not answer"))
    }
}

async fn next(State(lambda): State<Arc<Lambda>>) -> Response {
    // An empty answer would not be understood: the function is kept waiting instead.
    let Some(job) = lambda.waiting.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let deadline = SystemTime::now() + INVOCATION_MAX;
    let deadline_ms = deadline.duration_since(UNIX_EPOCH).unwrap().as_millis().to_string();
    let headers = [
        ("lambda-runtime-aws-request-id", job.id),
        ("lambda-runtime-deadline-ms", deadline_ms),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:eu-central-1:123456789012:function:annals".to_owned(),
        ),
        ("lambda-runtime-trace-id", "Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e".to_owned()),
    ];
    (headers, job.event).into_response()
}

/// The function cannot start. It ends next, and that is seen where it is invoked.
async fn not_started() -> StatusCode {
    StatusCode::ACCEPTED
}

async fn answered(
    State(lambda): State<Arc<Lambda>>,
    PathOf(id): PathOf<String>,
    body: Bytes,
) -> StatusCode {
    lambda.told(&id, Ok(serde_json::from_slice(&body).unwrap()))
}

async fn failed(
    State(lambda): State<Arc<Lambda>>,
    PathOf(id): PathOf<String>,
    body: Bytes,
) -> StatusCode {
    lambda.told(&id, Err(serde_json::from_slice(&body).unwrap()))
}

impl Lambda {
    fn told(&self, id: &str, answer: Answered) -> StatusCode {
        match self.pending.lock().unwrap().remove(id) {
            Some(reply) => {
                reply.send(answer).unwrap();
                StatusCode::ACCEPTED
            }
            None => StatusCode::BAD_REQUEST,
        }
    }
}
