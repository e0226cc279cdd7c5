//! What there is to say of an access record. Nothing is drawn from it: the type has no routes and no
//! screens of its own.

use crate::{Descriptor, Keeping};

pub(super) const DESCRIPTOR: Descriptor = Descriptor {
    name: "access",
    plural: "accesses",
    label: "Access",
    plural_label: "Accesses",
    title: "kind",
    statuses: &[],
    fields: &[],
    actions: &[],
    ending: None,
    reinstating: None,
    keeping: Keeping::System,
};
