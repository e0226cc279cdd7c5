//! What goes wrong, and how operators put it right: parked records, failed batches, replays, outages, and a
//! log that is shorter than it was.

mod failures;
mod log;
mod outage;
mod parked;
mod replays;

use crate::support::{Answer, World, event};
use engine::{Call, Fault, Faults};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use vocabulary::StoredEvent;

fn noted(value: &str) -> Vec<StoredEvent> {
    vec![event("noted", json!({ "value": value }))]
}

fn change(version: u64) -> Vec<StoredEvent> {
    let data = json!({"personal": {"name": "Lily"}, "tags": [], "owner": "first"});
    match version {
        1 => vec![event("registered", data)],
        _ => vec![event("handed_over", json!({"to": format!("person-{version}")}))],
    }
}

/// An operator's order under a key of its own.
async fn ordered(world: &World, key: &str, path: &str, mut body: Value) -> Answer {
    body["reason"] = "a test".into();
    world.caller("operator").with("idempotency-key", key).post(path, body).await
}

pub(crate) async fn seen(world: &World, path: &str) -> Value {
    world.caller("operator").get(path).await.expect(200).json()
}

/// Lets the n-th of the calls that count fail as often as the SDK tries it.
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

    fn faults(&self, counts: impl Fn(&Call<'_>) -> bool + Send + Sync + 'static) -> Faults {
        let trap = self.clone();
        Faults::new(move |call| if counts(call) { trap.next() } else { Fault::None })
    }

    fn next(&self) -> Fault {
        let mut plan = self.0.lock().unwrap();
        if plan.left == 0 {
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
