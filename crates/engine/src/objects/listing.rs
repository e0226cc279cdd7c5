//! Listing a bucket: the pages of `ListObjectsV2`.

use std::fmt::Write;

use aws_sdk_s3::primitives::{DateTime, DateTimeFormat};

use super::home::Listed;
use crate::connector::Answer;

/// The most keys of a page, as S3 has it (API reference, `ListObjectsV2`, read 2026-11-24).
const KEYS_MAX: usize = 1_000;

/// What a listing asks for.
pub(super) struct Wanted {
    pub(super) prefix: String,
    /// Only keys after this one; a token that goes on with a listing is the last key of its page.
    pub(super) after: String,
    pub(super) limit: usize,
}

impl Wanted {
    /// What a query says, by the names of its parameters.
    pub(super) fn of(parameter: impl Fn(&str) -> Option<String>) -> Wanted {
        let limit = parameter("max-keys").and_then(|text| text.parse().ok()).unwrap_or(KEYS_MAX);
        let token = parameter("continuation-token").or_else(|| parameter("start-after"));
        Wanted {
            prefix: parameter("prefix").unwrap_or_default(),
            after: token.unwrap_or_default(),
            limit: limit.clamp(1, KEYS_MAX),
        }
    }

    /// A page of objects that stand in the order of their keys.
    pub(super) fn page(&self, bucket: &str, objects: Vec<Listed>) -> Answer {
        let wanted = |object: &Listed| {
            object.key.starts_with(&self.prefix) && object.key.as_str() > self.after.as_str()
        };
        let mut page: Vec<Listed> =
            objects.into_iter().filter(wanted).take(self.limit.saturating_add(1)).collect();
        let more = page.len() > self.limit;
        page.truncate(self.limit);
        let next = page.last().filter(|_| more).map(|last| last.key.clone());
        let body = document(bucket, &page, next.as_deref());
        let headers = vec![("content-type", "application/xml".to_owned())];
        Answer { status: 200, headers, body: body.into_bytes() }
    }
}

/// The page as S3 writes it.
fn document(bucket: &str, page: &[Listed], next: Option<&str>) -> String {
    let mut contents = String::new();
    for Listed { key, size, put_at_ms } in page {
        let put = DateTime::from_millis(*put_at_ms).fmt(DateTimeFormat::DateTime);
        let put = put.unwrap_or_default();
        let key = escaped(key);
        // Writing to a text cannot fail.
        write!(
            contents,
            "<Contents><Key>{key}</Key><LastModified>{put}</LastModified><Size>{size}</Size></Contents>"
        )
        .unwrap_or_default();
    }
    let next = next
        .map(|next| format!("<NextContinuationToken>{}</NextContinuationToken>", escaped(next)));
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
         <Name>{}</Name><KeyCount>{}</KeyCount><IsTruncated>{}</IsTruncated>{}{contents}</ListBucketResult>",
        escaped(bucket),
        page.len(),
        next.is_some(),
        next.unwrap_or_default(),
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
