//! A caller who got no answer asks again: one commit, and the right answer.

use crate::support::{Answer, Caller, Wire, World, demo_key, event};
use engine::Fault;
use local::Settings;
use serde_json::json;
use std::time::Duration;
use store::{Record, SNAPSHOT_EVERY};
use vocabulary::{ActorId, RecordKey, StoredEvent, Version};

/// Tries of the SDK for one put, and of one command: three puts.
const TRIES_OF_A_PUT: u32 = 3;
const TRIES_OF_A_COMMAND: u32 = 9;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Create,
    CreateWithId,
    Edit,
    Act,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Sent,
    Missing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum IfMatch {
    Sent,
    Missing,
}

const CASES: &[(What, Key, IfMatch)] = &[
    (What::Create, Key::Sent, IfMatch::Missing),
    (What::Create, Key::Missing, IfMatch::Missing),
    (What::CreateWithId, Key::Sent, IfMatch::Missing),
    (What::CreateWithId, Key::Missing, IfMatch::Missing),
    (What::Edit, Key::Sent, IfMatch::Sent),
    (What::Edit, Key::Missing, IfMatch::Sent),
    (What::Act, Key::Sent, IfMatch::Sent),
    (What::Act, Key::Sent, IfMatch::Missing),
    (What::Act, Key::Missing, IfMatch::Sent),
    (What::Act, Key::Missing, IfMatch::Missing),
];

impl What {
    fn creates(self) -> bool {
        matches!(self, Self::Create | Self::CreateWithId)
    }
}

/// One command on one record, to be sent as often as one likes.
struct Request<'a> {
    caller: Caller<'a>,
    what: What,
    id: String,
    before: u64,
}

impl<'a> Request<'a> {
    fn new(
        editor: &Caller<'a>,
        (what, key, if_match): (What, Key, IfMatch),
        id: &str,
        before: u64,
    ) -> Self {
        let mut caller = editor.clone();
        if key == Key::Sent {
            caller = caller.with("idempotency-key", &format!("again-{id}"));
        }
        if if_match == IfMatch::Sent {
            caller = caller.with("if-match", &format!("\"{before}\""));
        }
        Self { caller, what, id: id.to_owned(), before }
    }

    async fn send(&self) -> Answer {
        let Self { caller, id, .. } = self;
        match self.what {
            What::Create => caller.post("/customers", json!({"name": id})).await,
            What::CreateWithId => caller.post("/customers", json!({"name": "New", "id": id})).await,
            What::Edit => caller.patch(&format!("/customers/{id}"), json!({"notes": "once"})).await,
            What::Act => {
                let to = json!({"to": "somebody-else"});
                caller.post(&format!("/customers/{id}/hand_over"), to).await
            }
        }
    }

    fn status(&self) -> u16 {
        if self.what.creates() { 201 } else { 200 }
    }

    /// The answer is the one that the caller should have had the first time.
    #[track_caller]
    fn answered(&self, answer: &Answer, how: &str) {
        assert_eq!(answer.status, self.status(), "{how}: {answer:?}");
        let after = self.before + 1;
        let record = answer.json();
        assert_eq!(record["version"], after, "{how}");
        assert_eq!(answer.header("etag"), format!("\"{after}\""), "{how}");
        match self.what {
            What::Create => assert_eq!(record["name"], self.id.as_str()),
            What::CreateWithId => assert_eq!(record["id"], self.id.as_str()),
            What::Edit => assert_eq!(record["notes"], "once"),
            What::Act => assert_eq!(record["owner"], "somebody-else"),
        }
        if self.what.creates() {
            let path = format!("/api/v1/customers/{}", answer.id());
            assert_eq!(answer.header("location"), path);
        }
    }
}

struct Desk {
    world: World,
    wire: Wire,
}

impl Desk {
    async fn open() -> Self {
        let wire = Wire::default();
        let faults = wire.faults();
        Self { world: World::start_with(|settings| Settings { faults, ..settings }).await, wire }
    }

    /// A record that exists if the request is not to make it.
    async fn request<'a>(
        &self,
        editor: &Caller<'a>,
        case: (What, Key, IfMatch),
        number: usize,
    ) -> Request<'a> {
        let id = format!("record-{number}");
        if !case.0.creates() {
            editor.post("/customers", json!({"name": "Old", "id": id})).await.expect(201);
        }
        Request::new(editor, case, &id, u64::from(!case.0.creates()))
    }
}

