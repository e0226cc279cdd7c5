//! What is sent for a row: the body, and the key and id by which sending it twice is harmless.
//!
//! Both are made of the type, the fields and how often the same fields came before in the file. So a
//! row that comes twice becomes two records, and a file that comes twice becomes none. The key is
//! known to the server for the person who sent it; the id holds for everybody in the workspace.

use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use vocabulary::{Digest, RecordId};

/// A row, ready to be sent.
#[derive(Debug)]
pub(super) struct Task {
    /// Its number among the rows that are not blank, from 0.
    pub(super) number: u64,
    pub(super) line: u64,
    /// As the file has them, for the report.
    pub(super) cells: Vec<String>,
    pub(super) key: String,
    pub(super) body: String,
    /// Whether the file says which id the record has.
    pub(super) own_id: bool,
}

/// Makes tasks of bodies.
#[derive(Debug)]
pub(super) struct Tasks {
    plural: String,
    reason: String,
    seen: Occurrences,
}

/// Key and body of a row, and whether the id in it is the file's own.
pub(super) struct Keyed {
    pub(super) key: String,
    pub(super) body: String,
    pub(super) own_id: bool,
}

impl Tasks {
    pub(super) fn new(plural: &str, reason: Option<&str>, rows: u64) -> Self {
        Self {
            plural: plural.to_owned(),
            reason: reason.unwrap_or_default().to_owned(),
            seen: Occurrences::of(rows),
        }
    }

    /// Key and body of the next row. It has to be asked for every row, in the order of the file.
    pub(super) fn keyed(&mut self, body: Map<String, Value>) -> Keyed {
        let own_id = body.contains_key("id");
        let mut body = sorted(body);
        let content = Value::Object(body.clone()).to_string();
        let record = Digest::of_list(&["annals:import", &self.plural, &content]);
        let occurrence = self.seen.count(&record).to_string();
        let parts = ["annals:import", &self.plural, &content, &occurrence];
        if !own_id {
            let id = RecordId::from_bits(Digest::of_list(&parts).prefix());
            body.insert("id".to_owned(), id.as_str().into());
        }
        // The reason is a part of the request, so another reason is another request.
        let [a, b, c, d] = parts;
        let key = Digest::of_list(&[a, b, c, d, &self.reason]).prefix();
        Keyed { key: format!("import-{key:032x}"), body: Value::Object(body).to_string(), own_id }
    }
}

/// The same fields in one order, whatever the order of the columns.
fn sorted(body: Map<String, Value>) -> Map<String, Value> {
    let mut entries: Vec<(String, Value)> = body.into_iter().collect();
    entries.sort_by(|(a, _), (b, _)| a.cmp(b));
    let mut inner = Map::new();
    for (name, mut value) in entries {
        if let Value::Object(group) = &mut value {
            *group = sorted(std::mem::take(group));
        }
        inner.insert(name, value);
    }
    inner
}

/// How often something was seen. Needs 10 to 21 bytes for each different row: a million rows need
/// 19 MB, the hundred thousand that a file of 50 MB commonly has need 1 MB.
///
/// Rows whose digests begin with the same 64 bits count as one; they only get another number then,
/// and the same one each time.
#[derive(Debug)]
struct Occurrences {
    once: HashSet<u64, BuildHasherDefault<AsItIs>>,
    again: HashMap<u64, u32>,
}

impl Occurrences {
    /// With room for so many, so that it need not grow on the way.
    fn of(rows: u64) -> Self {
        let rows = usize::try_from(rows).unwrap_or_default();
        Self {
            once: HashSet::with_capacity_and_hasher(rows, BuildHasherDefault::default()),
            again: HashMap::new(),
        }
    }

    /// How often it was seen before.
    fn count(&mut self, digest: &Digest) -> u32 {
        let short = u64::try_from(digest.prefix() >> 64).unwrap_or_default();
        if self.once.insert(short) {
            return 0;
        }
        let count = self.again.entry(short).or_default();
        *count += 1;
        *count
    }
}

/// Digests need no further hashing.
#[derive(Debug, Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 << 8) | u64::from(*byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn keyed(tasks: &mut Tasks, body: &Value) -> (String, String) {
        let keyed = tasks.keyed(body.as_object().cloned().unwrap());
        (keyed.key, keyed.body)
    }

    #[test]
    fn the_same_file_gives_the_same_keys_and_each_row_its_own() {
        let (ann, bob) = (json!({"name": "Ann"}), json!({"name": "Bob"}));
        let file = [&ann, &bob, &ann, &ann];
        let keys = || {
            let mut tasks = Tasks::new("customers", None, 4);
            file.map(|body| keyed(&mut tasks, body))
        };
        let (first, second) = (keys(), keys());
        assert_eq!(first, second);
        let different: HashSet<&String> = first.iter().map(|(key, _)| key).collect();
        assert_eq!(different.len(), 4, "rows that come again are records of their own");
        let bodies: HashSet<&String> = first.iter().map(|(_, body)| body).collect();
        assert_eq!(bodies.len(), 4, "each has an id");
    }

    #[test]
    fn a_key_is_for_one_type_and_reason_and_fits_the_header() {
        let ann = json!({"name": "Ann", "address": {"city": "Wien", "line1": "Ring 1"}});
        let key = |plural, reason| keyed(&mut Tasks::new(plural, reason, 1), &ann);
        let (plain, body) = key("customers", None);
        assert!(plain.len() <= 64 && plain.is_ascii(), "{plain}");
        assert_ne!(plain, key("todos", None).0);
        let (reasoned, same) = key("customers", Some("moved here"));
        assert_ne!(plain, reasoned);
        assert_eq!(body, same, "the id is that of the row, whatever the reason");
    }

    #[test]
    fn an_id_of_the_file_is_kept() {
        let mut tasks = Tasks::new("customers", None, 4);
        let keyed = tasks.keyed(json!({"id": "7", "name": "Ann"}).as_object().cloned().unwrap());
        assert!(keyed.own_id);
        assert_eq!(keyed.body, r#"{"id":"7","name":"Ann"}"#);
    }
}
