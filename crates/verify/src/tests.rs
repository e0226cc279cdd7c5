//! Logs made by hand, then changed by hand.

use crate::{Beside, Export, Extent, FINDINGS_KEPT, Fault, Head, Report, Stored, Verifier};
use serde_json::{Value, json};
use vocabulary::Digest;

const PK: &str = "t.demo#customer#C-1";

/// An item of the table.
#[derive(Debug, Clone)]
struct Item {
    pk: String,
    version: u64,
    prev: Digest,
    text: String,
    commit_id: String,
    feed: String,
}

impl Item {
    fn hash(&self) -> Digest {
        Digest::of(&[b"annals:commit:v1\0", self.prev.as_bytes(), self.text.as_bytes()])
    }

    /// Other contents, same place.
    fn edit(&mut self) {
        self.text = self.text.replace("Lily", "Emil");
    }
}

/// A record's log, so long.
fn log_of(pk: &str, commits: u64) -> Vec<Item> {
    let mut prev = Digest::of(&[b"annals:genesis:v1\0", pk.as_bytes()]);
    let parts: Vec<&str> = pk.split('#').collect();
    let shard = Digest::of(&[pk.as_bytes()]).shard(16);
    let mut log = Vec::new();
    for version in 1..=commits {
        let commit_id = format!("01M822Z00000000000000{version:05}");
        let text = format!(
            r#"{{"format":1,"commit":"{commit_id}","tenant":"{}","type":"{}","id":"{}","rev":{version},"at":"2026-11-22T12:00:00.123Z","actor":{{"kind":"app_user","id":"a"}},"app":"0.1.0","events":[{{"type":"renamed","schema":1,"data":{{"personal":{{"name":"Lily"}}}}}}]}}"#,
            parts[0], parts[1], parts[2]
        );
        let item = Item {
            pk: pk.to_owned(),
            version,
            prev,
            text,
            commit_id,
            feed: format!("20261122#{shard}"),
        };
        prev = item.hash();
        log.push(item);
    }
    log
}

fn log() -> Vec<Item> {
    log_of(PK, 6)
}

fn verified_with(heads: &[(&str, u64, Digest)], items: &[Item], extent: Extent) -> Report {
    let mut verifier = Verifier::new(extent);
    for (pk, version, hash) in heads {
        verifier.expect(&Head { pk, version: *version, hash: *hash });
    }
    for item in items {
        let prev = item.prev.to_string();
        verifier.item(&Stored {
            pk: &item.pk,
            version: Some(item.version),
            prev_hash: Some(&prev),
            text: Some(&item.text),
            beside: Beside::Table { commit_id: Some(&item.commit_id), feed: Some(&item.feed) },
        });
    }
    verifier.finish()
}

/// What is found, and at which versions.
fn found(report: &Report) -> Vec<(Fault, u64)> {
    report.findings.iter().map(|finding| (finding.fault, finding.version.unwrap_or(0))).collect()
}

fn alone(items: &[Item]) -> Vec<(Fault, u64)> {
    found(&verified_with(&[], items, Extent::Whole))
}

/// The same with the head that the log had before it was changed.
fn with_head(items: &[Item]) -> Vec<(Fault, u64)> {
    let log = log();
    found(&verified_with(&[(PK, 6, log[5].hash())], items, Extent::Whole))
}

#[test]
fn a_sound_log_is_clean_and_everything_in_it_was_counted() {
    let items = [log(), log_of("t.demo#todo#T-1", 3)].concat();
    let head = (PK, 4, log()[3].hash());
    let report = verified_with(&[head], &items, Extent::Whole);
    assert_eq!((report.worst(), report.found()), (None, 0));
    let Report { records, commits, contents, links, heads, .. } = report;
    assert_eq!((records, commits, contents, links, heads), (2, 9, 9, 9, 1));
}

#[test]
fn nothing_checked_is_counted_as_nothing() {
    let report = verified_with(&[], &[], Extent::Whole);
    assert_eq!((report.records, report.commits, report.links), (0, 0, 0));
}

#[test]
fn an_edited_text_is_told_from_an_edited_link() {
    let mut items = log();
    items[2].edit();
    assert_eq!(alone(&items), [(Fault::Content, 3)], "4 is as 5 saw it, so 3 is not");
    let mut items = log();
    items[2].prev = Digest::of(&[b"elsewhere"]);
    assert_eq!(alone(&items), [(Fault::Link, 3), (Fault::Content, 3)], "3 is not as 4 saw it");
    // Nothing comes after the last: only its head, seen elsewhere, tells the two apart.
    let mut items = log();
    items[4].edit();
    assert_eq!(alone(&items), [(Fault::Link, 6)]);
    assert_eq!(with_head(&items), [(Fault::Content, 5)]);
    let mut items = log();
    items[5].prev = Digest::of(&[b"elsewhere"]);
    assert_eq!(alone(&items), [(Fault::Link, 6)]);
    assert_eq!(with_head(&items), [(Fault::Head, 6), (Fault::Link, 6)]);
}

