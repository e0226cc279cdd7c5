//! What a command costs with its views and their indexes: every request that it leads to is made once more
//! against an engine of its own, which says the units.

use super::{page, section};
use crate::support::World;
use engine::{Call, Engine, Fault, Faults};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use store::{Store, Tables};

type Calls = Arc<Mutex<Vec<(String, Value)>>>;

/// Notes every request to the tables, in the order in which they were made.
fn noting(calls: &Calls) -> Faults {
    let calls = calls.clone();
    Faults::new(move |call: &Call<'_>| {
        calls.lock().unwrap().push((call.operation.to_owned(), call.request.clone()));
        Fault::None
    })
}

/// Units, in tenths, so that halves can be added without floats: of writes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Units {
    write: u64,
}

/// Makes the requests again, in order, and adds up what DynamoDB would charge, by table or index.
async fn charged(ledger: &Engine, calls: Vec<(String, Value)>) -> BTreeMap<String, Units> {
    let mut sums: BTreeMap<String, Units> = BTreeMap::new();
    for (operation, mut request) in calls {
        if operation == "DescribeTable" {
            continue;
        }
        request["ReturnConsumedCapacity"] = "INDEXES".into();
        let target = format!("DynamoDB_20120810.{operation}");
        let (status, answer) = ledger.answer_http(&target, request.to_string()).await;
        assert_eq!(status, 200, "{operation}: {answer}");
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let one = &answer["ConsumedCapacity"];
        let consumed = one.as_array().cloned().unwrap_or_else(|| vec![one.clone()]);
        let reads = ["GetItem", "Query", "Scan", "BatchGetItem"].contains(&operation.as_str());
        for of in consumed {
            let table = of["TableName"].as_str().unwrap_or_else(|| panic!("{operation}: {of}"));
            add(&mut sums, table, &of["Table"], reads);
            for index in ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"] {
                for (name, of) in of[index].as_object().into_iter().flatten() {
                    add(&mut sums, &format!("{table}/{name}"), of, reads);
                }
            }
        }
    }
    sums
}

fn add(sums: &mut BTreeMap<String, Units>, name: &str, of: &Value, reads: bool) {
    let tenths = tenths(&of["CapacityUnits"]);
    let name = name.strip_prefix("annals-").unwrap_or(name).to_owned();
    let units = sums.entry(name).or_default();
    if !reads {
        units.write += tenths;
    }
}

fn tenths(units: &Value) -> u64 {
    let text = units.to_string();
    let (whole, rest) = text.split_once('.').unwrap_or((&text, "0"));
    whole.parse::<u64>().unwrap_or(0) * 10 + rest[..1].parse::<u64>().unwrap()
}

fn shown(tenths: u64) -> String {
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// The row of the document: what it is, units written to the log, to the views, and to all of these. What is
/// read, and what the control table keeps of a batch, depends on how the stream's readers cut their batches.
fn row(what: &str, sums: &BTreeMap<String, Units>) -> String {
    let of = |wanted: &[&str]| {
        let mut units = Units::default();
        for (name, found) in sums {
            let table = name.split('/').next().unwrap();
            if wanted.contains(&table) {
                units.write += found.write;
            }
        }
        units
    };
    let (log, records) = (of(&["events"]), of(&["records"]));
    let (counts, audit) = (of(&["counts"]), of(&["audit"]));
    let all = of(&["events", "records", "counts", "audit"]);
    let writes = [log, records, counts, audit, all].map(|units| shown(units.write));
    format!("| {what} | {} |", writes.join(" | "))
}

#[tokio::test]
async fn the_document_tells_the_units_that_a_command_really_costs_with_its_views() {
    let calls = Calls::default();
    let faults = noting(&calls);
    let world = World::start_with(|mut settings| {
        settings.faults = faults;
        settings.rebuilds.worker = false;
        settings
    })
    .await;
    world.first_run_over().await;
    world.stack.settled().await;
    let ledger = Engine::memory().unwrap();
    Store::new(ledger.dynamodb(), Tables::of_stack("annals")).create_tables().await.unwrap();
    let taken = || std::mem::take(&mut *calls.lock().unwrap());
    let before: Vec<_> =
        taken().into_iter().filter(|(operation, _)| operation.contains("Item")).collect();
    charged(&ledger, before).await;

    let editor = world.caller("editor");
    let customer = json!({"id": "C-1", "name": "Marktgemeinde Sankt Georgen", "email": "amt@example.org",
        "phone": "+43 7473 2312-0", "address": {"city": "St. Georgen", "country": "Österreich"},
        "tags": ["council"]});
    let mut rows = Vec::new();
    editor.post("/customers", customer).await.expect(201);
    world.stack.settled().await;
    rows.push(row("create a customer", &charged(&ledger, taken()).await));
    for (what, body) in [
        ("edit a field that lists do not show", json!({"notes": "Call after ten."})),
        ("edit a field that lists show", json!({"name": "Marktgemeinde St. Georgen"})),
    ] {
        let etag = editor.get("/customers/C-1").await.header("etag").to_owned();
        world.stack.settled().await;
        drop(taken());
        editor.with("if-match", &etag).patch("/customers/C-1", body).await.expect(200);
        world.stack.settled().await;
        rows.push(row(what, &charged(&ledger, taken()).await));
    }
    let why = json!({"reason": "moved to Graz"});
    editor.post("/customers/C-1/archive", why).await.expect(200);
    world.stack.settled().await;
    rows.push(row("archive it", &charged(&ledger, taken()).await));

    let page = page();
    let told: Vec<&str> = section(&page, "What it costs")
        .lines()
        .filter(|line| {
            ["| create a", "| edit a", "| archive it"].iter().any(|of| line.starts_with(of))
        })
        .collect();
    assert_eq!(told, rows, "docs/operate.md, \"What it costs\"");
}
