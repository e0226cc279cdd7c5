//! The same request sent again does nothing twice, whatever broke off.

use super::{
    because, customers, ended, operation, ordered, told, view, world, world_without_workers,
};
use crate::support::World;
use engine::{Fault, Faults};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

#[tokio::test]
async fn a_rebuild_that_is_ordered_again_with_its_key_is_the_same_rebuild() {
    let world = world_without_workers().await;
    let operator = world.caller("operator");
    let first = ordered(&operator, "1", "views/records/rebuild", because()).await.expect(202);
    assert_eq!(first.header("idempotency-replayed"), "");
    let again = ordered(&operator, "1", "views/records/rebuild", because()).await.expect(202);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.json(), first.json());
    assert_eq!(world.stack.store.rebuilds(None, 10).await.unwrap().len(), 1);
    assert_eq!(told(&world).await.len(), 1);
    let other = json!({"reason": "another one"});
    let answer = ordered(&operator, "1", "views/records/rebuild", other).await.expect(422);
    assert_eq!(answer.problem(), "key-reused");
    let answer = ordered(&operator, "1", "views/counts/rebuild", because()).await.expect(422);
    assert_eq!(answer.problem(), "key-reused");
}

#[tokio::test]
async fn an_act_that_is_ordered_again_is_not_done_again_though_it_could_be() {
    let world = world().await;
    customers(&world, 2).await;
    let operator = world.caller("operator");
    let id = ordered(&operator, "1", "views/records/rebuild", because()).await.expect(202).id();
    ended(&world, &id).await;
    ordered(&operator, "2", "views/records/promote", because()).await.expect(200);
    ordered(&operator, "3", "views/records/rollback", because()).await.expect(200);
    let active = async || view(&world, "records").await["active"]["number"].clone();
    assert_eq!(active().await, 1);
    // Both could be done once more; a request that was carried out is not.
    for (key, verb) in [("2", "promote"), ("3", "rollback")] {
        let path = format!("views/records/{verb}");
        let again = ordered(&operator, key, &path, because()).await.expect(200);
        assert_eq!(again.header("idempotency-replayed"), "true");
        assert_eq!(active().await, 1);
    }
    ordered(&operator, "4", "views/records/rollback", because()).await.expect(200);
    assert_eq!(active().await, 2);
}

/// A world whose next change of the control table is refused, once that is switched on.
async fn failing(operation: &'static str) -> (World, Arc<AtomicBool>) {
    let fails = Arc::new(AtomicBool::new(false));
    let switch = fails.clone();
    let faults = Faults::new(move |call| {
        let control = call.table == Some("annals-control") || call.table.is_none();
        if call.operation == operation && control && switch.load(Ordering::SeqCst) {
            Fault::Cut
        } else {
            Fault::None
        }
    });
    let world = World::start_with(|mut settings| {
        settings.rebuilds.worker = false;
        settings.faults = faults;
        settings
    })
    .await;
    world.first_run_over().await;
    (world, fails)
}

#[tokio::test]
async fn a_rebuild_that_broke_off_after_the_log_was_told_is_begun_by_the_same_request() {
    let (world, fails) = failing("TransactWriteItems").await;
    let operator = world.caller("operator");
    fails.store(true, Ordering::SeqCst);
    let broken = ordered(&operator, "1", "views/records/rebuild", because()).await;
    assert!(broken.status >= 500, "{}", broken.status);
    assert!(world.stack.store.rebuilds(None, 10).await.unwrap().is_empty());
    fails.store(false, Ordering::SeqCst);
    let again = ordered(&operator, "1", "views/records/rebuild", because()).await.expect(202);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(view(&world, "records").await["rebuild"], json!(again.id()));
    assert_eq!(operation(&world, &again.id()).await.len(), 1);
}
