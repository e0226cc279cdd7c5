//! `annals smoke`: against the real program, and against servers that lie.

use super::shell::{Shell, signed_in};
use super::stand_in::{Asked, Told, stand_in};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

const STEPS: [&str; 10] = [
    "health", "config", "types", "create", "list", "edit", "conflict", "follow", "history",
    "delete",
];

fn steps(told: &Value) -> Vec<(&str, &str)> {
    let items = told["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| {
            assert!(item["ms"].is_u64(), "{item}");
            (item["step"].as_str().unwrap(), item["outcome"].as_str().unwrap())
        })
        .collect()
}

#[test]
fn a_sound_deployment_passes_and_is_left_as_it_was() {
    let (process, shell) = signed_in("editor");
    let ran = shell.annals(&["smoke"]).ends(0);
    for step in STEPS {
        assert!(ran.out.contains(&format!("ok    {step:<8}")), "{step}: {}", ran.out);
    }
    let listed = shell.annals(&["records", "list", "customers", "-o", "json"]).ends(0).json();
    assert_eq!(listed["items"], json!([]));

    // Named on the command line, another type, for programs.
    let elsewhere = Shell::new("http://localhost:1", &process.token("editor"));
    let arguments = ["smoke", &process.address, "--type", "todos", "-o", "json"];
    let told = elsewhere.annals(&arguments).ends(0).json();
    assert_eq!(steps(&told), STEPS.map(|step| (step, "ok")));
}

#[test]
fn who_may_not_write_fails_at_the_step_that_writes() {
    let (_process, shell) = signed_in("viewer");
    let told = shell.annals(&["smoke", "-o", "json"]).ends(1).json();
    let found = steps(&told);
    assert_eq!(found.last(), Some(&("create", "fail")), "{told}");
    assert_eq!(found.len(), 4);
    let nowhere = Shell::new("http://localhost:1", "token").annals(&["smoke"]).ends(1);
    assert!(nowhere.out.starts_with("fail  health"), "{}", nowhere.out);
}

/// A server with one record, and one fault.
fn faulty(fault: &'static str) -> (Shell, Arc<Mutex<Vec<String>>>) {
    let asked_for = Arc::new(Mutex::new(Vec::new()));
    let seen = asked_for.clone();
    let address = stand_in(move |asked| {
        let call = format!("{} {}", asked.method, asked.path.split('?').next().unwrap());
        seen.lock().unwrap().push(call.clone());
        answered(&call, asked, fault)
    });
    (Shell::new(&address, "token"), asked_for)
}

fn answered(call: &str, asked: &Asked, fault: &str) -> Told {
    let of = json!({"name": "customer", "plural": "customers", "label": "Customer", "title": "name",
        "plural_label": "Customers", "ending": "archive", "fields": []});
    let row = json!({"id": "c-1", "version": if fault == "lost edit" { 1 } else { 2 }});
    let commits = match fault {
        "forgetful" => json!([{"version": 2}]),
        _ => json!([{"version": 2}, {"version": 1}]),
    };
    let (status, body) = match call {
        "GET /api/v1/health" if fault == "other" => (200, json!({"hello": "world"})),
        "GET /api/v1/health" => (200, json!({"status": "ok", "build": "1"})),
        "GET /config.json" if fault == "unconfigured" => (404, json!({})),
        "GET /config.json" => {
            (200, json!({"authority": "https://a", "client_id": "w", "api": "/api/v1"}))
        }
        "GET /api/v1/meta/types" => (200, json!({ "items": [of] })),
        "POST /api/v1/customers" => (201, json!({"id": "c-1", "version": 1})),
        "GET /api/v1/customers" if fault == "behind" => (200, json!({ "items": [] })),
        "GET /api/v1/customers" => (200, json!({ "items": [row] })),
        "PATCH /api/v1/customers/c-1"
            if asked.body.contains("overwritten") && fault != "overwriting" =>
        {
            (412, json!({"type": "urn:annals:problem:version-mismatch", "title": "No"}))
        }
        "PATCH /api/v1/customers/c-1" => (200, json!({"id": "c-1", "version": 2})),
        "GET /api/v1/customers/c-1/history" => (200, json!({ "items": commits })),
        "DELETE /api/v1/customers/c-1" if fault == "sticky" => (403, json!({"title": "No"})),
        "DELETE /api/v1/customers/c-1" => (200, json!({"id": "c-1", "status": "archived"})),
        _ => (404, json!({"title": "Nothing"})),
    };
    (status, Vec::new(), body.to_string())
}

#[test]
fn each_fault_is_found_at_its_step_and_what_was_made_is_ended() {
    let (sound, _) = faulty("none");
    sound.annals(&["smoke"]).ends(0);
    for (fault, step) in [
        ("other", "health"),
        ("unconfigured", "config"),
        ("behind", "list"),
        ("overwriting", "conflict"),
        ("lost edit", "follow"),
        ("forgetful", "history"),
        ("sticky", "delete"),
    ] {
        let (shell, asked_for) = faulty(fault);
        let ran = shell.annals(&["smoke", "--wait", "1", "-o", "json"]).ends(1);
        let told = ran.json();
        let failed: Vec<&str> = steps(&told)
            .iter()
            .filter(|(_, outcome)| *outcome == "fail")
            .map(|(step, _)| *step)
            .collect();
        assert_eq!(failed, [step], "{fault}: {told}");
        let calls = asked_for.lock().unwrap().join("\n");
        let (made, ended) = (calls.contains("POST "), calls.contains("DELETE "));
        assert_eq!(made, ended, "{fault}: {calls}");
        assert_eq!(ran.err.contains("left over"), fault == "sticky", "{}", ran.err);
    }
}
