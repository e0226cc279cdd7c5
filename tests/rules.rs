//! The rules of the house, read from manifests, sources and the history of the repository.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Which crates of ours each crate of ours may depend on.
const ARROWS: &[(&str, &[&str])] = &[
    ("vocabulary", &[]),
    ("events", &["vocabulary"]),
    // Loading a record is folding its events.
    ("store", &["vocabulary", "events"]),
    ("edge", &["vocabulary", "events", "store"]),
    ("commands", &["vocabulary", "events", "store", "edge"]),
    ("projections", &["vocabulary", "events", "store", "edge"]),
    ("queries", &["vocabulary", "events", "store", "edge", "projections"]),
    ("engine", &[]),
    (
        "local",
        &["vocabulary", "events", "store", "edge", "commands", "projections", "queries", "engine"],
    ),
    // Stored bytes in, findings out: for whoever wants to check the log without trusting the store.
    ("verify", &["vocabulary"]),
    // A client of the API, and of DynamoDB to carry logs. It shares the words and the verifier, nothing else.
    ("cli", &["vocabulary", "verify"]),
    // Told by CloudFormation all that it must know.
    ("site", &[]),
    ("tests", &OURS),
    ("bench", &OURS),
];
const OURS: [&str; 10] = [
    "vocabulary",
    "verify",
    "events",
    "store",
    "edge",
    "commands",
    "projections",
    "queries",
    "engine",
    "local",
];
/// The Lambda functions' binaries and their crates.
pub(crate) const FUNCTIONS: &[(&str, &str)] = &[
    ("record-commands", "commands"),
    ("people-commands", "commands"),
    ("operator-commands", "commands"),
    ("record-queries", "queries"),
    ("audit-queries", "queries"),
    ("exporter", "queries"),
    ("projector", "projections"),
    ("publisher", "projections"),
    ("rebuilder", "projections"),
    ("site-publisher", "site"),
];
/// The pure crates and all they may depend on directly.
const PURE: &[(&str, &[&str])] = &[
    ("vocabulary", &["jiff", "serde", "serde_json", "sha2", "thiserror", "ulid"]),
    ("events", &["serde", "serde_json", "thiserror", "vocabulary"]),
    ("verify", &["serde", "serde_json", "sha2", "thiserror", "vocabulary"]),
];
/// What nothing pure may have below it, by the beginning of its name.
const IMPURE: &[&str] = &[
    "async-",
    "aws",
    "chrono",
    "dynoxide",
    "fastrand",
    "futures",
    "getrandom",
    "hyper",
    "lambda",
    "mio",
    "rand",
    "reqwest",
    "rusqlite",
    "rustix",
    "socket2",
    "tempfile",
    "time",
    "tokio",
    "tracing",
    "ureq",
    "uuid",
    "web-time",
];
/// What the pure crates may not name in their sources either.
const IMPURE_WORDS: &[&str] = &[
    "SystemTime",
    "Timestamp::now",
    "Zoned::now",
    "Ulid::new",
    "Ulid::generate",
    "std::fs",
    "std::net",
    "std::thread",
    "std::process",
    "async fn",
    "std::io",
    "println!",
    "include_bytes!",
];
/// The packages that the product is to be made of.
const MADE_OF: &[&str] = &[
    "lambda_runtime",
    "aws_lambda_events",
    "aws-sdk-dynamodb",
    "aws-sdk-eventbridge",
    "aws-sdk-cloudfront",
    "aws-sdk-cognitoidentityprovider",
    "aws-sdk-s3",
    "aws-config",
    "tokio",
    "serde",
    "serde_dynamo",
    "ulid",
    "tracing",
];
/// Where stored shapes are kept, for git.
const GOLDEN: &str = "*/golden/*";
/// A type that does not ship: nothing was ever stored in its shapes.
const NOT_STORED: &str = ":(exclude)tests/invoice";
/// Longer files are two stories.
const LINES_MAX: usize = 600;

