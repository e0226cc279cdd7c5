//! What screens, filters, the command line and OpenAPI say of people, and what admins do with them.

use crate::{Action, Descriptor, Field, Keeping, Kind, Reason, Status};

/// As many groups as there may ever be, and the longest name that Cognito takes (API reference,
/// `GroupType`, read 2026-11-24).
const GROUPS: Kind = Kind::Tags { max_items: 20, max: 128 };

pub(super) const DESCRIPTOR: Descriptor = Descriptor {
    name: "person",
    plural: "people",
    label: "Person",
    plural_label: "People",
    title: "display_name",
    statuses: &[
        Status { name: "invited", label: "Invited", ended: false },
        Status { name: "active", label: "Active", ended: false },
        Status { name: "removed", label: "Removed", ended: true },
    ],
    fields: &[
        Field::optional("display_name", "Name", Kind::Line { max: 100 })
            .required()
            .listed()
            .such_as("Lily Ari"),
        Field::optional("email", "E-mail", Kind::Email).listed(),
        Field::optional("locale", "Language", Kind::Line { max: 35 }).such_as("de-AT"),
        Field::optional("time_zone", "Time zone", Kind::Line { max: 64 }).such_as("Europe/Vienna"),
        Field::optional("groups", "Rights", GROUPS).read_only(),
    ],
    actions: &[],
    ending: None,
    reinstating: None,
    keeping: Keeping::ThePersonThemselves,
};

/// What the directory says of the person comes first, because the log may not know them yet.
const PERSON: Field = Field::optional("person", "Person", Kind::Person).required();
const NAME: Field = Field::optional("display_name", "Name", Kind::Line { max: 100 }).required();
const EMAIL: Field = Field::optional("email", "E-mail", Kind::Email);
const HELD: Field = Field::optional("held", "Rights held", GROUPS);
const GRANT: Field = Field::optional("grant", "Rights to grant", GROUPS);
const REVOKE: Field = Field::optional("revoke", "Rights to revoke", GROUPS);

pub(super) const ADMINISTRATION: &[Action] = {
    const NOT_REMOVED: &[&str] = &["invited", "active"];
    &[
        order("invite", "Invite", &["removed"], &[PERSON, NAME, EMAIL, HELD, GRANT]),
        order("regrant", "Change rights", NOT_REMOVED, &[PERSON, NAME, EMAIL, HELD, GRANT, REVOKE]),
        order("remove", "Take out", NOT_REMOVED, &[PERSON, NAME, EMAIL, HELD]),
    ]
};

const fn order(
    name: &'static str,
    label: &'static str,
    from: &'static [&'static str],
    fields: &'static [Field],
) -> Action {
    Action { name, label, from, reason: Reason::Optional, fields }
}
