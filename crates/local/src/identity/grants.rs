//! What comes of a sign-in: a code that is good once, and a refresh token that is replaced each time
//! it is used.
//!
//! RFC 6749 sections 4.1.2 and 6, RFC 7636 section 4.6, RFC 9700 section 4.14.2, and Cognito's
//! `RefreshTokenRotation` (API reference), all read 2026-11-24.

use super::claims::TOKEN_SECONDS;
use super::directory::{Account, Status};
use super::keep::{Keep, KeepError, State};
use super::password::same;
use super::random::{self, NoRandomness};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::Clock;
use vocabulary::{Digest, Instant};

/// A code is good for five minutes, as Cognito's.
const CODE_MS: i64 = 5 * 60 * 1_000;
/// Tokens can be renewed for twelve hours; renewing does not make it longer, as with Cognito.
const FAMILY_MS: i64 = 12 * 3_600 * 1_000;
/// A refresh token that was replaced may come again for a minute: the answer may have been lost.
const GRACE_MS: i64 = 60 * 1_000;
/// So many replaced tokens of a family are known as such; older ones are just unknown.
const REPLACED_KEPT: usize = 200;
/// So many codes are remembered, used or not; the oldest go first.
const CODES_KEPT: usize = 10_000;

/// What came of one sign-in. Of its refresh tokens only digests are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Family {
    /// Who signed in.
    pub(super) sub: String,
    /// For which client.
    pub(super) client_id: String,
    /// What was asked for.
    pub(super) scope: String,
    /// When they showed who they are.
    pub(super) signed_in_at: Instant,
    /// Until when tokens can be renewed.
    pub(super) expires_at: Instant,
    /// Whether it was ended before.
    pub(super) revoked: bool,
    /// The refresh token that counts.
    pub(super) current: Digest,
    /// Those before it, oldest first, and when each was replaced.
    pub(super) replaced: Vec<(Digest, Instant)>,
}

/// What a client asked for when it sent somebody to sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) scope: String,
    pub(super) nonce: Option<String>,
    /// The verifier's hash (S256).
    pub(super) challenge: String,
}

/// A code under way.
#[derive(Debug)]
struct Code {
    asked: Asked,
    sub: String,
    signed_in_at: Instant,
    made_at: Instant,
    used: Used,
}

#[derive(Debug)]
enum Used {
    NotYet,
    /// And nothing came of it.
    InVain,
    /// And this family came of it.
    For(String),
}

/// What tokens may be made for. It holds a secret, so it is never printed.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Granted {
    /// The family's id, `origin_jti` in tokens.
    pub(super) family: String,
    pub(super) account: Account,
    pub(super) client_id: String,
    pub(super) scope: String,
    pub(super) nonce: Option<String>,
    pub(super) signed_in_at: Instant,
    pub(super) refresh_token: String,
}

