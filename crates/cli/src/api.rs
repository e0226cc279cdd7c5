//! The API: one call, tried again where that is safe and of use.

use crate::error::Failure;
use crate::http_client::{Reply, agent, random, send};
use crate::problem::Problem;
use crate::session::Session;
use http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use ureq::Agent;

/// What every path begins with.
const BASE: &str = "/api/v1";
/// The wait before the second try; it doubles with each further one.
const WAIT_FIRST: Duration = Duration::from_millis(200);
const WAIT_MAX: Duration = Duration::from_secs(10);
/// A server that asks for more patience than this is not waited for.
const RETRY_AFTER_MAX: Duration = Duration::from_mins(1);
/// What need not be encoded in a part of a path or query (RFC 3986, section 2.3).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The API of one Annals. Threads share it.
#[derive(Debug)]
pub(crate) struct Api {
    agent: Agent,
    pub(crate) url: String,
    session: Session,
    tries: u32,
    /// Whether somebody has asked us to stop: then nothing is waited for.
    stop: Arc<AtomicBool>,
    /// Whether it has ever answered: if not, a refused connection will not mend itself.
    answered: AtomicBool,
}

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    method: Method,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: String,
}

/// An answer that is no problem.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) json: Value,
    /// The version in the `ETag`.
    pub(crate) version: Option<u64>,
    /// Whether it is the answer to an earlier try of the same request.
    pub(crate) replayed: bool,
    /// How often it was sent in this process.
    pub(crate) tries: u32,
}

/// A part of a path or query, encoded.
pub(crate) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

impl Call {
    fn new(method: Method, path: String) -> Self {
        Self { method, path, headers: Vec::new(), body: String::new() }
    }

    /// A read.
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path.into())
    }

    /// A write under a key of its own, so that it can be sent again when its answer is lost.
    ///
    /// # Errors
    /// [`Failure::Machine`] when no key can be made.
    pub(crate) fn write(method: Method, path: impl Into<String>) -> Result<Self, Failure> {
        let key = u128::from_be_bytes(random()?);
        Ok(Self::new(method, path.into()).header("idempotency-key", format!("cli-{key:032x}")))
    }

    /// A write under a key that the caller chose.
    pub(crate) fn keyed(method: Method, path: impl Into<String>, key: String) -> Self {
        Self::new(method, path.into()).header("idempotency-key", key)
    }

    /// Adds a parameter to the path.
    pub(crate) fn parameter(mut self, name: &str, value: &str) -> Self {
        let joint = if self.path.contains('?') { '&' } else { '?' };
        // Writing to a text cannot fail.
        write!(self.path, "{joint}{name}={}", encoded(value)).unwrap_or_default();
        self
    }

    /// Adds a header.
    pub(crate) fn header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Says why something is changed.
    pub(crate) fn reason(self, reason: Option<&str>) -> Self {
        match reason {
            Some(reason) => self.header("x-change-reason", encoded(reason)),
            None => self,
        }
    }

    /// Only if the record is at this version.
    pub(crate) fn if_match(self, version: Option<u64>) -> Self {
        match version {
            Some(version) => self.header("if-match", format!("\"{version}\"")),
            None => self,
        }
    }

    /// The body.
    pub(crate) fn body(mut self, body: String) -> Self {
        self.body = body;
        self
    }
}

impl Api {
    /// The API at an address. `tries` is how often a request is sent at most.
    ///
    /// # Errors
    /// [`Failure`] when the machine cannot speak TLS.
    pub(crate) fn new(
        url: String,
        session: Session,
        tries: u32,
        connections: usize,
        stop: Arc<AtomicBool>,
    ) -> Result<Self, Failure> {
        let agent = agent(&url, connections)?;
        Ok(Self { agent, url, session, tries, stop, answered: AtomicBool::new(false) })
    }

    /// Sends a request, again while that may help: every write carries its key, so none counts
    /// twice.
    ///
    /// # Errors
    /// [`Failure`]: the API's problem, or why there is no answer.
    pub(crate) fn call(&self, call: &Call) -> Result<Answer, Failure> {
        let mut renewed = false;
        for attempt in 1.. {
            let last = attempt >= self.tries;
            let bearer = self.session.bearer(&self.agent)?;
            let reply = match self.sent(call, Some(&bearer)) {
                Ok(reply) => reply,
                Err(cause) if last || !self.may_pass(&cause) => return Err(self.unreachable(cause)),
                Err(_lost) => {
                    self.wait(attempt, None)?;
                    continue;
                }
            };
            if reply.status < 400 {
                return self.answer(&reply, attempt);
            }
            let problem = Problem::of(reply.status, &reply.json());
            if problem.status == 401 && !renewed && !last {
                renewed = true;
                self.session.renew(&self.agent, &bearer)?;
                continue;
            }
            let asked = retry_after(&reply);
            let too_long = asked.is_some_and(|asked| asked > RETRY_AFTER_MAX);
            if last || too_long || !passes(&problem) {
                return Err(Failure::Problem(Box::new(problem)));
            }
            self.wait(attempt, asked)?;
        }
        Err(Failure::Cancelled)
    }

