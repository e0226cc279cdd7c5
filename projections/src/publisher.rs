//! The publisher: tells the world what happened, through EventBridge.
//!
//! Delivers at least once, unordered across records. A rebuild never comes here. After an outage the
//! repair reads the feed from the publisher's own watermark and publishes what is not known to have
//! been.

use crate::image;
use crate::reconcile::MARGIN_MS;
use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_lambda_events::event::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use events::Registry;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use store::{Clock, Commit, FeedEntry, FeedRange, Order, Recorded, Store, StoreError, chain};
use vocabulary::CommitId;

/// The most entries of one call (EventBridge quotas, `PutEvents`, read 2026-11-22).
const ENTRIES_MAX: usize = 10;
/// The most bytes of one call, all entries together (the same page says 256 KB; the rest is room for
/// names and times).
const CALL_MAX_BYTES: usize = 240 * 1024;
/// An entry larger than this is published as a pointer.
const ENTRY_MAX_BYTES: usize = 200 * 1024;
/// How often entries are tried that the bus refuses for the moment.
const TRIES_MAX: u32 = 4;
/// How close to now the repair looks: the stream needs time to deliver.
const RECENT_MS: i64 = 5 * 60_000;
/// How far back the first repair looks.
const FIRST_RUN_MS: i64 = 48 * 3_600_000;
const READER: &str = "publisher";
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

/// Commits that could not be published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The tables could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The bus could not be reached.
    #[error("publishing did not get through")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The bus kept refusing entries.
    #[error("the bus refused {failed} entries, the first because of {code}")]
    Refused {
        /// How many were left over.
        failed: usize,
        /// What the bus says of the first.
        code: String,
    },
}

struct Entry {
    commit: CommitId,
    bytes: usize,
    request: PutEventsRequestEntry,
}

impl Publisher {
    /// Publishes one batch of stream records in their order. Reports the first one that could not be
    /// published, so that it and all after it come again.
    ///
    /// # Errors
    /// [`PublishError`] when what was published could not be noted: all comes again.
    pub async fn handle(&self, event: Event) -> Result<DynamoDbEventResponse, PublishError> {
        let inserted = event.records.iter().filter(|record| record.event_name == "INSERT");
        let mut commits: Vec<(String, Recorded)> = Vec::new();
        for record in inserted {
            match image::commit(record) {
                Ok(commit) => commits.push((sequence(record), commit)),
                // The projector parks it for people to see; it cannot be told to anybody else.
                Err(error) => tracing::error!(
                    error = chain(&error),
                    metric = "PublishFailed",
                    "a commit cannot be read and is not published"
                ),
            }
        }
        let recorded: Vec<&Recorded> = commits.iter().map(|(_, commit)| commit).collect();
        let (published, outcome) = self.publish(&recorded).await;
        self.note(&published).await?;
        let mut response = DynamoDbEventResponse::default();
        if let Err(error) = outcome {
            tracing::error!(
                error = chain(&error),
                metric = "PublishFailed",
                "commits have to be published again"
            );
            let missing = commits.iter().find(|(_, c)| !published.contains(&c.commit().commit));
            let mut failure = DynamoDbBatchItemFailure::default();
            failure.item_identifier = missing.map(|(sequence, _)| sequence.clone());
            response.batch_item_failures.push(failure);
        }
        Ok(response)
    }

    /// Publishes what the stream lost: everything in the feed since the watermark, less a margin,
    /// that is not known to have been published.
    ///
    /// # Errors
    /// [`PublishError`]; the watermark has then not moved.
    pub async fn repair(&self) -> Result<u64, PublishError> {
        let now = self.clock.now();
        let to = now.plus_millis(-RECENT_MS);
        let watermark = self.store.watermark(READER).await?;
        let from =
            watermark.unwrap_or_else(|| now.plus_millis(-FIRST_RUN_MS)).plus_millis(-MARGIN_MS);
        let mut range = FeedRange::between(from, to);
        let mut repaired = 0;
        while let Some(page) = self.store.feed_page(&mut range).await? {
            repaired += self.publish_missing(&page).await?;
        }
        self.store.move_watermark(READER, to).await?;
        tracing::info!(repaired, "publishing repaired");
        Ok(repaired)
    }

