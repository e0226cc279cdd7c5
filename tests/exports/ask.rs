//! Asking for an export: what is taken, what is refused, and that it is told in the log.

use super::{access, acts, complete, ended, exported, world, world_with};
use crate::support::{NOON_MS, access_claims, until};
use engine::{Fault, Faults};
use local::ExportSettings;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

#[tokio::test]
async fn who_takes_what_and_why_stands_in_the_log() {
    let (world, clock) = world().await;
    complete(&world, &clock).await;
    let body =
        json!({"format": "csv", "filter": {"type": "customer"}, "reason": "the yearly audit"});
    let asked = world.caller("auditor").post("/audit/exports", body).await.expect(202);
    let id = asked.id();
    assert_eq!(asked.header("location"), format!("/api/v1/audit/exports/{id}"));
    let export = ended(&world, &id).await;
    assert_eq!((&export["state"], &export["progress"]), (&json!("done"), &json!(1)));
    assert_eq!(export["reason"], "the yearly audit");
    let commits = access(&world, &id).await;
    assert_eq!(acts(&world, &id).await, ["export_requested", "export_finished"]);
    let [begun, finished] = commits.as_slice() else { panic!("{commits:?}") };
    assert_eq!(
        begun.commit().events[0].data,
        json!({"format": "csv", "filter": {"type": "customer"}})
    );
    assert_eq!(json!(begun.commit().reason), "the yearly audit");
    assert_eq!(json!(begun.commit().actor), export["requested_by"]);
    assert_eq!(finished.commit().events[0].data["manifest_sha256"], export["manifest"]["sha256"]);
    let by = &finished.commit().actor;
    assert_eq!(
        (by.id.as_str(), by.on_behalf_of.as_ref()),
        ("exporter", Some(&begun.commit().actor.id))
    );
    let cause = begun.commit().commit.to_string();
    assert_eq!(finished.commit().causation.as_deref(), Some(cause.as_str()));
    assert_eq!(finished.commit().correlation.as_deref(), Some(cause.as_str()));
}

