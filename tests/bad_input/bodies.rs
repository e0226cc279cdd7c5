//! What is wrong with a body.

use super::{
    ACT, CREATE, EDIT, KEEP_MYSELF, RESTORE, Told, WRITING, editor, everywhere, refused, world,
};
use crate::support::World;
use expect_test::expect;
use serde_json::{Value, json};

#[tokio::test]
async fn a_body_that_is_no_json_is_refused_with_the_place() {
    let world = world().await;
    let deep = "[".repeat(1_000);
    let bodies: [(&str, &[u8]); 7] = [
        ("cut off", br#"{"name": "Ann""#),
        ("no JSON", b"name=Ann"),
        ("something after the end", br#"{"name": "Ann"} {}"#),
        ("no UTF-8", b"{\"name\": \"\xff\"}"),
        ("half a surrogate pair", br#"{"name": "\ud800"}"#),
        ("a number that no one can hold", br#"{"name": 1e999}"#),
        ("deeper than anyone reads", deep.as_bytes()),
    ];
    let mut told = Told::default();
    for (what, body) in bodies {
        told.add(what, &everywhere(&world, &WRITING, body).await);
    }
    expect![[r#"
        cut off
            {"detail":"it cannot be read at line 1, column 14","status":400,"title":"The body is not the JSON that is expected","trace_id":"[trace]","type":"urn:annals:problem:malformed-body"}
        no JSON
            {"detail":"it cannot be read at line 1, column 2","status":400,"title":"The body is not the JSON that is expected","trace_id":"[trace]","type":"urn:annals:problem:malformed-body"}
        something after the end
            {"detail":"it cannot be read at line 1, column 17","status":400,"title":"The body is not the JSON that is expected","trace_id":"[trace]","type":"urn:annals:problem:malformed-body"}
        no UTF-8
            {"detail":"it cannot be read at line 1, column 11","status":400,"title":"The body is not the JSON that is expected","trace_id":"[trace]","type":"urn:annals:problem:malformed-body"}
        half a surrogate pair
            {"detail":"it cannot be read at line 1, column 17","status":400,"title":"The body is not the JSON that is expected","trace_id":"[trace]","type":"urn:annals:problem:malformed-body"}
        a number that no one can hold
            {"detail":"it cannot be read at line 1, column 14","status":400,"title":"The body is not the JSON that is expected","trace_id":"[trace]","type":"urn:annals:problem:malformed-body"}
        deeper than anyone reads
            {"detail":"it cannot be read at line 1, column 128","status":400,"title":"The body is not the JSON that is expected","trace_id":"[trace]","type":"urn:annals:problem:malformed-body"}
    "#]].assert_eq(&told.0);
}

#[tokio::test]
async fn a_body_that_is_missing_is_refused_where_one_is_needed() {
    let told = everywhere(&world().await, &[CREATE, EDIT, RESTORE, KEEP_MYSELF], b"").await;
    expect![[r#"
        {
          "detail": "a JSON object is expected",
          "status": 400,
          "title": "The body is not the JSON that is expected",
          "trace_id": "[trace]",
          "type": "urn:annals:problem:malformed-body"
        }"#]]
    .assert_eq(&told);
}

#[tokio::test]
async fn a_body_that_is_no_object_is_refused() {
    let world = world().await;
    let mut told: Vec<String> = Vec::new();
    for body in ["[]", "\"Ann\"", "17", "null", "true"] {
        told.push(everywhere(&world, &WRITING, body.as_bytes()).await);
    }
    told.dedup();
    assert_eq!(told.len(), 1, "{told:?}");
    expect![[r#"
        {
          "detail": "a JSON object is expected",
          "status": 400,
          "title": "The body is not the JSON that is expected",
          "trace_id": "[trace]",
          "type": "urn:annals:problem:malformed-body"
        }"#]]
    .assert_eq(&told[0]);
}

/// Adds members to the good body of each route.
async fn spoiled(world: &World, members: &Value) -> String {
    let mut told: Option<String> = None;
    for route in WRITING {
        let mut body: Value = serde_json::from_str(route.good).unwrap();
        body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        let body = body.to_string();
        let at = (route.method, route.path);
        let answer = refused(world, &editor(world), at, Some(body.as_bytes())).await;
        let document = answer.redacted();
        assert_eq!(*told.get_or_insert_with(|| document.clone()), document, "{route:?}");
    }
    told.unwrap()
}

#[tokio::test]
async fn unknown_fields_are_refused_with_their_places() {
    let told = spoiled(&world().await, &json!({"nmae": "Ann", "a/b~c": 1, "": 2})).await;
    expect![[r#"
        {
          "errors": [
            {
              "detail": "there is no such field",
              "pointer": "/"
            },
            {
              "detail": "there is no such field",
              "pointer": "/a~1b~0c"
            },
            {
              "detail": "there is no such field",
              "pointer": "/nmae"
            }
          ],
          "status": 400,
          "title": "Some fields are not as they should be",
          "trace_id": "[trace]",
          "type": "urn:annals:problem:invalid-fields"
        }"#]]
    .assert_eq(&told);
}

#[tokio::test]
async fn metadata_cannot_be_sent() {
    let metadata = json!({
        "type": "customer", "version": 7, "status": "archived", "owner": "me",
        "created_at": "2020-01-01T00:00:00Z", "created_by": "me", "tenant": "t.other",
        "changed_at": "2020-01-01T00:00:00Z", "changed_by": "me",
    });
    expect![[r#"
        {
          "errors": [
            {
              "detail": "there is no such field",
              "pointer": "/changed_at"
            },
            {
              "detail": "there is no such field",
              "pointer": "/changed_by"
            },
            {
              "detail": "there is no such field",
              "pointer": "/created_at"
            },
            {
              "detail": "there is no such field",
              "pointer": "/created_by"
            },
            {
              "detail": "there is no such field",
              "pointer": "/owner"
            },
            {
              "detail": "there is no such field",
              "pointer": "/status"
            },
            {
              "detail": "there is no such field",
              "pointer": "/tenant"
            },
            {
              "detail": "there is no such field",
              "pointer": "/type"
            },
            {
              "detail": "there is no such field",
              "pointer": "/version"
            }
          ],
          "status": 400,
          "title": "Some fields are not as they should be",
          "trace_id": "[trace]",
          "type": "urn:annals:problem:invalid-fields"
        }"#]]
    .assert_eq(&spoiled(&world().await, &metadata).await);
}

#[tokio::test]
async fn names_beginning_with_a_dollar_are_refused_as_reserved() {
    let world = world().await;
    expect![[r#"
        {
          "errors": [
            {
              "detail": "names beginning with `$` are reserved",
              "pointer": "/$"
            },
            {
              "detail": "names beginning with `$` are reserved",
              "pointer": "/$sealed"
            }
          ],
          "status": 400,
          "title": "Some fields are not as they should be",
          "trace_id": "[trace]",
          "type": "urn:annals:problem:invalid-fields"
        }"#]]
    .assert_eq(&spoiled(&world, &json!({"$sealed": "x", "$": null})).await);
    let inside = br#"{"name": "Ann", "address": {"$sealed": "x"}}"#;
    expect![[r#"
        {
          "errors": [
            {
              "detail": "names beginning with `$` are reserved",
              "pointer": "/address/$sealed"
            }
          ],
          "status": 400,
          "title": "Some fields are not as they should be",
          "trace_id": "[trace]",
          "type": "urn:annals:problem:invalid-fields"
        }"#]]
    .assert_eq(&everywhere(&world, &[CREATE, EDIT], inside).await);
}

/// What creating and editing tell of these fields: the same.
async fn customer(world: &World, fields: &Value) -> String {
    everywhere(world, &[CREATE, EDIT], fields.to_string().as_bytes()).await
}

async fn todo(world: &World, fields: &Value) -> String {
    let body = fields.to_string();
    let body = Some(body.as_bytes());
    let created = refused(world, &editor(world), ("POST", "/todos"), body).await.redacted();
    let edited = refused(world, &editor(world), ("PATCH", "/todos/T-1"), body).await.redacted();
    assert_eq!(created, edited);
    created
}

async fn each(world: &World, at: (&str, &str), body: &Value) -> String {
    let body = body.to_string();
    refused(world, &editor(world), at, Some(body.as_bytes())).await.redacted()
}

#[tokio::test]
async fn fields_of_another_type_are_refused_all_at_once() {
    let world = world().await;
    let mut told = Told::default();
    let fields = json!({
        "name": 7, "email": true, "phone": 4_312_345, "company": [], "notes": {},
        "address": "Ring 1, Wien", "tags": "vip",
    });
    told.add("a customer", &customer(&world, &fields).await);
    let fields = json!({"name": "Ann", "address": {"city": 1010}, "tags": ["vip", 7, null]});
    told.add("a customer", &customer(&world, &fields).await);
    let fields = json!({
        "title": [], "due_on": 20_261_122, "assignee": {}, "customer_id": 1, "notes": false,
    });
    told.add("a to-do", &todo(&world, &fields).await);
    let me = json!({"display_name": 1, "email": 2, "locale": 3, "time_zone": 4});
    told.add("oneself", &each(&world, ("PUT", "/me"), &me).await);
    told.add(
        "an action",
        &each(&world, (ACT.method, ACT.path), &json!({"to": 5, "reason": 6})).await,
    );
    let body = json!({"name": "Ann", "id": 7, "reason": []});
    told.add("a new customer", &each(&world, ("POST", "/customers"), &body).await);
    expect![[r#"
        a customer
            {"errors":[{"detail":"must be an object","pointer":"/address"},{"detail":"must be a text","pointer":"/company"},{"detail":"must be a text","pointer":"/email"},{"detail":"must be a text","pointer":"/name"},{"detail":"must be a text","pointer":"/notes"},{"detail":"must be a text","pointer":"/phone"},{"detail":"must be a list of texts","pointer":"/tags"}],"status":400,"title":"Some fields are not as they should be","trace_id":"[trace]","type":"urn:annals:problem:invalid-fields"}
        a customer
            {"errors":[{"detail":"must be a text","pointer":"/address/city"},{"detail":"must be a text","pointer":"/tags/1"},{"detail":"must be a text","pointer":"/tags/2"}],"status":400,"title":"Some fields are not as they should be","trace_id":"[trace]","type":"urn:annals:problem:invalid-fields"}
        a to-do
            {"errors":[{"detail":"must be a text","pointer":"/assignee"},{"detail":"must be a text","pointer":"/customer_id"},{"detail":"must be a text","pointer":"/due_on"},{"detail":"must be a text","pointer":"/notes"},{"detail":"must be a text","pointer":"/title"}],"status":400,"title":"Some fields are not as they should be","trace_id":"[trace]","type":"urn:annals:problem:invalid-fields"}
        oneself
            {"errors":[{"detail":"must be a text","pointer":"/display_name"},{"detail":"must be a text","pointer":"/email"},{"detail":"must be a text","pointer":"/locale"},{"detail":"must be a text","pointer":"/time_zone"}],"status":400,"title":"Some fields are not as they should be","trace_id":"[trace]","type":"urn:annals:problem:invalid-fields"}
        an action
            {"errors":[{"detail":"must be a text","pointer":"/reason"},{"detail":"must be a text","pointer":"/to"}],"status":400,"title":"Some fields are not as they should be","trace_id":"[trace]","type":"urn:annals:problem:invalid-fields"}
        a new customer
            {"errors":[{"detail":"must be a text","pointer":"/id"},{"detail":"must be a text","pointer":"/reason"}],"status":400,"title":"Some fields are not as they should be","trace_id":"[trace]","type":"urn:annals:problem:invalid-fields"}
    "#]].assert_eq(&told.0);
}

#[tokio::test]
async fn numbers_beyond_what_json_readers_keep_exact_are_no_texts_either() {
    let world = world().await;
    let body = br#"{"name": 9007199254740993, "email": -9007199254740993, "notes": 1e300}"#;
    expect![[r#"
        {
          "errors": [
            {
              "detail": "must be a text",
              "pointer": "/email"
            },
            {
              "detail": "must be a text",
              "pointer": "/name"
            },
            {
              "detail": "must be a text",
              "pointer": "/notes"
            }
          ],
          "status": 400,
          "title": "Some fields are not as they should be",
          "trace_id": "[trace]",
          "type": "urn:annals:problem:invalid-fields"
        }"#]]
    .assert_eq(&everywhere(&world, &[CREATE, EDIT], body).await);
}

#[tokio::test]
async fn texts_that_are_too_long_are_refused_all_at_once() {
    let world = world().await;
    let mut told = Told::default();
    let text = |length: usize| "é".repeat(length);
    let fields = json!({
        "name": text(201), "email": format!("a@{}", text(253)), "phone": "1".repeat(41),
        "company": text(201), "notes": text(10_001), "tags": [text(41)],
        "address": {
            "line1": text(201), "line2": text(201), "postal_code": text(21), "city": text(101),
            "country": text(61),
        },
    });
    told.add("a customer", &customer(&world, &fields).await);
    let tags: Vec<String> = (0..21).map(|n| n.to_string()).collect();
    told.add("a customer", &customer(&world, &json!({"name": "Ann", "tags": tags})).await);
    let long = "1".repeat(65);
    let fields = json!({
        "title": text(201), "due_on": "2026-11-22T00:00:00Z", "assignee": long,
        "customer_id": long, "notes": text(10_001),
    });
    told.add("a to-do", &todo(&world, &fields).await);
    let me = json!({
        "display_name": text(101), "email": format!("a@{}", text(253)), "locale": text(36),
        "time_zone": text(65),
    });
    told.add("oneself", &each(&world, ("PUT", "/me"), &me).await);
    let body = json!({"to": "bob", "reason": text(501)});
    told.add("an action", &each(&world, (ACT.method, ACT.path), &body).await);
    let body = json!({"name": "Ann", "id": long});
    told.add("a new customer", &each(&world, ("POST", "/customers"), &body).await);
    expect![[r#"
        a customer
            {"errors":[{"detail":"must be at most 100 characters long","pointer":"/address/city"},{"detail":"must be at most 60 characters long","pointer":"/address/country"},{"detail":"must be at most 200 characters long","pointer":"/address/line1"},{"detail":"must be at most 200 characters long","pointer":"/address/line2"},{"detail":"must be at most 20 characters long","pointer":"/address/postal_code"},{"detail":"must be at most 200 characters long","pointer":"/company"},{"detail":"must be at most 254 characters long","pointer":"/email"},{"detail":"must be at most 200 characters long","pointer":"/name"},{"detail":"must be at most 10000 characters long","pointer":"/notes"},{"detail":"must be at most 40 characters long","pointer":"/phone"},{"detail":"must be at most 40 characters long","pointer":"/tags/0"}],"status":400,"title":"Some fields are not as they should be","trace_id":"[trace]","type":"urn:annals:problem:invalid-fields"}
        a customer
            {"errors":[{"detail":"holds at most 20 words","pointer":"/tags"}],"status":400,"title":"Some fields are not as they should be","trace_id":"[trace]","type":"urn:annals:problem:invalid-fields"}
        a to-do
            {"errors":[{"detail":"must be at most 64 characters long","pointer":"/assignee"},{"detail":"must be at most 64 characters long","pointer":"/customer_id"},{"detail":"must be at most 10 characters long","pointer":"/due_on"},{"detail":"must be at most 10000 characters long","pointer":"/notes"},{"detail":"must be at most 200 characters long","pointer":"/title"}],"status":400,"title":"Some fields are not as they should be","trace_id":"[trace]","type":"urn:annals:problem:invalid-fields"}
        oneself
            {"errors":[{"detail":"must be at most 100 characters long","pointer":"/display_name"},{"detail":"must be at most 254 characters long","pointer":"/email"},{"detail":"must be at most 35 characters long","pointer":"/locale"},{"detail":"must be at most 64 characters long","pointer":"/time_zone"}],"status":400,"title":"Some fields are not as they should be","trace_id":"[trace]","type":"urn:annals:problem:invalid-fields"}
        an action
            {"errors":[{"detail":"must be at most 500 characters long","pointer":"/reason"}],"status":400,"title":"Some fields are not as they should be","trace_id":"[trace]","type":"urn:annals:problem:invalid-fields"}
        a new customer
            {"errors":[{"detail":"an id must be 1 to 64 of A-Z, a-z, 0-9, `-`, `_`","pointer":"/id"}],"status":400,"title":"Some fields are not as they should be","trace_id":"[trace]","type":"urn:annals:problem:invalid-fields"}
    "#]].assert_eq(&told.0);
}

#[tokio::test]
async fn texts_of_another_form_are_refused_all_at_once() {
    let world = world().await;
    let mut told = Told::default();
    let fields = json!({"name": "  ", "email": "ann at home", "phone": "call me", "tags": [""]});
    told.add("a customer", &customer(&world, &fields).await);
    let fields = json!({
        "title": "", "due_on": "2026-02-29", "assignee": "bob#1", "customer_id": "C 1",
    });
    told.add("a to-do", &todo(&world, &fields).await);
    let body = json!({"name": "Ann", "id": "a#b"});
    told.add("a new customer", &each(&world, ("POST", "/customers"), &body).await);
    expect![[r#"
        a customer
            {"errors":[{"detail":"must be an e-mail address","pointer":"/email"},{"detail":"must not be empty; send null or leave it out instead","pointer":"/name"},{"detail":"must be a telephone number","pointer":"/phone"},{"detail":"must not be empty; send null or leave it out instead","pointer":"/tags/0"}],"status":400,"title":"Some fields are not as they should be","trace_id":"[trace]","type":"urn:annals:problem:invalid-fields"}
        a to-do
            {"errors":[{"detail":"must be the id of a person","pointer":"/assignee"},{"detail":"must be the id of a record","pointer":"/customer_id"},{"detail":"must be a date as in 2026-11-22","pointer":"/due_on"},{"detail":"must not be empty; send null or leave it out instead","pointer":"/title"}],"status":400,"title":"Some fields are not as they should be","trace_id":"[trace]","type":"urn:annals:problem:invalid-fields"}
        a new customer
            {"errors":[{"detail":"an id must be 1 to 64 of A-Z, a-z, 0-9, `-`, `_`","pointer":"/id"}],"status":400,"title":"Some fields are not as they should be","trace_id":"[trace]","type":"urn:annals:problem:invalid-fields"}
    "#]].assert_eq(&told.0);
}

#[tokio::test]
async fn control_characters_are_refused_but_line_breaks_in_notes_are_not() {
    let world = world().await;
    let mut told = Told::default();
    let fields = json!({
        "name": "Ann\u{0}", "company": "A\u{1b}[2J", "notes": "a\u{7f}b", "tags": ["a\nb"],
        "address": {"city": "Wi\u{85}en"},
    });
    told.add("a customer", &customer(&world, &fields).await);
    let body = json!({"to": "bob", "reason": "a\u{8}b"});
    told.add("an action", &each(&world, (ACT.method, ACT.path), &body).await);
    expect![[r#"
        a customer
            {"errors":[{"detail":"must not hold control characters","pointer":"/address/city"},{"detail":"must not hold control characters","pointer":"/company"},{"detail":"must not hold control characters","pointer":"/name"},{"detail":"must not hold control characters","pointer":"/notes"},{"detail":"must not hold control characters","pointer":"/tags/0"}],"status":400,"title":"Some fields are not as they should be","trace_id":"[trace]","type":"urn:annals:problem:invalid-fields"}
        an action
            {"errors":[{"detail":"must not hold control characters","pointer":"/reason"}],"status":400,"title":"Some fields are not as they should be","trace_id":"[trace]","type":"urn:annals:problem:invalid-fields"}
    "#]].assert_eq(&told.0);
    let notes = json!({"name": "Ann", "notes": "one\r\n\ttwo"});
    let kept = world.caller("editor").post("/customers", notes).await.expect(201);
    assert_eq!(kept.json()["notes"], "one\r\n\ttwo");
}

#[tokio::test]
async fn every_script_and_emoji_is_kept_as_it_came() {
    let world = world().await;
    let names = [
        "👩‍👩‍👧‍👦 Σίσυφος",
        "שָׁלוֹם עולם",
        "مرحبا \u{202e}abc\u{202c}",
        "नमस्ते",
        "e\u{301} is not é",
        "\u{feff}BOM",
        "\"quotes\" \\ and / 'more'",
        "𝔘𝔫𝔦𝔠𝔬𝔡𝔢",
    ];
    for name in names {
        let body = json!({"name": name, "notes": name, "tags": [name], "reason": name});
        let created = world.caller("editor").post("/customers", body).await.expect(201);
        assert_eq!(created.json()["name"], name);
        let path = format!("/customers/{}", created.id());
        let read = world.caller("viewer").get(&path).await.expect(200).json();
        assert_eq!((&read["notes"], &read["tags"]), (&json!(name), &json!([name])));
        let told = world.caller("viewer").get(&format!("{path}/history")).await.json();
        assert_eq!(told["items"][0]["reason"], name);
        assert_eq!(told["items"][0]["events"][0]["data"]["personal"]["name"], name);
    }
    // A pair of surrogates, escaped, is one character.
    let pair = br#"{"name": "\ud83d\ude42"}"#.to_vec();
    let created = world.caller("editor").send_bytes("POST", "/customers", Some(pair)).await;
    assert_eq!(created.expect(201).json()["name"], "🙂");
}

#[tokio::test]
async fn a_body_over_512_kb_is_refused_whatever_it_holds() {
    let world = world().await;
    let body = |length: usize| format!(r#"{{"name": "{}"}}"#, "a".repeat(length - 12)).into_bytes();
    let told = everywhere(&world, &WRITING, &body(512 * 1024 + 1)).await;
    expect![[r#"
        {
          "detail": "at most 512 KB are taken",
          "status": 413,
          "title": "The body is too large",
          "trace_id": "[trace]",
          "type": "urn:annals:problem:body-too-large"
        }"#]]
    .assert_eq(&told);
    let largest = everywhere(&world, &[CREATE, EDIT], &body(512 * 1024)).await;
    expect![[r#"
        {
          "errors": [
            {
              "detail": "must be at most 200 characters long",
              "pointer": "/name"
            }
          ],
          "status": 400,
          "title": "Some fields are not as they should be",
          "trace_id": "[trace]",
          "type": "urn:annals:problem:invalid-fields"
        }"#]]
    .assert_eq(&largest);
    // This one the gateway does not pass on, wherever it goes.
    let told = everywhere(&world, &WRITING, &body(10 * 1024 * 1024 + 1)).await;
    expect![[r#"
        {
          "status": 413,
          "title": "The body is too large",
          "trace_id": "[trace]",
          "type": "urn:annals:problem:body-too-large"
        }"#]]
    .assert_eq(&told);
}

/// The fields' own limits keep every record small: the limits of commits and states are for types
/// to come.
#[tokio::test]
async fn the_largest_customer_that_the_fields_allow_can_be_kept_and_edited() {
    let world = world().await;
    let text = |length: usize| "🙂".repeat(length);
    let tags: Vec<String> = (0..20).map(|n| format!("{n:02}{}", text(38))).collect();
    let fields = json!({
        "name": text(200), "company": text(200), "notes": text(10_000), "tags": tags,
        "address": {
            "line1": text(200), "line2": text(200), "postal_code": text(20), "city": text(100),
            "country": text(60),
        },
    });
    let editor = world.caller("editor");
    let created = editor.post("/customers", fields.clone()).await.expect(201);
    let path = format!("/customers/{}", created.id());
    let shorter = json!({"notes": text(9_999), "reason": text(500)});
    editor.with("if-match", "\"1\"").patch(&path, shorter).await.expect(200);
    let read = editor.get(&format!("{path}?min_version=2")).await.expect(200).json();
    assert_eq!(read["tags"], fields["tags"]);
    assert_eq!(read["notes"], text(9_999));
}
