//! The local S3: keeps objects in a folder or in memory, takes them through the real SDK client,
//! and answers to links that were made with it.
//!
//! ```
//! use engine::objects::{Links, Objects};
//! # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
//! let links = Links::new("http://localhost:8080/objects", "key", "secret");
//! let objects = Objects::memory(links, || 1_800_000_000_000);
//! let put = objects.client().put_object().bucket("exports").key("a/part-1");
//! put.body(b"content".to_vec().into()).send().await.unwrap();
//! assert_eq!(objects.keys("exports"), ["a/part-1"]);
//! # });
//! ```
//!
//! What it does not do as S3 does:
//! - It answers `PutObject`, `GetObject`, `DeleteObject` and `ListObjectsV2`, and nothing else. A listing
//!   knows no delimiter.
//! - It keeps an object's bytes and when it was put, no type, tags or versions: a link says which
//!   type and disposition its answer has.
//! - Buckets need not be made. In a folder a key cannot be the beginning of another one's path.
//! - Calls of the client are not checked for their signature: they never leave the process. Links
//!   are.

mod home;
mod listing;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::{DateTime, DateTimeFormat};
use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::{Value, json};

use crate::connector::{self, Answer, Asked, Service};
use crate::faults::{Fault, Faults};
use home::{Home, KeptError};
use listing::Wanted;

/// How links to objects look, and what they are signed with.
#[derive(Clone)]
pub struct Links {
    endpoint: String,
    key_id: String,
    secret: String,
}

impl Links {
    /// Links begin with `endpoint`, an address with a path or without; bucket and key follow it.
    /// Whoever knows the secret can make one.
    pub fn new(
        endpoint: impl Into<String>,
        key_id: impl Into<String>,
        secret: impl Into<String>,
    ) -> Links {
        // The SDK (`aws-sdk-s3` 1.157) puts the bucket right behind the endpoint's path.
        let endpoint = format!("{}/", endpoint.into().trim_end_matches('/'));
        Links { endpoint, key_id: key_id.into(), secret: secret.into() }
    }

    /// The path of the endpoint: `/objects`.
    fn base(&self) -> String {
        let uri: http::Uri = self.endpoint.parse().unwrap_or_default();
        uri.path().trim_end_matches('/').to_owned()
    }
}

impl fmt::Debug for Links {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Links").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

/// Objects in buckets. Cheap to clone; all clones and clients share them.
#[derive(Clone)]
pub struct Objects {
    shared: Arc<Shared>,
}

struct Shared {
    home: Home,
    links: Links,
    now_ms: Box<dyn Fn() -> i64 + Send + Sync>,
}

impl fmt::Debug for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Objects").field("home", &self.shared.home).finish_non_exhaustive()
    }
}

impl Objects {
    /// Objects in memory, gone with the last clone. `now_ms` tells the time, in milliseconds since
    /// 1970.
    pub fn memory(links: Links, now_ms: impl Fn() -> i64 + Send + Sync + 'static) -> Objects {
        Self::at(Home::memory(), links, now_ms)
    }

    /// Objects as files of a folder, `{folder}/{bucket}/{key}`. It is made with the first one. A
    /// file is there whole or not at all, and on the disk before its put is answered.
    pub fn folder(
        folder: &Path,
        links: Links,
        now_ms: impl Fn() -> i64 + Send + Sync + 'static,
    ) -> Objects {
        Self::at(Home::folder(folder), links, now_ms)
    }

    fn at(home: Home, links: Links, now_ms: impl Fn() -> i64 + Send + Sync + 'static) -> Objects {
        Objects { shared: Arc::new(Shared { home, links, now_ms: Box::new(now_ms) }) }
    }

    /// A real SDK client. It needs a tokio runtime with time enabled, for the SDK's retries.
    pub fn client(&self) -> aws_sdk_s3::Client {
        self.client_with(Faults::none())
    }

    /// As [`Objects::client`], with `faults` on the way: [`Fault::Throttle`] is S3's `SlowDown`.
    pub fn client_with(&self, faults: Faults) -> aws_sdk_s3::Client {
        let Links { endpoint, key_id, secret } = &self.shared.links;
        connector::s3_client(self.clone(), faults, endpoint, (key_id, secret))
    }

    /// The keys of a bucket's objects, in order. For whoever looks.
    pub fn keys(&self, bucket: &str) -> Vec<String> {
        self.shared.home.keys(bucket)
    }

    /// Deletes the objects of a bucket that were put more than `age` ago, as a rule of the bucket
    /// would; says how many. One that cannot be deleted stays until the next time.
    pub async fn expire(&self, bucket: &str, age: Duration) -> usize {
        let age_ms = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
        let before_ms = (self.shared.now_ms)().saturating_sub(age_ms);
        let bucket = bucket.to_owned();
        self.off_thread(move |shared| shared.home.expire(&bucket, before_ms)).await.unwrap_or(0)
    }

