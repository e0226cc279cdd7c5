//! Attacks on the event table, each with what is found of it. The table in docs/format.md is written
//! from what this test sees, and held against it.

use crate::rules::root;
use crate::support::{HandClock, World, demo_key, event};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use local::Settings;
use projections::{RECORDS, RecordRow, row_key};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use store::{Table, Tables};
use verify::{Beside, Extent, Fault, Head, Stored, Verifier};
use vocabulary::{Digest, RecordKey, StoredEvent};

type Item = HashMap<String, AttributeValue>;
type Heads = BTreeMap<String, (u64, Digest)>;

/// How many commits each record has before it is attacked.
const COMMITS: u64 = 5;

/// Whoever may write the event table, past every function of ours.
struct Attacker<'a> {
    world: &'a World,
    key: RecordKey,
}

impl Attacker<'_> {
    async fn item(&self, rev: u64) -> Item {
        items(self.world, &self.key.pk()).await[usize::try_from(rev).unwrap() - 1].clone()
    }

    async fn put(&self, item: Item) {
        let put = self.world.stack.engine.dynamodb().put_item().table_name(events());
        put.set_item(Some(item)).send().await.unwrap();
    }

    async fn delete(&self, rev: u64) {
        let delete = self.world.stack.engine.dynamodb().delete_item().table_name(events());
        let rev = AttributeValue::N(rev.to_string());
        let at = delete.key("pk", AttributeValue::S(self.key.pk())).key("rev", rev);
        at.send().await.unwrap();
    }

    /// Changes what a commit tells.
    async fn edit(&self, rev: u64) {
        let mut item = self.item(rev).await;
        let text = item["e"].as_s().unwrap().replace("\"to\":\"owner-", "\"to\":\"thief-");
        assert_ne!(&text, item["e"].as_s().unwrap());
        item.insert("e".to_owned(), AttributeValue::S(text));
        self.put(item).await;
    }

    /// Makes every later commit follow the one before it again.
    async fn chain_anew(&self, from: u64) {
        for rev in from..=COMMITS {
            let (before, mut item) = (self.item(rev - 1).await, self.item(rev).await);
            item.insert("p".to_owned(), AttributeValue::B(Blob::new(hash(&before).as_bytes())));
            self.put(item).await;
        }
    }

    async fn delete_record(&self) {
        for rev in 1..=COMMITS {
            self.delete(rev).await;
        }
    }

    async fn delete_row(&self) {
        let generation = generation(self.world).await;
        let at = row_key(generation, &self.key);
        let delete = self.world.stack.engine.dynamodb().delete_item().table_name("annals-records");
        let delete = delete.key("pk", AttributeValue::S(at.pk));
        delete.key("sk", AttributeValue::S(at.sk)).send().await.unwrap();
    }

    /// The texts of two versions, each under the other's number; the rest is left.
    async fn swap(&self, one: u64, other: u64) {
        let (mut first, mut second) = (self.item(one).await, self.item(other).await);
        let text = first.insert("e".to_owned(), second["e"].clone()).unwrap();
        second.insert("e".to_owned(), text);
        self.put(first).await;
        self.put(second).await;
    }

    /// One more commit, as a function of ours would have made it.
    async fn append(&self) {
        self.world.append(&self.key, handed_over("thief")).await;
    }

    /// Puts a commit of this record under the key of another.
    async fn move_to(&self, other: &RecordKey, rev: u64) {
        let mut item = self.item(rev).await;
        self.delete(rev).await;
        item.insert("pk".to_owned(), AttributeValue::S(other.pk()));
        self.put(item).await;
    }
}

fn events() -> String {
    Tables::of_stack("annals").events
}

fn handed_over(to: &str) -> Vec<StoredEvent> {
    vec![event("handed_over", json!({ "to": to }))]
}

/// The hash of an item, by docs/format.md.
fn hash(item: &Item) -> Digest {
    let (p, e) = (item["p"].as_b().unwrap(), item["e"].as_s().unwrap());
    Digest::of(&[b"annals:commit:v1\0", p.as_ref(), e.as_bytes()])
}

async fn generation(world: &World) -> store::Generation {
    let views = world.stack.store.views().await.unwrap();
    views.into_iter().find(|view| view.view == RECORDS).unwrap().active
}

/// A record's items as they stand.
async fn items(world: &World, pk: &str) -> Vec<Item> {
    let query = world.stack.engine.dynamodb().query().table_name(events()).consistent_read(true);
    let query = query.key_condition_expression("pk = :pk");
    let page = query.expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()));
    page.send().await.unwrap().items.unwrap()
}

/// What the view has of some records.
async fn heads(world: &World, keys: &[RecordKey]) -> Heads {
    let generation = generation(world).await;
    let mut heads = Heads::new();
    for key in keys {
        let at = row_key(generation, key);
        let row: Option<RecordRow> = world.stack.store.row(Table::Records, &at).await.unwrap();
        heads.extend(row.map(|row| (key.pk(), (row.version.get(), row.hash))));
    }
    heads
}

/// What the verifier finds in these records, with these heads.
async fn found(world: &World, keys: &[RecordKey], heads: &Heads) -> BTreeSet<Fault> {
    let mut verifier = Verifier::new(Extent::Whole);
    for (pk, (version, hash)) in heads {
        verifier.expect(&Head { pk, version: *version, hash: *hash });
    }
    for key in keys {
        for item in items(world, &key.pk()).await {
            let prev = Digest::from_slice(item["p"].as_b().unwrap().as_ref()).unwrap().to_string();
            let text = |name: &str| item[name].as_s().unwrap().as_str();
            verifier.item(&Stored {
                pk: text("pk"),
                version: item["rev"].as_n().unwrap().parse().ok(),
                prev_hash: Some(&prev),
                text: Some(text("e")),
                beside: Beside::Table { commit_id: Some(text("c")), feed: Some(text("d")) },
            });
        }
    }
    let report = verifier.finish();
    assert!(report.commits > 0 || items(world, &keys[0].pk()).await.is_empty(), "nothing was read");
    report.counts().keys().copied().collect()
}

