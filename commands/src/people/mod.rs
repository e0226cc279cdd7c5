//! Who is in a workspace and what they may do: invite, grant, revoke, take out. Admins only.
//!
//! What is ordered is first a commit in the person's record and then a change in the directory, which
//! decides what their next token says. A request that broke off in between is completed by the same
//! request sent again; until then it is answered as failed.

mod desk;
mod directory;
mod follow;
mod request;

pub use directory::Directory;

use crate::Commands;
use crate::execute::Effect;
use desk::{Desk, Takes, words};
use directory::{Account, DirectoryError, Made, Standing};
use edge::{BASE, Function, GROUPS, Kind, Operation, Problem, Reply, Served};
use follow::{Agreed, Reach, is_elsewhere, is_right};
use futures::{StreamExt, TryStreamExt};
use lambda_http::{Body, Request};
use request::{Change, Invitation};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use store::chain;

/// How many people's groups are read at the same time.
const READ_AT_ONCE: usize = 8;
/// The group whose members say who is in the workspace.
const ADMINS: &str = "admins";

/// What the function works with. Made once, at start.
#[derive(Debug, Clone)]
pub struct People {
    /// The log, and how it is written.
    pub commands: Commands,
    /// The directory that the people sign in with.
    pub directory: Directory,
}

/// Serves one request of the function `people-commands`.
pub async fn handle(people: &People, request: Request) -> http::Response<Body> {
    let now = people.commands.clock.now();
    edge::serve(Function::PeopleCommands, now, request, |call| async move {
        let desk = Desk::of(people, &call)?;
        // On the heap: what several calls to the directory hold is large.
        match call.routed.route.operation {
            Operation::ListRights => Box::pin(desk.list()).await,
            Operation::InvitePerson => Box::pin(desk.invite()).await,
            Operation::ReadRights => Box::pin(desk.read()).await,
            Operation::ChangeRights => Box::pin(desk.change()).await,
            Operation::RemovePerson => Box::pin(desk.remove()).await,
            Operation::Health
            | Operation::ListTypes
            | Operation::CountRecords
            | Operation::ReadOpenApi
            | Operation::ReadMyself
            | Operation::KeepMyself
            | Operation::ListRecords
            | Operation::CreateRecord
            | Operation::GetRecord
            | Operation::EditRecord
            | Operation::EndRecord
            | Operation::ActOnRecord
            | Operation::ReadHistory
            | Operation::ReadCommit
            | Operation::SearchCommits
            | Operation::ReadCorrelation
            | Operation::ListAlarms
            | Operation::ListHeads
            | Operation::ReadStored
            | Operation::RequestExport
            | Operation::ListExports
            | Operation::ReadExport
            | Operation::StartVerification
            | Operation::FinishVerification
            | Operation::DiffRecord
            | Operation::BlameRecord
            | Operation::RestoreRecord
            | Operation::AtDesk(_) => Err(Problem::new(Kind::NotFound)),
        }
    })
    .await
}

