//! A rebuild from its order to its promotion, its undoing, and the end of its rows.

use super::{
    agrees, commits_of_the_log, history, order, read, read_tally, rebuilt, rows_of, segments,
    small, verified, view, world_with,
};
use crate::views::{records_of_the_log, views_agree_with_the_log};
use projections::{AUDIT, COUNTS, RECORDS};
use serde_json::json;
use store::{Phase, RebuildKind, RebuildState, Unchanged, folds};

const KEEP_MS: i64 = 1_000;

#[tokio::test]
async fn a_view_is_rebuilt_promoted_rolled_back_and_retired_to_its_last_row() {
    let (world, clock) = world_with(small()).await;
    history(&world, 12).await;
    let store = &world.stack.store;
    let registry = &world.stack.projector.registry;
    for name in [RECORDS, COUNTS, AUDIT] {
        let job = rebuilt(&world, name, &format!("R-{name}")).await;
        verified(&world, name, &job).await;
        let tally = read_tally(&world, &job).await;
        let records = records_of_the_log(&world).await.len();
        assert_eq!(tally.commits, commits_of_the_log(&world).await);
        assert_eq!(usize::try_from(tally.records), Ok(records));
        assert_eq!((tally.parked, tally.lag, tally.written > 0), (0, 0, true), "{tally:?}");
        assert_eq!(view(&world, name).await.folds_of(job.generation), Some(&folds(name, registry)));
        agrees(&world, registry, name, job.generation).await;
        let rows = rows_of(&world, name, 1).await;
        // A number that has gone back to nothing keeps its row, where somebody saw it on its way.
        let same = rows_of(&world, name, 2).await;
        assert!(same == rows || (name == COUNTS && same < rows), "{same} rows, {rows} before");

        let now = clock.clock().now();
        let promoted = store.promote(name, false, (now, KEEP_MS)).await.unwrap();
        assert_eq!((promoted.active.number, promoted.previous.unwrap().number), (2, 1));
        let again = store.promote(name, false, (now, KEEP_MS)).await;
        assert!(matches!(again, Err(Unchanged::NotNow(_))), "{again:?}");
        history(&world, 3).await;
        views_agree_with_the_log(&world, registry).await;
        let back = store.roll_back(name, (now, KEEP_MS)).await.unwrap();
        assert_eq!((back.active.number, back.previous.unwrap().number), (1, 2));
        views_agree_with_the_log(&world, registry).await;
        store.roll_back(name, (now, KEEP_MS)).await.unwrap();
        views_agree_with_the_log(&world, registry).await;

        world.stack.rebuilding.rebuilder.tick().await.unwrap();
        world.stack.settled().await;
        assert_eq!(view(&world, name).await.previous.unwrap().number, 1, "it is kept warm");
        clock.advance_ms(KEEP_MS);
        world.stack.rebuilding.rebuilder.tick().await.unwrap();
        world.stack.settled().await;
        let tidy = view(&world, name).await;
        assert_eq!((tidy.previous, tidy.retiring.len()), (None, 0));
        assert_eq!((rows_of(&world, name, 1).await, tidy.folds.len()), (0, 1));
        views_agree_with_the_log(&world, registry).await;
    }
    let auditor = world.caller("auditor");
    let found = auditor.get("/audit/commits?limit=100").await.expect(200).json();
    assert!(found["items"].as_array().unwrap().len() > 12, "{found}");
    assert!(found.get("complete_through").is_some(), "the new generation has seen the whole log");
    assert_eq!(world.stack.rebuilding.dead_letters().await, []);
}

#[tokio::test]
async fn a_rebuild_that_was_told_so_is_promoted_by_itself() {
    let (world, _) = world_with(small()).await;
    history(&world, 5).await;
    let promote = |job| store::Rebuild { promote: true, ..job };
    let job = order(&world, RECORDS, (RebuildKind::Full, "R-1"), promote).await;
    world.stack.settled().await;
    assert_eq!(read(&world, &job).await.state, RebuildState::Verified);
    let view = view(&world, RECORDS).await;
    assert_eq!((view.active.number, view.previous.unwrap().number, view.building), (2, 1, None));
    views_agree_with_the_log(&world, &world.stack.projector.registry).await;
}

#[tokio::test]
async fn a_dry_run_is_thrown_away_and_leaves_the_view_alone() {
    let (world, _) = world_with(small()).await;
    history(&world, 6).await;
    let before = view(&world, RECORDS).await;
    let job = order(&world, RECORDS, (RebuildKind::DryRun, "R-1"), |job| job).await;
    let trial = view(&world, RECORDS).await;
    assert!(trial.building.as_ref().unwrap().trial && trial.live().count() == 1);
    world.stack.settled().await;
    let job = read(&world, &job).await;
    assert_eq!((job.state, &job.error), (RebuildState::Verified, &None));
    let phases: Vec<Phase> = segments(&world, &job).await.iter().map(|s| s.phase).collect();
    assert!(phases.contains(&Phase::Compare) && !phases.contains(&Phase::Verify), "{phases:?}");
    let after = view(&world, RECORDS).await;
    assert_eq!((after.active, after.building, after.retiring.len()), (before.active, None, 0));
    assert_eq!(rows_of(&world, RECORDS, 2).await, 0, "the trial's rows are gone");
}

#[tokio::test]
async fn pages_of_a_list_come_from_one_generation_whatever_is_promoted_between_them() {
    let (world, clock) = world_with(small()).await;
    history(&world, 12).await;
    let editor = world.caller("editor");
    let all = editor.all("/customers").await;
    let first = editor.get("/customers?limit=3").await.expect(200).json();
    let cursor = first["next_cursor"].as_str().unwrap().to_owned();
    let rest = format!("/customers?limit=100&cursor={cursor}");
    rebuilt(&world, RECORDS, "R-1").await;
    let store = &world.stack.store;
    store.promote(RECORDS, false, (clock.clock().now(), KEEP_MS)).await.unwrap();
    let page = editor.get(&rest).await.expect(200).json();
    let ids = |items: &[serde_json::Value]| -> Vec<_> {
        items.iter().map(|item| item["id"].clone()).collect()
    };
    assert_eq!(ids(page["items"].as_array().unwrap()), ids(&all[3..]));
    assert_eq!(editor.all("/customers").await, all);
    store.retire(RECORDS).await.unwrap();
    assert_eq!(editor.get(&rest).await.expect(410).problem(), "cursor-gone");
    assert_eq!(editor.get("/customers").await.expect(200).json()["items"], json!(all));
}
