//! What came of a sign-in: the tokens that can be renewed, and until when.

use serde::{Deserialize, Serialize};
use vocabulary::{Digest, Instant};

/// What came of one sign-in: a refresh token that is replaced each time it is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Family {
    /// Who signed in.
    pub(super) sub: String,
    /// For which client.
    pub(super) client_id: String,
    /// What was asked for.
    pub(super) scope: String,
    /// When.
    pub(super) signed_in_at: Instant,
    /// Renewing does not make it longer.
    pub(super) expires_at: Instant,
    /// Whether it was ended before.
    pub(super) revoked: bool,
    /// The digest of the refresh token that counts.
    pub(super) current: Digest,
    /// The digests of those before it, oldest first, and when each was replaced.
    pub(super) replaced: Vec<(Digest, Instant)>,
}
