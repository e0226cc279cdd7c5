//! Inviting somebody: a new person, a known one, one of another workspace.

use super::{account, directory, events, groups, invited, names, path, signed_in, sub, told};
use crate::support::World;
use serde_json::json;

#[tokio::test]
async fn an_invited_person_signs_in_and_works_with_the_granted_right() {
    let world = World::start().await;
    let admin = world.caller("admin");
    let body = json!({
        "email": "nora@example.org",
        "display_name": "Nora New",
        "groups": ["editors"],
        "reason": "joins the office",
    });
    let invited = admin.post("/people/rights", body).await.expect(201);
    let id = invited.id();
    assert_eq!(invited.header("location"), format!("/api/v1/people/{id}/rights"));
    let expected = json!({
        "id": id,
        "username": id,
        "email": "nora@example.org",
        "display_name": "Nora New",
        "status": "invited",
        "groups": ["editors"],
    });
    assert_eq!(invited.json(), expected);
    assert_eq!(admin.get(&path(&id)).await.expect(200).json(), expected);
    assert_eq!(groups(&world, &id), ["editors", "tenant-demo"]);
    let mail = directory(&world).mail();
    assert_eq!(mail.len(), 1);
    assert_eq!(mail[0].to, "nora@example.org");

    // Before they have come, they are known by what the admin said.
    world.stack.settled().await;
    let record = admin.get(&format!("/people/{id}")).await.expect(200).json();
    assert_eq!(record["status"], "invited");
    assert_eq!(record["display_name"], "Nora New");
    assert_eq!(record["owner"], id);
    assert_eq!(record["groups"], json!(["editors"]));

    let nora = signed_in(&world, "nora@example.org");
    let me = json!({"display_name": "Nora Newton", "locale": "de-AT"});
    let me = nora.put("/me", me).await.expect(200).json();
    assert_eq!((&me["status"], &me["groups"]), (&json!("active"), &json!(["editors"])));
    nora.post("/customers", json!({"name": "Lily"})).await.expect(201);
    nora.get("/people/rights").await.expect(403);
}

#[tokio::test]
async fn the_history_says_who_invited_and_granted_when_and_why() {
    let world = World::start().await;
    let admin = world.caller("admin").with("x-correlation-id", "onboarding-7");
    let body = json!({"email": "nora@example.org", "groups": ["viewers", "auditors"]});
    let id = admin
        .with("x-change-reason", "joins%20the%20audit")
        .post("/people/rights", body)
        .await
        .expect(201)
        .id();
    let change = json!({"grant": ["editors"], "revoke": ["viewers"], "reason": "promoted"});
    admin.post(&path(&id), change).await.expect(200);
    assert_eq!(
        events(&admin, &id).await,
        ["invited", "granted auditors", "granted viewers", "granted editors", "revoked viewers"]
    );
    let items = admin.all(&format!("/people/{id}/history?order=asc")).await;
    let [first, second] = items.as_slice() else { panic!("two orders, two commits") };
    for (item, reason) in [(first, "joins the audit"), (second, "promoted")] {
        assert_eq!(item["actor"]["id"], sub("admin"));
        assert_eq!(item["reason"], reason);
        assert_eq!(item["correlation_id"], "onboarding-7");
    }
    assert_eq!(first["action"], "person.invited");
    assert_eq!(second["action"], "person.granted");
    let expected = json!([{"path": "/groups", "op": "replace", "from": ["auditors", "viewers"], "to": ["auditors", "editors"]}]);
    let changes: Vec<_> = second["changes"].as_array().unwrap().clone();
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert_eq!(changes[0]["path"], expected[0]["path"]);
    assert_eq!(changes[0]["to"], expected[0]["to"], "{changes:?}");
    world.stack.settled().await;
    let published: Vec<String> =
        world.stack.bus.entries().into_iter().map(|entry| entry.detail_type).collect();
    assert!(published.contains(&"person.revoked".to_owned()), "{published:?}");
}

#[tokio::test]
async fn an_invitation_sent_twice_invites_once() {
    let world = World::start().await;
    let admin = world.caller("admin").with("idempotency-key", "invite-1");
    let first = invited(&admin, "nora@example.org", &["editors"]).await.expect(201);
    let again = invited(&admin, "nora@example.org", &["editors"]).await.expect(201);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.json(), first.json());
    assert_eq!(directory(&world).mail().len(), 1);
    // The key belongs to that request.
    let other = invited(&admin, "nora@example.org", &["admins"]).await.expect(422);
    assert_eq!(other.problem(), "key-reused");
    assert_eq!(groups(&world, "nora@example.org"), ["editors", "tenant-demo"]);
    // Without a key it says the same and does no more, but for reminding them.
    let admin = world.caller("admin");
    let third = invited(&admin, "Nora@Example.org", &["editors"]).await.expect(200);
    assert_eq!(third.json(), first.json());
    assert_eq!(events(&admin, &first.id()).await, ["invited", "granted editors"]);
    let mail = directory(&world).mail();
    assert_eq!(mail.len(), 1, "the newest invitation is the one that counts");
}

