//! The directory follows the log: what was granted and revoked there is brought about here.
//!
//! The log is written first and read again before each round, so that of two admins at once the
//! later one's word holds, and a late copy of an old request brings nothing back. Every step can be
//! repeated; whatever broke off is completed by the same request sent again.

use super::Desk;
use super::directory::Account;
use crate::order::Order;
use edge::{GROUPS, Kind, Problem};
use serde_json::Value;
use std::collections::BTreeSet;
use store::{Folded, backoff};
use vocabulary::Version;

/// How often log and directory are compared before others are told to have been faster.
const ROUNDS_MAX: u32 = 6;

/// What the log says of somebody's rights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) groups: BTreeSet<String>,
    pub(super) removed: bool,
}

/// Which of somebody's rights a request touches. Others are left as the directory has them, be they
/// told in the log or not.
#[derive(Debug, Clone)]
pub(super) enum Reach {
    /// These rights of a member.
    Named(BTreeSet<String>),
    /// Becoming a member with these rights and no other that the log does not tell of.
    Joining(BTreeSet<String>),
}

/// Where the directory stands when it agrees with the log.
#[derive(Debug)]
pub(super) enum Agreed {
    /// The person is a member, with these groups.
    Member(BTreeSet<String>),
    /// The person is no member.
    Gone(BTreeSet<String>),
    /// The person is a member of another workspace; nothing was granted.
    Elsewhere,
}

#[derive(Debug, PartialEq, Eq)]
enum Step {
    Add(String),
    Remove(String),
}

impl Told {
    pub(super) fn of(folded: &Folded) -> Self {
        let details = folded.record().details();
        let groups = details.get("groups").and_then(Value::as_array).into_iter().flatten();
        let groups = groups.filter_map(Value::as_str).map(str::to_owned).collect();
        let status = folded.record().summary().map(|summary| summary.status);
        Self { groups, removed: status == Some("removed") }
    }
}

/// Whether a group gives rights; the others are workspaces, or none of ours.
pub(super) fn is_right(group: &str) -> bool {
    GROUPS.iter().any(|(name, _)| *name == group)
}

/// Whether somebody of these groups belongs to another workspace than this one.
pub(super) fn is_elsewhere(groups: &BTreeSet<String>, workspace: &str) -> bool {
    groups.iter().any(|group| group.starts_with("tenant-") && group != workspace)
}

impl Desk<'_> {
    /// Brings the directory to where the log is, as far as the request reaches.
    pub(super) async fn follow(
        &self,
        order: &Order,
        account: &Account,
        reach: &Reach,
    ) -> Result<Agreed, Problem> {
        for round in 1..=ROUNDS_MAX {
            let told = self.told(order).await?;
            let now = self.groups(account).await?;
            let joins = matches!(reach, Reach::Joining(_)) && !told.removed;
            if joins && is_elsewhere(&now, &self.workspace) {
                return Ok(Agreed::Elsewhere);
            }
            let steps = steps(&self.workspace, &told, &now, reach);
            if steps.is_empty() {
                let member = now.contains(&self.workspace);
                return Ok(if member { Agreed::Member(now) } else { Agreed::Gone(now) });
            }
            for step in steps {
                self.take(account, &step).await?;
            }
            if round > 1 {
                // What was done does not show yet, or somebody else is at it.
                backoff(round).await;
            }
        }
        Err(Problem::new(Kind::RecordBusy).header("retry-after", "1"))
    }

    /// What the log says now.
    pub(super) async fn told(&self, order: &Order) -> Result<Told, Problem> {
        let record = self.people.commands.load(order, Version::LAST).await?;
        let nothing = Told { groups: BTreeSet::new(), removed: true };
        Ok(record.map_or(nothing, |record| Told::of(&record.folded)))
    }

    async fn take(&self, account: &Account, step: &Step) -> Result<(), Problem> {
        let directory = &self.people.directory;
        let taken = match step {
            Step::Add(group) => directory.add(account, group).await,
            Step::Remove(group) => directory.remove(account, group).await,
        };
        taken.map_err(|error| super::unreached(&error))
    }
}

/// What is to be done, in an order that never leaves a right in force of which the log does not
/// tell: rights go before the workspace does, and come after it, once it is known to be the only one.
fn steps(workspace: &str, told: &Told, now: &BTreeSet<String>, reach: &Reach) -> Vec<Step> {
    let rights = now.iter().filter(|group| is_right(group)).cloned();
    let untold = |group: &String| !told.groups.contains(group);
    let member = now.contains(workspace);
    match reach {
        _ if told.removed && !member => Vec::new(),
        _ if told.removed => rights.chain([workspace.to_owned()]).map(Step::Remove).collect(),
        Reach::Named(_) if !member => Vec::new(),
        Reach::Joining(_) if !member => {
            let strays = rights.filter(untold).map(Step::Remove);
            strays.chain([Step::Add(workspace.to_owned())]).collect()
        }
        Reach::Named(named) => {
            let taken = rights.filter(|group| named.contains(group) && untold(group));
            taken.map(Step::Remove).chain(missing(told, now, named)).collect()
        }
        Reach::Joining(named) => {
            rights.filter(untold).map(Step::Remove).chain(missing(told, now, named)).collect()
        }
    }
}

fn missing(
    told: &Told,
    now: &BTreeSet<String>,
    named: &BTreeSet<String>,
) -> impl Iterator<Item = Step> {
    let missing: Vec<String> =
        named.intersection(&told.groups).filter(|group| !now.contains(*group)).cloned().collect();
    missing.into_iter().map(Step::Add)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn told(groups: &[&str]) -> Told {
        Told { groups: set(groups), removed: false }
    }

    fn add(group: &str) -> Step {
        Step::Add(group.to_owned())
    }

    fn remove(group: &str) -> Step {
        Step::Remove(group.to_owned())
    }

    const OURS: &str = "tenant-demo";

    #[test]
    fn whoever_joins_brings_no_right_that_the_log_does_not_tell_of() {
        let reach = Reach::Joining(set(&["editors"]));
        let now = set(&["admins", "something-else"]);
        let first = steps(OURS, &told(&["editors"]), &now, &reach);
        assert_eq!(first, [remove("admins"), add(OURS)]);
        let now = set(&["something-else", OURS]);
        assert_eq!(steps(OURS, &told(&["editors"]), &now, &reach), [add("editors")]);
        let now = set(&[OURS, "editors"]);
        assert_eq!(steps(OURS, &told(&["editors"]), &now, &reach), []);
    }

    #[test]
    fn a_change_touches_only_the_rights_that_it_names() {
        let now = set(&[OURS, "viewers", "admins"]);
        let reach = Reach::Named(set(&["editors", "viewers"]));
        let log = told(&["editors", "auditors"]);
        assert_eq!(steps(OURS, &log, &now, &reach), [remove("viewers"), add("editors")]);
    }

    #[test]
    fn whoever_is_taken_out_loses_their_rights_first() {
        let log = Told { groups: BTreeSet::new(), removed: true };
        let now = set(&["editors", OURS, "viewers"]);
        let reach = Reach::Named(BTreeSet::new());
        let expected = [remove("editors"), remove("viewers"), remove(OURS)];
        assert_eq!(steps(OURS, &log, &now, &reach), expected);
        // A late copy of the invitation brings nobody back, and touches no other workspace.
        let reach = Reach::Joining(set(&["editors"]));
        assert_eq!(steps(OURS, &log, &set(&["tenant-b", "editors"]), &reach), []);
    }
}
