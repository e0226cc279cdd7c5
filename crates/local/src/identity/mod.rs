//! Who is who on one machine: what Cognito does, with the claims that Cognito puts into tokens.

mod demo;
mod directory;
mod grants;
mod keep;
mod keys;
mod mail;
#[expect(dead_code, reason = "signing in, which comes next, uses the rest")]
mod password;
#[expect(dead_code, reason = "signing in, which comes next, uses the rest")]
mod random;

pub use demo::{DEMO_PASSWORD, DEMO_PEOPLE, Person};
pub use directory::{Account, Directory, DirectoryError, Status};
pub use keep::KeepError;
pub use keys::KeyError;
pub use mail::Mail;
pub use random::NoRandomness;

use keep::Keep;
use keys::Keys;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use store::Clock;

/// The public client of the frontend.
const CLIENT: &str = "annals-web";
/// How long an access token is good for: an hour, as Cognito's default.
const TOKEN_SECONDS: i64 = 3_600;

/// The identity provider of one machine.
pub struct Identity {
    keys: Keys,
    directory: Directory,
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
        let directory = Directory { keep, clock: clock.clone(), issuer: issuer.clone() };
        Ok(Self { keys, directory: directory.with_groups()?, issuer, clock })
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

    /// The demo person with this name and password, checked for the frontend's client.
    pub fn demo_person(username: &str, password: &str) -> Option<&'static Person> {
        let person = DEMO_PEOPLE.iter().find(|person| person.username == username);
        person.filter(|_| password == DEMO_PASSWORD)
    }

    /// Whether there is such a client.
    pub fn knows_client(client: &str) -> bool {
        client == CLIENT
    }

    /// An access token for somebody, and the seconds that it is good for.
    ///
    /// # Errors
    /// [`KeyError::Token`] when it cannot be signed.
    pub fn access_token(&self, person: &Person) -> Result<(String, i64), KeyError> {
        let now_s = self.clock.now().as_millis() / 1_000;
        let claims = json!({
            "sub": person.sub,
            "cognito:groups": person.groups,
            "iss": self.issuer,
            "version": 2,
            "client_id": CLIENT,
            "token_use": "access",
            "scope": "openid profile email",
            "auth_time": now_s,
            "iat": now_s,
            "exp": now_s + TOKEN_SECONDS,
            "jti": self.clock.mint().to_string(),
            "username": person.username,
        });
        Ok((self.signed(&claims)?, TOKEN_SECONDS))
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
    named("client_id").is_some_and(Identity::knows_client)
        || named("aud").is_some_and(Identity::knows_client)
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
