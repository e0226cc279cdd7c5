//! Generations of views: which there are, and how they may follow one another.
//!
//! What there is of a view is one item, changed by conditional writes only. The changes themselves are
//! pure: each says what the item becomes, or why that may not be now.

mod change;

pub use change::Unchanged;

use crate::{Store, StoreError, Written};
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use vocabulary::{Instant, RecordId};

/// One generation of a view: a full set of its rows, under keys of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generation {
    /// Its number, from 1. None is given twice.
    pub number: u32,
    /// Over how many partitions its rows are spread.
    pub buckets: u32,
    /// Over how many partitions each of its lists is spread.
    pub list_shards: u32,
}

/// By what a generation was made: record type to the fingerprint of its fold, and `@layout` to the number
/// of the view's own layout.
pub type Folds = BTreeMap<String, String>;

/// How far a generation is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BuildState {
    /// The log is being read for it.
    Building,
    /// The log has been read to its end; nothing has been verified.
    CaughtUp,
    /// All of it agrees with the log: it may be promoted.
    Verified,
    /// Verification found rows that differ. It is kept up, may be repaired and verified again, and is
    /// promoted by force only.
    Failed,
}

/// A generation that is being built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Build {
    /// The generation.
    pub generation: Generation,
    /// The rebuild that makes it.
    pub rebuild: RecordId,
    /// How far it is built.
    pub state: BuildState,
    /// Whether it is made to be compared and thrown away. The projector does not keep such a one up.
    #[serde(default)]
    pub trial: bool,
}

/// Which generations of a view there are. Changed by conditional writes only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewGenerations {
    /// The view's name.
    #[serde(rename = "sk")]
    pub view: String,
    /// Counts the changes of this item, from 1.
    pub epoch: u64,
    /// The number of the generation that is begun next; 0 where an older build wrote the item.
    #[serde(default)]
    pub next: u32,
    /// The generation that queries read.
    pub active: Generation,
    /// Since when queries read it; absent where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active_since: Option<Instant>,
    /// The generation that is being built.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub building: Option<Build>,
    /// The generation that was active before and is kept warm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Generation>,
    /// Until when it is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_until: Option<Instant>,
    /// Generations whose rows are being taken away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retiring: Vec<Generation>,
    /// By what each generation was made, by its number; absent where that is not known.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub folds: BTreeMap<String, Folds>,
}

/// Why the generations of a view cannot change like that now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotNow {
    /// A generation is being built.
    #[error("a generation of the view is being built")]
    UnderWay,
    /// Nothing is being built, or by another rebuild.
    #[error("no such generation of the view is being built")]
    NotBuilding,
    /// What is being built is not verified, and without force that is needed; while the log is still being
    /// read for it, force does not help.
    #[error("the generation is not verified")]
    NotVerified,
    /// Records are parked in the generation, and nobody has accepted that.
    #[error("records are parked in the generation")]
    Parked,
    /// No generation is kept warm.
    #[error("no generation before the active one is kept")]
    NoPrevious,
}

impl ViewGenerations {
    /// A view's first generation.
    pub fn first(view: &str, generation: Generation) -> Self {
        Self {
            view: view.to_owned(),
            epoch: 1,
            next: generation.number + 1,
            active: generation,
            active_since: None,
            building: None,
            previous: None,
            previous_until: None,
            retiring: Vec::new(),
            folds: BTreeMap::new(),
        }
    }

    /// The generations that the projector keeps up: the active one, the one that is being built unless it is
    /// a trial, and the one before.
    pub fn live(&self) -> impl Iterator<Item = Generation> {
        let building = self.building.as_ref().filter(|build| !build.trial);
        let building = building.map(|build| build.generation);
        [Some(self.active), building, self.previous].into_iter().flatten()
    }

    /// By what a generation was made.
    pub fn folds_of(&self, generation: Generation) -> Option<&Folds> {
        self.folds.get(&generation.number.to_string())
    }

    /// The build that a rebuild makes.
    pub fn build_of(&self, rebuild: &RecordId) -> Option<&Build> {
        self.building.as_ref().filter(|build| build.rebuild == *rebuild)
    }

