//! What can be said on the command line.

pub(crate) mod past;

use crate::audit::args::Audit;
use crate::operations::args::{Failures, Log, Parked, Replay, Views};
use crate::output::Format;
use crate::progress::Mode;
use clap::{Args, Parser, Subcommand, ValueHint};
use clap_complete::Shell;
use past::{Blame, Diff, History, Moment, Restore};
use std::path::PathBuf;

/// Keeps records of Annals from the command line.
///
/// Data goes to stdout, everything else to stderr. Exit codes: 0 done, 1 failed, 2 wrong usage,
/// 3 not found, 4 conflict, 5 finished with refused rows, parked records or drift, 10 to 14 what a
/// verification of the log found, 130 cancelled.
#[derive(Debug, Parser)]
#[command(name = "annals", version, propagate_version = true, arg_required_else_help = true, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

const EXAMPLES: &str = "Examples:
  annals login
  annals records list customers --status active
  annals records create customers name=\"Lily Ari\" address.city=Wien tags=\"vip;new\"
  annals records edit customers lily phone=\"+43 1 5550100\" --reason \"She has moved\"
  annals import customers.csv
  annals audit search --actor lily@example.org --since 2026-11-17
  annals views rebuild records --reason \"A new column\" --watch
  annals doctor";

/// What every verb takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// Where Annals is
    #[arg(long, global = true, env = "ANNALS_URL", default_value = "http://localhost:8080", value_hint = ValueHint::Url)]
    pub(crate) url: String,
    /// An access token, used instead of a sign-in; others may see it here, so prefer the variable
    #[arg(long, global = true, env = "ANNALS_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
    /// How data is written
    #[arg(short, long, global = true, env = "ANNALS_OUTPUT", value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
    /// Yes to what would be asked
    #[arg(short, long, global = true, env = "ANNALS_YES")]
    pub(crate) yes: bool,
    /// How often a request is sent before it counts as failed
    #[arg(long, global = true, env = "ANNALS_TRIES", value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u32).range(1..=20))]
    pub(crate) tries: u32,
    /// The folder that sign-ins are kept in [default: annals in the user's config folder]
    #[arg(long, global = true, env = "ANNALS_CONFIG_DIR", value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub(crate) config_dir: Option<PathBuf>,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Sign in, in the browser
    Login(Login),
    /// Sign out here and take the sign-in back
    Logout,
    /// Who is signed in, and what they may do
    Whoami,
    /// Records of every type
    #[command(subcommand, visible_alias = "record")]
    Records(Records),
    /// Send the rows of a CSV file as new records
    Import(Import),
    /// Who is in this workspace, and what they may do
    #[command(subcommand)]
    People(People),
    /// Who changed what, across all records: search, export, verify
    #[command(subcommand)]
    Audit(Audit),
    /// The views that are made of the log: rebuild, verify, promote, repair
    #[command(subcommand, visible_alias = "view")]
    Views(Views),
    /// Records that a view cannot follow for now
    #[command(subcommand)]
    Parked(Parked),
    /// Changes that were put aside because nothing came of them
    #[command(subcommand)]
    Failures(Failures),
    /// Send events out once more
    #[command(subcommand)]
    Replay(Replay),
    /// Whether the log takes writes, and how it is opened again
    #[command(subcommand)]
    Log(Log),
    /// Check that everything is in order, and say what to do where it is not
    Doctor,
    /// Try a deployment from end to end: create, find, change and end a record
    Smoke(Smoke),
    /// Write the completions of a shell
    #[command(
        after_help = "Example:\n  annals completions bash > ~/.local/share/bash-completion/completions/annals"
    )]
    Completions {
        /// For which shell
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Write the manual pages
    #[command(
        after_help = "Examples:\n  annals man | man -l -\n  annals man --dir /usr/local/share/man/man1"
    )]
    Man {
        /// Write a page for each verb into this folder instead of one to stdout
        #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
        dir: Option<PathBuf>,
    },
}

/// `annals login`.
#[derive(Debug, Args)]
pub(crate) struct Login {
    /// Only print the address
    #[arg(long, env = "ANNALS_NO_BROWSER")]
    pub(crate) no_browser: bool,
}

