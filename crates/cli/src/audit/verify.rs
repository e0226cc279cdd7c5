//! `annals audit verify`: every record of the workspace, or one, over the API.
//!
//! The server is asked for what is stored; all hashing and comparing is done here. The verification
//! and its result are themselves recorded in the log.

use super::args::Verify;
use super::filter::named;
use super::heads::{self, Kept};
use super::progress::Progress;
use super::told::{outcome, told};
use crate::api::{Api, Call, encoded};
use crate::error::Failure;
use crate::output::{Output, plain, say};
use ::verify::{Beside, Extent, Head, Report, Stored, Verifier};
use http::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How many heads one request asks for.
const HEADS_MAX: &str = "1000";
/// How often there is a look at how far it is.
const TICK: Duration = Duration::from_millis(100);

/// Verifies it; the exit code.
pub(super) fn verify(api: &Api, asked: &Verify, output: Output) -> Result<u8, Failure> {
    let record = asked.record.as_deref().map(named).transpose()?;
    let tenant = plain(api.call(&Call::get("/me"))?.json.get("tenant").unwrap_or(&Value::Null));
    let kept = asked.heads.as_deref().map(|path| heads::read(path, &tenant)).transpose()?;
    let scope = record.unwrap_or("all");
    let begun = Call::write(Method::POST, "/audit/verifications")?;
    let begun = api.call(&begun.body(json!({ "scope": scope }).to_string()))?.json;
    let id = plain(begun.get("id").unwrap_or(&Value::Null));
    let mut records = Records::new(api, tenant, record, kept.unwrap_or_default());
    records.keeps = asked.keep_heads.is_some();
    let (report, seen) = checked(records, asked.jobs)?;
    let result =
        Call::write(Method::POST, format!("/audit/verifications/{}/result", encoded(&id)))?;
    api.call(&result.body(result_of(&report).to_string()))?;
    if let Some(path) = &asked.keep_heads {
        keep(path, &report, &seen)?;
    }
    let about = Map::from_iter([
        ("verification".to_owned(), id.into()),
        ("scope".to_owned(), scope.into()),
    ]);
    told(&report, about, output)
}

fn result_of(report: &Report) -> Value {
    json!({
        "outcome": outcome(report),
        "records": report.records,
        "commits": report.commits,
        "links": report.links,
        "findings": report.found(),
    })
}

/// Heads of a log that is not sound are worth nothing.
fn keep(path: &Path, report: &Report, seen: &[Kept]) -> Result<(), Failure> {
    if report.worst().is_some() {
        say("No heads were kept: the log is not sound.");
        return Ok(());
    }
    heads::write(path, seen)?;
    say(&format!("{} heads were kept in {}.", seen.len(), path.display()));
    Ok(())
}

/// A record, and where it was seen to be.
#[derive(Debug)]
struct Work {
    record_type: String,
    id: String,
    heads: Vec<Kept>,
}

/// The records that are still to be verified: those of the view page by page, then those that only
/// kept heads know of.
#[derive(Debug)]
struct Records<'a> {
    api: &'a Api,
    tenant: String,
    record: Option<&'a str>,
    /// The next page; `None` when there is none.
    next: Option<Call>,
    read: VecDeque<Kept>,
    kept: BTreeMap<String, Kept>,
    /// Whether heads are to be kept, and those that were seen.
    keeps: bool,
    seen: Vec<Kept>,
}

#[derive(Deserialize)]
struct Page<T> {
    items: Vec<T>,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Row {
    #[serde(rename = "type")]
    record_type: String,
    id: String,
    version: vocabulary::Version,
    hash: vocabulary::Digest,
}

/// The attributes of an item, as they stand.
#[derive(Deserialize)]
struct Item {
    pk: String,
    version: Value,
    prev_hash: Option<String>,
    text: Option<String>,
    commit_id: Option<String>,
    feed: Option<String>,
}

impl<'a> Records<'a> {
    fn new(
        api: &'a Api,
        tenant: String,
        record: Option<&'a str>,
        mut kept: BTreeMap<String, Kept>,
    ) -> Self {
        let mut next = Call::get("/audit/heads").parameter("limit", HEADS_MAX);
        if let Some(record) = record {
            next = next.parameter("record", record);
            kept.retain(|_, head| format!("{}/{}", head.record_type, head.id) == record);
        }
        let (read, seen) = (VecDeque::new(), Vec::new());
        Self { api, tenant, record, next: Some(next), read, kept, keeps: false, seen }
    }

