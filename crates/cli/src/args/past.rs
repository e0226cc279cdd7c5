//! What can be asked of a record's past.

use super::One;
use clap::Args;

/// `annals records history`.
#[derive(Debug, Args)]
pub(crate) struct History {
    #[command(flatten)]
    pub(crate) record: One,
    /// Only what was recorded then or later: an instant, or a day, which begins at 00:00 UTC
    #[arg(long, value_name = "INSTANT")]
    pub(crate) since: Option<String>,
    /// Only what was recorded before then
    #[arg(long, value_name = "INSTANT")]
    pub(crate) until: Option<String>,
    /// Only changes by this person: an id, an e-mail address, a name, or `me`
    #[arg(long, value_name = "PERSON")]
    pub(crate) actor: Option<String>,
    /// Only changes of this field, such as `email`, or of a group and all in it, such as `address`
    #[arg(long)]
    pub(crate) field: Option<String>,
    /// Only changes with an event of this type, such as `contact_changed`
    #[arg(long)]
    pub(crate) event: Option<String>,
    /// Only this version and later ones
    #[arg(long, value_name = "VERSION")]
    pub(crate) from_version: Option<u64>,
    /// Only this version and earlier ones
    #[arg(long, value_name = "VERSION")]
    pub(crate) to_version: Option<u64>,
    /// With each change the text that is stored and hashed, for those who may audit; needs -o json or ndjson
    #[arg(long)]
    pub(crate) stored: bool,
    /// How many changes at most
    #[arg(long, value_name = "N", default_value_t = 25, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: u32,
    /// All of them
    #[arg(long, conflicts_with_all = ["limit", "cursor"])]
    pub(crate) all: bool,
    /// Go on where the history before ended
    #[arg(long)]
    pub(crate) cursor: Option<String>,
    /// The first change first
    #[arg(long)]
    pub(crate) oldest_first: bool,
}

/// When a record is looked at.
#[derive(Debug, Args)]
pub(crate) struct Moment {
    /// As it was at this version
    #[arg(long, value_name = "VERSION", conflicts_with = "at")]
    pub(crate) version: Option<u64>,
    /// As it was at this instant, or at the beginning of this day (UTC)
    #[arg(long, value_name = "INSTANT")]
    pub(crate) at: Option<String>,
}

/// `annals records diff`.
#[derive(Debug, Args)]
pub(crate) struct Diff {
    #[command(flatten)]
    pub(crate) record: One,
    /// The version to begin with, or an instant; 0 is before the record existed
    #[arg(long, value_name = "VERSION|INSTANT")]
    pub(crate) from: String,
    /// The version to end with, or an instant [default: the newest version]
    #[arg(long, value_name = "VERSION|INSTANT")]
    pub(crate) to: Option<String>,
    /// Write a JSON Patch (RFC 6902)
    #[arg(long)]
    pub(crate) patch: bool,
}

/// `annals records blame`.
#[derive(Debug, Args)]
pub(crate) struct Blame {
    #[command(flatten)]
    pub(crate) record: One,
    #[command(flatten)]
    pub(crate) moment: Moment,
}

/// `annals records restore`.
#[derive(Debug, Args)]
pub(crate) struct Restore {
    #[command(flatten)]
    pub(crate) record: One,
    /// The version to go back to
    #[arg(long, value_name = "VERSION")]
    pub(crate) to: u64,
    /// Only these fields, such as `email,address`
    #[arg(long, value_name = "FIELDS", value_delimiter = ',')]
    pub(crate) fields: Vec<String>,
    /// Why, as the history will say
    #[arg(long)]
    pub(crate) reason: Option<String>,
    /// Only if the record is still at this version
    #[arg(long, value_name = "VERSION")]
    pub(crate) if_match: Option<u64>,
    /// Say what would be changed, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}
