//! The lines of a carried log: a header, an item each, an end.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use vocabulary::Digest;

/// The format of files that this build writes and reads.
pub(super) const FORMAT: u8 = 1;
/// The attributes that a commit's item has, and no other.
pub(super) const ATTRIBUTES: [&str; 6] = ["c", "d", "e", "p", "pk", "rev"];

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    /// The format of the file: 1.
    pub(super) annals_log: u8,
    /// The table that was read.
    pub(super) table: String,
    /// The build that wrote it.
    pub(super) by: String,
}

/// The last line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ending {
    /// What the lines before it hold.
    pub(super) end: End,
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct End {
    /// Records.
    pub(super) records: u64,
    /// Commits, a line each.
    pub(super) commits: u64,
    /// SHA-256 over `{pk} {rev} {hash}\n` of each record's last commit, in the file's order.
    pub(super) heads: Digest,
    /// The greatest commit id; absent where there is no commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) newest: Option<String>,
    /// SHA-256 over all bytes before this line.
    pub(super) sha256: Digest,
}

/// An item of the event table, with every attribute, as DynamoDB's own JSON has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Item(pub(super) BTreeMap<String, Held>);

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Held {
    /// A text.
    S(String),
    /// A number, as DynamoDB writes it.
    N(String),
    /// Bytes, in base64.
    B(String),
}

impl Item {
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        match self.0.get(name) {
            Some(Held::S(text)) => Some(text),
            Some(Held::N(_) | Held::B(_)) | None => None,
        }
    }

    /// The record's key; empty where there is none, which a table's keys rule out.
    pub(super) fn pk(&self) -> &str {
        self.text("pk").unwrap_or_default()
    }

    /// The number of the commit as it stands.
    pub(super) fn rev(&self) -> &str {
        match self.0.get("rev") {
            Some(Held::N(number)) => number,
            Some(Held::S(_) | Held::B(_)) | None => "",
        }
    }

    /// The hash of the commit before.
    pub(super) fn prev(&self) -> Option<Digest> {
        match self.0.get("p") {
            Some(Held::B(text)) => Digest::from_slice(&STANDARD.decode(text).ok()?),
            Some(Held::S(_) | Held::N(_)) | None => None,
        }
    }

    /// What it has that no commit has, or lacks: a sentence.
    pub(super) fn oddity(&self) -> Option<String> {
        let odd = self.0.keys().find(|name| !ATTRIBUTES.contains(&name.as_str()));
        if let Some(odd) = odd {
            return Some(format!("it has an attribute `{odd}` that no commit has"));
        }
        let lacks = ATTRIBUTES.iter().find(|name| !self.0.contains_key(**name));
        lacks.map(|name| format!("it has no attribute `{name}`"))
    }

    /// The line that it is, without its end.
    ///
    /// # Errors
    /// None that the types do not rule out.
    pub(super) fn line(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    /// 16 bytes by which it is known among the items of a file.
    pub(super) fn mark(&self) -> serde_json::Result<u128> {
        Ok(Digest::of(&[self.line()?.as_bytes()]).prefix())
    }
}