    /// The next record; `None` when there is none.
    fn next(&mut self) -> Result<Option<Work>, Failure> {
        while self.read.is_empty() {
            let Some(call) = self.next.take() else { return Ok(self.beyond_the_view()) };
            let page: Page<Row> = page(self.api, &call)?;
            self.next = page.next_cursor.map(|cursor| {
                let call = Call::get("/audit/heads").parameter("limit", HEADS_MAX);
                call.parameter("cursor", &cursor)
            });
            let tenant = &self.tenant;
            self.read.extend(page.items.into_iter().map(|row| Kept {
                tenant: tenant.clone(),
                record_type: row.record_type,
                id: row.id,
                version: row.version,
                hash: row.hash,
            }));
        }
        Ok(self.read.pop_front().map(|head| {
            if self.keeps {
                self.seen.push(head.clone());
            }
            let (record_type, id) = (head.record_type.clone(), head.id.clone());
            let kept = self.kept.remove(&head.pk());
            self.record = None;
            Work { record_type, id, heads: [Some(head), kept].into_iter().flatten().collect() }
        }))
    }

    /// A record that only a kept head knows of, or the one that was asked for and has no row.
    fn beyond_the_view(&mut self) -> Option<Work> {
        let asked = self.record.take();
        if let Some((_, head)) = self.kept.pop_first() {
            let (record_type, id) = (head.record_type.clone(), head.id.clone());
            return Some(Work { record_type, id, heads: vec![head] });
        }
        let (record_type, id) = asked?.split_once('/')?;
        Some(Work { record_type: record_type.to_owned(), id: id.to_owned(), heads: Vec::new() })
    }
}

/// Verifies all records, some at the same time. The first failure ends it.
fn checked(records: Records<'_>, jobs: u8) -> Result<(Report, Vec<Kept>), Failure> {
    let (api, tenant) = (records.api, records.tenant.clone());
    let (records, total) = (Mutex::new(records), Mutex::new(Report::default()));
    let failure: Mutex<Option<Failure>> = Mutex::new(None);
    let work = || {
        while locked(&failure).is_none() {
            let next = locked(&records).next();
            let done =
                next.and_then(|work| work.map(|work| verified(api, &tenant, &work)).transpose());
            match done {
                Ok(Some(report)) => locked(&total).add(report),
                Ok(None) => break,
                Err(cause) => {
                    locked(&failure).get_or_insert(cause);
                }
            }
        }
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs).map(|_| scope.spawn(work)).collect();
        let mut progress = Progress::begin();
        while !workers.iter().all(std::thread::ScopedJoinHandle::is_finished) {
            progress.tick(|| {
                let total = locked(&total);
                format!("{} commits of {} records", total.commits, total.records)
            });
            std::thread::park_timeout(TICK);
        }
    });
    match failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(cause) => Err(cause),
        None => Ok((
            total.into_inner().unwrap_or_else(PoisonError::into_inner),
            records.into_inner().unwrap_or_else(PoisonError::into_inner).seen,
        )),
    }
}

/// One record, page by page.
fn verified(api: &Api, tenant: &str, work: &Work) -> Result<Report, Failure> {
    let Work { record_type, id, heads } = work;
    let pk = format!("{tenant}#{record_type}#{id}");
    let mut verifier = Verifier::new(Extent::Whole);
    for head in heads {
        verifier.expect(&Head { pk: &pk, version: head.version.get(), hash: head.hash });
    }
    let first = Call::get(format!("/audit/stored/{}/{}", encoded(record_type), encoded(id)));
    let mut next = Some(first.clone());
    while let Some(call) = next.take() {
        let page: Page<Item> = match page(api, &call) {
            // Nothing is left of it, which is what the heads will say.
            Err(Failure::Problem(problem)) if problem.status == 404 && !heads.is_empty() => break,
            Err(failure) => return Err(failure.about(|| format!("{record_type}/{id}"))),
            Ok(page) => page,
        };
        for item in &page.items {
            verifier.item(&Stored {
                pk: &item.pk,
                version: item.version.as_u64(),
                prev_hash: item.prev_hash.as_deref(),
                text: item.text.as_deref(),
                beside: Beside::Table {
                    commit_id: item.commit_id.as_deref(),
                    feed: item.feed.as_deref(),
                },
            });
        }
        next = page.next_cursor.map(|cursor| first.clone().parameter("cursor", &cursor));
    }
    Ok(verifier.finish())
}

fn page<T: for<'de> Deserialize<'de>>(api: &Api, call: &Call) -> Result<Page<T>, Failure> {
    let json = api.call(call)?.json;
    let strange = |_other_shape| Failure::Strange { url: api.url.clone(), status: 200 };
    serde_json::from_value(json).map_err(strange)
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
