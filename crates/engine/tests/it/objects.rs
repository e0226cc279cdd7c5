//! Objects through the SDK, and links to them.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::presigning::PresigningConfig;
use engine::objects::{Links, Objects};
use engine::{Call, Fault, Faults};

const NOW_S: u64 = 1_795_508_495;

fn links() -> Links {
    Links::new("http://localhost:8080/objects", "local", "a secret")
}

fn now_ms() -> i64 {
    i64::try_from(NOW_S * 1_000).unwrap()
}

fn both(folder: &Path) -> [Objects; 2] {
    [Objects::memory(links(), now_ms), Objects::folder(folder, links(), now_ms)]
}

async fn put(client: &Client, key: &str, body: &str) {
    let put = client.put_object().bucket("exports").key(key);
    put.body(body.as_bytes().to_vec().into()).send().await.unwrap();
}

async fn get(client: &Client, key: &str) -> Option<String> {
    let got = client.get_object().bucket("exports").key(key).send().await;
    match got {
        Ok(found) => {
            let bytes = found.body.collect().await.unwrap().into_bytes();
            Some(String::from_utf8(bytes.to_vec()).unwrap())
        }
        Err(error) => {
            assert_eq!(error.code(), Some("NoSuchKey"), "{error:?}");
            None
        }
    }
}

/// A link's path and query, good for a quarter of an hour.
async fn link(objects: &Objects, key: &str) -> String {
    let made = UNIX_EPOCH + Duration::from_secs(NOW_S);
    let config = PresigningConfig::builder().start_time(made).expires_in(Duration::from_mins(15));
    let get = objects.client().get_object().bucket("exports").key(key);
    let get = get.response_content_type("text/csv; charset=utf-8");
    let get = get.response_content_disposition("attachment; filename=\"part-1.csv\"");
    let url = get.presigned(config.build().unwrap()).await.unwrap().uri().to_owned();
    url.strip_prefix("http://localhost:8080").unwrap().to_owned()
}

#[tokio::test]
async fn an_object_is_read_as_it_was_put_until_it_is_deleted() {
    let folder = tempfile::tempdir().unwrap();
    for objects in both(folder.path()) {
        let client = objects.client();
        assert_eq!(get(&client, "t.demo/e 1/part-é.csv").await, None);
        put(&client, "t.demo/e 1/part-é.csv", "first").await;
        put(&client, "t.demo/e 1/part-é.csv", "second").await;
        put(&client, "t.demo/other", "").await;
        assert_eq!(get(&client, "t.demo/e 1/part-é.csv").await.as_deref(), Some("second"));
        assert_eq!(get(&client, "t.demo/other").await.as_deref(), Some(""));
        assert_eq!(objects.keys("exports"), ["t.demo/e 1/part-é.csv", "t.demo/other"]);
        for _ in 0..2 {
            let delete = client.delete_object().bucket("exports").key("t.demo/other");
            delete.send().await.unwrap();
        }
        assert_eq!(objects.keys("exports"), ["t.demo/e 1/part-é.csv"]);
        assert!(objects.keys("others").is_empty());
    }
}

#[tokio::test]
async fn a_folder_s_objects_outlive_the_process_and_are_their_owner_s_alone() {
    let folder = tempfile::tempdir().unwrap();
    put(&Objects::folder(folder.path(), links(), now_ms).client(), "t.demo/1", "kept").await;
    let again = Objects::folder(folder.path(), links(), now_ms);
    assert_eq!(get(&again.client(), "t.demo/1").await.as_deref(), Some("kept"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &str| {
            std::fs::metadata(folder.path().join(path)).unwrap().permissions().mode() & 0o777
        };
        assert_eq!(mode("exports/t.demo/1"), 0o600);
        assert_eq!(mode("exports/t.demo"), 0o700);
    }
}

#[tokio::test]
async fn no_key_leads_out_of_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("objects");
    let client = Objects::folder(&inner, links(), now_ms).client();
    for key in ["../outside", "a/../../outside", "a//b", "/a", "a/", "./a", "a\\..\\b"] {
        let put = client.put_object().bucket("exports").key(key);
        let refused = put.body(b"x".to_vec().into()).send().await;
        assert!(refused.is_err(), "{key}");
    }
    assert!(!folder.path().join("outside").exists());
}

#[tokio::test]
async fn what_is_older_than_its_time_is_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let time = Arc::new(AtomicI64::new(now_ms()));
    let clock = || {
        let time = time.clone();
        move || time.load(Ordering::SeqCst)
    };
    for objects in
        [Objects::memory(links(), clock()), Objects::folder(folder.path(), links(), clock())]
    {
        put(&objects.client(), "t.demo/old/1", "old").await;
        time.fetch_add(60_000, Ordering::SeqCst);
        put(&objects.client(), "t.demo/new/1", "new").await;
        assert_eq!(objects.expire("exports", Duration::from_mins(1)).await, 0);
        assert_eq!(objects.expire("exports", Duration::from_secs(59)).await, 1);
        assert_eq!(objects.keys("exports"), ["t.demo/new/1"]);
        assert_eq!(objects.expire("others", Duration::ZERO).await, 0);
    }
    assert!(!folder.path().join("exports/t.demo/old").exists(), "empty folders stay behind");
}

