//! What every request of an admin needs: who asks, for which workspace, about whom, and that the
//! workspace keeps an admin.

use super::directory::Account;
use super::follow::{Reach, Told};
use super::{ADMINS, People, nobody, unreached};
use crate::execute::Outcome;
use crate::http;
use crate::order::{Order, Wanted};
use edge::{Call, Kind, Principal, Problem};
use events::{Field, Intent, Kind as Holds, Mode, Registered, check};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use vocabulary::{RecordId, Version};

/// One request of an admin.
#[derive(Debug)]
pub(super) struct Desk<'a> {
    pub(super) people: &'a People,
    pub(super) call: &'a Call,
    caller: &'a Principal,
    of: Registered,
    /// The group of everybody in the caller's workspace.
    pub(super) workspace: String,
}

/// Whether an order takes an admin from the workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    /// Whoever it is about was one.
    AnAdmin,
    /// They were none, or stay one.
    Nobody,
}

impl<'a> Desk<'a> {
    pub(super) fn of(people: &'a People, call: &'a Call) -> Result<Self, Problem> {
        let caller = call.caller()?;
        // Nobody else can be in somebody's own workspace, which is no organisation's.
        let name = caller.tenant.as_str().strip_prefix("t.");
        let name = name.ok_or_else(|| Problem::new(Kind::Forbidden))?;
        let of = people.commands.registry.by_name("person");
        let of = of.ok_or_else(|| Problem::new(Kind::NotFound))?;
        Ok(Self { people, call, caller, of, workspace: format!("tenant-{name}") })
    }

    pub(super) async fn groups(&self, account: &Account) -> Result<BTreeSet<String>, Problem> {
        self.people.directory.groups(account).await.map_err(|error| unreached(&error))
    }

    /// The person whom the path names, wherever they belong.
    pub(super) async fn known(&self) -> Result<(Account, BTreeSet<String>), Problem> {
        let id = self.call.routed.parameter("id");
        let found = self.people.directory.account(id).await.map_err(|error| unreached(&error))?;
        // A directory also answers to usernames and e-mail addresses; the path takes ids only.
        let found = found.filter(|account| account.sub == id);
        let account = found.ok_or_else(nobody)?;
        let groups = self.groups(&account).await?;
        Ok((account, groups))
    }

    /// The person whom the path names, who is in this workspace.
    pub(super) async fn member(&self) -> Result<(Account, BTreeSet<String>), Problem> {
        let (account, groups) = self.known().await?;
        if groups.contains(&self.workspace) { Ok((account, groups)) } else { Err(nobody()) }
    }

    /// An admin's order to a person's record.
    pub(super) fn order(
        &self,
        name: &str,
        account: &Account,
        words: &Map<String, Value>,
        reason: Option<String>,
    ) -> Result<Order, Problem> {
        let failure = || Problem::new(Kind::Failure);
        let of = self.of;
        let order = of.of.administration().iter().find(|order| order.name == name);
        let order = order.ok_or_else(failure)?;
        let mut words = words.clone();
        words.retain(|word, _| order.fields.iter().any(|field| field.name == word));
        let input = check(order.fields, &words, Mode::Whole).map_err(|faults| {
            tracing::error!(?faults, order = name, "the directory has words that no record takes");
            failure()
        })?;
        let id = RecordId::parse(&account.sub).map_err(|_no_id| failure())?;
        let wanted = Wanted::Administer(Intent::Administer(order.name, input));
        Ok(Order { reason, ..http::order(self.call, of, self.caller, id, wanted)? })
    }

    /// Writes the order into the log, if the caller may still give it.
    pub(super) async fn carry_out(
        &self,
        order: &Order,
        account: &Account,
        takes: Takes,
    ) -> Result<Outcome, Problem> {
        // A request that was carried out once may be sent again by whoever sent it, even where it
        // took that right from them.
        if !self.people.commands.knows(order).await? {
            self.must_be_admin().await?;
            if takes == Takes::AnAdmin
                && self.is_caller(account)
                && !self.has_other_admin(account).await?
            {
                return Err(last_admin());
            }
        }
        self.people.commands.execute(order).await
    }

    /// An access token outlives the right that it tells of; who may do what is not decided by an
    /// admin of a moment ago.
    pub(super) async fn must_be_admin(&self) -> Result<(), Problem> {
        if self.is_admin(self.caller.actor.id.as_str()).await? {
            return Ok(());
        }
        Err(Problem::new(Kind::Forbidden).detail("you are no admin of this workspace any more"))
    }

    fn is_caller(&self, account: &Account) -> bool {
        account.sub == self.caller.actor.id.as_str()
    }

