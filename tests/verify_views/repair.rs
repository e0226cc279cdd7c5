//! Repair: folding anew and rewriting what differs.

use super::{
    Item, MINUTE_MS, active, all, commit_items, customer, delete, finds, finds_nothing, item,
    items, mended, number, only, put, repair, replaced, text, told, with, world_at,
};
use crate::support::{HandClock, World, demo_key, event};
use crate::views::{item_of, views_agree_with_the_log};
use aws_sdk_dynamodb::types::AttributeValue;
use engine::Fault;
use projections::{AUDIT, COUNTS, RECORDS, row_key};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use store::ALL_VIEWS as VIEWS;
use vocabulary::RecordKey;

/// A meddled row of a view for a record, in each way that verification tells apart.
async fn meddlings(world: &World, view: &str, key: &RecordKey) -> Vec<Option<Item>> {
    let row = item(world, view, key).await;
    let mut ways = vec![
        None,
        Some(with(row.clone(), "version", number(9))),
        Some(with(row.clone(), "version", text("three"))),
        Some(with(row.clone(), "fold", text("another"))),
        Some(with(row.clone(), "hash", text(&"0".repeat(64)))),
        Some(with(row.clone(), "stale_at", number(4))),
    ];
    ways.extend(match view {
        COUNTS => vec![Some(with(row, "status", text("archived")))],
        _ => vec![
            Some(replaced(row.clone(), "state", "Lily", "Lilith")),
            Some(with(row, "state", text("no json"))),
        ],
    });
    ways
}

#[tokio::test]
async fn whatever_was_done_to_a_row_repair_makes_it_what_the_log_says_and_numbers_stay_right() {
    let clock = HandClock::at_noon();
    let world = world_at(&clock).await;
    let key = customer(&world, "c").await;
    customer(&world, "other").await;
    clock.advance_ms(20 * MINUTE_MS);
    world.stack.projector.reconcile().await.unwrap();
    for view in VIEWS {
        let right = item(&world, view, &key).await;
        for meddled in meddlings(&world, view, &key).await {
            match &meddled {
                Some(meddled) => put(&world, view, meddled.clone()).await,
                None => delete(&world, view, &right).await,
            }
            let found = repair(&world, view, &only(&key)).await;
            assert!(!found.is_empty(), "{view}: {meddled:?}");
            assert_eq!(item(&world, view, &key).await, right, "{view}: {meddled:?}");
            finds(&world, view, &[]).await;
        }
        assert_eq!(repair(&world, view, &all(&world).await).await, [], "what is right is let be");
    }
    views_agree_with_the_log(&world, &world.stack.projector.registry).await;
}

#[tokio::test]
async fn repair_puts_rows_of_commits_and_days_that_are_missing_or_wrong() {
    let world = World::start().await;
    let key = customer(&world, "c").await;
    let right = items(&world, AUDIT).await;
    let mut meddled = 0;
    for item in &right {
        if item.contains_key("record") || item["pk"].as_s().unwrap().ends_with("#days") {
            delete(&world, AUDIT, item).await;
            meddled += 1;
        }
    }
    assert_eq!(meddled, 3 * 3 + 2);
    assert!(repair(&world, AUDIT, &only(&key)).await.len() >= 3);
    finds(&world, AUDIT, &[]).await;
    let mut found = items(&world, AUDIT).await;
    let place =
        |item: &Item| (item["pk"].as_s().unwrap().clone(), item["sk"].as_s().unwrap().clone());
    found.sort_by_key(place);
    let mut right = right;
    right.sort_by_key(place);
    assert_eq!(found, right);
    let row = commit_items(&world, "flow", &key).await.swap_remove(1);
    put(&world, AUDIT, with(row, "fields", AttributeValue::L(vec![text("/x")]))).await;
    repair(&world, AUDIT, &only(&key)).await;
    finds(&world, AUDIT, &[]).await;
}

