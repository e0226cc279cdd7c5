//! What screens, filters, the command line and OpenAPI say of to-dos.

use crate::{Action, Descriptor, Field, Keeping, Kind, Reason, Status};

pub(super) const DESCRIPTOR: Descriptor = Descriptor {
    name: "todo",
    plural: "todos",
    label: "To-do",
    plural_label: "To-dos",
    title: "title",
    statuses: &[
        Status { name: "open", label: "Open", ended: false },
        Status { name: "completed", label: "Completed", ended: false },
        Status { name: "dropped", label: "Dropped", ended: true },
    ],
    fields: &[
        Field::optional("title", "Title", Kind::Line { max: 200 })
            .required()
            .listed()
            .such_as("Call Lily"),
        Field::optional("due_on", "Due", Kind::Date).listed(),
        Field::optional("assignee", "Assignee", Kind::Person).listed(),
        Field::optional("customer_id", "Customer", Kind::Reference { to: "customer" }).listed(),
        Field::optional("notes", "Notes", Kind::Text { max: 10_000 })
            .such_as("About the new address."),
    ],
    actions: &[
        Action {
            name: "complete",
            label: "Complete",
            from: &["open"],
            reason: Reason::Optional,
            fields: &[],
        },
        Action {
            name: "reopen",
            label: "Reopen",
            from: &["completed", "dropped"],
            reason: Reason::Required,
            fields: &[],
        },
        Action {
            name: "drop",
            label: "Drop",
            from: &["open"],
            reason: Reason::Optional,
            fields: &[],
        },
    ],
    ending: Some("drop"),
    reinstating: Some("reopen"),
    keeping: Keeping::Editors,
};
