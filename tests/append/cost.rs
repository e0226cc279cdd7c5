//! What a command costs: one write unit on the table, one on its index.

use crate::support::{Caller, Wire, World, draft, event};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use local::Settings;
use serde_json::{Value, json};
use std::collections::HashMap;
use store::{Draft, Recorded};
use vocabulary::{
    Actor, ActorId, ActorKind, ActorName, Instant, Personal, RecordId, RecordKey, Tenant, TypeName,
};

const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const PERSON: &str = "5ab1e000-0000-4000-8000-000000000001";

/// Sends one command after the other and asks what each of their puts costs.
struct Till<'a> {
    editor: Caller<'a>,
    wire: &'a Wire,
    ledger: &'a World,
}

impl Till<'_> {
    /// One command that appends one commit; says the version that it led to.
    async fn sells(&self, method: &str, path: &str, body: Value) -> Value {
        let key = format!("0d7c0b4e-3f0a-4d0e-9d6c-{:012x}", fastrand::u64(..1 << 48));
        let mut caller = self.editor.with("idempotency-key", &key).with("traceparent", TRACE);
        if method == "DELETE" {
            caller = caller.with("x-change-reason", "the%20records%20were%20merged");
        }
        let answer = caller.send(method, path, Some(body)).await;
        assert!([200, 201].contains(&answer.status), "{method} {path}: {answer:?}");
        let puts = self.wire.take_puts();
        let [put] = puts.as_slice() else { panic!("{method} {path} put {} items", puts.len()) };
        let units = self.units_of(put).await;
        assert_eq!(units, ["table 1", "feed 1"], "{method} {path}: {}", put["e"]["S"]);
        answer.json()
    }

    /// Edits a record, one patch after the other.
    async fn sells_edits(&self, path: &str, version: &mut u64, patches: &[Value]) {
        for patch in patches {
            let tag = format!("\"{version}\"");
            let till = Till { editor: self.editor.with("if-match", &tag), ..*self };
            let record = till.sells("PATCH", path, patch.clone()).await;
            *version += 1;
            assert_eq!(record["version"], *version, "{patch}");
        }
    }

    /// What DynamoDB charges for the very item, put once more into the same table of another stack.
    async fn units_of(&self, item: &Value) -> Vec<String> {
        let item: HashMap<String, AttributeValue> = item
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| (name.clone(), attribute(value)))
            .collect();
        let client = self.ledger.stack.engine.dynamodb();
        let answer = client
            .put_item()
            .table_name("annals-events")
            .set_item(Some(item))
            .return_consumed_capacity(ReturnConsumedCapacity::Indexes)
            .send()
            .await
            .unwrap();
        let consumed = answer.consumed_capacity.unwrap();
        let units = |units: Option<f64>| units.unwrap().to_string();
        let table = format!("table {}", units(consumed.table().unwrap().capacity_units()));
        let indexes = consumed.global_secondary_indexes().unwrap().iter();
        let indexes =
            indexes.map(|(name, index)| format!("{name} {}", units(index.capacity_units())));
        [table].into_iter().chain(indexes).collect()
    }
}

fn attribute(value: &Value) -> AttributeValue {
    let (kind, value) = value.as_object().unwrap().iter().next().unwrap();
    let text = value.as_str().unwrap();
    match kind.as_str() {
        "S" => AttributeValue::S(text.to_owned()),
        "N" => AttributeValue::N(text.to_owned()),
        "B" => AttributeValue::B(Blob::new(STANDARD.decode(text).unwrap())),
        other => panic!("a commit's item holds no {other}"),
    }
}

#[tokio::test]
async fn the_usual_command_costs_one_write_unit_and_one_on_the_feed() {
    let (wire, ledger) = (Wire::default(), World::start().await);
    let faults = wire.faults();
    let world = World::start_with(|settings| Settings { faults, ..settings }).await;
    let till = Till { editor: world.caller("editor"), wire: &wire, ledger: &ledger };
    customers_cost_one(&till).await;
    todos_cost_one(&till).await;
    people_cost_one(&till).await;
}