    /// Whether somebody can act as an admin of this workspace, by the directory.
    async fn is_admin(&self, name: &str) -> Result<bool, Problem> {
        let found = self.people.directory.account(name).await.map_err(|error| unreached(&error))?;
        let Some(account) = found.filter(Account::can_sign_in) else { return Ok(false) };
        let groups = self.groups(&account).await?;
        Ok(groups.contains(&self.workspace) && groups.contains(ADMINS))
    }

    /// Whether there is an admin besides this one, who has signed in before: an invitation that
    /// nobody follows administers nothing.
    async fn has_other_admin(&self, account: &Account) -> Result<bool, Problem> {
        let directory = &self.people.directory;
        let members = directory.members(&self.workspace).await.map_err(|e| unreached(&e))?;
        let admins = directory.members(ADMINS).await.map_err(|error| unreached(&error))?;
        let others = admins.iter().filter(|admin| {
            admin.sub != account.sub && members.iter().any(|member| member.sub == admin.sub)
        });
        for other in others {
            // Lists may lag behind.
            if self.is_admin(&other.sub).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Two admins may take each other's right at once, each by rules that held a moment ago. Whoever
    /// finds that nobody is left gives back what they took.
    pub(super) async fn keep_an_admin(
        &self,
        takes: Takes,
        account: &Account,
        words: &Map<String, Value>,
    ) -> Result<(), Problem> {
        if takes == Takes::Nobody {
            return Ok(());
        }
        let caller = self.caller.actor.id.as_str();
        let still = !self.is_caller(account) && self.is_admin(caller).await?;
        if still || self.has_other_admin(account).await? {
            return Ok(());
        }
        let mut words = words.clone();
        let had = words.remove("held").unwrap_or_else(|| json!([ADMINS]));
        let named = had.as_array().into_iter().flatten().filter_map(Value::as_str);
        let named: BTreeSet<String> = named.map(str::to_owned).collect();
        words.insert("grant".to_owned(), had);
        let reason = "given back: nobody would have been left to administer the workspace";
        let order = self.order("invite", account, &words, Some(reason.to_owned()))?;
        let order = Order { retry: None, ..order };
        self.people.commands.execute(&order).await?;
        self.follow(&order, account, &Reach::Joining(named)).await?;
        Err(last_admin())
    }

    /// Takes back an invitation that crossed with another workspace's.
    pub(super) async fn withdraw(
        &self,
        account: &Account,
        words: &Map<String, Value>,
    ) -> Result<(), Problem> {
        let reason = "taken back: this person belongs to another workspace";
        let mut words = words.clone();
        words.remove("held");
        let order = self.order("remove", account, &words, Some(reason.to_owned()))?;
        self.people.commands.execute(&Order { retry: None, ..order }).await?;
        // Their rights are the other workspace's to give; none were given here.
        let left = self.people.directory.remove(account, &self.workspace).await;
        left.map_err(|error| unreached(&error))
    }

    /// Whether the log says that the person was taken out of this workspace.
    pub(super) async fn was_here(&self, order: &Order) -> Result<bool, Problem> {
        let record = self.people.commands.load(order, Version::LAST).await?;
        Ok(record.is_some_and(|record| Told::of(&record.folded).removed))
    }

    pub(super) async fn sign_out(&self, account: &Account) -> Result<(), Problem> {
        self.people.directory.sign_out(account).await.map_err(|error| unreached(&error))
    }

    /// Sends somebody who was invited and never came another invitation; the first may have expired.
    pub(super) async fn remind(&self, account: &Account) -> Result<(), Problem> {
        self.people.directory.remind(account).await.map_err(|error| unreached(&error))
    }
}

/// What the directory says of somebody, in the words of an admin's order.
pub(super) fn words(account: &Account, name: Option<&str>) -> Map<String, Value> {
    let email = account.email.as_deref().filter(|email| is_email(email));
    let names = [account.name.as_deref(), name, email, Some(account.username.as_str())];
    let name = names.into_iter().flatten().find_map(as_line).unwrap_or_default();
    let mut words = Map::new();
    words.insert("person".to_owned(), account.sub.as_str().into());
    words.insert("display_name".to_owned(), name.into());
    words.insert("email".to_owned(), json!(email));
    words
}

fn last_admin() -> Problem {
    Problem::new(Kind::Rule)
        .member("rule", "last_admin")
        .detail("a workspace needs an admin; make somebody else one first")
}

fn is_email(text: &str) -> bool {
    const EMAIL: &[Field] = &[Field::optional("email", "E-mail", Holds::Email)];
    let body = Map::from_iter([("email".to_owned(), text.into())]);
    check(EMAIL, &body, Mode::Whole).is_ok()
}

/// A name as a record takes it; `None` when nothing is left of it.
fn as_line(text: &str) -> Option<String> {
    let plain: String = text.trim().chars().filter(|c| !c.is_control()).take(100).collect();
    let plain = plain.trim().to_owned();
    (!plain.is_empty()).then_some(plain)
}
