//! What needs no server, and what is said when there is none.

use super::shell::{Shell, signed_in};

fn nowhere() -> Shell {
    Shell::new("http://localhost:1", "token")
}

#[test]
fn help_has_examples_and_goes_to_stdout() {
    let shell = nowhere();
    let help = shell.annals(&["--help"]).ends(0);
    assert!(help.out.contains("annals records edit customers lily"), "{}", help.out);
    assert!(help.out.contains("Exit codes"), "{}", help.out);
    for variable in ["ANNALS_URL", "ANNALS_TOKEN", "ANNALS_OUTPUT", "ANNALS_YES", "ANNALS_TRIES"] {
        assert!(help.out.contains(variable), "{variable}: {}", help.out);
    }
    assert!(!help.out.contains("token]"), "a token is not shown");
    assert!(shell.annals(&["import", "--help"]).ends(0).out.contains("--map \"Full name=name\""));
    assert!(shell.annals(&["--version"]).ends(0).out.starts_with("annals 0."));
    shell.annals(&[]).ends(2).tells("Usage: annals");
    shell.annals(&["--frobnicate"]).ends(2).tells("Usage: annals");
}

#[test]
fn completions_and_manual_pages_are_made_without_a_server() {
    let shell = nowhere();
    for (name, sign) in
        [("bash", "complete -F"), ("zsh", "#compdef annals"), ("fish", "complete -c annals")]
    {
        assert!(shell.annals(&["completions", name]).ends(0).out.contains(sign), "{name}");
    }
    assert!(shell.annals(&["man"]).ends(0).out.contains(".TH annals 1"));
    shell.annals(&["man", "--dir", "pages"]).ends(0);
    let page = std::fs::read_to_string(shell.path("pages/annals-records-edit.1")).unwrap();
    assert!(page.contains("clears the notes"), "{page}");
}

#[test]
fn no_server_is_told_at_once_with_what_to_do() {
    let shell = nowhere();
    shell
        .annals(&["records", "list", "customers"])
        .ends(1)
        .tells("http://localhost:1 cannot be reached");
    let doctor = shell.annals(&["doctor", "-o", "ndjson"]).ends(1);
    assert!(doctor.out.contains(r#""check":"address""#), "{}", doctor.out);
    assert!(doctor.out.contains("make run"), "{}", doctor.out);
}

#[test]
fn a_token_never_travels_in_the_clear() {
    let shell = Shell::new("http://annals.example.org", "token");
    shell.annals(&["records", "list", "customers"]).ends(2).tells("unencrypted");
    let shell = Shell::new("annals.example.org", "token");
    shell.annals(&["records", "list", "customers"]).ends(2).tells("is not an address");
}

#[test]
fn who_is_not_signed_in_is_told_how_to() {
    let (process, _shell) = signed_in("editor");
    let shell = Shell::new(&process.address, "");
    shell
        .annals(&["records", "list", "customers"])
        .ends(1)
        .tells("annals login --url http://localhost");
    let shell = Shell::new(&process.address, "forged");
    shell.annals(&["records", "list", "customers"]).ends(1).tells("token");
    let doctor = shell.annals(&["doctor"]).ends(1);
    for told in ["ok    address", "ok    version", "ok    clock", "warn  token", "fail  person"] {
        assert!(doctor.out.contains(told), "{told}: {}", doctor.out);
    }
}
