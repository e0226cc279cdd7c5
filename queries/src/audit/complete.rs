//! Through when the audit view is complete.

use projections::{AUDIT, FIRST_GENERATION};
use store::{Generation, Store, StoreError};
use vocabulary::{Instant, Tenant};

/// How much later than it is dated a commit can be written: a command has 30 seconds (API Gateway quotas,
/// read 2026-11-22). The reconciler goes by the moment of writing, so that much is kept back.
const COMMAND_MAX_MS: i64 = 30_000;

/// The generation of the audit view that is read; the first one until the projector has registered it.
pub(super) async fn active(store: &Store) -> Result<Generation, StoreError> {
    let views = store.views_lately().await?;
    let found = views.into_iter().find(|view| view.view == AUDIT);
    Ok(found.map_or(FIRST_GENERATION, |view| view.active))
}

/// Every commit of a tenant that was recorded before this instant is found by a search that begins after
/// this was told. `None` when nothing can be said yet: before the first run of the reconciler, and until a
/// view that came later has been held against the whole log.
///
/// It is the instant through which the reconciler has verified the feed, or the one before which the
/// oldest parked record of the tenant is whole, if that is earlier; other tenants' parked records do not
/// matter. Three strongly consistent reads.
///
/// # Errors
/// [`StoreError`].
pub async fn complete_through(
    store: &Store,
    tenant: &Tenant,
) -> Result<Option<Instant>, StoreError> {
    let generation = active(store).await?;
    let pass = store.pass(AUDIT, generation).await?;
    if pass.is_none_or(|pass| pass.done_at.is_none()) {
        return Ok(None);
    }
    let Some(verified) = store.watermark("projector").await? else { return Ok(None) };
    let parked = store.parked_of(AUDIT, generation, tenant).await?;
    // Where nothing of a record can be read, it was found at the latest when it was parked.
    let whole = parked.iter().map(|parked| parked.since.unwrap_or(parked.first_at)).min();
    let verified = verified.plus_millis(-COMMAND_MAX_MS);
    Ok(Some(whole.map_or(verified, |whole| whole.min(verified))))
}
