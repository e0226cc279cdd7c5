//! What a verification found, for people and for programs.

use crate::error::{Failure, exit};
use crate::grid::Grid;
use crate::output::{Output, say};
use ::verify::{Fault, Report};
use serde_json::{Map, Value, json};

/// The name of what came out: `clean`, or the worst fault.
pub(super) fn outcome(report: &Report) -> &'static str {
    report.worst().map_or("clean", Fault::name)
}

/// The code that a verification ends with.
fn code(report: &Report) -> u8 {
    match report.worst() {
        None => 0,
        Some(Fault::Content) => exit::CONTENT,
        Some(Fault::Link) => exit::LINK,
        Some(Fault::Gap) => exit::GAP,
        Some(Fault::KeyMismatch) => exit::KEY_MISMATCH,
        Some(Fault::Head) => exit::HEAD,
    }
}

/// What was compared, and how often.
fn numbers(report: &Report) -> [(&'static str, u64); 6] {
    [
        ("files", report.files),
        ("records", report.records),
        ("commits", report.commits),
        ("contents", report.contents),
        ("links", report.links),
        ("heads", report.heads),
    ]
}

/// Tells it; the exit code. `about` are further members for programs.
///
/// # Errors
/// [`Failure::Output`].
pub(super) fn told(
    report: &Report,
    about: Map<String, Value>,
    output: Output,
) -> Result<u8, Failure> {
    if output.for_people() {
        for_people(report)?;
    } else {
        let mut document = about;
        document.insert("outcome".to_owned(), outcome(report).into());
        let numbers = numbers(report).map(|(name, number)| (name.to_owned(), number.into()));
        document.extend(numbers);
        let found = report.counts().iter();
        let found: Map<String, Value> =
            found.map(|(fault, count)| (fault.name().to_owned(), (*count).into())).collect();
        document.insert("found".to_owned(), found.into());
        document.insert("findings".to_owned(), json!(report.findings));
        output.document(&Value::Object(document))?;
    }
    if report.commits == 0 && report.files == 0 {
        say("Nothing was there to be checked.");
    }
    Ok(code(report))
}

fn for_people(report: &Report) -> Result<(), Failure> {
    let mut grid = Grid::default();
    grid.row(["Outcome", outcome(report)]);
    for (name, number) in numbers(report).into_iter().filter(|(_, number)| *number > 0) {
        let (first, rest) = name.split_at(1);
        grid.row([format!("{}{rest}", first.to_uppercase()), number.to_string()]);
    }
    for (fault, count) in report.counts() {
        grid.row([format!("Found {fault}"), count.to_string()]);
    }
    grid.write()?;
    if report.findings.is_empty() {
        return Ok(());
    }
    let mut grid = Grid::new(["Fault", "Where", "Version", "What", "Expected", "Found"]);
    for finding in &report.findings {
        let version = finding.version.map(|version| version.to_string()).unwrap_or_default();
        grid.row([
            finding.fault.name(),
            &finding.subject,
            &version,
            finding.what,
            &finding.expected,
            &finding.found,
        ]);
    }
    grid.write()?;
    let more = report.found() - u64::try_from(report.findings.len()).unwrap_or_default();
    if more > 0 {
        say(&format!("{more} more are counted above and not listed."));
    }
    Ok(())
}
