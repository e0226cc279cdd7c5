//! Views equal the log under every schedule of faults.
//!
//! A schedule is one seeded interleaving of writers, projectors, reconcilers and retries over the
//! real engine: between any two calls to a table another process may go on, or this one may crash.
//! Stream records are dropped, doubled, reordered and late; calls are throttled, conflict, are cut
//! or lose their reply; some commits do not fold until that is mended; the fold may change while old
//! functions still run. At the end every row must equal the fold of its log, every number the rows,
//! every commit must stand once in each list of the audit view, and every acknowledged command once in
//! the log.
//!
//! `SCHEDULES` says how many (1,000), `SEED` with which to begin; a failure names its seed.

mod audit;
mod check;
mod naive;
mod probe;
mod schedule;

use schedule::{Projecting, Tally, run};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().unwrap())
}

/// Runs seeds on all cores; says what happened in all of them together and which went wrong.
fn run_all(first: u64, count: u64, projecting: Projecting) -> (Tally, Vec<(u64, Vec<String>)>) {
    quiet_about_probes();
    let next = AtomicU64::new(first);
    let result = Mutex::new((Tally::default(), Vec::new()));
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed >= first + count {
                        return;
                    }
                    let (tally, wrong) = run(seed, projecting);
                    let mut result = result.lock().unwrap();
                    result.0.add(&tally);
                    if !wrong.is_empty() {
                        result.1.push((seed, wrong));
                    }
                }
            });
        }
    });
    result.into_inner().unwrap()
}

/// Panics of a poisoned fold are part of the schedules; their messages would bury everything else.
fn quiet_about_probes() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let text = info.payload().downcast_ref::<String>().map_or("", String::as_str);
            if text != probe::PANIC && info.payload().downcast_ref() != Some(&probe::PANIC) {
                usual(info);
            }
        }));
    });
}

#[test]
fn views_equal_the_log_under_every_schedule() {
    let (first, count) = (number("SEED", 1), number("SCHEDULES", 1_000));
    let began = Instant::now();
    let (tally, wrong) = run_all(first, count, Projecting::Right);
    eprintln!(
        "seeds {first} to {}: {} in {} s",
        first + count - 1,
        tally,
        began.elapsed().as_secs()
    );
    for (seed, differences) in wrong.iter().take(5) {
        eprintln!("SEED={seed} SCHEDULES=1: {differences:#?}");
    }
    assert!(wrong.is_empty(), "{} of {count} schedules went wrong", wrong.len());
    // What the schedules are for must have happened in them, or they prove nothing.
    if count >= 1_000 {
        tally.assert_everything_happened();
    }
}

#[test]
fn a_projector_that_applies_whatever_has_a_greater_version_is_caught() {
    assert_caught(Projecting::GreaterVersion);
}

#[test]
fn a_projector_that_trusts_the_order_is_caught() {
    assert_caught(Projecting::TrustOrder);
}

#[test]
fn a_projector_that_adds_one_is_caught() {
    assert_caught(Projecting::AddOne);
}

#[test]
fn a_projector_that_writes_the_cursor_before_the_rows_is_caught() {
    assert_caught(Projecting::CursorFirst);
}

fn assert_caught(projecting: Projecting) {
    let (_, wrong) = run_all(1, 60, projecting);
    eprintln!("{projecting:?}: wrong in {} of 60 schedules", wrong.len());
    assert!(!wrong.is_empty(), "{projecting:?} was not caught");
}
