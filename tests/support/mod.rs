//! What the tests share: a stack in memory, callers with tokens, a clock that is set by hand.

pub(crate) mod binaries;
mod document;
pub(crate) mod probe;
pub(crate) mod process;
pub(crate) mod runtime_api;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use bytes::Bytes;
use engine::mapping::Chaos;
use engine::{Call, Decision, Fault, Faults};
use events::Registry;
use http::{HeaderMap, Method, Request};
use local::{DEMO_PEOPLE, Data, Settings, Stack};
use serde_json::Value;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::{Appended, Clock, Draft, Recorded};
use vocabulary::{Actor, ActorId, ActorKind, Digest, Instant, RecordKey, Schema, StoredEvent};

/// 2026-11-22T12:00:00Z, where hand-set clocks begin.
pub(crate) const NOON_MS: i64 = 1_795_348_800_000;

/// A clock that is set by hand.
#[derive(Debug, Clone)]
pub(crate) struct HandClock(Arc<AtomicI64>);

impl HandClock {
    pub(crate) fn at_noon() -> Self {
        Self(Arc::new(AtomicI64::new(NOON_MS)))
    }

    pub(crate) fn advance_ms(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }

    pub(crate) fn clock(&self) -> Clock {
        let ms = self.0.clone();
        Clock::new(move || Instant::from_millis(ms.load(Ordering::SeqCst)))
    }
}

/// A stack in memory.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) stack: Stack,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::start_with(|settings| settings).await
    }

    /// A stack with other settings: clock, record types, faults, chaos.
    pub(crate) async fn start_with(change: impl FnOnce(Settings) -> Settings) -> Self {
        let settings = Settings::new(Data::Memory, "http://localhost:8080".to_owned());
        Self { stack: Stack::start(change(settings)).await.unwrap() }
    }

    /// A stack whose calls to the tables meet faults.
    pub(crate) async fn with_faults<D: Into<Decision>>(
        decide: impl Fn(&Call<'_>) -> D + Send + Sync + 'static,
    ) -> Self {
        let faults = Faults::new(decide);
        Self::start_with(|settings| Settings { faults, ..settings }).await
    }

    pub(crate) async fn with_chaos(chaos: Chaos) -> Self {
        Self::start_with(|settings| Settings { chaos, ..settings }).await
    }

    pub(crate) async fn with_registry(registry: Registry) -> Self {
        let registry = Arc::new(registry);
        Self::start_with(|settings| Settings { registry, ..settings }).await
    }

    /// A caller who has signed in as one of the demo people.
    pub(crate) fn caller(&self, username: &str) -> Caller<'_> {
        let person = DEMO_PEOPLE.iter().find(|person| person.username == username).unwrap();
        let (token, _) = self.stack.gateway.identity.access_token(person).unwrap();
        Caller { world: self, headers: vec![("authorization".into(), format!("Bearer {token}"))] }
    }

    /// A caller with a token of any claims.
    pub(crate) fn caller_with_claims(&self, claims: &Value) -> Caller<'_> {
        let token = self.stack.gateway.identity.signed(claims).unwrap();
        Caller { world: self, headers: vec![("authorization".into(), format!("Bearer {token}"))] }
    }

    /// A caller without a token.
    pub(crate) fn stranger(&self) -> Caller<'_> {
        Caller { world: self, headers: Vec::new() }
    }
}

/// Somebody who calls the API. Paths are relative to `/api/v1`.
#[derive(Debug, Clone)]
pub(crate) struct Caller<'a> {
    world: &'a World,
    headers: Vec<(String, String)>,
}

impl Caller<'_> {
    /// The same caller, sending one header more.
    pub(crate) fn with(&self, name: &str, value: &str) -> Self {
        let mut caller = self.clone();
        caller.headers.push((name.to_owned(), value.to_owned()));
        caller
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.send("PUT", path, Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send("PATCH", path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, None).await
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let body = body.map(|body| body.to_string().into_bytes());
        self.send_bytes(method, path, body).await
    }

    /// Sends any bytes, as JSON unless a content type was set.
    pub(crate) async fn send_bytes(
        &self,
        method: &str,
        path: &str,
        body: Option<Vec<u8>>,
    ) -> Answer {
        let mut request = Request::new(Bytes::from(body.clone().unwrap_or_default()));
        *request.method_mut() = Method::from_bytes(method.as_bytes()).unwrap();
        *request.uri_mut() = format!("/api/v1{path}").parse().unwrap();
        for (name, value) in &self.headers {
            let name = http::HeaderName::try_from(name.as_str()).unwrap();
            let value = http::HeaderValue::from_bytes(value.as_bytes()).unwrap();
            request.headers_mut().append(name, value);
        }
        if body.is_some() && !request.headers().contains_key("content-type") {
            request.headers_mut().insert("content-type", "application/json".parse().unwrap());
        }
        let (parts, body) = self.world.stack.gateway.call(request).await.into_parts();
        let answer = Answer { status: parts.status.as_u16(), headers: parts.headers, bytes: body };
        document::assert_told(method, path, &answer);
        answer
    }
}

