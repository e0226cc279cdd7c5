//! What would have been e-mailed: it is kept to be looked at, since one machine sends nothing.

use super::keep::State;
use serde::{Deserialize, Serialize};
use vocabulary::Instant;

/// So many messages are kept; the oldest go first.
const KEPT: usize = 100;

/// A message that on AWS would have gone to somebody's mailbox. `GET /local/mail` lists them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// When.
    pub at: Instant,
    /// Whose e-mail address.
    pub to: String,
    /// What it is about.
    pub subject: String,
    /// What it says, in whole sentences.
    pub text: String,
    /// The confirmation code or the temporary password that it tells.
    pub secret: String,
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mail").field("at", &self.at).finish_non_exhaustive()
    }
}

impl State {
    pub(super) fn send(&mut self, mail: Mail) {
        self.mail.push(mail);
        let too_many = self.mail.len().saturating_sub(KEPT);
        self.mail.drain(..too_many);
    }

    /// Messages whose secret has served are thrown away.
    pub(super) fn throw_away_mail_to(&mut self, email: &str) {
        self.mail.retain(|mail| mail.to != email);
    }
}
