//! What an admin's order to a person's record leads to.

use super::{Details, Event, Member};
use std::collections::BTreeSet;
use vocabulary::Personal;

/// A person is asked to come into the workspace, be it again.
pub(super) fn invited(before: Option<&Details>, member: Member, grant: &[String]) -> Vec<Event> {
    let Member { profile, owner, held } = member;
    let personal = Personal::Known(profile);
    let details = before.cloned().unwrap_or_else(|| Details::of(&personal, &owner));
    let rights = regranted(&details, &held, grant, &[]);
    std::iter::once(Event::Invited { personal, owner }).chain(rights).collect()
}

/// A person is in the workspace of whom the log knew nothing: they are told of first.
pub(super) fn found(member: &Member, then: impl FnOnce(&Details) -> Vec<Event>) -> Vec<Event> {
    let personal = Personal::Known(member.profile.clone());
    let details = Details::of(&personal, &member.owner);
    let found = Event::Found { personal, owner: member.owner.clone() };
    std::iter::once(found).chain(then(&details)).collect()
}

/// Rights are granted and revoked. One that is in both lists is revoked.
pub(super) fn regranted(
    details: &Details,
    held: &[String],
    grant: &[String],
    revoke: &[String],
) -> Vec<Event> {
    let told = held_untold(details, held);
    let had = with_told(details, &told);
    let wanted: Vec<String> =
        grant.iter().filter(|group| !revoke.contains(group)).cloned().collect();
    let taken = revoke.iter().filter(|group| had.contains(*group)).cloned();
    let taken = taken.map(|group| Event::Revoked { group }).collect::<Vec<_>>();
    let given = granted(&had, &wanted);
    told.into_iter().map(|group| Event::Held { group }).chain(given).chain(taken).collect()
}

/// A person is taken out of the workspace, and of all their rights.
pub(super) fn removed(details: &Details, held: &[String]) -> Vec<Event> {
    let told = held_untold(details, held);
    let had: Vec<String> = with_told(details, &told).into_iter().collect();
    let mut events = regranted(details, held, &[], &had);
    events.push(Event::Removed {});
    events
}

fn granted(had: &BTreeSet<String>, grant: &[String]) -> Vec<Event> {
    let new: BTreeSet<&String> = grant.iter().filter(|group| !had.contains(*group)).collect();
    new.into_iter().map(|group| Event::Granted { group: group.clone() }).collect()
}

/// The rights that somebody has and of which the log never told.
fn held_untold(details: &Details, held: &[String]) -> BTreeSet<String> {
    let told =
        |group: &&String| details.groups.contains(*group) || details.revoked.contains(*group);
    held.iter().filter(|group| !told(group)).cloned().collect()
}

fn with_told(details: &Details, told: &BTreeSet<String>) -> BTreeSet<String> {
    details.groups.union(told).cloned().collect()
}
