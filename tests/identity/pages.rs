//! What the provider's pages must not let happen: scripts, frames, leaks.

use super::visitor::{Page, Provider, Visitor};

const NASTY: &str = "\"'><script>alert(1)</script><b onclick=x>";

fn is_harmless(page: &Page, client: &str) {
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'{client}; \
         frame-ancestors 'none'; base-uri 'none'"
    );
    assert_eq!(page.header("content-security-policy"), policy);
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    assert_eq!(page.header("x-frame-options"), "DENY");
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    for markup in ["<script", "<b ", "style=", "onclick=\""] {
        assert!(!page.text.contains(markup), "{markup} is in {}", page.text);
    }
}

#[tokio::test]
async fn every_page_is_under_a_strict_policy_and_escapes_what_it_is_told() {
    let provider = Provider::start().await;
    let mut visitor = provider.visitor();
    let request = [("state", NASTY), ("nonce", NASTY), ("login_hint", NASTY)];
    let own = format!(" {}", provider.issuer);
    let login = visitor.get(&visitor.login(&request)).await.expect(200);
    assert!(login.text.contains("value=\"&quot;&#39;&gt;&lt;script&gt;"), "{}", login.text);
    is_harmless(&login, &own);
    is_harmless(&visitor.submit(&login, &[("username", NASTY), ("password", "x")]).await, &own);
    let path = visitor.login(&request).replace("/login?", "/signup?");
    let signup = visitor.get(&path).await.expect(200);
    is_harmless(&signup, &own);
    let fields = [("name", NASTY), ("email", NASTY), ("password", NASTY)];
    is_harmless(&visitor.submit(&signup, &fields).await.expect(400), &own);
    let fields = [("name", NASTY), ("email", "a&b'c@example.org"), ("password", NASTY)];
    let next = visitor.submit(&signup, &fields).await.location().to_owned();
    let confirm = visitor.get(&next).await.expect(200);
    assert!(confirm.text.contains("a&amp;b&#39;c@example.org"), "{}", confirm.text);
    is_harmless(&confirm, &own);
    is_harmless(&visitor.get("/local/mail").await.expect(200), "");
    is_harmless(&visitor.get("/login").await.expect(400), "");
    is_harmless(&visitor.get("/logout").await.expect(200), "");
    let query = super::visitor::query(&[("client_id", NASTY)]);
    is_harmless(&visitor.get(&format!("/login?{query}")).await.expect(400), "");
}

/// Chromium holds the redirect after a form against `form-action` as well.
#[tokio::test]
async fn the_forms_of_a_page_may_lead_to_the_client_of_its_request_and_to_no_other() {
    let provider = Provider::start().await;
    let mut visitor = provider.visitor();
    let cli = [("client_id", "annals-cli"), ("redirect_uri", "http://localhost:8977/callback")];
    let page = visitor.get(&visitor.login(&cli)).await.expect(200);
    is_harmless(&page, " http://localhost:8977");
    let back = visitor.submit(&page, &[("demo", "editor")]).await;
    assert!(back.location().starts_with("http://localhost:8977/callback?code="));
}

fn cookies(page: &Page) -> Vec<&str> {
    page.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap()).collect()
}

#[tokio::test]
async fn cookies_are_for_no_script_and_for_no_other_site() {
    let provider = Provider::start().await;
    let mut visitor = provider.visitor();
    let page = visitor.get(&visitor.login(&[])).await;
    let back = visitor.submit(&page, &[("demo", "editor")]).await;
    let port = provider.issuer.rsplit(':').next().unwrap();
    for (answer, name) in [(&page, "browser"), (&back, "session")] {
        let [cookie] = cookies(answer)[..] else { panic!("{:?}", cookies(answer)) };
        assert!(cookie.starts_with(&format!("annals_{name}_{port}=")), "{cookie}");
        assert!(cookie.contains("; Path=/; HttpOnly; SameSite=Lax; Max-Age="), "{cookie}");
    }
}

#[tokio::test]
async fn signing_in_gives_another_session_than_the_browser_had() {
    let provider = Provider::start().await;
    let mut visitor = provider.visitor();
    let session = |visitor: &Visitor| {
        let found = visitor.cookies.iter().find(|(name, _)| name.starts_with("annals_session"));
        found.unwrap().1.clone()
    };
    visitor.tokens("editor").await;
    let before = visitor.clone();
    visitor.tokens("viewer").await;
    assert_ne!(session(&before), session(&visitor));
    let mut before = before;
    let answer = before.get(&before.authorize(&[("prompt", "none")])).await;
    assert_eq!(answer.given("error"), Some("login_required"), "the one before has ended");
}

#[tokio::test]
async fn no_answer_is_for_pages_of_another_origin() {
    let provider = Provider::start().await;
    let mut visitor = provider.visitor();
    visitor.headers.push(("origin", "http://localhost:3000".to_owned()));
    for path in ["/.well-known/openid-configuration", "/.well-known/jwks.json", "/local/mail"] {
        let answer = visitor.get(path).await.expect(200);
        assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
    }
    let answer = visitor.post("/oauth2/token", &[("grant_type", "password")]).await.expect(400);
    assert_eq!(answer.header("access-control-allow-origin"), "");
}
