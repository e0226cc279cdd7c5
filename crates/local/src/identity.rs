//! Who is who on one machine: tokens with the claims that Cognito puts into access tokens.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::io::Write;
use std::path::Path;
use store::Clock;
use vocabulary::Digest;

/// The password of all demo people.
pub const DEMO_PASSWORD: &str = "local";
/// The public client of the frontend.
const CLIENT: &str = "annals-web";
/// How long an access token is good for: an hour, as Cognito's default.
const TOKEN_SECONDS: i64 = 3_600;

/// Somebody who can sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person {
    /// How they sign in.
    pub username: &'static str,
    /// Their `sub`.
    pub sub: &'static str,
    /// Their groups, tenant included.
    pub groups: &'static [&'static str],
}

/// The people of a fresh local stack.
pub const DEMO_PEOPLE: &[Person] = &[
    person("viewer", "5ab1e000-0000-4000-8000-000000000001", &["tenant-demo", "viewers"]),
    person("editor", "5ab1e000-0000-4000-8000-000000000002", &["tenant-demo", "editors"]),
    person("auditor", "5ab1e000-0000-4000-8000-000000000003", &["tenant-demo", "auditors"]),
    person("operator", "5ab1e000-0000-4000-8000-000000000004", &["tenant-demo", "operators"]),
    person("admin", "5ab1e000-0000-4000-8000-000000000005", &["tenant-demo", "admins"]),
    person("outsider", "5ab1e000-0000-4000-8000-000000000006", &["tenant-other", "editors"]),
];

const fn person(
    username: &'static str,
    sub: &'static str,
    groups: &'static [&'static str],
) -> Person {
    Person { username, sub, groups }
}

/// The identity provider of one machine.
pub struct Identity {
    signing: EncodingKey,
    checking: DecodingKey,
    jwk: Jwk,
    kid: String,
    issuer: String,
    clock: Clock,
}

/// The provider cannot be set up, or cannot sign.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The key file cannot be read or written.
    #[error("the key file of the identity provider cannot be used")]
    File(#[source] std::io::Error),
    /// A key cannot be made.
    #[error("a key cannot be made")]
    Key,
    /// The key cannot be used, or a token not be signed.
    #[error("the key cannot be used for tokens")]
    Token(#[from] jsonwebtoken::errors::Error),
}

impl Identity {
    /// A provider with a key of its own, kept in a file where one is named, readable to its owner
    /// only.
    ///
    /// # Errors
    /// [`IdentityError`] when the key can be neither read nor made.
    pub fn new(file: Option<&Path>, issuer: String, clock: Clock) -> Result<Self, IdentityError> {
        let pem = match file {
            Some(path) => kept_key(path)?,
            None => fresh_key()?,
        };
        let signing = EncodingKey::from_rsa_pem(pem.as_bytes())?;
        let mut jwk = Jwk::from_encoding_key(&signing, Algorithm::RS256)?;
        let kid: String = Digest::of(&[pem.as_bytes()]).to_string().chars().take(16).collect();
        jwk.common.key_id = Some(kid.clone());
        let checking = DecodingKey::from_jwk(&jwk)?;
        Ok(Self { signing, checking, jwk, kid, issuer, clock })
    }

    /// The issuer of tokens: the address that people use.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The public keys, as `/.well-known/jwks.json` shows them.
    pub fn jwks(&self) -> Value {
        json!({ "keys": [self.jwk] })
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
    /// [`IdentityError::Token`] when it cannot be signed.
    pub fn access_token(&self, person: &Person) -> Result<(String, i64), IdentityError> {
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
    /// [`IdentityError::Token`] when they cannot be signed.
    pub fn signed(&self, claims: &Value) -> Result<String, IdentityError> {
        let header = Header { kid: Some(self.kid.clone()), ..Header::new(Algorithm::RS256) };
        Ok(jsonwebtoken::encode(&header, claims, &self.signing)?)
    }

    /// What API Gateway's JWT authorizer makes of a token: its claims as texts, if signature,
    /// issuer, client and times are right. The kind of token is the function's to check, as on AWS.
    pub(crate) fn authorize(&self, token: &str) -> Option<HashMap<String, String>> {
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&[&self.issuer]);
        validation.set_required_spec_claims(&["exp", "iss"]);
        // Cognito's access tokens name the client in `client_id`, not in `aud`; times are checked
        // below against our own clock.
        validation.validate_aud = false;
        validation.validate_exp = false;
        let claims: Map<String, Value> =
            jsonwebtoken::decode(token, &self.checking, &validation).ok()?.claims;
        let now_s = self.clock.now().as_millis() / 1_000;
        let second = |name: &str| claims.get(name).and_then(Value::as_i64);
        let in_time = second("exp").is_some_and(|exp| now_s < exp)
            && second("nbf").is_none_or(|nbf| nbf <= now_s)
            && second("iat").is_none_or(|iat| iat <= now_s + 60);
        let for_us = claims.get("client_id").and_then(Value::as_str) == Some(CLIENT)
            || claims.get("aud").and_then(Value::as_str) == Some(CLIENT);
        (in_time && for_us).then(|| claims.iter().map(as_gateway).collect())
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").field("issuer", &self.issuer).finish_non_exhaustive()
    }
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

fn fresh_key() -> Result<String, IdentityError> {
    let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_error| IdentityError::Key)?;
    let der = AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&pair)
        .map_err(|_error| IdentityError::Key)?;
    let body = STANDARD.encode(der.as_ref());
    let lines: Vec<String> =
        body.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    Ok(format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n")))
}

fn kept_key(path: &Path) -> Result<String, IdentityError> {
    match std::fs::read_to_string(path) {
        Ok(pem) => Ok(pem),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let pem = fresh_key()?;
            write_private(path, &pem).map_err(IdentityError::File)?;
            Ok(pem)
        }
        Err(error) => Err(IdentityError::File(error)),
    }
}

/// Writes a file that only its owner can read, whole or not at all.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let scratch = path.with_extension("new");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // What an interrupted start left behind may have any mode.
    match std::fs::remove_file(&scratch) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut file = options.open(&scratch)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(scratch, path)
}
