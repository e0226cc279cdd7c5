//! What auditors take away and check: the operations, what they ask for and what they answer.

use super::audit::AUDIT;
use super::fields::{RECORD_ID, reason};
use super::operations::{Told, answer, once};
use super::parameters::{Entry, WRITING, named};
use super::{records, schema};
use crate::{Kind, Route};
use serde_json::{Value, json};

/// What goes wrong with everything that writes here.
const WRITING_PROBLEMS: &[Kind] = &[
    Kind::InvalidParameter,
    Kind::InvalidHeader,
    Kind::RecordBusy,
    Kind::IdTaken,
    Kind::KeyReused,
    Kind::Rule,
    Kind::NewerBuild,
];

/// The same where a record is named.
const ABOUT_ONE_PROBLEMS: &[Kind] = &[
    Kind::InvalidParameter,
    Kind::InvalidHeader,
    Kind::NotFound,
    Kind::RecordBusy,
    Kind::IdTaken,
    Kind::KeyReused,
    Kind::Rule,
    Kind::NewerBuild,
];

pub(super) fn request(route: &Route) -> Told {
    let about = "All commits that fit the filter, up to the instant until which the search is complete: \
                 `complete_through`. That it was asked for, by whom and why, is a commit itself. The \
                 files are written in parts; what broke off is completed by the same request.";
    let made = answer("It is written.", &schema("Export"), &["Location", "IdempotencyReplayed"]);
    Told {
        parameters: named(&WRITING),
        body: Some(records::body(true, &["application/json"], &schema("ExportRequest"))),
        answers: vec![(202, made)],
        problems: WRITING_PROBLEMS,
        ..once(route, AUDIT, "request_export", "Take commits away", about)
    }
}

pub(super) fn list(route: &Route) -> Told {
    let about = "The workspace's exports of the last 90 days, newest first. That they were made stands \
                 in the log for ever.";
    Told {
        parameters: named(&["Cursor", "Limit", "Traceparent"]),
        answers: vec![(200, answer("A page of them.", &schema("ExportPage"), &[]))],
        problems: &[Kind::InvalidParameter, Kind::InvalidCursor],
        ..once(route, AUDIT, "list_exports", "List exports", about)
    }
}

pub(super) fn read(route: &Route) -> Told {
    let about = "How far it is and, once it is done, links to its files: good for 15 minutes, for \
                 whoever holds them. Files are kept for 7 days.";
    Told {
        parameters: named(&["Id", "Traceparent"]),
        answers: vec![(200, answer("The export.", &schema("Export"), &[]))],
        problems: &[Kind::InvalidParameter, Kind::NotFound, Kind::NewerBuild],
        ..once(route, AUDIT, "read_export", "How far is an export?", about)
    }
}

pub(super) fn start_verification(route: &Route) -> Told {
    let about = "Says that somebody begins to check the log, which becomes a commit itself. They read \
                 heads and stored commits, hash them again, and tell what they found.";
    let made = answer("It is noted.", &schema("Verification"), &["IdempotencyReplayed"]);
    Told {
        parameters: named(&WRITING),
        body: Some(records::body(true, &["application/json"], &schema("VerificationStart"))),
        answers: vec![(201, made)],
        problems: WRITING_PROBLEMS,
        ..once(route, AUDIT, "start_verification", "Begin to check the log", about)
    }
}

pub(super) fn finish_verification(route: &Route) -> Told {
    let about = "What somebody found who checked the log, with the numbers that they really checked. \
                 It is told once.";
    let mut names = vec!["Id"];
    names.extend(WRITING);
    let noted = answer("It is noted.", &schema("VerificationResult"), &["IdempotencyReplayed"]);
    Told {
        parameters: named(&names),
        body: Some(records::body(true, &["application/json"], &schema("Findings"))),
        answers: vec![(200, noted)],
        problems: ABOUT_ONE_PROBLEMS,
        ..once(route, AUDIT, "finish_verification", "Tell what was found", about)
    }
}

/// What the operations ask for and answer.
pub(super) fn components() -> Vec<Entry> {
    let entry = |name: &str, schema: Value| (name.to_owned(), schema);
    vec![
        entry("ExportFilter", filter()),
        entry("ExportRequest", export_request()),
        entry("ExportFile", file(false)),
        entry("ExportPart", file(true)),
        entry("Export", export()),
        entry(
            "ExportPage",
            json!({
                "type": "object",
                "properties": {
                    "items": {"type": "array", "maxItems": 100, "items": schema("Export")},
                    "next_cursor": schema("Cursor"),
                },
                "required": ["items"],
            }),
        ),
        entry("VerificationStart", verification_start()),
        entry("Verification", verification()),
        entry("Findings", findings(false)),
        entry("VerificationResult", findings(true)),
    ]
}

fn instant(description: &str) -> Value {
    json!({"type": "string", "format": "date-time", "description": description})
}

fn number(description: &str) -> Value {
    json!({"type": "integer", "minimum": 0, "description": description})
}

fn sha256(description: &str) -> Value {
    json!({"type": "string", "pattern": "^[0-9a-f]{64}$", "description": description})
}

