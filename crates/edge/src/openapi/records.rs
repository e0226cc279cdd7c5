//! The operations of record types: for each type its own, with its own schemas.

use super::operations::{Told, answer};
use super::parameters::{WRITING, named};
use super::schema;
use super::types::{action_body, name};
use crate::{Kind, Route};
use events::{Action, Descriptor, Keeping, Reason, Registry};
use serde_json::{Map, Value, json};

/// One operation for each type.
pub(super) fn each(
    route: &Route,
    registry: &Registry,
    told: impl Fn(&Route, &'static Descriptor) -> Told,
) -> Vec<Told> {
    registry.types().iter().map(|of| told(route, of.of.descriptor())).collect()
}

/// One operation for each type whose records editors keep.
pub(super) fn each_kept(
    route: &Route,
    registry: &Registry,
    told: impl Fn(&Route, &'static Descriptor) -> Told,
) -> Vec<Told> {
    let descriptors = registry.types().iter().map(|of| of.of.descriptor());
    let kept = descriptors.filter(|descriptor| descriptor.keeping == Keeping::Editors);
    kept.map(|descriptor| told(route, descriptor)).collect()
}

/// One operation for each action of each type.
pub(super) fn each_action(route: &Route, registry: &Registry) -> Vec<Told> {
    let descriptors = registry.types().iter().map(|of| of.of.descriptor());
    let kept = descriptors.filter(|descriptor| descriptor.keeping == Keeping::Editors);
    kept.flat_map(|descriptor| {
        descriptor.actions.iter().map(move |action| act(route, descriptor, action))
    })
    .collect()
}

/// `DELETE`, for each type whose records end.
pub(super) fn each_ending(route: &Route, registry: &Registry) -> Vec<Told> {
    let descriptors = registry.types().iter().map(|of| of.of.descriptor());
    let kept = descriptors.filter(|descriptor| descriptor.keeping == Keeping::Editors);
    kept.filter_map(|descriptor| {
        let ending = descriptor.ending.and_then(|name| descriptor.action(name))?;
        Some(end(route, descriptor, ending))
    })
    .collect()
}

pub(super) fn begun(route: &Route, descriptor: &Descriptor, id: String, summary: String) -> Told {
    Told {
        path: route.path.replace("{plural}", descriptor.plural),
        id,
        tag: descriptor.plural_label.to_owned(),
        summary,
        description: String::new(),
        parameters: Vec::new(),
        body: None,
        answers: Vec::new(),
        problems: &[],
    }
}

/// `a customer`, `an invoice`.
pub(super) fn one(descriptor: &Descriptor) -> String {
    let label = descriptor.label.to_lowercase();
    let article = if label.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {label}")
}

pub(super) fn list(route: &Route, descriptor: &'static Descriptor) -> Told {
    let plural = descriptor.plural_label.to_lowercase();
    let ended: Vec<&str> =
        descriptor.statuses.iter().filter(|status| status.ended).map(|s| s.name).collect();
    let left_out = if ended.is_empty() {
        String::new()
    } else {
        format!(
            " Those that are {} are listed only when `status` asks for them.",
            ended.join(" or ")
        )
    };
    let statuses: Vec<&str> = descriptor.statuses.iter().map(|status| status.name).collect();
    let status = json!({
        "name": "status", "in": "query", "description": "Only records of this status.",
        "schema": {"type": "string", "enum": statuses},
    });
    let mut parameters = vec![status];
    parameters.extend(named(&["Owner", "Sort", "Seen", "Cursor", "Limit", "Traceparent"]));
    let page = schema(&format!("{}Page", name(descriptor)));
    Told {
        description: format!(
            "A page, in the order of the last change.{left_out} A list follows the writes within a \
             moment; `seen` puts the caller's own in at once."
        ),
        parameters,
        answers: vec![(200, answer("A page of the list.", &page, &[]))],
        problems: &[Kind::InvalidParameter, Kind::InvalidCursor, Kind::CursorGone],
        ..begun(route, descriptor, format!("list_{}", descriptor.plural), format!("List {plural}"))
    }
}

pub(super) fn create(route: &Route, descriptor: &'static Descriptor) -> Told {
    let (schema_of, one) = (name(descriptor), one(descriptor));
    let id = format!("create_{}", descriptor.name);
    Told {
        description:
            "Makes a record of version 1. Sent again with its `Idempotency-Key`, the request \
                      makes no second one."
                .to_owned(),
        parameters: named(&WRITING),
        body: Some(body(true, &["application/json"], &schema(&format!("{schema_of}New")))),
        answers: vec![(
            201,
            answer(
                "It was made.",
                &schema(&schema_of),
                &["ETag", "Location", "IdempotencyReplayed"],
            ),
        )],
        problems: &[
            Kind::InvalidParameter,
            Kind::InvalidHeader,
            Kind::IdTaken,
            Kind::RecordBusy,
            Kind::CommitTooLarge,
            Kind::Rule,
            Kind::KeyReused,
            Kind::StateTooLarge,
        ],
        ..begun(route, descriptor, id, format!("Create {one}"))
    }
}

pub(super) fn get(route: &Route, descriptor: &'static Descriptor) -> Told {
    let id = format!("get_{}", descriptor.name);
    Told {
        description:
            "The record as it is now, strongly consistent; or as it was at a `version`, or `at` an \
                      instant. Only one of the three parameters may be given."
                .to_owned(),
        parameters: named(&["Id", "MinVersion", "AtVersion", "At", "IfNoneMatch", "Traceparent"]),
        answers: vec![
            (200, answer("The record.", &schema(&name(descriptor)), &["ETag"])),
            (304, unchanged()),
        ],
        problems: &[Kind::InvalidParameter, Kind::InvalidHeader, Kind::NotFound],
        ..begun(route, descriptor, id, format!("Get {}", one(descriptor)))
    }
}

pub(super) fn edit(route: &Route, descriptor: &'static Descriptor) -> Told {
    let id = format!("edit_{}", descriptor.name);
    let patch = schema(&format!("{}Patch", name(descriptor)));
    let types = ["application/merge-patch+json", "application/json"];
    Told {
        description: "Changes fields, all or none. Where nothing changes, there is no new version."
            .to_owned(),
        parameters: changing("IfMatchNeeded"),
        body: Some(body(true, &types, &patch)),
        answers: changed(descriptor),
        problems: &[
            Kind::InvalidParameter,
            Kind::InvalidHeader,
            Kind::NotFound,
            Kind::VersionMismatch,
            Kind::CommitTooLarge,
            Kind::Rule,
            Kind::KeyReused,
            Kind::StateTooLarge,
            Kind::VersionRequired,
        ],
        ..begun(route, descriptor, id, format!("Edit {}", one(descriptor)))
    }
}

fn act(route: &Route, descriptor: &'static Descriptor, action: &'static Action) -> Told {
    let id = format!("{}_{}", action.name, descriptor.name);
    let summary = format!("{} {}", action.label, one(descriptor));
    let begun = begun(route, descriptor, id, summary);
    Told {
        path: begun.path.replace("{action}", action.name),
        ..performed(begun, descriptor, action)
    }
}

fn end(route: &Route, descriptor: &'static Descriptor, ending: &'static Action) -> Told {
    let id = format!("end_{}", descriptor.name);
    let begun = begun(route, descriptor, id, format!("End {}", one(descriptor)));
    let told = performed(begun, descriptor, ending);
    let description = format!(
        "The same as the action `{}`: the record stays, and so does its history. {}",
        ending.name, told.description
    );
    Told { description, ..told }
}

/// What performing an action takes and answers.
fn performed(begun: Told, descriptor: &'static Descriptor, action: &'static Action) -> Told {
    let from: Vec<String> = action.from.iter().map(|status| format!("`{status}`")).collect();
    let reason = match action.reason {
        Reason::Required => " A reason is needed: in the body, or as `X-Change-Reason`.",
        Reason::Optional => "",
    };
    let needs_body = action.fields.iter().any(|field| field.required);
    Told {
        description: format!(
            "From the status {}.{reason} If it is done already, nothing happens.",
            from.join(" or ")
        ),
        parameters: changing("IfMatch"),
        body: Some(body(needs_body, &["application/json"], &action_body(action.fields))),
        answers: changed(descriptor),
        problems: &[
            Kind::InvalidParameter,
            Kind::InvalidHeader,
            Kind::NotFound,
            Kind::RecordBusy,
            Kind::VersionMismatch,
            Kind::CommitTooLarge,
            Kind::Rule,
            Kind::KeyReused,
            Kind::StateTooLarge,
        ],
        ..begun
    }
}

pub(super) fn history(route: &Route, descriptor: &'static Descriptor) -> Told {
    let id = format!("read_{}_history", descriptor.name);
    Told {
        description:
            "Every change of the record: who, when, why, and what it was before and after. A page looks \
             through a bounded number of changes: with a filter it may hold fewer than `limit`, even none, \
             and still a `next_cursor`. A change that cannot be read is shown whatever is asked for, since \
             it may be meant."
                .to_owned(),
        parameters: named(&[
            "Id", "FromVersion", "ToVersion", "Since", "Until", "Actor", "ChangedField", "Event",
            "Order", "Include", "Cursor", "Limit", "Traceparent",
        ]),
        answers: vec![(200, answer("A page of the history.", &schema("HistoryPage"), &[]))],
        problems: &[Kind::InvalidParameter, Kind::InvalidCursor, Kind::NotFound, Kind::NewerBuild],
        ..begun(route, descriptor, id, format!("Read the history of {}", one(descriptor)))
    }
}

pub(super) fn commit(route: &Route, descriptor: &'static Descriptor) -> Told {
    let id = format!("read_{}_commit", descriptor.name);
    Told {
        description: "The change that made this version.".to_owned(),
        parameters: named(&["Id", "Version", "Include", "Traceparent"]),
        answers: vec![(200, answer("The change.", &schema("HistoryEntry"), &[]))],
        problems: &[Kind::InvalidParameter, Kind::NotFound, Kind::NewerBuild],
        ..begun(route, descriptor, id, format!("Read one change of {}", one(descriptor)))
    }
}

pub(super) fn changing(condition: &str) -> Vec<Value> {
    let mut names = vec!["Id", condition];
    names.extend(WRITING);
    named(&names)
}

fn changed(descriptor: &Descriptor) -> Vec<(u16, Value)> {
    let record = schema(&name(descriptor));
    vec![(200, answer("The record as it is now.", &record, &["ETag", "IdempotencyReplayed"]))]
}

fn unchanged() -> Value {
    json!({
        "description": "The caller has the newest version already.",
        "headers": {"ETag": super::reference("headers", "ETag")},
    })
}

/// A request's body, of some media types.
pub(super) fn body(required: bool, types: &[&str], schema: &Value) -> Value {
    let content: Map<String, Value> =
        types.iter().map(|name| ((*name).to_owned(), json!({"schema": schema}))).collect();
    json!({"required": required, "content": content})
}
