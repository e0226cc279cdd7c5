//! What is measured: the functions behind their gateway, over one engine; alone, or as `make run`
//! starts them, with projector and publisher running along.

use crate::counter::Counter;
use anyhow::{Context, bail};
use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_lambda_events::streams::DynamoDbEventResponse;
use bytes::Bytes;
use commands::operations::Operations;
use commands::{Commands, People};
use engine::mapping::{Mapping, Runner};
use engine::objects::{Links, Objects};
use engine::queue::{Queue, Queues};
use engine::{Durability, Engine, Faults};
use events::Registry;
use http::{Method, Request};
use local::{DEMO_PEOPLE, Data, Gateway, Identity, Settings, Stack, UserPool};
use projections::{Projector, Report};
use queries::Queries;
use queries::audit::Audit;
use queries::exports::{self, Exports};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use store::{Clock, FailedBatches, Store, Tables};
use tempfile::TempDir;
use vocabulary::RecordKey;

const ISSUER: &str = "http://localhost:8080";
/// The tables of what is measured, named as a local stack names them.
const STACK: &str = "annals";
/// Records in one call of the projector: the mapping's batch size.
pub(crate) const BATCH: usize = 100;

/// Where the data are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Home {
    Memory,
    Folder(Durability),
}

/// Who works beside the functions that answer requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Around {
    /// Nobody: what a command costs by itself.
    Alone,
    /// Projector, publisher and schedules: what a machine does in all.
    WholeStack,
}

/// A place to measure in.
#[derive(Debug)]
pub(crate) struct House {
    pub(crate) engine: Engine,
    pub(crate) store: Store,
    pub(crate) projector: Projector,
    gateway: Gateway,
    token: String,
    auditor: String,
    stack: Option<Stack>,
    // Dropped last: the engine's file is in it.
    _folder: Option<TempDir>,
}

impl House {
    pub(crate) async fn open(home: Home, around: Around) -> anyhow::Result<Arc<Self>> {
        let folder = match home {
            Home::Memory => None,
            Home::Folder(_) => Some(tempfile::tempdir().context("a temporary folder")?),
        };
        let path = folder.as_ref().map(|folder| folder.path().to_owned());
        let (engine, gateway, stack) = match (around, home) {
            (Around::WholeStack, _) => {
                let data = path.map_or(Data::Memory, Data::Folder);
                let mut settings = Settings::new(data, ISSUER.to_owned());
                if let Home::Folder(durability) = home {
                    settings.durability = durability;
                }
                let stack = Stack::start(settings).await?;
                (stack.engine.clone(), stack.gateway.clone(), Some(stack))
            }
            (Around::Alone, Home::Memory) => {
                let engine = Engine::memory()?;
                let gateway = functions(&engine).await?;
                (engine, gateway, None)
            }
            (Around::Alone, Home::Folder(durability)) => {
                let path = path.context("a temporary folder")?;
                let engine = Engine::open(&path.join("annals.db"), durability)?;
                let gateway = functions(&engine).await?;
                (engine, gateway, None)
            }
        };
        let store = gateway.commands.store.clone();
        let (token, auditor) = (token_of(&gateway, "editor")?, token_of(&gateway, "auditor")?);
        let projector = projector(&store);
        let house =
            Self { engine, store, projector, gateway, token, auditor, stack, _folder: folder };
        house.settled().await;
        Ok(Arc::new(house))
    }

    /// The same house, its calls to the tables counted. Counting reads every request, so what is
    /// timed never goes this way.
    pub(crate) fn watched(&self) -> (Self, Counter) {
        let counter = Counter::default();
        (self.watched_by(counter.faults()), counter)
    }

