//! A record's commits as they stand in the table, for those who hash them again.

use super::Audit;
use crate::list::page;
use crate::unread;
use edge::{Call, Cursor, Kind, Problem, Reply, Served, filter_digest};
use serde_json::{Map, Value, json};
use store::StoredItem;
use vocabulary::{RecordId, RecordKey, TypeName, Version};

/// The most bytes of items in one page; Lambda passes no more than 6 MB on.
const PAGE_MAX_BYTES: usize = 4 * 1024 * 1024;
/// The most items that are read at a time.
const READ: usize = 250;
/// The digits that a number of DynamoDB may have ("Naming rules and data types", read 2026-11-24).
const DIGITS_MAX: usize = 38;

impl Audit {
    /// `GET /audit/stored/{type}/{id}`: every item of the record, by its number, with the attributes that
    /// it has: also where they do not fit one another. Strongly consistent; reads what it answers, and
    /// one row of the view of records where it finds nothing.
    pub(super) async fn stored(&self, call: &Call) -> Served {
        call.query.only(&["from_version", "cursor"])?;
        let key = named(call)?;
        let from = from_version(call)?;
        let digest = filter_digest(&[
            "stored",
            &key.pk(),
            &from.map(|from| from.to_string()).unwrap_or_default(),
        ]);
        let cursor = call.query.get("cursor").map(|text| Cursor::decode(text, &digest));
        let after = cursor.transpose()?.map(|cursor| number(&cursor.position)).transpose()?;
        let (items, next) = self.items(&key, from, after.clone()).await?;
        if items.is_empty() && after.is_none() && !self.is_known(&key).await? {
            return Err(Problem::new(Kind::NotFound));
        }
        let next = next.map(|position| Cursor { generation: 0, filter: digest, position }.encode());
        Ok(Reply::json(200, page(&items, next)))
    }

    /// A page of items from a place on, and the number of its last one where there is more.
    async fn items(
        &self,
        key: &RecordKey,
        from: Option<Version>,
        after: Option<String>,
    ) -> Result<(Vec<Value>, Option<String>), Problem> {
        let (mut told, mut bytes, mut last) = (Vec::new(), 0, after);
        loop {
            let read = self.queries.store.stored(key, from, last.as_deref(), READ).await;
            let read = read.map_err(|error| unread(&error))?;
            let more = read.len() == READ;
            for item in read {
                let shown = shown(&item);
                bytes += shown.to_string().len();
                if bytes > PAGE_MAX_BYTES && !told.is_empty() {
                    return Ok((told, last));
                }
                told.push(shown);
                last = Some(item.rev);
            }
            if !more {
                return Ok((told, None));
            }
        }
    }

    /// Whether there ever was such a record: an item of it, or a row that saw one.
    async fn is_known(&self, key: &RecordKey) -> Result<bool, Problem> {
        let first = self.queries.store.stored(key, None, None, 1).await;
        let first = first.map_err(|error| unread(&error))?;
        Ok(!first.is_empty() || self.head(key).await?.is_some())
    }
}

fn shown(item: &StoredItem) -> Value {
    let mut shown = Map::new();
    // A number of another form than ours is told as it stands.
    let version: Value = serde_json::from_str(&item.rev).unwrap_or_else(|_| json!(item.rev));
    shown.insert("pk".to_owned(), json!(item.pk));
    shown.insert("version".to_owned(), version);
    let attributes =
        [("prev_hash", &item.p), ("text", &item.e), ("commit_id", &item.c), ("feed", &item.d)];
    for (name, value) in attributes {
        if let Some(value) = value {
            shown.insert(name.to_owned(), json!(value));
        }
    }
    Value::Object(shown)
}

/// The record that the path names.
fn named(call: &Call) -> Result<RecordKey, Problem> {
    let nothing = || Problem::new(Kind::NotFound);
    Ok(RecordKey {
        tenant: call.caller()?.tenant.clone(),
        record_type: TypeName::parse(call.routed.parameter("type")).map_err(|_name| nothing())?,
        id: RecordId::parse(call.routed.parameter("id")).map_err(|_id| nothing())?,
    })
}

fn from_version(call: &Call) -> Result<Option<Version>, Problem> {
    let Some(text) = call.query.get("from_version") else { return Ok(None) };
    let wrong =
        |_error| Problem::parameter("from_version", "must be a version: a whole number from 1");
    text.parse().map(Some).map_err(wrong)
}

/// A number as a key may hold it, be it one of ours or not.
fn number(text: &str) -> Result<String, Problem> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |digits: &str| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let fits = plain(whole) && plain(part) && whole.len() + part.len() <= DIGITS_MAX;
    fits.then(|| text.to_owned()).ok_or_else(|| Problem::new(Kind::InvalidCursor))
}
