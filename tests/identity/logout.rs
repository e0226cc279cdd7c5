//! Signing out at the provider.

use super::visitor::{Provider, Visitor, query};

async fn is_signed_in(visitor: &mut Visitor) -> bool {
    visitor.get(&visitor.authorize(&[("prompt", "none")])).await.given("code").is_some()
}

#[tokio::test]
async fn signing_out_ends_the_session_and_leads_to_a_registered_address_only() {
    let provider = Provider::start().await;
    let home = format!("{}/", provider.issuer);
    let signed_in = format!("{}/signed-in", provider.issuer);
    let tokens = provider.visitor().tokens("editor").await;
    for (asked, leads_to) in [
        (vec![], None),
        (vec![("client_id", "annals-web"), ("logout_uri", home.as_str())], Some(home.as_str())),
        (vec![("client_id", "annals-web"), ("post_logout_redirect_uri", &home)], Some(&home)),
        (vec![("id_token_hint", &tokens.id), ("post_logout_redirect_uri", &home)], Some(&home)),
        (vec![("client_id", "annals-web"), ("logout_uri", &signed_in)], None),
        (vec![("client_id", "annals-web"), ("logout_uri", "https://evil.example/")], None),
        (vec![("client_id", "annals-cli"), ("logout_uri", &home)], None),
        (vec![("logout_uri", &home)], None),
        (vec![("id_token_hint", "forged"), ("post_logout_redirect_uri", &home)], None),
        (vec![("id_token_hint", &tokens.access), ("post_logout_redirect_uri", &home)], None),
        (
            vec![
                ("id_token_hint", tokens.id.as_str()),
                ("client_id", "annals-cli"),
                ("post_logout_redirect_uri", &home),
            ],
            None,
        ),
    ] {
        let mut visitor = provider.visitor();
        visitor.tokens("editor").await;
        assert!(is_signed_in(&mut visitor).await);
        let answer = visitor.get(&format!("/logout?{}", query(&asked))).await;
        if let Some(address) = leads_to {
            assert_eq!(answer.location(), address, "{asked:?}");
        } else {
            assert_eq!(answer.status, if asked.is_empty() { 200 } else { 400 }, "{asked:?}");
            assert!(answer.text.contains("You are signed out"), "{}", answer.text);
            assert!(!answer.text.contains("evil"), "{}", answer.text);
        }
        assert!(!is_signed_in(&mut visitor).await, "{asked:?}");
    }
}

#[tokio::test]
async fn the_state_of_a_sign_out_comes_back_escaped() {
    let provider = Provider::start().await;
    let mut visitor = provider.visitor();
    let home = format!("{}/", provider.issuer);
    let asked =
        [("client_id", "annals-web"), ("post_logout_redirect_uri", &home), ("state", "a&b=c\r\nx")];
    let answer = visitor.get(&format!("/logout?{}", query(&asked))).await;
    assert_eq!(answer.location(), format!("{home}?state=a%26b%3Dc%0D%0Ax"));
    let answer = visitor.post("/logout", &asked).await;
    assert_eq!(answer.location(), format!("{home}?state=a%26b%3Dc%0D%0Ax"));
}

#[tokio::test]
async fn a_cookie_from_before_signing_out_is_worth_nothing() {
    let provider = Provider::start().await;
    let mut visitor = provider.visitor();
    visitor.tokens("editor").await;
    let mut copied = visitor.clone();
    visitor.get("/logout").await.expect(200);
    assert!(!is_signed_in(&mut copied).await);
}
