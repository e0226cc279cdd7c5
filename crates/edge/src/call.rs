//! A request as handlers see it: routed, authorised, parsed.

use crate::{Kind, Principal, Problem, Routed};
use http::HeaderMap;
use serde_json::{Map, Value};
use vocabulary::{Instant, Version};

/// The headers of a request.
#[derive(Debug, Clone, Default)]
pub struct Headers(pub HeaderMap);

impl Headers {
    /// A header's value.
    ///
    /// # Errors
    /// [`Problem`] when it is not plain ASCII: a header that cannot be read is not a header that is
    /// not there.
    pub fn get(&self, name: &str) -> Result<Option<&str>, Problem> {
        let wrong = |_error| Problem::header_value(name, "must be plain ASCII");
        self.0.get(name).map(|value| value.to_str().map_err(wrong)).transpose()
    }
}

/// The query parameters of a request.
#[derive(Debug, Clone, Default)]
pub struct Query(pub Vec<(String, String)>);

impl Query {
    /// A parameter's value; the first when it is repeated.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Refuses parameters that the route does not know.
    ///
    /// # Errors
    /// [`Problem`] naming the first unknown or repeated one.
    pub fn only(&self, known: &[&str]) -> Result<(), Problem> {
        for (index, (name, _)) in self.0.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                return Err(Problem::parameter(name, "is not known here"));
            }
            if self.0.iter().take(index).any(|(earlier, _)| earlier == name) {
                return Err(Problem::parameter(name, "must be given once"));
            }
        }
        Ok(())
    }

    /// A parameter that is a version, where it is given.
    ///
    /// # Errors
    /// [`Problem`] for anything but a whole number from 1 to 2^53 − 1.
    pub fn version(&self, name: &str) -> Result<Option<Version>, Problem> {
        let wrong = |_error| Problem::parameter(name, "must be a version: a whole number from 1");
        self.get(name).map(|text| text.parse().map_err(wrong)).transpose()
    }

    /// A parameter that is an instant, where it is given; digits beyond the millisecond are cut.
    ///
    /// # Errors
    /// [`Problem`] for anything but RFC 3339.
    pub fn instant(&self, name: &str) -> Result<Option<Instant>, Problem> {
        let form = "must be an instant as in 2026-11-22T14:28:00.123Z (RFC 3339)";
        let wrong = |_error| Problem::parameter(name, form);
        self.get(name).map(|text| Instant::parse(text).map_err(wrong)).transpose()
    }

    /// Refuses parameters that exclude each other.
    ///
    /// # Errors
    /// [`Problem`] naming the second of them that is there.
    pub fn one_of(&self, names: &[&str]) -> Result<(), Problem> {
        let mut given = names.iter().filter(|name| self.get(name).is_some());
        match (given.next(), given.next()) {
            (Some(first), Some(second)) => {
                Err(Problem::parameter(second, &format!("cannot be given with `{first}`")))
            }
            (_, _) => Ok(()),
        }
    }

    /// How many items are wanted: 1 to 100, 25 when not said.
    ///
    /// # Errors
    /// [`Problem`] for anything else.
    pub fn limit(&self) -> Result<usize, Problem> {
        self.limit_up_to(100)
    }

    /// How many items are wanted: 1 to `most`, 25 when not said.
    ///
    /// # Errors
    /// [`Problem`] for anything else.
    pub fn limit_up_to(&self, most: usize) -> Result<usize, Problem> {
        let Some(text) = self.get("limit") else { return Ok(25) };
        match text.parse::<usize>() {
            Ok(limit) if (1..=most).contains(&limit) => Ok(limit),
            Ok(_) | Err(_) => {
                let form = format!("must be a whole number from 1 to {most}");
                Err(Problem::parameter("limit", &form))
            }
        }
    }
}

/// A request that was routed and authorised.
#[derive(Debug, Clone)]
pub struct Call {
    /// Its route.
    pub routed: Routed,
    /// Who calls; `None` only on open routes.
    pub principal: Option<Principal>,
    /// Its headers.
    pub headers: Headers,
    /// Its query.
    pub query: Query,
    /// Its body, as it came.
    pub body: Vec<u8>,
    /// When it arrived.
    pub now: Instant,
    /// What its answer and log lines are found by.
    pub trace_id: String,
}

impl Call {
    /// Who calls.
    ///
    /// # Errors
    /// [`Problem`] 401 on an open route without a token.
    pub fn caller(&self) -> Result<&Principal, Problem> {
        self.principal.as_ref().ok_or_else(|| Problem::new(Kind::Unauthorized))
    }

