//! Who may do what: every route, every group, every tenant.
