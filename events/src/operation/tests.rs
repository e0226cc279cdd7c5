//! The rules of an operation record, as given, when, then.

use super::*;
use crate::testing::given;
use serde_json::json;

fn rebuilding(view: &str) -> Rebuilding {
    let options = Options { parallel: Some(8), ..Options::default() };
    Rebuilding { view: view.to_owned(), kind: "full".to_owned(), generation: 2, options }
}

fn rebuilt(outcome: &str) -> RebuildEnd {
    RebuildEnd {
        outcome: outcome.to_owned(),
        commits: 12,
        records: 4,
        written: 4,
        repaired: 0,
        parked: 0,
        lag: 1,
        drift: 0,
        error: None,
    }
}

fn promotion(generation: u32) -> Acting {
    let (view, generation) = (Some("records".to_owned()), Some(generation));
    Acting { view, generation, ..Acting::new(Verb::Promote) }
}

fn refused() -> ActEnd {
    ActEnd::Refused { problem: "not-verified".to_owned() }
}

fn replaying(of: &str) -> Replaying {
    let chosen = Chosen { record_type: Some(of.to_owned()), ..Chosen::default() };
    Replaying { chosen, ..Replaying::default() }
}

fn replayed(outcome: &str) -> ReplayEnd {
    let outcome = outcome.to_owned();
    ReplayEnd { outcome, commits: 2, events: 3, published: 3, error: None }
}

/// Each kind of operation: what begins it, what ends it, and the same in other words.
fn kinds() -> [(Command, Event, Command, Event, Command, Command); 3] {
    [
        (
            Command::StartRebuild(rebuilding("records")),
            Event::RebuildStarted(rebuilding("records")),
            Command::EndRebuild(rebuilt("verified")),
            Event::RebuildEnded(rebuilt("verified")),
            Command::StartRebuild(rebuilding("audit")),
            Command::EndRebuild(rebuilt("failed")),
        ),
        (
            Command::Act(promotion(2)),
            Event::Acted(promotion(2)),
            Command::EndAct(ActEnd::Done),
            Event::ActEnded(ActEnd::Done),
            Command::Act(promotion(3)),
            Command::EndAct(refused()),
        ),
        (
            Command::StartReplay(replaying("customer")),
            Event::ReplayStarted(replaying("customer")),
            Command::EndReplay(replayed("done")),
            Event::ReplayEnded(replayed("done")),
            Command::StartReplay(replaying("todo")),
            Command::EndReplay(replayed("cancelled")),
        ),
    ]
}

#[test]
fn an_operation_is_begun_once_and_another_needs_another_record() {
    for (begin, begun, _, ended, other, _) in kinds() {
        given::<Operation>([]).when(begin.clone()).then([begun.clone()]);
        for history in [vec![begun.clone()], vec![begun, ended]] {
            given::<Operation>(history.clone()).when(begin.clone()).then_nothing();
            given::<Operation>(history).when(other.clone()).then_rejected(Rejection::Taken);
        }
    }
}

#[test]
fn an_operation_ends_once() {
    for (_, begun, end, ended, _, otherwise) in kinds() {
        given::<Operation>([begun.clone()]).when(end.clone()).then([ended.clone()]);
        let history = [begun, ended];
        given::<Operation>(history.clone()).when(end).then_nothing();
        given::<Operation>(history).when(otherwise).then_rejected(Rejection::Ended);
    }
}

#[test]
fn a_record_is_of_one_operation_and_what_was_not_begun_does_not_end() {
    for (index, (begin, _, end, ..)) in kinds().into_iter().enumerate() {
        given::<Operation>([]).when(end.clone()).then_rejected(Rejection::NotBegun);
        let others = kinds().into_iter().enumerate().filter(|(other, _)| *other != index);
        for (_, (_, begun, ..)) in others {
            let history = [begun];
            given::<Operation>(history.clone()).when(begin.clone()).then_rejected(Rejection::Taken);
            given::<Operation>(history).when(end.clone()).then_rejected(Rejection::NotBegun);
        }
    }
}

#[test]
fn no_request_through_the_routes_of_types_changes_anything() {
    given::<Operation>([]).when(Command::Nothing).then_nothing();
    for (_, begun, ..) in kinds() {
        given::<Operation>([begun]).when(Command::Nothing).then_nothing();
    }
}

#[test]
fn the_first_word_on_an_operation_holds() {
    let [_, (_, acted, _, ended, ..), (_, replay_started, ..)] = kinds();
    let refusal = Event::ActEnded(refused());
    let shuffled = [refusal.clone(), acted.clone(), replay_started, refusal, ended, acted];
    let state = given::<Operation>(shuffled).state();
    assert_eq!(state, State::Act { begun: promotion(2), end: Some(refused()) });
}

#[test]
fn readers_see_what_was_asked_and_how_it_ended() {
    let seen =
        |events: Vec<Event>| Value::Object(Operation::details(&given::<Operation>(events).state()));
    assert_eq!(seen(vec![]), json!({}));
    assert_eq!(
        seen(vec![Event::Acted(promotion(2)), Event::ActEnded(refused())]),
        json!({"operation": "act", "verb": "promote", "view": "records", "generation": 2,
            "end": {"outcome": "refused", "problem": "not-verified"}})
    );
    let [(_, begun, _, ended, ..), _, (_, replay_started, ..)] = kinds();
    assert_eq!(
        seen(vec![begun, ended]),
        json!({"operation": "rebuild", "view": "records", "kind": "full", "generation": 2,
            "options": {"parallel": 8}, "end": {"outcome": "verified", "commits": 12, "records": 4,
            "written": 4, "repaired": 0, "parked": 0, "lag": 1, "drift": 0}})
    );
    assert_eq!(
        seen(vec![replay_started]),
        json!({"operation": "replay", "dry_run": false, "type": "customer"})
    );
}

#[test]
fn operation_records_are_never_listed() {
    for (_, begun, _, ended, ..) in kinds() {
        assert_eq!(Operation::summary(&given::<Operation>([begun, ended]).state()), None);
    }
}
