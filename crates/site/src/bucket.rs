//! The site's bucket, and the distribution before it.

use crate::files::{self, File, FilesError};
use crate::order::{OnDelete, Order};
use aws_sdk_cloudfront::types::{InvalidationBatch, Paths};
use aws_sdk_s3::error::{BuildError, ProvideErrorMetadata, SdkError};
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use futures::stream::{self, StreamExt, TryStreamExt};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::error::Error;
use std::path::PathBuf;

/// How many files are put at once.
const AT_ONCE: usize = 8;
/// What the screens read of this deployment.
const CONFIG: &str = "config.json";
/// There is no such bucket.
const NO_BUCKET: &str = "NoSuchBucket";

/// Publishes a folder's files. Made once, at start.
#[derive(Debug, Clone)]
pub struct Publisher {
    /// The bucket's client.
    pub s3: aws_sdk_s3::Client,
    /// The distribution's client.
    pub cloudfront: aws_sdk_cloudfront::Client,
    /// Where the built screens are.
    pub folder: PathBuf,
}

/// The site could not be brought to what was ordered. It can be tried again.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// The built screens cannot be read.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// A call to S3 or CloudFront failed.
    #[error("{attempt} failed")]
    Call {
        /// What was attempted.
        attempt: String,
        /// Why it failed.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// S3 took the call and refused a part of it.
    #[error("{left} files could not be removed, the first because of {code}")]
    NotRemoved {
        /// How many are left.
        left: usize,
        /// What S3 says of the first.
        code: String,
    },
}

fn failed(attempt: impl Into<String>, source: impl Error + Send + Sync + 'static) -> SiteError {
    SiteError::Call { attempt: attempt.into(), source: Box::new(source) }
}

impl Publisher {
    /// Does what is ordered.
    ///
    /// # Errors
    /// [`SiteError`]; done again, the order is completed.
    pub(crate) async fn carry_out(&self, order: &Order) -> Result<(), SiteError> {
        match order {
            Order::Publish { bucket, distribution, config, id } => {
                let changed = self.publish(bucket, config).await?;
                self.invalidate(distribution, &changed, id).await
            }
            Order::Withdraw { files: OnDelete::Keep, .. } => Ok(()),
            Order::Withdraw { bucket, files: OnDelete::Empty } => self.empty(bucket).await,
        }
    }

    /// Puts everything, then removes what is not among it; says which keys CloudFront may hold an older
    /// copy of.
    async fn publish(
        &self,
        bucket: &str,
        config: &Map<String, Value>,
    ) -> Result<BTreeSet<String>, SiteError> {
        let files = files::files(&self.folder)?;
        let (page, others): (Vec<File>, Vec<File>) =
            files.into_iter().partition(|file| file.key == files::INDEX);
        let mut present: BTreeSet<String> = others.iter().map(|file| file.key.clone()).collect();
        stream::iter(others)
            .map(|file| self.put_file(bucket, file))
            .buffered(AT_ONCE)
            .try_collect::<Vec<()>>()
            .await?;
        let text = Value::Object(config.clone()).to_string();
        self.put(bucket, CONFIG, text.into_bytes()).await?;
        // From here on, who comes gets the new screens.
        for file in page {
            present.insert(file.key.clone());
            self.put_file(bucket, file).await?;
        }
        present.insert(CONFIG.to_owned());
        let stale: BTreeSet<String> =
            self.keys(bucket).await?.into_iter().filter(|key| !present.contains(key)).collect();
        let objects = stale.iter().map(|key| ObjectIdentifier::builder().key(key).build());
        let objects: Vec<ObjectIdentifier> = objects.collect::<Result<_, _>>().map_err(unbuilt)?;
        self.remove(bucket, objects).await?;
        tracing::info!(files = present.len(), removed = stale.len(), "the site is published");
        present.extend(stale);
        present.retain(|key| !key.starts_with(files::ASSETS));
        Ok(present)
    }

    async fn put_file(&self, bucket: &str, file: File) -> Result<(), SiteError> {
        let content = tokio::task::spawn_blocking({
            let path = file.path.clone();
            move || std::fs::read(path)
        });
        let content = content.await.map_err(|error| failed("reading a file", error))?;
        let content = content.map_err(|error| FilesError::Unreadable(file.path, error))?;
        self.put(bucket, &file.key, content).await
    }

