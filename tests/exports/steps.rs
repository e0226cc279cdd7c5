//! The worker's steps: each may fail, be repeated, be done by two, or be its last.

use super::{acts, complete, ended, exported, history, no_dead, parts, world_with};
use crate::support::{HandClock, World};
use engine::mapping::Chaos;
use engine::{Call, Durability, Fault, Faults};
use local::{Data, ExportSettings, Settings, Stack};
use queries::exports::Limits;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Small parts, so that there are some.
const LIMITS: Limits = Limits { rows: 3, bytes: 1024 * 1024 };

/// Lets the n-th step fail as often as the SDK tries it.
#[derive(Clone, Debug, Default)]
struct Trap(Arc<Mutex<Plan>>);

#[derive(Debug, Default)]
struct Plan {
    step: u32,
    fault: Fault,
    seen: u32,
    left: u32,
}

impl Trap {
    fn set(&self, step: u32, fault: Fault) {
        *self.0.lock().unwrap() = Plan { step, fault, seen: 0, left: 3 };
    }

    /// Whether it was sprung.
    fn sprung(&self) -> bool {
        self.0.lock().unwrap().left == 0
    }

    fn faults(&self) -> Faults {
        let trap = self.clone();
        Faults::new(move |call| trap.decide(call))
    }

    fn decide(&self, call: &Call<'_>) -> Fault {
        let pk = call.request["Item"]["pk"]["S"].as_str().unwrap_or_default();
        let is_step = match call.operation {
            "PutObject" | "SendMessage" => true,
            "PutItem" => pk.starts_with("export") || pk.contains("#access#"),
            _ => false,
        };
        let mut plan = self.0.lock().unwrap();
        if !is_step || plan.left == 0 {
            return Fault::None;
        }
        plan.seen += 1;
        if plan.step == 0 || plan.seen < plan.step {
            return Fault::None;
        }
        plan.left -= 1;
        plan.fault
    }
}

/// Asks until it is taken.
async fn requested(world: &World, key: &str, body: &Value) -> String {
    let auditor = world.caller("auditor").with("idempotency-key", key);
    for _ in 0..3 {
        let asked = auditor.post("/audit/exports", body.clone()).await;
        if asked.status == 202 {
            return asked.id();
        }
        assert_eq!(asked.status, 503);
    }
    panic!("the request is never taken");
}

#[tokio::test]
async fn whichever_step_fails_the_files_are_the_same_bytes() {
    let trap = Trap::default();
    let clock = HandClock::at_noon();
    let set = clock.clock();
    let world = World::start_with(|settings| Settings {
        clock: set,
        faults: trap.faults(),
        exports: ExportSettings {
            limits: LIMITS,
            // Every call hands on what is left after its first part.
            time: Duration::ZERO,
            object_faults: trap.faults(),
            queue_faults: trap.faults(),
            ..ExportSettings::default()
        },
        ..settings
    })
    .await;
    world.first_run_over().await;
    history(&world, "C-1", 5).await;
    history(&world, "C-2", 3).await;
    complete(&world, &clock).await;
    let body = json!({"format": "ndjson", "filter": {"type": "customer"}});
    let whole = exported(&world, body.clone()).await;
    let expected = parts(&world, &whole).await;
    assert_eq!((expected.len(), &whole["commits"]), (3, &json!(8)));
    let mut steps = 0;
    for fault in [Fault::Cut, Fault::ReplyLost] {
        for step in 1.. {
            trap.set(step, fault);
            let id = requested(&world, &format!("{fault:?}-{step}"), &body).await;
            let export = ended(&world, &id).await;
            assert_eq!(parts(&world, &export).await, expected, "{fault:?} at step {step}");
            let acts = acts(&world, &id).await;
            assert_eq!(acts, ["export_requested", "export_finished"], "{fault:?} at step {step}");
            steps += 1;
            if !trap.sprung() {
                break;
            }
        }
    }
    assert!(steps > 30, "{steps} steps were tried");
    no_dead(&world.stack.exporting.dead_letters().await);
}

