//! An export as the API tells it, and its manifest.

use super::jobs::Failed;
use super::objects::ObjectError;
use super::worker::MANIFEST;
use super::{Exports, RETENTION_MS};
use crate::history::shown as actor;
use events::access::Filter;
use futures::future::try_join_all;
use serde_json::{Map, Value, json};
use store::{ExportJob, ExportPart, ExportState};
use vocabulary::Instant;

/// How long a link is good: 15 minutes.
const LINK_SECONDS: u64 = 15 * 60;

impl Exports {
    /// An export, with links to its files while they are there.
    pub(super) async fn shown(
        &self,
        job: &ExportJob,
        parts: &[ExportPart],
        now: Instant,
    ) -> Result<Map<String, Value>, ObjectError> {
        let expires_at = job.requested_at.plus_millis(RETENTION_MS);
        let left_s = (expires_at.as_millis() - now.as_millis()).div_euclid(1_000);
        let good_for_s = u64::try_from(left_s).unwrap_or(0).min(LINK_SECONDS);
        let there = job.state == ExportState::Done && good_for_s > 0;
        let validity = there.then_some((now, good_for_s));
        let told = parts.iter().map(|part| async move {
            let file = self.file(job, &part.name, &part.sha256, validity).await?;
            Ok::<_, ObjectError>(with_numbers(file, part))
        });
        let told = try_join_all(told).await?;
        let mut shown = summary(job, there);
        shown.insert("parts".to_owned(), told.into());
        if let Some(sha256) = &job.manifest_sha256 {
            let manifest = self.file(job, MANIFEST, sha256, validity).await?;
            shown.insert("manifest".to_owned(), manifest.into());
            shown.insert("expires_at".to_owned(), json!(expires_at));
        }
        if let Some((now, seconds)) = validity {
            let ms = i64::try_from(seconds.saturating_mul(1_000)).unwrap_or(0);
            shown.insert("links_expire_at".to_owned(), json!(now.plus_millis(ms)));
        }
        Ok(shown)
    }

    async fn file(
        &self,
        job: &ExportJob,
        name: &str,
        sha256: &str,
        validity: Option<(Instant, u64)>,
    ) -> Result<Map<String, Value>, ObjectError> {
        let mut file = Map::new();
        file.insert("name".to_owned(), name.into());
        file.insert("sha256".to_owned(), sha256.into());
        if let Some(validity) = validity {
            let link = self.objects.link(job, name, validity).await?;
            file.insert("url".to_owned(), link.into());
        }
        Ok(file)
    }
}

fn with_numbers(mut file: Map<String, Value>, part: &ExportPart) -> Map<String, Value> {
    let numbers = [("rows", part.rows), ("commits", part.commits), ("bytes", part.bytes)];
    file.extend(numbers.map(|(name, number)| (name.to_owned(), number.into())));
    file
}

/// All but the files.
fn summary(job: &ExportJob, there: bool) -> Map<String, Value> {
    let state = match job.state {
        ExportState::Queued => "queued",
        ExportState::Running => "running",
        ExportState::Done if there => "done",
        ExportState::Done => "expired",
        ExportState::Failed => "failed",
    };
    let filter: Value = serde_json::from_str(&job.filter).unwrap_or_default();
    let mut shown = Map::new();
    let mut say = |name: &str, value: Value| {
        if !value.is_null() {
            shown.insert(name.to_owned(), value);
        }
    };
    say("id", json!(job.id));
    say("state", state.into());
    say("format", job.format.as_str().into());
    say("filter", filter);
    say("reason", json!(job.reason));
    say("requested_by", actor(&job.requested_by));
    say("requested_at", json!(job.requested_at));
    say("complete_through", json!(job.complete_through));
    say("progress", progress(job));
    say("commits", job.commits.into());
    say("unreadable", job.unreadable.into());
    say("rows", job.rows.into());
    say("bytes", job.bytes.into());
    say("error", json!(job.error));
    shown
}

/// How much of the time that it covers has been written, 0 to 1. What comes in a rush makes it slow.
fn progress(job: &ExportJob) -> Value {
    if job.complete {
        return json!(1);
    }
    let filter: Filter = serde_json::from_str(&job.filter).unwrap_or_default();
    let since = filter.since.and_then(|since| Instant::parse(&since).ok());
    let since = since.or_else(|| recorded_at(job.first.as_deref()));
    let (Some(since), Some(reached)) = (since, job.reached) else { return json!(0) };
    let all_ms = job.complete_through.as_millis() - since.as_millis();
    let done_ms = reached.as_millis() - since.as_millis();
    // In hundredths: a number without arithmetic on floats.
    let hundredths = done_ms.saturating_mul(100).checked_div(all_ms).unwrap_or(0).clamp(0, 99);
    serde_json::from_str(&format!("0.{hundredths:02}")).unwrap_or_default()
}

fn recorded_at(landmark: Option<&str>) -> Option<Instant> {
    let landmark: Value = serde_json::from_str(landmark?).ok()?;
    Instant::parse(landmark.get("recorded_at")?.as_str()?).ok()
}

/// The manifest: what an export holds, so that it can be checked without asking anybody.
pub(super) fn manifest(job: &ExportJob, parts: &[ExportPart]) -> Result<String, Failed> {
    let mut told = Map::new();
    let mut say = |name: &str, value: Value| told.insert(name.to_owned(), value);
    say("format", "annals-export-v1".into());
    say("export", json!(job.id));
    say("tenant", json!(job.tenant));
    say("requested_by", actor(&job.requested_by));
    say("requested_at", json!(job.requested_at));
    say("complete_through", json!(job.complete_through));
    say("filter", serde_json::from_str(&job.filter)?);
    say("file_format", job.format.as_str().into());
    say("commits", job.commits.into());
    say("unreadable", job.unreadable.into());
    say("rows", job.rows.into());
    for (name, landmark) in [("first", &job.first), ("last", &job.last)] {
        if let Some(landmark) = landmark {
            say(name, serde_json::from_str(landmark)?);
        }
    }
    let parts = parts.iter().map(|part| {
        let file = [("name", json!(part.name)), ("sha256", json!(part.sha256))];
        let file = file.map(|(name, value)| (name.to_owned(), value));
        Value::Object(with_numbers(Map::from_iter(file), part))
    });
    say("parts", parts.collect());
    let mut told = Value::Object(told);
    // With serde_json's feature `preserve_order`, which any crate of a build can turn on, two
    // binaries would write two manifests.
    told.sort_all_objects();
    Ok(serde_json::to_string_pretty(&told)?)
}