    /// The same house, its calls to the tables seen by somebody.
    pub(crate) fn watched_by(&self, faults: Faults) -> Self {
        let client = self.engine.dynamodb_with(faults);
        let store = Store::new(client, self.store.tables().clone());
        Self {
            engine: self.engine.clone(),
            projector: projector(&store),
            gateway: gateway(
                &store,
                self.gateway.identity.clone(),
                self.gateway.audit.exports.clone(),
            ),
            token: self.token.clone(),
            auditor: self.auditor.clone(),
            stack: None,
            _folder: None,
            store,
        }
    }

    /// Waits until projector and publisher have done their work, where there are any.
    pub(crate) async fn settled(&self) {
        if let Some(stack) = &self.stack {
            stack.settled().await;
        }
    }

    /// Registers a customer.
    pub(crate) async fn create(&self, id: &str) -> anyhow::Result<()> {
        let body = json!({
            "id": id,
            "name": "Ottoline Featherstonehaugh",
            "email": "ottoline@featherstonehaugh.example",
            "phone": "+44 20 7946 0991",
            "company": "Featherstonehaugh & Daughters",
            "address": {
                "line1": "12 Market Street", "postal_code": "N1 7AA", "city": "London",
                "country": "United Kingdom",
            },
            "tags": ["key account"],
        });
        self.sent("POST", "/customers", &[("idempotency-key", id)], Some(body)).await
    }

    /// Changes how the customer is reached, once registered.
    pub(crate) async fn edit(&self, id: &str) -> anyhow::Result<()> {
        let body =
            json!({ "email": "office@featherstonehaugh.example", "phone": "+44 20 7946 0017" });
        // A key of its own: the create's was this id.
        let idempotency_key = format!("{id}-edit");
        let headers = [("if-match", "\"1\""), ("idempotency-key", idempotency_key.as_str())];
        self.sent("PATCH", &format!("/customers/{id}"), &headers, Some(body)).await
    }

    /// The way through gateway and handler with nothing at its end. The token is checked as ever.
    pub(crate) async fn health(&self) -> anyhow::Result<()> {
        self.sent("GET", "/health", &[], None).await
    }

    pub(crate) async fn get(&self, id: &str) -> anyhow::Result<()> {
        self.sent("GET", &format!("/customers/{id}"), &[], None).await
    }

    /// The first page of a record's history, newest first.
    pub(crate) async fn history(&self, id: &str) -> anyhow::Result<()> {
        self.sent("GET", &format!("/customers/{id}/history?limit=25"), &[], None).await
    }

    /// A record as it was.
    pub(crate) async fn as_of(&self, id: &str, version: u64) -> anyhow::Result<()> {
        self.sent("GET", &format!("/customers/{id}?version={version}"), &[], None).await
    }

    pub(crate) async fn list(&self) -> anyhow::Result<()> {
        self.sent("GET", "/customers?limit=25", &[], None).await
    }

