//! The publisher: tells the world what happened, through EventBridge.
//!
//! Delivers at least once, unordered across records. A rebuild never comes here. After an outage the
//! repair reads the feed from the publisher's own watermark and publishes what is not known to have
//! been.

use crate::image;
use crate::reconcile::{is_due, stretches};
use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_lambda_events::event::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use events::Registry;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::btree_map::Entry as Read;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use store::{
    Clock, Commit, FeedEntry, FeedRange, Generation, Order, Parked, ParkedCause, Recorded, Store,
    StoreError, backoff, chain,
};
use vocabulary::{CommitId, RecordKey, Version};

/// The most entries of one call (EventBridge quotas, `PutEvents`, read 2026-11-22).
const ENTRIES_MAX: usize = 10;
/// The most bytes of one call, all entries together (the same page says 256 KB; the rest is room for
/// names and times).
const CALL_MAX_BYTES: usize = 240 * 1024;
/// An entry larger than this is published as a pointer.
const ENTRY_MAX_BYTES: usize = 200 * 1024;
/// How often entries are tried that the bus puts off.
const TRIES_MAX: u32 = 4;
/// The codes of entries that may be taken later (EventBridge API reference, `PutEvents`, read
/// 2026-11-22).
const PASSING: &[&str] = &["ThrottlingException", "InternalFailure", "InternalException"];
/// How close to now the repair looks: the stream needs time to deliver.
const RECENT_MS: i64 = 5 * 60_000;
/// The publisher's name among watermarks and parked records.
pub(crate) const READER: &str = "publisher";
/// The publisher has no generations.
const NO_GENERATION: Generation = Generation { number: 0, buckets: 1, list_shards: 1 };
const MINUTE_MS: i64 = 60_000;

/// Publishes commits to an event bus.
#[derive(Debug, Clone)]
pub struct Publisher {
    /// The tables.
    pub store: Store,
    /// The record types.
    pub registry: Arc<Registry>,
    /// The bus's client.
    pub client: aws_sdk_eventbridge::Client,
    /// The bus's name.
    pub bus: String,
    /// The time.
    pub clock: Clock,
}

/// Commits that could not be published for the moment.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The tables could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The bus could not be reached.
    #[error("publishing did not get through")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The bus kept putting entries off.
    #[error("the bus put {left} entries off, the first because of {code}")]
    PutOff {
        /// How many were left over.
        left: usize,
        /// What the bus says of the first.
        code: String,
    },
}

/// How events are told.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Telling<'a> {
    /// For the first time, as far as is known.
    Anew,
    /// Again, because a replay asks for it.
    Again(&'a Mark),
}

/// What a replayed event carries besides, as `replay`: only rules that ask for it take it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Mark {
    /// The id of the replay.
    pub(crate) job: String,
    /// Why it was asked for.
    pub(crate) reason: String,
}

/// One entry for the bus.
struct Entry {
    commit: CommitId,
    record: String,
    version: Version,
    bytes: usize,
    request: PutEventsRequestEntry,
}

/// What became of some commits.
#[derive(Debug, Default)]
pub(crate) struct Published {
    /// All their events are out.
    pub(crate) out: BTreeSet<CommitId>,
    /// The bus will never take one of their events: record, version, code.
    pub(crate) refused: Vec<(String, Version, String)>,
}

impl Publisher {
    /// Publishes one batch of stream records in their order. Reports the first one that could not be
    /// published for the moment, so that it and all after it come again. What can never be published
    /// is parked, and tried again by the repair.
    ///
    /// # Errors
    /// [`PublishError`] when what was published could not be noted: all comes again.
    pub async fn handle(&self, event: Event) -> Result<DynamoDbEventResponse, PublishError> {
        let mut commits: Vec<(String, Recorded)> = Vec::new();
        for record in event.records.iter().filter(|record| record.event_name == "INSERT") {
            match (image::commit(record), image::subject(record)) {
                (Ok(commit), _) => commits.push((sequence(record), commit)),
                (Err(error), Some((pk, version))) => {
                    self.put_aside(&pk, version, &error.to_string()).await?;
                }
                (Err(error), None) => {
                    tracing::error!(%error, metric = "PublishFailed", "a stream record without the log's keys");
                }
            }
        }
        let recorded: Vec<&Recorded> = commits.iter().map(|(_, commit)| commit).collect();
        let (published, outcome) = self.publish(&recorded, Telling::Anew).await;
        self.note(&published).await?;
        let mut response = DynamoDbEventResponse::default();
        if let Err(error) = outcome {
            tracing::error!(
                error = chain(&error),
                metric = "PublishFailed",
                "commits have to be published again"
            );
            let missing = commits.iter().find(|(_, c)| !published.settles(c));
            let mut failure = DynamoDbBatchItemFailure::default();
            failure.item_identifier = missing.map(|(sequence, _)| sequence.clone());
            response.batch_item_failures.push(failure);
        }
        Ok(response)
    }