#[test]
fn dependencies_point_one_way() {
    let arrows: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    let packages = packages();
    for package in &packages {
        let allowed = arrows.get(package.name.as_str());
        let allowed =
            allowed.unwrap_or_else(|| panic!("say what `{}` may depend on", package.name));
        for dependency in &package.dependencies {
            let ours = packages.iter().any(|other| other.name == dependency.name);
            // What only tests of a crate depend on points the same way.
            assert!(
                !ours || allowed.contains(&dependency.name.as_str()),
                "`{}` depends on `{}`",
                package.name,
                dependency.name
            );
        }
    }
    for (name, _) in ARROWS.iter().filter(|(name, _)| *name != "bench") {
        assert!(packages.iter().any(|package| package.name == *name), "`{name}` is gone");
    }
}

#[test]
fn only_the_local_stack_and_the_tests_know_the_engine() {
    for package in packages().iter().filter(|package| package.depends_on("engine")) {
        assert!(["local", "tests", "bench"].contains(&package.name.as_str()), "{}", package.name);
    }
    for package in packages().iter().filter(|package| package.depends_on("local")) {
        assert!(["tests", "bench"].contains(&package.name.as_str()), "{}", package.name);
    }
}

#[test]
fn no_lambda_binary_contains_the_local_stack() {
    let packages = packages();
    for (binary, package) in FUNCTIONS {
        let found = packages.iter().find(|found| found.binaries.contains(*binary));
        assert_eq!(found.map(|found| found.name.as_str()), Some(*package), "{binary}");
        let below = tree(package);
        for foreign in ["local", "engine", "dynoxide-rs", "axum"] {
            assert!(!below.contains(foreign), "`{binary}` contains `{foreign}`");
        }
        assert!(below.contains("aws-config"), "{binary}: is the tree read at all?");
    }
    let local = packages.iter().find(|package| package.name == "local").unwrap();
    let others = packages.iter().filter(|package| package.name != "local");
    let functions: BTreeSet<&str> = FUNCTIONS.iter().map(|(binary, _)| *binary).collect();
    for binary in others.flat_map(|package| &package.binaries) {
        assert!(
            functions.contains(binary.as_str()) || ["annals", "bench"].contains(&binary.as_str()),
            "is `{binary}` a function?"
        );
    }
    assert!(local.binaries.contains("annals-local"));
}

#[test]
fn what_can_happen_is_pure() {
    let packages = packages();
    for (name, allowed) in PURE {
        let package = packages.iter().find(|package| package.name == *name).unwrap();
        let direct: BTreeSet<&str> =
            package.normal().map(|dependency| dependency.name.as_str()).collect();
        assert_eq!(direct, allowed.iter().copied().collect(), "what `{name}` depends on");
        let below = tree(name);
        assert!(below.contains("serde_json"), "is the tree read at all?");
        for impure in IMPURE {
            let found: Vec<&String> =
                below.iter().filter(|below| below.starts_with(impure)).collect();
            assert!(found.is_empty(), "`{name}` contains {found:?}");
        }
        for file in sources(&package.folder) {
            for (number, line) in file.product_lines() {
                for word in IMPURE_WORDS {
                    assert!(!line.contains(word), "{}:{number} names {word}", file.path);
                }
            }
        }
    }
}

#[test]
fn sdk_types_stay_at_the_tables_and_the_bus() {
    let may = |path: &str| {
        ["crates/store/", "crates/engine/", "crates/site/", "tests/", "bench/"]
            .iter()
            .any(|folder| path.starts_with(folder))
            || path == "projections/src/publisher.rs"
            || path == "commands/src/people/directory.rs"
            || path == "queries/src/exports/objects.rs"
            // Operators carry logs with their own credentials.
            || path == "crates/cli/src/carry/table.rs"
            || path.ends_with("/main.rs")
    };
    for file in all_sources() {
        let names = file.code_lines().find(|(_, line)| {
            ["aws_sdk_", "aws_smithy", "aws_config"].iter().any(|word| line.contains(word))
        });
        if let Some((number, _)) = names.filter(|_| !may(&file.path)) {
            panic!("{}:{number} names the SDK", file.path);
        }
    }
}

