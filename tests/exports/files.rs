//! What the files hold: each commit that fits, as its history tells it.

use super::{complete, exported, fetched, history, lines, manifest, parts, world, world_with};
use crate::support::{HandClock, World, demo_key, event};
use local::ExportSettings;
use queries::exports::Limits;
use serde_json::{Value, json};
use vocabulary::Digest;

/// Three records that two people work on.
async fn office() -> (World, HandClock) {
    let (world, clock) = world().await;
    let editor = world.caller("editor");
    let admin = world.caller("admin");
    let customer = json!({"id": "C-1", "name": "Lily", "email": "lily@example.org"});
    editor.post("/customers", customer).await.expect(201);
    clock.advance_ms(1_000);
    editor.post("/todos", json!({"id": "T-1", "title": "=HYPERLINK(\"x\")"})).await.expect(201);
    clock.advance_ms(1_000);
    let patch = json!({"email": null, "phone": "+43 1 2345", "notes": "says \"hi\", twice\nor so"});
    let because = admin.with("if-match", "\"1\"").with("x-change-reason", "she%20called");
    because.patch("/customers/C-1", patch).await.expect(200);
    clock.advance_ms(1_000);
    let outsider = world.caller("outsider");
    outsider.post("/customers", json!({"id": "C-9", "name": "Not ours"})).await.expect(201);
    complete(&world, &clock).await;
    (world, clock)
}

#[tokio::test]
async fn a_line_is_the_commit_as_its_history_tells_it_and_as_it_is_stored() {
    let (world, _clock) = office().await;
    let export = exported(&world, json!({"format": "ndjson"})).await;
    let told = lines(&world, &export).await;
    let places: Vec<String> = told
        .iter()
        .map(|line| {
            let record = &line["record"];
            format!("{}/{}@{}", record["type"], record["id"], line["version"]).replace('"', "")
        })
        .collect();
    assert_eq!(places, ["customer/C-1@1", "todo/T-1@1", "customer/C-1@2"]);
    let auditor = world.caller("auditor");
    for line in &told {
        let (of, id) =
            (line["record"]["type"].as_str().unwrap(), line["record"]["id"].as_str().unwrap());
        let path = format!("/{of}s/{id}/history/{}", line["version"]);
        let item = auditor.get(&path).await.expect(200).json();
        let mut rest = line.clone();
        let rest = rest.as_object_mut().unwrap();
        let stored = rest.remove("stored").unwrap();
        rest.remove("record");
        assert_eq!(json!(rest), item);
        let prev = auditor.get(&format!("/audit/stored/{of}/{id}")).await.expect(200).json();
        let version = usize::try_from(line["version"].as_u64().unwrap()).unwrap();
        assert_eq!(stored, prev["items"][version - 1]["text"], "the text is the stored one");
    }
    assert_eq!(told[2]["reason"], "she called");
}

#[tokio::test]
async fn the_manifest_says_what_there_is_and_by_what_it_is_known() {
    let (world, _clock) = office().await;
    let asked = json!({"format": "ndjson", "filter": {"type": "customer"}});
    let export = exported(&world, asked).await;
    let manifest = manifest(&world, &export).await;
    let told = lines(&world, &export).await;
    for (name, value) in [
        ("format", json!("annals-export-v1")),
        ("export", export["id"].clone()),
        ("tenant", json!("t.demo")),
        ("requested_by", export["requested_by"].clone()),
        ("requested_at", export["requested_at"].clone()),
        ("complete_through", export["complete_through"].clone()),
        ("filter", json!({"type": "customer"})),
        ("file_format", json!("ndjson")),
        ("commits", json!(2)),
        ("unreadable", json!(0)),
        ("rows", json!(2)),
    ] {
        assert_eq!(manifest[name], value, "{name}");
    }
    for (name, line) in [("first", &told[0]), ("last", &told[1])] {
        for member in ["record", "version", "commit_id", "recorded_at", "hash"] {
            assert_eq!(manifest[name][member], line[member], "{name} {member}");
        }
    }
    let part = &manifest["parts"][0];
    let bytes = fetched(&world, &export["parts"][0]).await;
    assert_eq!(part["sha256"], json!(Digest::of(&[&bytes])));
    for member in ["name", "rows", "commits", "bytes"] {
        assert_eq!(part[member], export["parts"][0][member], "{member}");
    }
}

