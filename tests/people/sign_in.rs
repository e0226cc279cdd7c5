//! From an invitation to the first change, over HTTP as a browser goes, and out again.

use super::{path, sub};
use crate::support::World;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use local::{Serving, Stack};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::net::TcpListener;
use vocabulary::Digest;

/// What tokens name as their issuer, wherever the server listens.
const ISSUER: &str = "http://localhost:8080";
const PASSWORD: &str = "seven green elephants";
const VERIFIER: &str = "a-verifier-that-is-long-enough-to-be-one-of-rfc-7636";

/// A stack behind its HTTP server.
struct Served {
    stack: Arc<Stack>,
    serving: Serving,
}

impl Served {
    async fn start() -> Self {
        let stack = Arc::new(World::start().await.stack);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let serving = local::serve(listener, stack.clone()).unwrap();
        Self { stack, serving }
    }

    fn browser(&self) -> Browser {
        let base = format!("http://{}", self.serving.address);
        let agent = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0);
        Browser { agent: agent.build().into(), base, cookies: BTreeMap::new() }
    }

    /// The secret of the newest mail to somebody.
    fn mailed(&self, email: &str) -> String {
        let mail = self.stack.gateway.identity.directory().mail();
        mail.iter().rev().find(|mail| mail.to == email).unwrap().secret.clone()
    }
}

/// As much of a browser as signing in needs.
struct Browser {
    agent: ureq::Agent,
    base: String,
    cookies: BTreeMap<String, String>,
}

/// What a client keeps of somebody who has signed in.
struct Tokens {
    access: String,
    refresh: String,
}

impl Browser {
    /// Signs in with a password, and chooses one where the first was temporary.
    fn sign_in(&mut self, username: &str, password: &str) -> Tokens {
        let challenge = URL_SAFE_NO_PAD.encode(Digest::of(&[VERIFIER.as_bytes()]).as_bytes());
        let authorize = format!(
            "/oauth2/authorize?response_type=code&client_id=annals-web&scope=openid%20email%20profile\
             &redirect_uri=http%3A%2F%2Flocalhost%3A8080%2Fsigned-in&state=s&nonce=n\
             &code_challenge={challenge}&code_challenge_method=S256"
        );
        let (mut at, page) = self.open(&authorize);
        assert!(at.starts_with("/login"), "{at}: {page}");
        let mut page = page;
        (at, page) = self.submit(&page, &[("username", username), ("password", password)]);
        if at.starts_with("/changePassword") {
            (at, page) = self.submit(&page, &[("password", PASSWORD)]);
        }
        let code = at.split("code=").nth(1).unwrap_or_else(|| panic!("{at}: {page}"));
        let code = code.split('&').next().unwrap().to_owned();
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", "annals-web"),
            ("redirect_uri", "http://localhost:8080/signed-in"),
            ("code", &code),
            ("code_verifier", VERIFIER),
        ];
        let (status, told) = self.token(&form);
        assert_eq!(status, 200, "{told}");
        let text = |name: &str| told[name].as_str().unwrap().to_owned();
        Tokens { access: text("access_token"), refresh: text("refresh_token") }
    }

    fn refreshed(&mut self, tokens: &Tokens) -> (u16, Value) {
        self.token(&[
            ("grant_type", "refresh_token"),
            ("client_id", "annals-web"),
            ("refresh_token", &tokens.refresh),
        ])
    }

    fn token(&mut self, form: &[(&str, &str)]) -> (u16, Value) {
        let asked = self.agent.post(format!("{}/oauth2/token", self.base));
        let mut answer = asked.send_form(form.iter().copied()).unwrap();
        let text = answer.body_mut().read_to_string().unwrap();
        (answer.status().as_u16(), serde_json::from_str(&text).unwrap())
    }

    /// Calls the API.
    fn call(&self, tokens: &Tokens, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let request = http::Request::builder()
            .method(method)
            .uri(format!("{}/api/v1{path}", self.base))
            .header("authorization", format!("Bearer {}", tokens.access))
            .header("content-type", "application/json")
            .body(body.to_string())
            .unwrap();
        let mut answer = self.agent.run(request).unwrap();
        let text = answer.body_mut().read_to_string().unwrap();
        (answer.status().as_u16(), serde_json::from_str(&text).unwrap())
    }

    /// Opens a page, following redirects up to the client's own address.
    fn open(&mut self, path: &str) -> (String, String) {
        let request = self.agent.get(format!("{}{path}", self.base));
        let answer = request.header("cookie", self.cookie()).call().unwrap();
        self.follow(path, answer)
    }

    /// Fills in and sends the first form of a page.
    fn submit(&mut self, page: &str, fields: &[(&str, &str)]) -> (String, String) {
        let between = |before: &str| {
            let (_, rest) = page.split_once(before).unwrap_or_else(|| panic!("{page}"));
            rest.split('"').next().unwrap().replace("&amp;", "&")
        };
        let action = between("<form method=\"post\" action=\"");
        let token = between("name=\"form\" value=\"");
        let form = fields.iter().copied().chain([("form", token.as_str())]);
        let request = self.agent.post(format!("{}{action}", self.base));
        let answer = request.header("cookie", self.cookie()).send_form(form).unwrap();
        self.follow(&action, answer)
    }

    fn follow(&mut self, path: &str, mut answer: http::Response<ureq::Body>) -> (String, String) {
        for line in answer.headers().get_all("set-cookie") {
            let pair = line.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let Some(location) = answer.headers().get("location") else {
            return (path.to_owned(), answer.body_mut().read_to_string().unwrap());
        };
        let location = location.to_str().unwrap().to_owned();
        let next = location.strip_prefix(ISSUER).unwrap_or(&location).to_owned();
        if next.starts_with("/signed-in") { (next, String::new()) } else { self.open(&next) }
    }

    fn cookie(&self) -> String {
        let pairs = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }
}