    /// Answers a `GET` of a link that was made with the client, path and query as they came. Others
    /// are refused: `SignatureDoesNotMatch` where anything was changed, `AccessDenied` where it is
    /// no link or its time is over, both 403; an object that is gone is a 404.
    pub async fn link(&self, path: &str) -> http::Response<Vec<u8>> {
        let answer = match self.opened(path).await {
            Ok(asked) => self.answer("GetObject", asked).await,
            Err(refusal) => refusal,
        };
        let mut response = http::Response::new(answer.body);
        *response.status_mut() = http::StatusCode::from_u16(answer.status).unwrap_or_default();
        for (name, value) in answer.headers {
            // What a link says of its answer was signed by us, and is a header's value.
            if let Ok(value) = http::HeaderValue::try_from(value) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }

    /// The request that a link stands for: made anew, it must be the very same.
    async fn opened(&self, path: &str) -> Result<Asked, Answer> {
        let denied = |message| error(403, "AccessDenied", message);
        let place = self.place(path).filter(|place| !place.key.is_empty());
        let place = place.ok_or_else(|| denied("Access Denied"))?;
        let (date, expires) = (place.parameter("X-Amz-Date"), place.parameter("X-Amz-Expires"));
        let made_s = date.as_deref().and_then(seconds).ok_or_else(|| denied("Access Denied"))?;
        let good_for_s: u64 =
            expires.and_then(|text| text.parse().ok()).ok_or_else(|| denied("Access Denied"))?;
        let again = self.linked(&place, made_s, good_for_s).await;
        if !again.is_some_and(|again| same(&again, path)) {
            let message =
                "The request signature we calculated does not match the signature you provided.";
            return Err(error(403, "SignatureDoesNotMatch", message));
        }
        let now_s = (self.shared.now_ms)().div_euclid(1_000);
        let past_s = u64::try_from(now_s).unwrap_or(0).saturating_sub(made_s);
        if past_s >= good_for_s {
            return Err(denied("Request has expired"));
        }
        Ok(Asked { method: "GET".to_owned(), path: path.to_owned(), ..Asked::default() })
    }

    /// The path and query of a link, as the client makes it.
    async fn linked(&self, place: &Place, made_s: u64, good_for_s: u64) -> Option<String> {
        let links = PresigningConfig::builder()
            .start_time(UNIX_EPOCH.checked_add(Duration::from_secs(made_s))?)
            .expires_in(Duration::from_secs(good_for_s))
            .build()
            .ok()?;
        let get = self.client().get_object().bucket(&place.bucket).key(&place.key);
        let get = get
            .set_response_content_type(place.parameter(CONTENT_TYPE))
            .set_response_content_disposition(place.parameter(CONTENT_DISPOSITION));
        let made = get.presigned(links).await.ok()?;
        let uri: http::Uri = made.uri().parse().ok()?;
        uri.path_and_query().map(|path| path.as_str().to_owned())
    }

    /// The object that a path names, and what else its query says.
    fn place(&self, path: &str) -> Option<Place> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let path = path.strip_prefix(&self.shared.links.base())?.strip_prefix('/')?;
        // The path of a bucket alone has no key.
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let query = pairs.map(|(name, value)| Some((decoded(name)?, decoded(value)?)));
        Some(Place {
            bucket: decoded(bucket)?,
            key: decoded(key)?,
            query: query.collect::<Option<_>>()?,
        })
    }

    async fn execute(&self, operation: &str, asked: Asked) -> Answer {
        let place = self.place(&asked.path).filter(|place| {
            !place.bucket.is_empty() && (operation == LIST) == place.key.is_empty()
        });
        let Some(place) = place else {
            let message = format!("Couldn't parse the specified URI: {}", asked.path);
            return error(400, "InvalidURI", &message);
        };
        let now_ms = (self.shared.now_ms)();
        let operation = operation.to_owned();
        let done = self.off_thread(move |shared| {
            let (bucket, key) = (place.bucket.as_str(), place.key.as_str());
            match operation.as_str() {
                "PutObject" => {
                    shared.home.put(bucket, key, asked.body, now_ms).map(|()| empty(200))
                }
                "GetObject" => shared.home.get(bucket, key).map(|found| match found {
                    Some(body) => got(body, &place),
                    None => error(404, "NoSuchKey", "The specified key does not exist."),
                }),
                "DeleteObject" => shared.home.delete(bucket, key).map(|()| empty(204)),
                LIST => {
                    let wanted = Wanted::of(|name| place.parameter(name));
                    Ok(wanted.page(bucket, shared.home.listed(bucket)))
                }
                other => Ok(error(501, "NotImplemented", other)),
            }
        });
        match done.await {
            Some(Ok(answer)) => answer,
            Some(Err(KeptError::Key)) => {
                error(400, "KeyNotSupported", "The key cannot be the path of a file.")
            }
            Some(Err(KeptError::File(failure))) => {
                error(500, "InternalError", &failure.to_string())
            }
            None => error(500, "InternalError", "the operation ended in a fault"),
        }
    }

