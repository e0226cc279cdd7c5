//! What must be true of the view `audit` at the end of a schedule: each commit stands once in each of its
//! lists, as a fresh fold tells it, and nothing else does.

use super::probe::{Fold, registry};
use super::schedule::TABLES;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use projections::{AUDIT, AuditCursor, CommitList, CommitRow};
use serde_dynamo::aws_sdk_dynamodb_1::from_item;
use serde_json::Map;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use store::{Folded, Generation, Recorded, Store};

/// Rows by their keys.
type Rows = BTreeMap<(String, String), CommitRow>;

/// What the table holds of one generation.
#[derive(Default)]
struct Held {
    rows: Rows,
    days: BTreeSet<(String, String)>,
    cursors: Vec<AuditCursor>,
}

/// Everything in which a generation differs from the log.
pub(super) async fn commits(
    store: &Store,
    client: &Client,
    generation: Generation,
    logs: &[Vec<Recorded>],
    fold: Fold,
) -> Vec<String> {
    let held = held(client, generation).await;
    let mut wrong = Vec::new();
    let fresh = rows(generation, logs, fold);
    // A fold that ran before leaves its rows beside those of the present one, and never in their place.
    let before = rows(generation, logs, Fold::First);
    for (at, row) in &fresh {
        match held.rows.get(at) {
            Some(found) if found == row => {}
            found => wrong.push(format!("{found:?} instead of {row:?}")),
        }
    }
    for (at, row) in &held.rows {
        if fresh.get(at).or(before.get(at)) != Some(row) {
            wrong.push(format!("too much: {row:?}"));
        }
    }
    wrong.extend(unfindable(generation, &held, &fresh));
    let cursors: BTreeSet<&str> = held.cursors.iter().map(|row| row.sk.as_str()).collect();
    for log in logs.iter().filter(|log| !log.is_empty()) {
        let newest = folded(log, fold).pop().unwrap().1;
        let cursor = AuditCursor::of(generation, &newest, None, None).unwrap();
        if !held.cursors.contains(&cursor) {
            wrong.push(format!("no cursor like {cursor:?} among {cursors:?}"));
        }
    }
    if held.cursors.len() != logs.iter().filter(|log| !log.is_empty()).count() {
        wrong.push(format!("cursors of {cursors:?}"));
    }
    let pass = store.pass(AUDIT, generation).await.unwrap();
    if generation.number == 1 && pass.is_none_or(|pass| pass.done_at.is_none()) {
        wrong.push("the view has not been held against the whole log".to_owned());
    }
    wrong
}

/// Rows whose day no directory names.
fn unfindable(generation: Generation, held: &Held, fresh: &Rows) -> Vec<String> {
    let mut wrong = Vec::new();
    for row in fresh.values() {
        let tenant = store_key(row).tenant;
        let day = row.at.day();
        let lists = [
            CommitList::All,
            CommitList::Actor(row.actor.id.clone()),
            CommitList::Flow(row.correlation.clone()),
        ];
        for list in lists {
            let named = held.days.contains(&(list.days(generation, &tenant), day.clone()));
            if !named && list.implied_day().as_ref() != Some(&day) {
                wrong.push(format!("{list:?} does not name the day {day}"));
            }
        }
    }
    wrong
}

fn store_key(row: &CommitRow) -> vocabulary::RecordKey {
    vocabulary::RecordKey::from_pk(&row.record).unwrap()
}

/// All rows that there should be, computed by hand: a probe has two fields.
fn rows(generation: Generation, logs: &[Vec<Recorded>], fold: Fold) -> Rows {
    let fingerprint = registry(fold).by_name("probe").unwrap().fingerprint.to_string();
    let mut rows = Rows::new();
    for log in logs {
        let mut before = Map::new();
        for (commit, state) in folded(log, fold) {
            let after = state.to_json();
            let changed: Vec<String> = ["status", "value"]
                .into_iter()
                .filter(|name| before.get(*name) != after.get(*name))
                .map(|name| format!("/{name}"))
                .collect();
            for row in CommitRow::of(generation, commit, &fingerprint, &changed) {
                rows.insert((row.pk.clone(), row.sk.clone()), row);
            }
            before = after;
        }
    }
    rows
}

fn folded(log: &[Recorded], fold: Fold) -> Vec<(&Recorded, Folded)> {
    let of = registry(fold).by_name("probe").unwrap();
    let mut state: Option<Folded> = None;
    let fold = |commit| {
        Folded::fold(&mut state, of, commit).unwrap();
        (commit, state.clone().unwrap())
    };
    log.iter().map(fold).collect()
}

async fn held(client: &Client, generation: Generation) -> Held {
    let mut held = Held::default();
    let table = format!("{TABLES}-audit");
    let mut start: Option<HashMap<String, AttributeValue>> = None;
    loop {
        let scan = client.scan().table_name(&table).consistent_read(true).limit(100);
        let page = scan.set_exclusive_start_key(start).send().await.unwrap();
        for item in page.items() {
            let text = |name: &str| item[name].as_s().unwrap().clone();
            if !text("pk").starts_with(&format!("{}#", generation.number)) {
                continue;
            }
            if item.contains_key("record") {
                held.rows.insert((text("pk"), text("sk")), from_item(item.clone()).unwrap());
            } else if item.contains_key("state") {
                held.cursors.push(from_item(item.clone()).unwrap());
            } else {
                held.days.insert((text("pk"), text("sk")));
            }
        }
        start = page.last_evaluated_key;
        if start.is_none() {
            return held;
        }
    }
}