#[test]
fn a_first_commit_has_to_begin_its_record() {
    let mut items = log();
    items[0].prev = items[3].prev;
    let findings = alone(&items);
    assert_eq!(findings, [(Fault::Link, 1), (Fault::Content, 1)]);
}

#[test]
fn the_end_of_a_record_is_beyond_its_chain() {
    let mut edited = log();
    edited[5].edit();
    let mut rechained = log();
    rechained[1].edit();
    for later in 2..6 {
        rechained[later].prev = rechained[later - 1].hash();
    }
    for items in [edited, rechained] {
        assert_eq!(alone(&items), []);
        assert_eq!(with_head(&items), [(Fault::Head, 6)]);
    }
    for left in [5, 1, 0] {
        let items = &log()[..left];
        assert_eq!(alone(items), []);
        assert_eq!(with_head(items), [(Fault::Head, 6)]);
    }
    let longer = log_of(PK, 8);
    assert_eq!(with_head(&longer), [], "a log may go on after its head was seen");
}

#[test]
fn a_record_may_have_been_seen_more_than_once() {
    let log = log();
    let (old, new) = ((PK, 2, log[1].hash()), (PK, 6, log[5].hash()));
    let report = verified_with(&[old, new], &log, Extent::Whole);
    assert_eq!((report.found(), report.heads, report.records), (0, 2, 1));
    let forged = (PK, 2, Digest::of(&[b"elsewhere"]));
    let report = verified_with(&[forged, new], &log, Extent::Whole);
    assert_eq!(found(&report), [(Fault::Head, 2)]);
}

#[test]
fn reports_of_other_records_add_up() {
    let mut edited = log();
    edited[2].edit();
    let mut all = verified_with(&[], &edited, Extent::Whole);
    all.add(verified_with(&[], &log_of("t.demo#todo#T-1", 3)[1..], Extent::Whole));
    assert_eq!((all.records, all.commits, all.contents, all.links), (2, 8, 8, 7));
    assert_eq!((all.worst(), all.found()), (Some(Fault::Content), 2));
}

#[test]
fn a_missing_commit_is_a_gap_and_links_across_it_are_not_counted() {
    for (gone, links) in [(0, 4), (2, 4), (3, 4)] {
        let mut items = log();
        items.remove(gone);
        let report = verified_with(&[], &items, Extent::Whole);
        let after = u64::try_from(gone).unwrap() + 2;
        assert_eq!(found(&report), [(Fault::Gap, after)]);
        assert_eq!((report.commits, report.contents, report.links), (5, 5, links));
    }
}

#[test]
fn a_filter_may_leave_gaps_out_but_nothing_may_be_there_twice() {
    let log = log();
    let picked = [log[1].clone(), log[2].clone(), log[5].clone()];
    let report = verified_with(&[], &picked, Extent::Selection);
    assert_eq!((report.found(), report.commits, report.links), (0, 3, 1));
    assert_eq!(found(&verified_with(&[], &picked, Extent::Run)), [(Fault::Gap, 6)]);
    assert_eq!(found(&verified_with(&[], &picked[..2], Extent::Run)), []);
    assert_eq!(found(&verified_with(&[], &picked[..2], Extent::Whole)), [(Fault::Gap, 2)]);
    let twice = [log[1].clone(), log[1].clone()];
    assert_eq!(found(&verified_with(&[], &twice, Extent::Selection)), [(Fault::Gap, 2)]);
    let mut edited = picked;
    edited[1].edit();
    edited[2].edit();
    let report = verified_with(&[], &edited, Extent::Selection);
    assert_eq!(found(&report), [], "what comes after an edited commit was left out");
}

#[test]
fn an_item_in_another_place_than_its_text_says_is_a_mismatch_and_no_broken_link() {
    let mut swapped = log();
    let (second, fourth) = (swapped[1].clone(), swapped[3].clone());
    swapped[1] = Item { version: 2, ..fourth };
    swapped[3] = Item { version: 4, ..second };
    assert_eq!(alone(&swapped), [(Fault::KeyMismatch, 2), (Fault::KeyMismatch, 4)]);
    let mut moved = log();
    moved[2] = Item { pk: PK.to_owned(), ..log_of("t.demo#customer#C-2", 3)[2].clone() };
    let report = verified_with(&[], &moved, Extent::Whole);
    // The shard is that of the other record too.
    assert_eq!(found(&report), [(Fault::KeyMismatch, 3), (Fault::KeyMismatch, 3)]);
    assert_eq!((report.contents, report.links), (6, 4));
    assert_eq!(report.findings[0].found, "t.demo#customer#C-2");
}