#[tokio::test]
async fn a_link_brings_the_object_with_the_type_and_name_that_it_says() {
    let folder = tempfile::tempdir().unwrap();
    for objects in both(folder.path()) {
        put(&objects.client(), "t.demo/1/part-1.csv", "a,b").await;
        let answer = objects.link(&link(&objects, "t.demo/1/part-1.csv").await).await;
        assert_eq!(answer.status(), 200, "{:?}", String::from_utf8_lossy(answer.body()));
        assert_eq!(answer.body(), b"a,b");
        assert_eq!(answer.headers()["content-type"], "text/csv; charset=utf-8");
        let disposition = &answer.headers()["content-disposition"];
        assert_eq!(disposition, "attachment; filename=\"part-1.csv\"");
        let gone = objects.link(&link(&objects, "t.demo/1/part-2.csv").await).await;
        assert_eq!(gone.status(), 404);
    }
}

#[tokio::test]
async fn a_link_that_was_changed_in_any_place_is_refused() {
    let objects = Objects::memory(links(), now_ms);
    put(&objects.client(), "t.demo/1", "mine").await;
    put(&objects.client(), "t.demo/2", "another").await;
    let good = link(&objects, "t.demo/1").await;
    assert_eq!(objects.link(&good).await.status(), 200);
    for (from, to) in [
        ("t.demo/1", "t.demo/2"),
        ("exports", "imports"),
        ("X-Amz-Expires=900", "X-Amz-Expires=604800"),
        ("X-Amz-Date=20261124", "X-Amz-Date=20261125"),
        ("text%2Fcsv", "text%2Fhtml"),
        ("attachment", "inline"),
        ("X-Amz-Signature=", "X-Amz-Signature=0"),
        ("X-Amz-SignedHeaders=host", "X-Amz-SignedHeaders="),
        ("x-id=GetObject", "x-id=PutObject"),
    ] {
        let changed = good.replace(from, to);
        assert_ne!(changed, good, "{from} is not in the link");
        assert_eq!(objects.link(&changed).await.status(), 403, "{from} was changed into {to}");
    }
    for other in ["/objects/exports/t.demo/1", "/objects", "/", "", "/objects/exports/%zz?a=b"] {
        assert_eq!(objects.link(other).await.status(), 403, "{other}");
    }
    let longer = format!("{good}&x=y");
    assert_eq!(objects.link(&longer).await.status(), 403);
    let other_secret = Links::new("http://localhost:8080/objects", "local", "another secret");
    let others = Objects::memory(other_secret, now_ms);
    put(&others.client(), "t.demo/1", "theirs").await;
    assert_eq!(others.link(&good).await.status(), 403);
}

#[tokio::test]
async fn a_link_is_good_until_its_time_is_over() {
    let time = Arc::new(AtomicI64::new(now_ms()));
    let clock = time.clone();
    let objects = Objects::memory(links(), move || clock.load(Ordering::SeqCst));
    put(&objects.client(), "t.demo/1", "mine").await;
    let good = link(&objects, "t.demo/1").await;
    time.fetch_add(899_000, Ordering::SeqCst);
    assert_eq!(objects.link(&good).await.status(), 200);
    time.fetch_add(1_000, Ordering::SeqCst);
    let expired = objects.link(&good).await;
    assert_eq!(expired.status(), 403);
    assert!(String::from_utf8_lossy(expired.body()).contains("Request has expired"));
}

#[tokio::test]
async fn faults_meet_objects_too_and_are_told_the_key() {
    let objects = Objects::memory(links(), now_ms);
    let faults = Faults::new(|call: &Call<'_>| match call.number {
        0 => {
            assert_eq!((call.operation, &call.request["Key"]), ("PutObject", &"t.demo/1".into()));
            Fault::ReplyLost
        }
        1 => Fault::Throttle,
        _ => Fault::None,
    });
    put(&objects.client_with(faults), "t.demo/1", "at the third try").await;
    assert_eq!(get(&objects.client(), "t.demo/1").await.as_deref(), Some("at the third try"));
}

#[tokio::test]
async fn a_bucket_is_listed_page_by_page_in_the_order_of_its_keys() {
    let folder = tempfile::tempdir().unwrap();
    for objects in both(folder.path()) {
        let client = objects.client();
        for key in ["b/2", "a/1&<", "a/2", "a/3", "c"] {
            put(&client, key, "abc").await;
        }
        let (mut keys, mut token, mut pages) = (Vec::new(), None, 0);
        loop {
            let list = client.list_objects_v2().bucket("exports").prefix("a/").max_keys(2);
            let page = list.set_continuation_token(token).send().await.unwrap();
            for object in page.contents() {
                assert_eq!(object.size(), Some(3));
                let put = object.last_modified().unwrap();
                assert_eq!(u64::try_from(put.secs()).unwrap(), NOW_S);
                keys.push(object.key().unwrap().to_owned());
            }
            pages += 1;
            token = page.next_continuation_token().map(ToOwned::to_owned);
            assert_eq!(page.is_truncated(), Some(token.is_some()));
            if token.is_none() {
                break;
            }
        }
        assert_eq!((keys, pages), (["a/1&<", "a/2", "a/3"].map(String::from).to_vec(), 2));
        let other = client.list_objects_v2().bucket("another").send().await.unwrap();
        assert_eq!(other.contents().len(), 0);
    }
}
