//! Who is there: people, their groups, and who was invited. What Cognito's admin calls work on.

use super::demo::DEMO_PEOPLE;
use super::keep::{Keep, KeepError, State};
use super::mail::Mail;
use super::password::Hashed;
use super::random::{self, NoRandomness};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use store::Clock;
use vocabulary::{Digest, Instant};

/// The groups that give rights; each workspace has one more, `tenant-{name}`.
const RIGHTS: [&str; 5] = ["viewers", "editors", "auditors", "operators", "admins"];
/// How long a temporary password is good for: seven days, Cognito's default
/// (`TemporaryPasswordValidityDays`, read 2026-11-24).
const TEMPORARY_MS: i64 = 7 * 24 * 3_600 * 1_000;

/// Somebody who can sign in, or soon will.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The `sub` of their tokens, never given to anybody else.
    pub sub: String,
    /// What Cognito calls them: the `sub` again, but for the demo people.
    pub username: String,
    /// Their e-mail address, as they wrote it. No two accounts share one, whatever the case.
    pub email: String,
    /// Whether they have shown that it is theirs.
    pub email_verified: bool,
    /// What they are called.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// Their groups, workspace (`tenant-…`) included.
    pub groups: BTreeSet<String>,
    /// How far they have come.
    pub status: Status,
    /// When the account was made.
    pub created_at: Instant,
    /// When it was last changed; groups do not count, as with Cognito.
    pub changed_at: Instant,
    /// When they were last signed out everywhere: what they were given until then counts no more.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub signed_out_at: Option<Instant>,
    pub(super) credential: Credential,
}

/// How far an account has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Signed up and has not confirmed the e-mail address: Cognito's `UNCONFIRMED`.
    Unconfirmed,
    /// Invited and has not chosen a password: Cognito's `FORCE_CHANGE_PASSWORD`.
    Invited,
    /// Can sign in: Cognito's `CONFIRMED`.
    Active,
}

/// How somebody shows who they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Credential {
    /// By [`DEMO_PASSWORD`](super::DEMO_PASSWORD), which is no secret.
    Demo,
    /// By a password that they chose.
    Password(Hashed),
    /// The same, and by a code that was sent to them, as its digest.
    Unconfirmed {
        /// The password.
        password: Hashed,
        /// The code's digest.
        code: Digest,
        /// Until when the code is good.
        until: Instant,
        /// How often it may still be tried.
        tries_left: u32,
    },
    /// By a password that they were sent.
    Temporary {
        /// The password.
        password: Hashed,
        /// Until when it is good.
        until: Instant,
    },
}

impl fmt::Debug for Account {
    /// Without anything personal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Account");
        shown.field("sub", &self.sub).field("status", &self.status).finish_non_exhaustive()
    }
}

