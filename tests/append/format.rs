//! The stored format: a commit's bytes, and its time.

use crate::support::{HandClock, NOON_MS, World, demo_key, draft, event};
use local::Settings;
use serde_json::{Value, json};
use store::{Draft, FEED_SHARDS, Parts, Recorded};
use vocabulary::{
    Actor, ActorId, ActorKind, ActorName, CommitId, Digest, Instant, Personal, RecordKey,
};

/// The items of two commits, as they have been stored since format 1: written once, never edited. A
/// change here makes every log unreadable or unverifiable.
const GOLDEN: &str = include_str!("../golden/commit.1.json");

fn instant(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

fn two_commits() -> [Recorded; 2] {
    let key = RecordKey::from_pk("t.demo#customer#01JQ0000000000000000000000").unwrap();
    let least = Draft {
        commit: CommitId::parse("01M822Z000000000000000000A").unwrap(),
        ..draft(
            instant("2026-11-22T12:00:00.123Z"),
            vec![event(
                "registered",
                json!({"owner": "o", "personal": {"name": "Łucja \"L\" 🙂\u{7f}\n"}, "tags": []}),
            )],
        )
    };
    let first = Recorded::after(None, &key, least).unwrap();
    let actor = Actor {
        kind: ActorKind::AppUser,
        id: ActorId::parse("5ab1e000-0000-4000-8000-000000000002").unwrap(),
        name: Some(Personal::Known(ActorName("editor".to_owned()))),
        on_behalf_of: Some(ActorId::parse("somebody-else").unwrap()),
    };
    let most = Draft {
        commit: CommitId::parse("01M822Z000000000000000000B").unwrap(),
        // A clock that runs behind: the commit is dated as the one before.
        now: instant("2026-11-22T11:59:59.999Z"),
        effective_at: Some(instant("2026-11-01T00:00:00Z")),
        actor,
        reason: Some("told on the telephone".to_owned()),
        correlation: Some("b7e7f2f0".to_owned()),
        causation: Some("01M822Z000000000000000000A.0".to_owned()),
        trace: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned()),
        key: Some("once".to_owned()),
        request: Some("00112233445566778899aabbccddeeff".to_owned()),
        app: "0.1.0".to_owned(),
        events: vec![
            event("tagged", json!({"added": ["a"], "removed": []})),
            event("archived", json!({})),
        ],
    };
    let second = Recorded::after(Some(&first.head()), &key, most).unwrap();
    [first, second]
}

/// A commit's item, and the hash that is computed from it.
fn item(commit: &Recorded) -> Value {
    let pk = commit.key().pk();
    let shard = Digest::of(&[pk.as_bytes()]).shard(FEED_SHARDS);
    let id = commit.commit().commit;
    json!({
        "pk": pk,
        "rev": commit.version().get(),
        "e": commit.text(),
        "p": commit.prev(),
        "d": format!("{}#{shard}", id.minted_at().day()),
        "c": id.to_string(),
        "hash": commit.hash(),
    })
}

#[test]
fn a_commit_is_stored_byte_for_byte_as_it_always_was() {
    let items: Vec<Value> = two_commits().iter().map(item).collect();
    let golden: Vec<Value> = serde_json::from_str(GOLDEN).unwrap();
    assert_eq!(items, golden, "{}", serde_json::to_string_pretty(&items).unwrap());
}

#[test]
fn a_commit_of_any_earlier_build_is_read_back_and_verified() {
    let golden: Vec<Value> = serde_json::from_str(GOLDEN).unwrap();
    let text = |item: &Value, name: &str| item[name].as_str().unwrap().to_owned();
    let mut head = None;
    assert_eq!(golden.len(), two_commits().len());
    for (item, written) in golden.iter().zip(two_commits()) {
        let prev = Digest::try_from(text(item, "p")).unwrap();
        let read = Recorded::from_parts(&Parts {
            pk: &text(item, "pk"),
            rev: &item["rev"].to_string(),
            e: &text(item, "e"),
            p: prev.as_bytes(),
            d: &text(item, "d"),
            c: &text(item, "c"),
        })
        .unwrap();
        assert_eq!(read.hash().to_string(), text(item, "hash"));
        assert!(read.follows(head.as_ref()));
        assert_eq!(read, written);
        head = Some(read.head());
    }
}