#[tokio::test]
async fn a_spreadsheet_has_a_row_for_each_change_and_runs_none_of_them() {
    let (world, _clock) = office().await;
    let export = exported(&world, json!({"format": "csv"})).await;
    let [text] = parts(&world, &export).await.try_into().unwrap();
    let table = parsed(&text);
    assert!(text.ends_with("\r\n"));
    let header = "recorded_at,record_type,record_id,version,action,actor_kind,actor_id,actor_name,\
                  on_behalf_of,reason,path,op,from,to,correlation_id,causation_id,commit_id,hash";
    assert_eq!(table[0].join(","), header);
    let column = |name: &str| table[0].iter().position(|cell| cell == name).unwrap();
    let cell = |row: &Vec<String>, name: &str| row[column(name)].clone();
    let shown: Vec<String> = table[1..]
        .iter()
        .map(|row| {
            let names = ["record_type", "version", "action", "path", "op", "from", "to", "reason"];
            names.map(|name| cell(row, name)).join("|")
        })
        .collect();
    let by = world.caller("editor").get("/customers/C-1").await.expect(200).json()["owner"].clone();
    let by = by.as_str().unwrap();
    assert_eq!(
        shown,
        [
            "customer|1|customer.registered|/email|add||lily@example.org|".to_owned(),
            "customer|1|customer.registered|/name|add||Lily|".to_owned(),
            format!("customer|1|customer.registered|/owner|add||{by}|"),
            "customer|1|customer.registered|/status|add||active|".to_owned(),
            format!("todo|1|todo.added|/assignee|add||{by}|"),
            format!("todo|1|todo.added|/owner|add||{by}|"),
            "todo|1|todo.added|/status|add||open|".to_owned(),
            "todo|1|todo.added|/title|add||'=HYPERLINK(\"x\")|".to_owned(),
            "customer|2|customer.contact_changed|/email|remove|lily@example.org||she called"
                .to_owned(),
            "customer|2|customer.contact_changed|/notes|add||says \"hi\", twice\nor so|she called"
                .to_owned(),
            "customer|2|customer.contact_changed|/phone|add||'+43 1 2345|she called".to_owned(),
        ]
    );
    assert_eq!((&export["rows"], &export["commits"]), (&json!(11), &json!(3)));
    for row in &table[1..] {
        assert_eq!(row.len(), table[0].len());
        assert!(cell(row, "recorded_at").ends_with('Z'));
        assert_eq!(cell(row, "hash").len(), 64);
    }
}

