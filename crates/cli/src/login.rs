//! Signing in and out: OpenID Connect, authorization code with PKCE, on a loopback port
//! (RFC 8252, sections 7.3 and 8.1, read 2026-11-24).

use crate::api::{Api, Call, encoded};
use crate::error::{Failure, SignIn};
use crate::http_client::{checked_url, random};
use crate::output::{Output, say};
use crate::session::{Granted, Kept, Session, Tokens, claims, expiry, now_seconds, post_form};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

mod callback;

use callback::Callback;

/// How long somebody may take to sign in.
const MINUTES_MAX: u64 = 5;
/// How far the provider's clock may be from ours.
const SKEW_SECONDS: i64 = 300;

/// What `/config.json` says of signing in.
#[derive(Debug, Deserialize)]
struct Config {
    authority: String,
    #[serde(default)]
    cli_client_id: Option<String>,
}

/// What the provider says of itself (OpenID Connect Discovery 1.0, section 3).
#[derive(Debug, Deserialize)]
struct Provider {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    #[serde(default)]
    revocation_endpoint: Option<String>,
}

/// How the address is brought to the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Browser {
    /// Opened, and printed.
    Open,
    /// Printed only.
    PrintOnly,
}

/// What only this process knows of a sign-in under way.
struct Secrets {
    state: String,
    nonce: String,
    verifier: String,
}

/// Signs somebody in and keeps their tokens.
pub(crate) fn login(
    api: &Api,
    folder: &Path,
    browser: Browser,
    output: Output,
) -> Result<(), Failure> {
    let (client_id, provider) = discovered(api)?;
    let callback = Callback::listen().map_err(SignIn::Ports)?;
    let secrets = Secrets::new()?;
    let redirect = callback.address();
    let address = authorization(&provider, &client_id, &redirect, &secrets);
    say(&format!("Sign in to {} here:\n\n  {address}\n", api.url));
    if browser == Browser::Open {
        open(&address);
    }
    let code = callback.wait(&secrets.state, Duration::from_secs(60 * MINUTES_MAX))?;
    let granted = exchanged(api, &provider, &client_id, &redirect, &code, &secrets)?;
    let person = trusted(&granted, &provider, &client_id, &secrets.nonce)?;
    let tokens = Tokens {
        url: api.url.clone(),
        client_id,
        token_endpoint: provider.token_endpoint,
        revocation_endpoint: provider.revocation_endpoint,
        expires_at: expiry(&granted),
        access_token: granted.access_token,
        refresh_token: granted.refresh_token,
    };
    let kept = Kept::new(folder, &api.url);
    let lock = kept.lock()?;
    kept.write(&tokens)?;
    drop(lock);
    known(api, folder, &person);
    let name = text(&person, "name").or_else(|| text(&person, "email")).unwrap_or("somebody");
    say(&format!("Signed in to {} as {name}.", api.url));
    output.document(&json!({"url": api.url, "name": name, "email": text(&person, "email")}))
}

/// Signs out: takes the refresh token back and forgets everything.
pub(crate) fn logout(api: &Api, folder: &Path, output: Output) -> Result<(), Failure> {
    let kept = Kept::new(folder, &api.url);
    let lock = kept.lock()?;
    let Some(tokens) = kept.read()? else {
        say(&format!("Nobody was signed in to {}.", api.url));
        return Ok(());
    };
    kept.forget()?;
    drop(lock);
    if let (Some(endpoint), Some(token)) = (&tokens.revocation_endpoint, &tokens.refresh_token) {
        say("The sign-in is forgotten here; now it is taken back.");
        let form = [("token", token.as_str()), ("client_id", &tokens.client_id)];
        let reply = post_form(api.agent(), endpoint, &form)?;
        if reply.status >= 400 {
            return Err(Failure::Strange { url: endpoint.clone(), status: reply.status });
        }
    }
    say(&format!("Signed out of {}.", api.url));
    output.document(&json!({"url": api.url}))
}

fn discovered(api: &Api) -> Result<(String, Provider), Failure> {
    let not_offered = || SignIn::NotOffered(api.url.clone());
    let config: Config = serde_json::from_value(api.open("/config.json")?.json())
        .map_err(|_other_shape| not_offered())?;
    let client_id = config.cli_client_id.ok_or_else(not_offered)?;
    let authority = config.authority.trim_end_matches('/');
    let well_known = format!("{authority}/.well-known/openid-configuration");
    // The authority may be elsewhere, as Cognito is.
    let elsewhere = Api::new(
        checked_url(authority)?,
        Session::Given(String::new()),
        1,
        1,
        std::sync::Arc::default(),
    )?;
    let reply = elsewhere.open("/.well-known/openid-configuration")?;
    let provider: Provider = serde_json::from_str(&reply.text)
        .map_err(|_other_shape| Failure::Strange { url: well_known, status: reply.status })?;
    if provider.issuer.trim_end_matches('/') != authority {
        let (asked, told) = (authority.to_owned(), provider.issuer);
        return Err(SignIn::Issuer { asked, told }.into());
    }
    let endpoints = [&provider.authorization_endpoint, &provider.token_endpoint].into_iter();
    for endpoint in endpoints.chain(&provider.revocation_endpoint) {
        checked_url(endpoint)?;
    }
    Ok((client_id, provider))
}

