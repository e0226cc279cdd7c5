//! A provider behind its HTTP server, and people who visit it with a browser of the plainest kind.

use crate::support::HandClock;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;
use local::{Data, Serving, Settings, Stack};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Verifier and challenge of RFC 7636, appendix B.
pub(super) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(super) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// A password that the rules allow.
pub(super) const PASSWORD: &str = "twelve characters";

/// A stack in memory with a clock that is set by hand, behind its server.
pub(super) struct Provider {
    pub(super) stack: Arc<Stack>,
    pub(super) clock: HandClock,
    pub(super) issuer: String,
    _serving: Serving,
}

impl Provider {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let clock = HandClock::at_noon();
        let settings = Settings::new(Data::Memory, issuer.clone());
        let settings = Settings { clock: clock.clock(), ..settings };
        let stack = Arc::new(Stack::start(settings).await.unwrap());
        let serving = local::serve(listener, stack.clone()).unwrap();
        Self { stack, clock, issuer, _serving: serving }
    }

    pub(super) fn directory(&self) -> &local::Directory {
        self.stack.gateway.identity.directory()
    }

    pub(super) fn visitor(&self) -> Visitor {
        Visitor::to(&self.issuer)
    }
}

/// Somebody's browser: it keeps cookies and stops at every redirect.
#[derive(Debug, Clone)]
pub(super) struct Visitor {
    pub(super) issuer: String,
    pub(super) cookies: BTreeMap<String, String>,
    pub(super) headers: Vec<(&'static str, String)>,
}

/// What is answered.
#[derive(Debug, Clone)]
pub(super) struct Page {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

/// What a client is given for a code or a refresh token.
#[derive(Debug, Clone)]
pub(super) struct Tokens {
    pub(super) access: String,
    pub(super) id: String,
    pub(super) refresh: String,
}

impl Visitor {
    pub(super) fn to(issuer: &str) -> Self {
        Self { issuer: issuer.to_owned(), cookies: BTreeMap::new(), headers: Vec::new() }
    }

    pub(super) async fn get(&mut self, path: &str) -> Page {
        self.ask("GET", path, "").await
    }

    pub(super) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.ask("POST", path, &query(fields)).await
    }

    /// Sends a page's first form, with its token.
    pub(super) async fn submit(&mut self, page: &Page, fields: &[(&str, &str)]) -> Page {
        let token = page.between("name=\"form\" value=\"", "\"");
        let action = page.between("method=\"post\" action=\"", "\"").replace("&amp;", "&");
        self.post(&action, &[&[("form", token)], fields].concat()).await
    }

    async fn ask(&mut self, method: &'static str, path: &str, body: &str) -> Page {
        let url =
            if path.starts_with('/') { format!("{}{path}", self.issuer) } else { path.into() };
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = http::Request::builder().method(method).uri(url);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        if method == "POST" {
            request = request.header("content-type", "application/x-www-form-urlencoded");
        }
        let request = request.header("cookie", cookies.join("; ")).body(body.to_owned()).unwrap();
        let page = tokio::task::spawn_blocking(move || asked(request)).await.unwrap();
        for cookie in page.headers.get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        page
    }

    /// Signs in by name and password for the frontend, up to wherever that leads.
    pub(super) async fn sign_in(&mut self, username: &str, password: &str) -> Page {
        let page = self.get(&self.login(&[])).await;
        self.submit(&page, &[("username", username), ("password", password)]).await
    }

    /// Signs in as one of the demo people and takes the tokens.
    pub(super) async fn tokens(&mut self, username: &str) -> Tokens {
        let page = self.get(&self.login(&[])).await;
        let back = self.submit(&page, &[("demo", username)]).await;
        self.exchange(&back.code()).await
    }

    pub(super) async fn exchange(&mut self, code: &str) -> Tokens {
        let redirect_uri = format!("{}/signed-in", self.issuer);
        let page = self.post("/oauth2/token", &exchange_of(code, &redirect_uri)).await;
        page.tokens()
    }

