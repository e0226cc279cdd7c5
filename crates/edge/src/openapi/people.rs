//! Who is in the workspace: the operations of admins, and what they send.

use super::fields::{properties, reason};
use super::operations::{Told, answer};
use super::parameters::{WRITING, named};
use super::{records, requiring, schema, with};
use crate::rights::{CHANGE, GROUPS, INVITATION};
use crate::{Kind, Operation, Route};
use events::{Field, Kind as Holds, Mode};
use serde_json::{Map, Value, json};

/// The tag of what admins do.
pub(super) const RIGHTS: &str = "Rights";

/// What goes wrong with everything that writes here.
const PROBLEMS: &[Kind] = &[
    Kind::InvalidParameter,
    Kind::InvalidHeader,
    Kind::NotFound,
    Kind::BelongsElsewhere,
    Kind::RecordBusy,
    Kind::Rule,
    Kind::KeyReused,
    Kind::StateTooLarge,
    Kind::NewerBuild,
];

/// The operation of a route; `None` for a route that is not one of these.
pub(super) fn told(route: &Route) -> Option<Told> {
    match route.operation {
        Operation::ListRights => Some(list(route)),
        Operation::ReadRights => Some(read(route)),
        Operation::InvitePerson => Some(invite(route)),
        Operation::ChangeRights => Some(change(route)),
        Operation::RemovePerson => Some(remove(route)),
        Operation::Health
        | Operation::ReadOpenApi
        | Operation::ListTypes
        | Operation::CountRecords
        | Operation::ReadMyself
        | Operation::KeepMyself
        | Operation::ListRecords
        | Operation::CreateRecord
        | Operation::GetRecord
        | Operation::EditRecord
        | Operation::EndRecord
        | Operation::ActOnRecord
        | Operation::ReadHistory
        | Operation::ReadCommit
        | Operation::SearchCommits
        | Operation::ReadCorrelation
        | Operation::ListAlarms
        | Operation::ListHeads
        | Operation::ReadStored
        | Operation::RequestExport
        | Operation::ListExports
        | Operation::ReadExport
        | Operation::StartVerification
        | Operation::FinishVerification
        | Operation::DiffRecord
        | Operation::BlameRecord
        | Operation::RestoreRecord
        | Operation::AtDesk(_) => None,
    }
}

fn list(route: &Route) -> Told {
    let about_it = "Everybody in the workspace, by e-mail address, with their rights as their next \
                    token will tell them.";
    Told {
        answers: vec![(200, answer("Everybody.", &schema("PeopleRights"), &[]))],
        problems: &[Kind::InvalidParameter],
        ..about(route, "list_rights", "List who may do what", about_it)
    }
}

fn read(route: &Route) -> Told {
    let about_it = "Somebody's rights as their next token will tell them. Who granted them, when and \
                    why is in the person's history.";
    Told {
        parameters: named(&["Id", "Traceparent"]),
        answers: vec![(200, answer("What they may do.", &schema("PersonRights"), &[]))],
        problems: &[Kind::InvalidParameter, Kind::NotFound],
        ..about(route, "read_rights", "What may they do?", about_it)
    }
}

fn invite(route: &Route) -> Told {
    let about_it = "Sends an invitation to whoever is not known yet, adds who is known and belongs \
                    nowhere, and grants what is missing to who is there already. Nobody belongs to \
                    two workspaces. What broke off is completed by the same request.";
    let headers = ["Location", "IdempotencyReplayed"];
    let made = answer("They were invited.", &schema("PersonRights"), &headers);
    Told {
        parameters: named(&WRITING),
        body: Some(records::body(true, &["application/json"], &schema("Invitation"))),
        answers: vec![(200, written()), (201, made)],
        problems: PROBLEMS,
        ..about(route, "invite_person", "Invite somebody", about_it)
    }
}

fn change(route: &Route) -> Told {
    let about_it = "Tokens tell of a granted right from the next one on. Whoever loses a right is \
                    signed out; an access token that they have lasts until it expires. A workspace \
                    keeps an admin. What broke off is completed by the same request.";
    Told {
        parameters: written_about(),
        body: Some(records::body(true, &["application/json"], &schema("RightsChange"))),
        answers: vec![(200, written())],
        problems: PROBLEMS,
        ..about(route, "change_rights", "Grant and revoke", about_it)
    }
}

fn remove(route: &Route) -> Told {
    let about_it = "Out of the workspace and of all their rights; their record stays, and so does what \
                    they did. They can be invited again. What broke off is completed by the same \
                    request.";
    Told {
        parameters: written_about(),
        body: Some(records::body(false, &["application/json"], &schema("Removal"))),
        answers: vec![(200, written())],
        problems: PROBLEMS,
        ..about(route, "remove_person", "Take somebody out", about_it)
    }
}

fn written() -> Value {
    answer("What they may do now.", &schema("PersonRights"), &["IdempotencyReplayed"])
}

fn about(route: &Route, id: &str, summary: &str, description: &str) -> Told {
    super::operations::once(route, RIGHTS, id, summary, description)
}

fn written_about() -> Vec<Value> {
    let mut names = vec!["Id"];
    names.extend(WRITING);
    named(&names)
}

/// What admins send, and the list that they get.
pub(super) fn components() -> [(String, Value); 4] {
    let items = json!({"type": "array", "items": schema("PersonRights")});
    let list = json!({
        "type": "object", "properties": {"items": items}, "required": ["items"],
    });
    [
        ("Invitation".to_owned(), body(INVITATION)),
        ("RightsChange".to_owned(), body(CHANGE)),
        ("Removal".to_owned(), body(&[])),
        ("PeopleRights".to_owned(), list),
    ]
}

/// A body with a reason, in which lists name rights.
fn body(fields: &[Field]) -> Value {
    let mut all: Map<String, Value> = properties(fields, Mode::Whole);
    let names: Vec<&str> = GROUPS.iter().map(|(name, _)| *name).collect();
    for field in fields.iter().filter(|field| matches!(field.kind, Holds::Tags { .. })) {
        if let Some(list) = all.get_mut(field.name).and_then(Value::as_object_mut) {
            list.insert("items".to_owned(), json!({"type": "string", "enum": names}));
            list.insert("description".to_owned(), "Rights, by their groups.".into());
            let example = if field.name == "revoke" { "viewers" } else { "editors" };
            list.insert("examples".to_owned(), json!([[example]]));
        }
    }
    all.insert("reason".to_owned(), reason());
    let required: Vec<&str> =
        fields.iter().filter(|field| field.required).map(|field| field.name).collect();
    let object = json!({"type": "object", "additionalProperties": false});
    requiring(with(object, "properties", all), &required)
}
