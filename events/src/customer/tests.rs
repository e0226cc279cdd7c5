//! The rules of a customer's record, as given, when, then.

use super::*;
use crate::testing::given;

fn somebody(id: &str) -> ActorId {
    ActorId::parse(id).unwrap()
}

fn card(name: &str) -> Card {
    Card { name: name.into(), email: None, phone: None, company: None, address: None, notes: None }
}

fn registered() -> Event {
    let card = Card { email: Some("lily@example.org".into()), ..card("Lily Ari") };
    Event::Registered {
        personal: Personal::Known(card),
        tags: vec!["new".into()],
        owner: somebody("ann"),
    }
}

fn archive(reason: &str) -> Command {
    Command::Archive { reason: Some(reason.into()) }
}

#[test]
fn a_customer_is_registered_once() {
    let register =
        Command::Register { card: card("Lily Ari"), tags: vec![], owner: somebody("ann") };
    let fact = Event::Registered {
        personal: Personal::Known(card("Lily Ari")),
        tags: vec![],
        owner: somebody("ann"),
    };
    given::<Customer>([]).when(register.clone()).then([fact.clone()]);
    given::<Customer>([fact]).when(register).then_rejected(Rejection::AlreadyRegistered);
}

#[test]
fn nothing_can_be_done_with_a_customer_that_was_never_registered() {
    for command in [Command::Reinstate, archive("left"), Command::Rename { name: Some("x".into()) }]
    {
        given::<Customer>([]).when(command).then_rejected(Rejection::NotRegistered);
    }
}

#[test]
fn a_change_that_changes_nothing_is_no_event() {
    given::<Customer>([registered()])
        .when(Command::Rename { name: Some("Lily Ari".into()) })
        .then_nothing();
    given::<Customer>([registered()])
        .when(Command::Retag { tags: vec!["new".into()] })
        .then_nothing();
    given::<Customer>([registered()])
        .when(Command::HandOver { to: Some(somebody("ann")) })
        .then_nothing();
    given::<Customer>([registered()]).when(Command::Annotate { notes: None }).then_nothing();
    given::<Customer>([registered()]).when(Command::Reinstate).then_nothing();
}

#[test]
fn a_reachable_customer_stays_reachable() {
    let silent = Command::ChangeContact { contact: Contact::default() };
    given::<Customer>([registered()]).when(silent).then_rejected(Rejection::Unreachable);
    let by_phone = Contact { phone: Some("+49 30 1".into()), ..Contact::default() };
    given::<Customer>([registered()])
        .when(Command::ChangeContact { contact: by_phone.clone() })
        .then([Event::ContactChanged { personal: Personal::Known(by_phone) }]);
}

#[test]
fn an_address_names_a_place() {
    let street = Address { line1: Some("Main Street 1".into()), ..Address::default() };
    given::<Customer>([registered()])
        .when(Command::Move { address: Some(street.clone()) })
        .then_rejected(Rejection::AddressWithoutPlace);
    let place = Address { city: Some("Graz".into()), ..street };
    given::<Customer>([registered()])
        .when(Command::Move { address: Some(place.clone()) })
        .then([Event::Moved { personal: Personal::Known(Place { address: Some(place) }) }]);
}

#[test]
fn tags_are_told_as_what_came_and_what_went() {
    given::<Customer>([registered()])
        .when(Command::Retag { tags: vec!["vip".into()] })
        .then([Event::Tagged { added: vec!["vip".into()], removed: vec!["new".into()] }]);
}

#[test]
fn archiving_needs_a_reason_and_happens_once() {
    given::<Customer>([registered()])
        .when(Command::Archive { reason: None })
        .then_rejected(Rejection::ReasonNeeded);
    given::<Customer>([registered()]).when(archive("left")).then([Event::Archived {}]);
    given::<Customer>([registered(), Event::Archived {}]).when(archive("left")).then_nothing();
}

#[test]
fn an_archived_customer_cannot_be_changed_until_it_is_reinstated() {
    let rename = Command::Rename { name: Some("Lily Brown".into()) };
    given::<Customer>([registered(), Event::Archived {}])
        .when(rename.clone())
        .then_rejected(Rejection::CustomerArchived);
    given::<Customer>([registered(), Event::Archived {}])
        .when(Command::Reinstate)
        .then([Event::Reinstated {}]);
    given::<Customer>([registered(), Event::Archived {}, Event::Reinstated {}])
        .when(rename)
        .then([Event::Renamed { personal: Personal::Known(Name { name: "Lily Brown".into() }) }]);
}

#[test]
fn a_customer_needs_a_name_and_an_owner() {
    given::<Customer>([registered()])
        .when(Command::Rename { name: None })
        .then_rejected(Rejection::NameNeeded);
    given::<Customer>([registered()])
        .when(Command::HandOver { to: None })
        .then_rejected(Rejection::OwnerNeeded);
}

#[test]
fn an_erased_card_folds_and_shows_what_was_redacted() {
    let erased =
        Event::Registered { personal: Personal::Erased, tags: vec![], owner: somebody("ann") };
    let state = given::<Customer>([erased]).state();
    let fields = Customer::details(&state);
    assert_eq!(fields["name"], serde_json::json!({"redacted": "erased"}));
    assert_eq!(fields["email"], serde_json::json!({"redacted": "erased"}));
}