#[test]
fn what_an_item_is_indexed_under_is_compared_and_breaks_no_link() {
    let mut items = log();
    items[2].commit_id = "01M822Z0000000000000000ZZZ".to_owned();
    items[3].feed = "20261123#0".to_owned();
    let report = verified_with(&[], &items, Extent::Whole);
    assert_eq!(found(&report), [(Fault::KeyMismatch, 3), (Fault::KeyMismatch, 4)]);
    assert_eq!(report.links, 6);
}

#[test]
fn a_text_that_is_no_commit_is_told_without_being_quoted() {
    for text in [
        "{\"format\":1,\"secret\":\"Lily\"}".to_owned(),
        "Lily".to_owned(),
        String::new(),
        log()[2].text.replace("\"format\":1", "\"format\":7"),
        log()[2].text.replace("\"rev\":3", "\"rev\":\"Lily\""),
        log()[2].text.replace("\"rev\":3", "\"rev\":3,\"rev\":3"),
        format!("{} Lily", log()[2].text),
    ] {
        let mut items = log();
        items[2].text = text;
        let report = verified_with(&[], &items, Extent::Whole);
        assert_eq!(found(&report), [(Fault::Content, 3)], "{}", items[2].text);
        assert_eq!((report.commits, report.contents, report.links), (6, 5, 4));
        assert!(!format!("{report:?}").contains("Lily"), "{report:?}");
    }
}

#[test]
fn attributes_that_are_missing_are_told() {
    let none = Beside::Table { commit_id: None, feed: None };
    let mut verifier = Verifier::new(Extent::Whole);
    verifier.item(&Stored { pk: PK, version: Some(1), prev_hash: None, text: None, beside: none });
    let item = &log()[1];
    let stored = Stored {
        pk: PK,
        version: None,
        prev_hash: Some("zz"),
        text: Some(&item.text),
        beside: none,
    };
    verifier.item(&stored);
    let report = verifier.finish();
    let faults = [(Fault::Content, 1), (Fault::Content, 0), (Fault::Gap, 0)];
    assert_eq!(found(&report), faults);
    assert_eq!((report.commits, report.contents, report.links), (2, 0, 0));
}

#[test]
fn the_first_thousand_findings_are_kept_and_all_are_counted() {
    let mut items = log_of(PK, 3_000);
    for item in &mut items {
        item.feed = "elsewhere".to_owned();
    }
    let report = verified_with(&[], &items, Extent::Whole);
    assert_eq!((report.findings.len(), report.found()), (FINDINGS_KEPT, 3_000));
    assert_eq!(report.counts()[&Fault::KeyMismatch], 3_000);
}

#[test]
fn a_record_that_is_done_is_forgotten_and_found_out() {
    let log = log();
    let mut verifier = Verifier::new(Extent::Whole);
    verifier.expect(&Head { pk: PK, version: 9, hash: log[5].hash() });
    verifier.done(PK);
    assert_eq!(verifier.so_far().worst(), Some(Fault::Head));
    assert_eq!(verifier.finish().records, 1);
}

/// An export's line.
fn line(item: &Item) -> Value {
    let said: Value = serde_json::from_str(&item.text).unwrap();
    json!({
        "record": {"type": said["type"], "id": said["id"]}, "version": item.version,
        "commit_id": item.commit_id, "recorded_at": said["at"], "action": "customer.renamed",
        "actor": said["actor"], "correlation_id": item.commit_id, "events": said["events"],
        "changes": [], "prev_hash": item.prev, "hash": item.hash(), "stored": item.text,
    })
}

fn text_of(lines: &[Value]) -> String {
    lines.iter().flat_map(|line| [line.to_string(), "\n".to_owned()]).collect()
}

/// A manifest over files of lines.
fn manifest(files: &[&[Value]], filter: &Value) -> Value {
    let parts: Vec<Value> = files
        .iter()
        .enumerate()
        .map(|(number, lines)| {
            let text = text_of(lines);
            json!({"name": format!("part-{:05}.ndjson", number + 1), "rows": lines.len(), "commits": lines.len(),
                "bytes": text.len(), "sha256": Digest::of(&[text.as_bytes()])})
        })
        .collect();
    let all = files.concat();
    let end = |line: Option<&Value>| {
        line.map(|line| json!({"record": line["record"], "version": line["version"], "hash": line["hash"]}))
    };
    json!({"format": "annals-export-v1", "tenant": "t.demo", "filter": filter, "file_format": "ndjson",
        "commits": all.len(), "rows": all.len(), "first": end(all.first()), "last": end(all.last()), "parts": parts})
}

