//! The drift watch, which goes with the reconciler.

use super::*;
use store::{Alarm, DriftWatch};

async fn drift_alarms(world: &World) -> Vec<Alarm> {
    let mut alarms = world.stack.store.alarms().await.unwrap();
    alarms.retain(|alarm| alarm.kind == "drift");
    alarms
}

async fn watch_of(world: &World, view: &str) -> DriftWatch {
    let watches = world.stack.store.drift_watches().await.unwrap();
    watches.into_iter().find(|watch| watch.view == view).unwrap()
}

#[tokio::test]
async fn a_row_that_was_meddled_with_is_found_by_itself_and_raises_one_alarm() {
    let clock = HandClock::at_noon();
    let world = world_at(&clock).await;
    let key = customer(&world, "c").await;
    customer(&world, "other").await;
    let row = item(&world, RECORDS, &key).await;
    clock.advance_ms(5 * MINUTE_MS);
    world.stack.projector.reconcile().await.unwrap();
    assert_eq!(drift_alarms(&world).await, []);
    for view in VIEWS {
        let watch = watch_of(&world, view).await;
        assert_eq!((watch.records, watch.drift, watch.lag), (2, 0, 0), "of the view {view}");
        assert_eq!(watch.at, clock.clock().now());
    }
    put(&world, RECORDS, replaced(row.clone(), "summary", "Lily", "Lilith")).await;
    for _ in 0..3 {
        clock.advance_ms(5 * MINUTE_MS);
        world.stack.projector.reconcile().await.unwrap();
        assert_eq!(watch_of(&world, RECORDS).await.drift, 1);
        assert_eq!(watch_of(&world, COUNTS).await.drift, 0);
    }
    let alarms = drift_alarms(&world).await;
    assert_eq!(alarms.len(), 1, "{alarms:?}");
    assert_eq!((alarms[0].record.as_str(), alarms[0].version), ("t.demo#customer#c", 3));
    assert!(!alarms[0].detail.contains("Lil"), "{}", alarms[0].detail);
    // Operators are told; it is no sign that the log was tampered with, for auditors to hear of.
    let told = world.caller("operator").get("/operations/alarms").await.expect(200).json();
    assert_eq!(told["items"][0]["kind"], "drift");
    let found = world.caller("auditor").all("/audit/commits?type=customer").await;
    assert!(found.iter().all(|item| item["alarm"].is_null()), "{found:?}");
    let told = world.caller("operator").get("/operations/views/records").await.expect(200).json();
    assert_eq!(told["drift_watch"]["drift"], 1);
    repair(&world, RECORDS, &only(&key)).await;
    clock.advance_ms(5 * MINUTE_MS);
    world.stack.projector.reconcile().await.unwrap();
    assert_eq!(watch_of(&world, RECORDS).await.drift, 0);
}

#[tokio::test]
async fn a_sample_of_a_long_log_is_another_one_each_time_and_no_larger_than_it_may_be() {
    let clock = HandClock::at_noon();
    let world = world_at(&clock).await;
    for n in 0..200 {
        let key = demo_key("customer", &format!("c{n}"));
        world.append_up_to(&key, 2, crate::views::change).await;
    }
    world.append_up_to(&demo_key("customer", "long"), 1_001, crate::views::change).await;
    world.stack.settled().await;
    // Every row has drifted: how many alarms there are tells how many were looked at.
    for item in items(&world, RECORDS).await {
        put(&world, RECORDS, replaced(item, "summary", "Lily", "Lilith")).await;
    }
    let mut seen = 0;
    for _ in 0..8 {
        clock.advance_ms(5 * MINUTE_MS);
        world.stack.projector.reconcile().await.unwrap();
        let watch = watch_of(&world, RECORDS).await;
        assert!(watch.records > 0 && watch.records <= 20, "{watch:?}");
        let now = drift_alarms(&world).await.len();
        assert!(now <= seen + 20);
        seen = now;
    }
    assert!(seen > 40, "only {seen} records in eight samples");
    assert!(drift_alarms(&world).await.iter().all(|alarm| !alarm.record.ends_with("#long")));
}
