//! `annals audit` against a stand-in that answers as the API does, changed logs included.

use super::shell::Shell;
use super::stand_in::{Asked, Told, stand_in};
use crate::rules::root;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::{Arc, Mutex};
use vocabulary::Digest;

type Seen = Arc<Mutex<Vec<Asked>>>;

/// A server that remembers what it was asked. The address of the person and the types is the same
/// for all.
fn server(answer: impl Fn(&Asked) -> Told + Send + Sync + 'static) -> (Shell, Seen) {
    let seen = Seen::default();
    let keep = seen.clone();
    let address = stand_in(move |asked| {
        keep.lock().unwrap().push(asked.clone());
        match asked.path.strip_prefix("/api/v1").unwrap_or(&asked.path) {
            "/me" => told(200, &json!({"id": "auditor-1", "tenant": "t.demo"})),
            "/meta/types" => {
                let of = json!({"name": "customer", "plural": "customers", "label": "Customer", "plural_label": "Customers", "title": "name"});
                told(200, &json!({ "items": [of] }))
            }
            path if path.starts_with("/people") => {
                let emil = json!({"id": "emil-1", "display_name": "Emil Editor", "email": "emil@example.org"});
                told(200, &json!({ "items": [emil] }))
            }
            _ => answer(asked),
        }
    });
    (Shell::new(&address, "token"), seen)
}

fn told(status: u16, body: &Value) -> Told {
    (status, Vec::new(), body.to_string())
}

fn nothing() -> Told {
    told(
        404,
        &json!({"type": "urn:annals:problem:not-found", "title": "There is no such thing here"}),
    )
}

fn asked(seen: &Seen, part: &str) -> Vec<Asked> {
    seen.lock().unwrap().iter().filter(|asked| asked.path.contains(part)).cloned().collect()
}

fn commit(version: u64) -> Value {
    json!({"kind": "commit", "record": {"type": "customer", "id": "lily"}, "version": version, "commit_id": "c",
        "recorded_at": "2026-11-24T05:03:07.123Z", "action": "customer.contact_changed", "actor": {"kind": "app_user", "id": "emil-1"},
        "reason": "She has moved", "correlation_id": "c", "events": ["contact_changed"], "fields": ["/email", "/address/city"],
        "hash": "00"})
}

/// Three commits, and an alarm, over pages of which one is empty.
fn found(asked: &Asked) -> Told {
    let through = "2026-11-24T05:04:00.000Z";
    if asked.path.contains("cursor=two") {
        return told(
            200,
            &json!({"items": [], "next_cursor": "three", "complete_through": through}),
        );
    }
    if asked.path.contains("cursor=three") {
        return told(200, &json!({"items": [commit(1)], "complete_through": through}));
    }
    let alarm = json!({"kind": "alarm", "alarm": "tamper", "record": {"type": "customer", "id": "lily"}, "version": 2,
        "recorded_at": "2026-11-24T05:03:30.000Z", "detail": "a stored commit was overwritten"});
    told(
        200,
        &json!({"items": [alarm, commit(2)], "next_cursor": "two", "complete_through": through}),
    )
}

#[test]
fn a_search_is_shown_with_people_alarms_and_how_far_it_is_complete() {
    let (shell, seen) = server(found);
    let arguments = [
        "audit",
        "search",
        "--actor",
        "Emil Editor",
        "--type",
        "customers",
        "--field",
        "address.city",
        "--since",
        "2026-11-24",
    ];
    let list = shell.annals(&arguments).ends(0).tells("Complete through 2026-11-24 05:04:00Z");
    let lines: Vec<&str> = list.out.lines().collect();
    assert!(
        lines[0].starts_with("WHEN                  WHO          RECORD         VERSION  WHAT"),
        "{}",
        list.out
    );
    assert!(lines[1].contains("customer/lily  2        ALARM: tamper"), "{}", list.out);
    assert!(lines[2].starts_with("2026-11-24 05:03:07Z  Emil Editor  customer/lily  2        customer.contact_changed  email, address.city  She has moved"), "{}", list.out);
    assert_eq!(lines.len(), 4, "an empty page is not the end: {}", list.out);
    let first = &asked(&seen, "/audit/commits")[0].path;
    for part in [
        "actor=emil-1",
        "type=customer&",
        "field=%2Faddress%2Fcity",
        "since=2026-11-24T00%3A00%3A00.000Z",
        "order=desc",
    ] {
        assert!(first.contains(part), "{part}: {first}");
    }
}

