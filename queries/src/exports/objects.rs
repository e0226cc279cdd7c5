//! The bucket of exports.

use aws_sdk_s3::Client;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use std::time::{Duration, UNIX_EPOCH};
use store::ExportJob;
use vocabulary::Instant;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// The bucket of exports, and the client that reaches it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Objects {
    client: Client,
    bucket: String,
}

/// An object or a link that could not be made.
#[derive(Debug, thiserror::Error)]
#[error("{attempt} did not work")]
pub struct ObjectError {
    attempt: &'static str,
    #[source]
    source: Source,
}

fn failed(attempt: &'static str) -> impl FnOnce(Source) -> ObjectError {
    move |source| ObjectError { attempt, source }
}

/// The key of a file of an export. It begins with the tenant.
fn key(job: &ExportJob, name: &str) -> String {
    format!("{}/{}/{name}", job.tenant, job.id)
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("ndjson") => "application/x-ndjson",
        Some("csv") => "text/csv; charset=utf-8",
        Some(_) | None => "application/json",
    }
}

impl Objects {
    /// Binds a client to the bucket.
    pub fn new(client: Client, bucket: String) -> Self {
        Self { client, bucket }
    }

    /// Writes a file of an export; one that is there is replaced. One request.
    ///
    /// # Errors
    /// [`ObjectError`]; the file may then be there or not.
    pub(crate) async fn put(
        &self,
        job: &ExportJob,
        name: &str,
        content: Vec<u8>,
    ) -> Result<(), ObjectError> {
        let put = self.client.put_object().bucket(&self.bucket).key(key(job, name));
        let put = put.content_type(content_type(name)).body(ByteStream::from(content));
        let done = put.send().await;
        done.map(drop).map_err(|error| failed("writing a file of an export")(error.into()))
    }

    /// A link by which whoever holds it reads a file of an export, as a download, for some seconds
    /// from `now` on. No request: links are signed here.
    ///
    /// # Errors
    /// [`ObjectError`] when there is nothing to sign with.
    pub(crate) async fn link(
        &self,
        job: &ExportJob,
        name: &str,
        (now, seconds): (Instant, u64),
    ) -> Result<String, ObjectError> {
        const ATTEMPT: &str = "making a link";
        let since = Duration::from_millis(u64::try_from(now.as_millis()).unwrap_or(0));
        let good_for = PresigningConfig::builder()
            .start_time(UNIX_EPOCH + since)
            .expires_in(Duration::from_secs(seconds))
            .build()
            .map_err(|error| failed(ATTEMPT)(error.into()))?;
        let saved_as = format!("attachment; filename=\"{name}\"");
        let get = self.client.get_object().bucket(&self.bucket).key(key(job, name));
        let get = get.response_content_type(content_type(name));
        let made = get.response_content_disposition(saved_as).presigned(good_for).await;
        made.map(|link| link.uri().to_owned()).map_err(|error| failed(ATTEMPT)(error.into()))
    }
}