#[tokio::test]
async fn an_access_record_folds_and_is_shown_nowhere() {
    let (world, clock) = world().await;
    complete(&world, &clock).await;
    let id = exported(&world, json!({"format": "ndjson"})).await["id"].clone();
    let id = id.as_str().unwrap();
    let auditor = world.caller("admin");
    auditor.get("/accesses").await.expect(404);
    auditor.get(&format!("/accesses/{id}")).await.expect(404);
    auditor.post("/accesses", json!({})).await.expect(404);
    let counts = auditor.get("/meta/counts").await.expect(200).json();
    assert!(counts.get("access").is_none(), "{counts}");
    let heads = auditor.get(&format!("/audit/heads?record=access/{id}")).await.expect(200).json();
    assert_eq!(heads["items"][0]["version"], 2);
    assert!(
        world
            .stack
            .store
            .parked("records", store::Generation { number: 1, buckets: 1, list_shards: 1 })
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn the_same_request_again_is_the_same_export() {
    let (world, clock) = world().await;
    complete(&world, &clock).await;
    let auditor = world.caller("auditor").with("idempotency-key", "once");
    let body = json!({"format": "ndjson", "filter": {"type": "todo"}});
    let first = auditor.post("/audit/exports", body.clone()).await.expect(202);
    let again = auditor.post("/audit/exports", body).await.expect(202);
    assert_eq!((first.id(), first.header("idempotency-replayed")), (again.id(), ""));
    assert_eq!(again.header("idempotency-replayed"), "true");
    let other = auditor.post("/audit/exports", json!({"format": "csv"})).await.expect(422);
    assert_eq!(other.problem(), "key-reused");
    assert_eq!(ended(&world, &first.id()).await["state"], "done");
    assert_eq!(acts(&world, &first.id()).await.len(), 2);
    let theirs = world.caller("admin").with("idempotency-key", "once");
    let theirs = theirs.post("/audit/exports", json!({"format": "csv"})).await.expect(202);
    assert_ne!(theirs.id(), first.id(), "a key is its sender's own");
}

/// The request breaks off after its commit, after its job, and while it wakes the worker.
#[tokio::test]
async fn what_broke_off_is_completed_by_the_same_request() {
    for (operation, part) in [("PutItem", "#access#"), ("PutItem", "exports#"), ("SendMessage", "")]
    {
        let left = Arc::new(AtomicU32::new(0));
        let faults = {
            let left = left.clone();
            Faults::new(move |call| {
                let pk = call.request["Item"]["pk"]["S"].as_str().unwrap_or_default();
                let meant = call.operation == operation && pk.contains(part);
                let less = |left: u32| left.checked_sub(1);
                let hit =
                    meant && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok();
                // It was done, and the answer is lost as often as the SDK tries.
                if hit { Fault::ReplyLost } else { Fault::None }
            })
        };
        let clock = crate::support::HandClock::at_noon();
        let set = clock.clock();
        let world = crate::support::World::start_with(|settings| local::Settings {
            clock: set,
            faults: faults.clone(),
            exports: ExportSettings { queue_faults: faults, ..ExportSettings::default() },
            ..settings
        })
        .await;
        world.first_run_over().await;
        complete(&world, &clock).await;
        let auditor = world.caller("auditor").with("idempotency-key", "once");
        left.store(3, Ordering::SeqCst);
        let broken = auditor.post("/audit/exports", json!({"format": "csv"})).await;
        assert_eq!(broken.status, 503, "{operation} {part}");
        assert_eq!(left.load(Ordering::SeqCst), 0, "{operation} {part} was not met");
        let asked = auditor.post("/audit/exports", json!({"format": "csv"})).await.expect(202);
        assert_eq!(ended(&world, &asked.id()).await["state"], "done", "{operation} {part}");
        assert_eq!(acts(&world, &asked.id()).await, ["export_requested", "export_finished"]);
    }
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_refused_in_all_its_fields() {
    let (world, clock) = world().await;
    complete(&world, &clock).await;
    let auditor = world.caller("auditor");
    let before = world.commits().await;
    for (body, pointers) in [
        (json!({}), vec!["/format"]),
        (
            json!({"format": "pdf", "filter": {"who": "me", "actor": 7}, "x": 1}),
            vec!["/format", "/filter/actor", "/filter/who", "/x"],
        ),
        (json!({"format": "csv", "filter": "all"}), vec!["/filter"]),
        (
            json!({"format": "csv", "filter": {"since": "yesterday", "field": "name", "type": "todo"}}),
            vec!["/filter/field", "/filter/since"],
        ),
        (json!({"format": "csv", "reason": 1}), vec!["/reason"]),
    ] {
        let refused = auditor.post("/audit/exports", body.clone()).await.expect(400).json();
        let told: Vec<&Value> =
            refused["errors"].as_array().unwrap().iter().map(|error| &error["pointer"]).collect();
        assert_eq!(told, pointers, "{body}");
    }
    assert_eq!(world.commits().await, before);
}

#[tokio::test]
async fn an_export_of_another_workspace_is_not_there() {
    let (world, clock) = world().await;
    complete(&world, &clock).await;
    let mine = exported(&world, json!({"format": "csv"})).await;
    let now_s = NOON_MS / 1_000;
    let mut claims = access_claims("x", &["tenant-other", "auditors"]);
    (claims["iat"], claims["exp"]) = (json!(now_s), json!(now_s + 86_400));
    let stranger = world.caller_with_claims(&claims);
    let path = format!("/audit/exports/{}", mine["id"].as_str().unwrap());
    stranger.get(&path).await.expect(404);
    let list = stranger.get("/audit/exports").await.expect(200).json();
    assert_eq!(list["items"], json!([]));
    world.caller("auditor").get("/audit/exports/none").await.expect(404);
}

#[tokio::test]
async fn exports_are_listed_newest_first_and_page_by_page() {
    let (world, clock) = world().await;
    complete(&world, &clock).await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        clock.advance_ms(1_000);
        ids.push(exported(&world, json!({"format": "csv"})).await["id"].clone());
    }
    ids.reverse();
    let auditor = world.caller("auditor");
    let all: Vec<Value> =
        auditor.all("/audit/exports").await.iter().map(|export| export["id"].clone()).collect();
    assert_eq!(all, ids);
    let first = auditor.get("/audit/exports?limit=2").await.expect(200).json();
    let next = first["next_cursor"].as_str().unwrap();
    let second = auditor.get(&format!("/audit/exports?limit=2&cursor={next}")).await.expect(200);
    assert_eq!(second.json()["items"][0]["id"], ids[2]);
}

/// The worker cannot write: it tries some times, gives up, and says so.
#[tokio::test]
async fn an_export_that_cannot_be_written_fails_and_says_so_in_the_log() {
    let object_faults = Faults::new(|_| Fault::Cut);
    let exports = ExportSettings { object_faults, ..ExportSettings::default() };
    let (world, clock) = world_with(exports).await;
    super::history(&world, "C-1", 3).await;
    complete(&world, &clock).await;
    let export = exported(&world, json!({"format": "csv", "filter": {"type": "customer"}})).await;
    assert_eq!(export["state"], "failed");
    assert_eq!(export["error"], "the files could not be written");
    assert!(export.get("manifest").is_none() && export.get("links_expire_at").is_none());
    let id = export["id"].as_str().unwrap();
    assert_eq!(acts(&world, id).await, ["export_requested", "export_failed"]);
    super::no_dead(&world.stack.exporting.dead_letters().await);
}

/// Nor can it tell: then its message is kept for whoever looks.
#[tokio::test]
async fn an_export_that_cannot_even_be_given_up_is_a_dead_letter() {
    let begun = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let off = begun.clone();
    let faults = Faults::new(move |call| {
        let pk = call.request["Item"]["pk"]["S"].as_str().unwrap_or_default();
        let job = call.operation == "PutItem" && pk.starts_with("exports#");
        // The first is the request's own.
        if job && off.swap(true, Ordering::SeqCst) { Fault::Cut } else { Fault::None }
    });
    let clock = crate::support::HandClock::at_noon();
    let set = clock.clock();
    let world = crate::support::World::start_with(|settings| local::Settings {
        clock: set,
        faults,
        ..settings
    })
    .await;
    world.first_run_over().await;
    complete(&world, &clock).await;
    let asked = world.caller("auditor").post("/audit/exports", json!({"format": "csv"})).await;
    let id = asked.expect(202).id();
    until(async || !world.stack.exporting.dead_letters().await.is_empty()).await;
    let letters = world.stack.exporting.dead_letters().await;
    assert!(letters[0].body.contains(&id), "{letters:?}");
    // The log was told, and that holds.
    assert_eq!(acts(&world, &id).await, ["export_requested", "export_failed"]);
}