    /// Publishes the commits of a batch that are not known to have been published. What can never be
    /// published is put aside.
    ///
    /// # Errors
    /// [`PublishError`]; done again, it goes on.
    pub(crate) async fn make_up_for(&self, event: &Event) -> Result<u64, PublishError> {
        let mut known: BTreeMap<i64, BTreeSet<CommitId>> = BTreeMap::new();
        let mut missing = Vec::new();
        for record in event.records.iter().filter(|record| record.event_name == "INSERT") {
            match (image::commit(record), image::subject(record)) {
                (Ok(commit), _) => {
                    let id = commit.commit().commit;
                    if !self.known(minute_of(id), &mut known).await?.contains(&id) {
                        missing.push(commit);
                    }
                }
                (Err(error), Some((pk, version))) => {
                    self.put_aside(&pk, version, &error.to_string()).await?;
                }
                (Err(error), None) => {
                    tracing::error!(%error, metric = "PublishFailed", "a stream record without the log's keys");
                }
            }
        }
        self.publish_noted(&missing).await
    }

    /// What is known to have been published of a minute, read once.
    async fn known<'a>(
        &self,
        minute: i64,
        known: &'a mut BTreeMap<i64, BTreeSet<CommitId>>,
    ) -> Result<&'a BTreeSet<CommitId>, StoreError> {
        match known.entry(minute) {
            Read::Occupied(ids) => Ok(ids.into_mut()),
            Read::Vacant(unread) => {
                Ok(unread.insert(self.store.published(minute).await?.into_iter().collect()))
            }
        }
    }

    /// Publishes what the stream lost: everything in the feed since the watermark, less a margin,
    /// that is not known to have been published; and tries what was put aside.
    ///
    /// # Errors
    /// [`PublishError`]; the watermark stands where everything before it is out.
    pub async fn repair(&self) -> Result<u64, PublishError> {
        let mut repaired = self.retry_put_aside().await?;
        for (from, to) in stretches(&self.store, READER, self.clock.now(), RECENT_MS).await? {
            let mut known = BTreeMap::new();
            let mut range = FeedRange::between(from, to);
            while let Some(page) = self.store.feed_page(&mut range).await? {
                repaired += self.publish_missing(&page, &mut known).await?;
            }
            self.store.move_watermark(READER, to).await?;
        }
        tracing::info!(metric = "Repaired", value = repaired, "publishing repaired");
        Ok(repaired)
    }

    async fn publish_missing(
        &self,
        page: &[FeedEntry],
        known: &mut BTreeMap<i64, BTreeSet<CommitId>>,
    ) -> Result<u64, PublishError> {
        let mut missing = Vec::new();
        for entry in page {
            let ids = self.known(minute_of(entry.commit), known).await?;
            if !ids.contains(&entry.commit) {
                missing.extend(self.commit(&entry.pk, entry.version).await?);
            }
        }
        self.publish_noted(&missing).await
    }

    /// A commit by its place; put aside when it cannot be read.
    async fn commit(&self, pk: &str, version: Version) -> Result<Option<Recorded>, PublishError> {
        let Some(key) = image::record_key(pk) else { return Ok(None) };
        let range = (version, version);
        match self.store.commits(&key, range, Order::Ascending, 1).await?.pop() {
            Some(Ok(commit)) => Ok(Some(commit)),
            Some(Err(damaged)) => {
                self.put_aside(pk, version, &chain(&damaged)).await?;
                Ok(None)
            }
            None => Ok(None),
        }
    }

    /// What could not be published is kept, each commit by itself, until it can be.
    async fn put_aside(&self, pk: &str, version: Version, error: &str) -> Result<(), StoreError> {
        tracing::error!(
            record = pk,
            version = version.get(),
            error,
            metric = "PublishFailed",
            "a commit cannot be published"
        );
        let now = self.clock.now();
        let parked = Parked {
            record: format!("{pk}#{version}"),
            version,
            cause: ParkedCause::Poison,
            error: error.to_owned(),
            tries: 1,
            first_at: now,
            last_at: now,
            build: String::new(),
            since: None,
            skipped: None,
        };
        self.store.park(READER, NO_GENERATION, &parked).await.map(drop)
    }

    async fn retry_put_aside(&self) -> Result<u64, PublishError> {
        let now = self.clock.now();
        let mut repaired = 0;
        for parked in self.store.parked(READER, NO_GENERATION).await? {
            if !is_due(&parked, now) {
                continue;
            }
            let pk = parked.record.rsplit_once('#').map_or("", |(pk, _)| pk);
            let Some(commit) = self.commit(pk, parked.version).await? else { continue };
            if self.publish_noted(std::slice::from_ref(&commit)).await? == 1 {
                self.store.take_off(READER, NO_GENERATION, &parked.record).await?;
                repaired += 1;
            }
        }
        Ok(repaired)
    }

    async fn publish_noted(&self, commits: &[Recorded]) -> Result<u64, PublishError> {
        let (published, outcome) =
            self.publish(&commits.iter().collect::<Vec<_>>(), Telling::Anew).await;
        self.note(&published).await?;
        outcome.map(|()| u64::try_from(published.out.len()).unwrap_or(u64::MAX))
    }

    /// Publishes commits in order; says which of them are out, all their events.
    pub(crate) async fn publish(
        &self,
        commits: &[&Recorded],
        telling: Telling<'_>,
    ) -> (Published, Result<(), PublishError>) {
        let mut waiting: Vec<Entry> =
            commits.iter().flat_map(|commit| self.entries(commit.commit(), telling)).collect();
        let mut published = Published::default();
        let mut outcome = Ok(());
        while outcome.is_ok() && !waiting.is_empty() {
            let rest = waiting.split_off(chunk(&waiting));
            let (left, sent) = self.send(waiting, &mut published, telling).await;
            outcome = sent;
            waiting = left.into_iter().chain(rest).collect();
        }
        let unsent: BTreeSet<CommitId> = waiting.iter().map(|entry| entry.commit).collect();
        let refused = |commit: &Recorded| {
            let at = (commit.key().pk(), commit.version());
            published.refused.iter().any(|(record, version, _)| (record, version) == (&at.0, &at.1))
        };
        let out = commits.iter().filter(|c| !unsent.contains(&c.commit().commit) && !refused(c));
        let out: BTreeSet<CommitId> = out.map(|commit| commit.commit().commit).collect();
        if !out.is_empty() {
            tracing::info!(metric = "Published", value = out.len(), "commits were published");
        }
        (Published { out, ..published }, outcome)
    }

    /// Sends one chunk; only entries that the bus puts off are tried again, in a replay with those of the
    /// same record behind them. Says what is left over.
    async fn send(
        &self,
        mut chunk: Vec<Entry>,
        published: &mut Published,
        telling: Telling<'_>,
    ) -> (Vec<Entry>, Result<(), PublishError>) {
        for tries in 1..=TRIES_MAX {
            let requests = chunk.iter().map(|entry| entry.request.clone()).collect();
            let answer = match self.client.put_events().set_entries(Some(requests)).send().await {
                Ok(answer) => answer,
                Err(error) => return (chunk, Err(PublishError::Unreachable(error.into()))),
            };
            // A 200 may carry failures: every entry of the answer is looked at, in order. One that
            // is missing counts as put off.
            let mut answers = answer.entries().iter();
            let mut first_code = None;
            let mut put_off: BTreeSet<String> = BTreeSet::new();
            chunk.retain(|entry| match answers.next().map(|answer| answer.error_code()) {
                // Behind an entry of its record that was put off: told once more, so that it is told last.
                Some(None) => put_off.contains(&entry.record),
                Some(Some(code)) if !PASSING.contains(&code) => {
                    let at = (entry.record.clone(), entry.version, code.to_owned());
                    published.refused.push(at);
                    false
                }
                code => {
                    let code = code.flatten().unwrap_or("no answer");
                    first_code.get_or_insert_with(|| code.to_owned());
                    if matches!(telling, Telling::Again(_)) {
                        put_off.insert(entry.record.clone());
                    }
                    true
                }
            });
            let Some(code) = first_code else { return (chunk, Ok(())) };
            if tries == TRIES_MAX {
                let left = chunk.len();
                return (chunk, Err(PublishError::PutOff { left, code }));
            }
            backoff(tries).await;
        }
        (chunk, Ok(()))
    }

    /// Notes what is out, and puts aside what the bus will never take.
    async fn note(&self, published: &Published) -> Result<(), PublishError> {
        let mut minutes: BTreeMap<i64, Vec<CommitId>> = BTreeMap::new();
        for commit in &published.out {
            minutes.entry(minute_of(*commit)).or_default().push(*commit);
        }
        for (minute, commits) in minutes {
            self.store.note_published(minute, &commits, self.clock.now()).await?;
        }
        for (record, version, code) in &published.refused {
            self.put_aside(record, *version, &format!("the bus refuses it: {code}")).await?;
        }
        Ok(())
    }

    fn entries(&self, commit: &Commit, telling: Telling<'_>) -> Vec<Entry> {
        (0..commit.events.len()).map(|index| self.entry(commit, index, telling)).collect()
    }

    fn entry(&self, commit: &Commit, index: usize, telling: Telling<'_>) -> Entry {
        let mut detail = cloud_event(commit, index);
        if let Telling::Again(mark) = telling {
            detail.insert("replay".to_owned(), json!(mark));
        }
        let name = detail.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut text = Value::Object(detail.clone()).to_string();
        if text.len() > ENTRY_MAX_BYTES {
            text = Value::Object(self.pointer(commit, detail)).to_string();
        }
        let bytes = text.len() + name.len() + 64;
        let request = PutEventsRequestEntry::builder()
            .event_bus_name(&self.bus)
            .source("annals")
            .detail_type(name)
            .time(DateTime::from_millis(commit.at.as_millis()))
            .detail(text)
            .build();
        let record = RecordKey {
            tenant: commit.tenant.clone(),
            record_type: commit.record_type.clone(),
            id: commit.id.clone(),
        };
        Entry { commit: commit.commit, record: record.pk(), version: commit.rev, bytes, request }
    }

    /// The same event without its data, which is too large for the bus: where to read it instead.
    fn pointer(&self, commit: &Commit, mut detail: Map<String, Value>) -> Map<String, Value> {
        detail.remove("data");
        detail.remove("datacontenttype");
        let of = self.registry.by_name(commit.record_type.as_str());
        let plural = of.map_or(commit.record_type.as_str(), |of| of.of.descriptor().plural);
        let dataref = format!("{}/{plural}/{}/history/{}", edge::BASE, commit.id, commit.rev);
        detail.insert("dataref".to_owned(), dataref.into());
        detail
    }
}

