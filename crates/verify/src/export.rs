//! An export, verified offline: its manifest, its files, and in NDJSON every commit of them.

use crate::commit::{Beside, Stored};
use crate::finding::{Fault, Finding, Report};
use crate::told::differing;
use crate::verifier::{Extent, Verifier};
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use std::collections::VecDeque;
use vocabulary::{Digest, Tenant};

/// The format of exports that this verifier knows.
const FORMAT: &str = "annals-export-v1";

/// A manifest that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// It has another shape.
    #[error("it is no manifest of an export")]
    Shape(#[source] serde_json::Error),
    /// It is of another format.
    #[error("its format is not `{FORMAT}`, the one that this build knows")]
    Format,
    /// A file of it has a name that leads elsewhere.
    #[error("a name in it is that of no file in its folder")]
    Name,
}

/// What the manifest says.
#[derive(Debug, Deserialize)]
struct Manifest {
    format: String,
    tenant: Tenant,
    #[serde(default)]
    filter: Map<String, Value>,
    file_format: FileFormat,
    commits: u64,
    rows: u64,
    first: Option<End>,
    last: Option<End>,
    parts: VecDeque<Part>,
}

/// What the files hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileFormat {
    /// A commit per line, with its stored text.
    Ndjson,
    /// A row per change. There are no stored texts in it: only the files are verified.
    Csv,
}

