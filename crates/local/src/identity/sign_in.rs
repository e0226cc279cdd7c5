//! How people come in: signing up, confirming, passwords, and how often one may be wrong.

use super::Identity;
use super::demo::DEMO_PASSWORD;
use super::directory::{Account, Credential, DirectoryError, Status, is_email};
use super::keep::KeepError;
use super::mail::Mail;
use super::password::{CHARACTERS_MAX, CHARACTERS_MIN, Hashed, same};
use super::random::{self, NoRandomness};
use std::sync::PoisonError;
use vocabulary::Digest;

/// A confirmation code is good for a day, as Cognito's ("Signing up and confirming user accounts",
/// developer guide, read 2026-11-24).
const CODE_MS: i64 = 24 * 3_600 * 1_000;
/// A code may be wrong so often; then another must be sent.
const CODE_TRIES: u32 = 5;
/// Who never confirms is forgotten after a week.
const UNCONFIRMED_MS: i64 = 7 * 24 * 3_600 * 1_000;

/// Why somebody does not get in.
#[derive(Debug, thiserror::Error)]
pub(super) enum SignInError {
    /// Name or password is wrong; which is not told.
    #[error("the name or the password is wrong")]
    Wrong,
    /// The temporary password was right, but is no longer good.
    #[error("the temporary password has expired")]
    Expired,
    /// They were wrong too often and may try again after so many seconds.
    #[error("there were too many tries")]
    Wait(i64),
    #[error("the code is wrong")]
    WrongCode,
    /// The code is too old or was wrong too often.
    #[error("the code is no longer good")]
    CodeGone,
    #[error("the directory failed")]
    Directory(#[from] DirectoryError),
}

impl From<KeepError> for SignInError {
    fn from(error: KeepError) -> Self {
        Self::Directory(error.into())
    }
}

impl From<NoRandomness> for SignInError {
    fn from(error: NoRandomness) -> Self {
        Self::Directory(error.into())
    }
}

/// What somebody who signs up says of themselves.
#[derive(Clone, Copy)]
pub(super) struct Application<'a> {
    pub(super) email: &'a str,
    pub(super) name: &'a str,
    pub(super) password: &'a str,
}

impl Application<'_> {
    /// What is wrong, by field.
    pub(super) fn faults(&self) -> Vec<(&'static str, &'static str)> {
        let mut faults = Vec::new();
        if !is_email(self.email.trim()) {
            faults.push(("email", "Enter an e-mail address, such as ann@example.org."));
        }
        let (name, control) = (self.name.trim(), self.name.chars().any(char::is_control));
        if name.is_empty() || name.chars().count() > 100 || control {
            faults.push(("name", "Enter your name, with at most 100 characters."));
        }
        faults.extend(password_fault(self.password).map(|fault| ("password", fault)));
        faults
    }
}

/// What is wrong with a password that somebody wants to use from now on.
pub(super) fn password_fault(password: &str) -> Option<&'static str> {
    let characters = password.chars().count();
    if characters < CHARACTERS_MIN {
        Some("Choose a password with at least 12 characters.")
    } else if characters > CHARACTERS_MAX || password.chars().any(char::is_control) {
        Some("Choose a password with at most 256 characters.")
    } else {
        None
    }
}

impl Identity {
    /// Makes an account that counts once its e-mail address is confirmed, and sends the code. Whoever
    /// signed up with this address before and did not confirm it makes room.
    pub(super) fn sign_up(&self, application: Application<'_>) -> Result<Account, SignInError> {
        let (sub, code, now) = (random::uuid()?, random::code()?, self.clock.now());
        let email = application.email.trim();
        let account = Account {
            username: sub.clone(),
            sub,
            email: email.to_owned(),
            email_verified: false,
            name: Some(application.name.trim().to_owned()),
            groups: std::collections::BTreeSet::new(),
            status: Status::Unconfirmed,
            created_at: now,
            changed_at: now,
            signed_out_at: None,
            credential: self.unconfirmed(Hashed::of(application.password)?, &code),
        };
        self.directory.keep.change(|state| {
            state.accounts.retain(|_, account| {
                account.status != Status::Unconfirmed
                    || now < account.created_at.plus_millis(UNCONFIRMED_MS)
            });
            state.make_room_for(email)?;
            state.send(self.confirmation(email, code));
            state.accounts.insert(account.username.clone(), account.clone());
            Ok(account)
        })
    }

    /// The account that has this name (or e-mail address) and password. What is still to be done is
    /// its status.
    pub(super) fn account_with(&self, name: &str, password: &str) -> Result<Account, SignInError> {
        let name = name.trim();
        let found = self.directory.get(name);
        // All names of one account share its failures.
        let key = found.as_ref().map_or(name.to_lowercase(), |account| account.sub.clone());
        let tried = ["password", key.as_str()];
        // One after the other: a try is counted before the next one begins, however many come at once,
        // and guessing keeps no more than one core busy.
        let _one_at_a_time = self.checking.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(seconds) = self.tries.wait(&tried) {
            return Err(SignInError::Wait(seconds));
        }
        if found.is_none() {
            Hashed::of_nobody(password);
        }
        let Some(account) = found.filter(|account| is_password_of(password, account)) else {
            self.tries.failed(&tried);
            return Err(SignInError::Wrong);
        };
        self.tries.succeeded(&tried);
        self.in_time(account)
    }

