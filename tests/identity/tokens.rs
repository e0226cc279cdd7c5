//! What tokens say, how they are renewed, and what ends them.

use super::visitor::{Provider, Tokens, VERIFIER, claims, exchange_of};
use crate::support::access_claims;
use expect_test::expect;
use serde_json::{Value, json};

const HOUR_MS: i64 = 3_600 * 1_000;

/// Claims with what is another in each run told by its form only.
fn shape(token: &str) -> String {
    let mut claims = claims(token);
    for name in ["origin_jti", "event_id", "jti"] {
        assert_eq!(claims[name].as_str().map(str::len), Some(36), "{name}");
        claims[name] = "[uuid]".into();
    }
    claims["iss"] = "[issuer]".into();
    if claims.get("at_hash").is_some() {
        claims["at_hash"] = "[hash]".into();
    }
    serde_json::to_string_pretty(&claims).unwrap()
}

#[tokio::test]
async fn an_access_token_has_the_claims_that_cognito_puts_there() {
    let provider = Provider::start().await;
    let tokens = provider.visitor().tokens("editor").await;
    expect![[r#"
        {
          "auth_time": 1795348800,
          "client_id": "annals-web",
          "cognito:groups": [
            "editors",
            "tenant-demo"
          ],
          "event_id": "[uuid]",
          "exp": 1795352400,
          "iat": 1795348800,
          "iss": "[issuer]",
          "jti": "[uuid]",
          "origin_jti": "[uuid]",
          "scope": "openid email profile",
          "sub": "5ab1e000-0000-4000-8000-000000000002",
          "token_use": "access",
          "username": "editor",
          "version": 2
        }"#]]
    .assert_eq(&shape(&tokens.access));
}

#[tokio::test]
async fn an_id_token_has_the_claims_that_cognito_puts_there_and_the_nonce() {
    let provider = Provider::start().await;
    let tokens = provider.visitor().tokens("editor").await;
    expect![[r#"
        {
          "at_hash": "[hash]",
          "aud": "annals-web",
          "auth_time": 1795348800,
          "cognito:groups": [
            "editors",
            "tenant-demo"
          ],
          "cognito:username": "editor",
          "email": "editor@example.org",
          "email_verified": true,
          "event_id": "[uuid]",
          "exp": 1795352400,
          "iat": 1795348800,
          "iss": "[issuer]",
          "jti": "[uuid]",
          "name": "Emil Editor",
          "nonce": "a nonce",
          "origin_jti": "[uuid]",
          "sub": "5ab1e000-0000-4000-8000-000000000002",
          "token_use": "id"
        }"#]]
    .assert_eq(&shape(&tokens.id));
    let (access, id) = (claims(&tokens.access), claims(&tokens.id));
    assert_eq!(access["origin_jti"], id["origin_jti"]);
    assert_ne!(access["jti"], id["jti"]);
}

#[tokio::test]
async fn the_api_takes_access_tokens_of_both_clients_and_no_other_token() {
    let provider = Provider::start().await;
    let tokens = provider.visitor().tokens("editor").await;
    let mut visitor = provider.visitor();
    visitor.headers = vec![("authorization", format!("Bearer {}", tokens.access))];
    visitor.get("/api/v1/customers").await.expect(200);
    for wrong in [&tokens.id, &tokens.refresh] {
        visitor.headers = vec![("authorization", format!("Bearer {wrong}"))];
        visitor.get("/api/v1/customers").await.expect(401);
    }
    let mut cli = access_claims("somebody", &["tenant-demo", "viewers"]);
    cli["iss"] = provider.issuer.as_str().into();
    let now_s = claims(&tokens.access)["iat"].as_i64().unwrap();
    (cli["iat"], cli["exp"]) = (now_s.into(), (now_s + 60).into());
    for (client, status) in [("annals-cli", 200), ("annals-web", 200), ("annals-", 401)] {
        cli["client_id"] = client.into();
        let token = provider.stack.gateway.identity.signed(&cli).unwrap();
        visitor.headers = vec![("authorization", format!("Bearer {token}"))];
        visitor.get("/api/v1/customers").await.expect(status);
    }
}

#[tokio::test]
async fn a_code_is_exchanged_only_as_it_was_asked_for_and_tried_only_once() {
    let provider = Provider::start().await;
    let own = format!("{}/signed-in", provider.issuer);
    let cli = "http://localhost:8976/callback";
    for (field, wrong) in [
        ("client_id", "annals-cli"),
        ("redirect_uri", cli),
        ("redirect_uri", ""),
        ("code_verifier", "another-verifier-that-is-long-enough-to-be-one"),
        ("code_verifier", ""),
    ] {
        let mut visitor = provider.visitor();
        let code = visitor.sign_in("editor", "local").await.code();
        let right = exchange_of(&code, &own);
        let spoiled = right.map(|(name, value)| (name, if name == field { wrong } else { value }));
        let answer = visitor.post("/oauth2/token", &spoiled).await.expect(400);
        assert_eq!(answer.error(), "invalid_grant", "{field}={wrong}");
        let answer = visitor.post("/oauth2/token", &right).await.expect(400);
        assert_eq!(answer.error(), "invalid_grant", "{field}: a second try");
    }
}

#[tokio::test]
async fn a_code_is_good_for_five_minutes() {
    let provider = Provider::start().await;
    let mut visitor = provider.visitor();
    let code = visitor.sign_in("editor", "local").await.code();
    provider.clock.advance_ms(5 * 60_000 - 1);
    visitor.exchange(&code).await;
    let code = visitor.sign_in("editor", "local").await.code();
    provider.clock.advance_ms(5 * 60_000);
    let own = format!("{}/signed-in", provider.issuer);
    let answer = visitor.post("/oauth2/token", &exchange_of(&code, &own)).await.expect(400);
    assert_eq!(answer.error(), "invalid_grant");
}

#[tokio::test]
async fn a_code_that_comes_twice_ends_what_came_of_it_even_hours_later() {
    let provider = Provider::start().await;
    let mut visitor = provider.visitor();
    let code = visitor.sign_in("editor", "local").await.code();
    let tokens = visitor.exchange(&code).await;
    let renewed = visitor.renew(&tokens.refresh).await.tokens();
    provider.clock.advance_ms(11 * HOUR_MS);
    let own = format!("{}/signed-in", provider.issuer);
    visitor.post("/oauth2/token", &exchange_of(&code, &own)).await.expect(400);
    assert_eq!(visitor.renew(&renewed.refresh).await.expect(400).error(), "invalid_grant");
}

#[tokio::test]
async fn a_replaced_refresh_token_may_come_again_for_a_minute_and_gets_the_same() {
    let provider = Provider::start().await;
    let mut visitor = provider.visitor();
    let first = visitor.tokens("editor").await;
    let second = visitor.renew(&first.refresh).await.tokens();
    assert_ne!(second.refresh, first.refresh);
    provider.clock.advance_ms(59_999);
    let again = visitor.renew(&first.refresh).await.tokens();
    assert_eq!(again.refresh, second.refresh);
    let third = visitor.renew(&second.refresh).await.tokens();
    assert_ne!(third.refresh, second.refresh);
}

#[tokio::test]
async fn a_replaced_refresh_token_that_comes_later_ends_all_that_came_of_the_sign_in() {
    let provider = Provider::start().await;
    let mut visitor = provider.visitor();
    let first = visitor.tokens("editor").await;
    let other = provider.visitor().tokens("editor").await;
    let second = visitor.renew(&first.refresh).await.tokens();
    provider.clock.advance_ms(60_000);
    assert_eq!(visitor.renew(&first.refresh).await.expect(400).error(), "invalid_grant");
    assert_eq!(visitor.renew(&second.refresh).await.expect(400).error(), "invalid_grant");
    visitor.renew(&other.refresh).await.expect(200);
}

#[tokio::test]
async fn tokens_can_be_renewed_for_twelve_hours_and_renewing_does_not_make_it_longer() {
    let provider = Provider::start().await;
    let mut visitor = provider.visitor();
    let mut tokens = visitor.tokens("editor").await;
    let signed_in_at = claims(&tokens.id)["auth_time"].clone();
    for _ in 0..11 {
        provider.clock.advance_ms(HOUR_MS);
        tokens = visitor.renew(&tokens.refresh).await.tokens();
        assert_eq!(claims(&tokens.access)["auth_time"], signed_in_at);
        assert_eq!(claims(&tokens.id)["nonce"], Value::Null);
    }
    provider.clock.advance_ms(HOUR_MS - 1);
    tokens = visitor.renew(&tokens.refresh).await.tokens();
    provider.clock.advance_ms(1);
    assert_eq!(visitor.renew(&tokens.refresh).await.expect(400).error(), "invalid_grant");
}

#[tokio::test]
async fn a_renewed_token_says_which_groups_somebody_is_in_now() {
    let provider = Provider::start().await;
    let mut visitor = provider.visitor();
    let tokens = visitor.tokens("viewer").await;
    provider.directory().add_to_group("viewer", "editors").unwrap();
    provider.directory().remove_from_group("viewer", "viewers").unwrap();
    let renewed = visitor.renew(&tokens.refresh).await.tokens();
    for token in [&renewed.access, &renewed.id] {
        assert_eq!(claims(token)["cognito:groups"], json!(["editors", "tenant-demo"]));
    }
}

#[tokio::test]
async fn a_refresh_token_gives_no_more_than_was_granted_and_not_to_another_client() {
    let provider = Provider::start().await;
    let mut visitor = provider.visitor();
    let page = visitor.get(&visitor.login(&[("scope", "openid email")])).await;
    let back = visitor.submit(&page, &[("demo", "editor")]).await;
    let tokens = visitor.exchange(&back.code()).await;
    let with = |name: &'static str, value: &'static str| {
        let refresh = tokens.refresh.clone();
        let mut visitor = provider.visitor();
        async move {
            let own = [
                ("grant_type", "refresh_token"),
                ("client_id", "annals-web"),
                ("refresh_token", &refresh),
            ];
            let kept: Vec<_> = own.into_iter().filter(|(of, _)| *of != name).collect();
            visitor.post("/oauth2/token", &[&kept[..], &[(name, value)]].concat()).await
        }
    };
    assert_eq!(with("scope", "openid profile").await.expect(400).error(), "invalid_scope");
    assert_eq!(with("client_id", "annals-cli").await.expect(400).error(), "invalid_grant");
    assert_eq!(with("refresh_token", "unknown").await.expect(400).error(), "invalid_grant");
    let narrower = with("scope", "openid").await.tokens();
    assert_eq!(claims(&narrower.id)["email"], Value::Null);
    let whole = visitor.renew(&narrower.refresh).await.tokens();
    assert_eq!(claims(&whole.id)["email"], "editor@example.org", "the grant itself stays");
}

#[tokio::test]
async fn signing_somebody_out_everywhere_ends_sessions_codes_and_refresh_tokens() {
    let provider = Provider::start().await;
    let mut visitor = provider.visitor();
    let tokens = visitor.tokens("editor").await;
    let code = visitor.get(&visitor.authorize(&[])).await.code();
    let other = provider.visitor().tokens("viewer").await;
    provider.clock.advance_ms(1);
    provider.directory().sign_out_everywhere("editor").unwrap();
    assert_eq!(visitor.renew(&tokens.refresh).await.expect(400).error(), "invalid_grant");
    let own = format!("{}/signed-in", provider.issuer);
    let answer = visitor.post("/oauth2/token", &exchange_of(&code, &own)).await.expect(400);
    assert_eq!(answer.error(), "invalid_grant");
    assert!(visitor.get(&visitor.authorize(&[])).await.location().starts_with("/login?"));
    visitor.renew(&other.refresh).await.expect(200);
    provider.clock.advance_ms(1);
    visitor.tokens("editor").await;
    visitor.get(&visitor.authorize(&[])).await.code();
}

#[tokio::test]
async fn revoking_takes_refresh_tokens_of_the_client_only() {
    let provider = Provider::start().await;
    let mut visitor = provider.visitor();
    let Tokens { access, refresh, .. } = visitor.tokens("editor").await;
    let mut revoked = async |client: &str, token: &str| {
        let fields = [("client_id", client), ("token", token)];
        let answer = visitor.post("/oauth2/revoke", &fields).await;
        format!("{} {}", answer.status, answer.error())
    };
    assert_eq!(revoked("annals-cli", &refresh).await, "400 unauthorized_client");
    assert_eq!(revoked("nobody", &refresh).await, "400 invalid_client");
    assert_eq!(revoked("annals-web", &access).await, "400 unsupported_token_type");
    assert_eq!(revoked("annals-web", "").await, "400 invalid_request");
    assert_eq!(revoked("annals-web", "unknown").await, "200 ");
    let renewed = provider.visitor().renew(&refresh).await.tokens();
    assert_eq!(revoked("annals-web", &refresh).await, "200 ", "a replaced one will do");
    provider.visitor().renew(&renewed.refresh).await.expect(400);
    let mut visitor = provider.visitor();
    visitor.headers = vec![("authorization", format!("Bearer {}", renewed.access))];
    assert_eq!(visitor.get("/oauth2/userInfo").await.expect(401).error(), "invalid_token");
    visitor.get("/api/v1/customers").await.expect(200);
}

#[tokio::test]
async fn the_user_info_is_told_for_access_tokens_with_openid_only() {
    let provider = Provider::start().await;
    let mut visitor = provider.visitor();
    let tokens = visitor.tokens("editor").await;
    let nothing = visitor.get("/oauth2/userInfo").await.expect(401);
    assert_eq!(nothing.header("www-authenticate"), "Bearer");
    for wrong in [&tokens.id, &tokens.refresh] {
        visitor.headers = vec![("authorization", format!("Bearer {wrong}"))];
        let answer = visitor.get("/oauth2/userInfo").await.expect(401);
        assert!(answer.header("www-authenticate").starts_with("Bearer error=\"invalid_token\""));
    }
    visitor.headers = vec![("authorization", format!("Bearer {}", tokens.access))];
    let told = visitor.get("/oauth2/userInfo").await.expect(200).json();
    assert_eq!(visitor.post("/oauth2/userInfo", &[]).await.expect(200).json(), told);
    provider.clock.advance_ms(HOUR_MS);
    visitor.get("/oauth2/userInfo").await.expect(401);
    let mut other = provider.visitor();
    let page = other.get(&other.login(&[("scope", "email")])).await;
    let back = other.submit(&page, &[("demo", "editor")]).await;
    let access = other.exchange(&back.code()).await.access;
    other.headers = vec![("authorization", format!("Bearer {access}"))];
    assert_eq!(other.get("/oauth2/userInfo").await.expect(403).error(), "insufficient_scope");
}

#[tokio::test]
async fn the_token_endpoint_refuses_in_the_words_of_rfc_6749() {
    let provider = Provider::start().await;
    let mut visitor = provider.visitor();
    let mut told = Vec::new();
    for fields in [
        "grant_type=refresh_token",
        "client_id=annals-web",
        "client_id=nobody&grant_type=authorization_code",
        "client_id=annals-web&grant_type=client_credentials",
        "client_id=annals-web&grant_type=authorization_code",
        "client_id=annals-web&grant_type=authorization_code&code=unknown",
        "client_id=annals-web&grant_type=refresh_token",
        "client_id=annals-web&grant_type=password&username=editor&password=wrong",
        "client_id=annals-web&grant_type=password&username=editor&username=admin&password=local",
        "client_id=annals-web&client_secret=x&grant_type=refresh_token",
    ] {
        let pairs: Vec<_> = fields.split('&').filter_map(|pair| pair.split_once('=')).collect();
        let answer = visitor.post("/oauth2/token", &pairs).await;
        assert_eq!(answer.header("cache-control"), "no-store");
        told.push(format!("{} {}: {fields}", answer.status, answer.error()));
    }
    visitor.headers = vec![("authorization", "Basic YTpi".to_owned())];
    let answer = visitor.post("/oauth2/token", &[("client_id", "annals-web")]).await.expect(401);
    assert!(answer.header("www-authenticate").starts_with("Basic"));
    expect![[r"
        400 invalid_client: grant_type=refresh_token
        400 invalid_request: client_id=annals-web
        400 invalid_client: client_id=nobody&grant_type=authorization_code
        400 unsupported_grant_type: client_id=annals-web&grant_type=client_credentials
        400 invalid_request: client_id=annals-web&grant_type=authorization_code
        400 invalid_grant: client_id=annals-web&grant_type=authorization_code&code=unknown
        400 invalid_request: client_id=annals-web&grant_type=refresh_token
        400 invalid_grant: client_id=annals-web&grant_type=password&username=editor&password=wrong
        400 invalid_request: client_id=annals-web&grant_type=password&username=editor&username=admin&password=local
        401 invalid_client: client_id=annals-web&client_secret=x&grant_type=refresh_token
    "]].assert_eq(&(told.join("\n") + "\n"));
}

#[tokio::test]
async fn a_program_gets_a_token_by_password_and_is_held_back_as_people_are() {
    let provider = Provider::start().await;
    let mut visitor = provider.visitor();
    let mut asked = async |username: &str, password: &str| {
        let fields = [
            ("grant_type", "password"),
            ("client_id", "annals-cli"),
            ("username", username),
            ("password", password),
        ];
        visitor.post("/oauth2/token", &fields).await
    };
    let token = asked("editor", "local").await.tokens();
    assert_eq!(claims(&token.access)["client_id"], "annals-cli");
    assert_eq!(token.refresh, "", "there is none to be renewed");
    for _ in 0..5 {
        asked("editor", "wrong").await.expect(400);
    }
    let answer = asked("editor", "local").await.expect(400);
    assert!(answer.text.contains("too many tries"), "{}", answer.text);
    provider.directory().invite("nora@example.org", None).unwrap();
    let temporary = provider.directory().mail().pop().unwrap().secret;
    let answer = asked("nora@example.org", &temporary).await.expect(400);
    assert!(answer.text.contains("sign in in a browser first"), "{}", answer.text);
}

#[tokio::test]
async fn no_answer_but_the_clients_own_holds_a_verifier_or_a_refresh_token() {
    let provider = Provider::start().await;
    let mut visitor = provider.visitor();
    let code = visitor.sign_in("editor", "local").await.code();
    let tokens = visitor.exchange(&code).await;
    for path in ["/local/mail", "/.well-known/openid-configuration", "/.well-known/jwks.json"] {
        let answer = visitor.get(path).await.expect(200);
        for secret in [VERIFIER, &code, &tokens.refresh, "PRIVATE"] {
            assert!(!answer.text.contains(secret), "{path}");
        }
    }
    let keys = visitor.get("/.well-known/jwks.json").await.json();
    let members: Vec<&String> = keys["keys"][0].as_object().unwrap().keys().collect();
    assert_eq!(members, ["alg", "e", "kid", "kty", "n", "use"]);
}
