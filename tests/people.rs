//! Who is in a workspace and what they may do, over the API and down to the directory.

mod faults;
mod invite;
mod last_admin;
mod rights;
mod sign_in;

use crate::support::{Answer, Caller, World, access_claims};
use local::{Account, DEMO_PEOPLE, Directory};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The `sub` of a demo person.
fn sub(username: &str) -> &'static str {
    DEMO_PEOPLE.iter().find(|person| person.username == username).unwrap().sub
}

fn directory(world: &World) -> &Directory {
    world.stack.gateway.identity.directory()
}

fn account(world: &World, name: &str) -> Account {
    directory(world).get(name).unwrap()
}

/// Somebody's groups as the directory has them.
fn groups(world: &World, name: &str) -> Vec<String> {
    account(world, name).groups.into_iter().collect()
}

/// Somebody who signs in now: their token says what the directory says.
fn signed_in<'a>(world: &'a World, name: &str) -> Caller<'a> {
    let account = account(world, name);
    let groups: Vec<&str> = account.groups.iter().map(String::as_str).collect();
    world.caller_with_claims(&access_claims(&account.sub, &groups))
}

fn path(id: &str) -> String {
    format!("/people/{id}/rights")
}

/// The events of a person's history, oldest first: `granted editors`.
async fn events(admin: &Caller<'_>, id: &str) -> Vec<String> {
    let items = admin.all(&format!("/people/{id}/history?order=asc")).await;
    let events = items.iter().flat_map(|item| item["events"].as_array().unwrap());
    events
        .map(|event| {
            let name = event["type"].as_str().unwrap();
            let name = name.rsplit('.').next().unwrap();
            match event["data"]["group"].as_str() {
                Some(group) => format!("{name} {group}"),
                None => name.to_owned(),
            }
        })
        .collect()
}

/// The rights that the log says somebody has.
async fn told(admin: &Caller<'_>, id: &str) -> BTreeSet<String> {
    if admin.get(&format!("/people/{id}/history")).await.status == 404 {
        return BTreeSet::new();
    }
    let mut told = BTreeSet::new();
    for event in events(admin, id).await {
        match event.split_once(' ') {
            Some(("revoked", group)) => told.remove(group),
            Some((_, group)) => told.insert(group.to_owned()),
            None => false,
        };
    }
    told
}

async fn invited(admin: &Caller<'_>, email: &str, groups: &[&str]) -> Answer {
    admin.post("/people/rights", json!({ "email": email, "groups": groups })).await
}

fn names(answer: &Value) -> Vec<&str> {
    answer["groups"].as_array().unwrap().iter().map(|group| group.as_str().unwrap()).collect()
}