/// Runs what waits for answers beside the server.
async fn beside<T: Send + 'static>(visit: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(visit).await.unwrap()
}

#[tokio::test]
async fn whoever_is_invited_signs_in_works_and_is_out_when_the_right_is_revoked() {
    let served = Arc::new(Served::start().await);
    let here = served.clone();
    beside(move || {
        let mut office = here.browser();
        let admin = office.sign_in("admin", "local");
        let body = json!({"email": "nora@example.org", "groups": ["editors"]});
        let (status, nora) = office.call(&admin, "POST", "/people/rights", &body);
        assert_eq!(status, 201, "{nora}");
        let id = nora["id"].as_str().unwrap().to_owned();

        let mut home = here.browser();
        let tokens = home.sign_in("nora@example.org", &here.mailed("nora@example.org"));
        let (status, me) = home.call(&tokens, "PUT", "/me", &json!({"display_name": "Nora"}));
        assert_eq!((status, me["status"].as_str()), (200, Some("active")), "{me}");
        let customer = json!({"name": "Lily"});
        assert_eq!(home.call(&tokens, "POST", "/customers", &customer).0, 201);
        let (status, renewed) = home.refreshed(&tokens);
        assert_eq!(status, 200);
        let refresh = renewed["refresh_token"].as_str().unwrap_or(&tokens.refresh).to_owned();
        let tokens = Tokens { access: renewed["access_token"].as_str().unwrap().into(), refresh };

        let change = json!({"grant": ["viewers"], "revoke": ["editors"]});
        let (status, rights) = office.call(&admin, "POST", &path(&id), &change);
        assert_eq!((status, &rights["groups"]), (200, &json!(["viewers"])));
        assert_eq!(rights["status"], "active");
        let (status, refused) = home.refreshed(&tokens);
        assert_eq!((status, refused["error"].as_str()), (400, Some("invalid_grant")));
        // Whoever signs in again has what they were left.
        let tokens = here.browser().sign_in("nora@example.org", PASSWORD);
        assert_eq!(home.call(&tokens, "POST", "/customers", &customer).0, 403);
        assert_eq!(home.call(&tokens, "GET", "/people/rights", &json!({})).0, 403);

        assert_eq!(office.call(&admin, "DELETE", &path(&id), &json!({})).0, 200);
        assert_eq!(home.refreshed(&tokens).0, 400);
        // In a workspace of their own they are nobody's guest.
        let tokens = here.browser().sign_in("nora@example.org", PASSWORD);
        assert_eq!(home.call(&tokens, "POST", "/customers", &customer).0, 201);
        let (status, gone) = office.call(&admin, "GET", &path(&id), &json!({}));
        assert_eq!(status, 404, "{gone}");
        let own = path(sub("admin"));
        assert_eq!(office.call(&admin, "GET", &own, &json!({})).0, 200);
    })
    .await;
}
