//! Rebuilding views: whole, under load, through crashes at every step, and undone.

mod chance;
mod crash;
mod end;
mod live;
mod rest;
mod steps;
mod whole;

use crate::support::{HandClock, World};
use crate::views::generations_agree_with_the_log;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use aws_sdk_dynamodb::types::AttributeValue;
use engine::queue::Waiting;
use events::Registry;
use local::{RebuildingSettings, Settings};
use projections::{AUDIT, COUNTS, RECORDS, RebuildSettings};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;
use store::{
    BuildState, Generation, Job, Rebuild, RebuildKind, RebuildState, Scope, Segment, Tally,
    ViewGenerations, Written, folds,
};
use vocabulary::{Actor, ActorId, ActorKind, RecordId, Tenant};

/// Pages of so many commits, so that there are some.
const PAGE: i32 = 5;

/// Rebuilds with small pages and without waiting.
fn small() -> RebuildingSettings {
    let settings =
        RebuildSettings { page: PAGE, grace: Duration::ZERO, ..RebuildSettings::default() };
    RebuildingSettings { settings, ..RebuildingSettings::default() }
}

async fn world_with(rebuilds: RebuildingSettings) -> (World, HandClock) {
    let clock = HandClock::at_noon();
    let set = clock.clock();
    let world = World::start_with(|settings| Settings { clock: set, rebuilds, ..settings }).await;
    world.first_run_over().await;
    (world, clock)
}

/// Some records with some commits each.
async fn history(world: &World, records: usize) {
    let editor = world.caller("editor");
    for number in 0..records {
        let made = editor.post("/customers", json!({"name": format!("C {number}")})).await;
        let id = made.expect(201).id();
        for to in ["ann", "ben"].iter().take(number % 3) {
            let path = format!("/customers/{id}/hand_over");
            editor.post(&path, json!({ "to": to })).await.expect(200);
        }
        if number % 4 == 0 {
            let path = format!("/customers/{id}/archive");
            editor.post(&path, json!({"reason": "gone"})).await.expect(200);
        }
    }
    world.stack.settled().await;
}

async fn view(world: &World, name: &str) -> ViewGenerations {
    world.stack.store.view(name).await.unwrap().unwrap()
}

/// The rebuild that an order on a view makes, and what the view becomes.
fn ordered(
    view: &ViewGenerations,
    kind: RebuildKind,
    id: &str,
    world: &World,
) -> (Rebuild, Option<ViewGenerations>) {
    let id = RecordId::parse(id).unwrap();
    let now = world.stack.projector.clock.now();
    let begun = match kind {
        RebuildKind::Full | RebuildKind::DryRun => {
            let folds = folds(&view.view, &world.stack.projector.registry);
            Some(view.begin(id.clone(), kind == RebuildKind::DryRun, folds).unwrap())
        }
        RebuildKind::Verify | RebuildKind::Repair | RebuildKind::Pass => None,
    };
    let built = begun.as_ref().and_then(|view| view.build_of(&id));
    let state = match kind {
        RebuildKind::Verify => RebuildState::Verifying,
        RebuildKind::Full | RebuildKind::DryRun | RebuildKind::Repair | RebuildKind::Pass => {
            RebuildState::Building
        }
    };
    let job = Rebuild {
        generation: built.map_or(view.active, |build| build.generation),
        id,
        step: 1,
        view: view.view.clone(),
        kind,
        state,
        paused: false,
        parallel: 2,
        rate: None,
        promote: false,
        sample: None,
        scope: Scope::Everything,
        tenant: Tenant::of_organisation("demo").unwrap(),
        requested_by: Actor {
            kind: ActorKind::AppUser,
            id: ActorId::parse("operator").unwrap(),
            name: None,
            on_behalf_of: None,
        },
        reason: None,
        requested_at: now,
        not_before: now,
        expected: 0,
        caught_up_at: None,
        ended_at: None,
        error: None,
        accepted_parked: false,
    };
    (job, begun)
}

/// Orders a rebuild as it is changed, and lets the workers begin.
async fn order(
    world: &World,
    name: &str,
    (kind, id): (RebuildKind, &str),
    change: impl FnOnce(Rebuild) -> Rebuild,
) -> Rebuild {
    let (job, begun) = ordered(&view(world, name).await, kind, id, world);
    let job = change(job);
    let kept = world.stack.store.begin_rebuild(&job, begun.as_ref()).await.unwrap();
    assert_eq!(kept, Written::Done);
    // As whoever asks for it says so to the workers.
    let phase = *job.phases().first().unwrap();
    let first = Job::Segment { rebuild: job.id.clone(), phase, segment: 0 };
    world.stack.rebuilding.rebuilder.queue.send(&first).await.unwrap();
    job
}

async fn read(world: &World, job: &Rebuild) -> Rebuild {
    world.stack.store.rebuild(&job.id).await.unwrap().unwrap()
}