/// `annals records`.
#[derive(Debug, Subcommand)]
pub(crate) enum Records {
    /// List records, the last changed first
    #[command(
        visible_alias = "ls",
        after_help = "Examples:
  annals records list customers --status active --owner me
  annals records list todos --sort changed_at --limit 50
  annals records list customers --all -o ndjson > customers.ndjson"
    )]
    List(List),
    /// Show a record, as it is or as it was
    #[command(
        disable_version_flag = true,
        after_help = "Examples:
  annals records show customers lily
  annals records show customers lily --version 3
  annals records show customers lily --at 2026-11-20T09:30:00Z"
    )]
    Show(Show),
    /// Create a record
    #[command(after_help = "Examples:
  annals records create customers name=\"Lily Ari\" address.city=Wien tags=\"vip;new\"
  annals records create todos title=\"Call back\" due_on=2026-12-01 assignee=me
  annals records create customers --json customer.json")]
    Create(Create),
    /// Change fields of a record
    #[command(after_help = "Examples:
  annals records edit customers lily phone=\"+43 1 5550100\" --reason \"She has moved\"
  annals records edit customers lily notes=            (clears the notes)
  echo '{\"tags\": [\"vip\"]}' | annals records edit customers lily --json - --if-match 3")]
    Edit(Edit),
    /// Do something with a record: archive, complete, hand over …
    #[command(after_help = "Examples:
  annals records act customers lily archive --reason \"Moved abroad\"
  annals records act customers lily hand_over to=emil@example.org")]
    Act(Act),
    /// End a record in the way of its type; it stays readable
    #[command(
        after_help = "Example:\n  annals records delete customers lily --reason \"Moved abroad\" --yes"
    )]
    Delete(Delete),
    /// Show who changed what, when and why
    #[command(after_help = "Examples:
  annals records history customers lily
  annals records history customers lily --field email --since 2026-11-17
  annals records history customers lily --actor me --all -o ndjson")]
    History(History),
    /// Show what is different between two versions of a record
    #[command(after_help = "Examples:
  annals records diff customers lily --from 3 --to 7
  annals records diff customers lily --from 2026-11-17 -o json")]
    Diff(Diff),
    /// Show who made each field of a record what it is
    #[command(
        disable_version_flag = true,
        after_help = "Examples:
  annals records blame customers lily
  annals records blame customers lily --version 3"
    )]
    Blame(Blame),
    /// Make a record what it was at one of its versions, whole or some fields of it
    #[command(after_help = "Examples:
  annals records restore customers lily --to 3 --dry-run
  annals records restore customers lily --to 3 --fields email,address --reason \"Wrong person\"")]
    Restore(Restore),
}

/// One record, by its type and id.
#[derive(Debug, Args)]
pub(crate) struct One {
    /// The record type, such as `customers`
    #[arg(value_name = "TYPE")]
    pub(crate) of: String,
    /// The record's id
    pub(crate) id: String,
}

/// `annals records list`.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// The record type, such as `customers`
    #[arg(value_name = "TYPE")]
    pub(crate) of: String,
    /// Only records of this status; those that have ended are shown only if asked for
    #[arg(long)]
    pub(crate) status: Option<String>,
    /// Only records of this person: an id, an e-mail address, a name, or `me`
    #[arg(long, value_name = "PERSON")]
    pub(crate) owner: Option<String>,
    /// `changed_at`, or `-changed_at` for the last changed first
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) sort: Option<String>,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 25, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: u32,
    /// All of them
    #[arg(long, conflicts_with_all = ["limit", "cursor"])]
    pub(crate) all: bool,
    /// Go on where the list before ended
    #[arg(long)]
    pub(crate) cursor: Option<String>,
}

/// `annals records show`.
#[derive(Debug, Args)]
pub(crate) struct Show {
    #[command(flatten)]
    pub(crate) record: One,
    #[command(flatten)]
    pub(crate) moment: Moment,
}

/// `annals records create`.
#[derive(Debug, Args)]
pub(crate) struct Create {
    /// The record type, such as `customers`
    #[arg(value_name = "TYPE")]
    pub(crate) of: String,
    /// Fields as name=value; parts of a group as `address.city=Wien`, tags separated by `;`
    #[arg(value_name = "NAME=VALUE")]
    pub(crate) pairs: Vec<String>,
    /// Take the fields from a file that holds a JSON object, or from stdin (`-`)
    #[arg(long, value_name = "FILE", conflicts_with = "pairs", value_hint = ValueHint::FilePath)]
    pub(crate) json: Option<String>,
    /// Why, as the history will say
    #[arg(long)]
    pub(crate) reason: Option<String>,
}

