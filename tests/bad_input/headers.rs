//! What is wrong with a path, a method or a header.

use super::{
    ACT, CHANGING, CREATE, EDIT, END, KEEP_MYSELF, RESTORE, Told, WRITING, Writing, editor,
    everywhere_to, refused, world,
};
use crate::support::World;
use expect_test::expect;
use serde_json::json;

#[tokio::test]
async fn a_type_an_action_or_a_record_that_is_not_there_is_not_found() {
    let world = world().await;
    let mut told = Told::default();
    for (method, path) in [
        ("POST", "/widgets"),
        ("PATCH", "/widgets/W-1"),
        ("DELETE", "/widgets/W-1"),
        ("POST", "/widgets/W-1/archive"),
        ("POST", "/customer"),
        ("POST", "/customers/C-1/complete"),
        ("POST", "/customers/C-1/Archive"),
        ("PATCH", "/customers/C-2"),
        ("DELETE", "/customers/C-2"),
        ("POST", "/customers/C-2/archive"),
        ("PATCH", "/customers/C%231"),
        ("DELETE", "/customers/C%00"),
        ("POST", "/customers/../me/archive"),
        ("PUT", "/me/you/him/her"),
    ] {
        let body = (method != "DELETE").then_some(br"{}".as_slice());
        let answer = refused(&world, &editor(&world), (method, path), body).await;
        told.add(&format!("{method} {path}"), &answer.redacted());
    }
    expect![[r#"
        POST /widgets
            {"detail":"there is no such record type","status":404,"title":"There is no such thing here","trace_id":"[trace]","type":"urn:annals:problem:not-found"}
        PATCH /widgets/W-1
            {"detail":"there is no such record type","status":404,"title":"There is no such thing here","trace_id":"[trace]","type":"urn:annals:problem:not-found"}
        DELETE /widgets/W-1
            {"detail":"there is no such record type","status":404,"title":"There is no such thing here","trace_id":"[trace]","type":"urn:annals:problem:not-found"}
        POST /widgets/W-1/archive
            {"detail":"there is no such record type","status":404,"title":"There is no such thing here","trace_id":"[trace]","type":"urn:annals:problem:not-found"}
        POST /customer
            {"detail":"there is no such record type","status":404,"title":"There is no such thing here","trace_id":"[trace]","type":"urn:annals:problem:not-found"}
        POST /customers/C-1/complete
            {"detail":"there is no such action for this type","status":404,"title":"There is no such thing here","trace_id":"[trace]","type":"urn:annals:problem:not-found"}
        POST /customers/C-1/Archive
            {"detail":"there is no such action for this type","status":404,"title":"There is no such thing here","trace_id":"[trace]","type":"urn:annals:problem:not-found"}
        PATCH /customers/C-2
            {"status":404,"title":"There is no such thing here","trace_id":"[trace]","type":"urn:annals:problem:not-found"}
        DELETE /customers/C-2
            {"status":404,"title":"There is no such thing here","trace_id":"[trace]","type":"urn:annals:problem:not-found"}
        POST /customers/C-2/archive
            {"status":404,"title":"There is no such thing here","trace_id":"[trace]","type":"urn:annals:problem:not-found"}
        PATCH /customers/C%231
            {"status":404,"title":"There is no such thing here","trace_id":"[trace]","type":"urn:annals:problem:not-found"}
        DELETE /customers/C%00
            {"status":404,"title":"There is no such thing here","trace_id":"[trace]","type":"urn:annals:problem:not-found"}
        POST /customers/../me/archive
            {"status":404,"title":"There is no such thing here","trace_id":"[trace]","type":"urn:annals:problem:not-found"}
        PUT /me/you/him/her
            {"status":404,"title":"There is no such thing here","trace_id":"[trace]","type":"urn:annals:problem:not-found"}
    "#]].assert_eq(&told.0);
}

#[tokio::test]
async fn another_tenants_record_is_not_found_by_any_route_that_writes() {
    let world = world().await;
    let outsider = world.caller("outsider").with("if-match", "\"1\"");
    let told = everywhere_to(&world, &outsider, &[EDIT, ACT, END, RESTORE]).await;
    expect![[r#"
        {
          "status": 404,
          "title": "There is no such thing here",
          "trace_id": "[trace]",
          "type": "urn:annals:problem:not-found"
        }"#]]
    .assert_eq(&told);
}

#[tokio::test]
async fn a_method_that_a_path_does_not_have_is_told_which_ones_it_has() {
    let world = world().await;
    let mut told = Told::default();
    for (method, path) in [
        ("PUT", "/customers"),
        ("DELETE", "/customers"),
        ("POST", "/customers/C-1"),
        ("PUT", "/customers/C-1"),
        ("GET", "/customers/C-1/archive"),
        ("PATCH", "/customers/C-1/archive"),
        ("POST", "/customers/C-1/history"),
        ("DELETE", "/customers/C-1/history/1"),
        ("POST", "/me"),
        ("DELETE", "/me"),
        ("POST", "/meta/types"),
        ("DELETE", "/health"),
        ("POST", "/people"),
        ("PATCH", "/people/P-1"),
        ("DELETE", "/people/P-1"),
        ("POST", "/people/P-1/archive"),
        ("BREW", "/customers"),
    ] {
        let body = (method != "GET").then_some(br"{}".as_slice());
        let answer = refused(&world, &editor(&world), (method, path), body).await.expect(405);
        assert!(answer.headers.contains_key("allow"), "{method} {path}");
        let asked = format!("{method} {path}; Allow: {}", answer.header("allow"));
        told.add(&asked, &answer.redacted());
    }
    expect![[r#"
        PUT /customers; Allow: GET, POST
            {"status":405,"title":"This cannot be done here","trace_id":"[trace]","type":"urn:annals:problem:method-not-allowed"}
        DELETE /customers; Allow: GET, POST
            {"status":405,"title":"This cannot be done here","trace_id":"[trace]","type":"urn:annals:problem:method-not-allowed"}
        POST /customers/C-1; Allow: GET, PATCH, DELETE
            {"status":405,"title":"This cannot be done here","trace_id":"[trace]","type":"urn:annals:problem:method-not-allowed"}
        PUT /customers/C-1; Allow: GET, PATCH, DELETE
            {"status":405,"title":"This cannot be done here","trace_id":"[trace]","type":"urn:annals:problem:method-not-allowed"}
        GET /customers/C-1/archive; Allow: POST
            {"status":405,"title":"This cannot be done here","trace_id":"[trace]","type":"urn:annals:problem:method-not-allowed"}
        PATCH /customers/C-1/archive; Allow: POST
            {"status":405,"title":"This cannot be done here","trace_id":"[trace]","type":"urn:annals:problem:method-not-allowed"}
        POST /customers/C-1/history; Allow: GET
            {"status":405,"title":"This cannot be done here","trace_id":"[trace]","type":"urn:annals:problem:method-not-allowed"}
        DELETE /customers/C-1/history/1; Allow: GET
            {"status":405,"title":"This cannot be done here","trace_id":"[trace]","type":"urn:annals:problem:method-not-allowed"}
        POST /me; Allow: GET, PUT
            {"status":405,"title":"This cannot be done here","trace_id":"[trace]","type":"urn:annals:problem:method-not-allowed"}
        DELETE /me; Allow: GET, PUT
            {"status":405,"title":"This cannot be done here","trace_id":"[trace]","type":"urn:annals:problem:method-not-allowed"}
        POST /meta/types; Allow: GET
            {"status":405,"title":"This cannot be done here","trace_id":"[trace]","type":"urn:annals:problem:method-not-allowed"}
        DELETE /health; Allow: GET
            {"status":405,"title":"This cannot be done here","trace_id":"[trace]","type":"urn:annals:problem:method-not-allowed"}
        POST /people; Allow: GET
            {"detail":"each person keeps their own through `PUT /me`","status":405,"title":"This cannot be done here","trace_id":"[trace]","type":"urn:annals:problem:method-not-allowed"}
        PATCH /people/P-1; Allow: GET
            {"detail":"each person keeps their own through `PUT /me`","status":405,"title":"This cannot be done here","trace_id":"[trace]","type":"urn:annals:problem:method-not-allowed"}
        DELETE /people/P-1; Allow: GET
            {"detail":"each person keeps their own through `PUT /me`","status":405,"title":"This cannot be done here","trace_id":"[trace]","type":"urn:annals:problem:method-not-allowed"}
        POST /people/P-1/archive; Allow: 
            {"detail":"each person keeps their own through `PUT /me`","status":405,"title":"This cannot be done here","trace_id":"[trace]","type":"urn:annals:problem:method-not-allowed"}
        BREW /customers; Allow: GET, POST
            {"status":405,"title":"This cannot be done here","trace_id":"[trace]","type":"urn:annals:problem:method-not-allowed"}
    "#]].assert_eq(&told.0);
}

#[tokio::test]
async fn a_body_of_another_media_type_is_refused() {
    let world = world().await;
    let mut told: Vec<String> = Vec::new();
    for media_type in
        ["text/plain", "application/x-www-form-urlencoded", "text/json", "", "application/jsonx"]
    {
        let caller = editor(&world).with("content-type", media_type);
        told.push(everywhere_to(&world, &caller, &WRITING).await);
    }
    told.dedup();
    assert_eq!(told.len(), 1, "{told:?}");
    expect![[r#"
        {
          "detail": "send it as application/json or application/merge-patch+json",
          "status": 415,
          "title": "The body must be JSON",
          "trace_id": "[trace]",
          "type": "urn:annals:problem:unsupported-media-type"
        }"#]]
    .assert_eq(&told[0]);
    for media_type in ["application/json; charset=utf-8", "application/merge-patch+json"] {
        let caller = editor(&world).with("content-type", media_type);
        caller.post("/customers", json!({"name": "Ann"})).await.expect(201);
    }
}

#[tokio::test]
async fn an_edit_without_a_version_is_refused() {
    let world = world().await;
    let told = everywhere_to(&world, &world.caller("editor"), &[EDIT, RESTORE]).await;
    expect![[r#"
        {
          "detail": "send the record's ETag as `If-Match`",
          "status": 428,
          "title": "Say which version you change",
          "trace_id": "[trace]",
          "type": "urn:annals:problem:version-required"
        }"#]]
    .assert_eq(&told);
}

/// What the routes tell of a header with each of these values: always the same.
async fn header(world: &World, routes: &[Writing], name: &str, values: &[&str]) -> String {
    let mut told: Vec<String> = Vec::new();
    for value in values {
        let caller = world.caller("editor");
        let caller = if name == "if-match" { caller } else { caller.with("if-match", "\"1\"") };
        told.push(everywhere_to(world, &caller.with(name, value), routes).await);
    }
    told.dedup();
    assert_eq!(told.len(), 1, "{told:?}");
    told.remove(0)
}

#[tokio::test]
async fn an_etag_that_is_none_of_ours_is_refused_by_every_route_that_heeds_it() {
    let world = world().await;
    let values = [
        "*",
        "1",
        "\"\"",
        "\"0\"",
        "\"-1\"",
        "\"1.0\"",
        "\"one\"",
        "\"9007199254740992\"",
        "\"9007199254740993\"",
        "\"18446744073709551617\"",
        "\"1\", \"2\"",
        "w/\"1\"",
        "\"1",
        "\"ï\"",
        "",
    ];
    expect![[r#"
        {
          "detail": "`If-Match` must be one ETag as this API gives them, such as \"17\"",
          "header": "If-Match",
          "status": 400,
          "title": "A header is not as it should be",
          "trace_id": "[trace]",
          "type": "urn:annals:problem:invalid-header"
        }"#]]
    .assert_eq(&header(&world, &CHANGING, "if-match", &values).await);
}

#[tokio::test]
async fn a_version_that_is_not_the_records_own_is_refused_with_its_own() {
    let world = world().await;
    let caller = world.caller("editor").with("if-match", "\"9007199254740991\"");
    let told = everywhere_to(&world, &caller, &CHANGING).await;
    expect![[r#"
        {
          "current_version": 1,
          "detail": "you change version 9007199254740991; it is at 1",
          "status": 412,
          "title": "The record has changed meanwhile",
          "trace_id": "[trace]",
          "type": "urn:annals:problem:version-mismatch"
        }"#]]
    .assert_eq(&told);
    let nobody = world.caller("viewer").with("if-match", "\"1\"");
    expect![[r#"
        {
          "detail": "there is nothing yet to be changed",
          "status": 412,
          "title": "The record has changed meanwhile",
          "trace_id": "[trace]",
          "type": "urn:annals:problem:version-mismatch"
        }"#]]
    .assert_eq(&everywhere_to(&world, &nobody, &[KEEP_MYSELF]).await);
}

#[tokio::test]
async fn keys_and_ids_of_flows_are_visible_ascii_or_refused() {
    let world = world().await;
    let long = "k".repeat(65);
    let values = ["", "a b", "ключ", &long, "a\tb"];
    expect![[r#"
        {
          "detail": "`Idempotency-Key` must be 1 to 64 visible ASCII characters",
          "header": "Idempotency-Key",
          "status": 400,
          "title": "A header is not as it should be",
          "trace_id": "[trace]",
          "type": "urn:annals:problem:invalid-header"
        }"#]]
    .assert_eq(&header(&world, &WRITING, "idempotency-key", &values).await);
    expect![[r#"
        {
          "detail": "`X-Correlation-Id` must be 1 to 64 visible ASCII characters",
          "header": "X-Correlation-Id",
          "status": 400,
          "title": "A header is not as it should be",
          "trace_id": "[trace]",
          "type": "urn:annals:problem:invalid-header"
        }"#]]
    .assert_eq(&header(&world, &WRITING, "x-correlation-id", &values).await);
    expect![[r#"
        {
          "detail": "`X-Causation-Id` must be 1 to 64 visible ASCII characters",
          "header": "X-Causation-Id",
          "status": 400,
          "title": "A header is not as it should be",
          "trace_id": "[trace]",
          "type": "urn:annals:problem:invalid-header"
        }"#]]
    .assert_eq(&header(&world, &WRITING, "x-causation-id", &values).await);
}

#[tokio::test]
async fn a_reason_that_cannot_be_read_is_refused() {
    let world = world().await;
    let mut told = Told::default();
    for (what, values) in [
        ("no UTF-8", ["%ff", "%c3", "grüße", "%ed%a0%80"].as_slice()),
        ("control characters", &["%00", "a%1bb", "a%0db"]),
        ("too long", &["%F0%9F%99%82".repeat(501).as_str()]),
    ] {
        told.add(what, &header(&world, &WRITING, "x-change-reason", values).await);
    }
    expect![[r#"
        no UTF-8
            {"detail":"`X-Change-Reason` must be percent-encoded UTF-8","header":"X-Change-Reason","status":400,"title":"A header is not as it should be","trace_id":"[trace]","type":"urn:annals:problem:invalid-header"}
        control characters
            {"detail":"`X-Change-Reason` must not hold control characters","header":"X-Change-Reason","status":400,"title":"A header is not as it should be","trace_id":"[trace]","type":"urn:annals:problem:invalid-header"}
        too long
            {"detail":"`X-Change-Reason` must be at most 500 characters long","header":"X-Change-Reason","status":400,"title":"A header is not as it should be","trace_id":"[trace]","type":"urn:annals:problem:invalid-header"}
    "#]].assert_eq(&told.0);
}

#[tokio::test]
async fn no_route_that_writes_takes_parameters_but_for_the_dry_run_of_a_restore() {
    let world = world().await;
    for route in WRITING {
        let name = if route.path == RESTORE.path { "color" } else { "dry_run" };
        let path = format!("{}?{name}=true", route.path);
        let good = Some(route.good.as_bytes());
        let answer = refused(&world, &editor(&world), (route.method, &path), good).await;
        assert_eq!(answer.json()["detail"], format!("`{name}` is not known here"), "{route:?}");
    }
}

#[tokio::test]
async fn creating_what_is_there_already_is_refused() {
    let world = world().await;
    let body = br#"{"id": "C-1", "name": "Bob"}"#;
    let told = refused(&world, &editor(&world), (CREATE.method, CREATE.path), Some(body)).await;
    expect![[r#"
        {
          "status": 409,
          "title": "There is a record with this id already",
          "trace_id": "[trace]",
          "type": "urn:annals:problem:id-taken"
        }"#]]
    .assert_eq(&told.redacted());
}