#[test]
fn a_search_is_written_for_programs_and_cut_at_its_limit() {
    let (shell, seen) = server(found);
    let json = shell.annals(&["audit", "search", "--limit", "2", "-o", "json"]).ends(0).json();
    assert_eq!((json["items"].as_array().unwrap().len(), &json["next_cursor"]), (2, &json!("two")));
    assert_eq!(json["complete_through"], "2026-11-24T05:04:00.000Z");
    let lines =
        shell.annals(&["audit", "search", "--all", "--oldest-first", "-o", "ndjson"]).ends(0);
    assert_eq!(lines.out.lines().count(), 3);
    assert!(asked(&seen, "/audit/commits").last().unwrap().path.contains("order=asc"));
    shell.annals(&["audit", "search", "--since", "yesterday"]).ends(2).tells("is no instant");
    shell.annals(&["audit", "search", "--record", "lily"]).ends(2).tells("customer/lily");
}

/// The items of a golden case, by record, as the API tells them.
#[derive(Debug, Clone)]
struct Log {
    items: Vec<Value>,
    /// Version and hash of each record, as the view has them.
    heads: Vec<Value>,
}

impl Log {
    fn of(case: &str) -> Self {
        let text = std::fs::read_to_string(root().join("tests/golden/stored.1.json")).unwrap();
        let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
        let named = |name: &str| {
            let case = cases.iter().find(|case| case["name"] == name).unwrap();
            case["items"].as_array().unwrap().clone()
        };
        let mut heads: Vec<Value> = Vec::new();
        for item in named("sound") {
            let pk = item["pk"].as_str().unwrap().to_owned();
            let parts: Vec<&str> = pk.split('#').collect();
            if parts[0] == "t.demo" {
                heads.retain(|head| head["id"] != parts[2]);
                heads.push(json!({"type": parts[1], "id": parts[2], "version": item["rev"], "hash": hash(&item)}));
            }
        }
        Self { items: named(case), heads }
    }

    /// Items in pages of two, heads in one page.
    fn answer(&self, asked: &Asked) -> Told {
        let (path, query) = asked.path.split_once('?').unwrap_or((&asked.path, ""));
        match path.strip_prefix("/api/v1/audit/").unwrap() {
            "heads" => told(200, &json!({ "items": self.heads })),
            "verifications" => told(201, &json!({"id": "V-1"})),
            "verifications/V-1/result" => told(200, &json!({"id": "V-1"})),
            stored => {
                let mut parts = stored.split('/').skip(1);
                let pk = format!("t.demo#{}#{}", parts.next().unwrap(), parts.next().unwrap());
                let items: Vec<&Value> =
                    self.items.iter().filter(|item| item["pk"] == *pk).collect();
                if items.is_empty() && self.heads.is_empty() {
                    return nothing();
                }
                let from: usize = query.strip_prefix("cursor=").map_or(0, |at| at.parse().unwrap());
                let page: Vec<Value> =
                    items.iter().skip(from).take(2).map(|item| shown(item)).collect();
                let mut page = json!({ "items": page });
                if from + 2 < items.len() {
                    page["next_cursor"] = (from + 2).to_string().into();
                }
                told(200, &page)
            }
        }
    }
}

fn shown(item: &Value) -> Value {
    json!({"pk": item["pk"], "version": item["rev"], "prev_hash": item["p"], "text": item["e"], "commit_id": item["c"], "feed": item["d"]})
}

fn hash(item: &Value) -> Digest {
    let prev = Digest::try_from(item["p"].as_str().unwrap().to_owned()).unwrap();
    Digest::of(&[b"annals:commit:v1\0", prev.as_bytes(), item["e"].as_str().unwrap().as_bytes()])
}

