//! A record as its commits fold, with what is known of its first and last change.

use crate::{Head, Recorded};
use events::{AnyRecord, FoldError, Registered};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::panic::{AssertUnwindSafe, catch_unwind};
use vocabulary::{Actor, Digest, Instant, RecordKey, Version};

/// Who did something, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// When it was recorded.
    pub at: Instant,
    /// Who did it.
    pub by: Actor,
}

/// The state of a record after some commit.
#[derive(Debug)]
pub struct Folded {
    key: RecordKey,
    of: Registered,
    head: Head,
    created: Stamp,
    changed: Stamp,
    record: Box<dyn AnyRecord>,
}

/// A folded state as rows and snapshots hold it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StoredState {
    /// The version folded to.
    pub version: Version,
    /// The hash of that commit.
    pub hash: Digest,
    /// The fingerprint of the fold that made the state.
    pub fold: String,
    /// JSON text: first and last change, and the type's own state.
    pub state: String,
}

#[derive(Serialize, Deserialize)]
struct Body {
    created: Stamp,
    changed: Stamp,
    record: Value,
}

/// A commit that does not fold. The state stays as it was before it.
#[derive(Debug, thiserror::Error)]
#[error("commit {version} does not fold")]
pub struct FoldFailure {
    /// The commit.
    pub version: Version,
    /// Why.
    #[source]
    pub cause: FoldFailureCause,
}

/// Why a commit does not fold.
#[derive(Debug, thiserror::Error)]
pub enum FoldFailureCause {
    /// It does not follow the commit before: another number, or another hash.
    #[error("the commit does not follow the one before it")]
    Chain,
    /// One of its events cannot be applied.
    #[error(transparent)]
    Event(#[from] FoldError),
    /// The fold panicked.
    #[error("the fold panicked")]
    Panic,
}

impl FoldFailureCause {
    /// Whether a newer build wrote the event.
    pub fn is_newer_build(&self) -> bool {
        matches!(self, Self::Event(FoldError::NewerBuild { .. }))
    }
}

impl Folded {
    /// Folds one more commit onto a state, or begins one. A failure leaves the state as it was.
    ///
    /// # Errors
    /// [`FoldFailure`] when the commit does not link, its events do not apply, or the fold panics.
    pub fn fold(
        state: &mut Option<Self>,
        of: Registered,
        recorded: &Recorded,
    ) -> Result<(), FoldFailure> {
        let failure = |cause| FoldFailure { version: recorded.version(), cause };
        if !recorded.follows(state.as_ref().map(Self::head).as_ref()) {
            return Err(failure(FoldFailureCause::Chain));
        }
        let mut record =
            state.as_ref().map_or_else(|| of.of.empty(), |folded| folded.record.boxed_clone());
        let events = &recorded.commit().events;
        // A record whose fold panicked is dropped with its clone, so nothing half-done is seen.
        catch_unwind(AssertUnwindSafe(|| events.iter().try_for_each(|event| record.apply(event))))
            .map_err(|_panic| failure(FoldFailureCause::Panic))?
            .map_err(|error| failure(error.into()))?;
        let changed = Stamp { at: recorded.commit().at, by: recorded.commit().actor.clone() };
        *state = Some(match state.take() {
            Some(folded) => Self { head: recorded.head(), changed, record, ..folded },
            None => Self {
                key: recorded.key(),
                of,
                head: recorded.head(),
                created: changed.clone(),
                changed,
                record,
            },
        });
        Ok(())
    }

    /// A state that was stored. `None` when another fold made it or it cannot be read: then it is
    /// folded anew, never continued.
    pub fn resume(of: Registered, key: &RecordKey, stored: &StoredState) -> Option<Self> {
        if stored.fold != of.fingerprint.to_string() {
            return None;
        }
        let body: Body = serde_json::from_str(&stored.state).ok()?;
        let record = of.of.resume(body.record).ok()?;
        let head = Head { version: stored.version, hash: stored.hash, at: body.changed.at };
        Some(Self {
            key: key.clone(),
            of,
            head,
            created: body.created,
            changed: body.changed,
            record,
        })
    }

    /// The state as it is stored.
    ///
    /// # Errors
    /// Only when serde cannot write it, which the types rule out.
    pub fn stored(&self) -> Result<StoredState, serde_json::Error> {
        let body = Body {
            created: self.created.clone(),
            changed: self.changed.clone(),
            record: self.record.state()?,
        };
        Ok(StoredState {
            version: self.head.version,
            hash: self.head.hash,
            fold: self.of.fingerprint.to_string(),
            state: serde_json::to_string(&body)?,
        })
    }

    /// The record.
    pub fn key(&self) -> &RecordKey {
        &self.key
    }

    /// The record's type.
    pub fn registered(&self) -> Registered {
        self.of
    }

    /// The newest commit folded.
    pub fn head(&self) -> Head {
        self.head
    }

    /// The number of the newest commit folded.
    pub fn version(&self) -> Version {
        self.head.version
    }

    /// The first change.
    pub fn created(&self) -> &Stamp {
        &self.created
    }

    /// The last change.
    pub fn changed(&self) -> &Stamp {
        &self.changed
    }

    /// The state itself.
    pub fn record(&self) -> &dyn AnyRecord {
        self.record.as_ref()
    }

    /// The record as the API shows it, flat: `id, type, version, status, owner, created_at,
    /// created_by, changed_at, changed_by` beside its fields.
    pub fn to_json(&self) -> Map<String, Value> {
        let mut json = self.metadata();
        json.extend(self.record.details());
        json
    }

    /// What of the record counts as its fields when two states are compared: the type's own, status
    /// and owner.
    pub fn fields(&self) -> Map<String, Value> {
        let mut fields = self.record.details();
        self.place(&mut fields);
        fields
    }

    /// What lists show: the metadata beside the listed fields. `None` when it is not listed.
    pub fn summary_json(&self) -> Option<Map<String, Value>> {
        let summary = self.record.summary()?;
        let mut json = self.metadata();
        json.extend(summary.fields);
        Some(json)
    }

    fn metadata(&self) -> Map<String, Value> {
        let mut json = Map::new();
        self.place(&mut json);
        let mut say = |name: &str, value: Value| json.insert(name.to_owned(), value);
        say("id", self.key.id.as_str().into());
        say("type", self.key.record_type.as_str().into());
        say("version", self.head.version.get().into());
        say("created_at", self.created.at.to_string().into());
        say("created_by", self.created.by.id.as_str().into());
        say("changed_at", self.changed.at.to_string().into());
        say("changed_by", self.changed.by.id.as_str().into());
        json
    }

    /// Status and owner.
    fn place(&self, json: &mut Map<String, Value>) {
        let Some(summary) = self.record.summary() else { return };
        json.insert("status".to_owned(), summary.status.into());
        if let Some(owner) = summary.owner {
            json.insert("owner".to_owned(), owner.as_str().into());
        }
    }
}

impl Clone for Folded {
    fn clone(&self) -> Self {
        Self {
            key: self.key.clone(),
            of: self.of,
            head: self.head,
            created: self.created.clone(),
            changed: self.changed.clone(),
            record: self.record.boxed_clone(),
        }
    }
}
