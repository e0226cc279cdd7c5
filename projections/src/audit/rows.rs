//! The rows of the view `audit`, and where they stand.
//!
//! Each commit has a row in three lists of its tenant: of all commits, of its actor's, and of those that
//! belong to the same flow. A list is cut into days and each day is spread over shards by the record, so
//! that no partition is hot or grows for ever. A directory names the days on which a list holds something.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use store::{Folded, Generation, Marks, Recorded, RowKey, StoredState};
use vocabulary::{Actor, ActorId, CommitId, Digest, Instant, Personal, RecordKey, Tenant, Version};

/// Commits of a tenant that are listed together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommitList {
    /// All of them.
    All,
    /// Those of one actor.
    Actor(ActorId),
    /// Those of one flow, by its correlation id.
    Flow(String),
}

impl CommitList {
    /// `{generation}#{tenant}#{list}`. A flow is named by others, so its name is hashed: it may be long and
    /// may hold the separator.
    fn prefix(&self, generation: Generation, tenant: &Tenant) -> String {
        let number = generation.number;
        match self {
            Self::All => format!("{number}#{tenant}#all"),
            Self::Actor(actor) => format!("{number}#{tenant}#actor#{actor}"),
            Self::Flow(id) => {
                let name: String = Digest::of_list(&[id]).to_string().chars().take(32).collect();
                format!("{number}#{tenant}#flow#{name}")
            }
        }
    }

    /// The partition with the days of the list; its sort keys are `yyyymmdd`.
    pub fn days(&self, generation: Generation, tenant: &Tenant) -> String {
        format!("{}#days", self.prefix(generation, tenant))
    }

    /// The partitions of one day of the list.
    pub fn day(&self, generation: Generation, tenant: &Tenant, day: &str) -> Vec<String> {
        let prefix = self.prefix(generation, tenant);
        (0..generation.list_shards).map(|shard| format!("{prefix}#{day}#{shard}")).collect()
    }

    /// The partition of one day in which the commits of a record stand.
    pub(super) fn of_record(&self, generation: Generation, key: &RecordKey, day: &str) -> String {
        let shard = Digest::of(&[key.pk().as_bytes()]).shard(generation.list_shards);
        format!("{}#{day}#{shard}", self.prefix(generation, &key.tenant))
    }

    /// A day that the list may have although its directory does not name it: a commit that nobody put
    /// into a flow begins one with its own id, which tells the day.
    pub fn implied_day(&self) -> Option<String> {
        match self {
            Self::All | Self::Actor(_) => None,
            Self::Flow(id) => CommitId::parse(id).ok().map(|id| id.minted_at().day()),
        }
    }
}

/// A commit's place among all: `{recorded_at}#{type}#{id}#{version}`, the version in 16 digits. Texts in
/// their order are commits by instant, record and version: `#` comes before all that names may hold.
pub fn commit_place(at: Instant, key: &RecordKey, version: Version) -> String {
    format!("{at}#{}#{}#{:016}", key.record_type, key.id, version.get())
}

/// A commit, as searches show it. A function of its key, which names the commit and the fold that computed
/// the changed fields: rows of two folds stand side by side and never replace each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CommitRow {
    /// The partition, see [`CommitList`].
    pub pk: String,
    /// Its place, `#`, and the fingerprint of the fold.
    pub sk: String,
    /// The record's partition key.
    pub record: String,
    /// The number of the commit in its record.
    pub version: Version,
    /// The hash of the commit.
    pub hash: Digest,
    /// The commit's id.
    pub commit: CommitId,
    /// When it was recorded.
    pub at: Instant,
    /// When what it tells became true, where that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_at: Option<Instant>,
    /// Who did it.
    pub actor: Actor,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Personal<String>>,
    /// The flow that it belongs to.
    pub correlation: String,
    /// What caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causation: Option<String>,
    /// The types of its events, each once, in order.
    pub events: Vec<String>,
    /// The fields that it changed, as JSON Pointers: groups are resolved, lists are not.
    pub fields: Vec<String>,
}

impl CommitRow {
    /// The rows of a commit, one for each list.
    pub fn of(
        generation: Generation,
        recorded: &Recorded,
        fold: &str,
        fields: &[String],
    ) -> [Self; 3] {
        let commit = recorded.commit();
        let key = recorded.key();
        let mut events: Vec<String> = Vec::new();
        for event in &commit.events {
            if !events.contains(&event.event_type) {
                events.push(event.event_type.clone());
            }
        }
        let correlation = flow(recorded);
        let place = commit_place(commit.at, &key, commit.rev);
        lists(&commit.actor.id, &correlation).map(|list| Self {
            pk: list.of_record(generation, &key, &commit.at.day()),
            sk: format!("{place}#{fold}"),
            record: key.pk(),
            version: commit.rev,
            hash: recorded.hash(),
            commit: commit.commit,
            at: commit.at,
            effective_at: commit.effective_at,
            actor: commit.actor.clone(),
            reason: commit.reason.clone(),
            correlation: correlation.clone(),
            causation: commit.causation.clone(),
            events: events.clone(),
            fields: fields.to_vec(),
        })
    }