const CUSTOMER: &str = "customer/01JQ0000000000000000000000";

#[test]
fn a_sound_log_is_verified_page_by_page_and_the_numbers_are_told_and_recorded() {
    let log = Log::of("sound");
    let (shell, seen) = server(move |asked| log.answer(asked));
    let ran = shell.annals(&["audit", "verify"]).ends(0);
    for row in [
        "Outcome   clean",
        "Records   1",
        "Commits   5",
        "Contents  5",
        "Links     5",
        "Heads     1",
    ] {
        assert!(ran.out.contains(row), "{row}: {}", ran.out);
    }
    let begun = asked(&seen, "/audit/verifications")[0].clone();
    assert_eq!(serde_json::from_str::<Value>(&begun.body).unwrap(), json!({"scope": "all"}));
    assert!(begun.headers.contains_key("idempotency-key"));
    let result = asked(&seen, "/result")[0].clone();
    let expected =
        json!({"outcome": "clean", "records": 1, "commits": 5, "links": 5, "findings": 0});
    assert_eq!(serde_json::from_str::<Value>(&result.body).unwrap(), expected);
    let order: Vec<String> = seen.lock().unwrap().iter().map(|asked| asked.path.clone()).collect();
    let place = |part: &str| order.iter().position(|path| path.contains(part)).unwrap();
    assert!(
        place("/audit/verifications") < place("/audit/heads"),
        "it is recorded before anything is read"
    );
}

#[test]
fn each_fault_has_an_exit_code_of_its_own_and_tells_where_and_what() {
    for (case, code, outcome) in [
        ("edited", 10, "content"),
        ("unlinked first", 10, "content"),
        ("no commit", 10, "content"),
        ("gap", 12, "gap"),
        ("moved", 13, "key_mismatch"),
        ("another day", 13, "key_mismatch"),
        ("edited last", 14, "head"),
        ("cut", 14, "head"),
        ("chained anew", 14, "head"),
        ("nothing", 14, "head"),
    ] {
        let log = Log::of(case);
        let (shell, seen) = server(move |asked| log.answer(asked));
        let ran = shell.annals(&["audit", "verify", "--record", CUSTOMER, "-o", "json"]).ends(code);
        let json = ran.json();
        assert_eq!(
            (&json["outcome"], &json["scope"]),
            (&json!(outcome), &json!(CUSTOMER)),
            "{case}"
        );
        assert_eq!(json["verification"], "V-1");
        let finding = &json["findings"][0];
        assert_eq!(finding["subject"], CUSTOMER, "{case}: {json}");
        assert!(
            finding["version"].is_u64() && finding["expected"] != finding["found"],
            "{case}: {json}"
        );
        let result: Value = serde_json::from_str(&asked(&seen, "/result")[0].body).unwrap();
        assert_eq!((&result["outcome"], &result["commits"]), (&json!(outcome), &json["commits"]));
        assert!(asked(&seen, "/audit/heads")[0].path.contains("record=customer%2F01JQ"));
    }
    // Where no head tells which of two commits was changed.
    let log = Log { heads: Vec::new(), ..Log::of("edited before the last") };
    let (shell, _seen) = server(move |asked| log.answer(asked));
    let ran = shell.annals(&["audit", "verify", "--record", CUSTOMER, "-o", "json"]).ends(11);
    assert_eq!((&ran.json()["outcome"], &ran.json()["heads"]), (&json!("link"), &json!(0)));
}

#[test]
fn heads_that_were_kept_tell_of_what_the_view_has_forgotten() {
    let sound = Log::of("sound");
    let (shell, _seen) = server(move |asked| sound.answer(asked));
    shell
        .annals(&["audit", "verify", "--keep-heads", "heads.ndjson"])
        .ends(0)
        .tells("1 heads were kept");
    let kept = std::fs::read_to_string(shell.path("heads.ndjson")).unwrap();
    // The record and its row are both gone.
    let log = Log { heads: Vec::new(), ..Log::of("nothing") };
    let (shell, _seen) = server(move |asked| log.answer(asked));
    let ran = shell.annals(&["audit", "verify"]).ends(0).tells("Nothing was there to be checked.");
    assert!(ran.out.contains("clean"));
    shell.file("heads.ndjson", kept);
    let arguments = [
        "audit",
        "verify",
        "--heads",
        "heads.ndjson",
        "--keep-heads",
        "later.ndjson",
        "-o",
        "json",
    ];
    let ran = shell.annals(&arguments).ends(14).tells("No heads were kept");
    assert_eq!(ran.json()["findings"][0]["found"], "none; the record has no commits");
    assert!(!shell.path("later.ndjson").exists());
    shell.file("heads.ndjson", "{}\n");
    shell.annals(&arguments).ends(2).tells("line 1: not a head");
}

