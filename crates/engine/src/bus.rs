//! The local EventBridge: takes events through the real SDK client and keeps the newest for whoever
//! looks.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_smithy_types::DateTime;
use futures::FutureExt;
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::connector::{self, Answer, Asked, Service};
use crate::faults::{Fault, Faults};

/// Entries in one call at most, as EventBridge has it.
const MAX_ENTRIES: usize = 10;

/// Bytes of all entries of a call at most. The user guide's stored pages say 256 KB, the SDK's
/// documentation (`aws-sdk-eventbridge` 1.127, `put_events`) says 1 MB; we design for the smaller.
const MAX_BYTES: usize = 256 * 1024;

/// What an entry's time counts for in its size (EventBridge user guide, `eb-putevent-size`, read
/// 2026-11-22).
const TIME_BYTES: usize = 14;

/// An event bus in memory. Cheap to clone; all clones and clients share the entries.
#[derive(Clone, Debug)]
pub struct Bus {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    capacity: usize,
    entries: Mutex<VecDeque<BusEntry>>,
}

/// An event on the bus.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BusEntry {
    /// The id the bus gave it; the sender got it in the answer.
    pub id: String,
    /// Who sent it.
    pub source: String,
    /// What kind of event it is.
    pub detail_type: String,
    /// The content, as JSON.
    pub detail: Value,
    /// The bus it was sent to, by name or ARN; `default` when the sender named none.
    pub bus_name: String,
    /// When it happened, as the sender said, or else when it arrived: milliseconds since 1970.
    pub time_ms: i64,
    /// What it is about, as ARNs.
    pub resources: Vec<String>,
}

impl Bus {
    /// An empty bus that keeps the newest `capacity` entries.
    pub fn new(capacity: usize) -> Bus {
        Bus { shared: Arc::new(Shared { capacity, entries: Mutex::new(VecDeque::new()) }) }
    }

    /// A real SDK client. It answers `PutEvents` and refuses everything else; like AWS it refuses a
    /// call with no entry, more than 10, or more than 256 KB, and tells of a single bad entry in
    /// the answer to that entry. It needs a tokio runtime with time enabled, for the SDK's retries.
    pub fn client(&self) -> aws_sdk_eventbridge::Client {
        self.client_with(Faults::none())
    }

    /// As [`Bus::client`], with `faults` on the way.
    pub fn client_with(&self, faults: Faults) -> aws_sdk_eventbridge::Client {
        connector::eventbridge_client(self.clone(), faults)
    }

    /// Answers one request as EventBridge does over HTTP, see [`crate::Engine::answer_http`].
    pub async fn answer_http(&self, target: &str, body: String) -> (u16, String) {
        connector::answer_http(self, target, body).await
    }

    /// The entries kept, newest last.
    pub fn entries(&self) -> Vec<BusEntry> {
        let entries = self.shared.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.iter().cloned().collect()
    }

    fn keep(&self, entry: BusEntry) {
        let mut entries = self.shared.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.push_back(entry);
        while entries.len() > self.shared.capacity {
            entries.pop_front();
        }
    }

    fn put_events(&self, body: &str, health: Health) -> Answer {
        let request: PutEvents = match serde_json::from_str(body) {
            Ok(request) => request,
            Err(error) => return Answer::error(400, "SerializationException", &error.to_string()),
        };
        if let Some(message) = request.refusal() {
            return Answer::error(400, "ValidationException", &message);
        }
        let outcomes: Vec<Outcome> = request
            .entries
            .into_iter()
            .enumerate()
            .map(|(number, entry)| match health.failure_of(number) {
                Some(failure) => failure,
                None => self.put(entry),
            })
            .collect();
        let failed = outcomes.iter().filter(|outcome| outcome.error_code.is_some()).count();
        Answer::ok(json!({ "FailedEntryCount": failed, "Entries": outcomes }).to_string())
    }

    fn put(&self, entry: Entry) -> Outcome {
        match entry.accept() {
            Ok(entry) => {
                let outcome = Outcome { event_id: Some(entry.id.clone()), ..Outcome::default() };
                self.keep(entry);
                outcome
            }
            Err(outcome) => outcome,
        }
    }

    fn execute(&self, operation: &str, body: &str, health: Health) -> Answer {
        match operation {
            "PutEvents" => self.put_events(body, health),
            other => Answer::error(400, "UnknownOperationException", other),
        }
    }
}

