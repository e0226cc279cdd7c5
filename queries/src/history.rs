//! The history of a record: its commits, with who, when, why and what changed.

use crate::changes::changes;
use crate::list::page;
use crate::{Queries, unloaded, unread};
use edge::{Call, Cursor, Kind, Problem, Reply, Served, filter_digest};
use events::Registered;
use serde_json::{Map, Value, json};
use store::{Damaged, Folded, LoadError, Order, Recorded};
use vocabulary::{RecordKey, Version};

/// The most bytes of commits in one page; Lambda passes no more than 6 MB on.
const PAGE_MAX_BYTES: usize = 4 * 1024 * 1024;

type Read = Result<Recorded, Damaged>;

impl Queries {
    /// `GET /{plural}/{id}/history`: strongly consistent. Reads the page's commits and the state
    /// before the first of them.
    pub(crate) async fn history(&self, call: &Call) -> Served {
        let (of, _caller, key) = self.named(call)?;
        call.query.only(&["order", "cursor", "limit"])?;
        let limit = call.query.limit()?;
        let order = match call.query.get("order") {
            None | Some("desc") => Order::Descending,
            Some("asc") => Order::Ascending,
            Some(_) => return Err(Problem::parameter("order", "must be `asc` or `desc`")),
        };
        let digest =
            filter_digest(&["history", &key.pk(), call.query.get("order").unwrap_or("desc")]);
        let range = range(call, order, &digest)?;
        let commits = match range {
            Some(range) => self.store.commits(&key, range, order, limit + 1).await,
            None => Ok(Vec::new()),
        };
        let mut commits = commits.map_err(|error| unread(&error))?;
        if commits.is_empty() && call.query.get("cursor").is_none() {
            return Err(Problem::new(Kind::NotFound));
        }
        let more = cut(&mut commits, limit);
        let mut versions: Vec<u64> = commits.iter().map(number).collect();
        if order == Order::Descending {
            commits.reverse();
        }
        let mut items = self.told(of, &key, &commits).await?;
        if order == Order::Descending {
            items.reverse();
        }
        let more = cut_to_size(&mut items) || more;
        versions.truncate(items.len());
        let next = versions.last().filter(|_| more).map(|last| {
            Cursor { generation: 0, filter: digest, position: last.to_string() }.encode()
        });
        Ok(Reply::json(200, page(&items, next)))
    }

    /// `GET /{plural}/{id}/history/{version}`: one commit, in the same shape.
    pub(crate) async fn commit(&self, call: &Call) -> Served {
        let (of, _caller, key) = self.named(call)?;
        call.query.only(&[])?;
        let nothing = || Problem::new(Kind::NotFound);
        let version: Version =
            call.routed.parameter("version").parse().map_err(|_version| nothing())?;
        let range = (version, version);
        let commits = self.store.commits(&key, range, Order::Ascending, 1).await;
        let commits = commits.map_err(|error| unread(&error))?;
        let mut items = self.told(of, &key, &commits).await?;
        items.pop().map(|item| Reply::json(200, item)).ok_or_else(nothing)
    }

    /// Commits in ascending order, each with what it changed.
    async fn told(
        &self,
        of: Registered,
        key: &RecordKey,
        commits: &[Read],
    ) -> Result<Vec<Value>, Problem> {
        let before = commits.first().and_then(|first| Version::new(number(first)).ok());
        let before = before.and_then(Version::previous);
        let base = match before {
            Some(version) => self.store.load_at(of, key, version).await,
            None => Ok(None),
        };
        let mut folds = true;
        let mut state: Option<Folded> = match base {
            Ok(record) => record.map(|record| record.folded),
            Err(error @ LoadError::Store(_)) => return Err(unloaded(&error)),
            // The commits can be shown, what they changed cannot be told.
            Err(LoadError::Damaged { .. } | LoadError::Fold { .. }) => {
                folds = false;
                None
            }
        };
        let mut items = Vec::new();
        for read in commits {
            let Ok(commit) = read else {
                folds = false;
                items.push(json!({"version": number(read), "unreadable": true}));
                continue;
            };
            let earlier = seen(state.as_ref());
            folds = folds && Folded::fold(&mut state, of, commit).is_ok();
            let changes = folds.then(|| changes(&earlier, &seen(state.as_ref())));
            items.push(Value::Object(item(commit, changes.as_deref())));
        }
        Ok(items)
    }
}

