//! Outages of more than the 24 hours that a stream keeps.

use super::change;
use crate::support::{HandClock, NOON_MS, World, demo_key};
use crate::views::generations_agree_with_the_log;
use engine::mapping::Chaos;
use engine::{Fault, Faults};
use local::Settings;
use projections::{AUDIT, COUNTS, RECORDS, row_key};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use store::{Folds, Generation, Recorded, Table, Written};
use vocabulary::{Instant, RecordId, RecordKey};

const HOUR_MS: i64 = 3_600_000;

#[derive(Deserialize)]
struct Reached {
    version: vocabulary::Version,
}

/// Every commit that was recorded before the instant is in every live generation.
async fn holds(world: &World, commits: &[(RecordKey, Recorded)], through: Instant) {
    let mut heads: BTreeMap<String, (RecordKey, vocabulary::Version)> = BTreeMap::new();
    for (key, commit) in commits.iter().filter(|(_, commit)| commit.commit().at < through) {
        heads.insert(key.pk(), (key.clone(), commit.version()));
    }
    for (view, table) in [(RECORDS, Table::Records), (COUNTS, Table::Counts), (AUDIT, Table::Audit)]
    {
        for generation in world.stack.store.view(view).await.unwrap().unwrap().live() {
            for (key, version) in heads.values() {
                let row: Option<Reached> =
                    world.stack.store.row(table, &row_key(generation, key)).await.unwrap();
                let reached = row.map(|row| row.version);
                assert!(reached >= Some(*version), "{view} {key}: {reached:?} < {version}");
            }
        }
    }
}

/// Two days of which the stream delivered nothing, made up for by reconcilers that keep failing.
#[tokio::test]
async fn one_run_after_another_catches_up_everywhere_and_none_claims_too_much() {
    let (clock, budget) = (HandClock::at_noon(), Arc::new(AtomicU32::new(u32::MAX)));
    let left = budget.clone();
    let faults = Faults::new(move |call| {
        let is_row = ["PutItem", "TransactWriteItems"].contains(&call.operation)
            && call
                .table
                .is_some_and(|table| table != "annals-events" && table != "annals-control");
        let less = |left: u32| left.checked_sub(1);
        if is_row && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_err() {
            return Fault::Throttle;
        }
        Fault::None
    });
    let (set, chaos) = (clock.clock(), Chaos { drop_per_mille: 1_000, ..Chaos::default() });
    let world =
        World::start_with(|settings| Settings { clock: set, chaos, faults, ..settings }).await;
    world.first_run_over().await;
    // A second generation of each view is being built.
    let mut second = BTreeMap::new();
    for view in [RECORDS, COUNTS, AUDIT] {
        let registered = world.stack.store.view(view).await.unwrap().unwrap();
        let id = RecordId::parse(&format!("R-{view}")).unwrap();
        let begun = registered.begin(id.clone(), false, Folds::new()).unwrap();
        second.insert(view, begun.build_of(&id).unwrap().generation);
        assert_eq!(world.stack.store.change_view(&begun).await.unwrap(), Written::Done);
    }
    let mut commits = Vec::new();
    for hour in 0..48_u64 {
        let key = demo_key("customer", &format!("c-{}", hour % 12));
        commits.push((key.clone(), world.append(&key, change(hour / 12 + 1)).await));
        clock.advance_ms(HOUR_MS);
    }
    world.stack.settled().await;
    let (mut runs, mut failed, mut before) = (0, 0, None);
    loop {
        budget.store(12, Ordering::SeqCst);
        let run = world.stack.projector.reconcile().await;
        budget.store(u32::MAX, Ordering::SeqCst);
        let through = world.stack.projector.verified_through().await.unwrap().unwrap();
        assert!(before <= Some(through), "it never goes back");
        before = Some(through);
        holds(&world, &commits, through).await;
        runs += 1;
        match run {
            Ok(done) => {
                assert_eq!(done.verified_through, through);
                break;
            }
            Err(error) => assert!(error.is_passing(), "{error:?}"),
        }
        failed += 1;
        assert!(runs < 60, "it does not catch up");
    }
    assert!(failed > 2, "{failed} runs failed");
    assert_eq!(before, Some(Instant::from_millis(NOON_MS + 48 * HOUR_MS - 60_000)));
    let registry = &world.stack.projector.registry;
    let generation = |view: &str| -> Generation { second[view] };
    generations_agree_with_the_log(&world, registry, generation(RECORDS), generation(COUNTS)).await;
}
