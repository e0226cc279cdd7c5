//! The floor: the same raw SDK calls, on equal tables of the same engine, with nothing of ours.
//!
//! Items are copies of ones that we wrote, under other keys of the same length, so that their size is
//! the same.

use crate::house::{House, key};
use anyhow::Context;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem, Update};
use futures::stream::{self, StreamExt, TryStreamExt};
use projections::{FIRST_GENERATION, row_key};
use std::collections::{BTreeSet, HashMap};
use store::{Clock, Store, Tables};
use vocabulary::Digest;

type Item = HashMap<String, AttributeValue>;

/// Records of one batch at the same time, as the projector has it.
const CONCURRENCY: usize = 8;
/// Commits in one page of a long read, as the store has it.
const PAGE: i32 = 1_000;

/// Raw calls to tables of its own.
#[derive(Debug, Clone)]
pub(crate) struct Floor {
    client: Client,
    tables: Tables,
    theirs: Tables,
    clock: Clock,
    specimen: Specimen,
}

/// Items that we wrote: the commits of a create and of an edit, and the rows they led to.
#[derive(Debug, Clone)]
struct Specimen {
    create: Item,
    edit: Item,
    row: Item,
    contribution: Item,
}

/// Which of the two commits, or of the two writings of its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Create,
    Edit,
}

impl Step {
    /// Creates have even numbers, each followed by its edit.
    pub(crate) fn of(operation: usize) -> Self {
        if operation.is_multiple_of(2) { Self::Create } else { Self::Edit }
    }
}

impl Floor {
    /// Makes the tables, and copies the items of a record that has been created, edited and
    /// projected.
    pub(crate) async fn beside(house: &House, specimen_id: &str) -> anyhow::Result<Self> {
        let client = house.engine.dynamodb();
        let tables = Tables::of_stack("floor");
        Store::new(client.clone(), tables.clone()).create_tables().await?;
        let theirs = house.store.tables().clone();
        let key = key(specimen_id)?;
        let row = row_key(FIRST_GENERATION, &key);
        let rev = |rev: &str| pair(("pk", key.pk()), "rev", AttributeValue::N(rev.to_owned()));
        let sk = || pair(("pk", row.pk.clone()), "sk", AttributeValue::S(row.sk.clone()));
        let specimen = Specimen {
            create: item(&client, &theirs.events, rev("1")).await?,
            edit: item(&client, &theirs.events, rev("2")).await?,
            row: item(&client, &theirs.records, sk()).await?,
            contribution: item(&client, &theirs.counts, sk()).await?,
        };
        Ok(Self { client, tables, theirs, clock: Clock::system(), specimen })
    }

    /// One bare conditional put of a commit's item.
    pub(crate) async fn append(&self, step: Step, id: &str, shard: usize) -> anyhow::Result<()> {
        let mut item = match step {
            Step::Create => self.specimen.create.clone(),
            Step::Edit => self.specimen.edit.clone(),
        };
        let day = text_of(&item, "d").split('#').next().unwrap_or_default().to_owned();
        set(&mut item, "pk", pk(id));
        set(&mut item, "c", self.clock.mint().to_string());
        set(&mut item, "d", format!("{day}#{}", shard % 16));
        let put = self.client.put_item().table_name(&self.tables.events).set_item(Some(item));
        put.condition_expression("attribute_not_exists(pk)").send().await?;
        Ok(())
    }

    /// One consistent read of a record's row.
    pub(crate) async fn get(&self, id: &str, bucket: usize) -> anyhow::Result<()> {
        item(&self.client, &self.tables.records, row_at(id, bucket)).await.map(drop)
    }

    /// One query of a list's index.
    pub(crate) async fn list(&self, limit: i32) -> anyhow::Result<()> {
        let list = text_of(&self.specimen.row, "by_status");
        let query = self.client.query().table_name(&self.tables.records).index_name("by_status");
        query
            .key_condition_expression("by_status = :list")
            .expression_attribute_values(":list", AttributeValue::S(list_shard(&list, 0)))
            .scan_index_forward(false)
            .limit(limit)
            .send()
            .await?;
        Ok(())
    }

