//! `kill -9` of the real program in the middle of a rebuild.

use crate::support::process::{Process, program};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

#[test]
fn a_rebuild_goes_on_after_the_process_was_killed_and_started_again() {
    let (program, folder) = (program(), tempfile::tempdir().unwrap());
    let mut process = Process::start(&program, folder.path());
    let editor = process.client("editor");
    for number in 0..60 {
        let mark = format!("k-{number}");
        let body = json!({ "name": mark });
        let made = editor.send("POST", "/customers", &[("idempotency-key", &mark)], Some(&body));
        assert_eq!(made.unwrap().status, 201);
    }
    let operator = process.client("operator");
    let body = json!({"reason": "a test", "parallel": 8, "rate": 8, "promote": true});
    let path = "/operations/views/records/rebuild";
    let asked = operator.send("POST", path, &[("idempotency-key", "r-1")], Some(&body)).unwrap();
    assert_eq!(asked.status, 202, "{}", asked.json);
    let id = asked.json["id"].as_str().unwrap().to_owned();
    let mut kills = 0;
    let deadline = Instant::now() + Duration::from_mins(3);
    let ended = loop {
        let job = job_of(&process, &id);
        assert!(Instant::now() < deadline, "it never ends, after {kills} kills: {job}");
        match job["state"].as_str().unwrap() {
            "verified" => break job,
            state => assert!(["building", "caught_up", "verifying"].contains(&state), "{job}"),
        }
        if kills < 4 && job["totals"]["commits"].as_u64().unwrap() > kills * 12 {
            process.kill();
            process = Process::start(&program, folder.path());
            kills += 1;
        }
        std::thread::park_timeout(Duration::from_millis(20));
    };
    assert!(kills > 0, "it was never killed");
    assert_eq!(ended["totals"]["drift"], 0, "{ended}");
    let view = process.client("operator").get("/operations/views/records");
    assert_eq!(view["active"]["number"], 2, "{view}");
    assert_eq!(process.client("editor").all("/customers").len(), 60);
}

fn job_of(process: &Process, id: &str) -> Value {
    process.client("operator").get(&format!("/operations/rebuilds/{id}"))
}
