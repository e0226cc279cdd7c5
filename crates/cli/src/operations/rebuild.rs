//! A rebuild as the API tells of it: how far it is, and how it ended.

use super::told::{count, grouped, left, text};
use crate::error::exit;
use crate::output::per_mille;
use crate::progress::Far;
use serde_json::{Value, json};
use std::time::Duration;

/// A rebuild, as the API tells of it.
#[derive(Debug)]
pub(super) struct Rebuild(pub(super) Value);

impl Rebuild {
    pub(super) fn id(&self) -> String {
        text(&self.0, "/id")
    }

    pub(super) fn view(&self) -> String {
        text(&self.0, "/view")
    }

    pub(super) fn is(&self, kind: &str) -> bool {
        text(&self.0, "/kind") == kind
    }

    pub(super) fn has_ended(&self) -> bool {
        matches!(text(&self.0, "/state").as_str(), "verified" | "failed" | "cancelled")
    }

    /// What a command ends with that has seen it end.
    pub(super) fn exit_code(&self) -> u8 {
        // What a repair has found, it has mended.
        let mends = self.is("repair") || self.is("pass");
        let drift = if mends { 0 } else { count(&self.0, "/totals/drift") };
        match text(&self.0, "/state").as_str() {
            "verified" if drift == 0 && count(&self.0, "/totals/parked") == 0 => 0,
            "verified" => exit::UNCLEAN,
            "cancelled" => exit::CANCELLED,
            _ => exit::FAILED,
        }
    }

    fn total(&self, name: &str) -> String {
        grouped(count(&self.0, &format!("/totals/{name}")))
    }

    /// What it is at: `reading`, `paused`.
    pub(super) fn at(&self) -> String {
        let paused = self.0.get("paused").and_then(Value::as_bool) == Some(true);
        let at = match text(&self.0, "/phase").as_str() {
            "waiting" => "waiting for a worker",
            "read" => "reading",
            "verify" => "verifying",
            "compare" => "comparing",
            "count" => "counting",
            _ => return text(&self.0, "/state").replace('_', " "),
        };
        if paused && !self.has_ended() { format!("paused while {at}") } else { at.to_owned() }
    }

    /// `40 %`; nothing where it is not known.
    pub(super) fn percent(&self) -> String {
        let share = self.0.get("progress");
        share.map(|share| format!("{} %", per_mille(share) / 10)).unwrap_or_default()
    }

    fn segments(&self) -> Option<String> {
        let phase = text(&self.0, "/phase");
        let all = self.0.get("segments").and_then(Value::as_array)?;
        let of = all.iter().filter(|segment| text(segment, "/phase") == phase);
        let (done, of): (Vec<_>, Vec<_>) = of.partition(|one| text(one, "/state") == "done");
        let all = done.len() + of.len();
        (all > 1).then(|| format!("{} of {all} segments done", done.len()))
    }

    /// Everything that is known of how far it is: `reading, 12,000 of 50,000 commits, …`.
    fn far(&self) -> String {
        let mut told = vec![self.at()];
        match count(&self.0, "/expected") {
            0 => told.push(format!("{} commits", self.total("commits"))),
            of => told.push(format!("{} of {} commits", self.total("commits"), grouped(of))),
        }
        told.push(format!("{} records", self.total("records")));
        for (name, unit) in
            [("commits_per_second", "commits/s"), ("records_per_second", "records/s")]
        {
            if self.0.get(name).is_some() {
                told.push(format!("{} {unit}", grouped(count(&self.0, &format!("/{name}")))));
            }
        }
        if self.0.get("seconds_left").is_some() {
            told.push(format!("{} left", left(count(&self.0, "/seconds_left"))));
        }
        told.extend(self.segments());
        told.extend(self.faults());
        told.join(", ")
    }

    /// What is not as it should be, in numbers.
    fn faults(&self) -> Option<String> {
        let of = |name: &str| count(&self.0, &format!("/totals/{name}"));
        let told: Vec<String> = [("parked", of("parked")), ("drift", of("drift"))]
            .into_iter()
            .filter(|(_, number)| *number > 0)
            .map(|(name, number)| format!("{} {name}", grouped(number)))
            .collect();
        (!told.is_empty()).then(|| told.join(", "))
    }

