//! What holds for every record type, whatever people do: tried with random stories.

use crate::golden::history;
use crate::{AnyRecord, AnyType, Field, Input, Intent, Kind, Mode, Origin, SYSTEM, TYPES, check};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::{Map, Value, json};
use vocabulary::{ActorId, Instant, StoredEvent};

type Outcome = Result<(), TestCaseError>;

/// A record's past and what people then want of it.
#[derive(Debug, Clone)]
struct Story {
    past: Vec<StoredEvent>,
    wishes: Vec<(Intent, Origin)>,
}

#[test]
fn any_events_fold_in_any_order() {
    for_every_type(shuffled, |of, events| {
        folded(of, &events)?;
        Ok(())
    });
}

#[test]
fn what_was_decided_is_not_decided_again() {
    for_every_type(story, |of, Story { past, wishes }| {
        let mut record = folded(of, &past)?;
        for (intent, origin) in &wishes {
            let Ok(events) = record.decide(intent, origin) else { continue };
            apply(record.as_mut(), &events)?;
            // A rule may forbid the second; what it may not do is to happen.
            prop_assert_eq!(record.decide(intent, origin).unwrap_or_default(), []);
        }
        Ok(())
    });
}

#[test]
fn a_record_from_stored_text_is_the_record_that_was_decided() {
    for_every_type(story, |of, Story { past, wishes }| {
        let mut live = folded(of, &past)?;
        let mut replayed = live.boxed_clone();
        for (intent, origin) in &wishes {
            let events = live.decide(intent, origin).unwrap_or_default();
            apply(live.as_mut(), &events)?;
            let text = serde_json::to_string(&events).unwrap();
            let events: Vec<StoredEvent> = serde_json::from_str(&text).unwrap();
            apply(replayed.as_mut(), &events)?;
            assert_same(live.as_ref(), replayed.as_ref())?;
        }
        Ok(())
    });
}

#[test]
fn a_record_resumed_from_its_state_goes_on_as_if_nothing_had_been() {
    for_every_type(story, |of, Story { past, wishes }| {
        let mut record = folded(of, &past)?;
        for (intent, origin) in &wishes {
            let text = record.state().unwrap().to_string();
            let resumed = of.resume(serde_json::from_str(&text).unwrap()).unwrap();
            assert_same(record.as_ref(), resumed.as_ref())?;
            let events = record.decide(intent, origin);
            prop_assert_eq!(&resumed.decide(intent, origin), &events);
            apply(record.as_mut(), &events.unwrap_or_default())?;
        }
        Ok(())
    });
}

#[test]
fn what_readers_see_is_what_the_descriptor_says() {
    for_every_type(story, |of, Story { past, wishes }| {
        let mut record = folded(of, &past)?;
        for (intent, origin) in &wishes {
            let events = record.decide(intent, origin).unwrap_or_default();
            apply(record.as_mut(), &events)?;
            let details = record.details();
            let fields = of.descriptor().fields;
            prop_assert!(details.keys().all(|name| fields.iter().any(|field| field.name == name)));
            let Some(summary) = record.summary() else { continue };
            prop_assert!(of.descriptor().status(summary.status).is_some());
            let mut listed = details;
            listed.retain(|name, _| of.descriptor().lists(name));
            prop_assert_eq!(summary.fields, listed);
        }
        Ok(())
    });
}

#[test]
fn sealed_events_fold_and_show_what_was_redacted() {
    let some_sealed =
        |of| shuffled(of).prop_flat_map(|all| (vec(any::<bool>(), all.len()), Just(all)));
    for_every_type(some_sealed, |of, (seals, events)| {
        let partly = seals
            .iter()
            .zip(&events)
            .map(|(seal, event)| if *seal { sealed(event) } else { event.clone() });
        let before = folded(of, &events)?;
        let after = folded(of, &partly.collect::<Vec<_>>())?;
        let (open, closed) = (before.details(), after.details());
        prop_assert!(open.keys().all(|name| closed.contains_key(name)));
        for (name, value) in &closed {
            let redacted = *value == json!({"redacted": "erased"});
            prop_assert!(redacted || open.get(name) == Some(value), "{name}: {value}");
        }
        let place = |record: &dyn AnyRecord| record.summary().map(|now| (now.status, now.owner));
        prop_assert_eq!(place(before.as_ref()), place(after.as_ref()));
        Ok(())
    });
}

