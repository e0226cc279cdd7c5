//! What is in the log and should not be: events of a newer build, damaged commits, sealed values.

use crate::support::probe::{self, Build, Fold};
use crate::support::{World, demo_key, event};
use serde_json::{Value, json};
use store::{Parked, ParkedCause, Recorded};
use vocabulary::{RecordKey, Schema, StoredEvent};

/// Parked records of the active generations, by view.
async fn parked(world: &World) -> Vec<(String, Parked)> {
    let mut parked = Vec::new();
    for view in world.stack.store.views().await.unwrap() {
        let records = world.stack.store.parked(&view.view, view.active).await.unwrap();
        parked.extend(records.into_iter().map(|record| (view.view.clone(), record)));
    }
    parked
}

fn data_of_a_customer() -> Value {
    json!({"personal": {"name": "Lily"}, "tags": ["a"], "owner": "somebody"})
}

async fn registered(world: &World, id: &str) -> RecordKey {
    let key = demo_key("customer", id);
    world.append(&key, vec![event("registered", data_of_a_customer())]).await;
    key
}

/// Other records go on as if nothing had happened.
async fn others_go_on(world: &World) {
    let editor = world.caller("editor");
    let made = editor.post("/customers", json!({"name": "Other"})).await.expect(201);
    let path = format!("/customers/{}", made.id());
    editor.with("if-match", "\"1\"").patch(&path, json!({"notes": "x"})).await.expect(200);
    world.stack.settled().await;
    let read = editor.get(&path).await.expect(200).json();
    assert_eq!((&read["version"], &read["stale"]), (&json!(2), &Value::Null));
    assert!(editor.all("/customers").await.iter().any(|item| item["id"] == made.id()));
}

#[tokio::test]
async fn what_a_newer_build_wrote_is_answered_503_and_parked_until_that_build() {
    let world = World::start().await;
    let editor = world.caller("editor");
    let newer: [StoredEvent; 2] = [
        event("blessed", json!({})),
        StoredEvent { schema: Schema(2), ..event("handed_over", json!({"to": "x"})) },
    ];
    for (number, newer) in newer.into_iter().enumerate() {
        let key = registered(&world, &format!("newer-{number}")).await;
        world.append(&key, vec![newer]).await;
        let path = format!("/customers/newer-{number}");
        let edit = editor.with("if-match", "\"2\"").patch(&path, json!({"notes": "x"})).await;
        assert_eq!(edit.expect(503).problem(), "newer-build");
        let act = editor.post(&format!("{path}/hand_over"), json!({"to": "y"})).await.expect(503);
        assert_eq!((act.problem().as_str(), act.header("retry-after")), ("newer-build", "30"));
        world.stack.settled().await;
        let read = editor.get(&path).await.expect(200).json();
        assert_eq!((&read["version"], &read["stale"]), (&json!(1), &json!(true)), "never skipped");
        assert_eq!(editor.all(&format!("{path}/history")).await.len(), 2);
    }
    let parked = parked(&world).await;
    assert_eq!(parked.len(), 6, "two records in three views");
    for (_, parked) in parked {
        assert_eq!((parked.cause, parked.version.get()), (ParkedCause::NewerBuild, 2));
        assert_eq!(parked.build, env!("CARGO_PKG_VERSION"));
    }
    others_go_on(&world).await;
}

#[tokio::test]
async fn a_format_and_a_record_type_of_a_newer_build_are_parked_likewise() {
    let world = World::start().await;
    let key = registered(&world, "formatted").await;
    let next = world.next_commit(&key, vec![event("archived", json!({}))]).await;
    world.put_raw(&next, &next.text().replace("{\"format\":1,", "{\"format\":2,")).await;
    let unknown = demo_key("invoice", "i1");
    world.append(&unknown, vec![event("issued", json!({}))]).await;
    world.stack.settled().await;
    let editor = world.caller("editor");
    let act = editor.post("/customers/formatted/reinstate", json!({})).await.expect(503);
    assert_eq!(act.problem(), "newer-build");
    let mut seen: Vec<(String, u64)> = Vec::new();
    for (_, parked) in parked(&world).await {
        assert_eq!(parked.cause, ParkedCause::NewerBuild);
        seen.push((parked.record, parked.version.get()));
    }
    seen.sort();
    let in_each_view = |pk: String, version| vec![(pk, version); 3];
    assert_eq!(seen, [in_each_view(key.pk(), 2), in_each_view(unknown.pk(), 1)].concat());
    others_go_on(&world).await;
}

#[tokio::test]
async fn a_damaged_commit_stops_commands_on_its_record_and_no_other() {
    let world = World::start().await;
    let editor = world.caller("editor");
    let damages: [fn(&Recorded) -> String; 4] = [
        |commit| commit.text().replace("\"events\"", "\"event\""),
        |commit| commit.text().chars().take(40).collect(),
        |commit| commit.text().replace("t.demo", "t.omed"),
        |commit| commit.text().replace("\"rev\":2", "\"rev\":3"),
    ];
    for (number, damage) in damages.into_iter().enumerate() {
        let key = registered(&world, &format!("damaged-{number}")).await;
        let commit = world.next_commit(&key, vec![event("archived", json!({}))]).await;
        world.put_raw(&commit, &damage(&commit)).await;
        let path = format!("/customers/damaged-{number}");
        let edit = editor.with("if-match", "\"1\"").patch(&path, json!({"notes": "x"})).await;
        assert_eq!(edit.expect(500).problem(), "failure", "damage {number}");
        editor.post(&format!("{path}/reinstate"), json!({})).await.expect(500);
        world.stack.settled().await;
        let read = editor.get(&path).await.expect(200).json();
        assert_eq!((&read["version"], &read["stale"]), (&json!(1), &json!(true)));
        let history = editor.all(&format!("{path}/history")).await;
        assert_eq!(history[0], json!({"version": 2, "unreadable": true}));
    }
    let parked = parked(&world).await;
    assert_eq!(parked.len(), 12, "four records in three views");
    assert!(parked.iter().all(|(_, parked)| parked.cause == ParkedCause::Poison));
    others_go_on(&world).await;
}

