//! The frontend as the local server hands it out: which file for which path, under which headers.

use http::StatusCode;
use local::{Data, Exposure, SECURITY_HEADERS, Settings, Stack};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::net::TcpListener;

const INDEX: &str = "<!doctype html><title>Annals</title>";
const SCRIPT: &str = "console.log('a script that is long enough to be worth compressing')";
/// Stands for what gzip makes of the script; nobody looks into it.
const COMPRESSED: &str = "compressed";

struct Site {
    serving: local::Serving,
    _stack: Arc<Stack>,
    folder: TempDir,
}

struct Answer {
    status: u16,
    headers: HashMap<String, String>,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

impl Site {
    async fn built() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("assets")).unwrap();
        let files = [
            ("index.html", INDEX),
            ("icon.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>"),
            (".sources", "what it was built from"),
            ("assets/main-abc123.js", SCRIPT),
            ("assets/main-abc123.js.gz", COMPRESSED),
            ("assets/main-abc123.css", "body{}"),
        ];
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        Self::of(folder, Exposure::Loopback).await
    }

    async fn of(folder: TempDir, exposure: Exposure) -> Self {
        let settings = Settings::new(Data::Memory, "http://localhost:8080".to_owned());
        let frontend = folder.path().to_owned();
        let stack = Stack::start(Settings { exposure, frontend, ..settings }).await.unwrap();
        let stack = Arc::new(stack);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let serving = local::serve(listener, stack.clone()).unwrap();
        Self { serving, _stack: stack, folder }
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[]).await
    }

    /// Sends a path exactly as it is written, which no client library would do for `..`.
    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        let address = self.serving.address;
        let lines = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n"));
        let lines: String = lines.collect();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{lines}\r\n"
        );
        tokio::task::spawn_blocking(move || asked(address, &request)).await.unwrap()
    }
}

fn asked(address: std::net::SocketAddr, request: &str) -> Answer {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
    Answer { status, headers, body: body.to_owned() }
}

#[tokio::test]
async fn whatever_is_no_file_is_answered_with_the_application() {
    let site = Site::built().await;
    for path in ["/", "/r/customers", "/r/customers/lily?at=2", "/signed-in?code=a.b", "/nowhere"] {
        let answer = site.get(path).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, INDEX), "{path}");
        assert_eq!(answer.header("content-type"), "text/html", "{path}");
        assert_eq!(answer.header("cache-control"), "no-cache", "{path}");
    }
    for path in ["/missing.js", "/r/missing.png", "/assets/missing.js", "/assets/", "/assets/x"] {
        let answer = site.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(
            answer.header("cache-control"),
            "no-cache",
            "{path}: found again once it is there"
        );
    }
}

#[tokio::test]
async fn the_application_owns_no_path_of_the_api() {
    let site = Site::built().await;
    for path in ["/api", "/api/v1", "/api/v2/customers", "/local", "/local/x", "/oauth2/x"] {
        let answer = site.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.header("content-type"), "application/problem+json", "{path}");
    }
    assert_eq!(site.get("/api/v1/customers").await.status, 401);
}

