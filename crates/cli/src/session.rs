//! Who is signed in: a token that was given, or the tokens of a sign-in, kept for each address in
//! the user's config folder.
//!
//! Two processes may find an expired token at once. The refresh token can be used once (it rotates),
//! so one of them refreshes under a lock, and the other finds the new token when its turn comes.

use crate::error::Failure;
use crate::http_client::{Reply, send};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use ureq::Agent;

/// A token that is good for less than this is refreshed before it is used.
const SPARE_SECONDS: i64 = 30;

/// The tokens of a sign-in, as they are kept.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Tokens {
    /// The address that they are for.
    pub(crate) url: String,
    /// The client that they were given to.
    pub(crate) client_id: String,
    /// Where they are refreshed.
    pub(crate) token_endpoint: String,
    /// Where they are taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) revocation_endpoint: Option<String>,
    /// The token that the API takes.
    pub(crate) access_token: String,
    /// Until when, in seconds since 1970.
    pub(crate) expires_at: i64,
    /// What the next token is got with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) refresh_token: Option<String>,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").field("url", &self.url).finish_non_exhaustive()
    }
}

/// What a token endpoint answers (RFC 6749, section 5.1).
#[derive(Deserialize)]
pub(crate) struct Granted {
    pub(crate) access_token: String,
    #[serde(default)]
    pub(crate) expires_in: Option<i64>,
    #[serde(default)]
    pub(crate) refresh_token: Option<String>,
    #[serde(default)]
    pub(crate) id_token: Option<String>,
}

/// Where the tokens of one address are kept.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    path: PathBuf,
}

/// By what the API is told who calls.
#[derive(Debug)]
pub(crate) enum Session {
    /// A token from the command line or the environment.
    Given(String),
    /// A sign-in.
    Kept {
        /// The address.
        url: String,
        /// Where its tokens are.
        kept: Kept,
        /// The tokens, once they were read.
        tokens: Mutex<Option<Tokens>>,
    },
}

/// Seconds since 1970.
pub(crate) fn now_seconds() -> i64 {
    jiff::Timestamp::now().as_second()
}

impl Kept {
    /// Where the tokens for an address are kept below a folder.
    pub(crate) fn new(folder: &Path, url: &str) -> Self {
        let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '_' };
        let name: String = url.chars().map(plain).collect();
        // Two addresses may become one name; the digest tells them apart.
        let digest = vocabulary::Digest::of(&[url.as_bytes()]).to_string();
        let digest = digest.get(..8).unwrap_or_default();
        Self { path: folder.join("sessions").join(format!("{name}-{digest}.json")) }
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The kept tokens; none when nobody is signed in.
    ///
    /// # Errors
    /// [`Failure::File`] when they are there and cannot be read.
    pub(crate) fn read(&self) -> Result<Option<Tokens>, Failure> {
        let text = match std::fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(self.failed("the sign-in cannot be read", cause)),
        };
        let tokens = serde_json::from_str(&text);
        tokens.map(Some).map_err(|cause| self.failed("the sign-in cannot be read", cause.into()))
    }

    /// Keeps tokens, readable to their owner only, whole or not at all.
    ///
    /// # Errors
    /// [`Failure::File`].
    pub(crate) fn write(&self, tokens: &Tokens) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(tokens).map_err(io::Error::from);
        text.and_then(|text| self.written(&text))
            .map_err(|cause| self.failed("the sign-in cannot be kept", cause))
    }

    /// Forgets the tokens.
    ///
    /// # Errors
    /// [`Failure::File`].
    pub(crate) fn forget(&self) -> Result<(), Failure> {
        match std::fs::remove_file(&self.path) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
                Err(self.failed("the sign-in cannot be removed", cause))
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Waits until no other process has the lock. It ends with the file that is returned.
    ///
    /// # Errors
    /// [`Failure::File`].
    pub(crate) fn lock(&self) -> Result<File, Failure> {
        let lock = || {
            self.make_folder()?;
            let path = self.path.with_extension("lock");
            let file = private().create(true).truncate(false).open(path)?;
            file.lock()?;
            Ok(file)
        };
        lock().map_err(|cause| self.failed("the sign-in cannot be locked", cause))
    }

    fn make_folder(&self) -> io::Result<()> {
        let Some(folder) = self.path.parent() else { return Ok(()) };
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)
    }

    fn written(&self, text: &str) -> io::Result<()> {
        self.make_folder()?;
        let scratch = self.path.with_extension(format!("new-{}", std::process::id()));
        let mut file = private().create_new(true).open(&scratch)?;
        let outcome = file
            .write_all(text.as_bytes())
            .and_then(|()| file.sync_all())
            .and_then(|()| std::fs::rename(&scratch, &self.path));
        if outcome.is_err() {
            // The first error is the one to tell; the scratch file is only untidy.
            std::fs::remove_file(&scratch).unwrap_or_default();
        }
        outcome
    }

    fn failed(&self, what: &'static str, cause: io::Error) -> Failure {
        Failure::File { path: self.path.clone(), what, cause }
    }
}

