//! The metrics that the functions' binaries write into their logs, where CloudWatch takes them from.

use crate::lambda::{create_event, created_in, get_event, schedule_event};
use crate::support::runtime_api::{Cloud, Function};
use serde_json::{Value, json};

/// The value of the next metric of a name in a function's log, if the line is as CloudWatch wants it: the
/// schema in "Specification: Embedded metric format" (CloudWatch user guide, read 2026-11-24), and under the
/// name, and without the dimensions, by which the template's alarms look for it.
async fn measured(function: &mut Function, name: &str) -> u64 {
    let line = function.logged(name).await;
    let of_aws = line["_aws"].as_object().unwrap();
    assert!(
        of_aws["Timestamp"].as_u64() > Some(1_700_000_000_000),
        "milliseconds since 1970: {line}"
    );
    let [directive] = of_aws["CloudWatchMetrics"].as_array().unwrap().as_slice() else {
        panic!("one metric in a line: {line}")
    };
    assert_eq!(directive["Namespace"], "Annals/annals");
    assert_eq!(directive["Dimensions"], json!([[]]), "one set, and nothing in it");
    let unit = if name.ends_with("Ms") { "Milliseconds" } else { "Count" };
    assert_eq!(directive["Metrics"], json!([{ "Name": name, "Unit": unit }]));
    line[name].as_u64().unwrap_or_else(|| panic!("a number at the root: {line}"))
}

#[tokio::test]
async fn commands_count_commits_and_conflicts() {
    let cloud = Cloud::start().await;
    let mut commands = cloud.function("record-commands").await;
    let created = commands.invoke(&create_event()).await.unwrap();
    assert_eq!(measured(&mut commands, "Commits").await, 1);

    let mut patch = get_event(created["headers"]["location"].as_str().unwrap(), "");
    patch["requestContext"]["http"]["method"] = json!("PATCH");
    patch["body"] = json!(r#"{"name":"Lily Aria"}"#);
    patch["headers"]["if-match"] = json!("\"1\"");
    patch["headers"].as_object_mut().unwrap().remove("idempotency-key");
    let changed = commands.invoke(&patch).await.unwrap();
    assert_eq!(changed["statusCode"], 200, "{changed}");
    assert_eq!(measured(&mut commands, "Commits").await, 1);
    let refused = commands.invoke(&patch).await.unwrap();
    assert_eq!(refused["statusCode"], 412, "{refused}");
    assert_eq!(measured(&mut commands, "Conflicts").await, 1);
}

#[tokio::test]
async fn the_projector_tells_how_old_commits_were_and_what_it_repaired() {
    let cloud = Cloud::start().await;
    let mut projector = cloud.function("projector").await;
    created_in(&cloud, 90_000).await;
    projector.invoke(&cloud.stream().await).await.unwrap();
    let lag_ms = measured(&mut projector, "ProjectionLagMs").await;
    assert!((90_000..300_000).contains(&lag_ms), "{lag_ms}");

    // No stream told of the second one. Each has a row in three views.
    created_in(&cloud, 2 * 3_600_000).await;
    projector.invoke(&schedule_event()).await.unwrap();
    assert_eq!(measured(&mut projector, "Reconciled").await, 3);
    projector.invoke(&schedule_event()).await.unwrap();
    assert_eq!(
        measured(&mut projector, "Reconciled").await,
        0,
        "a run says that there was nothing"
    );
}

#[tokio::test]
async fn the_projector_counts_what_it_parked_and_who_tampered() {
    let cloud = Cloud::start().await;
    let mut projector = cloud.function("projector").await;
    created_in(&cloud, 0).await;
    let mut unknown = cloud.stream().await;
    let pk = &mut unknown["Records"][0]["dynamodb"]["Keys"]["pk"]["S"];
    *pk = json!(pk.as_str().unwrap().replace("#customer#", "#invoice#"));
    projector.invoke(&unknown).await.unwrap();
    assert_eq!(measured(&mut projector, "Parked").await, 1);

    let mut changed = cloud.stream().await;
    changed["Records"][0]["eventName"] = json!("MODIFY");
    projector.invoke(&changed).await.unwrap();
    assert_eq!(measured(&mut projector, "Tamper").await, 1);
}

#[tokio::test]
async fn the_publisher_counts_what_is_out_what_was_made_up_for_and_what_failed() {
    let cloud = Cloud::start().await;
    let mut publisher = cloud.function("publisher").await;
    created_in(&cloud, 0).await;
    publisher.invoke(&cloud.stream().await).await.unwrap();
    assert_eq!(measured(&mut publisher, "Published").await, 1);

    created_in(&cloud, 2 * 3_600_000).await;
    publisher.invoke(&schedule_event()).await.unwrap();
    assert_eq!(measured(&mut publisher, "Published").await, 1);
    assert_eq!(measured(&mut publisher, "Repaired").await, 1);

    let mut damaged = cloud.stream().await;
    damaged["Records"][0]["dynamodb"]["NewImage"]["e"] = json!({ "S": "{}" });
    publisher.invoke(&damaged).await.unwrap();
    assert_eq!(measured(&mut publisher, "PublishFailed").await, 1);
}

#[tokio::test]
async fn a_line_without_a_metric_is_none_and_says_when_and_who() {
    let cloud = Cloud::start().await;
    let mut queries = cloud.function("record-queries").await;
    queries.invoke(&get_event("/api/v1/meta/types", "")).await.unwrap();
    let line: Value = queries.logged("timestamp").await;
    assert!(line.get("_aws").is_none(), "{line}");
    assert_eq!(line["fields"]["message"], "request served");
    assert_eq!((&line["level"], &line["target"]), (&json!("INFO"), &json!("edge::serve")));
}
