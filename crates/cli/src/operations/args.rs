//! What can be said after `annals views`, `parked`, `failures`, `replay` and `log`.

use crate::progress::Mode;
use clap::{Args, Subcommand, ValueHint};
use std::path::PathBuf;

/// `annals views`.
#[derive(Debug, Subcommand)]
pub(crate) enum Views {
    /// All views: what they show, how far they are behind, what they wait for
    #[command(
        visible_alias = "ls",
        after_help = "Examples:
  annals views list
  annals views list -o json"
    )]
    List,
    /// One view, with all its generations and what can be done now
    #[command(after_help = "Example:\n  annals views show records")]
    Show {
        /// The view: `records`, `counts`, `audit`
        view: String,
    },
    /// Make a view anew beside the one that is read, without a pause
    #[command(after_help = "Examples:
  annals views rebuild records --reason \"A new column\" --watch
  annals views rebuild records --dry-run --watch --reason \"What would change?\"
  annals views rebuild records --parallel 8 --rate 2000 --promote --reason \"A new column\"

It goes on by itself once it is started; --watch only looks on. Given again while it is under way,
it follows the one that runs. Exit codes of --watch: 0 verified, 1 failed, 5 verified with parked
records or drift (of a dry run: something would change), 130 cancelled. Of all: 4 conflict.")]
    Rebuild(Rebuild),
    /// How far rebuilds and verifications are; of one, its segments and what it found
    #[command(after_help = "Examples:
  annals views status
  annals views status records --watch
  annals views status 01JQ4Z0000000000000000000A -o json")]
    Status(Status),
    /// Let a rebuild rest
    #[command(after_help = "Example:\n  annals views pause records --reason \"The shop opens\"")]
    Pause(OfRebuild),
    /// Let a rebuild that rests go on
    #[command(
        after_help = "Example:\n  annals views resume records --reason \"Quiet again\" --watch"
    )]
    Resume(Resume),
    /// End a rebuild and throw away what it has made
    #[command(after_help = "Example:\n  annals views cancel records --reason \"Not needed\" --yes")]
    Cancel(OfRebuild),
    /// Compare every row of a view with a fresh fold of the log
    #[command(after_help = "Examples:
  annals views verify records --reason \"Is all well?\" --watch
  annals views verify records --sample 10 --reason \"A look at one in a hundred\" --watch

A sample says that it is one, and promotes nothing.")]
    Verify(Verify),
    /// Let the generation that was made beside be the one that is read
    #[command(after_help = "Examples:
  annals views promote records --reason \"Verified, looks right\"
  annals views promote records --force --reason \"Rows that are missing are better than none\"")]
    Promote(Promote),
    /// Read the generation before again, while it is kept
    #[command(
        after_help = "Example:\n  annals views rollback records --reason \"Lists are in disorder\""
    )]
    Rollback(OfView),
    /// Throw away the generation before, ahead of its time
    #[command(after_help = "Example:\n  annals views retire records --reason \"Not needed\"")]
    Retire(OfView),
    /// Fold some records anew, and mend their rows where they differ
    #[command(after_help = "Examples:
  annals views repair records --record customer/lily --reason \"She misses her address\" --watch
  annals views repair records --type customer --reason \"A mended fold\" --watch
  annals views repair records --since 2026-11-23T18:00:00Z --reason \"The outage\" --watch")]
    Repair(Repair),
    /// Look for what the stream lost; with --full, read the whole log
    #[command(after_help = "Examples:
  annals views reconcile --reason \"After the outage\"
  annals views reconcile --full --watch --reason \"After a long outage\"")]
    Reconcile(Reconcile),
}

/// Why something is done.
#[derive(Debug, Args)]
pub(crate) struct Why {
    /// Why, as the log will say; asked for on a terminal
    #[arg(long)]
    pub(crate) reason: Option<String>,
}

/// Whether something is followed to its end, and how that is shown.
#[derive(Debug, Args)]
pub(crate) struct Watching {
    /// Follow it to its end; Ctrl-C leaves it running
    #[arg(long)]
    pub(crate) watch: bool,
    /// How progress is shown on stderr; `auto` is a bar on a terminal and plain lines otherwise
    #[arg(long, value_enum, default_value_t = Mode::Auto, env = "ANNALS_PROGRESS")]
    pub(crate) progress: Mode,
}