impl Desk<'_> {
    /// `GET /people/rights`: everybody in the workspace, by e-mail address. Reads the members, page
    /// by page, and each one's groups.
    async fn list(&self) -> Served {
        self.call.query.only(&[])?;
        let members = self.people.directory.members(&self.workspace).await;
        let members = members.map_err(|error| unreached(&error))?;
        let told = futures::stream::iter(members).map(|account| async move {
            let groups = self.groups(&account).await?;
            Ok::<_, Problem>((account, groups))
        });
        let mut told: Vec<(Account, BTreeSet<String>)> =
            told.buffered(READ_AT_ONCE).try_collect().await?;
        told.sort_by(|(one, _), (other, _)| {
            (&one.email, &one.username).cmp(&(&other.email, &other.username))
        });
        let items: Vec<Value> =
            told.iter().map(|(account, groups)| Value::Object(rights(account, groups))).collect();
        Ok(Reply::json(200, json!({ "items": items })))
    }

    /// `GET /people/{id}/rights`.
    async fn read(&self) -> Served {
        self.call.query.only(&[])?;
        let (account, groups) = self.member().await?;
        Ok(Reply::json(200, rights(&account, &groups)))
    }

    /// `POST /people/rights`: invites somebody, or adds who is known and belongs nowhere yet.
    async fn invite(&self) -> Served {
        let asked = Invitation::of(self.call)?;
        let account = self.account_for(&asked).await?;
        let groups = self.groups(&account).await?;
        if is_elsewhere(&groups, &self.workspace) {
            return Err(Problem::new(Kind::BelongsElsewhere));
        }
        let mut words = words(&account, asked.display_name.as_deref());
        let member = groups.contains(&self.workspace);
        if member {
            words.insert("held".to_owned(), held(&groups));
        }
        words.insert("grant".to_owned(), json!(asked.groups));
        let order = self.order("invite", &account, &words, asked.reason)?;
        let known_here = self.people.commands.load(&order, vocabulary::Version::LAST).await?;
        let order = match known_here {
            // Somebody of whom the log never told is found, not invited.
            None if member => self.order("regrant", &account, &words, order.reason)?,
            None | Some(_) => order,
        };
        let outcome = self.carry_out(&order, &account, Takes::Nobody).await?;
        let named = asked.groups.into_iter().collect();
        match self.follow(&order, &account, &Reach::Joining(named)).await? {
            Agreed::Member(groups) => {
                if outcome.effect == Effect::Unchanged && account.standing == Standing::Invited {
                    self.remind(&account).await?;
                }
                let replayed = outcome.effect == Effect::Replayed;
                let then = outcome.folded.record().summary().map(|summary| summary.status);
                let created = if replayed { then == Some("invited") } else { !member };
                let status = if created { 201 } else { 200 };
                Ok(self.answer(status, outcome.effect, &account, &groups))
            }
            Agreed::Elsewhere => {
                self.withdraw(&account, &words).await?;
                Err(Problem::new(Kind::BelongsElsewhere))
            }
            Agreed::Gone(_) => Err(nobody()),
        }
    }

    /// `POST /people/{id}/rights`.
    async fn change(&self) -> Served {
        let asked = Change::of(self.call)?;
        let (account, groups) = self.member().await?;
        let mut words = words(&account, None);
        words.insert("held".to_owned(), held(&groups));
        words.insert("grant".to_owned(), json!(asked.grant));
        words.insert("revoke".to_owned(), json!(asked.revoke));
        let order = self.order("regrant", &account, &words, asked.reason)?;
        let takes = takes(&groups, asked.revoke.iter().any(|group| group == ADMINS));
        let outcome = self.carry_out(&order, &account, takes).await?;
        let revokes = !asked.revoke.is_empty();
        let named = asked.grant.into_iter().chain(asked.revoke).collect();
        match self.follow(&order, &account, &Reach::Named(named)).await? {
            Agreed::Member(groups) => {
                if revokes {
                    self.sign_out(&account).await?;
                }
                self.keep_an_admin(takes, &account, &words).await?;
                Ok(self.answer(200, outcome.effect, &account, &groups))
            }
            Agreed::Gone(_) | Agreed::Elsewhere => Err(nobody()),
        }
    }

    /// `DELETE /people/{id}/rights`: takes somebody out of the workspace, and of all their rights.
    async fn remove(&self) -> Served {
        let reason = request::reason_alone(self.call)?;
        let (account, groups) = self.known().await?;
        let member = groups.contains(&self.workspace);
        let mut words = words(&account, None);
        if member {
            words.insert("held".to_owned(), held(&groups));
        }
        let order = self.order("remove", &account, &words, reason)?;
        if !member && (is_elsewhere(&groups, &self.workspace) || !self.was_here(&order).await?) {
            return Err(nobody());
        }
        let takes = takes(&groups, member);
        let outcome = self.carry_out(&order, &account, takes).await?;
        match self.follow(&order, &account, &Reach::Named(BTreeSet::new())).await? {
            Agreed::Gone(groups) => {
                self.sign_out(&account).await?;
                self.keep_an_admin(takes, &account, &words).await?;
                Ok(self.answer(200, outcome.effect, &account, &groups))
            }
            // Another admin was faster to invite them again.
            Agreed::Member(_) | Agreed::Elsewhere => {
                Err(Problem::new(Kind::RecordBusy).header("retry-after", "1"))
            }
        }
    }

    fn answer(
        &self,
        status: u16,
        effect: Effect,
        account: &Account,
        groups: &BTreeSet<String>,
    ) -> Reply {
        let reply = Reply::json(status, rights(account, groups));
        let reply = if status == 201 {
            reply.header("location", format!("{BASE}/people/{}/rights", account.sub))
        } else {
            reply
        };
        tracing::info!(person = account.sub, effect = ?effect, trace.id = self.call.trace_id, "rights are as ordered");
        match effect {
            Effect::Replayed => reply.header("idempotency-replayed", "true"),
            Effect::Created | Effect::Changed | Effect::Unchanged => reply,
        }
    }

    /// The account of whoever is invited, made where there is none.
    async fn account_for(&self, asked: &Invitation) -> Result<Account, Problem> {
        let directory = &self.people.directory;
        let confirmed = |found: Option<Account>| {
            found.filter(|account| account.standing != Standing::Unconfirmed)
        };
        let found = directory.account(&asked.email).await.map_err(|error| unreached(&error))?;
        if let Some(account) = confirmed(found) {
            return Ok(account);
        }
        self.must_be_admin().await?;
        let made = directory.create(&asked.email, asked.display_name.as_deref()).await;
        match made.map_err(|error| unreached(&error))? {
            Made::New(account) => Ok(account),
            Made::Refused => Err(Problem::new(Kind::Rule)
                .member("rule", "address_refused")
                .detail("no invitation can be sent to this e-mail address")),
            // A first try had made it, or the address was taken by somebody who has not shown that
            // it is theirs: whoever that is must not get what is meant for the address's owner.
            Made::Known => {
                let found = directory.account(&asked.email).await;
                confirmed(found.map_err(|error| unreached(&error))?).ok_or_else(|| {
                    Problem::new(Kind::Rule).member("rule", "not_confirmed").detail(
                        "somebody signed up with this address and has not confirmed it; they can be \
                         invited once they have",
                    )
                })
            }
        }
    }
}

