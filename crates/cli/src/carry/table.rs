//! The event table itself, reached with the operator's own credentials. The one place of the command line
//! that knows the SDK.

use super::fault::Fault;
use super::line::{Held, Item};
use crate::operations::args::Reach;
use aws_config::{BehaviorVersion, Region};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::describe_table::DescribeTableError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement,
    KeyType, Projection, ProjectionType, ReturnValuesOnConditionCheckFailure, ScalarAttributeType,
    StreamSpecification, TableDescription, TableStatus,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::time::Duration;

/// How often a call is tried. A table that is new takes 4,000 write units a second at first (DynamoDB developer
/// guide, "On-demand capacity mode", read 2026-11-24), and says so to whoever wants more.
const TRIES_MAX: u32 = 10;
/// How many items are asked for in one page, which ends at 1 MB anyway.
const PAGE: i32 = 1_000;
/// How often a table that is being made is asked whether it is there, a second apart.
const LOOKS_MAX: u32 = 120;

/// An event table. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Table {
    client: Client,
    pub(super) name: String,
}

/// What there is to know of a table before anything is done with it.
#[derive(Debug, Clone, Copy)]
pub(super) struct About {
    /// Items, counted by DynamoDB every six hours or so.
    pub(super) items: u64,
    /// Whether something may be reading what is written.
    pub(super) has_stream: bool,
}

/// What became of a put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Put {
    /// The item was written.
    Written,
    /// The very same item was there.
    There,
    /// Another item was there; it was left alone.
    Other,
}

/// Where a scan goes on: the key of the item before.
pub(super) type Place = HashMap<String, AttributeValue>;

impl Table {
    /// A table by its name, in the place that the command line or the environment says.
    pub(super) async fn reached(at: &Reach) -> Self {
        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .retry_config(RetryConfig::standard().with_max_attempts(TRIES_MAX));
        if let Some(region) = at.region.clone() {
            loader = loader.region(Region::new(region));
        }
        if let Some(profile) = &at.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(endpoint) = &at.endpoint {
            loader = loader.endpoint_url(endpoint);
        }
        Self { client: Client::new(&loader.load().await), name: at.table.clone() }
    }

    /// That it is made as an event table is; `None` where there is no such table.
    ///
    /// # Errors
    /// [`Fault`].
    pub(super) async fn fits(&self) -> Result<Option<About>, Fault> {
        let Some(described) = self.described().await? else { return Ok(None) };
        let keys: Vec<&str> =
            described.key_schema().iter().map(KeySchemaElement::attribute_name).collect();
        if keys != ["pk", "rev"] {
            return Err(self.unfit("its keys are not `pk` and `rev`"));
        }
        let mut indexes = described.global_secondary_indexes().iter();
        if !indexes.any(|index| index.index_name() == Some("feed")) {
            return Err(self.unfit("it has no index `feed`"));
        }
        let stream = described.stream_specification();
        Ok(Some(About {
            items: described.item_count().and_then(|count| count.try_into().ok()).unwrap_or(0),
            has_stream: stream.is_some_and(StreamSpecification::stream_enabled),
        }))
    }

    /// That there is no such table.
    pub(super) fn missing(&self) -> Fault {
        self.unfit("there is none of this name here")
    }

    fn unfit(&self, what: &'static str) -> Fault {
        Fault::Unfit { table: self.name.clone(), what }
    }

    async fn described(&self) -> Result<Option<TableDescription>, Fault> {
        const ATTEMPT: &str = "looking at the table";
        match self.client.describe_table().table_name(&self.name).send().await {
            Ok(answer) => Ok(answer.table),
            Err(error) => match error.as_service_error() {
                Some(DescribeTableError::ResourceNotFoundException(_)) => Ok(None),
                Some(_) | None => Err(self.failed(ATTEMPT, error)),
            },
        }
    }

