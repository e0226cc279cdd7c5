//! `GET /me`: who the caller is.

use super::{at_noon, pretty, sub};
use crate::support::{World, access_claims};
use edge::GROUPS;
use expect_test::expect;
use serde_json::{Value, json};

#[tokio::test]
async fn one_reads_who_one_is_before_and_after_one_was_kept() {
    let (world, _clock) = at_noon().await;
    let editor = world.caller("editor");
    let before = editor.get("/me").await.expect(200).json();
    expect![[r#"
        {
          "id": "5ab1e000-0000-4000-8000-000000000002",
          "own_workspace": false,
          "rights": [
            "read",
            "write"
          ],
          "tenant": "t.demo"
        }"#]]
    .assert_eq(&pretty(&before));
    editor.put("/me", json!({"display_name": "Edith"})).await.expect(201);
    // Nothing is waited for: the person is read from the log.
    let after = editor.get("/me").await.expect(200).json();
    let person = editor.get(&format!("/people/{}", sub("editor"))).await.expect(200).json();
    assert_eq!(after["person"], person);
    editor.put("/me", json!({"display_name": "Edith Ari"})).await.expect(200);
    assert_eq!(editor.get("/me").await.json()["person"]["display_name"], "Edith Ari");
}

#[tokio::test]
async fn each_group_brings_its_rights() {
    let world = World::start().await;
    for (group, wanted) in [
        ("viewers", json!(["read"])),
        ("editors", json!(["read", "write"])),
        ("auditors", json!(["read", "audit"])),
        ("operators", json!(["operate"])),
        ("admins", json!(["read", "write", "audit", "operate", "administer"])),
    ] {
        let claims = access_claims("somebody", &["tenant-demo", group]);
        let me = world.caller_with_claims(&claims).get("/me").await.expect(200).json();
        assert_eq!(me["rights"], wanted, "{group}");
        assert!(GROUPS.iter().any(|(name, _)| *name == group));
    }
    assert_eq!(GROUPS.len(), 5);
    let nobody = world.caller_with_claims(&access_claims("somebody", &["tenant-demo"]));
    assert_eq!(nobody.get("/me").await.expect(200).json()["rights"], json!([]));
}

#[tokio::test]
async fn without_a_tenant_one_is_in_a_workspace_of_ones_own() {
    let world = World::start().await;
    let alone = world.caller_with_claims(&access_claims("alone", &["admins"]));
    alone.put("/me", json!({"display_name": "Al One"})).await.expect(201);
    let me = alone.get("/me").await.expect(200).json();
    assert_eq!(me["tenant"], "u.alone");
    assert_eq!(me["own_workspace"], true);
    assert_eq!(me["rights"], json!(["read", "write", "audit"]));
    assert_eq!(me["person"]["display_name"], "Al One");
}

#[tokio::test]
async fn an_operator_who_may_read_no_records_still_reads_their_own() {
    let world = World::start().await;
    let operator = world.caller("operator");
    operator.put("/me", json!({"display_name": "Otto"})).await.expect(201);
    operator.get(&format!("/people/{}", sub("operator"))).await.expect(403);
    assert_eq!(operator.get("/me").await.expect(200).json()["person"]["display_name"], "Otto");
}

#[tokio::test]
async fn a_subject_that_names_no_record_is_nobody_yet() {
    let world = World::start().await;
    let odd = world.caller_with_claims(&access_claims("idp:somebody.else", &["tenant-demo"]));
    let me = odd.get("/me").await.expect(200).json();
    assert_eq!((&me["id"], me.get("person")), (&Value::from("idp:somebody.else"), None));
    odd.get("/me?person=1").await.expect(400);
}
