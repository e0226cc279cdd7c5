//! `GET /{plural}/{id}?version=` and `?at=`: a record as it was.

use super::at_noon;
use super::story::Story;
use crate::support::{NOON_MS, World, demo_key, draft, event};
use serde_json::{Value, json};
use store::Recorded;
use vocabulary::Instant;

fn at(ms: i64) -> Instant {
    Instant::from_millis(ms)
}

#[tokio::test]
async fn a_record_as_it_was_is_what_a_fresh_fold_makes_of_its_commits_to_then() {
    let (world, clock) = at_noon().await;
    for (seed, length) in [(1, 1), (2, 7), (3, 120)] {
        let story = Story::told(&world, &clock, seed, length).await;
        let viewer = world.caller("viewer");
        let recorded: Vec<Instant> = story.commits.iter().map(|one| one.commit().at).collect();
        let expected = |version: usize| {
            let mut expected = story.states[version - 1].to_json();
            expected.insert("valid_from".to_owned(), json!(recorded[version - 1]));
            if let Some(next) = recorded.get(version) {
                expected.insert("valid_to".to_owned(), json!(next));
            }
            Value::Object(expected)
        };
        for version in 1..=story.commits.len() {
            let path = format!("{}?version={version}", story.path());
            let answer = viewer.get(&path).await.expect(200);
            assert_eq!(answer.json(), expected(version), "seed {seed}: {path}");
            assert_eq!(answer.header("etag"), format!("\"{version}\""));
        }
        let instants = recorded.iter().map(|instant| instant.as_millis());
        for ms in instants.flat_map(|ms| [ms - 1, ms, ms + 1]) {
            let path = format!("{}?at={}", story.path(), at(ms));
            let answer = viewer.get(&path).await;
            match story.version_at(ms) {
                0 => drop(answer.expect(404)),
                version => assert_eq!(answer.expect(200).json(), expected(version), "{path}"),
            }
        }
    }
}

#[tokio::test]
async fn what_was_less_than_a_minute_ago_is_provisional() {
    let (world, clock) = at_noon().await;
    let (editor, viewer) = (world.caller("editor"), world.caller("viewer"));
    editor.post("/customers", json!({"id": "C-1", "name": "Ann"})).await.expect(201);
    let provisional = async |query: &str| {
        let answer = viewer.get(&format!("/customers/C-1?{query}")).await.expect(200);
        let kept = answer.header("cache-control") != "no-store";
        let json = answer.json();
        assert!(!(kept && json.get("provisional").is_some()), "what may change is kept");
        json.get("provisional").is_some()
    };
    assert!(provisional("version=1").await);
    clock.advance_ms(60_000);
    assert!(!provisional("version=1").await, "it was made a minute ago");
    assert!(provisional(&format!("at={}", at(NOON_MS + 1))).await);
    assert!(!provisional(&format!("at={}", at(NOON_MS))).await);
    let now = at(NOON_MS + 60_000);
    assert!(provisional(&format!("at={now}")).await);
    let later = format!("/customers/C-1?at={}", at(NOON_MS + 60_001));
    assert_eq!(viewer.get(&later).await.expect(400).problem(), "invalid-parameter");
}

#[tokio::test]
async fn what_can_no_longer_change_is_kept_by_whoever_asked_and_not_sent_again() {
    let (world, clock) = at_noon().await;
    let editor = world.caller("editor");
    editor.post("/customers", json!({"id": "C-1", "name": "Ann"})).await.expect(201);
    clock.advance_ms(600_000);
    let then = editor.with("if-none-match", "\"1\"");
    // Still the newest: `valid_to` is to come.
    let newest = then.get("/customers/C-1?version=1").await.expect(200);
    assert_eq!(newest.header("cache-control"), "no-store");
    let edit = json!({"name": "Anna"});
    editor.with("if-match", "\"1\"").patch("/customers/C-1", edit).await.expect(200);
    for query in ["version=1".to_owned(), format!("at={}", at(NOON_MS))] {
        let path = format!("/customers/C-1?{query}");
        let same = then.get(&path).await.expect(304);
        assert_eq!(
            (same.header("etag"), same.header("cache-control")),
            ("\"1\"", "private, no-cache")
        );
        let told = editor.get(&path).await.expect(200);
        assert_eq!(told.json()["valid_to"], json!(at(NOON_MS + 600_000)));
    }
}

