//! `complete_through`: through when nothing is missing in a search.

use super::{at_noon, auditor_of_others};
use crate::support::{Caller, HandClock, World, demo_key, event};
use serde_json::{Value, json};
use vocabulary::{Instant, RecordKey};

async fn complete_through(caller: &Caller<'_>) -> Option<String> {
    let told = |page: Value| page["complete_through"].as_str().map(str::to_owned);
    let through = told(caller.get("/audit/commits").await.expect(200).json());
    let flow = told(caller.get("/audit/correlations/any").await.expect(200).json());
    assert_eq!(flow, through);
    through
}

fn at(clock: &HandClock, ms: i64) -> String {
    clock.clock().now().plus_millis(ms).to_string()
}

#[tokio::test]
async fn a_search_says_through_when_it_is_complete_and_moves_on() {
    let (world, clock) = at_noon().await;
    world.first_run_over().await;
    // The reconciler reads up to a minute ago; a command may take half a minute.
    assert_eq!(complete_through(&world.caller("auditor")).await, Some(at(&clock, -90_000)));
    clock.advance_ms(300_000);
    world.stack.projector.reconcile().await.unwrap();
    assert_eq!(complete_through(&world.caller("auditor")).await, Some(at(&clock, -90_000)));
}

fn registered() -> Vec<vocabulary::StoredEvent> {
    let data = json!({"personal": {"name": "Lily"}, "tags": [], "owner": "me"});
    vec![event("registered", data)]
}

/// Appends a commit that no build can fold.
async fn poison(world: &World, key: &RecordKey) {
    world.append(key, vec![event("handed_over", json!({"to": 7}))]).await;
}

#[tokio::test]
async fn a_parked_commit_holds_back_what_its_workspace_is_told_and_no_other() {
    let (world, clock) = at_noon().await;
    world.first_run_over().await;
    let ours = demo_key("customer", "C-1");
    world.append(&ours, registered()).await;
    let good: Instant = clock.clock().now();
    clock.advance_ms(60_000);
    poison(&world, &ours).await;
    let first = demo_key("customer", "C-2");
    clock.advance_ms(60_000);
    poison(&world, &first).await;
    world.stack.settled().await;
    clock.advance_ms(600_000);
    world.stack.projector.reconcile().await.unwrap();
    assert_eq!(complete_through(&world.caller("auditor")).await, Some(good.to_string()));
    assert_eq!(complete_through(&auditor_of_others(&world)).await, Some(at(&clock, -90_000)));
    // What is good of the record is found, what is not is not.
    let page = world.caller("auditor").get("/audit/commits").await.expect(200).json();
    let found: Vec<&Value> = super::items(&page).iter().map(|item| &item["version"]).collect();
    assert_eq!(found, [1]);
}

#[tokio::test]
async fn a_record_of_which_nothing_folds_holds_back_from_its_first_commit_on() {
    let (world, clock) = at_noon().await;
    world.first_run_over().await;
    clock.advance_ms(60_000);
    poison(&world, &demo_key("customer", "C-1")).await;
    let first = at(&clock, 0);
    world.stack.settled().await;
    clock.advance_ms(600_000);
    world.stack.projector.reconcile().await.unwrap();
    assert_eq!(complete_through(&world.caller("auditor")).await, Some(first));
}
