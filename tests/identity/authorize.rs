//! What a client asks for when it sends somebody to sign in, and where the answer goes.

use super::visitor::{CHALLENGE, Provider};
use expect_test::expect;

#[tokio::test]
async fn a_request_whose_sender_is_not_sure_is_answered_on_a_page_and_never_by_a_redirect() {
    let provider = Provider::start().await;
    let mut visitor = provider.visitor();
    let own = format!("{}/signed-in", provider.issuer);
    let elsewhere = [
        format!("{own}/"),
        format!("{own}?next=evil"),
        format!("{own}#x"),
        own.replace("localhost", "127.0.0.1"),
        own.replace("localhost", "LOCALHOST"),
        own.replace("http:", "https:"),
        format!("{}.evil.example/signed-in", provider.issuer),
        "https://evil.example/".to_owned(),
        "javascript:alert(1)".to_owned(),
        "http://localhost:8976/callback".to_owned(),
        String::new(),
    ];
    let mut requests: Vec<String> =
        elsewhere.iter().map(|uri| visitor.request(&[("redirect_uri", uri)])).collect();
    requests.extend(["", "nobody", "annals-cli"].map(|id| visitor.request(&[("client_id", id)])));
    requests.push(format!("{}&redirect_uri=https%3A%2F%2Fevil.example", visitor.request(&[])));
    requests.push(format!("{}&client_id=annals-web", visitor.request(&[])));
    for page in ["/oauth2/authorize", "/login", "/signup", "/confirmUser", "/changePassword"] {
        for request in &requests {
            let answer = visitor.get(&format!("{page}?{request}")).await.expect(400);
            assert_eq!(answer.header("location"), "", "{page} {request}");
            assert!(answer.text.contains("This request cannot be answered"), "{}", answer.text);
            assert!(!answer.text.contains("evil"), "{}", answer.text);
        }
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_told_to_its_client_with_the_state() {
    let provider = Provider::start().await;
    let mut visitor = provider.visitor();
    let mut told = Vec::new();
    let long = "x".repeat(2_049);
    for wrong in [
        ("response_type", ""),
        ("response_type", "token"),
        ("response_type", "code id_token"),
        ("response_mode", "fragment"),
        ("code_challenge", ""),
        ("code_challenge", "short"),
        ("code_challenge_method", ""),
        ("code_challenge_method", "plain"),
        ("scope", "openid aws.cognito.signin.user.admin"),
        ("prompt", "none login"),
        ("prompt", "dance"),
        ("max_age", "-1"),
        ("max_age", "soon"),
        ("nonce", long.as_str()),
        ("request", "eyJhbGciOiJub25lIn0"),
        ("request_uri", "https://evil.example/request"),
    ] {
        let answer = visitor.get(&visitor.authorize(&[wrong])).await;
        let issuer = &provider.issuer;
        assert!(answer.location().starts_with(&format!("{issuer}/signed-in?")), "{answer:?}");
        assert_eq!(answer.given("state"), Some("a%20state"));
        assert_eq!(answer.given("code"), None);
        let shown = wrong.1.get(..40).unwrap_or(wrong.1);
        told.push(format!("{}={shown}: {}", wrong.0, answer.given("error").unwrap()));
    }
    let twice = format!("{}&nonce=another", visitor.authorize(&[]));
    let answer = visitor.get(&twice).await;
    told.push(format!("nonce twice: {}", answer.given("error").unwrap()));
    expect![[r"
        response_type=: invalid_request
        response_type=token: unsupported_response_type
        response_type=code id_token: unsupported_response_type
        response_mode=fragment: invalid_request
        code_challenge=: invalid_request
        code_challenge=short: invalid_request
        code_challenge_method=: invalid_request
        code_challenge_method=plain: invalid_request
        scope=openid aws.cognito.signin.user.admin: invalid_scope
        prompt=none login: invalid_request
        prompt=dance: invalid_request
        max_age=-1: invalid_request
        max_age=soon: invalid_request
        nonce=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx: invalid_request
        request=eyJhbGciOiJub25lIn0: request_not_supported
        request_uri=https://evil.example/request: request_uri_not_supported
        nonce twice: invalid_request
        "]]
    .assert_eq(&(told.join("\n") + "\n"));
}

#[tokio::test]
async fn the_state_comes_back_as_it_was_whatever_it_holds() {
    let provider = Provider::start().await;
    let mut visitor = provider.visitor();
    let state = "a=b&code=forged\r\nSet-Cookie: x=y#<é>+ ";
    let page = visitor.get(&visitor.login(&[("state", state)])).await.expect(200);
    let back = visitor.submit(&page, &[("demo", "editor")]).await;
    let expected = "a%3Db%26code%3Dforged%0D%0ASet-Cookie%3A%20x%3Dy%23%3C%C3%A9%3E%2B%20";
    assert_eq!(back.given("state"), Some(expected));
    assert_eq!(back.location().matches("code=").count(), 1);
    let without = visitor.get(&visitor.authorize(&[("state", "")])).await;
    assert_eq!(without.given("state"), None, "none was sent, none comes back");
}

#[tokio::test]
async fn whoever_is_signed_in_is_asked_again_only_when_the_client_wants_it() {
    let provider = Provider::start().await;
    let mut visitor = provider.visitor();
    let nobody = visitor.get(&visitor.authorize(&[("prompt", "none")])).await;
    assert_eq!(nobody.given("error"), Some("login_required"));
    assert!(visitor.get(&visitor.authorize(&[])).await.location().starts_with("/login?"));
    visitor.tokens("editor").await;
    let asks_again = [
        (vec![], false),
        (vec![("prompt", "none")], false),
        (vec![("prompt", "consent")], false),
        (vec![("max_age", "60")], false),
        (vec![("prompt", "login")], true),
        (vec![("prompt", "select_account")], true),
        (vec![("prompt", "login consent")], true),
        (vec![("max_age", "0")], true),
        (vec![("max_age", "29")], true),
    ];
    provider.clock.advance_ms(30_000);
    for (parameters, again) in asks_again {
        let answer = visitor.get(&visitor.authorize(&parameters)).await;
        assert_eq!(answer.location().starts_with("/login?"), again, "{parameters:?}");
        assert_eq!(answer.given("code").is_some(), !again, "{parameters:?}");
    }
    let both = [("prompt", "none"), ("max_age", "29")];
    let answer = visitor.get(&visitor.authorize(&both)).await;
    assert_eq!(answer.given("error"), Some("login_required"));
}

#[tokio::test]
async fn the_providers_session_is_good_for_an_hour_and_then_one_signs_in_again() {
    let provider = Provider::start().await;
    let mut visitor = provider.visitor();
    visitor.tokens("editor").await;
    provider.clock.advance_ms(3_599_000);
    assert!(visitor.get(&visitor.authorize(&[])).await.given("code").is_some());
    provider.clock.advance_ms(1_000);
    assert!(visitor.get(&visitor.authorize(&[])).await.location().starts_with("/login?"));
}

#[tokio::test]
async fn a_hint_at_somebody_else_is_not_answered_with_the_one_who_is_signed_in() {
    let provider = Provider::start().await;
    let viewer = provider.visitor().tokens("viewer").await;
    let mut visitor = provider.visitor();
    let editor = visitor.tokens("editor").await;
    let hinted = async |visitor: &mut super::visitor::Visitor, hint: &str| {
        let parameters = [("prompt", "none"), ("id_token_hint", hint)];
        let answer = visitor.get(&visitor.authorize(&parameters)).await;
        answer.given("error").map(str::to_owned)
    };
    assert_eq!(hinted(&mut visitor, &editor.id).await, None);
    assert_eq!(hinted(&mut visitor, &viewer.id).await.as_deref(), Some("login_required"));
    assert_eq!(hinted(&mut visitor, "no token").await.as_deref(), Some("login_required"));
}

#[tokio::test]
async fn a_request_that_comes_by_post_means_the_same() {
    let provider = Provider::start().await;
    let mut visitor = provider.visitor();
    let redirect = format!("{}/signed-in", provider.issuer);
    let fields = [
        ("client_id", "annals-web"),
        ("redirect_uri", redirect.as_str()),
        ("response_type", "code"),
        ("scope", "openid"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let answer = visitor.post("/oauth2/authorize", &fields).await;
    let next = answer.location().to_owned();
    assert!(next.starts_with("/oauth2/authorize?client_id=annals-web&"), "{next}");
    assert!(visitor.get(&next).await.location().starts_with("/login?"));
}

#[tokio::test]
async fn all_scopes_are_granted_when_none_is_named_and_no_other_than_those_asked_for() {
    let provider = Provider::start().await;
    let mut visitor = provider.visitor();
    for (asked, granted) in [
        ("", "openid email profile"),
        ("profile openid openid", "openid profile"),
        ("email", "email"),
    ] {
        let page = visitor.get(&visitor.login(&[("scope", asked)])).await;
        let back = visitor.submit(&page, &[("demo", "editor")]).await;
        let tokens = visitor.exchange(&back.code()).await;
        assert_eq!(super::visitor::claims(&tokens.access)["scope"], granted);
        assert_eq!(tokens.id.is_empty(), !granted.contains("openid"), "{asked}");
    }
}
