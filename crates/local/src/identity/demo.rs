//! The people of a fresh local stack.

use super::directory::{Account, Credential, Status};
use vocabulary::Instant;

/// The password of all demo people.
pub const DEMO_PASSWORD: &str = "local";

/// One of the demo people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person {
    /// How they sign in.
    pub username: &'static str,
    /// What they are called.
    pub name: &'static str,
    /// Their `sub`.
    pub sub: &'static str,
    /// Their groups at first, tenant included.
    pub groups: &'static [&'static str],
}

/// The people of a fresh local stack.
pub const DEMO_PEOPLE: &[Person] = &[
    person(
        "viewer",
        "Vera Viewer",
        "5ab1e000-0000-4000-8000-000000000001",
        &["tenant-demo", "viewers"],
    ),
    person(
        "editor",
        "Emil Editor",
        "5ab1e000-0000-4000-8000-000000000002",
        &["tenant-demo", "editors"],
    ),
    person(
        "auditor",
        "Ada Auditor",
        "5ab1e000-0000-4000-8000-000000000003",
        &["tenant-demo", "auditors"],
    ),
    person(
        "operator",
        "Otto Operator",
        "5ab1e000-0000-4000-8000-000000000004",
        &["tenant-demo", "operators"],
    ),
    person(
        "admin",
        "Anna Admin",
        "5ab1e000-0000-4000-8000-000000000005",
        &["tenant-demo", "admins"],
    ),
    person(
        "outsider",
        "Oskar Outsider",
        "5ab1e000-0000-4000-8000-000000000006",
        &["tenant-other", "editors"],
    ),
];

const fn person(
    username: &'static str,
    name: &'static str,
    sub: &'static str,
    groups: &'static [&'static str],
) -> Person {
    Person { username, name, sub, groups }
}

impl Person {
    /// Their e-mail address.
    pub fn email(&self) -> String {
        format!("{}@example.org", self.username)
    }

    /// Their account when the stack is fresh.
    pub(super) fn account(&self, now: Instant) -> Account {
        Account {
            sub: self.sub.to_owned(),
            username: self.username.to_owned(),
            email: self.email(),
            email_verified: true,
            name: Some(self.name.to_owned()),
            groups: self.groups.iter().map(|group| (*group).to_owned()).collect(),
            status: Status::Active,
            created_at: now,
            changed_at: now,
            signed_out_at: None,
            credential: Credential::Demo,
        }
    }
}