#[test]
fn only_a_main_reads_the_environment() {
    for file in all_sources().filter(|file| !file.path.ends_with("/main.rs") && !file.is_test()) {
        for (number, line) in file.product_lines() {
            for word in ["env::var", "env::args", "try_from_env", "from_default_env"] {
                assert!(!line.contains(word), "{}:{number} reads the environment", file.path);
            }
        }
    }
}

#[test]
fn what_the_product_is_made_of_is_really_used() {
    let packages = packages();
    for name in MADE_OF {
        let user = packages.iter().filter(|package| package.name != "tests").find(|package| {
            package.normal().any(|dependency| dependency.name == *name)
                && uses(&package.folder, name)
        });
        assert!(user.is_some(), "`{name}` is used nowhere");
    }
}

#[test]
fn every_dependency_is_used() {
    let mut unused = Vec::new();
    for package in packages() {
        let names = package.normal().map(|dependency| &dependency.name);
        let idle = names.filter(|name| !uses(&package.folder, name));
        unused.extend(idle.map(|name| format!("{} in {}", name, package.name)));
    }
    assert!(unused.is_empty(), "{unused:?}");
}

#[test]
fn a_record_type_is_one_folder() {
    let folder = root().join("events/src");
    let mut types = BTreeSet::new();
    for entry in std::fs::read_dir(&folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            types.insert(entry.file_name().into_string().unwrap());
        }
    }
    let registry = events::Registry::shipped();
    let system = events::SYSTEM.iter().map(|of| of.descriptor());
    let shipped = registry.types().iter().map(|of| of.of.descriptor());
    let registered: BTreeSet<String> =
        shipped.chain(system).map(|descriptor| descriptor.name.to_owned()).collect();
    assert_eq!(
        types, registered,
        "the folders of `events/src` are the registered types, the system's own included"
    );
    for name in &types {
        for part in ["mod.rs", "descriptor.rs", "tests.rs", "golden/history.1.json"] {
            assert!(folder.join(name).join(part).is_file(), "{name} has no {part}");
        }
        let of = registry.by_name(name).unwrap();
        for (event, schema) in of.of.schemas() {
            let golden = folder.join(name).join(format!("golden/{event}.{schema}.json"));
            assert!(golden.is_file(), "{} is missing", golden.display());
        }
    }
}

/// Only additions of golden files may stand in the history of the main line, merges counted as one
/// step, and in what is not committed yet.
#[test]
fn golden_files_are_only_ever_added() {
    let root = root();
    if !root.join(".git").exists() {
        // Sources from an archive have no history that could break the rule.
        eprintln!("golden files were not compared: this folder is no repository");
        return;
    }
    assert_eq!(
        git(&["rev-parse", "--is-shallow-repository"]).trim(),
        "false",
        "this clone is shallow and cannot tell whether golden files changed: git fetch --unshallow"
    );
    let added = git(&["ls-files", "--", GOLDEN]);
    assert!(added.lines().count() > 20, "are the golden files still where this test looks?");

    let committed =
        ["log", "--first-parent", "-m", "--no-renames", "--diff-filter=a", "--name-status"];
    let changed =
        git(&[&committed[..], &["--format=commit %h", "--", GOLDEN, NOT_STORED]].concat());
    assert_eq!(changed, "", "golden files of the past were touched");
    let pending = [
        "diff",
        "HEAD",
        "--no-renames",
        "--diff-filter=a",
        "--name-only",
        "--",
        GOLDEN,
        NOT_STORED,
    ];
    assert_eq!(git(&pending), "", "golden files are about to be touched");
}

#[test]
fn every_file_tells_one_story_and_says_which() {
    for file in all_sources() {
        assert!(file.text.starts_with("//!"), "{} does not say what it is for", file.path);
        let lines = file.text.lines().count();
        assert!(file.is_test() || lines <= LINES_MAX, "{} has {lines} lines", file.path);
    }
}

