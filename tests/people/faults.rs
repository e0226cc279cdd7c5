//! What breaks off on the way to the directory is never more than the log tells, and is completed by
//! the same request.

use super::{directory, events, groups, path, sub, told};
use crate::support::{Answer, Caller, World};
use engine::{Call, Fault, Faults};
use local::Settings;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The SDK tries each call three times.
const TRIES: u64 = 3;

/// The way to the directory: some calls of it break.
#[derive(Debug, Clone)]
struct Way {
    seen: Arc<AtomicU64>,
    breaks_at: Arc<AtomicU64>,
    fault: Fault,
}

impl Way {
    fn with(fault: Fault) -> Self {
        let never = Arc::new(AtomicU64::new(u64::MAX));
        Self { seen: Arc::default(), breaks_at: never, fault }
    }

    /// From the call of that number on, counted from now, one call fails with all its tries.
    fn breaks_at(&self, number: u64) {
        self.seen.store(0, Ordering::SeqCst);
        self.breaks_at.store(number, Ordering::SeqCst);
    }

    fn heals(&self) {
        self.breaks_at.store(u64::MAX, Ordering::SeqCst);
    }

    fn faults(&self) -> Faults {
        let way = self.clone();
        Faults::new(move |_: &Call<'_>| {
            let number = way.seen.fetch_add(1, Ordering::SeqCst);
            let from = way.breaks_at.load(Ordering::SeqCst);
            let broken = from <= number && number < from.saturating_add(TRIES);
            if broken { way.fault } else { Fault::None }
        })
    }

    async fn world(&self) -> World {
        let directory_faults = self.faults();
        World::start_with(|settings| Settings { directory_faults, ..settings }).await
    }
}

/// Every right that the directory gives, and did not give before, is told in the log.
async fn assert_told(world: &World, admin: &Caller<'_>, name: &str, before: &[String]) {
    let Some(account) = directory(world).get(name) else { return };
    let log = told(admin, &account.sub).await;
    let untold: Vec<&String> = account
        .groups
        .iter()
        .filter(|group| !before.contains(group) && !log.contains(*group))
        .collect();
    let untold: Vec<_> = untold.into_iter().filter(|group| *group != "tenant-demo").collect();
    assert!(untold.is_empty(), "{untold:?} is in force, and the log does not tell");
}

/// Sends a request whose every call to the directory breaks once, each in a world of its own, and
/// then the same request again, until one goes through without meeting the break.
async fn completed(
    fault: Fault,
    prepare: impl AsyncFn(&World),
    request: impl AsyncFn(&Caller<'_>) -> Answer,
    check: impl AsyncFn(&World, &Caller<'_>, &Answer),
) -> u64 {
    for number in 0.. {
        let way = Way::with(fault);
        let world = way.world().await;
        prepare(&world).await;
        let viewer = groups(&world, "viewer");
        let admin = world.caller("admin").with("idempotency-key", "once");
        way.breaks_at(number);
        let first = request(&admin).await;
        let met = way.seen.load(Ordering::SeqCst) > number;
        way.heals();
        assert_told(&world, &world.caller("admin"), "nora@example.org", &[]).await;
        assert_told(&world, &world.caller("admin"), "viewer", &viewer).await;
        if first.status == 503 {
            assert!(!first.header("retry-after").is_empty());
            assert!(met);
        } else {
            assert!(first.status < 300, "{}: {:?}", first.status, first.json());
        }
        let again = request(&admin).await;
        assert!(again.status < 300, "{}: {:?}", again.status, again.json());
        check(&world, &world.caller("admin"), &again).await;
        if !met {
            return number;
        }
    }
    unreachable!("some request meets no break")
}

async fn nothing(_: &World) {}

#[tokio::test]
async fn an_invitation_that_broke_off_is_completed_by_the_same_request() {
    for fault in [Fault::Cut, Fault::ReplyLost, Fault::Throttle] {
        let calls = completed(
            fault,
            nothing,
            async |admin| {
                let body = json!({"email": "nora@example.org", "groups": ["editors", "viewers"]});
                admin.post("/people/rights", body).await
            },
            async |world, admin, answer| {
                assert_eq!(answer.json()["groups"], json!(["viewers", "editors"]));
                assert_eq!(groups(world, &answer.id()), ["editors", "tenant-demo", "viewers"]);
                let told = events(admin, &answer.id()).await;
                assert_eq!(told, ["invited", "granted editors", "granted viewers"]);
            },
        )
        .await;
        assert!(calls > 8, "{calls}");
    }
}

#[tokio::test]
async fn a_change_that_broke_off_is_completed_by_the_same_request() {
    for fault in [Fault::Cut, Fault::ReplyLost, Fault::Throttle] {
        completed(
            fault,
            async |world| {
                let admin = world.caller("admin");
                let path = path(sub("viewer"));
                admin.post(&path, json!({"grant": ["operators"]})).await.expect(200);
            },
            async |admin| {
                let change = json!({"grant": ["auditors"], "revoke": ["viewers", "operators"]});
                admin.post(&path(sub("viewer")), change).await
            },
            async |world, admin, _| {
                assert_eq!(groups(world, "viewer"), ["auditors", "tenant-demo"]);
                assert!(super::account(world, "viewer").signed_out_at.is_some());
                let told = events(admin, sub("viewer")).await;
                assert_eq!(told.len(), 6, "{told:?}");
            },
        )
        .await;
    }
}

#[tokio::test]
async fn taking_somebody_out_that_broke_off_is_completed_by_the_same_request() {
    for fault in [Fault::Cut, Fault::ReplyLost, Fault::Throttle] {
        completed(
            fault,
            nothing,
            async |admin| admin.delete(&path(sub("viewer"))).await,
            async |world, admin, _| {
                assert_eq!(groups(world, "viewer"), Vec::<String>::new());
                assert!(super::account(world, "viewer").signed_out_at.is_some());
                let told = events(admin, sub("viewer")).await;
                assert_eq!(told, ["found", "held viewers", "revoked viewers", "removed"]);
            },
        )
        .await;
    }
}

#[tokio::test]
async fn a_directory_that_is_away_is_told_as_such() {
    let way = Way::with(Fault::Throttle);
    let world = way.world().await;
    for request in ["/people/rights", &path(sub("viewer"))] {
        way.breaks_at(0);
        let refused = world.caller("admin").get(request).await.expect(503);
        assert_eq!(refused.problem(), "unavailable");
        assert_eq!(refused.header("retry-after"), "2");
    }
}