#[test]
fn the_system_s_own_types_fold_any_events_and_resume() {
    for of in SYSTEM {
        let config = Config { failure_persistence: None, ..Config::with_cases(64) };
        let tried = TestRunner::new(config).run(&shuffled(*of), |events| {
            let mut record = of.empty();
            for event in &events {
                let text = record.state().unwrap().to_string();
                let mut resumed = of.resume(serde_json::from_str(&text).unwrap()).unwrap();
                apply(record.as_mut(), std::slice::from_ref(event))?;
                apply(resumed.as_mut(), std::slice::from_ref(event))?;
                assert_same(record.as_ref(), resumed.as_ref())?;
            }
            Ok(())
        });
        tried.unwrap_or_else(|fault| panic!("{of:?}: {fault}"));
    }
}

#[test]
fn sealing_everything_leaves_no_trace_of_the_person() {
    for of in TYPES {
        let events = history(*of);
        let record = folded(*of, &events.iter().map(sealed).collect::<Vec<_>>()).unwrap();
        let title = record.details().get(of.descriptor().title).cloned();
        assert_eq!(title, Some(json!({"redacted": "erased"})), "{of:?}");
        let kept = record.state().unwrap().to_string();
        for text in events.iter().filter_map(|event| event.data.get("personal")).flat_map(texts) {
            assert!(!kept.contains(&text), "{of:?} keeps `{text}` outside of `personal`");
        }
    }
}