    /// The reads and writes of the rows of a batch, as many at a time as the projector does.
    pub(crate) async fn project(
        &self,
        step: Step,
        records: Vec<(String, usize)>,
    ) -> anyhow::Result<()> {
        stream::iter(records)
            .map(|(id, number)| async move { self.project_one(step, &id, number).await })
            .buffer_unordered(CONCURRENCY)
            .try_collect()
            .await
    }

    async fn project_one(&self, step: Step, id: &str, number: usize) -> anyhow::Result<()> {
        let condition = match step {
            Step::Create => "attribute_not_exists(pk)",
            Step::Edit => "attribute_exists(pk)",
        };
        self.read(&self.tables.records, id, number).await?;
        let mut row = self.specimen.row.clone();
        row.extend(row_at(id, number));
        let at = text_of(&row, "position").split('#').next().unwrap_or_default().to_owned();
        set(&mut row, "position", format!("{at}#{id}"));
        for list in ["by_status", "by_owner"] {
            let moved = list_shard(&text_of(&row, list), number % 4);
            set(&mut row, list, moved);
        }
        let put = self.client.put_item().table_name(&self.tables.records).set_item(Some(row));
        put.condition_expression(condition).send().await?;
        self.read(&self.tables.counts, id, number).await?;
        let mut contribution = self.specimen.contribution.clone();
        contribution.extend(row_at(id, number));
        match step {
            Step::Create => self.count(contribution, number % 16).await,
            Step::Edit => {
                let put = self.client.put_item().table_name(&self.tables.counts);
                let put = put.set_item(Some(contribution)).condition_expression(condition);
                put.send().await?;
                Ok(())
            }
        }
    }

    /// A parallel Scan of the log that ours is read from, and for each record of each page one write of a
    /// row: the commits read, and the rows written. Rows get keys of their own for each round.
    pub(crate) async fn rebuild(&self, segments: i32, round: usize) -> anyhow::Result<(u64, u64)> {
        let scans = (0..segments).map(|segment| {
            let floor = self.clone();
            tokio::spawn(async move { floor.rebuild_part(segment, segments, round).await })
        });
        let (mut commits, mut rows) = (0, 0);
        for scan in scans.collect::<Vec<_>>() {
            let part = scan.await??;
            (commits, rows) = (commits + part.0, rows + part.1);
        }
        Ok((commits, rows))
    }