/// A file that only its owner can read.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

impl Session {
    /// A sign-in kept below a folder.
    pub(crate) fn kept(folder: &Path, url: &str) -> Self {
        let kept = Kept::new(folder, url);
        Self::Kept { url: url.to_owned(), kept, tokens: Mutex::new(None) }
    }

    /// A token that is good for a while.
    ///
    /// # Errors
    /// [`Failure`]: nobody is signed in, or the token cannot be refreshed.
    pub(crate) fn bearer(&self, agent: &Agent) -> Result<String, Failure> {
        self.token(agent, |tokens| tokens.expires_at - SPARE_SECONDS > now_seconds())
    }

    /// Sees to it that the next token is another one than `refused`.
    ///
    /// # Errors
    /// [`Failure`] as [`Session::bearer`]. A given token cannot be renewed; the API's own answer
    /// says what is wrong with it.
    pub(crate) fn renew(&self, agent: &Agent, refused: &str) -> Result<(), Failure> {
        self.token(agent, |tokens| tokens.access_token != refused).map(drop)
    }

    fn token(&self, agent: &Agent, good: impl Fn(&Tokens) -> bool) -> Result<String, Failure> {
        let (url, kept, tokens) = match self {
            Self::Given(token) => return Ok(token.clone()),
            Self::Kept { url, kept, tokens } => (url, kept, tokens),
        };
        // A thread that panicked with the lock leaves tokens that are as good as they were.
        let mut known = tokens.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(tokens) = known.as_ref().filter(|tokens| good(tokens)) {
            return Ok(tokens.access_token.clone());
        }
        let signed_out = || Failure::SignedOut { url: url.clone() };
        let read = kept.read()?.ok_or_else(signed_out)?;
        let tokens = if good(&read) { read } else { refreshed(agent, kept, url, &good)? };
        let token = tokens.access_token.clone();
        *known = Some(tokens);
        Ok(token)
    }
}

/// The tokens after a refresh, be it ours or that of another process that was faster.
fn refreshed(
    agent: &Agent,
    kept: &Kept,
    url: &str,
    good: impl Fn(&Tokens) -> bool,
) -> Result<Tokens, Failure> {
    let _lock = kept.lock()?;
    let tokens = kept.read()?.ok_or_else(|| Failure::SignedOut { url: url.to_owned() })?;
    if good(&tokens) {
        return Ok(tokens);
    }
    let ended = || Failure::SessionEnded { url: url.to_owned() };
    let refresh_token = tokens.refresh_token.clone().ok_or_else(ended)?;
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", &tokens.client_id),
        ("refresh_token", &refresh_token),
    ];
    let reply = post_form(agent, &tokens.token_endpoint, &form)?;
    if (400..500).contains(&reply.status) && reply.status != 429 {
        return Err(ended());
    }
    let granted: Granted = serde_json::from_str(&reply.text).map_err(|_not_a_grant| {
        Failure::Strange { url: tokens.token_endpoint.clone(), status: reply.status }
    })?;
    let tokens = tokens.after(granted);
    kept.write(&tokens)?;
    Ok(tokens)
}

impl Tokens {
    /// The same sign-in with what was granted now. A provider that does not rotate sends no refresh
    /// token: the old one stays.
    fn after(self, granted: Granted) -> Self {
        Self {
            expires_at: expiry(&granted),
            access_token: granted.access_token,
            refresh_token: granted.refresh_token.or(self.refresh_token),
            ..self
        }
    }
}

/// When what was granted ends; in an hour when that is not said.
pub(crate) fn expiry(granted: &Granted) -> i64 {
    now_seconds() + granted.expires_in.unwrap_or(3_600)
}

/// Sends a form, as identity providers want it.
///
/// # Errors
/// [`Failure::Unreachable`].
pub(crate) fn post_form(agent: &Agent, url: &str, form: &[(&str, &str)]) -> Result<Reply, Failure> {
    let pairs = form.iter().map(|(name, value)| format!("{name}={}", crate::api::encoded(value)));
    let failed = |cause| Failure::Unreachable { url: url.to_owned(), cause: Box::new(cause) };
    let request = http::Request::post(url)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "application/json")
        .body(pairs.collect::<Vec<_>>().join("&"))
        .map_err(|cause| failed(ureq::Error::Http(cause)))?;
    send(agent, request).map_err(failed)
}

/// What a JSON Web Token says, unchecked: for showing, and for tokens that came straight from the
/// provider. Null when it is none.
pub(crate) fn claims(token: &str) -> Value {
    use base64::Engine;
    let payload = token.split('.').nth(1).unwrap_or_default();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload);
    bytes.ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}