/// `annals records edit`.
#[derive(Debug, Args)]
pub(crate) struct Edit {
    #[command(flatten)]
    pub(crate) record: One,
    /// Fields as name=value; `name=` clears one
    #[arg(value_name = "NAME=VALUE")]
    pub(crate) pairs: Vec<String>,
    /// Take the changes from a file that holds a JSON merge patch, or from stdin (`-`)
    #[arg(long, value_name = "FILE", conflicts_with = "pairs", value_hint = ValueHint::FilePath)]
    pub(crate) json: Option<String>,
    /// Why, as the history will say
    #[arg(long)]
    pub(crate) reason: Option<String>,
    /// Only if the record is still at this version
    #[arg(long, value_name = "VERSION")]
    pub(crate) if_match: Option<u64>,
}

/// `annals records act`.
#[derive(Debug, Args)]
pub(crate) struct Act {
    #[command(flatten)]
    pub(crate) record: One,
    /// The action, such as `archive`
    pub(crate) action: String,
    /// What the action asks for, as name=value
    #[arg(value_name = "NAME=VALUE")]
    pub(crate) pairs: Vec<String>,
    /// Why, as the history will say
    #[arg(long)]
    pub(crate) reason: Option<String>,
    /// Only if the record is still at this version
    #[arg(long, value_name = "VERSION")]
    pub(crate) if_match: Option<u64>,
}

/// `annals records delete`.
#[derive(Debug, Args)]
pub(crate) struct Delete {
    #[command(flatten)]
    pub(crate) record: One,
    /// Why, as the history will say
    #[arg(long)]
    pub(crate) reason: Option<String>,
    /// Only if the record is still at this version
    #[arg(long, value_name = "VERSION")]
    pub(crate) if_match: Option<u64>,
}

/// `annals import`.
///
/// The first line names the columns: fields of the record type as `name`, `address.city`, and `id` for
/// ids of your own. Tags are separated by `;`, empty cells are left out.
///
/// It can be interrupted and repeated: what is there already is not created again, whoever repeats it.
/// Rows that are refused are written to a report, which can be mended and imported as it is.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  annals import customers.csv
  annals import customers.csv --map \"Full name=name\" --map \"Town=address.city\" --map \"Fax=\"
  annals import todos.csv --type todos --delimiter ';' --dry-run
  annals import customers.csv --jobs 16 --progress json -o json 2> progress.ndjson")]
pub(crate) struct Import {
    /// The CSV file, in UTF-8
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    /// The record type
    #[arg(
        long = "type",
        value_name = "TYPE",
        default_value = "customers",
        env = "ANNALS_IMPORT_TYPE"
    )]
    pub(crate) of: String,
    /// Which field a column is; nothing after the `=` leaves the column out
    #[arg(long, value_name = "COLUMN=FIELD")]
    pub(crate) map: Vec<String>,
    /// How many rows are sent at the same time
    #[arg(long, value_name = "N", default_value_t = 8, env = "ANNALS_JOBS", value_parser = clap::value_parser!(u8).range(1..=64))]
    pub(crate) jobs: u8,
    /// Where refused rows are written [default: FILE with the ending .refused.csv]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) report: Option<PathBuf>,
    /// Why, as every record's history will say
    #[arg(long)]
    pub(crate) reason: Option<String>,
    /// Check the file and say what would be sent
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// How progress is shown on stderr; `auto` is a bar on a terminal and plain lines otherwise
    #[arg(long, value_enum, default_value_t = Mode::Auto, env = "ANNALS_PROGRESS")]
    pub(crate) progress: Mode,
    /// What separates the cells: one character, or `tab`
    #[arg(long, value_name = "CHARACTER", default_value = ",")]
    pub(crate) delimiter: String,
}

/// `annals smoke`.
///
/// As the person who is signed in, who must be allowed to write. One record is created and ended again; its
/// history stays, as every history does. The first step that fails ends it, and the exit code says so.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  annals smoke https://records.example.org
  annals smoke --type todos --wait 60 -o json")]
pub(crate) struct Smoke {
    /// Where Annals is, instead of --url
    #[arg(value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) at: Option<String>,
    /// The record type
    #[arg(long = "type", value_name = "TYPE", default_value = "customers")]
    pub(crate) of: String,
    /// How long a list may be behind, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub(crate) wait: u64,
}

