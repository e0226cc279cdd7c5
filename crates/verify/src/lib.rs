//! Verifies a log from its stored bytes: that every text is the one that was hashed, every commit
//! follows the one before it, none is missing, each stands where it says, and the log still holds
//! what others have seen of it.
//!
//! Pure: items in, findings and counts out, no I/O. It shares no code with the writer but SHA-256
//! and the forms of ids, and never writes a text anew: `h(n) = SHA-256("annals:commit:v1\0" ‖ h(n-1)
//! ‖ text)` is computed over the bytes as they are stored. The format is docs/format.md.
//!
//! # Which fault is which
//!
//! | Fault | What it means |
//! |---|---|
//! | `content` | a text is no commit, or has another hash than its export line tells, or than its successor was made after while the successor itself is as *its* successor (or a head) saw it |
//! | `link` | a commit was not made after the one before it, and nothing tells which of the two was changed; or a first commit that does not begin its record |
//! | `gap` | a number is missing or there twice; a file of an export is missing |
//! | `key_mismatch` | an item whose keys (record, version, commit id, day and shard) are not those of its text |
//! | `head` | a commit that was seen elsewhere is gone, or has another hash |
//!
//! A text that cannot be hashed, or that belongs elsewhere, is told once and linked to nothing: the
//! links on both of its sides are then not counted.
//!
//! # What a chain cannot say
//!
//! The hash of a commit stands in the next one. So the chain by itself misses whatever it does to
//! the end of a record: an edit of the last commit, a cut end, a whole record deleted, a record that
//! was written and chained anew, a commit appended by somebody who may write the table. All but the
//! last are found as `head` when the log is compared with what was seen elsewhere before: a
//! view's row, until the view follows the changed log; an export, or the digests of an answer, for ever. A
//! forged append is in no way different from a commit. The table in docs/format.md has each attack
//! with what is found, and `tests/verify/attacks.rs` carries them out and holds the table against it.

mod chain;
mod commit;
mod export;
mod finding;
#[cfg(test)]
mod tests;
mod told;
mod verifier;

pub use commit::{Beside, Stored, commit_hash};
pub use export::{Export, FileFormat, ManifestError, names_a_file};
pub use finding::{FINDINGS_KEPT, Fault, Finding, Report};
pub use verifier::{Extent, Head, Verifier};
