//! A rebuild from its order to its end, and what can be done with it on the way.

use super::{because, can, customers, ended, ordered, rebuild, view, world, world_without_workers};
use serde_json::json;

#[tokio::test]
async fn a_view_is_rebuilt_promoted_rolled_back_and_its_old_generation_is_retired() {
    let world = world().await;
    customers(&world, 30).await;
    let operator = world.caller("operator");
    let body = json!({"reason": "a new fold", "parallel": 3, "rate": 40_000});
    let answer = ordered(&operator, "1", "views/records/rebuild", body).await.expect(202);
    let id = answer.id();
    assert_eq!(answer.header("location"), format!("/api/v1/operations/rebuilds/{id}"));
    assert_eq!(answer.json()["reason"], "a new fold");
    let built = ended(&world, &id).await;
    assert_eq!((&built["state"], &built["phase"]), (&json!("verified"), &json!("ended")));
    assert_eq!((&built["progress"], &built["generation"]), (&json!(1.0), &json!(2)));
    let totals = &built["totals"];
    // The customers, and the operation's own record.
    assert_eq!((&totals["records"], &totals["drift"]), (&json!(31), &json!(0)), "{totals}");
    let segments = built["segments"].as_array().unwrap();
    assert!(segments.iter().all(|segment| segment["state"] == "done"), "{segments:?}");
    assert_eq!(segments.iter().filter(|segment| segment["phase"] == "read").count(), 3);
    assert_eq!(built["differences"], json!([]));
    let seen = view(&world, "records").await;
    assert_eq!(seen["building"]["state"], "verified");
    assert_eq!(can(&seen), ["verify", "promote", "repair"]);

    let promoted = ordered(&operator, "2", "views/records/promote", because()).await.expect(200);
    let promoted = promoted.json();
    assert_eq!(promoted["active"]["number"], 2);
    assert_eq!(promoted["previous"]["number"], 1);
    assert_eq!(can(&promoted), ["rebuild", "verify", "rollback", "retire", "repair"]);
    let names = world.caller("editor").get("/customers?limit=100").await.expect(200).json();
    assert_eq!(names["items"].as_array().unwrap().len(), 30);

    let back = ordered(&operator, "3", "views/records/rollback", because()).await.expect(200);
    assert_eq!(back.json()["active"]["number"], 1);
    let retired = ordered(&operator, "4", "views/records/retire", because()).await.expect(200);
    assert_eq!(retired.json()["previous"], json!(null));
    world.stack.settled().await;
    assert_eq!(view(&world, "records").await["retiring"], json!([]));
}

#[tokio::test]
async fn a_dry_run_tells_and_leaves_nothing_behind() {
    let world = world().await;
    customers(&world, 4).await;
    let operator = world.caller("operator");
    let body = json!({"reason": "what would change", "dry_run": true});
    let id = ordered(&operator, "1", "views/records/rebuild", body).await.expect(202).id();
    let tried = ended(&world, &id).await;
    assert_eq!((&tried["kind"], &tried["state"]), (&json!("dry_run"), &json!("verified")));
    let seen = view(&world, "records").await;
    assert_eq!((&seen["building"], &seen["active"]["number"]), (&json!(null), &json!(1)));
    ordered(&operator, "2", "views/records/promote", because()).await.expect(409);
}

#[tokio::test]
async fn a_rebuild_rests_goes_on_and_is_cancelled() {
    let world = world_without_workers().await;
    let operator = world.caller("operator");
    let id = ordered(&operator, "1", "views/audit/rebuild", because()).await.expect(202).id();
    let seen = view(&world, "audit").await;
    assert_eq!((&seen["building"]["state"], &seen["rebuild"]), (&json!("building"), &json!(id)));
    assert_eq!(can(&seen), ["repair", "pause", "cancel"]);
    let steer = async |key: &str, verb: &str| {
        ordered(&operator, key, &format!("rebuilds/{id}/{verb}"), because())
            .await
            .expect(200)
            .json()
    };
    assert_eq!(steer("2", "pause").await["paused"], true);
    assert_eq!(can(&view(&world, "audit").await), ["repair", "resume", "cancel"]);
    assert_eq!(steer("3", "resume").await["paused"], false);
    let cancelled = steer("4", "cancel").await;
    assert_eq!((&cancelled["state"], &cancelled["phase"]), (&json!("cancelled"), &json!("ended")));
    let seen = view(&world, "audit").await;
    assert_eq!((&seen["building"], &seen["retiring"]), (&json!(null), &json!([2])));
    for (key, verb) in [("5", "pause"), ("6", "resume"), ("7", "cancel")] {
        let answer = ordered(&operator, key, &format!("rebuilds/{id}/{verb}"), because()).await;
        assert_eq!(answer.expect(409).problem(), "rebuild-ended", "{verb}");
    }
}

