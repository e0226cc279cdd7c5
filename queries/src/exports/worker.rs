//! The function `exporter`: writes the parts of an export, one after the other, and its manifest.
//!
//! Each step can be repeated: an object is written before the part that it is, a part before the job
//! that counts it, and the job changes under what was read. Whoever is overtaken reads the job again
//! and goes on from there.

use super::Exports;
use super::jobs::{Failed, Message};
use super::part::{Limits, part};
use super::shown::manifest;
use super::walk::Walk;
use crate::Queries;
use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use events::access::{Command, ExportEnd, Filter, Format};
use store::{ExportJob, ExportPart, ExportState, Written, chain};
use tokio::time::Instant;
use vocabulary::Digest;

/// How often an export is tried before it is given up. The queue behind it gives a message a few
/// receives more, to tell that it was given up.
const TRIES_MAX: u32 = 5;
/// How often a worker may be overtaken before it leaves the field.
const OVERTAKEN_MAX: u32 = 100;

/// What the function works with. Made once, at start.
#[derive(Debug, Clone)]
pub struct Exporter {
    /// The tables, and how they are read.
    pub queries: Queries,
    /// Where objects are written, and the queue to hand the rest on.
    pub exports: Exports,
    /// How large a part may be.
    pub limits: Limits,
}

impl Exporter {
    /// Goes on with the exports of a batch, each until it is done or `until` is over; then what is
    /// left is handed on by a new message. Reports those that could not go on. Told of an export that
    /// has ended, it does nothing.
    pub async fn handle(&self, event: SqsEvent, until: Instant) -> SqsBatchResponse {
        let mut response = SqsBatchResponse::default();
        for message in &event.records {
            if !self.handled(message, until).await {
                let mut failure = BatchItemFailure::default();
                failure.item_identifier = message.message_id.clone().unwrap_or_default();
                response.batch_item_failures.push(failure);
            }
        }
        response
    }

    async fn handled(&self, message: &SqsMessage, until: Instant) -> bool {
        let body = message.body.as_deref().unwrap_or_default();
        let Ok(told) = serde_json::from_str::<Message>(body) else {
            tracing::error!(metric = "ExportUnreadable", "a message to the exporter is none");
            return false;
        };
        let receives = message.attributes.get("ApproximateReceiveCount");
        let receives: u32 = receives.and_then(|count| count.parse().ok()).unwrap_or(1);
        if receives > TRIES_MAX {
            return self.gave_up(&told, "it stopped again and again").await;
        }
        match self.go_on(&told, until).await {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(
                    error = chain(&error),
                    export = told.place,
                    "an export does not go on"
                );
                receives >= TRIES_MAX && self.gave_up(&told, error.told()).await
            }
        }
    }

    async fn go_on(&self, message: &Message, until: Instant) -> Result<(), Failed> {
        let (mut overtaken, mut wrote) = (0, false);
        loop {
            let job = self.queries.store.export(&message.tenant, &message.place).await?;
            let Some(mut job) = job else {
                tracing::error!(export = message.place, "there is no such export");
                return Ok(());
            };
            let changed = match job.state {
                ExportState::Done | ExportState::Failed => return Ok(()),
                ExportState::Queued => {
                    job.state = ExportState::Running;
                    self.queries.store.change_export(&mut job).await?
                }
                ExportState::Running if job.complete => self.finish(&mut job).await?,
                ExportState::Running if wrote && Instant::now() >= until => {
                    return Ok(self.exports.queue.send(&Message::about(&job)).await?);
                }
                ExportState::Running => {
                    wrote = true;
                    self.write_part(&mut job).await?
                }
            };
            overtaken += u32::from(changed == Written::Overtaken);
            if overtaken > OVERTAKEN_MAX {
                return Err(Failed::Busy);
            }
        }
    }

    /// Writes the next part: its object, then its row, then the job that counts it.
    async fn write_part(&self, job: &mut ExportJob) -> Result<Written, Failed> {
        let filter: Filter = serde_json::from_str(&job.filter)?;
        let format = format_of(job)?;
        let walk = Walk::new(&self.queries, job, &filter)?;
        let written = part(&walk, format, self.limits, job.position.clone()).await?;
        if written.commits > 0 {
            let name = format!("part-{:05}.{}", job.parts + 1, format.name());
            let bytes = u64::try_from(written.content.len()).unwrap_or(u64::MAX);
            let sha256 = Digest::of(&[&written.content]).to_string();
            self.exports.objects.put(job, &name, written.content).await?;
            let (rows, commits) = (written.rows, written.commits);
            let row = ExportPart { name, rows, commits, bytes, sha256 };
            self.queries.store.add_export_part(job, &row).await?;
            job.parts += 1;
            job.rows += rows;
            job.commits += commits;
            job.unreadable += written.unreadable;
            job.bytes += bytes;
            job.first = job.first.take().or(written.first);
            job.last = written.last;
            job.reached = written.reached;
        }
        job.position = written.position;
        job.complete = written.ended;
        Ok(self.queries.store.change_export(job).await?)
    }

    /// Writes the manifest, tells the log, and closes the job.
    async fn finish(&self, job: &mut ExportJob) -> Result<Written, Failed> {
        let parts = self.queries.store.export_parts(job).await?;
        if u32::try_from(parts.len()).ok() != Some(job.parts) {
            return Err(Failed::Record);
        }
        let manifest = manifest(job, &parts)?;
        let manifest_sha256 = Digest::of(&[manifest.as_bytes()]).to_string();
        self.exports.objects.put(job, MANIFEST, manifest.into_bytes()).await?;
        let command = Command::FinishExport {
            commits: job.commits,
            rows: job.rows,
            parts: u64::from(job.parts),
            manifest_sha256,
        };
        self.close(job, &command).await
    }

    /// Gives an export up; whether that is told.
    async fn gave_up(&self, message: &Message, error: &str) -> bool {
        match self.give_up(message, error).await {
            Ok(()) => true,
            Err(error) => {
                tracing::error!(
                    error = chain(&error),
                    export = message.place,
                    metric = "ExportStuck",
                    "an export cannot be given up"
                );
                false
            }
        }
    }

    async fn give_up(&self, message: &Message, error: &str) -> Result<(), Failed> {
        tracing::error!(
            export = message.place,
            error,
            metric = "ExportFailed",
            "an export is given up"
        );
        for _ in 0..OVERTAKEN_MAX {
            let job = self.queries.store.export(&message.tenant, &message.place).await?;
            let open =
                |job: &ExportJob| !matches!(job.state, ExportState::Done | ExportState::Failed);
            let Some(mut job) = job.filter(open) else { return Ok(()) };
            let command = Command::FailExport { error: error.to_owned() };
            if self.close(&mut job, &command).await? == Written::Done {
                return Ok(());
            }
        }
        Err(Failed::Busy)
    }

    /// Tells the log how it ended; the job then says what the log says.
    async fn close(&self, job: &mut ExportJob, command: &Command) -> Result<Written, Failed> {
        match self.queries.end_export(&job.tenant, &job.id, command).await? {
            ExportEnd::Finished { manifest_sha256, .. } => {
                job.state = ExportState::Done;
                job.manifest_sha256 = Some(manifest_sha256);
            }
            ExportEnd::Failed { error } => {
                job.state = ExportState::Failed;
                job.error = Some(error);
            }
        }
        Ok(self.queries.store.change_export(job).await?)
    }
}

/// The name of the file that says what an export holds.
pub(super) const MANIFEST: &str = "manifest.json";

fn format_of(job: &ExportJob) -> Result<Format, Failed> {
    Ok(serde_json::from_value(job.format.as_str().into())?)
}
