//! A log of many commits with a true chain: written straight into the table, projected by the projector.
//!
//! Each record has 50 commits, one a day. One actor and one day are the sought ones: their commits are
//! all among the first. What is added later belongs to other actors and other days.

use crate::house::House;
use anyhow::{Context, bail};
use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use futures::stream::{self, StreamExt, TryStreamExt};
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;
use store::{Clock, Draft, FEED_SHARDS, Head, Recorded};
use vocabulary::{
    Actor, ActorId, ActorKind, ActorName, Digest, Instant, Personal, RecordKey, Schema, StoredEvent,
};

/// Commits of each record.
pub(crate) const PER_RECORD: usize = 50;
/// The days that the log covers.
const DAYS: usize = 200;
/// Who else acts.
const ACTORS: usize = 100;
/// The day that is sought: this one after the first, which no other record has a commit on.
const SOUGHT_DAY: usize = 120;
/// How many records have all of their commits on the day that is sought.
const ON_SOUGHT_DAY: usize = 20;
/// How many records have one commit by the actor who is sought.
const BY_SOUGHT: usize = 100;
/// The first day: 2026-03-01.
const BEGIN_MS: i64 = 1_772_323_200_000;
const DAY_MS: i64 = 86_400_000;
/// Items of one write (DynamoDB API reference, `BatchWriteItem`, read 2026-11-24).
const TOGETHER: usize = 25;
const AT_ONCE: usize = 8;
/// Records in one call of the projector.
const BATCH: usize = 100;

/// The actor who is sought.
pub(crate) const SOUGHT: &str = "5ab1e000-0000-4000-8000-0000000000aa";
/// The flow that is sought.
pub(crate) const FLOW: &str = "import-of-one-day";

/// The fewest commits that hold all that is sought.
pub(crate) const LEAST: usize = (ON_SOUGHT_DAY + BY_SOUGHT) * PER_RECORD;

/// The days of a search for the day that is sought: from, and before.
pub(crate) fn sought_day() -> (Instant, Instant) {
    (day(SOUGHT_DAY), day(SOUGHT_DAY + 1))
}

fn day(number: usize) -> Instant {
    Instant::from_millis(BEGIN_MS).plus_millis(i64::try_from(number).unwrap_or(0) * DAY_MS)
}

/// Writes records from one number up to another into the event table, and projects them.
pub(crate) async fn records(
    house: &Arc<House>,
    range: std::ops::Range<usize>,
) -> anyhow::Result<()> {
    let batches = range.clone().step_by(BATCH).map(|first| first..range.end.min(first + BATCH));
    for batch in batches {
        log(house, batch.clone(), PER_RECORD).await?;
        house.project(hints(batch)?).await?;
    }
    Ok(())
}

/// Writes records from one number up to another into the event table, each of so many commits, and leaves
/// it at that.
pub(crate) async fn log(
    house: &Arc<House>,
    range: std::ops::Range<usize>,
    commits: usize,
) -> anyhow::Result<()> {
    let written = range.map(|number| {
        let house = house.clone();
        async move { written(&house, number, commits).await }
    });
    stream::iter(written).buffer_unordered(AT_ONCE).try_collect::<Vec<()>>().await.map(drop)
}

async fn written(house: &House, number: usize, commits: usize) -> anyhow::Result<()> {
    let mut requests = Vec::new();
    let mut head: Option<Head> = None;
    let key = key(number)?;
    for commit in 0..commits {
        let recorded = Recorded::after(head.as_ref(), &key, draft(number, commit)?)?;
        head = Some(recorded.head());
        let put = PutRequest::builder().set_item(Some(item(&recorded))).build()?;
        requests.push(WriteRequest::builder().put_request(put).build());
    }
    let table = &house.store.tables().events;
    let client = house.engine.dynamodb();
    for together in requests.chunks(TOGETHER) {
        let answer =
            client.batch_write_item().request_items(table, together.to_vec()).send().await?;
        if answer.unprocessed_items.is_some_and(|left| !left.is_empty()) {
            bail!("the engine left commits unwritten");
        }
    }
    Ok(())
}

fn key(number: usize) -> anyhow::Result<RecordKey> {
    Ok(RecordKey::from_pk(&format!("t.demo#customer#LARGE{number:021}"))?)
}