/// Reads RFC 4180 as a spreadsheet does.
fn parsed(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let (mut quoted, mut letters) = (false, text.chars().peekable());
    while let Some(letter) = letters.next() {
        match (quoted, letter) {
            (true, '"') if letters.peek() == Some(&'"') => {
                letters.next();
                cell.push('"');
            }
            (_, '"') => quoted = !quoted,
            (false, ',') => row.push(std::mem::take(&mut cell)),
            (false, '\r') if letters.peek() == Some(&'\n') => {
                letters.next();
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            (_, letter) => cell.push(letter),
        }
    }
    assert!(!quoted && row.is_empty() && cell.is_empty(), "the last row is not ended");
    rows
}

#[tokio::test]
async fn only_what_the_filter_wants_is_taken() {
    let (world, _clock) = office().await;
    let editor = world.caller("editor").get("/me").await.expect(200).json()["id"].clone();
    for (filter, versions) in [
        (json!({"type": "todo"}), vec!["todo/T-1@1"]),
        (json!({"actor": editor}), vec!["customer/C-1@1", "todo/T-1@1"]),
        (json!({"record": "customer/C-1"}), vec!["customer/C-1@1", "customer/C-1@2"]),
        (json!({"action": "customer.contact_changed"}), vec!["customer/C-1@2"]),
        (json!({"field": "/phone"}), vec!["customer/C-1@2"]),
        (json!({"since": "2026-11-22T12:00:02.000Z", "type": "customer"}), vec!["customer/C-1@2"]),
        (json!({"until": "2026-11-22T12:00:01.000Z"}), vec!["customer/C-1@1"]),
        (json!({"type": "person"}), vec![]),
    ] {
        let export = exported(&world, json!({"format": "ndjson", "filter": filter})).await;
        let told = lines(&world, &export).await;
        let places: Vec<String> = told
            .iter()
            .map(|line| {
                format!("{}/{}@{}", line["record"]["type"], line["record"]["id"], line["version"])
            })
            .map(|place| place.replace('"', ""))
            .collect();
        assert_eq!(places, versions, "{filter}");
        let changes = told.iter().all(|line| line["changes"].is_array());
        assert!(changes, "changes are told although commits between were not wanted: {filter}");
    }
}

#[tokio::test]
async fn an_export_of_nothing_has_a_manifest_and_no_part() {
    let (world, clock) = world().await;
    complete(&world, &clock).await;
    let export = exported(&world, json!({"format": "csv", "filter": {"type": "todo"}})).await;
    assert_eq!((&export["parts"], &export["commits"]), (&json!([]), &json!(0)));
    let manifest = manifest(&world, &export).await;
    assert_eq!(manifest["parts"], json!([]));
    assert!(manifest.get("first").is_none());
}

#[tokio::test]
async fn ten_thousand_commits_come_in_parts_of_bounded_size() {
    let limits = Limits { rows: 3_000, bytes: 1_500_000 };
    let (world, clock) = world_with(ExportSettings { limits, ..ExportSettings::default() }).await;
    for id in ["C-1", "C-2"] {
        history(&world, id, 5_000).await;
    }
    complete(&world, &clock).await;
    let export =
        exported(&world, json!({"format": "ndjson", "filter": {"type": "customer"}})).await;
    let parts = parts(&world, &export).await;
    assert_eq!(export["commits"], 10_000);
    assert!(parts.len() >= 4, "{}", parts.len());
    assert!(parts.iter().all(|part| part.len() <= limits.bytes && part.lines().count() <= 3_000));
    let mut seen = std::collections::BTreeSet::new();
    for line in parts.iter().flat_map(|part| part.lines()) {
        let line: Value = serde_json::from_str(line).unwrap();
        let id = line["record"]["id"].as_str().unwrap().to_owned();
        let version = line["version"].as_u64().unwrap();
        assert!(!line["changes"].as_array().unwrap().is_empty(), "{line}");
        assert!(seen.insert((id, version)), "{line} comes twice");
    }
    assert_eq!(seen.len(), 10_000);
}

/// Somebody wrote over a commit behind everybody's back after it was projected.
#[tokio::test]
async fn a_commit_that_cannot_be_read_is_told_as_such_and_counted() {
    let (world, clock) = world().await;
    let key = demo_key("customer", "C-1");
    history(&world, "C-1", 2).await;
    let third =
        world.append(&key, vec![event("renamed", json!({"personal": {"name": "X"}}))]).await;
    history(&world, "C-1", 5).await;
    complete(&world, &clock).await;
    world.put_raw(&third, "not a commit").await;
    let filter = json!({"type": "customer"});
    let export = exported(&world, json!({"format": "ndjson", "filter": filter})).await;
    let told = lines(&world, &export).await;
    assert_eq!((&export["commits"], &export["unreadable"]), (&json!(5), &json!(1)));
    assert_eq!((&told[2]["version"], &told[2]["unreadable"]), (&json!(3), &json!(true)));
    assert_eq!(told[2]["record"], json!({"type": "customer", "id": "C-1"}));
    assert!(told[1]["changes"].is_array());
    assert!(told[3].get("changes").is_none(), "what follows cannot be compared: {}", told[3]);
    assert!(told[3]["stored"].is_string());
    let export = exported(&world, json!({"format": "csv", "filter": filter})).await;
    let [text] = parts(&world, &export).await.try_into().unwrap();
    let unreadable: Vec<Vec<String>> =
        parsed(&text).into_iter().filter(|row| row.contains(&"unreadable".to_owned())).collect();
    assert_eq!((unreadable.len(), unreadable[0][3].as_str()), (1, "3"));
}
