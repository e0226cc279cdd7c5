//! What admins send: invitations and changes of rights, with all faults at once.

use crate::http::reason_of;
use edge::{CHANGE, Call, EmptyBody, GROUPS, INVITATION, Kind as Problems, Problem};
use events::{Field, FieldError, Input, Kind, Mode, check};
use serde_json::{Map, Value};

/// `{"email", "display_name"?, "groups"?, "reason"?}`.
#[derive(Debug)]
pub(super) struct Invitation {
    pub(super) email: String,
    pub(super) display_name: Option<String>,
    pub(super) groups: Vec<String>,
    pub(super) reason: Option<String>,
}

/// `{"grant"?, "revoke"?, "reason"?}`.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) grant: Vec<String>,
    pub(super) revoke: Vec<String>,
    pub(super) reason: Option<String>,
}

impl Invitation {
    pub(super) fn of(call: &Call) -> Result<Self, Problem> {
        let (input, reason) = read(call, EmptyBody::Refused, INVITATION)?;
        Ok(Self {
            email: input.text("email").unwrap_or_default(),
            display_name: input.text("display_name"),
            groups: input.words("groups"),
            reason,
        })
    }
}

impl Change {
    pub(super) fn of(call: &Call) -> Result<Self, Problem> {
        let (input, reason) = read(call, EmptyBody::Refused, CHANGE)?;
        let (grant, revoke) = (input.words("grant"), input.words("revoke"));
        if let Some(both) = revoke.iter().find(|group| grant.contains(group)) {
            return Err(Problem::new(Problems::Rule)
                .member("rule", "granted_and_revoked")
                .detail(format!("`{both}` cannot be granted and revoked at once")));
        }
        Ok(Self { grant, revoke, reason })
    }
}

/// Why somebody is taken out; nothing else is asked.
pub(super) fn reason_alone(call: &Call) -> Result<Option<String>, Problem> {
    read(call, EmptyBody::Allowed, &[]).map(|(_, reason)| reason)
}

fn read(
    call: &Call,
    empty: EmptyBody,
    fields: &'static [Field],
) -> Result<(Input, Option<String>), Problem> {
    call.query.only(&[])?;
    let mut body = call.object(empty)?;
    let (reason, fault) = reason_of(call, &mut body)?;
    let mut faults: Vec<FieldError> = fault.into_iter().collect();
    let input = check(fields, &body, Mode::Whole).unwrap_or_else(|more| {
        faults.extend(more);
        Input::default()
    });
    faults.extend(unknown_groups(fields, &body));
    if faults.is_empty() { Ok((input, reason)) } else { Err(Problem::fields(faults)) }
}

/// Only the groups of rights can be granted; nobody is put into another workspace here.
fn unknown_groups(fields: &[Field], body: &Map<String, Value>) -> Vec<FieldError> {
    let lists = fields.iter().filter(|field| matches!(field.kind, Kind::Tags { .. }));
    let known: Vec<&str> = GROUPS.iter().map(|(name, _)| *name).collect();
    let detail = format!("must be one of {}", known.join(", "));
    let mut faults = Vec::new();
    for field in lists {
        let words = body.get(field.name).and_then(Value::as_array).into_iter().flatten();
        for (index, word) in words.enumerate() {
            if word.as_str().is_some_and(|word| !known.contains(&word)) {
                let pointer = format!("/{}/{index}", field.name);
                faults.push(FieldError { pointer, detail: detail.clone() });
            }
        }
    }
    faults
}
