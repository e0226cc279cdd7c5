//! One schedule: who acts when, decided by a seed.

use super::check;
use super::naive::Naive;
use super::probe::{Fold, registry, set_poisonous};
use crate::support::HandClock;
use aws_lambda_events::dynamodb::{Event, EventRecord};
use commands::Commands;
use engine::{Call, Decision, Engine, Fault, Faults};
use futures::task::noop_waker;
use projections::{AUDIT, COUNTS, FIRST_GENERATION, Projector, RECORDS, Report};
use serde_json::json;
use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;
use store::{Build, BuildState, Generation, Store, Tables, ViewGenerations};

/// Who keeps the views.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Projecting {
    /// The product's projector.
    Right,
    /// Applies a commit if its version is greater than the row's.
    GreaterVersion,
    /// Applies every commit as it comes.
    TrustOrder,
    /// Writes rows for every commit, but tells how far it has come before it has.
    CursorFirst,
    /// Keeps rows right, but adds one to a number for every event that says so.
    AddOne,
}

/// What happened in a schedule, or in many.
#[derive(Debug, Default, Clone)]
pub(super) struct Tally {
    schedules: u64,
    commits: u64,
    calls: u64,
    dropped: u64,
    doubled: u64,
    crashes: u64,
    faults: u64,
    parked: u64,
    repaired: u64,
    duplicates: u64,
    fold_changes: u64,
    two_generations: u64,
    refused: u64,
}

impl Tally {
    pub(super) fn add(&mut self, other: &Self) {
        for (sum, number) in self.numbers_mut().into_iter().zip(other.clone().numbers_mut()) {
            *sum += *number;
        }
    }

    fn numbers_mut(&mut self) -> [&mut u64; 13] {
        [
            &mut self.schedules,
            &mut self.commits,
            &mut self.calls,
            &mut self.dropped,
            &mut self.doubled,
            &mut self.crashes,
            &mut self.faults,
            &mut self.parked,
            &mut self.repaired,
            &mut self.duplicates,
            &mut self.fold_changes,
            &mut self.two_generations,
            &mut self.refused,
        ]
    }

    pub(super) fn assert_everything_happened(&self) {
        assert!(self.clone().numbers_mut().iter().all(|number| **number > 0), "{self}");
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

/// The schedule's dice, shared with the faults.
#[derive(Clone)]
struct Dice(Arc<Mutex<fastrand::Rng>>);

impl Dice {
    fn per_mille(&self, chance: u32) -> bool {
        self.0.lock().unwrap().u32(0..1_000) < chance
    }

    fn below(&self, end: usize) -> usize {
        self.0.lock().unwrap().usize(0..end)
    }

    fn between(&self, from: u64, to: u64) -> u64 {
        self.0.lock().unwrap().u64(from..=to)
    }
}

/// A command that somebody wants carried out, and retries until it is known what became of it.
#[derive(Debug, Clone)]
pub(super) struct Wish {
    pub(super) key: String,
    pub(super) record: String,
    path: String,
    body: serde_json::Value,
    if_match: Option<u64>,
    pub(super) fate: Fate,
    /// How often it was sent.
    pub(super) tries: u32,
}

impl Wish {
    /// Whether it may find nothing to change: what is finished cannot be finished again.
    pub(super) fn may_change_nothing(&self) -> bool {
        self.path.ends_with("/finish") || self.path.ends_with("/reopen")
    }
}

/// What is known of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Unknown,
    Acknowledged,
    Refused,
}

type Work = Pin<Box<dyn Future<Output = Done>>>;

enum Done {
    Command(usize, u16),
    Batch(bool),
    Reconciled,
}

struct Process {
    work: Work,
    /// What has to be delivered again if it crashes or fails.
    batch: Vec<EventRecord>,
    folds_poison: bool,
}

struct World {
    dice: Dice,
    engine: Engine,
    store: Store,
    client: aws_sdk_dynamodb::Client,
    clock: HandClock,
    faulty: Arc<AtomicBool>,
    wishes: Vec<Wish>,
    queue: Vec<EventRecord>,
    read: Option<String>,
    processes: Vec<Process>,
    projecting: Projecting,
    fold: Fold,
    fold_changes_at: Option<u64>,
    reports: Vec<Arc<Report>>,
    tally: Tally,
    lossy: bool,
    faults: Arc<AtomicU64>,
    went_back: Notes,
}

pub(super) const TABLES: &str = "chaos";

/// Runs one schedule; says what happened and what is wrong at its end.
pub(super) fn run(seed: u64, projecting: Projecting) -> (Tally, Vec<String>) {
    fastrand::seed(seed);
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.unwrap().block_on(async move {
        let mut world = World::new(seed, projecting).await;
        world.play().await;
        world.end().await;
        let World { store, client, fold, wishes, mut tally, went_back, .. } = world;
        let mut wrong = check::differences(&store, &client, projecting, fold, &wishes).await;
        wrong.extend(went_back.lock().unwrap().drain(..));
        tally.commits = check::commits(&store, &wishes).await;
        (tally, wrong)
    })
}

impl World {
    async fn new(seed: u64, projecting: Projecting) -> Self {
        let dice = Dice(Arc::new(Mutex::new(fastrand::Rng::with_seed(seed))));
        let engine = Engine::memory().unwrap();
        let faulty = Arc::new(AtomicBool::new(true));
        let fault_chance = u32::try_from(dice.between(0, 2)).unwrap() * 20;
        let happened = Arc::new(AtomicU64::new(0));
        let went_back = Notes::default();
        let misfortune =
            faults(went_back.clone(), dice.clone(), faulty.clone(), fault_chance, happened.clone());
        let client = engine.inline_dynamodb_with(misfortune);
        let calm =
            Store::new(engine.inline_dynamodb_with(Faults::none()), Tables::of_stack(TABLES));
        calm.create_tables().await.unwrap();
        // As if the reconciler had run just before; a first run would read two days.
        let noon = HandClock::at_noon();
        calm.move_watermark("projector", noon.clock().now()).await.unwrap();
        let store = Store::new(client.clone(), Tables::of_stack(TABLES));
        let mut tally = Tally { schedules: 1, ..Tally::default() };
        if dice.per_mille(400) {
            tally.two_generations = 1;
            for view in [RECORDS, COUNTS, AUDIT] {
                let building = Generation { number: 2, buckets: 8, list_shards: 2 };
                let first = ViewGenerations::first(view, FIRST_GENERATION);
                let building = Build {
                    generation: building,
                    rebuild: vocabulary::RecordId::from_bits(1),
                    state: BuildState::Building,
                    trial: false,
                };
                let both = ViewGenerations { building: Some(building), ..first };
                calm.register_view(&both).await.unwrap();
            }
        }
        let changes = projecting == Projecting::Right && dice.per_mille(250);
        let fold_changes_at = changes.then(|| dice.between(40, 160));
        let lossy = projecting == Projecting::Right;
        Self {
            wishes: wishes(&dice, lossy),
            dice,
            engine,
            store,
            client,
            clock: noon,
            faulty,
            queue: Vec::new(),
            read: None,
            processes: Vec::new(),
            projecting,
            fold: Fold::First,
            fold_changes_at,
            reports: Vec::new(),
            tally,
            lossy,
            faults: happened,
            went_back,
        }
    }