#[tokio::test]
async fn whoever_is_in_the_workspace_already_is_granted_what_is_missing() {
    let world = World::start().await;
    let admin = world.caller("admin");
    let answer = invited(&admin, "editor@example.org", &["auditors"]).await.expect(200);
    assert_eq!(names(&answer.json()), ["editors", "auditors"]);
    assert_eq!(
        events(&admin, sub("editor")).await,
        ["found", "held editors", "granted auditors"],
        "nobody invited them, and what they could do already is told"
    );
    world.stack.settled().await;
    let record = admin.get(&format!("/people/{}", sub("editor"))).await.expect(200).json();
    assert_eq!(record["groups"], json!(["auditors", "editors"]));
}

#[tokio::test]
async fn whoever_belongs_nowhere_is_added_and_brings_no_right_along() {
    let world = World::start().await;
    let known = directory(&world).invite("kim@example.org", Some("Kim")).unwrap();
    directory(&world).add_to_group(&known.sub, "admins").unwrap();
    let admin = world.caller("admin");
    let answer = invited(&admin, "kim@example.org", &["viewers"]).await.expect(201);
    assert_eq!(answer.id(), known.sub);
    assert_eq!(groups(&world, &known.sub), ["tenant-demo", "viewers"]);
    assert_eq!(events(&admin, &known.sub).await, ["invited", "granted viewers"]);
}

#[tokio::test]
async fn whoever_belongs_to_another_workspace_cannot_be_invited() {
    let world = World::start().await;
    let admin = world.caller("admin");
    let before = (world.commits().await, account(&world, "outsider"));
    let refused = invited(&admin, "outsider@example.org", &["admins"]).await.expect(409);
    assert_eq!(refused.problem(), "belongs-elsewhere");
    assert_eq!((world.commits().await, account(&world, "outsider")), before);
}

#[tokio::test]
async fn whoever_was_taken_out_can_be_invited_again() {
    let world = World::start().await;
    let admin = world.caller("admin");
    let id = invited(&admin, "nora@example.org", &["editors"]).await.expect(201).id();
    let nora = signed_in(&world, &id);
    nora.put("/me", json!({"display_name": "Nora"})).await.expect(200);
    let gone = admin.with("x-change-reason", "left").delete(&path(&id)).await.expect(200).json();
    assert_eq!(names(&gone), Vec::<&str>::new());
    assert_eq!(groups(&world, &id), Vec::<String>::new());
    assert!(account(&world, &id).signed_out_at.is_some());
    // The access token lasts a little longer, but it does not bring them back.
    let refused = nora.put("/me", json!({"display_name": "Nora"})).await.expect(422);
    assert_eq!(refused.json()["rule"], "person_removed");
    admin.get(&path(&id)).await.expect(404);
    world.stack.settled().await;
    let record = admin.get(&format!("/people/{id}")).await.expect(200).json();
    assert_eq!(record["status"], "removed");
    assert!(told(&admin, &id).await.is_empty());

    let back = invited(&admin, "nora@example.org", &["viewers"]).await.expect(201);
    assert_eq!(back.id(), id);
    assert_eq!(groups(&world, &id), ["tenant-demo", "viewers"]);
    let me = signed_in(&world, &id).put("/me", json!({"display_name": "Nora"})).await.expect(200);
    assert_eq!(me.json()["status"], "active");
    assert_eq!(
        events(&admin, &id).await,
        [
            "invited",
            "granted editors",
            "introduced",
            "revoked editors",
            "removed",
            "invited",
            "granted viewers",
            "introduced",
        ]
    );
}

#[tokio::test]
async fn a_late_copy_of_an_invitation_brings_nobody_back() {
    let world = World::start().await;
    let admin = world.caller("admin");
    let first = admin.with("idempotency-key", "invite-1");
    let id = invited(&first, "nora@example.org", &["editors"]).await.expect(201).id();
    admin.delete(&path(&id)).await.expect(200);
    invited(&first, "nora@example.org", &["editors"]).await.expect(404);
    assert_eq!(groups(&world, &id), Vec::<String>::new());
}

#[tokio::test]
async fn all_that_is_wrong_with_an_invitation_is_told_at_once() {
    let world = World::start().await;
    let admin = world.caller("admin");
    let body = json!({
        "email": "nobody",
        "groups": ["editors", "tenant-other", "superusers"],
        "password": "x",
        "reason": 1,
    });
    let refused = admin.post("/people/rights", body).await.expect(400).json();
    let faults = refused["errors"].as_array().unwrap().iter();
    let pointers: Vec<&str> = faults.map(|fault| fault["pointer"].as_str().unwrap()).collect();
    assert_eq!(pointers, ["/reason", "/email", "/password", "/groups/1", "/groups/2"]);
    admin.post("/people/rights", json!({})).await.expect(400);
    admin.post("/people/rights?x=1", json!({"email": "a@example.org"})).await.expect(400);
    assert_eq!(world.commits().await, 0);
    assert_eq!(directory(&world).mail().len(), 0);
}

#[tokio::test]
async fn an_address_that_the_directory_does_not_take_is_refused_in_words() {
    let world = World::start().await;
    let admin = world.caller("admin");
    let body = json!({"email": "nora@nowhere", "groups": ["viewers"]});
    let refused = admin.post("/people/rights", body).await.expect(422).json();
    assert_eq!(refused["rule"], "address_refused");
    assert!(directory(&world).mail().is_empty());
}