#[test]
fn a_record_that_is_not_there_is_not_found_and_a_right_that_is_missing_is_told() {
    let log = Log { heads: Vec::new(), ..Log::of("nothing") };
    let (shell, seen) = server(move |asked| log.answer(asked));
    shell
        .annals(&["audit", "verify", "--record", "customer/nobody"])
        .ends(3)
        .tells("customer/nobody");
    assert!(asked(&seen, "/result").is_empty(), "nothing came out");
    let (shell, _seen) = server(|_asked| {
        told(403, &json!({"type": "urn:annals:problem:no-permission", "title": "Not allowed"}))
    });
    shell.annals(&["audit", "verify"]).ends(1).tells("annals whoami");
}

/// The lines and the manifest of an export of the golden case's items.
fn exported(case: &str) -> (String, Value) {
    let mut lines = String::new();
    let (mut first, mut last, mut count) = (Value::Null, Value::Null, 0);
    for item in
        Log::of(case).items.iter().filter(|item| item["pk"].as_str().unwrap().starts_with("t.demo"))
    {
        let said: Value = serde_json::from_str(item["e"].as_str().unwrap()).unwrap();
        let line = line(item, &said);
        last = json!({"record": line["record"], "version": line["version"], "commit_id": line["commit_id"], "recorded_at": line["recorded_at"], "hash": line["hash"]});
        if first.is_null() {
            first = last.clone();
        }
        count += 1;
        lines += &line.to_string();
        lines.push('\n');
    }
    let part = json!({"name": "part-00001.ndjson", "rows": count, "commits": count, "bytes": lines.len(), "sha256": Digest::of(&[lines.as_bytes()])});
    let manifest = json!({"format": "annals-export-v1", "export": "E-1", "tenant": "t.demo", "requested_by": {"kind": "app_user", "id": "auditor-1"},
        "requested_at": "2026-11-24T05:03:07.123Z", "complete_through": "2026-11-24T05:03:07.123Z", "filter": {}, "file_format": "ndjson",
        "commits": count, "rows": count, "first": first, "last": last, "parts": [part]});
    (lines, manifest)
}

/// A line as the API's history would tell it.
fn line(item: &Value, said: &Value) -> Value {
    let redacted = |value: &Value| {
        if value.get("$sealed").is_some() { json!({"redacted": "erased"}) } else { value.clone() }
    };
    let mut actor = json!({"kind": said["actor"]["kind"], "id": said["actor"]["id"]});
    let mut events = said["events"].clone();
    for event in events.as_array_mut().unwrap() {
        if let Some(personal) = event["data"].get_mut("personal") {
            *personal = redacted(personal);
        }
    }
    for (from, to) in [("name", "name"), ("for", "on_behalf_of")] {
        if let Some(value) = said["actor"].get(from) {
            actor[to] = value.clone();
        }
    }
    let first = said["events"][0]["type"].as_str().unwrap();
    let mut line = json!({
        "record": {"type": said["type"], "id": said["id"]}, "version": item["rev"], "commit_id": item["c"],
        "recorded_at": said["at"], "action": format!("customer.{first}"), "actor": actor, "events": events, "changes": [],
        "correlation_id": said.get("correlation").unwrap_or(&item["c"]), "prev_hash": item["p"], "hash": hash(item), "stored": item["e"],
    });
    for (from, to) in
        [("effective_at", "effective_at"), ("reason", "reason"), ("causation", "causation_id")]
    {
        if let Some(value) = said.get(from) {
            line[to] = redacted(value);
        }
    }
    line
}