#[tokio::test]
async fn assets_are_kept_for_a_year_and_compressed_for_those_who_take_it() {
    let site = Site::built().await;
    let plain = site.get("/assets/main-abc123.js").await;
    assert_eq!((plain.status, plain.body.as_str()), (200, SCRIPT));
    assert_eq!(plain.header("content-type"), "text/javascript");
    assert_eq!(plain.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(plain.header("vary"), "accept-encoding");
    let takes = [("Accept-Encoding", "gzip, br")];
    let small = site.ask("GET", "/assets/main-abc123.js", &takes).await;
    assert_eq!((small.status, small.body.as_str()), (200, COMPRESSED));
    assert_eq!(small.header("content-encoding"), "gzip");
    assert_eq!(small.header("content-type"), "text/javascript");
    assert_eq!(site.get("/assets/main-abc123.css").await.header("content-type"), "text/css");
    assert_eq!(site.get("/icon.svg").await.header("content-type"), "image/svg+xml");
    // Compression would make the weak tag of a record's strong one, and conditions on it fail.
    let api = site.ask("GET", "/api/v1/health", &takes).await;
    assert_eq!((api.status, api.header("content-encoding")), (200, ""));
}

#[tokio::test]
async fn what_the_browser_has_is_not_sent_again() {
    let site = Site::built().await;
    for path in ["/", "/r/customers", "/assets/main-abc123.js"] {
        let first = site.get(path).await;
        let tag = first.header("etag").to_owned();
        assert!(tag.starts_with('"'), "{path}: {tag}");
        let again = site.ask("GET", path, &[("If-None-Match", &tag)]).await;
        assert_eq!((again.status, again.body.as_str()), (304, ""), "{path}");
        assert_eq!(again.header("cache-control"), first.header("cache-control"), "{path}");
    }
    let tag = site.get("/").await.header("etag").to_owned();
    std::fs::write(site.folder.path().join("index.html"), "a new build").unwrap();
    let changed = site.ask("GET", "/", &[("If-None-Match", &tag)]).await;
    assert_eq!((changed.status, changed.body.as_str()), (200, "a new build"));
}

#[tokio::test]
async fn the_site_can_be_read_and_nothing_else() {
    let site = Site::built().await;
    for path in ["/", "/assets/main-abc123.js"] {
        let head = site.ask("HEAD", path, &[]).await;
        assert_eq!((head.status, head.body.as_str()), (200, ""), "{path}");
        assert_ne!(head.header("content-length"), "0", "{path}");
        for method in ["POST", "PUT", "DELETE", "PATCH"] {
            assert_eq!(site.ask(method, path, &[]).await.status, 405, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn no_path_leads_out_of_the_folder() {
    let site = Site::built().await;
    let outside = tempfile::tempdir().unwrap();
    let secret = outside.path().join("secret.js");
    std::fs::write(&secret, "secret").unwrap();
    #[cfg(unix)]
    for (target, link) in [
        (secret.as_path(), "assets/link.js"),
        (secret.as_path(), "assets/main-abc123.css.gz"),
        (outside.path(), "assets/out"),
    ] {
        std::os::unix::fs::symlink(target, site.folder.path().join(link)).unwrap();
    }
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    let beside = format!("/../{}/secret.js", name(outside.path()));
    for path in [
        beside.as_str(),
        &format!("/assets/../..{}", &beside[3..]),
        &beside.replace("..", "%2e%2e"),
        &beside.replace("../", "..%2f"),
        &beside.replace("../", "..%5c"),
        "/assets/link.js",
        "/assets/main-abc123.css",
        "/assets/out/secret.js",
        "/.sources",
        "/assets/..",
        "/assets/%00.js",
        "//etc/hosts.js",
        "/assets//etc/hosts",
    ] {
        let answer = site.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.body.contains("secret"), "{path}");
    }
}

#[tokio::test]
async fn every_page_is_under_the_strictest_headers_that_it_can_live_with() {
    let site = Site::built().await;
    for path in ["/", "/r/customers", "/assets/main-abc123.js", "/assets/missing.js"] {
        let answer = site.get(path).await;
        for (name, value) in SECURITY_HEADERS {
            assert_eq!(answer.header(name), *value, "{path}");
        }
    }
    let policy = SECURITY_HEADERS[0].1;
    for forbidden in ["unsafe", "http:", "https:", "*", "  "] {
        assert!(!policy.contains(forbidden), "{forbidden}: {policy}");
    }
    // What is no page may do nothing at all.
    let api = site.get("/api/v1/health").await;
    assert_eq!(
        api.header("content-security-policy"),
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    );
    assert_eq!(api.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn a_deployment_says_where_people_sign_in() {
    let site = Site::built().await;
    let answer = site.get("/config.json").await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, "no-cache"));
    let config: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    let expected = serde_json::json!({
        "authority": "http://localhost:8080",
        "client_id": "annals-web",
        "cli_client_id": "annals-cli",
        "logout_url": "http://localhost:8080/logout",
        "api": "/api/v1",
        "mailbox": "/local/mail",
        "demo": true,
    });
    assert_eq!(config, expected);
}

#[tokio::test]
async fn a_frontend_that_is_not_built_says_how() {
    let site = Site::of(tempfile::tempdir().unwrap(), Exposure::Loopback).await;
    for path in ["/", "/r/customers"] {
        let answer = site.get(path).await;
        assert_eq!(answer.status, 200);
        for told in ["make frontend", "/api/v1/customers", "/oauth2/token", "/health", "outsider"] {
            assert!(answer.body.contains(told), "{told}");
        }
    }
    assert_eq!(site.get("/assets/main.js").await.status, 404);
    // It is built while the server runs.
    std::fs::write(site.folder.path().join("index.html"), INDEX).unwrap();
    assert_eq!(site.get("/").await.body, INDEX);
}

#[tokio::test]
async fn who_comes_from_elsewhere_gets_no_screens_that_could_not_sign_in() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("index.html"), INDEX).unwrap();
    let site = Site::of(folder, Exposure::Network).await;
    let answer = site.get("/").await;
    assert!(answer.status == StatusCode::OK && answer.body.contains("Annals is running"));
    assert!(!answer.body.contains("password"), "{}", answer.body);
    assert_eq!(site.get("/config.json").await.status, 404);
    assert_eq!(site.get("/index.html").await.status, 200);
}
