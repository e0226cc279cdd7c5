//! What can go wrong, in words, each with the exit code that programs rely on.

use crate::problem::Problem;
use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;

/// Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 conflict, 5 finished with refused
/// rows, parked records or drift, 10 to 14 what a verification found, 15 a carried log that is cut off, 16
/// one that was altered, 17 a table that holds another log, 130 cancelled.
pub(crate) mod exit {
    pub(crate) const FAILED: u8 = 1;
    pub(crate) const USAGE: u8 = 2;
    pub(crate) const NOT_FOUND: u8 = 3;
    pub(crate) const CONFLICT: u8 = 4;
    pub(crate) const REFUSED_ROWS: u8 = 5;
    pub(crate) const UNCLEAN: u8 = REFUSED_ROWS;
    pub(crate) const CONTENT: u8 = 10;
    pub(crate) const LINK: u8 = 11;
    pub(crate) const GAP: u8 = 12;
    pub(crate) const KEY_MISMATCH: u8 = 13;
    pub(crate) const HEAD: u8 = 14;
    pub(crate) const CUT: u8 = 15;
    pub(crate) const ALTERED: u8 = 16;
    pub(crate) const ANOTHER: u8 = 17;
    pub(crate) const CANCELLED: u8 = 130;
}

/// Why a command ended before it was done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The command itself was wrong; nothing was sent.
    #[error(transparent)]
    Usage(#[from] Usage),
    /// A log was not carried.
    #[error(transparent)]
    Carry(#[from] crate::carry::Fault),
    /// The API answered with a problem.
    #[error("{0}")]
    Problem(Box<Problem>),
    /// Somebody else has changed the record meanwhile.
    #[error("{0}")]
    Conflict(String),
    /// There is no answer to be had.
    #[error("{url} cannot be reached")]
    Unreachable {
        /// The address that was tried.
        url: String,
        /// Why.
        #[source]
        cause: Box<ureq::Error>,
    },
    /// Something answered that is not Annals, or not in its right mind.
    #[error("{url} answered {status} with something that is not what Annals answers")]
    Strange {
        /// The address.
        url: String,
        /// The status.
        status: u16,
    },
    /// Nobody is signed in.
    #[error(
        "nobody is signed in to {url}\n  hint: run `annals login --url {url}`, or set ANNALS_TOKEN"
    )]
    SignedOut {
        /// The address.
        url: String,
    },
    /// The kept sign-in is no longer good.
    #[error("the sign-in to {url} has ended\n  hint: run `annals login --url {url}`")]
    SessionEnded {
        /// The address.
        url: String,
    },
    /// Signing in did not work.
    #[error("signing in did not work: {0}")]
    SignIn(#[from] SignIn),
    /// A file cannot be used.
    #[error("{path}: {what}", path = path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What was tried.
        what: &'static str,
        /// Why it did not work.
        #[source]
        cause: io::Error,
    },
    /// The output cannot be written.
    #[error("the output cannot be written")]
    Output(#[from] io::Error),
    /// The machine offers no trusted certificates, no randomness, or no signals.
    #[error("this machine has no {0}")]
    Machine(&'static str),
    /// Somebody stopped it.
    #[error("cancelled")]
    Cancelled,
    /// An import that stopped before its end.
    #[error(
        "stopped at line {line}: {cause}\n  hint: what was sent is kept; run the same command again to go on, nothing is sent twice"
    )]
    Stopped {
        /// The line of the row that was being sent.
        line: u64,
        /// Why.
        #[source]
        cause: Box<Failure>,
    },
    /// A check of `doctor` failed.
    #[error("{0} of the checks failed")]
    Unwell(usize),
    /// A deployment does not do what it should; said in the words of the step.
    #[error("{0}")]
    Smoke(String),
    /// An export came to nothing.
    #[error("export {id} has {state}: {error}")]
    Export {
        /// Which.
        id: String,
        /// `failed` or `expired`.
        state: String,
        /// Why, in the server's words.
        error: String,
    },
    /// A link that leads nowhere, although it was just given.
    #[error("{what} is not given out\n  hint: try again with --id")]
    Refused {
        /// What it leads to.
        what: &'static str,
    },
    /// A file that is not what its digest says.
    #[error("{0} did not come as it was sent: its SHA-256 is another\n  hint: try again with --id")]
    NotTheFile(String),
}