fn put(shell: &Shell, folder: &str, lines: &str, manifest: &Value) {
    std::fs::create_dir_all(shell.path(folder)).unwrap();
    std::fs::write(shell.path(folder).join("part-00001.ndjson"), lines).unwrap();
    std::fs::write(shell.path(folder).join("manifest.json"), manifest.to_string()).unwrap();
}

/// That the second verifier agrees.
fn agrees(folder: &Path, clean: bool) {
    let (said, code) = crate::verify::theirs(folder);
    assert_eq!(code == 0, clean, "{said}");
}

#[test]
fn an_export_is_verified_offline_by_both_verifiers_alike() {
    // There is no server, nobody is signed in, and no settings can be found.
    let shell = Shell::new("not an address", "");
    let (lines, manifest) = exported("sound");
    put(&shell, "sound", &lines, &manifest);
    let ran = shell.annals(&["audit", "verify", "--export", "sound", "-o", "json"]).ends(0);
    let json = ran.json();
    assert_eq!(
        (&json["commits"], &json["links"], &json["files"]),
        (&json!(5), &json!(5), &json!(1))
    );
    agrees(&shell.path("sound"), true);

    let edited = lines.replacen("on the telephone", "in a dream", 1);
    put(&shell, "edited", &edited, &manifest);
    let ran = shell.annals(&["audit", "verify", "--export", "edited"]).ends(10);
    assert!(ran.out.contains("the line tells something else than its text"), "{}", ran.out);
    agrees(&shell.path("edited"), false);

    let cut: String = lines.split_inclusive('\n').take(3).collect();
    put(&shell, "cut", &cut, &manifest);
    shell.annals(&["audit", "verify", "--export", "cut"]).ends(10);
    agrees(&shell.path("cut"), false);

    // A manifest that was made to fit hides the cut; the next line's `prev_hash` cannot be made to.
    let (lines, manifest) = exported("gap");
    put(&shell, "gap", &lines, &manifest);
    shell.annals(&["audit", "verify", "--export", "gap"]).ends(12);
    agrees(&shell.path("gap"), false);
    let mut filtered = manifest;
    filtered["filter"] = json!({"actor": "a"});
    put(&shell, "filtered", &lines, &filtered);
    let ran = shell.annals(&["audit", "verify", "--export", "filtered", "-o", "json"]).ends(0);
    assert_eq!(ran.tells("only neighbours are linked").json()["links"], 3);
    agrees(&shell.path("filtered"), true);

    std::fs::remove_file(shell.path("sound/part-00001.ndjson")).unwrap();
    shell.annals(&["audit", "verify", "--export", "sound"]).ends(12);
    shell.annals(&["audit", "verify", "--export", "nowhere"]).ends(2).tells("manifest.json");
    shell.file("manifest.json", "{}");
    shell.annals(&["audit", "verify", "--export", "."]).ends(2).tells("no manifest of an export");
}

/// A server with one export, which is done at the third look. Its links are good once it is done,
/// unless `stale`: then only those of the next look are.
fn exporter(lines: String, manifest: &Value, stale: bool) -> (Shell, Seen) {
    let looks = Mutex::new(0);
    let manifest = manifest.to_string();
    server(move |asked| {
        let path = asked.path.split('?').next().unwrap();
        match (asked.method.as_str(), path) {
            ("POST", "/api/v1/audit/exports") => {
                told(202, &json!({"id": "E-1", "state": "queued"}))
            }
            ("GET", "/api/v1/audit/exports/E-1") => {
                let mut looks = looks.lock().unwrap();
                *looks += 1;
                if *looks < 3 {
                    return told(
                        200,
                        &json!({"id": "E-1", "state": "running", "progress": 0.5, "commits": 2}),
                    );
                }
                let file = |name: &str, text: &str| {
                    json!({"name": name, "rows": 5, "commits": 5, "bytes": text.len(),
                    "sha256": Digest::of(&[text.as_bytes()]), "url": format!("/objects/{name}?X-Amz-Signature={looks}")})
                };
                told(
                    200,
                    &json!({"id": "E-1", "state": "done", "progress": 1, "commits": 5, "rows": 5, "bytes": lines.len(),
                    "complete_through": "2026-11-24T05:03:07.123Z", "parts": [file("part-00001.ndjson", &lines)],
                    "manifest": file("manifest.json", &manifest)}),
                )
            }
            (_, file) if stale && asked.path.ends_with("=3") => told(403, &json!(file)),
            (_, "/objects/part-00001.ndjson") => (200, Vec::new(), lines.clone()),
            (_, "/objects/manifest.json") => (200, Vec::new(), manifest.clone()),
            _ => nothing(),
        }
    })
}

