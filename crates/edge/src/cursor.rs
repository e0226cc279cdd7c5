//! Cursors: a position in a list, opaque to callers.
//!
//! A cursor carries no tenant and no filter: both are taken from the request again. It remembers a
//! digest of the filter, so that a changed filter is refused instead of answered wrongly.

use crate::{Kind, Problem};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use vocabulary::Digest;

/// A position in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The generation of the view that the list is read from; 0 for the log itself.
    #[serde(rename = "g")]
    pub generation: u32,
    /// The digest of the filter, see [`filter_digest`].
    #[serde(rename = "f")]
    pub filter: String,
    /// The place after which the list goes on.
    #[serde(rename = "p")]
    pub position: String,
}

/// Eight bytes of the digest of a list's filter and order.
pub fn filter_digest(parts: &[&str]) -> String {
    let digits = Digest::of_list(parts).to_string();
    digits.chars().take(16).collect()
}

/// A text as part of a path: letters, digits, `-` and `_`.
pub fn url_safe(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

/// The text that [`url_safe`] made so; `None` for what it never makes.
pub fn from_url_safe(text: &str) -> Option<String> {
    // What cannot be decoded is no such text.
    String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

impl Cursor {
    /// The cursor as text.
    pub fn encode(&self) -> String {
        // Serialising three plain fields cannot fail.
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// The cursor behind a text, for a list with that filter.
    ///
    /// # Errors
    /// [`Problem`] when the text is no cursor or belongs to another filter.
    pub fn decode(text: &str, filter: &str) -> Result<Self, Problem> {
        let wrong = || Problem::new(Kind::InvalidCursor);
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_error| wrong())?;
        let cursor: Self = serde_json::from_slice(&bytes).map_err(|_error| wrong())?;
        if cursor.filter == filter {
            Ok(cursor)
        } else {
            Err(wrong().detail("it was made for another filter or order"))
        }
    }
}
