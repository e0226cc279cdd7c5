//! A stored commit: its text as it stands, its hash, what it says of its own place.

use serde::Deserialize;
use vocabulary::{
    Actor, CommitId, Digest, Instant, Personal, RecordId, StoredEvent, Tenant, TypeName, Version,
};

/// The format that this verifier knows.
const FORMAT: u64 = 1;
/// Over how many partitions the commits of a day are spread.
const FEED_SHARDS: u32 = 16;

/// A commit's item: the attributes as they stand, in the table or in a line of an export. What is
/// not there is `None`.
#[derive(Debug, Clone, Copy)]
pub struct Stored<'a> {
    /// The record's key, `pk`: `t.demo#customer#C-1`.
    pub pk: &'a str,
    /// The commit's number, `rev`; `None` when the key holds no whole number.
    pub version: Option<u64>,
    /// The hash of the commit before, `p`, as 64 hexadecimal digits.
    pub prev_hash: Option<&'a str>,
    /// The text, `e`.
    pub text: Option<&'a str>,
    /// What else is said of it.
    pub beside: Beside<'a>,
}

/// What is said of a commit beside its text.
#[derive(Debug, Clone, Copy)]
pub enum Beside<'a> {
    /// The attributes `c` and `d` of the table.
    Table {
        /// The commit's id.
        commit_id: Option<&'a str>,
        /// Its place in the feed, `20261122#9`.
        feed: Option<&'a str>,
    },
    /// What a line of an export says.
    Line {
        /// The commit's id.
        commit_id: Option<&'a str>,
        /// Its hash.
        hash: Option<&'a str>,
    },
}

/// What a commit's text says. Same fields as docs/format.md.
#[derive(Debug, Deserialize)]
pub(crate) struct Said {
    pub(crate) commit: CommitId,
    pub(crate) tenant: Tenant,
    #[serde(rename = "type")]
    pub(crate) record_type: TypeName,
    pub(crate) id: RecordId,
    pub(crate) rev: Version,
    pub(crate) at: Instant,
    pub(crate) effective_at: Option<Instant>,
    pub(crate) actor: Actor,
    pub(crate) reason: Option<Personal<String>>,
    pub(crate) correlation: Option<String>,
    pub(crate) causation: Option<String>,
    #[serde(rename = "app")]
    _app: String,
    pub(crate) events: Vec<StoredEvent>,
}

/// A text that was read and hashed.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) said: Said,
    pub(crate) prev: Digest,
    pub(crate) hash: Digest,
}

/// Why an item cannot be hashed as a commit: what is wrong, what should be there, what is there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unreadable {
    pub(crate) what: &'static str,
    pub(crate) expected: String,
    pub(crate) found: String,
}

impl Unreadable {
    fn new(what: &'static str, expected: &str, found: impl Into<String>) -> Self {
        Self { what, expected: expected.to_owned(), found: found.into() }
    }
}

/// Reads and hashes the text of an item. Nothing is written anew: the bytes are hashed as they are.
pub(crate) fn read(stored: &Stored<'_>) -> Result<Read, Unreadable> {
    #[derive(Deserialize)]
    struct Format {
        format: u64,
    }
    let nothing = |what| Unreadable::new(what, "there", "nothing");
    let text = stored.text.ok_or_else(|| nothing("the text is missing"))?;
    let prev =
        stored.prev_hash.ok_or_else(|| nothing("the hash of the commit before is missing"))?;
    let prev = Digest::try_from(prev.to_owned()).map_err(|_invalid| {
        let found = format!("{} characters", prev.chars().count());
        Unreadable::new("the hash of the commit before is none", "64 hexadecimal digits", found)
    })?;
    let Format { format } = serde_json::from_str(text).map_err(|error| no_commit(text, &error))?;
    if format != FORMAT {
        let what = "the text is of a format that this verifier does not know";
        return Err(Unreadable::new(what, "format 1", format!("format {format}")));
    }
    let said: Said = serde_json::from_str(text).map_err(|error| no_commit(text, &error))?;
    Ok(Read { said, prev, hash: commit_hash(prev, text) })
}

/// The parser's own words would quote the text.
fn no_commit(text: &str, error: &serde_json::Error) -> Unreadable {
    let found = if error.is_data() {
        format!("JSON of another shape, up to character {}", error.column())
    } else {
        format!("no JSON from character {} of {} bytes", error.column(), text.len())
    };
    Unreadable::new("the text is no commit", "a commit of format 1", found)
}

/// `h(n)`: the digest over the hash of the commit before, or the record's genesis, and the text as it is
/// stored.
pub fn commit_hash(prev: Digest, text: &str) -> Digest {
    Digest::of(&[b"annals:commit:v1\0", prev.as_bytes(), text.as_bytes()])
}

/// What stands in the place of a hash before a record's first commit.
pub(crate) fn genesis(pk: &str) -> Digest {
    Digest::of(&[b"annals:genesis:v1\0", pk.as_bytes()])
}

impl Said {
    /// The record's key, by the text.
    pub(crate) fn pk(&self) -> String {
        format!("{}#{}#{}", self.tenant, self.record_type, self.id)
    }

    /// The place in the feed, by the text: the day on which the id was minted, and a shard.
    pub(crate) fn feed(&self, pk: &str) -> String {
        let shard = Digest::of(&[pk.as_bytes()]).shard(FEED_SHARDS);
        format!("{}#{shard}", self.commit.minted_at().day())
    }
}