#[test]
fn no_test_is_skipped_and_nothing_is_left_to_do() {
    let banned =
        [["#[", "ignore"].concat(), ["todo", "!("].concat(), ["unimplemented", "!("].concat()];
    for file in all_sources() {
        for (number, line) in file.code_lines() {
            for word in &banned {
                assert!(!line.contains(word.as_str()), "{}:{number} has {word}", file.path);
            }
        }
    }
}

#[test]
fn no_test_sleeps_but_while_it_waits_for_a_condition() {
    let sleep = ["sleep", "("].concat();
    for file in all_sources() {
        let mut function = "";
        let lines: Vec<(usize, &str)> =
            if file.is_test() { file.code_lines().collect() } else { file.test_lines().collect() };
        for (number, line) in lines {
            if let Some((_, rest)) = line.split_once("fn ") {
                function = rest.split(['(', '<']).next().unwrap_or_default();
            }
            // `until` and its like ask again and again, up to a deadline.
            assert!(
                !line.contains(&sleep) || function.starts_with("until"),
                "{}:{number} sleeps in `{function}`",
                file.path
            );
        }
    }
}

#[test]
fn no_file_names_a_place_of_one_machine() {
    let places = ["work", "root", "tmp", "home"].map(|name| format!("/{name}/"));
    for path in tracked() {
        let Ok(text) = std::fs::read_to_string(root().join(&path)) else { continue };
        for (number, line) in text.lines().enumerate() {
            for place in &places {
                let found = line.match_indices(place.as_str()).any(|(at, _)| {
                    // A part of a longer path or address is no place.
                    !line[..at]
                        .ends_with(|c: char| c.is_ascii_alphanumeric() || "./_-}~".contains(c))
                });
                assert!(!found, "{path}:{} names {place}", number + 1);
            }
        }
    }
}

#[test]
fn every_kind_of_problem_is_documented_and_no_other() {
    let page = std::fs::read_to_string(root().join("docs/problems.md")).unwrap();
    let documented: BTreeSet<(String, u16)> = page
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| {
            let mut cells = line.split('|').skip(1).map(str::trim);
            let name = cells.next().unwrap().trim_matches('`').to_owned();
            (name, cells.next().unwrap().parse().unwrap())
        })
        .collect();
    let known: BTreeSet<(String, u16)> = edge::Kind::ALL
        .iter()
        .map(|kind| kind.says())
        .map(|(status, name, _)| (name.to_owned(), status))
        .collect();
    assert_eq!(documented, known);
}

#[derive(Debug)]
struct Package {
    name: String,
    folder: PathBuf,
    binaries: BTreeSet<String>,
    dependencies: Vec<Dependency>,
}

#[derive(Debug)]
struct Dependency {
    name: String,
    normal: bool,
}

impl Package {
    fn normal(&self) -> impl Iterator<Item = &Dependency> {
        self.dependencies.iter().filter(|dependency| dependency.normal)
    }

    fn depends_on(&self, name: &str) -> bool {
        self.dependencies.iter().any(|dependency| dependency.name == name)
    }
}

/// The packages of this workspace, as `cargo metadata` tells them.
fn packages() -> Vec<Package> {
    let told = cargo(&["metadata", "--format-version", "1", "--no-deps", "--offline"]);
    let told: Value = serde_json::from_str(&told).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let list = |value: &Value| value.as_array().unwrap().clone();
    let packages = list(&told["packages"]).into_iter().map(|package| {
        let targets = list(&package["targets"]);
        let binaries = targets.iter().filter(|target| target["kind"][0] == "bin");
        let dependencies = list(&package["dependencies"]);
        Package {
            name: text(&package["name"]),
            folder: Path::new(&text(&package["manifest_path"])).parent().unwrap().to_owned(),
            binaries: binaries.map(|binary| text(&binary["name"])).collect(),
            dependencies: dependencies
                .iter()
                .map(|dependency| Dependency {
                    name: text(&dependency["name"]),
                    normal: dependency["kind"].is_null(),
                })
                .collect(),
        }
    });
    packages.collect()
}

