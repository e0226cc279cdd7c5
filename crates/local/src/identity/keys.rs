//! The key that signs tokens, kept in a file of its own.

use super::keep::write_private;
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde_json::{Map, Value, json};
use std::io::ErrorKind;
use std::path::Path;
use vocabulary::Digest;

/// A key cannot be had or used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
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

/// The key pair.
pub(super) struct Keys {
    signing: EncodingKey,
    checking: DecodingKey,
    jwk: Jwk,
    kid: String,
}

impl Keys {
    /// The key of a file, made there if there is none; without a file, a fresh one.
    pub(super) fn open(file: Option<&Path>) -> Result<Self, KeyError> {
        let pem = match file {
            Some(path) => kept_key(path)?,
            None => fresh_key()?,
        };
        let signing = EncodingKey::from_rsa_pem(pem.as_bytes())?;
        let mut jwk = Jwk::from_encoding_key(&signing, Algorithm::RS256)?;
        let kid: String = Digest::of(&[pem.as_bytes()]).to_string().chars().take(16).collect();
        jwk.common.key_id = Some(kid.clone());
        jwk.common.public_key_use = Some(jsonwebtoken::jwk::PublicKeyUse::Signature);
        let checking = DecodingKey::from_jwk(&jwk)?;
        Ok(Self { signing, checking, jwk, kid })
    }

    /// The public key, as a set (RFC 7517, section 5).
    pub(super) fn public(&self) -> Value {
        json!({ "keys": [self.jwk] })
    }

    pub(super) fn sign(&self, claims: &Value) -> Result<String, KeyError> {
        let header = Header { kid: Some(self.kid.clone()), ..Header::new(Algorithm::RS256) };
        Ok(jsonwebtoken::encode(&header, claims, &self.signing)?)
    }

    /// The claims of a token that was signed by this key and issuer, whatever its times.
    pub(super) fn signed_by_us(&self, token: &str, issuer: &str) -> Option<Map<String, Value>> {
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&[issuer]);
        validation.set_required_spec_claims(&["exp", "iss"]);
        // Cognito's access tokens name the client in `client_id`, not in `aud`; times are checked by
        // the callers, against our own clock.
        validation.validate_aud = false;
        validation.validate_exp = false;
        jsonwebtoken::decode(token, &self.checking, &validation).ok().map(|token| token.claims)
    }
}

fn fresh_key() -> Result<String, KeyError> {
    let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_error| KeyError::Key)?;
    let der = AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&pair)
        .map_err(|_error| KeyError::Key)?;
    let body = STANDARD.encode(der.as_ref());
    let lines: Vec<String> =
        body.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    Ok(format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n")))
}

fn kept_key(path: &Path) -> Result<String, KeyError> {
    match std::fs::read_to_string(path) {
        Ok(pem) => Ok(pem),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let pem = fresh_key()?;
            write_private(path, &pem).map_err(KeyError::File)?;
            Ok(pem)
        }
        Err(error) => Err(KeyError::File(error)),
    }
}
