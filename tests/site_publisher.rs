//! The function that publishes the screens, as CloudFormation calls it: the real binary, with S3 and
//! CloudFront played around it.

mod played;

use crate::support::runtime_api::Function;
use played::{Object, Played};
use serde_json::{Value, json};
use tempfile::TempDir;

struct World {
    played: Played,
    function: Function,
    folder: TempDir,
}

impl World {
    async fn start() -> Self {
        let (played, folder) = (Played::start().await, tempfile::tempdir().unwrap());
        std::fs::create_dir(folder.path().join("assets")).unwrap();
        let settings = [
            ("SITE", folder.path().to_str().unwrap()),
            ("AWS_ENDPOINT_URL_S3", &played.url),
            ("AWS_ENDPOINT_URL_CLOUDFRONT", &played.url),
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_REGION", "eu-central-1"),
            ("AWS_MAX_ATTEMPTS", "1"),
        ];
        let function = Function::start("site-publisher", &settings).await;
        let world = Self { played, function, folder };
        world.build(&["index.html", "favicon.svg", "assets/main-1.js", "assets/main-1.css"]);
        world
    }

    fn build(&self, names: &[&str]) {
        for name in names {
            std::fs::write(self.folder.path().join(name), format!("this is {name}")).unwrap();
        }
    }

    fn unbuild(&self, name: &str) {
        std::fs::remove_file(self.folder.path().join(name)).unwrap();
    }

    /// Asks as CloudFormation does; says what it is told.
    async fn ask(&mut self, kind: &str, on_delete: &str) -> Value {
        self.ask_with(kind, json!({
            "ServiceToken": "arn:aws:lambda:eu-central-1:123456789012:function:annals-site-publisher",
            "Assets": "arn:aws:lambda:eu-central-1:123456789012:layer:annals-site:1",
            "Bucket": "the-site",
            "Distribution": "D1",
            "OnDelete": on_delete,
            "Config": { "authority": "https://sign-in.example.org", "client_id": "web" },
        }))
        .await
    }

    async fn ask_with(&mut self, kind: &str, properties: Value) -> Value {
        let event = json!({
            "RequestType": kind,
            "ResponseURL": format!("{}/answer", self.played.url),
            "StackId": "arn:aws:cloudformation:eu-central-1:123456789012:stack/annals/1",
            "RequestId": "request-1",
            "ResourceType": "Custom::Site",
            "LogicalResourceId": "Site",
            "PhysicalResourceId": "site-the-site",
            "ResourceProperties": properties,
        });
        self.function.invoke(&event).await.unwrap();
        self.played.with(|kept| kept.told.pop()).unwrap()
    }
}

#[tokio::test]
async fn what_refers_to_other_files_is_put_after_them() {
    let mut world = World::start().await;
    world.build(&[".built-from", "assets/main-1.js.gz"]);
    let told = world.ask("Create", "empty").await;
    assert_eq!(told["Status"], "SUCCESS", "{told}");
    assert_eq!(told["PhysicalResourceId"], "site-the-site");
    assert_eq!(told["RequestId"], "request-1");
    world.played.with(|kept| {
        let (early, late) = kept.changes.split_at(3);
        let mut early = early.to_vec();
        early.sort();
        assert_eq!(early, ["put assets/main-1.css", "put assets/main-1.js", "put favicon.svg"]);
        assert_eq!(late, ["put config.json", "put index.html"]);
        assert_eq!(kept.forgotten, [["/config.json", "/favicon.svg", "/index.html"]]);
    });
}

#[tokio::test]
async fn only_assets_are_kept_by_those_who_got_them() {
    let mut world = World::start().await;
    world.ask("Create", "empty").await;
    let object = |media_type: &str, caching: &str, body: &str| Object {
        media_type: media_type.to_owned(),
        caching: caching.to_owned(),
        body: body.to_owned(),
    };
    world.played.with(|kept| {
        let kept_for_ever = "public, max-age=31536000, immutable";
        let script =
            object("text/javascript; charset=utf-8", kept_for_ever, "this is assets/main-1.js");
        assert_eq!(kept.objects["assets/main-1.js"], script);
        let page = object("text/html; charset=utf-8", "no-cache", "this is index.html");
        assert_eq!(kept.objects["index.html"], page);
        let config = r#"{"authority":"https://sign-in.example.org","client_id":"web"}"#;
        assert_eq!(kept.objects["config.json"], object("application/json", "no-cache", config));
    });
}

