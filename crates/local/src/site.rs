//! The frontend: files of a folder, as CloudFront and its bucket serve them on AWS.
//!
//! Whatever is no file belongs to the application, which reads the path itself: `/r/customers/lily` is
//! answered with `index.html`. The files are read at every request, so a new build needs no restart.

use crate::stack::{Exposure, Stack};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Json, http};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use tower::ServiceExt;
use tower_http::services::ServeDir;

/// The headers under which the frontend is served, here and on AWS, where the template adds the
/// addresses of Cognito to `connect-src`, and HSTS.
///
/// The browser obeys them: nothing inline, nothing from elsewhere, no text made into a script, no frame
/// around it (Content Security Policy Level 3 and Trusted Types, read 2026-11-24).
pub const SECURITY_HEADERS: &[(&str, &str)] = &[
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
         font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'; worker-src 'self'; require-trusted-types-for 'script'; \
         trusted-types 'none'",
    ),
    ("cross-origin-opener-policy", "same-origin"),
    (
        "permissions-policy",
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), \
         magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=()",
    ),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
];

/// The page that says what is here when no frontend is.
const PAGE: &str = include_str!("page.html");
/// What the application never owns, so that a mistyped address there is told as one.
const NOT_OF_THE_SITE: &[&str] = &["/api/", "/local/", "/oauth2/", "/.well-known/"];
/// The folder whose files have their content's hash in their names.
const ASSETS: &str = "/assets/";

/// Whether a path is answered by the frontend, if by nothing else.
pub(crate) fn is_of_the_site(path: &str) -> bool {
    !NOT_OF_THE_SITE
        .iter()
        .any(|prefix| path.starts_with(prefix) || prefix.trim_end_matches('/') == path)
}

/// `GET /config.json`: what the frontend and the command line must know of this deployment.
pub(crate) async fn config(State(stack): State<Arc<Stack>>) -> Response {
    if stack.exposure == Exposure::Network {
        return StatusCode::NOT_FOUND.into_response();
    }
    ([(header::CACHE_CONTROL, "no-cache")], Json(configuration(stack.gateway.identity.issuer())))
        .into_response()
}

fn configuration(issuer: &str) -> Value {
    json!({
        "authority": issuer,
        "client_id": "annals-web",
        "cli_client_id": "annals-cli",
        "logout_url": format!("{issuer}/logout"),
        "api": edge::BASE,
        "mailbox": "/local/mail",
        "demo": true,
    })
}

/// A file of the frontend, or the page that says how it is built.
pub(crate) async fn site(stack: &Stack, request: Request) -> Response {
    let path = request.uri().path();
    let asset = path.starts_with(ASSETS);
    let path = if asset || is_file(path) { path.to_owned() } else { "/index.html".to_owned() };
    // Who can reach the stack from elsewhere cannot sign in: browsers keep what that takes to
    // `https:` and this machine.
    let built = stack.exposure == Exposure::Loopback && stack.frontend.join("index.html").is_file();
    let mut response = if !built && path == "/index.html" {
        unbuilt(stack, request.method())
    } else if built && is_inside(&stack.frontend, &path).await {
        file(&stack.frontend, &path, request).await
    } else {
        StatusCode::NOT_FOUND.into_response()
    };
    let kept =
        asset && (response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED);
    let caching = if kept { "public, max-age=31536000, immutable" } else { "no-cache" };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    secured(response.headers_mut());
    response
}

fn secured(headers: &mut HeaderMap) {
    for (name, value) in SECURITY_HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
}

/// Ids have no dot, so that what has one in its last part is meant as a file.
fn is_file(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name.contains('.'))
}

/// Whether a path names, by plain names alone, a file that really is below the folder: no hidden file,
/// nothing escaped, no link that leads out. The compressed file beside it must not lead out either.
async fn is_inside(folder: &Path, path: &str) -> bool {
    let plain = |name: &str| {
        !name.starts_with('.')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
    };
    if !path.split('/').all(plain) {
        return false;
    }
    let Ok(root) = tokio::fs::canonicalize(folder).await else { return false };
    let file = folder.join(path.trim_start_matches('/'));
    let leads_inside = |real: std::io::Result<std::path::PathBuf>, missing| {
        real.map_or(missing, |real| real.starts_with(&root))
    };
    let mut compressed = file.clone().into_os_string();
    compressed.push(".gz");
    leads_inside(tokio::fs::canonicalize(&file).await, false)
        && leads_inside(tokio::fs::canonicalize(compressed).await, true)
}

/// The file at a path, as `tower-http` serves it: media type, entity tag, conditions, ranges, HEAD, and
/// the `.gz` beside it for those who take it.
async fn file(folder: &Path, path: &str, request: Request) -> Response {
    let Ok(uri) = path.parse::<Uri>() else { return StatusCode::NOT_FOUND.into_response() };
    let (mut parts, _body) = request.into_parts();
    parts.uri = uri;
    let files = ServeDir::new(folder)
        .precompressed_gzip()
        .append_index_html_on_directories(false)
        .redirect_to_trailing_slash(false);
    match files.oneshot(http::Request::from_parts(parts, Body::empty())).await {
        Ok(response) => response.map(Body::new),
        Err(never) => match never {},
    }
}

/// The page with this server's own address, and with the demo people where there are any.
fn unbuilt(stack: &Stack, method: &Method) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response();
    }
    let page = PAGE.replace("http://localhost:8080", stack.gateway.identity.issuer());
    let local = page.split_once("<!-- local -->").zip(page.split_once("<!-- /local -->"));
    let page = match local {
        Some(((before, _), (_, after))) if stack.exposure == Exposure::Network => {
            format!("{before}{after}")
        }
        Some(_) | None => page,
    };
    let body = if method == Method::HEAD { Body::empty() } else { Body::from(page) };
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], body).into_response()
}