impl Secrets {
    fn new() -> Result<Self, Failure> {
        let secret = || Ok::<_, Failure>(URL_SAFE_NO_PAD.encode(random::<32>()?));
        Ok(Self { state: secret()?, nonce: secret()?, verifier: secret()? })
    }

    /// RFC 7636, section 4.2.
    fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier.as_bytes()))
    }
}

fn authorization(
    provider: &Provider,
    client_id: &str,
    redirect: &str,
    secrets: &Secrets,
) -> String {
    let parameters = [
        ("response_type", "code"),
        ("client_id", client_id),
        ("redirect_uri", redirect),
        ("scope", "openid email profile"),
        ("state", &secrets.state),
        ("nonce", &secrets.nonce),
        ("code_challenge", &secrets.challenge()),
        ("code_challenge_method", "S256"),
    ];
    let pairs = parameters.iter().map(|(name, value)| format!("{name}={}", encoded(value)));
    let query = pairs.collect::<Vec<_>>().join("&");
    let joint = if provider.authorization_endpoint.contains('?') { '&' } else { '?' };
    format!("{}{joint}{query}", provider.authorization_endpoint)
}

fn exchanged(
    api: &Api,
    provider: &Provider,
    client_id: &str,
    redirect: &str,
    code: &str,
    secrets: &Secrets,
) -> Result<Granted, Failure> {
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", client_id),
        ("code", code),
        ("redirect_uri", redirect),
        ("code_verifier", &secrets.verifier),
    ];
    let reply = post_form(api.agent(), &provider.token_endpoint, &form)?;
    serde_json::from_str(&reply.text).map_err(|_no_grant| {
        let error = reply.json();
        let error = text(&error, "error_description").or_else(|| text(&error, "error"));
        match error {
            Some(error) => SignIn::Refused(error.to_owned()).into(),
            None => Failure::Strange { url: provider.token_endpoint.clone(), status: reply.status },
        }
    })
}

/// What the ID token says, if it is the answer to this sign-in. It came straight from the token
/// endpoint, so that TLS vouches for it and its signature need not be checked (OpenID Connect Core
/// 1.0, section 3.1.3.7, rule 6, read 2026-11-24).
fn trusted(
    granted: &Granted,
    provider: &Provider,
    client_id: &str,
    nonce: &str,
) -> Result<Value, SignIn> {
    let claims = claims(granted.id_token.as_deref().unwrap_or_default());
    let audience = claims.get("aud").unwrap_or(&Value::Null);
    let for_us = match audience.as_array() {
        Some(all) => all.iter().any(|one| one.as_str() == Some(client_id)),
        None => audience.as_str() == Some(client_id),
    };
    let in_time = claims.get("exp").and_then(Value::as_i64);
    let checks = [
        ("issuer", text(&claims, "iss") == Some(&provider.issuer)),
        ("audience", for_us),
        ("nonce", text(&claims, "nonce") == Some(nonce)),
        ("time", in_time.is_some_and(|exp| exp + SKEW_SECONDS > now_seconds())),
    ];
    match checks.into_iter().find(|(_, right)| !right) {
        Some((wrong, _)) => Err(SignIn::Untrusted(wrong)),
        None => Ok(claims),
    }
}

/// Sees to it that others read a name instead of an id. Nothing depends on it, so what goes wrong is
/// only said.
fn known(api: &Api, folder: &Path, person: &Value) {
    let keep = || -> Result<(), Failure> {
        let signed_in = Api::new(
            api.url.clone(),
            Session::kept(folder, &api.url),
            2,
            1,
            std::sync::Arc::default(),
        )?;
        if signed_in.call(&Call::get("/me"))?.json.get("person").is_some() {
            return Ok(());
        }
        let Some(name) = text(person, "name").or_else(|| text(person, "email")) else {
            return Ok(());
        };
        let body = json!({"display_name": name, "email": text(person, "email")});
        let keeping = Call::write(Method::PUT, "/me")?.body(body.to_string());
        signed_in.call(&keeping).map(drop)
    };
    if let Err(failure) = keep() {
        say(&format!("warning: others will see your id instead of your name: {failure}"));
    }
}

/// Opens an address in the browser, where there is one. It is printed as well.
fn open(address: &str) {
    let (program, arguments): (&str, &[&str]) = if cfg!(target_os = "macos") {
        ("open", &[])
    } else if cfg!(windows) {
        ("rundll32", &["url.dll,FileProtocolHandler"])
    } else {
        ("xdg-open", &[])
    };
    let mut command = Command::new(program);
    command.args(arguments).arg(address);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if command.spawn().is_err() {
        say("No browser could be opened; copy the address into one.");
    }
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name)?.as_str()
}

#[cfg(test)]
mod tests;
