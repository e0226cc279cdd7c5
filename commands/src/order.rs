//! An order: what somebody wants of one record, with all that its commit will say of it.

use crate::restore::Restoration;
use edge::Problem;
use events::{Input, Intent, Origin, Registered};
use store::Folded;
use vocabulary::{Actor, Instant, RecordKey, Version};

/// What somebody wants of one record.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) of: Registered,
    pub(crate) key: RecordKey,
    pub(crate) wanted: Wanted,
    pub(crate) expected: Precondition,
    pub(crate) retry: Option<Retry>,
    pub(crate) actor: Actor,
    pub(crate) reason: Option<String>,
    pub(crate) correlation: Option<String>,
    pub(crate) causation: Option<String>,
    pub(crate) trace: Option<String>,
    pub(crate) now: Instant,
}

/// What is wanted.
#[derive(Debug, Clone)]
pub(crate) enum Wanted {
    /// A new record.
    Create(Input),
    /// A change of an existing one.
    Change(Intent),
    /// A record with just these fields, be it new or not.
    Keep { whole: Input, patch: Input },
    /// An existing record as it was.
    Restore(Box<Restoration>),
    /// An admin's order, be the record new or not.
    Administer(Intent),
}

/// Which version the caller says they change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Precondition {
    /// Whichever is the newest: decided again when another writer was faster.
    Newest,
    /// This one and no other.
    Exactly(Version),
}

/// By what a retry is known.
#[derive(Debug, Clone)]
pub(crate) struct Retry {
    /// The caller's idempotency key.
    pub(crate) key: String,
    /// 16 bytes of the digest of method, path, body and reason, in hexadecimal.
    pub(crate) request: String,
}

impl Order {
    pub(crate) fn origin(&self) -> Origin {
        Origin { actor: self.actor.id.clone(), now: self.now, reason: self.reason.clone() }
    }

    /// What is wanted of the record as it is; `None` when it is so already.
    ///
    /// # Errors
    /// [`Problem`] when what is wanted cannot be said in today's words.
    pub(crate) fn intent(&self, current: Option<&Folded>) -> Result<Option<Intent>, Problem> {
        Ok(Some(match (&self.wanted, current) {
            (Wanted::Create(input), _) => Intent::Create(input.clone()),
            (Wanted::Change(intent) | Wanted::Administer(intent), _) => intent.clone(),
            (Wanted::Keep { patch, .. }, Some(_)) => Intent::Edit(patch.clone()),
            (Wanted::Keep { whole, .. }, None) => Intent::Create(whole.clone()),
            (Wanted::Restore(restoration), Some(current)) => return restoration.intent(current),
            (Wanted::Restore(_), None) => return Ok(None),
        }))
    }
}
