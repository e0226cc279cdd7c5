//! The whole way: the command line, a browser, and the program's own identity provider.

use super::browser::{Browser, begun};
use super::login::alone;
use super::shell::{Shell, ran};
use crate::support::process::{Process, program};
use serde_json::json;
use std::path::Path;

/// Signs somebody made up in, with one click.
fn signed_in(process: &Process, username: &str) -> Shell {
    let shell = Shell::new(&process.address, "");
    let _alone = alone();
    let (child, address) = begun(&shell);
    let mut browser = Browser::default();
    let (status, page) = browser.open(&address);
    assert_eq!(status, 200, "{page}");
    let (status, page) = browser.submit(&process.address, &page, &[("demo", username)]);
    assert!(status == 200 && page.contains("You are signed in"), "{status} {page}");
    ran(child).ends(0);
    shell
}

#[test]
fn somebody_signs_in_works_and_signs_out() {
    let process = Process::start(&program(), Path::new(":memory:"));
    let shell = signed_in(&process, "editor");
    let me = shell.annals(&["whoami", "-o", "json"]).ends(0).json();
    assert_eq!(me["person"]["display_name"], json!("Emil Editor"));
    assert_eq!(me["rights"], json!(["read", "write"]));
    shell.annals(&["records", "create", "customers", "id=lily", "name=Lily"]).ends(0);
    let doctor = shell.annals(&["doctor"]).ends(0);
    for told in ["ok    sign-in", "ok    token", "ok    person    Emil Editor", "ok    rights"] {
        assert!(doctor.out.contains(told), "{told}: {}", doctor.out);
    }
    assert!(!doctor.out.contains("warn"), "{}", doctor.out);
    shell.annals(&["logout"]).ends(0);
    shell.annals(&["whoami"]).ends(1).tells("annals login");
}

#[test]
fn an_expired_token_is_renewed_by_the_real_provider() {
    let process = Process::start(&program(), Path::new(":memory:"));
    let shell = signed_in(&process, "auditor");
    for _ in 0..3 {
        super::login::expire(&shell.path(".config/annals/sessions"));
        shell.annals(&["whoami"]).ends(0);
    }
}