/// What goes wrong in the directory. The names in brackets are Cognito's.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// Nobody is called so (`UserNotFoundException`).
    #[error("there is no such account")]
    NoSuchAccount,
    /// There is no group of that name (`ResourceNotFoundException`).
    #[error("there is no such group")]
    NoSuchGroup,
    /// Somebody has that e-mail address already (`UsernameExistsException`).
    #[error("there is an account with this e-mail address already")]
    AccountExists,
    /// That is no e-mail address (`InvalidParameterException`).
    #[error("this is no e-mail address")]
    NoEmail,
    /// They have been there before, so they cannot be invited again (`UnsupportedUserStateException`).
    #[error("this account has been used already")]
    NotInvited,
    /// The file of the directory cannot be written; nothing has changed.
    #[error("the directory cannot be kept")]
    Keep(#[from] KeepError),
    /// No temporary password can be made; nothing has changed.
    #[error("no secret can be made")]
    Randomness(#[from] NoRandomness),
}

/// The people and groups of one stack. Cheap to clone; every clone is the same directory.
///
/// Each method that changes something returns when the change is on the disk, and takes as long as
/// that: call them where blocking is allowed (`tokio::task::spawn_blocking`). A `name` is a username,
/// a `sub` or an e-mail address; the last in any case of letters.
#[derive(Debug, Clone)]
pub struct Directory {
    pub(super) keep: Arc<Keep>,
    pub(super) clock: Clock,
    pub(super) issuer: String,
}

impl Directory {
    /// Makes an account with a temporary password and sends the invitation to [`Directory::mail`]
    /// (`AdminCreateUser`). The username is the new `sub`. Somebody who signed up with this address
    /// but never confirmed it does not stand in the way.
    ///
    /// # Errors
    /// [`DirectoryError::NoEmail`], [`DirectoryError::AccountExists`], or nothing could be kept.
    pub fn invite(&self, email: &str, name: Option<&str>) -> Result<Account, DirectoryError> {
        let email = email.trim();
        if !is_email(email) {
            return Err(DirectoryError::NoEmail);
        }
        let (secret, now) = (random::temporary_password()?, self.clock.now());
        let (credential, sub) = (self.temporary(&secret)?, random::uuid()?);
        let account = Account {
            username: sub.clone(),
            sub,
            email: email.to_owned(),
            email_verified: true,
            name: name.map(str::to_owned),
            groups: BTreeSet::new(),
            status: Status::Invited,
            created_at: now,
            changed_at: now,
            signed_out_at: None,
            credential,
        };
        self.keep.change(|state| {
            state.make_room_for(email)?;
            state.send(self.invitation(email, secret));
            state.accounts.insert(account.username.clone(), account.clone());
            Ok(account)
        })
    }

    /// Sends a new temporary password to somebody who was invited and has not come yet
    /// (`AdminCreateUser` with `MessageAction=RESEND`).
    ///
    /// # Errors
    /// [`DirectoryError::NoSuchAccount`], [`DirectoryError::NotInvited`], or nothing could be kept.
    pub fn invite_again(&self, name: &str) -> Result<Account, DirectoryError> {
        let secret = random::temporary_password()?;
        let credential = self.temporary(&secret)?;
        self.keep.change(|state| {
            let account = state.named_mut(name)?;
            if account.status != Status::Invited {
                return Err(DirectoryError::NotInvited);
            }
            account.credential = credential;
            account.changed_at = self.clock.now();
            let account = account.clone();
            state.throw_away_mail_to(&account.email);
            state.send(self.invitation(&account.email, secret));
            Ok(account)
        })
    }

    /// The account of that name, with its groups (`AdminGetUser`, `AdminListGroupsForUser`).
    pub fn get(&self, name: &str) -> Option<Account> {
        self.keep.read(|state| state.named(name).cloned())
    }

    /// Everybody, oldest account first (`ListUsers`).
    pub fn list(&self) -> Vec<Account> {
        let mut accounts: Vec<Account> =
            self.keep.read(|state| state.accounts.values().cloned().collect());
        accounts.sort_by(|a, b| (a.created_at, &a.sub).cmp(&(b.created_at, &b.sub)));
        accounts
    }

    /// Everybody in a group, oldest account first (`ListUsersInGroup`).
    ///
    /// # Errors
    /// [`DirectoryError::NoSuchGroup`].
    pub fn list_in_group(&self, group: &str) -> Result<Vec<Account>, DirectoryError> {
        self.keep.read(|state| state.must_have_group(group))?;
        let mut accounts = self.list();
        accounts.retain(|account| account.groups.contains(group));
        Ok(accounts)
    }

    /// Puts somebody into a group; nothing happens when they are in it (`AdminAddUserToGroup`). The
    /// next token that they get says so; older ones do not.
    ///
    /// # Errors
    /// [`DirectoryError::NoSuchAccount`], [`DirectoryError::NoSuchGroup`], or it could not be kept.
    pub fn add_to_group(&self, name: &str, group: &str) -> Result<(), DirectoryError> {
        self.keep.change(|state| {
            state.must_have_group(group)?;
            state.named_mut(name)?.groups.insert(group.to_owned());
            Ok(())
        })
    }

    /// Takes somebody out of a group; nothing happens when they are not in it
    /// (`AdminRemoveUserFromGroup`). Access tokens given before say otherwise until they expire.
    ///
    /// # Errors
    /// [`DirectoryError::NoSuchAccount`], [`DirectoryError::NoSuchGroup`], or it could not be kept.
    pub fn remove_from_group(&self, name: &str, group: &str) -> Result<(), DirectoryError> {
        self.keep.change(|state| {
            state.must_have_group(group)?;
            state.named_mut(name)?.groups.remove(group);
            Ok(())
        })
    }

    /// Ends all that somebody has signed in to: refresh tokens, codes under way and the provider's
    /// own sessions (`AdminUserGlobalSignOut`). Access tokens last until they expire, as on AWS.
    ///
    /// # Errors
    /// [`DirectoryError::NoSuchAccount`], or it could not be kept.
    pub fn sign_out_everywhere(&self, name: &str) -> Result<(), DirectoryError> {
        self.keep.change(|state| {
            let account = state.named_mut(name)?;
            account.signed_out_at = Some(self.clock.now());
            let sub = account.sub.clone();
            state.families.values_mut().filter(|family| family.sub == sub).for_each(|family| {
                family.revoked = true;
            });
            Ok(())
        })
    }

    /// Makes a group; nothing happens when it is there (`CreateGroup`).
    ///
    /// # Errors
    /// When it could not be kept.
    pub fn create_group(&self, group: &str) -> Result<(), DirectoryError> {
        self.keep.change(|state| {
            state.groups.insert(group.to_owned());
            Ok(())
        })
    }

    /// All groups, by name (`ListGroups`).
    pub fn groups(&self) -> Vec<String> {
        self.keep.read(|state| state.groups.iter().cloned().collect())
    }

    /// What would have been e-mailed, oldest first.
    pub fn mail(&self) -> Vec<Mail> {
        self.keep.read(|state| state.mail.clone())
    }

    /// Sees to it that the groups of rights are there, as the template does on AWS.
    pub(crate) fn with_groups(self) -> Result<Self, KeepError> {
        self.keep.change(|state| {
            state.groups.extend(RIGHTS.map(str::to_owned));
            Ok::<_, KeepError>(())
        })?;
        Ok(self)
    }

    /// Sees to it that the demo people are there. Those who are stay as they are.
    pub(crate) fn with_demo_people(&self) -> Result<(), KeepError> {
        self.keep.change(|state| {
            for person in DEMO_PEOPLE {
                state.groups.extend(person.groups.iter().map(|group| (*group).to_owned()));
                let fresh = || person.account(self.clock.now());
                state.accounts.entry(person.username.to_owned()).or_insert_with(fresh);
            }
            Ok(())
        })
    }

    fn temporary(&self, secret: &str) -> Result<Credential, NoRandomness> {
        let until = self.clock.now().plus_millis(TEMPORARY_MS);
        Ok(Credential::Temporary { password: Hashed::of(secret)?, until })
    }

    fn invitation(&self, email: &str, secret: String) -> Mail {
        let text = format!(
            "You are invited to Annals at {}. Sign in with this e-mail address and the temporary \
             password {secret} within seven days; you will then choose a password of your own.",
            self.issuer
        );
        let subject = "You are invited to Annals".to_owned();
        Mail { at: self.clock.now(), to: email.to_owned(), subject, text, secret }
    }
}

impl State {
    pub(super) fn named(&self, name: &str) -> Option<&Account> {
        let by_username = self.accounts.get(name);
        by_username.or_else(|| self.accounts.values().find(|account| account.is_called(name)))
    }

    pub(super) fn named_mut(&mut self, name: &str) -> Result<&mut Account, DirectoryError> {
        let username = self.named(name).ok_or(DirectoryError::NoSuchAccount)?.username.clone();
        self.accounts.get_mut(&username).ok_or(DirectoryError::NoSuchAccount)
    }

    /// An address belongs to whoever has confirmed it, or was invited there.
    pub(super) fn make_room_for(&mut self, email: &str) -> Result<(), DirectoryError> {
        let Some(other) = self.accounts.values().find(|account| account.has_email(email)) else {
            return Ok(());
        };
        if other.status != Status::Unconfirmed {
            return Err(DirectoryError::AccountExists);
        }
        let (username, email) = (other.username.clone(), other.email.clone());
        self.accounts.remove(&username);
        self.throw_away_mail_to(&email);
        Ok(())
    }

    fn must_have_group(&self, group: &str) -> Result<(), DirectoryError> {
        self.groups.contains(group).then_some(()).ok_or(DirectoryError::NoSuchGroup)
    }
}

impl Account {
    fn is_called(&self, name: &str) -> bool {
        self.username == name || self.sub == name || self.has_email(name)
    }

    pub(super) fn has_email(&self, email: &str) -> bool {
        self.email.to_lowercase() == email.trim().to_lowercase()
    }
}

/// Whether this can be an e-mail address: something before one `@`, and a host with a dot after it.
/// What passes here passes as the e-mail address of a person's record too.
pub(super) fn is_email(text: &str) -> bool {
    let Some((name, host)) = text.split_once('@') else { return false };
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"<>\"@,;".contains(c);
    text.len() <= 254
        && !name.is_empty()
        && host.contains('.')
        && !host.starts_with('.')
        && !host.ends_with('.')
        && name.chars().all(plain)
        && host.chars().all(plain)
}
