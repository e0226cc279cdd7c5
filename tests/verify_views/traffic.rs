//! Verification while everybody writes.

use super::*;
use futures::future::join_all;
use std::sync::atomic::{AtomicUsize, Ordering};

const WRITERS: usize = 16;
const ROUNDS: usize = 8;

async fn write(world: &World, writer: usize) {
    let editor = world.caller("editor");
    let name = format!("writer {writer}");
    for round in 0..ROUNDS {
        let made = editor.post("/customers", json!({"name": name})).await.expect(201).id();
        let path = format!("/customers/{made}");
        let email = json!({"email": format!("w{writer}r{round}@example.com")});
        editor.with("if-match", "\"1\"").patch(&path, email).await.expect(200);
        editor.post(&format!("{path}/archive"), json!({"reason": "gone"})).await.expect(200);
        if round % 2 == 0 {
            editor.post(&format!("{path}/reinstate"), json!({})).await.expect(200);
        }
    }
}

#[tokio::test]
async fn nothing_that_changes_meanwhile_is_taken_for_a_difference() {
    let world = World::start().await;
    some_records(&world).await;
    let writing = AtomicUsize::new(WRITERS);
    let writers = join_all((0..WRITERS).map(|writer| {
        let (world, writing) = (&world, &writing);
        async move {
            write(world, writer).await;
            writing.fetch_sub(1, Ordering::SeqCst);
        }
    }));
    let verifying = async {
        let mut rounds = 0;
        let mut lag = 0;
        while writing.load(Ordering::SeqCst) > 0 {
            for view in VIEWS {
                let found = verified(&world, &world.stack.projector, view).await.differences;
                let (behind, other): (Vec<_>, Vec<_>) =
                    found.into_iter().partition(Difference::is_lag);
                assert_eq!(other, [], "of the view {view}");
                lag += behind.len();
            }
            rounds += 1;
        }
        (rounds, lag)
    };
    let (_, (rounds, lag)) = futures::join!(writers, verifying);
    eprintln!("{rounds} verifications beside {WRITERS} writers, {lag} rows behind");
    assert!(rounds > 0);
    world.stack.settled().await;
    finds_nothing(&world).await;
    crate::views::views_agree_with_the_log(&world, &world.stack.projector.registry).await;
}
