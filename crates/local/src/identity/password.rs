//! Passwords, kept as what cannot be turned back.

use super::random::{self, NoRandomness};
use aws_lc_rs::{constant_time, pbkdf2};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;

/// As OWASP advises for PBKDF2 with HMAC-SHA-256 (Password Storage Cheat Sheet, read 2026-11-24).
const ITERATIONS: NonZeroU32 = match NonZeroU32::new(600_000) {
    Some(iterations) => iterations,
    None => NonZeroU32::MIN,
};
/// A password that somebody chooses has at least so many characters.
pub(super) const CHARACTERS_MIN: usize = 12;
/// More is not even hashed: Cognito takes 256 (user pool quotas, read 2026-11-24).
pub(super) const CHARACTERS_MAX: usize = 256;

/// A password's hash: `pbkdf2-sha256`, iterations, salt and hash, joined by `$`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct Hashed {
    iterations: NonZeroU32,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

/// A text that is no password's hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a password's hash is written pbkdf2-sha256$iterations$salt$hash")]
pub(super) struct NoHash;

impl Hashed {
    /// Takes about as long as a person does not notice and a guesser does.
    pub(super) fn of(password: &str) -> Result<Self, NoRandomness> {
        let salt = random::bytes::<16>()?;
        let mut hash = vec![0; 32];
        let algorithm = pbkdf2::PBKDF2_HMAC_SHA256;
        pbkdf2::derive(algorithm, ITERATIONS, &salt, password.as_bytes(), &mut hash);
        Ok(Self { iterations: ITERATIONS, salt: salt.to_vec(), hash })
    }

    /// Whether this is the password; as slow as [`Hashed::of`], whatever the answer.
    pub(super) fn is_of(&self, password: &str) -> bool {
        let (algorithm, salt) = (pbkdf2::PBKDF2_HMAC_SHA256, &self.salt);
        pbkdf2::verify(algorithm, self.iterations, salt, password.as_bytes(), &self.hash).is_ok()
    }

    /// Takes as long as a check does, so that nobody learns from the time who has an account.
    pub(super) fn of_nobody(password: &str) {
        let mut hash = [0; 32];
        let algorithm = pbkdf2::PBKDF2_HMAC_SHA256;
        pbkdf2::derive(algorithm, ITERATIONS, b"nobody's account", password.as_bytes(), &mut hash);
        std::hint::black_box(hash);
    }
}

impl From<Hashed> for String {
    fn from(hashed: Hashed) -> String {
        let (salt, hash) =
            (STANDARD_NO_PAD.encode(hashed.salt), STANDARD_NO_PAD.encode(hashed.hash));
        format!("pbkdf2-sha256${}${salt}${hash}", hashed.iterations)
    }
}

impl TryFrom<String> for Hashed {
    type Error = NoHash;

    fn try_from(text: String) -> Result<Self, NoHash> {
        let parts: Vec<&str> = text.split('$').collect();
        let ["pbkdf2-sha256", iterations, salt, hash] = parts.as_slice() else {
            return Err(NoHash);
        };
        let bytes = |text: &str| STANDARD_NO_PAD.decode(text).map_err(|_error| NoHash);
        let iterations = iterations.parse().map_err(|_error| NoHash)?;
        Ok(Self { iterations, salt: bytes(salt)?, hash: bytes(hash)? })
    }
}

impl std::fmt::Debug for Hashed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("<hashed>")
    }
}

/// Whether two texts are the same, in a time that does not tell where they differ.
pub(super) fn same(one: &str, other: &str) -> bool {
    constant_time::verify_slices_are_equal(one.as_bytes(), other.as_bytes()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_recognised_after_it_was_kept_and_read() {
        let kept = serde_json::to_string(&Hashed::of("correct horse").unwrap()).unwrap();
        assert!(kept.starts_with("\"pbkdf2-sha256$600000$") && !kept.contains("horse"), "{kept}");
        let read: Hashed = serde_json::from_str(&kept).unwrap();
        assert!(read.is_of("correct horse"));
        assert!(!read.is_of("correct horsf"));
        assert!(!read.is_of(""));
    }

    #[test]
    fn the_same_password_is_never_kept_the_same() {
        assert_ne!(Hashed::of("correct horse").unwrap(), Hashed::of("correct horse").unwrap());
    }

    #[test]
    fn what_is_no_hash_is_not_read_as_one() {
        for text in ["", "md5$1$YQ$YQ", "pbkdf2-sha256$0$YQ$YQ", "pbkdf2-sha256$1$YQ", "a$b$c$d"] {
            assert_eq!(Hashed::try_from(text.to_owned()), Err(NoHash), "{text}");
        }
    }
}
