//! Running `annals` as a shell would: arguments, environment, what it says and how it ends.

use crate::support::binaries::binary;
use crate::support::process::{Process, program};
use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// Runs a program on a pseudo-terminal of 100 columns, types what comes from stdin, and writes what was
/// seen there to stdout.
const TERMINAL: &str = r#"
import fcntl, os, pty, struct, sys, termios
typed = sys.stdin.buffer.read()
child, terminal = pty.fork()
if child == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    os.execv(sys.argv[1], sys.argv[1:])
os.write(terminal, typed)
seen = b""
while True:
    try:
        some = os.read(terminal, 65536)
    except OSError:
        break
    if not some:
        break
    seen += some
_, status = os.waitpid(child, 0)
sys.stdout.buffer.write(seen)
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(status))
"#;

/// A user of the command line, with a home of their own.
#[derive(Debug)]
pub(super) struct Shell {
    home: TempDir,
    url: String,
    token: String,
}

/// How a command ended.
#[derive(Debug)]
pub(super) struct Ran {
    pub(super) code: Option<i32>,
    pub(super) out: String,
    pub(super) err: String,
}

impl Ran {
    /// That it ended with this code; what it said otherwise.
    #[track_caller]
    pub(super) fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
        self
    }

    /// That this was said to people.
    #[track_caller]
    pub(super) fn tells(self, text: &str) -> Self {
        assert!(self.err.contains(text), "`{text}` is not in: {}", self.err);
        self
    }

    /// The JSON that it wrote.
    #[track_caller]
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }
}

/// The program in memory, and somebody who has signed in to it.
pub(super) fn signed_in(username: &str) -> (Process, Shell) {
    let process = Process::start(&program(), Path::new(":memory:"));
    let shell = Shell::new(&process.address, &process.token(username));
    (process, shell)
}

impl Shell {
    pub(super) fn new(url: &str, token: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        Self { home, url: url.to_owned(), token: token.to_owned() }
    }

    /// A file of this user's.
    pub(super) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// The command, not run yet. It finds nothing of the machine's own settings.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary("annals"));
        command
            .args(arguments)
            .current_dir(self.home.path())
            .env_clear()
            .env("HOME", self.home.path())
            .env("ANNALS_URL", &self.url)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if !self.token.is_empty() {
            command.env("ANNALS_TOKEN", &self.token);
        }
        command
    }

    /// Runs it to its end.
    pub(super) fn annals(&self, arguments: &[&str]) -> Ran {
        ran(self.command(arguments).spawn().unwrap())
    }

    /// Runs it on a terminal, and types something there. All that is seen is in `out`.
    pub(super) fn on_a_terminal(&self, arguments: &[&str], typed: &str) -> Ran {
        let annals = self.command(arguments);
        let mut command = Command::new("python3");
        command.args(["-c", TERMINAL]).arg(annals.get_program()).args(annals.get_args());
        command.current_dir(self.home.path()).env_clear().env("TERM", "xterm-256color");
        command.envs(annals.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
        ran(child)
    }

    /// Runs it with something to read.
    pub(super) fn fed(&self, arguments: &[&str], input: &str) -> Ran {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        ran(child)
    }
}

/// Waits for the end of a command.
pub(super) fn ran(child: Child) -> Ran {
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}
