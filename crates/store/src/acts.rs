//! Acts: records of the system's own types, written by the functions that carry out what they tell of.
//!
//! An act is begun with the first commit of a record, whose id its idempotency key names, so that the same
//! request sent again meets it; whatever else is told of it comes after.

use crate::{
    Appended, Clock, Draft, Folded, LoadError, Order, Record, Recorded, Store, StoreError,
};
use events::{DecideError, RecordType, Registered, decided};
use vocabulary::{
    Actor, ActorId, ActorKind, Digest, Instant, RecordId, RecordKey, StoredEvent, Tenant, TypeName,
    Version,
};

/// How often something is decided before others are told to have been faster for too long.
const DECISIONS_MAX: u32 = 5;

/// Who acts, on which record, and what the commit will say of it besides its events.
#[derive(Debug, Clone)]
pub struct Act {
    /// The record.
    pub key: RecordKey,
    /// Who acts.
    pub actor: Actor,
    /// Why.
    pub reason: Option<String>,
    /// The flow that it belongs to.
    pub correlation: Option<String>,
    /// What caused it.
    pub causation: Option<String>,
    /// The trace of its request.
    pub trace: Option<String>,
    /// By what a request sent again is known.
    pub retry: Option<Retry>,
    /// When it is done.
    pub now: Instant,
}

/// By what a request sent again is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retry {
    /// The caller's idempotency key.
    pub key: String,
    /// 16 bytes of the digest of what is asked, in hexadecimal.
    pub request: String,
}

impl Act {
    /// What a worker tells of an act that a commit began, on behalf of whoever did.
    pub fn following(first: &Recorded, worker: ActorId, now: Instant) -> Self {
        let commit = first.commit();
        let id = commit.commit.to_string();
        Self {
            key: first.key(),
            actor: Actor {
                kind: ActorKind::System,
                id: worker,
                name: None,
                on_behalf_of: Some(commit.actor.id.clone()),
            },
            reason: None,
            correlation: Some(commit.correlation.clone().unwrap_or_else(|| id.clone())),
            causation: Some(id),
            trace: None,
            retry: None,
            now,
        }
    }

    /// The record of a system's type that an actor's key names.
    pub fn named(of: &TypeName, tenant: &Tenant, actor: &ActorId, key: &str) -> RecordKey {
        let parts = [tenant.as_str(), of.as_str(), actor.as_str(), key];
        let id = RecordId::from_bits(Digest::of_list(&parts).prefix());
        RecordKey { tenant: tenant.clone(), record_type: of.clone(), id }
    }
}

/// An act that stands in the log.
#[derive(Debug)]
pub struct Begun {
    /// Its first commit.
    pub first: Recorded,
    /// Whether an earlier try of the same request had begun it.
    pub replayed: bool,
}

/// An act that stands nowhere.
#[derive(Debug, thiserror::Error)]
pub enum ActError<R: std::error::Error + 'static> {
    /// A rule says no.
    #[error(transparent)]
    Refused(R),
    /// The record is there, and another request made it.
    #[error("the record of the act is taken")]
    Taken,
    /// The idempotency key belongs to another request.
    #[error("the idempotency key belongs to another request")]
    KeyReused,
    /// There is no such act.
    #[error("there is no such act")]
    Unknown,
    /// Others kept changing its record.
    #[error("others keep changing the record of the act")]
    Busy,
    /// Its record could not be read or written.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// Its events or its commit cannot be written as JSON.
    #[error("an act cannot be told in JSON")]
    Json(#[source] serde_json::Error),
}

impl<R: std::error::Error + 'static> From<StoreError> for ActError<R> {
    fn from(error: StoreError) -> Self {
        Self::Load(LoadError::Store(error))
    }
}

/// How acts get into the log.
#[derive(Debug, Clone, Copy)]
pub struct Writer<'a> {
    /// The tables.
    pub store: &'a Store,
    /// The type of the acts' records.
    pub of: Registered,
    /// The time, for the ids of commits.
    pub clock: &'a Clock,
    /// The build, as commits name it.
    pub build: &'static str,
}

