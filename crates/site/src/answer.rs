//! CloudFormation is told what became of its request: by a PUT to the address that it gave
//! (CloudFormation user guide, "Custom resource response objects", read 2026-11-24).

use crate::Requested;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// An answer may have 4,096 bytes; a longer reason is cut.
const REASON_MAX_CHARS: usize = 1_000;
const CALL_MAX: Duration = Duration::from_secs(10);
const TRIES: u32 = 3;

/// Tells CloudFormation.
#[derive(Debug, Clone)]
pub struct Reporter {
    agent: Agent,
}

/// CloudFormation cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// What was sent is no request of CloudFormation, so that nobody waits for an answer.
    #[error("this is no request of CloudFormation")]
    Unreadable(#[source] serde_json::Error),
    /// The machine trusts no certificates.
    #[error("there are no trusted certificates")]
    TrustsNobody,
    /// The address does not take the answer.
    #[error("CloudFormation does not take the answer")]
    NotTaken(#[source] Box<ureq::Error>),
    /// The thread that sent it has ended.
    #[error("the answer was not sent to its end")]
    CutOff(#[source] tokio::task::JoinError),
}

impl Reporter {
    /// Trusts whom the machine trusts.
    ///
    /// # Errors
    /// [`AnswerError::TrustsNobody`].
    pub fn new() -> Result<Self, AnswerError> {
        let found = rustls_native_certs::load_native_certs().certs;
        if found.is_empty() {
            return Err(AnswerError::TrustsNobody);
        }
        let trusted: Vec<Certificate<'static>> =
            found.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = TlsConfig::builder()
            .unversioned_rustls_crypto_provider(provider)
            .root_certs(RootCerts::new_with_certs(&trusted));
        let config = Agent::config_builder().timeout_global(Some(CALL_MAX)).tls_config(tls.build());
        Ok(Self { agent: config.build().new_agent() })
    }

    /// Sends the outcome, three times at most.
    pub(crate) async fn tell(
        &self,
        requested: &Requested,
        outcome: Result<(), String>,
    ) -> Result<(), AnswerError> {
        let (url, body) = (requested.response_url.clone(), body(requested, outcome));
        let agent = self.agent.clone();
        let sent = tokio::task::spawn_blocking(move || {
            let mut tries = 1;
            loop {
                // No content type: the address is signed without one.
                match agent.put(&url).send(body.as_bytes()) {
                    Ok(_) => return Ok(()),
                    Err(error) if tries == TRIES => return Err(error),
                    Err(error) => tracing::warn!(%error, tries, "CloudFormation is told again"),
                }
                tries += 1;
            }
        });
        let sent = sent.await.map_err(AnswerError::CutOff)?;
        sent.map_err(|error| AnswerError::NotTaken(Box::new(error)))
    }
}

fn body(requested: &Requested, outcome: Result<(), String>) -> String {
    let (status, reason) = match outcome {
        Ok(()) => ("SUCCESS", String::new()),
        Err(error) => ("FAILED", error.chars().take(REASON_MAX_CHARS).collect()),
    };
    json!({
        "Status": status,
        "Reason": reason,
        "PhysicalResourceId": requested.physical_id(),
        "StackId": requested.stack_id,
        "RequestId": requested.request_id,
        "LogicalResourceId": requested.logical_resource_id,
    })
    .to_string()
}
