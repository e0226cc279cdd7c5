//! What is published: everything, at least once.