    /// The turbulent part: at each step somebody may begin, and one of those at work goes on by one
    /// call, or crashes.
    async fn play(&mut self) {
        for step in 0..300 {
            if self.fold_changes_at == Some(step) {
                self.fold = Fold::Second;
                self.tally.fold_changes = 1;
            }
            self.read_stream();
            self.begin_somebody();
            self.advance_somebody();
            let ms = self.dice.between(1, 60);
            tokio::time::advance(Duration::from_millis(ms)).await;
            self.clock.advance_ms(i64::try_from(self.dice.between(0, 2_000)).unwrap());
            let waiting = self.wishes.iter().any(|wish| wish.fate == Fate::Unknown);
            if step > 120 && self.processes.is_empty() && !waiting {
                return;
            }
        }
    }

    /// The calm afterwards: no faults, poison mended, every retry sent, the reconciler run.
    async fn end(&mut self) {
        self.faulty.store(false, Ordering::SeqCst);
        for process in std::mem::take(&mut self.processes) {
            self.queue.extend(process.batch);
        }
        set_poisonous(false);
        for index in 0..self.wishes.len() {
            for _ in 0..3 {
                if self.wishes[index].fate == Fate::Unknown {
                    let done = self.command(index).await;
                    self.settle(&done);
                }
            }
        }
        self.read_stream();
        if self.projecting != Projecting::Right || self.dice.per_mille(500) {
            // Everything that was late arrives; half of the time nothing does, and only the
            // reconciler can help.
            for record in std::mem::take(&mut self.queue) {
                self.projection(vec![record]).await;
            }
        }
        if self.lossy {
            // A parked record is tried again after up to four hours.
            for minutes in [10, 5 * 60] {
                self.clock.advance_ms(minutes * 60_000);
                self.projector(self.fold).reconcile().await.unwrap();
            }
            if self.tally.fold_changes > 0 {
                // A changed fold makes old rows outdated until they are touched.
                self.read = None;
                self.lossy = false;
                self.read_stream();
                for record in std::mem::take(&mut self.queue) {
                    self.projection(vec![record]).await;
                }
            }
        }
        self.tally.faults = self.faults.load(Ordering::Relaxed);
        for report in &self.reports {
            self.tally.parked += report.parked.load(Ordering::Relaxed);
            self.tally.repaired += report.repaired.load(Ordering::Relaxed);
            self.tally.duplicates += report.duplicates.load(Ordering::Relaxed);
        }
    }

