//! What the projector owes its views: generations, parking, divergence, reconciling, snapshots.

mod audit;
mod diverged;
mod generations;
mod parking;
mod reconcile;
mod snapshots;

use crate::support::probe::{self, Build, Fold};
use crate::support::{World, event};
use aws_sdk_dynamodb::types::AttributeValue;
use events::{Registered, Registry};
use projections::{
    COUNTER_SHARDS, COUNTS, Contribution, Counter, Projector, RECORDS, RecordRow, counter_key,
    row_key,
};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use store::{Generation, Order, Parked, RowQuery, Rows, Store, Table, ViewGenerations};
use vocabulary::{RecordKey, StoredEvent};

/// Every record that has a commit.
pub(crate) async fn records_of_the_log(world: &World) -> BTreeSet<RecordKey> {
    let client = world.stack.engine.dynamodb();
    let (mut keys, mut start) = (BTreeSet::new(), None);
    loop {
        let page = client
            .scan()
            .table_name("annals-events")
            .projection_expression("pk")
            .set_exclusive_start_key(start)
            .send()
            .await
            .unwrap();
        let pks = page.items().iter().map(|item| item["pk"].as_s().unwrap());
        keys.extend(pks.map(|pk| RecordKey::from_pk(pk).unwrap()));
        start = page.last_evaluated_key;
        if start.is_none() {
            return keys;
        }
    }
}

async fn view(world: &World, name: &str) -> ViewGenerations {
    let views = world.stack.store.views().await.unwrap();
    views.into_iter().find(|view| view.view == name).unwrap()
}

async fn row(store: &Store, generation: Generation, key: &RecordKey) -> Option<RecordRow> {
    store.row(Table::Records, &row_key(generation, key)).await.unwrap()
}

async fn contribution(
    store: &Store,
    generation: Generation,
    key: &RecordKey,
) -> Option<Contribution> {
    store.row(Table::Counts, &row_key(generation, key)).await.unwrap()
}

fn of(registry: &Registry, key: &RecordKey) -> Registered {
    registry.by_name(key.record_type.as_str()).unwrap()
}

/// Every row of both views is what the log folds to, and every number is the number of records: in
/// the active generations, under a registry's folds.
pub(crate) async fn views_agree_with_the_log(world: &World, registry: &Registry) {
    let (records, counts) = (view(world, RECORDS).await, view(world, COUNTS).await);
    generations_agree_with_the_log(world, registry, records.active, counts.active).await;
}

pub(crate) async fn generations_agree_with_the_log(
    world: &World,
    registry: &Registry,
    records: Generation,
    counts: Generation,
) {
    let store = &world.stack.store;
    let mut numbers: BTreeMap<(String, String), i64> = BTreeMap::new();
    let keys = records_of_the_log(world).await;
    for key in &keys {
        let folded = store.pull(of(registry, key), key, None).await.unwrap().folded.unwrap();
        let expected = RecordRow::of(records, &folded, None).unwrap();
        assert_eq!(row(store, records, key).await, Some(expected), "{key}");
        let expected = Contribution::of(counts, &folded, None);
        if let Some(status) = &expected.status {
            let number = (key.record_type.to_string(), status.clone());
            *numbers.entry(number).or_default() += 1;
        }
        assert_eq!(contribution(store, counts, key).await, Some(expected), "{key}");
    }
    let workspaces: BTreeSet<_> = keys.iter().map(|key| (&key.tenant, &key.record_type)).collect();
    let mut counted: BTreeMap<(String, String), i64> = BTreeMap::new();
    for (tenant, record_type) in workspaces {
        for shard in 0..COUNTER_SHARDS {
            let partition = counter_key(counts, tenant, record_type.as_str(), shard);
            let rows = Rows::Of(Table::Counts);
            let query =
                RowQuery { rows, partition, after: None, order: Order::Ascending, limit: 100 };
            for Counter { sk, n, .. } in store.rows::<Counter>(&query).await.unwrap() {
                *counted.entry((record_type.to_string(), sk)).or_default() += n;
            }
        }
    }
    counted.retain(|_, n| *n != 0);
    assert_eq!(counted, numbers);
}

/// The projector of another build, on the same tables.
fn projector_with(world: &World, registry: Registry) -> Projector {
    Projector {
        registry: Arc::new(registry),
        build: "another-build",
        ..(*world.stack.projector).clone()
    }
}

/// Parked records of the live generations of both views.
async fn parked(world: &World) -> Vec<Parked> {
    let mut all = Vec::new();
    for name in [RECORDS, COUNTS] {
        for generation in view(world, name).await.live() {
            all.extend(world.stack.store.parked(name, generation).await.unwrap());
        }
    }
    all
}

/// Changes attributes of an item behind everybody's back.
pub(crate) async fn meddle(world: &World, table: &str, item: HashMap<String, AttributeValue>) {
    let put = world.stack.engine.dynamodb().put_item().table_name(table);
    put.set_item(Some(item)).send().await.unwrap();
}

pub(crate) async fn item_of(
    world: &World,
    table: &str,
    key: [(&str, AttributeValue); 2],
) -> HashMap<String, AttributeValue> {
    let mut get = world.stack.engine.dynamodb().get_item().table_name(table);
    for (name, value) in key {
        get = get.key(name, value);
    }
    get.send().await.unwrap().item.unwrap()
}

/// A customer called Lily, handed over with every commit.
pub(crate) fn change(version: u64) -> Vec<StoredEvent> {
    let data = json!({"personal": {"name": "Lily"}, "tags": [], "owner": "first"});
    match version {
        1 => vec![event("registered", data)],
        _ => vec![event("handed_over", json!({"to": format!("person-{version}")}))],
    }
}

pub(crate) fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

#[tokio::test]
async fn two_folds_of_one_log_lead_to_two_states_and_have_two_fingerprints() {
    let (first, second) =
        (probe::registry(Fold::First, Build::Broken), probe::registry(Fold::Second, Build::Broken));
    let mended = probe::registry(Fold::First, Build::Mended);
    let fingerprint = |registry: &Registry| registry.by_name("probe").unwrap().fingerprint;
    assert_ne!(fingerprint(&first), fingerprint(&second));
    assert_eq!(fingerprint(&first), fingerprint(&mended));
    for (registry, sum) in [(first, 12), (second, 122)] {
        let world = World::with_registry(registry).await;
        let editor = world.caller("editor");
        let made = editor.post("/probes", json!({"value": "5"})).await.expect(201);
        let path = format!("/probes/{}", made.id());
        let edited = editor.with("if-match", "\"1\"").patch(&path, json!({"value": "7"})).await;
        assert_eq!(edited.expect(200).json()["sum"], sum);
    }
}
