//! What operators are shown: keys, errors and counts, never contents.

use super::super::components::instant;
use super::super::fields::RECORD_ID;
use super::super::parameters::Entry;
use super::super::schema;
use super::asked::TYPE_NAME;
use super::view_name;
use serde_json::{Map, Value, json};

pub(super) fn components() -> Vec<Entry> {
    let entry = |name: &str, schema: Value| (name.to_owned(), schema);
    vec![
        entry("ViewGeneration", generation()),
        entry("View", view()),
        entry("Views", list("View", 100)),
        entry("RecordRef", record_ref()),
        entry("RebuildTotals", totals()),
        entry("RebuildSegment", segment()),
        entry("Difference", difference()),
        entry("Rebuild", rebuild()),
        entry("RebuildPage", page("Rebuild")),
        entry("Reconciling", list("Rebuild", 100)),
        entry("ParkedRecord", parked()),
        entry("ParkedGroup", parked_group()),
        entry("ParkedPage", parked_page()),
        entry(
            "Retrying",
            object(json!({"records": number("Records that are tried again.")}), &["records"]),
        ),
        entry("FailedBatch", failed_batch()),
        entry("FailurePage", page("FailedBatch")),
        entry("DeskAlarm", alarm()),
        entry("DeskAlarms", list("DeskAlarm", 1_000)),
        entry("Replay", replay()),
        entry("ReplayPage", page("Replay")),
        entry("Log", log()),
    ]
}

fn object(properties: Value, required: &[&str]) -> Value {
    let mut schema = Map::new();
    schema.insert("type".to_owned(), json!("object"));
    schema.insert("properties".to_owned(), properties);
    schema.insert("required".to_owned(), json!(required));
    Value::Object(schema)
}

fn list(of: &str, most: u32) -> Value {
    object(json!({"items": {"type": "array", "maxItems": most, "items": schema(of)}}), &["items"])
}

fn page(of: &str) -> Value {
    object(
        json!({
            "items": {"type": "array", "maxItems": 100, "items": schema(of)},
            "next_cursor": schema("Cursor"),
        }),
        &["items"],
    )
}

fn number(description: &str) -> Value {
    json!({"type": "integer", "minimum": 0, "description": description})
}

fn text(description: &str) -> Value {
    json!({"type": "string", "description": description})
}

fn flag(description: &str) -> Value {
    json!({"type": "boolean", "description": description})
}

fn one_of(names: &[&str], description: &str) -> Value {
    json!({"type": "string", "enum": names, "description": description})
}

fn id(description: &str) -> Value {
    json!({"type": "string", "pattern": RECORD_ID, "description": description})
}

fn type_names(description: &str) -> Value {
    json!({"type": "array", "items": {"type": "string", "pattern": TYPE_NAME}, "description": description})
}

fn generation() -> Value {
    let states =
        ["active", "outdated", "building", "caught_up", "verified", "failed", "previous", "trial"];
    object(
        json!({
            "number": json!({"type": "integer", "minimum": 1, "description": "Counts the generations of its view."}),
            "state": one_of(&states, "`outdated`: active, and made by another fold than today's. `trial`: built \
                                      to be compared, never to be promoted."),
            "since": instant("Since when it is in this state, where that is known."),
            "until": instant("How long it is kept."),
        }),
        &["number", "state"],
    )
}

fn view() -> Value {
    let can = [
        "rebuild",
        "verify",
        "promote",
        "force_promote",
        "rollback",
        "retire",
        "repair",
        "pause",
        "resume",
        "cancel",
    ];
    object(
        json!({
            "view": view_name(),
            "epoch": number("Counts the changes of its generations."),
            "active": schema("ViewGeneration"),
            "building": schema("ViewGeneration"),
            "previous": schema("ViewGeneration"),
            "retiring": {
                "type": "array", "items": {"type": "integer", "minimum": 1},
                "description": "Generations whose rows are being deleted.",
            },
            "outdated": flag("Whether the active generation was made by another fold than today's."),
            "outdated_types": type_names("The record types whose fold has changed; `@layout` is the view's own layout."),
            "lag": lag(),
            "parked": number("Records that the active generation cannot follow, the accepted ones not counted."),
            "skipped": number("Parked records that somebody has accepted."),
            "verified_through": instant("Everything recorded before has been verified to be in the view."),
            "rebuild": id("The rebuild under way."),
            "last_rebuild": schema("Rebuild"),
            "drift_watch": drift_watch(),
            "can": {
                "type": "array", "items": {"type": "string", "enum": can},
                "description": "What can be done with it now; `pause`, `resume` and `cancel` with its rebuild.",
            },
        }),
        &["view", "epoch", "active", "retiring", "outdated", "lag", "parked", "skipped", "can"],
    )
}

