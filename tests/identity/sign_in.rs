//! The pages on which people sign in, sign up, confirm and choose a password.

use super::visitor::{PASSWORD, Page, Provider, Visitor, claims};
use local::Status;
use serde_json::Value;

const DAY_MS: i64 = 24 * 3_600 * 1_000;

/// Signs up and stops where the code is asked for.
async fn signed_up(visitor: &mut Visitor, email: &str) -> Page {
    let page = visitor.get(&visitor.login(&[]).replace("/login?", "/signup?")).await.expect(200);
    let fields = [("name", "Nora New"), ("email", email), ("password", PASSWORD)];
    let next = visitor.submit(&page, &fields).await.location().to_owned();
    assert!(next.starts_with("/confirmUser?"), "{next}");
    visitor.get(&next).await.expect(200)
}

fn code_on(page: &Page) -> String {
    page.between("id=\"local-code\">", "<").to_owned()
}

/// A code that was not sent.
fn another_than(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

#[tokio::test]
async fn one_click_signs_in_as_one_of_the_demo_people() {
    let provider = Provider::start().await;
    for person in local::DEMO_PEOPLE {
        let mut visitor = provider.visitor();
        let page = visitor.get(&visitor.login(&[])).await.expect(200);
        assert!(page.text.contains("exist on this computer only"), "{}", page.text);
        assert!(page.text.contains(person.name), "{}", page.text);
        let tokens = visitor.tokens(person.username).await;
        assert_eq!(claims(&tokens.access)["username"], person.username);
        assert_eq!(claims(&tokens.id)["name"], person.name);
    }
    let mut visitor = provider.visitor();
    let page = visitor.get(&visitor.login(&[])).await;
    visitor.submit(&page, &[("demo", "nobody")]).await.expect(401);
}

#[tokio::test]
async fn one_signs_in_by_username_or_email_in_any_case() {
    let provider = Provider::start().await;
    for name in ["editor", "editor@example.org", " EDITOR@Example.org "] {
        let back = provider.visitor().sign_in(name, "local").await;
        assert!(back.given("code").is_some(), "{name}");
    }
}

#[tokio::test]
async fn nobody_learns_from_an_answer_whether_there_is_such_an_account() {
    let provider = Provider::start().await;
    let mut told = Vec::new();
    for name in ["editor@example.org", "nobody@example.org"] {
        let mut visitor = provider.visitor();
        let answer = visitor.sign_in(name, "wrong").await.expect(401);
        let form = answer.between("name=\"form\" value=\"", "\"").to_owned();
        told.push(answer.text.replace(name, "NAME").replace(&form, "FORM"));
    }
    assert_eq!(told[0], told[1]);
    assert!(told[0].contains("role=\"alert\"") && told[0].contains("is not right"), "{}", told[0]);
}

#[tokio::test]
async fn who_is_wrong_five_times_has_to_wait_whatever_they_call_themselves() {
    let provider = Provider::start().await;
    let mut visitor = provider.visitor();
    for name in ["editor", "EDITOR@example.org", "editor@example.org", "editor", "editor"] {
        visitor.sign_in(name, "wrong").await.expect(401);
    }
    let wait = visitor.sign_in("editor", "local").await.expect(429);
    assert!(wait.text.contains("Try again in a second"), "{}", wait.text);
    assert!(visitor.sign_in("viewer", "local").await.given("code").is_some(), "others go on");
    provider.clock.advance_ms(1_000);
    visitor.sign_in("editor", "wrong").await.expect(401);
    visitor.sign_in("editor", "wrong").await.expect(429);
    provider.clock.advance_ms(1_000);
    visitor.sign_in("editor", "local").await.expect(429);
    provider.clock.advance_ms(1_000);
    assert!(visitor.sign_in("editor", "local").await.given("code").is_some());
    visitor.sign_in("editor", "wrong").await.expect(401);
}

#[tokio::test]
async fn tries_that_come_at_once_are_counted_as_if_they_came_one_by_one() {
    let provider = Provider::start().await;
    let tries = (0..12).map(|_| {
        let mut visitor = provider.visitor();
        async move { visitor.sign_in("editor", "wrong").await.status }
    });
    let statuses = futures::future::join_all(tries).await;
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 5, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 7, "{statuses:?}");
}

