//! A changed fold, the whole way: deployed, reviewed in a dry run, rebuilt, promoted, rolled back. And what
//! operators order, through the API.

use super::*;
use crate::support::Caller;
use crate::support::probe::{self, Build, Fold};
use engine::Durability;
use local::{Data, RebuildingSettings, Stack};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How rebuilds are worked on under a clock that stands still.
fn at_once() -> RebuildingSettings {
    let mut rebuilds = RebuildingSettings::default();
    rebuilds.settings.grace = Duration::ZERO;
    rebuilds
}

/// A deployment of a build with that fold, on the data of the one before.
async fn deployed(folder: &Path, clock: &HandClock, fold: Fold) -> World {
    let data = Data::Folder(folder.to_owned());
    let settings = Settings::new(data, "http://localhost:8080".to_owned());
    let settings = Settings {
        durability: Durability::Normal,
        clock: clock.clock(),
        registry: Arc::new(probe::registry(fold, Build::Mended)),
        rebuilds: at_once(),
        ..settings
    };
    World { stack: Stack::start(settings).await.unwrap() }
}

/// Orders something, waits until it is over, and says how it ended.
async fn ordered(world: &World, path: &str, mut body: Value) -> Value {
    body["reason"] = "a test".into();
    let operator = world.caller("operator");
    let id = operator.post(&format!("/operations/views/{path}"), body).await.expect(202).id();
    world.stack.settled().await;
    operator.get(&format!("/operations/rebuilds/{id}")).await.expect(200).json()
}

async fn view_of(operator: &Caller<'_>, view: &str) -> Value {
    operator.get(&format!("/operations/views/{view}")).await.expect(200).json()
}

async fn act(operator: &Caller<'_>, path: &str) -> Value {
    let reason = json!({"reason": "a test"});
    operator.post(&format!("/operations/views/{path}"), reason).await.expect(200).json()
}

/// What the list says of all probes.
async fn sums(world: &World) -> Vec<i64> {
    let listed = world.caller("editor").all("/probes?sort=changed_at").await;
    let mut sums: Vec<i64> = listed.iter().map(|item| item["sum"].as_i64().unwrap()).collect();
    sums.sort_unstable();
    sums
}

#[tokio::test]
async fn a_changed_fold_is_reviewed_rebuilt_promoted_and_rolled_back() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), HandClock::at_noon());
    let world = deployed(folder.path(), &clock, Fold::First).await;
    world.first_run_over().await;
    let editor = world.caller("editor");
    for value in 1..=12 {
        editor.post("/probes", json!({"value": value.to_string()})).await.expect(201);
    }
    world.stack.settled().await;
    clock.advance_ms(60 * MINUTE_MS);
    world.stack.projector.reconcile().await.unwrap();
    let first: Vec<i64> = (1..=12).collect();
    let second: Vec<i64> = (1..=12).map(|value| value * 10 + 1).collect();
    assert_eq!(sums(&world).await, first);
    assert_eq!(view_of(&world.caller("operator"), RECORDS).await["outdated"], false);
    world.stack.stop().await.unwrap();

    // The fold changes: what is live is served as it is, and says so, and no alarm is raised for it.
    let world = deployed(folder.path(), &clock, Fold::Second).await;
    world.stack.projector.watch_drift().await.unwrap();
    let operator = world.caller("operator");
    for view in VIEWS {
        let told = view_of(&operator, view).await;
        assert_eq!((&told["outdated"], &told["outdated_types"]), (&json!(true), &json!(["probe"])));
        assert_eq!(told["active"]["state"], "outdated");
        let (watched, drift) = (&told["drift_watch"]["records"], &told["drift_watch"]["drift"]);
        assert_eq!((watched, drift), (&json!(0), &json!(0)), "of the view {view}");
    }
    assert_eq!(sums(&world).await, first);

    // It is reviewed.
    let dry_run = ordered(&world, "records/rebuild", json!({"dry_run": true})).await;
    assert_eq!((&dry_run["state"], &dry_run["totals"]["drift"]), (&json!("verified"), &json!(12)));
    let differences = dry_run["differences"].as_array().unwrap();
    let detail = "state/record/probe/sum, summary/sum";
    assert!(differences.iter().all(|found| found["detail"] == detail), "{differences:?}");
    let dry_run = ordered(&world, "counts/rebuild", json!({"dry_run": true})).await;
    assert_eq!((&dry_run["state"], &dry_run["totals"]["drift"]), (&json!("verified"), &json!(0)));
    assert_eq!(dry_run.get("differences").map_or(0, |found| found.as_array().unwrap().len()), 0);
    let told = view_of(&operator, RECORDS).await;
    assert_eq!((told.get("building"), &told["outdated"]), (None, &json!(true)));
    assert_eq!(sums(&world).await, first, "nothing has changed for anybody");

    // It is rebuilt and promoted.
    for view in VIEWS {
        let rebuilt = ordered(&world, &format!("{view}/rebuild"), json!({})).await;
        assert_eq!(rebuilt["state"], "verified", "of the view {view}: {rebuilt}");
        if view == RECORDS {
            assert_eq!(sums(&world).await, first, "not before it is promoted");
        }
        let told = act(&operator, &format!("{view}/promote")).await;
        assert_eq!(
            (&told["outdated"], &told["active"]["state"]),
            (&json!(false), &json!("active"))
        );
    }
    assert_eq!(sums(&world).await, second);
    finds_nothing(&world).await;

    // What comes now is followed in both generations; undone, the old one is as it was.
    world.caller("editor").post("/probes", json!({"value": "13"})).await.expect(201);
    world.stack.settled().await;
    let told = act(&operator, "records/rollback").await;
    assert_eq!(told["outdated"], true);
    let mut before = first.clone();
    before.push(131);
    assert_eq!(sums(&world).await, before);
    let told = act(&operator, "records/rollback").await;
    assert_eq!(told["outdated"], false);
    let mut after = second.clone();
    after.push(131);
    assert_eq!(sums(&world).await, after);
    finds_nothing(&world).await;
}

