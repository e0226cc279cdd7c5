//! What tokens say of somebody, as Cognito writes it.
//!
//! "Understanding the access token" and "Understanding the identity token", Cognito developer guide,
//! read 2026-11-24.

use super::directory::Account;
use super::grants::Granted;
use super::keys::KeyError;
use super::random::{self, NoRandomness};
use super::{Identity, Person};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use vocabulary::{Digest, Instant};

/// How long access and ID tokens are good for: an hour, as Cognito's default.
pub(super) const TOKEN_SECONDS: i64 = 3_600;

/// A token cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// It cannot be signed.
    #[error("a token cannot be signed")]
    Key(#[from] KeyError),
    /// It can have no id of its own.
    #[error("a token can have no id")]
    Randomness(#[from] NoRandomness),
}

/// The two tokens of one answer. They share `origin_jti`, `event_id` and times.
pub(super) struct Tokens {
    pub(super) access: String,
    /// Absent when `openid` was not asked for.
    pub(super) id: Option<String>,
}

/// Who a token is about and what it is for.
struct Subject<'a> {
    sub: &'a str,
    username: &'a str,
    groups: Vec<&'a str>,
}

struct Occasion<'a> {
    client_id: &'a str,
    scope: &'a str,
    origin_jti: &'a str,
    event_id: &'a str,
    signed_in_at: Instant,
}

impl Identity {
    /// An access token for one of the demo people as a fresh stack knows them, and the seconds that it
    /// is good for.
    ///
    /// # Errors
    /// [`TokenError`] when it cannot be made.
    pub fn access_token(&self, person: &Person) -> Result<(String, i64), TokenError> {
        let (sub, username) = (person.sub, person.username);
        let subject = Subject { sub, username, groups: person.groups.to_vec() };
        self.access(&subject, super::clients::Client::web())
    }

    /// The same for anybody, as the directory knows them now.
    pub(super) fn access_token_of(
        &self,
        account: &Account,
        client_id: &str,
    ) -> Result<(String, i64), TokenError> {
        self.access(&Subject::of(account), client_id)
    }

    fn access(&self, subject: &Subject<'_>, client_id: &str) -> Result<(String, i64), TokenError> {
        let occasion = Occasion {
            client_id,
            scope: "openid profile email",
            origin_jti: &random::uuid()?,
            event_id: &random::uuid()?,
            signed_in_at: self.clock.now(),
        };
        Ok((self.signed(&self.access_claims(subject, &occasion)?)?, TOKEN_SECONDS))
    }

    /// The tokens of a grant.
    pub(super) fn tokens(&self, granted: &Granted) -> Result<Tokens, TokenError> {
        let occasion = Occasion {
            client_id: &granted.client_id,
            scope: &granted.scope,
            origin_jti: &granted.family,
            event_id: &random::uuid()?,
            signed_in_at: granted.signed_in_at,
        };
        let access =
            self.signed(&self.access_claims(&Subject::of(&granted.account), &occasion)?)?;
        let wanted = granted.scope.split(' ').any(|scope| scope == "openid");
        let claims = wanted.then(|| self.id_claims(granted, &occasion, &access)).transpose()?;
        let id = claims.map(|claims| self.signed(&claims)).transpose()?;
        Ok(Tokens { access, id })
    }

    fn access_claims(
        &self,
        subject: &Subject<'_>,
        occasion: &Occasion<'_>,
    ) -> Result<Value, NoRandomness> {
        let now_s = self.clock.now().as_millis() / 1_000;
        let mut claims = json!({
            "sub": subject.sub,
            "iss": self.issuer,
            "version": 2,
            "client_id": occasion.client_id,
            "origin_jti": occasion.origin_jti,
            "event_id": occasion.event_id,
            "token_use": "access",
            "scope": occasion.scope,
            "auth_time": occasion.signed_in_at.as_millis() / 1_000,
            "exp": now_s + TOKEN_SECONDS,
            "iat": now_s,
            "jti": random::uuid()?,
            "username": subject.username,
        });
        with_groups(&mut claims, &subject.groups);
        Ok(claims)
    }

    fn id_claims(
        &self,
        granted: &Granted,
        occasion: &Occasion<'_>,
        access: &str,
    ) -> Result<Value, NoRandomness> {
        let (now_s, account) = (self.clock.now().as_millis() / 1_000, &granted.account);
        let mut claims = json!({
            "sub": account.sub,
            "iss": self.issuer,
            "cognito:username": account.username,
            "origin_jti": occasion.origin_jti,
            "event_id": occasion.event_id,
            "aud": occasion.client_id,
            "token_use": "id",
            "at_hash": at_hash(access),
            "auth_time": occasion.signed_in_at.as_millis() / 1_000,
            "exp": now_s + TOKEN_SECONDS,
            "iat": now_s,
            "jti": random::uuid()?,
        });
        with_groups(&mut claims, &Subject::of(account).groups);
        if let Some(claims) = claims.as_object_mut() {
            claims.extend(about(account, &granted.scope));
            claims.extend(
                granted.nonce.iter().map(|nonce| ("nonce".to_owned(), nonce.as_str().into())),
            );
        }
        Ok(claims)
    }
}

impl<'a> Subject<'a> {
    fn of(account: &'a Account) -> Self {
        let groups = account.groups.iter().map(String::as_str).collect();
        Self { sub: &account.sub, username: &account.username, groups }
    }
}

/// Cognito leaves the claim out when there is no group.
fn with_groups(claims: &mut Value, groups: &[&str]) {
    if let Some(claims) = claims.as_object_mut().filter(|_| !groups.is_empty()) {
        claims.insert("cognito:groups".to_owned(), json!(groups));
    }
}

/// What the scopes let a client know (OpenID Connect Core 1.0, section 5.4).
pub(super) fn about(account: &Account, scope: &str) -> Vec<(String, Value)> {
    let asked = |wanted: &str| scope.split(' ').any(|scope| scope == wanted);
    let mut claims = Vec::new();
    if asked("email") {
        claims.push(("email".to_owned(), account.email.as_str().into()));
        claims.push(("email_verified".to_owned(), account.email_verified.into()));
    }
    if let Some(name) = account.name.as_deref().filter(|_| asked("profile")) {
        claims.push(("name".to_owned(), name.into()));
    }
    claims
}

/// The left half of the access token's hash (OpenID Connect Core 1.0, section 3.1.3.6).
fn at_hash(access: &str) -> String {
    let digest = Digest::of(&[access.as_bytes()]);
    URL_SAFE_NO_PAD.encode(digest.as_bytes().iter().take(16).copied().collect::<Vec<u8>>())
}
