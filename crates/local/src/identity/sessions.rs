//! Browsers that have been here: who is signed in at the provider itself, and which form is whose.
//!
//! Both are in memory: after a restart one signs in again.

use super::random::{self, NoRandomness};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use store::Clock;
use vocabulary::{Digest, Instant};

/// A session is good for an hour, as that of Cognito's managed login (developer guide, read
/// 2026-11-24).
pub(super) const SESSION_SECONDS: i64 = 3_600;
/// So many are remembered; the oldest go first.
const REMEMBERED: usize = 10_000;

/// What somebody has to do before they are signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Nothing: they are.
    SignedIn,
    /// Their password was right; they have to tell the code that was sent to them.
    MustConfirm,
    /// Their temporary password was right; they have to choose another.
    MustChoose,
}

/// Somebody's session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Session {
    pub(super) sub: String,
    pub(super) stage: Stage,
    /// When they showed who they are.
    pub(super) since: Instant,
}

/// The sessions of all browsers.
pub(super) struct Sessions {
    clock: Clock,
    begun: Mutex<HashMap<Digest, Session>>,
    forms: hmac::Key,
}

impl Sessions {
    pub(super) fn new(clock: Clock) -> Result<Self, NoRandomness> {
        let forms = hmac::Key::new(hmac::HMAC_SHA256, &random::bytes::<32>()?);
        Ok(Self { clock, begun: Mutex::default(), forms })
    }

    /// Begins a session, and says the secret that names it.
    pub(super) fn begin(&self, sub: &str, stage: Stage) -> Result<(String, Session), NoRandomness> {
        let (secret, since) = (random::secret()?, self.clock.now());
        let session = Session { sub: sub.to_owned(), stage, since };
        let mut sessions = self.locked();
        sessions.retain(|_, session| !expired(session, since));
        if sessions.len() >= REMEMBERED {
            let oldest = sessions.iter().min_by_key(|(_, session)| session.since);
            if let Some(oldest) = oldest.map(|(key, _)| *key) {
                sessions.remove(&oldest);
            }
        }
        sessions.insert(Digest::of(&[secret.as_bytes()]), session.clone());
        Ok((secret, session))
    }

    /// The session that a secret names.
    pub(super) fn find(&self, secret: &str) -> Option<Session> {
        let found = self.locked().get(&Digest::of(&[secret.as_bytes()])).cloned()?;
        (!expired(&found, self.clock.now())).then_some(found)
    }

    pub(super) fn end(&self, secret: &str) {
        self.locked().remove(&Digest::of(&[secret.as_bytes()]));
    }

    /// What forms for this browser carry: only who reads the browser's cookie and knows our key can
    /// tell it, so no other page can make somebody send a form.
    pub(super) fn form_token(&self, browser: &str) -> String {
        URL_SAFE_NO_PAD.encode(hmac::sign(&self.forms, browser.as_bytes()))
    }

    pub(super) fn is_form_of(&self, browser: &str, token: &str) -> bool {
        let tag = URL_SAFE_NO_PAD.decode(token).unwrap_or_default();
        !browser.is_empty() && hmac::verify(&self.forms, browser.as_bytes(), &tag).is_ok()
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<Digest, Session>> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn expired(session: &Session, now: Instant) -> bool {
    session.since.plus_millis(SESSION_SECONDS * 1_000) <= now
}
