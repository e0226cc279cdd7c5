//! Problem documents (RFC 9457, read 2026-11-22): what went wrong, safe for strangers.

use crate::Reply;
use events::FieldError;
use serde_json::{Map, Value, json};

/// What kind of problem it is. The document's `type` is `urn:annals:problem:` and the kebab name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the table in `Kind::says` is the documentation")]
pub enum Kind {
    MalformedBody,
    InvalidFields,
    InvalidParameter,
    InvalidHeader,
    InvalidCursor,
    Unauthorized,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    IdTaken,
    BelongsElsewhere,
    RecordBusy,
    RebuildUnderWay,
    RebuildEnded,
    NotVerified,
    NoPreviousGeneration,
    NothingToRetire,
    ReplayEnded,
    LogOpen,
    CursorGone,
    VersionMismatch,
    BodyTooLarge,
    CommitTooLarge,
    UnsupportedMediaType,
    Rule,
    KeyReused,
    StateTooLarge,
    VersionRequired,
    TooManyRequests,
    AnswerTooLarge,
    Failure,
    NewerBuild,
    LogClosed,
    Unavailable,
}

impl Kind {
    /// Every kind, for the documentation and its test.
    pub const ALL: &'static [Self] = &[
        Self::MalformedBody,
        Self::InvalidFields,
        Self::InvalidParameter,
        Self::InvalidHeader,
        Self::InvalidCursor,
        Self::Unauthorized,
        Self::Forbidden,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::IdTaken,
        Self::BelongsElsewhere,
        Self::RecordBusy,
        Self::RebuildUnderWay,
        Self::RebuildEnded,
        Self::NotVerified,
        Self::NoPreviousGeneration,
        Self::NothingToRetire,
        Self::ReplayEnded,
        Self::LogOpen,
        Self::CursorGone,
        Self::VersionMismatch,
        Self::BodyTooLarge,
        Self::CommitTooLarge,
        Self::UnsupportedMediaType,
        Self::Rule,
        Self::KeyReused,
        Self::StateTooLarge,
        Self::VersionRequired,
        Self::TooManyRequests,
        Self::AnswerTooLarge,
        Self::Failure,
        Self::NewerBuild,
        Self::LogClosed,
        Self::Unavailable,
    ];

    /// Status, name and title.
    pub fn says(self) -> (u16, &'static str, &'static str) {
        match self {
            Self::MalformedBody => {
                (400, "malformed-body", "The body is not the JSON that is expected")
            }
            Self::InvalidFields => (400, "invalid-fields", "Some fields are not as they should be"),
            Self::InvalidParameter => {
                (400, "invalid-parameter", "A parameter is not as it should be")
            }
            Self::InvalidHeader => (400, "invalid-header", "A header is not as it should be"),
            Self::InvalidCursor => {
                (400, "invalid-cursor", "The cursor does not belong to this list")
            }
            Self::Unauthorized => (401, "unauthorized", "A valid access token is needed"),
            Self::Forbidden => (403, "forbidden", "The right to do this is missing"),
            Self::NotFound => (404, "not-found", "There is no such thing here"),
            Self::MethodNotAllowed => (405, "method-not-allowed", "This cannot be done here"),
            Self::IdTaken => (409, "id-taken", "There is a record with this id already"),
            Self::BelongsElsewhere => {
                (409, "belongs-elsewhere", "This person belongs to another workspace")
            }
            Self::RecordBusy => (409, "record-busy", "Others keep changing this record; try again"),
            Self::RebuildUnderWay => (409, "rebuild-under-way", "The view is being built already"),
            Self::RebuildEnded => (409, "rebuild-ended", "This rebuild has ended"),
            Self::NotVerified => (409, "not-verified", "No generation of the view is verified"),
            Self::NoPreviousGeneration => {
                (409, "no-previous-generation", "The view has no generation to go back to")
            }
            Self::NothingToRetire => {
                (409, "nothing-to-retire", "The view has no generation to take out of service")
            }
            Self::ReplayEnded => (409, "replay-ended", "This replay has ended"),
            Self::LogOpen => (409, "log-open", "The log is open; there is nothing to recover"),
            Self::CursorGone => (410, "cursor-gone", "The list was rebuilt; start it again"),
            Self::VersionMismatch => (412, "version-mismatch", "The record has changed meanwhile"),
            Self::BodyTooLarge => (413, "body-too-large", "The body is too large"),
            Self::CommitTooLarge => (413, "commit-too-large", "The change is too large to be kept"),
            Self::UnsupportedMediaType => (415, "unsupported-media-type", "The body must be JSON"),
            Self::Rule => (422, "rule", "A rule forbids this"),
            Self::KeyReused => {
                (422, "key-reused", "The idempotency key belongs to another request")
            }
            Self::StateTooLarge => (422, "state-too-large", "The record would become too large"),
            Self::VersionRequired => (428, "version-required", "Say which version you change"),
            Self::TooManyRequests => (429, "too-many-requests", "Too many requests; wait a little"),
            Self::AnswerTooLarge => (500, "answer-too-large", "The answer is too large to be sent"),
            Self::Failure => (500, "failure", "Something went wrong on our side"),
            Self::NewerBuild => (503, "newer-build", "A newer version of the service wrote this"),
            Self::LogClosed => (
                503,
                "log-closed",
                "The log is shorter than it was; nothing is written until it is recovered",
            ),
            Self::Unavailable => (503, "unavailable", "The service cannot answer right now"),
        }
    }
}

