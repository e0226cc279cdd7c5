//! Links: good for those who hold them, as they are, while they are.

use super::{complete, exported, history, world};
use crate::support::World;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::net::TcpListener;

fn path(file: &Value) -> String {
    file["url"].as_str().unwrap().strip_prefix("http://localhost:8080").unwrap().to_owned()
}

/// A status, the headers and the body of a plain request without a token.
async fn get(address: std::net::SocketAddr, path: String) -> (u16, String, String) {
    let answer = tokio::task::spawn_blocking(move || {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
        let mut answer = agent.get(format!("http://{address}{path}")).call().unwrap();
        let header = |name: &str| {
            answer.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned()
        };
        let headers = ["content-type", "content-disposition", "x-content-type-options"];
        let headers = headers.map(header).join("; ");
        (answer.status().as_u16(), headers, answer.body_mut().read_to_string().unwrap())
    });
    answer.await.unwrap()
}

#[tokio::test]
async fn a_file_is_downloaded_by_its_link_until_that_expires() {
    let (world, clock) = world().await;
    history(&world, "C-1", 3).await;
    complete(&world, &clock).await;
    let export = exported(&world, json!({"format": "csv", "filter": {"type": "customer"}})).await;
    let id = export["id"].as_str().unwrap().to_owned();
    let (part, manifest) = (path(&export["parts"][0]), path(&export["manifest"]));
    assert!(part.starts_with(&format!("/objects/annals-exports/t.demo/{id}/part-00001.csv?")));
    let World { stack } = world;
    let stack = Arc::new(stack);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let serving = local::serve(listener, stack.clone()).unwrap();
    let (status, headers, text) = get(serving.address, part.clone()).await;
    assert_eq!(status, 200, "{text}");
    let saved_as = "attachment; filename=\"part-00001.csv\"";
    assert_eq!(headers, format!("text/csv; charset=utf-8; {saved_as}; nosniff"));
    assert_eq!(text.lines().count(), 6);
    let (status, headers, _) = get(serving.address, manifest).await;
    assert_eq!(status, 200);
    assert!(headers.starts_with("application/json; attachment"), "{headers}");
    let other = part.replace("t.demo", "t.other");
    assert_eq!(get(serving.address, other).await.0, 403);
    let bare = part.split('?').next().unwrap().to_owned();
    assert_eq!(get(serving.address, bare).await.0, 403);
    clock.advance_ms(15 * 60_000);
    assert_eq!(get(serving.address, part).await.0, 403);
    serving.stop().await.unwrap();
}

#[tokio::test]
async fn files_are_gone_after_seven_days_and_the_export_says_so() {
    let (world, clock) = world().await;
    history(&world, "C-1", 3).await;
    complete(&world, &clock).await;
    let export =
        exported(&world, json!({"format": "ndjson", "filter": {"type": "customer"}})).await;
    assert_eq!(world.stack.exporting.keys().len(), 2);
    let days = |days: i64| days * 86_400_000;
    clock.advance_ms(days(7) - 60_000);
    assert_eq!(world.stack.exporting.expire().await, 0);
    let read = async || {
        let path = format!("/audit/exports/{}", export["id"].as_str().unwrap());
        world.caller("auditor").get(&path).await.expect(200).json()
    };
    let late = read().await;
    assert_eq!((&late["state"], &late["links_expire_at"]), (&json!("done"), &late["expires_at"]));
    clock.advance_ms(60_000 + 1);
    assert_eq!(world.stack.exporting.expire().await, 2);
    assert!(world.stack.exporting.keys().is_empty());
    let gone = read().await;
    assert_eq!((&gone["state"], &gone["commits"]), (&json!("expired"), &json!(3)));
    assert!(gone["parts"][0].get("url").is_none() && gone["manifest"].get("url").is_none());
    assert!(gone.get("links_expire_at").is_none());
}
