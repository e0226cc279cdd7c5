//! How much memory an import needs: as much for a large file as for a small one.

use super::shell::Shell;
use super::stand_in::stand_in;
use serde_json::json;
use std::fmt::Write as _;
use std::process::{Child, Stdio};
use std::time::Duration;

const LARGE_BYTES: usize = 50_000_000;
const SMALL_BYTES: usize = 500_000;
/// The program with its threads needs about 10 MB; a file that was read whole would need 50 more.
const MEMORY_MAX_KB: u64 = 32_000;

/// A server that takes everything, and somebody who sends to it.
fn shell() -> Shell {
    let address = stand_in(|asked| {
        if asked.method == "POST" {
            return (201, Vec::new(), r#"{"id":"x"}"#.to_owned());
        }
        let fields = ["name", "notes"].map(
            |name| json!({"name": name, "label": name, "kind": "text", "required": name == "name"}),
        );
        let of = json!({"name": "customer", "plural": "customers", "label": "Customer", "plural_label": "Customers", "title": "name", "fields": fields});
        (200, Vec::new(), json!({ "items": [of] }).to_string())
    });
    Shell::new(&address, "token")
}

fn file(shell: &Shell, name: &str, bytes: usize, notes: usize) {
    let mut text = String::from("name,notes\n");
    let notes = "ü \"\"quoted\"\"\n".repeat(notes / 14);
    let mut number = 0;
    while text.len() < bytes {
        writeln!(text, "Customer {number},\"{notes}\"").unwrap();
        number += 1;
    }
    shell.file(name, text);
}

/// The most memory that an import had at a time (`VmHWM`), in KB.
fn until_ended(mut child: Child) -> u64 {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kb = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        peak = peak.max(kb.unwrap_or(0));
        if let Some(ended) = child.try_wait().unwrap() {
            assert!(ended.success());
            return peak;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_of_fifty_megabytes_needs_no_more_memory_than_a_small_one() {
    let shell = shell();
    for (name, notes, arguments) in [
        ("dry run, rows as customers have", 800, &["--dry-run"][..]),
        ("sent, long rows", 9_000, &["--progress", "none"]),
    ] {
        let peak = |bytes| {
            file(&shell, "file.csv", bytes, notes);
            let mut command = shell.command(&[&["import", "file.csv"], arguments].concat());
            until_ended(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
        };
        let (small, large) = (peak(SMALL_BYTES), peak(LARGE_BYTES));
        eprintln!("{name}: {small} KB for 500 KB, {large} KB for 50 MB");
        assert!((1..MEMORY_MAX_KB).contains(&large), "{name}: {large} KB, {small} KB for little");
    }
}
