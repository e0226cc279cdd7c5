//! What each commit changed, in bounded memory: the states of the records that were met last.

use super::jobs::Failed;
use super::walk::Found;
use crate::history::{Stored, item};
use events::{Registered, Registry};
use serde_json::{Map, Value};
use std::collections::HashMap;
use store::{Change, Folded, LoadError, Order, Recorded, Store, changes};
use vocabulary::Version;

/// How many records' states are remembered. One may have 200 KB, most have two.
const REMEMBERED: usize = 256;
/// How many commits are folded on a remembered state before loading anew costs less.
const FOLDED_ON: u64 = 100;

/// Tells commits as their histories do. One for each part of an export, so that what a part says
/// follows from where it begins.
pub(super) struct Teller<'a> {
    store: &'a Store,
    registry: &'a Registry,
    known: HashMap<String, Known>,
    /// Counts the commits told, to forget what was not met for longest.
    told: u64,
}

struct Known {
    state: State,
    met: u64,
}

enum State {
    Folded(Box<Folded>),
    /// A commit that was met does not fold: nothing after it can be compared.
    Broken,
}

/// What there was before a commit.
enum Before {
    Nothing,
    State(Box<Folded>),
    /// Cannot be told.
    Broken,
}

impl<'a> Teller<'a> {
    pub(super) fn new(store: &'a Store, registry: &'a Registry) -> Self {
        Self { store, registry, known: HashMap::new(), told: 0 }
    }

    /// A commit as its history tells it, with its stored text. Costs nothing where the commit before
    /// was told last of its record, else a load.
    pub(super) async fn tell(
        &mut self,
        found: &Found,
        recorded: &Recorded,
    ) -> Result<Map<String, Value>, Failed> {
        let changes = match self.registry.by_name(found.key.record_type.as_str()) {
            Some(of) => self.changes(of, found, recorded).await?,
            None => None,
        };
        // Whoever asked had the right to read it.
        let told = item(recorded, changes.as_deref(), Stored::Shown);
        Ok(told.as_object().cloned().unwrap_or_default())
    }

    /// A commit that could not be read: what comes after it cannot be compared with it.
    pub(super) fn lose(&mut self, found: &Found) {
        self.remember(found, State::Broken);
    }

    async fn changes(
        &mut self,
        of: Registered,
        found: &Found,
        recorded: &Recorded,
    ) -> Result<Option<Vec<Change>>, Failed> {
        let mut state = match self.before(of, found).await? {
            Before::Nothing => None,
            Before::State(folded) => Some(*folded),
            Before::Broken => {
                self.remember(found, State::Broken);
                return Ok(None);
            }
        };
        let fields =
            |state: &Option<Folded>| state.as_ref().map(Folded::fields).unwrap_or_default();
        let earlier = fields(&state);
        let folds = Folded::fold(&mut state, of, recorded).is_ok();
        let told = folds.then(|| changes(&earlier, &fields(&state)));
        let now = match state.filter(|_| folds) {
            Some(folded) => State::Folded(Box::new(folded)),
            None => State::Broken,
        };
        self.remember(found, now);
        Ok(told)
    }

    async fn before(&mut self, of: Registered, found: &Found) -> Result<Before, Failed> {
        let Some(wanted) = found.version.previous() else { return Ok(Before::Nothing) };
        match self.known.remove(&found.key.pk()).map(|known| known.state) {
            Some(State::Broken) => Ok(Before::Broken),
            Some(State::Folded(folded)) if folded.version() == wanted => Ok(Before::State(folded)),
            Some(State::Folded(folded)) if is_near(folded.version(), wanted) => {
                self.folded_on(of, *folded, wanted).await
            }
            Some(State::Folded(_)) | None => self.loaded(of, found, wanted).await,
        }
    }

    async fn loaded(
        &self,
        of: Registered,
        found: &Found,
        wanted: Version,
    ) -> Result<Before, Failed> {
        match self.store.load_at(of, &found.key, wanted).await {
            Ok(Some(record)) if record.folded.version() == wanted => {
                Ok(Before::State(Box::new(record.folded)))
            }
            Err(error @ LoadError::Store(_)) => Err(error.into()),
            Ok(_) | Err(LoadError::Damaged { .. } | LoadError::Fold { .. }) => Ok(Before::Broken),
        }
    }

    /// The commits in between, which were not asked for.
    async fn folded_on(
        &self,
        of: Registered,
        folded: Folded,
        wanted: Version,
    ) -> Result<Before, Failed> {
        let range = (folded.version().next(), wanted);
        let key = folded.key().clone();
        let limit = usize::try_from(FOLDED_ON).unwrap_or(usize::MAX);
        let between = self.store.commits(&key, range, Order::Ascending, limit).await?;
        let mut state = Some(folded);
        let folds = between.iter().all(|read| {
            read.as_ref().is_ok_and(|commit| Folded::fold(&mut state, of, commit).is_ok())
        });
        let reached = state.filter(|state| folds && state.version() == wanted);
        Ok(reached.map_or(Before::Broken, |state| Before::State(Box::new(state))))
    }

    fn remember(&mut self, found: &Found, state: State) {
        self.told += 1;
        self.known.insert(found.key.pk(), Known { state, met: self.told });
        if self.known.len() > REMEMBERED {
            let oldest = self.known.iter().min_by_key(|(_, known)| known.met);
            if let Some(oldest) = oldest.map(|(pk, _)| pk.clone()) {
                self.known.remove(&oldest);
            }
        }
    }
}

fn is_near(at: Version, wanted: Version) -> bool {
    at < wanted && wanted.get() - at.get() <= FOLDED_ON
}
