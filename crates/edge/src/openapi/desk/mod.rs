//! The operator's desk: its operations, what they ask for and what they answer.

mod asked;
mod shown;
mod table;

use super::fields::RECORD_ID;
use super::operations::{Told, answer, once};
use super::parameters::{Entry, named, optional, path};
use super::{records, schema};
use crate::{DeskOperation, Kind, Route};
use serde_json::{Value, json};
use table::TABLE;

/// The tag of what operators do.
pub(super) const OPERATIONS: &str = "Operations";
/// What the tag is about.
pub(super) const ABOUT: &str = "Views and their generations, rebuilds, parked records, failed batches, \
replays and alarms of the deployment. Operators see keys, errors and counts, never contents. Everything that \
is done here is a commit of an `operation` record in the operator's own workspace, with its reason.";

/// What can go wrong with everything that is done here.
const DOING: &[Kind] = &[
    Kind::InvalidParameter,
    Kind::InvalidHeader,
    Kind::RecordBusy,
    Kind::IdTaken,
    Kind::KeyReused,
    Kind::NewerBuild,
];
/// The same, where the path names something.
const DOING_TO: &[Kind] = &[
    Kind::InvalidParameter,
    Kind::InvalidHeader,
    Kind::NotFound,
    Kind::RecordBusy,
    Kind::IdTaken,
    Kind::KeyReused,
    Kind::NewerBuild,
];
const LISTING: &[Kind] = &[Kind::InvalidParameter, Kind::InvalidCursor];
const READING: &[Kind] = &[Kind::InvalidParameter, Kind::NotFound];

/// How an operation is asked for, and what it answers.
enum Form {
    /// Everything there is.
    All(&'static str),
    /// A page, with parameters besides cursor and limit.
    Page(&'static str, &'static [&'static str]),
    /// One thing, by the parameter of its path; none where there is but one.
    One(&'static str, Option<&'static str>),
    /// Something is done.
    Act(Act),
}

/// Something that is done.
struct Act {
    /// The schema of what is sent.
    body: &'static str,
    /// The parameter of the path, where it names something.
    parameter: Option<&'static str>,
    /// The schema of the answer.
    answer: &'static str,
    /// Whether the answer comes when it is done; else it is under way.
    at_once: bool,
    /// Whether it begins something with a place of its own.
    begins: bool,
}

/// What the document says of one operation.
struct Line {
    operation: DeskOperation,
    id: &'static str,
    summary: &'static str,
    about: &'static str,
    form: Form,
}

/// What the document says of an operation of the desk. `None` for one that the table does not have; a test
/// finds it.
pub(super) fn told(route: &Route, operation: DeskOperation) -> Option<Told> {
    let line = TABLE.iter().find(|line| line.operation == operation)?;
    let once = once(route, OPERATIONS, line.id, line.summary, line.about);
    Some(match &line.form {
        Form::All(list) => Told {
            answers: vec![(200, answer("All of them.", &schema(list), &[]))],
            problems: &[Kind::InvalidParameter],
            ..once
        },
        Form::Page(page, more) => Told {
            parameters: named(&[*more, &["Cursor", "Limit", "Traceparent"]].concat()),
            answers: vec![(200, answer("A page of them.", &schema(page), &[]))],
            problems: LISTING,
            ..once
        },
        Form::One(what, name) => {
            let names: Vec<&str> = name.iter().copied().chain(["Traceparent"]).collect();
            Told {
                parameters: named(&names),
                answers: vec![(200, answer("As it is now.", &schema(what), &[]))],
                problems: if name.is_some() { READING } else { &[Kind::InvalidParameter] },
                ..once
            }
        }
        Form::Act(act) => {
            // It names a record in its body, which may not be parked.
            let names = act.parameter.is_some() || operation == DeskOperation::SkipParked;
            Told { problems: if names { DOING_TO } else { DOING }, ..done(once, act) }
        }
    })
}

fn done(once: Told, act: &Act) -> Told {
    let headers: &[&str] =
        if act.begins { &["Location", "IdempotencyReplayed"] } else { &["IdempotencyReplayed"] };
    let status = if act.at_once { 200 } else { 202 };
    let about = if act.at_once { "As it is now." } else { "It is under way." };
    let written = ["IdempotencyKey", "CorrelationId", "CausationId", "Traceparent"];
    let names: Vec<&str> = act.parameter.into_iter().chain(written).collect();
    Told {
        parameters: named(&names),
        body: Some(records::body(true, &["application/json"], &schema(act.body))),
        answers: vec![(status, answer(about, &schema(act.answer), headers))],
        ..once
    }
}

/// What the operations ask for in their paths and queries.
pub(super) fn parameters() -> Vec<Entry> {
    let id = |description: &str| json!({"type": "string", "pattern": RECORD_ID, "description": description});
    vec![
        path("View", "view", "The view, by its name.", view_name()),
        path("Rebuild", "id", "The rebuild, by its id.", id("As in `id`.")),
        path("Replay", "id", "The replay, by its id.", id("As in `id`.")),
        path(
            "FailureKey",
            "key",
            "The batch, by its key.",
            json!({"type": "string", "pattern": "^[A-Za-z0-9_-]{1,1024}$"}),
        ),
        optional("query", "OfView", "view", "Only what belongs to this view.", view_name()),
    ]
}

/// The schema of a view's name.
fn view_name() -> Value {
    json!({"type": "string", "pattern": "^[a-z]{1,40}$", "examples": ["records"]})
}

/// What the operations send and answer.
pub(super) fn components() -> Vec<Entry> {
    asked::components().into_iter().chain(shown::components()).collect()
}