/// What went wrong, to be told to the caller.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem(Box<Content>);

#[derive(Debug, Clone, PartialEq)]
struct Content {
    kind: Kind,
    detail: Option<String>,
    errors: Vec<FieldError>,
    members: Map<String, Value>,
    headers: Vec<(&'static str, String)>,
}

impl Problem {
    /// A problem of that kind.
    pub fn new(kind: Kind) -> Self {
        Self(Box::new(Content {
            kind,
            detail: None,
            errors: Vec::new(),
            members: Map::new(),
            headers: Vec::new(),
        }))
    }

    /// Fields that are not as they should be, all of them.
    pub fn fields(errors: Vec<FieldError>) -> Self {
        let mut problem = Self::new(Kind::InvalidFields);
        problem.0.errors = errors;
        problem
    }

    /// A query parameter that is not as it should be.
    pub fn parameter(name: &str, detail: &str) -> Self {
        Self::new(Kind::InvalidParameter)
            .detail(format!("`{name}` {detail}"))
            .member("parameter", name)
    }

    /// A header that is not as it should be.
    pub fn header_value(name: &str, detail: &str) -> Self {
        Self::new(Kind::InvalidHeader).detail(format!("`{name}` {detail}")).member("header", name)
    }

    /// Says more. The sentence must be safe for strangers.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// Adds a member to the document.
    #[must_use]
    pub fn member(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.members.insert(name.to_owned(), value.into());
        self
    }

    /// Adds a header to the answer.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.0.headers.push((name, value.into()));
        self
    }

    /// What kind it is.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// What more is said, for a caller that tells it in its own words.
    pub fn sentence(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }

    /// The document as an answer.
    pub fn into_reply(self, trace_id: &str) -> Reply {
        let Content { kind, detail, errors, members, headers } = *self.0;
        let (status, name, title) = kind.says();
        let mut document = Map::new();
        document.insert("type".to_owned(), format!("urn:annals:problem:{name}").into());
        document.insert("title".to_owned(), title.into());
        document.insert("status".to_owned(), status.into());
        if let Some(detail) = detail {
            document.insert("detail".to_owned(), detail.into());
        }
        if !errors.is_empty() {
            document.insert("errors".to_owned(), json!(errors));
        }
        document.extend(members);
        document.insert("trace_id".to_owned(), trace_id.into());
        let mut reply = Reply::problem(status, Value::Object(document));
        for (name, value) in headers {
            reply = reply.header(name, value);
        }
        reply
    }
}