#[tokio::test]
async fn rebuilds_are_listed_the_newest_first_page_by_page() {
    let world = world_without_workers().await;
    let operator = world.caller("operator");
    let mut ids = Vec::new();
    for (key, view) in ["records", "counts", "audit"].into_iter().enumerate() {
        let path = format!("views/{view}/rebuild");
        ids.push(ordered(&operator, &key.to_string(), &path, because()).await.expect(202).id());
    }
    ids.reverse();
    let mut found = Vec::new();
    let mut path = "/operations/rebuilds?limit=2".to_owned();
    loop {
        let page = operator.get(&path).await.expect(200).json();
        found.extend(page["items"].as_array().unwrap().iter().map(|item| item["id"].clone()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/operations/rebuilds?limit=2&cursor={cursor}");
    }
    assert_eq!(json!(found), json!(ids));
}

#[tokio::test]
async fn a_repair_is_about_the_records_that_were_named() {
    let world = world().await;
    let editor = world.caller("editor");
    for id in ["C-1", "C-2"] {
        editor.post("/customers", json!({"id": id, "name": "Ann"})).await.expect(201);
    }
    world.stack.settled().await;
    let operator = world.caller("operator");
    let body = json!({"reason": "a row had drifted", "records": ["customer/C-1"]});
    let answer = ordered(&operator, "1", "views/records/repair", body).await.expect(202);
    let repaired = ended(&world, &answer.id()).await;
    assert_eq!(repaired["state"], "verified");
    assert_eq!(repaired["scope"], json!({"records": [{"type": "customer", "id": "C-1"}]}));
    for (key, body) in [
        ("2", json!({"reason": "all of a type", "type": "customer"})),
        ("3", json!({"reason": "all of today", "since": "2020-01-01T00:00:00.000Z"})),
    ] {
        let answer = ordered(&operator, key, "views/counts/repair", body).await.expect(202);
        assert_eq!(ended(&world, &answer.id()).await["state"], "verified");
    }
}

#[tokio::test]
async fn a_full_reconciliation_is_a_pass_over_every_view() {
    let world = world().await;
    customers(&world, 2).await;
    let operator = world.caller("operator");
    let body = json!({"reason": "after an outage", "full": true});
    let passes = ordered(&operator, "1", "reconcile", body.clone()).await.expect(202).json();
    let items = passes["items"].as_array().unwrap();
    assert_eq!(items.len(), 3);
    for item in items {
        let pass = ended(&world, item["id"].as_str().unwrap()).await;
        assert_eq!((&pass["kind"], &pass["state"]), (&json!("pass"), &json!("verified")));
    }
    let again = ordered(&operator, "1", "reconcile", body).await.expect(202);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(world.stack.store.rebuilds(None, 10).await.unwrap().len(), 3);
    let short = ordered(&operator, "2", "reconcile", because()).await.expect(202).json();
    assert_eq!(short["items"], json!([]));
    world.stack.settled().await;
}

#[tokio::test]
async fn how_far_a_rebuild_is_follows_from_what_its_segments_have_read() {
    let world = world_without_workers().await;
    let operator = world.caller("operator");
    customers(&world, 3).await;
    let id = ordered(&operator, "1", "views/records/rebuild", because()).await.expect(202).id();
    let waiting = rebuild(&world, &id).await;
    assert_eq!((&waiting["phase"], &waiting["progress"]), (&json!("waiting"), &json!(null)));
    let store = &world.stack.store;
    let id = vocabulary::RecordId::parse(&id).unwrap();
    let mut job = store.rebuild(&id).await.unwrap().unwrap();
    (job.expected, job.not_before) = (1_000, job.requested_at);
    store.change_rebuild(&mut job, None).await.unwrap();
    let now = job.requested_at;
    let mut segments = job.fresh_segments(store::Phase::Read, now);
    store.add_segments(&id, &segments).await.unwrap();
    let segment = &mut segments[0];
    store.lease_segment(&id, segment, "me", (now, now.plus_millis(60_000))).await.unwrap();
    segment.tally.commits = 250;
    segment.tally.records = 50;
    segment.updated_at = now.plus_millis(10_000);
    store.keep_segment(&id, segment, "me").await.unwrap();
    let seen = rebuild(&world, id.as_str()).await;
    assert_eq!((&seen["phase"], &seen["expected"]), (&json!("read"), &json!(1_000)));
    assert_eq!(seen["commits_per_second"], 25.0);
    assert_eq!(seen["records_per_second"], 5.0);
    // A quarter of the first phase took ten seconds; the others are reckoned from what they cost.
    let (progress, left) =
        (seen["progress"].as_f64().unwrap(), seen["seconds_left"].as_u64().unwrap());
    assert!((0.1..0.25).contains(&progress), "{progress}");
    assert!((31..=70).contains(&left), "{left}");
}
