//! What is wrong with a search of the audit.

use super::queries::{cursor, longer_world};
use super::{refused, world};
use crate::support::World;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use edge::Cursor;
use expect_test::expect;

/// What is told to an auditor for a parameter of a search that is spoiled in several ways: each time the
/// same.
async fn of_a_search(world: &World, spoiled: &[&str]) -> String {
    let mut told: Vec<String> = Vec::new();
    for parameter in spoiled {
        let path = format!("/audit/commits?{parameter}");
        let answer = refused(world, &world.caller("auditor"), ("GET", &path), None).await;
        told.push(answer.expect(400).json()["detail"].as_str().unwrap().to_owned());
    }
    told.dedup();
    assert_eq!(told.len(), 1, "{told:#?}");
    told.remove(0)
}

#[tokio::test]
async fn a_search_for_what_cannot_be_is_refused() {
    let world = world().await;
    let long = format!("field=/{}", "x".repeat(200));
    let spoiled: [&[&str]; 10] = [
        &["actor=", "actor=a%23b", "actor=a%20b"],
        &["type=", "type=Customer", "type=a%23b"],
        &["action=", "action=moved", "action=customer.", "action=.moved", "action=customer.Moved"],
        &["field=", "field=email", &long],
        &["record=", "record=C-1", "record=customer/", "record=customer/a%23b", "record=/C-1"],
        &["correlation_id=", "correlation_id=a%20b", "correlation_id=%C3%A4"],
        &["since=", "since=yesterday", "since=2026-11-24", "since=2026-11-24T09:30:00"],
        &["until=", "until=tomorrow"],
        &["order=", "order=up", "order=ASC"],
        &["limit=", "limit=0", "limit=101", "limit=x"],
    ];
    let mut all = String::new();
    for parameters in spoiled {
        all += &of_a_search(&world, parameters).await;
        all.push('\n');
    }
    expect![[r"
        `actor` must be the id of a person
        `type` must be a record type's name
        `action` must be a type and what happened: `customer.contact_changed`
        `field` must be a JSON Pointer: `/address/city`
        `record` must be a record's type and id: `customer/C-1`
        `correlation_id` must be 1 to 64 visible ASCII characters
        `since` must be an instant as in 2026-11-22T14:28:00.123Z (RFC 3339)
        `until` must be an instant as in 2026-11-22T14:28:00.123Z (RFC 3339)
        `order` must be `asc` or `desc`
        `limit` must be a whole number from 1 to 100
    "]]
    .assert_eq(&all);
    let auditor = world.caller("auditor");
    for path in [
        "/audit/commits?color=red",
        "/audit/commits?actor=a&actor=b",
        "/audit/correlations/x?order=asc",
        "/audit/alarms?limit=1",
        "/audit/heads?limit=1001",
        "/audit/heads?record=x",
        "/audit/stored/customer/C-1?from_version=0",
        "/audit/stored/customer/C-1?limit=1",
    ] {
        let answer = refused(&world, &auditor, ("GET", path), None).await.expect(400);
        assert_eq!(answer.problem(), "invalid-parameter", "{path}");
    }
    for path in ["/audit/stored/customer/C-2", "/audit/stored/Customer/C-1", "/audit/nothing"] {
        refused(&world, &auditor, ("GET", path), None).await.expect(404);
    }
}

#[tokio::test]
async fn a_cursor_of_the_audit_is_taken_only_by_the_search_that_gave_it() {
    let world = longer_world().await;
    let auditor = world.caller("auditor");
    let commits = cursor(&auditor, "/audit/commits?limit=1").await;
    let heads = cursor(&auditor, "/audit/heads?limit=1").await;
    auditor.get(&format!("/audit/commits?limit=1&cursor={commits}")).await.expect(200);
    for path in [
        format!("/audit/commits?order=asc&cursor={commits}"),
        format!("/audit/commits?type=customer&cursor={commits}"),
        format!("/audit/commits?cursor={heads}"),
        format!("/audit/heads?cursor={commits}"),
        format!("/audit/heads?record=customer/C-1&cursor={heads}"),
        format!("/audit/correlations/x?cursor={commits}"),
        format!("/audit/stored/customer/C-1?cursor={commits}"),
    ] {
        let answer = refused(&world, &auditor, ("GET", &path), None).await.expect(400);
        assert_eq!(answer.problem(), "invalid-cursor", "{path}");
    }
    let bytes = URL_SAFE_NO_PAD.decode(&commits).unwrap();
    let given: Cursor = serde_json::from_slice(&bytes).unwrap();
    for position in [
        "",
        "0",
        "x#y#z#1",
        "2026-11-22T12:00:00.000Z",
        "2026-11-22T12:00:00.000Z#customer#C-1",
        "2026-11-22T12:00:00.000Z#customer#C-1#1",
        "2026-11-22T12:00:00Z#customer#C-1#0000000000000001",
        "2026-11-22T12:00:00.000Z#customer#C-1#0000000000000000",
        "2026-11-22T12:00:00.000Z#Customer#C-1#0000000000000001",
        &format!("2026-11-22T12:00:00.000Z#customer#C-1#0000000000000001#{}", "x".repeat(2_000)),
    ] {
        let cursor = Cursor { position: position.to_owned(), ..given.clone() }.encode();
        let path = format!("/audit/commits?cursor={cursor}");
        let answer = refused(&world, &auditor, ("GET", &path), None).await.expect(400);
        assert_eq!(answer.problem(), "invalid-cursor", "{position}");
    }
}
