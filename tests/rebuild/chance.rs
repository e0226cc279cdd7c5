//! Rebuilds under every schedule: writers, workers that crash at any call, and operators who order, pause,
//! promote, undo, retire and cancel at random. At the end every live generation is what the log says.
//!
//! `REBUILD_SCHEDULES` says how many (4), `SEED` with which to begin; a failure names its seed.

use super::steps::Trap;
use super::{Hand, ordered, small, view, world_with};
use crate::support::{HandClock, World};
use crate::views::generations_agree_with_the_log;
use local::RebuildingSettings;
use projections::{AUDIT, COUNTS, RECORDS};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;
use store::{RebuildKind, Unchanged};
use tokio::time::Instant;
use vocabulary::RecordId;

const STEPS: usize = 120;
/// A promoted generation keeps the one before warm for so long; the clock goes on a minute at each step.
const KEEP_MS: i64 = 20 * 60_000;

struct Schedule {
    world: World,
    clock: HandClock,
    trap: Trap,
    hand: Hand,
    dice: fastrand::Rng,
    ids: Vec<RecordId>,
    versions: BTreeMap<String, u64>,
    /// What happened, by its name.
    happened: BTreeMap<&'static str, u64>,
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().unwrap())
}

#[tokio::test]
async fn generations_equal_the_log_whatever_operators_and_crashes_do() {
    let (first, count) = (number("SEED", 1), number("REBUILD_SCHEDULES", 4));
    let mut happened: BTreeMap<&'static str, u64> = BTreeMap::new();
    for seed in first..first + count {
        eprintln!("SEED={seed} REBUILD_SCHEDULES=1");
        for (what, times) in play(seed).await {
            *happened.entry(what).or_default() += times;
        }
    }
    eprintln!("{happened:?}");
    // What the schedules are for must have happened in them, or they prove nothing.
    if count >= 4 {
        for what in ["crash", "verified", "promote", "rollback", "pause", "clean"] {
            assert!(happened.contains_key(what), "no {what} in {happened:?}");
        }
    }
}

async fn play(seed: u64) -> BTreeMap<&'static str, u64> {
    let trap = Trap::default();
    let settings = RebuildingSettings {
        worker: false,
        faults: trap.faults(),
        queue_faults: trap.faults(),
        ..small()
    };
    let (world, clock) = world_with(settings).await;
    let mut schedule = Schedule {
        world,
        clock,
        trap,
        hand: Hand::default(),
        dice: fastrand::Rng::with_seed(seed),
        ids: Vec::new(),
        versions: BTreeMap::new(),
        happened: BTreeMap::new(),
    };
    super::history(&schedule.world, 3).await;
    for _ in 0..STEPS {
        schedule.step().await;
        schedule.clock.advance_ms(60_000);
    }
    schedule.end().await;
    schedule.happened
}

impl Schedule {
    fn note(&mut self, what: &'static str) {
        *self.happened.entry(what).or_default() += 1;
    }

    async fn step(&mut self) {
        let name = [RECORDS, COUNTS, AUDIT][self.dice.usize(..3)];
        match self.dice.u32(..20) {
            0..4 => self.write().await,
            4..13 => self.work().await,
            13 => self.begin(name).await,
            14 => self.steer().await,
            15..18 => self.change(name).await,
            18 => self.world.stack.rebuilding.rebuilder.tick().await.unwrap(),
            _ => self.world.stack.projector.reconcile().await.map(drop).unwrap(),
        }
    }

    async fn write(&mut self) {
        let editor = self.world.caller("editor");
        let pick = self.dice.usize(..=self.versions.len());
        let body = json!({"name": format!("S {}", self.dice.u32(..1_000))});
        let old = self.versions.iter().nth(pick).map(|(id, version)| (id.clone(), *version));
        let answer = match old {
            None => editor.post("/customers", body).await.expect(201),
            Some((id, version)) => {
                let editor = editor.with("if-match", &format!("\"{version}\""));
                editor.patch(&format!("/customers/{id}"), body).await.expect(200)
            }
        };
        let record = answer.json();
        let id = record["id"].as_str().unwrap().to_owned();
        self.versions.insert(id, record["version"].as_u64().unwrap());
    }

    /// A worker takes a message, and is perhaps gone at one of its calls.
    async fn work(&mut self) {
        let Some(message) = self.hand.next(&self.world).await else { return };
        let crash = if self.dice.u32(..4) == 0 { self.dice.usize(1..40) } else { 0 };
        self.trap.set(crash);
        let until = Instant::now() + Duration::from_millis(self.dice.u64(..20));
        let event = self.hand.event(&message);
        let handled = self.world.stack.rebuilding.rebuilder.handle(event, until);
        let response = tokio::select! {
            biased;
            () = self.trap.sprung() => None,
            response = handled => Some(response),
        };
        self.trap.set(0);
        match response {
            None => {
                // A queue gives up what stops again and again; these crashes are not the message's fault.
                self.hand.receives.remove(&message.id);
                self.note("crash");
            }
            Some(response) => self.hand.settle(&message, &response),
        }
    }

