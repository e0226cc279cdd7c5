//! What operators see: keys, errors and counts, never contents.

use super::{because, can, customers, ended, ordered, view, world};
use crate::support::{World, access_claims, event};
use serde_json::{Value, json};

#[tokio::test]
async fn every_view_is_shown_with_its_generation_and_what_can_be_done_with_it() {
    let world = world().await;
    customers(&world, 3).await;
    let operator = world.caller("operator");
    let views = operator.get("/operations/views").await.expect(200).json();
    let mut names: Vec<&str> = Vec::new();
    for view in views["items"].as_array().unwrap() {
        names.push(view["view"].as_str().unwrap());
        assert_eq!(view["active"]["number"], 1);
        assert_eq!(view["active"]["state"], "active");
        assert_eq!(view["lag"], json!({"behind": 0, "lag_ms": 0, "looked_at": 3}));
        assert_eq!((&view["parked"], &view["skipped"]), (&json!(0), &json!(0)));
        assert_eq!(can(view), ["rebuild", "verify", "repair"]);
        let name = view["view"].as_str().unwrap();
        assert_eq!(operator.get(&format!("/operations/views/{name}")).await.json(), *view);
    }
    names.sort_unstable();
    assert_eq!(names, ["audit", "counts", "records"]);
    operator.get("/operations/views/dreams").await.expect(404);
}

#[tokio::test]
async fn a_view_that_does_not_follow_says_how_far_it_is_behind() {
    let clock = crate::support::HandClock::at_noon();
    let now = clock.clock();
    let world = World::start_with(|settings| local::Settings { clock: now, ..settings }).await;
    world.first_run_over().await;
    let view_of = async || view(&world, "records").await;
    // A commit that no row of today's build can hold keeps its row from following.
    let strange = vec![event("teleported", json!({}))];
    world
        .caller("editor")
        .post("/customers", json!({"id": "C-1", "name": "Ann"}))
        .await
        .expect(201);
    world.append(&crate::support::demo_key("customer", "C-1"), strange).await;
    world.stack.settled().await;
    clock.advance_ms(90_000);
    let seen = view_of().await;
    assert_eq!(seen["lag"], json!({"behind": 1, "lag_ms": 90_000, "looked_at": 2}));
    assert_eq!(seen["parked"], 1);
}

#[tokio::test]
async fn a_generation_of_another_fold_is_shown_as_outdated_until_a_new_one_is_promoted() {
    let world = world().await;
    customers(&world, 2).await;
    let store = &world.stack.store;
    let mut before = store.view("records").await.unwrap().unwrap();
    let folds = before.folds.entry("1".to_owned()).or_default();
    folds.insert("customer".to_owned(), "another".to_owned());
    store.change_view(&before).await.unwrap();
    let seen = view(&world, "records").await;
    assert_eq!((&seen["outdated"], &seen["active"]["state"]), (&json!(true), &json!("outdated")));
    assert_eq!(seen["outdated_types"], json!(["customer"]));
    let operator = world.caller("operator");
    let body = json!({"reason": "a new fold", "promote": true});
    let id = ordered(&operator, "k", "views/records/rebuild", body).await.expect(202).id();
    assert_eq!(ended(&world, &id).await["state"], "verified");
    let seen = view(&world, "records").await;
    assert_eq!((&seen["outdated"], &seen["active"]["number"]), (&json!(false), &json!(2)));
}

#[tokio::test]
async fn no_answer_of_the_desk_holds_anything_of_a_record_but_its_key() {
    let world = world().await;
    let editor = world.caller("editor");
    let secret = "Zanzibar";
    let customer = json!({"id": "C-1", "name": secret, "email": "zanzibar@example.org"});
    editor.post("/customers", customer).await.expect(201);
    world.stack.settled().await;
    let operator = world.caller("operator");
    let mut answers: Vec<Value> = Vec::new();
    for verb in ["verify", "rebuild"] {
        let path = format!("views/records/{verb}");
        let answer = ordered(&operator, verb, &path, because()).await.expect(202);
        answers.push(ended(&world, &answer.id()).await);
    }
    for path in ["views", "rebuilds", "alarms"] {
        answers.push(operator.get(&format!("/operations/{path}")).await.expect(200).json());
    }
    for answer in answers {
        let text = answer.to_string().to_lowercase();
        assert!(!text.contains("zanzibar"), "{text}");
    }
    operator.get("/customers/C-1").await.expect(403);
}

#[tokio::test]
async fn only_operators_and_admins_come_to_the_desk() {
    let world = world().await;
    for name in ["viewer", "editor", "auditor", "outsider"] {
        let caller = world.caller(name);
        assert_eq!(caller.get("/operations/views").await.expect(403).problem(), "forbidden");
        ordered(&caller, "k", "views/records/rebuild", because()).await.expect(403);
    }
    world.caller("admin").get("/operations/views").await.expect(200);
    assert!(world.stack.store.rebuilds(None, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_operator_of_another_tenant_acts_on_the_deployment_and_is_told_of_in_their_own_log() {
    let world = world().await;
    customers(&world, 2).await;
    let claims = access_claims("far-away", &["operators", "auditors", "tenant-other"]);
    let stranger = world.caller_with_claims(&claims);
    let id = ordered(&stranger, "k", "views/counts/rebuild", because()).await.expect(202).id();
    assert_eq!(ended(&world, &id).await["totals"]["records"], json!(2 + 1));
    let theirs = stranger.get("/audit/commits?type=operation").await.expect(200).json();
    assert_eq!(theirs["items"].as_array().unwrap().len(), 2, "{theirs}");
    let ours = world.caller("auditor").get("/audit/commits?type=operation").await.expect(200);
    assert_eq!(ours.json()["items"], json!([]));
}

#[tokio::test]
async fn alarms_of_all_tenants_are_shown_the_newest_first() {
    let world = world().await;
    let store = &world.stack.store;
    for (index, tenant) in ["t.demo", "t.other"].into_iter().enumerate() {
        let at = vocabulary::Instant::from_millis(1_000 * i64::try_from(index).unwrap());
        let alarm = store::Alarm {
            kind: "tamper".to_owned(),
            record: format!("{tenant}#customer#C-1"),
            version: 2,
            detail: "a stored commit was overwritten".to_owned(),
            at,
        };
        store.raise(&format!("tamper#{index}"), &alarm).await.unwrap();
    }
    let operator = world.caller("operator");
    let alarms = operator.get("/operations/alarms").await.expect(200).json();
    let items = alarms["items"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    assert_eq!(items[0]["tenant"], "t.other");
    let record = json!({"tenant": "t.other", "type": "customer", "id": "C-1"});
    assert_eq!(items[0]["record"], record);
    assert_eq!(items[1]["record"], json!({"type": "customer", "id": "C-1"}));
    assert_eq!(items[1]["version"], 2);
}
