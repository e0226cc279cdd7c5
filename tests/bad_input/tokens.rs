//! What is wrong with a token.

use super::{Told, WRITING, everywhere_to, world};
use crate::support::{World, access_claims};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use expect_test::expect;
use serde_json::{Value, json};

/// Claims of an editor of the tenant `demo`, one of them another, or missing where it is null.
fn claims_but(name: &str, value: Value) -> Value {
    let mut claims = access_claims("mallory", &["tenant-demo", "editors"]);
    let members = claims.as_object_mut().unwrap();
    members.insert(name.to_owned(), value);
    members.retain(|_, value| !value.is_null());
    claims
}

fn base64(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn parts(token: &str) -> [&str; 3] {
    let parts: Vec<&str> = token.split('.').collect();
    parts.try_into().unwrap()
}

#[tokio::test]
async fn the_claims_that_are_spoiled_here_are_good_before() {
    let world = world().await;
    let caller = world.caller_with_claims(&claims_but("jti", json!("1")));
    caller.post("/customers", json!({"name": "Bob"})).await.expect(201);
}

#[tokio::test]
async fn a_token_that_is_missing_or_not_ours_is_refused_by_every_route_that_writes() {
    let world = world().await;
    let signed = |claims: &Value| world.stack.gateway.identity.signed(claims).unwrap();
    let good = access_claims("mallory", &["tenant-demo", "editors"]);
    let token = signed(&good);
    let [head, body, signature] = parts(&token);
    let admin = base64(&access_claims("mallory", &["tenant-demo", "admins"]));
    let unsigned = base64(&json!({"alg": "none", "typ": "JWT"}));
    let symmetric = base64(&json!({"alg": "HS256", "typ": "JWT"}));
    let elsewhere = World::start().await;
    let forged = elsewhere.stack.gateway.identity.signed(&good).unwrap();
    let now_s = good["iat"].as_i64().unwrap();
    let tokens = [
        String::new(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        "Bearer garbage".to_owned(),
        format!("Basic {token}"),
        token.clone(),
        format!("Bearer {head}.{body}"),
        format!("Bearer {head}.{body}."),
        format!("Bearer {head}.{admin}.{signature}"),
        format!("Bearer {unsigned}.{body}."),
        format!("Bearer {unsigned}.{body}.{signature}"),
        format!("Bearer {symmetric}.{body}.{signature}"),
        format!("Bearer {forged}"),
        format!("Bearer {}", signed(&claims_but("exp", json!(now_s)))),
        format!("Bearer {}", signed(&claims_but("exp", json!(now_s - 3_600)))),
        format!("Bearer {}", signed(&claims_but("exp", Value::Null))),
        format!("Bearer {}", signed(&claims_but("exp", json!("never")))),
        format!("Bearer {}", signed(&claims_but("nbf", json!(now_s + 600)))),
        format!("Bearer {}", signed(&claims_but("iat", json!(now_s + 600)))),
        format!("Bearer {}", signed(&claims_but("iss", json!("http://localhost:8081")))),
        format!("Bearer {}", signed(&claims_but("iss", Value::Null))),
        format!("Bearer {}", signed(&claims_but("client_id", json!("another-client")))),
        format!("Bearer {}", signed(&claims_but("client_id", Value::Null))),
    ];
    let stranger = world.stranger().with("if-match", "\"1\"");
    let first = everywhere_to(&world, &stranger, &WRITING).await;
    for token in tokens {
        let caller = stranger.with("authorization", &token);
        assert_eq!(everywhere_to(&world, &caller, &WRITING).await, first, "{token}");
    }
    expect![[r#"
        {
          "status": 401,
          "title": "A valid access token is needed",
          "trace_id": "[trace]",
          "type": "urn:annals:problem:unauthorized"
        }"#]]
    .assert_eq(&first);
    let challenge = stranger.get("/customers").await.expect(401);
    assert!(challenge.header("www-authenticate").starts_with("Bearer"));
}

#[tokio::test]
async fn a_token_that_is_no_access_token_is_refused() {
    let world = world().await;
    let mut told = Told::default();
    let mut id_token = claims_but("token_use", json!("id"));
    id_token["aud"] = id_token["client_id"].take();
    for (what, claims) in [
        ("an id token", id_token),
        ("no use", claims_but("token_use", Value::Null)),
        ("nobody's", claims_but("sub", Value::Null)),
        ("a subject that would break out of its key", claims_but("sub", json!("a#b"))),
    ] {
        let caller = world.caller_with_claims(&claims).with("if-match", "\"1\"");
        told.add(what, &everywhere_to(&world, &caller, &WRITING).await);
    }
    expect![[r#"
        an id token
            {"detail":"only access tokens are taken","status":401,"title":"A valid access token is needed","trace_id":"[trace]","type":"urn:annals:problem:unauthorized"}
        no use
            {"detail":"only access tokens are taken","status":401,"title":"A valid access token is needed","trace_id":"[trace]","type":"urn:annals:problem:unauthorized"}
        nobody's
            {"status":401,"title":"A valid access token is needed","trace_id":"[trace]","type":"urn:annals:problem:unauthorized"}
        a subject that would break out of its key
            {"status":401,"title":"A valid access token is needed","trace_id":"[trace]","type":"urn:annals:problem:unauthorized"}
    "#]].assert_eq(&told.0);
}

#[tokio::test]
async fn groups_that_name_no_one_workspace_are_refused() {
    let world = world().await;
    let mut told = Told::default();
    for (what, groups) in [
        ("two tenants", json!(["tenant-demo", "tenant-other", "admins"])),
        ("the same tenant twice", json!(["tenant-demo", "tenant-demo", "admins"])),
        ("a tenant without a name", json!(["tenant-", "admins"])),
        ("a tenant of another form", json!(["tenant-Demo", "admins"])),
        ("a tenant that would break out of its key", json!(["tenant-demo#customer", "admins"])),
    ] {
        let caller = world.caller_with_claims(&claims_but("cognito:groups", groups));
        let caller = caller.with("if-match", "\"1\"");
        told.add(what, &everywhere_to(&world, &caller, &WRITING).await);
    }
    expect![[r#"
        two tenants
            {"detail":"you belong to more than one workspace","status":403,"title":"The right to do this is missing","trace_id":"[trace]","type":"urn:annals:problem:forbidden"}
        the same tenant twice
            {"detail":"you belong to more than one workspace","status":403,"title":"The right to do this is missing","trace_id":"[trace]","type":"urn:annals:problem:forbidden"}
        a tenant without a name
            {"detail":"your workspace's group has no valid name","status":403,"title":"The right to do this is missing","trace_id":"[trace]","type":"urn:annals:problem:forbidden"}
        a tenant of another form
            {"detail":"your workspace's group has no valid name","status":403,"title":"The right to do this is missing","trace_id":"[trace]","type":"urn:annals:problem:forbidden"}
        a tenant that would break out of its key
            {"detail":"your workspace's group has no valid name","status":403,"title":"The right to do this is missing","trace_id":"[trace]","type":"urn:annals:problem:forbidden"}
    "#]].assert_eq(&told.0);
}