    fn in_time(&self, account: Account) -> Result<Account, SignInError> {
        match &account.credential {
            Credential::Temporary { until, .. } if *until <= self.clock.now() => {
                Err(SignInError::Expired)
            }
            Credential::Temporary { .. }
            | Credential::Demo
            | Credential::Password(_)
            | Credential::Unconfirmed { .. } => Ok(account),
        }
    }

    /// One of the demo people, without a password: there is none to be kept secret.
    pub(super) fn demo_account(&self, username: &str) -> Option<Account> {
        self.demo_accounts().into_iter().find(|account| account.username == username)
    }

    /// The demo people who are here.
    pub(super) fn demo_accounts(&self) -> Vec<Account> {
        let mut accounts = self.directory.list();
        accounts.retain(|account| account.credential == Credential::Demo);
        accounts
    }

    /// Confirms an e-mail address by the code that was sent there.
    pub(super) fn confirm(&self, sub: &str, code: &str) -> Result<Account, SignInError> {
        let (given, now) = (Digest::of(&[code.trim().as_bytes()]), self.clock.now());
        // A wrong try is a change too: it must be counted.
        self.directory.keep.change(|state| {
            let account = state.named_mut(sub)?;
            let Credential::Unconfirmed { password, code, until, tries_left } =
                &mut account.credential
            else {
                return Ok(Ok(account.clone()));
            };
            if *tries_left == 0 || *until <= now {
                return Ok(Err(SignInError::CodeGone));
            }
            if !same(&code.to_string(), &given.to_string()) {
                *tries_left -= 1;
                return Ok(Err(SignInError::WrongCode));
            }
            account.credential = Credential::Password(password.clone());
            account.status = Status::Active;
            account.email_verified = true;
            account.changed_at = now;
            let account = account.clone();
            state.throw_away_mail_to(&account.email);
            Ok::<_, SignInError>(Ok(account))
        })?
    }

    /// Sends another confirmation code; the one before is good no more.
    pub(super) fn send_code_again(&self, sub: &str) -> Result<(), SignInError> {
        let tried = ["code", sub];
        if let Some(seconds) = self.tries.wait(&tried) {
            return Err(SignInError::Wait(seconds));
        }
        self.tries.failed(&tried);
        let code = random::code()?;
        self.directory.keep.change(|state| {
            let account = state.named_mut(sub)?;
            let Credential::Unconfirmed { password, .. } = &account.credential else {
                return Ok(());
            };
            account.credential = self.unconfirmed(password.clone(), &code);
            let email = account.email.clone();
            state.throw_away_mail_to(&email);
            state.send(self.confirmation(&email, code));
            Ok(())
        })
    }

    /// Puts a password of somebody's own in the place of the temporary one.
    pub(super) fn choose_password(&self, sub: &str, chosen: &str) -> Result<Account, SignInError> {
        let (credential, now) = (Credential::Password(Hashed::of(chosen)?), self.clock.now());
        self.directory.keep.change(|state| {
            let account = state.named_mut(sub)?;
            account.credential = credential;
            account.status = Status::Active;
            account.changed_at = now;
            let account = account.clone();
            state.throw_away_mail_to(&account.email);
            Ok(account)
        })
    }

    /// The code or temporary password that was last sent there, for pages that show what on AWS would
    /// be in a mailbox.
    pub(super) fn last_secret_to(&self, email: &str) -> Option<String> {
        let mail = self.directory.mail();
        mail.into_iter().rev().find(|mail| mail.to == email).map(|mail| mail.secret)
    }

    fn unconfirmed(&self, password: Hashed, code: &str) -> Credential {
        Credential::Unconfirmed {
            password,
            code: Digest::of(&[code.as_bytes()]),
            until: self.clock.now().plus_millis(CODE_MS),
            tries_left: CODE_TRIES,
        }
    }

    fn confirmation(&self, email: &str, code: String) -> Mail {
        Mail {
            at: self.clock.now(),
            to: email.to_owned(),
            subject: "Your confirmation code".to_owned(),
            text: format!(
                "Your code for Annals at {} is {code}. It is good for a day.",
                self.issuer
            ),
            secret: code,
        }
    }
}

/// Takes the same time whether there is such an account or not, but for demo people, who are no secret.
fn is_password_of(password: &str, account: &Account) -> bool {
    if password.chars().count() > CHARACTERS_MAX {
        return false;
    }
    match &account.credential {
        Credential::Demo => same(password, DEMO_PASSWORD),
        Credential::Password(hashed)
        | Credential::Unconfirmed { password: hashed, .. }
        | Credential::Temporary { password: hashed, .. } => hashed.is_of(password),
    }
}
