//! What was acknowledged outlives a killed process, and what lies on the disk opens no door.

use super::visitor::{PASSWORD, Visitor};
use crate::support::process::{Process, program};

#[tokio::test]
async fn accounts_and_refresh_tokens_outlive_a_killed_process_and_are_not_readable_on_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let program = program();
    let mut process = Process::start(&program, folder.path());
    let mut visitor = Visitor::to(&process.address);
    let page = visitor.get(&visitor.login(&[]).replace("/login?", "/signup?")).await.expect(200);
    let fields = [("name", "Nora New"), ("email", "nora@example.org"), ("password", PASSWORD)];
    let next = visitor.submit(&page, &fields).await.location().to_owned();
    let page = visitor.get(&next).await.expect(200);
    let code = page.between("id=\"local-code\">", "<").to_owned();
    let back = visitor.submit(&page, &[("code", &code)]).await;
    let tokens = visitor.exchange(&back.code()).await;
    let renewed = visitor.renew(&tokens.refresh).await.tokens();
    process.kill();

    let file = std::fs::read_to_string(folder.path().join("identity.json")).unwrap();
    assert!(file.contains("nora@example.org"), "{file}");
    for secret in [PASSWORD, &code, &tokens.refresh, &renewed.refresh, &back.code()] {
        assert!(!file.contains(secret), "{secret} is in {file}");
    }
    let again = Process::start(&program, folder.path());
    let mut visitor = Visitor::to(&again.address);
    let newest = visitor.renew(&renewed.refresh).await.tokens();
    assert_ne!(newest.refresh, renewed.refresh);
    // The one before, whose answer may have been lost with the process, is still within its minute.
    visitor.renew(&tokens.refresh).await.expect(200);
    let back = visitor.sign_in("nora@example.org", PASSWORD).await;
    assert!(back.given("code").is_some());
}