#[tokio::test]
async fn what_is_not_built_any_more_is_removed_after_the_new_page_is_there() {
    let mut world = World::start().await;
    world.build(&["robots.txt"]);
    world.ask("Create", "empty").await;
    for old in ["assets/main-1.js", "assets/main-1.css", "robots.txt"] {
        world.unbuild(old);
    }
    world.build(&["assets/main-2.js"]);
    world.played.with(|kept| kept.changes.clear());
    let told = world.ask("Update", "empty").await;
    assert_eq!(told["Status"], "SUCCESS", "{told}");
    world.played.with(|kept| {
        let keys: Vec<&str> = kept.objects.keys().map(String::as_str).collect();
        assert_eq!(keys, ["assets/main-2.js", "config.json", "favicon.svg", "index.html"]);
        let page = kept.changes.iter().position(|change| change == "put index.html").unwrap();
        let removed: Vec<&str> = kept.changes[page + 1..].iter().map(String::as_str).collect();
        assert_eq!(
            removed,
            ["remove assets/main-1.css", "remove assets/main-1.js", "remove robots.txt"]
        );
        let forgotten = ["/config.json", "/favicon.svg", "/index.html", "/robots.txt"];
        assert_eq!(kept.forgotten.last().unwrap(), &forgotten);
    });
}

#[tokio::test]
async fn a_refused_file_leaves_the_old_page_and_is_told() {
    let mut world = World::start().await;
    world.played.with(|kept| kept.refused = Some("assets/main-1.js"));
    let told = world.ask("Create", "empty").await;
    assert_eq!(told["Status"], "FAILED");
    let reason = told["Reason"].as_str().unwrap();
    assert!(reason.contains("putting assets/main-1.js failed"), "{reason}");
    world.played.with(|kept| {
        assert!(!kept.objects.contains_key("index.html"), "{:?}", kept.changes);
        assert!(kept.forgotten.is_empty());
    });
    // Asked again, it is completed.
    world.played.with(|kept| kept.refused = None);
    assert_eq!(world.ask("Create", "empty").await["Status"], "SUCCESS");
}

#[tokio::test]
async fn screens_that_are_not_built_are_told_as_such() {
    let mut world = World::start().await;
    world.unbuild("index.html");
    let told = world.ask("Create", "empty").await;
    assert_eq!(told["Status"], "FAILED");
    assert!(told["Reason"].as_str().unwrap().contains("are the screens built?"), "{told}");
    world.played.with(|kept| assert!(kept.changes.is_empty()));
}

#[tokio::test]
async fn with_the_stack_all_versions_of_all_files_go() {
    let mut world = World::start().await;
    world.ask("Create", "empty").await;
    world.unbuild("favicon.svg");
    world.ask("Update", "empty").await;
    world.played.with(|kept| assert!(kept.versions.iter().any(|(_, id)| id.starts_with('d'))));
    let told = world.ask("Delete", "empty").await;
    assert_eq!(told["Status"], "SUCCESS", "{told}");
    world.played.with(|kept| assert!(kept.versions.is_empty(), "{:?}", kept.versions));
}

#[tokio::test]
async fn in_production_the_files_stay() {
    let mut world = World::start().await;
    world.ask("Create", "keep").await;
    assert_eq!(world.ask("Delete", "keep").await["Status"], "SUCCESS");
    world.played.with(|kept| assert_eq!(kept.objects.len(), 5));
}

#[tokio::test]
async fn what_is_gone_already_can_be_deleted() {
    let mut world = World::start().await;
    world.played.with(|kept| kept.gone = true);
    assert_eq!(world.ask("Delete", "empty").await["Status"], "SUCCESS");
    // A stack whose creation was refused is rolled back.
    assert_eq!(world.ask_with("Delete", json!({})).await["Status"], "SUCCESS");
    assert_eq!(world.ask_with("Create", json!({})).await["Status"], "FAILED");
}

#[tokio::test]
async fn a_removal_that_is_refused_is_no_success() {
    let mut world = World::start().await;
    world.ask("Create", "empty").await;
    world.unbuild("favicon.svg");
    world.played.with(|kept| kept.held = Some("favicon.svg"));
    let told = world.ask("Update", "empty").await;
    assert_eq!(told["Status"], "FAILED");
    let reason = "1 files could not be removed, the first because of InternalError";
    assert_eq!(told["Reason"], reason);
}

#[tokio::test]
async fn cloudformation_is_told_again_when_it_did_not_listen() {
    let mut world = World::start().await;
    world.played.with(|kept| kept.deaf = 2);
    assert_eq!(world.ask("Create", "empty").await["Status"], "SUCCESS");
}
