//! Stored items with what is to be found in them, for anybody's verifier: written once, never edited.

use crate::rules::root;
use serde::Deserialize;
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use verify::{Beside, Extent, Report, Stored, Verifier};

const GOLDEN: &str = include_str!("../golden/stored.1.json");

#[derive(Debug, Deserialize)]
struct Case {
    name: String,
    items: Vec<Item>,
    expected: Found,
}

#[derive(Debug, Deserialize, serde::Serialize)]
struct Item {
    pk: String,
    rev: u64,
    p: String,
    e: String,
    c: String,
    d: String,
}

/// What a verifier counts and finds; a finding is fault, key and number.
#[derive(Debug, PartialEq, Eq, Deserialize)]
struct Found {
    records: u64,
    commits: u64,
    contents: u64,
    links: u64,
    findings: Vec<(String, String, u64)>,
}

impl Found {
    fn of(report: &Report, items: &[Item]) -> Self {
        let pk = |subject: &str| {
            let keys = items.iter().map(|item| item.pk.clone());
            let tail = format!("#{}", subject.replace('/', "#"));
            keys.into_iter().find(|pk| pk.ends_with(&tail)).unwrap_or_default()
        };
        let findings = report.findings.iter().map(|finding| {
            let version = finding.version.unwrap_or_default();
            (finding.fault.to_string(), pk(&finding.subject), version)
        });
        let Report { records, commits, contents, links, .. } = *report;
        Self { records, commits, contents, links, findings: findings.collect() }.sorted()
    }

    fn sorted(mut self) -> Self {
        self.findings.sort();
        self
    }
}

fn cases() -> Vec<Case> {
    let cases: Vec<Case> = serde_json::from_str(GOLDEN).unwrap();
    assert!(cases.len() > 15, "{} cases", cases.len());
    cases
}

fn ours(items: &[Item]) -> Report {
    let mut verifier = Verifier::new(Extent::Whole);
    for item in items {
        verifier.item(&Stored {
            pk: &item.pk,
            version: Some(item.rev),
            prev_hash: Some(&item.p),
            text: Some(&item.e),
            beside: Beside::Table { commit_id: Some(&item.c), feed: Some(&item.d) },
        });
    }
    verifier.finish()
}

/// What the verifier in Python says, and its exit code.
pub(crate) fn theirs(path: &Path) -> (Value, i32) {
    let script = root().join("scripts/verify_log.py");
    let output = Command::new("python3").arg(script).arg(path).output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    let said = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{complaint}"));
    (said, output.status.code().unwrap())
}

#[test]
fn the_verifier_finds_in_each_vector_what_it_should() {
    for Case { name, items, expected } in cases() {
        assert_eq!(Found::of(&ours(&items), &items), expected.sorted(), "{name}");
    }
}

#[test]
fn a_second_verifier_that_shares_no_code_finds_the_same() {
    let folder = tempfile::tempdir().unwrap();
    for Case { name, items, expected } in cases() {
        let path = folder.path().join("items.json");
        std::fs::write(&path, serde_json::to_string(&items).unwrap()).unwrap();
        let (said, code) = theirs(&path);
        let said: Found = serde_json::from_value(said).unwrap();
        assert_eq!(code, i32::from(!said.findings.is_empty()), "{name}");
        assert_eq!(said.sorted(), expected.sorted(), "{name}");
    }
}

#[test]
fn both_compute_the_hashes_that_the_store_wrote() {
    let path = root().join("tests/golden/commit.1.json");
    let (said, code) = theirs(&path);
    assert_eq!((code, &said["contents"], &said["links"]), (0, &2.into(), &2.into()), "{said}");
    let items: Vec<Item> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let report = ours(&items);
    assert_eq!((report.worst(), report.contents, report.links), (None, 2, 2));
}
