//! The rules of an access record, as given, when, then.

use super::*;
use crate::testing::given;
use serde_json::json;

fn filter(actor: &str) -> Filter {
    Filter { actor: Some(actor.to_owned()), ..Filter::default() }
}

fn requested() -> Event {
    Event::ExportRequested { format: Format::Csv, filter: filter("ann") }
}

fn request(format: Format, actor: &str) -> Command {
    Command::RequestExport { format, filter: filter(actor) }
}

fn finished() -> Event {
    let manifest_sha256 = "9f86".to_owned();
    Event::ExportFinished { commits: 2, rows: 3, parts: 1, manifest_sha256 }
}

fn finish(rows: u64) -> Command {
    Command::FinishExport { commits: 2, rows, parts: 1, manifest_sha256: "9f86".to_owned() }
}

fn failed() -> Event {
    Event::ExportFailed { error: "no room".to_owned() }
}

fn fail(error: &str) -> Command {
    Command::FailExport { error: error.to_owned() }
}

fn started() -> Event {
    Event::VerificationStarted { scope: "all".to_owned() }
}

fn start(scope: &str) -> Command {
    Command::StartVerification { scope: scope.to_owned() }
}

fn verified(outcome: Outcome) -> Verified {
    Verified { outcome, records: 1, commits: 4, links: 3, findings: 0 }
}

fn found(outcome: Outcome) -> Command {
    Command::FinishVerification(verified(outcome))
}

#[test]
fn an_export_is_requested_once_and_another_needs_another_record() {
    given::<Access>([]).when(request(Format::Csv, "ann")).then([requested()]);
    for history in [vec![requested()], vec![requested(), finished()]] {
        given::<Access>(history.clone()).when(request(Format::Csv, "ann")).then_nothing();
        given::<Access>(history.clone())
            .when(request(Format::Csv, "bob"))
            .then_rejected(Rejection::Taken);
        given::<Access>(history)
            .when(request(Format::Ndjson, "ann"))
            .then_rejected(Rejection::Taken);
    }
    given::<Access>([started()]).when(request(Format::Csv, "ann")).then_rejected(Rejection::Taken);
}

#[test]
fn an_export_ends_once() {
    given::<Access>([requested()]).when(finish(3)).then([finished()]);
    given::<Access>([requested()]).when(fail("no room")).then([failed()]);
    given::<Access>([requested(), finished()]).when(finish(3)).then_nothing();
    given::<Access>([requested(), failed()]).when(fail("no room")).then_nothing();
    for (history, command) in [
        (vec![requested(), finished()], finish(4)),
        (vec![requested(), finished()], fail("no room")),
        (vec![requested(), failed()], finish(3)),
        (vec![requested(), failed()], fail("no time")),
    ] {
        given::<Access>(history).when(command).then_rejected(Rejection::Ended);
    }
}

#[test]
fn what_was_not_begun_does_not_end() {
    for history in [vec![], vec![started()], vec![started(), verification_finished()]] {
        given::<Access>(history.clone()).when(finish(3)).then_rejected(Rejection::NotBegun);
        given::<Access>(history).when(fail("no room")).then_rejected(Rejection::NotBegun);
    }
    for history in [vec![], vec![requested()], vec![requested(), finished()]] {
        given::<Access>(history).when(found(Outcome::Clean)).then_rejected(Rejection::NotBegun);
    }
}

fn verification_finished() -> Event {
    Event::VerificationFinished(verified(Outcome::Clean))
}

#[test]
fn a_verification_is_started_and_ends_once() {
    given::<Access>([]).when(start("all")).then([started()]);
    given::<Access>([started()]).when(start("all")).then_nothing();
    given::<Access>([started()]).when(start("customer/C-1")).then_rejected(Rejection::Taken);
    given::<Access>([requested()]).when(start("all")).then_rejected(Rejection::Taken);
    given::<Access>([started()]).when(found(Outcome::Clean)).then([verification_finished()]);
    let ended = || given::<Access>([started(), verification_finished()]);
    ended().when(found(Outcome::Clean)).then_nothing();
    ended().when(found(Outcome::Gap)).then_rejected(Rejection::Ended);
    ended().when(start("all")).then_nothing();
}

#[test]
fn no_request_through_the_routes_of_types_changes_anything() {
    for history in [vec![], vec![requested()], vec![started()]] {
        given::<Access>(history).when(Command::Nothing).then_nothing();
    }
}

#[test]
fn the_first_word_on_an_act_holds() {
    let shuffled = [finished(), requested(), failed(), requested(), finished(), started()];
    let state = given::<Access>(shuffled).state();
    let end = Some(ExportEnd::Failed { error: "no room".to_owned() });
    assert_eq!(state, State::Export { format: Format::Csv, filter: filter("ann"), end });
}

#[test]
fn readers_see_what_was_taken_and_how_it_ended() {
    let seen =
        |events: Vec<Event>| Value::Object(Access::details(&given::<Access>(events).state()));
    assert_eq!(seen(vec![]), json!({}));
    assert_eq!(
        seen(vec![requested(), finished()]),
        json!({"kind": "export", "format": "csv", "filter": {"actor": "ann"}, "state": "finished",
            "commits": 2, "rows": 3, "parts": 1, "manifest_sha256": "9f86"})
    );
    assert_eq!(
        seen(vec![started(), verification_finished()]),
        json!({"kind": "verification", "scope": "all", "outcome": "clean", "records": 1,
            "commits": 4, "links": 3, "findings": 0})
    );
}

#[test]
fn access_records_are_never_listed() {
    for history in [vec![], vec![requested(), finished()], vec![started()]] {
        assert_eq!(Access::summary(&given::<Access>(history).state()), None);
    }
}
