//! The operator's desk over HTTP: what operators see and do, what they are refused, and that the log tells
//! of all of it.

mod log;
mod rebuilds;
mod refused;
mod retried;
mod seen;

use crate::support::{Answer, Caller, World, demo_key};
use serde_json::{Value, json};
use store::Recorded;
use vocabulary::Version;

/// A world whose views are registered.
async fn world() -> World {
    let world = World::start().await;
    world.first_run_over().await;
    world
}

/// A world in which rebuilds wait for workers that never come.
async fn world_without_workers() -> World {
    let world = World::start_with(|mut settings| {
        settings.rebuilds.worker = false;
        settings
    })
    .await;
    world.first_run_over().await;
    world
}

/// Orders something, under a key of its own.
async fn ordered(caller: &Caller<'_>, key: &str, path: &str, body: Value) -> Answer {
    caller.with("idempotency-key", key).post(&format!("/operations/{path}"), body).await
}

fn because() -> Value {
    json!({"reason": "the fold of customers has changed"})
}

async fn view(world: &World, name: &str) -> Value {
    let operator = world.caller("operator");
    operator.get(&format!("/operations/views/{name}")).await.expect(200).json()
}

/// A rebuild, once its workers have nothing left to do.
async fn ended(world: &World, id: &str) -> Value {
    world.stack.settled().await;
    rebuild(world, id).await
}

async fn rebuild(world: &World, id: &str) -> Value {
    let operator = world.caller("operator");
    operator.get(&format!("/operations/rebuilds/{id}")).await.expect(200).json()
}

/// Some customers.
async fn customers(world: &World, count: usize) {
    let editor = world.caller("editor");
    for number in 0..count {
        editor.post("/customers", json!({"name": format!("Lily {number}")})).await.expect(201);
    }
    world.stack.settled().await;
}

/// The commits of operation records of the tenant `demo`, as the search over the log finds them, the oldest
/// first.
async fn told(world: &World) -> Vec<Value> {
    world.stack.settled().await;
    let auditor = world.caller("auditor");
    let path = "/audit/commits?type=operation&order=asc&limit=100";
    let found = auditor.get(path).await.expect(200).json();
    found["items"].as_array().unwrap().clone()
}

/// The commits of one operation record.
async fn operation(world: &World, id: &str) -> Vec<Recorded> {
    let all = (Version::FIRST, Version::LAST);
    let key = demo_key("operation", id);
    let commits = world.stack.store.commits(&key, all, store::Order::Ascending, 100).await.unwrap();
    commits.into_iter().map(Result::unwrap).collect()
}

fn can(view: &Value) -> Vec<&str> {
    view["can"].as_array().unwrap().iter().map(|verb| verb.as_str().unwrap()).collect()
}