#[tokio::test]
async fn a_form_counts_only_in_the_browser_that_it_was_made_for() {
    let provider = Provider::start().await;
    let (mut visitor, mut other) = (provider.visitor(), provider.visitor());
    let page = visitor.get(&visitor.login(&[])).await;
    other.get(&other.login(&[])).await;
    for mut stranger in [other, provider.visitor()] {
        let answer = stranger.submit(&page, &[("demo", "admin")]).await.expect(403);
        assert!(answer.text.contains("too old"), "{}", answer.text);
        // The form that comes with this answer is one of this browser's.
        let back = stranger.submit(&answer, &[("demo", "admin")]).await;
        assert!(back.given("code").is_some());
    }
    let login = visitor.login(&[]);
    visitor.post(&login, &[("demo", "admin")]).await.expect(403);
    visitor.post(&login, &[("demo", "admin"), ("form", "AAAA")]).await.expect(403);
    let mut framed = visitor.clone();
    framed.headers.push(("sec-fetch-site", "cross-site".to_owned()));
    framed.submit(&page, &[("demo", "admin")]).await.expect(403);
    assert!(visitor.submit(&page, &[("demo", "admin")]).await.given("code").is_some());
}

#[tokio::test]
async fn whoever_signs_up_confirms_by_the_code_on_the_page_and_has_no_group() {
    let provider = Provider::start().await;
    let mut visitor = provider.visitor();
    let page = signed_up(&mut visitor, "Nora@Example.org").await;
    let account = provider.directory().get("nora@example.org").unwrap();
    assert_eq!((account.status, account.email_verified), (Status::Unconfirmed, false));
    visitor.headers.push(("accept", "application/json".to_owned()));
    let mail = visitor.get("/local/mail").await.expect(200).json();
    assert_eq!(mail["items"][0]["secret"], code_on(&page).as_str());
    assert_eq!(mail["items"][0]["to"], "Nora@Example.org");
    let back = visitor.submit(&page, &[("code", &code_on(&page))]).await;
    let tokens = visitor.exchange(&back.code()).await;
    let access = claims(&tokens.access);
    assert_eq!(access["username"], access["sub"]);
    assert_eq!(access["sub"].as_str().map(str::len), Some(36));
    assert_eq!(access["cognito:groups"], Value::Null);
    assert_eq!(claims(&tokens.id)["email_verified"], true);
    assert!(provider.directory().mail().is_empty(), "the code has served");
    let again = provider.visitor().sign_in("nora@example.org", PASSWORD).await;
    assert!(again.given("code").is_some());
}

#[tokio::test]
async fn what_is_wrong_with_a_sign_up_is_told_at_its_field() {
    let provider = Provider::start().await;
    let mut visitor = provider.visitor();
    let path = visitor.login(&[]).replace("/login?", "/signup?");
    let long = "x".repeat(257);
    for (field, value) in [
        ("name", ""),
        ("name", " "),
        ("email", "nora"),
        ("email", "nora@example"),
        ("password", ""),
        ("password", "eleven char"),
        ("password", long.as_str()),
    ] {
        let page = visitor.get(&path).await;
        let good = [("name", "Nora"), ("email", "nora@example.org"), ("password", PASSWORD)];
        let fields: Vec<_> = good.iter().filter(|(of, _)| *of != field).copied().collect();
        let answer = visitor.submit(&page, &[&fields[..], &[(field, value)]].concat()).await;
        let answer = answer.expect(400);
        assert!(answer.text.contains(&format!("id=\"{field}-fault\"")), "{}", answer.text);
        assert_eq!(answer.text.matches("aria-invalid").count(), 1, "{field} {value}");
        assert!(!answer.text.contains(PASSWORD), "a password is never shown again");
    }
    assert!(provider.directory().get("nora@example.org").is_none());
    let page = visitor.get(&path).await;
    let taken = [("name", "Emil"), ("email", "EDITOR@example.org"), ("password", PASSWORD)];
    let answer = visitor.submit(&page, &taken).await.expect(409);
    assert!(answer.text.contains("id=\"email-fault\""), "{}", answer.text);
}

#[tokio::test]
async fn a_code_may_be_wrong_five_times_and_then_another_is_needed() {
    let provider = Provider::start().await;
    let mut visitor = provider.visitor();
    let page = signed_up(&mut visitor, "nora@example.org").await;
    let (right, wrong) = (code_on(&page), another_than(&code_on(&page)));
    for _ in 0..5 {
        let answer = visitor.submit(&page, &[("code", &wrong)]).await.expect(400);
        assert!(answer.text.contains("not the code"), "{}", answer.text);
    }
    let gone = visitor.submit(&page, &[("code", &right)]).await.expect(400);
    assert!(gone.text.contains("no longer good"), "{}", gone.text);
    let again = visitor.submit(&page, &[("again", "yes")]).await.expect(200);
    let back = visitor.submit(&again, &[("code", &code_on(&again))]).await;
    assert!(back.given("code").is_some());
}