async fn versions(caller: &Caller<'_>, id: &str) -> Vec<u64> {
    let items = caller.all(&format!("/customers/{id}/history?order=asc")).await;
    items.iter().map(|item| item["version"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn a_lost_reply_leads_to_one_commit_and_the_right_answer() {
    let desk = Desk::open().await;
    let editor = desk.world.caller("editor");
    let mut number = 0;
    for lost in [1, 2, TRIES_OF_A_PUT, TRIES_OF_A_PUT + 1, TRIES_OF_A_COMMAND - 1] {
        for case in CASES {
            number += 1;
            let request = desk.request(&editor, *case, number).await;
            desk.wire.lose(lost);
            let answer = request.send().await;
            let how = format!("{case:?} after {lost} lost replies");
            assert_eq!(desk.wire.to_lose(), 0, "{how}");
            request.answered(&answer, &how);
            assert_eq!(answer.header("idempotency-replayed"), "", "{how}");
            let expected: Vec<u64> = (1..=request.before + 1).collect();
            assert_eq!(versions(&editor, &answer.id()).await, expected, "{how}");
        }
    }
    desk.world.stack.settled().await;
    assert_eq!(editor.all("/customers").await.len(), number, "nothing was invented");
}

#[tokio::test]
async fn a_caller_without_an_answer_asks_again_with_the_key_and_gets_it() {
    let desk = Desk::open().await;
    let editor = desk.world.caller("editor");
    for (number, case) in CASES.iter().filter(|(_, key, _)| *key == Key::Sent).enumerate() {
        let request = desk.request(&editor, *case, number).await;
        desk.wire.lose(TRIES_OF_A_COMMAND);
        let silence = request.send().await.expect(503);
        assert_eq!((silence.problem().as_str(), desk.wire.to_lose()), ("unavailable", 0));
        assert_eq!(silence.header("retry-after"), "1");
        for _again in 0..2 {
            let answer = request.send().await;
            request.answered(&answer, &format!("{case:?}"));
            assert_eq!(answer.header("idempotency-replayed"), "true", "{case:?}");
            let expected: Vec<u64> = (1..=request.before + 1).collect();
            assert_eq!(versions(&editor, &answer.id()).await, expected, "{case:?}");
        }
    }
}

#[tokio::test]
async fn a_caller_without_an_answer_and_without_a_key_learns_that_it_has_happened() {
    let desk = Desk::open().await;
    let editor = desk.world.caller("editor");
    let cases: &[(What, IfMatch, u16)] = &[
        (What::CreateWithId, IfMatch::Missing, 409),
        (What::Edit, IfMatch::Sent, 412),
        (What::Act, IfMatch::Sent, 412),
        // Handed over to the same person already: nothing to do.
        (What::Act, IfMatch::Missing, 200),
    ];
    for (number, (what, if_match, status)) in cases.iter().enumerate() {
        let case = (*what, Key::Missing, *if_match);
        let request = desk.request(&editor, case, number).await;
        desk.wire.lose(TRIES_OF_A_COMMAND);
        request.send().await.expect(503);
        let again = request.send().await.expect(*status);
        if *status == 412 {
            assert_eq!(again.json()["current_version"], 2);
        }
        let expected: Vec<u64> = (1..=request.before + 1).collect();
        assert_eq!(versions(&editor, &request.id).await, expected, "{what:?}");
    }
}

#[tokio::test]
async fn an_answer_is_the_same_after_the_commits_of_others() {
    let desk = Desk::open().await;
    let editor = desk.world.caller("editor");
    for (number, case) in CASES.iter().filter(|(_, key, _)| *key == Key::Sent).enumerate() {
        let request = desk.request(&editor, *case, number).await;
        desk.wire.lose(TRIES_OF_A_COMMAND);
        request.send().await.expect(503);
        let id = match case.0 {
            What::Create => {
                desk.world.stack.settled().await;
                let items = editor.all("/customers").await;
                let own = items.iter().find(|item| item["name"] == request.id.as_str()).unwrap();
                own["id"].as_str().unwrap().to_owned()
            }
            What::CreateWithId | What::Edit | What::Act => request.id.clone(),
        };
        let key = demo_key("customer", &id);
        for to in ["first-other", "second-other"] {
            desk.world.append(&key, handed_over_to(to)).await;
        }
        let answer = request.send().await;
        request.answered(&answer, &format!("{case:?}"));
        assert_eq!(answer.header("idempotency-replayed"), "true", "{case:?}");
        let newest = request.before + 3;
        let now = editor.get(&format!("/customers/{id}?min_version={newest}")).await.json();
        assert_eq!(now["owner"], "second-other");
        let expected: Vec<u64> = (1..=newest).collect();
        assert_eq!(versions(&editor, &id).await, expected, "{case:?}");
    }
}

#[tokio::test]
async fn a_key_belongs_to_one_request_of_one_actor() {
    let world = World::start().await;
    let editor = world.caller("editor").with("idempotency-key", "k");
    let made = editor.post("/customers", json!({"name": "Lily"})).await.expect(201);
    let other = editor.post("/customers", json!({"name": "Rose"})).await.expect(422);
    assert_eq!(other.problem(), "key-reused");
    let admin = world.caller("admin").with("idempotency-key", "k");
    let theirs = admin.post("/customers", json!({"name": "Rose"})).await.expect(201);
    assert_ne!(theirs.id(), made.id());
    let path = format!("/customers/{}/hand_over", made.id());
    admin.post(&path, json!({"to": "x"})).await.expect(200);
    let reused = admin.post(&path, json!({"to": "y"})).await.expect(422);
    assert_eq!(reused.problem(), "key-reused");
}

#[tokio::test]
async fn a_writer_who_was_overtaken_decides_again_or_is_told() {
    let slow = |call: &engine::Call<'_>| {
        let text = call.request["Item"]["e"]["S"].as_str().unwrap_or_default();
        if call.operation == "PutItem" && text.contains("\"slow-") {
            // The put is on its way while the other writer's is done.
            Fault::Slow(Duration::from_millis(400))
        } else {
            Fault::None
        }
    };
    let world = World::with_faults(slow).await;
    let editor = world.caller("editor");
    let made = editor.post("/customers", json!({"name": "Lily"})).await.expect(201);
    let path = format!("/customers/{}/hand_over", made.id());
    let conditional = editor.with("if-match", "\"1\"").with("idempotency-key", "slow-1");
    let free = editor.with("idempotency-key", "slow-2");
    let (to_a, to_b) = (json!({"to": "a"}), json!({"to": "b"}));
    let (told, done, other) = tokio::join!(
        conditional.post(&path, to_a),
        free.post(&path, to_b),
        editor.post(&path, json!({"to": "c"})),
    );
    assert_eq!(other.expect(200).json()["version"], 2);
    assert_eq!(told.expect(412).json()["current_version"].as_u64().map(|v| v >= 2), Some(true));
    assert_eq!(done.expect(200).json()["version"], 3);
    assert_eq!(versions(&editor, &made.id()).await, [1, 2, 3]);
}

fn handed_over_to(to: &str) -> Vec<StoredEvent> {
    vec![event("handed_over", json!({ "to": to }))]
}

fn handed_over(version: u64) -> Vec<StoredEvent> {
    if version == 1 {
        let data = json!({"personal": {"name": "Long"}, "tags": [], "owner": "first"});
        return vec![event("registered", data)];
    }
    handed_over_to(&format!("person-{version}"))
}

async fn snapshots(world: &World, key: &RecordKey) -> Vec<String> {
    let client = world.stack.engine.dynamodb();
    let page = client
        .query()
        .table_name("annals-snapshots")
        .key_condition_expression("pk = :pk")
        .expression_attribute_values(":pk", aws_sdk_dynamodb::types::AttributeValue::S(key.pk()))
        .send()
        .await
        .unwrap();
    page.items().iter().map(|item| item["rev"].as_n().unwrap().clone()).collect()
}

async fn delete_snapshots(world: &World, key: &RecordKey) {
    use aws_sdk_dynamodb::types::AttributeValue::{N, S};
    for rev in snapshots(world, key).await {
        let delete = world.stack.engine.dynamodb().delete_item().table_name("annals-snapshots");
        delete.key("pk", S(key.pk())).key("rev", N(rev)).send().await.unwrap();
    }
    assert!(snapshots(world, key).await.is_empty());
}

#[tokio::test]
async fn a_lost_reply_is_found_again_across_a_snapshots_edge() {
    let desk = Desk::open().await;
    let editor = desk.world.caller("editor");
    let edges = [SNAPSHOT_EVERY - 1, SNAPSHOT_EVERY, SNAPSHOT_EVERY + 1, 2 * SNAPSHOT_EVERY - 1];
    for (number, before) in edges.into_iter().enumerate() {
        for (what, if_match) in
            [(What::Edit, IfMatch::Sent), (What::Act, IfMatch::Sent), (What::Act, IfMatch::Missing)]
        {
            let id = format!("long-{number}-{what:?}-{if_match:?}");
            let key = demo_key("customer", &id);
            desk.world.append_up_to(&key, before, handed_over).await;
            desk.world.stack.settled().await;
            let request = Request::new(&editor, (what, Key::Sent, if_match), &id, before);
            desk.wire.lose(TRIES_OF_A_COMMAND);
            request.send().await.expect(503);
            desk.world.stack.settled().await;
            let how = format!("{what:?} {if_match:?} after {before} commits");
            request.answered(&request.send().await, &how);
            // Over the next edge: the key is known from the snapshot now.
            let later = (before / SNAPSHOT_EVERY + 1) * SNAPSHOT_EVERY + 3;
            desk.world.append_up_to(&key, later, handed_over).await;
            desk.world.stack.settled().await;
            assert!(!snapshots(&desk.world, &key).await.is_empty());
            let answer = request.send().await;
            request.answered(&answer, &how);
            assert_eq!(answer.header("idempotency-replayed"), "true", "{how}");
            assert_eq!(versions(&editor, &id).await.len().to_string(), later.to_string());
        }
    }
}

async fn known_keys(world: &World, key: &RecordKey) -> (u64, Vec<u64>) {
    let of = world.stack.projector.registry.by_name("customer").unwrap();
    let record: Record = world.stack.store.load(of, key).await.unwrap().unwrap();
    let actor = ActorId::parse("another-writer").unwrap();
    let head = record.folded.version().get();
    let known = (1..=head).filter(|version| {
        let found = record.version_of_key(&actor, &format!("key-{version}"));
        assert!(found.is_none() || found == Version::new(*version).ok());
        found.is_some()
    });
    (head, known.collect())
}

#[tokio::test]
async fn the_last_256_keys_are_known_with_snapshots_and_without() {
    let world = World::start().await;
    let key = demo_key("customer", "long");
    for head in [99, 100, 101, 200, 201, 256, 257, 299, 300, 301, 390] {
        world.append_up_to(&key, head, handed_over).await;
        world.stack.settled().await;
        let expected: Vec<u64> = (head.saturating_sub(256) + 1..=head).collect();
        assert_eq!(snapshots(&world, &key).await.is_empty(), head < SNAPSHOT_EVERY, "{head}");
        assert_eq!(known_keys(&world, &key).await, (head, expected));
    }
    let with = known_keys(&world, &key).await;
    assert_eq!(snapshots(&world, &key).await, ["100", "200", "300"]);
    delete_snapshots(&world, &key).await;
    assert_eq!(known_keys(&world, &key).await, with);
}

#[tokio::test]
async fn a_key_older_than_256_commits_is_forgotten_and_the_request_decided_anew() {
    let world = World::start().await;
    let editor = world.caller("editor").with("idempotency-key", "old");
    let made = world.caller("editor").post("/customers", json!({"name": "Lily"})).await.expect(201);
    let (path, notes) = (format!("/customers/{}", made.id()), json!({"notes": "once"}));
    let editor = editor.with("if-match", "\"1\"");
    editor.patch(&path, notes.clone()).await.expect(200);
    let key = demo_key("customer", &made.id());
    world.append_up_to(&key, 257, handed_over).await;
    world.stack.settled().await;
    let known = editor.patch(&path, notes.clone()).await.expect(200);
    assert_eq!(
        (&known.json()["version"], known.header("idempotency-replayed")),
        (&json!(2), "true")
    );
    world.append_up_to(&key, 258, handed_over).await;
    let forgotten = editor.patch(&path, notes).await.expect(412);
    assert_eq!(forgotten.json()["current_version"], 258);
}

#[tokio::test]
async fn a_record_knows_for_ever_by_which_request_it_was_made() {
    let world = World::start().await;
    let creator = world.caller("editor").with("idempotency-key", "the-first");
    let made = creator.post("/customers", json!({"name": "Lily"})).await.expect(201);
    let key = demo_key("customer", &made.id());
    world.append_up_to(&key, 300, handed_over).await;
    let again = creator.post("/customers", json!({"name": "Lily"})).await.expect(201);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.json(), made.json());
    let other = creator.post("/customers", json!({"name": "Rose"})).await.expect(422);
    assert_eq!(other.problem(), "key-reused");
}