fn id(description: &str) -> Value {
    json!({"type": "string", "pattern": RECORD_ID, "description": description})
}

fn export_format() -> Value {
    json!({
        "type": "string", "enum": ["ndjson", "csv"],
        "description": "`ndjson`: a line for each commit, with the stored text, to be verified. `csv`: \
                        a row for each change, for spreadsheets.",
    })
}

fn filter() -> Value {
    let text = |description: &str, example: &str| {
        json!({"type": "string", "minLength": 1, "maxLength": 200, "description": description,
            "examples": [example]})
    };
    json!({
        "type": "object",
        "additionalProperties": false,
        "description": "All that is given must fit; without any, every commit does.",
        "properties": {
            "actor": text("Who acted.", super::fields::PERSON_ID_EXAMPLE),
            "type": text("A record type, by its name.", "customer"),
            "action": text("One of the commit's events.", "customer.contact_changed"),
            "field": text("A JSON Pointer to a field, or to one that holds it.", "/email"),
            "record": text("One record, by its type and id.", "customer/lily"),
            "correlation_id": text("The larger flow.", "01KATX5R2N8Z6Q4M3B1V7C9D0E"),
            "since": instant("From this instant on."),
            "until": instant("Before this instant."),
        },
    })
}

fn export_request() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "format": export_format(), "filter": schema("ExportFilter"), "reason": reason(),
        },
        "required": ["format"],
        "examples": [{"format": "ndjson", "filter": {"type": "customer"}}],
    })
}

fn file(part: bool) -> Value {
    let mut file = json!({
        "type": "object",
        "properties": {
            "name": {"type": "string", "examples": [if part { "part-00001.ndjson" } else { "manifest.json" }]},
            "sha256": sha256("Of the file's bytes."),
            "url": {"type": "string", "format": "uri", "description": "Where it is read; absent while it is not there."},
        },
        "required": ["name", "sha256"],
    });
    if part {
        let numbers = [
            ("rows", "Lines or rows, the header not counted."),
            ("commits", "Commits."),
            ("bytes", "Bytes."),
        ];
        if let Some(properties) = file.get_mut("properties").and_then(Value::as_object_mut) {
            properties.extend(numbers.map(|(name, about)| (name.to_owned(), number(about))));
        }
        if let Some(file) = file.as_object_mut() {
            let required = json!(["name", "sha256", "rows", "commits", "bytes"]);
            file.insert("required".to_owned(), required);
        }
    }
    file
}

fn export() -> Value {
    json!({
        "type": "object",
        "properties": {
            "id": id("The export's id, and that of the `access` record that tells of it."),
            "state": {
                "type": "string", "enum": ["queued", "running", "done", "failed", "expired"],
                "description": "`expired`: it was done, and its files are gone.",
            },
            "format": export_format(),
            "filter": schema("ExportFilter"),
            "reason": {"type": "string", "description": "Why, where that was said."},
            "requested_by": schema("Actor"),
            "requested_at": instant("When it was asked for."),
            "complete_through": instant("It holds what was recorded up to then."),
            "progress": {
                "type": "number", "minimum": 0, "maximum": 1,
                "description": "How much of the time that it covers has been written.",
            },
            "commits": number("Commits written so far."),
            "unreadable": number("How many of them could not be read, and are told as such."),
            "rows": number("Lines or rows written so far."),
            "bytes": number("Bytes written so far."),
            "parts": {"type": "array", "items": schema("ExportPart"), "description": "The files, in their order."},
            "manifest": schema("ExportFile"),
            "links_expire_at": instant("Until when the links are good."),
            "expires_at": instant("Until when the files are kept."),
            "error": {"type": "string", "description": "Why it was given up."},
        },
        "required": [
            "id", "state", "format", "filter", "requested_by", "requested_at", "complete_through",
            "progress", "commits", "unreadable", "rows", "bytes", "parts",
        ],
    })
}

fn verification_start() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "scope": {
                "type": "string", "pattern": "^(all|[a-z0-9_]{1,40}/[A-Za-z0-9_-]{1,64})$",
                "description": "`all`, or one record by its type and id.",
                "examples": ["all", "customer/lily"],
            },
        },
        "required": ["scope"],
    })
}

fn verification() -> Value {
    json!({
        "type": "object",
        "properties": {"id": id("By which its result is told.")},
        "required": ["id"],
    })
}

fn findings(noted: bool) -> Value {
    let mut findings = json!({
        "type": "object",
        "properties": {
            "outcome": {
                "type": "string",
                "enum": ["clean", "content", "link", "gap", "key_mismatch", "head"],
                "description": "The gravest of what was found.",
            },
            "records": number("Records checked."),
            "commits": number("Commits hashed."),
            "links": number("Links between commits compared."),
            "findings": number("Things that are not as they should be."),
        },
        "required": ["outcome", "records", "commits", "links", "findings"],
    });
    if let Some(findings) = findings.as_object_mut() {
        if noted {
            if let Some(properties) = findings.get_mut("properties").and_then(Value::as_object_mut)
            {
                properties.insert("id".to_owned(), id("The verification."));
            }
        } else {
            findings.insert("additionalProperties".to_owned(), false.into());
        }
    }
    findings
}