    async fn rebuild_part(
        &self,
        segment: i32,
        segments: i32,
        round: usize,
    ) -> anyhow::Result<(u64, u64)> {
        let (mut commits, mut rows, mut start) = (0, 0, None);
        loop {
            let scan = self.client.scan().table_name(&self.theirs.events).consistent_read(true);
            let scan = scan.segment(segment).total_segments(segments).limit(PAGE);
            let page = scan.set_exclusive_start_key(start).send().await?;
            let items = page.items.unwrap_or_default();
            let records: BTreeSet<String> = items.iter().map(|item| text_of(item, "pk")).collect();
            commits += u64::try_from(items.len())?;
            rows += u64::try_from(records.len())?;
            stream::iter(records)
                .map(|pk| async move { self.put_row(pk, round).await })
                .buffer_unordered(CONCURRENCY)
                .try_collect::<Vec<()>>()
                .await?;
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok((commits, rows));
            }
        }
    }

    async fn put_row(&self, pk: String, round: usize) -> anyhow::Result<()> {
        let mut row = self.specimen.row.clone();
        let partition = format!("{}#{}", round + 2, Digest::of(&[pk.as_bytes()]).shard(64));
        row.extend(pair(("pk", partition), "sk", AttributeValue::S(pk)));
        let put = self.client.put_item().table_name(&self.tables.records).set_item(Some(row));
        put.send().await?;
        Ok(())
    }

    async fn read(&self, table: &str, id: &str, bucket: usize) -> anyhow::Result<()> {
        let get = self.client.get_item().table_name(table).set_key(Some(row_at(id, bucket)));
        get.consistent_read(true).send().await?;
        Ok(())
    }

    /// A row and a counter in one transaction.
    async fn count(&self, contribution: Item, shard: usize) -> anyhow::Result<()> {
        let table = &self.tables.counts;
        let put = Put::builder()
            .table_name(table)
            .set_item(Some(contribution))
            .condition_expression("attribute_not_exists(pk)")
            .build()?;
        let counter = format!("1#n#t.demo#customer#{shard}");
        let update = Update::builder()
            .table_name(table)
            .set_key(Some(pair(("pk", counter), "sk", AttributeValue::S("active".to_owned()))))
            .update_expression("ADD #n :n")
            .expression_attribute_names("#n", "n")
            .expression_attribute_values(":n", AttributeValue::N("1".to_owned()))
            .build()?;
        let request = self.client.transact_write_items();
        let request = request.transact_items(TransactWriteItem::builder().put(put).build());
        request.transact_items(TransactWriteItem::builder().update(update).build()).send().await?;
        Ok(())
    }

    /// All commits of a record, page by page, from the same table that ours are read from.
    pub(crate) async fn read_all(&self, pk: &str) -> anyhow::Result<()> {
        let mut start = None;
        loop {
            let page = self.commits(pk).limit(PAGE).set_exclusive_start_key(start).send().await?;
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(());
            }
        }
    }

    /// The newest commits of a record, as many as a page of its history shows and one more.
    pub(crate) async fn read_page(&self, pk: &str) -> anyhow::Result<()> {
        self.commits(pk).scan_index_forward(false).limit(26).send().await?;
        Ok(())
    }

    /// The newest commits up to a version and, where these are not all, the newest snapshots there.
    pub(crate) async fn read_back(&self, pk: &str, version: u64) -> anyhow::Result<()> {
        let rev = || AttributeValue::N(version.to_string());
        let up_to = "pk = :pk AND rev <= :rev";
        let commits = self.commits(pk).key_condition_expression(up_to);
        let commits = commits.expression_attribute_values(":rev", rev());
        commits.scan_index_forward(false).limit(101).send().await?;
        if version > 101 {
            let snapshots = self.client.query().table_name(&self.theirs.snapshots);
            let snapshots = snapshots
                .key_condition_expression(up_to)
                .expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()))
                .expression_attribute_values(":rev", rev());
            snapshots.scan_index_forward(false).limit(4).send().await?;
        }
        Ok(())
    }

    /// One commit.
    pub(crate) async fn read_one(&self, pk: &str, version: u64) -> anyhow::Result<()> {
        let key = pair(("pk", pk.to_owned()), "rev", AttributeValue::N(version.to_string()));
        item(&self.client, &self.theirs.events, key).await.map(drop)
    }

    /// The newest commits of a record and its newest snapshots.
    pub(crate) async fn read_newest(&self, pk: &str) -> anyhow::Result<()> {
        self.commits(pk).scan_index_forward(false).limit(101).send().await?;
        let snapshots = self.client.query().table_name(&self.theirs.snapshots);
        snapshots
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()))
            .scan_index_forward(false)
            .limit(4)
            .send()
            .await?;
        Ok(())
    }

    fn commits(
        &self,
        pk: &str,
    ) -> aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder {
        let query = self.client.query().table_name(&self.theirs.events).consistent_read(true);
        query
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()))
    }
}

async fn item(client: &Client, table: &str, key: Item) -> anyhow::Result<Item> {
    let get = client.get_item().table_name(table).set_key(Some(key)).consistent_read(true);
    get.send().await?.item.with_context(|| format!("an item that should be in {table}"))
}

fn pk(id: &str) -> String {
    format!("t.demo#customer#{id}")
}

fn row_at(id: &str, bucket: usize) -> Item {
    pair(("pk", format!("1#{}", bucket % 64)), "sk", AttributeValue::S(pk(id)))
}

fn pair((name, value): (&str, String), sort: &str, place: AttributeValue) -> Item {
    HashMap::from([(name.to_owned(), AttributeValue::S(value)), (sort.to_owned(), place)])
}

fn set(item: &mut Item, name: &str, text: String) {
    item.insert(name.to_owned(), AttributeValue::S(text));
}

fn text_of(item: &Item, name: &str) -> String {
    item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default()
}

/// The same list's partition for another shard.
fn list_shard(list: &str, shard: usize) -> String {
    let base = list.rsplit_once('#').map_or(list, |(base, _)| base);
    format!("{base}#{shard}")
}