    /// How it ended, in a sentence.
    pub(super) fn ending(&self) -> String {
        let of = |name: &str| self.total(name);
        let what = match text(&self.0, "/kind").as_str() {
            "full" => "The rebuild",
            "dry_run" => "The trial",
            "verify" => "The verification",
            "repair" => "The repair",
            _ => "The pass",
        };
        let state = text(&self.0, "/state");
        let error = text(&self.0, "/error");
        let error = if error.is_empty() { error } else { format!(" ({error})") };
        format!(
            "{what} of {} has ended: {state}{error}. {} records of {} commits, {} written, {} repaired, {} parked, {} drift, {} lag.",
            self.view(),
            of("records"),
            of("commits"),
            of("written"),
            of("repaired"),
            of("parked"),
            of("drift"),
            of("lag"),
        )
    }
}

impl Far for Rebuild {
    fn position(&self) -> u64 {
        self.0.get("progress").map(per_mille).unwrap_or_default()
    }

    fn beside(&self) -> String {
        self.far()
    }

    fn in_words(&self, _elapsed: Duration) -> String {
        let percent = self.percent();
        let percent = if percent.is_empty() { percent } else { format!("{percent}, ") };
        format!("{}: {percent}{}", self.view(), self.far())
    }

    fn json(&self, _elapsed: Duration) -> Value {
        let names = [
            "id",
            "view",
            "kind",
            "generation",
            "state",
            "phase",
            "paused",
            "progress",
            "seconds_left",
            "commits_per_second",
            "records_per_second",
            "expected",
            "totals",
            "segments",
            "error",
        ];
        let told =
            names.iter().filter_map(|&name| Some((name.to_owned(), self.0.get(name)?.clone())));
        Value::Object(told.collect())
    }
}

/// What a program is told of several rebuilds.
pub(super) fn listed(rebuilds: &[Rebuild]) -> Value {
    json!({ "items": rebuilds.iter().map(|rebuild| rebuild.0.clone()).collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rebuild() -> Value {
        json!({
            "id": "R", "view": "records", "kind": "full", "generation": 2, "state": "building",
            "phase": "read", "paused": false, "progress": 0.456, "seconds_left": 125,
            "commits_per_second": 3_000.7, "records_per_second": 600, "expected": 50_000,
            "totals": {"commits": 22_800, "records": 4_560, "written": 4_560, "parked": 1},
            "segments": [
                {"phase": "read", "number": 0, "state": "done"},
                {"phase": "read", "number": 1, "state": "running"},
                {"phase": "verify", "number": 0, "state": "waiting"},
            ],
        })
    }

    #[test]
    fn how_far_it_is_fits_into_a_line() {
        let told = Rebuild(rebuild());
        assert_eq!(
            told.in_words(Duration::ZERO),
            "records: 45 %, reading, 22,800 of 50,000 commits, 4,560 records, 3,000 commits/s, \
             600 records/s, 2 min left, 1 of 2 segments done, 1 parked"
        );
        assert_eq!(told.position(), 456);
        let mut json = rebuild();
        for name in
            ["progress", "seconds_left", "expected", "commits_per_second", "records_per_second"]
        {
            json.as_object_mut().unwrap().remove(name);
        }
        json["paused"] = true.into();
        let told = Rebuild(json).in_words(Duration::ZERO);
        assert!(told.starts_with("records: paused while reading, 22,800 commits, "), "{told}");
    }

    #[test]
    fn how_it_ended_decides_the_exit_code() {
        let ended = |kind: &str, state: &str, parked: u64, drift: u64| {
            let totals = json!({"parked": parked, "drift": drift});
            Rebuild(json!({"kind": kind, "state": state, "totals": totals})).exit_code()
        };
        assert_eq!(ended("full", "verified", 0, 0), 0);
        assert_eq!(ended("full", "verified", 1, 0), 5);
        assert_eq!(ended("verify", "verified", 0, 1), 5);
        assert_eq!(ended("repair", "verified", 0, 1), 0, "it was mended");
        assert_eq!(ended("full", "failed", 0, 0), 1);
        assert_eq!(ended("full", "cancelled", 0, 0), 130);
    }
}
