//! The drills of docs/operate.md: a log is carried to another place, or restored, and everything is made anew
//! from it.

mod answers;
mod carried;
mod refused;
mod restored;

use crate::support::binaries::binary;
use crate::support::{HandClock, World};
use local::{RebuildingSettings, Serving, Settings, TablesKey, serve_tables};
use projections::RebuildSettings;
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use tokio::net::TcpListener;

/// A stack whose tables other programs can reach.
struct Office {
    world: World,
    serving: Serving,
    key: TablesKey,
}

/// How `annals log` ended.
#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Ran {
    #[track_caller]
    fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
        self
    }

    #[track_caller]
    fn tells(self, text: &str) -> Self {
        assert!(self.err.contains(text), "`{text}` is not in: {}", self.err);
        self
    }

    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }
}

impl Office {
    async fn open(clock: &HandClock) -> Self {
        let set = clock.clock();
        Self::open_with(|settings| Settings { clock: set, ..settings }).await
    }

    async fn open_with(change: impl FnOnce(Settings) -> Settings) -> Self {
        let rebuilds = RebuildingSettings {
            settings: RebuildSettings { grace: Duration::ZERO, ..RebuildSettings::default() },
            ..RebuildingSettings::default()
        };
        let world = World::start_with(|settings| change(Settings { rebuilds, ..settings })).await;
        world.first_run_over().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let key = TablesKey::random().unwrap();
        let serving = serve_tables(listener, world.stack.engine.clone(), key.clone()).unwrap();
        Self { world, serving, key }
    }

    /// `annals log …` over this stack's tables.
    async fn log(&self, folder: &Path, arguments: &[&str]) -> Ran {
        self.log_with(folder, arguments, self.key.as_str()).await
    }

    async fn log_with(&self, folder: &Path, arguments: &[&str], key: &str) -> Ran {
        let mut command = Command::new(binary("annals"));
        command
            .args(["log"])
            .args(arguments)
            .args(["-o", "json"])
            .current_dir(folder)
            .env_clear()
            .env("HOME", folder)
            .env("ANNALS_PROGRESS", "none")
            .env("AWS_ENDPOINT_URL_DYNAMODB", format!("http://{}", self.serving.address))
            .env("AWS_REGION", "local")
            .env("AWS_ACCESS_KEY_ID", key)
            .env("AWS_SECRET_ACCESS_KEY", "any")
            .stdin(Stdio::null());
        let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// Customers, to-dos and people; archived, completed, edited, tried again; a rebuild and a verification.
async fn history(world: &World, clock: &HandClock) {
    let editor = world.caller("editor");
    editor
        .put("/me", json!({"display_name": "Emil", "email": "emil@example.org"}))
        .await
        .expect(201);
    for number in 0..12 {
        clock.advance_ms(1_000);
        let id = format!("C-{number}");
        let body =
            json!({"id": id, "name": format!("Lily {number}"), "notes": "\u{1f33f} \"x\"\n"});
        let made = editor.with("idempotency-key", &id).post("/customers", body).await.expect(201);
        let version = made.header("etag").to_owned();
        let edit = json!({"email": format!("lily{number}@example.org"), "tags": ["vip"]});
        let known = editor.with("if-match", &version).with("x-change-reason", "asked%20for");
        known.patch(&format!("/customers/{id}"), edit).await.expect(200);
        if number % 3 == 0 {
            let why = json!({"reason": "moved away"});
            editor.post(&format!("/customers/{id}/archive"), why).await.expect(200);
        }
        let todo = json!({"id": format!("T-{number}"), "title": "Call", "customer_id": id});
        editor.post("/todos", todo).await.expect(201);
        if number % 2 == 0 {
            let path = format!("/todos/T-{number}/complete");
            editor.post(&path, json!({})).await.expect(200);
        }
    }
    let operator = world.caller("operator").with("idempotency-key", "rebuilt");
    let because = json!({"reason": "a new column"});
    operator.post("/operations/views/records/rebuild", because).await.expect(202);
    let auditor = world.caller("auditor");
    auditor.post("/audit/verifications", json!({"scope": "all"})).await.expect(201);
    world.stack.settled().await;
    // All of it is old enough for a search to be complete.
    clock.advance_ms(30 * 60_000);
    world.stack.projector.reconcile().await.unwrap();
}

/// Rebuilds every view and promotes it, as an operator does.
async fn rebuilt(world: &World) {
    for view in store::ALL_VIEWS {
        let operator = world.caller("operator").with("idempotency-key", &format!("drill-{view}"));
        let order = json!({"reason": "The log was imported", "promote": true});
        let path = format!("/operations/views/{view}/rebuild");
        let id = operator.post(&path, order).await.expect(202).id();
        world.stack.settled().await;
        let path = format!("/operations/rebuilds/{id}");
        let told = world.caller("operator").get(&path).await.expect(200).json();
        assert_eq!(told["state"], "verified", "{view}: {told}");
        let path = format!("/operations/views/{view}");
        let told = world.caller("operator").get(&path).await.expect(200).json();
        assert_eq!(told["active"]["number"], 2, "{view}: {told}");
    }
}
