//! A workspace keeps an admin, whatever its admins do to each other.

use super::{directory, groups, invited, path, signed_in, sub, told};
use crate::support::World;
use serde_json::json;

#[tokio::test]
async fn the_last_admin_cannot_go() {
    let world = World::start().await;
    let admin = world.caller("admin");
    let own = path(sub("admin"));
    let refused = admin.post(&own, json!({"revoke": ["admins"]})).await.expect(422);
    assert_eq!(refused.json()["rule"], "last_admin");
    let refused = admin.delete(&own).await.expect(422);
    assert_eq!(refused.json()["rule"], "last_admin");
    assert_eq!(groups(&world, "admin"), ["admins", "tenant-demo"]);
    assert_eq!(world.commits().await, 0);
    // Somebody who was only invited administers nothing yet, nor does an admin of elsewhere.
    invited(&admin, "nora@example.org", &["admins"]).await.expect(201);
    directory(&world).add_to_group("outsider", "admins").unwrap();
    admin.post(&own, json!({"revoke": ["admins"]})).await.expect(422);
    // Another one who has signed in does.
    admin.post(&path(sub("editor")), json!({"grant": ["admins"]})).await.expect(200);
    let revoke = admin.with("idempotency-key", "resign");
    revoke.post(&own, json!({"revoke": ["admins"]})).await.expect(200);
    assert_eq!(groups(&world, "admin"), ["tenant-demo"]);
    // Whoever resigned may ask whether it went through.
    let again = revoke.post(&own, json!({"revoke": ["admins"]})).await.expect(200);
    assert_eq!(again.header("idempotency-replayed"), "true");
    admin.post(&own, json!({"grant": ["admins"]})).await.expect(403);
}

#[tokio::test]
async fn two_admins_who_dismiss_each_other_at_once_leave_one() {
    let (mut kept, mut given_back) = (0, 0);
    for round in 0..12 {
        let world = World::start().await;
        world
            .caller("admin")
            .post(&path(sub("editor")), json!({"grant": ["admins"]}))
            .await
            .expect(200);
        let (one, other) = (world.caller("admin"), signed_in(&world, "editor"));
        let (to_other, to_one) = (path(sub("editor")), path(sub("admin")));
        let dismiss = json!({"revoke": ["admins"]});
        let (first, second) = if round % 2 == 0 {
            tokio::join!(one.post(&to_other, dismiss.clone()), other.post(&to_one, dismiss))
        } else {
            tokio::join!(one.delete(&to_other), other.delete(&to_one))
        };
        let left = ["admin", "editor"].into_iter().filter(|name| {
            let groups = groups(&world, name);
            groups.iter().any(|group| group == "admins")
                && groups.iter().any(|group| group == "tenant-demo")
        });
        let left = left.count();
        assert!(left >= 1, "{} and {}: nobody is left", first.status, second.status);
        assert!([200, 403, 422].contains(&first.status), "{}", first.status);
        assert!([200, 403, 422].contains(&second.status), "{}", second.status);
        let well = [&first, &second].iter().filter(|answer| answer.status == 200).count();
        assert_eq!(well, 2 - left, "what is answered as done is done");
        if left == 1 { kept += 1 } else { given_back += 1 }
    }
    eprintln!("one went in {kept} rounds, none in {given_back}");
}

#[tokio::test]
async fn two_admins_who_change_somebody_at_once_are_both_told_in_the_log() {
    for _ in 0..6 {
        let world = World::start().await;
        let (one, other) = (world.caller("admin"), world.caller("admin"));
        let viewer = path(sub("viewer"));
        let (first, second) = tokio::join!(
            one.post(&viewer, json!({"grant": ["editors"]})),
            other.post(&viewer, json!({"revoke": ["editors", "viewers"]}))
        );
        first.expect(200);
        second.expect(200);
        let mut told = told(&one, sub("viewer")).await;
        told.insert("tenant-demo".to_owned());
        let told: Vec<String> = told.into_iter().collect();
        assert_eq!(groups(&world, "viewer"), told, "the directory is where the log is");
    }
}