#[test]
fn an_export_is_started_followed_fetched_and_can_be_verified() {
    let (lines, manifest) = exported("sound");
    for stale in [false, true] {
        let (shell, seen) = exporter(lines.clone(), &manifest, stale);
        let arguments = [
            "audit",
            "export",
            "--to",
            "taken/away",
            "--actor",
            "me",
            "--until",
            "2026-11-25",
            "--reason",
            "a case",
        ];
        let ran = shell.annals(&arguments).ends(0).tells("audit verify --export taken/away");
        assert!(ran.out.contains("part-00001.ndjson  5"), "{}", ran.out);
        let body: Value = serde_json::from_str(&asked(&seen, "/audit/exports")[0].body).unwrap();
        assert_eq!(
            body,
            json!({"format": "ndjson", "reason": "a case",
            "filter": {"actor": "auditor-1", "until": "2026-11-25T00:00:00.000Z"}})
        );
        for fetched in asked(&seen, "/objects/") {
            assert!(!fetched.headers.contains_key("authorization"), "a link needs no token");
        }
        assert_eq!(
            std::fs::read_to_string(shell.path("taken/away/part-00001.ndjson")).unwrap(),
            lines
        );
        let names: Vec<_> = std::fs::read_dir(shell.path("taken/away")).unwrap().collect();
        assert_eq!(names.len(), 2, "nothing half done is left");
        shell.annals(&["audit", "verify", "--export", "taken/away"]).ends(0);
        // What is there is not fetched again, and nothing else gets between it.
        let before = asked(&seen, "/objects/").len();
        shell
            .annals(&["audit", "export", "--id", "E-1", "--to", "taken/away", "-o", "json"])
            .ends(0);
        assert_eq!(asked(&seen, "/objects/").len(), before);
        shell
            .annals(&["audit", "export", "--id", "E-2", "--to", "taken/away"])
            .ends(2)
            .tells("not empty");
        shell.annals(&["audit", "export", "--to", "taken/away"]).ends(2).tells("not empty");
    }
}

#[test]
fn an_export_that_fails_or_comes_damaged_is_told_and_leaves_no_manifest() {
    let (shell, _seen) = server(|asked| match asked.method.as_str() {
        "POST" => told(202, &json!({"id": "E-1", "state": "queued"})),
        _ => told(200, &json!({"id": "E-1", "state": "failed", "error": "the bucket is gone"})),
    });
    shell
        .annals(&["audit", "export", "--to", "x"])
        .ends(1)
        .tells("export E-1 has failed: the bucket is gone");
    for name in ["part-00001.ndjson", "../part"] {
        let (shell, _seen) = server(move |asked| match asked.method.as_str() {
            "POST" => told(202, &json!({"id": "E-1", "state": "queued"})),
            _ if asked.path.contains("objects") => (200, Vec::new(), "something else".to_owned()),
            _ => told(
                200,
                &json!({"id": "E-1", "state": "done", "parts": [{"name": name, "sha256": "00", "url": "/objects/a"}]}),
            ),
        });
        shell.annals(&["audit", "export", "--to", "x"]).ends(1);
        let names: Vec<_> = std::fs::read_dir(shell.path("x"))
            .unwrap()
            .map(|file| file.unwrap().file_name())
            .collect();
        assert!(names.iter().all(|name| name.to_str().unwrap().ends_with(".partial")), "{names:?}");
        assert!(!shell.path("part").exists());
    }
}
