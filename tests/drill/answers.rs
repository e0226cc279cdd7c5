//! Every answer that the API gives about a workspace, to hold two stacks against each other.

use crate::support::World;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const STATUSES: [(&str, &[&str]); 3] = [
    ("customers", &["active", "archived"]),
    ("todos", &["open", "completed", "dropped"]),
    ("people", &[]),
];

/// What the API says, by path. Of the audit, what editors did: operators and auditors go on acting meanwhile.
pub(super) async fn answers(world: &World) -> BTreeMap<String, Value> {
    let (admin, mut told) = (world.caller("admin"), BTreeMap::new());
    told.insert("/meta/counts".to_owned(), admin.get("/meta/counts").await.expect(200).json());
    for (plural, statuses) in STATUSES {
        let mut paths: Vec<String> = vec![format!("/{plural}")];
        paths.extend(statuses.iter().map(|status| format!("/{plural}?status={status}")));
        for path in paths {
            let items = admin.all(&path).await;
            for item in &items {
                record(world, &format!("/{plural}/{}", item["id"].as_str().unwrap()), &mut told)
                    .await;
            }
            told.insert(path, json!(items));
        }
    }
    let types = ["customer", "todo", "person"];
    for record_type in types {
        let path = format!("/audit/commits?type={record_type}");
        let commits = admin.all(&path).await;
        if let Some(first) = commits.first() {
            let flow = first["correlation_id"].as_str().unwrap();
            let path = format!("/audit/correlations/{flow}");
            told.insert(path.clone(), admin.get(&path).await.expect(200).json()["items"].clone());
        }
        told.insert(path, json!(commits));
    }
    let heads = admin.all("/audit/heads").await;
    let of_editors = |head: &&Value| !["operation", "access"].contains(&type_of(head));
    let heads: Vec<&Value> = heads.iter().filter(of_editors).collect();
    told.insert("/audit/heads".to_owned(), json!(heads));
    told
}

fn type_of(head: &Value) -> &str {
    head["record"]["type"].as_str().or(head["type"].as_str()).unwrap()
}

async fn record(world: &World, path: &str, told: &mut BTreeMap<String, Value>) {
    let admin = world.caller("admin");
    let read = admin.get(path).await.expect(200);
    let version = read.json()["version"].as_u64().unwrap();
    told.insert(path.to_owned(), read.json());
    told.insert(format!("{path} etag"), json!(read.header("etag")));
    told.insert(format!("{path}/history"), json!(admin.all(&format!("{path}/history")).await));
    for further in
        ["/blame".to_owned(), "?version=1".to_owned(), format!("/diff?from=1&to={version}")]
    {
        let path = format!("{path}{further}");
        told.insert(path.clone(), admin.get(&path).await.expect(200).json());
    }
}