    /// Sends once, without a token: for what everybody may read. The path is that of the whole
    /// address, not of the API alone.
    ///
    /// # Errors
    /// [`Failure::Unreachable`].
    pub(crate) fn open(&self, path: &str) -> Result<Reply, Failure> {
        let request = http::Request::get(format!("{}{path}", self.url)).body(String::new());
        let request = request.map_err(|cause| self.unreachable(ureq::Error::Http(cause)))?;
        let reply = send(&self.agent, request).map_err(|cause| self.unreachable(cause))?;
        self.answered.store(true, Ordering::Relaxed);
        Ok(reply)
    }

    /// The agent, for what is asked of the identity provider.
    pub(crate) fn agent(&self) -> &Agent {
        &self.agent
    }

    /// Who calls.
    pub(crate) fn session(&self) -> &Session {
        &self.session
    }

    fn sent(&self, call: &Call, bearer: Option<&str>) -> Result<Reply, ureq::Error> {
        let mut request = http::Request::builder()
            .method(call.method.clone())
            .uri(format!("{}{BASE}{}", self.url, call.path));
        for (name, value) in &call.headers {
            request = request.header(*name, value);
        }
        if let Some(bearer) = bearer {
            request = request.header("authorization", format!("Bearer {bearer}"));
        }
        if !call.body.is_empty() {
            request = request.header("content-type", "application/json");
        }
        let request = request.body(call.body.clone()).map_err(ureq::Error::Http)?;
        let reply = send(&self.agent, request)?;
        self.answered.store(true, Ordering::Relaxed);
        Ok(reply)
    }

    fn answer(&self, reply: &Reply, tries: u32) -> Result<Answer, Failure> {
        let json = reply.json();
        if json.is_null() && !reply.text.is_empty() {
            return Err(Failure::Strange { url: self.url.clone(), status: reply.status });
        }
        let tag = reply.header("etag").map(|tag| tag.trim_start_matches("W/").trim_matches('"'));
        Ok(Answer {
            json,
            version: tag.and_then(|tag| tag.parse().ok()),
            replayed: reply.header("idempotency-replayed") == Some("true"),
            tries,
        })
    }

    fn unreachable(&self, cause: ureq::Error) -> Failure {
        Failure::Unreachable { url: self.url.clone(), cause: Box::new(cause) }
    }

    /// Whether what went wrong on the way may go right next time.
    fn may_pass(&self, error: &ureq::Error) -> bool {
        use ureq::Error as E;
        let lost = matches!(error, E::Io(_) | E::ConnectionFailed | E::Protocol(_));
        matches!(error, E::Timeout(_)) || (lost && self.answered.load(Ordering::Relaxed))
    }

    /// How often something is tried at most.
    pub(crate) fn tries(&self) -> u32 {
        self.tries
    }

    /// Waits as long as the server asked, or longer each time, half of it by chance so that many
    /// callers do not come back at once.
    ///
    /// # Errors
    /// [`Failure::Cancelled`] when somebody asks to stop.
    pub(crate) fn wait(&self, attempt: u32, asked: Option<Duration>) -> Result<(), Failure> {
        let grown = WAIT_FIRST.saturating_mul(1 << (attempt - 1).min(10)).min(WAIT_MAX);
        let half = grown / 2;
        let chance = half * fastrand::u32(0..=1_000) / 1_000;
        self.pause(asked.unwrap_or(half + chance))
    }

    /// Waits so long.
    ///
    /// # Errors
    /// [`Failure::Cancelled`] when somebody asks to stop.
    pub(crate) fn pause(&self, time: Duration) -> Result<(), Failure> {
        let until = Instant::now() + time;
        while Instant::now() < until {
            if self.stop.load(Ordering::Relaxed) {
                return Err(Failure::Cancelled);
            }
            std::thread::sleep(Duration::from_millis(20).min(until - Instant::now()));
        }
        Ok(())
    }
}

/// Whether the API says that trying again may help. Every status of 500 and more counts: what was
/// sent under a key is safe to send again.
fn passes(problem: &Problem) -> bool {
    // A closed log opens when somebody has done something about it.
    (problem.status >= 500 && problem.name() != "log-closed")
        || problem.status == 429
        || (problem.status == 409 && problem.name() == "record-busy")
}

/// `Retry-After` in seconds; the other form, a date, is not used by this API.
fn retry_after(reply: &Reply) -> Option<Duration> {
    reply.header("retry-after")?.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn parameters_are_encoded() {
        let call = Call::get("/customers").parameter("owner", "a&b=c d").parameter("limit", "5");
        assert_eq!(call.path, "/customers?owner=a%26b%3Dc%20d&limit=5");
        let call = Call::get("/x").reason(Some("Größe, 100 %"));
        assert_eq!(
            call.headers,
            [("x-change-reason", "Gr%C3%B6%C3%9Fe%2C%20100%20%25".to_owned())]
        );
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        let passing = |status, name: &str| {
            passes(&Problem::of(status, &json!({"type": format!("urn:annals:problem:{name}")})))
        };
        assert!(passing(503, "unavailable") && passing(429, "too-many-requests"));
        assert!(passing(409, "record-busy") && passing(502, ""));
        assert!(!passing(503, "log-closed") && !passing(409, "rebuild-under-way"));
        assert!(!passing(409, "id-taken") && !passing(422, "rule") && !passing(412, ""));
    }
}
