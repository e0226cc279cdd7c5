//! `GET /{plural}?seen=`: one's own writes in lists that have not followed them yet.

use super::list::{all, customers, ids};
use super::sub;
use crate::support::World;
use engine::Fault;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A stack whose list rows are written no more from when it is said so.
async fn standing_still() -> (World, Arc<AtomicBool>) {
    let still = Arc::new(AtomicBool::new(false));
    let stands = still.clone();
    let world = World::with_faults(move |call| {
        let writes = call.operation == "PutItem" && call.table == Some("annals-records");
        if writes && stands.load(Ordering::SeqCst) { Fault::Cut } else { Fault::None }
    })
    .await;
    (world, still)
}

#[tokio::test]
async fn what_one_wrote_is_in_lists_at_once_for_who_says_so() {
    let (world, still) = standing_still().await;
    let editor = world.caller("editor");
    customers(&world, ["C-1", "C-2", "C-3"].map(str::to_owned)).await;
    world.stack.settled().await;
    still.store(true, Ordering::SeqCst);
    let first = editor.with("if-match", "\"1\"").with("x-change-reason", "because");
    first.patch("/customers/C-1", json!({"name": "Changed"})).await.expect(200);
    first.delete("/customers/C-2").await.expect(200);
    editor.post("/customers", json!({"id": "C-4", "name": "New"})).await.expect(201);
    first.post("/customers/C-3/hand_over", json!({"to": sub("viewer")})).await.expect(200);

    let seen = "seen=C-1@2,C-2@2,C-4@1,C-3@2";
    let list = async |path: &str| ids(&all(&editor, path).await).join(" ");
    for limit in 1..5 {
        let path = format!("/customers?limit={limit}");
        assert_eq!(list(&path).await, "C-3 C-2 C-1", "the list stands still");
        assert_eq!(list(&format!("{path}&{seen}")).await, "C-3 C-4 C-1");
        assert_eq!(list(&format!("{path}&{seen}&sort=changed_at")).await, "C-1 C-4 C-3");
        assert_eq!(list(&format!("{path}&{seen}&status=archived")).await, "C-2");
        let owner = format!("{path}&{seen}&owner={}", sub("viewer"));
        assert_eq!(list(&owner).await, "C-3");
        let owner = format!("{path}&{seen}&owner={}", sub("editor"));
        assert_eq!(list(&owner).await, "C-4 C-1");
    }
    let shown = editor.get(&format!("/customers?{seen}")).await.expect(200).json();
    let record = editor.get("/customers/C-4").await.expect(200).json();
    assert_eq!(shown["items"][1], record, "an item is the same, be it followed or not");

    still.store(false, Ordering::SeqCst);
    world.stack.settled().await;
    assert_eq!(list("/customers?limit=2").await, "C-3 C-4 C-1");
    assert_eq!(list(&format!("/customers?limit=2&{seen}")).await, "C-3 C-4 C-1");
}

#[tokio::test]
async fn what_one_has_not_seen_is_not_shown_by_saying_so() {
    let world = World::start().await;
    customers(&world, ["C-1".to_owned()]).await;
    let todo = json!({"id": "T-1", "title": "Call"});
    world.caller("editor").post("/todos", todo).await.expect(201);
    world.stack.settled().await;
    let viewer = world.caller("viewer");
    for seen in ["C-1@7", "nobody@1", "T-1@1", "nobody@1,C-1@1,C-1@2"] {
        let items = all(&viewer, &format!("/customers?seen={seen}")).await;
        assert_eq!(ids(&items), ["C-1"], "{seen}");
    }
    // Another tenant's record is none that could be seen.
    assert!(all(&world.caller("outsider"), "/customers?seen=C-1@1").await.is_empty());
}

#[tokio::test]
async fn what_was_seen_is_no_part_of_the_filter() {
    let world = World::start().await;
    customers(&world, (0..6).map(|n| format!("C-{n}"))).await;
    world.stack.settled().await;
    let viewer = world.caller("viewer");
    let page = viewer.get("/customers?limit=2&seen=C-1@1").await.expect(200).json();
    let cursor = page["next_cursor"].as_str().unwrap();
    viewer.get(&format!("/customers?limit=2&cursor={cursor}")).await.expect(200);
    viewer.get(&format!("/customers?limit=2&cursor={cursor}&seen=C-2@1")).await.expect(200);
}
