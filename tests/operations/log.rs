//! What the log tells of operators: who did what, why, and what became of it.

use super::{because, customers, ended, operation, ordered, told, world};
use serde_json::{Value, json};

#[tokio::test]
async fn a_rebuild_is_told_with_its_reason_and_how_it_ended() {
    let world = world().await;
    customers(&world, 3).await;
    let operator = world.caller("operator");
    let body = json!({"reason": "a new fold", "parallel": 2});
    let id = ordered(&operator, "1", "views/records/rebuild", body).await.expect(202).id();
    let built = ended(&world, &id).await;
    let commits = operation(&world, &id).await;
    let [begun, done] = commits.as_slice() else { panic!("{commits:?}") };
    assert_eq!(json!(begun.commit().reason), "a new fold");
    assert_eq!(json!(begun.commit().actor), built["requested_by"]);
    assert_eq!(
        begun.commit().events[0].data,
        json!({"view": "records", "kind": "full", "generation": 2, "options": {"parallel": 2}})
    );
    assert_eq!(done.commit().events[0].event_type, "rebuild_ended");
    assert_eq!(done.commit().events[0].data["outcome"], "verified");
    let by = &done.commit().actor;
    assert_eq!(
        (by.id.as_str(), by.on_behalf_of.as_ref()),
        ("rebuilder", Some(&begun.commit().actor.id))
    );
}

#[tokio::test]
async fn every_act_is_found_by_the_search_over_the_log_with_its_reason() {
    let world = world().await;
    customers(&world, 2).await;
    let operator = world.caller("operator");
    let reason = |verb: &str| json!({ "reason": format!("to {verb}") });
    let id = ordered(&operator, "rebuild", "views/records/rebuild", reason("rebuild")).await.id();
    ended(&world, &id).await;
    for verb in ["promote", "rollback", "retire"] {
        let path = format!("views/records/{verb}");
        ordered(&operator, verb, &path, reason(verb)).await.expect(200);
    }
    let told = told(&world).await;
    let of = |action: &str| {
        let items = told.iter().filter(move |item| item["action"] == action);
        items.map(|item| item["reason"].clone()).collect::<Vec<Value>>()
    };
    assert_eq!(of("operation.rebuild_started"), ["to rebuild"]);
    assert_eq!(of("operation.acted"), ["to promote", "to rollback", "to retire"]);
    assert_eq!(of("operation.act_ended").len(), 3);
}

#[tokio::test]
async fn operation_records_are_shown_by_no_route_of_records() {
    let world = world().await;
    let operator = world.caller("operator");
    let id = ordered(&operator, "1", "views/records/verify", because()).await.expect(202).id();
    ended(&world, &id).await;
    let admin = world.caller("admin");
    for path in ["/operations", &format!("/operations/{id}"), "/operation"] {
        admin.get(path).await.expect(404);
    }
    let counts = admin.get("/meta/counts").await.expect(200).json();
    assert!(counts.get("operation").is_none(), "{counts}");
}