    /// Takes what is new in the stream, losing and doubling some of it.
    fn read_stream(&mut self) {
        loop {
            let table = format!("{TABLES}-events");
            let fresh =
                self.engine.inline_stream_batch(&table, self.read.as_deref(), 1_000).unwrap();
            let Some(last) = fresh.last() else { return };
            self.read.clone_from(&last.change.sequence_number);
            for record in fresh {
                if self.lossy && self.dice.per_mille(250) {
                    self.tally.dropped += 1;
                    continue;
                }
                if self.dice.per_mille(300) {
                    self.tally.doubled += 1;
                    self.queue.push(record.clone());
                }
                self.queue.push(record);
            }
        }
    }

    fn begin_somebody(&mut self) {
        let chance = self.dice.between(0, 999);
        let unknown: Vec<usize> =
            (0..self.wishes.len()).filter(|i| self.wishes[*i].fate == Fate::Unknown).collect();
        if chance < 150 && !unknown.is_empty() {
            // The same command may be under way already: a client that did not wait.
            let index = unknown[self.dice.below(unknown.len().min(6))];
            let work = Box::pin(self.command(index));
            self.processes.push(Process { work, batch: Vec::new(), folds_poison: false });
        } else if chance < 400 && !self.queue.is_empty() {
            let size = 1 + self.dice.below(4);
            let batch: Vec<EventRecord> = (0..size.min(self.queue.len()))
                .map(|_| self.queue.swap_remove(self.dice.below(self.queue.len())))
                .collect();
            let work = Box::pin(self.projection(batch.clone()));
            self.processes.push(Process { work, batch, folds_poison: true });
        } else if chance < 410 && self.lossy {
            let projector = self.projector(self.a_fold());
            let work = Box::pin(async move {
                // A run that fails is run again by the schedule; the end runs one that must not.
                drop(projector.reconcile().await);
                Done::Reconciled
            });
            self.processes.push(Process { work, batch: Vec::new(), folds_poison: true });
        }
    }

    fn advance_somebody(&mut self) {
        for _ in 0..3 {
            if self.processes.is_empty() {
                return;
            }
            let index = self.dice.below(self.processes.len());
            if self.dice.per_mille(8) {
                let crashed = self.processes.swap_remove(index);
                self.tally.crashes += 1;
                self.queue.extend(crashed.batch);
                continue;
            }
            let process = &mut self.processes[index];
            set_poisonous(process.folds_poison);
            let polled = process.work.as_mut().poll(&mut Context::from_waker(&noop_waker()));
            set_poisonous(false);
            self.tally.calls += 1;
            if let Poll::Ready(done) = polled {
                let process = self.processes.swap_remove(index);
                if matches!(done, Done::Batch(false)) {
                    self.queue.extend(process.batch);
                }
                self.settle(&done);
            }
        }
    }

    fn settle(&mut self, done: &Done) {
        let Done::Command(index, status) = done else { return };
        let fate = match status {
            200 | 201 => Fate::Acknowledged,
            412 | 422 => {
                self.tally.refused += 1;
                Fate::Refused
            }
            // Not found: its record is still to be made.
            404 | 409 | 500 | 503 => Fate::Unknown,
            other => panic!("a command was answered with {other}: {:?}", self.wishes[*index]),
        };
        let wish = &mut self.wishes[*index];
        // A command that did not wait may be refused for what the other try of it has changed; what
        // was acknowledged stays acknowledged.
        if wish.fate == Fate::Unknown {
            wish.fate = fate;
        }
    }

    /// The fold of the function that is called: for a while after a change, old ones still run.
    fn a_fold(&self) -> Fold {
        let turbulent = self.faulty.load(Ordering::SeqCst);
        if turbulent && self.fold == Fold::Second && self.dice.per_mille(300) {
            Fold::First
        } else {
            self.fold
        }
    }

    fn projector(&mut self, fold: Fold) -> Projector {
        let report = Arc::new(Report::default());
        self.reports.push(report.clone());
        Projector {
            store: self.store.clone(),
            registry: registry(fold),
            clock: self.clock.clock(),
            build: "chaos",
            report,
        }
    }

    fn projection(&mut self, batch: Vec<EventRecord>) -> impl Future<Output = Done> + 'static {
        let projector = self.projector(self.a_fold());
        let naive = Naive::new(self.client.clone(), self.projecting);
        let projecting = self.projecting;
        let mut event = Event::default();
        event.records = batch;
        async move {
            let whole = match projecting {
                Projecting::Right => {
                    let outcome = projector.handle(event).await;
                    outcome.is_ok_and(|answer| answer.batch_item_failures.is_empty())
                }
                Projecting::GreaterVersion | Projecting::TrustOrder | Projecting::CursorFirst => {
                    naive.handle(&event).await.is_ok()
                }
                Projecting::AddOne => {
                    projector.handle(event.clone()).await.is_ok()
                        && naive.handle(&event).await.is_ok()
                }
            };
            Done::Batch(whole)
        }
    }