    /// Begins a new generation, spread as the active one. The projector keeps it up from now on, unless it is
    /// a trial.
    ///
    /// # Errors
    /// [`NotNow::UnderWay`] while another one is being built.
    pub fn begin(&self, rebuild: RecordId, trial: bool, folds: Folds) -> Result<Self, NotNow> {
        if self.building.is_some() {
            return Err(NotNow::UnderWay);
        }
        let number = self.fresh_number();
        let generation = Generation { number, ..self.active };
        let mut view = self.clone();
        view.building = Some(Build { generation, rebuild, state: BuildState::Building, trial });
        view.next = number + 1;
        view.folds.insert(number.to_string(), folds);
        Ok(view)
    }

    /// A number that no generation has or had.
    fn fresh_number(&self) -> u32 {
        let known = self.live().chain(self.retiring.iter().copied());
        let newest = known.map(|generation| generation.number).max().unwrap_or(0);
        self.next.max(newest + 1)
    }

    /// Says how far the generation that is being built has got.
    ///
    /// # Errors
    /// [`NotNow::NotBuilding`] when it is not that one.
    pub fn reached(&self, generation: Generation, state: BuildState) -> Result<Self, NotNow> {
        let mut view = self.clone();
        match view.building.as_mut().filter(|build| build.generation == generation) {
            Some(build) => {
                build.state = state;
                Ok(view)
            }
            None => Err(NotNow::NotBuilding),
        }
    }

    /// Lets queries read the generation that was built, from the next read on. The one they read so far is
    /// kept warm for `keep_ms`; one that was warm already is retired.
    ///
    /// # Errors
    /// [`NotNow::NotBuilding`], also of a trial; [`NotNow::NotVerified`], where `force` helps only once the
    /// log has been read to its end, because what is not there cannot be wished for.
    pub fn promote(&self, force: bool, now: Instant, keep_ms: i64) -> Result<Self, NotNow> {
        let build = self.building.as_ref().filter(|build| !build.trial);
        let build = build.ok_or(NotNow::NotBuilding)?;
        let promotable = match build.state {
            BuildState::Verified => true,
            BuildState::CaughtUp | BuildState::Failed => force,
            BuildState::Building => false,
        };
        if !promotable {
            return Err(NotNow::NotVerified);
        }
        let mut view = self.switched(build.generation, now, keep_ms);
        view.retiring.extend(self.previous);
        view.building = None;
        Ok(view)
    }

    /// Lets queries read the generation before again. The one they read so far is kept warm in its place,
    /// so that this too can be undone.
    ///
    /// # Errors
    /// [`NotNow::NoPrevious`].
    pub fn roll_back(&self, now: Instant, keep_ms: i64) -> Result<Self, NotNow> {
        let previous = self.previous.ok_or(NotNow::NoPrevious)?;
        Ok(self.switched(previous, now, keep_ms))
    }

    fn switched(&self, to: Generation, now: Instant, keep_ms: i64) -> Self {
        Self {
            active: to,
            active_since: Some(now),
            previous: Some(self.active),
            previous_until: Some(now.plus_millis(keep_ms)),
            ..self.clone()
        }
    }

    /// Gives up what a rebuild was building: it is no longer kept up, and its rows are taken away.
    ///
    /// # Errors
    /// [`NotNow::NotBuilding`] when the rebuild builds nothing (any more).
    pub fn abandon(&self, rebuild: &RecordId) -> Result<Self, NotNow> {
        let build = self.build_of(rebuild).ok_or(NotNow::NotBuilding)?;
        let mut view = self.clone();
        view.retiring.push(build.generation);
        view.building = None;
        Ok(view)
    }

    /// Gives up the generation before the active one: its rows are taken away.
    ///
    /// # Errors
    /// [`NotNow::NoPrevious`].
    pub fn retire(&self) -> Result<Self, NotNow> {
        let previous = self.previous.ok_or(NotNow::NoPrevious)?;
        let mut view = Self { previous: None, previous_until: None, ..self.clone() };
        view.retiring.push(previous);
        Ok(view)
    }

