//! Names, keys and indexes of the tables. The template declares the same; a test compares them.

use crate::{Store, StoreError};
use aws_sdk_dynamodb::error::{BuildError, SdkError};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, StreamSpecification, StreamViewType,
    TimeToLiveSpecification,
};

/// The names of a deployment's tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tables {
    /// The log.
    pub events: String,
    /// Folded states, to load faster.
    pub snapshots: String,
    /// The view of current states.
    pub records: String,
    /// The view of numbers per type and status.
    pub counts: String,
    /// The view of commits across records.
    pub audit: String,
    /// Generations, parked records, watermarks, alarms.
    pub control: String,
}

/// One of the tables that hold rows of views.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// `{stack}-records`.
    Records,
    /// `{stack}-counts`.
    Counts,
    /// `{stack}-audit`.
    Audit,
}

impl Tables {
    /// The names that a stack gives its tables.
    pub fn of_stack(stack: &str) -> Self {
        Self {
            events: format!("{stack}-events"),
            snapshots: format!("{stack}-snapshots"),
            records: format!("{stack}-records"),
            counts: format!("{stack}-counts"),
            audit: format!("{stack}-audit"),
            control: format!("{stack}-control"),
        }
    }

    pub(crate) fn name(&self, table: Table) -> &str {
        match table {
            Table::Records => &self.records,
            Table::Counts => &self.counts,
            Table::Audit => &self.audit,
        }
    }
}

/// The index of the log by day, read by the reconciler and the publisher's repair.
pub(crate) const FEED: &str = "feed";
/// The index of the records view by status.
pub(crate) const BY_STATUS: &str = "by_status";
/// The index of the records view by owner and status.
pub(crate) const BY_OWNER: &str = "by_owner";

struct Definition<'a> {
    name: &'a str,
    partition: (&'static str, ScalarAttributeType),
    sort: (&'static str, ScalarAttributeType),
    indexes: Vec<GlobalSecondaryIndex>,
    index_keys: &'static [&'static str],
    stream: bool,
    ttl: Option<&'static str>,
}

impl Store {
    /// Makes the tables that are missing. For one machine; on AWS the template makes them.
    ///
    /// # Errors
    /// [`StoreError`] when a table cannot be made.
    pub async fn create_tables(&self) -> Result<(), StoreError> {
        let shape = |error: BuildError| StoreError::unreadable("describing a table", error);
        for definition in self.definitions().map_err(shape)? {
            self.create(&definition).await?;
        }
        Ok(())
    }

    fn definitions(&self) -> Result<Vec<Definition<'_>>, BuildError> {
        let text = || ScalarAttributeType::S;
        let plain = |name, ttl| Definition {
            name,
            partition: ("pk", text()),
            sort: ("sk", text()),
            indexes: Vec::new(),
            index_keys: &[],
            stream: false,
            ttl,
        };
        let keys_only = Projection::builder().projection_type(ProjectionType::KeysOnly).build();
        let listed = Projection::builder()
            .projection_type(ProjectionType::Include)
            .non_key_attributes("version")
            .non_key_attributes("summary")
            .build();
        Ok(vec![
            Definition {
                sort: ("rev", ScalarAttributeType::N),
                indexes: vec![index(FEED, "d", "c", keys_only)?],
                index_keys: &["d", "c"],
                stream: true,
                ..plain(&self.tables.events, None)
            },
            Definition {
                sort: ("rev", ScalarAttributeType::N),
                ..plain(&self.tables.snapshots, None)
            },
            Definition {
                indexes: vec![
                    index(BY_STATUS, "by_status", "position", listed.clone())?,
                    index(BY_OWNER, "by_owner", "position", listed)?,
                ],
                index_keys: &["by_status", "by_owner", "position"],
                ..plain(&self.tables.records, None)
            },
            plain(&self.tables.counts, None),
            plain(&self.tables.audit, None),
            plain(&self.tables.control, Some("expires_at")),
        ])
    }

    async fn create(&self, definition: &Definition<'_>) -> Result<(), StoreError> {
        const ATTEMPT: &str = "making a table";
        let unbuilt = |error: BuildError| StoreError::unreadable(ATTEMPT, error);
        let (partition, sort) = (&definition.partition, &definition.sort);
        let mut request = self
            .client
            .create_table()
            .table_name(definition.name)
            .billing_mode(BillingMode::PayPerRequest)
            .key_schema(key(partition.0, KeyType::Hash).map_err(unbuilt)?)
            .key_schema(key(sort.0, KeyType::Range).map_err(unbuilt)?)
            .attribute_definitions(attribute(partition.0, partition.1.clone()).map_err(unbuilt)?)
            .attribute_definitions(attribute(sort.0, sort.1.clone()).map_err(unbuilt)?);
        for name in definition.index_keys {
            request = request
                .attribute_definitions(attribute(name, ScalarAttributeType::S).map_err(unbuilt)?);
        }
        for index in &definition.indexes {
            request = request.global_secondary_indexes(index.clone());
        }
        if definition.stream {
            let stream = StreamSpecification::builder()
                .stream_enabled(true)
                .stream_view_type(StreamViewType::NewAndOldImages)
                .build()
                .map_err(unbuilt)?;
            request = request.stream_specification(stream);
        }
        match request.send().await {
            Ok(_) => self.expire(definition).await,
            Err(SdkError::ServiceError(e)) if e.err().is_resource_in_use_exception() => Ok(()),
            Err(error) => Err(StoreError::of(ATTEMPT, error)),
        }
    }

    async fn expire(&self, definition: &Definition<'_>) -> Result<(), StoreError> {
        const ATTEMPT: &str = "setting a table's expiry";
        let Some(attribute) = definition.ttl else { return Ok(()) };
        let specification = TimeToLiveSpecification::builder()
            .enabled(true)
            .attribute_name(attribute)
            .build()
            .map_err(|error| StoreError::unreadable(ATTEMPT, error))?;
        let request = self.client.update_time_to_live().table_name(definition.name);
        match request.time_to_live_specification(specification).send().await {
            Ok(_) => Ok(()),
            Err(error) => Err(StoreError::of(ATTEMPT, error)),
        }
    }
}

fn key(name: &str, kind: KeyType) -> Result<KeySchemaElement, BuildError> {
    KeySchemaElement::builder().attribute_name(name).key_type(kind).build()
}

fn attribute(name: &str, kind: ScalarAttributeType) -> Result<AttributeDefinition, BuildError> {
    AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build()
}

fn index(
    name: &str,
    partition: &str,
    sort: &str,
    projection: Projection,
) -> Result<GlobalSecondaryIndex, BuildError> {
    GlobalSecondaryIndex::builder()
        .index_name(name)
        .key_schema(key(partition, KeyType::Hash)?)
        .key_schema(key(sort, KeyType::Range)?)
        .projection(projection)
        .build()
}