/// `PersonRights`: what somebody may do in the workspace.
fn rights(account: &Account, groups: &BTreeSet<String>) -> Map<String, Value> {
    let mut told = Map::new();
    told.insert("id".to_owned(), account.sub.as_str().into());
    told.insert("username".to_owned(), account.username.as_str().into());
    told.insert("email".to_owned(), account.email.as_deref().unwrap_or_default().into());
    if let Some(name) = &account.name {
        told.insert("display_name".to_owned(), name.as_str().into());
    }
    told.insert("status".to_owned(), account.standing.name().into());
    // In the order in which the rights grow.
    let groups = GROUPS.iter().map(|(name, _)| *name).filter(|name| groups.contains(*name));
    told.insert("groups".to_owned(), groups.collect());
    told
}

/// The rights that somebody has, whether or not the log tells of them.
fn held(groups: &BTreeSet<String>) -> Value {
    groups.iter().filter(|group| is_right(group)).map(String::as_str).collect()
}

/// Somebody of another workspace is told of as somebody who does not exist.
fn nobody() -> Problem {
    Problem::new(Kind::NotFound)
}

/// Whether somebody of these groups stops being an admin.
fn takes(groups: &BTreeSet<String>, leaves: bool) -> Takes {
    if leaves && groups.contains(ADMINS) { Takes::AnAdmin } else { Takes::Nobody }
}

/// The directory could not be asked, or refused.
fn unreached(error: &DirectoryError) -> Problem {
    match error {
        DirectoryError::Busy { .. } => {
            tracing::warn!(error = chain(error), "the directory did not answer");
            Problem::new(Kind::Unavailable).header("retry-after", "2")
        }
        DirectoryError::Nobody { .. } => nobody(),
        DirectoryError::Refused { .. } | DirectoryError::Unreadable { .. } => {
            tracing::error!(error = chain(error), "the directory failed");
            Problem::new(Kind::Failure)
        }
    }
}