/// Everything below a package in its normal build, with the features that it asks for by itself.
fn tree(package: &str) -> BTreeSet<String> {
    let asked = ["tree", "--offline", "--prefix", "none", "--edges", "normal", "--format", "{p}"];
    let told = cargo(&[&asked[..], &["--package", package]].concat());
    let mut names: BTreeSet<String> =
        told.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect();
    names.remove(package);
    names
}

/// Whether the sources of a package name a dependency.
fn uses(folder: &Path, dependency: &str) -> bool {
    let name = match dependency {
        "dynoxide-rs" => "dynoxide".to_owned(),
        other => other.replace('-', "_"),
    };
    sources(folder).iter().any(|file| file.code_lines().any(|(_, line)| names(line, &name)))
}

/// Whether a line of code names a crate: `name::` or `use name`, or a text for serde.
fn names(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = &line[at + name.len()..];
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
            && (after.starts_with("::") || after.starts_with('"') || after.starts_with(';'))
    })
}

struct Source {
    path: String,
    text: String,
}

impl Source {
    fn is_test(&self) -> bool {
        let path = self.path.as_str();
        let of_tests = ["tests.rs", "golden.rs", "properties.rs", "rules.rs", "workarounds.rs"];
        path.starts_with("tests/")
            || path.contains("/tests/")
            || of_tests.iter().any(|name| path.ends_with(&format!("/{name}")))
    }

    /// The lines without comments, with their numbers.
    fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
        lines.filter(|(_, line)| !line.starts_with("//"))
    }

    /// Up to the tests at the end of a file.
    fn product_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let tests = if self.is_test() { 0 } else { self.where_tests_begin() };
        self.code_lines().filter(move |(number, _)| *number < tests)
    }

    /// The tests at the end of a file.
    fn test_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let tests = self.where_tests_begin();
        self.code_lines().filter(move |(number, _)| *number >= tests)
    }

    fn where_tests_begin(&self) -> usize {
        let lines: Vec<&str> = self.text.lines().collect();
        let tests = lines.windows(2).position(|pair| {
            pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod ") && pair[1].ends_with('{')
        });
        tests.map_or(usize::MAX, |index| index + 1)
    }
}

fn all_sources() -> impl Iterator<Item = Source> {
    sources(&root()).into_iter()
}

/// The Rust files of a folder.
fn sources(folder: &Path) -> Vec<Source> {
    let root = root();
    let folder = folder.strip_prefix(&root).unwrap();
    let found: Vec<Source> = tracked()
        .into_iter()
        .filter(|path| {
            let path = Path::new(path);
            path.starts_with(folder) && path.extension().is_some_and(|extension| extension == "rs")
        })
        .map(|path| Source { text: std::fs::read_to_string(root.join(&path)).unwrap(), path })
        .collect();
    assert!(!found.is_empty(), "{} has no sources", folder.display());
    found
}

/// Every file of ours, as a path from the root; what is built or fetched is not ours.
pub(crate) fn tracked() -> Vec<String> {
    fn walk(folder: &Path, root: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let (path, name) = (entry.path(), entry.file_name());
            let foreign =
                ["target", ".git", ".aws-sam", "node_modules", "dist"].iter().any(|n| name == *n);
            if foreign || path == root.join("data") {
                continue;
            }
            if entry.file_type().unwrap().is_dir() {
                walk(&path, root, found);
            } else {
                found.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    let mut found = Vec::new();
    walk(&root(), &root(), &mut found);
    found.sort();
    found
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn cargo(arguments: &[&str]) -> String {
    said(Command::new(env!("CARGO")).args(arguments))
}

fn git(arguments: &[&str]) -> String {
    // The folder may belong to somebody else, as in containers.
    said(Command::new("git").args(["-c", "safe.directory=*"]).args(arguments))
}

fn said(command: &mut Command) -> String {
    let output = command.current_dir(root()).output();
    let output = output.unwrap_or_else(|error| panic!("{command:?} cannot be run: {error}"));
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {complaint}");
    String::from_utf8(output.stdout).unwrap()
}
