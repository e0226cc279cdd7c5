//! A commit: its text, its place in the chain, its item in the event table.
//!
//! The text is hashed as it is stored and stored as it is hashed: `h(n) = SHA-256("annals:commit:v1\0"
//! ‖ h(n-1) ‖ text)`, with `SHA-256("annals:genesis:v1\0" ‖ pk)` before the first.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use vocabulary::{
    Actor, CommitId, Digest, Instant, Personal, RecordId, RecordKey, StoredEvent, Tenant, TypeName,
    Version,
};

/// The format of commits that this build writes.
pub const FORMAT: u8 = 1;

/// The events of one command, with all that is known of how they came about.
///
/// The order of the fields is the order of the keys in the text; absent ones are left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Commit {
    /// The format of this text: 1.
    pub format: u8,
    /// The commit's id, minted by the writer's own clock.
    pub commit: CommitId,
    /// Whose record it is.
    pub tenant: Tenant,
    /// The record's type.
    #[serde(rename = "type")]
    pub record_type: TypeName,
    /// The record's id.
    pub id: RecordId,
    /// The number of the commit in its record.
    pub rev: Version,
    /// When it was recorded; never before the previous commit's.
    pub at: Instant,
    /// When what it tells became true, where the caller said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_at: Option<Instant>,
    /// Who did it.
    pub actor: Actor,
    /// Why, in the actor's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Personal<String>>,
    /// The business flow it belongs to; the commit itself where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation: Option<String>,
    /// The command or event that caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causation: Option<String>,
    /// The trace it was made in (W3C `traceparent`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// The caller's idempotency key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// 16 bytes of the request's hash, in hexadecimal; there whenever `key` is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// The build that wrote it.
    pub app: String,
    /// What happened, in order; at least one.
    pub events: Vec<StoredEvent>,
}

/// What a writer says of a commit; the log adds its place.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are those of `Commit`")]
pub struct Draft {
    pub commit: CommitId,
    pub now: Instant,
    pub effective_at: Option<Instant>,
    pub actor: Actor,
    pub reason: Option<String>,
    pub correlation: Option<String>,
    pub causation: Option<String>,
    pub trace: Option<String>,
    pub key: Option<String>,
    pub request: Option<String>,
    pub app: String,
    pub events: Vec<StoredEvent>,
}

/// The newest commit of a record, as far as the next one needs to know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Its number.
    pub version: Version,
    /// Its hash.
    pub hash: Digest,
    /// When it was recorded.
    pub at: Instant,
}

/// A commit in its place in the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    commit: Commit,
    text: String,
    prev: Digest,
    hash: Digest,
}