    async fn publish_missing(&self, page: &[FeedEntry]) -> Result<u64, PublishError> {
        let mut known: BTreeMap<i64, BTreeSet<CommitId>> = BTreeMap::new();
        let mut missing = Vec::new();
        for entry in page {
            let minute = minute_of(entry.commit);
            if let std::collections::btree_map::Entry::Vacant(unread) = known.entry(minute) {
                unread.insert(self.store.published(minute).await?.into_iter().collect());
            }
            let is_known = known.get(&minute).is_some_and(|ids| ids.contains(&entry.commit));
            if is_known {
                continue;
            }
            let Some(key) = image::record_key(&entry.pk) else { continue };
            let range = (entry.version, entry.version);
            let commits = self.store.commits(&key, range, Order::Ascending, 1).await?;
            missing.extend(commits.into_iter().flatten());
        }
        let (published, outcome) = self.publish(&missing.iter().collect::<Vec<_>>()).await;
        self.note(&published).await?;
        outcome.map(|()| u64::try_from(published.len()).unwrap_or(u64::MAX))
    }

    /// Publishes commits in order; says which of them are out, all their events.
    async fn publish(
        &self,
        commits: &[&Recorded],
    ) -> (BTreeSet<CommitId>, Result<(), PublishError>) {
        let mut waiting: Vec<Entry> =
            commits.iter().flat_map(|commit| self.entries(commit.commit())).collect();
        let mut outcome = Ok(());
        while outcome.is_ok() && !waiting.is_empty() {
            let rest = waiting.split_off(chunk(&waiting));
            let (left, sent) = self.send(waiting).await;
            outcome = sent;
            waiting = left.into_iter().chain(rest).collect();
        }
        let unsent: BTreeSet<CommitId> = waiting.iter().map(|entry| entry.commit).collect();
        let all = commits.iter().map(|commit| commit.commit().commit);
        (all.filter(|id| !unsent.contains(id)).collect(), outcome)
    }

    /// Sends one chunk; only entries that failed are tried again. Says what is left over.
    async fn send(&self, mut chunk: Vec<Entry>) -> (Vec<Entry>, Result<(), PublishError>) {
        let mut tries = 1;
        loop {
            let requests = chunk.iter().map(|entry| entry.request.clone()).collect();
            let answer = self.client.put_events().set_entries(Some(requests)).send().await;
            let answer = match answer {
                Ok(answer) => answer,
                Err(error) => return (chunk, Err(PublishError::Unreachable(error.into()))),
            };
            // A 200 may carry failures: every entry of the answer is looked at, in order.
            let codes: Vec<Option<String>> = answer
                .entries()
                .iter()
                .map(|entry| entry.error_code().map(str::to_owned))
                .collect();
            let unanswered = codes.len() < chunk.len();
            let mut code = codes.iter().flatten().next().cloned();
            let mut codes = codes.into_iter();
            chunk.retain(|_entry| !matches!(codes.next(), Some(None)));
            if chunk.is_empty() {
                return (chunk, Ok(()));
            }
            if tries >= TRIES_MAX {
                let code =
                    code.take().filter(|_| !unanswered).unwrap_or_else(|| "no answer".to_owned());
                let failed = chunk.len();
                return (chunk, Err(PublishError::Refused { failed, code }));
            }
            let ceiling_ms = 50_u64 << tries;
            tokio::time::sleep(Duration::from_millis(fastrand::u64(10..=ceiling_ms))).await;
            tries += 1;
        }
    }

    async fn note(&self, published: &BTreeSet<CommitId>) -> Result<(), PublishError> {
        let mut minutes: BTreeMap<i64, Vec<CommitId>> = BTreeMap::new();
        for commit in published {
            minutes.entry(minute_of(*commit)).or_default().push(*commit);
        }
        for (minute, commits) in minutes {
            self.store.note_published(minute, &commits, self.clock.now()).await?;
        }
        Ok(())
    }

    fn entries(&self, commit: &Commit) -> Vec<Entry> {
        (0..commit.events.len()).map(|index| self.entry(commit, index)).collect()
    }

    fn entry(&self, commit: &Commit, index: usize) -> Entry {
        let detail = cloud_event(commit, index);
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
        Entry { commit: commit.commit, bytes, request }
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
        say("data", event.data.clone());
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
