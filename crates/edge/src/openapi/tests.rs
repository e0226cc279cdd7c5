//! The document agrees with the routes, and with itself.

use super::openapi;
use crate::{BASE, ROUTES, routed};
use events::{Mode, Registry, check};
use http::Method;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

fn document() -> Value {
    openapi(&Registry::shipped(), "1.2.3")
}

/// Every operation, with its method and path.
fn operations(document: &Value) -> Vec<(Method, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let all = paths.iter().flat_map(|(path, item)| {
        item.as_object().unwrap().iter().map(move |(method, operation)| {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            (method, path.clone(), operation.clone())
        })
    });
    all.collect()
}

/// Every value of a document, however deep it lies.
fn visit<'a>(value: &'a Value, seen: &mut impl FnMut(&'a Value)) {
    seen(value);
    match value {
        Value::Object(map) => map.values().for_each(|value| visit(value, seen)),
        Value::Array(items) => items.iter().for_each(|value| visit(value, seen)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn every_operation_is_the_one_that_its_path_is_routed_to() {
    for (method, path, operation) in operations(&document()) {
        let concrete = path.replace("{version}", "1").replace(['{', '}'], "");
        let route = routed(&method, &format!("{BASE}{concrete}")).unwrap().route;
        assert_eq!(operation["x-annals-route"], route.path, "{method} {path}");
        let name = super::name_of(route.operation);
        assert_eq!(operation["x-annals-operation"], name.as_str(), "{method} {path}");
        let open = operation["security"] == serde_json::json!([]);
        assert_eq!(open, route.right == crate::Right::Open, "{method} {path}");
    }
}

#[test]
fn every_route_has_an_operation() {
    let operations = operations(&document());
    for route in ROUTES {
        let told = operations.iter().any(|(method, _, operation)| {
            method.as_str() == route.method && operation["x-annals-route"] == route.path
        });
        assert!(told, "{} {} is not in the document", route.method, route.path);
    }
}

#[test]
fn every_type_has_its_operations_and_people_keep_themselves() {
    let operations = operations(&document());
    let ids: BTreeSet<&str> = operations
        .iter()
        .map(|(_, _, operation)| operation["operationId"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), operations.len(), "an operation's id is there twice");
    for id in [
        "list_customers",
        "create_customer",
        "get_customer",
        "edit_customer",
        "end_customer",
        "archive_customer",
        "hand_over_customer",
        "read_customer_history",
        "read_customer_commit",
        "end_todo",
        "list_people",
        "get_person",
        "keep_myself",
        "read_myself",
        "health",
        "read_openapi",
        "list_types",
        "count_records",
    ] {
        assert!(ids.contains(id), "{id}");
    }
    for id in ["create_person", "edit_person", "end_person"] {
        assert!(!ids.contains(id), "{id}");
    }
}

#[test]
fn what_is_referred_to_is_there_and_no_name_is_taken_twice() {
    let document = document();
    visit(&document, &mut |value| {
        if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
    });
    let registry = Registry::shipped();
    let of_types = super::types::components(&registry);
    assert_eq!(of_types.len(), registry.types().len() * 5);
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for (name, schema) in of_types {
        let mut schema = schema;
        schema.sort_all_objects();
        assert_eq!(schemas[&name], schema, "another schema has the name {name}");
    }
}

#[test]
fn the_parameters_of_a_path_are_told() {
    let document = document();
    for (method, path, operation) in operations(&document) {
        let parameters = operation["parameters"].as_array().unwrap().iter().map(|parameter| {
            match parameter.get("$ref").and_then(Value::as_str) {
                Some(reference) => document.pointer(&reference[1..]).unwrap(),
                None => parameter,
            }
        });
        let of_path = parameters.filter(|parameter| parameter["in"] == "path");
        let told: BTreeSet<String> =
            of_path.map(|parameter| parameter["name"].as_str().unwrap().to_owned()).collect();
        let of_path = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        assert_eq!(told, of_path.map(str::to_owned).collect(), "{method} {path}");
    }
}

#[test]
fn nothing_is_left_without_words() {
    let document = document();
    let tags: BTreeMap<&str, &str> = document["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| (tag["name"].as_str().unwrap(), tag["description"].as_str().unwrap()))
        .collect();
    assert!(tags.values().all(|description| !description.is_empty()));
    for (method, path, operation) in operations(&document) {
        for word in ["summary", "description"] {
            assert!(!operation[word].as_str().unwrap().is_empty(), "{method} {path}: {word}");
        }
        assert!(tags.contains_key(operation["tags"][0].as_str().unwrap()), "{method} {path}");
    }
    for parameter in document["components"]["parameters"].as_object().unwrap().values() {
        assert!(parameter["description"].as_str().is_some_and(|text| text.ends_with('.')));
    }
}

#[test]
fn what_is_shown_as_an_example_would_be_taken() {
    let document = document();
    for of in Registry::shipped().types() {
        let descriptor = of.of.descriptor();
        let name = super::types::name(descriptor);
        for (schema, mode) in [("New", Mode::Whole), ("Patch", Mode::Patch)] {
            let schema = &document["components"]["schemas"][format!("{name}{schema}")];
            let example = schema["examples"][0].as_object().unwrap();
            assert!(!example.is_empty(), "{name}");
            check(descriptor.fields, example, mode).unwrap();
        }
    }
}