/// `annals views rebuild`.
#[derive(Debug, Args)]
pub(crate) struct Rebuild {
    /// The view: `records`, `counts`, `audit`
    pub(crate) view: String,
    /// Make it aside, say what would change in what is read now, and throw it away
    #[arg(long, conflicts_with = "promote")]
    pub(crate) dry_run: bool,
    /// How many parts of the log are read at the same time [default: 4]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(crate) parallel: Option<u32>,
    /// How many read units a second it may take, all parts together [default: as many as there are]
    #[arg(long, value_name = "UNITS", value_parser = clap::value_parser!(u32).range(1..=40_000))]
    pub(crate) rate: Option<u32>,
    /// Let it be the one that is read as soon as it is verified
    #[arg(long)]
    pub(crate) promote: bool,
    #[command(flatten)]
    pub(crate) why: Why,
    #[command(flatten)]
    pub(crate) watching: Watching,
}

/// `annals views status`.
#[derive(Debug, Args)]
pub(crate) struct Status {
    /// A rebuild's id, or the view that is rebuilt [default: all, the last first]
    #[arg(value_name = "REBUILD|VIEW")]
    pub(crate) which: Option<String>,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 25, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: u32,
    #[command(flatten)]
    pub(crate) watching: Watching,
}

/// What is done with a rebuild.
#[derive(Debug, Args)]
pub(crate) struct OfRebuild {
    /// The rebuild's id, or the view that is rebuilt
    #[arg(value_name = "REBUILD|VIEW")]
    pub(crate) which: String,
    #[command(flatten)]
    pub(crate) why: Why,
}

/// `annals views resume`.
#[derive(Debug, Args)]
pub(crate) struct Resume {
    #[command(flatten)]
    pub(crate) rebuild: OfRebuild,
    #[command(flatten)]
    pub(crate) watching: Watching,
}

/// `annals views verify`.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The view: `records`, `counts`, `audit`
    pub(crate) view: String,
    /// Only so many of a thousand records
    #[arg(long, value_name = "PER_MILLE", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(crate) sample: Option<u32>,
    #[command(flatten)]
    pub(crate) why: Why,
    #[command(flatten)]
    pub(crate) watching: Watching,
}

/// `annals views promote`.
#[derive(Debug, Args)]
pub(crate) struct Promote {
    /// The view: `records`, `counts`, `audit`
    pub(crate) view: String,
    /// Even though it was not verified
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) why: Why,
}

/// What is done with a view.
#[derive(Debug, Args)]
pub(crate) struct OfView {
    /// The view: `records`, `counts`, `audit`
    pub(crate) view: String,
    #[command(flatten)]
    pub(crate) why: Why,
}

/// Which records: some of them, those of a type, or those that changed since.
#[derive(Debug, Args)]
pub(crate) struct Chosen {
    /// This record of your workspace, as `customer/lily`; can be given again
    #[arg(long = "record", value_name = "TYPE/ID", conflicts_with_all = ["of", "since"])]
    pub(crate) records: Vec<String>,
    /// All records of this type, such as `customer`
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) of: Option<String>,
    /// All that changed from then on: `2026-11-24` or `2026-11-24T08:00:00+01:00`
    #[arg(long, value_name = "INSTANT")]
    pub(crate) since: Option<String>,
}

/// `annals views repair`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true).multiple(false).args(["records", "of", "since"]))]
pub(crate) struct Repair {
    /// The view: `records`, `counts`, `audit`
    pub(crate) view: String,
    #[command(flatten)]
    pub(crate) chosen: Chosen,
    #[command(flatten)]
    pub(crate) why: Why,
    #[command(flatten)]
    pub(crate) watching: Watching,
}

/// `annals views reconcile`.
#[derive(Debug, Args)]
pub(crate) struct Reconcile {
    /// Read the whole log, for each view
    #[arg(long)]
    pub(crate) full: bool,
    #[command(flatten)]
    pub(crate) why: Why,
    #[command(flatten)]
    pub(crate) watching: Watching,
}