#[tokio::test]
async fn a_message_that_comes_twice_writes_one_export() {
    let chaos = Chaos { duplicate_per_mille: 1000, ..Chaos::default() };
    let exports =
        ExportSettings { limits: LIMITS, time: Duration::ZERO, chaos, ..ExportSettings::default() };
    let (world, clock) = world_with(exports).await;
    history(&world, "C-1", 8).await;
    complete(&world, &clock).await;
    let export =
        exported(&world, json!({"format": "ndjson", "filter": {"type": "customer"}})).await;
    assert_eq!((parts(&world, &export).await.len(), &export["commits"]), (3, &json!(8)));
    assert!(world.stack.exporting.metrics().duplicated > 0);
    let id = export["id"].as_str().unwrap();
    assert_eq!(acts(&world, id).await, ["export_requested", "export_finished"]);
}

/// A stack on a folder.
async fn kept(folder: &Path, clock: &HandClock, exports: ExportSettings) -> World {
    let data = Data::Folder(folder.to_owned());
    let settings = Settings::new(data, "http://localhost:8080".to_owned());
    let settings =
        Settings { durability: Durability::Normal, clock: clock.clock(), exports, ..settings };
    World { stack: Stack::start(settings).await.unwrap() }
}

#[tokio::test]
async fn an_export_that_waits_when_the_stack_stops_is_written_by_the_next() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), HandClock::at_noon());
    let waiting = ExportSettings { worker: false, ..ExportSettings::default() };
    let world = kept(folder.path(), &clock, waiting).await;
    world.first_run_over().await;
    history(&world, "C-1", 4).await;
    complete(&world, &clock).await;
    let body = json!({"format": "ndjson", "filter": {"type": "customer"}});
    let id = world.caller("auditor").post("/audit/exports", body).await.expect(202).id();
    assert_eq!(ended(&world, &id).await["state"], "queued");
    world.stack.stop().await.unwrap();
    let world = kept(folder.path(), &clock, ExportSettings::default()).await;
    let export = ended(&world, &id).await;
    assert_eq!((parts(&world, &export).await.len(), &export["commits"]), (1, &json!(4)));
}

/// The process ends while it writes the second part; links made before it are good after it.
#[tokio::test]
async fn an_export_goes_on_after_a_crash_where_it_was() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), HandClock::at_noon());
    let stuck = Arc::new(tokio::sync::Notify::new());
    let told = stuck.clone();
    let object_faults = Faults::new(move |call| {
        let second = call.request["Key"].as_str().is_some_and(|key| key.contains("part-00002"));
        if second {
            told.notify_one();
            return Fault::Slow(Duration::from_hours(1));
        }
        Fault::None
    });
    let exports = ExportSettings { limits: LIMITS, object_faults, ..ExportSettings::default() };
    let world = kept(folder.path(), &clock, exports).await;
    world.first_run_over().await;
    history(&world, "C-1", 8).await;
    complete(&world, &clock).await;
    let body = json!({"format": "ndjson", "filter": {"type": "customer"}});
    let auditor = world.caller("auditor");
    let id = auditor.post("/audit/exports", body.clone()).await.expect(202).id();
    stuck.notified().await;
    let running = auditor.get(&format!("/audit/exports/{id}")).await.expect(200).json();
    assert_eq!((&running["state"], &running["commits"]), (&json!("running"), &json!(3)));
    assert!(running["progress"].as_f64().unwrap() < 1.0);
    assert!(running["parts"][0].get("url").is_none(), "{running}");
    drop(world);

    let exports = ExportSettings { limits: LIMITS, ..ExportSettings::default() };
    let world = kept(folder.path(), &clock, exports.clone()).await;
    let export = ended(&world, &id).await;
    let written = parts(&world, &export).await;
    assert_eq!((written.len(), &export["commits"]), (3, &json!(8)));
    let other = exported(&world, body).await;
    assert_eq!(parts(&world, &other).await, written);
    world.stack.stop().await.unwrap();

    let world = kept(folder.path(), &clock, exports).await;
    assert_eq!(parts(&world, &export).await, written, "links outlive the process");
}
