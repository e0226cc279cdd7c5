//! Whatever is wrong with a request: a clear problem document, and nothing is written.

mod bodies;
mod headers;
mod queries;
mod searches;
mod tokens;

use crate::support::{Answer, Caller, World};
use serde_json::{Value, json};
use std::fmt::Write;

/// A route that writes, and a body with which it would.
#[derive(Debug, Clone, Copy)]
struct Writing {
    method: &'static str,
    path: &'static str,
    good: &'static str,
}

const fn writing(method: &'static str, path: &'static str, good: &'static str) -> Writing {
    Writing { method, path, good }
}

const CREATE: Writing = writing("POST", "/customers", r#"{"name": "Bob"}"#);
const EDIT: Writing = writing("PATCH", "/customers/C-1", r#"{"name": "Bob"}"#);
const ACT: Writing = writing("POST", "/customers/C-1/hand_over", r#"{"to": "bob"}"#);
const END: Writing = writing("DELETE", "/customers/C-1", r#"{"reason": "gone"}"#);
const RESTORE: Writing = writing("POST", "/customers/C-1/restore", r#"{"to_version": 1}"#);
const KEEP_MYSELF: Writing = writing("PUT", "/me", r#"{"display_name": "Bob"}"#);

/// Every route that writes.
const WRITING: [Writing; 6] = [CREATE, EDIT, ACT, END, RESTORE, KEEP_MYSELF];
/// Those that change a record which is there, and heed `If-Match`.
const CHANGING: [Writing; 5] = [EDIT, ACT, END, RESTORE, KEEP_MYSELF];

/// A stack with one customer and one to-do of the tenant `demo`, and its editor as a person.
async fn world() -> World {
    let world = World::start().await;
    let editor = world.caller("editor");
    let ann = json!({"id": "C-1", "name": "Ann"});
    editor.post("/customers", ann).await.expect(201);
    editor.post("/todos", json!({"id": "T-1", "title": "Call Ann"})).await.expect(201);
    editor.put("/me", json!({"display_name": "Edith"})).await.expect(201);
    world
}

/// An editor who says the right version of the records of [`world`], and why.
fn editor(world: &World) -> Caller<'_> {
    world.caller("editor").with("if-match", "\"1\"")
}

/// What is told to whoever sends this: a problem document. Nothing may be written by it.
async fn refused(
    world: &World,
    caller: &Caller<'_>,
    (method, path): (&str, &str),
    body: Option<&[u8]>,
) -> Answer {
    let before = world.commits().await;
    let answer = caller.send_bytes(method, path, body.map(<[u8]>::to_vec)).await;
    assert!((400..500).contains(&answer.status), "{method} {path}: {}", answer.status);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.json()["status"], answer.status);
    assert_eq!(world.commits().await, before, "{method} {path} wrote something");
    answer
}

/// What routes tell to whoever sends them this body: all the same.
async fn everywhere(world: &World, routes: &[Writing], body: &[u8]) -> String {
    let caller = editor(world);
    let mut told: Option<String> = None;
    for route in routes {
        let answer = refused(world, &caller, (route.method, route.path), Some(body)).await;
        let document = answer.redacted();
        let first = told.get_or_insert_with(|| document.clone());
        assert_eq!(*first, document, "{} {}", route.method, route.path);
    }
    told.unwrap()
}

/// What routes tell to this caller, whose requests are good but for their headers: all the same.
async fn everywhere_to(world: &World, caller: &Caller<'_>, routes: &[Writing]) -> String {
    let mut told: Option<String> = None;
    for route in routes {
        let good = Some(route.good.as_bytes());
        let document = refused(world, caller, (route.method, route.path), good).await.redacted();
        let first = told.get_or_insert_with(|| document.clone());
        assert_eq!(*first, document, "{} {}", route.method, route.path);
    }
    told.unwrap()
}

/// Documents below what they answer, one line each.
#[derive(Debug, Default)]
struct Told(String);

impl Told {
    fn add(&mut self, asked: &str, document: &str) {
        let document: Value = serde_json::from_str(document).unwrap();
        writeln!(self.0, "{asked}\n    {document}").unwrap();
    }
}

#[tokio::test]
async fn the_requests_that_are_spoiled_here_are_good_before() {
    for route in WRITING {
        let world = world().await;
        let before = world.commits().await;
        let caller = editor(&world).with("x-change-reason", "because");
        let good = Some(route.good.as_bytes().to_vec());
        let answer = caller.send_bytes(route.method, route.path, good).await;
        assert!(answer.status < 300, "{route:?}: {}", answer.status);
        // Of its first version a record is what it was: a restore to it is good and changes nothing.
        let commits = usize::from(route.path != RESTORE.path);
        assert_eq!(world.commits().await, before + commits, "{route:?}");
    }
}
