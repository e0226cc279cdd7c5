//! What the events of an access record hold.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// In which form commits are taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// One JSON object per line and commit, with the stored text: it can be verified.
    Ndjson,
    /// One row per change, for spreadsheets.
    Csv,
}

impl Format {
    /// Its name, as in JSON and at the end of file names.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
        }
    }
}

/// Which commits: all that fit every part that is given. The parts are those of a search over the
/// log, as the caller wrote them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "named as the parameters of `GET /audit/commits`, which says more")]
pub struct Filter {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub record_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// How an export ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ExportEnd {
    /// All of it was written.
    Finished {
        /// How many commits it holds.
        commits: u64,
        /// How many lines or rows, headers not counted.
        rows: u64,
        /// How many files besides the manifest.
        parts: u64,
        /// SHA-256 of the manifest, in hexadecimal.
        manifest_sha256: String,
    },
    /// It was given up.
    Failed {
        /// A sentence without contents.
        error: String,
    },
}

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    /// The gravest of what was found.
    pub outcome: Outcome,
    /// How many records were checked.
    pub records: u64,
    /// How many commits were hashed.
    pub commits: u64,
    /// How many links between commits were compared.
    pub links: u64,
    /// How many things were found that are not as they should be.
    pub findings: u64,
}

/// What a verification can come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// All that was checked fits.
    Clean,
    /// A commit is not the one whose hash was kept.
    Content,
    /// A commit does not follow the one before it.
    Link,
    /// A commit is missing between others.
    Gap,
    /// A commit stands in another place than it says.
    KeyMismatch,
    /// A record does not end where it was seen to end.
    Head,
}

/// What a reader sees: the act's own fields, and how it ended.
pub(super) fn told<E: Serialize>(
    kind: &str,
    fields: &[(&str, &dyn ToValue)],
    end: Option<&E>,
) -> Map<String, Value> {
    let mut told = Map::from_iter([("kind".to_owned(), kind.into())]);
    told.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), value.to_value())));
    if let Some(Ok(Value::Object(end))) = end.map(serde_json::to_value) {
        told.extend(end);
    }
    told
}

/// Anything that is told as JSON.
pub(super) trait ToValue {
    fn to_value(&self) -> Value;
}

impl<T: Serialize> ToValue for T {
    fn to_value(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}
