//! Rules of the house: what every record type in [`TYPES`] keeps to.

use crate::golden::histories;
use crate::{
    AnyType, Descriptor, Field, Input, Intent, Keeping, Kind, Mode, Origin, Reason, SYSTEM, Status,
    TYPES, check,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use vocabulary::{ActorId, Instant, TypeName};

fn descriptors() -> impl Iterator<Item = &'static Descriptor> {
    TYPES.iter().map(|of| of.descriptor())
}

/// The fields of a list and of the groups in it.
fn with_grouped(fields: &'static [Field]) -> Vec<&'static Field> {
    fields.iter().flat_map(|field| std::iter::once(field).chain(grouped(field))).collect()
}

fn grouped(field: &'static Field) -> &'static [Field] {
    if let Kind::Group { fields } = &field.kind { fields } else { &[] }
}

/// All fields of a type: its own, those of groups, those of actions.
fn all_fields(descriptor: &'static Descriptor) -> Vec<&'static Field> {
    let of_actions = descriptor.actions.iter().flat_map(|action| with_grouped(action.fields));
    with_grouped(descriptor.fields).into_iter().chain(of_actions).collect()
}

fn assert_unique<'a>(names: impl IntoIterator<Item = &'a str>) {
    let mut seen = BTreeSet::new();
    for name in names {
        assert!(seen.insert(name), "`{name}` is there twice");
    }
}

#[test]
fn names_and_plurals_are_unique_and_no_plural_is_reserved() {
    assert_unique(descriptors().map(|descriptor| descriptor.name));
    assert_unique(descriptors().map(|descriptor| descriptor.plural));
    for Descriptor { plural, .. } in descriptors() {
        assert!(!Descriptor::RESERVED_PLURALS.contains(plural), "`{plural}` is reserved");
    }
}

/// They are stored beside the users' types, so their names must differ, and nothing is made of their
/// descriptors.
#[test]
fn the_system_s_own_types_are_kept_by_the_system_and_nobody_else() {
    let system = || SYSTEM.iter().map(|of| of.descriptor());
    assert_unique(descriptors().chain(system()).map(|descriptor| descriptor.name));
    assert_unique(descriptors().chain(system()).map(|descriptor| descriptor.plural));
    assert!(system().all(|descriptor| descriptor.keeping == Keeping::System));
    assert!(descriptors().all(|descriptor| descriptor.keeping != Keeping::System));
    for of in SYSTEM {
        let descriptor = of.descriptor();
        assert!(descriptor.fields.is_empty() && descriptor.actions.is_empty(), "{of:?}");
        assert!(of.administration().is_empty(), "{of:?}");
        assert!(moments(*of).iter().all(|record| record.summary().is_none()), "{of:?} is listed");
        for (name, _) in of.schemas().iter().chain([&(descriptor.name, vocabulary::Schema(1))]) {
            assert!(TypeName::parse(name).is_ok(), "{of:?}: `{name}`");
        }
    }
}

#[test]
fn names_have_the_form_of_names() {
    for (of, descriptor) in TYPES.iter().zip(descriptors()) {
        let names = [descriptor.name, descriptor.plural]
            .into_iter()
            .chain(all_fields(descriptor).into_iter().map(|field| field.name))
            .chain(descriptor.actions.iter().map(|action| action.name))
            .chain(descriptor.statuses.iter().map(|status| status.name))
            .chain(of.schemas().iter().map(|(event_type, _)| *event_type));
        for name in names {
            assert!(TypeName::parse(name).is_ok(), "{of:?}: `{name}`");
        }
    }
}

#[test]
fn names_within_a_type_are_unique_and_none_is_reserved() {
    for descriptor in descriptors() {
        assert_unique(descriptor.fields.iter().map(|field| field.name));
        assert_unique(descriptor.actions.iter().map(|action| action.name));
        assert_unique(descriptor.statuses.iter().map(|status| status.name));
        let of_actions = descriptor.actions.iter().flat_map(|action| action.fields);
        for field in descriptor.fields.iter().chain(of_actions) {
            assert!(!Descriptor::RESERVED_FIELDS.contains(&field.name), "{}", field.name);
        }
        for action in descriptor.actions {
            assert!(!Descriptor::RESERVED_ACTIONS.contains(&action.name), "{}", action.name);
        }
    }
}

#[test]
fn no_label_is_empty() {
    for descriptor in descriptors() {
        let labels = [descriptor.label, descriptor.plural_label]
            .into_iter()
            .chain(all_fields(descriptor).into_iter().map(|field| field.label))
            .chain(descriptor.actions.iter().map(|action| action.label))
            .chain(descriptor.statuses.iter().map(|status| status.label));
        for label in labels {
            assert!(!label.trim().is_empty(), "{}", descriptor.name);
        }
    }
}

#[test]
fn the_title_is_a_field_which_no_record_lacks_and_lists_show() {
    for descriptor in descriptors() {
        let title = descriptor.fields.iter().find(|field| field.name == descriptor.title);
        assert!(title.is_some_and(|field| field.required && field.listed), "{}", descriptor.name);
    }
}

#[test]
fn groups_hold_no_groups() {
    for descriptor in descriptors() {
        for field in all_fields(descriptor).into_iter().flat_map(grouped) {
            assert!(grouped(field).is_empty(), "{}: {}", descriptor.name, field.name);
        }
    }
}

#[test]
fn references_statuses_and_endings_name_what_exists() {
    for descriptor in descriptors() {
        for field in all_fields(descriptor) {
            if let Kind::Reference { to } = field.kind {
                assert!(descriptors().any(|other| other.name == to), "{}: {to}", field.name);
            }
        }
        for action in descriptor.actions {
            assert!(!action.from.is_empty(), "{} is offered nowhere", action.name);
            for status in action.from {
                assert!(descriptor.status(status).is_some(), "{}: {status}", action.name);
            }
        }
        // Whoever keeps their own record does not end it; admins do, with an order of theirs.
        let ends = descriptor.statuses.iter().any(|status| status.ended)
            && descriptor.keeping == Keeping::Editors;
        assert_eq!(descriptor.ending.is_some(), ends, "{}", descriptor.name);
        assert!(descriptor.ending.is_none_or(|name| descriptor.action(name).is_some()));
    }
}

/// Restoring a former version begins with it where nothing else can be done with a record.
#[test]
fn what_reinstates_leads_out_of_every_ending_and_asks_for_nothing_but_a_reason() {
    for descriptor in descriptors() {
        let Some(action) = descriptor.reinstating.map(|name| descriptor.action(name)) else {
            continue;
        };
        let action = action.unwrap_or_else(|| panic!("{}: no such action", descriptor.name));
        assert!(action.fields.iter().all(|field| !field.required), "{}", action.name);
        let ended = descriptor.statuses.iter().filter(|status| status.ended);
        for status in ended {
            assert!(action.from.contains(&status.name), "{}: {}", action.name, status.name);
        }
    }
    for of in TYPES {
        let descriptor = of.descriptor();
        let Some(action) = descriptor.reinstating.and_then(|name| descriptor.action(name)) else {
            continue;
        };
        let title = descriptor.fields.iter().find(|field| field.name == descriptor.title).unwrap();
        for record in moments(*of) {
            let status = record.summary().map(|summary| summary.status).unwrap_or_default();
            if action.from.contains(&status) {
                let (reinstating, patch) = (Some(action.name), only(title));
                let intent = Intent::Restore { reinstating, patch };
                assert!(record.decide(&intent, &because(Some("asked for"))).is_ok(), "{of:?}");
            }
        }
    }
}

#[test]
fn the_histories_reach_every_status_and_no_other() {
    for of in TYPES {
        let seen = moments(*of);
        let reached: BTreeSet<&str> =
            seen.iter().filter_map(|record| Some(record.summary()?.status)).collect();
        let listed = of.descriptor().statuses.iter().map(|Status { name, .. }| *name).collect();
        assert_eq!(reached, listed, "{of:?}");
    }
}

#[test]
fn every_listed_action_is_known_and_no_other() {
    for of in TYPES {
        for action in of.descriptor().actions {
            let intent = Intent::Act(action.name, complete(action.fields));
            let refused = of.empty().decide(&intent, &because(None)).err();
            assert!(refused.is_none_or(|no| no.rule != "unknown_action"), "{}", action.name);
        }
        let intent = Intent::Act("no_such_action", Input::default());
        let refused = of.empty().decide(&intent, &because(None)).unwrap_err();
        assert_eq!(refused.rule, "unknown_action");
    }
}

#[test]
fn every_order_of_the_admins_is_known_and_no_action() {
    for of in TYPES {
        for order in of.administration() {
            let intent = Intent::Administer(order.name, complete(order.fields));
            let refused = of.empty().decide(&intent, &because(None)).err();
            assert!(refused.is_none_or(|no| no.rule != "unknown_action"), "{}", order.name);
            assert!(of.descriptor().action(order.name).is_none(), "{}", order.name);
            let intent = Intent::Act(order.name, complete(order.fields));
            let refused = of.empty().decide(&intent, &because(None)).unwrap_err();
            assert_eq!(refused.rule, "unknown_action");
        }
        let intent = Intent::Administer("no_such_order", Input::default());
        let refused = of.empty().decide(&intent, &because(None)).unwrap_err();
        assert_eq!(refused.rule, "unknown_action");
    }
}

#[test]
fn what_only_tells_is_neither_required_nor_taken() {
    for descriptor in descriptors() {
        for field in all_fields(descriptor).into_iter().filter(|field| field.read_only) {
            assert!(!field.required, "{}: {}", descriptor.name, field.name);
            let body = Map::from_iter([(field.name.to_owned(), sample(&field.kind))]);
            for mode in [Mode::Whole, Mode::Patch] {
                assert!(check(std::slice::from_ref(field), &body, mode).is_err(), "{}", field.name);
            }
        }
    }
}

#[test]
fn an_action_that_asks_for_a_reason_is_refused_without_one() {
    for of in TYPES {
        for action in of.descriptor().actions {
            let outcomes = moments(*of).into_iter().filter(|record| {
                record.summary().is_some_and(|now| action.from.contains(&now.status))
            });
            for record in outcomes {
                let intent = Intent::Act(action.name, complete(action.fields));
                let refused = record.decide(&intent, &because(None)).is_err();
                assert_eq!(refused, action.reason == Reason::Required, "{}", action.name);
                assert!(record.decide(&intent, &because(Some("asked for"))).is_ok());
            }
        }
    }
}

/// Counted are the rules that a request can meet, not the variants that are written down.
#[test]
fn customers_and_todos_have_real_rules() {
    for name in ["customer", "todo"] {
        let of = TYPES.iter().find(|of| of.descriptor().name == name).unwrap();
        let met = rules_met(*of);
        assert!(met.len() >= 5, "{name} has too few rules: {met:?}");
        assert!(!met.contains(""), "a rule of {name} has no name");
    }
}

/// The rules that say no when each plain intent is tried at each moment of the histories.
fn rules_met(of: &dyn AnyType) -> BTreeSet<String> {
    let descriptor = of.descriptor();
    let mut intents = vec![Intent::Create(complete(descriptor.fields))];
    intents.push(Intent::Edit(cleared(descriptor.fields)));
    let filled_in = descriptor.fields.iter().filter(|field| !field.read_only);
    intents.extend(filled_in.map(|field| Intent::Edit(only(field))));
    let actions = descriptor.actions.iter();
    intents.extend(actions.map(|action| Intent::Act(action.name, complete(action.fields))));
    let tried = moments(of).into_iter().flat_map(|record| {
        intents
            .iter()
            .filter_map(move |intent| record.decide(intent, &because(None)).err())
            .collect::<Vec<_>>()
    });
    tried.map(|refusal| refusal.rule).collect()
}

/// The record before, between and after the events of the histories.
fn moments(of: &dyn AnyType) -> Vec<Box<dyn crate::AnyRecord>> {
    let mut moments = vec![of.empty()];
    for history in histories(of) {
        let mut record = of.empty();
        for event in history {
            record.apply(&event).unwrap();
            moments.push(record.boxed_clone());
        }
    }
    moments
}

fn because(reason: Option<&str>) -> Origin {
    Origin {
        actor: ActorId::parse("ann").unwrap(),
        now: Instant::from_millis(0),
        reason: reason.map(str::to_owned),
    }
}

/// Something in every field.
fn complete(fields: &[Field]) -> Input {
    let filled_in = fields.iter().filter(|field| !field.read_only);
    let body = filled_in.map(|field| (field.name.to_owned(), sample(&field.kind))).collect();
    check(fields, &body, Mode::Whole).unwrap()
}

/// A patch that sets one field; of a group, its first.
fn only(field: &Field) -> Input {
    let body = Map::from_iter([(field.name.to_owned(), sample(&field.kind))]);
    check(std::slice::from_ref(field), &body, Mode::Patch).unwrap()
}

/// A patch that clears every field that can be absent.
fn cleared(fields: &[Field]) -> Input {
    let optional = fields.iter().filter(|field| !field.required && !field.read_only);
    let body = optional.map(|field| (field.name.to_owned(), Value::Null)).collect();
    check(fields, &body, Mode::Patch).unwrap()
}

fn sample(kind: &Kind) -> Value {
    match kind {
        Kind::Line { .. } | Kind::Text { .. } => json!("Something"),
        Kind::Email => json!("somebody@example.org"),
        Kind::Phone => json!("+43 1 2345"),
        Kind::Date => json!("2026-12-24"),
        Kind::Person => json!("zoe"),
        Kind::Reference { .. } => json!("R-9"),
        Kind::Tags { .. } => json!(["one"]),
        Kind::Group { fields } => {
            let first = fields.iter().take(1);
            first.map(|field| (field.name.to_owned(), sample(&field.kind))).collect()
        }
    }
}
