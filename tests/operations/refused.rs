//! What the desk refuses, and that nothing is done and nothing told then.

use super::{because, customers, ended, ordered, told, view, world, world_without_workers};
use serde_json::{Value, json};

#[tokio::test]
async fn without_a_reason_nothing_is_done() {
    let world = world().await;
    let operator = world.caller("operator");
    let paths = [
        "views/records/rebuild",
        "views/records/verify",
        "views/records/promote",
        "views/records/rollback",
        "views/records/retire",
        "reconcile",
        "rebuilds/R-1/pause",
        "rebuilds/R-1/resume",
        "rebuilds/R-1/cancel",
    ];
    for path in paths {
        for body in
            [json!({}), json!({"reason": " "}), json!({"reason": null}), json!({"reason": 7})]
        {
            let answer = ordered(&operator, "k", path, body).await.expect(400);
            assert_eq!(answer.problem(), "invalid-fields", "{path}");
            assert_eq!(answer.json()["errors"][0]["pointer"], "/reason", "{path}");
        }
    }
    assert!(told(&world).await.is_empty());
}

#[tokio::test]
async fn what_is_asked_wrongly_is_told_field_by_field() {
    let world = world().await;
    let operator = world.caller("operator");
    let refused = async |path: &str, body: Value| {
        let answer = ordered(&operator, "k", path, body).await.expect(400).json();
        let errors = answer["errors"].as_array().unwrap().clone();
        let pointers = errors.iter().map(|error| error["pointer"].as_str().unwrap().to_owned());
        pointers.collect::<Vec<String>>()
    };
    let body = json!({"reason": "x", "parallel": 65, "rate": 0, "dry_run": "yes", "speed": 1});
    let pointers = refused("views/records/rebuild", body).await;
    assert_eq!(pointers, ["/dry_run", "/parallel", "/rate", "/speed"]);
    let body = json!({"reason": "x", "dry_run": true, "promote": true});
    assert_eq!(refused("views/records/rebuild", body).await, ["/promote"]);
    let body = json!({"reason": "x", "sample": 1_001});
    assert_eq!(refused("views/records/verify", body).await, ["/sample"]);
    for body in [
        json!({"reason": "x"}),
        json!({"reason": "x", "records": []}),
        json!({"reason": "x", "records": ["nothing"]}),
        json!({"reason": "x", "records": ["customer/C-1"], "type": "customer"}),
    ] {
        assert!(refused("views/records/repair", body).await.contains(&"/records".to_owned()));
    }
    let body = json!({"reason": "x", "since": "yesterday"});
    assert!(refused("views/records/repair", body).await.contains(&"/since".to_owned()));
    assert!(told(&world).await.is_empty());
}

#[tokio::test]
async fn a_view_is_built_once_at_a_time() {
    let world = world_without_workers().await;
    let operator = world.caller("operator");
    let first = ordered(&operator, "1", "views/records/rebuild", because()).await.expect(202).id();
    let path = "views/records/rebuild";
    for body in [because(), json!({"reason": "x", "dry_run": true})] {
        let answer = ordered(&operator, "2", path, body).await.expect(409);
        assert_eq!(answer.problem(), "rebuild-under-way");
        assert_eq!(answer.json()["rebuild"], json!(first));
    }
    let answer = ordered(&operator, "3", "views/records/verify", because()).await.expect(409);
    assert_eq!(answer.problem(), "rebuild-under-way");
    let answer = ordered(&operator, "4", "views/records/promote", because()).await.expect(409);
    assert_eq!(answer.problem(), "not-verified");
    ordered(&operator, "5", "views/counts/rebuild", because()).await.expect(202);
    assert_eq!(told(&world).await.len(), 2, "only what was begun is told");
}

#[tokio::test]
async fn generations_that_are_not_there_are_not_promoted_rolled_back_or_retired() {
    let world = world().await;
    let operator = world.caller("operator");
    for (verb, problem) in [
        ("promote", "not-verified"),
        ("rollback", "no-previous-generation"),
        ("retire", "nothing-to-retire"),
    ] {
        let path = format!("views/records/{verb}");
        let answer = ordered(&operator, verb, &path, because()).await.expect(409);
        assert_eq!(answer.problem(), problem);
    }
    for path in ["views/dreams/rebuild", "rebuilds/R-1/pause"] {
        ordered(&operator, "k", path, because()).await.expect(404);
    }
    operator.get("/operations/rebuilds/R-1").await.expect(404);
    assert!(told(&world).await.is_empty());
}

#[tokio::test]
async fn what_is_not_verified_is_promoted_by_force_only_and_not_before_the_log_is_read() {
    let world = world_without_workers().await;
    customers(&world, 2).await;
    let operator = world.caller("operator");
    let force = json!({"reason": "we cannot wait", "force": true});
    ordered(&operator, "1", "views/records/rebuild", because()).await.expect(202);
    let answer = ordered(&operator, "2", "views/records/promote", force.clone()).await;
    assert_eq!(answer.expect(409).problem(), "not-verified");
    let store = &world.stack.store;
    let now = store.view("records").await.unwrap().unwrap();
    let build = now.building.clone().unwrap().generation;
    let caught_up = now.reached(build, store::BuildState::CaughtUp).unwrap();
    store.change_view(&caught_up).await.unwrap();
    ordered(&operator, "3", "views/records/promote", because()).await.expect(409);
    let promoted = ordered(&operator, "4", "views/records/promote", force).await.expect(200);
    assert_eq!(promoted.json()["active"]["number"], 2);
    let told = told(&world).await;
    assert_eq!(told.iter().filter(|item| item["action"] == "operation.acted").count(), 1);
}

#[tokio::test]
async fn parked_records_that_nobody_accepted_hinder_a_promotion() {
    let world = world().await;
    customers(&world, 2).await;
    let operator = world.caller("operator");
    let id = ordered(&operator, "1", "views/records/rebuild", because()).await.expect(202).id();
    assert_eq!(ended(&world, &id).await["state"], "verified");
    let store = &world.stack.store;
    let now = store.view("records").await.unwrap().unwrap();
    let build = now.building.unwrap().generation;
    let parked = store::Parked {
        record: "t.demo#customer#C-9".to_owned(),
        version: vocabulary::Version::FIRST,
        cause: store::ParkedCause::Poison,
        error: "it does not fold".to_owned(),
        tries: 1,
        first_at: world.now(),
        last_at: world.now(),
        build: "1".to_owned(),
        since: None,
        skipped: None,
    };
    store.park("records", build, &parked).await.unwrap();
    let seen = view(&world, "records").await;
    assert!(super::can(&seen).contains(&"force_promote"), "{seen}");
    let answer = ordered(&operator, "2", "views/records/promote", because()).await.expect(409);
    assert_eq!(answer.problem(), "not-verified");
    assert!(answer.json()["detail"].as_str().unwrap().contains("parked"));
}