/// Why tokens are not given.
#[derive(Debug, thiserror::Error)]
pub(super) enum GrantError {
    /// Code, refresh token, verifier or address do not fit: `invalid_grant`.
    #[error("{0}")]
    Invalid(&'static str),
    /// More is asked for than was granted: `invalid_scope`.
    #[error("more is asked for than was granted")]
    Scope,
    /// The token is another client's: `unauthorized_client`.
    #[error("the token is another client's")]
    OtherClient,
    #[error("what was granted cannot be kept")]
    Keep(#[from] KeepError),
    #[error("no secret can be made")]
    Randomness(#[from] NoRandomness),
}

/// All that was granted.
pub(super) struct Grants {
    keep: Arc<Keep>,
    clock: Clock,
    codes: Mutex<HashMap<Digest, Code>>,
    /// What replaced a token in the last minute, so that whoever asks again gets the same.
    successors: Mutex<HashMap<Digest, (String, Instant)>>,
}

impl Grants {
    pub(super) fn new(keep: Arc<Keep>, clock: Clock) -> Self {
        Self { keep, clock, codes: Mutex::default(), successors: Mutex::default() }
    }

    /// A code for somebody who has signed in.
    pub(super) fn code(
        &self,
        sub: &str,
        signed_in_at: Instant,
        asked: Asked,
    ) -> Result<String, NoRandomness> {
        let (secret, made_at) = (random::secret()?, self.clock.now());
        let code = Code { asked, sub: sub.to_owned(), signed_in_at, made_at, used: Used::NotYet };
        let mut codes = locked(&self.codes);
        // A used one is remembered as long as what came of it can be ended.
        codes.retain(|_, code| made_at < code.made_at.plus_millis(FAMILY_MS));
        if codes.len() >= CODES_KEPT {
            let oldest = codes.iter().min_by_key(|(_, code)| code.made_at);
            if let Some(oldest) = oldest.map(|(key, _)| *key) {
                codes.remove(&oldest);
            }
        }
        codes.insert(digest(&secret), code);
        Ok(secret)
    }

    /// Gives tokens for a code, once. A second time ends what came of the first.
    pub(super) fn exchange(
        &self,
        code: &str,
        client_id: &str,
        redirect_uri: &str,
        verifier: &str,
    ) -> Result<Granted, GrantError> {
        let mut codes = locked(&self.codes);
        let code =
            codes.get_mut(&digest(code)).ok_or(GrantError::Invalid("the code is unknown"))?;
        // One try: who has the code but not the verifier does not get a second one.
        match std::mem::replace(&mut code.used, Used::InVain) {
            Used::NotYet => {}
            Used::InVain => return Err(GrantError::Invalid("the code was used before")),
            Used::For(family) => {
                tracing::warn!(family, "a code came a second time; what came of it is ended");
                self.end(&family)?;
                return Err(GrantError::Invalid("the code was used before"));
            }
        }
        if code.made_at.plus_millis(CODE_MS) <= self.clock.now() {
            return Err(GrantError::Invalid("the code has expired"));
        }
        code.fits(client_id, redirect_uri, verifier)?;
        let granted = self.begin(code)?;
        code.used = Used::For(granted.family.clone());
        Ok(granted)
    }

    fn begin(&self, code: &Code) -> Result<Granted, GrantError> {
        let (id, refresh_token, now) = (random::uuid()?, random::secret()?, self.clock.now());
        self.keep.change(|state| {
            // The last access token outlives the family, and may be asked about as long.
            let gone_at = |family: &Family| family.expires_at.plus_millis(TOKEN_SECONDS * 1_000);
            state.families.retain(|_, family| now < gone_at(family));
            let account = state.active(&code.sub)?;
            if account.signed_out_at.is_some_and(|at| code.signed_in_at <= at) {
                return Err(GrantError::Invalid("this person was signed out"));
            }
            let family = Family {
                sub: code.sub.clone(),
                client_id: code.asked.client_id.clone(),
                scope: code.asked.scope.clone(),
                signed_in_at: code.signed_in_at,
                expires_at: now.plus_millis(FAMILY_MS),
                revoked: false,
                current: digest(&refresh_token),
                replaced: Vec::new(),
            };
            let nonce = code.asked.nonce.clone();
            let granted = Granted { nonce, ..family.grants(&id, account, refresh_token) };
            state.families.insert(id, family);
            Ok(granted)
        })
    }

    /// Gives new tokens for a refresh token, and replaces it. One that was replaced more than a minute
    /// ago has been stolen, or its thief's has been used: then nobody's counts any more.
    pub(super) fn renew(
        &self,
        token: &str,
        client_id: &str,
        scope: Option<&str>,
    ) -> Result<Granted, GrantError> {
        let (presented, now) = (digest(token), self.clock.now());
        let mut successors = locked(&self.successors);
        successors.retain(|_, (_, until)| now < *until);
        let again = successors.get(&presented).map(|(token, _)| token.clone());
        let next = again.map_or_else(random::secret, Ok)?;
        // What is refused is a change too: the end of the family must be kept.
        let outcome = self.keep.change(|state| {
            Ok::<_, KeepError>(state.renewed(presented, client_id, scope, &next, now))
        })?;
        if outcome.is_ok() {
            successors.insert(presented, (next, now.plus_millis(GRACE_MS)));
        }
        outcome
    }

    /// Ends what a refresh token belongs to (RFC 7009). One that nobody knows is ended already.
    pub(super) fn revoke(&self, token: &str, client_id: &str) -> Result<(), GrantError> {
        let presented = digest(token);
        self.keep.change(|state| {
            let Some((_, family)) = state.family_of(presented) else { return Ok(()) };
            if family.client_id != client_id {
                return Err(GrantError::OtherClient);
            }
            family.revoked = true;
            Ok(())
        })
    }

    /// Whether what a token came from was ended.
    pub(super) fn is_ended(&self, family: &str) -> bool {
        self.keep.read(|state| state.families.get(family).is_some_and(|family| family.revoked))
    }

    fn end(&self, id: &str) -> Result<(), KeepError> {
        self.keep.change(|state| {
            if let Some(family) = state.families.get_mut(id) {
                family.revoked = true;
            }
            Ok(())
        })
    }
}

impl State {
    fn active(&self, sub: &str) -> Result<&Account, GrantError> {
        let found = self.accounts.values().find(|account| account.sub == sub);
        found
            .filter(|account| account.status == Status::Active)
            .ok_or(GrantError::Invalid("this person has no account any more"))
    }

    fn family_of(&mut self, token: Digest) -> Option<(&String, &mut Family)> {
        self.families.iter_mut().find(|(_, family)| {
            family.current == token
                || family.replaced.iter().any(|(replaced, _)| *replaced == token)
        })
    }

    fn renewed(
        &mut self,
        presented: Digest,
        client_id: &str,
        scope: Option<&str>,
        next: &str,
        now: Instant,
    ) -> Result<Granted, GrantError> {
        let unknown = || GrantError::Invalid("the refresh token is unknown, expired or revoked");
        let (id, family) = self.family_of(presented).ok_or_else(unknown)?;
        if family.client_id != client_id || family.revoked || family.expires_at <= now {
            return Err(unknown());
        }
        if !scope.is_none_or(|scope| is_within(scope, &family.scope)) {
            return Err(GrantError::Scope);
        }
        let replaced = family.replaced.iter().find(|(replaced, _)| *replaced == presented);
        if replaced.is_some_and(|(_, at)| at.plus_millis(GRACE_MS) <= now) {
            tracing::warn!(family = id, "a replaced refresh token came again; its family is ended");
            family.revoked = true;
            return Err(unknown());
        }
        family.replace_with(digest(next), now);
        let (id, mut family) = (id.clone(), family.clone());
        if let Some(narrower) = scope {
            narrower.clone_into(&mut family.scope);
        }
        Ok(family.grants(&id, self.active(&family.sub)?, next.to_owned()))
    }
}

impl Family {
    /// Makes a token the one that counts, unless it is already, or was and has been replaced since.
    fn replace_with(&mut self, next: Digest, now: Instant) {
        if self.current == next || self.replaced.iter().any(|(replaced, _)| *replaced == next) {
            return;
        }
        self.replaced.push((std::mem::replace(&mut self.current, next), now));
        let too_many = self.replaced.len().saturating_sub(REPLACED_KEPT);
        self.replaced.drain(..too_many);
    }

    fn grants(&self, id: &str, account: &Account, refresh_token: String) -> Granted {
        Granted {
            family: id.to_owned(),
            account: account.clone(),
            client_id: self.client_id.clone(),
            scope: self.scope.clone(),
            nonce: None,
            signed_in_at: self.signed_in_at,
            refresh_token,
        }
    }
}

impl Code {
    fn fits(&self, client_id: &str, redirect_uri: &str, verifier: &str) -> Result<(), GrantError> {
        let hashed = URL_SAFE_NO_PAD.encode(Digest::of(&[verifier.as_bytes()]).as_bytes());
        if !same(&self.asked.client_id, client_id) {
            return Err(GrantError::Invalid("the code is another client's"));
        }
        if !same(&self.asked.redirect_uri, redirect_uri) {
            return Err(GrantError::Invalid("redirect_uri is another than the code was sent to"));
        }
        if !same(&self.asked.challenge, &hashed) {
            return Err(GrantError::Invalid("code_verifier does not fit code_challenge"));
        }
        Ok(())
    }
}

fn is_within(scope: &str, granted: &str) -> bool {
    scope.split(' ').all(|scope| granted.split(' ').any(|granted| granted == scope))
}

fn digest(secret: &str) -> Digest {
    Digest::of(&[secret.as_bytes()])
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is in there is put there whole, so a panic elsewhere leaves nothing half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
