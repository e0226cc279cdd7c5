//! What must be true at the end of a schedule.

use super::audit;
use super::naive;
use super::probe::{Fold, registry};
use super::schedule::{Fate, Projecting, Wish};
use crate::support::demo_key;
use aws_sdk_dynamodb::Client;
use projections::{
    AUDIT, COUNTER_SHARDS, COUNTS, Counter, RECORDS, RecordRow, counter_key, row_key,
};
use std::collections::{BTreeMap, BTreeSet};
use store::{Folded, Generation, Order, Recorded, RowQuery, Rows, Store, Table};
use vocabulary::{RecordKey, Tenant, Version};

/// Everything in which the views differ from the log, or the log from what was acknowledged.
pub(super) async fn differences(
    store: &Store,
    client: &Client,
    projecting: Projecting,
    fold: Fold,
    wishes: &[Wish],
) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut heads = Vec::new();
    let mut logs = Vec::new();
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    for key in records(wishes) {
        let commits = log(store, &key).await;
        let mut folded = None;
        for commit in &commits {
            let of = registry(fold).by_name("probe").unwrap();
            if let Err(error) = Folded::fold(&mut folded, of, commit) {
                wrong.push(format!("{key}: the log does not fold: {error}"));
            }
            *seen.entry(commit.commit().key.clone().unwrap_or_default()).or_default() += 1;
        }
        heads.extend(folded);
        logs.push(commits);
    }
    wrong.extend(doubled_or_lost(wishes, &seen));
    match projecting {
        Projecting::Right => wrong.extend(views(store, client, &heads, &logs, fold).await),
        Projecting::CursorFirst => {
            for log in logs.iter().filter(|log| !log.is_empty()) {
                let pk = log[0].key().pk();
                let found = naive::numbers(client, &pk).await.unwrap();
                let numbers: Vec<u64> = log.iter().map(|commit| commit.version().get()).collect();
                if found != numbers {
                    wrong.push(format!("{pk}: rows of {found:?} instead of {numbers:?}"));
                }
            }
        }
        Projecting::GreaterVersion | Projecting::TrustOrder => {
            for head in &heads {
                let (version, state) = naive::row(client, &head.key().pk()).await.unwrap();
                let fresh = head.record().state().unwrap().to_string();
                if version != head.version().get() || state.as_deref() != Some(&fresh) {
                    wrong.push(format!("{}: the naive row is wrong", head.key()));
                }
            }
        }
        Projecting::AddOne => {
            for (status, expected) in statuses(&heads) {
                let found = naive::number(client, &status).await.unwrap();
                if found != expected {
                    wrong.push(format!("{found} are {status}, not {expected}"));
                }
            }
        }
    }
    wrong
}

/// How many commits there are.
pub(super) async fn commits(store: &Store, wishes: &[Wish]) -> u64 {
    let mut count = 0;
    for key in records(wishes) {
        count += u64::try_from(log(store, &key).await.len()).unwrap();
    }
    count
}

fn records(wishes: &[Wish]) -> Vec<RecordKey> {
    let ids: BTreeSet<&str> = wishes.iter().map(|wish| wish.record.as_str()).collect();
    ids.into_iter().map(|id| demo_key("probe", id)).collect()
}

async fn log(store: &Store, key: &RecordKey) -> Vec<Recorded> {
    let all = (Version::FIRST, Version::LAST);
    let commits = store.commits(key, all, Order::Ascending, usize::MAX).await.unwrap();
    commits.into_iter().map(|commit| commit.unwrap()).collect()
}

/// Every acknowledged command changed the log once, or found nothing to change; no refused one did.
fn doubled_or_lost(wishes: &[Wish], seen: &BTreeMap<String, u64>) -> Vec<String> {
    let mut wrong = Vec::new();
    for wish in wishes {
        let times = seen.get(&wish.key).copied().unwrap_or(0);
        // Finishing what is finished is no commit.
        let may_be_nothing = wish.may_change_nothing();
        let fits = match wish.fate {
            Fate::Acknowledged => times == 1 || (times == 0 && may_be_nothing),
            // Another try of it may have come through before or after the one that was refused.
            Fate::Refused => times == 0 || (times == 1 && wish.tries > 1),
            Fate::Unknown => false,
        };
        if !fits {
            wrong.push(format!("{times} commits for {wish:?}"));
        }
    }
    wrong
}

async fn views(
    store: &Store,
    client: &Client,
    heads: &[Folded],
    logs: &[Vec<Recorded>],
    fold: Fold,
) -> Vec<String> {
    let mut wrong = Vec::new();
    for view in store.views().await.unwrap() {
        for generation in view.live() {
            let parked = store.parked(&view.view, generation).await.unwrap();
            wrong.extend(
                parked.iter().map(|parked| format!("still parked in {}: {parked:?}", view.view)),
            );
            match view.view.as_str() {
                RECORDS => wrong.extend(rows(store, generation, heads, fold).await),
                COUNTS => wrong.extend(numbers(store, generation, heads).await),
                AUDIT => wrong.extend(audit::commits(store, client, generation, logs, fold).await),
                other => wrong.push(format!("an unknown view `{other}`")),
            }
        }
    }
    wrong
}

async fn rows(store: &Store, generation: Generation, heads: &[Folded], fold: Fold) -> Vec<String> {
    let mut wrong = Vec::new();
    for head in heads {
        let row: Option<RecordRow> =
            store.row(Table::Records, &row_key(generation, head.key())).await.unwrap();
        let of = registry(fold).by_name("probe").unwrap();
        let fresh = RecordRow::of(generation, head, None).unwrap();
        let folds = row.as_ref().is_some_and(|row| row.folded(of, head.key()).is_some());
        if row.as_ref() != Some(&fresh) || !folds {
            wrong.push(format!("generation {}: {row:?} instead of {fresh:?}", generation.number));
        }
    }
    wrong
}

async fn numbers(store: &Store, generation: Generation, heads: &[Folded]) -> Vec<String> {
    let mut found: BTreeMap<String, i64> = statuses(&[]);
    let tenant = Tenant::of_organisation("demo").unwrap();
    for shard in 0..COUNTER_SHARDS {
        let partition = counter_key(generation, &tenant, "probe", shard);
        let rows = Rows::Of(Table::Counts);
        let query = RowQuery { rows, partition, after: None, order: Order::Ascending, limit: 100 };
        for counter in store.rows::<Counter>(&query).await.unwrap() {
            *found.entry(counter.sk).or_default() += counter.n;
        }
    }
    let expected = statuses(heads);
    if found == expected {
        Vec::new()
    } else {
        vec![format!("generation {}: counted {found:?} instead of {expected:?}", generation.number)]
    }
}

fn statuses(heads: &[Folded]) -> BTreeMap<String, i64> {
    let mut statuses = BTreeMap::from([("open".to_owned(), 0), ("done".to_owned(), 0)]);
    for head in heads {
        *statuses.entry(head.record().summary().unwrap().status.to_owned()).or_default() += 1;
    }
    statuses
}