/// The first or the last commit.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct End {
    record: Named,
    version: u64,
    /// Not there when the commit could not be read.
    hash: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Named {
    #[serde(rename = "type")]
    record_type: String,
    id: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Part {
    name: String,
    rows: u64,
    commits: u64,
    bytes: u64,
    sha256: String,
}

/// An export that is being verified: its files in order, each line by line. Memory: what the
/// verifier needs, and a line.
#[derive(Debug)]
pub struct Export {
    manifest: Manifest,
    verifier: Verifier,
    hasher: Sha256,
    seen: Part,
    in_quotes: bool,
    all: (u64, u64),
    first: Option<End>,
    last: Option<End>,
}

impl Export {
    /// Begins with the manifest.
    ///
    /// # Errors
    /// [`ManifestError`] when it is none, or not one of this format.
    pub fn of(manifest: &str) -> Result<Self, ManifestError> {
        let manifest: Manifest = serde_json::from_str(manifest).map_err(ManifestError::Shape)?;
        if manifest.format != FORMAT {
            return Err(ManifestError::Format);
        }
        if !manifest.parts.iter().all(|part| names_a_file(&part.name)) {
            return Err(ManifestError::Name);
        }
        let verifier = Verifier::new(extent(&manifest.filter));
        Ok(Self {
            manifest,
            verifier,
            hasher: Sha256::new(),
            seen: Part::empty(),
            in_quotes: false,
            all: (0, 0),
            first: None,
            last: None,
        })
    }

    /// What the files hold.
    pub fn file_format(&self) -> FileFormat {
        self.manifest.file_format
    }

    /// Which commits of a record the export's filter leaves.
    pub fn extent(&self) -> Extent {
        extent(&self.manifest.filter)
    }

    /// How many commits the manifest names.
    pub fn commits(&self) -> u64 {
        self.manifest.commits
    }

    /// The name of the file that is to be read next. All its lines go to [`line`](Self::line), then
    /// comes [`file_ends`](Self::file_ends); or [`file_missing`](Self::file_missing) in their place.
    pub fn next_file(&self) -> Option<&str> {
        self.manifest.parts.front().map(|part| part.name.as_str())
    }

    /// What was seen and found so far.
    pub fn so_far(&self) -> &Report {
        self.verifier.so_far()
    }

    /// A line, with what ends it.
    pub fn line(&mut self, line: &[u8]) {
        self.hasher.update(line);
        self.seen.bytes += u64::try_from(line.len()).unwrap_or(u64::MAX);
        match self.manifest.file_format {
            FileFormat::Ndjson => {
                self.seen.rows += 1;
                self.seen.commits += 1;
                self.commit(line);
            }
            FileFormat::Csv => {
                // A line break between quotes ends no row (RFC 4180, section 2).
                for _ in line.iter().filter(|byte| **byte == b'"') {
                    self.in_quotes = !self.in_quotes;
                }
                self.seen.rows += u64::from(!self.in_quotes);
            }
        }
    }

    /// The file is not there.
    pub fn file_missing(&mut self) {
        if let Some(part) = self.manifest.parts.pop_front() {
            let found = "nothing".to_owned();
            self.find(Fault::Gap, part.name, "a file is missing", ("there".to_owned(), found));
        }
    }

    /// The file has no further lines.
    pub fn file_ends(&mut self) {
        let Some(told) = self.manifest.parts.pop_front() else { return };
        let mut seen = std::mem::replace(&mut self.seen, Part::empty());
        let digest = std::mem::take(&mut self.hasher).finalize();
        seen.sha256 = Digest::from_slice(&digest).map(String::from).unwrap_or_default();
        self.in_quotes = false;
        if self.manifest.file_format == FileFormat::Csv {
            // The first row names the columns.
            seen.rows = seen.rows.saturating_sub(1);
            seen.commits = told.commits;
        }
        self.all = (self.all.0 + seen.commits, self.all.1 + seen.rows);
        self.verifier.report_mut().files += 1;
        let name = told.name;
        if (seen.bytes, &seen.sha256) != (told.bytes, &told.sha256) {
            let said = |bytes: u64, sha256: &str| format!("{bytes} bytes, SHA-256 {sha256}");
            let both = (said(told.bytes, &told.sha256), said(seen.bytes, &seen.sha256));
            let what = "the file is not the one that the manifest names";
            return self.find(Fault::Content, name, what, both);
        }
        self.compare_counts(name, (told.commits, told.rows), (seen.commits, seen.rows));
    }

    /// No further files.
    pub fn finish(mut self) -> Report {
        while !self.manifest.parts.is_empty() {
            self.file_missing();
        }
        let told = (self.manifest.commits, self.manifest.rows);
        self.compare_counts("manifest.json".to_owned(), told, self.all);
        if self.manifest.file_format == FileFormat::Ndjson {
            let ends = [
                ("the first commit is another one", self.manifest.first.take(), self.first.take()),
                ("the last commit is another one", self.manifest.last.take(), self.last.take()),
            ];
            for (what, told, seen) in ends {
                if told != seen {
                    self.find(
                        Fault::Head,
                        "manifest.json".to_owned(),
                        what,
                        (said(told), said(seen)),
                    );
                }
            }
        }
        self.verifier.finish()
    }

    fn compare_counts(&mut self, name: String, told: (u64, u64), seen: (u64, u64)) {
        if told != seen {
            let said = |(commits, rows)| format!("{commits} commits in {rows} rows");
            let what = "there are not as many as the manifest says";
            self.find(Fault::Gap, name, what, (said(told), said(seen)));
        }
    }

    /// A line that holds a commit.
    fn commit(&mut self, line: &[u8]) {
        let parsed = serde_json::from_slice::<Map<String, Value>>(line).unwrap_or_default();
        let Some((line, place)) = Place::of(&parsed).map(|place| (&parsed, place)) else {
            let name = self.next_file().unwrap_or_default().to_owned();
            let both = ("a commit".to_owned(), format!("line {} is none", self.seen.rows));
            return self.find(Fault::Content, name, "a line cannot be read", both);
        };
        let text = |name: &str| line.get(name).and_then(Value::as_str);
        let pk = format!("{}#{}#{}", self.manifest.tenant, place.record_type, place.id);
        let read = self.verifier.read_item(&Stored {
            pk: &pk,
            version: Some(place.version),
            prev_hash: text("prev_hash"),
            text: text("stored"),
            beside: Beside::Line { commit_id: text("commit_id"), hash: text("hash") },
        });
        for name in read.iter().flat_map(|read| differing(&read.said, line)) {
            self.verifier.report_mut().find(Finding {
                fault: Fault::Content,
                subject: format!("{}/{}", place.record_type, place.id),
                version: Some(place.version),
                what: "the line tells something else than its text",
                expected: format!("`{name}` as in the text"),
                found: "something else".to_owned(),
            });
        }
        let end = End {
            record: Named { record_type: place.record_type.to_owned(), id: place.id.to_owned() },
            version: place.version,
            hash: text("hash").map(str::to_owned),
        };
        self.first.get_or_insert_with(|| end.clone());
        self.last = Some(end);
    }

    fn find(
        &mut self,
        fault: Fault,
        subject: String,
        what: &'static str,
        (expected, found): (String, String),
    ) {
        let finding = Finding { fault, subject, version: None, what, expected, found };
        self.verifier.report_mut().find(finding);
    }
}

impl Part {
    fn empty() -> Self {
        Self { name: String::new(), rows: 0, commits: 0, bytes: 0, sha256: String::new() }
    }
}

/// Where a line says that its commit stands.
struct Place<'a> {
    record_type: &'a str,
    id: &'a str,
    version: u64,
}

impl<'a> Place<'a> {
    fn of(line: &'a Map<String, Value>) -> Option<Self> {
        let record = line.get("record")?;
        Some(Self {
            record_type: record.get("type")?.as_str()?,
            id: record.get("id")?.as_str()?,
            version: line.get("version")?.as_u64()?,
        })
    }
}

/// Whether a name is that of a file in its folder and leads nowhere else: letters, digits, `-`, `_`
/// and `.`, which is not its first.
pub fn names_a_file(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !name.is_empty() && !name.starts_with('.') && name.chars().all(plain)
}

/// Filters by record and type leave all of a record's commits, those by time a run of them.
fn extent(filter: &Map<String, Value>) -> Extent {
    let set = |name: &str| filter.get(name).is_some_and(|value| !value.is_null());
    if ["actor", "action", "field", "correlation_id"].into_iter().any(set) {
        Extent::Selection
    } else if set("since") {
        Extent::Run
    } else {
        Extent::Whole
    }
}

fn said(end: Option<End>) -> String {
    end.map_or_else(
        || "none".to_owned(),
        |End { record, version, hash }| {
            let hash = hash.unwrap_or_else(|| "unreadable".to_owned());
            format!("{}/{} version {version}, {hash}", record.record_type, record.id)
        },
    )
}
