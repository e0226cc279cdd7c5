//! What screens, filters, the command line and OpenAPI say of people.

use crate::{Descriptor, Field, Keeping, Kind, Status};

pub(super) const DESCRIPTOR: Descriptor = Descriptor {
    name: "person",
    plural: "people",
    label: "Person",
    plural_label: "People",
    title: "display_name",
    statuses: &[Status { name: "active", label: "Active", ended: false }],
    fields: &[
        Field::optional("display_name", "Name", Kind::Line { max: 100 })
            .required()
            .listed()
            .such_as("Lily Ari"),
        Field::optional("email", "E-mail", Kind::Email).listed(),
        Field::optional("locale", "Language", Kind::Line { max: 35 }).such_as("de-AT"),
        Field::optional("time_zone", "Time zone", Kind::Line { max: 64 }).such_as("Europe/Vienna"),
    ],
    actions: &[],
    ending: None,
    keeping: Keeping::ThePersonThemselves,
};
