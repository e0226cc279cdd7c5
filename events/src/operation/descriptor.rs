//! What there is to say of an operation record. Nothing is drawn from it: the type has no routes and no
//! screens of its own.

use crate::{Descriptor, Keeping};

pub(super) const DESCRIPTOR: Descriptor = Descriptor {
    name: "operation",
    plural: "operations",
    label: "Operation",
    plural_label: "Operations",
    title: "kind",
    statuses: &[],
    fields: &[],
    actions: &[],
    ending: None,
    reinstating: None,
    keeping: Keeping::System,
};