#[test]
fn the_hash_is_sha_256_over_the_stored_bytes() {
    let [first, second] = two_commits();
    let genesis = Digest::of(&[b"annals:genesis:v1\0", first.key().pk().as_bytes()]);
    assert_eq!(first.prev(), genesis);
    for (commit, prev) in [(&first, genesis), (&second, first.hash())] {
        let parts: [&[u8]; 3] = [b"annals:commit:v1\0", prev.as_bytes(), commit.text().as_bytes()];
        assert_eq!(commit.hash(), Digest::of(&parts));
    }
}

#[tokio::test]
async fn an_item_holds_what_the_golden_file_says_and_nothing_else() {
    let world = World::start().await;
    for commit in two_commits() {
        world.stack.store.append(&commit).await.unwrap();
    }
    let stored = world.stack.engine.dynamodb().scan().table_name("annals-events").send();
    let stored = stored.await.unwrap().items.unwrap();
    let golden: Vec<Value> = serde_json::from_str(GOLDEN).unwrap();
    assert_eq!(stored.len(), golden.len());
    for (item, golden) in stored.iter().zip(&golden) {
        let mut names: Vec<&str> = item.keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["c", "d", "e", "p", "pk", "rev"]);
        for name in ["c", "d", "e", "pk"] {
            assert_eq!(item[name].as_s().unwrap(), golden[name].as_str().unwrap());
        }
        assert_eq!(*item["rev"].as_n().unwrap(), golden["rev"].to_string());
        let prev = Digest::from_slice(item["p"].as_b().unwrap().as_ref()).unwrap();
        assert_eq!(prev.to_string(), golden["p"].as_str().unwrap());
    }
}

#[tokio::test]
async fn time_never_runs_backwards_in_a_record() {
    let clock = HandClock::at_noon();
    let world = World::start_with(|settings| Settings { clock: clock.clock(), ..settings }).await;
    let made = world.caller("editor").post("/customers", json!({"name": "Lily"})).await.expect(201);
    let path = format!("/customers/{}", made.id());
    // Seconds back, hours back, and on again.
    for (version, step_ms) in [(2, -5_000), (3, -7_200_000), (4, 7_206_000), (5, -1)] {
        clock.advance_ms(step_ms);
        let editor = world.caller("editor").with("if-match", &format!("\"{}\"", version - 1));
        let edited = editor.patch(&path, json!({"notes": format!("note {version}")})).await;
        assert_eq!(edited.expect(200).json()["version"], version, "no record is locked out");
    }
    clock.advance_ms(60_000);
    let history = world.caller("editor").all(&format!("{path}/history?order=asc")).await;
    let at = |ms: i64| Instant::from_millis(NOON_MS + ms).to_string();
    let recorded: Vec<&str> =
        history.iter().map(|item| item["recorded_at"].as_str().unwrap()).collect();
    assert_eq!(recorded, [at(0), at(0), at(0), at(1_000), at(1_000)]);
    // The commit's id is from the writer's own clock all the same.
    let minted = |index: usize| {
        let id = history[index]["commit_id"].as_str().unwrap();
        CommitId::parse(id).unwrap().minted_at()
    };
    assert_eq!(minted(2), Instant::from_millis(NOON_MS - 7_205_000));
    let record = world.caller("editor").get(&format!("{path}?min_version=5")).await.json();
    assert_eq!(record["changed_at"], at(1_000));
    let key = demo_key("customer", &made.id());
    assert_eq!(
        world.stack.store.newest(&key).await.unwrap().unwrap().unwrap().head().at,
        instant(&at(1_000))
    );
}
