//! `annals audit verify --export`: an export in a folder, without a server.

use super::progress::Progress;
use super::told::told;
use crate::error::{Failure, Usage};
use crate::output::{Output, say};
use ::verify::{Export, Extent, FileFormat};
use serde_json::Map;
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind};
use std::path::Path;

/// The manifest's file.
pub(super) const MANIFEST: &str = "manifest.json";

/// Verifies it; the exit code. Memory does not grow with the files.
pub(super) fn verify(folder: &Path, output: Output) -> Result<u8, Failure> {
    let path = folder.join(MANIFEST);
    let unread = |cause| Failure::File { path: path.clone(), what: "it cannot be read", cause };
    let text = std::fs::read_to_string(&path).map_err(unread)?;
    let wrong = |cause| Usage::Manifest { path: path.display().to_string(), cause };
    let mut export = Export::of(&text).map_err(wrong)?;
    if export.file_format() == FileFormat::Csv {
        say("CSV holds no stored texts: only its files are verified, not the commits.");
    } else if export.extent() != Extent::Whole {
        say("A filter left commits out: only neighbours are linked.");
    }
    let (mut progress, all) = (Progress::begin(), export.commits());
    while let Some(name) = export.next_file() {
        let path = folder.join(name);
        let unread = |cause| Failure::File { path: path.clone(), what: "it cannot be read", cause };
        match File::open(&path) {
            Err(cause) if cause.kind() == ErrorKind::NotFound => export.file_missing(),
            Err(cause) => return Err(unread(cause)),
            Ok(file) => {
                read(BufReader::with_capacity(1 << 20, file), &mut export, || all, &mut progress)
                    .map_err(unread)?;
            }
        }
    }
    drop(progress);
    told(&export.finish(), Map::new(), output)
}

fn read(
    mut file: impl BufRead,
    export: &mut Export,
    all: impl Fn() -> u64,
    progress: &mut Progress,
) -> std::io::Result<()> {
    let mut line = Vec::new();
    while file.read_until(b'\n', &mut line)? > 0 {
        export.line(&line);
        line.clear();
        progress.tick(|| format!("{} of {} commits", export.so_far().commits, all()));
    }
    export.file_ends();
    Ok(())
}
