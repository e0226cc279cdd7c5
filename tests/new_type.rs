//! README's "Adding a record type", done: a folder and two lines, and the type is there.
//!
//! The type is `invoice`, kept in `tests/invoice/`. It is put into a copy of this checkout, under
//! `target/scratch/new-type`, and nothing else of that copy is touched. What is built there shares the
//! dependencies that are built already, so that only our own crates are compiled again. The program
//! that comes of it stays at `target/scratch/new-type/target/debug/annals-local`, where other tests
//! can start it (`ANNALS_LOCAL=`).

use crate::rules::{root, tracked};
use crate::support::process::{Client, Process, WireAnswer};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

const README: &str = include_str!("../README.md");

/// A copy of the checkout in which the type is registered.
struct Scratch {
    folder: PathBuf,
    /// Where the dependencies are built already.
    built: PathBuf,
}

impl Scratch {
    /// Brings the copy up to date: what is the same is left alone, so that cargo finds it unchanged.
    fn prepared() -> Self {
        let own = std::env::current_exe().unwrap();
        // This test's own binary is `target/debug/deps/tests-…`.
        let built = own.ancestors().nth(3).unwrap().to_owned();
        let folder = built.join("scratch/new-type");
        let mut kept: BTreeSet<PathBuf> = BTreeSet::new();
        for path in tracked() {
            let text = std::fs::read(root().join(&path)).unwrap();
            // Two lines are added to this one below; written twice, it would look changed to cargo.
            if path != "events/src/lib.rs" {
                kept.insert(put(&folder, &path, &text));
            }
        }
        let scratch = Self { folder, built };
        kept.extend(scratch.add_the_type());
        scratch.forget_all_but(&kept);
        scratch
    }

    /// What README says is to be done, and no more.
    fn add_the_type(&self) -> Vec<PathBuf> {
        let section = README.split("## Adding a record type").nth(1).unwrap();
        let section = section.split("\n## ").next().unwrap();
        let words = section.split_whitespace().collect::<Vec<_>>().join(" ");
        for said in [
            "1. A folder in `events/src/`",
            "2. A `pub mod` line and an entry in `TYPES`, both in `events/src/lib.rs`.",
            "That is all.",
        ] {
            assert!(words.contains(said), "README says something else than `{said}`: {words}");
        }
        let mut added = Vec::new();
        for path in tracked().iter().filter(|path| path.starts_with("tests/invoice/")) {
            let text = std::fs::read(root().join(path)).unwrap();
            let there = path.replacen("tests/invoice/", "events/src/invoice/", 1);
            added.push(put(&self.folder, &there, &text));
        }
        assert!(added.len() > 10, "is the type still in tests/invoice?");
        let registry = std::fs::read_to_string(root().join("events/src/lib.rs")).unwrap();
        let registry = one_line_more(&registry, "pub mod customer;", "pub mod invoice;");
        let entry = "&Of::<customer::Customer>::NEW, ";
        assert_eq!(registry.matches(entry).count(), 1);
        let registry = registry.replace(entry, &format!("{entry}&Of::<invoice::Invoice>::NEW, "));
        added.push(put(&self.folder, "events/src/lib.rs", registry.as_bytes()));
        added
    }

    /// Removes what an earlier run left and the checkout no longer has.
    fn forget_all_but(&self, kept: &BTreeSet<PathBuf>) {
        fn walk(folder: &Path, kept: &BTreeSet<PathBuf>) {
            for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
                let path = entry.path();
                if entry.file_type().unwrap().is_dir() {
                    walk(&path, kept);
                } else if !kept.contains(&path) {
                    std::fs::remove_file(path).unwrap();
                }
            }
        }
        for entry in std::fs::read_dir(&self.folder).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() && entry.file_name() != "target" {
                walk(&entry.path(), kept);
            }
        }
    }

    /// Runs cargo in the copy; what it makes last comes into the copy's own `target`.
    fn cargo(&self, arguments: &[&str]) -> String {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(arguments).current_dir(&self.folder);
        // Cargo tells our crates there from our crates here by their profile alone: both have the same
        // places in their workspaces. Dependencies have debug information in neither, and are shared.
        cargo.env("CARGO_PROFILE_DEV_DEBUG", "0");
        cargo.env("CARGO_BUILD_BUILD_DIR", &self.built);
        cargo.env("CARGO_TARGET_DIR", self.folder.join("target"));
        let done = cargo.output().unwrap();
        let said = [&done.stdout[..], &done.stderr[..]].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        assert!(done.status.success(), "cargo {arguments:?}: {said}");
        said
    }
}

/// Writes a file of the copy where it is not so already.
fn put(folder: &Path, path: &str, text: &[u8]) -> PathBuf {
    let file = folder.join(path);
    if std::fs::read(&file).ok().as_deref() != Some(text) {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, text).unwrap();
    }
    file
}

fn one_line_more(text: &str, after: &str, line: &str) -> String {
    assert_eq!(text.matches(after).count(), 1, "{after}");
    text.replace(after, &format!("{after}\n{line}"))
}