/// Tries a property on 64 random inputs for each type.
fn for_every_type<S: Strategy>(
    inputs: impl Fn(&'static dyn AnyType) -> S,
    property: impl Fn(&'static dyn AnyType, S::Value) -> Outcome,
) {
    for of in TYPES {
        let config = Config { failure_persistence: None, ..Config::with_cases(64) };
        TestRunner::new(config)
            .run(&inputs(*of), |input| property(*of, input))
            .unwrap_or_else(|fault| panic!("{of:?}: {fault}"));
    }
}

fn folded(of: &dyn AnyType, events: &[StoredEvent]) -> Result<Box<dyn AnyRecord>, TestCaseError> {
    let mut record = of.empty();
    apply(record.as_mut(), events)?;
    Ok(record)
}

fn apply(record: &mut dyn AnyRecord, events: &[StoredEvent]) -> Outcome {
    let failed = |error: crate::FoldError| TestCaseError::fail(error.to_string());
    events.iter().try_for_each(|event| record.apply(event).map_err(failed))
}

fn assert_same(one: &dyn AnyRecord, other: &dyn AnyRecord) -> Outcome {
    prop_assert_eq!(one.state().unwrap(), other.state().unwrap());
    prop_assert_eq!(one.details(), other.details());
    prop_assert_eq!(one.summary(), other.summary());
    Ok(())
}

/// The event as it will stand once its person's key is gone.
fn sealed(event: &StoredEvent) -> StoredEvent {
    let mut event = event.clone();
    if let Some(personal) = event.data.get_mut("personal") {
        *personal = json!({"$sealed": "x"});
    }
    event
}

/// All texts within a value.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(fields) => fields.values().flat_map(texts).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

/// Golden events in any order, some of them more than once, some never.
fn shuffled(of: &'static dyn AnyType) -> impl Strategy<Value = Vec<StoredEvent>> {
    vec(select(history(of)), 0..30)
}

/// Wishes for a record that is new, or has been through some of the golden history, as it was or
/// sealed.
fn story(of: &'static dyn AnyType) -> impl Strategy<Value = Story> {
    let history = history(of);
    let length = prop_oneof![Just(0), 1..=history.len()];
    let past = (length, any::<bool>()).prop_map(move |(length, seal)| {
        let past = history.iter().take(length);
        past.map(|event| if seal { sealed(event) } else { event.clone() }).collect()
    });
    (past, vec((intent(of), origin()), 1..10)).prop_map(|(past, wishes)| Story { past, wishes })
}

fn origin() -> impl Strategy<Value = Origin> {
    (select(vec!["ann", "bob"]), option::of(Just("asked for"))).prop_map(|(actor, reason)| Origin {
        actor: ActorId::parse(actor).unwrap(),
        now: Instant::from_millis(0),
        reason: reason.map(str::to_owned),
    })
}

fn intent(of: &'static dyn AnyType) -> BoxedStrategy<Intent> {
    let descriptor = of.descriptor();
    let create = input(descriptor.fields, Mode::Whole).prop_map(Intent::Create);
    let edit = input(descriptor.fields, Mode::Patch).prop_map(Intent::Edit);
    let actions = descriptor.actions.iter().map(|action| {
        input(action.fields, Mode::Whole).prop_map(|input| Intent::Act(action.name, input)).boxed()
    });
    let orders = of.administration().iter().map(|order| {
        let input = input(order.fields, Mode::Whole);
        input.prop_map(|input| Intent::Administer(order.name, input)).boxed()
    });
    let restore = input(descriptor.fields, Mode::Patch)
        .prop_map(|patch| Intent::Restore { reinstating: descriptor.reinstating, patch });
    let all = [create.boxed(), edit.boxed(), restore.boxed()];
    let all = all.into_iter().chain(actions).chain(orders);
    proptest::strategy::Union::new(all).boxed()
}

/// Input that the border lets through.
fn input(fields: &'static [Field], mode: Mode) -> BoxedStrategy<Input> {
    body(fields, mode).prop_map(move |body| check(fields, &body, mode).unwrap()).boxed()
}

fn body(fields: &'static [Field], mode: Mode) -> BoxedStrategy<Map<String, Value>> {
    let filled_in = fields.iter().filter(|field| !field.read_only);
    let entries: Vec<_> = filled_in.map(|field| entry(field, mode)).collect();
    entries.prop_map(|entries| entries.into_iter().flatten().collect()).boxed()
}

/// A field with a value, cleared, or left out, as far as it can be.
fn entry(field: &'static Field, mode: Mode) -> BoxedStrategy<Option<(String, Value)>> {
    let value = value(&field.kind, mode).prop_map(|value| Some((field.name.to_owned(), value)));
    let null = Just(Some((field.name.to_owned(), Value::Null)));
    match (mode, field.required) {
        (Mode::Whole, true) => value.boxed(),
        (Mode::Patch, true) => prop_oneof![value, Just(None)].boxed(),
        (Mode::Whole | Mode::Patch, false) => prop_oneof![value, null, Just(None)].boxed(),
    }
}

/// Few values of each kind, so that the same ones come again, and some odd ones.
fn value(kind: &'static Kind, mode: Mode) -> BoxedStrategy<Value> {
    let one_of = |values: &'static [&'static str]| select(values).prop_map(Value::from).boxed();
    match kind {
        Kind::Line { .. } => {
            prop_oneof![one_of(&["Lily", "🙂"]), odd("[a-zé🙂]\\PC{0,15}")].boxed()
        }
        Kind::Text { .. } => {
            prop_oneof![one_of(&["Lily", "a\nb"]), odd("[a-zé🙂][\\PC\n]{0,30}")].boxed()
        }
        Kind::Email => one_of(&["lily@example.org", "ann@example.org"]),
        Kind::Phone => one_of(&["+43 1 2345", "110"]),
        Kind::Date => one_of(&["2026-11-22", "2024-02-29"]),
        Kind::Person => one_of(&["ann", "bob"]),
        Kind::Reference { .. } => one_of(&["C-1", "C-2"]),
        Kind::Tags { .. } => {
            vec(select(vec!["new", "vip", "a b"]), 0..5).prop_map(Value::from).boxed()
        }
        Kind::Group { fields } => body(fields, mode).prop_map(Value::Object).boxed(),
    }
}

fn odd(form: &'static str) -> BoxedStrategy<Value> {
    form.prop_map(Value::from).boxed()
}
