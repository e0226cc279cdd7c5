//! The rules of a person's record, as given, when, then.

use super::*;
use crate::testing::given;
use serde_json::json;

fn ann() -> ActorId {
    ActorId::parse("ann").unwrap()
}

fn profile() -> Profile {
    Profile { display_name: "Ann Berg".into(), email: Some("ann@example.org".into()) }
}

fn settings() -> Settings {
    Settings { locale: Some("de-AT".into()), time_zone: Some("Europe/Vienna".into()) }
}

fn introduce() -> Command {
    Command::Introduce { profile: profile(), settings: settings(), owner: ann() }
}

fn introduced() -> Event {
    Event::Introduced { personal: Personal::Known(profile()), settings: settings(), owner: ann() }
}

fn rename(name: &str) -> Command {
    Command::Rename { display_name: Some(name.into()) }
}

#[test]
fn a_person_is_introduced_once() {
    given::<Person>([]).when(introduce()).then([introduced()]);
    given::<Person>([introduced()]).when(introduce()).then_rejected(Rejection::AlreadyIntroduced);
}

#[test]
fn whoever_was_never_introduced_cannot_be_changed() {
    for command in [
        rename("x"),
        Command::ChangeEmail { email: None },
        Command::ChangeSettings { settings: settings() },
    ] {
        given::<Person>([]).when(command).then_rejected(Rejection::NotIntroduced);
    }
}

#[test]
fn a_person_needs_a_name() {
    given::<Person>([introduced()])
        .when(Command::Rename { display_name: None })
        .then_rejected(Rejection::NameNeeded);
}

#[test]
fn a_change_that_changes_nothing_is_no_event() {
    for command in [
        rename("Ann Berg"),
        Command::ChangeEmail { email: Some("ann@example.org".into()) },
        Command::ChangeSettings { settings: settings() },
    ] {
        given::<Person>([introduced()]).when(command).then_nothing();
    }
}

#[test]
fn name_address_and_settings_change_each_by_itself() {
    let name = Name { display_name: "Ann Thal".into() };
    given::<Person>([introduced()])
        .when(rename("Ann Thal"))
        .then([Event::Renamed { personal: Personal::Known(name) }]);
    given::<Person>([introduced()])
        .when(Command::ChangeEmail { email: None })
        .then([Event::EmailChanged { personal: Personal::Known(Mailbox { email: None }) }]);
    let english = Settings { locale: Some("en-GB".into()), ..settings() };
    given::<Person>([introduced()])
        .when(Command::ChangeSettings { settings: english.clone() })
        .then([Event::SettingsChanged(english)]);
}

#[test]
fn a_person_owns_their_own_record() {
    let summary = Person::summary(&given::<Person>([introduced()]).state()).unwrap();
    assert_eq!(summary.owner, Some(ann()));
    assert_eq!(
        Value::Object(summary.fields),
        json!({"display_name": "Ann Berg", "email": "ann@example.org"})
    );
}

#[test]
fn an_erased_profile_shows_what_was_redacted() {
    let erased =
        Event::Introduced { personal: Personal::Erased, settings: settings(), owner: ann() };
    let fields = Person::details(&given::<Person>([erased]).state());
    assert_eq!(fields["display_name"], json!({"redacted": "erased"}));
    assert_eq!(fields["email"], json!({"redacted": "erased"}));
    assert_eq!(fields["locale"], json!("de-AT"));
}