impl Service for Bus {
    fn answer<'a>(&'a self, operation: &'a str, asked: Asked) -> BoxFuture<'a, Answer> {
        async move { self.execute(operation, &asked.text(), Health::Well) }.boxed()
    }

    fn refusal(&self, fault: Fault, _operation: &str, _asked: &Asked) -> Option<Answer> {
        (fault == Fault::Throttle)
            .then(|| Answer::error(400, "ThrottlingException", "Rate exceeded"))
    }

    fn answer_partly<'a>(&'a self, operation: &'a str, asked: Asked) -> BoxFuture<'a, Answer> {
        async move { self.execute(operation, &asked.text(), Health::Ailing) }.boxed()
    }
}

/// Whether all good entries are taken.
#[derive(Clone, Copy)]
enum Health {
    Well,
    /// [`Fault::Unprocessed`]: every second entry fails.
    Ailing,
}

impl Health {
    fn failure_of(self, number: usize) -> Option<Outcome> {
        match (self, number % 4) {
            (Health::Ailing, 0) => Some(Outcome::failed("ThrottlingException", "Rate exceeded")),
            (Health::Ailing, 2) => Some(Outcome::failed("InternalFailure", "Internal failure")),
            (Health::Ailing | Health::Well, _) => None,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutEvents {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    source: Option<String>,
    detail_type: Option<String>,
    detail: Option<String>,
    event_bus_name: Option<String>,
    time: Option<f64>,
    #[serde(default)]
    resources: Vec<String>,
}

/// The answer to one entry.
#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Outcome {
    #[serde(skip_serializing_if = "Option::is_none")]
    event_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<String>,
}

impl Outcome {
    fn failed(code: &'static str, message: &str) -> Outcome {
        Outcome { event_id: None, error_code: Some(code), error_message: Some(message.to_owned()) }
    }
}

impl PutEvents {
    /// Why the whole call is refused, if it is.
    fn refusal(&self) -> Option<String> {
        let constraint = |bound: &str| {
            format!(
                "1 validation error detected: Value at 'entries' failed to satisfy constraint: \
                 Member must have length {bound}"
            )
        };
        if self.entries.is_empty() {
            return Some(constraint("greater than or equal to 1"));
        }
        if self.entries.len() > MAX_ENTRIES {
            return Some(constraint(&format!("less than or equal to {MAX_ENTRIES}")));
        }
        let bytes: usize = self.entries.iter().map(Entry::size_bytes).sum();
        (bytes > MAX_BYTES)
            .then(|| "Total size of the entries in the request is over the limit.".to_owned())
    }
}

impl Entry {
    fn size_bytes(&self) -> usize {
        let texts = [&self.source, &self.detail_type, &self.detail];
        let texts = texts.into_iter().flatten().chain(&self.resources);
        let time = self.time.map_or(0, |_| TIME_BYTES);
        time + texts.map(String::len).sum::<usize>()
    }

    fn accept(self) -> Result<BusEntry, Outcome> {
        let (Some(source), Some(detail_type), Some(detail)) =
            (self.source, self.detail_type, self.detail)
        else {
            let message = "Source, DetailType and Detail are required arguments.";
            return Err(Outcome::failed("InvalidArgument", message));
        };
        let detail = match serde_json::from_str(&detail) {
            Ok(Value::Object(fields)) => Value::Object(fields),
            _ => return Err(Outcome::failed("MalformedDetail", "Detail is malformed.")),
        };
        Ok(BusEntry {
            id: event_id(),
            source,
            detail_type,
            detail,
            bus_name: self.event_bus_name.unwrap_or_else(|| "default".to_owned()),
            time_ms: self.time.map_or_else(now_ms, in_ms),
            resources: self.resources,
        })
    }
}

/// In the form of a UUID, as EventBridge's are.
fn event_id() -> String {
    let hex = format!("{:032x}", fastrand::u128(..));
    let mut id = String::with_capacity(36);
    for (place, digit) in hex.chars().enumerate() {
        if matches!(place, 8 | 12 | 16 | 20) {
            id.push('-');
        }
        id.push(digit);
    }
    id
}

/// To the nearest: a time such as 0.123 s is a little less in binary.
fn in_ms(seconds: f64) -> i64 {
    let nanos = DateTime::from_secs_f64(seconds).as_nanos().saturating_add(500_000);
    i64::try_from(nanos.div_euclid(1_000_000)).unwrap_or_default()
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