async fn world_of_customers(clock: &HandClock) -> World {
    let world = World::start_with(|settings| Settings {
        clock: clock.clock(),
        rebuilds: at_once(),
        ..settings
    })
    .await;
    world.first_run_over().await;
    for id in ["a", "b", "c"] {
        customer(&world, id).await;
    }
    world
}

#[tokio::test]
async fn operators_verify_and_repair_what_drifted_by_record_by_type_and_by_time() {
    let clock = HandClock::at_noon();
    let world = world_of_customers(&clock).await;
    let key = demo_key("customer", "b");
    for view in VIEWS {
        let right = item(&world, view, &key).await;
        for scope in [
            json!({"records": ["customer/b"]}),
            json!({"type": "customer"}),
            json!({"since": "2026-11-22T12:00:00.000Z"}),
        ] {
            let meddled = match view {
                COUNTS => with(right.clone(), "status", text("archived")),
                _ => replaced(right.clone(), "state", "Lily", "Lilith"),
            };
            put(&world, view, meddled).await;
            let found = ordered(&world, &format!("{view}/verify"), json!({})).await;
            assert_eq!(found["state"], "verified", "{found}");
            assert!(found["totals"]["drift"].as_u64().unwrap() > 0, "{found}");
            assert!(!found.to_string().contains("Lil"), "{found}");
            let repaired = ordered(&world, &format!("{view}/repair"), scope).await;
            assert_eq!(repaired["state"], "verified", "{repaired}");
            assert_eq!(repaired["totals"]["repaired"], 1, "{repaired}");
            let found = ordered(&world, &format!("{view}/verify"), json!({})).await;
            assert_eq!(found["totals"]["drift"], 0, "of the view {view}: {found}");
            assert_eq!(item(&world, view, &key).await, right);
        }
        // What is out of the scope is let be.
        let meddled = with(right.clone(), "hash", text(&"0".repeat(64)));
        put(&world, view, meddled.clone()).await;
        for scope in [
            json!({"records": ["customer/a", "customer/nobody"]}),
            json!({"type": "todo"}),
            json!({"since": "2026-11-22T12:00:00.001Z"}),
        ] {
            ordered(&world, &format!("{view}/repair"), scope).await;
            assert_eq!(item(&world, view, &key).await, meddled);
        }
        put(&world, view, right).await;
    }
    crate::views::views_agree_with_the_log(&world, &world.stack.projector.registry).await;
}

#[tokio::test]
async fn a_new_generation_with_a_wrong_row_is_not_promoted_until_that_is_repaired() {
    let clock = HandClock::at_noon();
    let world = world_of_customers(&clock).await;
    let operator = world.caller("operator");
    let rebuilt = ordered(&world, "records/rebuild", json!({})).await;
    assert_eq!(rebuilt["state"], "verified", "{rebuilt}");
    let registered = world.stack.store.view(RECORDS).await.unwrap().unwrap();
    let generation = registered.building.as_ref().unwrap().generation;
    let at = row_key(generation, &demo_key("customer", "b"));
    let at = [("pk", text(&at.pk)), ("sk", text(&at.sk))];
    let row = item_of(&world, "annals-records", at).await;
    put(&world, RECORDS, replaced(row, "state", "Lily", "Lilith")).await;
    // A sample may not say that all is well.
    let sample = ordered(&world, "records/verify", json!({"sample": 1_000})).await;
    assert_eq!(sample["totals"]["drift"], 1, "{sample}");
    let found = ordered(&world, "records/verify", json!({})).await;
    assert_eq!(found["totals"]["drift"], 1, "{found}");
    let reason = json!({"reason": "a test"});
    let refused = operator.post("/operations/views/records/promote", reason).await.expect(409);
    assert_eq!(refused.problem(), "not-verified");
    ordered(&world, "records/repair", json!({"records": ["customer/b"]})).await;
    let sample = ordered(&world, "records/verify", json!({"sample": 1_000})).await;
    assert_eq!(sample["totals"]["drift"], 0, "{sample}");
    let reason = json!({"reason": "a test"});
    operator.post("/operations/views/records/promote", reason).await.expect(409);
    ordered(&world, "records/verify", json!({})).await;
    act(&operator, "records/promote").await;
    finds_nothing(&world).await;
}
