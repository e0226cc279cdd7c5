//! The binaries of the workspace, as they are now.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Once;

/// A binary of the workspace, built anew where its sources have changed.
pub(crate) fn binary(name: &str) -> PathBuf {
    static BUILT: Once = Once::new();
    // This test's own binary is `target/debug/deps/tests-…`.
    let own = std::env::current_exe().unwrap();
    let folder = own.parent().and_then(Path::parent).unwrap();
    BUILT.call_once(|| build_binaries(folder));
    folder.join(name)
}

/// With the features that the tests are built with, so that only what changed is built.
fn build_binaries(folder: &Path) {
    let profile = match folder.file_name().and_then(OsStr::to_str) {
        Some("debug") | None => "dev",
        Some(other) => other,
    };
    let arguments =
        ["build", "--workspace", "--bins", "--examples", "--quiet", "--profile", profile];
    let mut cargo = Command::new(env!("CARGO"));
    let built = cargo.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
}