/// A stored commit that does not fit itself.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// An attribute is missing or has another type.
    #[error("attribute `{0}` is missing or of another type")]
    Attribute(&'static str),
    /// The text is no commit.
    #[error("the text is no commit")]
    Text(#[source] serde_json::Error),
    /// The text was written in a format that this build does not know.
    #[error("format {0} is not known to this build")]
    Format(u8),
    /// The keys of the item say something else than its text.
    #[error("attribute `{0}` does not agree with the text")]
    Moved(&'static str),
}

impl Recorded {
    /// The commit that follows a head, or the first of a record.
    ///
    /// # Errors
    /// Only when serde cannot write the draft, which the types rule out.
    pub fn after(
        head: Option<&Head>,
        key: &RecordKey,
        draft: Draft,
    ) -> Result<Self, serde_json::Error> {
        let commit = Commit {
            format: FORMAT,
            commit: draft.commit,
            tenant: key.tenant.clone(),
            record_type: key.record_type.clone(),
            id: key.id.clone(),
            rev: head.map_or(Version::FIRST, |head| head.version.next()),
            at: head.map_or(draft.now, |head| draft.now.max(head.at)),
            effective_at: draft.effective_at,
            actor: draft.actor,
            reason: draft.reason.map(Personal::Known),
            correlation: draft.correlation,
            causation: draft.causation,
            trace: draft.trace,
            key: draft.key,
            request: draft.request,
            app: draft.app,
            events: draft.events,
        };
        let text = serde_json::to_string(&commit)?;
        let prev = head.map_or_else(|| genesis(key), |head| head.hash);
        Ok(Self::new(commit, text, prev))
    }

    fn new(commit: Commit, text: String, prev: Digest) -> Self {
        let hash = Digest::of(&[b"annals:commit:v1\0", prev.as_bytes(), text.as_bytes()]);
        Self { commit, text, prev, hash }
    }

    /// What the commit says.
    pub fn commit(&self) -> &Commit {
        &self.commit
    }

    /// The stored text, byte for byte.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The hash of the commit before, or the record's genesis.
    pub fn prev(&self) -> Digest {
        self.prev
    }

    /// This commit's hash.
    pub fn hash(&self) -> Digest {
        self.hash
    }

    /// The number of the commit in its record.
    pub fn version(&self) -> Version {
        self.commit.rev
    }

    /// What the next commit needs to know of this one.
    pub fn head(&self) -> Head {
        Head { version: self.commit.rev, hash: self.hash, at: self.commit.at }
    }

    /// The record it belongs to.
    pub fn key(&self) -> RecordKey {
        RecordKey {
            tenant: self.commit.tenant.clone(),
            record_type: self.commit.record_type.clone(),
            id: self.commit.id.clone(),
        }
    }

    /// Whether this commit follows the one with that head, or begins a record.
    pub fn follows(&self, head: Option<&Head>) -> bool {
        match head {
            None => self.commit.rev == Version::FIRST && self.prev == genesis(&self.key()),
            Some(head) => self.commit.rev == head.version.next() && self.prev == head.hash,
        }
    }

    /// The item of the event table that holds the commit. Functions put it with [`crate::Store::append`];
    /// only what grows logs to measure them writes it by itself.
    pub fn into_item(self) -> HashMap<String, AttributeValue> {
        let pk = self.key().pk();
        HashMap::from([
            ("d".to_owned(), AttributeValue::S(feed_partition(&pk, self.commit.commit))),
            ("pk".to_owned(), AttributeValue::S(pk)),
            ("rev".to_owned(), AttributeValue::N(self.commit.rev.to_string())),
            ("p".to_owned(), AttributeValue::B(Blob::new(self.prev.as_bytes()))),
            ("c".to_owned(), AttributeValue::S(self.commit.commit.to_string())),
            ("e".to_owned(), AttributeValue::S(self.text)),
        ])
    }

    pub(crate) fn from_item(item: &HashMap<String, AttributeValue>) -> Result<Self, ReadError> {
        let text = |name: &'static str| match item.get(name) {
            Some(AttributeValue::S(text)) => Ok(text.as_str()),
            Some(_) | None => Err(ReadError::Attribute(name)),
        };
        let rev = match item.get("rev") {
            Some(AttributeValue::N(number)) => number.as_str(),
            Some(_) | None => return Err(ReadError::Attribute("rev")),
        };
        let prev = match item.get("p") {
            Some(AttributeValue::B(bytes)) => bytes.as_ref(),
            Some(_) | None => return Err(ReadError::Attribute("p")),
        };
        Self::from_parts(&Parts {
            pk: text("pk")?,
            rev,
            e: text("e")?,
            p: prev,
            d: text("d")?,
            c: text("c")?,
        })
    }

    /// A commit from the attributes of its item, as a stream image carries them.
    ///
    /// # Errors
    /// [`ReadError`] when the text is no commit or the keys say something else.
    pub fn from_parts(parts: &Parts<'_>) -> Result<Self, ReadError> {
        #[derive(Deserialize)]
        struct Format {
            format: u8,
        }
        let Format { format } = serde_json::from_str(parts.e).map_err(ReadError::Text)?;
        if format != FORMAT {
            return Err(ReadError::Format(format));
        }
        let commit: Commit = serde_json::from_str(parts.e).map_err(ReadError::Text)?;
        let prev = Digest::from_slice(parts.p).ok_or(ReadError::Attribute("p"))?;
        let recorded = Self::new(commit, parts.e.to_owned(), prev);
        let commit = &recorded.commit;
        if recorded.key().pk() != parts.pk {
            return Err(ReadError::Moved("pk"));
        }
        if commit.rev.to_string() != parts.rev {
            return Err(ReadError::Moved("rev"));
        }
        if commit.commit.to_string() != parts.c {
            return Err(ReadError::Moved("c"));
        }
        if feed_partition(parts.pk, commit.commit) != parts.d {
            return Err(ReadError::Moved("d"));
        }
        Ok(recorded)
    }
}

/// The attributes of a commit's item.
#[derive(Debug)]
#[expect(missing_docs, reason = "the attributes are named as in the table; see the module")]
pub struct Parts<'a> {
    pub pk: &'a str,
    pub rev: &'a str,
    pub e: &'a str,
    pub p: &'a [u8],
    pub d: &'a str,
    pub c: &'a str,
}

fn genesis(key: &RecordKey) -> Digest {
    Digest::of(&[b"annals:genesis:v1\0", key.pk().as_bytes()])
}

/// `yyyymmdd#shard`: the day on which the id was minted, and one of 16 shards by the record.
fn feed_partition(pk: &str, commit: CommitId) -> String {
    let shard = Digest::of(&[pk.as_bytes()]).shard(crate::FEED_SHARDS);
    format!("{}#{shard}", commit.minted_at().day())
}