/// An answer of the API.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Bytes,
}

impl Answer {
    /// The body as JSON; null when there is none.
    pub(crate) fn json(&self) -> Value {
        if self.bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&self.bytes).unwrap()
        }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// The same answer, if it has that status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.bytes));
        self
    }

    /// The last part of the problem's type: `invalid-fields`.
    pub(crate) fn problem(&self) -> String {
        let document = self.json();
        let name = document["type"].as_str().unwrap_or_default();
        name.strip_prefix("urn:annals:problem:").unwrap_or_default().to_owned()
    }

    pub(crate) fn id(&self) -> String {
        self.json()["id"].as_str().unwrap().to_owned()
    }
}

/// A record of the tenant `demo`.
pub(crate) fn demo_key(record_type: &str, id: &str) -> RecordKey {
    RecordKey::from_pk(&format!("t.demo#{record_type}#{id}")).unwrap()
}

/// The way to the log's table: what was put there, and how many answers shall get lost.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wire {
    puts: Arc<Mutex<Vec<Value>>>,
    to_lose: Arc<AtomicU32>,
}

impl Wire {
    pub(crate) fn faults(&self) -> Faults {
        let wire = self.clone();
        Faults::new(move |call| wire.decide(call))
    }

    fn decide(&self, call: &Call<'_>) -> Fault {
        if call.operation != "PutItem" || call.table != Some("annals-events") {
            return Fault::None;
        }
        self.puts.lock().unwrap().push(call.request["Item"].clone());
        let less = |left: u32| left.checked_sub(1);
        match self.to_lose.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less) {
            Ok(_) => Fault::ReplyLost,
            Err(_) => Fault::None,
        }
    }

    /// Loses the answers to the next puts, each try of the SDK counted.
    pub(crate) fn lose(&self, answers: u32) {
        self.to_lose.store(answers, Ordering::SeqCst);
    }

    /// How many answers are still to be lost.
    pub(crate) fn to_lose(&self) -> u32 {
        self.to_lose.load(Ordering::SeqCst)
    }

    /// The items put so far, as DynamoDB's JSON; none is left.
    pub(crate) fn take_puts(&self) -> Vec<Value> {
        std::mem::take(&mut *self.puts.lock().unwrap())
    }
}

/// An event of schema 1.
pub(crate) fn event(event_type: &str, data: Value) -> StoredEvent {
    StoredEvent { event_type: event_type.to_owned(), schema: Schema(1), data }
}

/// A commit to be, by somebody who is none of the demo people.
pub(crate) fn draft(now: Instant, events: Vec<StoredEvent>) -> Draft {
    let actor = Actor {
        kind: ActorKind::ServiceAccount,
        id: ActorId::parse("another-writer").unwrap(),
        name: None,
        on_behalf_of: None,
    };
    Draft {
        commit: Clock::new(move || now).mint(),
        now,
        effective_at: None,
        actor,
        reason: None,
        correlation: None,
        causation: None,
        trace: None,
        key: None,
        request: None,
        app: "0.0.0".to_owned(),
        events,
    }
}

impl World {
    pub(crate) fn now(&self) -> Instant {
        self.stack.projector.clock.now()
    }

    /// Waits until the schedules' run at the start is over: the reconciler, then the publisher's
    /// repair. The next one comes after five minutes of the machine's time.
    pub(crate) async fn first_run_over(&self) {
        let store = &self.stack.store;
        until(async || store.watermark("publisher").await.unwrap().is_some()).await;
    }

    /// The commit that another writer would append now.
    pub(crate) async fn next_commit(&self, key: &RecordKey, events: Vec<StoredEvent>) -> Recorded {
        let newest = self.stack.store.newest(key).await.unwrap();
        let head = newest.map(|newest| newest.unwrap().head());
        Recorded::after(head.as_ref(), key, draft(self.now(), events)).unwrap()
    }

