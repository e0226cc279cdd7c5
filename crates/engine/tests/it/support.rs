//! A table as the records backend has it, and short ways to write to it.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement,
    KeyType, Projection, ProjectionType, ScalarAttributeType, StreamSpecification, StreamViewType,
};
use engine::Engine;

pub(crate) const TABLE: &str = "annals-events";

pub(crate) type Item = HashMap<String, AttributeValue>;

pub(crate) fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

pub(crate) fn n(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

pub(crate) fn item(pk: &str, sk: &str) -> Item {
    HashMap::from([
        ("pk".to_owned(), s(pk)),
        ("sk".to_owned(), s(sk)),
        ("owner".to_owned(), s("ann")),
        ("note".to_owned(), s("kept in the index")),
        ("secret".to_owned(), s("kept out of the index")),
    ])
}

fn attribute(name: &str) -> AttributeDefinition {
    AttributeDefinition::builder()
        .attribute_name(name)
        .attribute_type(ScalarAttributeType::S)
        .build()
        .unwrap()
}

fn key(name: &str, kind: KeyType) -> KeySchemaElement {
    KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap()
}

/// A table with a stream and an index that includes one attribute.
pub(crate) async fn create_table(client: &Client, name: &str) {
    let index = GlobalSecondaryIndex::builder()
        .index_name("by-owner")
        .key_schema(key("owner", KeyType::Hash))
        .key_schema(key("sk", KeyType::Range))
        .projection(
            Projection::builder()
                .projection_type(ProjectionType::Include)
                .non_key_attributes("note")
                .build(),
        )
        .build()
        .unwrap();
    let stream = StreamSpecification::builder()
        .stream_enabled(true)
        .stream_view_type(StreamViewType::NewAndOldImages)
        .build()
        .unwrap();
    client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute("pk"))
        .attribute_definitions(attribute("sk"))
        .attribute_definitions(attribute("owner"))
        .key_schema(key("pk", KeyType::Hash))
        .key_schema(key("sk", KeyType::Range))
        .global_secondary_indexes(index)
        .stream_specification(stream)
        .send()
        .await
        .unwrap();
}

/// An engine in memory with the table [`TABLE`].
pub(crate) async fn engine_with_table() -> Engine {
    let engine = Engine::memory().unwrap();
    create_table(&engine.dynamodb(), TABLE).await;
    engine
}

pub(crate) async fn put(client: &Client, pk: &str, sk: &str) {
    client.put_item().table_name(TABLE).set_item(Some(item(pk, sk))).send().await.unwrap();
}

/// How many items the table has.
pub(crate) async fn count(client: &Client) -> i32 {
    client.scan().table_name(TABLE).limit(4000).send().await.unwrap().count()
}
