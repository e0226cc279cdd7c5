//! What screens, filters, the command line and OpenAPI say of invoices.

use crate::{Action, Descriptor, Field, Keeping, Kind, Reason, Status};

pub(super) const DESCRIPTOR: Descriptor = Descriptor {
    name: "invoice",
    plural: "invoices",
    label: "Invoice",
    plural_label: "Invoices",
    title: "subject",
    statuses: &[
        Status { name: "draft", label: "Draft", ended: false },
        Status { name: "issued", label: "Issued", ended: false },
        Status { name: "paid", label: "Paid", ended: false },
        Status { name: "cancelled", label: "Cancelled", ended: true },
    ],
    fields: &[
        Field::optional("subject", "Subject", Kind::Line { max: 200 })
            .required()
            .listed()
            .such_as("Consulting in May"),
        Field::optional("customer_id", "Customer", Kind::Reference { to: "customer" }).listed(),
        Field::optional("total", "Total", Kind::Line { max: 24 }).listed().such_as("1250.00 EUR"),
        Field::optional("due_on", "Due", Kind::Date).listed(),
        Field::optional("notes", "Notes", Kind::Text { max: 2_000 }).such_as("Two days."),
    ],
    actions: &[
        Action {
            name: "issue",
            label: "Issue",
            from: &["draft"],
            reason: Reason::Optional,
            fields: &[],
        },
        Action {
            name: "pay",
            label: "Mark as paid",
            from: &["issued"],
            reason: Reason::Optional,
            fields: &[Field::optional("paid_on", "Paid on", Kind::Date).required()],
        },
        Action {
            name: "cancel",
            label: "Cancel",
            from: &["draft", "issued"],
            reason: Reason::Required,
            fields: &[],
        },
    ],
    ending: Some("cancel"),
    reinstating: None,
    keeping: Keeping::Editors,
};
