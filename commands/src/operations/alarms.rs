//! The alarms of the whole deployment.

use super::desk::Desk;
use super::shown::record_ref;
use edge::{Reply, Served, store_problem};
use serde_json::{Map, Value, json};
use store::Alarm;
use vocabulary::{RecordKey, Tenant};

/// The most alarms that are told.
const ALARMS_MAX: usize = 1_000;

impl Desk<'_> {
    /// `GET /operations/alarms`: newest first, strongly consistent. Reads all that were ever raised: there
    /// should be none.
    pub(super) async fn list_desk_alarms(&self) -> Served {
        self.call.query.only(&[])?;
        let mut alarms = self.store().alarms().await.map_err(|error| store_problem(&error))?;
        alarms.sort_by_key(|alarm| std::cmp::Reverse(alarm.at));
        alarms.truncate(ALARMS_MAX);
        let items: Vec<Value> =
            alarms.iter().map(|alarm| shown(alarm, &self.caller.tenant)).collect();
        Ok(Reply::json(200, json!({ "items": items })))
    }
}

fn shown(alarm: &Alarm, own: &Tenant) -> Value {
    let mut told = Map::new();
    told.insert("kind".to_owned(), alarm.kind.as_str().into());
    if let Ok(key) = RecordKey::from_pk(&alarm.record) {
        let record = record_ref(Some(&key.tenant), key.record_type.as_str(), key.id.as_str(), own);
        told.insert("tenant".to_owned(), key.tenant.as_str().into());
        told.insert("record".to_owned(), record);
    }
    if alarm.version > 0 {
        told.insert("version".to_owned(), alarm.version.into());
    }
    told.insert("detail".to_owned(), alarm.detail.as_str().into());
    told.insert("at".to_owned(), alarm.at.to_string().into());
    told.into()
}
