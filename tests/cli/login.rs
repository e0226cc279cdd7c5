//! `annals login` and what follows: signing in through a browser, renewing, signing out.

use super::browser::{Browser, begun};
use super::shell::{Ran, Shell, ran};
use super::stand_in::{Asked, Told, stand_in};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::File;
use std::sync::{Arc, Mutex};

/// A provider and an API that take this provider's newest token only. Refresh tokens are good once.
#[derive(Debug, Default)]
struct Provider {
    address: String,
    /// What the authorization endpoint was asked.
    asked: BTreeMap<String, String>,
    /// What it answers instead of a code.
    refusal: Option<&'static str>,
    /// What the ID token says instead of the nonce.
    nonce: Option<&'static str>,
    /// How often tokens were granted, and the number that the good ones carry.
    grants: u32,
    refreshes: u32,
    /// Access tokens up to this number are no longer taken.
    spoiled: u32,
    revoked: Vec<String>,
    person: Option<Value>,
}

type Shared = Arc<Mutex<Provider>>;

fn provider(set: impl FnOnce(&mut Provider)) -> (Shared, Shell) {
    let shared = Shared::default();
    set(&mut shared.lock().unwrap());
    let answering = shared.clone();
    let address = stand_in(move |asked| answering.lock().unwrap().answer(asked));
    shared.lock().unwrap().address.clone_from(&address);
    let shell = Shell::new(&address, "");
    (shared, shell)
}

impl Provider {
    fn answer(&mut self, asked: &Asked) -> Told {
        let (path, query) = asked.path.split_once('?').unwrap_or((&asked.path, ""));
        match path {
            "/config.json" => ok(
                json!({"authority": self.address, "client_id": "web", "cli_client_id": "annals-cli"}),
            ),
            "/.well-known/openid-configuration" => ok(json!({
                "issuer": self.address,
                "authorization_endpoint": format!("{}/oauth2/authorize", self.address),
                "token_endpoint": format!("{}/oauth2/token", self.address),
                "revocation_endpoint": format!("{}/oauth2/revoke", self.address),
            })),
            "/oauth2/authorize" => self.authorize(query),
            "/oauth2/token" => self.token(&form(&asked.body)),
            "/oauth2/revoke" => {
                self.revoked.push(form(&asked.body)["token"].clone());
                ok(json!({}))
            }
            _ if !self.takes(asked) => {
                let body = json!({"title": "no good token", "status": 401});
                (401, Vec::new(), body.to_string())
            }
            "/api/v1/me" if asked.method == "PUT" => {
                self.person = Some(serde_json::from_str(&asked.body).unwrap());
                ok(json!({}))
            }
            "/api/v1/me" => {
                let mut me = json!({"id": "sub-1", "tenant": "t.demo", "rights": ["read"]});
                if let Some(person) = &self.person {
                    me["person"] = person.clone();
                }
                ok(me)
            }
            _ => (404, Vec::new(), "{}".to_owned()),
        }
    }

    /// Whether the API takes the token.
    fn takes(&self, asked: &Asked) -> bool {
        let bearer = asked.headers.get("authorization");
        let newest = format!("Bearer access-{}", self.grants);
        self.grants > self.spoiled && bearer == Some(&newest)
    }

    fn authorize(&mut self, query: &str) -> Told {
        self.asked = form(query);
        let brought = match self.refusal {
            Some(error) => format!("error={error}"),
            None => "code=code-1".to_owned(),
        };
        let back =
            format!("{}?{brought}&state={}", self.asked["redirect_uri"], self.asked["state"]);
        (302, vec![("Location", back)], String::new())
    }

    fn token(&mut self, form: &BTreeMap<String, String>) -> Told {
        let refused = (400, Vec::new(), json!({"error": "invalid_grant"}).to_string());
        let good = if form["grant_type"] == "authorization_code" {
            let challenge = vocabulary::Digest::of(&[form["code_verifier"].as_bytes()]);
            form["code"] == "code-1"
                && form["redirect_uri"] == self.asked["redirect_uri"]
                && URL_SAFE_NO_PAD.encode(challenge.as_bytes()) == self.asked["code_challenge"]
        } else {
            self.refreshes += 1;
            form["refresh_token"] == format!("refresh-{}", self.grants)
        };
        if !good || form["client_id"] != "annals-cli" {
            return refused;
        }
        self.grants += 1;
        let nonce = self.nonce.unwrap_or(&self.asked["nonce"]);
        let claims = json!({"iss": self.address, "aud": "annals-cli", "nonce": nonce, "exp": 4_000_000_000_i64,
            "name": "Emil Editor", "email": "emil@example.org"});
        ok(json!({
            "access_token": format!("access-{}", self.grants),
            "refresh_token": format!("refresh-{}", self.grants),
            "id_token": format!("h.{}.s", URL_SAFE_NO_PAD.encode(claims.to_string())),
            "expires_in": 3_600, "token_type": "Bearer",
        }))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is made for this")]
fn ok(body: Value) -> Told {
    (200, Vec::new(), body.to_string())
}

fn form(text: &str) -> BTreeMap<String, String> {
    let decoded = |text: &str| {
        let query = http::Uri::try_from(format!("http://x/?{text}")).unwrap();
        let text = query.query().unwrap_or_default().to_owned();
        percent_decoded(&text)
    };
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), decoded(value))).collect()
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((plain, encoded)) = rest.split_once('%') {
        bytes.extend(plain.bytes());
        bytes.push(u8::from_str_radix(&encoded[..2], 16).unwrap());
        rest = &encoded[2..];
    }
    bytes.extend(rest.bytes());
    String::from_utf8(bytes).unwrap()
}

