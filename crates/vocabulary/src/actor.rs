//! Who acts, and for whom.

use crate::{ActorId, Personal, PersonalData, Subject};
use serde::{Deserialize, Serialize};

/// What kind of actor it is: the words of the `CloudEvents` extension `authcontext`
/// (`cloudevents/extensions/authcontext.md`, read 2026-11-22).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// A person who signed in to this application.
    AppUser,
    /// A machine with an account of its own.
    ServiceAccount,
    /// Annals itself.
    System,
}

/// How an actor is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ActorName(pub String);

impl PersonalData for ActorName {
    const SUBJECT: Subject = Subject::Actor;
}

/// Who made a commit. In JSON: `{"kind":"app_user","id":"6f1f…","name":"editor"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// What kind of actor it is.
    pub kind: ActorKind,
    /// The `sub` of the access token.
    pub id: ActorId,
    /// How the actor was called then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Personal<ActorName>>,
    /// On whose behalf the actor acted, where that was somebody else.
    #[serde(rename = "for", default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<ActorId>,
}