    /// The body as a JSON object; an empty one for an empty body where that is allowed.
    ///
    /// # Errors
    /// [`Problem`]: 413 over 512 KB, 415 for another media type, 400 for anything but an object.
    pub fn object(&self, empty: EmptyBody) -> Result<Map<String, Value>, Problem> {
        if self.body.len() > crate::BODY_MAX_BYTES {
            return Err(Problem::new(Kind::BodyTooLarge).detail("at most 512 KB are taken"));
        }
        if self.body.is_empty() && empty == EmptyBody::Allowed {
            return Ok(Map::new());
        }
        let media_type = self.headers.get("content-type")?.unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default().trim();
        if !["application/json", "application/merge-patch+json"].contains(&media_type) {
            return Err(Problem::new(Kind::UnsupportedMediaType)
                .detail("send it as application/json or application/merge-patch+json"));
        }
        let wrong = |detail: String| Problem::new(Kind::MalformedBody).detail(detail);
        match serde_json::from_slice(&self.body) {
            Ok(Value::Object(map)) => Ok(map),
            Err(_) if self.body.is_empty() => Err(wrong("a JSON object is expected".to_owned())),
            Ok(_) => Err(wrong("a JSON object is expected".to_owned())),
            Err(error) => Err(wrong(format!(
                "it cannot be read at line {}, column {}",
                error.line(),
                error.column()
            ))),
        }
    }

    /// The reason that the caller gives in `X-Change-Reason`, percent-encoded UTF-8.
    ///
    /// # Errors
    /// [`Problem`] when it cannot be read, is too long or holds control characters.
    pub fn reason_header(&self) -> Result<Option<String>, Problem> {
        let Some(value) = self.headers.0.get("x-change-reason") else { return Ok(None) };
        let wrong = |detail: &str| Problem::header_value("X-Change-Reason", detail);
        let unreadable = || wrong("must be percent-encoded UTF-8");
        let encoded = value.to_str().map_err(|_not_ascii| unreadable())?;
        let text = percent_encoding::percent_decode_str(encoded)
            .decode_utf8()
            .map_err(|_error| unreadable())?;
        reason(&text).map_err(wrong)
    }

    /// The caller's idempotency key.
    ///
    /// # Errors
    /// [`Problem`] when it is not 1 to 64 visible ASCII characters.
    pub fn idempotency_key(&self) -> Result<Option<String>, Problem> {
        self.token_header("idempotency-key", "Idempotency-Key")
    }

    /// The business flow that the caller says this belongs to.
    ///
    /// # Errors
    /// [`Problem`] when it is not 1 to 64 visible ASCII characters.
    pub fn correlation(&self) -> Result<Option<String>, Problem> {
        self.token_header("x-correlation-id", "X-Correlation-Id")
    }

    /// What the caller says caused this.
    ///
    /// # Errors
    /// [`Problem`] when it is not 1 to 64 visible ASCII characters.
    pub fn causation(&self) -> Result<Option<String>, Problem> {
        self.token_header("x-causation-id", "X-Causation-Id")
    }

    /// The trace that this request belongs to (W3C `traceparent`), where it has the form of one.
    pub fn traceparent(&self) -> Option<String> {
        let value = self.headers.0.get("traceparent")?.to_str().ok()?;
        let form = value.len() == 55 && value.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
        form.then(|| value.to_owned())
    }

    fn token_header(&self, name: &str, shown: &str) -> Result<Option<String>, Problem> {
        let Some(value) = self.headers.0.get(name) else { return Ok(None) };
        let text = value.to_str().unwrap_or_default();
        let fits = (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        if fits {
            Ok(Some(text.to_owned()))
        } else {
            Err(Problem::header_value(shown, "must be 1 to 64 visible ASCII characters"))
        }
    }
}

/// Whether a request may come without a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmptyBody {
    /// Then it counts as `{}`.
    Allowed,
    /// Then it is malformed.
    Refused,
}

/// The whole number from 0 that a JSON value is. `270.0` is 270: an integer is any number without a
/// fraction (JSON Schema 2020-12, core, section 4.2.1, read 2026-11-24).
pub fn whole(value: &Value) -> Option<u64> {
    let text = || value.as_number()?.to_string().strip_suffix(".0")?.parse().ok();
    value.as_u64().or_else(text)
}

/// A reason, checked and without the spaces around it: `None` when it is blank.
///
/// # Errors
/// A sentence saying what is wrong.
pub fn reason(text: &str) -> Result<Option<String>, &'static str> {
    // As it came, so that what is refused can be told by a pattern and a length.
    if text.chars().count() > 500 {
        return Err("must be at most 500 characters long");
    }
    if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return Err("must not hold control characters");
    }
    let text = text.trim();
    Ok((!text.is_empty()).then(|| text.to_owned()))
}