impl Published {
    /// Whether nothing more is to be done for a commit here.
    fn settles(&self, commit: &Recorded) -> bool {
        let pk = commit.key().pk();
        let is_refused = |(record, version, _): &(String, Version, String)| {
            *record == pk && *version == commit.version()
        };
        self.out.contains(&commit.commit().commit) || self.refused.iter().any(is_refused)
    }
}

/// The event as a `CloudEvents` 1.0 event with the extensions correlation, recordedtime, sequence,
/// authcontext and distributed tracing (`cloudevents/spec`, read 2026-11-22).
fn cloud_event(commit: &Commit, index: usize) -> Map<String, Value> {
    let mut detail = Map::new();
    let mut say = |name: &str, value: Value| detail.insert(name.to_owned(), value);
    let event = commit.events.get(index);
    let event_type = event.map(|event| event.event_type.as_str()).unwrap_or_default();
    say("specversion", "1.0".into());
    say("id", format!("{}.{index}", commit.commit).into());
    say("source", format!("urn:annals:{}", commit.tenant).into());
    say("type", format!("{}.{event_type}", commit.record_type).into());
    say("subject", commit.id.as_str().into());
    say("time", commit.effective_at.unwrap_or(commit.at).to_string().into());
    say("recordedtime", commit.at.to_string().into());
    say("sequence", format!("{:016}.{index:04}", commit.rev.get()).into());
    say("authtype", json!(commit.actor.kind));
    say("authid", commit.actor.id.as_str().into());
    let own_id = commit.commit.to_string();
    say("correlationid", commit.correlation.clone().unwrap_or(own_id).into());
    if let Some(causation) = &commit.causation {
        say("causationid", causation.clone().into());
    }
    if let Some(trace) = &commit.trace {
        say("traceparent", trace.clone().into());
    }
    if let Some(event) = event {
        let of = format!("urn:annals:{}.{event_type}:{}", commit.record_type, event.schema);
        say("datacontenttype", "application/json".into());
        say("dataschema", of.into());
        say("data", event.shown().data);
    }
    detail
}

/// How many of the first entries make one call.
fn chunk(waiting: &[Entry]) -> usize {
    let mut bytes = 0;
    let fits = waiting.iter().take(ENTRIES_MAX).take_while(|entry| {
        bytes += entry.bytes;
        bytes <= CALL_MAX_BYTES
    });
    fits.count().max(1)
}

fn sequence(record: &EventRecord) -> String {
    record.change.sequence_number.clone().unwrap_or_default()
}

fn minute_of(commit: CommitId) -> i64 {
    commit.minted_at().as_millis().div_euclid(MINUTE_MS)
}
