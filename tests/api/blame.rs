//! `GET /{plural}/{id}/blame`: who made each field what it is.

use super::story::Story;
use super::{at_noon, pretty, sub};
use crate::support::World;
use expect_test::expect;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use vocabulary::Instant;

/// Every field that holds a value, by its pointer.
fn leaves(at: &str, value: &Value, found: &mut BTreeMap<String, Value>) {
    match value.as_object().filter(|group| !group.contains_key("redacted")) {
        Some(group) => {
            for (name, value) in group {
                leaves(&format!("{at}/{name}"), value, found);
            }
        }
        None => drop(found.insert(at.to_owned(), value.clone())),
    }
}

/// For each field, the version since which it has been what it is: looked for backwards, state by
/// state.
fn naive(story: &Story, version: usize) -> BTreeMap<String, (Value, usize)> {
    let of = |version: usize| {
        let mut found = BTreeMap::new();
        leaves("", &story.fields(version), &mut found);
        found
    };
    let states: Vec<BTreeMap<String, Value>> = (0..=version).map(of).collect();
    let since = |path: &str, value: &Value| {
        let differs = |at: &usize| states[*at].get(path) != Some(value);
        (0..version).rev().find(differs).unwrap() + 1
    };
    states[version]
        .iter()
        .map(|(path, value)| (path.clone(), (value.clone(), since(path, value))))
        .collect()
}

#[tokio::test]
async fn each_field_is_told_with_the_last_commit_that_changed_it() {
    let (world, clock) = at_noon().await;
    for (seed, length) in [(11, 1), (12, 12), (13, 60)] {
        let story = Story::told(&world, &clock, seed, length).await;
        let viewer = world.caller("viewer");
        let length = usize::try_from(length).unwrap();
        for version in (1..=length).filter(|version| version % 7 < 2 || *version == length) {
            let path = format!("{}/blame?version={version}", story.path());
            let told = viewer.get(&path).await.expect(200).json();
            assert_eq!(told["version"], version);
            let mut expected = Vec::new();
            for (path, (value, since)) in naive(&story, version) {
                let commit = story.commits[since - 1].commit();
                let mut item = json!({
                    "path": path, "value": value, "version": since, "recorded_at": commit.at,
                    "commit_id": commit.commit.to_string(),
                    "actor": {"kind": "service_account", "id": commit.actor.id},
                });
                if let Some(reason) = &commit.reason {
                    item["reason"] = json!(reason);
                }
                expected.push(item);
            }
            assert_eq!(told["items"], json!(expected), "seed {seed}: {path}");
        }
        let now = viewer.get(&format!("{}/blame", story.path())).await.expect(200).json();
        let last = viewer.get(&format!("{}/blame?version={length}", story.path())).await;
        assert_eq!(now, last.expect(200).json());
    }
}

#[tokio::test]
async fn blame_names_people_and_reasons_in_the_words_of_history() {
    let (world, clock) = at_noon().await;
    let editor = world.caller("editor");
    let ann = json!({"id": "C-1", "name": "Ann", "reason": "met at the fair"});
    editor.post("/customers", ann).await.expect(201);
    clock.advance_ms(60_000);
    let admin = world.caller("admin").with("if-match", "\"1\"");
    admin.patch("/customers/C-1", json!({"name": "Anna"})).await.expect(200);
    let mut told = editor.get("/customers/C-1/blame").await.expect(200).json();
    for item in told["items"].as_array_mut().unwrap() {
        assert!(item["commit_id"].take().is_string());
        let name = item["actor"]["name"].as_str().unwrap();
        assert_eq!(item["actor"]["id"], sub(name));
        item["actor"]["id"] = "[sub]".into();
        if item["value"] == sub("editor") {
            item["value"] = "[sub]".into();
        }
    }
    expect![[r#"
        {
          "items": [
            {
              "actor": {
                "id": "[sub]",
                "kind": "app_user",
                "name": "admin"
              },
              "commit_id": null,
              "path": "/name",
              "recorded_at": "2026-11-22T12:01:00.000Z",
              "value": "Anna",
              "version": 2
            },
            {
              "actor": {
                "id": "[sub]",
                "kind": "app_user",
                "name": "editor"
              },
              "commit_id": null,
              "path": "/owner",
              "reason": "met at the fair",
              "recorded_at": "2026-11-22T12:00:00.000Z",
              "value": "[sub]",
              "version": 1
            },
            {
              "actor": {
                "id": "[sub]",
                "kind": "app_user",
                "name": "editor"
              },
              "commit_id": null,
              "path": "/status",
              "reason": "met at the fair",
              "recorded_at": "2026-11-22T12:00:00.000Z",
              "value": "active",
              "version": 1
            }
          ],
          "version": 2
        }"#]]
    .assert_eq(&pretty(&told));
}

#[tokio::test]
async fn only_of_what_was_there_somebody_can_be_blamed() {
    let world = World::start().await;
    let editor = world.caller("editor");
    editor.post("/customers", json!({"id": "C-1", "name": "Ann"})).await.expect(201);
    let ahead = editor.get("/customers/C-1/blame?version=2").await.expect(404);
    assert_eq!(ahead.json()["current_version"], 1);
    editor.get("/customers/C-1/blame?at=2020-01-01T00:00:00Z").await.expect(404);
    editor.get("/customers/C-2/blame").await.expect(404);
    let future = format!("/customers/C-1/blame?at={}", Instant::from_millis(i64::MAX));
    editor.get(&future).await.expect(400);
    editor.get("/customers/C-1/blame?version=1&at=2020-01-01T00:00:00Z").await.expect(400);
}