#[test]
fn a_new_type_is_a_folder_and_two_lines() {
    let begun = Instant::now();
    let scratch = Scratch::prepared();
    // The features are those of everything else, so that no dependency is compiled again.
    scratch.cargo(&["build", "--workspace", "--examples", "--bin", "annals-local", "--locked"]);
    let built = begun.elapsed();
    let told = scratch.cargo(&["test", "--package", "events", "--locked"]);
    assert!(told.contains("invoice::tests::an_invoice_is_drafted_once ... ok"), "{told}");
    let tested = begun.elapsed();
    let program = scratch.folder.join("target/debug/annals-local");
    let data = tempfile::tempdir().unwrap();
    let running = Process::start(&program, data.path());
    use_it(&running.client("editor"));
    look_at_it(&running.client("viewer"), &running.client("operator"));
    eprintln!(
        "a new type: built after {:.0} s, tested after {:.0} s, used after {:.0} s",
        built.as_secs_f64(),
        tested.as_secs_f64(),
        begun.elapsed().as_secs_f64()
    );
}

/// Status, and body as JSON.
#[track_caller]
fn expect(answer: Option<WireAnswer>, status: u16) -> Value {
    let answer = answer.unwrap();
    assert_eq!(answer.status, status, "{}", answer.json);
    answer.json
}

/// Its rules, over the API.
fn use_it(editor: &Client) {
    let body = json!({"id": "I-1", "subject": "Consulting", "total": "1250.00 EUR"});
    let invoice = expect(editor.send("POST", "/invoices", &[], Some(&body)), 201);
    assert_eq!(invoice["status"], "draft");
    assert_eq!(invoice["total"], "1250.00 EUR");
    let wrong = json!({"subject": "Consulting", "total": "much"});
    let refused = expect(editor.send("POST", "/invoices", &[], Some(&wrong)), 422);
    assert_eq!(refused["rule"], "total_unreadable");
    let unknown = json!({"title": "Consulting"});
    let refused = expect(editor.send("POST", "/invoices", &[], Some(&unknown)), 400);
    let pointers: BTreeSet<&str> = refused["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| fault["pointer"].as_str().unwrap())
        .collect();
    assert_eq!(pointers, BTreeSet::from(["/subject", "/title"]));

    let refused = expect(editor.send("POST", "/invoices/I-1/issue", &[], None), 422);
    assert_eq!(refused["rule"], "incomplete");
    let patch = json!({"customer_id": "C-1", "due_on": "2026-12-24"});
    let first = [("if-match", "\"1\"")];
    let edited = expect(editor.send("PATCH", "/invoices/I-1", &first, Some(&patch)), 200);
    assert_eq!(edited["version"], 2);
    expect(editor.send("PATCH", "/invoices/I-1", &first, Some(&patch)), 412);
    let issued = expect(editor.send("POST", "/invoices/I-1/issue", &[], None), 200);
    assert_eq!(issued["status"], "issued");
    let now = [("if-match", "\"3\"")];
    let dearer = json!({"total": "1300.00 EUR"});
    let refused = expect(editor.send("PATCH", "/invoices/I-1", &now, Some(&dearer)), 422);
    assert_eq!(refused["rule"], "invoice_issued");
    let paid = json!({"paid_on": "2026-12-20", "reason": "bank statement 7"});
    let paid = expect(editor.send("POST", "/invoices/I-1/pay", &[], Some(&paid)), 200);
    assert_eq!(paid["status"], "paid");

    let other = json!({"id": "I-2", "subject": "Travel"});
    expect(editor.send("POST", "/invoices", &[], Some(&other)), 201);
    let refused = expect(editor.send("DELETE", "/invoices/I-2", &[], None), 422);
    assert_eq!(refused["rule"], "reason_needed");
    let because = [("x-change-reason", "sent%20twice")];
    let ended = expect(editor.send("DELETE", "/invoices/I-2", &because, None), 200);
    assert_eq!(ended["status"], "cancelled");
}

/// Its list, history, numbers, description and published events, of which nobody wrote a line.
fn look_at_it(viewer: &Client, operator: &Client) {
    let seen = "/invoices?seen=I-1@4,I-2@2";
    let list = expect(viewer.send("GET", seen, &[], None), 200);
    let items = list["items"].as_array().unwrap();
    assert_eq!(items.len(), 1, "a cancelled one has ended: {list}");
    assert_eq!(items[0]["total"], "1250.00 EUR");
    let history = expect(viewer.send("GET", "/invoices/I-1/history?order=asc", &[], None), 200);
    let actions: Vec<&str> = history["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["action"].as_str().unwrap())
        .collect();
    assert_eq!(actions, ["invoice.drafted", "invoice.billed", "invoice.issued", "invoice.paid"]);
    assert_eq!(history["items"][3]["reason"], "bank statement 7");
    expect(viewer.send("POST", "/invoices", &[], Some(&json!({"subject": "x"}))), 403);
    let types = expect(viewer.send("GET", "/meta/types", &[], None), 200);
    assert!(types["items"].as_array().unwrap().iter().any(|of| of["plural"] == "invoices"));
    let document = expect(viewer.send("GET", "/openapi.json", &[], None), 200);
    assert!(document["paths"]["/invoices/{id}/pay"]["post"].is_object());
    until_so("the numbers are told", || {
        let counts = expect(viewer.send("GET", "/meta/counts", &[], None), 200);
        counts["invoice"] == json!({"paid": 1, "cancelled": 1})
    });
    until_so("the events are published", || {
        let told = operator.outside("/local/bus");
        let entries = told["items"].as_array().unwrap();
        entries.iter().any(|entry| entry["detail_type"] == "invoice.paid")
    });
}

/// Views and bus follow within a moment.
fn until_so(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed().as_secs() < 20, "not so after 20 seconds: {what}");
    }
}