fn lag() -> Value {
    object(
        json!({
            "behind": number("How many of the newest changes the active rows have not reached."),
            "lag_ms": number("How long ago the oldest of those was recorded, in milliseconds; 0 where none is behind."),
            "looked_at": number("How many of the newest changes were looked at."),
        }),
        &["behind", "lag_ms", "looked_at"],
    )
}

fn drift_watch() -> Value {
    object(
        json!({
            "at": instant("When rows were last held against a fresh fold."),
            "records": number("How many records."),
            "drift": number("How many rows were not what the fold says."),
            "lag": number("How many rows were only behind."),
        }),
        &["at", "records", "drift", "lag"],
    )
}

fn record_ref() -> Value {
    object(
        json!({
            "tenant": text("The workspace, where it is not the caller's."),
            "type": {"type": "string", "pattern": TYPE_NAME, "examples": ["customer"]},
            "id": id("As in `id`."),
        }),
        &["type", "id"],
    )
}

fn totals() -> Value {
    object(
        json!({
            "commits": number("Commits read."),
            "records": number("Records read, or verified."),
            "written": number("Rows written."),
            "repaired": number("Rows that had to be rewritten."),
            "parked": number("Records that could not be followed."),
            "lag": number("Rows that were only behind."),
            "drift": number("Rows that were not what the fold says."),
            "read_units": number("Read units used."),
        }),
        &["commits", "records", "written", "repaired", "parked", "lag", "drift", "read_units"],
    )
}

const PHASES: [&str; 4] = ["read", "verify", "compare", "count"];

fn segment() -> Value {
    object(
        json!({
            "phase": one_of(&PHASES, "What it does."),
            "number": number("Which of the segments of its phase, from 0."),
            "state": one_of(&["waiting", "running", "done"], "How far it is."),
            "commits": number("Commits read."),
            "records": number("Records read, or verified."),
            "updated_at": instant("When it was last heard of."),
        }),
        &["phase", "number", "state", "commits", "records"],
    )
}

fn difference() -> Value {
    object(
        json!({
            "record": schema("RecordRef"),
            "version": number("The version concerned."),
            "kind": one_of(
                &["lag", "drift", "missing", "surplus", "count"],
                "`lag`: only behind. `drift`: not what the fold says. `missing`: no row. `surplus`: a row of \
                 no record. `count`: numbers that do not agree.",
            ),
            "detail": text("The names of what differs, never the contents."),
        }),
        &["kind", "detail"],
    )
}

fn rebuild() -> Value {
    let phases = [&["waiting"], &PHASES[..], &["ended"]].concat();
    let about = json!({
        "id": id("Its id, and that of the `operation` record that tells of it."),
        "view": view_name(),
        "kind": one_of(
            &["full", "dry_run", "verify", "repair", "pass"],
            "`pass`: the view is held against the whole log.",
        ),
        "generation": {"type": "integer", "minimum": 1, "description": "The generation that it works on."},
        "state": one_of(
            &["building", "caught_up", "verifying", "verified", "failed", "cancelled"],
            "The last three are how it can end.",
        ),
        "paused": flag("Whether its workers rest."),
        "parallel": number("Over how many segments the log is read."),
        "rate": number("The most read units a second."),
        "promote": flag("Whether its generation is promoted by itself once it is verified."),
        "sample": number("How many of a thousand records are verified; absent when all are."),
        "scope": scope(),
        "reason": text("Why."),
        "requested_by": schema("Actor"),
        "requested_at": instant("When it was asked for."),
        "caught_up_at": instant("When all of the log was read."),
        "ended_at": instant("When it ended."),
        "error": text("Why it failed."),
        "accepted_parked": flag("Whether it ended although records are parked, all of which were accepted."),
        "phase": one_of(&phases, "What its workers are at."),
        "progress": {
            "type": "number", "minimum": 0, "maximum": 1,
            "description": "How much of it is done; absent where that is not known.",
        },
        "seconds_left": number("How long it will take, by what it did last; absent where that is not known."),
        "records_per_second": {"type": "number", "minimum": 0, "description": "By what it did last."},
        "commits_per_second": {"type": "number", "minimum": 0, "description": "By what it did last."},
        "expected": number("How many commits are to be read, where that is known."),
        "totals": schema("RebuildTotals"),
        "segments": {
            "type": "array", "items": schema("RebuildSegment"),
            "description": "With one rebuild; lists leave them out.",
        },
        "differences": {
            "type": "array", "maxItems": 100, "items": schema("Difference"),
            "description": "The first that were found, with one rebuild; lists leave them out.",
        },
        "differences_more": number("How many more were found."),
    });
    let required = [
        "id",
        "view",
        "kind",
        "generation",
        "state",
        "paused",
        "parallel",
        "promote",
        "requested_by",
        "requested_at",
        "phase",
        "totals",
    ];
    object(about, &required)
}

