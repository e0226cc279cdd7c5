//! `POST /{plural}/{id}/restore`: a record's fields as they were.

use super::story::Story;
use super::{at_noon, items, sub};
use crate::support::{Answer, Caller, Wire, World, demo_key, event};
use local::Settings;
use serde_json::{Value, json};

const FIELDS: [&str; 7] = ["name", "email", "phone", "company", "address", "notes", "tags"];

/// A customer of five versions: registered, with a phone, moved, with tags and notes, renamed.
async fn with_history() -> World {
    let world = World::start().await;
    let editor = world.caller("editor");
    let ann = json!({"id": "C-1", "name": "Ann", "email": "ann@example.org",
        "address": {"line1": "Ring 1", "city": "Wien"}});
    editor.post("/customers", ann).await.expect(201);
    for (version, patch) in [
        (1, json!({"phone": "+43 1 2345", "company": "Ari & Sons"})),
        (2, json!({"address": {"line1": null, "city": "Graz", "country": "Austria"}})),
        (3, json!({"tags": ["vip"], "notes": "call first"})),
        (4, json!({"name": "Anna"})),
    ] {
        let tag = format!("\"{version}\"");
        editor.with("if-match", &tag).patch("/customers/C-1", patch).await.expect(200);
    }
    world
}

async fn restored(caller: &Caller<'_>, version: u64, body: Value) -> Answer {
    let tag = format!("\"{version}\"");
    caller.with("if-match", &tag).post("/customers/C-1/restore", body).await
}

async fn newest(world: &World, path: &str) -> Value {
    let history = world.caller("viewer").get(&format!("{path}/history?limit=1")).await;
    items(&history.expect(200).json())[0].clone()
}

fn events(commit: &Value) -> Vec<&str> {
    commit["events"].as_array().unwrap().iter().map(|e| e["type"].as_str().unwrap()).collect()
}

fn of_fields(record: &Value) -> Value {
    let there =
        FIELDS.iter().filter_map(|name| Some(((*name).to_owned(), record.get(*name)?.clone())));
    Value::Object(there.collect())
}

#[tokio::test]
async fn a_record_becomes_what_it_was_in_one_commit_that_names_its_source() {
    let world = with_history().await;
    let editor = world.caller("editor");
    let then = editor.get("/customers/C-1?version=1").await.expect(200).json();
    let body = json!({"to_version": 1, "reason": "all of it was a mistake"});
    // What a caller says of the cause does not count.
    let caused = editor.with("x-causation-id", "made-up");
    let refused = restored(&caused, 5, body.clone()).await;
    // Keeping an e-mail address, the customer stays reachable without the telephone.
    let after = refused.expect(200);
    assert_eq!(after.header("etag"), "\"6\"");
    assert_eq!(of_fields(&after.json()), of_fields(&then));
    assert_eq!(after.json()["address"], json!({"line1": "Ring 1", "city": "Wien"}));
    let commit = newest(&world, "/customers/C-1").await;
    assert_eq!(events(&commit), ["renamed", "contact_changed", "moved", "annotated", "tagged"]);
    assert_eq!(commit["reason"], "all of it was a mistake");
    let source = editor.get("/customers/C-1/history/1").await.expect(200).json();
    assert_eq!(commit["causation_id"], source["commit_id"]);
    assert_eq!(world.commits().await, 6);
}

#[tokio::test]
async fn only_the_fields_that_are_named_become_what_they_were() {
    let world = with_history().await;
    let editor = world.caller("editor");
    let body = json!({"to_version": 1.0, "fields": ["address", "name"]});
    let after = restored(&editor, 5, body).await.expect(200).json();
    assert_eq!(after["address"], json!({"line1": "Ring 1", "city": "Wien"}));
    assert_eq!((&after["name"], &after["phone"]), (&json!("Ann"), &json!("+43 1 2345")));
    assert_eq!(after["tags"], json!(["vip"]));
    assert_eq!(events(&newest(&world, "/customers/C-1").await), ["renamed", "moved"]);
    let body = json!({"to_version": 1, "fields": ["phone"]});
    let after = restored(&editor, 6, body).await.expect(200).json();
    assert_eq!((after.get("phone"), &after["company"]), (None, &json!("Ari & Sons")));
}