    async fn put(&self, bucket: &str, key: &str, content: Vec<u8>) -> Result<(), SiteError> {
        self.s3
            .put_object()
            .bucket(bucket)
            .key(key)
            .content_type(files::media_type(key))
            .cache_control(files::caching(key))
            .body(content.into())
            .send()
            .await
            .map(drop)
            .map_err(|error| failed(format!("putting {key}"), error))
    }

    /// Every key of the bucket, to its last page.
    async fn keys(&self, bucket: &str) -> Result<Vec<String>, SiteError> {
        let mut pages = self.s3.list_objects_v2().bucket(bucket).into_paginator().send();
        let mut keys = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| failed("listing the bucket", error))?;
            keys.extend(
                page.contents().iter().filter_map(|object| object.key().map(str::to_owned)),
            );
        }
        Ok(keys)
    }

    /// Removes every version of everything; nothing is left to do where the bucket is gone.
    async fn empty(&self, bucket: &str) -> Result<(), SiteError> {
        loop {
            let page = match self.s3.list_object_versions().bucket(bucket).send().await {
                Ok(page) => page,
                Err(error) if is_gone(&error) => return Ok(()),
                Err(error) => return Err(failed("listing versions", error)),
            };
            let versions = page.versions().iter().map(|v| (v.key(), v.version_id()));
            let markers = page.delete_markers().iter().map(|m| (m.key(), m.version_id()));
            let objects = versions.chain(markers).filter_map(|(key, version)| {
                let object = ObjectIdentifier::builder().key(key?);
                Some(object.set_version_id(version.map(str::to_owned)).build())
            });
            let objects: Vec<_> = objects.collect::<Result<_, BuildError>>().map_err(unbuilt)?;
            if objects.is_empty() {
                return Ok(());
            }
            // What is removed is not on the next first page.
            self.remove(bucket, objects).await?;
        }
    }

    /// Removes at most a thousand at once (S3 API reference, `DeleteObjects`, read 2026-11-24).
    async fn remove(&self, bucket: &str, objects: Vec<ObjectIdentifier>) -> Result<(), SiteError> {
        for some in objects.chunks(1_000) {
            let delete = Delete::builder().set_objects(Some(some.to_vec())).quiet(true);
            let delete = delete.build().map_err(unbuilt)?;
            let answer = self.s3.delete_objects().bucket(bucket).delete(delete).send().await;
            let answer = answer.map_err(|error| failed("removing files", error))?;
            if let Some(first) = answer.errors().first() {
                let code = first.code().unwrap_or("an unknown error").to_owned();
                return Err(SiteError::NotRemoved { left: answer.errors().len(), code });
            }
        }
        Ok(())
    }

    /// Lets CloudFront forget its copies. Not waited for: it takes minutes, and the old screens work with
    /// the old assets that browsers hold. The same order repeated is one invalidation.
    async fn invalidate(
        &self,
        distribution: &str,
        keys: &BTreeSet<String>,
        id: &str,
    ) -> Result<(), SiteError> {
        let attempt = "invalidating CloudFront's copies";
        let paths: Vec<String> = keys.iter().map(|key| format!("/{key}")).collect();
        let quantity = i32::try_from(paths.len()).map_err(|error| failed(attempt, error))?;
        let paths = Paths::builder().quantity(quantity).set_items(Some(paths)).build();
        let batch = InvalidationBatch::builder()
            .paths(paths.map_err(|error| failed(attempt, error))?)
            .caller_reference(id)
            .build()
            .map_err(|error| failed(attempt, error))?;
        let call = self.cloudfront.create_invalidation().distribution_id(distribution);
        let answer = call.invalidation_batch(batch).send().await;
        answer.map(drop).map_err(|error| failed(attempt, error))
    }
}

fn unbuilt(error: BuildError) -> SiteError {
    failed("naming files", error)
}

fn is_gone<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    error.as_service_error().and_then(ProvideErrorMetadata::code) == Some(NO_BUCKET)
}
