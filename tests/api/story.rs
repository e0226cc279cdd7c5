//! Random histories of customers, told to the log by several people.

use crate::support::{HandClock, World, demo_key, draft, event};
use events::Registry;
use serde_json::{Value, json};
use store::{Appended, Draft, Folded, Recorded};
use vocabulary::{Actor, ActorId, RecordKey, StoredEvent};

/// A customer's history, and its state after each commit as a fresh fold has it.
pub(super) struct Story {
    pub(super) key: RecordKey,
    pub(super) commits: Vec<Recorded>,
    pub(super) states: Vec<Folded>,
}

impl Story {
    /// Tells one of so many commits. Some of them are recorded in the same millisecond, others hours
    /// apart; at its end the clock stands two minutes later.
    pub(super) async fn told(world: &World, clock: &HandClock, seed: u64, commits: u64) -> Self {
        let mut dice = fastrand::Rng::with_seed(seed);
        let key = demo_key("customer", &format!("C-{seed}"));
        let of = Registry::shipped().by_name("customer").unwrap();
        let mut story = Self { key, commits: Vec::new(), states: Vec::new() };
        let mut state: Option<Folded> = None;
        for number in 1..=commits {
            clock.advance_ms([0, 0, 1, 2, 60_000, 3_600_000][dice.usize(..6)]);
            let now = clock.clock().now();
            let draft = Draft {
                actor: Actor { id: actor(&mut dice), ..draft(now, Vec::new()).actor },
                reason: dice.bool().then(|| format!("reason {number}")),
                ..draft(now, events(&mut dice, number))
            };
            let head = state.as_ref().map(Folded::head);
            let commit = Recorded::after(head.as_ref(), &story.key, draft).unwrap();
            assert!(matches!(world.stack.store.append(&commit).await, Ok(Appended::Done)));
            Folded::fold(&mut state, of, &commit).unwrap();
            story.states.push(state.clone().unwrap());
            story.commits.push(commit);
        }
        clock.advance_ms(120_000);
        story
    }

    pub(super) fn path(&self) -> String {
        format!("/customers/{}", self.key.id)
    }

    /// The fields of a version; of version 0, before it existed, none.
    pub(super) fn fields(&self, version: usize) -> Value {
        let state = version.checked_sub(1).map(|index| self.states[index].fields());
        Value::Object(state.unwrap_or_default())
    }

    /// The newest version that was recorded at an instant, 0 before the first.
    pub(super) fn version_at(&self, ms: i64) -> usize {
        let recorded = |commit: &Recorded| commit.commit().at.as_millis();
        self.commits.iter().filter(|commit| recorded(commit) <= ms).count()
    }
}

fn actor(dice: &mut fastrand::Rng) -> ActorId {
    ActorId::parse(["ann", "bob", "cy"][dice.usize(..3)]).unwrap()
}

fn events(dice: &mut fastrand::Rng, number: u64) -> Vec<StoredEvent> {
    if number == 1 {
        let personal = json!({"name": "Lily", "address": {"city": "Wien"}});
        return vec![event(
            "registered",
            json!({"personal": personal, "tags": ["a"], "owner": "ann"}),
        )];
    }
    (0..dice.usize(1..4)).map(|_| one(dice)).collect()
}

fn one(dice: &mut fastrand::Rng) -> StoredEvent {
    let word = ["one", "two", "three"][dice.usize(..3)];
    let personal = |value: Value| json!({ "personal": value });
    match dice.usize(..10) {
        0 | 1 => event("renamed", personal(json!({ "name": word }))),
        2 => event("contact_changed", personal(json!({"email": format!("{word}@example.org")}))),
        3 => event("contact_changed", personal(json!({"phone": "110", "company": word}))),
        4 => event("moved", personal(json!({"address": {"city": word, "line1": "Ring 1"}}))),
        5 => event("moved", personal(json!({}))),
        6 => event("tagged", json!({"added": [word], "removed": ["a"]})),
        7 => event("handed_over", json!({ "to": word })),
        8 => event(["archived", "reinstated"][dice.usize(..2)], json!({})),
        _ => event("annotated", json!({"personal": {"$sealed": "x"}})),
    }
}