#[tokio::test]
async fn what_is_so_already_is_no_commit() {
    let world = with_history().await;
    let editor = world.caller("editor");
    for body in [
        json!({"to_version": 5}),
        json!({"to_version": 1, "fields": ["email"]}),
        json!({"to_version": 4, "fields": ["tags", "notes"], "reason": "why not"}),
    ] {
        let after = restored(&editor, 5, body).await.expect(200);
        assert_eq!((after.header("etag"), &after.json()["version"]), ("\"5\"", &json!(5)));
    }
    assert_eq!(world.commits().await, 5);
}

#[tokio::test]
async fn a_restore_says_which_version_it_changes() {
    let world = with_history().await;
    let editor = world.caller("editor");
    let body = json!({"to_version": 1});
    let unsaid = editor.post("/customers/C-1/restore", body.clone()).await.expect(428);
    assert_eq!(unsaid.problem(), "version-required");
    let late = restored(&editor, 4, body.clone()).await.expect(412);
    assert_eq!(late.json()["current_version"], 5);
    restored(&editor, 6, body.clone()).await.expect(412);
    for dry in ["", "?dry_run=true"] {
        let path = format!("/customers/C-1/restore{dry}");
        editor.post(&path, body.clone()).await.expect(428);
        editor.with("if-match", "\"4\"").post(&path, body.clone()).await.expect(412);
    }
    assert_eq!(world.commits().await, 5);
}

#[tokio::test]
async fn a_dry_run_tells_what_would_be_and_stores_nothing() {
    let world = with_history().await;
    let editor = world.caller("editor").with("if-match", "\"5\"").with("idempotency-key", "k-1");
    let body = json!({"to_version": 3});
    let path = "/customers/C-1/restore";
    let preview = editor.post(&format!("{path}?dry_run=true"), body.clone()).await.expect(200);
    assert_eq!(preview.header("etag"), "\"5\"");
    let preview = preview.json();
    let gone = |path: &str, from: Value| json!({"path": path, "op": "remove", "from": from});
    let expected = json!([
        {"path": "/name", "op": "replace", "from": "Anna", "to": "Ann"},
        gone("/notes", json!("call first")),
        gone("/tags", json!(["vip"])),
    ]);
    assert_eq!(preview["changes"], expected);
    assert_eq!(world.commits().await, 5);
    // The key was not used up.
    let mut real = editor.post(&format!("{path}?dry_run=false"), body).await.expect(200).json();
    assert_eq!(newest(&world, "/customers/C-1").await["changes"], expected);
    real["changed_at"] = preview["record"]["changed_at"].clone();
    assert_eq!(real, preview["record"]);
    let nothing = world.caller("editor").with("if-match", "\"6\"");
    let nothing = nothing.post(&format!("{path}?dry_run=true"), json!({"to_version": 6})).await;
    assert_eq!(nothing.expect(200).json()["changes"], json!([]));
    let odd = editor.post(&format!("{path}?dry_run=yes"), json!({"to_version": 6})).await;
    assert_eq!(odd.expect(400).json()["parameter"], "dry_run");
}

#[tokio::test]
async fn an_archived_customer_is_reinstated_first() {
    let world = with_history().await;
    let editor = world.caller("editor");
    editor.post("/customers/C-1/archive", json!({"reason": "gone"})).await.expect(200);
    // Field by field, today's rules keep an ended record as it is.
    let body = json!({"to_version": 1, "fields": ["name"]});
    let refused = restored(&editor, 6, body).await.expect(422).json();
    assert_eq!(refused["rule"], "customer_archived");
    let after = restored(&editor, 6, json!({"to_version": 4})).await.expect(200).json();
    assert_eq!((&after["status"], &after["name"]), (&json!("active"), &json!("Ann")));
    let commit = newest(&world, "/customers/C-1").await;
    assert_eq!(events(&commit), ["reinstated", "renamed"]);
    let source = editor.get("/customers/C-1/history/4").await.expect(200).json();
    assert_eq!(commit["causation_id"], source["commit_id"]);
    // Its fields are the same; what is different is that it had not ended.
    editor.post("/customers/C-1/archive", json!({"reason": "gone"})).await.expect(200);
    restored(&editor, 8, json!({"to_version": 7})).await.expect(200);
    assert_eq!(events(&newest(&world, "/customers/C-1").await), ["reinstated"]);
    // Then it had ended as it has now.
    editor.post("/customers/C-1/archive", json!({"reason": "gone"})).await.expect(200);
    let same = restored(&editor, 10, json!({"to_version": 8})).await.expect(200);
    assert_eq!((same.header("etag"), world.commits().await), ("\"10\"", 10));
}

