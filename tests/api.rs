//! The routes of the API, as their users meet them.

mod as_of;
mod audit_alarms;
mod audit_commits;
mod audit_complete;
mod audit_stored;
mod blame;
mod create;
mod diff;
mod edit;
mod filters;
mod history;
mod list;
mod long;
mod me;
mod meta;
mod openapi;
mod read;
mod restore;
mod retry;
mod rules;
mod seen;
mod story;

use crate::support::{Caller, HandClock, NOON_MS, World, access_claims};
use local::Settings;
use serde_json::Value;

/// A world that stands at noon until its clock is moved.
async fn at_noon() -> (World, HandClock) {
    let clock = HandClock::at_noon();
    let set = clock.clock();
    let world = World::start_with(|settings| Settings { clock: set, ..settings }).await;
    (world, clock)
}

/// The `sub` of a demo person.
fn sub(username: &str) -> &'static str {
    local::DEMO_PEOPLE.iter().find(|person| person.username == username).unwrap().sub
}

/// An auditor of the workspace to which the demo person `outsider` belongs, at any time of the tests' clocks.
fn auditor_of_others(world: &World) -> Caller<'_> {
    let mut claims = access_claims(sub("outsider"), &["tenant-other", "auditors"]);
    claims["iat"] = (NOON_MS / 1_000).into();
    claims["exp"] = (NOON_MS / 1_000 + 10 * 365 * 86_400).into();
    world.caller_with_claims(&claims)
}

/// Pretty JSON, for snapshots.
fn pretty(json: &Value) -> String {
    serde_json::to_string_pretty(json).unwrap()
}

/// The items of a page.
fn items(page: &Value) -> &Vec<Value> {
    page["items"].as_array().unwrap()
}
