//! The rules of a to-do's record, as given, when, then.

use super::*;
use crate::testing::given;
use crate::{Mode, check};
use serde_json::json;
use vocabulary::Instant;

fn somebody(id: &str) -> ActorId {
    ActorId::parse(id).unwrap()
}

fn customer(id: &str) -> RecordId {
    RecordId::parse(id).unwrap()
}

fn wording() -> Wording {
    Wording { title: "Send the offer".into(), notes: Some("Ask Ann.".into()) }
}

fn add() -> Command {
    let due_on = Some("2026-12-01".into());
    let customer_id = Some(customer("C-1"));
    Command::Add { wording: wording(), due_on, assignee: somebody("ann"), customer_id }
}

fn added() -> Event {
    Event::Added {
        personal: Personal::Known(wording()),
        due_on: Some("2026-12-01".into()),
        assignee: somebody("ann"),
        customer_id: Some(customer("C-1")),
    }
}

fn retitle(title: &str) -> Command {
    Command::Retitle { title: Some(title.into()) }
}

fn reopen() -> Command {
    Command::Reopen { reason: Some("not sent".into()) }
}

fn created_from(body: &Value) -> Command {
    let origin = Origin { actor: somebody("zoe"), now: Instant::from_millis(0), reason: None };
    let fields = Todo::DESCRIPTOR.fields;
    Todo::create(&check(fields, body.as_object().unwrap(), Mode::Whole).unwrap(), &origin)
}

#[test]
fn a_todo_is_added_once() {
    given::<Todo>([]).when(add()).then([added()]);
    given::<Todo>([added()]).when(add()).then_rejected(Rejection::AlreadyAdded);
    given::<Todo>([added(), Event::Dropped {}]).when(add()).then_rejected(Rejection::AlreadyAdded);
}

#[test]
fn an_absent_todo_cannot_be_changed_completed_reopened_or_dropped() {
    for command in [retitle("x"), Command::Complete, reopen(), Command::Drop] {
        given::<Todo>([]).when(command).then_rejected(Rejection::NotAdded);
    }
}

#[test]
fn a_todo_belongs_to_its_assignee_and_else_to_whoever_adds_it() {
    let call = |assignee| Event::Added {
        personal: Personal::Known(Wording { title: "Call".into(), notes: None }),
        due_on: None,
        assignee: somebody(assignee),
        customer_id: None,
    };
    let for_bob = created_from(&json!({"title": "Call", "assignee": "bob"}));
    given::<Todo>([]).when(for_bob).then([call("bob")]);
    let for_nobody_named = created_from(&json!({"title": "Call"}));
    given::<Todo>([]).when(for_nobody_named).then([call("zoe")]);
}

#[test]
fn a_todo_without_assignee_has_no_owner() {
    let owner = |history: Vec<Event>| Todo::summary(&given::<Todo>(history).state()).unwrap().owner;
    assert_eq!(owner(vec![added()]), Some(somebody("ann")));
    assert_eq!(owner(vec![added(), Event::Assigned { to: None }]), None);
}

#[test]
fn every_field_of_an_open_todo_can_change() {
    let to_bob = Some(somebody("bob"));
    let title = Title { title: "Send it".into() };
    let notes = Notes { notes: None };
    let cases = [
        (retitle("Send it"), Event::Retitled { personal: Personal::Known(title) }),
        (Command::Reschedule { due_on: None }, Event::Rescheduled { due_on: None }),
        (Command::Assign { to: to_bob.clone() }, Event::Assigned { to: to_bob }),
        (Command::Assign { to: None }, Event::Assigned { to: None }),
        (Command::Link { customer_id: None }, Event::Linked { customer_id: None }),
        (Command::Annotate { notes: None }, Event::Annotated { personal: Personal::Known(notes) }),
    ];
    for (command, event) in cases {
        given::<Todo>([added()]).when(command).then([event]);
    }
}

#[test]
fn a_change_that_changes_nothing_is_no_event() {
    for command in [
        retitle("Send the offer"),
        Command::Reschedule { due_on: Some("2026-12-01".into()) },
        Command::Assign { to: Some(somebody("ann")) },
        Command::Link { customer_id: Some(customer("C-1")) },
        Command::Annotate { notes: Some("Ask Ann.".into()) },
        reopen(),
    ] {
        given::<Todo>([added()]).when(command).then_nothing();
    }
}

#[test]
fn a_todo_needs_a_title() {
    given::<Todo>([added()])
        .when(Command::Retitle { title: None })
        .then_rejected(Rejection::TitleNeeded);
}

#[test]
fn a_todo_is_completed_once_and_then_left_as_it_is() {
    given::<Todo>([added()]).when(Command::Complete).then([Event::Completed {}]);
    let completed = || given::<Todo>([added(), Event::Completed {}]);
    completed().when(Command::Complete).then_nothing();
    completed().when(retitle("x")).then_rejected(Rejection::TodoCompleted);
    completed().when(Command::Drop).then_rejected(Rejection::CompletedCannotBeDropped);
}

#[test]
fn a_todo_is_dropped_once_and_then_left_as_it_is() {
    given::<Todo>([added()]).when(Command::Drop).then([Event::Dropped {}]);
    let dropped = || given::<Todo>([added(), Event::Dropped {}]);
    dropped().when(Command::Drop).then_nothing();
    dropped().when(retitle("x")).then_rejected(Rejection::TodoDropped);
    dropped().when(Command::Complete).then_rejected(Rejection::TodoDropped);
}

#[test]
fn reopening_needs_a_reason_and_lets_the_todo_change_again() {
    for end in [Event::Completed {}, Event::Dropped {}] {
        let ended = || given::<Todo>([added(), end.clone()]);
        ended().when(Command::Reopen { reason: None }).then_rejected(Rejection::ReasonNeeded);
        ended().when(reopen()).then([Event::Reopened {}]);
        given::<Todo>([added(), end.clone(), Event::Reopened {}])
            .when(Command::Complete)
            .then([Event::Completed {}]);
    }
}

#[test]
fn a_patch_means_one_command_for_each_field_that_it_mentions() {
    let patch = json!({"title": "Send it", "assignee": null, "customer_id": "C-2"});
    let patch = check(Todo::DESCRIPTOR.fields, patch.as_object().unwrap(), Mode::Patch).unwrap();
    let commands = Todo::edit(&given::<Todo>([added()]).state(), &patch);
    assert!(matches!(
        commands.as_slice(),
        [
            Command::Retitle { title: Some(_) },
            Command::Assign { to: None },
            Command::Link { customer_id: Some(_) }
        ]
    ));
}

#[test]
fn erased_wording_shows_what_was_redacted_and_can_be_written_anew() {
    let erased = || Event::Added {
        personal: Personal::Erased,
        due_on: None,
        assignee: somebody("ann"),
        customer_id: None,
    };
    let fields = Todo::details(&given::<Todo>([erased()]).state());
    assert_eq!(fields["title"], json!({"redacted": "erased"}));
    assert_eq!(fields["notes"], json!({"redacted": "erased"}));
    assert_eq!(fields["assignee"], json!("ann"));
    given::<Todo>([erased()])
        .when(Command::Annotate { notes: None })
        .then([Event::Annotated { personal: Personal::Known(Notes { notes: None }) }]);
}
