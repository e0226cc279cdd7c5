//! Rebuilds that rest, go on, are ended, and workers that meet.

use super::{
    Hand, commits_of_the_log, event, history, order, read, read_tally, rows_of, segments, small,
    verified, view, world_with,
};
use engine::mapping::Chaos;
use local::RebuildingSettings;
use projections::RECORDS;
use std::time::Duration;
use store::{Job, Phase, RebuildKind, RebuildState, Unchanged};
use tokio::time::Instant;

/// Nobody works but by hand.
fn by_hand() -> RebuildingSettings {
    RebuildingSettings { worker: false, ..small() }
}

#[tokio::test]
async fn a_rebuild_rests_after_the_page_in_hand_and_goes_on_where_it_was() {
    let (world, _) = world_with(by_hand()).await;
    history(&world, 12).await;
    let job = order(&world, RECORDS, (RebuildKind::Full, "R-1"), |job| job).await;
    let mut hand = Hand::default();
    for what in ["the segments", "a page"] {
        assert!(hand.step(&world, Duration::ZERO).await, "{what}");
    }
    let store = &world.stack.store;
    let paused = store.pause_rebuild(&job.id, true).await.unwrap();
    assert!(paused.paused && paused.is_open());
    hand.all(&world).await;
    let resting = read_tally(&world, &job).await;
    assert!(resting.commits > 0 && resting.commits < commits_of_the_log(&world).await);
    world.stack.rebuilding.rebuilder.tick().await.unwrap();
    hand.all(&world).await;
    assert_eq!(read_tally(&world, &job).await, resting, "the tick lets it rest");

    let going = store.pause_rebuild(&job.id, false).await.unwrap();
    world.stack.rebuilding.rebuilder.go_on_with(&going).await.unwrap();
    hand.all(&world).await;
    verified(&world, RECORDS, &read(&world, &job).await).await;
    assert_eq!(read_tally(&world, &job).await.commits, commits_of_the_log(&world).await);
    let late = store.pause_rebuild(&job.id, true).await;
    assert!(matches!(late, Err(Unchanged::Ended)), "{late:?}");
}

#[tokio::test]
async fn a_rebuild_that_is_cancelled_leaves_nothing_whenever_that_is() {
    let (world, clock) = world_with(by_hand()).await;
    history(&world, 9).await;
    let mut hand = Hand::default();
    for (round, steps) in [0, 1, 3, usize::MAX].into_iter().enumerate() {
        let id = format!("R-{round}");
        let job = order(&world, RECORDS, (RebuildKind::Full, &id), |job| job).await;
        for _ in 0..steps {
            if !hand.step(&world, Duration::ZERO).await {
                break;
            }
        }
        let now = clock.clock().now();
        let cancelled = world.stack.store.cancel_rebuild(&job.id, now).await.unwrap();
        assert_eq!((cancelled.state, cancelled.ended_at), (RebuildState::Cancelled, Some(now)));
        assert_eq!(view(&world, RECORDS).await.building, None);
        world.stack.rebuilding.rebuilder.tick().await.unwrap();
        hand.all(&world).await;
        let view = view(&world, RECORDS).await;
        assert_eq!((view.retiring.len(), view.live().count()), (0, 1));
        assert_eq!(rows_of(&world, RECORDS, job.generation.number).await, 0);
    }
}

#[tokio::test]
async fn two_workers_on_one_segment_do_its_work_once() {
    let (world, _) = world_with(by_hand()).await;
    history(&world, 12).await;
    let one = |job| store::Rebuild { parallel: 1, ..job };
    let job = order(&world, RECORDS, (RebuildKind::Full, "R-1"), one).await;
    let told = Job::Segment { rebuild: job.id.clone(), phase: Phase::Read, segment: 0 };
    let body = serde_json::to_string(&told).unwrap();
    let rebuilder = &world.stack.rebuilding.rebuilder;
    let until = Instant::now() + Duration::from_mins(1);
    // The same message twice at the same time, and another one about the same segment.
    let all = ["m-1", "m-1", "m-2"].map(|id| rebuilder.handle(event(id, &body, 1), until));
    for response in futures::future::join_all(all).await {
        assert!(response.batch_item_failures.is_empty(), "{response:?}");
    }
    Hand::default().all(&world).await;
    verified(&world, RECORDS, &read(&world, &job).await).await;
    let tally = read_tally(&world, &job).await;
    assert_eq!((tally.commits, tally.records), (commits_of_the_log(&world).await, 12));
}

#[tokio::test]
async fn messages_that_come_twice_and_late_change_nothing() {
    let chaos = Chaos { duplicate_per_mille: 1000, ..Chaos::default() };
    let twice = RebuildingSettings { time: Duration::ZERO, chaos, ..small() };
    let (world, _) = world_with(twice).await;
    history(&world, 12).await;
    let job = order(&world, RECORDS, (RebuildKind::Full, "R-1"), |job| job).await;
    world.stack.settled().await;
    verified(&world, RECORDS, &read(&world, &job).await).await;
    assert_eq!(read_tally(&world, &job).await.commits, commits_of_the_log(&world).await);
    assert!(world.stack.rebuilding.metrics().duplicated > 0);
}

#[tokio::test]
async fn messages_that_are_lost_are_sent_again_by_the_tick() {
    let (world, clock) = world_with(by_hand()).await;
    history(&world, 6).await;
    let job = order(&world, RECORDS, (RebuildKind::Full, "R-1"), |job| job).await;
    let rebuilder = &world.stack.rebuilding.rebuilder;
    let told = world.stack.rebuilding.waiting().await.len();
    let mut hand = Hand::default();
    for _ in 0..told {
        let lost = hand.next(&world).await.unwrap();
        hand.handled.push(lost.id);
    }
    assert!(!hand.step(&world, Duration::ZERO).await);
    rebuilder.tick().await.unwrap();
    assert!(!hand.step(&world, Duration::ZERO).await, "it is not late yet");
    clock.advance_ms(2 * 5 * 60_000);
    rebuilder.tick().await.unwrap();
    hand.all(&world).await;
    verified(&world, RECORDS, &read(&world, &job).await).await;
}

#[tokio::test]
async fn a_worker_that_is_out_of_time_hands_on_what_is_left() {
    let (world, _) = world_with(by_hand()).await;
    history(&world, 12).await;
    let job = order(&world, RECORDS, (RebuildKind::Full, "R-1"), |job| job).await;
    let mut hand = Hand::default();
    let mut messages = 0;
    while hand.step(&world, Duration::ZERO).await {
        messages += 1;
    }
    verified(&world, RECORDS, &read(&world, &job).await).await;
    let pages = commits_of_the_log(&world).await / 5;
    assert!(messages > pages, "{messages} messages for {pages} pages and more");
    let held = segments(&world, &job).await.into_iter().filter(|s| s.done_at.is_none()).count();
    assert_eq!(held, 0);
}