fn scope() -> Value {
    json!({
        "type": "object",
        "description": "With `repair`: which records.",
        "properties": {
            "records": {"type": "array", "items": schema("RecordRef")},
            "type": {"type": "string", "pattern": TYPE_NAME, "description": "All of this type."},
            "since": instant("Those that were changed since this instant."),
        },
    })
}

fn parked() -> Value {
    let skipped = object(
        json!({
            "at": instant("When."),
            "by": text("Who, by id."),
            "reason": text("Why."),
        }),
        &["at", "by", "reason"],
    );
    object(
        json!({
            "view": view_name(),
            "generation": {"type": "integer", "minimum": 1, "description": "The generation that cannot follow."},
            "tenant": text("The workspace."),
            "record": schema("RecordRef"),
            "version": number("The version at which it stopped."),
            "cause": one_of(&["poison", "newer_build"], "`newer_build`: it passes with an update."),
            "error": text("What went wrong, without contents."),
            "tries": number("How often it was tried."),
            "first_at": instant("When it was parked."),
            "last_at": instant("When it was last tried."),
            "build": text("The build that tried last."),
            "skipped": skipped,
        }),
        &[
            "view",
            "generation",
            "tenant",
            "record",
            "version",
            "cause",
            "error",
            "tries",
            "first_at",
            "last_at",
            "build",
        ],
    )
}

fn parked_group() -> Value {
    object(
        json!({"error": text("The error."), "records": number("How many records stopped with it.")}),
        &["error", "records"],
    )
}

fn parked_page() -> Value {
    object(
        json!({
            "items": {"type": "array", "maxItems": 100, "items": schema("ParkedRecord")},
            "groups": {
                "type": "array", "maxItems": 100, "items": schema("ParkedGroup"),
                "description": "How many there are with each error, the most frequent first.",
            },
            "next_cursor": schema("Cursor"),
        }),
        &["items", "groups"],
    )
}

fn failed_batch() -> Value {
    object(
        json!({
            "key": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,1024}$", "description": "By which it is driven again."},
            "mapping": one_of(&["projector", "publisher"], "The function that gave it up."),
            "at": instant("When it was given up."),
            "records": number("How many records of the stream it holds."),
            "first_at": instant("When the first of them came into the stream."),
            "last_at": instant("When the last of them did."),
            "reason": text("Why it was given up, as AWS names it."),
            "driven_at": instant("When it was driven again."),
        }),
        &["key", "mapping", "at", "records", "reason"],
    )
}

fn alarm() -> Value {
    object(
        json!({
            "kind": one_of(&["tamper", "diverged", "log_shortened", "drift"], "What it is about."),
            "tenant": text("The workspace, where a record is concerned."),
            "record": schema("RecordRef"),
            "version": number("The version concerned, where it is known."),
            "detail": text("A sentence for people."),
            "at": instant("When it was noticed."),
        }),
        &["kind", "detail", "at"],
    )
}

fn replay() -> Value {
    object(
        json!({
            "id": id("Its id, and that of the `operation` record that tells of it."),
            "state": one_of(&["counting", "running", "done", "failed", "cancelled"], "How far it is."),
            "dry_run": flag("Whether events are only counted."),
            "commits": number("Commits found so far."),
            "events": number("Events found so far."),
            "published": number("Events sent so far."),
            "reason": text("Why."),
            "requested_by": schema("Actor"),
            "requested_at": instant("When it was asked for."),
            "ended_at": instant("When it ended."),
            "error": text("Why it failed."),
        }),
        &["id", "state", "dry_run", "commits", "events", "published", "reason", "requested_at"],
    )
}

fn log() -> Value {
    object(
        json!({
            "state": one_of(&["open", "closed"], "`closed`: nothing is written."),
            "since": instant("Since when it is closed."),
            "why": text("Why it is closed."),
            "verified_through": instant("Everything recorded before has been verified to be in the views."),
            "recovery": {
                "type": "array", "items": id("A rebuild."),
                "description": "The rebuilds by which it is recovered.",
            },
        }),
        &["state"],
    )
}
