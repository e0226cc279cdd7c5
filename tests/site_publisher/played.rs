//! S3, CloudFront and CloudFormation's answering machine, as far as the publisher asks them. They listen on
//! a loopback port and remember what they were asked in which order.

use crate::support::runtime_api::served;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// So many objects are on a page of a list.
const PAGE: usize = 2;

/// What is there, and what was asked.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// The objects of the bucket.
    pub(super) objects: BTreeMap<String, Object>,
    /// Versions and marks of deletion, by key and version.
    pub(super) versions: Vec<(String, String)>,
    /// What was put or removed, in order.
    pub(super) changes: Vec<String>,
    /// The paths that CloudFront was told to forget.
    pub(super) forgotten: Vec<Vec<String>>,
    /// What CloudFormation was told.
    pub(super) told: Vec<Value>,
    /// Puts of this key are refused.
    pub(super) refused: Option<&'static str>,
    /// Removals of this key are refused, in an answer that is no error.
    pub(super) held: Option<&'static str>,
    /// The bucket is gone.
    pub(super) gone: bool,
    /// How often CloudFormation's address fails before it takes an answer.
    pub(super) deaf: usize,
}

/// An object as S3 would serve it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Object {
    pub(super) media_type: String,
    pub(super) caching: String,
    pub(super) body: String,
}

/// The services.
#[derive(Debug, Clone)]
pub(super) struct Played {
    kept: Arc<Mutex<Kept>>,
    pub(super) url: String,
}

impl Played {
    pub(super) async fn start() -> Self {
        let kept: Arc<Mutex<Kept>> = Arc::default();
        let url = served(Router::new().fallback(asked).with_state(kept.clone())).await;
        Self { kept, url }
    }

    /// Looks at what is kept, or changes it.
    pub(super) fn with<T>(&self, look: impl FnOnce(&mut Kept) -> T) -> T {
        look(&mut self.kept.lock().unwrap())
    }
}

async fn asked(
    State(kept): State<Arc<Mutex<Kept>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut kept = kept.lock().unwrap();
    let (path, query) = (uri.path(), uri.query().unwrap_or_default());
    let body = String::from_utf8(body.to_vec()).unwrap();
    if path == "/answer" {
        return kept.answered(&headers, &body);
    }
    if let Some(rest) = path.strip_prefix("/2020-05-31/distribution/") {
        assert_eq!(rest, "D1/invalidation");
        kept.forgotten.push(tags(&body, "Path"));
        return xml(201, "<Invalidation><Id>I1</Id><Status>InProgress</Status></Invalidation>");
    }
    let key = path.strip_prefix("/the-site").unwrap().trim_start_matches('/');
    match method.as_str() {
        _ if kept.gone => xml(404, "<Error><Code>NoSuchBucket</Code></Error>"),
        "PUT" => kept.put(key, &headers, body),
        "GET" if query.contains("list-type=2") => kept.list(query),
        "GET" if query.contains("versions") => kept.list_versions(),
        "POST" if query.contains("delete") => kept.remove(&body),
        other => panic!("{other} {uri} is not played"),
    }
}

impl Kept {
    fn answered(&mut self, headers: &HeaderMap, body: &str) -> Response {
        assert_eq!(headers.get("content-type"), None, "the address is signed without one");
        if self.deaf > 0 {
            self.deaf -= 1;
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
        self.told.push(serde_json::from_str(body).unwrap());
        StatusCode::OK.into_response()
    }

    fn put(&mut self, key: &str, headers: &HeaderMap, body: String) -> Response {
        if self.refused == Some(key) {
            return xml(403, "<Error><Code>AccessDenied</Code><Message>no</Message></Error>");
        }
        let header = |name: &str| headers.get(name).unwrap().to_str().unwrap().to_owned();
        let (media_type, caching) = (header("content-type"), header("cache-control"));
        self.changes.push(format!("put {key}"));
        self.versions.push((key.to_owned(), format!("v{}", self.versions.len())));
        self.objects.insert(key.to_owned(), Object { media_type, caching, body });
        StatusCode::OK.into_response()
    }

    fn list(&self, query: &str) -> Response {
        let token = query.split('&').find_map(|part| part.strip_prefix("continuation-token="));
        let after = token.unwrap_or_default().replace("%2F", "/");
        let keys: Vec<&String> =
            self.objects.keys().filter(|key| key.as_str() > after.as_str()).collect();
        let page = keys.get(..PAGE).unwrap_or(&keys);
        let contents: Vec<String> =
            page.iter().map(|key| format!("<Contents><Key>{key}</Key></Contents>")).collect();
        let more = if keys.len() > PAGE {
            let next = page.last().unwrap();
            format!(
                "<IsTruncated>true</IsTruncated><NextContinuationToken>{next}</NextContinuationToken>"
            )
        } else {
            "<IsTruncated>false</IsTruncated>".to_owned()
        };
        xml(200, &format!("<ListBucketResult>{more}{}</ListBucketResult>", contents.concat()))
    }

    fn list_versions(&self) -> Response {
        let page = self.versions.get(..PAGE).unwrap_or(&self.versions);
        let versions: Vec<String> = page
            .iter()
            .map(|(key, version)| {
                let tag = if version.starts_with('d') { "DeleteMarker" } else { "Version" };
                format!("<{tag}><Key>{key}</Key><VersionId>{version}</VersionId></{tag}>")
            })
            .collect();
        xml(200, &format!("<ListVersionsResult>{}</ListVersionsResult>", versions.concat()))
    }

    fn remove(&mut self, body: &str) -> Response {
        let versions = tags(body, "VersionId");
        for (number, key) in tags(body, "Key").into_iter().enumerate() {
            if self.held == Some(key.as_str()) {
                let error = format!("<Error><Key>{key}</Key><Code>InternalError</Code></Error>");
                return xml(200, &format!("<DeleteResult>{error}</DeleteResult>"));
            }
            match versions.get(number) {
                Some(version) => self.versions.retain(|(_, kept)| kept != version),
                None => self.versions.push((key.clone(), format!("d{}", self.versions.len()))),
            }
            self.objects.remove(&key);
            self.changes.push(format!("remove {key}"));
        }
        xml(200, "<DeleteResult/>")
    }
}

/// The contents of all elements of a name.
fn tags(body: &str, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let parts = body.split(&open).skip(1);
    parts.map(|part| part.split(&close).next().unwrap().to_owned()).collect()
}

fn xml(status: u16, body: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap();
    (status, [("content-type", "application/xml")], body.to_owned()).into_response()
}
