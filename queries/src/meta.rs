//! What there is: health, record types, and how many records of each.

use crate::{Queries, unread};
use edge::{Call, Reply, Served};
use events::AnyType;
use futures::future::try_join_all;
use projections::{COUNTER_SHARDS, COUNTS, Counter, counter_key};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use store::{FORMAT, Order, RowQuery, Rows, Table};

impl Queries {
    /// `GET /health`: that the function runs, and which build it is.
    pub(crate) fn health(&self) -> Reply {
        let folds: Map<String, Value> = self
            .registry
            .types()
            .iter()
            .map(|of| (of.of.descriptor().name.to_owned(), of.fingerprint.to_string().into()))
            .collect();
        Reply::json(
            200,
            json!({"status": "ok", "build": self.build, "format": FORMAT, "folds": folds}),
        )
    }

    /// `GET /openapi.json`: what the API says of itself.
    pub(crate) fn openapi(&self) -> Reply {
        Reply::json(200, edge::openapi(&self.registry, self.build))
    }

    /// `GET /meta/types`: the descriptors, each with what can happen to a record of the type.
    pub(crate) fn types(&self) -> Reply {
        let items: Vec<Value> = self.registry.types().iter().map(|of| described(of.of)).collect();
        Reply::json(200, json!({ "items": items }))
    }

    /// `GET /meta/counts`: how many records the workspace has, by type and status. Reads 16 small
    /// partitions per type.
    pub(crate) async fn counts(&self, call: &Call) -> Served {
        call.query.only(&[])?;
        let tenant = &call.caller()?.tenant;
        let generation = self.active(COUNTS).await?;
        let mut types = Map::new();
        for of in self.registry.types() {
            let name = of.of.descriptor().name;
            let shards = (0..COUNTER_SHARDS).map(|shard| {
                let partition = counter_key(generation, tenant, name, shard);
                let rows = Rows::Of(Table::Counts);
                let query =
                    RowQuery { rows, partition, after: None, order: Order::Ascending, limit: 100 };
                async move { self.store.rows::<Counter>(&query).await }
            });
            let counters = try_join_all(shards).await.map_err(|error| unread(&error))?;
            let mut numbers: BTreeMap<String, i64> = BTreeMap::new();
            for counter in counters.into_iter().flatten() {
                *numbers.entry(counter.sk).or_default() += counter.n;
            }
            numbers.retain(|_, n| *n != 0);
            types.insert(name.to_owned(), json!(numbers));
        }
        Ok(Reply::json(200, types))
    }
}

/// A type's descriptor, and the types of its events.
fn described(of: &dyn AnyType) -> Value {
    let mut described = json!(of.descriptor());
    let events: Vec<&str> = of.schemas().iter().map(|(event, _)| *event).collect();
    if let Some(members) = described.as_object_mut() {
        members.insert("events".to_owned(), json!(events));
    }
    described
}
