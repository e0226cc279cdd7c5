//! HTTP as all of the command line speaks it: one agent, its trust, its time-outs.

use crate::error::{Failure, Usage};
use http::Uri;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use ureq::Agent;
use ureq::config::ConfigBuilder;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::typestate::AgentScope;

/// A call of the API may take 30 seconds (API Gateway's quota, read 2026-11-22); a little more is
/// left for the way.
const CALL_MAX: Duration = Duration::from_secs(40);
const CONNECT_MAX: Duration = Duration::from_secs(10);

/// An agent whose connections all threads share. Proxies are taken from the environment, trusted
/// certificates from the machine.
///
/// # Errors
/// [`Failure::Machine`] when TLS is needed and the machine trusts nobody.
pub(crate) fn agent(url: &str, connections: usize) -> Result<Agent, Failure> {
    let config = config(url)?
        .timeout_global(Some(CALL_MAX))
        .max_idle_connections(connections)
        .max_idle_connections_per_host(connections);
    Ok(config.build().new_agent())
}

/// An agent for one file, which may take as long as it comes at all.
///
/// # Errors
/// As [`agent`].
pub(crate) fn file_agent(url: &str) -> Result<Agent, Failure> {
    let config = config(url)?.timeout_recv_response(Some(CALL_MAX));
    Ok(config.timeout_per_read(Some(CALL_MAX)).build().new_agent())
}

fn config(url: &str) -> Result<ConfigBuilder<AgentScope>, Failure> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = TlsConfig::builder().unversioned_rustls_crypto_provider(provider);
    // Reading the machine's certificates takes some milliseconds, which plain HTTP need not pay.
    let tls = if url.starts_with("https:") { tls.root_certs(trusted()?) } else { tls };
    Ok(Agent::config_builder()
        .http_status_as_error(false)
        // A token goes to the address that was given and nowhere else.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent(concat!("annals/", env!("CARGO_PKG_VERSION")))
        .timeout_connect(Some(CONNECT_MAX))
        .tls_config(tls.build()))
}

fn trusted() -> Result<RootCerts, Failure> {
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty() {
        return Err(Failure::Machine(
            "trusted certificates\n  hint: install the package ca-certificates, or set SSL_CERT_FILE",
        ));
    }
    let certs: Vec<Certificate<'static>> =
        found.certs.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
    Ok(RootCerts::new_with_certs(&certs))
}

/// The address as it is used: without a slash at the end, and never one over which a token would
/// travel in the clear.
///
/// # Errors
/// [`Usage`] for anything else.
pub(crate) fn checked_url(text: &str) -> Result<String, Usage> {
    let wrong = || Usage::Url(text.to_owned());
    let uri: Uri = text.parse().map_err(|_invalid| wrong())?;
    let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(wrong)?;
    if uri.query().is_some() {
        return Err(wrong());
    }
    match uri.scheme_str() {
        Some("https") => {}
        Some("http") if is_loopback(host) => {}
        Some("http") => return Err(Usage::Unencrypted(text.to_owned())),
        Some(_) | None => return Err(wrong()),
    }
    Ok(text.trim_end_matches('/').to_owned())
}

fn is_loopback(host: &str) -> bool {
    let address: Option<std::net::IpAddr> =
        host.trim_start_matches('[').trim_end_matches(']').parse().ok();
    host.eq_ignore_ascii_case("localhost") || address.is_some_and(|address| address.is_loopback())
}

/// An answer whose body has been read.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    /// A header as text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON; null when it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }
}

/// Sends once and reads the answer.
///
/// # Errors
/// What stood between us and an answer.
pub(crate) fn send(agent: &Agent, request: http::Request<String>) -> Result<Reply, ureq::Error> {
    let answer = if request.body().is_empty() && request.method() == http::Method::GET {
        agent.run(request.map(|_empty| ()))?
    } else {
        agent.run(request)?
    };
    let (parts, mut body) = answer.into_parts();
    let text = body.read_to_string()?;
    Ok(Reply { status: parts.status.as_u16(), headers: parts.headers, text })
}

/// Bytes that nobody can guess.
///
/// # Errors
/// [`Failure::Machine`] when there is no randomness.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], Failure> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_unspecified| Failure::Machine("randomness"))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_travels_encrypted_or_stays_on_this_machine() {
        for good in [
            "https://annals.example.org",
            "http://localhost:8080",
            "http://127.0.0.1",
            "http://[::1]:8080",
            "https://example.org/annals",
        ] {
            assert_eq!(checked_url(good).unwrap(), good);
            assert_eq!(checked_url(&format!("{good}/")).unwrap(), good);
        }
        assert!(matches!(checked_url("http://annals.example.org"), Err(Usage::Unencrypted(_))));
        assert!(matches!(checked_url("http://localhost.example.org"), Err(Usage::Unencrypted(_))));
        for bad in ["", "localhost:8080", "ftp://localhost", "/path", "https://", "https://a?b=c"] {
            assert!(matches!(checked_url(bad), Err(Usage::Url(_))), "{bad}");
        }
    }
}
