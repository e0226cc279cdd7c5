//! Granting, revoking, taking out, and who may not.

use super::{account, directory, events, groups, names, path, signed_in, sub};
use crate::support::{World, access_claims};
use serde_json::{Value, json};

#[tokio::test]
async fn rights_are_granted_and_revoked() {
    let world = World::start().await;
    let admin = world.caller("admin");
    let change = json!({"grant": ["auditors"], "revoke": ["viewers"]});
    let answer = admin.post(&path(sub("viewer")), change).await.expect(200).json();
    assert_eq!(names(&answer), ["auditors"]);
    assert_eq!(answer["status"], "active");
    assert_eq!(answer["username"], "viewer");
    assert_eq!(groups(&world, "viewer"), ["auditors", "tenant-demo"]);
    assert_eq!(
        events(&admin, sub("viewer")).await,
        ["found", "held viewers", "granted auditors", "revoked viewers"]
    );
    // A change that changes nothing is no event.
    let again = json!({"grant": ["auditors"], "revoke": ["viewers", "admins"]});
    admin.post(&path(sub("viewer")), again).await.expect(200);
    assert_eq!(events(&admin, sub("viewer")).await.len(), 4);
}

#[tokio::test]
async fn whoever_loses_a_right_is_signed_out_and_whoever_gains_one_is_not() {
    let world = World::start().await;
    let admin = world.caller("admin");
    admin.post(&path(sub("viewer")), json!({"grant": ["editors"]})).await.expect(200);
    assert!(account(&world, "viewer").signed_out_at.is_none());
    admin.post(&path(sub("viewer")), json!({"revoke": ["editors"]})).await.expect(200);
    assert!(account(&world, "viewer").signed_out_at.is_some());
}

#[tokio::test]
async fn a_change_sent_twice_happens_once_and_a_late_copy_not_again() {
    let world = World::start().await;
    let admin = world.caller("admin");
    let grant = admin.with("idempotency-key", "grant-1");
    let body = json!({"grant": ["auditors"]});
    let first = grant.post(&path(sub("viewer")), body.clone()).await.expect(200);
    let again = grant.post(&path(sub("viewer")), body.clone()).await.expect(200);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.json(), first.json());
    admin.post(&path(sub("viewer")), json!({"revoke": ["auditors"]})).await.expect(200);
    // What was revoked since stays revoked, whatever the network still delivers.
    let late = grant.post(&path(sub("viewer")), body).await.expect(200);
    assert_eq!(names(&late.json()), ["viewers"]);
    assert_eq!(groups(&world, "viewer"), ["tenant-demo", "viewers"]);
}

#[tokio::test]
async fn everybody_in_the_workspace_is_listed_page_by_page() {
    let world = World::start().await;
    for number in 0..130 {
        let email = format!("p{number:03}@example.org");
        let account = directory(&world).invite(&email, None).unwrap();
        directory(&world).add_to_group(&account.sub, "viewers").unwrap();
        let tenant = if number % 10 == 0 { "tenant-other" } else { "tenant-demo" };
        directory(&world).add_to_group(&account.sub, tenant).unwrap();
    }
    let told = world.caller("admin").get("/people/rights").await.expect(200).json();
    let items = told["items"].as_array().unwrap();
    assert_eq!(items.len(), 5 + 117);
    let emails: Vec<&str> = items.iter().map(|item| item["email"].as_str().unwrap()).collect();
    assert!(emails.is_sorted() && !emails.contains(&"outsider@example.org"));
    let admin: &Value = items.iter().find(|item| item["username"] == "admin").unwrap();
    assert_eq!(
        *admin,
        json!({
            "id": sub("admin"),
            "username": "admin",
            "email": "admin@example.org",
            "display_name": "Anna Admin",
            "status": "active",
            "groups": ["admins"],
        })
    );
}

#[tokio::test]
async fn a_person_of_another_workspace_is_not_there() {
    let world = World::start().await;
    let admin = world.caller("admin");
    let before = (world.commits().await, account(&world, "outsider"));
    for id in [sub("outsider"), "outsider", "made-up", "viewer"] {
        admin.get(&path(id)).await.expect(404);
        admin.post(&path(id), json!({"grant": ["admins"]})).await.expect(404);
        admin.delete(&path(id)).await.expect(404);
    }
    assert_eq!((world.commits().await, account(&world, "outsider")), before);
}