async fn customers_cost_one(till: &Till<'_>) {
    let whole = json!({
        "name": "Marktgemeinde Sankt Georgen am Ybbsfelde",
        "email": "gemeindeamt@st-georgen-ybbsfelde.example",
        "phone": "+43 7473 2312-0",
        "company": "Marktgemeinde Sankt Georgen",
        "address": {"line1": "Marktstraße 30", "postal_code": "3304", "city": "St. Georgen", "country": "Österreich"},
        "notes": "Call after ten.",
        "tags": ["council", "prefers-letters"],
    });
    let id = till.sells("POST", "/customers", whole).await["id"].as_str().unwrap().to_owned();
    let (path, mut version) = (format!("/customers/{id}"), 1);
    let patches = [
        json!({"name": "Marktgemeinde St. Georgen"}),
        json!({"email": "amt@st-georgen-ybbsfelde.example"}),
        json!({"phone": "+43 7473 2312-10"}),
        json!({"company": null}),
        json!({"address": {"line2": "2. Stock"}}),
        json!({"address": null}),
        json!({"notes": "Closed on Fridays. ".repeat(10)}),
        json!({"notes": null}),
        json!({"tags": ["council", "paid", "lower-austria"]}),
        json!({"name": "St. Georgen", "email": "post@st-georgen.example", "phone": "+43 1 1", "tags": [],
               "address": {"city": "St. Georgen", "postal_code": "3304"}}),
    ];
    till.sells_edits(&path, &mut version, &patches).await;
    till.sells("POST", &format!("{path}/hand_over"), json!({"to": PERSON})).await;
    till.sells("POST", &format!("{path}/archive"), json!({"reason": "moved to Graz"})).await;
    till.sells("POST", &format!("{path}/reinstate"), json!({})).await;
    till.sells("DELETE", &path, json!({})).await;
}

async fn todos_cost_one(till: &Till<'_>) {
    let customer = "01JQ0000000000000000000000";
    let whole = json!({
        "title": "Ask the council for the signed agreement",
        "due_on": "2026-12-24",
        "assignee": PERSON,
        "customer_id": customer,
        "notes": "They promised it for the end of the month; the clerk is away until Tuesday.",
    });
    let id = till.sells("POST", "/todos", whole).await["id"].as_str().unwrap().to_owned();
    let (path, mut version) = (format!("/todos/{id}"), 1);
    let patches = [
        json!({"title": "Ask again for the signed agreement"}),
        json!({"due_on": "2026-12-31"}),
        json!({"assignee": null}),
        json!({"customer_id": null}),
        json!({"notes": "Called twice. ".repeat(15)}),
        json!({"title": "Fetch the agreement", "due_on": null, "assignee": PERSON, "customer_id": customer, "notes": null}),
    ];
    till.sells_edits(&path, &mut version, &patches).await;
    till.sells("POST", &format!("{path}/complete"), json!({})).await;
    till.sells("POST", &format!("{path}/reopen"), json!({"reason": "page two is missing"})).await;
    till.sells("POST", &format!("{path}/drop"), json!({})).await;
    till.sells("POST", &format!("{path}/reopen"), json!({"reason": "needed after all"})).await;
    till.sells("DELETE", &path, json!({})).await;
}

async fn people_cost_one(till: &Till<'_>) {
    let me = [
        json!({"display_name": "Maria Theresia Hinterberger", "email": "maria.hinterberger@example.com",
               "locale": "de-AT", "time_zone": "Europe/Vienna"}),
        json!({"display_name": "Maria Hinterberger", "email": "maria.hinterberger@example.com",
               "locale": "de-AT", "time_zone": "Europe/Vienna"}),
        json!({"display_name": "Maria Hinterberger", "email": "m.hinterberger@example.com",
               "locale": "de-AT", "time_zone": "Europe/Vienna"}),
        json!({"display_name": "Maria H.", "email": "maria@example.com", "locale": "en-GB", "time_zone": "Europe/Paris"}),
    ];
    for (earlier, body) in me.into_iter().enumerate() {
        let record = till.sells("PUT", "/me", body).await;
        assert_eq!(record["version"], earlier + 1);
    }
}

#[test]
fn an_envelope_stays_under_600_bytes_with_long_names() {
    let forty = "x".repeat(40);
    let key = RecordKey {
        tenant: Tenant::of_organisation(&forty).unwrap(),
        record_type: TypeName::parse("customer").unwrap(),
        id: RecordId::from_bits(u128::MAX),
    };
    let actor = Actor {
        kind: ActorKind::ServiceAccount,
        id: ActorId::parse(&forty).unwrap(),
        name: Some(Personal::Known(ActorName(forty.clone()))),
        on_behalf_of: None,
    };
    let now = Instant::parse("2026-11-22T12:00:00.123Z").unwrap();
    let draft = Draft {
        actor,
        correlation: Some("b7e7f2f0-52d0-4a3c-8f2b-0a4c1de2c0aa".to_owned()),
        trace: Some(TRACE.to_owned()),
        key: Some(forty),
        request: Some("f".repeat(32)),
        ..draft(now, vec![event("reinstated", json!({}))])
    };
    let commit = Recorded::after(None, &key, draft).unwrap();
    let events = serde_json::to_string(&commit.commit().events).unwrap();
    let envelope_bytes = commit.text().len() - events.len();
    assert!((400..600).contains(&envelope_bytes), "{envelope_bytes}: {}", commit.text());
}
