//! A record as it was: at a version, or at an instant.

use crate::{Queries, unloaded, unread};
use edge::{Call, Kind, Problem, Reply, Served, etag, if_none_match};
use events::Registered;
use serde_json::Value;
use store::{Folded, Order, Reached};
use vocabulary::{Instant, RecordKey, Version};

/// Writers' clocks differ: what is younger may still get a commit before it.
const PROVISIONAL_MS: i64 = 60_000;

/// When a record is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    Version(Version),
    At(Instant),
}

impl Moment {
    /// The moment that two parameters name, of which at most one may be given.
    pub(crate) fn of(call: &Call, (version, at): (&str, &str)) -> Result<Option<Self>, Problem> {
        call.query.one_of(&[version, at])?;
        if let Some(version) = call.query.version(version)? {
            return Ok(Some(Self::Version(version)));
        }
        let Some(instant) = call.query.instant(at)? else { return Ok(None) };
        if instant > call.now {
            return Err(Problem::parameter(at, "must not lie in the future"));
        }
        Ok(Some(Self::At(instant)))
    }
}

impl Queries {
    /// `GET /{plural}/{id}?version=` or `?at=`: strongly consistent. An instant costs a search by
    /// halves; then at most 101 commits and a snapshot are read, once the projector has caught up, and
    /// the commit that came after.
    pub(crate) async fn as_of(
        &self,
        call: &Call,
        (of, key): (Registered, &RecordKey),
        moment: Moment,
    ) -> Served {
        let began_later =
            || Problem::new(Kind::NotFound).detail("the record had not begun at this instant");
        let version = self.reached(key, moment).await?.ok_or_else(began_later)?;
        let folded = self.at_version(of, key, version).await?;
        let (valid_from, next) = (folded.changed().at, self.after(key, version).await?);
        let looked_at = match moment {
            Moment::Version(_) => valid_from,
            Moment::At(at) => at,
        };
        let provisional = looked_at > call.now.plus_millis(-PROVISIONAL_MS);
        let mut json = folded.to_json();
        json.insert("valid_from".to_owned(), valid_from.to_string().into());
        if let Next::At(valid_to) = next {
            json.insert("valid_to".to_owned(), valid_to.to_string().into());
        }
        for (name, holds) in [("provisional", provisional), ("stale", next == Next::Unreadable)] {
            if holds {
                json.insert(name.to_owned(), Value::Bool(true));
            }
        }
        let tag = etag(version);
        if provisional || !matches!(next, Next::At(_)) {
            return Ok(Reply::json(200, json).header("etag", tag));
        }
        // Nothing of this can change any more but by another build, and nobody may keep what can.
        let known = if_none_match(&call.headers)?.contains(&version);
        let reply = if known { Reply::empty(304) } else { Reply::json(200, json) };
        Ok(reply.header("etag", tag).header("cache-control", "private, no-cache"))
    }

    /// The version that a record had at a moment; `None` before it began. A version is not checked.
    pub(crate) async fn reached(
        &self,
        key: &RecordKey,
        moment: Moment,
    ) -> Result<Option<Version>, Problem> {
        let at = match moment {
            Moment::Version(version) => return Ok(Some(version)),
            Moment::At(at) => at,
        };
        match self.store.version_at(key, at).await.map_err(|error| unread(&error))? {
            Reached::NoRecord => Err(Problem::new(Kind::NotFound)),
            Reached::NotBegun => Ok(None),
            Reached::Version(version) => Ok(Some(version)),
        }
    }

    /// A record as it was at a version that it has reached.
    pub(crate) async fn at_version(
        &self,
        of: Registered,
        key: &RecordKey,
        version: Version,
    ) -> Result<Folded, Problem> {
        let loaded = self.store.load_at(of, key, version).await;
        let record = loaded.map_err(|error| unloaded(&error))?;
        let folded = record.ok_or_else(|| Problem::new(Kind::NotFound))?.folded;
        if folded.version() < version {
            return Err(Problem::new(Kind::NotFound)
                .detail("the record has not reached this version")
                .member("current_version", folded.version().get()));
        }
        Ok(folded)
    }

    async fn after(&self, key: &RecordKey, version: Version) -> Result<Next, Problem> {
        let next = version.next();
        let commits = self.store.commits(key, (next, next), Order::Ascending, 1).await;
        Ok(match commits.map_err(|error| unread(&error))?.pop() {
            None => Next::None,
            Some(Ok(commit)) => Next::At(commit.commit().at),
            Some(Err(_damaged)) => Next::Unreadable,
        })
    }
}

/// What came after a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// Nothing yet.
    None,
    /// A commit that was recorded then.
    At(Instant),
    /// A commit of which nothing can be told.
    Unreadable,
}