    fn command(&mut self, index: usize) -> impl Future<Output = Done> + 'static {
        self.wishes[index].tries += 1;
        let commands = Commands {
            store: self.store.clone(),
            registry: registry(self.a_fold()),
            clock: self.clock.clock(),
            build: "chaos",
        };
        let request = request(&self.wishes[index]);
        async move {
            let answer = commands::handle(&commands, request).await;
            Done::Command(index, answer.status().as_u16())
        }
    }
}

fn faults(
    went_back: Notes,
    dice: Dice,
    faulty: Arc<AtomicBool>,
    chance: u32,
    happened: Arc<AtomicU64>,
) -> Faults {
    Faults::new(move |call: &Call<'_>| {
        if !faulty.load(Ordering::SeqCst) {
            return Decision::default();
        }
        note_step_back(call, &went_back);
        let fault = if dice.per_mille(chance) {
            happened.fetch_add(1, Ordering::Relaxed);
            [Fault::Throttle, Fault::TransactionConflict, Fault::ReplyLost, Fault::Cut]
                [dice.below(4)]
        } else {
            Fault::None
        };
        Decision::yields(1).with(fault)
    })
}

/// What was seen to be wrong on the way.
type Notes = Arc<Mutex<Vec<String>>>;

/// A row must never be replaced by one of an earlier version: no log of these schedules is shorter
/// than it was.
fn note_step_back(call: &Call<'_>, notes: &Notes) {
    let version = |value: &serde_json::Value| -> Option<u64> { value["N"].as_str()?.parse().ok() };
    let (item, read) = (&call.request["Item"], &call.request["ExpressionAttributeValues"]);
    let (new, old) = (version(&item["version"]), version(&read[":version"]));
    if let Some((new, old)) = new.zip(old).filter(|(new, old)| new < old) {
        notes.lock().unwrap().push(format!("a row went from {old} back to {new}: {}", item["sk"]));
    }
}

/// The commands of a schedule: each record is started, then noted in, finished and reopened.
fn wishes(dice: &Dice, poison: bool) -> Vec<Wish> {
    let records = 1 + dice.below(4);
    let mut wishes = Vec::new();
    for record in 0..records {
        wishes.push(wish(
            &format!("r{record}"),
            "/probes",
            json!({"id": format!("r{record}"), "value": "first"}),
            wishes.len(),
        ));
    }
    let poisoned = poison && dice.per_mille(400);
    for number in 0..5 + dice.below(18) {
        let record = format!("r{}", dice.below(records));
        let value = match dice.below(20) {
            0 if poisoned => format!("poison{number}"),
            1 if poisoned => format!("panic{number}"),
            _ => format!("v{number}"),
        };
        let (action, body) = match dice.below(10) {
            0..6 => ("note", json!({"value": value})),
            6..8 => ("finish", json!({})),
            _ => ("reopen", json!({})),
        };
        let mut wish = wish(&record, &format!("/probes/{record}/{action}"), body, wishes.len());
        wish.if_match = dice.per_mille(200).then(|| dice.between(1, 6));
        wishes.push(wish);
    }
    wishes
}

fn wish(record: &str, path: &str, body: serde_json::Value, number: usize) -> Wish {
    Wish {
        key: format!("key-{number}"),
        record: record.to_owned(),
        path: path.to_owned(),
        body,
        if_match: None,
        fate: Fate::Unknown,
        tries: 0,
    }
}

/// The command as API Gateway sends it.
fn request(wish: &Wish) -> lambda_http::Request {
    let path = format!("/api/v1{}", wish.path);
    let mut headers = json!({"content-type": "application/json", "idempotency-key": wish.key});
    if let Some(version) = wish.if_match {
        headers["if-match"] = format!("\"{version}\"").into();
    }
    let event = json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "",
        "headers": headers,
        "requestContext": {
            "accountId": "0", "apiId": "a", "domainName": "localhost", "domainPrefix": "localhost",
            "http": {"method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": ""},
            "authorizer": {"jwt": {"claims": {"sub": "ann", "token_use": "access", "cognito:groups": "[tenant-demo editors]"}, "scopes": null}},
            "requestId": "r", "routeKey": "$default", "stage": "$default", "time": "", "timeEpoch": 0
        },
        "body": wish.body.to_string(), "isBase64Encoded": false
    });
    lambda_http::request::from_str(&event.to_string()).unwrap()
}
