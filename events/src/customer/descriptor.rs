//! What screens, filters, the command line and OpenAPI say of customers.

use crate::{Action, Descriptor, Field, Keeping, Kind, Reason, Status};

pub(super) const DESCRIPTOR: Descriptor = Descriptor {
    name: "customer",
    plural: "customers",
    label: "Customer",
    plural_label: "Customers",
    title: "name",
    statuses: &[
        Status { name: "active", label: "Active", ended: false },
        Status { name: "archived", label: "Archived", ended: true },
    ],
    fields: &[
        Field::optional("name", "Name", Kind::Line { max: 200 })
            .required()
            .listed()
            .such_as("Lily Ari"),
        Field::optional("email", "E-mail", Kind::Email).listed(),
        Field::optional("phone", "Phone", Kind::Phone).listed(),
        Field::optional("company", "Company", Kind::Line { max: 200 })
            .listed()
            .such_as("Ari & Sons"),
        Field::optional("address", "Address", Kind::Group { fields: ADDRESS }),
        Field::optional("notes", "Notes", Kind::Text { max: 10_000 })
            .such_as("Prefers to be called."),
        Field::optional("tags", "Tags", Kind::Tags { max_items: 20, max: 40 }).listed(),
    ],
    actions: &[
        Action {
            name: "archive",
            label: "Archive",
            from: &["active"],
            reason: Reason::Required,
            fields: &[],
        },
        Action {
            name: "reinstate",
            label: "Reinstate",
            from: &["archived"],
            reason: Reason::Optional,
            fields: &[],
        },
        Action {
            name: "hand_over",
            label: "Hand over",
            from: &["active"],
            reason: Reason::Optional,
            fields: &[Field::optional("to", "New owner", Kind::Person).required()],
        },
    ],
    ending: Some("archive"),
    reinstating: Some("reinstate"),
    keeping: Keeping::Editors,
};

const ADDRESS: &[Field] = &[
    Field::optional("line1", "Street", Kind::Line { max: 200 }).such_as("Ring 1"),
    Field::optional("line2", "Addition", Kind::Line { max: 200 }),
    Field::optional("postal_code", "Postal code", Kind::Line { max: 20 }).such_as("1010"),
    Field::optional("city", "City", Kind::Line { max: 100 }).such_as("Wien"),
    Field::optional("country", "Country", Kind::Line { max: 60 }).such_as("Austria"),
];
