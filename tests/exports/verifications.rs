//! Verifications: who checks the log says so in the log.

use super::{access, acts};
use crate::support::{World, access_claims};
use serde_json::{Value, json};

fn clean() -> Value {
    json!({"outcome": "clean", "records": 2, "commits": 7, "links": 5, "findings": 0})
}

#[tokio::test]
async fn a_verification_and_what_it_found_stand_in_the_log() {
    let world = World::start().await;
    let auditor = world.caller("auditor");
    let because = auditor.with("x-change-reason", "the%20yearly%20audit");
    let begun = because.post("/audit/verifications", json!({"scope": "customer/C-1"})).await;
    let id = begun.expect(201).id();
    let path = format!("/audit/verifications/{id}/result");
    // 2.0 is a whole number too.
    let told = json!({"outcome": "clean", "records": 2.0, "commits": 7, "links": 5, "findings": 0});
    let noted = auditor.post(&path, told).await.expect(200).json();
    assert_eq!(
        (&noted["id"], &noted["outcome"], &noted["links"]),
        (&json!(id), &json!("clean"), &json!(5))
    );
    assert_eq!(acts(&world, &id).await, ["verification_started", "verification_finished"]);
    let commits = access(&world, &id).await;
    assert_eq!(json!(commits[0].commit().reason), "the yearly audit");
    assert_eq!(commits[0].commit().events[0].data, json!({"scope": "customer/C-1"}));
    assert_eq!(commits[1].commit().events[0].data, clean());
    assert_eq!(commits[1].commit().actor, commits[0].commit().actor);
}

#[tokio::test]
async fn a_result_is_told_once() {
    let world = World::start().await;
    let auditor = world.caller("auditor");
    let begun = auditor.with("idempotency-key", "begin");
    let id = begun.post("/audit/verifications", json!({"scope": "all"})).await.expect(201).id();
    let again = begun.post("/audit/verifications", json!({"scope": "all"})).await.expect(201);
    assert_eq!((again.id(), again.header("idempotency-replayed")), (id.clone(), "true"));
    let path = format!("/audit/verifications/{id}/result");
    let keyed = auditor.with("idempotency-key", "end");
    keyed.post(&path, clean()).await.expect(200);
    let replayed = keyed.post(&path, clean()).await.expect(200);
    assert_eq!(replayed.header("idempotency-replayed"), "true");
    let mut other = clean();
    other["outcome"] = json!("gap");
    assert_eq!(keyed.post(&path, other.clone()).await.expect(422).problem(), "key-reused");
    auditor.post(&path, clean()).await.expect(200);
    let ended = auditor.post(&path, other).await.expect(422);
    assert_eq!((ended.problem().as_str(), &ended.json()["rule"]), ("rule", &json!("ended")));
    assert_eq!(acts(&world, &id).await.len(), 2);
}

#[tokio::test]
async fn what_is_no_verification_is_refused() {
    let world = World::start().await;
    let auditor = world.caller("auditor");
    for scope in
        [json!(null), json!(1), json!("some"), json!("customer"), json!("a/b/c"), json!("A/b")]
    {
        let refused = auditor.post("/audit/verifications", json!({"scope": scope})).await;
        assert_eq!(refused.expect(400).json()["errors"][0]["pointer"], "/scope", "{scope}");
    }
    let begun = auditor.post("/audit/verifications", json!({"scope": "all"})).await.expect(201);
    let path = format!("/audit/verifications/{}/result", begun.id());
    let wrong = json!({"outcome": "fine", "records": -1, "commits": 1.5, "links": 1, "x": 1});
    let refused = auditor.post(&path, wrong).await.expect(400).json();
    let told: Vec<&Value> =
        refused["errors"].as_array().unwrap().iter().map(|error| &error["pointer"]).collect();
    assert_eq!(told, ["/records", "/commits", "/findings", "/outcome", "/x"]);
    auditor.post("/audit/verifications/none/result", clean()).await.expect(404);
    let stranger = world.caller_with_claims(&access_claims("x", &["tenant-other", "auditors"]));
    stranger.post(&path, clean()).await.expect(404);
}