#[tokio::test]
async fn a_todo_is_reopened_first_which_needs_a_reason() {
    let world = World::start().await;
    let editor = world.caller("editor");
    editor.post("/todos", json!({"id": "T-1", "title": "Call", "due_on": "2026-12-01"})).await;
    let edit = json!({"title": "Call Ann", "due_on": null});
    editor.with("if-match", "\"1\"").patch("/todos/T-1", edit).await.expect(200);
    for (version, ending) in [(3, "complete"), (5, "drop")] {
        let path = format!("/todos/T-1/{ending}");
        editor.post(&path, json!({})).await.expect(200);
        let tag = format!("\"{version}\"");
        let editor = editor.with("if-match", &tag);
        let bare = editor.post("/todos/T-1/restore", json!({"to_version": 1})).await.expect(422);
        assert_eq!(bare.json()["rule"], "reason_needed");
        let because = json!({"to_version": 1, "reason": "it was right"});
        let after = editor.post("/todos/T-1/restore", because).await.expect(200).json();
        assert_eq!((&after["status"], &after["title"]), (&json!("open"), &json!("Call")));
        assert_eq!(after["due_on"], "2026-12-01");
    }
    let first = ["reopened", "retitled", "rescheduled"];
    let commits = editor.all("/todos/T-1/history?order=asc").await;
    assert_eq!(events(&commits[3]), first);
    assert_eq!(events(&commits[5]), ["reopened"]);
}

#[tokio::test]
async fn todays_rules_are_kept() {
    let world = World::start().await;
    let editor = world.caller("editor");
    editor.post("/customers", json!({"id": "C-1", "name": "Ann"})).await.expect(201);
    let edit = json!({"phone": "+43 1 2345"});
    editor.with("if-match", "\"1\"").patch("/customers/C-1", edit).await.expect(200);
    let refused = restored(&editor, 2, json!({"to_version": 1})).await.expect(422).json();
    assert_eq!(refused["rule"], "unreachable");
    // A value that was taken once and is taken no longer.
    let key = demo_key("customer", "C-1");
    let mail = |email: &str| event("contact_changed", json!({"personal": {"email": email}}));
    world.append(&key, vec![mail("ann at home")]).await;
    world.append(&key, vec![mail("ann@example.org")]).await;
    let refused = restored(&editor, 4, json!({"to_version": 3})).await.expect(422).json();
    assert_eq!(refused["rule"], "former_value");
    assert_eq!(refused["detail"], "a value of version 3: `/email` must be an e-mail address");
    assert_eq!(world.commits().await, 4);
}

#[tokio::test]
async fn what_was_erased_stays_erased() {
    let world = World::start().await;
    let key = demo_key("customer", "C-1");
    let sealed = json!({"$sealed": "x"});
    let first = json!({"personal": {"name": "Ann", "notes": "kept"}, "tags": [], "owner": "ann"});
    world.append(&key, vec![event("registered", first)]).await;
    world.append(&key, vec![event("annotated", json!({ "personal": sealed }))]).await;
    world.append(&key, vec![event("renamed", json!({ "personal": sealed }))]).await;
    let renamed = json!({"personal": {"name": "Rose"}});
    world
        .append(&key, vec![event("renamed", renamed), event("annotated", json!({"personal": {}}))])
        .await;
    let editor = world.caller("editor");
    let erased = json!({"redacted": "erased"});
    let then = editor.get("/customers/C-1?version=3").await.expect(200).json();
    assert_eq!((&then["name"], &then["notes"]), (&erased, &erased));
    let after = restored(&editor, 4, json!({"to_version": 3})).await.expect(200);
    assert_eq!((after.header("etag"), &after.json()["name"]), ("\"4\"", &json!("Rose")));
    // What is erased now and was known then is known from then.
    let after = restored(&editor, 4, json!({"to_version": 1})).await.expect(200).json();
    assert_eq!((&after["name"], &after["notes"]), (&json!("Ann"), &json!("kept")));
}

#[tokio::test]
async fn a_restore_that_is_sent_again_is_answered_as_the_first_time() {
    let wire = Wire::default();
    let faults = wire.faults();
    let world = World::start_with(|settings| Settings { faults, ..settings }).await;
    let editor = world.caller("editor");
    editor.post("/customers", json!({"id": "C-1", "name": "Ann"})).await.expect(201);
    let edit = json!({"name": "Anna"});
    editor.with("if-match", "\"1\"").patch("/customers/C-1", edit).await.expect(200);
    let keyed = editor.with("idempotency-key", "k-1");
    wire.lose(2);
    let first = restored(&keyed, 2, json!({"to_version": 1})).await.expect(200);
    let edit = json!({"name": "Annabel"});
    editor.with("if-match", "\"3\"").patch("/customers/C-1", edit).await.expect(200);
    let again = restored(&keyed, 2, json!({"to_version": 1})).await.expect(200);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!((again.header("etag"), again.json()), ("\"3\"", first.json()));
    let other = restored(&keyed, 2, json!({"to_version": 2})).await.expect(422);
    assert_eq!(other.problem(), "key-reused");
    assert_eq!(world.commits().await, 4);
}

