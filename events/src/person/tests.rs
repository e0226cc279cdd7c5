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

fn member(held: &[&str]) -> Member {
    let profile = Profile { display_name: "Bo".into(), email: Some("bo@example.org".into()) };
    Member { profile, owner: bo(), held: names(held) }
}

fn bo() -> ActorId {
    ActorId::parse("bo").unwrap()
}

fn names(groups: &[&str]) -> Vec<String> {
    groups.iter().map(|group| (*group).to_owned()).collect()
}

fn invited() -> Event {
    Event::Invited { personal: Personal::Known(member(&[]).profile), owner: bo() }
}

fn found() -> Event {
    Event::Found { personal: Personal::Known(member(&[]).profile), owner: bo() }
}

fn held(group: &str) -> Event {
    Event::Held { group: group.into() }
}

fn granted(group: &str) -> Event {
    Event::Granted { group: group.into() }
}

fn revoked(group: &str) -> Event {
    Event::Revoked { group: group.into() }
}

fn invite(grant: &[&str]) -> Command {
    Command::Invite { member: member(&[]), grant: names(grant) }
}

fn regrant(held: &[&str], grant: &[&str], revoke: &[&str]) -> Command {
    Command::Regrant { member: member(held), grant: names(grant), revoke: names(revoke) }
}

fn remove(held: &[&str]) -> Command {
    Command::Remove { member: member(held) }
}

#[test]
fn whoever_is_invited_is_told_of_with_what_they_may_do() {
    given::<Person>([]).when(invite(&["editors", "auditors"])).then([
        invited(),
        granted("auditors"),
        granted("editors"),
    ]);
    given::<Person>([invited(), granted("editors")]).when(invite(&["editors"])).then_nothing();
    given::<Person>([introduced()]).when(invite(&["editors"])).then([granted("editors")]);
}

#[test]
fn whoever_was_invited_introduces_themselves_and_keeps_their_rights() {
    let introduced = Event::Introduced {
        personal: Personal::Known(profile()),
        settings: settings(),
        owner: bo(),
    };
    given::<Person>([invited(), granted("editors")]).when(introduce()).then([introduced.clone()]);
    let state = given::<Person>([invited(), granted("editors"), introduced]).state();
    let details = Person::details(&state);
    assert_eq!(state.status(), "active");
    assert_eq!(details["groups"], json!(["editors"]));
    assert_eq!(details["display_name"], "Ann Berg");
}

#[test]
fn an_edit_of_whoever_was_invited_is_their_introduction() {
    let state = given::<Person>([invited()]).state();
    let body = json!({"display_name": "Bo Lind", "locale": "sv-SE"});
    let fields: Vec<crate::Field> =
        Person::DESCRIPTOR.fields.iter().filter(|field| !field.read_only).cloned().collect();
    let patch = crate::check(&fields, body.as_object().unwrap(), crate::Mode::Patch).unwrap();
    let [Command::Introduce { profile, settings, owner }] = &Person::edit(&state, &patch)[..]
    else {
        panic!("one command")
    };
    assert_eq!((profile.display_name.as_str(), owner), ("Bo Lind", &bo()));
    assert_eq!(profile.email.as_deref(), Some("bo@example.org"), "what is not mentioned stays");
    assert_eq!(settings.locale.as_deref(), Some("sv-SE"));
}

#[test]
fn rights_are_granted_and_revoked_once() {
    let history = || [introduced(), granted("viewers")];
    given::<Person>(history())
        .when(regrant(&["viewers"], &["editors"], &["viewers"]))
        .then([granted("editors"), revoked("viewers")]);
    given::<Person>(history()).when(regrant(&["viewers"], &["viewers"], &[])).then_nothing();
    // What nobody ever had needs no revoking; what the log revoked is not revoked again, even if
    // the directory lags behind.
    given::<Person>(history()).when(regrant(&["viewers"], &[], &["editors"])).then_nothing();
    given::<Person>([introduced(), granted("viewers"), revoked("viewers")])
        .when(regrant(&["viewers"], &[], &["viewers"]))
        .then_nothing();
    given::<Person>(history()).when(regrant(&[], &["editors"], &["editors"])).then_nothing();
}

#[test]
fn rights_that_the_log_did_not_know_are_told_as_held() {
    given::<Person>([]).when(regrant(&["admins"], &["auditors"], &["admins"])).then([
        found(),
        held("admins"),
        granted("auditors"),
        revoked("admins"),
    ]);
    given::<Person>([introduced()])
        .when(regrant(&["editors"], &["editors"], &[]))
        .then([held("editors")]);
}

#[test]
fn whoever_is_taken_out_loses_all_rights_and_can_come_back_by_invitation_only() {
    let history = || vec![introduced(), granted("editors"), held("viewers")];
    let gone = || [revoked("editors"), revoked("viewers"), Event::Removed {}];
    given::<Person>(history()).when(remove(&["editors", "viewers"])).then(gone());
    let gone = || [history(), gone().to_vec()].concat();
    given::<Person>(gone()).when(remove(&[])).then_nothing();
    for command in [rename("x"), introduce(), regrant(&[], &["editors"], &[])] {
        given::<Person>(gone()).when(command).then_rejected(Rejection::PersonRemoved);
    }
    given::<Person>(gone()).when(invite(&["editors"])).then([invited(), granted("editors")]);
    let back = [gone(), vec![invited()]].concat();
    assert_eq!(given::<Person>(back).state().status(), "invited");
}

#[test]
fn whoever_was_never_told_of_is_found_when_they_are_taken_out() {
    given::<Person>([]).when(remove(&["editors"])).then([
        found(),
        held("editors"),
        revoked("editors"),
        Event::Removed {},
    ]);
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