    pub(super) async fn renew(&mut self, refresh: &str) -> Page {
        let fields = [
            ("grant_type", "refresh_token"),
            ("client_id", "annals-web"),
            ("refresh_token", refresh),
        ];
        self.post("/oauth2/token", &fields).await
    }

    /// The frontend's request, some parameters put in the place of its own; empty ones left out.
    pub(super) fn request(&self, other: &[(&str, &str)]) -> String {
        let redirect = format!("{}/signed-in", self.issuer);
        let own = [
            ("client_id", "annals-web"),
            ("redirect_uri", redirect.as_str()),
            ("response_type", "code"),
            ("scope", "openid email profile"),
            ("state", "a state"),
            ("nonce", "a nonce"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let kept = own.into_iter().filter(|(name, _)| other.iter().all(|(of, _)| of != name));
        let kept: Vec<_> =
            kept.chain(other.iter().copied()).filter(|(_, v)| !v.is_empty()).collect();
        query(&kept)
    }

    pub(super) fn authorize(&self, other: &[(&str, &str)]) -> String {
        format!("/oauth2/authorize?{}", self.request(other))
    }

    pub(super) fn login(&self, other: &[(&str, &str)]) -> String {
        format!("/login?{}", self.request(other))
    }
}

impl Page {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    #[track_caller]
    pub(super) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// The text between two others.
    #[track_caller]
    pub(super) fn between(&self, before: &str, after: &str) -> &str {
        let found = self.text.split_once(before).and_then(|(_, rest)| rest.split_once(after));
        found.unwrap_or_else(|| panic!("{before} is not in {}", self.text)).0
    }

    /// Where a redirect leads.
    #[track_caller]
    pub(super) fn location(&self) -> &str {
        assert_eq!(self.status, 303, "{}", self.text);
        self.header("location")
    }

    /// A parameter of the address that a redirect leads to, as it was encoded.
    #[track_caller]
    pub(super) fn given(&self, name: &str) -> Option<&str> {
        let (_, query) = self.location().split_once('?')?;
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(of, _)| *of == name).map(|(_, value)| value)
    }

    #[track_caller]
    pub(super) fn code(&self) -> String {
        self.given("code").unwrap_or_else(|| panic!("no code: {}", self.location())).to_owned()
    }

    #[track_caller]
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    /// The error of OAuth's own shape.
    #[track_caller]
    pub(super) fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or_default().to_owned()
    }

    #[track_caller]
    pub(super) fn tokens(self) -> Tokens {
        let told = self.expect(200).json();
        let text = |name: &str| told[name].as_str().unwrap_or_default().to_owned();
        Tokens {
            access: text("access_token"),
            id: text("id_token"),
            refresh: text("refresh_token"),
        }
    }
}

/// The form with which the frontend exchanges a code.
pub(super) fn exchange_of<'a>(code: &'a str, redirect_uri: &'a str) -> [(&'a str, &'a str); 5] {
    [
        ("grant_type", "authorization_code"),
        ("client_id", "annals-web"),
        ("code", code),
        ("redirect_uri", redirect_uri),
        ("code_verifier", VERIFIER),
    ]
}

/// The claims of a token, unchecked.
pub(super) fn claims(token: &str) -> Value {
    let body = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).unwrap()).unwrap()
}

/// A form or query, every byte but the plainest escaped.
pub(super) fn query(fields: &[(&str, &str)]) -> String {
    let escaped = |text: &str| -> String {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let bytes = text.bytes().map(|byte| match byte {
            byte if plain(byte) => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        });
        bytes.collect()
    };
    let pairs = fields.iter().map(|(name, value)| format!("{name}={}", escaped(value)));
    pairs.collect::<Vec<_>>().join("&")
}

fn asked(request: http::Request<String>) -> Page {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .build()
        .into();
    let mut answer = agent.run(request).unwrap();
    let text = answer.body_mut().read_to_string().unwrap();
    Page { status: answer.status().as_u16(), headers: answer.headers().clone(), text }
}
