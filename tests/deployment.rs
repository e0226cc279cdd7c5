//! What the code needs of a deployment, written down for whoever declares one: `make verify-template`
//! holds template.yaml against tests/deployment.json.

use crate::rules::{FUNCTIONS, root, tracked};
use engine::Engine;
use expect_test::expect_file;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use store::{Store, Tables};

#[tokio::test]
async fn what_the_code_needs_of_a_deployment_is_written_down() {
    let needs = json!({
        "functions": functions(),
        "routes": routes(),
        "tables": tables().await,
        "site_headers": headers(local::SECURITY_HEADERS),
        "api_headers": headers(&local::ANSWER_HEADERS),
        "groups": edge::GROUPS.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
        "metrics": metrics(),
    });
    let text = serde_json::to_string_pretty(&needs).unwrap();
    expect_file!["deployment.json"].assert_eq(&format!("{text}\n"));
}

/// The functions: the folder of their crate, and the settings that their `main` reads.
fn functions() -> Value {
    let described = FUNCTIONS.iter().map(|(name, package)| {
        let folders = ["", "crates/"].map(|above| format!("{above}{package}"));
        let folder = folders.into_iter().find(|folder| root().join(folder).is_dir()).unwrap();
        let mains = [format!("{folder}/src/bin/{name}/main.rs"), format!("{folder}/src/main.rs")];
        let main =
            mains.into_iter().find_map(|path| std::fs::read_to_string(root().join(path)).ok());
        let mut environment = between(&main.unwrap(), "env::var(\"", "\"");
        // Lambda gives these by itself.
        environment.retain(|setting| !setting.starts_with("AWS_LAMBDA_"));
        assert!(!environment.is_empty(), "{name}: is its main read at all?");
        ((*name).to_owned(), json!({ "folder": folder, "environment": environment }))
    });
    Value::Object(described.collect::<Map<String, Value>>())
}

fn routes() -> Vec<Value> {
    let described = edge::ROUTES.iter().map(|route| {
        json!({
            "route": format!("{} {}{}", route.method, edge::BASE, route.path),
            "function": route.function.name(),
            "open": route.right == edge::Right::Open,
        })
    });
    described.collect()
}

/// The tables as the engine has them after the code made them, without the stack's name.
async fn tables() -> BTreeMap<String, Value> {
    let client = Engine::memory().unwrap().dynamodb();
    let store = Store::new(client.clone(), Tables::of_stack("stack"));
    store.create_tables().await.unwrap();
    let names = client.list_tables().send().await.unwrap().table_names.unwrap();
    let mut described = BTreeMap::new();
    for name in names {
        let table = client.describe_table().table_name(&name).send().await.unwrap().table.unwrap();
        let expiry = client.describe_time_to_live().table_name(&name).send().await.unwrap();
        let expiry = expiry.time_to_live_description.and_then(|found| found.attribute_name);
        let types = table.attribute_definitions().iter().map(|attribute| {
            (attribute.attribute_name().to_owned(), attribute.attribute_type().as_str().into())
        });
        let indexes = table.global_secondary_indexes().iter().map(|index| {
            let projection = index.projection().unwrap();
            let mut attributes = projection.non_key_attributes().to_vec();
            attributes.sort();
            let kind = projection.projection_type().unwrap().as_str();
            let shape = json!({ "keys": keys(index.key_schema()), "projection": kind, "attributes": attributes });
            (index.index_name().unwrap().to_owned(), shape)
        });
        let stream = table.stream_specification().and_then(|stream| stream.stream_view_type());
        let shape = json!({
            "keys": keys(table.key_schema()),
            "types": types.collect::<Map<String, Value>>(),
            "indexes": indexes.collect::<Map<String, Value>>(),
            "stream": stream.map(aws_sdk_dynamodb::types::StreamViewType::as_str),
            "expires": expiry,
        });
        described.insert(name.strip_prefix("stack-").unwrap().to_owned(), shape);
    }
    described
}

fn keys(schema: &[aws_sdk_dynamodb::types::KeySchemaElement]) -> Vec<&str> {
    schema.iter().map(aws_sdk_dynamodb::types::KeySchemaElement::attribute_name).collect()
}

fn headers(headers: &[(&str, &str)]) -> Value {
    let pairs = headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value)));
    Value::Object(pairs.collect::<Map<String, Value>>())
}

/// The names that functions log with the field `metric`.
fn metrics() -> BTreeSet<String> {
    let of_functions = ["commands/", "projections/", "queries/", "crates/store/", "crates/edge/"];
    let sources = tracked().into_iter().filter(|path| {
        Path::new(path).extension().is_some_and(|extension| extension == "rs")
            && of_functions.iter().any(|folder| path.starts_with(folder))
    });
    let texts = sources.map(|path| std::fs::read_to_string(root().join(path)).unwrap());
    let found: BTreeSet<String> =
        texts.flat_map(|text| between(&text, "metric = \"", "\"")).collect();
    assert!(found.contains("Tamper"), "are the sources read at all?");
    found
}

/// Every text between two marks.
fn between(text: &str, before: &str, after: &str) -> BTreeSet<String> {
    let parts = text.split(before).skip(1);
    parts.filter_map(|part| part.split_once(after)).map(|(found, _)| found.to_owned()).collect()
}