#[tokio::test]
async fn repair_takes_rows_of_a_record_away_that_the_log_does_not_know() {
    let world = World::start().await;
    let key = customer(&world, "c").await;
    let ghost = demo_key("customer", "ghost");
    for view in VIEWS {
        let at = row_key(active(&world, view).await, &ghost);
        let row = item(&world, view, &key).await;
        put(&world, view, with(with(row, "pk", text(&at.pk)), "sk", text(&at.sk))).await;
        if view == AUDIT {
            let row = commit_items(&world, "all", &key).await.swap_remove(1);
            let row = with(replaced(row, "sk", "#c#", "#ghost#"), "record", text(&ghost.pk()));
            let own = row["pk"].as_s().unwrap().rsplit_once('#').unwrap().0.to_owned();
            let shards = active(&world, AUDIT).await.list_shards;
            let shard = vocabulary::Digest::of(&[ghost.pk().as_bytes()]).shard(shards);
            put(&world, view, with(row, "pk", text(&format!("{own}#{shard}")))).await;
        }
        let found = repair(&world, view, &only(&ghost)).await;
        assert_eq!(told(&found), [("surplus", "a row of a record that is not in the log")]);
        assert_eq!(repair(&world, view, &only(&ghost)).await, []);
    }
    finds_nothing(&world).await;
}

#[tokio::test]
async fn a_contribution_that_is_repaired_through_lost_replies_counts_once() {
    let to_lose = Arc::new(AtomicU32::new(0));
    let left = to_lose.clone();
    let world = World::with_faults(move |call| {
        let write = call.operation == "TransactWriteItems"
            || (call.operation == "UpdateItem" && call.table == Some("annals-counts"));
        let less = |left: u32| left.checked_sub(1);
        if write && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok() {
            Fault::ReplyLost
        } else {
            Fault::None
        }
    })
    .await;
    let key = customer(&world, "c").await;
    customer(&world, "other").await;
    for lost in 1..=5 {
        let row = item(&world, COUNTS, &key).await;
        put(&world, COUNTS, with(row, "status", text("archived"))).await;
        to_lose.store(lost, Ordering::SeqCst);
        repair(&world, COUNTS, &only(&key)).await;
        assert_eq!(to_lose.load(Ordering::SeqCst), 0, "all of them were lost");
        finds(&world, COUNTS, &[]).await;
        views_agree_with_the_log(&world, &world.stack.projector.registry).await;
    }
}

#[tokio::test]
async fn a_snapshot_that_lies_is_kept_anew_when_what_came_of_it_is_repaired() {
    let world = World::start().await;
    let key = demo_key("customer", "c");
    world.append_up_to(&key, 205, crate::views::change).await;
    world.stack.settled().await;
    let at = |rev: i64| [("pk", text(&key.pk())), ("rev", number(rev))];
    let right = item_of(&world, "annals-snapshots", at(200)).await;
    let lie = replaced(right.clone(), "state", "Lily", "Lilith");
    crate::views::meddle(&world, "annals-snapshots", lie).await;
    // Without a row, the projector begins at the snapshot.
    delete(&world, RECORDS, &item(&world, RECORDS, &key).await).await;
    let drift = ("drift", "state/record/customer/name, summary/name");
    finds(&world, RECORDS, &[drift, ("lag", "no row yet")]).await;
    repair(&world, RECORDS, &only(&key)).await;
    finds(&world, RECORDS, &[]).await;
    assert_eq!(item_of(&world, "annals-snapshots", at(200)).await, right);
}

#[tokio::test]
async fn repair_and_live_traffic_do_not_disturb_each_other() {
    let world = World::start().await;
    let keys: Vec<RecordKey> = (0..8).map(|n| demo_key("customer", &format!("c{n}"))).collect();
    for key in &keys {
        world.append_up_to(key, 2, crate::views::change).await;
    }
    world.stack.settled().await;
    let writing = async {
        for round in 0..6 {
            for key in &keys {
                let events = match round % 3 {
                    0 => vec![event("archived", json!({"reason": "gone"}))],
                    1 => vec![event("reinstated", json!({}))],
                    _ => vec![event("handed_over", json!({"to": format!("p{round}")}))],
                };
                world.append(key, events).await;
            }
        }
    };
    let mending = async {
        for key in &keys {
            for view in VIEWS {
                let row = item(&world, view, key).await;
                let meddled = match view {
                    COUNTS => with(row, "status", text("lost")),
                    _ => replaced(row, "state", "Lily", "Lilith"),
                };
                put(&world, view, meddled).await;
                repair(&world, view, &only(key)).await;
            }
        }
    };
    futures::join!(writing, mending);
    world.stack.settled().await;
    // A row that was meddled with while the projector wrote it may have been written over by either.
    for view in VIEWS {
        repair(&world, view, &all(&world).await).await;
        mended(&world.stack.projector, view, active(&world, view).await).await;
    }
    finds_nothing(&world).await;
    views_agree_with_the_log(&world, &world.stack.projector.registry).await;
}
