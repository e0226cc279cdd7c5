//! Who may do what, by the groups of the access token. Denied by default.

use events::{Field, Kind};

/// Something one may be allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    /// Nothing is asked, not even a token.
    Open,
    /// Any valid access token of this workspace.
    SignedIn,
    /// Read records and their history.
    Read,
    /// Create and change records.
    Write,
    /// Read everything of the tenant, the audit routes included.
    Audit,
    /// Act on the deployment; see keys, errors and counts, never contents.
    Operate,
    /// Say who is in the workspace.
    Administer,
}

impl Right {
    /// Its name in lower case, as callers read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::SignedIn => "signedin",
            Self::Read => "read",
            Self::Write => "write",
            Self::Audit => "audit",
            Self::Operate => "operate",
            Self::Administer => "administer",
        }
    }
}

/// What each group may do, besides what every signed-in person may.
pub const GROUPS: &[(&str, &[Right])] = &[
    ("viewers", &[Right::Read]),
    ("editors", &[Right::Read, Right::Write]),
    ("auditors", &[Right::Read, Right::Audit]),
    ("operators", &[Right::Operate]),
    ("admins", &[Right::Read, Right::Write, Right::Audit, Right::Operate, Right::Administer]),
];

/// What somebody without a tenant may do in the workspace that is their own.
pub(crate) const OWN_WORKSPACE: &[Right] = &[Right::Read, Right::Write, Right::Audit];

/// What the members of these groups may do.
pub fn rights_of<'a>(groups: impl Iterator<Item = &'a str>) -> Vec<Right> {
    let mut rights = vec![Right::Open, Right::SignedIn];
    for group in groups {
        let granted = GROUPS.iter().filter(|(name, _)| *name == group);
        rights.extend(granted.flat_map(|(_, rights)| rights.iter().copied()));
    }
    rights.sort();
    rights.dedup();
    rights
}

/// A list of groups. As many as there may ever be, and the longest name that Cognito takes (API
/// reference, `GroupType`, read 2026-11-24).
const RIGHTS: Kind = Kind::Tags { max_items: 20, max: 128 };

/// What an admin says of somebody who is invited, besides the reason.
pub const INVITATION: &[Field] = &[
    Field::optional("email", "E-mail", Kind::Email).required(),
    Field::optional("display_name", "Name", Kind::Line { max: 100 }),
    Field::optional("groups", "Rights", RIGHTS),
];

/// What an admin says of rights that change, besides the reason.
pub const CHANGE: &[Field] = &[
    Field::optional("grant", "Rights to grant", RIGHTS),
    Field::optional("revoke", "Rights to revoke", RIGHTS),
];