/// A world, and a record of it for each attack, with another one that is drawn in.
async fn attacked() -> (World, HandClock, Vec<[RecordKey; 2]>) {
    let clock = HandClock::at_noon();
    let world = World::start_with(|settings| Settings { clock: clock.clock(), ..settings }).await;
    world.first_run_over().await;
    let mut records = Vec::new();
    for number in 0..ATTACKS.len() {
        let keys =
            ["attacked", "other"].map(|name| demo_key("customer", &format!("{name}-{number}")));
        for key in &keys {
            let data = json!({"personal": {"name": "Lily"}, "tags": [], "owner": "owner-1"});
            world.append(key, vec![event("registered", data)]).await;
            for owner in 2..=COMMITS {
                world.append(key, handed_over(&format!("owner-{owner}"))).await;
            }
        }
        records.push(keys);
    }
    world.stack.settled().await;
    (world, clock, records)
}

/// What is done, and the words for it.
const ATTACKS: [&str; 11] = [
    "edit a commit in the middle",
    "edit the last but one",
    "edit the last",
    "delete one in the middle",
    "delete the last",
    "delete a whole record",
    "delete a whole record and its row in the view",
    "edit one and chain the later ones anew",
    "swap the texts of two versions",
    "append a forged commit",
    "move a commit to another record's key",
];

async fn attack(number: usize, by: &Attacker<'_>, other: &RecordKey) {
    match number {
        0 => by.edit(3).await,
        1 => by.edit(4).await,
        2 => by.edit(5).await,
        3 => by.delete(3).await,
        4 => by.delete(5).await,
        5 => by.delete_record().await,
        6 => {
            by.delete_record().await;
            by.delete_row().await;
        }
        7 => {
            by.edit(2).await;
            by.chain_anew(3).await;
        }
        8 => by.swap(2, 4).await,
        9 => by.append().await,
        10 => by.move_to(other, 4).await,
        _ => panic!("attack {number}"),
    }
}

fn cell(found: &BTreeSet<Fault>) -> String {
    if found.is_empty() {
        return "**missed**".to_owned();
    }
    let names: Vec<String> = found.iter().map(|fault| format!("`{fault}`")).collect();
    names.join(", ")
}

/// The rows of the table, as the documents have them.
fn documented(heading: &str) -> Vec<String> {
    let page = std::fs::read_to_string(root().join("docs/format.md")).unwrap();
    let lines = page.lines().skip_while(|line| !line.starts_with(heading)).skip(2);
    lines.take_while(|line| line.starts_with('|')).map(str::to_owned).collect()
}

#[tokio::test]
async fn what_is_found_of_each_attack_is_what_the_documents_say() {
    let (world, _clock, records) = attacked().await;
    let all: Vec<RecordKey> = records.iter().flatten().cloned().collect();
    let kept = heads(&world, &all).await;
    assert_eq!(found(&world, &all, &kept).await, BTreeSet::new(), "clean before");
    for (number, [key, other]) in records.iter().enumerate() {
        attack(number, &Attacker { world: &world, key: key.clone() }, other).await;
    }
    world.stack.settled().await;
    let alarms = world.stack.store.alarms().await.unwrap();
    let mut seen = Vec::new();
    for (number, keys) in records.iter().enumerate() {
        let of_keys = |heads: &Heads| -> Heads {
            let pks = keys.iter().map(RecordKey::pk);
            pks.filter_map(|pk| heads.get(&pk).map(|head| (pk.clone(), *head))).collect()
        };
        let in_view = heads(&world, keys).await;
        let alone = found(&world, keys, &Heads::new()).await;
        let with_view = found(&world, keys, &in_view).await;
        let with_kept = found(&world, keys, &of_keys(&kept)).await;
        let raised = alarms
            .iter()
            .any(|alarm| alarm.kind == "tamper" && keys.iter().any(|key| key.pk() == alarm.record));
        let alarm = if raised { "raised" } else { "**none**" };
        let [alone, with_view, with_kept] = [alone, with_view, with_kept].map(|f| cell(&f));
        seen.push(format!(
            "| {} | {alone} | {with_view} | {with_kept} | {alarm} |",
            ATTACKS[number]
        ));
    }
    assert_eq!(seen, documented("| Attack on the event table"), "{}", seen.join("\n"));
}

#[tokio::test]
async fn once_the_view_follows_a_changed_log_only_kept_heads_and_alarms_tell_of_it() {
    let (world, _clock, records) = attacked().await;
    let (key, keys) = (&records[2][0], std::slice::from_ref(&records[2][0]));
    let kept = heads(&world, keys).await;
    Attacker { world: &world, key: key.clone() }.edit(5).await;
    world.stack.settled().await;
    assert_eq!(found(&world, keys, &heads(&world, keys).await).await, [Fault::Head].into());
    // Somebody goes on with the record, none the wiser.
    world.append(key, handed_over("owner-6")).await;
    world.stack.settled().await;
    assert_eq!(found(&world, keys, &heads(&world, keys).await).await, BTreeSet::new());
    assert_eq!(found(&world, keys, &kept).await, [Fault::Head].into());
    let alarms = world.stack.store.alarms().await.unwrap();
    let kinds: BTreeSet<&str> = alarms.iter().map(|alarm| alarm.kind.as_str()).collect();
    assert_eq!(kinds, ["diverged", "tamper"].into());
}