async fn segments(world: &World, job: &Rebuild) -> Vec<Segment> {
    world.stack.store.segments(&job.id).await.unwrap()
}

async fn tally(world: &World, job: &Rebuild) -> Tally {
    segments(world, job).await.iter().map(|segment| segment.tally).sum()
}

/// The tally of the phase in which the log was read.
async fn read_tally(world: &World, job: &Rebuild) -> Tally {
    let segments = segments(world, job).await;
    segments.iter().filter(|s| s.phase == store::Phase::Read).map(|s| s.tally).sum()
}

/// A rebuild from its order to its end.
async fn rebuilt(world: &World, name: &str, id: &str) -> Rebuild {
    let job = order(world, name, (RebuildKind::Full, id), |job| job).await;
    world.stack.settled().await;
    read(world, &job).await
}

/// How many commits the log has.
async fn commits_of_the_log(world: &World) -> u64 {
    let scan = world.stack.engine.dynamodb().scan().table_name("annals-events");
    u64::try_from(scan.send().await.unwrap().count()).unwrap()
}

/// How many rows a generation has in the table of its view, whatever they are.
async fn rows_of(world: &World, name: &str, number: u32) -> usize {
    let scan = world.stack.engine.dynamodb().scan().table_name(format!("annals-{name}"));
    let scan = scan
        .filter_expression("begins_with(pk, :number)")
        .expression_attribute_values(":number", AttributeValue::S(format!("{number}#")));
    let (mut rows, mut start) = (0, None);
    loop {
        let page = scan.clone().set_exclusive_start_key(start).send().await.unwrap();
        rows += page.items().len();
        start = page.last_evaluated_key;
        if start.is_none() {
            return rows;
        }
    }
}

/// The rows of a generation agree with the log; of `records` and `counts` those of the other view that are
/// active do too.
async fn agrees(world: &World, registry: &Registry, name: &str, generation: Generation) {
    let (records, counts) = (view(world, RECORDS).await.active, view(world, COUNTS).await.active);
    match name {
        RECORDS => generations_agree_with_the_log(world, registry, generation, counts).await,
        COUNTS => generations_agree_with_the_log(world, registry, records, generation).await,
        other => assert_eq!(other, AUDIT, "audit rows are verified by the rebuild itself"),
    }
}

async fn verified(world: &World, name: &str, job: &Rebuild) {
    let segments = segments(world, job).await;
    assert_eq!((job.state, &job.error), (RebuildState::Verified, &None), "{segments:?}");
    assert!(segments.iter().all(|segment| segment.done_at.is_some()), "{segments:?}");
    let view = view(world, name).await;
    let built = view.build_of(&job.id).map(|build| (build.generation, build.state));
    assert_eq!(built, Some((job.generation, BuildState::Verified)));
    assert_eq!(tally(world, job).await.drift, 0);
}

/// Takes messages as a queue gives them out, one after the other, by hand: for stacks without a worker.
#[derive(Default)]
struct Hand {
    handled: Vec<String>,
    receives: BTreeMap<String, u32>,
}

impl Hand {
    /// The next message that waits. One that broke off comes again after all others, as its visibility has it.
    async fn next(&mut self, world: &World) -> Option<Waiting> {
        let waiting = world.stack.rebuilding.waiting().await;
        let waiting = waiting.into_iter().filter(|message| !self.handled.contains(&message.id));
        let next = waiting.min_by_key(|message| self.receives.get(&message.id).copied())?;
        *self.receives.entry(next.id.clone()).or_default() += 1;
        Some(next)
    }

    fn event(&self, message: &Waiting) -> SqsEvent {
        event(&message.id, &message.body, self.receives[&message.id])
    }

    /// What became of a message: one that was handled does not come again.
    fn settle(&mut self, message: &Waiting, response: &SqsBatchResponse) {
        if response.batch_item_failures.is_empty() {
            self.handled.push(message.id.clone());
        }
    }

    /// Handles the next message; whether there was one.
    async fn step(&mut self, world: &World, time: Duration) -> bool {
        let Some(message) = self.next(world).await else { return false };
        let until = tokio::time::Instant::now() + time;
        let event = self.event(&message);
        let response = world.stack.rebuilding.rebuilder.handle(event, until).await;
        self.settle(&message, &response);
        true
    }

    /// Handles everything that waits.
    async fn all(&mut self, world: &World) {
        while self.step(world, Duration::from_mins(1)).await {}
    }
}

/// A message as Lambda gives it to the function.
fn event(id: &str, body: &str, receives: u32) -> SqsEvent {
    let message = json!({
        "messageId": id,
        "body": body,
        "attributes": {"ApproximateReceiveCount": receives.to_string()},
    });
    serde_json::from_value(json!({ "Records": [message] })).unwrap()
}