#[tokio::test]
async fn a_commit_that_does_not_follow_the_one_before_is_poison() {
    let world = World::start().await;
    let key = registered(&world, "broken-chain").await;
    let commit = world.next_commit(&key, vec![event("archived", json!({}))]).await;
    let other = registered(&world, "other-chain").await;
    let prev = world.next_commit(&other, vec![event("archived", json!({}))]).await.prev();
    assert_ne!(commit.prev(), prev);
    // The text is sound and in its place, but it was hashed onto another commit.
    world.put_raw_after(&commit, prev, commit.text()).await;
    let editor = world.caller("editor");
    editor.post("/customers/broken-chain/reinstate", json!({})).await.expect(500);
    world.stack.settled().await;
    assert_eq!(editor.get("/customers/broken-chain").await.expect(200).json()["stale"], true);
    assert_eq!(parked(&world).await.len(), 3, "in each view");
}

#[tokio::test]
async fn a_fold_that_panics_stops_its_record_and_no_other() {
    let world = World::with_registry(probe::registry(Fold::First, Build::Broken)).await;
    let editor = world.caller("editor");
    let key = demo_key("probe", "panics");
    world.append(&key, vec![event("noted", json!({"value": "1"}))]).await;
    world.append(&key, vec![event("noted", json!({"value": probe::PANIC}))]).await;
    editor.post("/probes/panics/finish", json!({})).await.expect(500);
    world.stack.settled().await;
    let read = editor.get("/probes/panics").await.expect(200).json();
    assert_eq!((&read["n"], &read["stale"]), (&json!(1), &json!(true)));
    let made = editor.post("/probes", json!({"value": "2"})).await.expect(201);
    editor.post(&format!("/probes/{}/finish", made.id()), json!({})).await.expect(200);
}

#[tokio::test]
async fn sealed_values_pass_through_unharmed_and_are_shown_as_erased() {
    let world = World::start().await;
    let (editor, key) = (world.caller("editor"), demo_key("customer", "sealed"));
    let sealed = json!({"$sealed": "bm9ib2R5IGNhbiByZWFkIHRoaXM="});
    let erased = json!({"redacted": "erased"});
    let data = json!({"personal": sealed, "tags": ["a"], "owner": "somebody"});
    let commit = world.next_commit(&key, vec![event("registered", data)]).await;
    let with_actor = commit.text().replace(
        "\"id\":\"another-writer\"}",
        "\"id\":\"another-writer\",\"name\":{\"$sealed\":\"QQ==\"}},\"reason\":{\"$sealed\":\"Qg==\"}",
    );
    assert_ne!(with_actor, commit.text());
    world.put_raw(&commit, &with_actor).await;
    world.append(&key, vec![event("contact_changed", json!({ "personal": sealed }))]).await;
    world.append(&key, vec![event("moved", json!({ "personal": sealed }))]).await;
    world.append(&key, vec![event("annotated", json!({ "personal": sealed }))]).await;
    world.stack.settled().await;

    let read = editor.get("/customers/sealed").await.expect(200).json();
    for field in ["name", "email", "phone", "company", "address", "notes"] {
        assert_eq!(read[field], erased, "{field}");
    }
    assert_eq!((&read["version"], &read["stale"]), (&json!(4), &Value::Null));
    let listed = editor.all("/customers").await;
    assert_eq!(listed[0]["name"], erased);
    let history = editor.all("/customers/sealed/history?order=asc").await;
    assert_eq!(history[0]["reason"], erased);
    assert_eq!(history[0]["actor"]["name"], erased);
    for item in &history {
        assert_eq!(item["events"][0]["data"]["personal"], erased, "{item}");
    }
    let told = world.stack.bus.entries();
    assert_eq!(told.len(), 4);
    assert!(told.iter().all(|entry| entry.detail["data"]["personal"] == erased));
    // What is kept of it, and what goes out, has no trace of the seal.
    for shown in [
        read.to_string(),
        json!(listed).to_string(),
        json!(history).to_string(),
        json!(told).to_string(),
    ] {
        assert!(!shown.contains("$sealed"), "{shown}");
    }
    // Life goes on: an erased value can be replaced, and removed.
    let conditional = editor.with("if-match", "\"4\"");
    let patch = json!({"name": "Lily", "notes": null});
    let known = conditional.patch("/customers/sealed", patch).await.expect(200).json();
    assert_eq!((&known["name"], &known["notes"]), (&json!("Lily"), &Value::Null));
    editor.post("/customers/sealed/archive", json!({"reason": "x"})).await.expect(200);
}
