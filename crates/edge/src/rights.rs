//! Who may do what, by the groups of the access token. Denied by default.

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
