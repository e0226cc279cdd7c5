//! The append: one commit, once, whatever happens on the way.