/// The ports that the browser comes back to are three, whichever tests run at once.
pub(super) fn alone() -> File {
    let file = File::create(std::env::temp_dir().join("annals-login-test.lock")).unwrap();
    file.lock().unwrap();
    file
}

fn signed_in(shell: &Shell) -> Ran {
    let _alone = alone();
    let (child, address) = begun(shell);
    Browser::default().open(&address);
    ran(child)
}

#[test]
fn somebody_signs_in_is_known_by_name_and_signs_out() {
    let (provider, shell) = provider(|_| ());
    signed_in(&shell).ends(0).tells("Signed in to http://localhost");
    {
        let provider = provider.lock().unwrap();
        assert_eq!(provider.asked["code_challenge_method"], "S256");
        assert_eq!(provider.asked["scope"], "openid email profile");
        assert_eq!(provider.person.as_ref().unwrap()["display_name"], "Emil Editor");
    }
    let me = shell.annals(&["whoami"]).ends(0);
    assert!(me.out.contains("Name       Emil Editor\n"), "{}", me.out);
    shell.annals(&["logout"]).ends(0).tells("Signed out");
    assert_eq!(provider.lock().unwrap().revoked, ["refresh-1"]);
    shell.annals(&["whoami"]).ends(1).tells("annals login");
    shell.annals(&["logout"]).ends(0).tells("Nobody was signed in");
}

#[cfg(unix)]
#[test]
fn what_is_kept_is_for_the_user_only() {
    use std::os::unix::fs::PermissionsExt;
    let (_provider, shell) = provider(|_| ());
    signed_in(&shell).ends(0);
    let folder = shell.path(".config/annals/sessions");
    let mode =
        |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for entry in std::fs::read_dir(&folder).unwrap() {
        assert_eq!(mode(&entry.unwrap().path()), 0o600);
    }
}

#[test]
fn a_browser_with_another_state_is_turned_away() {
    let (_provider, shell) = provider(|_| ());
    let _alone = alone();
    let (child, address) = begun(&shell);
    let redirect = form(address.split_once('?').unwrap().1)["redirect_uri"].clone();
    let mut browser = Browser::default();
    assert_eq!(browser.open(&format!("{redirect}?code=evil&state=evil")).0, 400);
    assert_eq!(browser.open(&redirect.replace("callback", "favicon.ico")).0, 404);
    browser.open(&address);
    ran(child).ends(0);
}

#[test]
fn a_refused_sign_in_and_a_foreign_token_are_told() {
    let (_refusing, shell) = provider(|provider| provider.refusal = Some("access_denied"));
    signed_in(&shell).ends(1).tells("access_denied");
    let (_foreign, shell) = provider(|provider| provider.nonce = Some("of another sign-in"));
    signed_in(&shell).ends(1).tells("its nonce is wrong");
    shell.annals(&["whoami"]).ends(1).tells("annals login");
}

#[test]
fn processes_that_find_an_expired_token_at_once_renew_it_once() {
    let (provider, shell) = provider(|_| ());
    signed_in(&shell).ends(0);
    expire(&shell.path(".config/annals/sessions"));
    let before = provider.lock().unwrap().refreshes;
    let all = [(); 8].map(|()| shell.command(&["whoami"]).spawn().unwrap());
    for child in all {
        ran(child).ends(0);
    }
    assert_eq!(provider.lock().unwrap().refreshes - before, 1);
}

/// Makes the kept token one that has ended.
pub(super) fn expire(folder: &std::path::Path) {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let file = files.into_iter().find(|path| path.extension().is_some_and(|end| end == "json"));
    let file = file.unwrap();
    let mut kept: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    kept["expires_at"] = json!(0);
    std::fs::write(file, kept.to_string()).unwrap();
}

#[test]
fn a_token_that_is_no_longer_taken_is_renewed_and_a_session_that_ended_is_told() {
    let (provider, shell) = provider(|_| ());
    signed_in(&shell).ends(0);
    provider.lock().unwrap().spoiled = 1;
    shell.annals(&["whoami"]).ends(0);
    assert_eq!(provider.lock().unwrap().refreshes, 1);
    // The provider has ended the session: neither token is good any more.
    provider.lock().unwrap().spoiled = 2;
    provider.lock().unwrap().grants = 7;
    shell.annals(&["whoami"]).ends(1).tells("has ended").tells("annals login --url");
}
