//! The built screens as a folder holds them, and how each is to be served.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Files whose names change with their content.
pub(crate) const ASSETS: &str = "assets/";
/// The page that refers to all others, so that it goes last.
pub(crate) const INDEX: &str = "index.html";
const KEPT: &str = "public, max-age=31536000, immutable";
const ASKED_FOR: &str = "no-cache";

/// A file to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct File {
    /// Its key, which is its path without the slash at the front.
    pub(crate) key: String,
    pub(crate) path: PathBuf,
}

/// The files cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// A file or folder cannot be read.
    #[error("{0} cannot be read")]
    Unreadable(PathBuf, #[source] std::io::Error),
    /// The layer holds no built screens.
    #[error("{0} holds no index.html: are the screens built?")]
    NoIndex(PathBuf),
}

/// Every file below a folder in the order in which it is put: assets, then what is at the root, then the
/// page. Left out are hidden files, and compressed ones beside their original: CloudFront compresses by
/// itself.
pub(crate) fn files(folder: &Path) -> Result<Vec<File>, FilesError> {
    let mut found = BTreeSet::new();
    collect(folder, "", &mut found)?;
    if !found.contains(INDEX) {
        return Err(FilesError::NoIndex(folder.to_owned()));
    }
    let is_copy =
        |key: &&String| key.strip_suffix(".gz").is_some_and(|original| found.contains(original));
    let mut keys: Vec<&String> = found.iter().filter(|key| !is_copy(key)).collect();
    keys.sort_by_key(|key| (key.as_str() == INDEX, !key.starts_with(ASSETS)));
    let file = |key: &String| File { key: key.clone(), path: folder.join(key) };
    Ok(keys.into_iter().map(file).collect())
}

fn collect(folder: &Path, prefix: &str, found: &mut BTreeSet<String>) -> Result<(), FilesError> {
    let unreadable = |error| FilesError::Unreadable(folder.to_owned(), error);
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let key = format!("{prefix}{name}");
        if entry.file_type().map_err(unreadable)?.is_dir() {
            collect(&entry.path(), &format!("{key}/"), found)?;
        } else {
            found.insert(key);
        }
    }
    Ok(())
}

/// For how long a file is kept by browsers and CloudFront: what has its content's hash in its name for
/// ever, all else not without asking.
pub(crate) fn caching(key: &str) -> &'static str {
    if key.starts_with(ASSETS) { KEPT } else { ASKED_FOR }
}

/// A file's media type by its name. What is not known is bytes, which no browser runs.
pub(crate) fn media_type(key: &str) -> &'static str {
    match key.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("webp") => "image/webp",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        Some(_) | None => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, name).unwrap();
        }
        folder
    }

    #[test]
    fn the_page_goes_last_and_what_it_refers_to_first() {
        let names =
            ["index.html", "favicon.svg", "assets/b.js", "assets/a.css", "assets/deep/c.js"];
        let folder = written(&names);
        let keys: Vec<String> =
            files(folder.path()).unwrap().into_iter().map(|file| file.key).collect();
        let expected =
            ["assets/a.css", "assets/b.js", "assets/deep/c.js", "favicon.svg", "index.html"];
        assert_eq!(keys, expected);
    }

    #[test]
    fn hidden_files_and_compressed_copies_are_left_out() {
        let folder =
            written(&["index.html", ".built-from", "assets/a.js", "assets/a.js.gz", "data.gz"]);
        let keys: Vec<String> =
            files(folder.path()).unwrap().into_iter().map(|file| file.key).collect();
        assert_eq!(keys, ["assets/a.js", "data.gz", "index.html"]);
    }

    #[test]
    fn a_layer_without_screens_is_not_published() {
        let folder = written(&["assets/a.js"]);
        assert!(matches!(files(folder.path()), Err(FilesError::NoIndex(_))));
        assert!(matches!(files(&folder.path().join("x")), Err(FilesError::Unreadable(..))));
    }

    #[test]
    fn only_what_has_its_hash_in_its_name_is_kept() {
        assert_eq!(caching("assets/a-1f.js"), "public, max-age=31536000, immutable");
        for key in ["index.html", "config.json", "favicon.svg"] {
            assert_eq!(caching(key), "no-cache");
        }
    }
}
