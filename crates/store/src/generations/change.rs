//! Changing which generations a view has: each step is one conditional write, tried again while others
//! change the same view.

use crate::{Generation, NotNow, Store, StoreError, ViewGenerations, Written, backoff};
use vocabulary::Instant;

/// How often a change is tried that others overtake.
const TRIES_MAX: u32 = 20;

/// Why generations or a rebuild were not changed.
#[derive(Debug, thiserror::Error)]
pub enum Unchanged {
    /// There is no such view, or no such rebuild.
    #[error("there is nothing of that name")]
    Unknown,
    /// The rebuild has ended.
    #[error("the rebuild has ended")]
    Ended,
    /// Generations do not follow one another like that.
    #[error(transparent)]
    NotNow(#[from] NotNow),
    /// A table could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Lets queries read the generation of a view that was built: the next one that looks up the view does,
    /// others within [`LATELY`](crate::LATELY). The one before stays warm for `keep_ms`.
    ///
    /// # Errors
    /// [`Unchanged::NotNow`] as [`ViewGenerations::promote`] says, and [`NotNow::Parked`] while records are
    /// parked in the generation that nobody has accepted: `force` passes over both.
    pub async fn promote(
        &self,
        view: &str,
        force: bool,
        (now, keep_ms): (Instant, i64),
    ) -> Result<ViewGenerations, Unchanged> {
        let parked = !force && self.hinders(view).await?;
        self.step(view, |view| {
            let promoted = view.promote(force, now, keep_ms)?;
            if parked { Err(NotNow::Parked) } else { Ok(promoted) }
        })
        .await
    }

    /// Whether records are parked in the generation that is being built of a view.
    async fn hinders(&self, view: &str) -> Result<bool, Unchanged> {
        let found = self.view(view).await?.ok_or(Unchanged::Unknown)?;
        let Some(build) = &found.building else { return Ok(false) };
        Ok(self.hinders_promotion(view, build.generation).await?)
    }

    /// Whether records are parked in a generation of a view that nobody has accepted. Reads all that are.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn hinders_promotion(
        &self,
        view: &str,
        generation: Generation,
    ) -> Result<bool, StoreError> {
        let errors = self.parked_by_error(view, generation).await?;
        Ok(errors.values().any(|counted| counted.parked > counted.skipped))
    }

    /// Lets queries read the generation before again; the present one stays warm for `keep_ms` in its place.
    ///
    /// # Errors
    /// [`Unchanged`].
    pub async fn roll_back(
        &self,
        view: &str,
        (now, keep_ms): (Instant, i64),
    ) -> Result<ViewGenerations, Unchanged> {
        self.step(view, |view| view.roll_back(now, keep_ms)).await
    }

    /// Gives up the generation before the active one; a message [`Job::Clean`](crate::Job::Clean) lets its
    /// rows be taken away.
    ///
    /// # Errors
    /// [`Unchanged`].
    pub async fn retire(&self, view: &str) -> Result<ViewGenerations, Unchanged> {
        self.step(view, ViewGenerations::retire).await
    }

    /// Forgets a generation whose rows are all gone.
    ///
    /// # Errors
    /// [`Unchanged`].
    pub async fn forget_generation(
        &self,
        view: &str,
        number: u32,
    ) -> Result<ViewGenerations, Unchanged> {
        self.step(view, |view| view.cleaned(number)).await
    }

    /// One step of a view, from whatever it is when the write comes through.
    async fn step(
        &self,
        view: &str,
        step: impl Fn(&ViewGenerations) -> Result<ViewGenerations, NotNow>,
    ) -> Result<ViewGenerations, Unchanged> {
        let mut mine: Option<ViewGenerations> = None;
        for tries in 1..=TRIES_MAX {
            let found = self.view(view).await?.ok_or(Unchanged::Unknown)?;
            // A write whose reply was lost stands, and would not be found to follow itself.
            if mine.as_ref() == Some(&found) {
                return Ok(found);
            }
            let changed = step(&found)?;
            let after = ViewGenerations { epoch: changed.epoch + 1, ..changed.clone() };
            if self.change_view(&changed).await? == Written::Done {
                return Ok(after);
            }
            mine = Some(after);
            backoff(tries).await;
        }
        let source = "others kept changing the view".into();
        Err(StoreError::Busy { attempt: "changing a view's generations", source }.into())
    }
}