    /// Appends one commit as another writer.
    pub(crate) async fn append(&self, key: &RecordKey, events: Vec<StoredEvent>) -> Recorded {
        let commit = self.next_commit(key, events).await;
        assert!(matches!(self.stack.store.append(&commit).await, Ok(Appended::Done)));
        commit
    }

    /// Appends commits as another writer until the record has a version. Each carries the
    /// idempotency key `key-{version}`.
    pub(crate) async fn append_up_to(
        &self,
        key: &RecordKey,
        version: u64,
        events: impl Fn(u64) -> Vec<StoredEvent>,
    ) {
        let newest = self.stack.store.newest(key).await.unwrap();
        let mut head = newest.map(|newest| newest.unwrap().head());
        loop {
            let next = head.map_or(1, |head| head.version.get() + 1);
            if next > version {
                return;
            }
            let draft = Draft {
                key: Some(format!("key-{next}")),
                request: Some(format!("{next:032x}")),
                ..draft(self.now(), events(next))
            };
            let commit = Recorded::after(head.as_ref(), key, draft).unwrap();
            assert!(matches!(self.stack.store.append(&commit).await, Ok(Appended::Done)));
            head = Some(commit.head());
        }
    }

    /// Puts a commit's item with another text in its place: what no writer of ours does.
    pub(crate) async fn put_raw(&self, commit: &Recorded, text: &str) {
        self.put_raw_after(commit, commit.prev(), text).await;
    }

    /// The same, with another hash in the place of the previous commit's.
    pub(crate) async fn put_raw_after(&self, commit: &Recorded, prev: Digest, text: &str) {
        let pk = commit.key().pk();
        let shard = Digest::of(&[pk.as_bytes()]).shard(store::FEED_SHARDS);
        let id = commit.commit().commit;
        let put = self.stack.engine.dynamodb().put_item().table_name("annals-events");
        put.item("d", AttributeValue::S(format!("{}#{shard}", id.minted_at().day())))
            .item("pk", AttributeValue::S(pk))
            .item("rev", AttributeValue::N(commit.version().to_string()))
            .item("p", AttributeValue::B(Blob::new(prev.as_bytes())))
            .item("c", AttributeValue::S(id.to_string()))
            .item("e", AttributeValue::S(text.to_owned()))
            .send()
            .await
            .unwrap();
    }
}

impl Caller<'_> {
    /// All items of a list or history, page by page.
    pub(crate) async fn all(&self, path: &str) -> Vec<Value> {
        let (mut items, mut cursor) = (Vec::new(), String::new());
        loop {
            let joint = if path.contains('?') { '&' } else { '?' };
            let page =
                self.get(&format!("{path}{joint}limit=100{cursor}")).await.expect(200).json();
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return items,
            }
        }
    }
}

/// The claims of an access token, good for an hour from the machine's present time.
pub(crate) fn access_claims(sub: &str, groups: &[&str]) -> Value {
    let now_s = Clock::system().now().as_millis() / 1_000;
    serde_json::json!({
        "sub": sub,
        "cognito:groups": groups,
        "iss": "http://localhost:8080",
        "client_id": "annals-web",
        "token_use": "access",
        "iat": now_s,
        "exp": now_s + 3_600,
        "username": sub,
    })
}

impl World {
    /// How many commits the event table holds, counted page by page.
    pub(crate) async fn commits(&self) -> usize {
        let (client, mut start, mut count) = (self.stack.engine.dynamodb(), None, 0);
        loop {
            let table = &self.stack.store.tables().events;
            let scan = client.scan().table_name(table).consistent_read(true).limit(100);
            let page = scan.set_exclusive_start_key(start).send().await.unwrap();
            count += page.items().len();
            start = page.last_evaluated_key;
            if start.is_none() {
                return count;
            }
        }
    }
}

impl Answer {
    /// The problem document for a snapshot: its trace's id is another one in each run.
    pub(crate) fn redacted(&self) -> String {
        let mut document = self.json();
        if let Some(trace_id) = document.get_mut("trace_id") {
            assert!(trace_id.as_str().is_some_and(|id| !id.is_empty()), "no trace can be found");
            *trace_id = "[trace]".into();
        }
        serde_json::to_string_pretty(&document).unwrap()
    }
}

/// Waits for a condition, at most twenty seconds.
pub(crate) async fn until(reached: impl AsyncFn() -> bool) {
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while !reached().await {
        assert!(std::time::Instant::now() < deadline, "what was waited for does not happen");
        tokio::task::yield_now().await;
    }
}