    async fn begin(&mut self, name: &str) {
        let view = view(&self.world, name).await;
        let kind = match self.dice.u32(..6) {
            0 if view.building.is_none() => RebuildKind::DryRun,
            1 => RebuildKind::Verify,
            2 => RebuildKind::Pass,
            _ => RebuildKind::Full,
        };
        if kind == RebuildKind::Full && view.building.is_some() {
            return;
        }
        let id = format!("R-{}", self.ids.len());
        let (mut job, begun) = ordered(&view, kind, &id, &self.world);
        job.promote = self.dice.bool();
        job.parallel = self.dice.u32(1..4);
        let store = &self.world.stack.store;
        store.begin_rebuild(&job, begun.as_ref()).await.unwrap();
        self.world.stack.rebuilding.rebuilder.begin(&job).await.unwrap();
        self.ids.push(job.id);
    }

    /// One of the rebuilds is told to rest, to go on, or to end.
    async fn steer(&mut self) {
        let Some(id) = self.dice.choice(&self.ids).cloned() else { return };
        let store = &self.world.stack.store;
        let (what, outcome) = match self.dice.u32(..5) {
            0 => ("cancel", store.cancel_rebuild(&id, self.clock.clock().now()).await),
            1 | 2 => ("pause", store.pause_rebuild(&id, true).await),
            _ => ("resume", store.pause_rebuild(&id, false).await),
        };
        match outcome {
            Ok(job) => {
                if what == "resume" {
                    self.world.stack.rebuilding.rebuilder.go_on_with(&job).await.unwrap();
                }
                self.note(what);
            }
            Err(error) => assert!(matches!(error, Unchanged::Ended), "{error:?}"),
        }
    }

    /// Another generation is read, or one is given up.
    async fn change(&mut self, name: &str) {
        let store = &self.world.stack.store;
        let at = (self.clock.clock().now(), KEEP_MS);
        let warm = view(&self.world, name).await.previous.is_some();
        let (what, outcome) = match self.dice.u32(..6) {
            0..3 if warm => ("rollback", store.roll_back(name, at).await),
            3 if warm => ("retire", store.retire(name).await),
            _ => ("promote", store.promote(name, self.dice.bool(), at).await),
        };
        match outcome {
            Ok(_) => self.note(what),
            Err(error) => assert!(matches!(error, Unchanged::NotNow(_)), "{error:?}"),
        }
    }

    /// Nobody is gone any more, everything goes on to its end, and all of it is as the log says.
    #[expect(clippy::cognitive_complexity, reason = "all that must hold at the end, in order")]
    async fn end(&mut self) {
        let Self { world, clock, hand, .. } = self;
        let rebuilder = &world.stack.rebuilding.rebuilder;
        for id in &self.ids {
            match world.stack.store.pause_rebuild(id, false).await {
                Ok(job) => rebuilder.go_on_with(&job).await.unwrap(),
                Err(error) => assert!(matches!(error, Unchanged::Ended), "{error:?}"),
            }
        }
        // Leases of those who are gone run out, and what was retired is taken away.
        for _ in 0..3 {
            clock.advance_ms(11 * 60_000);
            rebuilder.tick().await.unwrap();
            hand.all(world).await;
        }
        world.stack.settled().await;
        let mut ended = Vec::new();
        for id in &self.ids {
            let job = world.stack.store.rebuild(id).await.unwrap().unwrap();
            let orphaned = job.error.as_deref().is_some_and(|error| error.ends_with("was retired"));
            assert!(!job.is_open() && (job.error.is_none() || orphaned), "{job:?}");
            ended.push(job.state);
        }
        let (records, counts) = (view(world, RECORDS).await, view(world, COUNTS).await);
        let audit = view(world, AUDIT).await;
        let registry = &world.stack.projector.registry;
        for generation in records.live() {
            generations_agree_with_the_log(world, registry, generation, counts.active).await;
        }
        for generation in counts.live() {
            generations_agree_with_the_log(world, registry, records.active, generation).await;
        }
        let audit_rows = super::rows_of(world, AUDIT, audit.active.number).await;
        let mut cleaned = 0;
        for view in [&records, &counts, &audit] {
            assert_eq!(view.retiring, [], "{view:?}");
            let live: Vec<u32> = view.live().map(|generation| generation.number).collect();
            for number in (1..view.next).filter(|number| !live.contains(number)) {
                assert_eq!(super::rows_of(world, &view.view, number).await, 0);
                cleaned += 1;
            }
        }
        for generation in audit.live() {
            let rows = super::rows_of(world, AUDIT, generation.number).await;
            assert_eq!(rows, audit_rows, "{audit:?}");
        }
        let verified =
            ended.iter().filter(|state| **state == store::RebuildState::Verified).count();
        for (what, times) in [("verified", verified), ("clean", cleaned)] {
            if times > 0 {
                *self.happened.entry(what).or_default() += u64::try_from(times).unwrap();
            }
        }
    }
}
