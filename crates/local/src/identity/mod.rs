//! Who is who on one machine: what Cognito does, with the claims that Cognito puts into tokens.

mod claims;
mod clients;
mod demo;
mod directory;
mod grants;
pub(crate) mod http;
mod keep;
mod keys;
mod mail;
mod pages;
mod password;
mod random;
mod sessions;
mod sign_in;
mod tries;

pub use claims::TokenError;
pub use demo::{DEMO_PASSWORD, DEMO_PEOPLE, Person};
pub use directory::{Account, Directory, DirectoryError, Status};
pub use keep::KeepError;
pub(crate) use keep::write_private;
pub use keys::KeyError;
pub use mail::Mail;
pub use random::NoRandomness;
pub(crate) use random::secret;

use clients::Client;
use grants::Grants;
use keep::Keep;
use keys::Keys;
use serde_json::{Map, Value};
use sessions::Sessions;
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use store::Clock;
use tries::Tries;

/// The identity provider of one machine.
pub struct Identity {
    keys: Keys,
    directory: Directory,
    grants: Grants,
    sessions: Sessions,
    tries: Tries,
    /// Held while a password is checked.
    checking: Mutex<()>,
    issuer: String,
    clock: Clock,
}

/// The provider cannot be set up, or cannot sign.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// What it keeps cannot be used.
    #[error("what the identity provider keeps cannot be used")]
    Keep(#[from] KeepError),
    /// The key cannot be used.
    #[error("the identity provider has no key")]
    Key(#[from] KeyError),
    /// It can have no secrets.
    #[error("the identity provider has no secrets")]
    Randomness(#[from] NoRandomness),
}

impl Identity {
    /// A provider with a key and a directory of its own, kept in a folder where one is named
    /// (`identity-key.pem`, `identity.json`), readable to its owner only.
    ///
    /// # Errors
    /// [`IdentityError`] when key or directory can be neither read nor made.
    pub fn new(folder: Option<&Path>, issuer: String, clock: Clock) -> Result<Self, IdentityError> {
        let file = |name: &str| folder.map(|folder| folder.join(name));
        let keys = Keys::open(file("identity-key.pem").as_deref())?;
        let keep = Arc::new(Keep::open(file("identity.json"))?);
        let grants = Grants::new(keep.clone(), clock.clone());
        let directory = Directory { keep, clock: clock.clone(), issuer: issuer.clone() };
        Ok(Self {
            keys,
            directory: directory.with_groups()?,
            grants,
            sessions: Sessions::new(clock.clone())?,
            tries: Tries::new(clock.clone()),
            checking: Mutex::default(),
            issuer,
            clock,
        })
    }

    /// The issuer of tokens: the address that people use.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Who is there.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// The public keys, as `/.well-known/jwks.json` shows them.
    pub fn jwks(&self) -> Value {
        self.keys.public()
    }

    /// Any claims, signed: for tests of what is refused.
    ///
    /// # Errors
    /// [`KeyError::Token`] when they cannot be signed.
    pub fn signed(&self, claims: &Value) -> Result<String, KeyError> {
        self.keys.sign(claims)
    }

    /// What API Gateway's JWT authorizer makes of a token: its claims as texts, if signature,
    /// issuer, client and times are right. The kind of token is the function's to check, as on AWS.
    pub(crate) fn authorize(&self, token: &str) -> Option<HashMap<String, String>> {
        let claims = self.keys.signed_by_us(token, &self.issuer)?;
        let now_s = self.clock.now().as_millis() / 1_000;
        (in_time(&claims, now_s) && for_us(&claims))
            .then(|| claims.iter().map(as_gateway).collect())
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

fn in_time(claims: &Map<String, Value>, now_s: i64) -> bool {
    let second = |name: &str| claims.get(name).and_then(Value::as_i64);
    second("exp").is_some_and(|exp| now_s < exp)
        && second("nbf").is_none_or(|nbf| nbf <= now_s)
        && second("iat").is_none_or(|iat| iat <= now_s + 60)
}

fn for_us(claims: &Map<String, Value>) -> bool {
    let named = |name: &str| claims.get(name).and_then(Value::as_str);
    named("client_id").is_some_and(Client::is_known) || named("aud").is_some_and(Client::is_known)
}

/// A claim as API Gateway hands it to the function: lists become the text `[a b]`.
fn as_gateway((name, value): (&String, &Value)) -> (String, String) {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    };
    (name.clone(), text)
}
