//! `GET /{plural}/{id}/diff`: what is different between two versions.

use super::at_noon;
use super::story::Story;
use crate::support::{Caller, NOON_MS};
use expect_test::expect;
use serde_json::{Value, json};
use vocabulary::Instant;

/// A document after a JSON Patch, by the letter of RFC 6902: what is replaced or removed must be there.
fn patched(mut document: Value, operations: &Value) -> Value {
    for operation in operations.as_array().unwrap() {
        let path = operation["path"].as_str().unwrap();
        let (parent, name) = path.rsplit_once('/').unwrap();
        let parent = document.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        let name = name.replace("~1", "/").replace("~0", "~");
        match operation["op"].as_str().unwrap() {
            "add" => drop(parent.insert(name, operation["value"].clone())),
            "replace" => *parent.get_mut(&name).unwrap() = operation["value"].clone(),
            "remove" => drop(parent.remove(&name).unwrap()),
            other => panic!("{other}"),
        }
    }
    document
}

/// The same differences in both forms.
async fn both(viewer: &Caller<'_>, path: &str) -> (Value, Value) {
    let ours = viewer.get(path).await.expect(200);
    assert_eq!(ours.header("content-type"), "application/json");
    let theirs = viewer.with("accept", "application/json-patch+json").get(path).await.expect(200);
    assert_eq!(theirs.header("content-type"), "application/json-patch+json");
    (ours.json(), theirs.json())
}

#[tokio::test]
async fn a_patch_makes_any_version_of_any_other() {
    let (world, clock) = at_noon().await;
    let story = Story::told(&world, &clock, 5, 14).await;
    let viewer = world.caller("viewer");
    let recorded = |version: usize| story.commits[version - 1].commit().at;
    for from in 0..=14 {
        for to in 0..=14 {
            let path = format!("{}/diff?from={from}&to={to}", story.path());
            let (ours, theirs) = both(&viewer, &path).await;
            assert_eq!(patched(story.fields(from), &theirs), story.fields(to), "{path}");
            for (side, version) in [("from", from), ("to", to)] {
                let at = version.checked_sub(1).map(|_| recorded(version));
                assert_eq!(ours[side]["version"], version, "{path}");
                assert_eq!(ours[side].get("recorded_at"), at.map(|at| json!(at)).as_ref());
            }
            for change in ours["changes"].as_array().unwrap() {
                let pointer = change["path"].as_str().unwrap();
                assert_eq!(change.get("from"), story.fields(from).pointer(pointer), "{path}");
                assert_eq!(change.get("to"), story.fields(to).pointer(pointer), "{path}");
                assert_ne!(change.get("from"), change.get("to"));
            }
        }
    }
}

#[tokio::test]
async fn the_differences_between_two_instants_are_those_of_the_versions_then() {
    let (world, clock) = at_noon().await;
    let story = Story::told(&world, &clock, 6, 30).await;
    let viewer = world.caller("viewer");
    let instants: Vec<i64> = story.commits.iter().map(|one| one.commit().at.as_millis()).collect();
    for (from, to) in [(instants[0] - 1, instants[29]), (instants[4], instants[20] + 1)] {
        let at = Instant::from_millis;
        let by_instant = format!("{}/diff?from_at={}&to_at={}", story.path(), at(from), at(to));
        let (from, to) = (story.version_at(from), story.version_at(to));
        let by_version = format!("{}/diff?from={from}&to={to}", story.path());
        assert_eq!(both(&viewer, &by_instant).await, both(&viewer, &by_version).await);
    }
    let to_now = format!("{}/diff?from=3", story.path());
    let to_last = format!("{}/diff?from=3&to=30", story.path());
    assert_eq!(both(&viewer, &to_now).await, both(&viewer, &to_last).await);
}

#[tokio::test]
async fn differences_are_told_with_the_versions_that_they_lie_between() {
    let (world, clock) = at_noon().await;
    let editor = world.caller("editor");
    let ann = json!({"id": "C-1", "name": "Ann", "address": {"city": "Wien", "line1": "Ring 1"}});
    editor.post("/customers", ann).await.expect(201);
    clock.advance_ms(60_000);
    let edit = json!({"name": "Anna", "address": {"line1": null}, "tags": ["vip"]});
    editor.with("if-match", "\"1\"").patch("/customers/C-1", edit).await.expect(200);
    let diff = editor.get("/customers/C-1/diff?from=1").await.expect(200).json();
    expect![[r#"
        {
          "changes": [
            {
              "from": "Ring 1",
              "op": "remove",
              "path": "/address/line1"
            },
            {
              "from": "Ann",
              "op": "replace",
              "path": "/name",
              "to": "Anna"
            },
            {
              "op": "add",
              "path": "/tags",
              "to": [
                "vip"
              ]
            }
          ],
          "from": {
            "recorded_at": "2026-11-22T12:00:00.000Z",
            "version": 1
          },
          "to": {
            "recorded_at": "2026-11-22T12:01:00.000Z",
            "version": 2
          }
        }"#]]
    .assert_eq(&super::pretty(&diff));
}

#[tokio::test]
async fn only_what_is_there_can_be_compared() {
    let (world, _clock) = at_noon().await;
    let editor = world.caller("editor");
    editor.post("/customers", json!({"id": "C-1", "name": "Ann"})).await.expect(201);
    let ahead = editor.get("/customers/C-1/diff?from=1&to=2").await.expect(404);
    assert_eq!(ahead.json()["current_version"], 1);
    for missing in ["from=0", "from=0&to=0", "from=1", "from_at=2026-11-22T11:00:00Z&to=0"] {
        editor.get(&format!("/customers/C-2/diff?{missing}")).await.expect(404);
    }
    let early = format!("from_at={}&to=0", Instant::from_millis(NOON_MS - 1));
    let nothing = editor.get(&format!("/customers/C-1/diff?{early}")).await.expect(200).json();
    assert_eq!(nothing, json!({"from": {"version": 0}, "to": {"version": 0}, "changes": []}));
    let weighed = editor.with("accept", "application/json, application/json-patch+json;q=0.9");
    let ours = weighed.get("/customers/C-1/diff?from=0").await.expect(200);
    assert_eq!(ours.header("content-type"), "application/json");
}
