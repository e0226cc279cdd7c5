//! What the figures were taken on.

use std::process::Command;
use store::Clock;

/// A fact about the run, and what it is.
pub(crate) type Fact = (&'static str, String);

const MANIFEST: &str = include_str!("../../Cargo.toml");
const NOT_KNOWN: &str = "not known";
/// What a run writes itself is no change of what it measures.
const NOT_THE_RESULTS: &str = ":!*.md";

pub(crate) fn facts() -> Vec<Fact> {
    let mut facts = vec![
        ("Date", Clock::system().now().to_string()),
        ("Commit", commit()),
        ("CPU", cpu()),
        ("Memory", memory()),
        ("File system of the temporary folder", file_system()),
        ("Load before (1, 5, 15 minutes)", load()),
        ("Compiler", said("rustc", &["--version"]).unwrap_or_else(|| NOT_KNOWN.to_owned())),
        ("Profile", profile()),
    ];
    if busy() {
        let note =
            "the machine was busy with other work: compare ratios, not rates; tails are its own";
        facts.push(("Note", note.to_owned()));
    }
    facts
}

/// Whether more is running than there are cores, this program aside.
fn busy() -> bool {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let load = load().split('.').next().and_then(|whole| whole.parse::<usize>().ok());
    load.is_some_and(|load| load >= cores)
}

fn commit() -> String {
    let Some(commit) = said("git", &["rev-parse", "--short=12", "HEAD"]) else {
        return NOT_KNOWN.to_owned();
    };
    match said(
        "git",
        &["status", "--porcelain", "--untracked-files=no", "--", "..", NOT_THE_RESULTS],
    ) {
        Some(changes) if !changes.is_empty() => format!("{commit}, with changes"),
        Some(_) | None => commit,
    }
}

fn cpu() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let model = of_file("/proc/cpuinfo", "model name").unwrap_or_else(|| NOT_KNOWN.to_owned());
    format!("{cores} cores, {model}")
}

fn memory() -> String {
    let kilobytes = of_file("/proc/meminfo", "MemTotal")
        .and_then(|text| text.split_whitespace().next().and_then(|kb| kb.parse::<u64>().ok()));
    kilobytes.map_or_else(|| NOT_KNOWN.to_owned(), |kb| format!("{} GiB", kb / 1_048_576))
}

/// The type of the mount that the temporary folder is on: the longest one that it begins with.
fn file_system() -> String {
    let folder = std::env::temp_dir();
    let mounts = std::fs::read_to_string("/proc/mounts").unwrap_or_default();
    let mounts = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        Some((words.next()?, words.next()?))
    });
    let found = mounts.filter(|(at, _)| folder.starts_with(at)).max_by_key(|(at, _)| at.len());
    found.map_or_else(|| NOT_KNOWN.to_owned(), |(_, kind)| kind.to_owned())
}

pub(crate) fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let words: Vec<&str> = text.split_whitespace().take(3).collect();
    if words.is_empty() { NOT_KNOWN.to_owned() } else { words.join(", ") }
}

/// The profile by the folder that cargo built into, with its settings.
fn profile() -> String {
    let program = std::env::current_exe().unwrap_or_default();
    let folder = program.parent().and_then(|folder| folder.file_name());
    let name = folder.map_or_else(|| NOT_KNOWN.into(), |name| name.to_string_lossy());
    let header = format!("[profile.{name}]");
    let settings: Vec<&str> = MANIFEST
        .lines()
        .skip_while(|line| *line != header)
        .skip(1)
        .take_while(|line| !line.is_empty())
        .collect();
    if settings.is_empty() {
        name.into_owned()
    } else {
        format!("{name} ({})", settings.join(", "))
    }
}

/// How much memory this process has now, and the most that it had since [`forget_peak`], in KB; 0 where
/// the system does not say.
pub(crate) fn memory_kb() -> (u64, u64) {
    let of = |name| {
        let told = of_file("/proc/self/status", name).unwrap_or_default();
        told.split_whitespace().next().and_then(|kb| kb.parse().ok()).unwrap_or(0)
    };
    (of("VmRSS"), of("VmHWM"))
}

/// Lets the most memory that this process had be what it has now (proc(5), `clear_refs`, read 2026-11-24).
/// Where that cannot be, peaks are those of the whole run.
pub(crate) fn forget_peak() {
    drop(std::fs::write("/proc/self/clear_refs", "5"));
}

/// The value of the first line of a `name : value` file with that name.
fn of_file(path: &str, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