    /// Makes the table as the template does, but for stream, policy and recovery, and waits until it is there.
    ///
    /// # Errors
    /// [`Fault`].
    pub(super) async fn create(&self) -> Result<(), Fault> {
        const ATTEMPT: &str = "making the table";
        let unbuilt = |error: BuildError| self.failed(ATTEMPT, error);
        let mut request = self
            .client
            .create_table()
            .table_name(&self.name)
            .billing_mode(BillingMode::PayPerRequest)
            .global_secondary_indexes(feed().map_err(unbuilt)?);
        for (name, kind) in [("pk", KeyType::Hash), ("rev", KeyType::Range)] {
            request = request.key_schema(key(name, kind).map_err(unbuilt)?);
        }
        for name in ["pk", "d", "c"] {
            let text = attribute(name, ScalarAttributeType::S).map_err(unbuilt)?;
            request = request.attribute_definitions(text);
        }
        let number = attribute("rev", ScalarAttributeType::N).map_err(unbuilt)?;
        let made = request.attribute_definitions(number).send().await;
        made.map_err(|error| self.failed(ATTEMPT, error))?;
        for _look in 0..LOOKS_MAX {
            let described = self.described().await?;
            if described.is_some_and(|table| table.table_status() == Some(&TableStatus::Active)) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        Err(self.unfit("it is still being made; try again without --create"))
    }

    /// A page of its items in the order of a scan, strongly consistent: at most 1 MB. One read unit for
    /// every 4 KB.
    ///
    /// # Errors
    /// [`Fault`].
    pub(super) async fn page(
        &self,
        after: Option<Place>,
    ) -> Result<(Vec<Item>, Option<Place>), Fault> {
        const ATTEMPT: &str = "reading the log";
        let scan = self.client.scan().table_name(&self.name).consistent_read(true).limit(PAGE);
        let page = scan.set_exclusive_start_key(after).send().await;
        let page = page.map_err(|error| self.failed(ATTEMPT, error))?;
        let items = page.items.unwrap_or_default().into_iter().map(held);
        Ok((items.collect::<Result<_, _>>()?, page.last_evaluated_key))
    }

    /// One item, strongly consistent.
    ///
    /// # Errors
    /// [`Fault`].
    pub(super) async fn get(&self, place: Place) -> Result<Option<Item>, Fault> {
        const ATTEMPT: &str = "reading a commit";
        let get = self.client.get_item().table_name(&self.name).consistent_read(true);
        let answer = get.set_key(Some(place)).send().await;
        answer.map_err(|error| self.failed(ATTEMPT, error))?.item.map(held).transpose()
    }

    /// Writes an item where there is none. One write unit on the table per started KB, and one on `feed`.
    ///
    /// # Errors
    /// [`Fault`]; whether it was written is then unknown, and the same put again tells.
    pub(super) async fn put(&self, item: &Item) -> Result<Put, Fault> {
        const ATTEMPT: &str = "writing a commit";
        let answer = self
            .client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(stored(item)?))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = answer else { return Ok(Put::Written) };
        let there = match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(failed)) => failed.item().cloned(),
            Some(_) | None => None,
        };
        let Some(there) = there else { return Err(self.failed(ATTEMPT, error)) };
        // One with attributes of other kinds is another item as well.
        Ok(if held(there).is_ok_and(|there| there == *item) { Put::There } else { Put::Other })
    }

    fn failed(&self, attempt: &'static str, cause: impl Error + Send + Sync + 'static) -> Fault {
        Fault::Table { attempt, table: self.name.clone(), cause: Box::new(cause) }
    }
}

/// The key of an item.
pub(super) fn place((pk, rev): (&str, &str)) -> Place {
    HashMap::from([
        ("pk".to_owned(), AttributeValue::S(pk.to_owned())),
        ("rev".to_owned(), AttributeValue::N(rev.to_owned())),
    ])
}

/// An item as a file holds it.
fn held(item: HashMap<String, AttributeValue>) -> Result<Item, Fault> {
    let mut attributes = BTreeMap::new();
    let mut odd = None;
    for (name, value) in item {
        match kept(value) {
            Some(value) => drop(attributes.insert(name, value)),
            None => odd = Some(name),
        }
    }
    let item = Item(attributes);
    match odd {
        None => Ok(item),
        Some(name) => {
            let what = format!("its attribute `{name}` is of a kind that no commit has");
            Err(Fault::Item { pk: item.pk().to_owned(), rev: item.rev().to_owned(), what })
        }
    }
}

/// A value of a kind that commits have; `None` for any other.
fn kept(value: AttributeValue) -> Option<Held> {
    if let AttributeValue::S(text) = value {
        Some(Held::S(text))
    } else if let AttributeValue::N(number) = value {
        Some(Held::N(number))
    } else if let AttributeValue::B(bytes) = value {
        Some(Held::B(STANDARD.encode(bytes.as_ref())))
    } else {
        None
    }
}

/// An item as the table holds it.
fn stored(item: &Item) -> Result<HashMap<String, AttributeValue>, Fault> {
    let attributes = item.0.iter().map(|(name, held)| {
        let value = match held {
            Held::S(text) => AttributeValue::S(text.clone()),
            Held::N(number) => AttributeValue::N(number.clone()),
            Held::B(text) => {
                let bytes = STANDARD.decode(text).map_err(|_not_base64| Fault::Item {
                    pk: item.pk().to_owned(),
                    rev: item.rev().to_owned(),
                    what: format!("its attribute `{name}` is no base64"),
                })?;
                AttributeValue::B(Blob::new(bytes))
            }
        };
        Ok((name.clone(), value))
    });
    attributes.collect()
}

fn key(name: &str, kind: KeyType) -> Result<KeySchemaElement, BuildError> {
    KeySchemaElement::builder().attribute_name(name).key_type(kind).build()
}

fn attribute(name: &str, kind: ScalarAttributeType) -> Result<AttributeDefinition, BuildError> {
    AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build()
}

fn feed() -> Result<GlobalSecondaryIndex, BuildError> {
    GlobalSecondaryIndex::builder()
        .index_name("feed")
        .key_schema(key("d", KeyType::Hash)?)
        .key_schema(key("c", KeyType::Range)?)
        .projection(Projection::builder().projection_type(ProjectionType::KeysOnly).build())
        .build()
}