/// `annals people`.
#[derive(Debug, Subcommand)]
pub(crate) enum People {
    /// Who is in this workspace
    #[command(visible_alias = "ls")]
    List,
    /// Invite somebody by e-mail
    #[command(
        after_help = "Example:\n  annals people invite emil@example.org --name \"Emil Editor\" --group editors"
    )]
    Invite(Invite),
    /// Let somebody do more
    #[command(after_help = "Example:\n  annals people grant emil@example.org auditors")]
    Grant(Change),
    /// Let somebody do less
    #[command(after_help = "Example:\n  annals people revoke emil@example.org editors --yes")]
    Revoke(Change),
    /// Take somebody out of this workspace
    #[command(after_help = "Example:\n  annals people remove emil@example.org --yes")]
    Remove(Remove),
}

/// `annals people invite`.
#[derive(Debug, Args)]
pub(crate) struct Invite {
    /// Their e-mail address
    pub(crate) email: String,
    /// Their name
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// What they may do: viewers, editors, auditors, operators, admins
    #[arg(long = "group", value_name = "GROUP", required = true)]
    pub(crate) groups: Vec<String>,
    /// Why, as the history will say
    #[arg(long)]
    pub(crate) reason: Option<String>,
}

/// `annals people grant` and `revoke`.
#[derive(Debug, Args)]
pub(crate) struct Change {
    /// Who: an e-mail address, a name, or an id
    pub(crate) person: String,
    /// viewers, editors, auditors, operators, admins
    #[arg(required = true, value_name = "GROUP")]
    pub(crate) groups: Vec<String>,
    /// Why, as the history will say
    #[arg(long)]
    pub(crate) reason: Option<String>,
}

/// `annals people remove`.
#[derive(Debug, Args)]
pub(crate) struct Remove {
    /// Who: an e-mail address, a name, or an id
    pub(crate) person: String,
    /// Why, as the history will say
    #[arg(long)]
    pub(crate) reason: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_makes_sense() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_global_option_can_be_set_in_the_environment() {
        let command = Arguments::command();
        let global = command.get_arguments().filter(|argument| argument.is_global_set());
        for argument in global {
            assert!(argument.get_env().is_some(), "{}", argument.get_id());
        }
    }

    #[test]
    fn every_verb_has_examples_or_needs_none() {
        let command = Arguments::command();
        let groups = ["records", "people", "audit", "views", "parked", "failures", "replay", "log"];
        let verbs = groups.into_iter().flat_map(|name| {
            let group = command.find_subcommand(name).unwrap_or_else(|| panic!("{name}"));
            group.get_subcommands()
        });
        let bare: Vec<&str> = verbs
            .chain(command.find_subcommand("import"))
            .filter(|verb| verb.get_after_help().is_none())
            .map(clap::Command::get_name)
            .collect();
        assert_eq!(bare, ["list"], "`people list` takes nothing");
    }

    #[test]
    fn every_command_of_the_operators_document_is_one() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operate.md");
        let page = std::fs::read_to_string(path).unwrap();
        let lines = page.lines().filter_map(|line| line.strip_prefix("    "));
        let spans = page.split('`').skip(1).step_by(2);
        let mut commands = 0;
        for text in lines.chain(spans).filter_map(|text| text.split_once("annals ")) {
            let (before, rest) = text;
            // What stands before are settings for the environment.
            if before.split(' ').any(|word| !word.is_empty() && !word.contains('=')) {
                continue;
            }
            let words = words(rest);
            commands += 1;
            let parsed = Arguments::try_parse_from([vec!["annals".to_owned()], words].concat());
            // A verb that is only named, without what it wants.
            let named = clap::error::ErrorKind::MissingRequiredArgument;
            if let Err(error) = parsed {
                assert_eq!(error.kind(), named, "annals {rest}: {error}");
            }
        }
        assert!(commands > 60, "{commands}");
    }

    /// The words of a command, as a shell would part them; `#` begins a comment.
    fn words(text: &str) -> Vec<String> {
        let mut words = Vec::new();
        for (index, part) in text.split('"').enumerate() {
            if index % 2 == 1 {
                words.push(part.to_owned());
                continue;
            }
            let parts = part.split_whitespace().take_while(|word| !word.starts_with('#'));
            // `…` stands for what else may be said.
            words.extend(parts.filter(|word| *word != "…").map(str::to_owned));
        }
        words
    }
}
