//! docs/operate.md is held against what it tells of: the alarms of the template, the tests that it names, the
//! units that commands cost.

mod cost;

use crate::rules::{root, tracked};
use std::collections::BTreeSet;
use std::path::Path;

fn page() -> String {
    std::fs::read_to_string(root().join("docs/operate.md")).unwrap()
}

/// The lines between a heading of the second level and the next one.
fn section<'a>(page: &'a str, heading: &str) -> &'a str {
    let (_, rest) =
        page.split_once(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("{heading}"));
    rest.split_once("\n## ").map_or(rest, |(section, _)| section)
}

fn ends(path: &str, extension: &str) -> bool {
    Path::new(path).extension().is_some_and(|found| found == extension)
}

#[test]
fn every_alarm_of_the_template_has_its_page_and_every_page_an_alarm() {
    let template = std::fs::read_to_string(root().join("template.yaml")).unwrap();
    let lines: Vec<&str> = template.lines().collect();
    let alarms: BTreeSet<&str> = lines
        .windows(2)
        .filter(|pair| pair[1].trim() == "Type: AWS::CloudWatch::Alarm")
        .map(|pair| pair[0].trim().trim_end_matches(':'))
        .collect();
    assert!(alarms.len() > 40, "is the template read at all?");
    let page = page();
    let told: Vec<&str> =
        section(&page, "Alarms").lines().filter_map(|line| line.strip_prefix("### ")).collect();
    let names: BTreeSet<&str> = told.iter().copied().collect();
    assert_eq!(names.len(), told.len(), "an alarm is told twice");
    assert_eq!(names, alarms);
    for part in section(&page, "Alarms").split("\n### ").skip(1) {
        for label in ["**Means:**", "**Look at:**", "**Do:**"] {
            assert!(part.contains(label), "{label} is missing: {part}");
        }
    }
}

#[test]
fn every_failure_names_a_test_that_there_is() {
    let page = page();
    let rows = section(&page, "What fails, and what happens then").lines();
    let rows: Vec<&str> =
        rows.filter(|line| line.starts_with("| ") && line.contains('`')).collect();
    assert!(rows.len() > 15, "{rows:?}");
    let mut code = String::new();
    for path in tracked().iter().filter(|path| path.starts_with("tests/") && ends(path, "rs")) {
        code.push_str(&std::fs::read_to_string(root().join(path)).unwrap());
    }
    for row in rows {
        let named = row.rsplit('|').nth(1).unwrap().trim().trim_matches('`');
        assert!(code.contains(&format!("fn {named}(")), "there is no test `{named}`: {row}");
    }
}

#[test]
fn links_between_the_documents_lead_somewhere() {
    let mut links = 0;
    let documents = tracked();
    for path in documents.iter().filter(|path| path.starts_with("docs/") && ends(path, "md")) {
        let text = std::fs::read_to_string(root().join(path)).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap();
            if !ends(file, "md") || file.contains("://") {
                continue;
            }
            links += 1;
            let beside = root().join("docs").join(file);
            assert!(beside.is_file(), "{path} links to {file}, which is not there");
        }
    }
    assert!(links > 2, "are the documents read at all?");
}
