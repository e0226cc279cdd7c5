//! What each operation says of itself. A new [`Operation`] is told here.

use super::parameters::{WRITING, named};
use super::{audit, desk, exports, people, records, reference, schema, time, with};
use crate::{Kind, Operation, Route};
use events::Registry;
use serde_json::{Map, Value, json};

/// The tag of what is about the caller.
pub(super) const ME: &str = "Me";
/// The tag of what is about the API.
pub(super) const ABOUT_THE_API: &str = "About";

/// What the document says of one operation, besides what holds for all.
pub(super) struct Told {
    /// The path after the server's address.
    pub(super) path: String,
    pub(super) id: String,
    pub(super) tag: String,
    pub(super) summary: String,
    pub(super) description: String,
    pub(super) parameters: Vec<Value>,
    pub(super) body: Option<Value>,
    pub(super) answers: Vec<(u16, Value)>,
    /// What can go wrong besides what can with every operation.
    pub(super) problems: &'static [Kind],
}

/// The operations that a route of the table stands for: of routes of record types one for each type.
pub(super) fn told(route: &Route, registry: &Registry) -> Vec<Told> {
    match route.operation {
        Operation::Health => vec![health(route)],
        Operation::ReadOpenApi => vec![read_openapi(route)],
        Operation::ListTypes => vec![list_types(route)],
        Operation::CountRecords => vec![count_records(route)],
        Operation::ReadMyself => vec![read_myself(route)],
        // Who a person is, the type `person` says; a build without it has none to keep.
        Operation::KeepMyself => {
            registry.by_name("person").map(|_| keep_myself(route)).into_iter().collect()
        }
        Operation::ListRights
        | Operation::InvitePerson
        | Operation::ReadRights
        | Operation::ChangeRights
        | Operation::RemovePerson => people::told(route).into_iter().collect(),
        Operation::ListRecords => records::each(route, registry, records::list),
        Operation::CreateRecord => records::each_kept(route, registry, records::create),
        Operation::GetRecord => records::each(route, registry, records::get),
        Operation::EditRecord => records::each_kept(route, registry, records::edit),
        Operation::EndRecord => records::each_ending(route, registry),
        Operation::ActOnRecord => records::each_action(route, registry),
        Operation::ReadHistory => records::each(route, registry, records::history),
        Operation::ReadCommit => records::each(route, registry, records::commit),
        Operation::SearchCommits => vec![audit::commits(route)],
        Operation::ReadCorrelation => vec![audit::correlation(route)],
        Operation::ListAlarms => vec![audit::alarms(route)],
        Operation::ListHeads => vec![audit::heads(route)],
        Operation::ReadStored => vec![audit::stored(route)],
        Operation::RequestExport => vec![exports::request(route)],
        Operation::ListExports => vec![exports::list(route)],
        Operation::ReadExport => vec![exports::read(route)],
        Operation::StartVerification => vec![exports::start_verification(route)],
        Operation::FinishVerification => vec![exports::finish_verification(route)],
        Operation::DiffRecord => records::each(route, registry, time::diff),
        Operation::BlameRecord => records::each(route, registry, time::blame),
        Operation::RestoreRecord => records::each_kept(route, registry, time::restore),
        Operation::AtDesk(operation) => desk::told(route, operation).into_iter().collect(),
    }
}

/// An operation that there is once.
pub(super) fn once(route: &Route, tag: &str, id: &str, summary: &str, description: &str) -> Told {
    Told {
        path: route.path.to_owned(),
        id: id.to_owned(),
        tag: tag.to_owned(),
        summary: summary.to_owned(),
        description: description.to_owned(),
        parameters: named(&["Traceparent"]),
        body: None,
        answers: Vec::new(),
        problems: &[],
    }
}

fn health(route: &Route) -> Told {
    let about = "That it answers, and which build does. `folds` tells two builds apart that would read \
                 the same history differently.";
    Told {
        answers: vec![(200, answer("It is there.", &schema("Health"), &[]))],
        ..once(route, ABOUT_THE_API, "health", "Is it there?", about)
    }
}

fn read_openapi(route: &Route) -> Told {
    let about =
        "This document. Generated from the routes and record types of the build that answers.";
    let document = json!({"type": "object", "required": ["openapi", "info", "paths"]});
    Told {
        answers: vec![(200, answer("An OpenAPI 3.1 document.", &document, &[]))],
        ..once(route, ABOUT_THE_API, "read_openapi", "Read this description", about)
    }
}

fn list_types(route: &Route) -> Told {
    let about = "Every record type with its fields, statuses and actions: all that a client needs to draw \
                 screens for types that it has never heard of.";
    Told {
        answers: vec![(200, answer("The types, in their order.", &schema("Types"), &[]))],
        ..once(route, ABOUT_THE_API, "list_types", "List the record types", about)
    }
}

fn count_records(route: &Route) -> Told {
    let about = "How many records the workspace has, by type and status; a status without records is \
                 left out. Follows the writes within a moment.";
    Told {
        answers: vec![(200, answer("The numbers.", &schema("Counts"), &[]))],
        problems: &[Kind::InvalidParameter],
        ..once(route, ABOUT_THE_API, "count_records", "Count the records", about)
    }
}

fn read_myself(route: &Route) -> Told {
    let about = "Who the caller is, in which workspace, with which rights. `person` is there as soon as \
                 the caller has been kept once, with `PUT /me`.";
    Told {
        answers: vec![(200, answer("The caller.", &schema("Myself"), &[]))],
        problems: &[Kind::InvalidParameter, Kind::NewerBuild],
        ..once(route, ME, "read_myself", "Who am I?", about)
    }
}

fn keep_myself(route: &Route) -> Told {
    let about = "Keeps the caller's own person, by which colleagues see them: all of it, what is left out \
                 is gone. Meant for every sign-in; where nothing changes, there is no new version.";
    let mut names = vec!["IfMatch"];
    names.extend(WRITING);
    let person = schema("Person");
    let headers = ["ETag", "IdempotencyReplayed"];
    let made = ["ETag", "Location", "IdempotencyReplayed"];
    Told {
        parameters: named(&names),
        body: Some(records::body(true, &["application/json"], &schema("PersonNew"))),
        answers: vec![
            (200, answer("The person as it is now.", &person, &headers)),
            (201, answer("The person was not kept before.", &person, &made)),
        ],
        problems: &[
            Kind::InvalidParameter,
            Kind::InvalidHeader,
            Kind::RecordBusy,
            Kind::VersionMismatch,
            Kind::CommitTooLarge,
            Kind::Rule,
            Kind::KeyReused,
            Kind::StateTooLarge,
        ],
        ..once(route, ME, "keep_myself", "Keep myself", about)
    }
}

/// An answer of JSON, with some of the document's headers.
pub(super) fn answer(description: &str, schema: &Value, headers: &[&str]) -> Value {
    let answer = json!({
        "description": description,
        "content": {"application/json": {"schema": schema}},
    });
    if headers.is_empty() {
        return answer;
    }
    let named = headers.iter().map(|name| {
        let shown = if *name == "IdempotencyReplayed" { "Idempotency-Replayed" } else { name };
        (shown.to_owned(), reference("headers", name))
    });
    with(answer, "headers", named.collect::<Map<String, Value>>())
}