    /// Its place among all commits.
    pub fn place(&self) -> &str {
        self.sk.rsplit_once('#').map_or(self.sk.as_str(), |(place, _)| place)
    }

    /// The fingerprint of the fold that computed the changed fields.
    pub fn fold(&self) -> &str {
        self.sk.rsplit_once('#').map(|(_, fold)| fold).unwrap_or_default()
    }

    /// The keys under which this commit stands in all lists.
    pub(crate) fn keys(&self, generation: Generation, key: &RecordKey) -> [RowKey; 3] {
        let day = self.at.day();
        lists(&self.actor.id, &self.correlation)
            .map(|list| RowKey { pk: list.of_record(generation, key, &day), sk: self.sk.clone() })
    }

    /// What stands for this commit beside its row in the list of all: its rows in the other lists, and the
    /// entries of its day in their directories.
    pub(crate) fn elsewhere(&self, generation: Generation) -> Vec<RowKey> {
        let Ok(key) = RecordKey::from_pk(&self.record) else { return Vec::new() };
        let day = self.at.day();
        let lists = lists(&self.actor.id, &self.correlation);
        let others = lists.iter().filter(|list| **list != CommitList::All);
        let keys = others.flat_map(|list| {
            let row = RowKey { pk: list.of_record(generation, &key, &day), sk: self.sk.clone() };
            [row, RowKey { pk: list.days(generation, &key.tenant), sk: day.clone() }]
        });
        keys.collect()
    }
}

/// The names of a commit's three lists, in the order of its rows.
pub(crate) const LISTS: [&str; 3] = ["all", "actor", "flow"];

/// The name of the list that a partition of rows or days belongs to; `None` for a partition of cursors.
pub(crate) fn list_of(pk: &str) -> Option<&'static str> {
    let name = pk.split('#').nth(2)?;
    LISTS.into_iter().find(|list| *list == name)
}

fn lists(actor: &ActorId, flow: &str) -> [CommitList; 3] {
    [CommitList::All, CommitList::Actor(actor.clone()), CommitList::Flow(flow.to_owned())]
}

/// The flow of a commit: its own id where nobody named one.
fn flow(recorded: &Recorded) -> String {
    let commit = recorded.commit();
    commit.correlation.clone().unwrap_or_else(|| commit.commit.to_string())
}

/// The entries of the lists' directories that make a commit's rows findable.
pub(super) fn days_of(generation: Generation, recorded: &Recorded) -> BTreeSet<RowKey> {
    let commit = recorded.commit();
    let day = commit.at.day();
    let lists = lists(&commit.actor.id, &flow(recorded));
    let named = lists.iter().filter(|list| list.implied_day().as_ref() != Some(&day));
    named
        .map(|list| RowKey { pk: list.days(generation, &commit.tenant), sk: day.clone() })
        .collect()
}

/// How far the view has followed a record. Written after the rows of the commits that it tells of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditCursor {
    /// `{generation}#{bucket}`.
    pub pk: String,
    /// `{tenant}#{type}#{id}`.
    pub sk: String,
    /// The version that the rows have reached.
    pub version: Version,
    /// The hash of that commit.
    pub hash: Digest,
    /// The fingerprint of the fold that made them.
    pub fold: String,
    /// The folded state.
    pub state: String,
    /// The commit that could not be folded, when the rows end before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stale_at: Option<Version>,
    /// When rows stand that may be of commits which are not in the log any more; gone once they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ghosts: Option<Span>,
}

/// A span of time, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Its first instant.
    pub from: Instant,
    /// Its last instant.
    pub to: Instant,
}

impl AuditCursor {
    /// The cursor row of a state.
    ///
    /// # Errors
    /// Only when serde cannot write the state, which the types rule out.
    pub fn of(
        generation: Generation,
        folded: &Folded,
        stale_at: Option<Version>,
        ghosts: Option<Span>,
    ) -> Result<Self, serde_json::Error> {
        let RowKey { pk, sk } = crate::views::row_key(generation, folded.key());
        let StoredState { version, hash, fold, state } = folded.stored()?;
        Ok(Self { pk, sk, version, hash, fold, state, stale_at, ghosts })
    }

    /// What tells this writing of the row from another.
    pub(crate) fn marks(&self) -> Marks {
        Marks {
            version: self.version,
            hash: self.hash,
            fold: self.fold.clone(),
            stale_at: self.stale_at,
        }
    }

    /// The state that it holds, as far as the present fold made it.
    pub fn folded(&self, of: events::Registered, key: &RecordKey) -> Option<Folded> {
        let stored = StoredState {
            version: self.version,
            hash: self.hash,
            fold: self.fold.clone(),
            state: self.state.clone(),
        };
        Folded::resume(of, key, &stored)
    }

    /// The span in which the commits that it has followed were recorded, whichever fold did so.
    pub(crate) fn span(&self) -> Option<Span> {
        #[derive(Deserialize)]
        struct Stamp {
            at: Instant,
        }
        #[derive(Deserialize)]
        struct Body {
            created: Stamp,
            changed: Stamp,
        }
        let Body { created, changed } = serde_json::from_str(&self.state).ok()?;
        Some(Span { from: created.at, to: changed.at })
    }
}
