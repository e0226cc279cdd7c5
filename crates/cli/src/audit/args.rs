//! What can be said after `annals audit`.

use clap::{Args, Subcommand, ValueEnum, ValueHint};
use std::path::PathBuf;

/// `annals audit`.
#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Find who changed what, across all records
    #[command(after_help = "Examples:
  annals audit search --actor emil@example.org --since 2026-11-17 --until 2026-11-18
  annals audit search --type customer --field email --limit 100
  annals audit search --record customer/lily --oldest-first
  annals audit search --correlation import-1f0c --all -o ndjson > import.ndjson")]
    Search(Search),
    /// Take commits away as files, with all that is needed to verify them
    #[command(after_help = "Examples:
  annals audit export --to november --since 2026-11-01 --until 2026-12-01
  annals audit export --to lily --record customer/lily --reason \"She asked for it\"
  annals audit export --to november --id 01JQ4Z0000000000000000000A   (goes on with one)")]
    Export(Export),
    /// Check that nobody has changed what was recorded
    #[command(after_help = "Examples:
  annals audit verify
  annals audit verify --record customer/lily -o json
  annals audit verify --export november            (offline, without a server)
  annals audit verify --keep-heads heads.ndjson    (and later --heads heads.ndjson)

Exit codes: 0 clean, 10 content, 11 link, 12 gap, 13 key_mismatch, 14 head; of several, the smallest.
docs/format.md tells what each means, and what no verification can find.")]
    Verify(Verify),
}

/// Which commits.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Which commits")]
pub(crate) struct Filter {
    /// By whom: an id, an e-mail address, a name, or `me`
    #[arg(long, value_name = "PERSON")]
    pub(crate) actor: Option<String>,
    /// Of records of this type, such as `customer`
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) of: Option<String>,
    /// With this event, such as `customer.contact_changed`
    #[arg(long, value_name = "ACTION")]
    pub(crate) action: Option<String>,
    /// That changed this field or a part of it: `email`, `address.city`
    #[arg(long, value_name = "FIELD")]
    pub(crate) field: Option<String>,
    /// Of this record, as `customer/lily`
    #[arg(long, value_name = "TYPE/ID")]
    pub(crate) record: Option<String>,
    /// Of this operation
    #[arg(long, value_name = "ID")]
    pub(crate) correlation: Option<String>,
    /// From then on: `2026-11-24` or `2026-11-24T08:00:00+01:00`; a day begins at midnight UTC
    #[arg(long, value_name = "INSTANT")]
    pub(crate) since: Option<String>,
    /// Before then
    #[arg(long, value_name = "INSTANT")]
    pub(crate) until: Option<String>,
}

/// `annals audit search`.
#[derive(Debug, Args)]
pub(crate) struct Search {
    #[command(flatten)]
    pub(crate) filter: Filter,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 25, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: u32,
    /// All of them
    #[arg(long, conflicts_with_all = ["limit", "cursor"])]
    pub(crate) all: bool,
    /// Go on where the search before ended
    #[arg(long)]
    pub(crate) cursor: Option<String>,
    /// The first commit first
    #[arg(long)]
    pub(crate) oldest_first: bool,
}

/// `annals audit export`.
#[derive(Debug, Args)]
pub(crate) struct Export {
    #[command(flatten)]
    pub(crate) filter: Filter,
    /// The folder that the files are put into; it is made where there is none
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub(crate) to: PathBuf,
    /// What the files hold
    #[arg(long, value_enum, default_value_t = FileFormat::Ndjson)]
    pub(crate) format: FileFormat,
    /// Why, as the log will say
    #[arg(long)]
    pub(crate) reason: Option<String>,
    /// Fetch this export instead of starting one
    #[arg(long, value_name = "EXPORT", conflicts_with_all = ["actor", "of", "action", "field", "record", "correlation", "since", "until", "reason", "format"])]
    pub(crate) id: Option<String>,
}

/// What the files of an export hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FileFormat {
    /// A commit per line, with its stored text: can be verified
    Ndjson,
    /// A row per change, for spreadsheets
    Csv,
}

impl FileFormat {
    /// As the API has it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
        }
    }
}

/// `annals audit verify`.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Only this record, as `customer/lily`
    #[arg(long, value_name = "TYPE/ID")]
    pub(crate) record: Option<String>,
    /// An export in this folder, without a server
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["record", "heads", "keep_heads"], value_hint = ValueHint::DirPath)]
    pub(crate) export: Option<PathBuf>,
    /// Compare with heads that were kept earlier too
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) heads: Option<PathBuf>,
    /// Keep version and hash of each record in this file, if all is well
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) keep_heads: Option<PathBuf>,
    /// How many records are read at the same time
    #[arg(long, value_name = "N", default_value_t = 8, env = "ANNALS_JOBS", value_parser = clap::value_parser!(u8).range(1..=64))]
    pub(crate) jobs: u8,
}