    async fn sent(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> anyhow::Result<()> {
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let mut request = Request::builder()
            .method(Method::from_bytes(method.as_bytes())?)
            .uri(format!("/api/v1{path}"))
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = self.gateway.call(request.body(Bytes::from(body))?).await;
        if !answer.status().is_success() {
            bail!("{method} {path}: {}", String::from_utf8_lossy(answer.body()));
        }
        Ok(())
    }

    /// What an auditor reads.
    pub(crate) async fn audit(&self, path: &str) -> anyhow::Result<Value> {
        let request = Request::get(format!("/api/v1{path}"))
            .header("authorization", format!("Bearer {}", self.auditor));
        let answer = self.gateway.call(request.body(Bytes::new())?).await;
        if !answer.status().is_success() {
            bail!("{path}: {}", String::from_utf8_lossy(answer.body()));
        }
        Ok(serde_json::from_slice(answer.body())?)
    }

    /// What the log's stream holds since the last call, in batches as the mapping sends them.
    pub(crate) async fn batches(&self) -> anyhow::Result<Vec<Event>> {
        let seen: Arc<Mutex<Vec<EventRecord>>> = Arc::default();
        let reader =
            Mapping { parallelization: 1, ..Mapping::new("bench", &self.store.tables().events) };
        let runner = Runner::start(self.engine.clone(), reader, {
            let seen = seen.clone();
            move |event: Event| {
                seen.lock().unwrap_or_else(PoisonError::into_inner).extend(event.records);
                async { Ok::<_, Infallible>(DynamoDbEventResponse::default()) }
            }
        });
        runner.idle().await;
        runner.stop().await?;
        let seen = std::mem::take(&mut *seen.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(seen.chunks(BATCH).map(batch).collect())
    }

    /// Projects one batch. Nothing may be left to be tried again.
    pub(crate) async fn project(&self, batch: Event) -> anyhow::Result<()> {
        let answer = self.projector.handle(batch).await?;
        if !answer.batch_item_failures.is_empty() {
            bail!("a record was not projected");
        }
        Ok(())
    }
}

/// The id of a record, 26 characters as those that we choose.
pub(crate) fn id(series: &str, number: usize) -> String {
    format!("{series:0<16}{number:010}")
}

/// The key of a customer of the tenant `demo`.
pub(crate) fn key(id: &str) -> anyhow::Result<RecordKey> {
    Ok(RecordKey::from_pk(&format!("t.demo#customer#{id}"))?)
}

fn batch(records: &[EventRecord]) -> Event {
    let mut event = Event::default();
    event.records = records.to_vec();
    event
}

fn token_of(gateway: &Gateway, username: &str) -> anyhow::Result<String> {
    let person = DEMO_PEOPLE.iter().find(|person| person.username == username);
    Ok(gateway.identity.access_token(person.context("a demo person")?)?.0)
}

async fn functions(engine: &Engine) -> anyhow::Result<Gateway> {
    let store = Store::new(engine.dynamodb(), Tables::of_stack(STACK));
    store.create_tables().await?;
    let identity = Identity::new(None, ISSUER.to_owned(), Clock::system())?;
    let exports = exports(engine).await?;
    Ok(gateway(&store, Arc::new(identity), exports))
}

/// Where exports would be written: nobody writes any.
async fn exports(engine: &Engine) -> anyhow::Result<Exports> {
    let objects = Objects::memory(Links::new(ISSUER, "bench", "bench"), || 0);
    let queues = Queues::open(engine.clone(), vec![Queue::new("exports")]).await?;
    Ok(Exports {
        objects: exports::Objects::new(objects.client(), "exports".to_owned()),
        queue: store::Queue::new(queues.client(), Queues::url("exports")),
    })
}

fn gateway(store: &Store, identity: Arc<Identity>, exports: Exports) -> Gateway {
    let objects = Objects::memory(Links::new(ISSUER, "bench", "bench"), || 0);
    let registry = Arc::new(Registry::shipped());
    let (clock, build) = (Clock::system(), env!("CARGO_PKG_VERSION"));
    let commands =
        Commands { store: store.clone(), registry: registry.clone(), clock: clock.clone(), build };
    let queries = Queries { store: store.clone(), registry, clock, build };
    let directory = UserPool::of(identity.directory().clone()).reached(Faults::none());
    let people = Arc::new(People { commands: commands.clone(), directory });
    let audit = Arc::new(Audit { queries: queries.clone(), exports });
    let operations = Operations {
        commands: commands.clone(),
        rebuilds: audit.exports.queue.clone(),
        publishing: audit.exports.queue.clone(),
        failed: FailedBatches::new(objects.client(), "failed".to_owned()),
        grace: Duration::ZERO,
        keep: Duration::ZERO,
    };
    Gateway {
        operations: Arc::new(operations),
        identity,
        commands: Arc::new(commands),
        people,
        queries: Arc::new(queries),
        audit,
    }
}

fn projector(store: &Store) -> Projector {
    Projector {
        store: store.clone(),
        registry: Arc::new(Registry::shipped()),
        clock: Clock::system(),
        build: env!("CARGO_PKG_VERSION"),
        report: Arc::new(Report::default()),
    }
}
