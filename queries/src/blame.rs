//! Who last changed each field of a record.

use crate::as_of::Moment;
use crate::history::shown;
use crate::{Queries, unloaded, unread};
use edge::{Call, Kind, Problem, Reply, Served};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::{Change, Folded, LoadError, Order, Recorded, changes, leaves_of};
use vocabulary::Version;

/// Commits read at a time, and their bytes; memory holds one page.
const PAGE: (usize, usize) = (500, 4 * 1024 * 1024);

/// For each field that holds a value: the value, and the commit that made it so.
#[derive(Debug, Default)]
struct Blame(BTreeMap<String, (Value, Arc<Map<String, Value>>)>);

impl Queries {
    /// `GET /{plural}/{id}/blame`: strongly consistent. One pass over the record's commits from the
    /// first one on, a page of them in memory.
    pub(crate) async fn blame(&self, call: &Call) -> Served {
        let (of, _caller, key) = self.named(call)?;
        call.query.only(&["version", "at"])?;
        let moment = Moment::of(call, ("version", "at"))?;
        let began_later =
            || Problem::new(Kind::NotFound).detail("the record had not begun at this instant");
        let to = match moment {
            Some(moment) => self.reached(&key, moment).await?.ok_or_else(began_later)?,
            None => Version::LAST,
        };
        let (mut blame, mut state) = (Blame::default(), None);
        let (mut next, mut ended) = (Version::FIRST, false);
        let mut earlier = Map::new();
        while !ended && next <= to {
            let page = self.store.stretch(&key, (next, to), Order::Ascending, PAGE).await;
            let page = page.map_err(|error| unread(&error))?;
            for read in page.commits {
                let damaged = |source| LoadError::Damaged { key: key.clone(), source };
                let commit = read.map_err(|error| unloaded(&damaged(error)))?;
                let unfit = |source| LoadError::Fold { key: key.clone(), source };
                Folded::fold(&mut state, of, &commit).map_err(|error| unloaded(&unfit(error)))?;
                let later = state.as_ref().map(Folded::fields).unwrap_or_default();
                blame.take(&commit, &changes(&earlier, &later));
                (earlier, next) = (later, commit.version().next());
            }
            ended = page.ended;
        }
        let state = state.ok_or_else(|| Problem::new(Kind::NotFound))?;
        if moment == Some(Moment::Version(to)) && state.version() < to {
            return Err(Problem::new(Kind::NotFound)
                .detail("the record has not reached this version")
                .member("current_version", state.version().get()));
        }
        let (version, items) = (state.version(), blame.items());
        Ok(Reply::json(200, json!({"version": version, "items": items})))
    }
}

impl Blame {
    fn take(&mut self, commit: &Recorded, changes: &[Change]) {
        if changes.is_empty() {
            return;
        }
        let made = Arc::new(made(commit));
        for change in changes {
            // Whatever stood there or inside is gone.
            let inside = format!("{}/", change.path);
            self.0.retain(|path, _| *path != change.path && !path.starts_with(&inside));
            for (path, value) in change.to.iter().flat_map(|to| leaves_of(&change.path, to)) {
                self.0.insert(path, (value, made.clone()));
            }
        }
    }

    fn items(self) -> Vec<Value> {
        let item = |(path, (value, made)): (String, (Value, Arc<Map<String, Value>>))| {
            let mut item = Map::clone(&made);
            item.insert("path".to_owned(), path.into());
            item.insert("value".to_owned(), value);
            Value::Object(item)
        };
        self.0.into_iter().map(item).collect()
    }
}

/// What is told of a commit beside a field.
fn made(recorded: &Recorded) -> Map<String, Value> {
    let commit = recorded.commit();
    let mut made = Map::new();
    let mut say = |name: &str, value: Value| made.insert(name.to_owned(), value);
    say("version", commit.rev.get().into());
    say("recorded_at", json!(commit.at));
    say("actor", shown(&commit.actor));
    say("commit_id", commit.commit.to_string().into());
    if let Some(reason) = &commit.reason {
        say("reason", json!(reason));
    }
    made
}
