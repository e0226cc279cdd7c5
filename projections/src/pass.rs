//! The pass: a view that came later than the log's first commits is held against all of it once.
//!
//! The stream and the feed tell a view only of what comes after it was registered. Until the whole log
//! has been read for it, a view does not know what it is missing and may not claim to be complete.

use crate::heads::heads;
use crate::projector::{Hint, Projector, Targets};
use crate::views::AUDIT;
use store::{Generation, LogPart, Pass, StoreError};

/// How long after its registration a pass begins: a function of a build that does not know the view may
/// still be at work on what the stream gave it, at most 15 minutes (Lambda quotas, "Function timeout", read
/// 2026-11-24).
pub(crate) const PASS_AFTER_MS: i64 = 15 * 60_000;
/// Pages of the log that one run of the reconciler reads at most.
const PAGES_MAX: usize = 20;
/// The most commits of a page; one also ends at 1 MB.
pub(crate) const PAGE: i32 = 1_000;

impl Projector {
    /// Goes on with the pass of the audit view's active generation, as far as one run may. Says whether it is over.
    ///
    /// # Errors
    /// [`StoreError`]; the next run goes on where the last whole page ended.
    pub(crate) async fn go_on_with_pass(
        &self,
        generation: Generation,
        live: &Targets,
    ) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let Some(mut pass) = self.store.pass(AUDIT, generation).await? else {
            let not_before = now.plus_millis(PASS_AFTER_MS);
            self.store.begin_pass(AUDIT, generation, not_before).await?;
            return Ok(false);
        };
        if pass.done_at.is_some() || now < pass.not_before {
            return Ok(pass.done_at.is_some());
        }
        for _ in 0..PAGES_MAX {
            let page = self.store.log_page(LogPart::WHOLE, pass.place.as_ref(), PAGE).await?;
            let heads = heads(page.commits, Hint::logged);
            let hints = heads.iter().map(|(pk, hint)| (pk.as_str(), hint));
            if let Some((_, error)) = self.project_all(hints, live).await.pop() {
                return Err(error);
            }
            let done_at = page.next.is_none().then(|| self.clock.now());
            pass = Pass { done_at, place: page.next, ..pass };
            self.store.keep_pass(AUDIT, generation, &pass).await?;
            if pass.done_at.is_some() {
                tracing::info!(
                    view = AUDIT,
                    generation = generation.number,
                    "the view has been held against the whole log"
                );
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a generation of the audit view has been held against the whole log.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn has_passed(&self, generation: Generation) -> Result<bool, StoreError> {
        let pass = self.store.pass(AUDIT, generation).await?;
        Ok(pass.is_some_and(|pass| pass.done_at.is_some()))
    }
}