/// What is wrong with a command.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Usage {
    /// An address that is none.
    #[error("`{0}` is not an address such as https://annals.example.org")]
    Url(String),
    /// A token would travel in the clear.
    #[error(
        "`{0}` would send the token unencrypted\n  hint: use https://; http:// is for localhost only"
    )]
    Unencrypted(String),
    /// A name that the server's descriptors do not know.
    #[error("there is no {what} `{name}`{}", hint(guess.as_deref(), known))]
    Unknown {
        /// What was named.
        what: &'static str,
        /// The name.
        name: String,
        /// What may have been meant.
        guess: Option<String>,
        /// What there is.
        known: Vec<String>,
    },
    /// `name=value` without `=`.
    #[error("`{0}` is not of the form name=value")]
    NoPair(String),
    /// One field, twice.
    #[error("`{0}` is given twice")]
    Twice(String),
    /// A group of fields is given as one value.
    #[error("`{name}` is a group\n  hint: give its parts: {parts}")]
    Group {
        /// The group.
        name: String,
        /// Its parts.
        parts: String,
    },
    /// Nothing to do.
    #[error("{0}")]
    Nothing(&'static str),
    /// JSON that is no object.
    #[error("{path}: a JSON object is expected")]
    NoObject {
        /// The file.
        path: String,
        /// Why it cannot be read, when it is no JSON at all.
        #[source]
        cause: Option<serde_json::Error>,
    },
    /// A reason has to be given.
    #[error("`{action}` needs a reason\n  hint: add --reason \"…\"")]
    NoReason {
        /// The action.
        action: String,
    },
    /// A view that nobody rebuilds.
    #[error("{0} is not being rebuilt\n  hint: `annals views status` lists what was")]
    NoRebuild(String),
    /// Nobody can be asked.
    #[error("{what} needs a yes, and there is no terminal to ask on\n  hint: add --yes")]
    NeedsYes {
        /// What is about to be done.
        what: String,
    },
    /// A person who is not there, or not alone.
    #[error(
        "{found} people of this workspace are called `{name}`\n  hint: `annals people list` shows their ids"
    )]
    Person {
        /// The name that was given.
        name: String,
        /// How many have it.
        found: usize,
    },
    /// An instant that is none.
    #[error("`{0}` is no instant\n  hint: write 2026-11-24 or 2026-11-24T08:00:00Z")]
    Instant(String),
    /// A record that is not named with its type.
    #[error("`{0}` names no record\n  hint: write its type and id, as customer/lily")]
    Record(String),
    /// A folder that holds something else.
    #[error(
        "{0} is not empty\n  hint: give another folder, or --id to go on with the export in it"
    )]
    Folder(String),
    /// A manifest that cannot be used.
    #[error("{path} cannot be verified")]
    Manifest {
        /// The file.
        path: String,
        /// Why.
        #[source]
        cause: verify::ManifestError,
    },
    /// A line that is no head.
    #[error("{path}, line {line}: not a head that was kept of this workspace")]
    Head {
        /// The file.
        path: String,
        /// The line.
        line: usize,
    },
    /// The config folder cannot be found.
    #[error("there is no folder for settings\n  hint: set ANNALS_CONFIG_DIR")]
    NoConfigFolder,
    /// A type whose records are not kept here.
    #[error("{0} are kept by each person themselves, at sign-in")]
    KeptByThemselves(String),
    /// A type whose records do not end.
    #[error("{0} cannot be deleted")]
    Endless(String),
    /// The file to import cannot be used as it is.
    #[error("{path}: {fault}")]
    Import {
        /// The file.
        path: String,
        /// What is wrong.
        fault: Box<crate::import::Fault>,
    },
}

/// Why signing in did not work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignIn {
    /// The server has no sign-in for the command line.
    #[error("{0}/config.json names no client for the command line\n  hint: use --token")]
    NotOffered(String),
    /// Another issuer than the one that was asked.
    #[error("{asked} says that it is {told}")]
    Issuer {
        /// The authority.
        asked: String,
        /// What it says.
        told: String,
    },
    /// All loopback ports are taken.
    #[error("the ports 8976, 8977 and 8978 of this machine are all in use")]
    Ports(#[source] io::Error),
    /// Nobody came back.
    #[error("nobody signed in within {0} minutes")]
    TooLate(u64),
    /// The provider said no.
    #[error("the sign-in was refused: {0}")]
    Refused(String),
    /// The ID token is not for this sign-in.
    #[error("the identity token cannot be trusted: its {0} is wrong")]
    Untrusted(&'static str),
}

/// The second line of a message about a name that is not known.
fn hint(guess: Option<&str>, known: &[String]) -> String {
    let mut text = String::new();
    // Writing to a text cannot fail.
    if let Some(guess) = guess {
        write!(text, "\n  hint: did you mean `{guess}`?").unwrap_or_default();
    } else if !known.is_empty() {
        write!(text, "\n  hint: there are {}", known.join(", ")).unwrap_or_default();
    }
    text
}

impl Failure {
    /// The code that the process ends with.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => exit::USAGE,
            Self::Carry(fault) => fault.exit_code(),
            Self::Problem(problem) => match problem.status {
                404 => exit::NOT_FOUND,
                409 | 412 => exit::CONFLICT,
                _ => exit::FAILED,
            },
            Self::Conflict(_) => exit::CONFLICT,
            Self::Cancelled => exit::CANCELLED,
            Self::File { cause, .. } if cause.kind() == io::ErrorKind::NotFound => exit::USAGE,
            Self::Unreachable { .. }
            | Self::Strange { .. }
            | Self::SignedOut { .. }
            | Self::SessionEnded { .. }
            | Self::SignIn(_)
            | Self::File { .. }
            | Self::Output(_)
            | Self::Machine(_)
            | Self::Stopped { .. }
            | Self::Export { .. }
            | Self::Refused { .. }
            | Self::NotTheFile(_)
            | Self::Smoke(_)
            | Self::Unwell(_) => exit::FAILED,
        }
    }

    /// The same failure, saying what was not found where the API does not.
    pub(crate) fn about(self, what: impl FnOnce() -> String) -> Self {
        if let Self::Problem(problem) = self {
            let problem = if problem.status == 404 { problem.about(what()) } else { *problem };
            return Self::Problem(Box::new(problem));
        }
        self
    }

    /// Whether the reader of our output has gone: then there is nobody to tell anything.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}