/// What of a state counts as its fields: the type's own, status and owner.
pub(crate) fn seen(state: Option<&Folded>) -> Map<String, Value> {
    let mut fields = state.map(Folded::to_json).unwrap_or_default();
    for metadata in
        ["id", "type", "version", "created_at", "created_by", "changed_at", "changed_by"]
    {
        fields.remove(metadata);
    }
    fields
}

/// A commit as the API tells it. Without `changes` where they cannot be told.
pub(crate) fn item(recorded: &Recorded, changes: Option<&[Value]>) -> Map<String, Value> {
    let commit = recorded.commit();
    let mut item = Map::new();
    let mut say = |name: &str, value: Value| {
        if !value.is_null() {
            item.insert(name.to_owned(), value);
        }
    };
    let first = commit.events.first().map(|event| event.event_type.as_str()).unwrap_or_default();
    let own_id = commit.commit.to_string();
    let mut actor = json!({"kind": commit.actor.kind, "id": commit.actor.id});
    if let Some(actor) = actor.as_object_mut() {
        if let Some(name) = &commit.actor.name {
            actor.insert("name".to_owned(), json!(name));
        }
        if let Some(other) = &commit.actor.on_behalf_of {
            actor.insert("on_behalf_of".to_owned(), json!(other));
        }
    }
    say("version", commit.rev.get().into());
    say("commit_id", own_id.clone().into());
    say("recorded_at", json!(commit.at));
    say("effective_at", json!(commit.effective_at));
    say("action", format!("{}.{first}", commit.record_type).into());
    say("actor", actor);
    say("reason", json!(commit.reason));
    say("correlation_id", commit.correlation.clone().unwrap_or(own_id).into());
    say("causation_id", json!(commit.causation));
    say("events", commit.events.iter().map(|event| json!(event.shown())).collect());
    say("changes", json!(changes));
    say("prev_hash", json!(recorded.prev()));
    say("hash", json!(recorded.hash()));
    item
}

/// Which versions are still to come; `None` when there are none.
fn range(call: &Call, order: Order, digest: &str) -> Result<Option<(Version, Version)>, Problem> {
    let all = (Version::FIRST, Version::LAST);
    let Some(text) = call.query.get("cursor") else { return Ok(Some(all)) };
    let cursor = Cursor::decode(text, digest)?;
    let last: Version =
        cursor.position.parse().map_err(|_version| Problem::new(Kind::InvalidCursor))?;
    Ok(match order {
        Order::Ascending => (last < Version::LAST).then(|| (last.next(), Version::LAST)),
        Order::Descending => last.previous().map(|previous| (Version::FIRST, previous)),
    })
}

/// Cuts what is read to its limit in items and bytes; says whether there is more.
fn cut(commits: &mut Vec<Read>, limit: usize) -> bool {
    let mut bytes = 0;
    let fits = commits.iter().take(limit).take_while(|read| {
        bytes += read.as_ref().map_or(0, |commit| commit.text().len());
        bytes <= PAGE_MAX_BYTES
    });
    let kept = fits.count().max(1);
    let more = commits.len() > kept;
    commits.truncate(kept);
    more
}

/// Cuts a page to what can be sent: changes repeat what the commits say. Says whether it cut.
fn cut_to_size(items: &mut Vec<Value>) -> bool {
    let mut bytes = 0;
    let fits = items.iter().take_while(|item| {
        bytes += item.to_string().len();
        bytes <= PAGE_MAX_BYTES
    });
    let kept = fits.count().max(1);
    let cut = items.len() > kept;
    items.truncate(kept);
    cut
}

fn number(read: &Read) -> u64 {
    match read {
        Ok(commit) => commit.version().get(),
        Err(damaged) => damaged.rev,
    }
}