#[tokio::test]
async fn an_instant_before_the_record_began_or_a_version_to_come_finds_nothing() {
    let (world, _clock) = at_noon().await;
    let editor = world.caller("editor");
    editor.post("/customers", json!({"id": "C-1", "name": "Ann"})).await.expect(201);
    let before = editor.get("/customers/C-1?at=2026-11-22T11:59:59.999Z").await.expect(404);
    assert_eq!(before.json()["detail"], "the record had not begun at this instant");
    let ahead = editor.get("/customers/C-1?version=2").await.expect(404);
    assert_eq!(ahead.json()["current_version"], 1);
    editor.get("/customers/C-2?version=1").await.expect(404);
    editor.get("/customers/C-2?at=2026-11-22T11:00:00Z").await.expect(404);
    // The same instant, told in another zone.
    editor.get("/customers/C-1?at=2026-11-22T13:00:00%2B01:00").await.expect(200);
    world.caller("outsider").get("/customers/C-1?version=1").await.expect(404);
}

#[tokio::test]
async fn a_record_as_it_was_can_be_read_though_a_later_commit_cannot() {
    let (world, clock) = at_noon().await;
    let key = demo_key("customer", "C-1");
    let story = |version: u64| match version {
        1 => vec![event(
            "registered",
            json!({"personal": {"name": "Lily"}, "tags": [], "owner": "ann"}),
        )],
        _ => vec![event("renamed", json!({"personal": {"name": format!("name {version}")}}))],
    };
    world.append_up_to(&key, 60, story).await;
    clock.advance_ms(600_000);
    // Forty commits after them, which nobody can read.
    let mut head = world.stack.store.newest(&key).await.unwrap().unwrap().unwrap().head();
    for version in 61..=100 {
        let next = draft(clock.clock().now(), story(version));
        let next = Recorded::after(Some(&head), &key, next).unwrap();
        world.put_raw(&next, "{}").await;
        head = next.head();
    }
    let viewer = world.caller("viewer");
    let before = at(NOON_MS + 300_000);
    for query in ["version=60".to_owned(), format!("at={before}")] {
        let then = viewer.get(&format!("/customers/C-1?{query}")).await.expect(200).json();
        assert_eq!((&then["name"], &then["stale"]), (&json!("name 60"), &json!(true)), "{query}");
        assert_eq!(then.get("valid_to"), None, "nobody can tell");
    }
    let then = viewer.get("/customers/C-1?version=59").await.expect(200).json();
    assert_eq!((then.get("stale"), &then["name"]), (None, &json!("name 59")));
    viewer.get("/customers/C-1?version=61").await.expect(500);
}

#[tokio::test]
async fn a_record_can_be_seen_as_it_was_before_its_view_has_heard_of_it() {
    let world = World::with_chaos(engine::mapping::Chaos {
        drop_per_mille: 1_000,
        ..engine::mapping::Chaos::default()
    })
    .await;
    let editor = world.caller("editor");
    editor.post("/customers", json!({"id": "C-1", "name": "Ann"})).await.expect(201);
    let edit = json!({"name": "Anna"});
    editor.with("if-match", "\"1\"").patch("/customers/C-1", edit).await.expect(200);
    for (version, name) in [(1, "Ann"), (2, "Anna")] {
        let path = format!("/customers/C-1?version={version}");
        assert_eq!(editor.get(&path).await.expect(200).json()["name"], name);
    }
}