#[tokio::test]
async fn a_code_is_good_for_a_day_and_not_sent_again_without_end() {
    let provider = Provider::start().await;
    let mut visitor = provider.visitor();
    let page = signed_up(&mut visitor, "nora@example.org").await;
    provider.clock.advance_ms(DAY_MS);
    // The browser's session is over as well: the password leads back to the code.
    let answer = visitor.sign_in("nora@example.org", PASSWORD).await;
    let page_again = visitor.get(answer.location()).await.expect(200);
    visitor.submit(&page_again, &[("code", &code_on(&page))]).await.expect(400);
    for _ in 0..5 {
        visitor.submit(&page_again, &[("again", "yes")]).await.expect(200);
    }
    visitor.submit(&page_again, &[("again", "yes")]).await.expect(429);
    provider.clock.advance_ms(1_000);
    visitor.submit(&page_again, &[("again", "yes")]).await.expect(200);
}

#[tokio::test]
async fn nothing_is_confirmed_without_the_password_and_nobody_is_signed_in_before() {
    let provider = Provider::start().await;
    let mut visitor = provider.visitor();
    let page = signed_up(&mut visitor, "nora@example.org").await;
    let mut stranger = provider.visitor();
    for path in ["/confirmUser?", "/changePassword?"] {
        let path = stranger.login(&[]).replace("/login?", path);
        assert!(stranger.get(&path).await.location().starts_with("/login?"), "{path}");
        let posted = stranger.post(&path, &[("code", &code_on(&page))]).await;
        assert!(posted.location().starts_with("/login?"), "{path}");
    }
    let silent = visitor.get(&visitor.authorize(&[("prompt", "none")])).await;
    assert_eq!(silent.given("error"), Some("login_required"));
    let next = provider.visitor().sign_in("nora@example.org", PASSWORD).await;
    assert!(next.location().starts_with("/confirmUser?"));
}

#[tokio::test]
async fn an_address_belongs_to_whoever_confirms_it() {
    let provider = Provider::start().await;
    let (mut first, mut second) = (provider.visitor(), provider.visitor());
    let squatted = signed_up(&mut first, "nora@example.org").await;
    let page = signed_up(&mut second, "NORA@example.org").await;
    let late = first.submit(&squatted, &[("code", &code_on(&squatted))]).await;
    assert!(late.location().starts_with("/login?"), "the first sign-up is gone");
    assert!(second.submit(&page, &[("code", &code_on(&page))]).await.given("code").is_some());
    assert_eq!(provider.directory().get("nora@example.org").unwrap().email, "NORA@example.org");
}

#[tokio::test]
async fn who_was_invited_chooses_a_password_before_anything_else() {
    let provider = Provider::start().await;
    provider.directory().invite("nora@example.org", Some("Nora New")).unwrap();
    provider.directory().add_to_group("nora@example.org", "tenant-demo").unwrap();
    let temporary = provider.directory().mail().pop().unwrap().secret;
    let mut visitor = provider.visitor();
    let next = visitor.sign_in("nora@example.org", &temporary).await.location().to_owned();
    assert!(next.starts_with("/changePassword?"), "{next}");
    let silent = visitor.get(&visitor.authorize(&[("prompt", "none")])).await;
    assert_eq!(silent.given("error"), Some("login_required"), "not signed in yet");
    let page = visitor.get(&next).await.expect(200);
    let short = visitor.submit(&page, &[("password", "too short")]).await.expect(400);
    assert!(short.text.contains("id=\"password-fault\""), "{}", short.text);
    let back = visitor.submit(&short, &[("password", PASSWORD)]).await;
    let tokens = visitor.exchange(&back.code()).await;
    assert_eq!(claims(&tokens.access)["cognito:groups"], serde_json::json!(["tenant-demo"]));
    assert_eq!(provider.directory().get("nora@example.org").unwrap().status, Status::Active);
    assert!(provider.directory().mail().is_empty(), "the temporary password has served");
    provider.visitor().sign_in("nora@example.org", &temporary).await.expect(401);
    assert!(provider.visitor().sign_in("nora@example.org", PASSWORD).await.given("code").is_some());
}

#[tokio::test]
async fn a_temporary_password_is_good_for_seven_days() {
    let provider = Provider::start().await;
    provider.directory().invite("nora@example.org", None).unwrap();
    let temporary = provider.directory().mail().pop().unwrap().secret;
    provider.clock.advance_ms(7 * DAY_MS - 1);
    assert_eq!(provider.visitor().sign_in("nora@example.org", &temporary).await.status, 303);
    provider.clock.advance_ms(1);
    let late = provider.visitor().sign_in("nora@example.org", &temporary).await.expect(401);
    assert!(late.text.contains("has expired"), "{}", late.text);
    provider.directory().invite_again("nora@example.org").unwrap();
    let temporary = provider.directory().mail().pop().unwrap().secret;
    assert_eq!(provider.visitor().sign_in("nora@example.org", &temporary).await.status, 303);
}
