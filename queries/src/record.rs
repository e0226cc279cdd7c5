//! One record, as it is now.

use crate::as_of::Moment;
use crate::{Queries, unread};
use edge::{Call, Kind, Problem, Reply, Served, etag, if_none_match};
use events::Registered;
use projections::{RECORDS, RecordRow, row_key};
use serde_json::{Map, Value};
use store::{Cause, Folded, Pulled, Table};
use vocabulary::{RecordKey, Version};

/// A record as it was found.
pub(crate) struct Found {
    pub(crate) folded: Folded,
    /// Whether the view stays behind because a commit does not fold.
    pub(crate) stale: bool,
}

impl Found {
    /// The record as the API shows it.
    pub(crate) fn shown(&self) -> Map<String, Value> {
        let mut json = self.folded.to_json();
        if self.stale {
            json.insert("stale".to_owned(), Value::Bool(true));
        }
        json
    }
}

impl Queries {
    /// `GET /{plural}/{id}`: at least as new as `min_version`, or as it was at a `version` or an
    /// instant. Now: one consistent read of the row, and of the log's missing commits where the row is
    /// behind. Then: see [`Queries::as_of`].
    pub(crate) async fn record(&self, call: &Call) -> Served {
        let (of, _caller, key) = self.named(call)?;
        call.query.only(&["min_version", "version", "at"])?;
        call.query.one_of(&["min_version", "version", "at"])?;
        if let Some(moment) = Moment::of(call, ("version", "at"))? {
            return self.as_of(call, (of, &key), moment).await;
        }
        let wanted = call.query.version("min_version")?;
        let found = self.found(of, &key, wanted).await?;
        let Some(found) = found else { return Err(Problem::new(Kind::NotFound)) };
        let version = found.folded.version();
        if wanted.is_some_and(|wanted| version < wanted) && !found.stale {
            return Err(Problem::new(Kind::NotFound)
                .detail("the record has not reached this version")
                .member("current_version", version.get()));
        }
        let tag = etag(version);
        if if_none_match(&call.headers)?.contains(&version) && !found.stale {
            return Ok(Reply::empty(304).header("etag", tag));
        }
        Ok(Reply::json(200, found.shown()).header("etag", tag))
    }

    /// A record at least as new as `wanted`, if it has come that far, else as it is.
    pub(crate) async fn found(
        &self,
        of: Registered,
        key: &RecordKey,
        wanted: Option<Version>,
    ) -> Result<Option<Found>, Problem> {
        let generation = self.active(RECORDS).await?;
        let row = self.store.row(Table::Records, &row_key(generation, key)).await;
        let row: Option<RecordRow> = row.map_err(|error| unread(&error))?;
        let base = row.as_ref().and_then(|row| row.folded(of, key));
        let whole = row.as_ref().is_some_and(|row| row.stale_at.is_none());
        let new_enough = |folded: &Folded| wanted.is_none_or(|wanted| folded.version() >= wanted);
        if whole && base.as_ref().is_some_and(new_enough) {
            return Ok(base.map(|folded| Found { folded, stale: false }));
        }
        let pulled = self.store.pull(of, key, base).await.map_err(|error| unread(&error))?;
        found_in(key, pulled)
    }
}

/// What the log has of a record.
pub(crate) fn found_in(key: &RecordKey, pulled: Pulled) -> Result<Option<Found>, Problem> {
    match (pulled.folded, pulled.stuck) {
        (None, Some(stuck)) if stuck.cause == Cause::NewerBuild => {
            Err(Problem::new(Kind::NewerBuild).header("retry-after", "30"))
        }
        (None, Some(stuck)) => {
            tracing::error!(record = %key, error = stuck.error, "a record cannot be read");
            Err(Problem::new(Kind::Failure))
        }
        (folded, stuck) => Ok(folded.map(|folded| Found { folded, stale: stuck.is_some() })),
    }
}
