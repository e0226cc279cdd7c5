//! Verification: what the verifier, and a second one in another language, find in changed logs.

mod attacks;
mod vectors;

pub(crate) use vectors::theirs;