/// `annals parked`.
#[derive(Debug, Subcommand)]
pub(crate) enum Parked {
    /// Which records are parked, why, since when; and how many for each error
    #[command(
        visible_alias = "ls",
        after_help = "Examples:
  annals parked list
  annals parked list --view records --all -o ndjson"
    )]
    List(ParkedList),
    /// Try again: one record, all with an error, or all
    #[command(after_help = "Examples:
  annals parked retry --reason \"The fold is mended\"
  annals parked retry --view records --record customer/lily --reason \"Mended\"
  annals parked retry --error \"the chain is broken at version 3\" --reason \"Restored\"")]
    Retry(Retry),
    /// Accept that a view does not follow a record; it stays marked as stale
    #[command(after_help = "Example:
  annals parked skip records customer/lily --reason \"A test record, never mind\" --yes")]
    Skip(Skip),
}

/// How much of a list.
#[derive(Debug, Args)]
pub(crate) struct Page {
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

/// `annals parked list`.
#[derive(Debug, Args)]
pub(crate) struct ParkedList {
    /// Only those of this view
    #[arg(long)]
    pub(crate) view: Option<String>,
    #[command(flatten)]
    pub(crate) page: Page,
}

/// `annals parked retry`.
#[derive(Debug, Args)]
pub(crate) struct Retry {
    /// Only in this view
    #[arg(long)]
    pub(crate) view: Option<String>,
    /// Only this record, as `customer/lily`
    #[arg(long, value_name = "TYPE/ID", conflicts_with = "error")]
    pub(crate) record: Option<String>,
    /// The record's workspace, as the list shows it [default: your own]
    #[arg(long, requires = "record")]
    pub(crate) tenant: Option<String>,
    /// Only those with this error
    #[arg(long)]
    pub(crate) error: Option<String>,
    #[command(flatten)]
    pub(crate) why: Why,
}

/// `annals parked skip`.
#[derive(Debug, Args)]
pub(crate) struct Skip {
    /// The view: `records`, `counts`, `audit`
    pub(crate) view: String,
    /// The record, as `customer/lily`
    #[arg(value_name = "TYPE/ID")]
    pub(crate) record: String,
    /// The record's workspace, as the list shows it [default: your own]
    #[arg(long)]
    pub(crate) tenant: Option<String>,
    #[command(flatten)]
    pub(crate) why: Why,
}

/// `annals failures`.
#[derive(Debug, Subcommand)]
pub(crate) enum Failures {
    /// What was put aside, by whom, and whether it was driven again
    #[command(visible_alias = "ls", after_help = "Example:\n  annals failures list")]
    List(Page),
    /// Hand what was put aside in once more; what was done already is not done twice
    #[command(after_help = "Example:\n  annals failures drive KEY --reason \"The outage is over\"")]
    Drive(Drive),
}

/// `annals failures drive`.
#[derive(Debug, Args)]
pub(crate) struct Drive {
    /// What: its key, as the list shows it
    #[arg(required = true, value_name = "KEY")]
    pub(crate) keys: Vec<String>,
    #[command(flatten)]
    pub(crate) why: Why,
}

/// `annals replay`.
#[derive(Debug, Subcommand)]
pub(crate) enum Replay {
    /// Send the events of chosen commits to the event bus again, marked as a replay
    #[command(after_help = "Examples:
  annals replay publish --since 2026-11-23 --until 2026-11-24 --dry-run --reason \"How many?\"
  annals replay publish --record customer/lily --reason \"The mailing lost her\" --watch
  annals replay publish --type customer --rate 50 --reason \"A new subscriber\" --yes

They are counted first; more than 1,000 commits need a yes.")]
    Publish(Publish),
    /// How far replays are
    #[command(after_help = "Examples:
  annals replay status
  annals replay status 01JQ4Z0000000000000000000A --watch")]
    Status(ReplayStatus),
    /// End a replay; what was sent stays sent
    #[command(after_help = "Example:\n  annals replay cancel ID --reason \"Enough\" --yes")]
    Cancel(ReplayCancel),
}

/// `annals replay publish`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true).multiple(true).args(["records", "of", "since"]))]
pub(crate) struct Publish {
    #[command(flatten)]
    pub(crate) chosen: Chosen,
    /// Only what was recorded before then
    #[arg(long, value_name = "INSTANT")]
    pub(crate) until: Option<String>,
    /// How many events a second at most
    #[arg(long, value_name = "EVENTS", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) rate: Option<u32>,
    /// Count them, and send nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) why: Why,
    #[command(flatten)]
    pub(crate) watching: Watching,
}

/// `annals replay status`.
#[derive(Debug, Args)]
pub(crate) struct ReplayStatus {
    /// Which [default: all, the last first]
    #[arg(value_name = "REPLAY")]
    pub(crate) id: Option<String>,
    #[command(flatten)]
    pub(crate) watching: Watching,
}

/// `annals replay cancel`.
#[derive(Debug, Args)]
pub(crate) struct ReplayCancel {
    /// Which
    #[arg(value_name = "REPLAY")]
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) why: Why,
}

