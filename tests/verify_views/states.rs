//! Rows of the views `records` and `counts`.

use super::*;
use crate::support::event;
use crate::support::probe::{self, Build, Fold, POISON};
use std::sync::Arc;

#[tokio::test]
async fn what_the_projector_wrote_differs_in_nothing() {
    let world = World::start().await;
    some_records(&world).await;
    for view in VIEWS {
        let verified = verified(&world, &world.stack.projector, view).await;
        assert_eq!(told(&verified.differences), [], "of the view {view}");
        assert_eq!((verified.records, verified.parked, verified.accepted), (12, 0, 0));
    }
}

#[tokio::test]
async fn a_row_that_was_meddled_with_has_drifted_and_fields_are_named_without_their_values() {
    let world = World::start().await;
    let key = customer(&world, "c").await;
    let row = item(&world, RECORDS, &key).await;
    for (meddled, names) in [
        (replaced(row.clone(), "state", "Lily", "Lilith"), "state/record/customer/name"),
        (replaced(row.clone(), "summary", "Lily", "Lilith"), "summary/name"),
        (with(row.clone(), "by_status", text("1#t.demo#customer#archived#0")), "by_status"),
        (with(row.clone(), "position", text("2026#c")), "position"),
        (with(row.clone(), "hash", text(&"0".repeat(64))), "hash"),
        (with(row.clone(), "fold", text("another")), "fold"),
    ] {
        put(&world, RECORDS, meddled).await;
        let found = verified(&world, &world.stack.projector, RECORDS).await.differences;
        assert_eq!(found.len(), 1, "{names}: {found:?}");
        assert_eq!(found[0].kind, "drift");
        assert!(found[0].detail.contains(names), "{names}: {}", found[0].detail);
        assert!(!found[0].detail.contains("Lil"), "{}", found[0].detail);
        assert_eq!((found[0].record.as_str(), found[0].version), ("customer/c", 3));
    }
    put(&world, RECORDS, row).await;
    let contribution = item(&world, COUNTS, &key).await;
    put(&world, COUNTS, with(contribution.clone(), "status", text("archived"))).await;
    let verified = verified(&world, &world.stack.projector, COUNTS).await;
    let found: Vec<&str> = verified.differences.iter().map(|one| one.kind.as_str()).collect();
    assert_eq!(found, ["drift", "count", "count"], "the numbers do not fit any more either");
    put(&world, COUNTS, contribution).await;
    finds_nothing(&world).await;
}

#[tokio::test]
async fn a_row_that_cannot_be_read_has_drifted_and_stops_nothing() {
    let world = World::start().await;
    let key = customer(&world, "c").await;
    customer(&world, "other").await;
    for view in VIEWS {
        let row = item(&world, view, &key).await;
        put(&world, view, with(row.clone(), "version", text("three"))).await;
        let generation = active(&world, view).await;
        let heads = all(&world).await;
        let page = world.stack.projector.verify_page(view, generation, &heads);
        let found = page.await.unwrap();
        assert_eq!(found.records, 2);
        let told = told(&found.differences);
        assert!(matches!(told[..], [("drift", detail)] if detail.contains("cannot be read")));
        put(&world, view, row).await;
    }
    finds_nothing(&world).await;
}

#[tokio::test]
async fn a_row_that_is_behind_is_lag_and_is_judged_once_it_is_at_the_head() {
    let world = World::start().await;
    let key = customer(&world, "c").await;
    for view in VIEWS {
        let old = item(&world, view, &key).await;
        world.append(&key, vec![event("handed_over", json!({"to": format!("x-{view}")}))]).await;
        world.stack.settled().await;
        let new = item(&world, view, &key).await;
        put(&world, view, old.clone()).await;
        finds(&world, view, &[("lag", "1 commits behind")]).await;
        assert_eq!(item(&world, view, &key).await, new, "it has been brought to the head");
        finds(&world, view, &[]).await;
    }
    // What it goes on from is wrong: at the head it is still wrong.
    let old = item(&world, RECORDS, &key).await;
    world.append(&key, vec![event("handed_over", json!({"to": "last"}))]).await;
    world.stack.settled().await;
    put(&world, RECORDS, replaced(old, "state", "Lily", "Lilith")).await;
    let drift = ("drift", "state/record/customer/name, summary/name");
    finds(&world, RECORDS, &[drift, ("lag", "1 commits behind")]).await;
    finds(&world, RECORDS, &[drift]).await;
}