    /// Forgets a generation whose rows are all gone.
    ///
    /// # Errors
    /// [`NotNow::NotBuilding`] when no such generation is being retired.
    pub fn cleaned(&self, number: u32) -> Result<Self, NotNow> {
        if self.retiring.iter().all(|generation| generation.number != number) {
            return Err(NotNow::NotBuilding);
        }
        let mut view = self.clone();
        view.retiring.retain(|generation| generation.number != number);
        view.folds.remove(&number.to_string());
        Ok(view)
    }
}

pub(crate) const VIEWS: &str = "views";

impl Store {
    /// The generations of all views, strongly consistent. One read unit per started 4 KB.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn views(&self) -> Result<Vec<ViewGenerations>, StoreError> {
        self.control_items(VIEWS, "reading the views' generations").await
    }

    /// The generations of one view, strongly consistent; `None` for one that nobody registered. As dear as
    /// all of them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn view(&self, name: &str) -> Result<Option<ViewGenerations>, StoreError> {
        Ok(self.views().await?.into_iter().find(|view| view.view == name))
    }

    /// Registers a view with its first generation, unless it is registered.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn register_view(&self, view: &ViewGenerations) -> Result<Written, StoreError> {
        self.put_view(view, "attribute_not_exists(pk)", None).await
    }

    /// Changes a view's generations if nobody did so since they were read; raises the epoch.
    ///
    /// # Errors
    /// [`StoreError`]; after a passing failure it is unknown whether they were changed.
    pub async fn change_view(&self, view: &ViewGenerations) -> Result<Written, StoreError> {
        let changed = ViewGenerations { epoch: view.epoch + 1, ..view.clone() };
        let read = HashMap::from([(":read".to_owned(), AttributeValue::N(view.epoch.to_string()))]);
        self.put_view(&changed, "epoch = :read", Some(read)).await
    }

    async fn put_view(
        &self,
        view: &ViewGenerations,
        condition: &str,
        values: Option<HashMap<String, AttributeValue>>,
    ) -> Result<Written, StoreError> {
        const ATTEMPT: &str = "changing a view's generations";
        let put = self.put_control(ATTEMPT, VIEWS, None, view)?;
        let answer = put
            .condition_expression(condition)
            .set_expression_attribute_values(values)
            .send()
            .await;
        // Whatever became of it: what is remembered may be older than what is there.
        self.lately.forget();
        match answer {
            Ok(_) => Ok(Written::Done),
            Err(SdkError::ServiceError(e)) if e.err().is_conditional_check_failed_exception() => {
                Ok(Written::Overtaken)
            }
            Err(error) => Err(StoreError::of(ATTEMPT, error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Generation = Generation { number: 1, buckets: 8, list_shards: 2 };
    const SECOND: Generation = Generation { number: 2, ..FIRST };
    const KEEP_MS: i64 = 1_000;

    fn now() -> Instant {
        Instant::from_millis(1_000_000)
    }

    fn id(text: &str) -> RecordId {
        RecordId::parse(text).unwrap()
    }

    fn first() -> ViewGenerations {
        ViewGenerations::first("records", FIRST)
    }

    fn begun() -> ViewGenerations {
        first().begin(id("R-1"), false, Folds::new()).unwrap()
    }

    fn promoted() -> ViewGenerations {
        let verified = begun().reached(SECOND, BuildState::Verified).unwrap();
        verified.promote(false, now(), KEEP_MS).unwrap()
    }

    fn live(view: &ViewGenerations) -> Vec<u32> {
        view.live().map(|generation| generation.number).collect()
    }

    #[test]
    fn a_generation_that_is_begun_is_kept_up_beside_the_active_one() {
        let view = begun();
        assert_eq!((view.active, live(&view)), (FIRST, vec![1, 2]));
        assert_eq!(view.build_of(&id("R-1")).unwrap().state, BuildState::Building);
        assert_eq!(view.build_of(&id("R-2")), None);
    }

    #[test]
    fn a_trial_is_not_kept_up_and_never_promoted() {
        let view = first().begin(id("R-1"), true, Folds::new()).unwrap();
        assert_eq!(live(&view), [1]);
        let verified = view.reached(SECOND, BuildState::Verified).unwrap();
        assert_eq!(verified.promote(true, now(), KEEP_MS), Err(NotNow::NotBuilding));
    }

    #[test]
    fn one_generation_is_built_at_a_time() {
        let again = begun().begin(id("R-2"), false, Folds::new());
        assert_eq!(again, Err(NotNow::UnderWay));
    }

    #[test]
    fn no_number_is_given_twice() {
        let view = begun().abandon(&id("R-1")).unwrap().cleaned(2).unwrap();
        let third = view.begin(id("R-2"), false, Folds::new()).unwrap();
        assert_eq!(third.building.unwrap().generation.number, 3);
        // An item of an older build does not know the next number.
        let old = ViewGenerations { next: 0, previous: Some(SECOND), ..first() };
        let third = old.begin(id("R-1"), false, Folds::new()).unwrap();
        assert_eq!(third.building.unwrap().generation.number, 3);
    }

    #[test]
    fn only_what_is_verified_is_promoted_and_by_force_what_is_read_to_its_end() {
        let after = |state, force| {
            let view = begun().reached(SECOND, state).unwrap();
            view.promote(force, now(), KEEP_MS).map(|view| view.active)
        };
        assert_eq!(after(BuildState::Verified, false), Ok(SECOND));
        for state in [BuildState::CaughtUp, BuildState::Failed] {
            assert_eq!(after(state, false), Err(NotNow::NotVerified));
            assert_eq!(after(state, true), Ok(SECOND));
        }
        assert_eq!(after(BuildState::Building, true), Err(NotNow::NotVerified));
        assert_eq!(first().promote(true, now(), KEEP_MS), Err(NotNow::NotBuilding));
    }

    #[test]
    fn the_generation_before_stays_warm_and_a_rollback_can_be_undone() {
        let view = promoted();
        assert_eq!((view.active, view.previous, live(&view)), (SECOND, Some(FIRST), vec![2, 1]));
        assert_eq!(view.previous_until, Some(now().plus_millis(KEEP_MS)));
        let back = view.roll_back(now(), KEEP_MS).unwrap();
        assert_eq!((back.active, back.previous, &back.retiring), (FIRST, Some(SECOND), &vec![]));
        let forth = back.roll_back(now(), KEEP_MS).unwrap();
        assert_eq!((forth.active, forth.previous), (SECOND, Some(FIRST)));
        assert_eq!(first().roll_back(now(), KEEP_MS), Err(NotNow::NoPrevious));
    }

    #[test]
    fn what_is_promoted_over_a_warm_generation_retires_it() {
        let view = promoted().begin(id("R-2"), false, Folds::new()).unwrap();
        let third = view.building.as_ref().unwrap().generation;
        let view = view.reached(third, BuildState::Verified).unwrap();
        let view = view.promote(false, now(), KEEP_MS).unwrap();
        assert_eq!((view.active, view.previous), (third, Some(SECOND)));
        assert_eq!((live(&view), view.retiring), (vec![3, 2], vec![FIRST]));
    }

    #[test]
    fn what_is_given_up_is_no_longer_kept_up_and_is_forgotten_once_it_is_gone() {
        let folds = Folds::from([("customer".to_owned(), "1".to_owned())]);
        let view = first().begin(id("R-1"), false, folds.clone()).unwrap();
        assert_eq!(view.folds_of(SECOND), Some(&folds));
        assert_eq!(view.abandon(&id("R-2")), Err(NotNow::NotBuilding));
        let view = view.abandon(&id("R-1")).unwrap();
        assert_eq!((live(&view), &view.retiring), (vec![1], &vec![SECOND]));
        assert_eq!(view.cleaned(1), Err(NotNow::NotBuilding));
        let view = view.cleaned(2).unwrap();
        assert_eq!((view.retiring.len(), view.folds.len()), (0, 0));
    }

    #[test]
    fn the_warm_generation_is_retired_once() {
        let view = promoted().retire().unwrap();
        assert_eq!(
            (live(&view), &view.retiring, view.previous_until),
            (vec![2], &vec![FIRST], None)
        );
        assert_eq!(view.retire(), Err(NotNow::NoPrevious));
    }
}