/// `annals log`.
#[derive(Debug, Subcommand)]
pub(crate) enum Log {
    /// Whether the log takes writes, and how far it was verified
    #[command(after_help = "Example:\n  annals log status")]
    Status,
    /// After a restore of a shorter log: rebuild every view, then take writes again
    #[command(after_help = "Example:\n  annals log recover --reason \"Restored to 08:00\" --watch")]
    Recover(Recover),
    /// Write the whole log into a file, straight from its table
    #[command(after_help = "Examples:
  annals log export log.ndjson --table annals-prod-events --region eu-central-1
  AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:8001 annals log export log.ndjson --region local

It needs dynamodb:Scan, GetItem and DescribeTable on the table; credentials come from where the AWS CLI has
them (`aws configure export-credentials --format env` for single sign-on). Interrupted, it is gone on with.")]
    Export(ExportLog),
    /// Write a log from a file into an event table that holds no other
    #[command(after_help = "Examples:
  annals log import log.ndjson --table annals-moved-events --create --region eu-central-1
  annals log import log.ndjson --table annals-moved-events --dry-run

Nothing is overwritten, and nothing written that does not hold together. Interrupted, it is gone on with. The
event table of a stack takes commits from its functions only, so give a table of its own: docs/operate.md.")]
    Import(ImportLog),
    /// Check a file that a log was written into, without any table
    #[command(after_help = "Example:\n  annals log check log.ndjson --sha256 9f86d0…")]
    Check(CheckLog),
}

/// Where an event table is.
#[derive(Debug, Clone, Args)]
pub(crate) struct Reach {
    /// The event table
    #[arg(long, env = "ANNALS_EVENTS_TABLE", value_name = "NAME", default_value = "annals-events")]
    pub(crate) table: String,
    /// Its AWS Region
    #[arg(long, env = "AWS_REGION", value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// The profile of the AWS configuration with the credentials
    #[arg(long, env = "AWS_PROFILE", value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Another address of DynamoDB, such as a local stack's
    #[arg(long, env = "AWS_ENDPOINT_URL_DYNAMODB", value_name = "URL")]
    pub(crate) endpoint: Option<String>,
}

/// `annals log export`.
#[derive(Debug, Args)]
pub(crate) struct ExportLog {
    /// The file; written as FILE.part until it is whole
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) at: Reach,
    /// How progress is shown on stderr
    #[arg(long, value_enum, default_value_t = Mode::Auto, env = "ANNALS_PROGRESS")]
    pub(crate) progress: Mode,
}

/// `annals log import`.
#[derive(Debug, Args)]
pub(crate) struct ImportLog {
    /// The file that `annals log export` wrote
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) at: Reach,
    /// Make the table first
    #[arg(long)]
    pub(crate) create: bool,
    /// The SHA-256 that the file must have
    #[arg(long, value_name = "HEX")]
    pub(crate) sha256: Option<String>,
    /// How many records are written at the same time
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u8).range(1..=64))]
    pub(crate) jobs: u8,
    /// Check file and table, and say what would be written
    #[arg(long, conflicts_with = "create")]
    pub(crate) dry_run: bool,
    /// How progress is shown on stderr
    #[arg(long, value_enum, default_value_t = Mode::Auto, env = "ANNALS_PROGRESS")]
    pub(crate) progress: Mode,
}

/// `annals log check`.
#[derive(Debug, Args)]
pub(crate) struct CheckLog {
    /// The file that `annals log export` wrote
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    /// The SHA-256 that the file must have
    #[arg(long, value_name = "HEX")]
    pub(crate) sha256: Option<String>,
}

/// `annals log recover`.
#[derive(Debug, Args)]
pub(crate) struct Recover {
    #[command(flatten)]
    pub(crate) why: Why,
    #[command(flatten)]
    pub(crate) watching: Watching,
}