/// When a commit of a record is made: one a day, except for those of the sought day.
fn at(number: usize, commit: usize) -> Instant {
    let second = (number * 7_919 + commit * 104_729) % 86_000;
    let in_day = |seconds: usize| i64::try_from(seconds).unwrap_or(0) * 1_000;
    if number < ON_SOUGHT_DAY {
        return day(SOUGHT_DAY).plus_millis(in_day(commit * 1_700 + number));
    }
    let of = number % (DAYS - PER_RECORD - 1) + commit;
    let of = if of < SOUGHT_DAY { of } else { of + 1 };
    day(of).plus_millis(in_day(second))
}

fn draft(number: usize, commit: usize) -> anyhow::Result<Draft> {
    let now = at(number, commit);
    let sought = (ON_SOUGHT_DAY..ON_SOUGHT_DAY + BY_SOUGHT).contains(&number) && commit == 25;
    let other = format!("5ab1e000-0000-4000-8000-{:012x}", 4_096 + (number + commit) % ACTORS);
    let id = ActorId::parse(if sought { SOUGHT } else { &other })?;
    let name = Some(Personal::Known(ActorName("editor".to_owned())));
    let flow = number < ON_SOUGHT_DAY && commit == 0;
    let event = match commit {
        0 => (
            "registered",
            json!({"personal": {"name": "Ottoline Featherstonehaugh", "company": "Featherstonehaugh & Daughters"}, "tags": ["key account"], "owner": other}),
        ),
        _ if commit.is_multiple_of(5) => ("handed_over", json!({ "to": other })),
        _ => (
            "contact_changed",
            json!({"personal": {"email": format!("office-{commit}@featherstonehaugh.example")}}),
        ),
    };
    let (event_type, data) = event;
    Ok(Draft {
        commit: Clock::new(move || now).mint(),
        now,
        effective_at: None,
        actor: Actor { kind: ActorKind::AppUser, id, name, on_behalf_of: None },
        reason: (commit.is_multiple_of(10)).then(|| "as told on the telephone".to_owned()),
        correlation: flow.then(|| FLOW.to_owned()),
        causation: None,
        trace: None,
        key: None,
        request: None,
        app: env!("CARGO_PKG_VERSION").to_owned(),
        events: vec![StoredEvent { event_type: event_type.to_owned(), schema: Schema(1), data }],
    })
}

/// A commit's item, by docs/format.md.
fn item(recorded: &Recorded) -> HashMap<String, AttributeValue> {
    let (pk, id) = (recorded.key().pk(), recorded.commit().commit);
    let shard = Digest::of(&[pk.as_bytes()]).shard(FEED_SHARDS);
    let text = |name: &str, value: String| (name.to_owned(), AttributeValue::S(value));
    HashMap::from([
        text("d", format!("{}#{shard}", id.minted_at().day())),
        text("pk", pk),
        ("rev".to_owned(), AttributeValue::N(recorded.version().to_string())),
        ("p".to_owned(), AttributeValue::B(Blob::new(recorded.prev().as_bytes()))),
        text("c", id.to_string()),
        text("e", recorded.text().to_owned()),
    ])
}

/// What the stream would say of the newest commits of records, without their images: a stream record is
/// a hint, and the projector reads the log.
fn hints(records: std::ops::Range<usize>) -> anyhow::Result<Event> {
    let hint = |number: usize| -> anyhow::Result<EventRecord> {
        let record = json!({
            "awsRegion": "local", "eventID": number.to_string(), "eventName": "INSERT",
            "eventSource": "aws:dynamodb", "eventVersion": "1.1",
            "dynamodb": {
                "Keys": {"pk": {"S": key(number)?.pk()}, "rev": {"N": PER_RECORD.to_string()}},
                "NewImage": {}, "OldImage": {}, "SequenceNumber": (number + 1).to_string(), "SizeBytes": 1,
                "StreamViewType": "NEW_AND_OLD_IMAGES",
            },
        });
        serde_json::from_value(record).context("a stream record")
    };
    let mut event = Event::default();
    event.records = records.map(hint).collect::<anyhow::Result<_>>()?;
    Ok(event)
}