fn verified_export(manifest: &Value, files: &[&[Value]]) -> Report {
    let mut export = Export::of(&manifest.to_string()).unwrap();
    for lines in files {
        for line in text_of(lines).split_inclusive('\n') {
            export.line(line.as_bytes());
        }
        export.file_ends();
    }
    export.finish()
}

#[test]
fn an_export_is_verified_file_by_file_and_commit_by_commit() {
    let lines: Vec<Value> = log().iter().map(line).collect();
    let files = [&lines[..4], &lines[4..]];
    let sound = manifest(&files, &json!({}));
    let report = verified_export(&sound, &files);
    assert_eq!((found(&report), report.files), (vec![], 2));
    assert_eq!((report.records, report.commits, report.links), (1, 6, 6));

    let mut edited = lines.clone();
    edited[2]["stored"] = edited[2]["stored"].as_str().unwrap().replace("Lily", "Emil").into();
    let report = verified_export(&sound, &[&edited[..4], &edited[4..]]);
    // The text, what the line tells of it, and the file.
    let faults = [(Fault::Content, 3), (Fault::Content, 3), (Fault::Content, 0)];
    assert_eq!(found(&report), faults);
    assert_eq!(report.findings[2].subject, "part-00001.ndjson");

    let mut told = lines.clone();
    told[2]["actor"]["id"] = "somebody-else".into();
    let files = [&told[..4], &told[4..]];
    let report = verified_export(&manifest(&files, &json!({})), &files);
    assert_eq!(found(&report), [(Fault::Content, 3)], "a line that lies, under a new manifest");
    assert_eq!(report.findings[0].expected, "`actor` as in the text");

    let cut = [&lines[..4]];
    let report = verified_export(&sound, &cut);
    assert_eq!(found(&report), [(Fault::Gap, 0), (Fault::Gap, 0), (Fault::Head, 0)]);
}

#[test]
fn the_filter_says_which_gaps_are_none() {
    let lines: Vec<Value> = log().iter().map(line).collect();
    let picked = [lines[1].clone(), lines[2].clone(), lines[4].clone()];
    let files = [&picked[..]];
    for (filter, gaps) in [
        (json!({"actor": "a"}), 0),
        (json!({"field": "/name", "type": "customer"}), 0),
        (json!({"since": "2026-11-22T12:00:00.000Z"}), 1),
        (json!({"type": "customer", "until": "2026-11-22T13:00:00.000Z"}), 2),
        (json!({"actor": null}), 2),
        (json!({}), 2),
    ] {
        let report = verified_export(&manifest(&files, &filter), &files);
        assert_eq!(report.counts().get(&Fault::Gap).copied().unwrap_or(0), gaps, "{filter}");
        assert_eq!((report.found(), report.links), (gaps, 1), "{filter}");
    }
}

#[test]
fn a_csv_export_is_verified_by_its_files_alone() {
    let text = "a,b\r\n1,\"two\r\nlines \"\"x\"\"\"\r\n2,3\r\n";
    let part = json!({"name": "part-00001.csv", "rows": 2, "commits": 1, "bytes": text.len(),
        "sha256": Digest::of(&[text.as_bytes()])});
    let manifest = json!({"format": "annals-export-v1", "tenant": "t.demo", "filter": {}, "file_format": "csv",
        "commits": 1, "rows": 2, "parts": [part]});
    for (text, faults) in
        [(text, vec![]), (&text[..text.len() - 5], vec![Fault::Content, Fault::Gap])]
    {
        let mut export = Export::of(&manifest.to_string()).unwrap();
        for line in text.split_inclusive('\n') {
            export.line(line.as_bytes());
        }
        export.file_ends();
        let report = export.finish();
        let found: Vec<Fault> = report.findings.iter().map(|finding| finding.fault).collect();
        assert_eq!(found, faults);
        assert_eq!(
            (report.commits, report.links, report.files),
            (0, 0, 1),
            "nothing else was checked"
        );
    }
}

#[test]
fn a_manifest_of_another_kind_or_with_a_way_out_is_refused() {
    let part = |name: &str| {
        json!({"format": "annals-export-v1", "tenant": "t.demo", "filter": {}, "file_format": "ndjson", "commits": 0, "rows": 0,
            "parts": [{"name": name, "rows": 0, "commits": 0, "bytes": 0, "sha256": ""}]})
    };
    assert!(Export::of(&part("part-1.ndjson").to_string()).is_ok());
    for name in ["../secret", "/etc/passwd", "a/b", "", "..", ".hidden", "a\\b"] {
        assert!(Export::of(&part(name).to_string()).is_err(), "{name}");
    }
    let mut newer = part("part-1.ndjson");
    newer["format"] = "annals-export-v2".into();
    assert!(Export::of(&newer.to_string()).is_err());
    assert!(Export::of("[]").is_err());
}
