//! Lists that come page by page, put together.

use crate::api::{Answer, Call};
use crate::error::Failure;
use crate::grid::Grid;
use crate::output::{Format, Output};
use serde_json::{Value, json};

/// How much one request asks for when all are wanted.
const PAGE_MAX: usize = 100;

/// How much of a list is wanted.
#[derive(Debug, Clone)]
pub(crate) enum Wanted {
    /// So many, from a cursor on.
    Some { limit: u32, cursor: Option<String> },
    /// All, from the beginning.
    All,
}

/// What was found, and where it goes on.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) items: Vec<Value>,
    pub(crate) cursor: Option<String>,
}

impl Wanted {
    /// What `--all`, `--limit` and `--cursor` say.
    pub(crate) fn of(all: bool, limit: u32, cursor: Option<&String>) -> Self {
        if all { Self::All } else { Self::Some { limit, cursor: cursor.cloned() } }
    }
}

/// Reads pages until there is enough. Where all are wanted line by line, they are written as they
/// come, and none is kept: a long list need not fit into memory.
///
/// # Errors
/// [`Failure`] of a call, or of writing.
pub(crate) fn collected(
    send: impl Fn(&Call) -> Result<Answer, Failure>,
    call: &Call,
    wanted: &Wanted,
    output: Output,
) -> Result<Found, Failure> {
    let (limit, mut cursor) = match wanted {
        Wanted::Some { limit, cursor } => {
            (usize::try_from(*limit).unwrap_or(usize::MAX), cursor.clone())
        }
        Wanted::All => (usize::MAX, None),
    };
    let mut items: Vec<Value> = Vec::new();
    loop {
        let left = limit.saturating_sub(items.len()).min(PAGE_MAX).to_string();
        let next = call.clone().parameter("limit", &left);
        let page = match &cursor {
            Some(cursor) => send(&next.parameter("cursor", cursor))?.json,
            None => send(&next)?.json,
        };
        cursor = page.get("next_cursor").and_then(Value::as_str).map(str::to_owned);
        let more = page.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
        if matches!(wanted, Wanted::All) && output.format == Format::Ndjson {
            output.items(&json!({ "items": more }), Grid::default)?;
        } else {
            items.extend(more);
        }
        if cursor.is_none() || items.len() >= limit {
            return Ok(Found { items, cursor });
        }
    }
}

impl Found {
    /// The whole as one page.
    pub(crate) fn page(&self) -> Value {
        let mut page = json!({ "items": self.items });
        if let (Some(cursor), Some(page)) = (&self.cursor, page.as_object_mut()) {
            page.insert("next_cursor".to_owned(), cursor.as_str().into());
        }
        page
    }
}
