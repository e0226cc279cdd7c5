//! What is wrong with the parameters of a query.

use super::{Told, refused, world};
use crate::support::{Caller, World};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use edge::Cursor;
use expect_test::expect;
use serde_json::json;

async fn asked(world: &World, paths: &[String]) -> String {
    let mut told = Told::default();
    for path in paths {
        let answer = refused(world, &world.caller("viewer"), ("GET", path), None).await;
        told.add(path, &answer.redacted());
    }
    told.0
}

/// What is told of each of these parameters: the same.
async fn parameters(world: &World, path: &str, parameters: &[&str]) -> String {
    let mut told: Vec<String> = Vec::new();
    for parameter in parameters {
        let path = format!("{path}?{parameter}");
        let answer = refused(world, &world.caller("viewer"), ("GET", &path), None).await;
        told.push(answer.expect(400).redacted());
    }
    told.dedup();
    assert_eq!(told.len(), 1, "{told:#?}");
    told.remove(0)
}

#[tokio::test]
async fn a_limit_is_a_whole_number_from_1_to_100() {
    let world = world().await;
    let limits = [
        "limit=0",
        "limit=101",
        "limit=-1",
        "limit=1.5",
        "limit=ten",
        "limit=",
        "limit",
        "limit=9007199254740993",
        "limit=18446744073709551617",
        "limit=%00",
        "limit=%ff",
    ];
    let told = parameters(&world, "/customers", &limits).await;
    assert_eq!(parameters(&world, "/customers/C-1/history", &limits).await, told);
    expect![[r#"
        {
          "detail": "`limit` must be a whole number from 1 to 100",
          "parameter": "limit",
          "status": 400,
          "title": "A parameter is not as it should be",
          "trace_id": "[trace]",
          "type": "urn:annals:problem:invalid-parameter"
        }"#]]
    .assert_eq(&told);
}

#[tokio::test]
async fn a_filter_or_order_that_a_list_does_not_have_is_refused() {
    let world = world().await;
    let told =
        parameters(&world, "/customers", &["sort=name", "sort=", "sort=%2Bchanged_at"]).await;
    expect![[r#"
        {
          "detail": "`sort` must be `changed_at` or `-changed_at`",
          "parameter": "sort",
          "status": 400,
          "title": "A parameter is not as it should be",
          "trace_id": "[trace]",
          "type": "urn:annals:problem:invalid-parameter"
        }"#]]
    .assert_eq(&told);
    let told = parameters(&world, "/customers", &["status=open", "status=", "status=Active"]).await;
    expect![[r#"
        {
          "detail": "`status` must be one of: active, archived",
          "parameter": "status",
          "status": 400,
          "title": "A parameter is not as it should be",
          "trace_id": "[trace]",
          "type": "urn:annals:problem:invalid-parameter"
        }"#]]
    .assert_eq(&told);
    let told = parameters(&world, "/customers", &["owner=a%23b", "owner=", "owner=a%20b"]).await;
    expect![[r#"
        {
          "detail": "`owner` must be the id of a person",
          "parameter": "owner",
          "status": 400,
          "title": "A parameter is not as it should be",
          "trace_id": "[trace]",
          "type": "urn:annals:problem:invalid-parameter"
        }"#]]
    .assert_eq(&told);
    let told = parameters(&world, "/customers", &["q=Ann", "q="]).await;
    expect![[r#"
        {
          "detail": "`q` cannot be used yet: search is still to come",
          "parameter": "q",
          "status": 400,
          "title": "A parameter is not as it should be",
          "trace_id": "[trace]",
          "type": "urn:annals:problem:invalid-parameter"
        }"#]]
    .assert_eq(&told);
}

#[tokio::test]
async fn what_was_seen_is_at_most_ten_records_with_versions() {
    let world = world().await;
    let eleven = ["C-1@1"; 11].join(",");
    let eleven = format!("seen={eleven}");
    let seen = [
        "seen=",
        "seen=C-1",
        "seen=C-1@0",
        "seen=C-1@x",
        "seen=@1",
        "seen=C%231@1",
        "seen=C-1@1,",
        "seen=C-1@1;C-2@1",
        &eleven,
    ];
    let told = parameters(&world, "/customers", &seen).await;
    expect![[r#"
        {
          "detail": "`seen` must be 1 to 10 times `id@version`, separated by commas",
          "parameter": "seen",
          "status": 400,
          "title": "A parameter is not as it should be",
          "trace_id": "[trace]",
          "type": "urn:annals:problem:invalid-parameter"
        }"#]]
    .assert_eq(&told);
}

#[tokio::test]
async fn an_order_or_version_that_a_record_does_not_have_is_refused() {
    let world = world().await;
    let told =
        parameters(&world, "/customers/C-1/history", &["order=up", "order=", "order=ASC"]).await;
    expect![[r#"
        {
          "detail": "`order` must be `asc` or `desc`",
          "parameter": "order",
          "status": 400,
          "title": "A parameter is not as it should be",
          "trace_id": "[trace]",
          "type": "urn:annals:problem:invalid-parameter"
        }"#]]
    .assert_eq(&told);
    let versions = [
        "min_version=0",
        "min_version=-1",
        "min_version=%2B1",
        "min_version=x",
        "min_version=",
        "min_version=9007199254740992",
        "min_version=9007199254740993",
    ];
    for path in ["/customers/C-1", "/customers/C-1/history", "/customers/C-1/diff"] {
        let names = match path {
            "/customers/C-1" => &["version"][..],
            "/customers/C-1/history" => &["from_version", "to_version"],
            _ => &["from", "to"],
        };
        for name in names {
            let told = |text: &str| text.replace("min_version", name);
            // Of a comparison, 0 is before there was anything.
            let versions: Vec<String> = versions
                .iter()
                .filter(|one| !(path.ends_with("diff") && one.ends_with("=0")))
                .map(|one| told(one) + if *name == "to" { "&from=1" } else { "" })
                .collect();
            let versions: Vec<&str> = versions.iter().map(String::as_str).collect();
            let form = format!("`{name}` must be a version: a whole number from 1");
            let document = parameters(&world, path, &versions).await;
            assert!(document.contains(&form), "{document}");
        }
    }
    expect![[r#"
        {
          "detail": "`min_version` must be a version: a whole number from 1",
          "parameter": "min_version",
          "status": 400,
          "title": "A parameter is not as it should be",
          "trace_id": "[trace]",
          "type": "urn:annals:problem:invalid-parameter"
        }"#]]
    .assert_eq(&parameters(&world, "/customers/C-1", &versions).await);
}

#[tokio::test]
async fn an_instant_is_told_by_rfc_3339_and_a_moment_of_a_record_is_past() {
    let world = world().await;
    for (path, names) in [
        ("/customers/C-1", &["at"][..]),
        ("/customers/C-1/history", &["since", "until"]),
        ("/customers/C-1/diff", &["from_at", "to_at"]),
    ] {
        for name in names {
            let more = if *name == "to_at" { "&from=1" } else { "" };
            let wrong = [
                "",
                "yesterday",
                "2026-11-22",
                "2026-11-22T25:00:00Z",
                "2026-11-22T12:00:00",
                "1795348800",
            ];
            let wrong = wrong.map(|instant| format!("{name}={instant}{more}"));
            let told = parameters(&world, path, &wrong.each_ref().map(String::as_str)).await;
            let form = "must be an instant as in 2026-11-22T14:28:00.123Z (RFC 3339)";
            assert!(told.contains(&format!("`{name}` {form}")), "{told}");
            if path.ends_with("history") {
                continue;
            }
            let future = format!("{name}=9999-01-01T00:00:00Z{more}");
            let told = parameters(&world, path, &[&future]).await;
            assert!(told.contains(&format!("`{name}` must not lie in the future")), "{told}");
        }
    }
}

#[tokio::test]
async fn a_filter_of_another_form_is_refused() {
    let world = world().await;
    let long = format!("field=/{}", "a".repeat(200));
    for (wrong, form) in [
        (&["actor=", "actor=a%20b", "actor=a%23b"][..], "`actor` must be the id of a person"),
        (
            &["event=", "event=Renamed", "event=customer.renamed"],
            "`event` must be the name of an event, as in `contact_changed`",
        ),
        (
            &["field=", "field=/", "field=email", "field=/a~2", "field=/address/", &long],
            "`field` must be a JSON Pointer to a field, as in `/address/city`",
        ),
        (&["include=", "include=everything"], "`include` must be `stored`"),
    ] {
        let told = parameters(&world, "/customers/C-1/history", wrong).await;
        assert!(told.contains(form), "{told}");
    }
}

#[tokio::test]
async fn parameters_that_exclude_each_other_are_refused() {
    let world = world().await;
    let paths = [
        "/customers/C-1?version=1&at=2026-11-22T12:00:00Z",
        "/customers/C-1?min_version=1&version=1",
        "/customers/C-1/diff?from=0&from_at=2026-11-22T12:00:00Z",
        "/customers/C-1/diff?from=1&to=1&to_at=2026-11-22T12:00:00Z",
        "/customers/C-1/diff",
    ];
    expect![[r#"
        /customers/C-1?version=1&at=2026-11-22T12:00:00Z
            {"detail":"`at` cannot be given with `version`","parameter":"at","status":400,"title":"A parameter is not as it should be","trace_id":"[trace]","type":"urn:annals:problem:invalid-parameter"}
        /customers/C-1?min_version=1&version=1
            {"detail":"`version` cannot be given with `min_version`","parameter":"version","status":400,"title":"A parameter is not as it should be","trace_id":"[trace]","type":"urn:annals:problem:invalid-parameter"}
        /customers/C-1/diff?from=0&from_at=2026-11-22T12:00:00Z
            {"detail":"`from_at` cannot be given with `from`","parameter":"from_at","status":400,"title":"A parameter is not as it should be","trace_id":"[trace]","type":"urn:annals:problem:invalid-parameter"}
        /customers/C-1/diff?from=1&to=1&to_at=2026-11-22T12:00:00Z
            {"detail":"`to_at` cannot be given with `to`","parameter":"to_at","status":400,"title":"A parameter is not as it should be","trace_id":"[trace]","type":"urn:annals:problem:invalid-parameter"}
        /customers/C-1/diff
            {"detail":"`from` is needed, or `from_at`","parameter":"from","status":400,"title":"A parameter is not as it should be","trace_id":"[trace]","type":"urn:annals:problem:invalid-parameter"}
    "#]].assert_eq(&asked(&world, &paths.map(str::to_owned)).await);
}

#[tokio::test]
async fn a_parameter_that_is_unknown_or_given_twice_is_refused() {
    let world = world().await;
    let paths = [
        "/customers?color=red",
        "/customers?limit=1&limit=1",
        "/customers?status=active&status=archived",
        "/customers?cursor=a&cursor=b",
        "/customers/C-1?min_version=1&min_version=1",
        "/customers/C-1?color=red",
        "/customers/C-1/history?order=asc&order=asc",
        "/customers/C-1/history?color=red",
        "/customers/C-1/history/1?color=red",
        "/customers/C-1/history?since=2026-11-22T12:00:00Z&since=2026-11-22T12:00:00Z",
        "/customers/C-1/diff?from=1&color=red",
        "/meta/counts?color=red",
    ];
    expect![[r#"
        /customers?color=red
            {"detail":"`color` is not known here","parameter":"color","status":400,"title":"A parameter is not as it should be","trace_id":"[trace]","type":"urn:annals:problem:invalid-parameter"}
        /customers?limit=1&limit=1
            {"detail":"`limit` must be given once","parameter":"limit","status":400,"title":"A parameter is not as it should be","trace_id":"[trace]","type":"urn:annals:problem:invalid-parameter"}
        /customers?status=active&status=archived
            {"detail":"`status` must be given once","parameter":"status","status":400,"title":"A parameter is not as it should be","trace_id":"[trace]","type":"urn:annals:problem:invalid-parameter"}
        /customers?cursor=a&cursor=b
            {"detail":"`cursor` must be given once","parameter":"cursor","status":400,"title":"A parameter is not as it should be","trace_id":"[trace]","type":"urn:annals:problem:invalid-parameter"}
        /customers/C-1?min_version=1&min_version=1
            {"detail":"`min_version` must be given once","parameter":"min_version","status":400,"title":"A parameter is not as it should be","trace_id":"[trace]","type":"urn:annals:problem:invalid-parameter"}
        /customers/C-1?color=red
            {"detail":"`color` is not known here","parameter":"color","status":400,"title":"A parameter is not as it should be","trace_id":"[trace]","type":"urn:annals:problem:invalid-parameter"}
        /customers/C-1/history?order=asc&order=asc
            {"detail":"`order` must be given once","parameter":"order","status":400,"title":"A parameter is not as it should be","trace_id":"[trace]","type":"urn:annals:problem:invalid-parameter"}
        /customers/C-1/history?color=red
            {"detail":"`color` is not known here","parameter":"color","status":400,"title":"A parameter is not as it should be","trace_id":"[trace]","type":"urn:annals:problem:invalid-parameter"}
        /customers/C-1/history/1?color=red
            {"detail":"`color` is not known here","parameter":"color","status":400,"title":"A parameter is not as it should be","trace_id":"[trace]","type":"urn:annals:problem:invalid-parameter"}
        /customers/C-1/history?since=2026-11-22T12:00:00Z&since=2026-11-22T12:00:00Z
            {"detail":"`since` must be given once","parameter":"since","status":400,"title":"A parameter is not as it should be","trace_id":"[trace]","type":"urn:annals:problem:invalid-parameter"}
        /customers/C-1/diff?from=1&color=red
            {"detail":"`color` is not known here","parameter":"color","status":400,"title":"A parameter is not as it should be","trace_id":"[trace]","type":"urn:annals:problem:invalid-parameter"}
        /meta/counts?color=red
            {"detail":"`color` is not known here","parameter":"color","status":400,"title":"A parameter is not as it should be","trace_id":"[trace]","type":"urn:annals:problem:invalid-parameter"}
    "#]].assert_eq(&asked(&world, &paths.map(str::to_owned)).await);
}

#[tokio::test]
async fn what_is_not_there_cannot_be_read() {
    let world = world().await;
    let paths = [
        "/widgets",
        "/widgets/1",
        "/customers/C-2",
        "/customers/C-2/history",
        "/customers/C-1/history/2",
        "/customers/C-1/history/0",
        "/customers/C-1/history/x",
        "/customers/C-1?min_version=2",
        "/customers/C-1?version=2",
        "/customers/C-1?at=2026-01-01T00:00:00Z",
        "/customers/C-1/diff?from=0&to=2",
        "/customers/C-2/diff?from=0",
        "/nowhere/to/be/found/at/all",
    ];
    expect![[r#"
        /widgets
            {"detail":"there is no such record type","status":404,"title":"There is no such thing here","trace_id":"[trace]","type":"urn:annals:problem:not-found"}
        /widgets/1
            {"detail":"there is no such record type","status":404,"title":"There is no such thing here","trace_id":"[trace]","type":"urn:annals:problem:not-found"}
        /customers/C-2
            {"status":404,"title":"There is no such thing here","trace_id":"[trace]","type":"urn:annals:problem:not-found"}
        /customers/C-2/history
            {"status":404,"title":"There is no such thing here","trace_id":"[trace]","type":"urn:annals:problem:not-found"}
        /customers/C-1/history/2
            {"status":404,"title":"There is no such thing here","trace_id":"[trace]","type":"urn:annals:problem:not-found"}
        /customers/C-1/history/0
            {"status":404,"title":"There is no such thing here","trace_id":"[trace]","type":"urn:annals:problem:not-found"}
        /customers/C-1/history/x
            {"status":404,"title":"There is no such thing here","trace_id":"[trace]","type":"urn:annals:problem:not-found"}
        /customers/C-1?min_version=2
            {"current_version":1,"detail":"the record has not reached this version","status":404,"title":"There is no such thing here","trace_id":"[trace]","type":"urn:annals:problem:not-found"}
        /customers/C-1?version=2
            {"current_version":1,"detail":"the record has not reached this version","status":404,"title":"There is no such thing here","trace_id":"[trace]","type":"urn:annals:problem:not-found"}
        /customers/C-1?at=2026-01-01T00:00:00Z
            {"detail":"the record had not begun at this instant","status":404,"title":"There is no such thing here","trace_id":"[trace]","type":"urn:annals:problem:not-found"}
        /customers/C-1/diff?from=0&to=2
            {"current_version":1,"detail":"the record has not reached this version","status":404,"title":"There is no such thing here","trace_id":"[trace]","type":"urn:annals:problem:not-found"}
        /customers/C-2/diff?from=0
            {"status":404,"title":"There is no such thing here","trace_id":"[trace]","type":"urn:annals:problem:not-found"}
        /nowhere/to/be/found/at/all
            {"status":404,"title":"There is no such thing here","trace_id":"[trace]","type":"urn:annals:problem:not-found"}
    "#]].assert_eq(&asked(&world, &paths.map(str::to_owned)).await);
}

/// The cursor after the first of two customers, or of two commits.
pub(super) async fn cursor(viewer: &Caller<'_>, path: &str) -> String {
    let page = viewer.get(path).await.expect(200).json();
    page["next_cursor"].as_str().unwrap().to_owned()
}

pub(super) async fn longer_world() -> World {
    let world = world().await;
    let editor = world.caller("editor");
    editor.post("/customers", json!({"id": "C-2", "name": "Bob"})).await.expect(201);
    let edit = json!({"name": "Anna"});
    editor.with("if-match", "\"1\"").patch("/customers/C-1", edit).await.expect(200);
    world.stack.settled().await;
    world
}

#[tokio::test]
async fn a_cursor_is_taken_only_by_the_list_that_gave_it() {
    let world = longer_world().await;
    let viewer = world.caller("viewer");
    let list = cursor(&viewer, "/customers?limit=1").await;
    let history = cursor(&viewer, "/customers/C-1/history?limit=1").await;
    viewer.get(&format!("/customers?limit=1&cursor={list}")).await.expect(200);
    viewer.get(&format!("/customers/C-1/history?cursor={history}")).await.expect(200);
    let editor_id = local::DEMO_PEOPLE[1].sub;
    let others = [
        format!("/customers?sort=changed_at&cursor={list}"),
        format!("/customers?status=archived&cursor={list}"),
        format!("/customers?owner={editor_id}&cursor={list}"),
        format!("/todos?cursor={list}"),
        format!("/customers?cursor={history}"),
        format!("/customers/C-1/history?cursor={list}"),
        format!("/customers/C-1/history?order=asc&cursor={history}"),
        format!("/customers/C-2/history?cursor={history}"),
        format!("/customers/C-1/history?actor=a&cursor={history}"),
        format!("/customers/C-1/history?field=/name&cursor={history}"),
        format!("/customers/C-1/history?event=renamed&cursor={history}"),
        format!("/customers/C-1/history?since=2026-01-01T00:00:00Z&cursor={history}"),
        format!("/customers/C-1/history?until=2099-01-01T00:00:00Z&cursor={history}"),
        format!("/customers/C-1/history?from_version=1&cursor={history}"),
        format!("/customers/C-1/history?to_version=9&cursor={history}"),
    ];
    let mut told: Vec<String> = Vec::new();
    for path in others {
        let answer = refused(&world, &viewer, ("GET", &path), None).await.expect(400);
        told.push(answer.redacted());
    }
    told.dedup();
    assert_eq!(told.len(), 1, "{told:#?}");
    expect![[r#"
        {
          "detail": "it was made for another filter or order",
          "status": 400,
          "title": "The cursor does not belong to this list",
          "trace_id": "[trace]",
          "type": "urn:annals:problem:invalid-cursor"
        }"#]]
    .assert_eq(&told[0]);
}

#[tokio::test]
async fn a_cursor_of_another_tenant_shows_nothing_of_it() {
    let world = longer_world().await;
    let list = cursor(&world.caller("viewer"), "/customers?limit=1&sort=changed_at").await;
    let path = format!("/customers?limit=1&sort=changed_at&cursor={list}");
    let page = world.caller("outsider").get(&path).await.expect(200).json();
    assert_eq!(page, json!({"items": []}));
}

#[tokio::test]
async fn a_cursor_that_nobody_gave_is_refused() {
    let world = longer_world().await;
    let viewer = world.caller("viewer");
    let paths = ["/customers", "/customers/C-1/history"];
    for path in paths {
        let given = cursor(&viewer, &format!("{path}?limit=1")).await;
        let bytes = URL_SAFE_NO_PAD.decode(&given).unwrap();
        let given: Cursor = serde_json::from_slice(&bytes).unwrap();
        let at =
            |position: &str| Cursor { position: position.to_owned(), ..given.clone() }.encode();
        let cursors = [
            "garbage".to_owned(),
            String::new(),
            "%00".to_owned(),
            "%F0%9F%99%82".to_owned(),
            URL_SAFE_NO_PAD.encode("{}"),
            URL_SAFE_NO_PAD.encode(br#"{"g":1,"f":7,"p":[]}"#),
            at(""),
            at("0"),
            at("-1"),
            at("x"),
            at("9007199254740993"),
            at("2026-11-22T12:00:00.000Z"),
            at("2026-11-22T12:00:00.000Z#"),
            at("yesterday#C-1"),
            at(&"9".repeat(2_000)),
            at(&format!("2026-11-22T12:00:00.000Z#{}", "C".repeat(2_000))),
        ];
        for cursor in cursors {
            let path = format!("{path}?cursor={cursor}");
            let answer = refused(&world, &viewer, ("GET", &path), None).await.expect(400);
            assert_eq!(answer.problem(), "invalid-cursor", "{path}");
        }
        let gone = Cursor { generation: 77, ..given.clone() }.encode();
        if path == "/customers" {
            let path = format!("{path}?cursor={gone}");
            let answer = refused(&world, &viewer, ("GET", &path), None).await;
            expect![[r#"
                {
                  "status": 410,
                  "title": "The list was rebuilt; start it again",
                  "trace_id": "[trace]",
                  "type": "urn:annals:problem:cursor-gone"
                }"#]]
            .assert_eq(&answer.expect(410).redacted());
        }
    }
    let answer = refused(&world, &viewer, ("GET", "/customers?cursor=garbage"), None).await;
    expect![[r#"
        {
          "status": 400,
          "title": "The cursor does not belong to this list",
          "trace_id": "[trace]",
          "type": "urn:annals:problem:invalid-cursor"
        }"#]]
    .assert_eq(&answer.redacted());
}