#[tokio::test]
async fn a_row_that_is_gone_is_missing_where_the_reconciler_has_been_and_young_otherwise() {
    let clock = HandClock::at_noon();
    let world = world_at(&clock).await;
    let key = customer(&world, "c").await;
    for (view, young) in [(RECORDS, "no row yet"), (COUNTS, "no row yet"), (AUDIT, "no cursor yet")]
    {
        delete(&world, view, &item(&world, view, &key).await).await;
        let generation = active(&world, view).await;
        let page = world.stack.projector.verify_page(view, generation, &only(&key)).await;
        assert_eq!(told(&page.unwrap().differences), [("lag", young)]);
        item(&world, view, &key).await;
    }
    // A contribution that was made once more counted once more.
    let found = mended(&world.stack.projector, COUNTS, active(&world, COUNTS).await).await;
    assert_eq!(found.len(), 1, "{found:?}");
    clock.advance_ms(20 * MINUTE_MS);
    world.stack.projector.reconcile().await.unwrap();
    finds_nothing(&world).await;
    for (view, gone) in [(RECORDS, "no row"), (COUNTS, "no row"), (AUDIT, "no cursor")] {
        let row = item(&world, view, &key).await;
        delete(&world, view, &row).await;
        let generation = active(&world, view).await;
        for _ in 0..2 {
            // It is told and not mended.
            let page = world.stack.projector.verify_page(view, generation, &only(&key)).await;
            assert_eq!(told(&page.unwrap().differences), [("missing", gone)]);
        }
        put(&world, view, row).await;
    }
    finds_nothing(&world).await;
}

#[tokio::test]
async fn a_row_that_is_ahead_of_the_log_has_drifted() {
    let world = World::start().await;
    let key = customer(&world, "c").await;
    for (view, detail) in [
        (RECORDS, "the row is ahead of the log"),
        (COUNTS, "the row is ahead of the log"),
        (AUDIT, "the cursor is ahead of the log"),
    ] {
        let row = item(&world, view, &key).await;
        put(&world, view, with(row.clone(), "version", number(4))).await;
        finds(&world, view, &[("drift", detail)]).await;
        put(&world, view, row).await;
    }
}

#[tokio::test]
async fn a_row_of_a_record_that_the_log_does_not_know_is_surplus() {
    let world = World::start().await;
    let key = customer(&world, "c").await;
    for view in VIEWS {
        let ghost = demo_key("customer", "ghost");
        let at = row_key(active(&world, view).await, &ghost);
        let row = item(&world, view, &key).await;
        let row = with(with(row, "pk", text(&at.pk)), "sk", text(&at.sk));
        put(&world, view, row.clone()).await;
        let strange = with(row.clone(), "sk", text("none of ours"));
        put(&world, view, strange.clone()).await;
        let found = walked(&world.stack.projector, view, active(&world, view).await).await;
        let surplus: Vec<&str> = found
            .iter()
            .filter(|one| one.kind == "surplus")
            .map(|one| one.detail.as_str())
            .collect();
        assert_eq!(surplus.len(), 2, "{view}: {found:?}");
        assert!(surplus.contains(&"a row of a record that is not in the log"));
        assert!(surplus.contains(&"a row under a key that is none of ours"));
        mended(&world.stack.projector, view, active(&world, view).await).await;
    }
    finds_nothing(&world).await;
}

#[tokio::test]
async fn a_parked_record_is_neither_behind_nor_drifted() {
    let clock = HandClock::at_noon();
    let registry = Arc::new(probe::registry(Fold::First, Build::Broken));
    let world =
        World::start_with(|settings| Settings { clock: clock.clock(), registry, ..settings }).await;
    world.first_run_over().await;
    let (stuck, never) = (demo_key("probe", "stuck"), demo_key("probe", "never"));
    let noted = |value: &str| vec![event("noted", json!({"value": value}))];
    for value in ["1", POISON, "3"] {
        world.append(&stuck, noted(value)).await;
    }
    world.append(&never, noted(POISON)).await;
    world.append(&demo_key("probe", "fine"), noted("5")).await;
    world.append(&demo_key("customer", "of-another-build"), crate::views::change(1)).await;
    world.stack.settled().await;
    clock.advance_ms(20 * MINUTE_MS);
    world.stack.projector.reconcile().await.unwrap();
    for view in VIEWS {
        let found = verified(&world, &world.stack.projector, view).await;
        assert_eq!(told(&found.differences), [], "of the view {view}");
        assert_eq!((found.records, found.parked, found.accepted), (4, 3, 0), "of {view}");
        // Somebody accepts that one of them stays behind.
        let by = crate::support::draft(clock.clock().now(), Vec::new()).actor;
        let generation = active(&world, view).await;
        let accepted = (clock.clock().now(), &by, "known");
        world.stack.store.skip(view, generation, &stuck.pk(), accepted).await.unwrap();
        let parked = format!("parked#{view}#1");
        let found = verified(&world, &world.stack.projector, view).await;
        assert_eq!((found.parked, found.accepted), (2, 1), "of {view}");
        // Off the list: verification puts it there again.
        let off = world.stack.engine.dynamodb().delete_item().table_name("annals-control");
        off.key("pk", text(&parked)).key("sk", text(&never.pk())).send().await.unwrap();
        let found = verified(&world, &world.stack.projector, view).await;
        assert_eq!((found.parked, found.accepted), (2, 1), "of {view}");
    }
}