    /// Files are read and written where they block no task. `None` when the work panicked.
    async fn off_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Shared) -> T + Send + 'static,
    ) -> Option<T> {
        let shared = Arc::clone(&self.shared);
        tokio::task::spawn_blocking(move || work(&shared)).await.ok()
    }
}

impl Service for Objects {
    fn operation(&self, asked: &Asked) -> String {
        let whole = self.place(&asked.path).is_some_and(|place| !place.key.is_empty());
        let name = match (asked.method.as_str(), whole) {
            ("PUT", true) => "PutObject",
            ("GET", true) => "GetObject",
            ("DELETE", true) => "DeleteObject",
            ("GET", false) => LIST,
            (_, _) => "Unknown",
        };
        name.to_owned()
    }

    fn fields(&self, asked: &Asked) -> Value {
        let place = self.place(&asked.path);
        place.map(|place| json!({ "Bucket": place.bucket, "Key": place.key })).unwrap_or_default()
    }

    fn answer<'a>(&'a self, operation: &'a str, asked: Asked) -> BoxFuture<'a, Answer> {
        self.execute(operation, asked).boxed()
    }

    fn refusal(&self, fault: Fault, _operation: &str, _asked: &Asked) -> Option<Answer> {
        (fault == Fault::Throttle)
            .then(|| error(503, "SlowDown", "Please reduce your request rate."))
    }
}

const LIST: &str = "ListObjectsV2";
const CONTENT_TYPE: &str = "response-content-type";
const CONTENT_DISPOSITION: &str = "response-content-disposition";

/// An object's place, and what a request says besides.
struct Place {
    bucket: String,
    key: String,
    query: Vec<(String, String)>,
}

impl Place {
    fn parameter(&self, name: &str) -> Option<String> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
    }
}

fn got(body: Vec<u8>, place: &Place) -> Answer {
    let content_type = place.parameter(CONTENT_TYPE);
    let mut headers = vec![
        ("content-type", content_type.unwrap_or_else(|| "application/octet-stream".to_owned())),
        ("content-length", body.len().to_string()),
    ];
    if let Some(disposition) = place.parameter(CONTENT_DISPOSITION) {
        headers.push(("content-disposition", disposition));
    }
    Answer { status: 200, headers, body }
}

fn empty(status: u16) -> Answer {
    Answer { status, ..Answer::default() }
}

/// An error as S3 writes it (API reference, "Error responses", read 2026-11-24).
fn error(status: u16, code: &str, message: &str) -> Answer {
    let message = message.replace('&', "&amp;").replace('<', "&lt;");
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    let headers = vec![("content-type", "application/xml".to_owned())];
    Answer { status, headers, body: body.into_bytes() }
}

/// `20261124T082135Z` in seconds since 1970.
fn seconds(date: &str) -> Option<u64> {
    let (day, time) = date.strip_suffix('Z')?.split_once('T')?;
    let (year, month, day) = (day.get(..4)?, day.get(4..6)?, day.get(6..)?);
    let (hour, minute, second) = (time.get(..2)?, time.get(2..4)?, time.get(4..)?);
    let text = format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z");
    u64::try_from(DateTime::from_str(&text, DateTimeFormat::DateTime).ok()?.secs()).ok()
}

/// Takes the same time wherever the two differ.
fn same(one: &str, other: &str) -> bool {
    let differences = one.bytes().zip(other.bytes()).fold(0, |all, (a, b)| all | (a ^ b));
    one.len() == other.len() && differences == 0
}

/// Percent-decoded; `None` for what is no encoding of UTF-8.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2)?;
        let digits = std::str::from_utf8(digits).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_encoded_is_decoded_and_nothing_else() {
        assert_eq!(decoded("t.demo/a%20b%C3%A9"), Some("t.demo/a bé".to_owned()));
        for broken in ["%", "%2", "%zz", "%ff"] {
            assert_eq!(decoded(broken), None, "{broken}");
        }
    }

    #[test]
    fn a_link_s_date_is_read_to_the_second() {
        assert_eq!(seconds("20261124T082135Z"), Some(1_795_508_495));
        for broken in ["", "20261124", "20261124T0821Z", "20261324T082135Z", "2026112éT082135Z"] {
            assert_eq!(seconds(broken), None, "{broken}");
        }
    }
}
