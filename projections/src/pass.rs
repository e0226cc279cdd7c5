//! The pass: a view that came later than the log's first commits is held against all of it once.
//!
//! The stream and the feed tell a view only of what comes after it was registered. Until the whole log
//! has been read for it, a view does not know what it is missing and may not claim to be complete.

use crate::projector::{CONCURRENCY, Hint, Live, Projector};
use crate::views::AUDIT;
use futures::stream::{self, StreamExt, TryStreamExt};
use std::collections::BTreeMap;
use store::{Generation, LogPage, Pass, StoreError};
use vocabulary::Version;

/// How long after its registration a pass begins: a function of a build that does not know the view may
/// still be at work on what the stream gave it, at most 15 minutes (Lambda quotas, "Function timeout", read
/// 2026-11-24).
pub(crate) const PASS_AFTER_MS: i64 = 15 * 60_000;
/// Pages of the log that one run of the reconciler reads at most; each has up to 1,000 commits.
const PAGES_MAX: usize = 20;

impl Projector {
    /// Goes on with the pass of the audit view, as far as one run may. Says whether it is over.
    ///
    /// # Errors
    /// [`StoreError`]; the next run goes on where the last whole page ended.
    pub(crate) async fn go_on_with_pass(&self, live: &Live) -> Result<bool, StoreError> {
        let generation = live.audit.active;
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
            let LogPage { commits, next } = self.store.log_page(pass.place.as_ref()).await?;
            self.project_page(commits, live).await?;
            pass = Pass { done_at: next.is_none().then(|| self.clock.now()), place: next, ..pass };
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

    async fn project_page(
        &self,
        commits: Vec<(String, Version)>,
        live: &Live,
    ) -> Result<(), StoreError> {
        let mut heads: BTreeMap<String, Version> = BTreeMap::new();
        for (pk, version) in commits {
            let head = heads.entry(pk).or_insert(version);
            *head = version.max(*head);
        }
        let projected = heads.into_iter().map(|(pk, version)| async move {
            self.project(&pk, &Hint::logged(version), live).await
        });
        stream::iter(projected).buffer_unordered(CONCURRENCY).try_collect().await
    }
}