impl Writer<'_> {
    /// Begins an act with the first commit of its record, or finds that the same request has begun it. One
    /// read and, for a new one, one write.
    ///
    /// # Errors
    /// [`ActError`]; after a passing failure it is unknown whether it was begun: the same request again
    /// tells.
    pub async fn begin<T: RecordType>(
        &self,
        act: &Act,
        command: impl Fn() -> T::Command,
    ) -> Result<Begun, ActError<T::Rejection>> {
        for _ in 0..DECISIONS_MAX {
            if let Some(first) = self.first_of(&act.key).await? {
                return made_by(act, first).map(|first| Begun { first, replayed: true });
            }
            // Of a new record every command has a first word; whoever was faster is met in the next round.
            if let Told::Now(first) = self.tell::<T>(act, None, command()).await? {
                return Ok(Begun { first: *first, replayed: false });
            }
        }
        Err(ActError::Busy)
    }

    /// The commit that began an act, if the same request made it.
    ///
    /// # Errors
    /// [`ActError::Taken`] and [`ActError::KeyReused`] where another one did.
    pub async fn known<T: RecordType>(
        &self,
        act: &Act,
    ) -> Result<Option<Recorded>, ActError<T::Rejection>> {
        self.first_of(&act.key).await?.map(|first| made_by(act, first)).transpose()
    }

    /// Tells something more of an act that was begun; whether the same request had told it. A load, and a
    /// write where it is new.
    ///
    /// # Errors
    /// [`ActError`].
    pub async fn go_on<T: RecordType>(
        &self,
        act: &Act,
        command: impl Fn() -> T::Command,
    ) -> Result<bool, ActError<T::Rejection>> {
        for _ in 0..DECISIONS_MAX {
            let record = self.store.load(self.of, &act.key).await?.ok_or(ActError::Unknown)?;
            let known = act.retry.as_ref();
            let known = known.and_then(|retry| record.version_of_key(&act.actor.id, &retry.key));
            if let Some(version) = known {
                let then = self.commit_of(&act.key, version).await?.ok_or(ActError::Unknown)?;
                return made_by(act, then).map(|_then| true);
            }
            match self.tell::<T>(act, Some(&record), command()).await? {
                Told::Now(_) | Told::Already => return Ok(false),
                Told::Taken => {}
            }
        }
        Err(ActError::Busy)
    }

    /// The commit that began an act.
    ///
    /// # Errors
    /// [`LoadError`].
    pub async fn first_of(&self, key: &RecordKey) -> Result<Option<Recorded>, LoadError> {
        self.commit_of(key, Version::FIRST).await
    }

    /// The commit that has a number.
    async fn commit_of(
        &self,
        key: &RecordKey,
        version: Version,
    ) -> Result<Option<Recorded>, LoadError> {
        let read = self.store.commits(key, (version, version), Order::Ascending, 1).await?.pop();
        read.transpose().map_err(|source| LoadError::Damaged { key: key.clone(), source })
    }

    /// Decides once and appends the commit.
    async fn tell<T: RecordType>(
        &self,
        act: &Act,
        record: Option<&Record>,
        command: T::Command,
    ) -> Result<Told, ActError<T::Rejection>> {
        let folded = record.map(|record| &record.folded);
        let events =
            decided::<T>(folded.map(Folded::record), command).map_err(|error| match error {
                DecideError::Rejected(rejection) => ActError::Refused(rejection),
                DecideError::Shape(error) => ActError::Json(error),
            })?;
        if events.is_empty() {
            return Ok(Told::Already);
        }
        let head = folded.map(Folded::head);
        let recorded = Recorded::after(head.as_ref(), &act.key, self.draft(act, events));
        let recorded = recorded.map_err(ActError::Json)?;
        Ok(match self.store.append(&recorded).await? {
            Appended::Done => Told::Now(Box::new(recorded)),
            Appended::Taken => Told::Taken,
        })
    }

    fn draft(&self, act: &Act, events: Vec<StoredEvent>) -> Draft {
        Draft {
            commit: self.clock.mint(),
            now: act.now,
            effective_at: None,
            actor: act.actor.clone(),
            reason: act.reason.clone(),
            correlation: act.correlation.clone(),
            causation: act.causation.clone(),
            trace: act.trace.clone(),
            key: act.retry.as_ref().map(|retry| retry.key.clone()),
            request: act.retry.as_ref().map(|retry| retry.request.clone()),
            app: self.build.to_owned(),
            events,
        }
    }
}

/// What came of a command to the record of an act.
enum Told {
    /// It stands in the log now.
    Now(Box<Recorded>),
    /// It stood there already, and says the same.
    Already,
    /// Another commit was faster.
    Taken,
}

/// The commit, if the same request made it.
fn made_by<R: std::error::Error + 'static>(
    act: &Act,
    commit: Recorded,
) -> Result<Recorded, ActError<R>> {
    let told = commit.commit();
    let Some(retry) = &act.retry else { return Err(ActError::Taken) };
    if told.key.as_deref() != Some(retry.key.as_str()) || told.actor.id != act.actor.id {
        return Err(ActError::Taken);
    }
    if told.request.as_deref() != Some(retry.request.as_str()) {
        return Err(ActError::KeyReused);
    }
    Ok(commit)
}
