//! The description of a record type, from which screens, filters, the command line and OpenAPI are
//! generated. Served at `/api/v1/meta/types`.

use serde::Serialize;

/// A record type, described.
#[derive(Debug, Clone, Serialize)]
pub struct Descriptor {
    /// The singular, as stored and published: `customer`.
    pub name: &'static str,
    /// The plural, as in paths: `customers`.
    pub plural: &'static str,
    /// The singular for people.
    pub label: &'static str,
    /// The plural for people.
    pub plural_label: &'static str,
    /// The field that names a record in a list.
    pub title: &'static str,
    /// Every status a record can have, in the order in which a reader expects them.
    pub statuses: &'static [Status],
    /// The fields that people fill in, and those that only tell.
    pub fields: &'static [Field],
    /// What can be done with a record besides editing it.
    pub actions: &'static [Action],
    /// The action that `DELETE` stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ending: Option<&'static str>,
    /// The action that takes a record back from where it cannot be changed: restoring a former version
    /// begins with it. Its body has no required fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reinstating: Option<&'static str>,
    /// Who keeps records of this type.
    pub keeping: Keeping,
}

/// Who keeps the records of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Keeping {
    /// Editors, through the routes of the type.
    Editors,
    /// Each person their own, through `PUT /me`; admins through the orders of
    /// [`crate::RecordType::ADMINISTRATION`].
    ThePersonThemselves,
    /// Annals itself, see [`crate::SYSTEM`]: no request reaches them.
    System,
}

/// One status.
#[derive(Debug, Clone, Serialize)]
pub struct Status {
    /// As in JSON: `archived`.
    pub name: &'static str,
    /// For people.
    pub label: &'static str,
    /// Whether the record has ended: lists leave it out unless the status is asked for.
    pub ended: bool,
}

/// One field.
#[derive(Debug, Clone, Serialize)]
pub struct Field {
    /// As in JSON: `due_on`.
    pub name: &'static str,
    /// For people.
    pub label: &'static str,
    /// What it holds.
    #[serde(flatten)]
    pub kind: Kind,
    /// Whether a record cannot be without it.
    pub required: bool,
    /// Whether lists show it.
    pub listed: bool,
    /// What could stand in it, for the API's description.
    #[serde(skip)]
    pub example: Option<&'static str>,
    /// Whether it is only told: nobody fills it in, it follows from what is done with the record.
    #[serde(skip_serializing_if = "is_filled_in")]
    pub read_only: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_filled_in(read_only: &bool) -> bool {
    !read_only
}

/// What a field holds. Lengths count Unicode characters.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// One line of text.
    Line {
        /// The most characters.
        max: usize,
    },
    /// Text with line breaks.
    Text {
        /// The most characters.
        max: usize,
    },
    /// An e-mail address: one `@` with something on both sides, no spaces, at most 254 characters.
    Email,
    /// A telephone number: digits, spaces and `+ - ( ) / .`, 3 to 40 characters.
    Phone,
    /// A day of the calendar: `2026-11-22`.
    Date,
    /// A person of the workspace, by id.
    Person,
    /// Another record, by id. Its existence is not checked: no rule spans two records.
    Reference {
        /// The type of that record.
        to: &'static str,
    },
    /// A set of short words.
    Tags {
        /// The most words.
        max_items: usize,
        /// The most characters of one.
        max: usize,
    },
    /// Fields that belong together.
    Group {
        /// The fields.
        fields: &'static [Field],
    },
}

/// Something that can be done with a record.
#[derive(Debug, Clone, Serialize)]
pub struct Action {
    /// As in the path: `archive`.
    pub name: &'static str,
    /// For people.
    pub label: &'static str,
    /// The statuses in which it is offered. The rules decide; this only helps screens.
    pub from: &'static [&'static str],
    /// Whether a reason has to be given.
    pub reason: Reason,
    /// The fields of its body besides `reason`.
    pub fields: &'static [Field],
}

/// Whether a reason has to be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It may be given.
    Optional,
    /// A rule of the type asks for it.
    Required,
}

impl Descriptor {
    /// Names of metadata, which no field may take.
    pub const RESERVED_FIELDS: &'static [&'static str] = &[
        "id",
        "type",
        "version",
        "status",
        "owner",
        "created_at",
        "created_by",
        "changed_at",
        "changed_by",
        "reason",
        "valid_from",
        "valid_to",
        "provisional",
        "stale",
    ];
    /// What already stands where an action's name would: `POST /customers/{id}/restore`; and what in
    /// the names of the API's operations does: `edit_customer`. No action may take these.
    pub const RESERVED_ACTIONS: &'static [&'static str] = &[
        "history", "diff", "blame", "restore", "rights", "create", "get", "edit", "end", "list",
        "read",
    ];
    /// First parts of paths that are no record type.
    pub const RESERVED_PLURALS: &'static [&'static str] =
        &["audit", "operations", "meta", "me", "health", "openapi.json", "local"];

    /// The action of that name.
    pub fn action(&self, name: &str) -> Option<&'static Action> {
        self.actions.iter().find(|action| action.name == name)
    }

    /// Whether lists show the field of that name.
    pub fn lists(&self, name: &str) -> bool {
        self.fields.iter().any(|field| field.name == name && field.listed)
    }

    /// The status of that name.
    pub fn status(&self, name: &str) -> Option<&'static Status> {
        self.statuses.iter().find(|status| status.name == name)
    }
}

impl Field {
    /// A field that may be absent and that lists leave out.
    pub const fn optional(name: &'static str, label: &'static str, kind: Kind) -> Self {
        Self { name, label, kind, required: false, listed: false, example: None, read_only: false }
    }

    /// The same field, shown in lists.
    #[must_use]
    pub const fn listed(mut self) -> Self {
        self.listed = true;
        self
    }

    /// The same field, told and never filled in.
    #[must_use]
    pub const fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// The same field, with something that could stand in it.
    #[must_use]
    pub const fn such_as(mut self, example: &'static str) -> Self {
        self.example = Some(example);
        self
    }

    /// The same field, never absent.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }
}