#[tokio::test]
async fn only_a_version_that_was_reached_by_a_record_that_editors_keep_comes_back() {
    let world = with_history().await;
    let editor = world.caller("editor");
    let ahead = restored(&editor, 5, json!({"to_version": 6})).await.expect(404).json();
    assert_eq!(ahead["current_version"], 5);
    let nobody = editor.with("if-match", "\"1\"");
    nobody.post("/customers/C-2/restore", json!({"to_version": 1})).await.expect(404);
    editor.put("/me", json!({"display_name": "Edith"})).await.expect(201);
    let path = format!("/people/{}/restore", sub("editor"));
    nobody.post(&path, json!({"to_version": 1})).await.expect(405);
    restored(&world.caller("viewer"), 5, json!({"to_version": 1})).await.expect(403);
    restored(&world.caller("auditor"), 5, json!({"to_version": 1})).await.expect(403);
    restored(&world.caller("outsider"), 5, json!({"to_version": 1})).await.expect(404);
    assert_eq!(world.commits().await, 6);
}

#[tokio::test]
async fn all_that_is_wrong_with_a_restore_is_told_at_once() {
    let world = with_history().await;
    let editor = world.caller("editor");
    let told = async |body: Value| {
        let answer = restored(&editor, 5, body).await.expect(400).json();
        let errors = answer["errors"].as_array().unwrap().clone();
        let line = |e: &Value| {
            format!("{} {}", e["pointer"].as_str().unwrap(), e["detail"].as_str().unwrap())
        };
        errors.iter().map(line).collect::<Vec<_>>()
    };
    assert_eq!(told(json!({})).await, ["/to_version is required"]);
    let number = "/to_version must be a version: a whole number from 1";
    for wrong in [json!(0), json!(-1), json!(1.5), json!("1"), json!(9_007_199_254_740_993_u64)] {
        assert_eq!(told(json!({ "to_version": wrong })).await, [number]);
    }
    let list = "/fields must be a list of names of fields; leave it out for all";
    for wrong in [json!([]), json!("name"), json!({"name": true})] {
        assert_eq!(told(json!({"to_version": 1, "fields": wrong})).await, [list]);
    }
    let all = json!({"reason": 7, "fields": ["name", "owner", 3], "a/b": 1, "name": "x"});
    assert_eq!(
        told(all).await,
        [
            "/reason must be a text",
            "/to_version is required",
            "/fields/1 there is no such field",
            "/fields/2 there is no such field",
            "/a~1b there is no such field",
            "/name there is no such field",
        ]
    );
    assert_eq!(world.commits().await, 5);
}

#[tokio::test]
async fn whatever_a_record_has_been_through_it_becomes_what_it_was_or_a_rule_says_why_not() {
    let (world, clock) = at_noon().await;
    let story = Story::told(&world, &clock, 21, 30).await;
    let (editor, mut version) = (world.caller("editor"), 30);
    let mut refused = 0;
    for to in [29, 1, 17, 8, 30, 3, 22, 12, 26, 5] {
        let restore = editor.with("if-match", &format!("\"{version}\""));
        // The view may still be on its way.
        let now = format!("{}?min_version={version}", story.path());
        let before = editor.get(&now).await.expect(200).json();
        let path = format!("{}/restore", story.path());
        let answer = restore.post(&path, json!({ "to_version": to })).await;
        if answer.status == 422 {
            assert_eq!(answer.json()["rule"], "unreachable");
            refused += 1;
            continue;
        }
        let after = answer.expect(200).json();
        let then = Value::Object(story.states[to - 1].to_json());
        for field in FIELDS {
            let (then, after) = (then.get(field), after.get(field));
            let erased = then.is_some_and(|value| value.get("redacted").is_some());
            let expected = if erased { before.get(field) } else { then };
            assert_eq!(after, expected, "{field} of {to}");
        }
        version = after["version"].as_u64().unwrap();
    }
    assert!(refused < 5, "{refused} were refused");
}