#[tokio::test]
async fn nobody_administers_a_workspace_of_their_own() {
    let world = World::start().await;
    let alone = world.caller_with_claims(&access_claims("alone", &["admins"]));
    alone.get("/people/rights").await.expect(403);
    let invitation = json!({"email": "kim@example.org"});
    alone.post("/people/rights", invitation).await.expect(403);
    assert_eq!(directory(&world).get("kim@example.org"), None);
}

#[tokio::test]
async fn what_admins_order_goes_through_no_other_route() {
    let world = World::start().await;
    let admin = world.caller("admin");
    let person = format!("/people/{}", sub("admin"));
    let me = json!({"display_name": "Anna"});
    admin.put("/me", me.clone()).await.expect(201);
    for order in ["invite", "regrant", "remove"] {
        let body = json!({"person": sub("admin"), "grant": ["admins"], "display_name": "Anna"});
        admin.post(&format!("{person}/{order}"), body).await.expect(405);
    }
    admin.with("if-match", "\"1\"").patch(&person, json!({"groups": ["admins"]})).await.expect(405);
    admin.delete(&person).await.expect(405);
    let refused = admin.put("/me", json!({"display_name": "Anna", "groups": ["editors"]})).await;
    let refused = refused.expect(400).json();
    assert_eq!(refused["errors"][0]["pointer"], "/groups");
    assert_eq!(admin.get(&person).await.expect(200).json()["version"], 1);
    // And keeping oneself leaves the rights as they are.
    admin.post(&path(sub("admin")), json!({"grant": ["viewers"]})).await.expect(200);
    let me = admin.put("/me", json!({"display_name": "Ann"})).await.expect(200).json();
    assert_eq!(me["groups"], json!(["admins", "viewers"]));
}

#[tokio::test]
async fn all_that_is_wrong_with_a_change_is_told_at_once() {
    let world = World::start().await;
    let admin = world.caller("admin");
    let body = json!({"grant": ["editors", "tenant-other"], "revoke": ["x"], "email": "a@b.c"});
    let refused = admin.post(&path(sub("viewer")), body).await.expect(400).json();
    let faults = refused["errors"].as_array().unwrap().iter();
    let pointers: Vec<&str> = faults.map(|fault| fault["pointer"].as_str().unwrap()).collect();
    assert_eq!(pointers, ["/email", "/grant/1", "/revoke/0"]);
    let body = json!({"groups": []});
    admin.send("DELETE", &path(sub("viewer")), Some(body)).await.expect(400);
    assert_eq!(world.commits().await, 0);
}

#[tokio::test]
async fn an_admin_of_a_moment_ago_gives_no_orders() {
    let world = World::start().await;
    let admin = world.caller("admin");
    admin.post(&path(sub("editor")), json!({"grant": ["admins"]})).await.expect(200);
    let editor = signed_in(&world, "editor");
    editor.get("/people/rights").await.expect(200);
    admin.post(&path(sub("editor")), json!({"revoke": ["admins"]})).await.expect(200);
    // The token still says so.
    let back = json!({"grant": ["admins"]});
    editor.post(&path(sub("editor")), back).await.expect(403);
    editor.delete(&path(sub("viewer"))).await.expect(403);
    editor.post("/people/rights", json!({"email": "kim@example.org"})).await.expect(403);
    assert_eq!(groups(&world, "editor"), ["editors", "tenant-demo"]);
    assert_eq!(directory(&world).get("kim@example.org"), None);
}

#[tokio::test]
async fn a_right_cannot_be_granted_and_revoked_at_once() {
    let world = World::start().await;
    let both = json!({"grant": ["editors", "viewers"], "revoke": ["viewers"]});
    let refused = world.caller("admin").post(&path(sub("viewer")), both).await.expect(422).json();
    assert_eq!(refused["rule"], "granted_and_revoked");
    assert_eq!(groups(&world, "viewer"), ["tenant-demo", "viewers"]);
}
