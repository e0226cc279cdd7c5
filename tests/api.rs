//! The routes of the API, as their users meet them.

use crate::support::World;
use serde_json::json;

#[tokio::test]
async fn a_record_is_created_read_and_listed() {
    let world = World::start().await;
    let editor = world.caller("editor");
    let created = editor.post("/customers", json!({"name": "Lily Ari"})).await.expect(201);
    let path = format!("/customers/{}", created.id());
    assert_eq!(created.header("location"), format!("/api/v1{path}"));
    let read = editor.get(&path).await.expect(200);
    assert_eq!(read.json(), created.json());
    assert_eq!(read.header("etag"), "\"1\"");
    world.stack.settled().await;
    let list = editor.get("/customers").await.expect(200).json();
    assert_eq!(list["items"][0]["name"], "Lily Ari");
}
