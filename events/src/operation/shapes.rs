//! What the events of an operation record hold.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A rebuild, a verification or a repair of a view, as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rebuilding {
    /// The view.
    pub view: String,
    /// `full`, `dry_run`, `verify`, `repair` or `pass`.
    pub kind: String,
    /// The generation that is made or compared.
    pub generation: u32,
    /// How.
    #[serde(default)]
    pub options: Options,
}

/// How a view is rebuilt: as the caller said, absent where they did not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "named as the fields of the request, which says more")]
pub struct Options {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parallel: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promote: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full: Option<bool>,
    #[serde(flatten)]
    pub chosen: Chosen,
}

/// Which records: by name, of a type, or recorded in a stretch of time. Absent parts choose all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "named as the fields of the request, which says more")]
pub struct Chosen {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<String>,
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub record_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// How a rebuild ended, with what was done and found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RebuildEnd {
    /// `verified`, `failed` or `cancelled`.
    pub outcome: String,
    /// Commits read.
    pub commits: u64,
    /// Records among them.
    pub records: u64,
    /// Rows written.
    pub written: u64,
    /// Times a record's log had to be read by itself.
    pub repaired: u64,
    /// Records parked.
    pub parked: u64,
    /// Rows that were only behind.
    pub lag: u64,
    /// Rows that were not what the fold says.
    pub drift: u64,
    /// Why it failed: a sentence without contents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What an operator can do besides beginning something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// Let a rebuild rest.
    Pause,
    /// Let it go on.
    Resume,
    /// End a rebuild or a replay.
    Cancel,
    /// Let queries read a new generation.
    Promote,
    /// Let them read the one before again.
    Rollback,
    /// Take the one before out of service.
    Retire,
    /// Try parked records again.
    Retry,
    /// Accept that a record is parked.
    Skip,
    /// Drive a failed batch again.
    Drive,
    /// Hold the views against the log.
    Reconcile,
    /// Rebuild everything from a restored log.
    Recover,
}

/// One act of an operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acting {
    /// What is done.
    pub verb: Verb,
    /// To which view.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<String>,
    /// To which of its generations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<u32>,
    /// To which rebuild or replay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rebuild: Option<String>,
    /// To what else: a record as `t.demo/customer/C-1`, a batch by its key, an error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Whether it was done against a warning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub force: Option<bool>,
}

impl Acting {
    /// An act that needs no more words.
    pub fn new(verb: Verb) -> Self {
        Self { verb, view: None, generation: None, rebuild: None, subject: None, force: None }
    }
}

/// What became of an act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum ActEnd {
    /// It was done.
    Done,
    /// It could not be done any more when its turn came.
    Refused {
        /// The name of the problem: `not-verified`.
        problem: String,
    },
}

/// Events that are sent again, as was asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replaying {
    /// Whether they are only counted.
    pub dry_run: bool,
    /// The most events a second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<u32>,
    /// Which.
    #[serde(flatten)]
    pub chosen: Chosen,
}

/// How a replay ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayEnd {
    /// `done`, `failed` or `cancelled`.
    pub outcome: String,
    /// Commits found.
    pub commits: u64,
    /// Events found.
    pub events: u64,
    /// Events sent.
    pub published: u64,
    /// Why it failed: a sentence without contents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What a reader sees: the operation's own fields, and how it ended.
pub(super) fn told<B: Serialize, E: Serialize>(
    kind: &str,
    begun: &B,
    end: Option<&E>,
) -> Map<String, Value> {
    let mut told = Map::from_iter([("operation".to_owned(), kind.into())]);
    if let Ok(Value::Object(begun)) = serde_json::to_value(begun) {
        told.extend(begun);
    }
    if let Some(Ok(end)) = end.map(serde_json::to_value) {
        told.insert("end".to_owned(), end);
    }
    told
}
