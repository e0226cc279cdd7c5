//! Fetching a file that the API gives a link to, and holding it against its SHA-256.

use crate::api::Api;
use crate::error::{Failure, Usage};
use crate::http_client::{checked_url, file_agent};
use ::verify::names_a_file;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use vocabulary::Digest;

/// A file of an export.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Part {
    pub(super) name: String,
    #[serde(default)]
    pub(super) rows: Option<u64>,
    #[serde(default)]
    pub(super) bytes: Option<u64>,
    pub(super) sha256: String,
    /// Where it is, for some minutes; who has the link needs no token.
    #[serde(default)]
    url: Option<String>,
}

/// Fetches a file into a folder, unless it is there already. Says whether it is there now; `false`
/// when its link is no longer good. Tried again as the API's calls are.
///
/// # Errors
/// [`Failure`] when it cannot be fetched or kept, or is not the file that it should be.
pub(super) fn fetched(
    api: &Api,
    folder: &Path,
    part: &Part,
    mut progress: impl FnMut(u64),
) -> Result<bool, Failure> {
    if !names_a_file(&part.name) {
        return Err(Failure::Strange { url: api.url.clone(), status: 200 });
    }
    let path = folder.join(&part.name);
    let unkept = |cause| Failure::File { path: path.clone(), what: "it cannot be kept", cause };
    if digest_of(&path).map_err(unkept)?.as_ref() == Some(&part.sha256) {
        return Ok(true);
    }
    let Some(url) = &part.url else { return Ok(false) };
    let url = checked(api, url)?;
    let partial = folder.join(format!("{}.partial", part.name));
    for attempt in 1.. {
        let cause = match received(&url, &partial, &mut progress) {
            Ok(Received::Whole(digest)) if digest == part.sha256 => {
                std::fs::rename(&partial, &path).map_err(unkept)?;
                return Ok(true);
            }
            Ok(Received::Whole(_another)) => return Err(Failure::NotTheFile(part.name.clone())),
            Ok(Received::Refused) => return Ok(false),
            Err(Broken::Kept(cause)) => return Err(unkept(cause)),
            Err(Broken::Way(cause)) => cause,
        };
        if attempt >= api.tries() {
            return Err(Failure::Unreachable { url: origin(&url), cause: Box::new(cause) });
        }
        api.wait(attempt, None)?;
    }
    Ok(false)
}

/// How a download ended.
enum Received {
    /// With all there is, and its digest.
    Whole(String),
    /// With a no.
    Refused,
}

/// Why a download broke off.
enum Broken {
    /// On the way here.
    Way(ureq::Error),
    /// When it was to be written.
    Kept(io::Error),
}

fn received(url: &str, to: &Path, progress: &mut impl FnMut(u64)) -> Result<Received, Broken> {
    let agent = file_agent(url).map_err(|_failure| Broken::Way(ureq::Error::HostNotFound))?;
    let mut answer = agent.get(url).call().map_err(Broken::Way)?;
    match answer.status().as_u16() {
        200 => {}
        status @ (500.. | 429) => return Err(Broken::Way(ureq::Error::StatusCode(status))),
        _ => return Ok(Received::Refused),
    }
    let mut file = File::create(to).map_err(Broken::Kept)?;
    let (mut reader, mut hasher) = (answer.body_mut().as_reader(), Sha256::new());
    let (mut buffer, mut bytes) = (vec![0; 1 << 16], 0_u64);
    loop {
        let count = reader.read(&mut buffer).map_err(|cause| Broken::Way(cause.into()))?;
        let Some(read) = buffer.get(..count).filter(|read| !read.is_empty()) else { break };
        hasher.update(read);
        file.write_all(read).map_err(Broken::Kept)?;
        bytes += u64::try_from(count).unwrap_or_default();
        progress(bytes);
    }
    file.sync_all().map_err(Broken::Kept)?;
    Ok(Received::Whole(hex(&hasher.finalize())))
}

/// The digest of a file; `None` when there is none.
fn digest_of(path: &Path) -> io::Result<Option<String>> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(cause),
    };
    let mut hasher = Sha256::new();
    io::copy(&mut file, &mut hasher)?;
    Ok(Some(hex(&hasher.finalize())))
}

fn hex(bytes: &[u8]) -> String {
    Digest::from_slice(bytes).map(String::from).unwrap_or_default()
}

/// A link that stays on this machine or is encrypted; one without a host is on the API's.
fn checked(api: &Api, url: &str) -> Result<String, Usage> {
    let whole = if url.starts_with('/') { format!("{}{url}", api.url) } else { url.to_owned() };
    checked_url(&origin(&whole))?;
    Ok(whole)
}

/// A link without what makes it one: its query is a key.
fn origin(url: &str) -> String {
    url.split('?').next().unwrap_or_default().to_owned()
}
