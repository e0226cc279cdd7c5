//! `annals audit export`: started, waited for, fetched into a folder.

use super::args::Export;
use super::download::{Part, fetched};
use super::filter::parameters;
use super::offline::MANIFEST;
use super::progress::Progress;
use crate::api::{Api, Call, encoded};
use crate::error::{Failure, Usage};
use crate::grid::Grid;
use crate::output::{Output, instant, per_mille, plain, say};
use http::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::io;
use std::path::Path;
use std::time::Duration;

/// The wait before the first look at how far an export is; it grows to the longest.
const LOOK_FIRST: Duration = Duration::from_millis(100);
const LOOK_LAST: Duration = Duration::from_secs(2);

/// An export, as the API tells of it.
#[derive(Debug, Deserialize)]
struct Told {
    id: String,
    state: String,
    #[serde(default)]
    complete_through: Option<String>,
    #[serde(default)]
    commits: u64,
    #[serde(default)]
    rows: u64,
    #[serde(default)]
    parts: Vec<Part>,
    #[serde(default)]
    manifest: Option<Part>,
    #[serde(default)]
    error: Option<String>,
}

impl Told {
    fn is_over(&self) -> bool {
        !matches!(self.state.as_str(), "queued" | "running")
    }

    /// The files to be fetched, the manifest last: once it is there, all is there.
    fn files(&self) -> Vec<&Part> {
        self.parts.iter().chain(&self.manifest).collect()
    }
}

/// `annals audit export`.
pub(super) fn export(api: &Api, asked: &Export, output: Output) -> Result<(), Failure> {
    let folder = &asked.to;
    ready(folder, asked.id.as_deref())?;
    let id = match &asked.id {
        Some(id) => id.clone(),
        None => started(api, asked)?,
    };
    let mut progress = Progress::begin();
    let (mut json, mut told) = followed(api, &id, &mut progress)?;
    for number in 0..told.files().len() {
        let done = |bytes: u64| {
            let of = told.files().iter().map(|part| part.bytes.unwrap_or(0)).sum::<u64>();
            format!(
                "fetching file {} of {}, {bytes} of {of} bytes in all",
                number + 1,
                told.files().len()
            )
        };
        let Some(part) = told.files().get(number).map(|part| (*part).clone()) else { break };
        if !fetched(api, folder, &part, |bytes| progress.tick(|| done(bytes)))? {
            // Its link is good for some minutes only.
            (json, told) = followed(api, &id, &mut progress)?;
            let part = told.files().get(number).map(|part| (*part).clone());
            let again = part.map(|part| fetched(api, folder, &part, |_bytes| ())).transpose()?;
            if again != Some(true) {
                return Err(Failure::Refused { what: "a file of the export" });
            }
        }
    }
    drop(progress);
    finished(folder, &told, &json, output)
}

/// Starts one; its id.
fn started(api: &Api, asked: &Export) -> Result<String, Failure> {
    let filter: Map<String, Value> = parameters(api, &asked.filter)?
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    let mut body = json!({"format": asked.format.name(), "filter": filter});
    if let (Some(reason), Some(body)) = (&asked.reason, body.as_object_mut()) {
        body.insert("reason".to_owned(), reason.as_str().into());
    }
    let call = Call::write(Method::POST, "/audit/exports")?.body(body.to_string());
    let id = plain(api.call(&call)?.json.get("id").unwrap_or(&Value::Null));
    let to = asked.to.display();
    say(&format!("Export {id} was started; should this break off, --id {id} --to {to} goes on."));
    Ok(id)
}

/// Waits until it is done.
fn followed(api: &Api, id: &str, progress: &mut Progress) -> Result<(Value, Told), Failure> {
    let call = Call::get(format!("/audit/exports/{}", encoded(id)));
    let mut wait = LOOK_FIRST;
    loop {
        let json =
            api.call(&call).map_err(|failure| failure.about(|| format!("export `{id}`")))?.json;
        let strange = |_other_shape| Failure::Strange { url: api.url.clone(), status: 200 };
        let told = Told::deserialize(&json).map_err(strange)?;
        if told.state == "done" {
            return Ok((json, told));
        }
        if told.is_over() {
            let Told { id, state, error, .. } = told;
            return Err(Failure::Export { id, state, error: error.unwrap_or_default() });
        }
        let percent = json.get("progress").map(|share| format!(", {} %", per_mille(share) / 10));
        let percent = percent.unwrap_or_default();
        progress.tick(|| format!("{}{percent}, {} commits", told.state, told.commits));
        api.pause(wait)?;
        wait = (wait * 2).min(LOOK_LAST);
    }
}

/// That the folder is there and holds nothing but this export.
fn ready(folder: &Path, id: Option<&str>) -> Result<(), Failure> {
    let what = "the folder cannot be used";
    let unusable = |cause| Failure::File { path: folder.to_owned(), what, cause };
    std::fs::create_dir_all(folder).map_err(unusable)?;
    let held = match std::fs::read_to_string(folder.join(MANIFEST)) {
        Ok(text) => {
            let manifest: Value = serde_json::from_str(&text).unwrap_or_default();
            Some(plain(manifest.get("export").unwrap_or(&Value::Null)))
        }
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => None,
        Err(cause) => return Err(unusable(cause)),
    };
    let is_empty = std::fs::read_dir(folder).map_err(unusable)?.next().is_none();
    let fits = match id {
        None => is_empty,
        Some(id) => held.is_none_or(|held| held == id),
    };
    if fits { Ok(()) } else { Err(Usage::Folder(folder.display().to_string()).into()) }
}

fn finished(folder: &Path, told: &Told, json: &Value, output: Output) -> Result<(), Failure> {
    let place = folder.display();
    let through = told.complete_through.as_deref().map(instant).unwrap_or_default();
    say(&format!(
        "{} commits in {} rows, complete through {through}, are in {place}.\n\
         `annals audit verify --export {place}` checks them, without a server.",
        told.commits, told.rows
    ));
    if !output.for_people() {
        return output.document(json);
    }
    let mut grid = Grid::new(["File", "Rows", "Bytes", "SHA-256"]);
    for part in told.files() {
        let number = |number: Option<u64>| number.map(|n| n.to_string()).unwrap_or_default();
        grid.row([part.name.clone(), number(part.rows), number(part.bytes), part.sha256.clone()]);
    }
    grid.write()
}
