//! What the stream's mappings gave up: look at it, and drive it again.

use super::asked::Body;
use super::desk::Desk;
use edge::{
    Cursor, Kind, Problem, Reply, Served, filter_digest, from_url_safe, store_problem, url_safe,
};
use events::operation::{Acting, Verb};
use futures::stream::{self, StreamExt, TryStreamExt};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use store::{FailedBatch, Job, PublishJob, failure_place};
use vocabulary::Instant;

/// How many batches are read at the same time; each may have 6 MB.
const TOGETHER: usize = 4;

impl Desk<'_> {
    /// `GET /operations/failures`: newest first. One request for every 1,000 batches that are kept, and one
    /// for each of the page.
    pub(super) async fn list_failures(&self) -> Served {
        self.call.query.only(&["cursor", "limit"])?;
        let limit = self.call.query.limit()?;
        let filter = filter_digest(&["failures"]);
        let cursor = self.call.query.get("cursor").map(|text| Cursor::decode(text, &filter));
        let after = cursor.transpose()?.map(|cursor| cursor.position);
        let keys = self.operations.failed.keys().await.map_err(|error| store_problem(&error))?;
        let is_next = |key: &String| {
            after.as_ref().is_none_or(|after| failure_place(key) < failure_place(after))
        };
        let mut keys: Vec<String> = keys.into_iter().filter(is_next).take(limit + 1).collect();
        let more = keys.len() > limit;
        keys.truncate(limit);
        let driven = self.driven().await?;
        let mut read = Vec::new();
        for key in &keys {
            read.push(self.batch(key));
        }
        let read: Vec<Option<FailedBatch>> =
            stream::iter(read).buffered(TOGETHER).try_collect().await?;
        let items: Vec<Value> = read.iter().flatten().map(|batch| shown(batch, &driven)).collect();
        let mut page = Map::from_iter([("items".to_owned(), Value::Array(items))]);
        if let Some(last) = keys.last().filter(|_| more) {
            let next = Cursor { generation: 0, filter, position: last.clone() };
            page.insert("next_cursor".to_owned(), next.encode().into());
        }
        Ok(Reply::json(200, page))
    }

    /// A batch without its records; none where it has expired meanwhile, or nobody knows its function.
    async fn batch(&self, key: &str) -> Result<Option<FailedBatch>, Problem> {
        let read = self.operations.failed.read(key).await.map_err(|error| store_problem(&error))?;
        let known = |batch: &FailedBatch| ["projector", "publisher"].contains(&&*batch.mapping);
        if let Some(batch) = read.as_ref().filter(|batch| !known(batch)) {
            tracing::error!(key, mapping = batch.mapping, "a batch of another function lies here");
        }
        Ok(read.filter(known).map(|batch| FailedBatch { event: None, ..batch }))
    }

    async fn driven(&self) -> Result<BTreeMap<String, Instant>, Problem> {
        self.store().driven().await.map_err(|error| store_problem(&error))
    }

    /// `POST /operations/failures/{key}/drive`: what the projector gave up is projected by a worker of
    /// rebuilds, what the publisher gave up is published by the publisher. Driven twice, nothing is done
    /// twice that is known to be done.
    pub(super) async fn drive_failure(&self) -> Served {
        let mut body = Body::of(self.call)?;
        let reason = body.reason();
        body.finish()?;
        let nothing = || Problem::new(Kind::NotFound).detail("there is no such batch (any more)");
        let key = from_url_safe(self.call.routed.parameter("key")).ok_or_else(nothing)?;
        let batch = self.batch(&key).await?.ok_or_else(nothing)?;
        let plan = async || Ok(Acting { subject: Some(key.clone()), ..Acting::new(Verb::Drive) });
        let drive = async |_: &Acting| match batch.mapping.as_str() {
            "publisher" => self.tell_publisher(&PublishJob::Failure { key: key.clone() }).await,
            _ => self.tell(&Job::Failure { key: key.clone() }).await,
        };
        let did = self.act(&reason, plan, drive).await?;
        let driven = self.driven().await?;
        Ok(did.told(Reply::json(202, shown(&batch, &driven))))
    }

    /// Tells the publisher what to do besides following the stream.
    pub(super) async fn tell_publisher(&self, job: &PublishJob) -> Result<(), Problem> {
        self.operations.publishing.send(job).await.map_err(|error| {
            tracing::warn!(error = store::chain(&error), ?job, "the publisher could not be told");
            Problem::new(Kind::Unavailable).header("retry-after", "1")
        })
    }
}

fn shown(batch: &FailedBatch, driven: &BTreeMap<String, Instant>) -> Value {
    let mut told = Map::new();
    let mut tell = |name: &str, value: Value| told.insert(name.to_owned(), value);
    tell("key", url_safe(&batch.key).into());
    tell("mapping", batch.mapping.as_str().into());
    tell("at", batch.at.to_string().into());
    tell("records", batch.records.into());
    tell("reason", batch.reason.as_str().into());
    let instants = [
        ("first_at", batch.first_at),
        ("last_at", batch.last_at),
        ("driven_at", driven.get(&batch.key).copied()),
    ];
    for (name, instant) in instants {
        instant.map(|instant| tell(name, json!(instant.to_string())));
    }
    told.into()
}
