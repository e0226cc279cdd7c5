//! The real program, started as `cargo run` starts it, and spoken to over HTTP.

use crate::support::binaries::binary;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A running `annals-local`. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    /// `http://localhost:{port}`.
    pub(crate) address: String,
}

/// The program's path; built first if the sources have changed since.
pub(crate) fn program() -> PathBuf {
    binary("annals-local")
}

impl Process {
    /// Starts the program on a folder and a free port, and waits until it says where it is.
    pub(crate) fn start(program: &Path, folder: &Path) -> Self {
        let mut child = Command::new(program)
            .env("PORT", "0")
            .env("DATA", folder)
            .env("HOST", "127.0.0.1")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        said.read_line(&mut line).unwrap();
        let address = line.split_whitespace().find_map(|word| word.strip_suffix(','));
        let address = address.unwrap_or_else(|| panic!("it does not say where it is: {line}"));
        let address = address.to_owned();
        // What else it says is not for us, but it must be able to say it.
        std::thread::spawn(move || said.lines().map_while(Result::ok).for_each(drop));
        Self { child, address }
    }

    /// Kills it: `kill -9`. Nothing of it runs any more when this returns.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// A caller who has signed in as one of the demo people.
    pub(crate) fn client(&self, username: &str) -> Client {
        let bearer = format!("Bearer {}", self.token(username));
        Client { agent: agent(), base: format!("{}/api/v1", self.address), bearer }
    }

    /// An access token of one of the demo people.
    pub(crate) fn token(&self, username: &str) -> String {
        let form = [
            ("grant_type", "password"),
            ("client_id", "annals-web"),
            ("username", username),
            ("password", "local"),
        ];
        let url = format!("{}/oauth2/token", self.address);
        let answer = agent().post(url).send_form(form).unwrap();
        let answer: Value =
            serde_json::from_str(&answer.into_body().read_to_string().unwrap()).unwrap();
        answer["access_token"].as_str().unwrap().to_owned()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have been killed already; there is nobody to tell.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Gives up after ten seconds; says every status as an answer.
fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(10)))
        .build()
        .into()
}

/// Somebody who calls the program's API. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    agent: ureq::Agent,
    base: String,
    bearer: String,
}

/// An answer over the wire.
#[derive(Debug)]
pub(crate) struct WireAnswer {
    pub(crate) status: u16,
    pub(crate) replayed: bool,
    pub(crate) json: Value,
}

impl Client {
    /// Sends a request. `None` when the answer was lost on the way.
    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Option<WireAnswer> {
        let mut request = http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header("authorization", &self.bearer)
            .header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = body.map(Value::to_string).unwrap_or_default();
        let answer = self.agent.run(request.body(body).unwrap()).ok()?;
        let status = answer.status().as_u16();
        let replayed = answer.headers().contains_key("idempotency-replayed");
        let text = answer.into_body().read_to_string().ok()?;
        Some(WireAnswer { status, replayed, json: serde_json::from_str(&text).ok()? })
    }

    /// Reads something that must be there.
    pub(crate) fn get(&self, path: &str) -> Value {
        let answer = self.send("GET", path, &[], None).unwrap();
        assert_eq!(answer.status, 200, "{path}: {}", answer.json);
        answer.json
    }

    /// All items of a list or history, page by page.
    pub(crate) fn all(&self, path: &str) -> Vec<Value> {
        let joint = if path.contains('?') { '&' } else { '?' };
        let (mut items, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.get(&format!("{path}{joint}limit=100{cursor}"));
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return items,
            }
        }
    }
}
